"""What the bench and the memory gates measure is what they say."""

import importlib.util
import sys
from array import array

import pytest

from host_tests.bench import burst, eebus_slice, handshake, recordings, use_cases
from host_tests.bench.__main__ import report, result
from host_tests.bench.rows import Row, Values
from host_tests.bench.scenes import BOARD
from tools import ROOT
from tools.hems.remote import RemoteDevice

_DISCOVERY = "nodeManagementDetailedDiscoveryData"


@pytest.fixture
def discovery(tmp_path, monkeypatch):
    """board/discovery.py with its plan."""
    (tmp_path / "plan.py").write_text(recordings.plan())
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "plan", raising=False)
    spec = importlib.util.spec_from_file_location("board_discovery", BOARD / "discovery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("plan", None)


def read(discovery, data, size=512):
    out = array("i", [-1] * 400)
    return list(out[: discovery.read(data, size, out)])


def test_walker_and_json_find_the_same_in_the_short_recording(discovery):
    data = recordings.short()
    assert 6500 < len(data) < 6700
    walked = read(discovery, data)
    out = array("i", [-1] * 400)
    assert walked == list(out[: discovery.extract(data, out)])
    assert len(walked) == 134 and min(walked) >= 0


def test_an_error_in_either_would_show(discovery):
    walked = read(discovery, recordings.short())
    for old, new in (
        (b'"entityType":"EVSE"', b'"entityType":"EV"'),
        (b'"feature":1001', b'"feature":1002'),
        (b'"role":"client"', b'"role":"server"'),
        (b'{"function":"loadControlLimitListData"}', b'{"function":"loadControlLimitData"}'),
        (b'{"write":[{"partial":[]}]}', b'{"write":[]}'),
    ):
        assert old in recordings.short()
        assert read(discovery, recordings.short().replace(old, new, 1)) != walked


def test_the_long_recording_is_long_for_its_white_space(discovery):
    data = recordings.long()
    assert 94000 < len(data) < 96000
    assert len(read(discovery, data)) > 100


def test_the_slice_is_what_a_server_loads():
    modules = list(eebus_slice.modules())
    for wanted in ("firmware/app", "firmware/net", "lib/ship/conn", "lib/usecases/mpc"):
        assert wanted in modules
    for unwanted in ("firmware/hal/sim", "lib/echonet", "lib/mdns/browser", "lib/_fast/viper"):
        assert not [module for module in modules if module.startswith(unwanted)]
    place = modules.index
    assert place("lib/ejson/walker") < place("lib/ship/conn") < place("firmware/app")
    assert "lib/_fast/plain" in modules  # imported in an `except`


def test_what_runs_but_is_not_in_the_slice_is_told(monkeypatch):
    loaded = ["sys", "stage", "firmware.app", "firmware.hal.sim.plant", "firmware.discovery"]
    assert eebus_slice.forgotten(loaded) == []
    monkeypatch.setattr(eebus_slice, "ROOTS", ("firmware/charger",))
    monkeypatch.setattr(eebus_slice, "MOMENTARY", ())
    assert eebus_slice.forgotten(loaded) == ["firmware.app", "firmware.discovery"]


def test_every_module_of_a_use_case_counts():
    ours = [path.stem for path in (ROOT / "lib" / "usecases").glob("*.py")]
    shared = {"__init__", "limitation", "lpc_lists", "mpc_lists"}
    assert set(ours) - shared <= use_cases.USE_CASES  # one that is new is a use case, or shared
    sizes = {
        "lib/usecases/lpc": 3000,
        "lib/usecases/lpp": 200,
        "lib/usecases/limitation": 1000,
        "firmware/eebus": 800,
        "firmware/net": 9999,
        "lib/spine/rfe": 9999,
    }
    assert use_cases.share(sizes) == 2500


def test_everything_that_can_be_read_is_in_a_burst():
    remote = RemoteDevice()
    remote.take_discovery(recordings.plain(recordings.SHORT)["payload"]["cmd"][0][_DISCOVERY])
    found = burst.readable(remote)
    assert len(found) == len(set(found)) > 20
    assert [address.feature for function, address in found if function == _DISCOVERY] == [0]
    assert not [function for function, _ in found if function.endswith("Call")]


def test_a_row_is_ok_up_to_its_bar_and_never_without_a_value(capsys):
    values = Values()
    values.take("at", lambda: 10)
    values.take("above", lambda: 10.001)
    values.take("broken", lambda: 1 // 0)
    names = ("at", "above", "broken", "lost")
    entries = {name: result(Row(name, "B", 10, "words"), values) for name in names}
    assert [name for name in names if entries[name]["ok"]] == ["at"]
    assert "ZeroDivisionError" in entries["broken"]["note"]
    assert result(Row("at", "B", None, ""), values)["ok"]
    assert report(list(entries.values())) == 1
    assert capsys.readouterr().out.endswith("1 passed, 3 failed\n")


def test_the_last_handshake_in_a_trace_of_eebus_go():
    lines = [(900, 5), (1000.5, 4), (1003, 37), (2000, 1), (2001, 13), (2006.25, 37), (2020, 38)]
    trace = "".join(f"  {ms:.3f} TRACE 0a1b SHIP state changed to: {n}\n" for ms, n in lines)
    assert handshake.span(trace) == 6.25
    assert handshake.span("3.000 TRACE 0a1b SHIP state changed to: 37\n") is None
    assert handshake.span("") is None
