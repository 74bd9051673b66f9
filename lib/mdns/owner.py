"""The names that the responder owns (RFC 6762, 6763) and their records.

Every name that has to be unique (the host's, each service instance's) is an `Owner`; names.py
makes it. A record is a tuple
    (owner name, type, class with cache-flush bit, head, target, tail)
where the data is head + target + tail and target is a name ("" when there is none); a set of
records of an owner is an int with one bit per record.

    label     str, as it stands now; without conflicts (`copies` 1) it is `base`
    name      wire form
    service   wire form of the service's name; None for the host
    rr        the records; of a service PTR, SRV, TXT, PTR of the service type, NSEC
    unique    those that nobody else may have
    shared    those that other hosts may have too
    spoken    those that an announcement carries
    sets      sets of addresses: each goes out whole, because it flushes caches
    size      bytes that a probe takes at most
    sent      when each record was last multicast; -1: never
    step      0 to 2 probes still to send, 3 probes sent, 4 and 5 announcements to send, 6 up,
              8 off, 9 off and forgotten after the goodbyes
    at        when the step falls due
    want      records to send from `due` on: as a probe, an answer or a goodbye, as the step says
    asker     who alone asked for all of `want`
    ask, uni, known    of the query being read: to multicast, to answer alone, known to the asker
    done      in the packet being written
"""

from micropython import const

from ticks import add, diff

from .packet import same

_NSEC = const(47)
_ANY = const(255)
_LIVE = const(4)  # bit of a step
_OFF = const(8)


class Owner:
    def __init__(self, text, service):
        self.label = self.base = text
        self.copies = 1
        self.service = service
        self.step = _OFF
        self.at = self.want = self.due = self.done = 0
        self.ask = self.uni = self.known = 0
        self.asker = None
        self.rr = self.sets = self.sent = ()

    def up(self):
        """Is the name ours, and announced at least once?"""
        return self.step & _LIVE

    def find(self, r, known):
        """Records that answer the question in the reader, or (`known`) that the reader holds."""
        bits = 0
        bit = 1
        for rr in self.rr:
            if known:
                hit = r.holds(rr)
            elif rr[1] == _NSEC:
                # we own the name and have no such record: say so (RFC 6762 6.1)
                hit = not bits and same(r.mv, r.name, rr[0])
            else:
                hit = (r.type == rr[1] or r.type == _ANY) and same(r.mv, r.name, rr[0])
            if hit:
                bits |= bit
            bit <<= 1
        return bits

    def unknown(self, bits):
        """`bits` without what the asker knows."""
        left = bits & ~self.known
        for addresses in self.sets:
            if left & addresses:
                left |= bits & addresses
        return left

    def recent(self, bits, now, ms):
        """Those of `bits` that were multicast within the last `ms`."""
        bit = 1
        for sent in self.sent:
            if bits & bit and (sent < 0 or not 0 <= diff(now, sent) < ms):
                bits ^= bit
            bit <<= 1
        return bits

    def queue(self, bits, now, delay, gap, asker):
        """Multicast `bits` after `delay` ms, but no record within `gap` ms of its last time."""
        if not bits:
            return
        due = add(now, delay)
        if self.want:
            if diff(self.due, due) < 0:
                due = self.due
            if self.asker != asker:
                asker = None
        self.asker = asker
        self.want |= bits
        recent = self.recent(self.want, now, gap)
        for sent in self.sent:
            if recent & 1 and diff(add(sent, gap), due) > 0:
                due = add(sent, gap)
            recent >>= 1
        self.due = due
