"""Offered current and limits over time, as SVG."""

from tools.trace import plot
from tools.trace.series import Series


class _Values:
    """What tools.trace.plot draws; faults are its vertical lines."""

    refused: list[tuple[float, str]]

    def __init__(self, events):
        self.refused = []
        self._found = {}
        known = [event for event in events if event.unix is not None]
        start = known[0].unix if known else 0
        self.end = float(known[-1].unix - start) if known else 0.0
        for event in known:
            self._take(float(max(0, event.unix - start)), event)
        self.series = list(self._found.values())

    def _take(self, t, event):
        fields = event.fields
        if event.kind == "offer":
            self._add("offered current", "A", t, fields["ma"] / 1000)
        elif event.kind == "limit":
            origin = fields["origin"]
            for key, unit, part in (("w", "W", 1), ("ma", "A", 1000)):
                value = fields[key]
                if value is not None:
                    self._add(f"limit {origin}", unit, t, value / part)
                elif (origin, unit) in self._found:
                    self._add(f"limit {origin}", unit, t, None)
        elif event.kind == "start":
            # before it the power was off: nothing holds on
            for one in self._found.values():
                one.points.append((t, None))
        elif event.kind == "fault" and fields["faults"]:
            self.refused.append((t, event.text))

    def _add(self, name, unit, t, value):
        key = (name.removeprefix("limit "), unit)
        if key not in self._found:
            self._found[key] = Series(name, unit, [])
        self._found[key].points.append((t, value))


def render(events, title):
    """Raises ValueError when there is nothing to plot."""
    values = _Values(events)
    if not values.series:
        raise ValueError("no limit and no offer whose time is known: nothing to plot")
    return plot.render(values, title)
