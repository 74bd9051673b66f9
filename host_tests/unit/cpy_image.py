"""tools.image: what is in an image, its formats, and the firmware booting from one."""

import ast
import json
import os
import shlex
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from host_tests.board.fake import files_of
from tools import ROOT, build, image
from tools.board import load

HEAP = "207K"


def test_littlefs_image_has_the_size_of_the_partition():
    content = {"boot.py": b"x" * 5000, "lib/ship/ws.mpy": b"y"}
    data = image.littlefs(content, 64 * 4096)
    assert len(data) == 64 * 4096
    assert files_of(data) == content
    with pytest.raises(ValueError, match="do not fit"):
        image.littlefs({"big": bytes(200000)}, 16 * 4096)


def test_uf2():
    data = b"\xff" * 4096 + b"a" * 4096 + b"\xff" * 4096
    blocks = image.uf2(data, 0x12C000, 0xE48BFF56)
    assert len(blocks) == 16 * 512  # blank sectors are left out, others are whole
    first = struct.unpack("<8I", blocks[:32])
    assert first == (
        0x0A324655, 0x9E5D5157, 0x2000, 0x10000000 + 0x12C000 + 4096, 256, 0, 16, 0xE48BFF56,
    )  # fmt: skip
    assert blocks[32 : 32 + 256] == b"a" * 256
    assert blocks[508:512] == struct.pack("<I", 0x0AB16F30)
    assert struct.unpack("<I", blocks[-512 + 20 : -512 + 24]) == (15,)


def test_only_what_the_board_needs():
    paths = set(image.files("picow"))
    assert {"board_configs/picow.mpy", "lib/_fast/viper.mpy"} <= paths
    assert "firmware/loader.mpy" not in paths
    assert set(image.beside("picow")) == {"boot.py", "loader.mpy", "main.py"}
    assert "firmware/hal/native/wallbox.mpy" in paths
    assert "firmware/hal/meters/modbus.mpy" in paths
    for part in ("hal/sim", "hal/external", "meters/sml", "echonet", "board_configs/sim", "opev"):
        assert not [path for path in paths if part in path], part
    with_front_end = set(image.files("esp32c3"))
    assert "firmware/hal/meters/crc.mpy" in with_front_end  # without a meter


def test_the_image_holds_for_every_import_of_its_modules():
    """What a module imports at once is in the image, or it would not start."""
    paths = set(image.files("picow"))
    modules = {path[:-4] for path in paths if path.endswith(".mpy")}
    for module in modules:
        for node in ast.parse((ROOT / f"{module}.py").read_text()).body:
            if isinstance(node, ast.ImportFrom) and node.module.startswith("firmware."):
                name = node.module.replace(".", "/")
                assert name in modules or f"{name}/__init__" in modules, (module, name)


def test_ledger():
    board = load("picow")
    rows = dict(image.ledger(board, [("lib/a", 1000), ("lib/_fast/viper", 100)]))
    assert rows["code (files)"] == 1600
    assert rows["spare"] == board["HEAP"] - sum(v for k, v in rows.items() if k != "spare")
    assert image.ledger(board, [("lib/a", 200000)])[-1][1] < 0


def test_make(tmp_path, capsys):
    assert image.main(["picow"]) == 0
    out = ROOT / "build" / "picow"
    data = (out / "littlefs.bin").read_bytes()
    assert len(data) == 868352
    assert files_of(data) == image.content("picow")
    content = image.files("picow")
    urls = json.loads((out / "package.json").read_text())["urls"]
    assert sorted(path for path, _ in urls) == sorted(content)
    assert all((out / source).is_file() for _, source in urls)
    assert (out / "manifest.py").read_text().count("module(") == len(urls)
    assert "spare" in capsys.readouterr().out
    assert image.main(["sim"]) == 1


def test_boots_from_the_image(tmp_path):
    """The files of the Pico W, for this processor, and the simulated hardware in its place."""
    build.build("x64")
    content = image.files("picow", "x64")
    tree = ROOT / "build" / "mpy" / "x64"
    for path in [*tree.glob("firmware/hal/sim/*.mpy"), tree / "board_configs/sim_single.mpy"]:
        content[path.relative_to(tree).as_posix()] = path.read_bytes()
    flash = tmp_path / "flash.img"
    flash.write_bytes(image.littlefs(content, load("picow")["FS_SIZE"]))
    binary = os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")
    wrapper = tmp_path / "micropython"
    loader = ROOT / "host_tests" / "unit" / "image_boot.py"
    words = shlex.join([binary, "-X", f"heapsize={HEAP}", str(loader), str(flash)])
    wrapper.write_text(f'#!/bin/sh\nexec {words} "$4"\n')
    wrapper.chmod(0o755)
    command = [sys.executable, "-m", "tools.sim", "--state", str(tmp_path / "box"), "--port", "0"]
    process = subprocess.Popen(
        [*command, "--board", "sim_single", "--heap", HEAP],
        cwd=ROOT,
        env={**os.environ, "MICROPYTHON": str(wrapper)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def reply(**request):
        process.stdin.write(json.dumps({**request, "id": 1}) + "\n")
        process.stdin.flush()
        while "id" not in (message := json.loads(process.stdout.readline())):
            pass
        return message

    try:
        assert json.loads(process.stdout.readline())["event"] == "ready"
        assert reply(cmd="plug")["ok"]
        assert reply(cmd="ev", state="C")["ok"]
        assert reply(cmd="advance", s=20)["ok"]
        status = reply(cmd="status")
        assert status["contactor"] and status["power_w"] > 2000
        assert status["heap_max"] > 20000  # a block for TLS, 17 KB, and some
    finally:
        process.terminate()
        process.communicate(timeout=10)
