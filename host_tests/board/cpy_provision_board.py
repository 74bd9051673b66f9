"""tools.provision on the fake board: the real firmware makes its identity and keeps it."""

import csv
import io
import stat

import pytest

from firmware import store as records
from host_tests.board.fake import FakeBoard
from tools.build import build
from tools.image.content import content
from tools.link import Link
from tools.provision import __main__ as provision
from tools.provision import board as boards
from tools.provision import qr

ARCH = "x64"


@pytest.fixture
def board(tmp_path):
    build(ARCH)
    with FakeBoard(tmp_path, content("esp32s3", ARCH), heap="2M") as fake:
        yield fake


def test_once_in_its_life(board, tmp_path, capsys, monkeypatch):
    inventory = tmp_path / "boards.csv"
    base = ["--port", board.port, "--board", "esp32s3", "--inventory", str(inventory)]
    monkeypatch.setattr("sys.stdin", io.StringIO("secret word\n"))
    words = [
        "--serial",
        "4711",
        "--pin",
        "12345678",
        "--wifi",
        "home",
        "--maker",
        "000106",
        "--pairing",
    ]
    assert provision.main([*base, *words, "--svg", str(tmp_path / "x.pdf")]) == 0
    printed = capsys.readouterr().out
    label = qr.parse(printed.splitlines()[-1])
    assert (label["SERIAL"], label["PIN"]) == ("4711", "12345678")
    assert "4711" in label["ID"] and "secret" not in printed
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")
    rows = list(csv.DictReader(inventory.open()))
    assert [(row["ski"], row["serial"]) for row in rows] == [(label["SKI"], "4711")]
    assert stat.S_IMODE(inventory.stat().st_mode) == 0o600
    with Link(board.port) as link:
        log = boards.Records(link)
        assert log.get(records.SETTINGS) == b"home\0secret word"
        assert log.get(records.ECHONET_MAKER) == bytes((0, 1, 6))
        told = log.told()
        assert (told.ski, *told[1:4]) == (label["SKI"], label["ID"], "4711", "12345678")
        assert told.secret.hex() == label["SPSEC"].lower()
    # settings can change, the identity can not, unless it is said
    assert provision.main([*base, "--pin", "abcdef0123"]) == 0
    assert label["SKI"] in capsys.readouterr().out
    for more in (["--serial", "4712"], ["--key", "host"]):
        assert provision.main([*base, *more]) == 1
        assert f"SKI {label['SKI']}" in capsys.readouterr().err
    assert provision.main([*base, "--new-identity", "--key", "host", "--serial", "4712"]) == 0
    printed = capsys.readouterr().out
    assert f"SKI {label['SKI']} goes" in printed
    new = qr.parse(printed.splitlines()[-1])
    assert new["SKI"] != label["SKI"] and new["SERIAL"] == "4712"
    with Link(board.port) as link:
        log = boards.Records(link)
        told = log.told()
        assert (told.ski, *told[1:]) == (new["SKI"], new["ID"], "4712", "abcdef0123", None)
        assert log.get(records.SETTINGS) == b"home\0secret word"


def test_what_is_refused_before_anything_is_written(capsys, monkeypatch):
    for words, text in ((["--pin", "12"], "PIN"), (["--wifi", "x" * 33], "1 to 32 bytes")):
        monkeypatch.setattr("sys.stdin", io.StringIO("password\n"))
        assert provision.main(["--port", "/dev/nothing", *words]) == 1
        assert text in capsys.readouterr().err
    with pytest.raises(boards.Refused, match="8 to 63"):
        boards.settings("home", "short")
    assert boards.settings("open", "") == b"open\0"
