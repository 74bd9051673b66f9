"""Events for people and for programs."""

import json
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

_STYLES = {"fault": "red", "start": "bold", "stop": "bold", "limit": "yellow", "offer": "green",
           "state": "yellow", "failsafe": "yellow", "trust": "cyan",
           "untrust": "cyan"}  # fmt: skip


def when(event):
    """The time of an event, as far as it is known."""
    if event.unix is not None:
        return datetime.fromtimestamp(event.unix, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    hours, rest = divmod(event.up_s, 3600)
    return f"start + {hours}:{rest // 60:02}:{rest % 60:02}"


def table(events):
    out = Table("", "time", "what", "")
    boot = None
    for event in events:
        if boot is not None and event.boot != boot:
            out.add_section()
        boot = event.boot
        style = _STYLES.get(event.kind, "")
        text = Text(event.text)
        if event.left_out:
            text.append("  (others before it were left out)", "dim")
        out.add_row(str(event.number), when(event), Text(event.kind, style), text)
    return out


def line(event):
    """An event as a line of JSON."""
    unix = event.unix
    told = {
        "number": event.number,
        "boot": event.boot,
        "time": None if unix is None else datetime.fromtimestamp(unix, UTC).isoformat(),
        "up_s": event.up_s,
        "event": event.kind,
        **event.fields,
    }
    return json.dumps(told | {"left_out": True} if event.left_out else told)
