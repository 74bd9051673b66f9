"""Values of a record over time as SVG, for light and dark pages: one panel for each unit."""

from xml.sax.saxutils import escape

_WIDTH, _PANEL, _TOP, _GAP = 960, 180, 56, 46
_LEFT, _RIGHT = 66, 700
_COLOURS = ("#0969da", "#cf222e", "#1a7f37", "#bf6a02", "#8250df", "#57606a")
_STYLE = (
    "<style>text{font:12px system-ui,sans-serif;fill:#1f2328}.card{fill:#fff}"
    ".grid{stroke:#d0d7de;fill:none}.bad{stroke:#cf222e;stroke-dasharray:2 3;fill:none}"
    ".line{fill:none;stroke-width:2}.end{text-anchor:end}.title{font-size:16px;font-weight:600}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.card{fill:#0d1117}"
    ".grid{stroke:#30363d}}</style>"
)


def nice(span):
    """A round step that divides `span` into four to ten parts."""
    step = 10.0 ** (len(str(int(span))) - 1) if span >= 1 else 0.1
    while span / step < 4:
        step /= 2
    return step


def path(points, x, y, end):
    """Steps: a value holds until the next; None interrupts."""
    out, before = [], None
    for t, value in points:
        if before is not None:
            out.append(f"H{x(t):.1f}")
        if value is not None:
            out.append(f"{'M' if before is None else 'L'}{x(t):.1f} {y(value):.1f}")
        before = value
    if before is not None:
        out.append(f"H{x(end):.1f}")
    return "".join(out)


def _panel(unit, some, values, top, x):
    heights = [v for one in some for _, v in one.points if v is not None] or [0]
    low, high = min(0, *heights), max(0, *heights)
    span = high - low or 1

    def y(value):
        return top + _PANEL - (value - low) * _PANEL / span

    step = nice(span)
    yield f'<text x="{_LEFT - 8}" y="{top - 10}" class="end">{escape(unit or "-")}</text>'
    level = step * int(low / step)
    while level <= high + step / 1000:
        yield f'<path class="grid" d="M{_LEFT} {y(level):.1f}H{_RIGHT}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y(level) + 4:.1f}" class="end">{level:g}</text>'
        level += step
    for t, text in values.refused:
        told = f"<title>{escape(text)}</title>"
        yield f'<path class="bad" d="M{x(t):.1f} {top}v{_PANEL}">{told}</path>'
    for i, one in enumerate(some):
        colour = _COLOURS[i % len(_COLOURS)]
        yield f'<path class="line" stroke="{colour}" d="{path(one.points, x, y, values.end)}"/>'
        row = top + 12 + 17 * i
        yield f'<path class="line" stroke="{colour}" d="M{_RIGHT + 16} {row - 4}h18"/>'
        yield f'<text x="{_RIGHT + 40}" y="{row}">{escape(one.name)}</text>'


def render(values, title):
    """SVG text of a series.Values. Raises ValueError when there is nothing to plot."""
    units = list(dict.fromkeys(one.unit for one in values.series))
    if not units:
        raise ValueError("no measurement and no limit in this record")
    end = values.end or 1
    height = _TOP + len(units) * (_PANEL + _GAP) + 10

    def x(t):
        return _LEFT + t * (_RIGHT - _LEFT) / end

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        _STYLE,
        f'<rect class="card" width="{_WIDTH}" height="{height}" rx="8"/>',
        f'<text x="{_LEFT}" y="26" class="title">{escape(title)}</text>',
    ]
    for i, unit in enumerate(units):
        some = [one for one in values.series if one.unit == unit]
        parts += _panel(unit, some, values, _TOP + i * (_PANEL + _GAP), x)
    step, t = nice(end), 0.0
    while t <= end:
        parts.append(f'<text x="{x(t):.1f}" y="{height - 22}" class="end">{t:g} s</text>')
        t += step
    return "\n".join([*parts, "</svg>"]) + "\n"
