"""SHIP 1.1 (6.3.2, 6.9.7, 6.10.4.5, Tables 43 to 52): versions, and the messages that come with
it. What a wallbox makes of them: test_keys.py."""

from binascii import hexlify
from hashlib import sha1

from ship_wire import (
    ANNOUNCE_MAX,
    PIN_NONE,
    READY,
    SELECT,
    SKI,
    Wire,
    announce,
    data,
    handshake_error,
)

from ship.conn import DATA
from ship.material import CURRENT, PREDECESSOR, SUCCESSOR, MaterialNode
from ship.states import STATES

NEW = (b'"minor":0', b'"minor":1')
ANNOUNCE_1_1 = ANNOUNCE_MAX.replace(*NEW)
SELECT_1_1 = SELECT.replace(*NEW)
KEY = b"\x04" + b"k" * 64
OTHER = b"other ski of 20 byte"
STATE_REQUEST = b'\x01{"keyMaterialStateRequest":[{"knownUpdateCounter":7}]}'
STATE = (
    b'\x01{"keyMaterialState":[{"updateCounter":2},{"entry":[[{"currentState":"current"},'
    b'{"curve":23},{"ski":"%s"},{"publicKey":"%s"}]]}]}'
)
OUR_STATE = STATE % (hexlify(SKI), hexlify(KEY))
ACCEPTED = b'\x01{"keyMaterialStateResponse":[{"accept":true}]}'
REFUSED = b'\x01{"keyMaterialStateResponse":[{"accept":false}]}'
CLOSE = ("close", 4001)


class Keys:
    """Notes what it is asked."""

    def __init__(self):
        self.asked = []
        self.willing = True
        self.fresh = False
        self.patient = False
        self.list = [(SKI, 32), (OTHER, 64)]

    def accepts(self, conn):
        return self.willing

    def trusted(self):
        return self.list

    def install(self, conn, entries):
        self.asked.append(("install", list(entries)))
        return [(ski, 32) for ski, _ in entries]

    def remove(self, conn, entries):
        self.asked.append(("remove", list(entries)))
        return [(ski, 32) for ski, _ in entries]

    def own(self):
        return 2, [(CURRENT, SKI, KEY)]

    def partner(self, conn, counter, entries):
        self.asked.append((counter, list(entries)))
        return self.willing

    def known(self, conn):
        return 7

    def news(self, conn):
        return self.fresh

    def told(self, conn):
        self.asked.append("told")
        self.fresh = False

    def unheard(self, conn):
        self.asked.append("unheard")
        return not self.patient


def speaks_1_1(client=False, keys=None):
    """A connection of ours that could speak it, and what its node asks."""
    keys = keys or Keys()
    return Wire(client, window=1024, node=lambda *args: MaterialNode(keys, *args)), keys


def in_data(client=False, keys=None):
    wire, keys = speaks_1_1(client, keys)
    wire.in_handshake()
    if client:
        wire.send(SELECT_1_1)
    else:
        wire.send(ANNOUNCE_1_1, SELECT_1_1)
    wire.send(PIN_NONE)
    assert wire.conn.state == DATA
    return wire, keys


def tool():
    wire, keys = in_data()
    wire.send(b'\x01{"commissioningRequest":[]}').said()
    return wire, keys


def entry(ski, more=b""):
    return b'[{"curve":23},{"ski":"%s"}%s]' % (hexlify(ski), more)


# versions (6.10.4.5)


def test_a_server_selects_the_smaller_version():
    for asked, selected in (
        (ANNOUNCE_MAX, SELECT),
        (ANNOUNCE_1_1, SELECT_1_1),
        (ANNOUNCE_MAX.replace(b'"minor":0', b'"minor":5'), SELECT_1_1),
        (ANNOUNCE_MAX.replace(b'"major":1', b'"major":2'), SELECT_1_1),
    ):
        wire, _ = speaks_1_1()
        wire.in_handshake().said()
        assert wire.send(asked).said() == [selected]
        assert wire.send(selected).said() == [PIN_NONE], asked
        assert wire.conn.minor == (selected == SELECT_1_1)


def test_a_server_that_speaks_1_0_alone():
    wire = Wire().in_handshake()
    wire.said()
    assert wire.send(ANNOUNCE_1_1).said() == [SELECT]
    assert wire.send(SELECT_1_1).said() == [handshake_error(3), CLOSE]


def test_a_client_announces_1_1_and_takes_1_0():
    for answer in (SELECT_1_1, SELECT):
        wire, _ = speaks_1_1(client=True)
        assert wire.in_handshake().said()[-1] == ANNOUNCE_1_1
        assert wire.send(answer).said() == [answer, PIN_NONE]
        assert wire.conn.minor == (answer == SELECT_1_1)
    for minor in (b"2", b"-1"):
        wire, _ = speaks_1_1(client=True)
        wire.in_handshake().said()
        strange = SELECT.replace(b'"minor":0', b'"minor":' + minor)
        assert wire.send(strange).said() == [handshake_error(3), CLOSE]


def test_a_confirmation_of_another_version():
    wire, _ = speaks_1_1()
    wire.in_handshake().send(ANNOUNCE_1_1).said()
    assert wire.send(SELECT).said() == [handshake_error(3), CLOSE]


def again(wire):
    """The next connection of the same node, up to its announcement."""
    wire.node.release(wire.conn)
    wire.conn = wire.node.connect(SKI, b"/ship/", b"peer")
    wire.conn.tick(wire.now)
    return wire.in_handshake().said()[-1]


def test_a_server_that_refuses_1_1_is_offered_1_0_next():
    # by the error, by a close, by silence, and by a socket that is gone
    for refusal in ((handshake_error(3),), (b'\x01{"error":3}',), (announce(b"unspecific"),), ()):
        wire, _ = speaks_1_1(client=True)
        wire.in_handshake()
        wire.send(*refusal).wait(10000).said()
        assert wire.closed()
        assert again(wire) == ANNOUNCE_MAX, refusal
        assert wire.send(SELECT).said()[0] == SELECT
        assert again(wire) == ANNOUNCE_MAX  # it stays with that
    wire, _ = speaks_1_1(client=True)
    wire.in_handshake()
    assert again(wire) == ANNOUNCE_MAX


def test_a_server_that_has_selected_1_1_is_offered_it_again():
    wire, _ = in_data(client=True)
    wire.said()
    assert again(wire) == ANNOUNCE_1_1


def test_few_are_remembered():
    wire, _ = speaks_1_1(client=True)
    for i in range(20):
        wire.node.only_1_0.append(bytes([i]) * 20)
    wire.in_handshake().said()
    assert len(wire.node.only_1_0) == 8 and wire.node.only_1_0[-1] == SKI


# nothing of it in 1.0


MESSAGES = (
    b'\x01{"commissioningRequest":[]}',
    b'\x01{"keyMaterialRequest":[]}',
    b'\x01{"keyMaterial":[{"entry":[%s]}]}' % entry(OTHER),
    b'\x01{"keyMaterialDelete":[{"entry":[%s]}]}' % entry(OTHER),
    OUR_STATE,
    b'\x01{"keyMaterialStateRequest":[{"knownUpdateCounter":0}]}',
    ACCEPTED,
)


def test_in_1_0_these_messages_mean_nothing():
    keys = Keys()
    keys.fresh = True
    wire, _ = speaks_1_1(keys=keys)
    wire.in_handshake().send(ANNOUNCE_MAX, SELECT, PIN_NONE).said()
    assert wire.send(*MESSAGES).said() == [] and wire.conn.state == DATA
    wire.node.announce()
    assert wire.said() == [] and not keys.asked


def test_before_the_data_phase_they_are_wrong():
    for message in MESSAGES:
        wire, keys = speaks_1_1()
        wire.in_handshake().said()
        assert wire.send(message).said() == [handshake_error(2), CLOSE]
        wire, keys = speaks_1_1()
        wire.in_handshake().send(ANNOUNCE_1_1, SELECT_1_1).said()
        assert wire.send(message).said() == [] and STATES[wire.conn.state] == "pin"
        assert not keys.asked


# commissioning (Tables 43 to 49)


def test_a_tool_asks_first():
    wire, keys = in_data()
    assert wire.said()[-1] == STATE_REQUEST
    refused = b'\x01{"keyMaterial%s":[{"entry":[]}]}'
    for message, said in (
        (MESSAGES[1], b'\x01{"keyMaterial":[{"maxEntries":0},{"entry":[]}]}'),
        (MESSAGES[2], refused % b"Response"),
        (MESSAGES[3], refused % b"DeleteResponse"),
    ):
        assert wire.send(message).said() == [said] and not keys.asked
    keys.willing = False
    answer = b'\x01{"commissioningResponse":[{"accept":%s}]}'
    assert wire.send(MESSAGES[0]).said() == [answer % b"false"]
    assert wire.send(MESSAGES[2]).said() == [refused % b"Response"] and not keys.asked
    keys.willing = True
    assert wire.send(MESSAGES[0]).said() == [answer % b"true"]


def test_the_trust_list_is_told():
    wire, keys = tool()
    said = b'\x01{"keyMaterial":[{"maxEntries":8},{"entry":[%s,%s]}]}' % (
        entry(SKI, b',{"userTrust":32}'),
        entry(OTHER, b',{"userTrust":64}'),
    )
    assert wire.send(MESSAGES[1]).said() == [said]


def material(*entries):
    return b'\x01{"keyMaterial":[{"maxEntries":3},{"entry":[%s]}]}' % b",".join(entries)


def test_a_tool_distributes_skis():
    wire, keys = tool()
    third = sha1(KEY).digest()
    wire.send(
        material(
            entry(OTHER),
            b'[{"curve":23},{"ski":"%s"},{"publicKey":"%s"},{"userTrust":64},'
            b'{"commissioningTool":true},{"id":"i:1_u:2"},{"note":"a [{ }] note"}]'
            % (hexlify(third).upper(), hexlify(KEY)),
            b'[{"curve":26},{"ski":"%s"}]' % hexlify(SKI),  # no curve of ours
        )
    )
    word, entries = keys.asked[0]
    assert word == "install" and entries[0][0] == OTHER and entries[0][1] < 0
    assert entries[1:] == [(third, 64)]
    assert wire.said() == [
        b'\x01{"keyMaterialResponse":[{"entry":[%s,%s]}]}'
        % (entry(OTHER, b',{"userTrust":32}'), entry(third, b',{"userTrust":32}'))
    ]
    # in other forms that peers use
    wire.send(b'\x01{"keyMaterial":{"entry":{"curve":23,"ski":"%s"}}}' % hexlify(OTHER))
    assert keys.asked[1][1][0][0] == OTHER


def test_a_list_that_is_wrong_changes_nothing():
    wire, keys = tool()
    for wrong in (
        b'[{"curve":23},{"ski":"00"}]',
        b'[{"curve":23},{"ski":"%s"}]' % (b"x" * 40),
        b'[{"curve":23}]',
        entry(OTHER, b',{"publicKey":"%s"}' % hexlify(KEY)),  # the key of another SKI
        entry(OTHER, b',{"publicKey":"0"}'),
        b",".join([entry(OTHER)] * 8),
    ):
        wire.send(material(entry(SKI), wrong))
        assert wire.said() == [b'\x01{"keyMaterialResponse":[{"entry":[]}]}'], wrong
        assert keys.asked.pop() == ("install", [])
    # malformed, or no message of that kind: nothing, and nothing is left for the next one
    wire.send(material(entry(SKI))[:-1])
    wire.send(data(b'{"message":[{"name":"a"}]}'))
    assert wire.said() == [] and not keys.asked
    wire.send(material(entry(OTHER)))
    assert [ski for ski, _ in keys.asked[0][1]] == [OTHER]


def test_a_tool_takes_back():
    wire, keys = tool()
    said = wire.send(b'\x01{"keyMaterialDelete":[{"entry":[%s]}]}' % entry(OTHER)).said()
    assert keys.asked[0][0] == "remove" and keys.asked[0][1][0][0] == OTHER
    listed = entry(OTHER, b',{"userTrust":32}')
    assert said == [b'\x01{"keyMaterialDeleteResponse":[{"entry":[%s]}]}' % listed]


# changed key material (6.3.2, Tables 50 to 52)


def test_keys_of_a_partner():
    wire, keys = in_data()
    wire.said()
    message = (
        b'\x01{"keyMaterialState":[{"updateCounter":3},{"entry":['
        b'[{"currentState":"current"},{"curve":23},{"ski":"%s"}],'
        b'[{"currentState":"successor"},{"curve":23},{"ski":"%s"},{"publicKey":"%s"}],'
        b'[{"currentState":"predecessor"},{"curve":23},{"ski":"%s"}],'
        b'[{"currentState":"current"},{"curve":27},{"ski":"%s"}]]}]}'
    ) % tuple(hexlify(b) for b in (SKI, sha1(KEY).digest(), KEY, OTHER, OTHER))
    assert wire.send(message).said() == [ACCEPTED]
    entries = [(SKI, CURRENT), (sha1(KEY).digest(), SUCCESSOR), (OTHER, PREDECESSOR)]
    assert keys.asked == [(3, entries)]
    keys.willing = False
    assert wire.send(message).said() == [REFUSED]
    # a state that nobody knows, a list without an entry
    asked = len(keys.asked)
    assert wire.send(message.replace(b'"current"', b'"perhaps"')).said() == [REFUSED]
    assert wire.send(b'\x01{"keyMaterialState":[{"updateCounter":3}]}').said() == [REFUSED]
    assert len(keys.asked) == asked


def test_our_keys_are_told_when_they_are_asked_for():
    wire, keys = in_data()
    wire.said()
    assert wire.send(MESSAGES[5]).said() == [OUR_STATE]
    wire.send(ACCEPTED)
    assert keys.asked == ["told"]
    assert wire.wait(120000).said() == []
    wire.send(REFUSED)
    assert keys.asked == ["told"]


def test_our_keys_are_announced_when_they_have_changed():
    keys = Keys()
    keys.fresh = True
    wire, _ = in_data(keys=keys)
    assert wire.said()[-2:] == [OUR_STATE, STATE_REQUEST]
    wire.send(ACCEPTED)
    assert wire.wait(120000).said() == [] and wire.conn.state == DATA
    # and while there is a connection
    keys.fresh = True
    wire.node.announce()
    assert wire.said() == [OUR_STATE]


def test_no_answer_to_our_announcement():
    # once more after 30 s, then on a new connection
    keys = Keys()
    keys.fresh = True
    wire, _ = in_data(keys=keys)
    wire.said()
    assert wire.wait(29999).said() == []
    assert wire.wait(1).said() == [OUR_STATE]
    assert wire.wait(29999).said() == []
    assert wire.wait(1).said() == [announce(b"unspecific")]
    # or not, when that has been tried
    keys.patient = True
    wire, _ = in_data(keys=keys)
    assert wire.wait(300000).said().count(OUR_STATE) == 2 and wire.conn.state == DATA


def test_hello_with_an_update_counter():
    wire, _ = speaks_1_1()
    wire.in_hello().said()
    wire.send(READY.replace(b"}]", b'},{"keyMaterialState":[{"updateCounter":4}]}]'))
    assert STATES[wire.conn.state] == "protocol"
