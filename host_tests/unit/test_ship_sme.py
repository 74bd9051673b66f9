"""The SHIP message exchange (6.10.4): what goes over the wire, message by message."""

from ship_wire import (
    ABORTED,
    ACCESS,
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
    announce,
    data,
    handshake_error,
    hello,
)

from ship.conn import DATA
from ship.states import STATES

OUR_READY = hello(b"ready", 120000)
CLOSE = ("close", 4001)


def state(wire):
    return STATES[wire.conn.state]


# connection mode initialisation (6.10.4.3)


def test_cmi_of_a_server():
    # TC_SHIP_ROLE_001: the client begins
    wire = Wire().upgraded()
    assert wire.wait(7000).said() == [] and state(wire) == "cmi"
    assert wire.send(INIT).said() == [INIT, OUR_READY]
    assert state(wire) == "hello"


def test_cmi_of_a_client():
    # TC_SHIP_ROLE_002
    wire = Wire(client=True).upgraded()
    assert wire.said() == [INIT]
    assert wire.wait(7000).said() == []
    assert wire.send(INIT).said() == [OUR_READY]


def test_a_wrong_type_sent_to_a_server():
    # TC_SHIP_CMI_001: its own init goes out before the close
    wire = Wire().upgraded()
    assert wire.send(b"\x01\x00").said() == [INIT, CLOSE]
    assert wire.closed()


def test_a_wrong_type_sent_to_a_client():
    # TC_SHIP_CMI_002: silently
    wire = Wire(client=True).upgraded()
    wire.said()
    assert wire.send(b"\x01\x00").said() == [CLOSE]
    assert wire.closed()


def test_silence_towards_a_server():
    # TC_SHIP_CMI_003
    wire = Wire().upgraded()
    assert wire.wait(29999).said() == []
    assert wire.wait(1).said() == [CLOSE] and wire.closed()


def test_silence_towards_a_client():
    # TC_SHIP_CMI_004
    wire = Wire(client=True).upgraded()
    assert wire.said() == [INIT]
    assert wire.wait(29999).said() == []
    assert wire.wait(1).said() == [CLOSE] and wire.closed()


def test_a_wrong_head_sent_to_a_server():
    # TC_SHIP_CMI_005
    for message in (b"\x00\x01", b"\x00\xff", b"\x00\x00\x00", b"\x00\x00\x01"):
        wire = Wire().upgraded()
        assert wire.send(message).said() == [INIT, CLOSE], message
        assert wire.closed()


def test_a_wrong_head_sent_to_a_client():
    # TC_SHIP_CMI_006
    wire = Wire(client=True).upgraded()
    wire.said()
    assert wire.send(b"\x00\x01").said() == [CLOSE] and wire.closed()


def test_other_messages_in_cmi():
    for message in (READY, data(b"{}"), CONFIRM, b"\xff\x00"):
        wire = Wire().upgraded()
        assert wire.send(message).said() == [INIT, CLOSE], message


# hello (6.10.4.4), in the state ready


def test_hello_ready():
    # TC_SHIP_HELLO_001
    wire = Wire().upgraded().send(INIT)
    assert wire.said() == [INIT, OUR_READY]
    assert wire.send(READY).said() == [] and state(wire) == "protocol"
    assert wire.send(ANNOUNCE_MAX).said() == [SELECT]


def test_hello_prolongation():
    # TC_SHIP_HELLO_002: granted as often as it is asked for; the time left grows
    wire = Wire().in_hello()
    wire.said()
    wire.wait(45000)
    for left in (195000, 240000, 240000, 240000):
        assert wire.send(PROLONG).said() == [hello(b"ready", left)]
        assert wire.wait(60000).said() == []
    assert wire.send(READY, ANNOUNCE_MAX).said() == [SELECT]


def test_hello_time_out():
    # TC_SHIP_HELLO_003
    wire = Wire().in_hello()
    wire.said()
    assert wire.wait(119999).said() == []
    assert wire.wait(1).said() == [ABORTED, ("close", 4452)] and wire.closed()


def test_hello_pending():
    # TC_SHIP_HELLO_004: no reaction
    wire = Wire().in_hello()
    wire.said()
    assert wire.send(hello(b"pending", 120000)).said() == []
    refused = b'\x01{"connectionHello":[{"phase":"pending"},{"prolongationRequest":false}]}'
    assert wire.send(refused).said() == []
    assert wire.wait(30000).said() == [] and state(wire) == "hello"
    assert wire.send(READY, ANNOUNCE_MAX).said() == [SELECT]


def test_a_hello_that_ends_it():
    for message in (
        ABORTED,
        b'\x01{"connectionHello":[{"phase":"perhaps"}]}',
        b'\x01{"connectionHello":[]}',
        b'\x01{"connectionHello":[{"phase":"ready"}',
        ANNOUNCE_MAX,
        data(b"{}"),
        INIT,
    ):
        for trusted in (True, False):
            wire = Wire(trusted=trusted).in_hello()
            wire.said()
            assert wire.send(message).said() == [ABORTED, ("close", 4452)], message


# hello in the state pending


def pending():
    wire = Wire(trusted=False).in_hello()
    assert wire.said() == [INIT, hello(b"pending", 120000)]
    return wire


def test_trust_that_comes_before_the_peer_is_ready():
    wire = pending().wait(10000)
    wire.node.trust(SKI)
    assert wire.said() == [OUR_READY] and state(wire) == "hello"
    assert wire.send(READY).said() == [] and state(wire) == "protocol"


def test_trust_that_comes_after_the_peer_is_ready():
    wire = pending().send(hello(b"ready", 60000))
    assert wire.said() == [] and state(wire) == "hello"
    wire.node.trust(SKI)
    said = wire.said()
    assert len(said) == 1 and said[0].startswith(b'\x01{"connectionHello":[{"phase":"ready"}')
    assert state(wire) == "protocol"
    assert wire.send(ANNOUNCE_MAX).said() == [SELECT]


def test_a_client_announces_after_trust():
    wire = Wire(client=True, trusted=False).in_hello()
    assert wire.said() == [INIT, hello(b"pending", 120000)]
    wire.send(hello(b"ready", 60000))
    wire.node.trust(SKI)
    assert wire.said()[1:] == [ANNOUNCE_MAX]


def test_ready_without_waiting_while_we_are_pending():
    assert pending().send(READY).said() == [ABORTED, ("close", 4452)]


def test_we_ask_for_prolongation():
    # 15 s before the peer gives up
    wire = pending().send(hello(b"ready", 40000))
    assert wire.wait(24999).said() == []
    assert wire.wait(1).said() == [PROLONG]
    # the answer: more time
    assert wire.send(hello(b"ready", 45000)).said() == []
    assert wire.wait(29999).said() == []
    assert wire.wait(1).said() == [PROLONG]
    # and once more: the timer for the answer is off
    assert wire.send(hello(b"ready", 200000)).said() == []
    assert wire.wait(184999).said() == []
    assert wire.wait(1).said() == [PROLONG]


def test_the_last_waiting_of_the_peer_counts():
    wire = pending().send(hello(b"pending", 40000), hello(b"ready", 20000))
    assert wire.wait(34999).said() == []
    assert wire.wait(1).said() == [ABORTED, ("close", 4452)]


def test_no_prolongation_after_trust():
    wire = pending().send(hello(b"pending", 40000))
    wire.node.trust(SKI)
    assert wire.said() == [OUR_READY]
    assert wire.wait(119999).said() == []
    wire = pending().send(hello(b"pending", 40000)).wait(25000)
    wire.node.trust(SKI)
    assert wire.said() == [PROLONG, OUR_READY]
    assert wire.wait(119999).said() == []


def test_no_answer_to_our_prolongation_request():
    wire = pending().send(hello(b"ready", 40000)).wait(25000)
    assert wire.said() == [PROLONG]
    assert wire.wait(39999).said() == []
    assert wire.wait(1).said() == [ABORTED, ("close", 4452)]


def test_a_pending_peer_keeps_its_time():
    # the timer that waits for trust goes on
    wire = pending().send(hello(b"pending", 20000))
    assert wire.wait(119999).said() == []
    assert wire.wait(1).said() == [ABORTED, ("close", 4452)]


def test_a_peer_that_is_ready_for_a_short_time():
    wire = pending().send(hello(b"ready", 5000))
    assert wire.wait(19999).said() == []
    assert wire.wait(1).said() == [ABORTED, ("close", 4452)]


def test_prolongation_while_we_are_pending():
    wire = pending().wait(10000)
    assert wire.send(PROLONG).said() == [hello(b"pending", 230000)]


def test_waiting_of_any_size():
    for waiting in (0, 1, 29999, 30000, 0x3FFFFFFF, 0xFFFFFFFF, 1 << 63):
        wire = pending().send(hello(b"ready", waiting))
        assert wire.wait(4000).said() == [] and state(wire) == "hello"


# protocol handshake (6.10.4.5)


def test_handshake_of_a_server():
    # TC_SHIP_PROT_001
    wire = Wire().in_handshake()
    wire.said()
    assert wire.send(ANNOUNCE_MAX).said() == [SELECT]
    assert wire.send(SELECT).said() == [PIN_NONE]


def test_handshake_of_a_client():
    # TC_SHIP_PROT_002
    wire = Wire(client=True).in_handshake()
    assert wire.said() == [INIT, OUR_READY, ANNOUNCE_MAX]
    assert wire.send(SELECT).said() == [SELECT, PIN_NONE]


def test_handshake_time_out():
    # TC_SHIP_PROT_003, TC_SHIP_PROT_004
    for client in (False, True):
        wire = Wire(client).in_handshake()
        wire.said()
        assert wire.wait(9999).said() == []
        assert wire.wait(1).said() == [handshake_error(1), CLOSE] and wire.closed()
    # a server that waits for the confirmation of its selection
    wire = Wire().in_handshake().wait(5000).send(ANNOUNCE_MAX)
    wire.said()
    assert wire.wait(9999).said() == []
    assert wire.wait(1).said() == [handshake_error(1), CLOSE]


def test_handshake_with_another_message():
    # TC_SHIP_PROT_005, TC_SHIP_PROT_006
    for client in (False, True):
        for message in (READY, PIN_NONE, ACCESS_REQUEST, INIT, data(b"{}"), b"\x01[]"):
            wire = Wire(client).in_handshake()
            wire.said()
            assert wire.send(message).said() == [handshake_error(2), CLOSE], message
    # each side has its own turn
    for client, message in ((False, SELECT), (True, ANNOUNCE_MAX)):
        wire = Wire(client).in_handshake()
        wire.said()
        assert wire.send(message).said() == [handshake_error(2), CLOSE]


def test_versions_and_formats():
    for old, new, taken in (
        (b'"minor":0', b'"minor":1', True),
        (b'"major":1', b'"major":2', True),
        (b'"JSON-UTF8"', b'"JSON-UTF16","JSON-UTF8"', True),
        (b'["JSON-UTF8"]', b'"JSON-UTF8"', True),
        (b'"JSON-UTF8"', b'"JSON-UTF16"', False),
        (b'["JSON-UTF8"]', b"[]", False),
        (b'{"format":["JSON-UTF8"]}', b"", False),
        (b'"major":1', b'"major":0', False),
        (b'{"major":1},', b"", False),
    ):
        wire = Wire().in_handshake()
        wire.said()
        said = wire.send(ANNOUNCE_MAX.replace(old, new)).said()
        assert said == ([SELECT] if taken else [handshake_error(3), CLOSE]), new


def test_a_selection_of_something_else():
    for client in (False, True):
        for old, new in (
            (b'"minor":0', b'"minor":1'),
            (b'"major":1', b'"major":2'),
            (b'"JSON-UTF8"', b'"JSON-UTF16"'),
        ):
            wire = Wire(client).in_handshake()
            if not client:
                wire.send(ANNOUNCE_MAX)
            wire.said()
            assert wire.send(SELECT.replace(old, new)).said() == [handshake_error(3), CLOSE], new


def test_an_error_of_the_peer():
    # with its wrapper, and as ship-go sends it
    for message in (handshake_error(3), b'\x01{"error":2}'):
        wire = Wire().in_handshake()
        wire.said()
        assert wire.send(message).said() == [CLOSE]


# PIN (6.10.4.6) and data


def test_no_pin():
    # TC_SHIP_PIN_001
    wire = Wire().in_pin()
    assert wire.said()[-1] == PIN_NONE
    assert wire.send(PIN_NONE, ACCESS_REQUEST).said() == [ACCESS]
    assert wire.conn.state == DATA


def test_a_peer_with_a_pin_of_its_own():
    for word, stays in (("none", 1), ("optional", 1), ("pinOk", 1), ("required", 0), ("x", 0)):
        wire = Wire().in_pin()
        wire.said()
        message = PIN_NONE.replace(b'"none"', b'"%s"' % word.encode())
        assert wire.send(message).said() == ([] if stays else [CLOSE]), word
        assert (wire.conn.state == DATA) == bool(stays)


def test_pin_time_out():
    wire = Wire().in_pin()
    wire.said()
    assert wire.wait(9999).said() == []
    assert wire.wait(1).said() == [CLOSE]
    # it begins with our pin state
    wire = Wire().in_handshake().send(ANNOUNCE_MAX).wait(9000).send(SELECT)
    wire.said()
    assert wire.wait(9999).said() == [] and state(wire) == "pin"


def test_access_methods():
    # TC_SHIP_AM_001: as often as they are asked for
    wire = Wire().in_data()
    for _ in range(3):
        assert wire.send(ACCESS_REQUEST).said() == [ACCESS]


def test_access_methods_before_the_pin_state():
    wire = Wire().in_pin()
    wire.said()
    assert wire.send(ACCESS_REQUEST).said() == [ACCESS] and state(wire) == "pin"


def test_our_own_access_request():
    # TC_SHIP_AMDATA_002: nothing waits for its answer
    wire = Wire(asks=True).in_pin()
    wire.said()
    assert wire.send(PIN_NONE).said() == [ACCESS_REQUEST]
    wire.send(data(b'{"message":[{"name":"early"}]}'))
    assert wire.app.taken == [[b"early"]]
    wire.send(b'\x01{"accessMethods":[{"id":"i:2_u:\\u00e4"},{"dnsSd_mDns":[]}]}')
    assert wire.conn.text == "i:2_u:\u00e4".encode()
    wire.send(b'\x01{"accessMethods":[{"dnsSd_mDns":[]}]}')
    assert wire.conn.text is None


def test_how_we_can_be_reached():
    dns = b',{"dns":[{"uri":"wss://wallbox.example:4712/ship/"}]}'
    mdns = b',{"dnsSd_mDns":[]}'
    for access in (b"", mdns, dns, mdns + dns):
        wire = Wire().in_data()
        wire.node.access = access
        said = b'\x01{"accessMethods":[{"id":"i:1_u:wallbox"}%s]}' % access
        assert wire.send(ACCESS_REQUEST).said() == [said]


def test_how_a_partner_can_be_reached():
    # Table 42; other stacks send the URI without its element
    uri = b"wss://hems.example:4711/ship/"
    for ways, told in (
        (b'{"id":"i:2_u:1"},{"dnsSd_mDns":[]},{"dns":[{"uri":"%s"}]}' % uri, uri),
        (b'{"id":"i:2_u:1"},{"dns":[{"uri":"%s"}]}' % uri, uri),
        (b'{"id":"i:2_u:1"},{"dns":{"uri":"%s"}}' % uri, uri),
        (b'{"dns":[{"uri":"%s"}]},{"id":"i:2_u:1"}' % uri, uri),
        (b'{"id":"i:2_u:1"},{"dns":"%s"}' % uri, None),
        (b'{"id":"i:2_u:1"},{"dns":[]}', None),
        (b'{"id":"i:2_u:1"},{"dnsSd_mDns":[]}', None),
        (b'{"id":"i:2_u:1"},{"dns":[{"uri":"%s"}]}' % (b"x" * 257), None),
    ):
        wire = Wire().in_data()
        heard = []
        wire.node.told = lambda ski, uri: heard.append((ski, uri))
        wire.send(b'\x01{"accessMethods":[%s]}' % ways)
        assert heard == ([(SKI, told)] if told else []), ways
        assert wire.conn.text == b"i:2_u:1" and wire.conn.state == DATA, ways
    # it means nothing before there is trust, nor on boards that dial nobody
    wire = Wire(trusted=False).in_hello()
    wire.node.told = heard.append
    wire.send(b'\x01{"accessMethods":[{"id":"a"},{"dns":[{"uri":"wss://a/"}]}]}')
    assert wire.closed()
    Wire().in_data().send(b'\x01{"accessMethods":[{"id":"a"},{"dns":[{"uri":"wss://a/"}]}]}')


def test_no_access_request_of_ours():
    # TC_SHIP_AMDATA_004
    wire = Wire().in_data()
    wire.wait(45000)
    assert wire.said() == [] and wire.conn.state == DATA


def test_data_and_access_methods_side_by_side():
    # TC_SHIP_AMDATA_001, TC_SHIP_AMDATA_003
    wire = Wire().in_data()
    wire.app.out.append(b'{"message":[{"name":"reply"}]}')
    wire.send(data(b'{"message":[{"name":"a"}]}'), ACCESS_REQUEST)
    wire.send(data(b'{"message":[{"name":"b"}]}'))
    assert wire.app.taken == [[b"a"], [b"b"]]
    assert wire.said() == [data(b'{"message":[{"name":"reply"}]}'), ACCESS]


def test_messages_without_a_value():
    # TC_SHIP_MSG_001
    wire = Wire().in_data()
    for kind in range(5):
        assert wire.send(bytes((kind,))).said() == []
    assert wire.send(b"").said() == []
    assert wire.send(ACCESS_REQUEST).said() == [ACCESS]
    # nor do they disturb a hello
    wire = Wire().in_hello()
    wire.said()
    assert wire.send(b"\x01", b"", READY).said() == [] and state(wire) == "protocol"


def test_unknown_types():
    # TC_SHIP_MSG_002
    wire = Wire().in_data()
    for kind in (4, 5, 0x7B, 0xFF):
        assert wire.send(bytes((kind, 0)), bytes((kind,)) + b'{"x":1}').said() == []
    assert wire.send(ACCESS_REQUEST).said() == [ACCESS]
    # nor are they a wrong message where a certain one is expected
    for enter in ("in_hello", "in_handshake"):
        wire = Wire()
        getattr(wire, enter)()
        before = state(wire)
        wire.said()
        assert wire.send(b"\xff\x00").said() == [] and state(wire) == before


def test_white_space_everywhere():
    # TC_SHIP_MSG_003
    wire = Wire().in_data()
    text = b"\x01"
    for c in ACCESS_REQUEST[1:]:
        sign = bytes((c,))
        text += b" \t\r\n" + sign + b"\n\r\t " if sign in b"{}[]:," else sign
    assert wire.send(text).said() == [ACCESS]
    assert wire.send(ACCESS_REQUEST + b"\0").said() == [ACCESS]


def test_control_messages_that_nobody_waits_for():
    wire = Wire().in_data()
    for message in (
        READY,
        ANNOUNCE_MAX,
        PIN_NONE,
        handshake_error(1),
        b'\x01{"keyMaterialState":[{"updateCounter":1}]}',
        b"\x01{",
        b"\x01nonsense",
        INIT,
    ):
        assert wire.send(message).said() == [], message
        assert wire.conn.state == DATA
    assert len(wire.apps) == 1


def test_an_extension_of_data_is_none_of_our_business():
    # Table 40: its payload counts, whatever comes with it
    payload = b'{"payload":{"message":[{"name":"a"}]}}'
    header = b'{"header":[{"protocolId":"ee1.0"}]}'
    whole = b'[{"extensionId":"x"},{"binary":"00FF"},{"string":"a ]} string"}]'
    for extension in (whole, b"[]", b"{}", b'"text"', b"7", b'[{"deep":[[[{"er":[]}]]]}]'):
        more = b'{"extension":%s}' % extension
        for items in ((header, payload, more), (header, more, payload), (more, payload)):
            wire = Wire().in_data()
            wire.send(b'\x02{"data":[%s]}' % b",".join(items))
            assert wire.app.taken == [[b"a"]] and wire.said() == [], items
    # of any length
    wire = Wire().in_data()
    wire.send(b'\x02{"data":[%s,{"extension":[{"string":"%s"}]}]}' % (payload, b"x" * 5000))
    assert wire.app.taken == [[b"a"]]
    # an extension alone is no data, and one that is cut off spoils its message
    wire.send(b'\x02{"data":[%s,{"extension":[]}]}' % header)
    wire.send(b'\x02{"data":[%s,{"extension":[}]}' % payload)
    assert wire.app.taken == [[b"a"]] and wire.conn.state == DATA


# close (6.10.4.8)


def test_trust_is_revoked():
    # TC_SHIP_TERM_001: without a confirmation it is over after maxTime
    wire = Wire().in_data()
    wire.node.untrust(SKI)
    assert wire.said() == [announce(b"removedConnection")] and state(wire) == "closing"
    assert wire.wait(499).said() == []
    assert wire.wait(1).said() == [CLOSE] and wire.closed()
    assert wire.app.closed == 1


def test_a_confirmed_close():
    # some stacks answer with an announcement, or with nothing readable
    for answer in (CONFIRM, announce(b"unspecific"), b"\x03null"):
        wire = Wire().in_data()
        wire.conn.close()
        assert wire.said() == [announce(b"unspecific")]
        assert wire.send(answer).said() == [CLOSE] and wire.closed()


def test_the_peer_closes():
    wire = Wire().in_data()
    assert wire.send(announce(b"unspecific")).said() == [CONFIRM, CLOSE]
    assert wire.closed() and wire.app.closed == 1


def test_whatever_the_peer_says_with_its_close():
    # Table 53: maxTime is the longest that it waits, we never do
    for more in (
        b"",
        b',{"maxTime":0}',
        b',{"maxTime":4294967295}',
        b',{"reason":"removedConnection"}',
        b',{"maxTime":500},{"reason":"User close"}',
        b',{"maxTime":"soon"},{"reason":[]}',
    ):
        wire = Wire().in_data()
        wire.app.out.append(b'{"message":[]}')
        said = wire.send(b'\x03{"connectionClose":[{"phase":"announce"}%s]}' % more).said()
        assert said[-2:] == [CONFIRM, CLOSE], more
        assert wire.closed() and wire.app.closed == 1
        # it has not become a stranger: that is for our user to say
        assert wire.node.trusts(SKI)


def test_both_sides_close_at_once():
    wire = Wire().in_data()
    wire.conn.close()
    assert wire.said() == [announce(b"unspecific")]
    assert wire.send(announce(b"removedConnection")).said() == [CLOSE] and wire.closed()


def test_a_close_before_the_data_phase():
    for enter in ("upgraded", "in_hello", "in_handshake", "in_pin"):
        wire = Wire()
        getattr(wire, enter)()
        wire.said()
        wire.conn.close()
        assert wire.said() == [CLOSE] and wire.closed()
        # and a type 3 message there is the end as well
        wire = Wire()
        getattr(wire, enter)()
        wire.said()
        said = wire.send(announce(b"unspecific")).said()
        assert said[-1] == CLOSE and said[:-1] in ([], [INIT]) and wire.closed()


def test_no_data_while_closing():
    wire = Wire().in_data()
    wire.app.out.append(b"{}")
    wire.conn.close()
    assert wire.said() == [announce(b"unspecific")]
    wire.send(data(b'{"message":[{"name":"late"}]}'))
    assert wire.app.taken == [] and wire.said() == []


def test_nothing_reaches_the_application_before_trust():
    wire = Wire(trusted=False)
    for message in (INIT, hello(b"ready", 60000), ANNOUNCE_MAX, SELECT, PIN_NONE, data(b"{}")):
        if wire.conn.state == 0:
            wire.upgraded()
        wire.send(message)
    assert not wire.apps
