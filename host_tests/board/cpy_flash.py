"""tools.flash: the command lines of esptool, UF2 files on a drive."""

import subprocess
from pathlib import Path

import pytest

from host_tests.board.fake import FakeBoard
from tools import ROOT
from tools.board import load
from tools.build import build
from tools.flash import FlashError, copy_uf2, esptool, main
from tools.image.content import content


@pytest.mark.parametrize(
    ("name", "firmware_at", "image_at"),
    [("esp32s3", "0x0", "0x200000"), ("esp32_lan8720", "0x1000", "0x200000")],
)
def test_esptool_command(name, firmware_at, image_at):
    board = load(name)
    command = esptool(name, board, "/dev/ttyUSB0", Path("mpy.bin"))
    assert command[1:] == [
        "-m", "esptool", "--chip", board["CHIP"], "--port", "/dev/ttyUSB0", "--baud", "460800",
        "write-flash", firmware_at, "mpy.bin", image_at, str(ROOT / f"build/{name}/littlefs.bin"),
    ]  # fmt: skip
    assert firmware_at not in esptool(name, board, "/dev/ttyUSB0", None)


def test_uf2_goes_to_the_drive(tmp_path, capsys):
    drive = tmp_path / "RPI-RP2"
    drive.mkdir()
    (drive / "INFO_UF2.TXT").write_text("UF2 Bootloader\n")
    assert main(["picow", "--drive", str(drive)]) == 0
    written = (drive / "littlefs.uf2").read_bytes()
    assert written == (ROOT / "build/picow/littlefs.uf2").read_bytes()
    assert "written" in capsys.readouterr().out


def test_a_folder_that_is_no_board(tmp_path):
    with pytest.raises(FlashError, match="BOOTSEL"):
        copy_uf2(tmp_path / "x.uf2", tmp_path, 0)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("picow", "--drive"),
        ("esp32s3", "--port"),
        ("esp32c3 --port /dev/x", "manifest.py"),
        ("picow --drive /tmp --firmware not-there.uf2", "micropython.org"),
        ("toaster", "no board toaster"),
    ],
)
def test_what_is_missing(words, text, capsys):
    assert main(words.split()) == 1
    assert text in capsys.readouterr().err


def test_firmware_with_the_code_in_it(tmp_path, monkeypatch, capsys):
    """Boards without room for the code as files take a firmware with our modules, no other."""
    ran = []

    def run(command):
        ran.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr("tools.flash.subprocess.run", run)
    stock, own = tmp_path / "stock.bin", tmp_path / "own.bin"
    stock.write_bytes(b"boot.py\0asyncio/core.py\0")
    own.write_bytes(b"asyncio/core.py\0firmware/onboard.py\0")
    words = ["esp32c3", "--port", "/dev/nothing", "--firmware"]
    assert main([*words, str(stock)]) == 1
    assert "manifest.py" in capsys.readouterr().err and not ran
    main([*words, str(own)])
    assert str(own) in ran[0]


def test_a_board_with_an_identity_is_refused(tmp_path, capsys, monkeypatch):
    """The fake board is an ESP32 whose image esptool, which is not run, would have written."""
    build("x64")
    ran = []

    def run(command):
        ran.append(command)
        board.power_cut()  # a reset, as esptool does at its end
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("tools.flash.subprocess.run", run)
    monkeypatch.setattr("tools.flash.make", lambda name: None)
    with FakeBoard(tmp_path, content("esp32s3", "x64"), heap="2M") as board:
        # the first start makes the identity
        words = ["esp32s3", "--port", board.port]
        assert main(words) == 0
        said = capsys.readouterr().out.split()
        assert said[:3] == ["written", "version", "0.1.0"] and len(said[-1]) == 40
        assert len(ran) == 1
        assert main(words) == 1
        assert f"SKI {said[-1]}" in capsys.readouterr().err
        assert len(ran) == 1
