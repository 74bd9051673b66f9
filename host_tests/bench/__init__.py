"""Speed and size of the firmware, each against a bar: `python -m host_tests.bench`."""

from tools import ROOT  # this also makes the modules of lib/ to be found

HERE = ROOT / "host_tests" / "bench"
