"""One connection from the HTTP upgrade to the close: bytes, roles, ping, two ends together."""

from ship_wire import (
    ACCESS,
    ACCESS_REQUEST,
    INIT,
    KEY,
    READY,
    SHIP_ID,
    SKI,
    UPGRADE,
    UPGRADED,
    App,
    Wire,
    data,
    frame,
    hello,
)

from ejson.writer import Overflow
from ship.conn import CLOSED, DATA
from ship.node import MAX_TRUSTED, Node, TrustFull
from ship.states import STATES
from support import raises

NAME = data(b'{"message":[{"name":"a"}]}')


# opening handshake (6.7.3)


def test_a_server_is_upgraded():
    wire = Wire()
    assert wire.said() == [] and wire.conn.state == 0
    wire.bytes(UPGRADE)
    assert wire.http == UPGRADED and wire.states == [1]


def test_a_client_asks_for_the_upgrade():
    wire = Wire(client=True)
    assert wire.said() == []
    assert wire.http == (
        b"GET /ship/ HTTP/1.1\r\nHost: peer\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: ship\r\n\r\n"
    )
    wire.bytes(UPGRADED)
    assert wire.said() == [INIT]


def test_an_upgrade_in_pieces():
    # and the first message on its heels
    for client in (False, True):
        head = UPGRADED if client else UPGRADE
        for chunk in (1, 2, 3, 7, 100, len(head) - 1, len(head) + 1, 1000):
            wire = Wire(client)
            wire.collect()
            wire.bytes(head + frame(INIT, wire.key), chunk)
            assert wire.said() == [INIT, hello(b"ready", 120000)], chunk


def test_an_upgrade_that_is_refused():
    wire = Wire()
    wire.bytes(UPGRADE.replace(b"ship\r\n\r\n", b"chat\r\n\r\n"))
    assert wire.http.startswith(b"HTTP/1.1 400 ")
    assert wire.said() == [] and wire.closed()
    wire = Wire(client=True)
    wire.collect()
    wire.bytes(b"HTTP/1.1 404 Not Found\r\n\r\n")
    assert wire.said() == [] and wire.closed()


def test_a_head_that_is_longer_than_the_window():
    wire = Wire(window=512)
    wire.bytes(UPGRADE.replace(b"Host: wallbox", b"Host: wallbox\r\nX: " + b"x" * 200))
    assert wire.http == UPGRADED
    # one that just fits
    wire = Wire(window=len(UPGRADE))
    wire.bytes(UPGRADE)
    assert wire.http == UPGRADED and not wire.closed()
    for chunk in (0, 1, 100):
        wire = Wire(window=512)
        wire.bytes(UPGRADE.replace(b"Host: wallbox", b"Host: wallbox\r\nX: " + b"x" * 500), chunk)
        assert wire.http == b"" and wire.said() == [] and wire.closed()


def test_a_connection_that_is_over_takes_nothing_in():
    wire = Wire().in_data()
    wire.conn.lost()
    wire.send(NAME, INIT, b"\x03")
    assert wire.said() == [] and wire.app.taken == [] and wire.app.closed == 1
    assert wire.conn.tick(wire.now) == -1


# messages in frames


def test_a_message_in_pieces_and_fragments():
    text = data(b'{"message":[{"name":"one"},{"name":"two"},{"flag":true},{"name":"three"}]}')
    for chunk in range(1, 60):
        wire = Wire().in_data()
        wire.bytes(frame(text, KEY), chunk)
        assert wire.app.taken == [[b"one", b"two", b"three"]], chunk
    for cut in range(len(text) + 1):
        wire = Wire().in_data()
        wire.bytes(frame(text[:cut], KEY, 0x02) + frame(text[cut:], KEY, 0x80))
        assert wire.app.taken == [[b"one", b"two", b"three"]], cut


def test_control_messages_in_fragments():
    wire = Wire().upgraded()
    wire.bytes(frame(b"\0", KEY, 0x02) + frame(b"\0", KEY, 0x80))
    assert wire.said() == [INIT, hello(b"ready", 120000)]
    for cut in range(len(READY) + 1):
        wire = Wire().in_hello()
        wire.bytes(frame(READY[:cut], KEY, 0x02) + frame(READY[cut:], KEY, 0x80))
        assert STATES[wire.conn.state] == "protocol", cut


def test_a_message_much_longer_than_the_window():
    text = b'{"message":[%s{"name":"last"}]}' % (b'{"new":[1,2,3]},{"name":"x"},' * 500)
    wire = Wire().in_data()
    wire.send(data(text))
    assert wire.app.taken == [[b"x"] * 500 + [b"last"]]


def test_the_longest_message():
    blank = 102400 - len(NAME)
    wire = Wire().in_data()
    wire.send(NAME[:1] + b" " * blank + NAME[1:])
    assert wire.app.taken == [[b"a"]]
    assert wire.send(NAME[:2] + b" " * (blank + 1) + NAME[2:]).said() == [("close", 1009)]


def test_what_breaks_websocket_closes_it():
    for raw, code in (
        (frame(NAME, None), 1002),
        (frame(NAME, KEY, 0x81), 1003),
        (frame(NAME, KEY, 0x80), 1002),
        (frame(NAME, KEY, 0xC2), 1002),
        (frame(b"", KEY, 0x83), 1002),
    ):
        for enter in ("upgraded", "in_hello", "in_data"):
            wire = Wire()
            getattr(wire, enter)()
            wire.said()
            wire.bytes(raw)
            assert wire.said() == [("close", code)] and wire.closed()


def test_a_close_frame_is_answered():
    for body in (b"", b"\x03\xe8", b"\x11\x64Node rejected by application"):
        wire = Wire().in_data()
        wire.bytes(frame(body, KEY, 0x88))
        assert wire.said() == [("close", 1000)] and wire.closed()


# the application


def test_what_comes_after_the_value():
    for tail in (b"\0", b"\0\0\0", b" \r\n\t", b" \0"):
        wire = Wire().in_data()
        wire.send(NAME + tail)
        assert wire.app.taken == [[b"a"]], tail
    for tail in (b"x", b"}", b"{}", b"\0}", b"\x01"):
        wire = Wire().in_data()
        wire.send(NAME + tail)
        assert wire.app.taken == [] and wire.app.dropped == 1, tail
        assert wire.send(NAME, ACCESS_REQUEST).said() == [ACCESS]
        assert wire.app.taken == [[b"a"]]


def test_a_broken_message_is_dropped_and_the_next_is_taken():
    text = data(b'{"message":[{"name":"b"},{"flag":true}]}')
    start = text.index(b'{"message"')
    for n in range(1, len(text)):
        wire = Wire().in_data()
        wire.send(text[:n])
        assert wire.app.taken == [] and wire.app.dropped == (n > start), n
        assert wire.send(NAME).said() == [] and wire.app.taken == [[b"a"]]


def test_data_without_a_payload():
    wire = Wire().in_data()
    for message in (
        b'\x02{"data":[{"header":[{"protocolId":"ee1.0"}]}]}',
        b'\x02{"data":[]}',
        b"\x02{}",
        b"\x02" + ACCESS_REQUEST[1:],
        b"\x02",
    ):
        assert wire.send(message).said() == []
    assert not wire.app.inside and wire.app.taken == []
    # data in a message of another type is none
    for kind in (b"\x00", b"\x01", b"\x04"):
        assert wire.send(kind + NAME[1:]).said() == []
    assert not wire.app.inside and wire.app.taken == []


def test_a_message_without_payload_after_one_that_was_dropped():
    wire = Wire().in_data()
    wire.send(NAME + b"x", b"", b"\x02")
    assert wire.app.dropped == 1


def test_data_in_other_forms():
    for message in (
        b'\x02{"data":{"header":{"protocolId":"ee1.0"},"payload":{"message":{"name":"a"}}}}',
        b'\x02{"data":[{"payload":{"message":[{"name":"a"}]}},{"extension":[{"string":"x"}]}]}',
        b'\x02 { "data" : [ { "payload" : { "message" : [ { "name" : "a" } ] } } ] } ',
    ):
        wire = Wire().in_data()
        wire.send(message)
        assert wire.app.taken == [[b"a"]], message


def test_what_the_application_says():
    wire = Wire().in_data()
    wire.app.out += [b'{"message":[]}', b'{"message":[{"name":"%s"}]}' % (b"x" * 200)]
    assert wire.said() == [
        data(b'{"message":[]}'),
        data(b'{"message":[{"name":"%s"}]}' % (b"x" * 200)),
    ]


def test_a_message_that_does_not_fit_the_send_buffer():
    wire = Wire().in_data()
    wire.app.out.append(b"x" * 700)
    with raises(Overflow):
        wire.collect()


def test_the_deadline_of_the_application():
    wire = Wire().in_data()
    assert wire.conn.tick(wire.now) == 50000
    wire.app.due = 700
    assert wire.conn.tick(wire.now) == 700


# ping (6.7.5)


def test_a_ping_is_answered_in_every_state():
    for enter in ("upgraded", "in_hello", "in_handshake", "in_pin", "in_data"):
        wire = Wire()
        getattr(wire, enter)()
        wire.said()
        wire.bytes(frame(b"are you there", KEY, 0x89))
        assert wire.said() == [("pong", b"are you there")]
        wire.bytes(frame(b"", KEY, 0x89))
        assert wire.said() == [("pong", b"")]


def test_our_pings():
    wire = Wire().in_data()
    wire.wait(49999)
    assert wire.pings == 0
    wire.wait(1)
    assert wire.pings == 1
    wire.wait(500000)
    assert wire.pings == 11 and wire.conn.state == DATA and wire.said() == []


def test_a_peer_that_does_not_answer_a_ping():
    wire = Wire().in_data()
    wire.pongs = False
    wire.wait(59999)
    assert wire.pings == 1 and wire.conn.state == DATA
    # data is no pong
    wire.send(NAME)
    wire.wait(1)
    assert wire.closed() and wire.app.closed == 1 and wire.said() == []


# two ends


class Ends:
    """A client and a server of two nodes, back to back; `lag` bytes arrive at a time (0: all)."""

    def __init__(self, lag=0, trusting=True):
        self.lag = lag
        self.apps = {}
        self.ends = []
        self.pipes = [b"", b""]  # what is on the way to each end
        for i, ski in enumerate((b"s" * 20, b"c" * 20)):
            node = Node(b"i:1_u:%d" % i, bytearray(600), 256, self._app, lambda conn: None, bytes)
            if trusting:
                node.trust(ski)
            self.ends.append(node.connect(ski, b"/ship/" if i else None, b"x"))
        self.server, self.client = self.ends
        self.now = 0
        self.run(0)

    def _app(self, conn):
        self.apps[conn.ski] = App(conn)
        return self.apps[conn.ski]

    def run(self, ms):
        until = self.now + ms
        while True:
            due = [conn.tick(self.now) for conn in self.ends]
            while self._say(0) + self._say(1) or self._hear(0) + self._hear(1):
                pass
            if self.now == until:
                return self
            self.now = min([until] + [self.now + n for n in due if n > 0])

    def _say(self, i):
        out = self.ends[i].tx()
        if out is None:
            return 0
        self.pipes[1 - i] += bytes(out)
        return 1

    def _hear(self, i):
        piece = bytearray(self.pipes[i][: self.lag] if self.lag else self.pipes[i])
        if piece:
            taken = self.ends[i].rx(piece, 0, len(piece))
            self.pipes[i] = self.pipes[i][taken:]
        return len(piece)


def test_two_ends_reach_the_data_phase():
    for lag in (0, 1, 5, 64):
        ends = Ends(lag)
        assert ends.client.state == ends.server.state == DATA, lag
        assert ends.client.text == b"i:1_u:0" and ends.server.text == b"i:1_u:1"


def test_data_both_ways():
    ends = Ends()
    client, server = ends.apps[b"c" * 20], ends.apps[b"s" * 20]
    client.out.append(b'{"message":[{"name":"from the client"}]}')
    server.out.append(b'{"message":[{"name":"from the server"}]}')
    ends.run(0)
    assert server.taken == [[b"from the client"]]
    assert client.taken == [[b"from the server"]]


def test_two_ends_stay_together():
    ends = Ends().run(24 * 3600000)
    assert ends.client.state == ends.server.state == DATA


def test_either_end_closes():
    for i in (0, 1):
        ends = Ends()
        ends.ends[i].close()
        ends.run(0)
        assert ends.client.state == ends.server.state == CLOSED


def test_trust_that_comes_late():
    ends = Ends(trusting=False)
    ends.run(110000)  # with prolongations
    ends.client.node.trust(b"c" * 20)
    ends.run(200000)
    assert STATES[ends.client.state] == STATES[ends.server.state] == "hello"
    ends.server.node.trust(b"s" * 20)
    ends.run(0)
    assert ends.client.state == ends.server.state == DATA


def test_two_ends_without_trust_prolong_each_other():
    ends = Ends(trusting=False).run(599000)
    assert STATES[ends.client.state] == STATES[ends.server.state] == "hello"
    ends.run(1000)  # and not for ever
    assert ends.client.state == ends.server.state == CLOSED


# the node


def test_trust_list():
    node = Node(SHIP_ID, bytearray(64), 64, None, None, None)
    assert not node.trusts(SKI)
    assert node.trust(SKI) and not node.trust(SKI) and node.trusts(SKI)
    for i in range(MAX_TRUSTED - 1):
        assert node.trust(bytes([i]) * 20)
    with raises(TrustFull):
        node.trust(b"x" * 20)
    assert not node.trust(SKI)
    assert node.untrust(SKI) and not node.untrust(SKI) and not node.trusts(SKI)
    assert node.trust(b"x" * 20)


def test_a_connection_is_let_go():
    wire = Wire().in_data()
    assert wire.node.conns == [wire.conn]
    wire.node.release(wire.conn)
    assert wire.node.conns == [] and wire.states[-1] == CLOSED and wire.app.closed == 1
    wire.node.release(wire.conn)
    assert wire.app.closed == 1


def test_states_are_told():
    wire = Wire().in_data()
    assert [STATES[n] for n in wire.states] == ["cmi", "hello", "protocol", "pin", "data"]
