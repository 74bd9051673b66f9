"""The timeline of a run as SVG, for light and dark pages: power, limit and offered current.

One card of 960 x 548 px. The colours follow prefers-color-scheme.
"""

from xml.sax.saxutils import escape

from tools.demo.axis import TimeAxis, steps
from tools.demo.stage import amperes

WIDTH, HEIGHT = 960, 548
_LEFT, _RIGHT = 62, 936
_PHASES = (92, 122)  # y of the band with the phases
_POWER = (138, 372)  # y of the plots, top and bottom
_CURRENT = (402, 486)
_POWER_MAX = 12000  # W
_CURRENT_MAX = 18000  # mA
_ROOM = 44  # px, for a value in A
_BEFORE_S = 2
_LETTER = 6.8  # px, about the width of a letter of the phase names

_COLOURS = {  # class: (property, light, dark)
    "card": ("fill", "#ffffff", "#0d1117"),
    "edge": ("stroke", "#d0d7de", "#30363d"),
    "grid": ("stroke", "#e4e8ec", "#21262d"),
    "ink": ("fill", "#1f2328", "#e6edf3"),
    "pale": ("fill", "#59636e", "#9198a1"),
    "free": ("fill", "#ddf4e4", "#12301d"),
    "bound": ("fill", "#ffe3df", "#4a1d1c"),
    "safe": ("fill", "#fff0d6", "#43310f"),
    "alone": ("fill", "#ddeaf9", "#152a45"),
    "power": ("stroke", "#0969da", "#58a6ff"),
    "area": ("fill", "#0969da", "#58a6ff"),
    "limit": ("stroke", "#cf222e", "#ff7b72"),
    "above": ("fill", "#cf222e", "#ff7b72"),
    "failsafe": ("stroke", "#bf6a02", "#e3a03c"),
    "above-safe": ("fill", "#bf6a02", "#e3a03c"),
    "offer": ("stroke", "#1a7f37", "#3fb950"),
    "fast": ("fill", "#6e7781", "#8b949e"),
}
_FIXED = (
    "text{font:12px ui-sans-serif,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}"
    ".title{font-size:18px;font-weight:600}.phase{font-weight:600}.middle{text-anchor:middle}"
    ".end{text-anchor:end}.edge,.grid,.power,.limit,.failsafe,.offer{fill:none}"
    ".power,.offer{stroke-width:2.2;stroke-linejoin:round}"
    ".limit,.failsafe{stroke-width:2.6}.failsafe{stroke-dasharray:7 4}"
    ".area{fill-opacity:.16}.above,.above-safe{fill-opacity:.07}.fast{fill-opacity:.10}"
)
_BANDS = {"pairing": "alone", "manager silent": "alone", "failsafe": "safe", "end": "alone"}


def _style():
    def rules(column):
        return "".join(
            f".{name}{{{colours[0]}:{colours[column]}}}" for name, colours in _COLOURS.items()
        )

    dark = f"@media (prefers-color-scheme:dark){{{rules(2)}}}"
    return f"<style>{_FIXED}{rules(1)}{dark}</style>"


def _text(x, y, words, classes="ink"):
    return f'<text x="{x:g}" y="{y:g}" class="{classes}">{escape(str(words))}</text>'


def _rect(x, y, x_end, y_end, classes, radius=0):
    rounding = f' rx="{radius}"' if radius else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{max(x_end - x, 0):.1f}" height="{y_end - y:g}"'
        f'{rounding} class="{classes}"/>'
    )


def _line(x, y, x_end, y_end, classes):
    return f'<path d="M{x:g} {y:g}L{x_end:g} {y_end:g}" class="{classes}"/>'


def _scale(place, most):
    """Function from a value to y in a plot."""
    top, bottom = place
    return lambda value: round(bottom - min(value, most) * (bottom - top) / most, 1)


def render(recording):
    """SVG text of a recording.Recording with at least one sample."""
    samples = recording.samples
    axis = TimeAxis(samples, _LEFT, _RIGHT)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-labelledby="t d">',
        '<title id="t">A wallbox under an energy manager</title>',
        f'<desc id="d">{escape(_description(recording))}</desc>',
        _style(),
        _rect(0.5, 0.5, WIDTH - 0.5, HEIGHT - 0.5, "card edge", 10),
        *_head(),
        *_phases(recording.chapters, axis),
        *_grid(axis),
        *_power(samples, axis),
        *_limit(samples, axis),
        *_offer(samples, axis),
        *_marks(recording.marks, samples, axis),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _description(recording):
    phases = ", ".join(dict.fromkeys(chapter.label for chapter in recording.chapters))
    return f"Power, limit and offered current of a car's charging over time. Phases: {phases}."


def _head():
    yield _text(24, 36, "A wallbox that listens to its energy manager", "ink title")
    words = "MicroPython firmware with a simulated car, TLS on loopback: one run of make demo"
    yield _text(24, 58, words, "pale")
    x = 592
    for y, entries in (
        (36, (("power", "power drawn", 140), ("offer", "current offered", 0))),
        (58, (("limit", "limit by the manager", 140), ("failsafe", "failsafe limit", 0))),
    ):
        place = x
        for name, words, step in entries:
            yield _line(place, y - 4, place + 26, y - 4, name)
            yield _text(place + 33, y, words, "pale")
            place += step + 52


def _phases(chapters, axis):
    starts = []
    for chapter in chapters:
        if not starts or starts[-1][1] != chapter.label:
            starts.append((chapter.at, chapter.label))
    top, bottom = _PHASES
    ends = [at for at, _ in starts[1:]] + [axis.end]
    for (at, label), end in zip(starts, ends, strict=True):
        x, x_end = axis.x(at), axis.x(end)
        band = _BANDS.get(label, "bound" if label.startswith("limit") else "free")
        yield _rect(x + 1, top, x_end - 1, bottom, band, 4)
        if len(label) * _LETTER < x_end - x:
            yield _text((x + x_end) / 2, (top + bottom) / 2 + 4, label, "ink phase middle")
        if at:
            for place in (_POWER, _CURRENT):
                yield _line(x, place[0], x, place[1], "grid")


def _grid(axis):
    for at, end, speed in axis.fast():
        x, x_end = axis.x(at), axis.x(end)
        yield _rect(x, _POWER[0], x_end, _CURRENT[1], "fast")
        yield _text(
            (x + x_end) / 2, _CURRENT[0] - 10, f"clock {speed} times as fast", "pale middle"
        )
    for place, values, most, unit in (
        (_POWER, range(0, _POWER_MAX + 1, 2000), _POWER_MAX, "kW"),
        (_CURRENT, (0, 6000, 16000), _CURRENT_MAX, "A"),
    ):
        y = _scale(place, most)
        for value in values:
            yield _line(_LEFT, y(value), _RIGHT, y(value), "grid")
            yield _text(_LEFT - 8, y(value) + 4, f"{value / 1000:g}", "pale end")
        yield _text(18, (place[0] + place[1]) / 2 + 4, unit, "ink")
    for x, t_s in axis.ticks():
        yield _line(x, _CURRENT[1], x, _CURRENT[1] + 5, "edge")
        yield _text(x, _CURRENT[1] + 20, t_s, "pale middle")
    words = "time in s, by the clock of the protocol"
    yield _text((_LEFT + _RIGHT) / 2, _CURRENT[1] + 42, words, "pale middle")


def _limit(samples, axis):
    y = _scale(_POWER, _POWER_MAX)

    def ruling(sample):
        return sample.limit_w, sample.state in ("init", "failsafe")

    for at, end, (watts, safe) in steps(samples, ruling):
        if watts is not None:
            x, x_end = axis.x(at), axis.x(end)
            yield _rect(x, _POWER[0], x_end, y(watts), "above-safe" if safe else "above")
            # the line lies on the limit like a lid: what obeys stays visible under it
            level = y(watts) - 1.4
            yield _line(x, level, x_end, level, "failsafe" if safe else "limit")


def _curve(samples, axis, y, value):
    """Path data of a step curve."""
    data = ""
    for at, end, number in steps(samples, value):
        data += f"{'V' if data else f'M{axis.x(at):g} '}{y(number):g}H{axis.x(end):g}"
    return data


def _power(samples, axis):
    y = _scale(_POWER, _POWER_MAX)
    data = _curve(samples, axis, y, lambda sample: sample.power_w)
    yield f'<path d="{data}V{y(0):g}H{axis.x(samples[0].at):g}Z" class="area"/>'
    yield f'<path d="{data}" class="power"/>'


def _offer(samples, axis):
    y = _scale(_CURRENT, _CURRENT_MAX)
    data = _curve(samples, axis, y, lambda sample: sample.offered_ma)
    yield f'<path d="{data}" class="offer"/>'
    for at, end, ma in steps(samples, lambda sample: sample.offered_ma):
        x, x_end = axis.x(at), axis.x(end)
        if ma and x_end - x > _ROOM:
            below = 18 if ma > _CURRENT_MAX / 2 else -8
            yield _text((x + x_end) / 2, y(ma) + below, amperes(ma), "ink middle")


def _marks(marks, samples, axis):
    y = _scale(_POWER, _POWER_MAX)
    for mark in marks:
        if mark.before:
            power = max(s.power_w for s in samples if abs(s.at - mark.at) < _BEFORE_S)
            yield _text(axis.x(mark.at) - 14, y(power) + 20, mark.text, "ink end")
        else:
            power = next((s.power_w for s in samples if s.at >= mark.at), 0)
            yield _text(axis.x(mark.at) + 8, y(power) + 20, mark.text)
