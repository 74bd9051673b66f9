"""WebSocket as SHIP needs it (6.7), byte for byte as in RFC 6455."""

import ship_wire

from ship.upgrade import accept, http, request
from ship.ws import HEAD, MAX_MESSAGE, WebSocket, WsError
from support import raises

KEY = b"\x37\xfa\x21\x3d"  # the mask of the examples in RFC 6455 5.7
MASKED_HELLO = b"\x7f\x9f\x4d\x51\x58"


class Owner:
    """Collects messages as `messages`, pongs and the pieces in which payload came."""

    def __init__(self, room=4096):
        self.space = room
        self.messages = []
        self.pieces = []
        self.body = b""
        self.pongs = 0

    def room(self):
        return self.space

    def payload(self, buf, off, n):
        assert 0 < n <= self.space
        self.body += bytes(buf[off : off + n])
        self.pieces.append(n)

    def message_end(self):
        self.messages.append(self.body)
        self.body = b""

    def pong(self):
        self.pongs += 1


def opened(client=False, room=4096):
    owner = Owner(room)
    ws = WebSocket(owner, client)
    ws.open = True
    return ws, owner


def frame(first, payload, key=KEY, wide=0):
    return ship_wire.frame(payload, key, first, wide)


def feed(ws, data, chunk=0):
    """All of `data`, in pieces, the rest of a piece again and again; where it stopped."""
    stops = []
    chunk = chunk or len(data)
    for at in range(0, len(data), chunk):
        piece = bytearray(data[at : at + chunk])
        off = 0
        while off < len(piece):
            to = ws.rx(piece, off, len(piece))
            assert to > off
            off = to
        stops.append(at + off)
    return stops


def refused(data, client=False):
    """The close code for what a peer must not send."""
    ws, owner = opened(client)
    with raises(WsError) as caught:
        feed(ws, data)
    assert not owner.messages
    return caught.value.args[0]


# frames that come in


def test_the_examples_of_rfc_6455():
    # 5.7: a masked "Hello", here as a binary message
    ws, owner = opened()
    feed(ws, b"\x82\x85" + KEY + MASKED_HELLO)
    assert owner.messages == [b"Hello"]
    # a fragmented unmasked message, as a client gets it
    ws, owner = opened(client=True)
    feed(ws, b"\x02\x03Hel\x80\x02lo")
    assert owner.messages == [b"Hello"]
    # ping and its masked pong
    ws, owner = opened(client=True)
    feed(ws, b"\x89\x05Hello")
    assert ws.ping == b"Hello"
    ws, owner = opened()
    feed(ws, b"\x8a\x85" + KEY + MASKED_HELLO)
    assert owner.pongs == 1 and owner.messages == []
    # 256 bytes and 64 KiB of binary data
    for n, head in ((256, b"\x82\x7e\x01\x00"), (65536, b"\x82\x7f\0\0\0\0\0\x01\0\0")):
        ws, owner = opened(client=True)
        feed(ws, head + bytes(n))
        assert owner.messages == [bytes(n)]


def test_lengths_around_the_limits_of_the_header():
    for n in (0, 1, 2, 124, 125, 126, 127, 128, 65535, 65536):
        payload = (b"0123456789abcdef" * (n // 16 + 1))[:n]
        for client in (False, True):
            ws, owner = opened(client)
            feed(ws, frame(0x82, payload, None if client else KEY))
            assert owner.messages == [payload], n


def test_lengths_in_more_bytes_than_they_need():
    for wide in (2, 8):
        ws, owner = opened()
        feed(ws, frame(0x82, b"abc", wide=wide))
        assert owner.messages == [b"abc"]


def test_pieces_of_any_size():
    data = frame(0x02, b"0123456789") + frame(0x89, b"ping") + frame(0x00, b"")
    data += frame(0x80, b"x" * 126, b"\1\2\3\4") + frame(0x82, b"second")
    for chunk in range(1, len(data) + 1):
        ws, owner = opened()
        feed(ws, data, chunk)
        assert owner.messages == [b"0123456789" + b"x" * 126, b"second"], chunk
        assert ws.ping == b"ping"


def test_payload_comes_as_there_is_room():
    for room in (1, 3, 4, 7):
        ws, owner = opened(room=room)
        feed(ws, frame(0x82, b"abcdefghijk"))
        assert owner.messages == [b"abcdefghijk"]
        assert owner.pieces == [room] * (11 // room) + ([11 % room] if 11 % room else [])


def test_it_stops_when_there_is_no_room():
    ws, owner = opened(room=4)
    data = bytearray(frame(0x82, b"abcdef"))
    owner.space = 0
    assert ws.rx(data, 0, len(data)) == 6  # the header
    owner.space = 4
    assert ws.rx(data, 6, len(data)) == len(data)
    assert owner.messages == [b"abcdef"]


def test_it_stops_after_each_message():
    # so that the answer is out before the next one is looked at
    ws, owner = opened()
    first, second = frame(0x82, b"one"), frame(0x82, b"two")
    data = bytearray(first + second)
    assert ws.rx(data, 0, len(data)) == len(first)
    assert owner.messages == [b"one"]
    # and after each control frame
    ws, owner = opened()
    data = bytearray(frame(0x89, b"a") + frame(0x89, b"b"))
    assert ws.rx(data, 0, len(data)) == 7
    assert ws.ping == b"a"


def test_control_frames_between_fragments():
    ws, owner = opened()
    data = frame(0x02, b"a") + frame(0x89, b"?") + frame(0x00, b"b") + frame(0x8A, b"!")
    feed(ws, data + frame(0x80, b"c"))
    assert owner.messages == [b"abc"]
    assert ws.ping == b"?" and owner.pongs == 1
    assert not ws.inside


def test_a_message_is_not_over_before_its_last_fragment():
    ws, owner = opened()
    feed(ws, frame(0x02, b"a"))
    assert ws.inside and owner.messages == []
    feed(ws, frame(0x80, b""))
    assert not ws.inside and owner.messages == [b"a"]


def test_close_codes():
    for body, code in (
        (b"", 1005),
        (b"\x03", 1005),
        (b"\x03\xe8", 1000),
        (b"\x0f\xa1close", 4001),
        (b"\x11\x64Node rejected by application", 4452),
    ):
        ws, owner = opened()
        feed(ws, frame(0x88, body))
        assert ws.got_close == code


def test_a_control_frame_of_125_bytes():
    ws, owner = opened()
    feed(ws, frame(0x89, b"p" * 125))
    assert ws.ping == b"p" * 125


# what a peer must not send


def test_masking_is_a_duty_of_clients_alone():
    assert refused(frame(0x82, b"abc", None)) == 1002
    assert refused(frame(0x82, b"abc"), client=True) == 1002
    assert refused(frame(0x89, b"", None)) == 1002


def test_reserved_bits():
    for bit in (0x40, 0x20, 0x10):
        assert refused(frame(0x82 | bit, b"abc")) == 1002
        assert refused(frame(0x89 | bit, b"abc")) == 1002


def test_reserved_opcodes():
    for op in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        assert refused(frame(0x80 | op, b"abc")) == 1002


def test_text_is_not_accepted():
    # 6.7.4: binary only
    assert refused(frame(0x81, b"abc")) == 1003
    assert refused(frame(0x01, b"abc")) == 1003


def test_control_frames_are_short_and_whole():
    assert refused(frame(0x89, b"p" * 126)) == 1002
    for op in (8, 9, 10):
        assert refused(frame(op, b"x")) == 1002


def test_fragments_in_order():
    assert refused(frame(0x80, b"abc")) == 1002  # a continuation of nothing
    assert refused(frame(0x00, b"abc")) == 1002
    assert refused(frame(0x02, b"a") + frame(0x82, b"b")) == 1002  # a message inside a message


def test_too_long():
    head = b"\x82\xff" + (MAX_MESSAGE + 1).to_bytes(8, "big") + KEY
    assert refused(head) == 1009
    # 64 bits of length
    assert refused(b"\x82\xff" + b"\xff" * 8 + KEY) == 1009
    # in fragments
    ws, owner = opened()
    piece = frame(0x02, bytes(60000))
    feed(ws, piece)
    with raises(WsError) as caught:
        feed(ws, frame(0x00, bytes(60000)))
    assert caught.value.args == (1009,)
    # and just short enough; the count begins anew with each message
    ws, owner = opened()
    for _ in range(2):
        feed(ws, frame(0x02, bytes(MAX_MESSAGE - 1)) + frame(0x80, b"x"))
    assert [len(m) for m in owner.messages] == [MAX_MESSAGE] * 2


# frames that go out


def sent(client, payload, first=0x82):
    ws, _ = opened(client)
    buf = bytearray(b"#" * HEAD + payload)
    return bytes(ws.frame(buf, HEAD, len(buf), first))


def test_frames_of_a_server():
    assert sent(False, b"Hello") == b"\x82\x05Hello"
    assert sent(False, b"", 0x89) == b"\x89\x00"
    for n in (124, 125):
        assert sent(False, bytes(n)) == bytes((0x82, n)) + bytes(n)
    for n in (126, 127, 256, 4000, 65535):
        assert sent(False, bytes(n)) == b"\x82\x7e" + n.to_bytes(2, "big") + bytes(n)


def test_frames_of_a_client():
    # masked with 0
    assert sent(True, b"Hello") == b"\x82\x85\0\0\0\0Hello"
    assert sent(True, bytes(126)) == b"\x82\xfe\x00\x7e\0\0\0\0" + bytes(126)
    assert sent(True, b"\x03\xe8", 0x88) == b"\x88\x82\0\0\0\0\x03\xe8"


def test_what_one_side_says_the_other_understands():
    for client in (False, True):
        for n in (0, 1, 125, 126, 5000):
            ws, owner = opened(not client)
            feed(ws, sent(client, b"z" * n))
            assert owner.messages == [b"z" * n]


# opening handshake

REQUEST = (
    b"GET /ship/ HTTP/1.1\r\n"
    b"Host: server.example.com\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Origin: http://example.com\r\n"
    b"Sec-WebSocket-Protocol: chat, ship\r\n"
    b"Sec-WebSocket-Version: 13"
)
ANSWER = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    b"Sec-WebSocket-Protocol: ship\r\n\r\n"
)


def answer(head):
    ws = WebSocket(Owner(), False)
    said = http(ws, head)
    assert ws.open == said.startswith(b"HTTP/1.1 101 ")
    return said


def test_the_key_of_rfc_6455():
    assert accept(b"dGhlIHNhbXBsZSBub25jZQ==") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_upgrade():
    assert answer(REQUEST) == ANSWER


def test_upgrades_in_other_words():
    for old, new in (
        (b"GET /ship/", b"GET /"),
        (b"Upgrade: websocket", b"upgrade:WebSocket"),
        (b"chat, ship", b"ship"),
        (b"chat, ship", b"ship,chat"),
        (b"chat, ship", b" ship "),
        (b"Sec-WebSocket-Key", b"SEC-WEBSOCKET-KEY"),
        (b"Sec-WebSocket-Version: 13", b"sec-websocket-version:13  "),
        (b"Origin: http://example.com", b"Sec-WebSocket-Extensions: permessage-deflate"),
    ):
        assert answer(REQUEST.replace(old, new)) == ANSWER, new


def test_requests_that_are_no_upgrade_to_ship():
    for old, new in (
        (b"GET ", b"POST "),
        (b"Upgrade: websocket\r\n", b""),
        (b"websocket", b"h2c"),
        (b"chat, ship", b"chat"),
        (b"chat, ship", b"shipping"),
        (b"Sec-WebSocket-Protocol: chat, ship\r\n", b""),
        (b"Sec-WebSocket-Key: ", b"X-Key: "),
        (b"ZQ==", b"ZQ"),
        (b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", b"Sec-WebSocket-Key:"),
    ):
        said = answer(REQUEST.replace(old, new))
        assert said.startswith(b"HTTP/1.1 400 Bad Request\r\n") and said.endswith(b"\r\n\r\n"), new
    assert answer(b"").startswith(b"HTTP/1.1 400 ")


def test_another_version_is_told_ours():
    for version in (b"8", b"", b"130"):
        said = answer(REQUEST.replace(b"Version: 13", b"Version: " + version))
        assert said == (
            b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\n"
            b"Connection: close\r\nContent-Length: 0\r\n\r\n"
        )


def asked():
    ws = WebSocket(Owner(), True)
    return ws, request(ws, b"/ship/", b"wallbox:4712", b"the sample nonce")


def test_the_request_of_a_client():
    assert asked()[1] == (
        b"GET /ship/ HTTP/1.1\r\nHost: wallbox:4712\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ship\r\n\r\n"
    )


def test_a_client_opens_on_the_right_answer_alone():
    ws, _ = asked()
    assert http(ws, ANSWER[:-4]) == b"" and ws.open
    for old, new in (
        (b"101 Switching", b"200 Switching"),
        (b"Upgrade: websocket\r\n", b""),
        (b"s3pPLMBi", b"S3pPLMBi"),
        (b"Sec-WebSocket-Accept", b"X-Accept"),
        (b"Protocol: ship", b"Protocol: chat"),
        (b"\r\nSec-WebSocket-Protocol: ship", b""),
    ):
        ws, _ = asked()
        assert http(ws, ANSWER[:-4].replace(old, new)) == b"" and not ws.open, new


def test_both_roles_agree():
    client, request = asked()
    http(client, answer(request[:-4])[:-4])
    assert client.open
