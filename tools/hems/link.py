"""A SHIP connection with SPINE running on it: what tests, demo and bench manager script."""

import asyncio

from tools.hems import handshake, ship
from tools.hems.datagram import Address
from tools.hems.device import energy_manager
from tools.hems.remote import RemoteDevice
from tools.hems.spine import NODE_MANAGEMENT, Spine

SHIP_ID = "i:63380_u:plugship-bench-{}"
DEVICE = "d:_n:plugship_bench-{}"


def ship_id(identity):
    """SHIP ID of the bench, the same as long as the identity is."""
    return SHIP_ID.format(identity.ski[:8])


def device_address(identity):
    """SPINE device address of the bench."""
    return DEVICE.format(identity.ski[:8])


class Link:
    """`connection`: ShipConnection, `spine`: Spine, `local`: own device, `remote`: the partner's.

    `closed` is set at the end of the connection. SHIP requests are answered here unless
    `answer_access` is switched off.
    """

    def __init__(self, connection, identity, device=None, recorder=None):
        self.connection = connection
        self.ski = identity.ski
        self.ship_id = ship_id(identity)
        self.local = device or energy_manager(device_address(identity))
        self.spine = Spine(self._transmit, self.local, recorder)
        self.remote = RemoteDevice()
        self.answer_access = True
        self.tool = None  # tools.hems.commissioning.Tool, where 1.1 was selected
        self.closed = connection.ws.closed
        self.ship_messages = []
        self._ship_waiters = []
        self._task = None

    def start(self):
        """Begin to take in messages (the SHIP handshake is done)."""
        self._task = asyncio.create_task(self._run())

    async def _transmit(self, plain):
        await self.connection.send(ship.data(plain))

    async def _run(self):
        try:
            while True:
                try:
                    message = await self.connection.recv(3600)
                except ship.Timeout:
                    continue
                await self._take(message)
        except ship.Closed:
            pass

    async def _take(self, message):
        if message.type == ship.DATA and message.name == "data":
            payload = message.field("payload") or {}
            if isinstance(payload.get("datagram"), dict):
                await self.spine.handle(payload["datagram"])
            return
        self.ship_messages.append(message)
        for future in self._ship_waiters:
            if not future.done():
                future.set_result(message)
        if self.tool:
            await self.tool.take(message)
        if message.name == "accessMethodsRequest" and self.answer_access:
            await self.connection.send(handshake.access_methods(self.ship_id))
        elif message.name == "connectionClose" and message.field("phase") == "announce":
            await self.connection.send(ship.close_message("confirm"))

    async def expect_ship(self, name, timeout):
        """Next SHIP (not SPINE) message of a name; raises ship.Timeout."""
        end = asyncio.get_running_loop().time() + timeout
        while True:
            future = asyncio.get_running_loop().create_future()
            self._ship_waiters.append(future)
            left = end - asyncio.get_running_loop().time()
            try:
                message = await asyncio.wait_for(future, max(left, 0.001))
            except TimeoutError:
                raise ship.Timeout(f"no {name} within {timeout} s") from None
            finally:
                self._ship_waiters.remove(future)
            if message.name == name:
                return message

    async def read(self, function, feature_type, entity=None):
        """Data of a function of the partner's server feature (plain)."""
        address = self.remote.find(feature_type, "server", entity)
        if address is None:
            raise LookupError(f"the partner has no {feature_type} server on {entity}")
        return await self.spine.read(function, address, self.source_for(feature_type))

    def source_for(self, feature_type, entity=None):
        """Own client feature for the partner's server features of a type."""
        entity = entity or next(e for e in self.local.entities if e != (0,))
        try:
            return self.local.place(feature_type, "client", entity)
        except LookupError:
            for feature in self.local.features:
                if feature.entity == entity and feature.role == "client":
                    return Address(self.local.address, entity, feature.number)
            raise

    async def discover(self):
        """Read detailed discovery and use cases, subscribe to NodeManagement."""
        spine = self.spine
        data = await spine.read("nodeManagementDetailedDiscoveryData", NODE_MANAGEMENT)
        self.remote.take_discovery(data)
        await self.subscribe(NODE_MANAGEMENT, NODE_MANAGEMENT)
        data = await spine.read("nodeManagementUseCaseData", NODE_MANAGEMENT)
        self.remote.take_use_cases(data)

    async def subscribe(self, client, server, feature_type=None):
        """Subscription request; returns the errorNumber."""
        return await self.relate("Subscription", "Request", client, server, feature_type)

    async def bind(self, client, server, feature_type=None):
        """Binding request; returns the errorNumber."""
        return await self.relate("Binding", "Request", client, server, feature_type)

    async def relate(self, kind, action, client, server, feature_type=None):
        """nodeManagement{Subscription|Binding}{Request|Delete}Call; returns the errorNumber."""
        call = self.relation_call(kind, action, client, server, feature_type)
        return await self.spine.command("call", NODE_MANAGEMENT, call)

    def relation_call(self, kind, action, client, server, feature_type=None):
        """cmd of a subscription or binding call."""
        device = self.remote.device or self.spine.peer_device
        request = {
            "clientAddress": client._replace(device=self.local.address).plain(),
            "serverAddress": server._replace(device=device).plain(),
        }
        if feature_type:
            request["serverFeatureType"] = feature_type
        return {f"nodeManagement{kind}{action}Call": {kind.lower() + action: request}}

    async def events(self):
        """Yield the partner's notify datagrams as they come, until the link ends."""
        queue = asyncio.Queue()
        listener = queue.put_nowait
        self.spine.listeners.append(listener)
        gone = asyncio.create_task(self.closed.wait())
        try:
            while True:
                get = asyncio.create_task(queue.get())
                await asyncio.wait((get, gone), return_when=asyncio.FIRST_COMPLETED)
                if not get.done():
                    get.cancel()
                    return
                if get.result().classifier == "notify":
                    yield get.result()
        finally:
            gone.cancel()
            self.spine.listeners.remove(listener)

    async def close(self):
        """SHIP close announcement, WebSocket close, TCP end."""
        try:
            if self.connection.is_open:
                await self.connection.send(ship.close_message("announce", 500, "unspecific"))
                await self.connection.wait_closed(0.5)
        except ship.Closed:
            pass
        await self.connection.close()
        self.stop()

    def cut(self):
        """Drop TCP without a word."""
        self.connection.cut()
        self.stop()

    def stop(self):
        """End the task that takes in messages."""
        if self._task:
            self._task.cancel()


async def connect(host, port, identity, expected_ski=None, pin=None, minor=0, **options):
    """Connect as SHIP client up to data exchange; returns a running Link.

    `pin`: of the partner, in case it asks. `minor`: 1 to announce SHIP 1.1. Options as for
    `adopt`. Raises OSError, TlsError, WebSocketError or ShipError.
    """
    connection = await ship.dial(host, port, identity, expected_ski)
    connection.pin = pin
    connection.minor = minor
    return await adopt(connection, identity, **options)


async def adopt(connection, identity, device=None, recorder=None, prepare=None):
    """Take an upgraded ShipConnection of either role to data exchange; returns a Link.

    `prepare(link)` is called before the first datagram is taken in.
    """
    try:
        await handshake.run(connection, ship_id(identity))
    except (ship.ShipError, asyncio.CancelledError):
        connection.cut()
        raise
    link = Link(connection, identity, device, recorder)
    if prepare:
        prepare(link)
    link.start()
    return link
