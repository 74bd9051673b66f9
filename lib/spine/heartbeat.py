"""The heartbeat that this device sends: a part of its DeviceDiagnosis server."""

from micropython import const

from spine.device import READ, Part
from spine.types import date_time
from ticks import add, diff

_HEARTBEAT = const(12)  # enum function deviceDiagnosisHeartbeatData

_PERIOD_MS = const(50000)  # announced as 60 s, what LPC asks for at most [LPC-TS-007]


class Heartbeat(Part):
    def __init__(self, device, feature):
        self.device = device
        self.feature = feature
        self.counter = 0
        self.at = -1
        feature.offer(self, bytes((_HEARTBEAT, READ)))

    def render(self, fn, w, session):
        if fn == _HEARTBEAT:
            t = self.device.wall()
            if t is not None:  # else it is left out: it is optional (5.2.2)
                w.raw(b'{"timestamp":"').raw(date_time(t)).raw(b'"},')
            w.raw(b'{"heartbeatCounter":').dec(self.counter)
            w.raw(b'},{"heartbeatTimeout":"PT60S"}')

    def tick(self, now):
        if self.at < 0 or diff(now, self.at) >= 0:
            self.at = add(now, _PERIOD_MS)
            self.counter += 1
            self.device.changed(self.feature, _HEARTBEAT)
        return diff(self.at, now)
