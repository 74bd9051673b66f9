"""Where the story is played: both actors, the record, the screen, and how claims are checked."""

import asyncio
import time

_LOOK_S = 0.125  # between two samples
_CHECK_S = 0.1  # between two looks at a claim
_FALL_S = 0.02  # the same while a time is taken
TELLING_S = 3.5  # the wallbox tells new values at most once a second


class Broken(Exception):
    """Something of the story did not happen; the text says what, and what was there instead."""


def kw(watts, digits=2):
    """Watts for people; None is no limit."""
    return "no limit" if watts is None else f"{watts / 1000:.{digits}f} kW"


def amperes(ma):
    """mA for people."""
    return f"{ma / 1000:g} A"


class Stage:
    """`pace` scales the time that is left for watching, `speed` is the clock of the long wait.

    Claims are (words, test): test(own, seen) of a wallbox.Status, what the wallbox says of
    itself, and a manager.Reading, what the manager has read over the wire (None: no link).
    `figures` are (words, value) for the summary.
    """

    def __init__(self, wallbox, manager, recording, screen, pace=1.0, speed=12):
        self.wallbox = wallbox
        self.manager = manager
        self.recording = recording
        self.screen = screen
        self.speed = speed
        self.lasting = False  # the wallbox runs on after the story
        self.figures = []
        self.least_block = None  # of its heap while nobody is connected, bytes
        self.controller = None  # of the second act
        self.calling = None  # the task of a call that may have to wait for consent
        self.last_beat_s = None  # protocol time
        self._pace = pace
        self._clock = 1
        self._sampler = None

    def tell(self, text):
        """A line of the story, in plain words."""
        self.recording.log(text)
        self.screen.tell(self.recording.now(), text)

    def figure(self, words, value):
        """A figure for the summary."""
        self.figures.append((words, value))

    def call(self, connecting):
        """Lets a call to the wallbox (an awaitable) go on beside the story, as `calling`."""
        self.calling = asyncio.create_task(connecting)

    def curtain_up(self):
        """Samples are taken from now on."""
        self._sampler = asyncio.create_task(self._sample())

    async def curtain_down(self):
        """No samples any more, and no controller."""
        if self.controller:
            self.controller.close()
            self.controller = None
        tasks = [task for task in (self._sampler, self.calling) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._sampler = self.calling = None

    async def _sample(self):
        while True:
            own = await self.wallbox.status()
            if not own.peers:
                self.least_block = min(own.heap_max, self.least_block or own.heap_max)
            sample = self.recording.sample(own, self.manager.known(), self._clock)
            self.screen.show(sample)
            await asyncio.sleep(_LOOK_S)

    async def clock(self, times):
        """Protocol time runs `times` as fast as the viewer's."""
        await self.wallbox.command("speed", x=times)
        self._clock = times

    async def expect(self, *claims, within=5):
        """Waits until all claims are true at once. Raises Broken after `within` s."""
        deadline = time.monotonic() + within
        while True:
            own, seen = await self.wallbox.status(), await self.manager.read()
            missing = _untrue(claims, own, seen)
            if not missing:
                return own, seen
            if self.calling and self.calling.done():
                self.calling.result()  # raises what has ended the call
            if time.monotonic() > deadline:
                raise Broken(
                    f"not within {within} s: {missing}; instead {self.instead(own, seen)}"
                )
            await asyncio.sleep(_CHECK_S)

    async def hold(self, seconds, *claims):
        """Time to watch, in which the claims stay true. Raises Broken."""
        end = time.monotonic() + seconds * self._pace
        while True:
            own, seen = await self.wallbox.status(), await self.manager.read()
            if untrue := _untrue(claims, own, seen):
                raise Broken(f"did not stay so: {untrue}; instead {self.instead(own, seen)}")
            left = end - time.monotonic()
            if left <= 0:
                return
            await asyncio.sleep(min(2 * _CHECK_S, left))

    async def power(self, test, since, within=5):
        """s from `since` (monotonic) until the wallbox's own meter says a power that meets the
        test, and s until it has told so over the wire. Raises Broken."""
        while not test((own := await self.wallbox.status()).power_w):
            if time.monotonic() > since + within:
                raise Broken(f"not within {within} s: the power; instead {self.instead(own)}")
            await asyncio.sleep(_FALL_S)
        own_s = time.monotonic() - since
        while True:
            for at, watts in self.manager.told:
                if at >= since and test(watts):
                    return own_s, at - since
            if time.monotonic() > since + own_s + TELLING_S:
                raise Broken(f"the wallbox has not told its power within {TELLING_S} s")
            await asyncio.sleep(_FALL_S)

    def instead(self, own, seen=None):
        """What there is, for the text of Broken."""
        text = (
            f"the wallbox is in state {own.state} with {kw(own.limit_w)}, offers "
            f"{amperes(own.offered_ma)}, measures {kw(own.power_w)} ({own.reason})"
        )
        if seen:
            text += f"; the manager reads {kw(seen.limit_w)}, power {kw(seen.power_w)}"
        return text


def _untrue(claims, own, seen):
    return ", ".join(words for words, test in claims if not test(own, seen))
