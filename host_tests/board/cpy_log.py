"""tools.log on the fake board: the real firmware tells its events while it runs."""

import json
import time

from host_tests.board.fake import FakeBoard
from tools.build import build
from tools.image.content import content
from tools.link import Link
from tools.log import __main__ as log

ARCH = "x64"


def events(capsys, board, *more):
    assert log.main(["--port", board.port, "--json", *more]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def started(board, times=1):
    until = time.monotonic() + 60
    while bytes(board.log).count(b"plugship ") < times and time.monotonic() < until:
        time.sleep(0.05)
    assert bytes(board.log).count(b"plugship ") == times


def test_a_running_board_tells_and_runs_on(tmp_path, capsys):
    build(ARCH)
    with FakeBoard(tmp_path, content("esp32s3", ARCH), heap="2M") as board:
        started(board)
        first = events(capsys, board)
        while "limit" not in [event["event"] for event in first]:  # it looks four times a second
            first = events(capsys, board)
        assert first[0]["event"] == "start" and first[0]["cause"] == "power on"
        assert [e["w"] for e in first if e.get("origin") == "lpc"] == [4200]
        boots = board.boots
        assert events(capsys, board)[: len(first)] == first and board.boots == boots
        # they survive a power cut
        board.power_cut()
        started(board, 2)
        again = events(capsys, board)
        assert again[: len(first)] == first
        assert [event["boot"] for event in again if event["event"] == "start"] == [1, 2]
        # in maintenance nobody answers, unless it is asked for
        with Link(board.port):
            pass
        assert log.main(["--port", board.port]) == 1
        assert "--maintenance" in capsys.readouterr().err
        halted = events(capsys, board, "--maintenance")
        # stopped in order by the Ctrl-C of Link
        assert "stop" in [event["event"] for event in halted[len(again) :]]
        started(board, 3)  # and it is restarted


def test_of_a_simulated_wallbox(tmp_path, capsys):
    assert log.main(["--state", str(tmp_path)]) == 1
    assert "no events" in capsys.readouterr().err
    assert log.main(["--port", "/dev/nothing"]) == 1
    assert "/dev/nothing" in capsys.readouterr().err
    (tmp_path / "events.bin").write_bytes(b"\xff" * 12288)
    assert log.main(["--state", str(tmp_path), "--svg", str(tmp_path / "x.svg")]) == 1
    assert "nothing to plot" in capsys.readouterr().err
