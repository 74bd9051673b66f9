"""Hello and protocol handshake row by row (6.10.4.4, 6.10.4.5), in both roles: what may come in
each state, and what is made of it. Table 35: when each error is sent, and that any is accepted."""

from ship_wire import (
    ABORTED,
    ACCESS_REQUEST,
    ANNOUNCE_MAX,
    CONFIRM,
    INIT,
    PIN_NONE,
    PROLONG,
    READY,
    SELECT,
    SKI,
    Wire,
    data,
    handshake_error,
    hello,
)

from ship.states import STATES

CLOSE = ("close", 4001)
ABORT = [ABORTED, ("close", 4452)]
TIMEOUT, UNEXPECTED, MISMATCH = 1, 2, 3  # Table 35

REFUSED = PROLONG.replace(b"true", b"false")
PENDING = hello(b"pending", 60000)
OUR_READY = hello(b"ready", 120000)
GRANTED = hello(b"ready", 240000)
NO_HELLO = (
    ABORTED,
    INIT,
    ANNOUNCE_MAX,
    SELECT,
    PIN_NONE,
    ACCESS_REQUEST,
    data(b"{}"),
    handshake_error(UNEXPECTED),
    READY.replace(b"ready", b"?"),
    b'\x01{"connectionHello":[{"waiting":1000}]}',
    b"\x01{}",
    b"\x01nonsense",
)
NO_HANDSHAKE = (
    INIT,
    READY,
    PROLONG,
    ABORTED,
    PIN_NONE,
    ACCESS_REQUEST,
    data(b"{}"),
    b'\x01{"commissioningRequest":[]}',
    b'\x01{"messageProtocolHandshake":[{"handshakeType":"perhaps"}]}',
    b'\x01{"messageProtocolHandshake":[]}',
    b"\x01{}",
    b"\x01nonsense",
)


def state(wire):
    return STATES[wire.conn.state]


def in_hello(client, trusted):
    wire = Wire(client, trusted).in_hello()
    word = b"ready" if trusted else b"pending"
    assert wire.said() == [INIT, hello(word, 120000)]
    return wire


# SME_HELLO_STATE_READY_LISTEN


def test_ready_listen():
    for client in (False, True):
        announced = [ANNOUNCE_MAX] if client else []
        for message, said, then in (
            (READY, announced, "protocol"),
            (hello(b"ready", 1), announced, "protocol"),
            (PENDING, [], "hello"),
            (REFUSED, [], "hello"),
            (PROLONG, [GRANTED], "hello"),
        ):
            wire = in_hello(client, True).send(message)
            assert wire.said() == said and state(wire) == then, message
        for message in NO_HELLO:
            assert in_hello(client, True).send(message).said() == ABORT, message
        assert in_hello(client, True).wait(119999).said() == []
        assert in_hello(client, True).wait(120000).said() == ABORT


# SME_HELLO_STATE_PENDING_LISTEN


def test_pending_listen():
    for client in (False, True):
        for message, said, then in (
            (READY, ABORT, "closed"),  # it does not say how long it waits
            (hello(b"ready", 60000), [], "hello"),
            (PENDING, [], "hello"),
            (PROLONG, [hello(b"pending", 240000)], "hello"),
            (REFUSED, [], "hello"),
        ):
            wire = in_hello(client, False).send(message)
            assert wire.said() == said and state(wire) == then, message
        for message in NO_HELLO:
            assert in_hello(client, False).send(message).said() == ABORT, message
        assert in_hello(client, False).wait(119999).said() == []
        assert in_hello(client, False).wait(120000).said() == ABORT


def test_pending_and_then_trusted():
    for client in (False, True):
        announced = [ANNOUNCE_MAX] if client else []
        for message, said, then in (
            # what it says of its time does not matter any more
            (hello(b"ready", 60000), announced, "protocol"),
            (PENDING, [], "hello"),
        ):
            wire = in_hello(client, False).send(message)
            wire.node.trust(SKI)
            heard = wire.said()
            assert heard[0].startswith(OUR_READY[:40]), message
            assert heard[1:] == said and state(wire) == then, message


# a hello does not last for ever


def test_a_stranger_is_granted_ten_prolongations():
    for client in (False, True):
        wire = in_hello(client, False)
        for n in range(10):
            assert len(wire.send(PROLONG).said()) == 1, n
            assert wire.wait(1000).said() == []
        assert wire.send(PROLONG).said() == ABORT
        assert wire.closed()


def lasts(wire, step, *messages):
    """Seconds until the hello is aborted, in `step` s, when the peer goes on saying that."""
    s = 0
    while not wire.closed():
        wire.send(*messages)
        assert ABORTED not in wire.said()
        wire.wait(1000 * step)
        s += step
        assert s <= 900
    assert wire.said()[-2:] == ABORT
    return s


def test_a_stranger_is_gone_after_ten_minutes():
    for client in (False, True):
        # it asks for time; it says that it is ready, and waits; it waits for very long
        assert lasts(in_hello(client, False), 100, PROLONG) == 600
        assert lasts(in_hello(client, False), 10, hello(b"ready", 60000)) == 600
        wire = in_hello(client, False).send(hello(b"ready", 0xFFFFFFF))
        assert wire.wait(599999).said() == []
        assert wire.wait(1).said() == ABORT
        # both are pending, each grants what the other asks for
        assert lasts(in_hello(client, False), 60, PENDING, PROLONG) == 600


def test_the_time_that_is_granted_is_there():
    # no more is announced than is left of the ten minutes
    wire = in_hello(False, False).send(PROLONG).wait(230000)
    wire.send(PROLONG).wait(120000).send(PROLONG).wait(120000).said()
    assert wire.send(PROLONG).said() == [hello(b"pending", 130000)]
    assert wire.wait(120000).send(PROLONG).said() == [hello(b"pending", 10000)]
    assert wire.wait(9999).said() == []
    assert wire.wait(1).said() == ABORT


def test_whom_we_trust_may_take_its_time():
    for client in (False, True):
        wire = in_hello(client, True)
        for n in range(30):
            assert len(wire.send(PROLONG).said()) == 1, n
            assert wire.wait(100000).said() == []
        assert state(wire.send(READY)) == "protocol"


def test_trust_ends_the_ten_minutes():
    wire = in_hello(False, False).wait(60000)
    wire.node.trust(SKI)
    for _ in range(12):
        wire.send(PROLONG).wait(60000)
    assert ABORTED not in wire.said()
    assert state(wire.send(READY)) == "protocol"
    # at the last moment, in every respect
    wire = in_hello(False, False).send(*[PROLONG] * 10)
    wire.node.trust(SKI)
    assert ABORTED not in wire.send(PROLONG).said()
    assert state(wire.send(READY)) == "protocol"


# the protocol handshake: announceMax of the client, selection of the server, confirmation


def awaiting(what):
    """A connection of ours that waits for the announceMax of a client, for the selection of a
    server, or for the confirmation of a client."""
    wire = Wire(what == "selection").in_handshake()
    if what == "confirmation":
        wire.send(ANNOUNCE_MAX)
    wire.said()
    return wire


GOOD = {
    "announceMax": (ANNOUNCE_MAX, [SELECT]),
    "selection": (SELECT, [SELECT, PIN_NONE]),
    "confirmation": (SELECT, [PIN_NONE]),
}


def test_what_is_waited_for():
    for what in GOOD:
        message, said = GOOD[what]
        assert awaiting(what).wait(9999).send(message).said() == said, what


def test_error_1_nothing_comes_in_time():
    for what in GOOD:
        wire = awaiting(what)
        assert wire.wait(9999).said() == []
        assert wire.wait(1).said() == [handshake_error(TIMEOUT), CLOSE], what
        assert wire.closed()


def test_error_2_another_message_comes():
    for what in GOOD:
        out_of_turn = SELECT if what == "announceMax" else ANNOUNCE_MAX
        for message in NO_HANDSHAKE + (out_of_turn,):
            wire = awaiting(what).send(message)
            assert wire.said() == [handshake_error(UNEXPECTED), CLOSE], (what, message)
            assert wire.closed()


UTF16 = (b'"JSON-UTF8"', b'"JSON-UTF16"')


def test_error_3_version_or_format():
    for what, changes in (
        # at least version 1, and UTF-8 among the formats
        ("announceMax", (UTF16, (b'"major":1', b'"major":0'), (b'["JSON-UTF8"]', b"[]"))),
        # what we have announced
        ("selection", (UTF16, (b'"minor":0', b'"minor":1'), (b'"major":1', b'"major":2'))),
        # what we have selected
        ("confirmation", (UTF16, (b'"minor":0', b'"minor":1'), (b'"major":1', b'"major":2'))),
    ):
        for old, new in changes:
            message = GOOD[what][0].replace(old, new)
            wire = awaiting(what).send(message)
            assert wire.said() == [handshake_error(MISMATCH), CLOSE], (what, new)
            assert wire.closed()


def test_utf_16_beside_utf_8():
    # who can do both is served in UTF-8
    both = (b'"JSON-UTF8"', b'"JSON-UTF16","JSON-UTF8"')
    assert awaiting("announceMax").send(ANNOUNCE_MAX.replace(*both)).said() == [SELECT]


def test_any_error_is_the_end():
    # 0 and 4 to 255 are reserved; what Table 35 does not know is an error all the same
    errors = [handshake_error(n) for n in (0, TIMEOUT, UNEXPECTED, MISMATCH, 4, 255, 256)]
    errors += [b'\x01{"messageProtocolHandshakeError":[]}', b'\x01{"error":3}', b'\x01{"error":0}']
    for what in GOOD:
        for message in errors:
            wire = awaiting(what).send(message)
            assert wire.said() == [CLOSE], (what, message)
            assert wire.closed() and not wire.apps


def test_an_end_is_the_end():
    for what in GOOD:
        assert awaiting(what).send(CONFIRM).said() == [CLOSE]
