"""How a connection begins: CMI, hello, protocol handshake (6.10.4.2 to 6.10.4.5). Each state has
one function that takes a message, as the tables of the clause are written.

Loaded while a connection is in these states; `conn` is its Sme.
"""

from micropython import const

from ticks import diff

# Table 21, and how far a wait for trust can be prolonged
_HELLO_MS = const(120000)  # T_hello_init and T_hello_inc
_LONGEST_HELLO_MS = const(240000)
_STRANGER_MS = const(600000)  # 6.10.4.4 sets no bound: ours, for whom we do not trust
_STRANGER_GRANTS = const(10)
_PROLONG_THR_MS = const(30000)
_PROLONG_GAP_MS = const(15000)
_WAIT_MS = const(10000)  # handshake and PIN
_LONGEST_WAITING_MS = const(0x0FFFFFFF)

# slots; those of each message begin at 1
_S_PHASE = const(1)  # slot connectionHello.phase
_S_WAITING = const(2)  # slot connectionHello.waiting
_S_PROLONG = const(3)  # slot connectionHello.prolongationRequest
_S_TYPE = const(1)  # slot messageProtocolHandshake.handshakeType
_S_MAJOR = const(2)  # slot messageProtocolHandshake.version.major
_S_MINOR = const(3)  # slot messageProtocolHandshake.version.minor
_S_FORMAT = const(4)  # slot messageProtocolHandshake.formats.format
_S_ERROR = const(5)  # slot error

_M_HELLO = const(1)  # enum message connectionHello
_M_HANDSHAKE = const(2)  # enum message messageProtocolHandshake
_M_ERROR = const(3)  # enum message messageProtocolHandshakeError

_READY = const(0)  # enum phase ready
_PENDING = const(1)  # enum phase pending
_ANNOUNCE_MAX = const(0)  # enum shake announceMax
_SELECT = const(1)  # enum shake select
_UTF8 = const(1)  # bit of enum format JSON-UTF8

# states, as in ship.states
_CMI = const(1)
_HELLO = const(2)
_PROTOCOL = const(3)
_PIN = const(4)

# errors of Table 35
_TIMEOUT = const(1)
_UNEXPECTED = const(2)
_MISMATCH = const(3)

# timers
_WAIT = const(0)  # for what the state waits for
_PROLONG = const(1)  # until we ask for more time
_REPLY = const(2)  # for the answer to that
_STRANGER = const(3)  # until the hello of somebody whom we do not trust ends, prolonged or not

# messages, numbered as in sme.py
_INIT = const(0)
_PROLONGATION = const(1)
_OUR_HELLO = const(2)
_ABORT = const(3)
_HANDSHAKE = const(4)
_HANDSHAKE_ERROR = const(5)
_PIN_STATE = const(7)
_MESSAGES = const(
    (
        b"\x00\x00",
        b'\x01{"connectionHello":[{"phase":"pending"},{"prolongationRequest":true}]}',
        b'\x01{"connectionHello":[{"phase":"%"},{"waiting":%}]}',
        b'\x01{"connectionHello":[{"phase":"aborted"}]}',
        b'\x01{"messageProtocolHandshake":[{"handshakeType":"%"},'
        b'{"version":[{"major":1},{"minor":%}]},{"formats":[{"format":["JSON-UTF8"]}]}]}',
        b'\x01{"messageProtocolHandshakeError":[{"error":%}]}',
    )
)


def message(conn, kind, msg, good):
    """A complete message, as in Sme.message."""
    state = conn.state
    if state == _CMI:
        if not conn.client:
            conn.send(_INIT)  # also before closing on a wrong one (TC_SHIP_CMI_001, 005)
        if kind == 0 and good:
            conn.ready = conn.node.trusts(conn.ski)
            if not conn.ready:
                conn.timer(_STRANGER, _STRANGER_MS)
            _hello(conn)
            conn.enter(_HELLO)
        else:
            conn.farewell(4001)
    elif kind > 3:  # SHIP-TS-MSG-02
        pass
    elif state == _HELLO:
        _peer_hello(conn, msg == _M_HELLO)
    else:
        _handshake(conn, msg)


# hello


def _hello(conn):
    conn.timer(_WAIT, _HELLO_MS)
    conn.send(_OUR_HELLO)


def _peer_hello(conn, good):
    """SME_HELLO_STATE_READY_LISTEN and, as long as we do not trust, PENDING_LISTEN."""
    timers = conn.timers
    rec = conn.rec
    phase = rec[_S_PHASE]
    waiting = min(rec[_S_WAITING], _LONGEST_WAITING_MS)
    asked = phase == _PENDING and rec[_S_PROLONG] == 1
    if not good or not 0 <= phase <= 1 or asked and conn.grants == _STRANGER_GRANTS:
        _abort(conn)
    elif asked:  # SHIP-TS-HELLO-02: granted
        left = max(diff(timers[_WAIT], conn.now), 0) if timers[_WAIT] >= 0 else 0
        left = min(left + _HELLO_MS, _LONGEST_HELLO_MS)
        if not conn.ready:
            conn.grants += 1
            left = min(left, diff(timers[_STRANGER], conn.now))
        _hello(conn)
        conn.timer(_WAIT, left)
    elif conn.ready:
        if phase == _READY:
            _protocol(conn)
        # pending without a request: no reaction (SHIP-TS-HELLO-04)
    elif phase == _READY and waiting < 0:
        _abort(conn)
    else:
        timers[_REPLY] = -1
        if waiting >= 0:
            conn.peer_waiting = waiting
            timers[_PROLONG] = -1
            if waiting >= _PROLONG_THR_MS:
                conn.timer(_PROLONG, waiting - _PROLONG_GAP_MS)
        if phase == _READY:
            # for good: openeebus says pending when it grants, ready or not
            conn.peer_ready = True
            timers[_WAIT] = -1
            if waiting < _PROLONG_THR_MS:  # the peer gives up first, or else we do
                conn.timer(_WAIT, waiting + _PROLONG_GAP_MS)


def trust(conn):
    """As Sme.trust."""
    if conn.state == _HELLO and not conn.ready:
        conn.ready = True
        conn.timers = [-1, -1, -1, -1]
        conn.grants = 0
        _hello(conn)
        if conn.peer_ready:
            _protocol(conn)


def _abort(conn):
    conn.send(_ABORT)
    conn.farewell(4452)


# protocol handshake


def _protocol(conn):
    conn.timer(_WAIT, _WAIT_MS)
    if conn.client:
        if hasattr(conn, "offer"):  # ship.material knows 1.1
            conn.minor = conn.offer()
        conn.send(_HANDSHAKE)
    conn.enter(_PROTOCOL)


def _handshake(conn, msg):
    rec = conn.rec
    shake = rec[_S_TYPE]
    if msg == _M_ERROR or rec[_S_ERROR] >= 0:  # ship-go leaves out the wrapper
        conn.farewell(4001)
    elif msg != _M_HANDSHAKE:
        _fail(conn, _UNEXPECTED)
    elif conn.client or conn.selected:
        if shake != _SELECT:
            _fail(conn, _UNEXPECTED)
        elif not _selectable(conn, rec[_S_MAJOR], rec[_S_MINOR]) or rec[_S_FORMAT] != _UTF8:
            _fail(conn, _MISMATCH)
        else:
            if conn.minor > rec[_S_MINOR]:
                conn.minor = 0
            if conn.client:
                conn.selected = True
                conn.send(_HANDSHAKE)
            conn.timer(_WAIT, _WAIT_MS)
            conn.send(_PIN_STATE)
            conn.enter(_PIN)
    elif shake != _ANNOUNCE_MAX:
        _fail(conn, _UNEXPECTED)
    elif rec[_S_MAJOR] < 1 or not rec[_S_FORMAT] & _UTF8:
        _fail(conn, _MISMATCH)
    else:
        if hasattr(conn, "offer") and (rec[_S_MAJOR] > 1 or rec[_S_MINOR] > 0):
            conn.minor = 1
        conn.selected = True
        conn.timer(_WAIT, _WAIT_MS)
        conn.send(_HANDSHAKE)


def _selectable(conn, major, minor):
    """Is that what we have selected, or as a client what we have announced or a lower one?"""
    return major == 1 and (minor == conn.minor or conn.client and 0 <= minor < conn.minor)


def _fail(conn, error):
    conn.error = error
    conn.send(_HANDSHAKE_ERROR)
    conn.farewell(4001)


def expired(conn, i):
    """Timer `i` has run down."""
    if i == _PROLONG:
        conn.timer(_REPLY, conn.peer_waiting)
        conn.send(_PROLONGATION)
    elif conn.state == _HELLO:
        _abort(conn)
    elif conn.state == _PROTOCOL:
        _fail(conn, _TIMEOUT)
    else:
        conn.farewell(4001)


def render(conn, n, w):
    """Message `n`, but for the end of its template."""
    w.t(_MESSAGES[n])
    if n == _OUR_HELLO:
        w.lit(b"ready" if conn.ready else b"pending")
        w.num(max(diff(conn.timers[_WAIT], conn.now), 0))
    elif n == _HANDSHAKE:
        w.lit(b"select" if conn.selected or not conn.client else b"announceMax").num(conn.minor)
    elif n == _HANDSHAKE_ERROR:
        w.num(conn.error)
