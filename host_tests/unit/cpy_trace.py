"""tools.trace: a record as text and as a plot."""

import json
import xml.etree.ElementTree as ElementTree

from tools.hems import scenario
from tools.trace import __main__ as trace
from tools.trace import plot, show
from tools.trace.series import Values


def entry(t, direction, classifier, cmd, source=(1,), reference=None):
    header = {
        "addressSource": {"device": "d:_x", "entity": list(source), "feature": 3},
        "addressDestination": {"entity": [1], "feature": 2},
        "msgCounter": 7,
        "cmdClassifier": classifier,
    }
    if reference:
        header["msgCounterReference"] = reference
    return {"t": t, "dir": direction, "datagram": {"header": header, "payload": {"cmd": [cmd]}}}


def measured(t, number, state="normal"):
    item = {"measurementId": 1, "value": {"number": number, "scale": -1}, "valueState": state}
    return entry(t, "seen", "notify", {"measurementListData": {"measurementData": [item]}})


DESCRIBED = entry(
    100.0,
    "seen",
    "reply",
    {
        "measurementDescriptionListData": {
            "measurementDescriptionData": [
                {"measurementId": 1, "measurementType": "current", "scopeType": "acCurrent"}
            ]
        }
    },
    reference=3,
)
REFUSED = entry(103.0, "seen", "result", {"resultData": {"errorNumber": 7}}, reference=5)


def test_numbers_have_their_decimals():
    for number, text in (
        ({"number": 16, "scale": 0}, "16"),
        ({"number": 5, "scale": 3}, "5000"),
        ({"number": 1002, "scale": -2}, "10.02"),
        ({"number": -7}, "-7"),
        ({"scale": 1}, None),
        ({"number": 1, "scale": 0, "other": 1}, None),
        (5, None),
    ):
        assert show.number(number) == text


def test_lines_of_a_datagram():
    assert list(show.lines(measured(101.5, 165), 100.0)) == [
        "    1.500 <- notify measurementListData 1/3->1/2 #7",
        "               measurementId 1, value 16.5, valueState normal",
    ]
    assert list(show.lines(REFUSED, 100.0)) == [
        "    3.000 <- result resultData 1/3->1/2 #7 ref 5 error 7",
        "               errorNumber 7",
    ]


def test_empty_and_nested_elements():
    cmd = {"a": {"b": {}, "c": {"d": [1, 2], "e": True}}}
    assert list(show.words(cmd)) == ["a.b", "a.c.d [1, 2]", "a.c.e true"]


def test_series_of_a_record():
    values = Values([DESCRIBED, measured(101, 160), measured(102, 0, "error"), REFUSED])
    (series,) = values.series
    assert series.name == "acCurrent [1]" and series.unit == "A"
    assert series.points == [(1.0, 16.0), (2.0, None)]
    assert values.refused == [(3.0, "error 7")]
    assert values.end == 3.0


def test_a_plot_is_xml_and_ends_where_the_value_does():
    values = Values([DESCRIBED, measured(101, 160), measured(102, 0, "error"), REFUSED])
    text = plot.render(values, "<record>")
    root = ElementTree.fromstring(text)
    assert root.find("{*}title").text == "<record>"
    assert plot.path([(0, 1), (1, 2), (2, None)], float, float, 9) == "M0.0 1.0H1.0L1.0 2.0H2.0"
    assert plot.path([(0, 1)], float, float, 9) == "M0.0 1.0H9.0"


def test_round_steps():
    for span, step in ((1, 0.25), (10, 2.5), (99, 10), (11040, 2500), (0.3, 0.05), (400, 100)):
        assert plot.nice(span) == step, span


def test_a_file_that_is_no_record(tmp_path, capsys):
    path = tmp_path / "record.jsonl"
    path.write_text(json.dumps(DESCRIBED) + '\n{"t": 1}\n')
    assert trace.main([str(path)]) == 1
    assert "record.jsonl:2: no entry of a record" in capsys.readouterr().err
    path.write_text("")
    assert trace.main([str(path), "--svg", str(tmp_path / "x.svg")]) == 1
    assert "no measurement and no limit" in capsys.readouterr().err
    assert trace.main([str(tmp_path / "none")]) == 1


def test_what_an_expectation_holds():
    assert scenario.holds(5, "<", "6") and not scenario.holds(6, "<", "6")
    assert scenario.holds(None, "==", "none") and not scenario.holds(None, ">", "0")
    assert not scenario.holds(0, "==", "none")
    assert scenario.holds("failure", "==", "failure") and not scenario.holds("failure", ">", "1")
