"""What people see: lines of the story, and at a terminal a panel with the present state."""

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tools.demo.stage import amperes, kw

_BAR = 48  # characters
_FULL_W = 11040
_STATES = {
    "init": "nobody is in control yet",
    "uc": "under control, no limit",
    "limited": "limited by the energy manager",
    "failsafe": "failsafe: the energy manager is silent",
    "ua": "on its own",
}
_VOICES = {
    "Wallbox": "green",
    "Manager": "cyan",
    "Car": "magenta",
    "Owner": "yellow",
    "Controller": "blue",
}


class Screen:
    """A context manager. Without a terminal there are plain lines alone."""

    def __init__(self, console=None):
        self.console = console or Console(highlight=False)
        self._live = None
        self._title = ""

    def __enter__(self):
        if self.console.is_terminal:
            self._live = Live(console=self.console, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(self, *error):
        if self._live:
            self._live.stop()
            self._live = None

    def chapter(self, number, of, title, promise):
        """A chapter begins."""
        self._title = f"{number}/{of}  {title}"
        self._print(Text.assemble("\n", (self._title, "bold"), (f"   ({promise})", "dim")))

    def tell(self, at, text):
        """A line of the story, s after its start."""
        voice = text.partition(":")[0]
        line = Text.assemble((f"{at:6.1f} s  ", "dim"), (text, _VOICES.get(voice, "")))
        self._print(line)

    def passed(self, text):
        """A chapter went as promised."""
        self._print(Text.assemble((" " * 10 + "ok ", "bold green"), (text, "green")))

    def failed(self, reason):
        """A chapter did not happen."""
        self._print(Text.assemble((" " * 10 + "FAILED ", "bold red"), (reason, "red")))

    def show(self, sample):
        """The panel of a recording.Sample."""
        if self._live:
            self._live.update(_panel(self._title, sample), refresh=True)

    def summary(self, rows, figures):
        """`rows`: (number, title, promise, what happened, passed: None when not reached)."""
        table = Table("", "", "what was promised", "what happened")
        words = {True: ("ok", "green"), False: ("FAILED", "bold red"), None: ("-", "dim")}
        for number, title, promise, happened, passed in rows:
            mark, style = words[passed]
            happened = Text(f"{mark}  {happened}", style)
            table.add_row(str(number), Text(title), Text(promise), happened)
        if self.console.is_terminal:
            self.console.print("", table)
        else:
            self._print(Text("\nWhat was promised -> what happened"))
            for number, _, promise, happened, passed in rows:
                self._print(Text(f"{words[passed][0]:6} {number:2}  {promise} -> {happened}"))
        self._print(Text())
        for name, value in figures:
            self._print(Text(f"{value:>10}  {name}"))

    def _print(self, text):
        self.console.print(text, soft_wrap=True)


def _panel(title, sample):
    table = Table.grid(padding=(0, 3))
    table.add_column(style="dim")
    table.add_column(width=16)
    table.add_column(width=16)
    table.add_row("", Text("wallbox says", "dim"), Text("manager reads", "dim"))
    read = ("-", "-")
    if sample.linked:
        read = (kw(sample.read_limit_w), kw(sample.read_power_w))
    table.add_row("limit", kw(sample.limit_w), read[0])
    table.add_row("offered", f"{amperes(sample.offered_ma)} per phase", "")
    table.add_row("power", Text(kw(sample.power_w), "bold"), read[1])
    rows = Table.grid(padding=(0, 3))
    rows.add_column(style="dim", width=7)
    rows.add_column()
    rows.add_row("", _bar(sample))
    rows.add_row("state", _STATES.get(sample.state, sample.state))
    rows.add_row("ruling", Text(f"{sample.ruling}: {sample.reason}"))
    clock = f"{sample.t_s:.0f} s"
    if sample.speed > 1:
        clock += f"   running {sample.speed} times as fast"
    rows.add_row("clock", Text(clock, "bold yellow" if sample.speed > 1 else ""))
    return Panel(Group(table, rows), title=Text(title), title_align="left", expand=False)


def _bar(sample):
    """The power as a bar, with the limit as a line in it."""
    filled = min(round(sample.power_w * _BAR / _FULL_W), _BAR)
    limit = None
    if sample.limit_w is not None and sample.limit_w < _FULL_W:
        limit = round(sample.limit_w * _BAR / _FULL_W)
    bar = Text()
    for place in range(_BAR):
        if place == limit:
            bar.append("┃", "bold red")
        else:
            bar.append("█" if place < filled else "░", "blue" if place < filled else "dim")
    return bar
