"""The automatic way of a ShipConnection from CMI to data (6.10.4), both roles."""

from tools.hems.ship import CMI, DATA, ShipError, Timeout, control

PHASES = ("cmi", "hello", "protocol", "pin", "access")
WAITING_MS = 60000
ANSWER_S = 10
PENALTY_S = 100  # a partner that is busy looks at no PIN for up to 90 s
HANDSHAKE = {"version": {"major": 1, "minor": 0}, "formats": {"format": ["JSON-UTF8"]}}


def handshake(kind, minor=0):
    """Bytes of a messageProtocolHandshake."""
    version = {"version": {"major": 1, "minor": minor}}
    return control("messageProtocolHandshake", {"handshakeType": kind, **HANDSHAKE, **version})


HELLO_READY = control("connectionHello", {"phase": "ready"})
HELLO_PROLONGATION = control("connectionHello", {"phase": "pending", "prolongationRequest": True})
HELLO_PENDING = control("connectionHello", {"phase": "pending", "waiting": 120000})
ANNOUNCE_MAX = handshake("announceMax")
SELECT = handshake("select")
PIN_NONE = control("connectionPinState", {"pinState": "none"})
ACCESS_REQUEST = control("accessMethodsRequest")


def access_methods(ship_id):
    """Bytes of the accessMethods answer."""
    return control("accessMethods", {"id": ship_id})


def pin_input(pin):
    """Bytes of a connectionPinInput."""
    return control("connectionPinInput", {"pin": pin})


async def _cmi(connection, _ship_id):
    if not connection.server:
        await connection.send(CMI)
    message = await connection.recv(30)
    if message.raw != CMI:
        raise ShipError(f"no valid init message: {message}")
    if connection.server:
        await connection.send(CMI)


async def _hello(connection, _ship_id):
    ready = control("connectionHello", {"phase": "ready", "waiting": WAITING_MS})
    await connection.send(ready)
    while True:
        message = await connection.recv(WAITING_MS / 1000)
        phase = message.field("phase")
        if message.name != "connectionHello" or phase not in ("ready", "pending"):
            raise ShipError(f"hello ended: {message}")
        if phase == "ready":
            return
        if message.field("prolongationRequest"):
            await connection.send(ready)


async def _protocol(connection, _ship_id):
    newest = connection.minor
    if connection.server:
        announced = await _handshake_message(connection, "announceMax")
        connection.minor = min(newest, announced)
        await connection.send(handshake("select", connection.minor))
        await _handshake_message(connection, "select")
    else:
        await connection.send(handshake("announceMax", newest))
        connection.minor = min(newest, await _handshake_message(connection, "select"))
        await connection.send(handshake("select", connection.minor))


async def _handshake_message(connection, kind):
    """The minor version in it."""
    message = await connection.recv(ANSWER_S)
    if message.name != "messageProtocolHandshake" or message.field("handshakeType") != kind:
        raise ShipError(f"no {kind}: {message}")
    return message.field("version")["minor"]


async def _pin(connection, _ship_id):
    await connection.send(PIN_NONE)
    early = []
    timeout = ANSWER_S
    entered = False
    while True:
        message = await connection.recv(timeout)
        state = message.field("pinState")
        if message.name == "connectionPinError":
            raise ShipError(f"the partner refuses the PIN: {message}")
        if message.name != "connectionPinState":
            # who has an optional PIN exchanges data meanwhile
            early.append(message)
        elif state in ("none", "pinOk") or (state == "optional" and connection.pin is None):
            break
        elif message.field("inputPermission") == "busy":
            timeout = PENALTY_S
            entered = False
        elif state not in ("required", "optional"):
            raise ShipError(f"partner's PIN state: {message}")
        elif connection.pin is None:
            raise ShipError("the partner wants its PIN to be entered")
        elif not entered:
            entered = True
            await connection.send(pin_input(connection.pin))
    connection.put_back(early)


async def _access(connection, ship_id):
    await connection.send(ACCESS_REQUEST)
    early = []
    while True:
        message = await connection.recv(ANSWER_S)
        if message.name == "accessMethodsRequest":
            await connection.send(access_methods(ship_id))
        elif message.name == "accessMethods":
            connection.peer_ship_id = message.field("id")
            break
        elif message.type == DATA or (connection.minor and "keyMaterial" in message.name):
            early.append(message)  # SPINE may arrive before the exchange is over (SHIP-IG-02)
        else:
            raise ShipError(f"no access methods: {message}")
    connection.put_back(early)


_STEPS = dict(zip(PHASES, (_cmi, _hello, _protocol, _pin, _access), strict=True))


async def run(connection, ship_id, upto="access", start="cmi"):
    """Run the phases `start` to `upto` (both included). Raises ShipError (Timeout, Closed)."""
    for phase in PHASES[PHASES.index(start) : PHASES.index(upto) + 1]:
        try:
            await _STEPS[phase](connection, ship_id)
        except Timeout as error:
            raise Timeout(f"{phase}: {error}") from None
