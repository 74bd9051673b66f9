"""DNS messages made and taken apart by hand, so that the tests do not trust lib/mdns."""

A, PTR, TXT, AAAA, SRV, NSEC, ANY = 1, 12, 16, 28, 33, 47, 255
IN, FLUSH = 1, 0x8001
GROUP_PORT = 5353


def middle(n):
    """The random source of the tests."""
    return n // 2


def name(*labels):
    return b"".join([bytes([len(x)]) + x.encode() for x in labels]) + b"\0"


SERVICE = name("_ship", "_tcp", "local")
META = name("_services", "_dns-sd", "_udp", "local")


def u16(value):
    return bytes([value >> 8, value & 255])


def question(owner, rtype, cls=IN):
    return owner + u16(rtype) + u16(cls)


def record(owner, rtype, data, ttl=120, cls=IN):
    head = owner + u16(rtype) + u16(cls) + u16(ttl >> 16) + u16(ttl & 0xFFFF)
    return head + u16(len(data)) + data


def srv(port, target):
    return u16(0) + u16(0) + u16(port) + target


def message(flags, questions=(), answers=(), authority=(), additional=(), ident=0):
    sections = (questions, answers, authority, additional)
    head = u16(ident) + u16(flags) + b"".join([u16(len(s)) for s in sections])
    return head + b"".join([b"".join(s) for s in sections])


def query(questions, answers=(), authority=(), ident=0, flags=0):
    return message(flags, questions, answers, authority, ident=ident)


def response(*answers):
    return message(0x8400, answers=answers)


def _name(packet, at):
    out = b""
    while packet[at]:
        if packet[at] >= 192:
            return out + _name(packet, (packet[at] & 63) << 8 | packet[at + 1])[0], at + 2
        out += packet[at : at + 1 + packet[at]]
        at += 1 + packet[at]
    return out + b"\0", at + 1


def parse(packet):
    """(id, flags, [questions], [answers], [authority], [additional]).

    Questions are (name, type, class); records (name, type, class, ttl, data), names in the data
    written out.
    """
    counts = [packet[i] << 8 | packet[i + 1] for i in (4, 6, 8, 10)]
    at = 12
    sections = []
    for section, count in enumerate(counts):
        entries = []
        for _ in range(count):
            owner, at = _name(packet, at)
            rtype = packet[at] << 8 | packet[at + 1]
            cls = packet[at + 2] << 8 | packet[at + 3]
            at += 4
            entry = (owner, rtype, cls)
            if section:
                ttl = packet[at + 2] << 8 | packet[at + 3]
                end = at + 6 + (packet[at + 4] << 8 | packet[at + 5])
                at += 6
                data = packet[at:end]
                if rtype == PTR:
                    data = _name(packet, at)[0]
                elif rtype == SRV:
                    data = packet[at : at + 6] + _name(packet, at + 6)[0]
                elif rtype == NSEC:
                    target, rest = _name(packet, at)
                    data = target + packet[rest:end]
                entry += (ttl, data)
                at = end
            entries.append(entry)
        sections.append(entries)
    assert at == len(packet)
    return [packet[0] << 8 | packet[1], packet[2] << 8 | packet[3]] + sections


def types(records):
    return [r[1] for r in records]


def sent(machine):
    """All that tx() has, as [(dest, bytes)]."""
    out = []
    while True:
        mv = machine.tx()
        if mv is None:
            return out
        out.append((machine.dest, bytes(mv)))


def run(machine, start, end):
    """Lets the timers fire from `start` to `end` ms: [(time, dest, bytes)]."""
    out = []
    now = start
    while True:
        wait = machine.tick(now & 0x3FFFFFFF)
        out += [(now, dest, packet) for dest, packet in sent(machine)]
        wait = machine.tick(now & 0x3FFFFFFF)
        if wait < 0 or now + wait > end:
            return out
        assert wait, "a wait of 0 with nothing to send"
        now += wait
