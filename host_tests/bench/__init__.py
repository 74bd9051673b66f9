"""Speed and size of the firmware, each against a bar: `python -m host_tests.bench`."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
