"""What this device keeps of a partner's detailed discovery (5.5.2): its address and where its heartbeat is.

A discovery answer may be 100 KB long; entities and features are looked at as they pass by."""

from micropython import const

_MAX_SOURCES = const(12)

_DEVICE_DIAGNOSIS = const(3)  # enum feature DeviceDiagnosis
_SERVER = const(1)  # enum role server
_HEARTBEAT = const(13)  # enum function deviceDiagnosisHeartbeatData
_REMOVED = const(2)  # enum change removed


class Partner:
    def __init__(self):
        self.known = False  # a discovery answer was complete
        self.sources = []  # (entity, feature) that serve a heartbeat
        self.heartbeat = False

    def begin(self):
        """A full answer replaces what was known."""
        self.sources.clear()

    def entity(self, path, change):
        """An entityInformation item; True when that entity is gone."""
        if change == _REMOVED:
            self.sources = [s for s in self.sources if s[0] != path]
            return True
        return False

    def function(self, fn):
        """A supportedFunction item of the feature that comes."""
        if fn == _HEARTBEAT:
            self.heartbeat = True

    def feature(self, path, number, kind, role):
        """A featureInformation item."""
        if kind == _DEVICE_DIAGNOSIS and role == _SERVER and self.heartbeat and path is not None:
            if (path, number) not in self.sources and len(self.sources) < _MAX_SOURCES:
                self.sources.append((path, number))
        self.heartbeat = False

    def source(self, path):
        """The heartbeat of that entity, else any, else None: (entity, feature)."""
        for s in self.sources:
            if s[0] == path:
                return s
        return self.sources[0] if self.sources else None
