"""Labels of SHIP nodes, and tools.provision."""

import hashlib

import pytest

from ship.pairing import Listener
from tools import identity
from tools.hems import pairing
from tools.hems.identity import Identity
from tools.provision import __main__ as provision
from tools.provision import qr

SKI = "5555aaaaffff1111cccc3333eeeedddd99992222"
LONG = (
    "SHIP;SKI:5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222;PIN:5555 AAAA FF;"
    "ID:i:12345_u:123abc456def;BRAND:ExampleBrand;TYPE:Heatpump;MODEL:E1234;SERIAL:123abc456def;"
    "CAT:4;NOMINALPOWER:0,11000;ENDSHIP;"
)
VALUES = {
    "PIN": "5555AAAAFF",
    "ID": "i:12345_u:123abc456def",
    "BRAND": "ExampleBrand",
    "TYPE": "Heatpump",
    "MODEL": "E1234",
    "SERIAL": "123abc456def",
    "CAT": "4",
    "NOMINALPOWER": "0,11000",
}


def test_example_of_the_installation_process():
    assert qr.parse(LONG) == {"SKI": SKI, **VALUES}
    more = {key.lower(): value for key, value in VALUES.items() if key not in ("ID", "PIN")}
    assert qr.make(SKI, VALUES["ID"], VALUES["PIN"].lower(), **more) == LONG


def test_what_other_stacks_print():
    text = f"SHIP;SKI:{SKI};ID:x;ENDSHIP;"
    assert qr.parse(text) == {"SKI": SKI, "ID": "x"}
    assert qr.parse(f" {text}\n") == {"SKI": SKI, "ID": "x"}
    assert qr.parse(f"SHIP;SKI:{SKI};NEWKEY:1;ID:x;") == {"SKI": SKI, "ID": "x"}


@pytest.mark.parametrize(
    "text",
    (
        "",
        f"SKI:{SKI};ID:x;ENDSHIP;",
        "SHIP;ID:x;ENDSHIP;",
        f"SHIP;SKI:{SKI};ENDSHIP;",
        f"SHIP;SKI:{SKI[1:]};ID:x;ENDSHIP;",
        f"SHIP;SKI:{SKI};ID:x;PIN:1234567;ENDSHIP;",
        f"SHIP;SKI:{SKI};SKI:{SKI};ID:x;ENDSHIP;",
        f"SHIP;ENDSHIP;SKI:{SKI};ID:x;",
        f"SHIP;SKI:{SKI};ID:a\0b;ENDSHIP;",
    ),
)
def test_no_label(text):
    with pytest.raises(qr.QrError):
        qr.parse(text)


def test_values_that_would_break_the_label():
    for more in ({"brand": "a;b"}, {"brand": "a\n"}, {"colour": "red"}):
        with pytest.raises(qr.QrError):
            qr.make(SKI, "x", **more)
    with pytest.raises(qr.QrError):
        qr.make(SKI, "x" * 64)


def test_provision_with_a_secret_for_the_pairing_service(tmp_path, capsys):
    box = tmp_path / "box"
    arguments = ["--state", str(box), "--pairing"]
    assert provision.main(arguments) == 0
    text = capsys.readouterr().out.splitlines()[-1]
    label = qr.parse(text)
    made = identity.load(box)
    assert label["FPH256"] == hashlib.sha256(made.cert).hexdigest().upper()
    assert label["SPSEC"] == identity.pairing_secret(box).hex().upper()
    assert provision.main(arguments) == 0  # it is made once
    assert capsys.readouterr().out.splitlines()[-1] == text
    assert identity.load(box) == made
    for wrong in ("12", label["SPSEC"].lower()):
        with pytest.raises(qr.QrError):
            qr.make(SKI, "x", spsec=wrong)


def test_the_request_of_the_bench_is_what_the_wallbox_honours(tmp_path):
    label = {
        "ID": "i:983327_u:C8277H008F-3",
        "FPH256": hashlib.sha256(b"certificate").hexdigest().upper(),
        "SPSEC": "7A37DCF81BDB50F8E92CFA4160CCB3DE",
    }
    unit = Identity.create()
    txt = pairing.record(label, unit, "i:1_u:unit")
    heard = {key.lower(): value.encode() for key, value in txt.items()}
    listener = Listener(label["ID"].encode(), b"certificate", bytes.fromhex(label["SPSEC"]))
    assert listener.judge(heard).hex().upper() == txt["trustPar"]
    assert listener.judge(heard) is None
    assert pairing.record(label, unit, "i:1_u:unit")["digest"] != txt["digest"]


def test_provision_makes_the_identity_once(tmp_path, capsys):
    svg = tmp_path / "label.svg"
    arguments = ["--state", str(tmp_path / "box"), "--svg", str(svg)]
    assert provision.main([*arguments, "--serial", "4711"]) == 0
    printed = capsys.readouterr().out
    made = identity.load(tmp_path / "box")
    label = qr.parse(printed.splitlines()[-1])
    assert (label["SKI"], label["ID"], label["SERIAL"]) == (made.ski, made.ship_id, "4711")
    assert svg.read_text().startswith("<?xml") and "<svg" in svg.read_text()
    assert made.key.hex() not in printed
    assert provision.main(arguments) == 0
    assert made.ski in capsys.readouterr().out
    assert provision.main([*arguments, "--serial", "4712"]) == 1
    assert identity.load(tmp_path / "box") == made
