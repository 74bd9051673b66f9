"""Combinations of cmdOptions (5.3.3, Table 7) that partners use in a notify, and what a device
with the simple network feature set (5.4.2) leaves out."""

from spine_bench import FOLLOWER, GUARD_BEAT, NODE, Wallbox, discovery

_PARTIAL = '{"cmdControl":[{"partial":[]}]}'
_BEAT = '[{"heartbeatCounter":1},{"heartbeatTimeout":"PT60S"}]'


def _cmd(function, *filters, data="[]"):
    body = '{"%s":%s}' % (function, data)
    if not filters:
        return body
    texts = ["[%s]" % ",".join(one) for one in filters]
    return '{"function":"%s"},{"filter":[%s]},%s' % (function, ",".join(texts), body)


def test_table_7_a_heartbeat_whole_or_in_part():
    for filters in ((), ((_PARTIAL,),)):
        box = Wallbox()
        hems = box.connect(quiet=False)
        hems.introduce()
        hems.guard()
        cmd = _cmd("deviceDiagnosisHeartbeatData", *filters, data=_BEAT)
        assert hems.ask("notify", cmd, FOLLOWER, GUARD_BEAT, ack=True).error == 0
        assert hems.limit('{"isLimitActive":true},{"value":[{"number":4000}]}') == 0
        assert box.port.w == 4000


def test_table_7_a_modified_entity_keeps_what_it_has():
    hems = Wallbox().connect(quiet=False)
    hems.introduce()
    hems.guard()
    partner = hems.session.partner
    before = partner.sources, partner.followed, list(hems.session.binds)
    assert before[1]
    hems.say("notify", discovery((("1", 1),), "modified", True))
    assert (partner.sources, partner.followed, hems.session.binds) == before
    assert not hems.taken()  # nothing has to be subscribed to again


def test_tables_11_13_a_simple_device_has_no_destination_list():
    hems = Wallbox().connect()
    said = hems.read("nodeManagementDetailedDiscoveryData")
    assert '{"networkFeatureSet":"simple"}' in said.cmd
    assert "DestinationList" not in said.cmd
    assert hems.read("nodeManagementDestinationListData", NODE).error == 6
