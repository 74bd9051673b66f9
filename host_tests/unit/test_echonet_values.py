"""Numbers with their reserved codes, property maps, identity."""

from echonet_bench import Values, octets, text

from echonet import Identity, Node
from echonet.table import GET, SET, VAR, find, put_map
from echonet.value import get, put
from support import raises


def _put(value, size, signed=False):
    buf = bytearray(b"\xaa" * (size + 2))
    assert put(buf, 1, value, size, signed) == size
    assert buf[0] == buf[-1] == 0xAA
    return text(buf[1:-1])


def test_unsigned():
    for size, top in ((1, 0xFD), (2, 0xFFFD), (4, 0xFFFFFFFD)):
        assert _put(0, size) == "00" * size
        assert _put(top, size) == "FF" * (size - 1) + "FD"
        assert _put(top + 1, size) == _put(1 << 60, size) == "FF" * size
        assert _put(-1, size) == _put(-(1 << 60), size) == "FF" * (size - 1) + "FE"
    assert _put(7400, 4) == "00001CE8"
    assert _put(999999999, 4) == "3B9AC9FF"


def test_signed():
    for size, top in ((1, 126), (2, 32766), (4, 0x7FFFFFFE)):
        assert _put(top + 1, size, True) == _put(1 << 60, size, True) == "7F" + "FF" * (size - 1)
        low = -top - 2
        assert _put(low, size, True) == _put(-(1 << 60), size, True) == "80" + "00" * (size - 1)
    assert _put(32766, 2, True) == "7FFE"
    assert _put(-32767, 2, True) == "8001"
    assert _put(0x7FFFFFFE, 4, True) == "7FFFFFFE"
    assert _put(-0x7FFFFFFF, 4, True) == "80000001"
    assert _put(126, 1, True) == "7E"
    assert _put(-127, 1, True) == "81"
    assert _put(-1500, 4, True) == "FFFFFA24"


def test_get():
    for data, signed, value in (
        ("00001CE8", False, 7400),
        ("FFFFFFFD", False, 0xFFFFFFFD),
        ("FFFFFFFE", False, None),
        ("FFFFFFFF", False, None),
        ("FFFD", False, 65533),
        ("FFFE", False, None),
        ("FD", False, 253),
        ("FF", False, None),
        ("FFFFFA24", True, -1500),
        ("7FFE", True, 32766),
        ("7FFF", True, None),
        ("8001", True, -32767),
        ("8000", True, None),
        ("81", True, -127),
        ("80", True, None),
        ("7F", True, None),
    ):
        raw = octets("55" + data)
        assert get(raw, 1, len(raw) - 1, signed) == value, data


def _map(codes, access=GET):
    buf = bytearray(b"\xaa" * 18)
    n = put_map(b"".join(bytes((epc, access, 1)) for epc in codes), GET, buf, 0)
    assert buf[n] == 0xAA
    return text(buf[:n])


def test_list_below_16_and_bitmap_from_16():
    assert _map([]) == "00"
    assert _map([0x80], SET) == "00"
    assert _map(range(0x80, 0x8F)) == "0F808182838485868788898A8B8C8D8E"
    assert _map(range(0x80, 0x90)) == "10" + "01" * 16
    both = [0x80 + 16 * high + low for high in range(8) for low in range(2)]
    assert _map(both) == "10FFFF" + "00" * 14
    assert _map(range(0x80, 0x100)) == "80" + "FF" * 16


def test_maps_of_the_classes():
    for spec, expected in (
        ("80 81 82 88 8A 9D 9E 9F C5 C7 CC DA", "0C808182888A9D9E9FC5C7CCDA"),
        (
            "80 81 82 83 88 89 8A 8C 8D 9D 9E 9F C5 C7 C8 CA CC D2 D3 D8 DA E7 EB ED",
            "1801012121001000503101314011430202",
        ),
        (
            "80 81 82 88 8A 9D 9E 9F C5 C7 CC CE CF D0 DA E2 E4 E6",
            "1221014100401040100100210010021212",
        ),
    ):
        codes = [int(code, 16) for code in spec.split()]
        assert _map(codes) == expected


def test_find():
    props = bytes((0x80, GET, 1, 0xC7, VAR, 0x80, 0xDA, SET, 1))
    assert find(props, 0x80) == 0
    assert find(props, 0xC7) == 3
    assert find(props, 0xDA) == 6
    assert find(props, 1) == find(props, 0x81) == -1


def test_identity_is_bounded():
    Identity(b"abc", bytes(10), bytes(12), bytes(12))
    for bad in (
        (b"ab", b""),
        (b"abc", bytes(11)),
        (b"abc", b"", bytes(13)),
        (b"abc", b"", b"", bytes(13)),
    ):
        with raises(ValueError):
            Identity(*bad)


def test_a_node_is_bounded():
    identity = Identity(b"abc", b"1")
    Node([Values(0x0200 + i // 11, [], 1 + i) for i in range(84)], identity)
    with raises(ValueError, "84"):
        Node([Values(0x0280, [], 1 + i) for i in range(85)], identity)
    with raises(ValueError, "8 classes"):
        Node([Values(0x0280 + i, []) for i in range(9)], identity)


def test_84_instances_fit_into_a_list():
    node = Node([Values(0x0280, [], 1 + i) for i in range(84)], Identity(b"abc", b"1"))
    frame = text(node.tx())
    assert frame[24:30] == "D5FD54"
    assert len(frame) == 2 * (14 + 253)
