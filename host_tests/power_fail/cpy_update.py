"""The power goes at each write to the flash while new code is brought onto a board."""

import re
import subprocess

from tools import ROOT, deploy
from tools.checks import micropython


def test_every_cut_leaves_the_old_or_the_new_code(tmp_path):
    helpers = tmp_path / "helpers.py"
    helpers.write_text(deploy._HELPERS)
    script = ROOT / "host_tests/power_fail/update_flash.py"
    done = subprocess.run(
        [micropython(), "-X", "heapsize=256M", str(script), str(helpers), str(ROOT)],
        env={},
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = re.fullmatch(r"(\d+) cuts (\d+) old (\d+) new\n", done.stdout)
    assert found, done.stdout + done.stderr
    assert int(found[1]) > 20 and int(found[2]) > 10 and int(found[3]) >= 1
