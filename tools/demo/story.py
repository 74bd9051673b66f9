"""The story, chapter by chapter. Each asserts what both sides say, and returns what happened."""

import asyncio
import time
from collections import namedtuple

from tools.demo.stage import Broken, kw

LIMIT_W = 4200  # what a grid operator may ask of a wallbox at most (14a EnWG)
OTHER_W = 7400
FULL_MA = 16000
FULL_W = 11040  # three phases, 230 V
SILENCE_S = 120  # without a heartbeat (LPC)

Chapter = namedtuple("Chapter", "title label promise play")
CHAPTERS = []


def chapter(title, label, promise):
    """Adds the decorated coroutine function of a Stage to the story."""

    def add(play):
        CHAPTERS.append(Chapter(title, label, promise, play))
        return play

    return add


def _full(own, seen):
    return own.offered_ma == own.draw_ma == FULL_MA and own.power_w == FULL_W


_CHARGES_FULL = (
    ("the wallbox says that the car draws 16 A on each phase", _full),
    ("the manager reads 11.04 kW", lambda own, seen: seen.power_w == FULL_W),
    ("the manager reads 16 A", lambda own, seen: seen.current_a == FULL_MA / 1000),
)
_NO_LIMIT = (
    ("the wallbox is under control, without a limit", lambda own, seen: own.state == "uc"),
    ("no limit of the manager rules", lambda own, seen: own.limit_w is None),
    ("the manager reads that its limit is inactive", lambda own, seen: seen.limit_w is None),
)


def _limited(watts, offered_ma):
    return (
        (f"the wallbox is limited to {kw(watts)}", lambda own, seen: own.limit_w == watts),
        ("its state is limited", lambda own, seen: own.state == "limited"),
        ("it names the manager as who rules", lambda own, seen: own.ruling == "lpc"),
        (f"it offers {offered_ma / 1000:g} A", lambda own, seen: own.offered_ma == offered_ma),
        ("the car draws no more than that", lambda own, seen: own.draw_ma <= offered_ma),
        ("it measures no more than the limit", lambda own, seen: own.power_w <= watts),
        (f"the manager reads {kw(watts)}, active", lambda own, seen: seen.limit_w == watts),
        ("the manager reads a power within", lambda own, seen: 0 < seen.power_w <= watts),
    )


def _ruled(what):
    return (what, lambda own, seen: own.ruling == "lpc" and own.state == "failsafe")


@chapter("The wallbox starts", "start, pairing", "it listens, and holds itself to its failsafe limit")
async def start(stage):
    seconds = await stage.wallbox.start()
    ready = stage.wallbox.ready
    stage.curtain_up()
    stage.tell(f"Wallbox: up after {seconds:.1f} s, listening on {ready['host']}:{ready['port']}.")
    stage.tell(f"Wallbox: my key has the SKI {ready['ski']}.")
    own, _ = await stage.expect(
        ("its state is init", lambda own, seen: own.state == "init"),
        ("the failsafe limit rules", lambda own, seen: own.limit_w == own.failsafe_w),
        ("it trusts nobody", lambda own, seen: not own.trusted and not own.peers),
    )
    stage.tell(f"Wallbox: nobody manages me yet, so I keep to {kw(own.failsafe_w)}.")
    await stage.hold(1.5)
    return f"listening after {seconds:.1f} s, {kw(own.failsafe_w)} until somebody is in control"


@chapter("The manager finds it", "start, pairing", "a stranger gets no further than hello")
async def find(stage):
    manager, ready = stage.manager, stage.wallbox.ready
    ski = manager.identity.ski
    stage.tell(f"Manager: calling {ready['host']}:{ready['port']}, my SKI is {ski}.")
    stage.dialling = asyncio.create_task(
        manager.connect(ready["host"], ready["port"], ready["ski"])
    )
    claims = (
        ("the wallbox keeps the manager in hello", lambda own, _: own.peers.get(ski) == "hello"),
        ("it does not trust it", lambda own, _: ski not in own.trusted),
        ("the manager is not let in", lambda own, _: not stage.dialling.done()),
    )
    await stage.expect(*claims)
    stage.tell("Manager: its certificate has the SKI I looked for. TLS 1.2 is up.")
    stage.tell("Wallbox: I do not know this manager. It has to wait until my owner agrees.")
    await stage.hold(2, *claims)
    return "TLS with the SKI that was expected; held in hello, because it is not trusted"


@chapter("They are paired", "start, pairing", "with the owner's consent, and only then, the door opens")
async def pair(stage):
    manager = stage.manager
    begin = time.monotonic()
    await stage.wallbox.command("trust", ski=manager.identity.ski)
    await asyncio.wait_for(stage.dialling, 10)
    ms = (time.monotonic() - begin) * 1000
    name = manager.link.connection.peer_ship_id
    if name != stage.wallbox.ready["ship_id"]:
        raise Broken(f"the wallbox gave the SHIP ID {name}")
    ski = manager.identity.ski
    await stage.expect(
        ("the wallbox trusts the manager", lambda own, _: ski in own.trusted),
        ("its connection is in data exchange", lambda own, _: own.peers.get(ski) == "data"),
    )
    stage.tell(f"Owner: I trust it. Connected {ms:.0f} ms later to {name}.")
    stage.figure("from the owner's consent to data exchange", f"{ms:.0f} ms")
    return f"connected {ms:.0f} ms after the owner's consent"


@chapter("The manager takes control", "start, pairing", "it reads what it has there, and is obeyed")
async def control(stage):
    manager = stage.manager
    await manager.attach()
    name, nominal, failsafe_w, failsafe_s = await manager.about()
    own = await stage.wallbox.status()
    if (nominal, failsafe_w, failsafe_s) != (FULL_W, own.failsafe_w, own.failsafe_s):
        raise Broken(f"the manager reads {nominal} W, failsafe {failsafe_w} W, {failsafe_s} s")
    stage.tell(
        f"Manager: this is a {name}, {kw(nominal)} at most; without me it would fall to "
        f"{kw(failsafe_w)}."
    )
    cases = manager.use_cases()
    stage.tell(f"Manager: it knows {', '.join(cases)}.")
    manager.beat()
    number, _ = await manager.limit(None)
    if number:
        raise Broken(f"the first write was answered with error {number}")
    await stage.expect(*_NO_LIMIT)
    stage.tell("Manager: I am here, with a heartbeat every 50 s, and limit nothing.")
    await stage.hold(1)
    return f"{len(cases)} use cases found; heartbeats; the wallbox is under control"


@chapter("A car plugs in", "a car charges", "it may draw 16 A on three phases: 11 kW")
async def plug(stage):
    await stage.wallbox.command("plug")
    await stage.wallbox.command("ev", state="C", draw_ma=[FULL_MA] * 3)
    stage.tell("Car: plugged in, hungry for 16 A on three phases.")
    own, _ = await stage.expect(
        *_CHARGES_FULL,
        ("the pilot is in C", lambda own, seen: own.pilot == "C"),
        ("the contactor is closed", lambda own, seen: own.contactor),
        ("the manager reads normalOperation", lambda _, seen: seen.operating == "normalOperation"),
    )
    stage.tell(f"Wallbox: charging with {kw(own.power_w)}; what rules is the {own.reason}.")
    await stage.hold(4, *_CHARGES_FULL)
    return f"{FULL_MA / 1000:g} A, {kw(own.power_w)}, read so by the manager"


async def _limit(stage, watts, offered_ma, seconds):
    before = (await stage.wallbox.status()).power_w
    rising = before < watts
    stage.tell(f"Manager: the grid is short of power. At most {kw(watts)}, please.")
    begin = time.monotonic()
    number, ms = await stage.manager.limit(watts)
    if number:
        raise Broken(f"the limit was answered with error {number}")
    aim = (lambda w: before < w <= watts) if rising else (lambda w: 0 < w <= watts)
    own_s, told_s = await stage.power(aim, begin)
    own, _ = await stage.expect(*_limited(watts, offered_ma))
    verb = "rose" if rising else "fell"
    stage.recording.mark(f"{ms:.0f} ms to the result, {own_s:.1f} s to the power")
    stage.tell(f"Wallbox: accepted, {ms:.0f} ms. I offer {own.offered_ma / 1000:g} A now.")
    stage.tell(
        f"Car: down" if not rising else "Car: up",
    )
    stage.figure(f"limit of {kw(watts)}, from write to result", f"{ms:.1f} ms")
    stage.figure(f"limit of {kw(watts)}, until the power {verb}", f"{own_s:.2f} s")
    stage.figure(f"limit of {kw(watts)}, until the manager was told", f"{told_s:.2f} s")
    await stage.hold(seconds, *_limited(watts, offered_ma))
    return f"accepted in {ms:.0f} ms; {kw(before)} {verb} to {kw(own.power_w)} in {own_s:.1f} s"
