"""tools.image: what is in an image, its formats, and the firmware booting from one."""

import ast
import json
import os
import re
import shlex
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from host_tests.bench import eebus_slice
from host_tests.board.fake import files_of
from tools import ROOT, build
from tools.board import load, names
from tools.demo.story import CHAPTERS, SECOND_ACT
from tools.image import content, formats, ledger, lists
from tools.image.__main__ import EVERYTHING, main

# A Pico W with two sessions: 205184 bytes less 67000 of TLS, times 1.5 for the longer pointers.
# The one session that its ledger allows would leave it 244K, so this is the harder case.
HEAP = "207K"
# The largest block that is ever asked for is the record buffer of a TLS session: 16384 bytes of
# plain text, the head, the IV and the padding of a record. Bytes are as long here as on 32 bits,
# and TLS has had its share of the heap already: so whenever somebody may connect, there is such a
# block, wherever the last one has left its pieces.
BLOCK = 16800
BOARDS = [name for name in names() if "ARCH" in load(name)]


def test_littlefs_image_has_the_size_of_the_partition():
    files = {"boot.py": b"x" * 5000, "lib/ship/ws.mpy": b"y"}
    data = formats.littlefs(files, 64 * 4096)
    assert len(data) == 64 * 4096
    assert files_of(data) == files
    with pytest.raises(ValueError, match="do not fit"):
        formats.littlefs({"big": bytes(200000)}, 16 * 4096)


def test_uf2():
    data = b"\xff" * 4096 + b"a" * 4096 + b"\xff" * 4096
    blocks = formats.uf2(data, 0x12C000, 0xE48BFF56)
    assert len(blocks) == 16 * 512  # blank sectors are left out, others are whole
    first = struct.unpack("<8I", blocks[:32])
    assert first == (
        0x0A324655, 0x9E5D5157, 0x2000, 0x10000000 + 0x12C000 + 4096, 256, 0, 16, 0xE48BFF56,
    )  # fmt: skip
    assert blocks[32 : 32 + 256] == b"a" * 256
    assert blocks[508:512] == struct.pack("<I", 0x0AB16F30)
    assert struct.unpack("<I", blocks[-512 + 20 : -512 + 24]) == (15,)


def rom_entries(data, at=""):
    """{path: bytes} of the records of a ROMFS, read by its description: a record is its kind, the
    length of what follows, and that; numbers have seven bits per byte, the highest first."""
    found = {}
    while data:
        kind, data = _number(data)
        size, data = _number(data)
        body, data = data[:size], data[size:]
        if kind in (4, 5):  # a folder, a file: first its name
            length, body = _number(body)
            path, body = at + body[:length].decode(), body[length:]
        if kind == 4:
            found |= rom_entries(body, f"{path}/")
        elif kind == 5:
            assert _number(body)[0] == 2  # the bytes themselves
            length, content = _number(_number(body)[1])
            assert len(content) == length
            found[path] = content
    return found


def _number(data):
    value = 0
    for at, byte in enumerate(data):
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, data[at + 1 :]
    raise ValueError("no end")


def test_romfs_read_byte_by_byte():
    files = {"lib/a/b.mpy": b"x" * 300, "lib/c.mpy": b"", "lib.mpy": b"y", "lib/a/d/e.mpy": b"z"}
    data = formats.romfs(files)
    assert data[:3] == b"\xd2\xcd\x31"  # "RM1" with the highest bits of two bytes set
    size, body = _number(data[3:])
    assert size == len(body) and len(data) % 2 == 0
    assert rom_entries(body) == files


def test_only_what_the_board_needs():
    paths = set(content.files("picow"))
    assert {"board_configs/picow.mpy", "lib/_fast/viper.mpy"} <= paths
    assert "firmware/loader.mpy" not in paths
    assert set(content.beside("picow")) == {"boot.py", "loader.mpy", "main.py"}
    assert "firmware/hal/native/wallbox.mpy" in paths
    assert "firmware/hal/meters/modbus.mpy" in paths
    for part in ("hal/sim", "hal/external", "meters/sml", "echonet", "board_configs/sim", "opev"):
        assert not [path for path in paths if part in path], part
    with_front_end = set(content.files("esp32c3"))
    assert "firmware/hal/meters/crc.mpy" in with_front_end  # without a meter


@pytest.mark.parametrize("name", BOARDS)
def test_the_image_holds_for_every_import_of_its_modules(name):
    """What a module imports at once is in the image, or it would not start."""
    modules = {path[:-4] for path in content.files(name)}
    for module in modules:
        for node in ast.parse((ROOT / f"{module}.py").read_text()).body:
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                path = node.module.replace(".", "/")
                ours = path if path.startswith("firmware/") else f"lib/{path}"
                there = (ROOT / f"{ours}.py").exists() or (ROOT / ours).exists()
                assert not there or {ours, f"{ours}/__init__"} & modules, (module, ours)


@pytest.mark.parametrize("name", BOARDS)
def test_the_image_holds_what_its_modules_load_late(name):
    modules = {path[:-4] for path in content.files(name)}
    # asked for only where the time of day is known
    known = {"lib/spine/moment"} if load(name)["SNTP"] is None else set()
    for module in modules:
        for node in ast.walk(ast.parse((ROOT / f"{module}.py").read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "load":
                for late in (item for item in node.args if isinstance(item, ast.Constant)):
                    path = str(late.value).replace(".", "/")
                    assert {path, f"lib/{path}"} & (modules | known), (module, path)


def test_the_ledger_lets_go_of_what_the_slice_lets_go_of():
    assert set(eebus_slice.MOMENTARY) <= set(ledger.MOMENTARY)


def test_ledger():
    board = load("picow")
    chosen = [("lib/a", 1000), ("lib/_fast/viper", 100), ("firmware/pin", 50)]
    rows = dict(ledger.ledger(board, chosen))
    assert rows["code (files)"] == 1670
    assert rows["spare"] == board["HEAP"] - sum(v for k, v in rows.items() if k != "spare")
    assert ledger.ledger(board, [("lib/a", 200000)])[-1][1] < 0
    assert dict(ledger.ledger(board, chosen, "romfs"))["code (romfs)"] == 850
    assert ledger.resident(chosen) == chosen[:2]
    chosen += [("firmware/entities", 200), ("firmware/trust", 100)]
    seldom = dict(ledger.ledger(board, chosen))
    assert seldom["the largest module that is loaded for a moment"] == 314
    assert seldom["spare"] == rows["spare"] - 314
    text = ledger.table("picow", board, chosen)
    assert "1,450 bytes of .mpy, 1,100 of them stay loaded" in text
    two = dict(ledger.ledger(board, chosen, sessions=2))
    assert seldom["spare"] - two["spare"] == 67000 - 42000 + 4096 + board["WINDOW"]
    assert f"{1100 + int(two['spare'] / 1.57):,}  bytes of .mpy could stay loaded with 2" in text
    assert "is an estimate" in text


def test_everything_in_one_image():
    """All there is for one board; no board has more than that."""
    every = dict(content.everything("picow"))
    for part in ("usecases/opev", "echonet/node", "mdns/browser", "meters/sml", "native/adc"):
        assert [path for path in every if part in path], part
    for part in ("hal/sim", "hal/external", "board_configs/sim", "_fast/plain"):
        assert not [path for path in every if part in path], part
    assert set(content.files("picow")) <= {f"{path}.mpy" for path in every}
    assert sum(every.values()) <= EVERYTHING


def test_code_that_the_firmware_has_is_not_in_the_file_system_again():
    """Or it would be loaded from there."""
    assert load("esp32")["CODE"] == "frozen"
    assert set(content.content("esp32")) == {"boot.py", "loader.mpy", "main.py"}
    assert "a/firmware/app.mpy" in content.content("picow")


def test_manifest_freezes_the_modules_of_the_image(tmp_path):
    """Run as MicroPython's build does it: in the folder of the manifest."""
    paths = content.files("esp32")
    frozen = {}

    def module(path, base_path, opt):
        source = tmp_path / "esp32" / base_path / path
        assert source.resolve().is_file() and opt == build.OPTIMIZATION
        frozen[path] = source.resolve()

    (tmp_path / "esp32").mkdir()
    text = lists.manifest(paths, tmp_path / "esp32")
    exec(text, {"module": module})
    assert sorted(frozen) == sorted(
        path.removeprefix("lib/").replace(".mpy", ".py") for path in paths
    )
    assert frozen["ship/node.py"] == ROOT / "lib/ship/node.py"
    assert frozen["firmware/app.py"] == ROOT / "firmware/app.py"


def test_make(capsys):
    assert main(["picow"]) == 0
    out = ROOT / "build" / "picow"
    data = (out / "littlefs.bin").read_bytes()
    assert len(data) == 868352
    whole = content.content("picow")
    code = content.files("picow")
    assert files_of(data) == whole
    size, body = _number((out / "romfs.bin").read_bytes()[3:])
    assert size == len(body) and rom_entries(body) == code
    urls = json.loads((out / "package.json").read_text())["urls"]
    assert {path: (out / source).read_bytes() for path, source in urls} == whole
    assert (out / "manifest.py").read_text().count("module(") == len(code)
    assert "spare" in capsys.readouterr().out
    assert main(["sim"]) == 1


@pytest.fixture(scope="module")
def board_files():
    """{path: bytes} of the Pico W, for this processor, and the simulated hardware beside them."""
    build.build("x64")
    found = content.files("picow", "x64")
    tree = ROOT / "build" / "mpy" / "x64"
    for path in [*tree.glob("firmware/hal/sim/*.mpy"), tree / "board_configs/sim_single.mpy"]:
        found[path.relative_to(tree).as_posix()] = path.read_bytes()
    return found


def environment(folder, image, heap):
    """Lets tools.sim start MicroPython with nothing but the image, and a heap of `heap`."""
    binary = os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")
    loader = ROOT / "host_tests" / "unit" / "image_boot.py"
    words = shlex.join([binary, "-X", f"heapsize={heap}", str(loader), str(image)])
    wrapper = folder / "micropython"
    wrapper.write_text(f'#!/bin/sh\nexec {words} "$4"\n')
    wrapper.chmod(0o755)
    return {**os.environ, "MICROPYTHON": str(wrapper)}


def test_completes_the_demo_from_the_image(tmp_path, board_files):
    """Boots from the LittleFS of the Pico W, is paired, limited, left alone and found again."""
    flash = tmp_path / "flash.img"
    flash.write_bytes(formats.littlefs(board_files, load("picow")["FS_SIZE"]))
    words = ["--fast", "--one-act", "--board", "sim_single", "--out", str(tmp_path / "demo")]
    done = subprocess.run(
        [sys.executable, "-m", "tools.demo", *words],
        cwd=ROOT,
        env=environment(tmp_path, flash, HEAP),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    chapters = [chapter for chapter in CHAPTERS if chapter.label != SECOND_ACT]
    assert done.stdout.splitlines()[-1] == f"{len(chapters)} passed, 0 failed"
    block = re.search(r"([\d,]+) bytes +largest free block", done.stdout)
    assert int(block[1].replace(",", "")) >= BLOCK, done.stdout


def test_boots_from_the_romfs(tmp_path, board_files):
    image = tmp_path / "code.romfs"
    image.write_bytes(formats.romfs(board_files))
    # the image is in the heap here
    heap = f"{244 + image.stat().st_size // 1024}K"
    command = [sys.executable, "-m", "tools.sim", "--state", str(tmp_path / "box"), "--port", "0"]
    process = subprocess.Popen(
        [*command, "--board", "sim_single"],
        cwd=ROOT,
        env=environment(tmp_path, image, heap),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert json.loads(process.stdout.readline())["event"] == "ready"
        process.stdin.write('{"cmd": "status", "id": 1}\n')
        process.stdin.flush()
        while "id" not in (reply := json.loads(process.stdout.readline())):
            pass
        assert reply["heap_free"] > reply["heap_max"] >= 40000
    finally:
        process.terminate()
        process.communicate(timeout=10)
