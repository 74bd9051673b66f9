from mdns_packets import PTR, SERVICE, A, name, query, question, record, response, srv

from mdns.names import label, wire
from mdns.packet import Reader, copy, same, skip
from mdns.speech import Writer
from support import raises


def test_label_and_wire():
    assert label("My.Box") == b"\x06My.Box"
    assert wire("_ship._tcp.local") == b"\x05_ship\x04_tcp\x05local\x00"
    for bad in ("", "x" * 64, "ü" * 32):
        with raises(ValueError, "label"):
            label(bad)
    assert len(label("x" * 63)) == 64


def test_names_through_pointers():
    packet = b"............" + name("local") + b"\x03box\xc0\x0c" + b"\xc0\x13"
    assert skip(packet, 12) == 19
    assert skip(packet, 19) == 25
    assert skip(packet, 25) == 27
    assert copy(packet, 25) == name("box", "local")
    assert same(packet, 25, name("BOX", "Local"))
    assert not same(packet, 25, name("box", "locam"))
    assert not same(packet, 25, name("box"))
    assert not same(packet, 12, name("local", "box"))
    assert same(packet, 12, name("box", "local"), 4)


def test_case_counts_for_letters_only():
    assert same(b"\x03aZ\xc3\x00", 0, b"\x03Az\xc3\x00")
    assert not same(b"\x01@\x00", 0, b"\x01`\x00")
    assert not same(b"\x01[\x00", 0, b"\x01{\x00")
    assert not same(b"\x01\xe4\x00", 0, b"\x01\xc4\x00")


def test_bad_names_are_refused():
    for packet, at in (
        (b"\x00" * 12 + b"\xc0\x0c", 12),  # points to itself
        (b"\x00" * 12 + b"\xc0\x0e\xc0\x0c", 14),  # two that point to each other
        (b"\x00" * 12 + b"\x01a\xc0\x0c", 12),  # a label in the loop
        (b"\x00" * 12 + b"\xc0\x10\x00\x00\x00", 12),  # forward
        (b"\x00" * 12 + b"\x40a\x00", 12),  # reserved label type
        (b"\x00" * 12 + b"\x03ab", 12),  # ends inside
        (b"\x00" * 12 + b"\xc0", 12),
        (
            b"\x00" * 12 + (b"\x3f" + b"x" * 63) * 3 + b"\x3e" + b"x" * 62 + b"\x00",
            12,
        ),  # 256
    ):
        with raises((ValueError, IndexError)):
            skip(packet, at)
    longest = (b"\x3f" + b"x" * 63) * 3 + b"\x3d" + b"x" * 61 + b"\x00"
    assert len(longest) == 255 and skip(longest, 0) == 255


def test_reader_walks():
    packet = query(
        [question(SERVICE, PTR, 0x8001)],
        [record(SERVICE, PTR, b"\x02me\xc0\x0c", ttl=0x01020304)],
        [record(name("me", "local"), A, b"\1\2\3\4", ttl=70000, cls=0x8001)],
        ident=0x1234,
    )
    r = Reader()
    assert r.open(memoryview(packet))
    assert (r.id, r.flags) == (0x1234, 0)
    assert r.next() == 0
    assert (r.name, r.type, r.cls, r.top) == (12, PTR, 1, 0x8000)
    assert r.next() == 1
    assert (r.type, r.cls, r.top, r.ttl, r.size) == (PTR, 1, 0, 0xFFFFFF, 5)
    assert copy(packet, r.data) == b"\x02me" + SERVICE
    assert r.next() == 2
    assert (r.type, r.top, r.ttl, packet[r.data : r.data + r.size]) == (
        A,
        0x8000,
        70000,
        b"\1\2\3\4",
    )
    assert r.next() == -1
    r.rewind()
    assert r.next() == 0


def test_reader_refuses_every_truncation():
    host = name("h", "local")
    packet = response(
        record(SERVICE, PTR, b"\x02me\xc0\x0c"),
        record(host, 33, srv(1, b"\xc0\x0c")),
        record(host, A, b"\1\2\3\4"),
    )
    r = Reader()
    assert r.open(packet)
    for n in range(len(packet)):
        assert not r.open(memoryview(packet)[:n]), n


def test_reader_refuses_data_of_wrong_size():
    host = name("h", "local")
    r = Reader()
    for bad in (
        record(host, A, b"\1\2\3"),
        record(host, 28, b"\1" * 4),
        record(host, PTR, host + b"x"),
        record(host, 33, b"\0\0\0\0\0"),
        record(host, 33, srv(1, b"\xff\xff")),
    ):
        assert not r.open(response(bad))
    assert r.open(response(record(host, 28, b"\1" * 16), record(host, 99, b"")))


def test_reader_compares_records():
    host = name("h", "local")
    r = Reader()
    for data, equal in ((b"\x03a=b", True), (b"\x03a=b\x01c", False), (b"\x03a", False)):
        assert r.open(response(record(host, 16, data)))
        r.next()
        assert r.holds((host, 16, 0, b"\x03a=b", b"", b"")) == equal
        assert not r.holds((host, 99, 0, b"\x03a=b", b"", b""))
        assert not r.holds((SERVICE, 16, 0, b"\x03a=b", b"", b""))


def test_writer_compresses():
    w = Writer(bytearray(100))
    w.start(7, 0x8400)
    host = name("h", "local")
    assert w.question(SERVICE, PTR, 1)
    assert w.record(1, (SERVICE, PTR, 0, b"", b"\x02me" + SERVICE, b""), 1, 120)
    assert w.record(3, (b"\x02me" + SERVICE, 33, 0, b"\0\0\0\0\x12\x68", host, b""), 0x8001, 9)
    assert bytes(w.view()) == (
        b"\0\x07\x84\0\0\1\0\1\0\0\0\1"
        b"\x05_ship\x04_tcp\x05local\0\0\x0c\0\1"
        b"\xc0\x0c\0\x0c\0\1\0\0\0\x78\0\5\x02me\xc0\x0c"
        b"\xc0\x2e\0\x21\x80\1\0\0\0\x09\0\x0a\0\0\0\0\x12\x68\x01h\xc0\x17"
    )


def test_writer_does_not_point_into_the_name_it_writes():
    w = Writer(bytearray(100))
    assert w.question(name("a", "a", "a"), A, 1)
    assert bytes(w.view())[12:19] == b"\x01a\x01a\x01a\x00"


def test_writer_leaves_the_packet_alone_when_full():
    big = (name("x" * 60, "local"), 16, 0, b"t" * 20, b"", b"")
    small = (name("y", "local"), 16, 0, b"t", b"", b"")
    for size in range(12, 12 + 68 + 10 + 20):
        w = Writer(bytearray(size))
        w.start(0, 0)
        assert not w.record(1, big, 1, 1)
        assert bytes(w.view()) == bytes(12)
        assert w.record(1, small, 1, 1) == (size >= 12 + 9 + 11)
        assert len(w.buf) == size
    w = Writer(bytearray(20))
    assert not w.question(SERVICE, PTR, 1)
    assert w.question(b"\0", PTR, 1)
    assert bytes(w.view()) == b"\0\0\0\0\0\1\0\0\0\0\0\0\0\0\x0c\0\1"
