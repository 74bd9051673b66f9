"""lib/mdns against whatever may arrive: nothing raises, loops or sends what is malformed."""

import mdns_packets as wire
from hypothesis import given, settings
from hypothesis import strategies as st

from mdns import Browser, Responder
from mdns.packet import Reader, copy, same
from mdns.speech import Writer

HOST = wire.name("wallbox", "local")
BOX = b"\x07Wallbox" + wire.SERVICE
TYPES = [wire.A, wire.AAAA, wire.PTR, wire.SRV, wire.TXT, wire.NSEC, wire.ANY, 99]
CLASSES = [1, 255, 3, 0x8001]

names = st.sampled_from(
    [HOST, BOX, wire.SERVICE, wire.META, b"\0", wire.name("x" * 63, "local")]
    + [b"\x07Wallbox\xc0\x0c", b"\xc0\x0c", b"\xc0\xff", wire.name("manager", "local")]
)
data = st.one_of(
    st.binary(max_size=40),
    names,
    st.binary(min_size=4, max_size=4),
    names.map(lambda target: wire.srv(4712, target)),
    st.just(b"\x09txtvers=1"),
)
questions = st.builds(
    wire.question, names, st.sampled_from(TYPES), st.sampled_from([*CLASSES, 0x80FF])
)
records = st.builds(
    wire.record,
    names,
    st.sampled_from(TYPES),
    data,
    st.sampled_from([0, 1, 10, 60, 120, 4500, 1 << 31]),
    st.sampled_from(CLASSES),
)
packets = st.one_of(
    st.binary(max_size=80),
    st.builds(
        wire.message,
        st.sampled_from([0, 0x200, 0x8400, 0x8000, 0x0800]),
        st.lists(questions, max_size=3),
        st.lists(records, max_size=6),
        st.lists(records, max_size=3),
        st.lists(records, max_size=3),
    ),
)


@st.composite
def damaged(draw):
    packet = bytearray(draw(packets))
    for _ in range(draw(st.integers(0, 3))):
        if packet:
            packet[draw(st.integers(0, len(packet) - 1))] = draw(st.integers(0, 255))
    return bytes(packet[: draw(st.integers(0, len(packet)))] if draw(st.booleans()) else packet)


arrivals = st.lists(
    st.tuples(
        damaged(),
        st.sampled_from(["a", "b"]),
        st.sampled_from([5353, 5353, 5353, 40000]),
        st.sampled_from([0, 1, 100, 250, 1000, 31000, 120000, 1 << 29]),
    ),
    max_size=12,
)


def drain(machine, size):
    """All packets; every one well-formed, and they come to an end."""
    for _ in range(50):
        packet = machine.tx()
        if packet is None:
            return
        assert len(packet) <= size
        # parse() fails on malformed packets
        sections = wire.parse(bytes(packet))[2:]
        assert any(sections)
        assert Reader().open(packet)
    raise AssertionError("tx() does not end")


@settings(max_examples=400, deadline=None)
@given(arrivals, st.integers(0, 2**30 - 1), st.sampled_from([512, 1200]))
def test_responder(steps, now, size):
    r = Responder("wallbox", [b"\x0a\0\0\1", b"\xfe" * 16], bytearray(size), rand=wire.middle)
    first = r.register("Wallbox", txt=[("txtvers", "1")])
    r.register("Wallbox", "_http._tcp", 80)
    r.start(now)
    for i, (packet, addr, port, wait) in enumerate(steps):
        now = (now + wait) & 0x3FFFFFFF
        left = r.tick(now)
        assert left == -1 or 0 <= left <= 6000
        drain(r, size)
        r.rx(memoryview(packet), addr, port, now)
        drain(r, size)
        if i == 5:
            r.unregister(first)
        if i == 8:
            r.stop()
            r.start(now)
    for _ in range(20):
        left = r.tick(now)
        drain(r, size)
        if left < 0:
            break
        now = (now + max(1, left)) & 0x3FFFFFFF
    else:
        raise AssertionError("it never comes to rest")
    assert all(len(o.label.encode()) < 64 for o in r._owners)


@settings(max_examples=400, deadline=None)
@given(arrivals, st.integers(0, 2**30 - 1), st.booleans())
def test_browser(steps, now, legacy):
    known = {}

    def on_service(instance, port, addrs, txt):
        if txt is None:
            assert (port, addrs) == (0, [])
            del known[instance]  # KeyError when it had never been reported
        else:
            assert addrs and len(addrs) <= 6 and {len(a) for a in addrs} <= {4, 16}
            assert all(isinstance(v, bytes) for v in txt.values())
            known[instance] = port

    b = Browser("_ship._tcp", on_service, bytearray(512), legacy, wire.middle)
    b.start(now)
    for packet, addr, port, wait in steps:
        now = (now + wait) & 0x3FFFFFFF
        left = b.tick(now)
        assert 0 <= left <= 3600000
        drain(b, 512)
        b.rx(memoryview(packet), addr, port, now)
        drain(b, 512)
        assert len(b._found) <= 8
    # whatever it has heard is forgotten after a day, the longest TTL
    for _ in range(2000):
        left = b.tick(now)
        drain(b, 512)
        now = (now + max(1, left)) & 0x3FFFFFFF
        if not b._found:
            break
    assert not b._found and not known


labels = st.lists(st.binary(min_size=1, max_size=63), max_size=6).filter(
    lambda parts: sum(len(p) + 1 for p in parts) < 255
)


@settings(max_examples=300, deadline=None)
@given(st.lists(labels, min_size=1, max_size=12), st.integers(12, 600))
def test_names_survive(many, size):
    w = Writer(bytearray(size))
    written = []
    for parts in many:
        owner = b"".join(bytes([len(p)]) + p for p in parts) + b"\0"
        if w.question(owner, 1, 1):
            written.append(owner)
    r = Reader()
    packet = bytes(w.view())
    assert r.open(packet)
    for owner in written:
        assert r.next() == 0
        # a suffix in other letters may have been found for it
        assert copy(packet, r.name).lower() == owner.lower()
        assert same(packet, r.name, owner)
    assert r.next() == -1
