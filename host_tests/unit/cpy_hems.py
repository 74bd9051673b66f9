"""The bench energy manager (tools.hems) and the tables of the conformance harness."""

import asyncio
import contextlib
import hashlib
import json

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from host_tests.conformance import catalogue, declarations, runner
from host_tests.conformance.outcome import CASES
from support import raises
from tools.hems import durations, ejson, handshake, link, ship
from tools.hems.datagram import Address, Datagram
from tools.hems.device import energy_manager
from tools.hems.energyguard import EnergyGuard
from tools.hems.identity import Identity
from tools.hems.spine import NODE_MANAGEMENT, Spine, SpineTimeout
from tools.hems.tls import TlsError

LIMIT_WRITE = (
    '{"cmd":[[{"function":"loadControlLimitListData"},{"filter":[[{"cmdControl":[{"partial":[]}]'
    '}]]},{"loadControlLimitListData":[{"loadControlLimitData":[[{"limitId":0},{"isLimitActive":'
    'true},{"timePeriod":[{"endTime":"PT60S"}]},{"value":[{"number":4200},{"scale":0}]}]]}]}]]}'
)
LIMIT_DELETE = (
    '{"cmd":[[{"function":"loadControlLimitListData"},{"filter":[[{"cmdControl":[{"delete":[]}]}'
    ',{"loadControlLimitListDataSelectors":[{"limitId":0}]},{"loadControlLimitDataElements":[{"t'
    'imePeriod":[]}]}],[{"cmdControl":[{"partial":[]}]}]]},{"loadControlLimitListData":[{"loadCo'
    'ntrolLimitData":[[{"limitId":0},{"isLimitActive":true},{"value":[{"number":11000},{"scale":'
    "0}]}]]}]}]]}"
)


# -- EEBUS JSON -------------------------------------------------------------------------------


def test_objects_become_arrays_and_the_root_stays():
    plain = {"connectionHello": {"phase": "ready", "waiting": 60000}}
    wire = '{"connectionHello":[{"phase":"ready"},{"waiting":60000}]}'
    assert ejson.dumps(plain) == wire
    assert ejson.loads(wire.encode()) == plain


def test_lists_of_objects_and_of_scalars():
    plain = {"a": {"list": [{"x": 1}, {"x": 2, "y": 3}], "flat": [1, 2], "empty": {}}}
    wire = '{"a":[{"list":[[{"x":1}],[{"x":2},{"y":3}]]},{"flat":[1,2]},{"empty":[]}]}'
    assert ejson.dumps(plain) == wire
    assert ejson.loads(wire.encode()) == plain


def test_repeated_selectors_survive_both_ways():
    wire = '{"filter":[{"sel":[{"limitId":1}]},{"sel":[{"limitId":2}]},{"other":[]}]}'
    plain = ejson.loads(wire.encode())
    assert plain["filter"]["sel"] == [{"limitId": 1}, {"limitId": 2}]
    assert ejson.dumps(plain) == wire


def test_what_peers_send_is_read():
    assert ejson.loads(b'{ "a" : [ { "b" : 1 } ] }\0\0') == {"a": {"b": 1}}
    assert ejson.loads(b'{"a":{"b":1}}') == {"a": {"b": 1}}
    assert ejson.loads(b'{"a":[{"b":1,"c":2}]}') == {"a": {"b": 1, "c": 2}}
    assert ejson.as_list({}) == []
    assert ejson.as_list({"b": 1}) == [{"b": 1}]


def test_white_space_goes_around_structure_only():
    text = '{"a":[{"b{}":"x,\\"y"}]}'
    spaced = ejson.spaced(text)
    assert json.loads(spaced) == json.loads(text)
    assert "b{}" in spaced
    assert spaced.startswith(" \t\r\n{\n\r\t ")


def test_data_payload_is_a_plain_object():
    message = ship.Message(ship.data({"header": {"msgCounter": 1}}))
    assert message.raw[1:] == (
        b'{"data":[{"header":[{"protocolId":"ee1.0"}]},'
        b'{"payload":{"datagram":[{"header":[{"msgCounter":1}]}]}}]}'
    )
    assert message.name == "data"
    assert message.field("payload")["datagram"]["header"]["msgCounter"] == 1


# -- identity, durations ----------------------------------------------------------------------


def test_ski_is_the_hash_of_the_key_whatever_the_extension_says():
    identity = Identity.create(claimed_ski="ab" * 20)
    point = identity.key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    assert len(point) == 65
    assert identity.ski == hashlib.sha1(point).hexdigest()
    assert identity.claimed_ski == "ab" * 20
    honest = Identity.create()
    extension = honest.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert extension.value.digest.hex() == honest.ski == honest.claimed_ski


def test_identity_is_kept(tmp_path):
    path = tmp_path / "deep" / "hems.pem"
    first = Identity.load_or_create(path)
    assert Identity.load_or_create(path).ski == first.ski
    assert path.stat().st_mode & 0o077 == 0


def test_durations():
    for text, seconds in (("PT60S", 60), ("PT1H54M", 6840), ("P1DT2H", 93600), ("PT4.5S", 4.5)):
        assert durations.parse(text) == seconds
    assert durations.render(6840) == "PT1H54M"
    assert durations.render(0) == "PT0S"
    assert durations.short("2h") == 7200
    for bad in ("", "P", "PT", "60", "PT5"):
        with raises(ValueError):
            durations.parse(bad)


# -- two nodes over loopback ------------------------------------------------------------------


@contextlib.asynccontextmanager
async def pair(**options):
    """(dialling Link, accepting Link)."""
    here, there = Identity.create(), Identity.create()
    listener = ship.Listener(there)
    port = await listener.start()

    async def serve():
        return await link.adopt(await listener.accept(5), there)

    serving = asyncio.create_task(serve())
    dialled = await link.connect("127.0.0.1", port, here, there.ski, **options)
    accepted = await serving
    assert accepted.connection.peer_ski == here.ski
    try:
        yield dialled, accepted
    finally:
        dialled.cut()
        accepted.cut()
        listener.stop()


def test_handshake_both_roles_and_discovery():
    async def run():
        async with pair() as (a, b):
            await a.discover()
            assert a.remote.device == b.local.address
            assert a.remote.entities == {(0,): "DeviceInformation", (1,): "CEM"}
            assert a.remote.find("DeviceDiagnosis").entity == (1,)
            assert a.connection.peer_ship_id == b.ship_id
            node = (NODE_MANAGEMENT, NODE_MANAGEMENT)
            assert b.local.subscriptions == [node]
            sent = [text for _, way, text in a.connection.trace if way == "sent"]
            assert sent[0] == "00 00"
            assert sent[2] == ship.text(handshake.ANNOUNCE_MAX)

    asyncio.run(run())


def test_acknowledge_rules():
    async def run():
        async with pair() as (a, b):
            assert await a.subscribe(NODE_MANAGEMENT, NODE_MANAGEMENT) == 0
            assert await a.bind(NODE_MANAGEMENT, NODE_MANAGEMENT) == 7
            cmd = {"loadControlLimitListData": {}}
            heart = Address(None, (1,), 1)
            assert await a.spine.command("write", heart, cmd) == 6
            assert await a.spine.command("notify", NODE_MANAGEMENT, cmd) == 0
            unknown = await a.spine.ask("read", NODE_MANAGEMENT, Address(None, (9,), 9), cmd)
            assert unknown.error == 4
            mark = a.spine.mark()
            result = {"resultData": {"errorNumber": 0}}
            await a.spine.send("result", NODE_MANAGEMENT, NODE_MANAGEMENT, result, ack=True)
            await a.spine.read("nodeManagementUseCaseData", NODE_MANAGEMENT)
            assert [d.classifier for d in a.spine.seen_since(mark)] == ["reply"]
            b.spine.mute = lambda datagram: True
            with raises(SpineTimeout):
                await a.spine.read("nodeManagementUseCaseData", NODE_MANAGEMENT, timeout=0.05)

    asyncio.run(run())


def test_messages_longer_than_a_tls_record_and_events():
    async def run():
        async with pair() as (a, b):
            long = {"deviceClassificationManufacturerData": {"deviceName": "x" * 5000}}
            events = a.events()
            waiting = asyncio.create_task(anext(events))
            await asyncio.sleep(0)
            await b.spine.send("notify", NODE_MANAGEMENT, NODE_MANAGEMENT, long)
            datagram = await asyncio.wait_for(waiting, 5)
            assert datagram.data["deviceName"] == "x" * 5000
            await b.close()
            assert await a.connection.wait_closed(5)
            await events.aclose()

    asyncio.run(run())


def test_the_wrong_partner_is_refused():
    async def run():
        listener = ship.Listener(Identity.create())
        port = await listener.start()
        with raises(ship.ShipError, "expected"):
            await ship.dial("127.0.0.1", port, Identity.create(), "00" * 20)
        listener.refuse = True
        with raises(TlsError):
            await ship.dial("127.0.0.1", port, Identity.create())
        listener.stop()

    asyncio.run(run())


# -- energy guard -----------------------------------------------------------------------------


class _Link:
    """What EnergyGuard needs of a Link, with answers made up on the spot."""

    def __init__(self):
        self.sent = []
        self.local = energy_manager("d:_n:guard")
        self.spine = Spine(self._transmit, self.local)

    async def _transmit(self, plain):
        self.sent.append(plain)
        counter = plain["header"]["msgCounter"]
        answer = {
            "header": {"cmdClassifier": "result", "msgCounterReference": counter},
            "payload": {"cmd": [{"resultData": {"errorNumber": 0}}]},
        }
        await self.spine.handle(answer)

    def source_for(self, feature_type, entity=None):
        return self.local.place(feature_type, "client", entity)


def _guard():
    guard = EnergyGuard(_Link())
    guard.limit_id = 0
    guard._feature = lambda kind: Address("d:_i:1_box", (1,), 3)
    return guard


def test_limit_writes_byte_for_byte():
    async def run():
        guard = _guard()
        assert await guard.write_limit(value=4200, active=True, duration=60) == 0
        assert await guard.write_limit(value=11000, active=True, delete="filter") == 0
        first, second = guard.link.sent
        assert ejson.dumps(first["payload"]) == LIMIT_WRITE
        assert ejson.dumps(second["payload"]) == LIMIT_DELETE
        header = Datagram(first)
        assert header.ack and header.classifier == "write"
        assert str(header.source) == "1/2" and str(header.destination) == "1/3"

    asyncio.run(run())


def test_heartbeat_goes_to_whoever_subscribed():
    async def run():
        guard = _guard()
        local = guard.link.local
        client = Address(None, (1,), 7)
        local.subscriptions.append((client, Address(None, (1,), 1)))
        assert await guard.heartbeat() == 0
        sent = Datagram(guard.link.sent[0])
        assert (sent.classifier, sent.ack, sent.data["heartbeatCounter"]) == ("notify", True, 1)
        assert sent.destination.same_place(client)

    asyncio.run(run())


# -- tables of the harness --------------------------------------------------------------------


def test_every_applicable_case_is_executable_in_every_role():
    assert len(catalogue.APPLICABLE) == 33 + 27 + 41 + 41 + 20
    wanted = {(i, role) for i, roles in catalogue.APPLICABLE.items() for role in roles}
    there = [(case.id, case.role) for case in CASES]
    assert set(there) == wanted
    assert len(there) == len(wanted)
    assert {case.group for case in CASES} == set(runner.GROUPS)


def test_value_sets():
    assert declarations.value_set(0, 11000) == {
        1: 0,
        2: 550,
        3: 5500,
        4: 10450,
        5: 11550,
        6: -1000,
    }
    assert declarations.DUR_02 == 13 * 3600
    assert declarations.DUR_03 == 25 * 3600 + 12 * 60
