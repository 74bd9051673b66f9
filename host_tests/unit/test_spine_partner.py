"""What the wallbox wants of a partner: discovery, and the heartbeat of who guards it."""

import json

from spine_bench import (
    CONFIG,
    DURATION,
    FOLLOWER,
    GUARD,
    INACTIVE,
    LOAD,
    NODE,
    RESULT,
    Wallbox,
    discovery,
)

_RECORDINGS = __file__.rsplit("/", 2)[0] + "/bench/data/"
_SHORT = "elli_charger-connect-pro_discovery-data.json"
_LONG = "spelsberg_wallbox-smart-pro_discovery-data_4879d69.json"
_EVCC = "evcc.io_evcc_discovery-data.json"
_DISCOVERY = "nodeManagementDetailedDiscoveryData"
_BEAT = "deviceDiagnosisHeartbeatData"
_SUBSCRIBE = "nodeManagementSubscriptionRequestCall"


def _asked(hems):
    """[(classifier, function)] since the last look."""
    return [(said.classifier, said.function) for said in hems.taken()]


def _subscribed(said):
    """Server of a subscription request: (entity, feature)."""
    request = said.data[0]["subscriptionRequest"]
    client, server = request[0]["clientAddress"], request[1]["serverAddress"]
    assert client[1]["entity"] == [1] and client[2]["feature"] == FOLLOWER[1]
    return server[1]["entity"], server[2]["feature"]


# discovery as it was recorded


def _recorded(name):
    """The text of a datagram, plain, as it stands in the recording."""
    with open(_RECORDINGS + name) as file:
        text = file.read()
    for _ in range(2):
        text = text[: text.rindex("}")]
    return text[text.index("{", text.index('"payload"')) :].rstrip()


def _wire(value):
    """In the form of 6.8: every object a list of objects with one element each."""
    if isinstance(value, dict):
        return [{key: _wire(one)} for key, one in value.items()]
    if isinstance(value, list):
        return [_wire(one) for one in value]
    return value


def _member(value, *names):
    """What is below those names in a message of either form, None when nothing is."""
    for name in names:
        for one in value if isinstance(value, list) else [value]:
            if name in one:
                value = one[name]
                break
        else:
            return None
    return value


def _sources(message):
    """Heartbeat servers as a plain reading finds them."""
    found = []
    cmd = _member(message, "datagram", "payload", "cmd")[0]
    for item in _member(cmd, _DISCOVERY, "featureInformation"):
        functions = _member(item, "description", "supportedFunction") or ()
        functions = [_member(one, "function") for one in functions]
        kind = _member(item, "description", "featureType")
        if kind == "DeviceDiagnosis" and _BEAT in functions:
            address = _member(item, "description", "featureAddress")
            found.append((tuple(_member(address, "entity")), _member(address, "feature")))
    return found


def _path(path):
    if isinstance(path, tuple):
        return path
    levels = ()
    while path:
        levels = ((path & 255) - 1,) + levels
        path >>= 8
    return levels


def test_recordings_of_real_devices():
    for name in (_SHORT, _LONG, _EVCC):
        text = _recorded(name)
        message = json.loads(text)
        expected = _sources(message)
        forms = [text]
        if isinstance(message["datagram"], dict):
            forms.append(json.dumps({"datagram": _wire(message["datagram"])}))
            assert _sources(json.loads(forms[1])) == expected
        for form in forms:
            for chunk in (7, 1400, 100000):
                hems = Wallbox().connect(quiet=False, chunk=chunk)
                hems.put(form)
                found = [(_path(path), n) for path, n in hems.session.partner.sources]
                assert found == expected and hems.session.partner.known, name
        # evcc offers its heartbeat, wallboxes have their own or none
        assert expected or name != _EVCC


# what is asked for


def test_discovery_is_asked_for_TC_SPINE_DDISC_001():
    hems = Wallbox().connect(quiet=False)
    (said,) = hems.taken()
    assert said.classifier == "read" and said.function == _DISCOVERY
    assert said.source == said.to == NODE and said.device is None


def test_it_is_asked_for_again_and_then_no_more():
    box = Wallbox()
    hems = box.connect(quiet=False)
    hems.session.silent = False  # else it would be let go
    for seconds in (0, 10, 10, 10, 10, 10):
        box.advance(1000 * seconds)
    assert len(hems.taken()) == 4


def test_a_silent_partner_is_let_go_TC_SPINE_DDISC_002():
    box = Wallbox()
    hems = box.connect(quiet=False)
    box.advance(29999)
    assert not hems.closed
    box.advance(1)
    assert hems.closed and hems.session not in box.device.sessions
    # any datagram that can be answered will do
    hems = box.connect(quiet=False)
    box.advance(29999)
    hems.say("result", RESULT % 0, reference=77)
    box.advance(60000)
    assert not hems.closed


def test_changes_of_the_partner_are_subscribed_to():
    hems = Wallbox().connect(quiet=False)
    (asked,) = hems.taken()
    hems.say("reply", discovery((("1", 1),)), reference=asked.counter)
    (said,) = hems.taken()
    assert (said.classifier, said.function, said.ack) == ("call", _SUBSCRIBE, True)
    assert '"serverFeatureType":"NodeManagement"' in said.cmd
    # whatever the result is: eebus-go answers 1 when it has that subscription
    hems.say("result", RESULT % 1, reference=said.counter)
    hems.box.advance(60000)
    assert hems.taken() == []


def test_heartbeat_of_who_has_bound_TC_SPINE_RTS_003():
    for entity in ("1", "2", "3", "2,1", "9,9,9,9"):
        hems = Wallbox().connect(quiet=False)
        hems.introduce((("1", 1), ("2", 4), ("2,1", 5), ("9,9,9,9", 300)))
        assert hems.bind(LOAD, (entity, 7)) == 0
        (said,) = hems.taken()
        place = {"2": ([2], 4), "2,1": ([2, 1], 5), "9,9,9,9": ([9, 9, 9, 9], 300)}
        assert _subscribed(said) == place.get(entity, ([1], 1))
        assert '"serverFeatureType":"DeviceDiagnosis"' in said.cmd
        hems.say("result", RESULT % 0, reference=said.counter)
        (said,) = hems.taken()
        assert (said.classifier, said.function) == ("read", _BEAT)
        assert said.source == FOLLOWER
        # the heartbeat that is read counts as one
        beat = '{"%s":[{"heartbeatCounter":1}]}' % _BEAT
        own = place.get(entity, ([1], 1))
        own = ",".join([str(n) for n in own[0]]), own[1]
        hems.say("reply", beat, FOLLOWER, own, reference=said.counter)
        assert hems.box.machine.beat_at == hems.box.now
        assert hems.taken() == []


def test_only_that_heartbeat_counts():
    hems = Wallbox().connect(quiet=False)
    hems.introduce((("1", 1), ("2", 4)))
    hems.bind(LOAD, ("2", 7))
    hems.introduce()
    hems.box.advance(1000)
    hems.box.machine.beat_at = -1
    hems.beat(("1", 1))
    assert hems.box.machine.beat_at == -1
    hems.beat(("2", 4))
    assert hems.box.machine.beat_at == hems.box.now
    hems.box.machine.beat_at = -1
    hems.say("notify", '{"%s":[]}' % _BEAT, FOLLOWER, ("2", 4))
    hems.say("notify", '{"%s":[{"heartbeatTimeout":"PT60S"}]}' % _BEAT, FOLLOWER, ("2", 4))
    assert hems.box.machine.beat_at == -1


def test_binding_before_discovery():
    hems = Wallbox().connect(quiet=False)
    (asked,) = hems.taken()
    assert hems.bind(LOAD) == 0
    assert hems.taken() == []
    # as long as nothing is known of the partner, any of its heartbeats counts
    hems.beat()
    assert hems.limit(INACTIVE) == 0
    hems.say("reply", discovery((("1", 1),)), reference=asked.counter)
    hems.introduce()
    assert [s for s in hems.session.partner.followed] == [(2, 1)]


def test_entities_that_come_and_go():
    hems = Wallbox().connect(quiet=False)
    hems.introduce((("2", 4),))
    hems.bind(LOAD, ("1", 7))
    hems.introduce()
    partner = hems.session.partner
    assert partner.sources == partner.followed == ((3, 4),)
    # the guard gets a heartbeat of its own
    hems.say("notify", discovery((("1", 1),), "added", True))
    said = hems.taken()
    assert _subscribed(said[0]) == ([1], 1)
    hems.heard = said
    hems.introduce()
    assert (2, 1) in partner.followed and (3, 4) in partner.sources
    # and loses it, and with it its binding: the other one is none of our business
    hems.say("notify", discovery((("1", 1),), "removed", True))
    assert partner.sources == partner.followed == ((3, 4),) and partner.guards == ()
    assert hems.session.binds == [] and hems.box.lpc.guard is None


def test_a_full_discovery_replaces_what_was_known():
    hems = Wallbox().connect(quiet=False)
    hems.introduce((("1", 1), ("2", 4)))
    hems.say("notify", discovery((("5", 3),)))
    assert hems.session.partner.sources == ((6, 3),)


def test_there_is_an_end_to_heartbeats():
    hems = Wallbox().connect(quiet=False)
    hems.introduce([("1", n) for n in range(1, 40)])
    assert len(hems.session.partner.sources) == 12
    many = [(str(n), 1) for n in range(1, 40)]
    hems.say("notify", discovery(many, "removed", True))
    assert len(hems.session.partner.gone) == 12


def test_a_message_that_breaks_off_leaves_nothing_behind():
    hems = Wallbox().connect(quiet=False)
    text = []
    put = hems.put
    hems.put = lambda one: text.append(one) or []
    hems.say("reply", discovery((("1", 1),)), reference=1)
    hems.put = put
    whole = text[0]
    other = discovery((("2", 2),)).replace(_BEAT, "deviceDiagnosisStateData")
    for cut in range(len(whole)):
        put(whole[:cut])
        assert hems.session.partner.sources == ()
        hems.say("reply", other, reference=1)
        assert hems.session.partner.sources == (), whole[:cut]


def test_a_guard_that_does_not_answer_is_asked_three_times_more():
    hems = Wallbox().connect(quiet=False)
    hems.introduce()
    hems.bind(LOAD)
    for _ in range(20):
        hems.box.advance(10000)
    # what follows is asked once: nothing has been heard since
    assert _asked(hems) == [("call", _SUBSCRIBE)] * 4 + [("read", _BEAT)]
    hems.box.advance(600000)
    assert _asked(hems) == []


_READ_ONLY = '"possibleOperations":[{"read":[]}]}]]}'


def _slow(beats, delay, partial=False):
    """A detailed discovery whose features have that maxResponseDelay."""
    cmd = discovery(beats, "added", partial)
    assert _READ_ONLY in cmd
    return cmd.replace(_READ_ONLY, _READ_ONLY + ',{"maxResponseDelay":"%s"}' % delay)


def test_who_needs_longer_is_given_it():
    def times(*cmds):
        """When the subscription to the heartbeat is asked for, in s."""
        hems = Wallbox().connect(quiet=False)
        (asked,) = hems.taken()
        hems.say("reply", cmds[0], reference=asked.counter)
        hems.say("result", RESULT % 0, reference=hems.taken()[0].counter)
        for cmd in cmds[1:]:
            hems.say("notify", cmd)
        hems.taken()
        assert hems.bind(LOAD) == 0
        found = []
        for second in range(2400):
            if _asked(hems):
                found.append(second)
            hems.box.advance(1000)
        return found[:4]

    one = (("1", 1),)
    assert times(discovery(one)) == [0, 10, 20, 30]
    assert times(_slow(one, "PT25S")) == [0, 25, 50, 75]
    assert times(_slow(one, "PT2S")) == [0, 10, 20, 30]
    assert times(_slow(one, "nonsense")) == [0, 10, 20, 30]
    assert times(_slow(one, "P1D")) == [0, 600, 1200, 1800]
    # one that comes later adds to it, a whole discovery replaces it
    assert times(discovery(one), _slow((("2", 1),), "PT25S", True)) == [0, 25, 50, 75]
    assert times(_slow(one, "PT25S"), discovery(one)) == [0, 10, 20, 30]


def test_no_request_outlives_its_entity():
    hems = Wallbox().connect(quiet=False)
    hems.introduce((("1", 1), ("2", 4)))
    hems.bind(LOAD)
    assert _asked(hems) == [("call", _SUBSCRIBE)]  # and the read waits for it
    hems.say("notify", discovery((("1", 1),), "removed", True))
    partner = hems.session.partner
    assert partner.asked is None and partner.wants == () and partner.followed == ()
    hems.box.advance(600000)
    assert _asked(hems) == []
    # the next one has all its tries
    hems.bind(LOAD, ("2", 9))
    for _ in range(20):
        hems.box.advance(10000)
    assert _asked(hems) == [("call", _SUBSCRIBE)] * 4 + [("read", _BEAT)]


def test_answers_to_something_else():
    hems = Wallbox().connect(quiet=False)
    (asked,) = hems.taken()
    for reference in (None, 0, asked.counter + 1, 999999999999):
        hems.say("result", RESULT % 0, reference=reference)
    assert hems.session.partner.asked
    hems.say("result", RESULT % 6, reference=asked.counter)
    assert hems.session.partner.asked is None and not hems.session.partner.known
    # and when it binds, it is asked again
    hems.bind(CONFIG)
    assert hems.taken() == []
    hems.bind(LOAD, GUARD)
    assert _asked(hems) == [("read", _DISCOVERY)]
    assert hems.key(1, DURATION % "PT3H") == 7
