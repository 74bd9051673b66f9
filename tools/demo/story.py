"""The story, chapter by chapter. Each asserts what both sides say, and returns what happened."""

import asyncio
import time
from collections import namedtuple

from tools.demo import claims, echonet_act
from tools.demo.stage import Broken, amperes, kw

LIMIT_W = 4200  # what a grid operator in Germany has to leave to a wallbox (14a EnWG)
OTHER_W = 7400
SILENCE_S = 120  # without a heartbeat: failsafe (LPC)
CONNECT_S = 15

Chapter = namedtuple("Chapter", "title label promise play")
CHAPTERS = []


def chapter(title, label, promise):
    """Adds the decorated coroutine function of a Stage to the story.

    `label` names its phase on the timeline; it returns what happened, or raises Broken.
    """

    def add(play):
        CHAPTERS.append(Chapter(title, label, promise, play))
        return play

    return add


def _accepted(number, what):
    if number:
        raise Broken(f"{what} was answered with error {number}")


@chapter("The wallbox starts", "pairing", "a new wallbox keeps to its failsafe limit")
async def start(stage):
    seconds = await stage.wallbox.start()
    ready = stage.wallbox.ready
    stage.curtain_up()
    stage.tell(f"Wallbox: up after {seconds:.1f} s, at {ready['host']} port {ready['port']}.")
    stage.tell(f"Wallbox: the SKI of my key is {ready['ski']}.")
    own, _ = await stage.expect(*claims.NOBODY)
    stage.tell(f"Wallbox: nobody manages me yet, so I keep to {kw(own.failsafe_w)}.")
    await stage.hold(1.5, *claims.NOBODY)
    return f"listening after {seconds:.1f} s, held to {kw(own.failsafe_w)}"


@chapter("The manager finds it", "pairing", "a stranger is not let in")
async def find(stage):
    manager, ready = stage.manager, stage.wallbox.ready
    ski = manager.identity.ski
    stage.tell(f"Manager: calling it; the SKI of my key is {ski}.")
    stage.call(manager.connect(ready["host"], ready["port"], ready["ski"]))
    stranger = claims.stranger(ski, lambda: not stage.calling.done())
    await stage.expect(*stranger)
    stage.tell("Manager: TLS is up, and it has the key with the SKI that I looked for.")
    stage.tell("Wallbox: I do not know this manager. It waits until my owner agrees.")
    await stage.hold(2, *stranger)
    return "TLS with the expected SKI; kept waiting in hello"


@chapter("They are paired", "pairing", "the owner's consent opens the door")
async def pair(stage):
    manager = stage.manager
    begin = time.monotonic()
    await stage.wallbox.command("trust", ski=manager.identity.ski)
    await asyncio.wait_for(stage.calling, CONNECT_S)
    ms = (time.monotonic() - begin) * 1000
    ship_id = manager.link.connection.peer_ship_id
    if ship_id != stage.wallbox.ready["ship_id"]:
        raise Broken(f"the wallbox calls itself {ship_id}")
    await stage.expect(*claims.paired(manager.identity.ski))
    stage.tell("Owner:   I trust this manager.")
    stage.tell(f"Manager: connected to {ship_id}, {ms:.0f} ms after that.")
    stage.figure("owner's consent to data exchange", f"{ms:.0f} ms")
    return f"connected {ms:.0f} ms after the owner's consent"


@chapter("The manager takes control", "pairing", "the manager is obeyed")
async def control(stage):
    manager = stage.manager
    await manager.attach()
    name, *terms = await manager.about()
    own = await stage.wallbox.status()
    if terms != [claims.FULL_W, own.failsafe_w, own.failsafe_s]:
        raise Broken(f"nominal maximum, failsafe limit and duration are read as {terms}")
    stage.tell(f"Manager: this is a {name} of at most {kw(terms[0])}. It can do:")
    for use_case in manager.use_cases():
        stage.tell(f"         {use_case}")
    _accepted(await manager.heartbeat(), "the first heartbeat")
    manager.beat()
    number, _ = await manager.limit(None)
    _accepted(number, "the first write")
    await stage.expect(*claims.UNLIMITED)
    stage.tell("Manager: I am here, you hear my heartbeat, and there is no limit for now.")
    await stage.hold(1, *claims.UNLIMITED)
    return f"{len(manager.use_cases())} use cases; the failsafe limit has made way"


@chapter("A car plugs in", "no limit", "the car charges with 16 A on three phases, 11 kW")
async def plug(stage):
    await stage.wallbox.command("plug")
    await stage.wallbox.command("ev", state="C", draw_ma=[claims.FULL_MA] * 3)
    stage.tell("Car:     plugged in, would like 16 A on three phases.")
    own, _ = await stage.expect(*claims.FULL, *claims.CHARGING, *claims.UNLIMITED)
    stage.tell(f"Wallbox: charging with {kw(own.power_w)}.")
    await stage.hold(4, *claims.FULL, *claims.CHARGING, *claims.UNLIMITED)
    return f"{amperes(own.draw_ma)}, {kw(own.power_w)}; the manager reads the same"


async def _limit(stage, watts, offered_ma, rising=False):
    before = (await stage.wallbox.status()).power_w
    begin = time.monotonic()
    number, ms = await stage.manager.limit(watts)
    _accepted(number, "the limit")
    stage.tell(f"Wallbox: accepted after {ms:.0f} ms.")
    least = before + 1 if rising else 1
    own_s, told_s = await stage.power(lambda power: least <= power <= watts, begin)
    held = claims.limited(watts, offered_ma)
    own, _ = await stage.expect(*held)
    change = kw(abs(own.power_w - before), 1)
    stage.recording.mark(f"{'+' if rising else '−'}{change} in {own_s:.1f} s", begin + own_s)
    way = "up" if rising else "down"
    drawn = f"{amperes(own.draw_ma)}, {kw(own.power_w)}"
    stage.tell(f"Car:     {way} to {drawn}, {own_s:.1f} s after the write.")
    stage.figure(f"limit {kw(watts)}: write to result", f"{ms:.1f} ms")
    stage.figure(f"limit {kw(watts)}: write to power {way}", f"{own_s:.2f} s")
    stage.figure(f"limit {kw(watts)}: write to the manager being told", f"{told_s:.2f} s")
    await stage.hold(7, *held)
    return f"accepted in {ms:.0f} ms; {kw(before)} {way} to {kw(own.power_w)} in {own_s:.1f} s"


async def _lift(stage, seconds):
    begin = time.monotonic()
    number, ms = await stage.manager.limit(None)
    _accepted(number, "the end of the limit")
    own_s, _ = await stage.power(lambda power: power == claims.FULL_W, begin)
    await stage.expect(*claims.UNLIMITED, *claims.FULL)
    stage.tell(f"Car:     back at 16 A, after {own_s:.1f} s.")
    await stage.hold(seconds, *claims.UNLIMITED, *claims.FULL)
    return f"accepted in {ms:.0f} ms; full power again in {own_s:.1f} s"


@chapter("The grid is short of power", "limit 4.2 kW", "the offered current falls to 6 A")
async def limit(stage):
    stage.tell(f"Manager: the grid is short of power. No more than {kw(LIMIT_W)}, please.")
    return await _limit(stage, LIMIT_W, 6000)


@chapter("The limit is lifted", "no limit", "the car draws 16 A again")
async def lift(stage):
    stage.tell("Manager: enough for everybody. The limit is lifted.")
    return await _lift(stage, 5)


@chapter("The manager dies", "manager silent", "for 120 s its last word counts")
async def silence(stage):
    _accepted(await stage.manager.heartbeat(), "the last heartbeat")
    stage.last_beat_s = (await stage.wallbox.status()).t_s
    stage.manager.crash()
    stage.tell("Manager: (has crashed: no goodbye, no more heartbeats)")
    await stage.expect(*claims.UNHEARD)
    await stage.hold(2, *claims.UNHEARD)
    stage.tell(f"Wallbox: no heartbeat. I wait {SILENCE_S} s, in case it comes back.")
    stage.tell(f"         (to spare you that, the clock runs {stage.speed} times as fast)")
    await stage.clock(stage.speed)
    while (own := await stage.wallbox.status()).state != "failsafe":
        silent_s = own.t_s - stage.last_beat_s
        if own.state != "uc" or own.power_w != claims.FULL_W or silent_s > 2 * SILENCE_S:
            raise Broken(f"after {silent_s:.0f} s of silence {stage.instead(own)}")
        await asyncio.sleep(0.05)
    await stage.clock(1)
    return f"16 A and {kw(claims.FULL_W)} until the time was up"


@chapter("The wallbox helps itself", "failsafe", "after 120 s without a heartbeat: failsafe limit")
async def failsafe(stage):
    silent_s = stage.wallbox.entered("failsafe") - stage.last_beat_s
    # half a second of ours is what a busy computer may sleep through
    if not SILENCE_S - 0.5 <= silent_s <= SILENCE_S + 0.5 * stage.speed + 0.5:
        raise Broken(f"failsafe came {silent_s:.1f} s after the last heartbeat")
    own, _ = await stage.expect(*claims.FAILSAFE)
    stage.recording.mark(f"{silent_s:.0f} s without a heartbeat", time.monotonic(), before=True)
    stage.tell(f"Wallbox: {silent_s:.1f} s without a heartbeat. Failsafe: {kw(own.failsafe_w)}.")
    stage.tell(f"Car:     down to {amperes(own.draw_ma)}. The clock runs as usual again.")
    stage.figure("last heartbeat to failsafe, protocol time", f"{silent_s:.1f} s")
    await stage.hold(4, *claims.FAILSAFE)
    return f"failsafe after {silent_s:.1f} s, {kw(own.power_w)}"


@chapter("The manager comes back", "failsafe", "no second pairing is needed")
async def back(stage):
    manager, ready = stage.manager, stage.wallbox.ready
    begin = time.monotonic()
    await asyncio.wait_for(manager.connect(ready["host"], ready["port"], ready["ski"]), CONNECT_S)
    ms = (time.monotonic() - begin) * 1000
    await manager.attach()
    own, seen = await stage.expect(*claims.paired(manager.identity.ski), *claims.READS_FAILSAFE)
    stage.tell(f"Manager: connected again, {ms:.0f} ms. I read {kw(seen.power_w)}: well done.")
    stage.figure("TCP, TLS and SHIP up to data exchange, trusted", f"{ms:.0f} ms")
    await stage.hold(2, *claims.READS_FAILSAFE)
    return f"connected in {ms:.0f} ms; reads {kw(seen.power_w)}"


@chapter("Control is back", "limit 7.4 kW", "a heartbeat and a limit end the failsafe state")
async def regain(stage):
    _accepted(await stage.manager.heartbeat(), "the heartbeat")
    stage.manager.beat()
    stage.tell(f"Manager: here is my heartbeat. {kw(OTHER_W)} will do.")
    return await _limit(stage, OTHER_W, 10700, rising=True)


@chapter("The evening is over", "no limit", "no limit is left behind")
async def over(stage):
    stage.tell("Manager: the limit is lifted.")
    return await _lift(stage, 4)


SECOND_ACT = "ECHONET Lite"
chapter("Another controller", SECOND_ACT, "it finds the wallbox by itself")(echonet_act.find)
chapter("It starts a car", SECOND_ACT, "it is notified of what happens")(echonet_act.start)
chapter("Two have a say", SECOND_ACT, "the lower value rules, both see it")(echonet_act.limit)
chapter("It stops the car", SECOND_ACT, "the car stops at its word")(echonet_act.stop)


@chapter("Goodbye", "end", "both sides have counted the same energy")
async def goodbye(stage):
    await stage.wallbox.command("unplug")
    own, _ = await stage.expect(*claims.EMPTY)
    stage.tell(f"Car:     unplugged, with {own.energy_wh} Wh more than before.")
    await stage.manager.goodbye()
    await stage.expect(("the wallbox has ended the session", lambda own, _: not own.peers))
    stage.tell("Manager: goodbye.")
    await stage.hold(2)
    await stage.curtain_down()
    stage.figure(
        "largest free block of its heap while nobody is connected", f"{stage.least_block:,} bytes"
    )
    if stage.lasting:
        return f"{own.energy_wh} Wh; the wallbox runs on"
    if (code := await stage.wallbox.stop()) != 0:
        raise Broken(f"the wallbox ended with exit code {code}")
    return f"{own.energy_wh} Wh on both sides; the wallbox ended with exit code 0"
