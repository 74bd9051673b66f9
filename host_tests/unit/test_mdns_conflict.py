"""Two hosts that want the same name (RFC 6762 8.1, 8.2, 9)."""

from mdns_packets import (
    AAAA,
    ANY,
    FLUSH,
    GROUP_PORT,
    NSEC,
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
    response,
    run,
    sent,
    srv,
)

from mdns import Responder

V4 = b"\x0a\x3f\x50\x02"
BOX = b"\x06My.Box" + SERVICE
HOST = name("wallbox", "local")
OTHER = name("other", "local")


class Box(Responder):
    """Offers one service, `handle`, and has begun to probe."""

    def __init__(self):
        super().__init__("wallbox", [V4], rand=middle)
        self.handle = self.register("My.Box", "_ship._tcp", 4712, [("a", "b")])
        self.start(0)


def made():
    return Box()


def names_probed(packets):
    return [[q[0] for q in parse(p)[2]] for _, _, p in packets]


def test_instance_taken():
    r = made()
    run(r, 0, 400)
    r.rx(response(record(BOX, SRV, srv(4712, OTHER), cls=FLUSH)), "x", GROUP_PORT, 400)
    renamed = b"\x0aMy.Box (2)" + SERVICE
    packets = run(r, 400, 10000)
    assert r.handle.label == "My.Box (2)"
    # the new name is probed for from the start, the host goes on
    assert [t for t, _, _ in packets] == [400, 625, 650, 875, 900, 1150, 1875, 2150]
    assert names_probed(packets)[:5] == [[renamed], [HOST], [renamed], [], [renamed]]
    assert parse(packets[5][2])[3][1][:2] == (renamed, SRV)


def test_host_taken():
    r = made()
    run(r, 0, 400)
    r.rx(response(record(HOST, A, b"\1\2\3\4", cls=FLUSH)), "x", GROUP_PORT, 400)
    assert r.host == "wallbox-2"
    packets = run(r, 400, 10000)
    host = name("wallbox-2", "local")
    assert [host] in names_probed(packets)
    # what points to the host points to its new name
    assert any([x[4][6:] == host for x in parse(packets[-1][2])[3] + parse(packets[-2][2])[3]])
    answers = [x for _, _, p in packets for x in parse(p)[3] if x[1] == A]
    assert answers == [(host, A, FLUSH, 120, V4)] * 2


def test_the_next_names():
    r = made()
    run(r, 0, 200)
    for n in range(2, 5):
        owner = r.handle.label.encode()
        owner = bytes([len(owner)]) + owner + SERVICE
        r.rx(response(record(owner, TXT, b"\x01x")), "x", GROUP_PORT, 200)
        assert r.handle.label == "My.Box (%d)" % n
    r = Responder("wallbox", [V4], rand=middle)
    long = r.register("ü" * 31)
    r.start(0)
    run(r, 0, 200)
    r.rx(response(record(long.name, TXT, b"\x01x")), "x", GROUP_PORT, 200)
    assert long.label == "ü" * 29 + " (2)"


def test_many_conflicts_slow_down():
    r = made()
    run(r, 0, 200)
    for _ in range(15):
        r.rx(response(record(r.handle.name, TXT, b"\x01x")), "x", GROUP_PORT, 200)
    assert r.tick(200) == 175 and len(sent(r)) == 1
    r.rx(response(record(r.handle.name, TXT, b"\x01x")), "x", GROUP_PORT, 200)
    packets = run(r, 200, 10000)
    assert min([t for t, _, p in packets if r.handle.name in names_probed([(0, 0, p)])[0]]) == 5200


def test_established_name_is_probed_for_again_then_given_up():
    r = made()
    run(r, 0, 5000)
    clash = response(record(BOX, SRV, srv(1, OTHER), cls=FLUSH))
    r.rx(clash, "x", GROUP_PORT, 5000)
    assert r.handle.label == "My.Box"
    packets = run(r, 5000, 5300)
    assert names_probed(packets) == [[BOX], [BOX]]
    r.rx(clash, "x", GROUP_PORT, 5300)
    assert r.handle.label == "My.Box (2)"


def test_no_conflict():
    """Our own packets, goodbyes, other types, other ports, shared records."""
    for start in (200, 5000):
        r = made()
        own = [p for t, _, p in run(r, 0, 5000) if start == 200 or t > 800]
        r = made()
        run(r, 0, start)
        before = r.tick(start)
        for packet in own + [
            response(record(BOX, SRV, srv(1, OTHER), ttl=0)),
            response(record(BOX, NSEC, BOX + b"\0\1\x40")),
            response(record(BOX, A, V4)),
            response(record(HOST, AAAA, b"\1" * 16)),
            response(record(SERVICE, 12, b"\x05other" + SERVICE)),
            response(record(BOX, SRV, srv(1, OTHER), cls=3)),
        ]:
            r.rx(packet, "x", GROUP_PORT, start)
            assert sent(r) == []
        r.rx(response(record(BOX, SRV, srv(1, OTHER))), "x", 1000, start)
        assert r.tick(start) == before
        assert (r.host, r.handle.label) == ("wallbox", "My.Box")


def rival(txt, srv_data):
    return query(
        [question(BOX, ANY, FLUSH)],
        authority=[record(BOX, SRV, srv_data), record(BOX, TXT, txt)],
    )


def test_tie_break():
    ours = srv(4712, HOST)
    # lengths are compared as they stand in the packet
    later = [srv(4713, HOST), srv(4712, name("wallboy", "local")), srv(4712, name("a" * 8))]
    earlier = [srv(4711, HOST), srv(4712, name("wallbow", "local")), srv(4712, name("z" * 6))]
    for txt, data, lost in (
        [(b"\x03a=b", s, True) for s in later]  # TXT is compared first, then SRV
        + [(b"\x03a=b", s, False) for s in earlier]
        + [(b"\x03a=c", s, True) for s in earlier]
        + [(b"\x03a=a", s, False) for s in later]
        + [(b"\x03a=b", ours, False)]  # our own probe
    ):
        r = made()
        run(r, 0, 200)
        r.rx(rival(txt, data), "x", GROUP_PORT, 200)
        assert r.handle.label == "My.Box"
        probes = [t for t, _, p in run(r, 200, 2000) if [BOX] in names_probed([(0, 0, p)])]
        both = [t for t, _, p in run(r, 200, 2000) if [BOX, HOST] in names_probed([(0, 0, p)])]
        # the loser waits a second and begins again
        assert probes[:1] == ([1200] if lost else []), (txt, data)
        assert not both


def test_tie_break_when_one_has_more_records():
    r = made()
    run(r, 0, 200)
    more = query(
        [question(HOST, ANY)],
        authority=[record(HOST, A, V4), record(HOST, AAAA, b"\0" * 16)],
    )
    r.rx(more, "x", GROUP_PORT, 200)
    assert r.tick(200) == 175
    assert [t for t, _, p in run(r, 200, 3000) if [HOST] in names_probed([(0, 0, p)])][0] == 1200


def test_established_name_is_defended_at_once():
    r = made()
    run(r, 0, 1900)
    # unicast was asked for, and the last multicast is recent
    r.rx(rival(b"\x03a=z", srv(9999, OTHER)), "x", GROUP_PORT, 1900)
    ((dest, packet),) = sent(r)
    assert dest == ("x", GROUP_PORT)
    assert [x[:2] for x in parse(packet)[3]] == [(BOX, SRV), (BOX, TXT)]
    # a multicast answer to a probe need wait for 250 ms only
    probe = query([question(BOX, ANY)], authority=[record(BOX, TXT, b"\x03a=z")])
    r.rx(probe, "x", GROUP_PORT, 1900)
    packets = run(r, 1900, 2500)
    assert [(t, d) for t, d, _ in packets] == [(2125, None)]
    assert r.handle.label == "My.Box"
