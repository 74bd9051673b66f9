"""Scripted scenarios of the bench energy manager: what one would type, one command a line, and

    wait 30s                            does nothing for so long
    expect power < 4300 within 20s      a value of the table, <, <=, >, >= or ==, now or until then
    refused limit 4200                  a command that the wallbox has to refuse
    plug                                a command of the simulator's control port (--control), with
    ev {"state": "C"}                   its arguments as JSON

A line that begins with # is a remark.
"""

import asyncio
import json
import operator
import re

from tools.hems import durations
from tools.hems.session import CommandError

_SIMULATOR = (
    *("plug", "unplug", "ev", "fault", "meter", "grid", "temperature", "user", "installer"),
    *("button", "advance", "speed", "restart", "power_cut", "power_on"),
)
_COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}
_EXPECT = re.compile(r"expect (\S+) (<=?|>=?|==) (\S+)(?: within (\S+))?$")
_LOOK_S = 0.2


class ScenarioError(Exception):
    """The scenario came to a line that did not hold; the text says which and why."""


def value(session, name):
    """A number of the table, or a text (state); None while it is not known."""
    if name == "limit":
        return session.limit.watts if session.limit and session.limit.active else None
    if name in ("failsafe_w", "failsafe_s", "nominal_w"):
        return getattr(session, name)
    if name == "state":
        return session.monitor.operating_state
    number, state = session.monitor.values.get(name, (None, "normal"))
    return number if state == "normal" else None


def holds(seen, compare, wanted):
    """Is `seen` as `wanted` (a text)? What is not known holds nothing but `== none`."""
    if seen is None or wanted == "none":
        return compare == "==" and seen is None and wanted == "none"
    if isinstance(seen, str):
        return compare == "==" and seen == wanted
    return _COMPARE[compare](seen, float(wanted))


async def expect(session, line):
    match = _EXPECT.match(line)
    if not match:
        raise ScenarioError(f"not understood: {line}")
    name, compare, wanted, within = match.groups()
    try:
        left = durations.short(within) if within else 0
        while not holds(seen := value(session, name), compare, wanted):
            if left <= 0:
                raise ScenarioError(f"{line}: {name} is {seen}")
            await asyncio.sleep(_LOOK_S)
            left -= _LOOK_S
    except ValueError as error:
        raise ScenarioError(f"{line}: {error}") from None


class Control:
    """The control port of tools.sim."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, port):
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def __call__(self, line):
        name, _, arguments = line.partition(" ")
        try:
            request = {**json.loads(arguments or "{}"), "cmd": name}
        except (ValueError, TypeError):
            raise ScenarioError(f"{line}: the arguments are no JSON object") from None
        self._writer.write(json.dumps(request).encode() + b"\n")
        reply = json.loads(await self._reader.readline() or b'{"error": "the simulator has gone"}')
        if "error" in reply:
            raise ScenarioError(f"{line}: {reply['error']}")

    def close(self):
        self._writer.close()


async def run(session, lines, control=None, tell=print):
    """Goes through the lines; `tell(text)` hears of each. Raises ScenarioError."""
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        word = line.split()[0]
        try:
            if word == "wait":
                await asyncio.sleep(durations.short(line[4:]))
                answer = line
            elif word == "expect":
                await expect(session, line)
                answer = f"{line}: yes"
            elif word in _SIMULATOR:
                if control is None:
                    raise ScenarioError(f"{line}: no simulator (--control PORT)")
                await control(line)
                answer = line
            else:
                answer = await session.execute(line.removeprefix("refused "))
                if (": refused" in answer) != (word == "refused"):
                    raise ScenarioError(answer)
        except (CommandError, ScenarioError, ValueError) as error:
            raise ScenarioError(f"line {number}: {error}") from None
        tell(answer)
