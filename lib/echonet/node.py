"""A node: answers the requests of controllers and notifies of changes.

Datagrams in, datagrams out; format 1 frames only. A frame of another format, a truncated one
and one for an object that is not here is dropped in silence.
"""

from array import array

from micropython import const

from ticks import add, diff

from .profile import NodeProfile
from .table import GET, INF, SET, VAR, find, put_map

_SET_I = const(0x60)
_SET_C = const(0x61)
_GET = const(0x62)
_INF_REQ = const(0x63)
_SET_GET = const(0x6E)
_INFC = const(0x74)
_INFC_RES = const(0x7A)
_INF = const(0x73)

_RATE = const(50)  # frames served in a second, so that a flood cannot starve the rest
_POLL_MS = const(500)
_EDT = const(32)  # longest property that can be set


def _behind(mv, n, at):
    """Offset behind the property list at mv[at], -1 where it runs past `n`."""
    if at >= n:
        return -1
    for _ in range(mv[at]):
        at += 2
        if at >= n:
            return -1
        at += mv[at]
    return at + 1 if at < n else -1


class Node:
    """`objects`: the devices (see pyi: Object), without the node profile, which is made here.

    `identity`: an echonet.Identity. `buf`: bytearray for answers, 1024 bytes without it.
    `allow_set(addr)`: False refuses all that a frame from there wants to set.

    Counters: `served` frames, `dropped` ones (malformed, too many, no room for the answer).
    """

    def __init__(self, objects, identity, buf=None, allow_set=None):
        self.identity = identity
        self.allow_set = allow_set
        self.served = 0
        self.dropped = 0
        self.dest = None
        self.tid = 0
        profile = NodeProfile(objects, identity)
        # the profile first: its notification precedes those of the devices
        self.objects = [profile]
        self.objects.extend(objects)
        self._pending = bytearray(16 * len(self.objects))
        self._buf = bytearray(1024) if buf is None else buf
        self._mv = memoryview(self._buf)
        self._pos = self._end = 0  # answers that wait in the buffer: length (2), frame
        self._dests = []  # and where they go
        self._at = 0
        self._refused = self._allowed = False
        self._edt = bytearray(_EDT)
        self._edts = {}  # views of it by length
        self._times = array("i", (-1,) * _RATE)
        self._now = self._due = 0
        self._ready = False
        for obj in objects:
            obj.node = self
        self.announce()

    def announce(self):
        """Notifies of the instance list: at start, and again after each reconnection."""
        self.changed(self.objects[0], 0xD5)

    def changed(self, obj, epc):
        """A property of `obj` (0x80..0xFF, announced) has changed: multicast its value."""
        i = 16 * self.objects.index(obj) + ((epc - 0x80) >> 3)
        self._pending[i] |= 1 << (epc & 7)

    def tick(self, now):
        """Polls the objects for changes; returns the milliseconds to the next poll."""
        self._now = now
        left = diff(self._due, now)
        if left <= 0 or left > _POLL_MS or not self._ready:
            self._ready = True
            for obj in self.objects:
                obj.poll(now)
            self._due = add(now, _POLL_MS)
            left = _POLL_MS
        return left

    def tx(self):
        """The next datagram, or None. It is valid until the next call; `dest` says where to.

        `dest` is None for the multicast group, else the `addr` that rx() got.
        """
        if self._pos < self._end:
            at = self._pos + 2
            self._pos = at + (self._buf[at - 2] << 8 | self._buf[at - 1])
            self.dest = self._dests.pop(0)
            return self._mv[at : self._pos]
        self._pos = self._end = 0
        pending = self._pending
        for i in range(len(pending)):
            while pending[i]:
                j = 0
                while not pending[i] >> j & 1:
                    j += 1
                pending[i] &= ~(1 << j)
                n = self._notice(self.objects[i >> 4], 0x80 + (i & 15) * 8 + j)
                if n:
                    self.dest = None
                    return self._mv[:n]
        return None

    def _notice(self, obj, epc):
        """Renders an INF at the start of the buffer; 0 when the property has no value now."""
        buf = self._buf
        n = self._read(obj, epc, INF, 14, len(buf))
        if n < 0:
            return 0
        self.tid = self.tid + 1 if self.tid < 0xFFFF else 1
        self._header(obj, self.tid >> 8, self.tid & 0xFF, 0)
        buf[7] = 0x0E
        buf[8] = 0xF0
        buf[9] = 1
        buf[10] = _INF
        buf[11] = 1
        buf[12] = epc
        buf[13] = n
        return 14 + n

    def _header(self, obj, tid_high, tid_low, at):
        buf = self._buf
        buf[at] = 0x10
        buf[at + 1] = 0x81
        buf[at + 2] = tid_high
        buf[at + 3] = tid_low
        buf[at + 4] = obj.eoj >> 8
        buf[at + 5] = obj.eoj & 0xFF
        buf[at + 6] = obj.instance

    def rx(self, mv, addr, now):
        """Serves one datagram. `mv` must not be the buffer of this node.

        `addr` is opaque: handed to allow_set() and back as `dest`.
        """
        n = len(mv)
        if n < 12 or mv[0] != 0x10 or mv[1] != 0x81:
            self.dropped += 1
            return
        esv = mv[10]
        if not _SET_I <= esv <= _INF_REQ and esv != _SET_GET and esv != _INFC:
            return
        end = _behind(mv, n, 11)
        if esv == _SET_GET and end > 0:
            end = _behind(mv, n, end)
        if end < 0:
            self.dropped += 1
            return
        self._now = now
        eoj = mv[7] << 8 | mv[8]
        first = True
        for obj in self.objects:
            if obj.eoj == eoj and (mv[9] == 0 or mv[9] == obj.instance):
                if first:
                    if not self._admit(now):
                        self.dropped += 1
                        return
                    first = False
                self._serve(obj, mv, end, esv, addr)

    def _admit(self, now):
        # the frame served _RATE frames ago must be a second old
        times = self._times
        i = self.served % _RATE
        if times[i] >= 0 and 0 <= diff(now, times[i]) < 1000:
            return False
        times[i] = now
        self.served += 1
        return True

    def _serve(self, obj, mv, end, esv, addr):
        """Executes a request for one object and puts the answer behind those that wait."""
        if self._pos == self._end:
            self._pos = self._end = 0
        at = self._end + 2
        # the shortest answer (PDC 0 for each value, echo of what is refused) is never longer
        # than the request, so that everything that is asked can be answered from here on
        if at + end > len(self._buf):
            self.dropped += 1
            return
        self._refused = False
        room = len(self._buf) - end
        off = at + 11
        if esv == _GET or esv == _INF_REQ:
            off = self._list(obj, mv, 11, off, GET if esv == _GET else INF, room)
        elif esv == _INFC:
            off = self._list(obj, mv, 11, off, 0, room)
        else:
            self._allowed = self.allow_set is None or self.allow_set(addr)
            off = self._list(obj, mv, 11, off, SET, room)
            obj.poll(self._now)
            if esv == _SET_GET:
                off = self._list(obj, mv, self._at, off, GET, room)
            elif esv == _SET_I and not self._refused:
                return
        self._header(obj, mv[2], mv[3], at)
        buf = self._buf
        for i in range(4, 7):
            buf[at + 3 + i] = mv[i]
        if esv == _INFC:
            buf[at + 10] = _INFC_RES
        else:
            buf[at + 10] = esv - 0x10 if self._refused else esv + 0x10
        buf[at - 2] = (off - at) >> 8
        buf[at - 1] = (off - at) & 0xFF
        self._end = off
        # the answer to INF_REQ is for everyone
        self._dests.append(None if esv == _INF_REQ and not self._refused else addr)

    def _list(self, obj, mv, at, off, access, room):
        """Executes the property list at mv[at] and writes its answer at `off`.

        `access`: SET, GET, INF or 0 (acknowledge). Returns the offset behind the answer and
        leaves in _at that behind the list.
        """
        buf = self._buf
        count = buf[off] = mv[at]
        at += 1
        off += 1
        for _ in range(count):
            epc = mv[at]
            pdc = mv[at + 1]
            at += 2
            n = 0
            if access == SET:
                if not self._write(obj, epc, mv, at, pdc):
                    self._refused = True
                    n = pdc
                    for i in range(n):
                        buf[off + 2 + i] = mv[at + i]
            elif access:
                # room: where a value must end, so that the rest still finds its place
                n = self._read(obj, epc, access, off + 2, room + at)
                if n < 0:
                    self._refused = True
                    n = 0
            buf[off] = epc
            buf[off + 1] = n
            off += 2 + n
            at += pdc
        self._at = at
        return off

    def _read(self, obj, epc, access, off, end):
        """Writes a value at `off`, at most to `end`; its length, -1 when there is none."""
        props = obj.props
        i = find(props, epc)
        if i < 0 or not props[i + 1] & access or off + props[i + 2] > end:
            return -1
        if epc == 0x9D:
            return put_map(props, INF, self._buf, off)
        if epc == 0x9E:
            return put_map(props, SET, self._buf, off)
        if epc == 0x9F:
            return put_map(props, GET, self._buf, off)
        return obj.get(epc, self._buf, off)

    def _write(self, obj, epc, mv, at, n):
        props = obj.props
        i = find(props, epc)
        if not self._allowed or i < 0 or not props[i + 1] & SET:
            return False
        if n != props[i + 2] and not (props[i + 1] & VAR and 0 < n < props[i + 2]):
            return False
        if n not in self._edts:
            self._edts[n] = memoryview(self._edt)[:n]
        for i in range(n):
            self._edt[i] = mv[at + i]
        return obj.set(epc, self._edts[n])
