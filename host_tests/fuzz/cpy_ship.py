"""lib/ship against any peer: no exception, no way around trust, and an end that is an end."""

import ship_wire as wire
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ship.cert import trustworthy
from ship.conn import CLOSED, DATA
from ship.upgrade import http
from ship.ws import WebSocket
from tools import identity

MESSAGES = [
    wire.INIT,
    wire.READY,
    wire.hello(b"ready", 60000),
    wire.hello(b"pending", 20000),
    wire.PROLONG,
    wire.ABORTED,
    wire.ANNOUNCE_MAX,
    wire.SELECT,
    wire.handshake_error(2),
    wire.PIN_NONE,
    wire.PIN_NONE.replace(b"none", b"required"),
    wire.ACCESS_REQUEST,
    wire.ACCESS,
    wire.CONFIRM,
    wire.announce(b"unspecific"),
    wire.data(b'{"message":[{"name":"a"},{"flag":true}]}'),
    wire.data(b"[]"),
    b"\xff\x00",
    b"\x02",
    b"",
]
STEPS = ["upgraded", "in_hello", "in_handshake", "in_pin", "in_data"]


@st.composite
def damaged(draw):
    message = bytearray(draw(st.sampled_from(MESSAGES)))
    for _ in range(draw(st.integers(0, 3))):
        if message:
            at = draw(st.integers(0, len(message) - 1))
            message[at] = draw(st.integers(0, 255) | st.sampled_from(b'{}[]",:\\'))
    return bytes(message[: draw(st.integers(0, len(message)))])


messages = st.sampled_from(MESSAGES) | damaged() | st.binary(max_size=60)
actions = st.lists(
    st.one_of(
        st.tuples(st.just("message"), messages, st.integers(0, 40)),
        st.tuples(st.just("fragment"), messages, st.sampled_from([0x02, 0x00, 0x80])),
        st.tuples(st.just("frame"), st.binary(max_size=130), st.integers(0, 255)),
        st.tuples(st.just("bytes"), st.binary(max_size=60), st.integers(0, 20)),
        st.tuples(st.just("wait"), st.sampled_from([0, 1, 400, 9999, 31000, 250000]), st.none()),
        st.tuples(st.sampled_from(["trust", "untrust", "close", "lost", "say"]), st.none()),
    ),
    min_size=1,
    max_size=25,
)
# what a peer says on its way into the data phase
WAY = [
    wire.INIT,
    wire.hello(b"ready", 60000),
    wire.ANNOUNCE_MAX,
    wire.SELECT,
    wire.PIN_NONE,
    wire.data(b'{"message":[{"name":"a"}]}'),
]


def act(ends, action):
    """One thing that the peer, the user or time does."""
    kind, what = action[:2]
    if kind == "message":
        ends.bytes(wire.frame(what, ends.key), action[2])
    elif kind in ("fragment", "frame"):
        ends.bytes(wire.frame(what, ends.key, action[2]))
    elif kind == "bytes":
        ends.bytes(what, action[2])
    elif kind == "wait":
        ends.wait(what)
    elif kind == "trust":
        ends.node.trust(wire.SKI)
    elif kind == "untrust":
        ends.node.untrust(wire.SKI)
    elif kind == "close":
        ends.conn.close()
    elif kind == "lost":
        ends.conn.lost()
    elif ends.conn.state == DATA:
        ends.app.out.append(b'{"message":[]}')
    ends.collect()


def check(ends):
    conn = ends.conn
    assert 0 <= conn.state <= CLOSED
    # one application at most, there in the data phase and let go in the end
    assert len(ends.apps) <= 1
    if conn.state == DATA:
        assert conn.app is ends.app
    if ends.closed():
        assert conn.app is None
        assert all(app.closed == 1 for app in ends.apps)
        assert conn.tx() is None and conn.tick(ends.now) == -1


@settings(max_examples=300)
@given(st.booleans(), st.booleans(), st.sampled_from(STEPS), actions)
def test_any_peer(client, pongs, step, todo):
    ends = wire.Wire(client)
    ends.pongs = pongs
    getattr(ends, step)()
    for action in todo:
        over = ends.closed()
        act(ends, action)
        check(ends)
        assert ends.closed() or not over


@settings(max_examples=200)
@given(st.booleans(), st.booleans(), actions)
def test_nothing_reaches_the_application_without_trust(client, upgraded, todo):
    ends = wire.Wire(client, trusted=False)
    if upgraded:
        ends.upgraded()
    for action in todo:
        if action[0] != "trust":
            act(ends, action)
            check(ends)
    assert not ends.apps


@given(st.booleans(), st.integers(0, 2))
def test_the_usual_way_is_closed_without_trust(client, repeated):
    ends = wire.Wire(client, trusted=False).upgraded()
    for message in WAY:
        for _ in range(repeated + 1):
            ends.send(message)
    assert not ends.apps


@settings(max_examples=200)
@given(st.booleans(), messages, messages, st.integers(0, 40))
def test_any_two_messages_among_data(client, first, second, chunk):
    ends = wire.Wire(client).in_data()
    for message in (WAY[-1] + b"x", first, second, wire.PIN_NONE, WAY[-1]):
        ends.bytes(wire.frame(message, ends.key), chunk)
        check(ends)


@given(st.binary(max_size=300), st.integers(0, 30), st.booleans())
@example(wire.UPGRADE, 7, False)
@example(wire.UPGRADED, 7, True)
def test_any_head(raw, chunk, client):
    ends = wire.Wire(client)
    ends.collect()
    ends.bytes(raw, chunk)
    ends.bytes(b"\r\n\r\n", chunk)
    check(ends)


heads = st.binary(max_size=200) | st.lists(
    st.sampled_from([line + b"\r\n" for line in wire.UPGRADE.split(b"\r\n")])
).map(b"".join)


@given(heads)
def test_any_request_gets_an_answer(head):
    ws = WebSocket(None, False)
    answer = http(ws, head)
    assert answer.startswith(b"HTTP/1.1 ") and answer.endswith(b"\r\n\r\n")
    assert ws.open == answer.startswith(b"HTTP/1.1 101 ")


CERT = identity.make("i:1_u:a", "a").cert
SKI = trustworthy(CERT)


@given(st.data())
def test_any_damage_of_a_certificate(data):
    cert = bytearray(CERT)
    for _ in range(data.draw(st.integers(1, 5))):
        cert[data.draw(st.integers(0, len(cert) - 1))] = data.draw(st.integers(0, 255))
    assert trustworthy(cert) in (None, SKI)


@given(st.binary(max_size=200))
def test_any_certificate(der):
    assert trustworthy(der) is None
