"""Programs for the computer beside the wallbox. They share lib/ with the firmware."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for _place in (ROOT / "tools" / "shims", ROOT / "lib", ROOT):
    if str(_place) not in sys.path:
        sys.path.insert(0, str(_place))
