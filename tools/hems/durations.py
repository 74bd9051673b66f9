"""xs:duration text to seconds and back."""

import re

_DURATION = re.compile(
    r"^(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$"
)
_SECONDS = (365 * 86400, 30 * 86400, 7 * 86400, 86400, 3600, 60, 1)
_SHORT = re.compile(r"^(\d+(?:\.\d+)?)(s|m|min|h)?$")


def parse(text):
    """Seconds of a duration such as PT1H54M; raises ValueError."""
    match = _DURATION.match(text)
    if not match or text.endswith(("P", "T")):
        raise ValueError(f"no duration: {text!r}")
    total = sum(
        float(part) * unit for part, unit in zip(match.groups()[1:], _SECONDS, strict=True) if part
    )
    return -total if match[1] else total


def render(seconds):
    """PT..H..M..S of whole seconds."""
    hours, rest = divmod(int(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    parts = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if n)
    return "PT" + (parts or "0S")


def short(text):
    """Seconds of what people type: 60, 60s, 5m, 2h; raises ValueError."""
    match = _SHORT.match(text.strip())
    if not match:
        raise ValueError(f"no duration: {text!r}")
    return float(match[1]) * {"s": 1, None: 1, "m": 60, "min": 60, "h": 3600}[match[2]]
