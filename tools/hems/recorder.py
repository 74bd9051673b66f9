"""Record of all SPINE datagrams as JSON lines: {"t", "dir", "datagram"} in plain form."""

import json
import time
from pathlib import Path


class Recorder:
    """Writes one line per datagram; `t` is Unix time in seconds, `dir` "sent" or "seen"."""

    def __init__(self, path):
        self._file = Path(path).open("a", encoding="utf-8")  # noqa: SIM115

    def add(self, direction, datagram):
        """Append a datagram (plain form)."""
        line = {"t": round(time.time(), 3), "dir": direction, "datagram": datagram}
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self):
        """Close the file."""
        self._file.close()
