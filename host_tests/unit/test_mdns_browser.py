from mdns_packets import (
    AAAA,
    FLUSH,
    GROUP_PORT,
    IN,
    PTR,
    SERVICE,
    SRV,
    TXT,
    A,
    message,
    middle,
    name,
    parse,
    question,
    record,
    response,
    run,
    srv,
)

from mdns import Browser
from mdns.browser import txt_dict

BOX = b"\x03EMS" + SERVICE
HOST = name("ems", "local")
V4 = b"\xc0\0\2\1"
V6 = b"\xfe\x80" + b"\0" * 13 + b"\1"
TXT_DATA = b"\x09txtvers=1\x07path=/x\x06ski=ab\x04flag\x05SKI=z"
ASK = b"\0\0\0\0\0\1\0\0\0\0\0\0\x05_ship\x04_tcp\x05local\0\0\x0c\0\1"
GONE = ("EMS", 0, [], None)


def ptr(ttl=120, owner=BOX):
    return record(SERVICE, PTR, owner, ttl)


def where(ttl=120, port=4711, target=HOST, owner=BOX):
    return record(owner, SRV, srv(port, target), ttl, FLUSH)


def about(data=b"\x09txtvers=1", ttl=120, owner=BOX):
    return record(owner, TXT, data, ttl, FLUSH)


def address(data=V4, ttl=120, target=HOST, cls=FLUSH):
    return record(target, A if len(data) == 4 else AAAA, data, ttl, cls)


class Bench:
    """A browser, what it reported and a way to feed it."""

    def __init__(self, **more):
        self.seen = []
        self.b = Browser("_ship._tcp", self._on_service, rand=middle, **more)
        self.b.start(0)

    def _on_service(self, instance, port, addrs, txt):
        self.seen.append((instance, port, addrs, txt))

    def hear(self, now, *answers):
        self.b.rx(memoryview(response(*answers)), "peer", GROUP_PORT, now)

    def run(self, start, end):
        return [(t, parse(p)) for t, _, p in run(self.b, start, end)]

    def reports(self):
        seen = self.seen
        self.seen = []
        return seen


def asked(packets):
    return [(t, [(q[0], q[1]) for q in p[2]]) for t, p in packets]


def test_asks_less_and_less():
    bench = Bench()
    hour = 3600000
    sent = run(bench.b, 0, 3 * hour)
    assert [p for _, _, p in sent] == [ASK] * len(sent)
    times = [t for t, _, _ in sent]
    gaps = [b - a for a, b in zip(times, times[1:])]
    assert times[0] == 70
    assert gaps == [1000 * 3**i for i in range(8)] + [hour] * 2
    bench.b.start(3 * hour)
    assert [t for t, _, _ in run(bench.b, 3 * hour, 3 * hour + 1200)] == [
        3 * hour + 70,
        3 * hour + 1070,
    ]


def test_all_in_one_packet_in_any_order():
    records = [ptr(), where(), about(), address()]
    for order in ((0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)):
        bench = Bench()
        bench.hear(100, *[records[i] for i in order])
        assert bench.reports() == [("EMS", 4711, [V4], {"txtvers": b"1"})]
        bench.hear(200, *records)
        assert bench.reports() == []


def test_txt():
    data = b"\x01a\x02=x\x00\x05K=1=2\x03k=3\x03e\xff=\x02v="
    assert txt_dict(data) == {"a": b"", "k": b"1=2", "v": b""}
    assert txt_dict(b"\0") == {} and txt_dict(b"") == {}
    assert txt_dict(b"\x09a=1") == {"a": b"1"}


def test_asks_for_what_is_missing():
    bench = Bench()
    bench.run(0, 500)
    bench.hear(500, ptr())
    assert asked(bench.run(500, 700)) == [(600, [(BOX, SRV), (BOX, TXT)])]
    bench.hear(700, where(), about())
    assert asked(bench.run(700, 900)) == [(800, [(HOST, A), (HOST, AAAA)])]
    assert bench.reports() == []
    bench.hear(900, address())
    assert bench.reports() == [("EMS", 4711, [V4], {"txtvers": b"1"})]
    assert asked(bench.run(900, 10000)) == [(1070, [(SERVICE, PTR)]), (4070, [(SERVICE, PTR)])]


def test_gives_up_asking_after_a_while():
    bench = Bench()
    bench.hear(0, ptr(ttl=4500))
    times = [t for t, p in bench.run(0, 100000) if (BOX, SRV, IN) in p[2]]
    assert times == [100, 1100, 4100, 13100]
    bench.hear(100000, ptr(ttl=4500))  # but not when it shows up again
    times = [t for t, p in bench.run(100000, 200000) if (BOX, SRV, IN) in p[2]]
    assert times == [100100, 101100, 104100, 113100]


def test_known_answers():
    bench = Bench()
    bench.hear(0, ptr(ttl=100), where(4500), about(ttl=4500), address(ttl=4500))
    known = [(t, p[3]) for t, p in bench.run(0, 79000) if p[2][0][1] == PTR]
    assert [t for t, _ in known] == [70, 1070, 4070, 13070, 40070]
    assert known[1][1] == [(SERVICE, PTR, IN, 99, BOX)]
    assert known[4][1] == [(SERVICE, PTR, IN, 60, BOX)]
    bench.hear(70000, ptr(ttl=100))
    # at 80 % it wants to hear again, and does not say that it knows
    assert [p[3] for t, p in bench.run(70000, 151000) if t == 150000] == [[]]


def test_known_answer_of_half_age_is_left_out():
    bench = Bench()
    bench.hear(0, ptr(ttl=60), where(4500), about(ttl=4500), address(ttl=4500))
    assert [len(p[3]) for t, p in bench.run(0, 47000)] == [1, 1, 1, 1, 0]


def test_refresh_and_expiry():
    bench = Bench()
    bench.hear(0, ptr(4500), where(100), about(ttl=4500), address(ttl=4500))
    bench.reports()
    times = [t for t, p in bench.run(0, 99999) if (BOX, SRV, IN) in p[2]]
    assert times == [80000, 85000, 90000, 95000]
    assert bench.reports() == []
    bench.run(99999, 100000)
    assert bench.reports() == [GONE]
    bench.hear(100000, ptr(4500), where(100), about(ttl=4500), address(ttl=4500))
    assert len(bench.reports()) == 1
    bench.run(100000, 190000)
    bench.hear(190000, where(100))
    bench.run(190000, 269000)
    assert bench.reports() == []


def test_goodbye():
    bench = Bench()
    bench.hear(0, ptr(), where(), about(), address())
    bench.reports()
    bench.hear(500, ptr(ttl=0))
    assert bench.run(500, 1070)[-1][1][3] == []  # no known answer any more
    bench.run(1070, 1499)
    assert bench.reports() == []
    bench.run(1499, 1500)
    assert bench.reports() == [GONE]
    bench.hear(1600, ptr())
    bench.hear(1600, ptr(ttl=0))
    bench.run(1600, 3000)  # never resolved, never reported
    assert bench.reports() == [] and len(bench.b._found) == 0


def test_goodbye_taken_back():
    bench = Bench()
    bench.hear(0, ptr(), where(), about(), address())
    bench.hear(500, ptr(0), where(0), about(ttl=0), address(ttl=0))
    bench.hear(900, ptr(), where(), about(), address())
    bench.run(900, 20000)
    assert [s[1] for s in bench.reports()] == [4711]


def test_changes_are_reported():
    bench = Bench()
    bench.hear(0, ptr(), where(), about(), address(), address(V6))
    assert bench.reports()[0][2] == [V4, V6]
    bench.hear(5000, where(port=9))
    assert bench.reports()[0][:3] == ("EMS", 9, [V4, V6])
    bench.hear(6000, about(b"\x03a=b"))
    assert bench.reports()[0][3] == {"a": b"b"}
    # cache flush: older addresses of that family go
    bench.hear(8000, address(b"\1\2\3\4"), address(b"\1\2\3\5"))
    assert bench.reports()[0][2] == [V6, b"\1\2\3\4", b"\1\2\3\5"]
    bench.hear(8500, address(b"\1\2\3\6"))  # of the same second: belongs to them
    assert len(bench.reports()[0][2]) == 4
    bench.hear(10000, address(b"\1\2\3\7", cls=IN))
    assert bench.reports() == []  # three of a family are enough
    bench.hear(12000, address(b"\1\2\3\6", ttl=0))
    assert bench.reports()[0][2] == [V6, b"\1\2\3\4", b"\1\2\3\5"][:1]


def test_cache_flush_of_both_families():
    bench = Bench()
    bench.hear(0, ptr(), where(), about(), address(), address(V6))
    bench.reports()
    bench.hear(2000, address(b"\1\2\3\4"), address(b"\1" * 16))
    assert bench.reports()[0][2] == [b"\1\2\3\4", b"\1" * 16]
    # on its way out a record tells nothing new
    bench.hear(2500, about(b"\x01x", ttl=0))
    assert bench.reports() == []


def test_new_host():
    bench = Bench()
    bench.hear(0, ptr(), where(), about(), address())
    bench.reports()
    bench.run(0, 5000)
    other = name("new", "local")
    bench.hear(5000, where(target=other))
    assert bench.reports() == []
    assert asked(bench.run(5000, 5100)) == [(5100, [(other, A), (other, AAAA)])]
    bench.hear(5200, address(b"\1\2\3\4", target=other))
    assert bench.reports() == [("EMS", 4711, [b"\1\2\3\4"], {"txtvers": b"1"})]


def test_names_in_any_case():
    bench = Bench()
    bench.hear(
        0,
        record(name("_SHIP", "_TCP", "Local"), PTR, BOX),
        where(owner=b"\x03ems" + SERVICE, target=name("EMS", "local")),
        about(),
        address(),
    )
    assert [s[0] for s in bench.reports()] == ["EMS"]


def test_eight_at_most():
    bench = Bench()
    owners = [b"\x02b%d" % i + SERVICE for i in range(9)]
    for i in range(8):
        o = owners[i]
        bench.hear(i, ptr(owner=o), where(owner=o), about(owner=o), address())
    assert len(bench.reports()) == 8
    bench.hear(10, ptr(owner=BOX), where(), about(), address())
    assert bench.reports() == []
    bench.hear(20, ptr(ttl=0, owner=owners[0]))
    bench.run(20, 1020)
    bench.hear(2000, ptr(owner=owners[8]))
    # an unresolved one makes room
    bench.hear(2100, ptr(owner=BOX), where(), about(), address())
    assert [s[0] for s in bench.reports()] == ["b0", "EMS"]


def test_what_is_not_ours():
    bench = Bench()
    other = name("_other", "_tcp", "local")
    good = [where(), about(), address()]
    bench.hear(0, record(other, PTR, BOX), *good)
    bench.hear(0, record(SERVICE, PTR, b"\x01x" + other), *good)
    bench.hear(0, record(SERVICE, PTR, b"\x02a\xff" + SERVICE), *good)
    bench.hear(0, record(SERVICE, PTR, b"\0"), *good)
    bench.hear(0, record(SERVICE, PTR, BOX, cls=3), *good)
    whole = response(ptr(), *good)
    bench.b.rx(whole, "peer", 1234, 0)  # RFC 6762 11: answers come from port 5353
    bench.b.rx(message(0, [question(SERVICE, PTR)], [ptr()] + good), "peer", GROUP_PORT, 0)
    bench.b.rx(message(0x8403, answers=[ptr()] + good), "peer", GROUP_PORT, 0)
    assert bench.reports() == [] and bench.b._found == []
    for n in range(len(whole)):
        bench.b.rx(whole[:n], "peer", GROUP_PORT, 0)
    assert bench.b.dropped == len(whole) and bench.b._found == []
    bench.b.rx(whole, "peer", GROUP_PORT, 0)
    assert len(bench.reports()) == 1


def test_ephemeral_port():
    """Answers have a TTL of 10 s at most and nobody announces: ask every minute."""
    bench = Bench(legacy=True)
    answer = [ptr(10), where(10), about(ttl=10), address(ttl=10)]
    bench.hear(100, *answer)
    packets = bench.run(0, 100000)
    assert [t for t, p in packets] == [70, 1070, 4070, 13070, 40070]
    assert all([p[3] == [] for _, p in packets])  # known answers would silence the peer
    bench.hear(100000, *answer)
    assert [t for t, p in bench.run(100000, 200000)] == [100070, 160070]
    bench.run(200000, 249999)
    assert len(bench.reports()) == 1
    bench.run(249999, 250000)
    assert bench.reports() == [GONE]


def test_stop():
    bench = Bench()
    bench.hear(0, ptr(), where(), about(), address())
    bench.reports()
    bench.b.stop()
    assert bench.b.tick(10) == -1 and bench.b.tx() is None
    bench.hear(20, ptr(), where(), about(), address())
    assert bench.reports() == []


def test_small_buffer_asks_in_several_packets():
    bench = Bench(buf=bytearray(512))
    owners = [bytes([60]) + b"%02d" % i * 30 + SERVICE for i in range(8)]
    bench.hear(0, *[ptr(owner=o) for o in owners])
    packets = [(t, p) for t, p in bench.run(0, 100) if t == 100]
    assert len(packets) > 1
    found = [(q[0], q[1]) for _, p in packets for q in p[2]]
    assert sorted(found) == sorted([(o, t) for o in owners for t in (SRV, TXT)])
