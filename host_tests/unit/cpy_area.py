"""The record log inside LittleFS, on the LittleFS of MicroPython: area_flash.py runs it."""

import subprocess

from tools import ROOT
from tools.checks import micropython


def test_record_log_in_blocks_of_the_file_system():
    done = subprocess.run(
        [
            micropython(),
            "-X",
            "heapsize=3M",
            str(ROOT / "host_tests/unit/area_flash.py"),
            str(ROOT),
        ],
        env={},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "passed\n", done.stdout + done.stderr
