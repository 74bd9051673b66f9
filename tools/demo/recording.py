"""What happened, for the panel, the timeline and the record file."""

import json
import time
from collections import namedtuple

Sample = namedtuple(
    "Sample",
    "at t_s speed state limit_w offered_ma draw_ma power_w energy_wh ruling reason"
    " read_limit_w read_power_w linked",
)
Sample.__doc__ = """One look at both sides.

at: s since the start on the viewer's watch, t_s: protocol time in s, which runs `speed` times as
fast; read_*: as the energy manager knows it, None without a link (and without a limit).
"""

Chapter = namedtuple("Chapter", "number title label at")
Chapter.__doc__ = "label: for the timeline, chapters in a row with the same one are one phase."

Mark = namedtuple("Mark", "at text before")
Mark.__doc__ = "A remark on the timeline, to the right of its moment, or to the left: before."


class Recording:
    """`samples`, `chapters`, `marks`; every entry is also a JSON line of the file `path`.

    The lines are {"kind": "sample" | "chapter" | "mark" | "log" | "result", "at": s, ...}, with
    the fields of the named tuples above.
    """

    def __init__(self, path):
        self._file = open(path, "w", encoding="utf-8")  # noqa: SIM115
        self._begin = time.monotonic()
        self.samples = []
        self.chapters = []
        self.marks = []

    def now(self):
        """s since the start, on the viewer's watch."""
        return time.monotonic() - self._begin

    def sample(self, status, reading, speed):
        """A Sample of a wallbox.Status and a manager.Reading or None, which it returns."""
        made = Sample(
            round(self.now(), 3),
            round(status.t_s, 3),
            speed,
            status.state,
            status.limit_w,
            status.offered_ma,
            status.draw_ma,
            status.power_w,
            status.energy_wh,
            status.ruling,
            status.reason,
            reading and reading.limit_w,
            reading and reading.power_w,
            reading is not None,
        )
        self.samples.append(made)
        self._write("sample", made._asdict())
        return made

    def chapter(self, number, title, label):
        """A chapter begins now."""
        self.chapters.append(Chapter(number, title, label, round(self.now(), 3)))
        self._write("chapter", self.chapters[-1]._asdict())

    def mark(self, text, moment, before=False):
        """A remark on the timeline; `moment` by time.monotonic()."""
        self.marks.append(Mark(round(moment - self._begin, 3), text, before))
        self._write("mark", self.marks[-1]._asdict())

    def log(self, text):
        """A line of the story."""
        self._write("log", {"at": round(self.now(), 3), "text": text})

    def result(self, title, passed, text):
        """How a chapter ended."""
        fields = {"at": round(self.now(), 3), "title": title, "passed": passed, "text": text}
        self._write("result", fields)

    def _write(self, kind, fields):
        self._file.write(json.dumps({"kind": kind, **fields}, ensure_ascii=False) + "\n")

    def close(self):
        """Closes the file."""
        self._file.close()
