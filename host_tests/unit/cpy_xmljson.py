"""The mapping between XML and JSON (6.8.4, 6.8.5), and Annex A for what the firmware sends."""

import json
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
import test_ship_material

from firmware import announce
from ship import opening, pin, sme
from tools import xmljson

# message in JSON -> the same in XML without its name space; one of each kind of item
PAIRS = (
    ('{"accessMethodsRequest":[]}', "<accessMethodsRequest/>"),
    (
        '{"connectionHello":[{"phase":"pending"},{"prolongationRequest":true}]}',
        "<connectionHello><phase>pending</phase><prolongationRequest>true</prolongationRequest>"
        "</connectionHello>",
    ),
    (
        '{"messageProtocolHandshake":[{"handshakeType":"select"},{"version":[{"major":1},'
        '{"minor":0}]},{"formats":[{"format":["JSON-UTF8","JSON-UTF16"]}]}]}',
        "<messageProtocolHandshake><handshakeType>select</handshakeType><version><major>1</major>"
        "<minor>0</minor></version><formats><format>JSON-UTF8</format><format>JSON-UTF16</format>"
        "</formats></messageProtocolHandshake>",
    ),
    (
        '{"accessMethods":[{"id":"a & b"},{"dnsSd_mDns":[]},{"dns":[{"uri":"wss://a"}]}]}',
        "<accessMethods><id>a &amp; b</id><dnsSd_mDns/><dns><uri>wss://a</uri></dns>"
        "</accessMethods>",
    ),
    (
        '{"keyMaterialDelete":[{"entry":[[{"curve":23},{"ski":"AB"}],[{"curve":26},'
        '{"ski":"CD"},{"note":"x"}]]}]}',
        "<keyMaterialDelete><entry><curve>23</curve><ski>AB</ski></entry><entry><curve>26</curve>"
        "<ski>CD</ski><note>x</note></entry></keyMaterialDelete>",
    ),
    (
        '{"connectionPinInput":[{"pin":"00112233"}]}',  # stays a string
        "<connectionPinInput><pin>00112233</pin></connectionPinInput>",
    ),
)


@pytest.mark.parametrize(("text", "xml"), PAIRS)
def test_both_ways(text, xml):
    message = json.loads(text)
    assert xmljson.from_xml(xml) == message
    assert xmljson.to_xml(message) == xml.replace(
        xml[1 : xml.find(">")].rstrip("/"),
        f'{xml[1 : xml.find(">")].rstrip("/")} xmlns="{xmljson.NAMESPACE}"',
        1,
    ).replace("/>", " />")
    assert xmljson.from_xml(xmljson.to_xml(message)) == message


def test_prefixes_are_dropped():
    xml = f'<s:connectionPinError xmlns:s="{xmljson.NAMESPACE}"><s:error>1</s:error>'
    assert xmljson.from_xml(xml + "</s:connectionPinError>") == {
        "connectionPinError": [{"error": 1}]
    }


def test_payload_of_another_schema():
    message = json.loads(
        '{"data":[{"header":[{"protocolId":"ee1.0"}]},{"payload":{"datagram":[{"payload":'
        '[{"cmd":[[{"a":1}],[{"a":true}]]}]}]}}]}'
    )
    root = ElementTree.fromstring(xmljson.to_xml(message))
    space = "{" + xmljson.NAMESPACE + "}"
    cmds = root.findall(f"{space}payload/{space}datagram/{space}payload/{space}cmd")
    assert [cmd[0].text for cmd in cmds] == ["1", "true"]


@pytest.mark.parametrize(
    "text",
    (
        '{"nonsense":[]}',
        '{"accessMethods":[]}',  # no id
        '{"accessMethods":{"id":"x"}}',  # no array
        '{"accessMethods":[{"id":"x","dns":[]}]}',  # two keys
        '{"connectionHello":[{"waiting":1},{"phase":"ready"}]}',  # order
        '{"connectionHello":[{"phase":"ready"},{"phase":"ready"}]}',
        '{"connectionHello":[{"phase":"ready"},{"waiting":"1"}]}',
        '{"connectionPinError":[{"error":true}]}',
        '{"messageProtocolHandshake":[{"handshakeType":"select"},{"version":[{"major":1},'
        '{"minor":0}]},{"formats":[{"format":"JSON-UTF8"}]}]}',
        "[]",
    ),
)
def test_what_the_schema_does_not_allow(text):
    with pytest.raises(xmljson.MappingError):
        xmljson.check(json.loads(text))


@pytest.mark.parametrize(
    "xml", ("<a>", "<a/>", "<connectionPinError><error>x</error></connectionPinError>")
)
def test_bad_xml(xml):
    with pytest.raises(xmljson.MappingError):
        xmljson.from_xml(xml)


def test_all_that_the_firmware_sends_follows_annex_a():
    texts = [m for of in (opening, sme) for m in vars(of)["_MESSAGES"] if len(m) > 2]
    texts += [vars(pin)[name] for name in ("_ERROR", "_STATE", "_WANTED")]
    texts += [vars(pin)["_INPUT"].replace(b"%s", b"00ff00ff")]
    assert len(texts) >= 14
    for message in texts:
        # holes: a text between quotation marks, or else a number
        text = (
            message[1:]
            .replace(b"%s", b"%")
            .replace(b'"%"', b'"x"')
            .replace(b'"id":%}%', b'"id":"x"}')  # see test_access_methods_follow_annex_a
        )
        text = text.replace(b":%", b":1")
        xmljson.check(json.loads(text))
        assert b" " not in text  # minified: ship-go cannot read it otherwise
        assert message[0] == (3 if b"connectionClose" in message else 1)


def test_what_comes_with_1_1_follows_annex_a():
    said = []
    keys = test_ship_material.Keys()
    keys.fresh = True
    for wire in (test_ship_material.in_data(keys=keys)[0], test_ship_material.in_data(True)[0]):
        said += wire.said()
        for message in test_ship_material.MESSAGES:
            said += wire.send(message).said()
    names = set()
    for message in said:
        if len(message) > 2 and message[0] == 1:
            text = message[1:]
            xmljson.check(json.loads(text))
            assert b" " not in text
            names |= set(json.loads(text))
    assert {name for name in names if name.startswith(("keyMaterial", "comm"))} == {
        "commissioningResponse",
        *("keyMaterial", "keyMaterialResponse", "keyMaterialDeleteResponse"),
        *("keyMaterialState", "keyMaterialStateResponse", "keyMaterialStateRequest"),
    }


def test_what_the_bench_says_as_a_tool_follows_annex_a():
    for message in test_ship_material.MESSAGES:
        xmljson.check(json.loads(message[1:].replace(b'{"maxEntries":3},', b"")))


@pytest.mark.parametrize("way", (None, "port"))
@pytest.mark.parametrize("name", ("", "wallbox.example"))
def test_access_methods_follow_annex_a(way, name):
    app = SimpleNamespace(
        node=SimpleNamespace(),
        net=SimpleNamespace(port=4712),
        board=SimpleNamespace(DNS_NAME=name),
    )
    vars(announce)["_reached"](app, way)
    text = b'{"accessMethods":[{"id":"x"}%s]}' % app.node.access
    message = json.loads(text)
    xmljson.check(message)
    told = {key: value for item in message["accessMethods"] for key, value in item.items()}
    assert ("dnsSd_mDns" in told) == bool(way)
    assert told.get("dns") == ([{"uri": f"wss://{name}:4712/ship/"}] if name else None)
    assert json.dumps(message, separators=(",", ":")).encode() == text


def test_command_line(tmp_path, capsys):
    file = tmp_path / "hello"
    file.write_text(PAIRS[1][0])
    assert xmljson.main([str(file)]) == 0
    file.write_text(capsys.readouterr().out)
    assert xmljson.main([str(file)]) == 0
    assert capsys.readouterr().out.strip() == PAIRS[1][0]
    file.write_text("{}")
    assert xmljson.main([str(file)]) == 1
