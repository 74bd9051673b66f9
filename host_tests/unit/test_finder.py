"""Partners found by mDNS become targets of the dialer (6.4.5)."""

from firmware.finder import Finder, node

OWN = b"\x01" * 20
SKI = b"\xab" * 20
TXT = {"txtvers": b"1", "ski": b"ab" * 20, "path": b"/ship/", "id": b"x", "register": b"false"}
V4 = b"\x0a\0\0\x02"
V6 = b"\xfe\x80" + bytes(14)


class Dialer:
    def __init__(self):
        self.did = []

    def add(self, ski, hosts, port, path, found):
        self.did.append((ski, hosts, port, path, found))

    def gone(self, ski):
        self.did.append(ski)


def finder():
    dialer = Dialer()
    return Finder(dialer, OWN, bytearray(512)), dialer.did


def test_records_of_ship_nodes():
    assert node(TXT) == (SKI, b"/ship/")
    for key, value in (
        ("txtvers", b"2"),
        ("ski", b"ab" * 19),
        ("ski", b"xy" * 20),
        ("path", b""),
    ):
        txt = dict(TXT)
        txt[key] = value
        assert node(txt) is None
        del txt[key]
        assert node(txt) is None


def test_seen_changed_and_gone():
    f, did = finder()
    f.seen("a", 4711, [V6, V4], TXT)
    f.seen("a", 4712, [V4], TXT)
    f.seen("a", 0, [], None)
    f.seen("a", 0, [], None)
    found = (SKI, ["10.0.0.2"], 4711, b"/ship/", True)
    assert did == [found, found[:2] + (4712,) + found[3:], SKI]


def test_a_new_key_at_the_same_name():
    f, did = finder()
    f.seen("a", 4711, [V4], TXT)
    txt = dict(TXT)
    txt["ski"] = b"CD" * 20
    f.seen("a", 4711, [V4], txt)
    assert [one if isinstance(one, bytes) else one[0] for one in did] == [SKI, b"\xcd" * 20, SKI]


def test_ourselves_and_those_without_an_address():
    f, did = finder()
    txt = dict(TXT)
    txt["ski"] = b"01" * 20
    f.seen("me", 4712, [V4], txt)
    f.seen("b", 4712, [V6], TXT)
    assert did == []
