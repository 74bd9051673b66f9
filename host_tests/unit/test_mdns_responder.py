from mdns_packets import (
    AAAA,
    ANY,
    FLUSH,
    GROUP_PORT,
    IN,
    META,
    NSEC,
    PTR,
    SERVICE,
    SRV,
    TXT,
    A,
    middle,
    name,
    parse,
    query,
    question,
    record,
    run,
    sent,
    srv,
    types,
)

from mdns import Responder
from support import raises

V4 = b"\x0a\x3f\x50\x02"
V6 = b"\xfe\x80" + b"\0" * 13 + b"\x02"
PAIRS = [("txtvers", "1"), ("id", "i:1_u:2")]
TXT_DATA = b"\x09txtvers=1\x0aid=i:1_u:2"
BOX = b"\x06My.Box" + SERVICE
HOST = name("wallbox", "local")

PROBE = (
    b"\0\0\0\0\0\2\0\0\0\3\0\0"
    b"\x06My.Box\x05_ship\x04_tcp\x05local\0\0\xff\x80\1"
    b"\x07wallbox\xc0\x1e\0\xff\x80\1"
    b"\xc0\x0c\0\x21\0\1\0\0\0\x78\0\x08\0\0\0\0\x12\x68\xc0\x29"
    b"\xc0\x0c\0\x10\0\1\0\0\0\x78\0\x15" + TXT_DATA + b"\xc0\x29\0\1\0\1\0\0\0\x78\0\4" + V4
)
ANNOUNCEMENT = (
    b"\0\0\x84\0\0\0\0\6\0\0\0\0"
    b"\x05_ship\x04_tcp\x05local\0\0\x0c\0\1\0\0\0\x78\0\x09\x06My.Box\xc0\x0c"
    b"\xc0\x28\0\x21\x80\1\0\0\0\x78\0\x10\0\0\0\0\x12\x68\x07wallbox\xc0\x17"
    b"\xc0\x28\0\x10\x80\1\0\0\0\x78\0\x15"
    + TXT_DATA
    + b"\x09_services\x07_dns-sd\x04_udp\xc0\x17"
    b"\0\x0c\0\1\0\0\0\x78\0\2\xc0\x0c"
    b"\xc0\x43\0\1\x80\1\0\0\0\x78\0\4"
    + V4
    + b"\xc0\x43\0\x2f\x80\1\0\0\0\x78\0\5\xc0\x43\0\1\x40"
)


class Box(Responder):
    """Offers one service, `handle`."""

    def __init__(self, addrs, **more):
        super().__init__("wallbox", addrs, rand=middle, **more)
        self.handle = self.register("My.Box", "_ship._tcp", 4712, PAIRS)


def made(addrs=(V4,), **more):
    return Box(list(addrs), **more)


def up(addrs=(V4,), **more):
    """A responder that has announced; its clock stands at 10 s."""
    r = made(addrs, **more)
    r.start(0)
    run(r, 0, 10000)
    return r


def asked(r, packet, now=10000, port=GROUP_PORT, until=600):
    """What comes back: [(ms later, dest, parsed packet)]."""
    r.rx(memoryview(packet), "peer", port, now)
    out = [(0, dest, parse(p)) for dest, p in sent(r)]
    return out + [(t - now, dest, parse(p)) for t, dest, p in run(r, now, now + until)]


def test_probes_then_announces_twice():
    r = made()
    assert r.tick(0) == -1 and r.tx() is None
    r.start(0)
    assert run(r, 0, 10000) == [
        (125, None, PROBE),
        (375, None, PROBE),
        (625, None, PROBE),
        (875, None, ANNOUNCEMENT),
        (1875, None, ANNOUNCEMENT),
    ]
    assert r.tick(10000) == -1


def test_the_clock_may_wrap():
    r = made()
    start = (1 << 30) - 700
    r.start(start)
    assert [t - start for t, _, _ in run(r, start, start + 5000)] == [125, 375, 625, 875, 1875]


def test_ship_mdns_001():
    """TC_SHIP_MDNS_001: a PTR query for the service is answered with all there is to know."""
    r = up()
    ((delay, dest, packet),) = asked(r, query([question(SERVICE, PTR)]))
    assert delay == 70 and dest is None  # shared: 20 to 120 ms
    assert packet[:3] == [0, 0x8400, []]
    assert packet[3] == [(SERVICE, PTR, IN, 120, BOX)]
    assert packet[5] == [
        (BOX, SRV, FLUSH, 120, srv(4712, HOST)),
        (BOX, TXT, FLUSH, 120, TXT_DATA),
        (HOST, A, FLUSH, 120, V4),
        (HOST, NSEC, FLUSH, 120, HOST + b"\0\1\x40"),
    ]


def test_every_question():
    both = "A and AAAA"
    cases = (
        (BOX, SRV, [SRV], [A, NSEC], 0),
        (BOX, TXT, [TXT], [], 0),
        (BOX, ANY, [SRV, TXT], [A, NSEC], 0),
        (BOX, A, [NSEC], [], 0),
        (HOST, A, [A], [NSEC], 0),
        (HOST, AAAA, [NSEC], [A], 0),
        (HOST, ANY, [A], [NSEC], 0),
        (META, PTR, [PTR], [], 70),
        (META, ANY, [PTR], [], 70),
        (SERVICE, ANY, [PTR], [SRV, TXT, A, NSEC], 70),
        (SERVICE, SRV, None, None, both),
        (name("other", "local"), A, None, None, 0),
        (name("_other", "_tcp", "local"), PTR, None, None, 0),
        (name("wallbox"), A, None, None, 0),
    )
    for owner, rtype, answers, additional, delay in cases:
        found = asked(up(), query([question(owner, rtype)]))
        if answers is None:
            assert found == [], (owner, rtype)
            continue
        assert len(found) == 1, (owner, rtype)
        assert found[0][0] == delay
        assert types(found[0][2][3]) == answers, (owner, rtype, found)
        assert types(found[0][2][5]) == additional, (owner, rtype, found)
    (answer,) = asked(up(), query([question(META, PTR)]))
    assert answer[2][3] == [(META, PTR, IN, 120, SERVICE)]


def test_both_families():
    r = up((V4, V6))
    ((_, _, packet),) = asked(r, query([question(HOST, AAAA)]))
    assert packet[3] == [(HOST, AAAA, FLUSH, 120, V6)]
    assert packet[5] == [
        (HOST, A, FLUSH, 120, V4),
        (HOST, NSEC, FLUSH, 120, HOST + b"\0\4\x40\0\0\x08"),
    ]


def test_names_in_any_case_and_class_any():
    owner = name("_SHIP", "_Tcp", "LOCAL")
    assert types(asked(up(), query([question(owner, PTR, 255)]))[0][2][3]) == [PTR]
    assert asked(up(), query([question(SERVICE, PTR, 3)])) == []


def test_known_answers():
    ptr = record(SERVICE, PTR, BOX, ttl=60)
    assert asked(up(), query([question(SERVICE, PTR)], [ptr])) == []
    for other in (
        record(SERVICE, PTR, BOX, ttl=59),
        record(SERVICE, PTR, b"\x05other" + SERVICE),
        record(META, PTR, SERVICE),
    ):
        assert len(asked(up(), query([question(SERVICE, PTR)], [other]))) == 1
    address = record(HOST, A, V4)
    both = query([question(HOST, A)], [address])
    assert asked(up(), both) == []
    # a set of addresses goes out whole, because it flushes caches
    ((_, _, packet),) = asked(up((V4, b"\1\2\3\4")), both)
    assert [r[4] for r in packet[3]] == [V4, b"\1\2\3\4"]


def test_known_answers_in_further_packets():
    first = query([question(SERVICE, PTR)], flags=0x0200)
    r = up()
    r.rx(first, "peer", GROUP_PORT, 10000)
    assert r.tick(10000) == 450 and r.tx() is None  # 400 to 500 ms
    assert asked(r, query([], [record(SERVICE, PTR, BOX)]), 10100) == []
    # what a second one has asked for as well is not withheld
    known = query([], [record(SERVICE, PTR, BOX)])
    for now, last in ((20000, "other"), (30000, "peer")):
        r.rx(first, "peer" if last == "other" else "other", GROUP_PORT, now)
        r.rx(first, last, GROUP_PORT, now)
        assert len(asked(r, known, now + 100)) == 1
    # a whole query of its own, perhaps by another program on that host, is no continuation
    r.rx(first, "peer", GROUP_PORT, 40000)
    both = query([question(SERVICE, PTR)], [record(SERVICE, PTR, BOX)])
    assert len(asked(r, both, 40100)) == 1
    # and goodbyes answer nobody
    r.rx(first, "peer", GROUP_PORT, 50000)
    r.unregister(r.handle)
    assert types(asked(r, known, 50100)[0][2][3]) == [PTR, SRV, TXT]


def test_one_multicast_per_record_and_second():
    r = up()
    ask = query([question(SERVICE, PTR)])
    assert [t for t, _, _ in asked(r, ask, 10000, until=100)] == [70]
    assert [t for t, _, _ in asked(r, ask, 10200, until=2000)] == [870]
    # what went out a moment ago is not sent again as an additional
    r = up()
    asked(r, query([question(HOST, A)]), 10000)
    ((_, _, packet),) = asked(r, ask, 10500)
    assert types(packet[5]) == [SRV, TXT]


def test_a_record_last_sent_long_ago_is_not_held_back():
    r = up()
    late = 1875 + (1 << 29) + 2000  # when the difference of the times has turned negative
    ((delay, _, packet),) = asked(r, query([question(SERVICE, PTR)]), late)
    assert delay == 70 and types(packet[5]) == [SRV, TXT, A, NSEC]


def test_unicast_answer():
    r = up()
    ask = query([question(SERVICE, PTR, 0x8001)], ident=0x4711)
    ((delay, dest, packet),) = asked(r, ask)
    assert delay == 0 and dest == ("peer", GROUP_PORT)
    assert packet[:3] == [0x4711, 0x8400, []]
    assert packet[3] == [(SERVICE, PTR, IN, 120, BOX)]
    assert types(packet[5]) == [SRV, TXT, A, NSEC]
    # a quarter of the TTL after the last multicast it is time for another (RFC 6762 5.4)
    assert [d for _, d, _ in asked(r, ask, 31874)] == [("peer", GROUP_PORT)]
    assert [d for _, d, _ in asked(r, ask, 31875)] == [None]


def test_unicast_answer_leaves_out_what_is_known():
    ask = query([question(SERVICE, PTR, 0x8001)], [record(HOST, A, V4)])
    ((_, _, packet),) = asked(up(), ask)
    assert types(packet[5]) == [SRV, TXT, NSEC]


def test_one_unicast_answer_at_a_time():
    r = up()
    r.rx(query([question(HOST, A, 0x8001)], ident=1), "peer", GROUP_PORT, 10000)
    r.rx(query([question(HOST, A, 0x8001)], ident=2), "other", GROUP_PORT, 10000)
    assert [(dest, packet[:2]) for dest, packet in sent(r)] == [(("peer", GROUP_PORT), b"\0\1")]


def test_legacy_answer():
    r = up()
    # as a plain resolver asks: port above 5353, one question, an id
    ask = query([question(BOX, SRV)], ident=0xBEEF)
    r.rx(ask, "peer", 40000, 10000)
    assert sent(r) == [
        (
            ("peer", 40000),
            b"\xbe\xef\x84\0\0\1\0\1\0\0\0\1"
            + question(BOX, SRV)
            + b"\xc0\x0c\0\x21\0\1\0\0\0\x0a"
            # the target stands uncompressed (RFC 6762 18.14)
            b"\0\x15" + srv(4712, HOST) + b"\x07wallbox\xc0\x1e\0\1\0\1\0\0\0\x0a\0\4" + V4,
        )
    ]
    # there is nothing to say to a resolver that asks for what is not there
    assert asked(r, query([question(HOST, AAAA)]), port=40000) == []


def test_goodbyes():
    r = up()
    r.stop()
    r.tick(10000)
    ((dest, packet),) = sent(r)
    packet = parse(packet)
    assert dest is None and packet[1] == 0x8400
    assert [(x[1], x[3]) for x in packet[3]] == [(PTR, 0), (SRV, 0), (TXT, 0), (A, 0)]
    assert asked(r, query([question(SERVICE, PTR)])) == []
    r.start(20000)
    assert [t for t, _, _ in run(r, 20000, 25000)] == [20125, 20375, 20625, 20875, 21875]


def test_no_goodbye_for_what_was_not_announced():
    r = made()
    r.start(0)
    run(r, 0, 700)
    r.stop()
    assert run(r, 700, 5000) == []


def test_unregister():
    r = up()
    r.unregister(r.handle)
    r.tick(10000)
    ((_, packet),) = sent(r)
    packet = parse(packet)
    assert [(x[1], x[3]) for x in packet[3]] == [(PTR, 0), (SRV, 0), (TXT, 0)]
    assert packet[5] == []
    assert len(r._owners) == 1
    assert asked(r, query([question(SERVICE, PTR)])) == []
    assert types(asked(r, query([question(HOST, A)]))[0][2][3]) == [A]
    r.stop()
    ((_, packet),) = sent(r)
    assert types(parse(packet)[3]) == [A]


def test_register_later():
    r = up()
    r.register("Second", "_http._tcp", 80)
    packets = [(t, parse(p)) for t, _, p in run(r, 10000, 20000)]
    assert [t for t, _ in packets] == [10000, 10250, 10500, 10750, 11750]
    assert packets[0][1][2] == [(name("Second", "_http", "_tcp", "local"), ANY, FLUSH)]
    assert types(packets[3][1][3]) == [PTR, SRV, TXT, PTR]
    assert packets[3][1][3][2][4] == b"\0"


def test_update_txt():
    r = up()
    r.update_txt(r.handle, [("txtvers", "1"), ("register", "true")])
    packets = [(t, parse(p)) for t, _, p in run(r, 10000, 20000)]
    assert [t for t, _ in packets] == [10000, 11000]
    for _, packet in packets:
        assert packet[3][2] == (BOX, TXT, FLUSH, 120, b"\x09txtvers=1\x0dregister=true")


def test_set_addrs():
    r = up()
    r.set_addrs([b"\xc0\0\2\1", V6])
    packets = [(t, parse(p)) for t, _, p in run(r, 10000, 20000)]
    assert [t for t, _ in packets] == [10000, 11000]
    for _, packet in packets:
        assert [x[4] for x in packet[3][:2]] == [b"\xc0\0\2\1", V6]
    with raises(ValueError, "address"):
        r.set_addrs([V4, V4, b"\1\2\3"])
    assert len(asked(r, query([question(HOST, A)]), 20000)[0][2][3]) == 1
    r.set_addrs([])
    run(r, 21000, 30000)
    assert asked(r, query([question(HOST, ANY)]), 30000) == []


def test_announce_again():
    r = up()
    r.announce(60000)
    assert run(r, 60000, 70000) == [(60000, None, ANNOUNCEMENT)]


def test_packets_that_are_no_business_of_ours():
    ask = query([question(SERVICE, PTR)])
    for flags in (0x0800, 0x7800, 0x0001, 0x0005):
        assert asked(up(), ask[:2] + bytes([flags >> 8, flags & 255]) + ask[4:]) == []
    r = up()
    for n in range(len(ask)):
        assert asked(r, ask[:n]) == []
    assert r.dropped == len(ask)
    assert asked(made(), ask) == []  # not started


def test_nothing_is_answered_while_probing():
    r = made()
    r.start(0)
    run(r, 0, 874)
    assert asked(r, query([question(SERVICE, PTR), question(HOST, A)]), 874, until=0) == []


def test_more_than_one_packet():
    r = Responder("wallbox", [V4], bytearray(700), rand=middle)
    for i in range(4):
        r.register("box %d" % i, txt=[("k%d" % j, "x" * 60) for j in range(4)])
    r.start(0)
    packets = [(t, parse(p)) for t, _, p in run(r, 0, 10000)]
    probes = [p for t, p in packets if t == 125]
    assert len(probes) > 1
    assert sorted([q[0] for p in probes for q in p[2]]) == sorted(
        [b"\x05box %d" % i + SERVICE for i in range(4)] + [HOST]
    )
    for p in probes:
        assert {q[0] for q in p[2]} == {x[0] for x in p[4]}
    announced = [(x[0], x[1], x[4]) for t, p in packets if t == 875 for x in p[3] + p[5]]
    assert len(announced) == len(set(announced)) + 3  # the four services share one META record
    assert len(announced) == 4 * 4 + 2


def test_arguments_are_checked():
    r = made()
    for pairs in ([("", "x")], [("a=b", "x")], [("k", "x" * 254)], [("k", "x" * 200)] * 5):
        with raises(ValueError, "txt"):
            r.register("x", txt=pairs)
    for bad in ("", "x" * 64):
        with raises(ValueError, "label"):
            r.register(bad)
        with raises(ValueError, "label"):
            Responder(bad, [])
