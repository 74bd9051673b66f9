"""Datagrams that nobody would send: nothing is raised out of a session, and no limit changes but
by a write that is acknowledged."""

import random

from spine_bench import ACTIVE, GUARD, HEADER, PERIOD, VALUE, Wallbox, discovery, files
from test_spine_restrict import cmd as restricted
from test_usecases_cevc import MONEY, TARIFF, TIER, TIMES, limits, manager, prices
from test_usecases_cevc import Box as ScheduleBox
from test_usecases_evcs import BILL, WHOLE, Box, broker
from test_usecases_evcs import cmd as bill_cmd

_WORDS = [
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"null", b"true", b"-1", b"0", b"1e9",
    b"18446744073709551616", b"[]", b"{}", b'[{"delete":[]}]', b'{"partial":[]}', b"\x00",
    b"\xff", b'"P9999999Y"', b'"PT1H"', b'"write"', b'"call"', b'"entity":[1,1,1,1,1]',
    b'"entity":[4294967296]', b'"limitId":0', b'"isLimitActive":true', b'"value":[]',
    b'{"loadControlLimitListData":[{"loadControlLimitData":[[]]}]}',
]  # fmt: skip
_DATAGRAMS = sorted(files().items())
_PARTIAL = '{"cmdControl":[{"partial":[]}]}'
_RESTRICTED = [
    restricted("nodeManagement" + function, (_PARTIAL, *filters))
    for function, filters in (
        (
            "DetailedDiscoveryData",
            (
                '{"nodeManagementDetailedDiscoveryDataSelectors":[{"featureInformation":'
                '[{"featureAddress":[{"device":"x"},{"entity":[1]}]}]}]}',
            ),
        ),
        (
            "UseCaseData",
            (
                '{"nodeManagementUseCaseDataSelectors":[{"useCaseInformation":[{"actor":"x"},'
                '{"useCaseSupport":[{"scenarioSupport":[1]}]}]}]}',
                '{"nodeManagementUseCaseDataElements":[{"useCaseInformation":[{"actor":[]}]}]}',
            ),
        ),
    )
]


def _state(box):
    return (
        box.machine.value,
        box.machine.state,
        box.port.kept,
        [list(item.rec)[:1] + list(item.rec)[5:] for item in (box.lpc.limit, box.lpc.failsafe)],
    )


def _mutated(rng, text):
    """`text` with some of its bytes deleted, repeated, replaced or filled with other words."""
    data = bytearray(text)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(len(data))
        end = min(len(data), at + rng.choice((1, 1, 3, 20, 200)))
        kind = rng.randrange(5)
        if kind == 0:
            del data[at:end]
        elif kind == 1:
            data[at:at] = data[at:end]
        elif kind == 2:
            data[at] = rng.randrange(256)
        elif kind == 3:
            data[at:at] = rng.choice(_WORDS)
        else:
            data[at:end] = rng.choice(_WORDS)
        if not data:
            data += b"{"
    return bytes(data)


def _hems():
    """A guard in control whose limit is active."""
    hems = Wallbox(lpp=True).connect(chunk=300).guard()
    hems.beat()
    assert hems.limit(ACTIVE + "," + PERIOD % "PT2H" + "," + VALUE % 4711) == 0
    return hems


def _feed(hems, data):
    """Puts it, and checks what became of it."""
    before = _state(hems.box)
    said = hems.put(data)
    results = [one for one in said if one.classifier == "result"]
    if _state(hems.box) != before:
        changed = b"loadControlLimit" in data or b"deviceConfiguration" in data
        assert changed and b"write" in data, data
        assert not [one for one in results if one.error], (data, results[0].text)
    assert len(results) <= 1, data
    assert len(hems.session.subs) <= 40 and len(hems.session.binds) <= 8


def test_mutated_datagrams():
    rng = random.Random(63380)
    hems = _hems()
    own = [text.encode() for _, text in _DATAGRAMS]
    own.append(hems_text(hems, "notify", discovery((("1", 1), ("2", 4)), "added", True)))
    own.append(hems_text(hems, "reply", discovery((("1", 1),))))
    own += [hems_text(hems, "read", cmd) for cmd in _RESTRICTED]
    for n in range(20000):
        if n % 200 == 0:
            hems = _hems()
        _feed(hems, _mutated(rng, rng.choice(own)))
        if n % 50 == 0:
            hems.box.advance(rng.choice((1, 1000, 10000)))


def hems_text(hems, classifier, cmd):
    """The text of a datagram that a manager would say."""
    out = []
    put = hems.put
    hems.put = lambda text: out.append(text.encode()) or []
    hems.say(classifier, cmd)
    hems.put = put
    return out[0]


def test_random_words():
    rng = random.Random(1)
    hems = _hems()
    before = _state(hems.box)
    for _ in range(3000):
        words = [rng.choice(_WORDS) for _ in range(rng.randrange(1, 60))]
        hems.put(b'{"datagram":[' + b"".join(words))
    assert _state(hems.box) == before


def test_every_element_of_a_write_with_every_value():
    # the values of a write that would be good, each replaced by what makes no sense
    good = dict(_DATAGRAMS)[23].encode()
    for word in (*_WORDS, b'"text"', b"1.5", b"[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]"):
        for old in (b'{"limitId":0}', b"true", b'"PT2H"', b"4200", b'{"number":4200}', b'"write"'):
            hems = _hems()
            assert old in good
            _feed(hems, good.replace(old, word))


def test_mutated_bills():
    rng = random.Random(19)
    box = Box()
    hems = broker(box)
    address = f'{{"device":"{hems.device}"}},'
    cmd = bill_cmd(WHOLE)
    text = HEADER % ("1.3.0", address, *GUARD, *BILL, 77, "", "write", "", cmd)
    at = text.find('"cmd"')
    for _ in range(1500):
        before = list(box.evcs.summary.rec)
        said = hems.put(text[:at].encode() + _mutated(rng, text[at:].encode()))
        results = [one for one in said if one.classifier == "result"]
        if list(box.evcs.summary.rec) != before:
            assert not [one for one in results if one.error]
        assert hems.read("billListData", BILL).classifier == "reply"
        hems.heard.clear()


def test_mutated_tables():
    rng = random.Random(20)
    for function, feature, cmd in (
        ("timeSeriesListData", TIMES, limits(11000, 0, 4200)),
        ("incentiveTableDescriptionData", MONEY, TARIFF % ("true", TIER)),
        ("incentiveTableData", MONEY, prices(30, 25, -4)),
    ):
        box = ScheduleBox()
        hems = manager(box)
        assert hems.write(TARIFF % ("true", TIER), MONEY) == 0
        address = f'{{"device":"{hems.device}"}},'
        text = HEADER % ("1.3.0", address, *GUARD, *feature, 77, "", "write", "", cmd)
        at = text.find('"cmd"')
        for _ in range(700):
            before = hems.read(function, feature).cmd
            said = hems.put(text[:at].encode() + _mutated(rng, text[at:].encode()))
            box.tick()
            after = hems.read(function, feature)
            assert after.classifier == "reply"
            if any(one.error for one in said):
                assert after.cmd == before
            assert -1 <= box.car.w <= 1 << 30
            hems.heard.clear()
