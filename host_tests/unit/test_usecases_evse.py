"""EVSECC and the heartbeat of the wallbox."""

from spine_bench import DIAGNOSIS, MANUFACTURER, Wallbox

_STATE = "deviceDiagnosisStateData"
_BEAT = "deviceDiagnosisHeartbeatData"


def test_manufacturer_data_of_device_and_evse():
    hems = Wallbox().connect()
    expected = [{name.decode(): value} for name, value in MANUFACTURER]
    for place in (("0", 1), ("1", 1)):
        said = hems.read("deviceClassificationManufacturerData", place)
        assert said.data == expected


def test_operating_state():
    hems = Wallbox().connect()
    assert hems.read(_STATE, DIAGNOSIS).data == [{"operatingState": "normalOperation"}]
    hems.box.fault = "rcd"
    hems.box.tick()
    assert hems.read(_STATE, DIAGNOSIS).data == [
        {"operatingState": "failure"},
        {"lastErrorCode": "rcd"},
    ]


def test_subscribers_are_told_of_faults_once():
    box = Wallbox()
    hems = box.connect()
    hems.subscribe(DIAGNOSIS)
    hems.taken()
    for fault in ("rcd", "weld", None):
        box.fault = fault
        box.advance(3000)
        (told,) = [said for said in hems.taken() if said.function == _STATE]
        assert ('"failure"' in told.cmd) == (fault is not None)
        assert fault is None or '"lastErrorCode":"%s"' % fault in told.cmd


def test_use_case():
    cmd = Wallbox().connect().read("nodeManagementUseCaseData").cmd
    assert '{"actor":"EVSE"}' in cmd and '"evseCommissioningAndConfiguration"' in cmd


def test_heartbeat_ATC_LPC_COM_PT_CSHeartbeat_001():
    box = Wallbox()
    hems = box.connect()
    first = hems.read(_BEAT, DIAGNOSIS)
    hems.subscribe(DIAGNOSIS)
    hems.taken()
    counter = first.data[0]["heartbeatCounter"]
    for _ in range(5):
        box.advance(49999)
        assert hems.taken() == []
        box.advance(1)
        (told,) = hems.taken()
        counter += 1
        assert told.data == [{"heartbeatCounter": counter}, {"heartbeatTimeout": "PT60S"}]
    # a read is no heartbeat
    assert hems.read(_BEAT, DIAGNOSIS).data[0]["heartbeatCounter"] == counter


def test_heartbeat_with_time_and_while_the_clock_wraps():
    box = Wallbox(now=(1 << 30) - 60000)
    box.time = 0
    hems = box.connect()
    hems.subscribe(DIAGNOSIS)
    hems.taken()
    box.advance(150000)
    told = hems.taken()
    assert len(told) == 3
    assert told[0].data[0] == {"timestamp": "1970-01-01T00:00:00Z"}
