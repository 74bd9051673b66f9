"""SHIP 1.1: versions, commissioning and key material (6.3.2, 6.9.7, 6.10.4, Tables 43 to 52). Only
boards with COMMISSIONING load it: their Node and Connection are these.

The messages are taken and sent in the data phase, after 1.1 was selected, and never else: stacks
that speak 1.0 alone close the connection. Where the clause says only what a message contains, its
use follows from the names:

    commissioningRequest      a tool wants to commission; the answer says whether it may
    keyMaterialRequest        whom do you trust? answered by keyMaterial
    keyMaterial               trust these; keyMaterialResponse has those that are trusted now
    keyMaterialDelete         no longer; keyMaterialDeleteResponse has those that were removed
    keyMaterialStateRequest   which keys do you have? answered by keyMaterialState
    keyMaterialState          these are all my keys; keyMaterialStateResponse: understood

A list that is refused, or of more than eight entries, is answered with an empty one.
"""

from binascii import hexlify, unhexlify
from hashlib import sha1

from micropython import const

from ejson.walker import ITEM, Walker
from ship import material_schema as schema
from ship.conn import Connection
from ship.node import MAX_TRUSTED, Node

PREDECESSOR = 0  # enum keystate predecessor
CURRENT = 1  # enum keystate current
SUCCESSOR = 2  # enum keystate successor
_STATES = (b"predecessor", b"current", b"successor")
_SECP256R1 = const(23)  # number of the curve in the TLS registry
_MOST = const(8)  # entries of a message; nobody has more trusted partners
_ANSWER_MS = const(30000)  # for a keyMaterialStateResponse, then once more
_MOST_KNOWN = const(8)

_S_COUNTER = const(6)  # slot keyMaterialState.updateCounter
_S_STATE = const(7)  # slot keyMaterialState.entry.currentState
# in keyMaterialState each of these is one slot further on
_S_CURVE = const(7)  # slot keyMaterial.entry.curve
_S_SKI = const(8)  # slot keyMaterial.entry.ski
_S_TRUST = const(10)  # slot keyMaterial.entry.userTrust
_S_ACCEPT = const(6)  # slot keyMaterialStateResponse.accept
_S_MSG = const(0)  # slot ~msg

_M_COMMISSIONING = const(10)  # enum message commissioningRequest
_M_REQUEST = const(12)  # enum message keyMaterialRequest
_M_MATERIAL = const(13)  # enum message keyMaterial
_M_DELETE = const(15)  # enum message keyMaterialDelete
_M_STATE = const(17)  # enum message keyMaterialState
_M_STATE_RESPONSE = const(18)  # enum message keyMaterialStateResponse
_M_STATE_REQUEST = const(19)  # enum message keyMaterialStateRequest

_DATA = const(5)
_WAIT = const(0)  # the timer that the data phase has no other use for

# what is sent, behind the messages of Sme
_COMMISSIONING_RESPONSE = const(13)
_MATERIAL = const(14)
_MATERIAL_RESPONSE = const(15)
_DELETE_RESPONSE = const(16)
_STATE = const(17)
_STATE_RESPONSE = const(18)
_STATE_REQUEST = const(19)
_OWN = const(((1 << 13) - 1))  # those of Sme

_MESSAGES = const(
    (
        b'\x01{"commissioningResponse":[{"accept":%}]}',
        b'\x01{"keyMaterial":[{"maxEntries":%},{"entry":[',
        b'\x01{"keyMaterialResponse":[{"entry":[',
        b'\x01{"keyMaterialDeleteResponse":[{"entry":[',
        b'\x01{"keyMaterialState":[{"updateCounter":%},{"entry":[',
        b'\x01{"keyMaterialStateResponse":[{"accept":%}]}',
        b'\x01{"keyMaterialStateRequest":[{"knownUpdateCounter":%}]}',
    )
)
_TRUSTED = const(b'[{"curve":23},{"ski":"%"},{"userTrust":%}]')
_KEY = const(b'[{"currentState":"%"},{"curve":23},{"ski":"%"},{"publicKey":"%"}]')


class MaterialNode(Node):
    """A node that speaks 1.1. `keys` knows keys and trust, see material.pyi."""

    def __init__(self, keys, *args):
        super().__init__(*args)
        self.keys = keys
        self.only_1_0 = []  # SKIs of servers that have not selected 1.1

    def connect(self, ski, path=None, host=None):
        conn = MaterialConnection(self, ski, path, host)
        self.conns.append(conn)
        return conn

    def announce(self):
        """Our keys have changed: partners with a connection hear of it now."""
        for conn in self.conns:
            conn.announce()


class MaterialConnection(Connection):
    def __init__(self, node, ski, path, host):
        super().__init__(node, ski, path, host)
        self.walker = Walker(self.window, schema)
        self.rec = self.walker.rec
        self.tool = False  # it may commission
        self.entries = []  # of the message that comes in
        self.good_entries = True
        self.answer = ()  # entries of the one that goes out
        self.accepts = False
        self.again = False  # our state was sent twice
        self.ski_text = self.key_text = None

    def offer(self):
        """The minor version to announce as a client: 1, but 0 to who has refused that before."""
        known = self.node.only_1_0
        if self.ski in known:
            return 0
        # until it has selected 1.1: some refuse by an error, some without a word
        del known[: 1 - _MOST_KNOWN]
        known.append(self.ski)
        return 1

    # in

    def payload(self, buf, off, n):
        if self.mode == 0:
            self.entries.clear()
            self.good_entries = True
        super().payload(buf, off, n)

    def heard(self, ev):
        msg = self.rec[_S_MSG]
        if msg < _M_COMMISSIONING:
            super().heard(ev)
        elif ev == ITEM:
            self._entry(msg == _M_STATE)
        elif self.walker.slot == _S_SKI + (msg == _M_STATE):
            self.ski_text = self.walker.text()
        else:
            self.key_text = self.walker.text()

    def _entry(self, k):
        """An entry is complete; `k`: how far its slots are moved. Those of other curves are not
        for us."""
        rec = self.rec
        if rec[_S_CURVE + k] == _SECP256R1:
            try:
                ski = unhexlify(self.ski_text or b"")
                key = unhexlify(self.key_text or b"")
            except ValueError:
                ski = key = b""
            state = rec[_S_STATE] if k else rec[_S_TRUST]
            good = len(ski) == 20 and (not key or sha1(key).digest() == ski)
            if good and len(self.entries) < _MOST and (not k or state >= 0):
                self.entries.append((ski, state))
            else:
                self.good_entries = False
        self.ski_text = self.key_text = None

    def message(self, kind, msg, good):
        if kind == 1 and msg >= _M_COMMISSIONING and self.minor and self.state == _DATA:
            self._commission(msg)
        else:
            super().message(kind, msg, good)

    def _commission(self, msg):
        keys = self.node.keys
        entries = self.entries if self.good_entries else ()
        if msg == _M_COMMISSIONING:
            self.accepts = self.tool = keys.accepts(self)
            self.send(_COMMISSIONING_RESPONSE)
        elif msg == _M_REQUEST:
            self.answer = keys.trusted() if self.tool else ()
            self.send(_MATERIAL)
        elif msg == _M_MATERIAL:
            self.answer = keys.install(self, entries) if self.tool else ()
            self.send(_MATERIAL_RESPONSE)
        elif msg == _M_DELETE:
            self.answer = keys.remove(self, entries) if self.tool else ()
            self.send(_DELETE_RESPONSE)
        elif msg == _M_STATE:
            counter = self.rec[_S_COUNTER]
            self.accepts = bool(entries) and keys.partner(self, counter, entries)
            self.send(_STATE_RESPONSE)
        elif msg == _M_STATE_REQUEST:
            self._tell()
        elif msg == _M_STATE_RESPONSE:
            self.timers[_WAIT] = -1
            if self.rec[_S_ACCEPT] == 1:
                keys.told(self)

    # our keys

    def exchange(self):
        known = self.node.only_1_0
        if self.minor and self.ski in known:
            known.remove(self.ski)
        super().exchange()
        if self.minor:
            self.send(_STATE_REQUEST)
            self.announce()

    def announce(self):
        """Says which keys we have, when the partner does not know that yet."""
        if self.minor and self.state == _DATA and self.node.keys.news(self):
            self.again = False
            self._tell()

    def _tell(self):
        self.send(_STATE)
        self.timer(_WAIT, _ANSWER_MS)

    def _expired(self, i):
        if self.state != _DATA:
            super()._expired(i)
        elif not self.again:
            self.again = True
            self._tell()
        elif self.node.keys.unheard(self):
            self.close()  # and on a new connection once more

    # out

    def render(self, w):
        queue = self.queue
        if queue & _OWN:
            super().render(w)
            return
        n = _COMMISSIONING_RESPONSE
        while not queue >> n & 1:
            n += 1
        self.queue = queue ^ 1 << n
        keys = self.node.keys
        w.t(_MESSAGES[n - _COMMISSIONING_RESPONSE])
        if n == _COMMISSIONING_RESPONSE or n == _STATE_RESPONSE:
            w.flag(self.accepts).end()
        elif n == _STATE_REQUEST:
            w.num(keys.known(self)).end()
        elif n == _STATE:
            counter, entries = keys.own()
            w.num(counter).end()
            for state, ski, key in entries:
                w.sep().t(_KEY).lit(_STATES[state]).lit(hexlify(ski)).lit(hexlify(key)).end()
            w.raw(b"]}]}")
        else:
            if n == _MATERIAL:
                w.num(MAX_TRUSTED if self.tool else 0)
            w.end()
            for ski, trust in self.answer:
                w.sep().t(_TRUSTED).lit(hexlify(ski)).num(trust).end()
            w.raw(b"]}]}")
            self.answer = ()
