"""What a record says of values over time: measurements, limits, and what went wrong."""

from collections import namedtuple

from tools.hems.datagram import Datagram
from tools.hems.ejson import as_list
from tools.hems.energyguard import scaled

_UNITS = {"power": "W", "current": "A", "voltage": "V", "frequency": "Hz", "energy": "Wh"}

Series = namedtuple("Series", "name unit points")
Series.__doc__ = "`points`: (seconds since the first datagram, value or None where it ends)."


class Values:
    """Reads entries in their order; `series` and `refused` (seconds, text) are what it found."""

    def __init__(self, entries):
        self._descriptions = {}  # (source, list, identifier) -> item
        self._found = {}
        self.refused = []
        self.end = 0.0
        start = entries[0]["t"] if entries else 0
        for entry in entries:
            self.end = entry["t"] - start
            datagram = Datagram(entry["datagram"])
            if datagram.classifier in ("reply", "notify"):
                self._take(self.end, datagram)
            elif datagram.error:
                self.refused.append((self.end, f"error {datagram.error}"))
        self.series = [one for one in self._found.values() if one.points]

    def _take(self, t, datagram):
        data = datagram.data if isinstance(datagram.data, dict) else {}
        place = datagram.source.device, datagram.source.entity
        for item in as_list(data.get("electricalConnectionParameterDescriptionData")):
            self._describe(place, "phases", item.get("measurementId"), item)
        for item in as_list(data.get("measurementDescriptionData")):
            self._describe(place, "measurement", item.get("measurementId"), item)
        for item in as_list(data.get("loadControlLimitDescriptionData")):
            self._describe(place, "limit", item.get("limitId"), item)
        for item in as_list(data.get("measurementData")):
            self._measured(t, place, item)
        for item in as_list(data.get("loadControlLimitData")):
            self._limited(t, place, item)

    def _describe(self, place, kind, ident, item):
        self._descriptions.setdefault((place, kind, ident), {}).update(item)

    def _measured(self, t, place, item):
        ident = item.get("measurementId")
        about = self._descriptions.get((place, "measurement", ident), {})
        phases = self._descriptions.get((place, "phases", ident), {}).get("acMeasuredPhases", "")
        kind = about.get("measurementType", "measurement")
        name = f"{about.get('scopeType', ident)} {phases if len(phases) == 1 else ''}".strip()
        good = item.get("valueState", "normal") == "normal"
        value = scaled(item.get("value")) if good else None
        self._add(t, place, name, about.get("unit", _UNITS.get(kind, "")), value)

    def _limited(self, t, place, item):
        about = self._descriptions.get((place, "limit", item.get("limitId")), {})
        if "isLimitActive" not in item and "value" not in item:
            return
        scope = about.get("scopeType", "")
        name = f"limit {about.get('limitDirection', '')} {scope} {item.get('limitId')}"
        active = item.get("isLimitActive", True)
        value = scaled(item.get("value")) if active else None
        self._add(t, place, " ".join(name.split()), about.get("unit", ""), value)

    def _add(self, t, place, name, unit, value):
        entity = ".".join(map(str, place[1]))
        key = place, name
        if key not in self._found:
            self._found[key] = Series(f"{name} [{entity}]", unit, [])
        self._found[key].points.append((t, value))
