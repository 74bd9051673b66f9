"""tools.deploy on the fake board: the real firmware, MicroPython's raw REPL, mpremote and ampy."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from host_tests.board.fake import FakeBoard
from tools import ROOT, deploy
from tools.build import build
from tools.image.content import MAIN, beside, content, files
from tools.image.folder import make
from tools.image.formats import BLOCK
from tools.link import Link, LinkError

BOARD = "esp32s3"
ARCH = "x64"
STARTED = "print('plugship 1.2.3 SKI', 'ab' * 20)\n"
WAIT = "import time\ntime.sleep(1000)\n"


@pytest.fixture(scope="module")
def code():
    build(ARCH)
    return content(BOARD, ARCH)


def small(text):
    """A board whose slot has one module `app`; main.py starts it as the real one does."""
    main = MAIN.format(name="x", button="window_s=0.3")
    main = main.replace('import firmware.app\n\n        firmware.app.main("x")', "import app")
    assert "firmware" not in main
    build(ARCH)
    around = {**beside(BOARD, ARCH), "main.py": main.encode()}
    return {"a/app.py": text.encode(), "a/lib/other.py": b"x = 1\n" * 500, **around}


def update(board, wanted, around=None, by="mpremote"):
    with Link(board.port, by) as link:
        updater = deploy.Updater(link, lambda text: None)
        slot = updater.update(wanted, around or {})
        link.restart()
        return slot, updater.sent, deploy.started(link)


def slot_of(board):
    return board.files()["slot"].decode().split()


def test_the_firmware_is_updated_and_comes_up(tmp_path, code, monkeypatch):
    with FakeBoard(tmp_path, code, heap="2M") as board:
        slot, version, ski = deploy.deploy(BOARD, board.port, arch=ARCH, say=lambda text: None)
        assert slot is None and len(ski) == 40
        resets = board.resets
        changed = files(BOARD, ARCH)
        changed["lib/ticks.mpy"] += b"\0"
        monkeypatch.setattr(deploy, "files", lambda name, arch: changed)
        said = []
        again = deploy.deploy(BOARD, board.port, arch=ARCH, say=said.append)
        assert again == ("b", version, ski)
        assert board.resets == resets + 2  # into maintenance, and out of it
        assert said[0] == "  lib/ticks.mpy" and f"sent {len(changed['lib/ticks.mpy'])} " in said[1]
        there = board.files()
        assert {path[2:]: data for path, data in there.items() if path[:2] == "b/"} == changed
        assert slot_of(board)[:2] == ["b", "a"]


def test_flash_without_room_for_a_second_slot(tmp_path):
    with FakeBoard(tmp_path, small(STARTED + WAIT), size=32 * BLOCK) as board:
        much = {f"lib/one{i}.py": b"x = 1\n" for i in range(30)}
        with pytest.raises(deploy.DeployError, match="37 blocks of flash .* tools.flash"):
            update(board, {"app.py": b"x = 1\n", "lib/two.py": bytes(4097), **much})
        with Link(board.port) as link:
            link.restart()
            assert deploy.started(link)[0] == "1.2.3"
        assert not [path for path in board.files() if path.startswith("b/")]


def test_broken_code_gives_way_to_the_old_one(tmp_path):
    with FakeBoard(tmp_path, small(STARTED + WAIT)) as board:
        with pytest.raises(deploy.DeployError, match="old one runs again"):
            update(board, {"app.py": b"import nothing\n"})
        assert slot_of(board) == ["a"]
        # and then a good one, over what is left of the bad
        assert update(board, {"app.py": (STARTED + "x = 1\n" + WAIT).encode()})[0] == "b"


def test_new_code_on_trial_is_not_what_the_next_one_falls_back_to(tmp_path):
    with FakeBoard(tmp_path, small(STARTED + WAIT)) as board:
        for round in range(2):
            new = f"{STARTED}z = {round}\n{WAIT}".encode()
            assert update(board, {"app.py": new})[0] == "b"
            assert slot_of(board)[:2] == ["b", "a"]
        assert board.files()["a/app.py"] == (STARTED + WAIT).encode()


@pytest.mark.parametrize("by", ["mpremote", "ampy"])
def test_only_what_has_changed_is_sent(tmp_path, by):
    with FakeBoard(tmp_path, small(STARTED + WAIT)) as board:
        new = (STARTED + "y = 2\n" + WAIT).encode()
        kept = b"x = 1\n" * 500
        slot, sent, told = update(board, {"app.py": new, "lib/other.py": kept}, by=by)
        assert (slot, sent, told) == ("b", len(new), ("1.2.3", "ab" * 20))
        there = board.files()
        assert (there["b/app.py"], there["b/lib/other.py"]) == (new, kept)
        assert there["a/lib/other.py"] == kept


def test_power_cut_while_updating(tmp_path):
    """The board starts the old code, whole, and the next update succeeds."""
    new = {"app.py": (STARTED + WAIT).encode(), "lib/other.py": b"new = 1\n" * 4000}
    with FakeBoard(tmp_path, small(STARTED + WAIT)) as board:
        with Link(board.port) as link:
            updater = deploy.Updater(link, lambda text: None)
            run = link.run
            chunks = []

            def cut(code):
                if "f.write" in code:
                    chunks.append(code)
                    if len(chunks) == 20:
                        board.power_cut()
                return run(code)

            link.run = cut
            boots = board.boots
            with pytest.raises(LinkError):
                updater.update(new, {})
            assert board.boots > boots
        assert "slot" not in board.files()
        assert update(board, new)[0] == "b"


def test_the_watchdog_resets(tmp_path):
    main = b"import machine, time\nprint('up')\nmachine.WDT(timeout=300)\ntime.sleep(100)\n"
    with FakeBoard(tmp_path, {"main.py": main}) as board:
        until = time.monotonic() + 20
        while board.barks < 2 and time.monotonic() < until:
            time.sleep(0.05)
        assert board.barks >= 2 and bytes(board.log).count(b"up") >= 2


@pytest.mark.parametrize(
    "words",
    [
        ["mpremote", "connect", "PORT", "cp", "FILE", ":x.txt"],
        ["ampy", "-p", "PORT", "put", "FILE", "x.txt"],
    ],
)
def test_the_tools_that_people_have(tmp_path, words):
    file = tmp_path / "x.txt"
    file.write_bytes(b"text\n" * 100)
    with FakeBoard(tmp_path, {"main.py": WAIT.encode()}) as board:
        words = [{"PORT": board.port, "FILE": str(file)}.get(word, word) for word in words]
        tool = Path(sys.executable).parent / words[0]
        subprocess.run([tool, *words[1:]], check=True, capture_output=True, timeout=60)
        assert board.files()["x.txt"] == b"text\n" * 100


def test_mip_installs_the_image(tmp_path):
    make("picow")
    folder = ROOT / "build" / "picow"
    with FakeBoard(tmp_path, {"main.py": WAIT.encode()}) as board:
        words = ["connect", board.port, "mip", "install", "--target", "/", "package.json"]
        tool = Path(sys.executable).parent / "mpremote"
        subprocess.run([tool, *words], cwd=folder, check=True, capture_output=True, timeout=60)
        assert board.files() == content("picow")


def test_what_can_not_be_deployed(capsys):
    for words, text in (
        ("esp32c3 --port x", "part of its firmware"),
        ("sim --port x", "simulated"),
        ("picow --port /dev/nothing", "/dev/nothing"),
    ):
        assert deploy.main(words.split()) == 1
        assert text in capsys.readouterr().err
