"""Import paths of the unit tests on CPython, and how hypothesis runs."""

import sys
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
for place in ("host_tests/unit", "tools/shims", "lib", "."):
    path = str((ROOT / place).resolve())
    if path not in sys.path:
        sys.path.insert(0, path)

# no test depends on the speed of the machine
settings.register_profile("plugship", deadline=None, print_blob=True)
settings.load_profile("plugship")
