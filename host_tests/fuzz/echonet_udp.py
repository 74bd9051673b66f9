"""Random and mutated frames over UDP against the running firmware, in network namespaces.

Of every frame it is known from its bytes alone whether it must be answered, and what the answer
must look like: header, ESV, properties in their order, the echo of what is refused. In between
good frames must keep their meaning, the heap must stay flat, and at the end a flood must be held
off.
"""

import contextlib
import os
import random
import shutil
import tempfile
import time

from host_tests.fuzz.echonet import REQUESTS, Malformed, generate, split
from host_tests.interop.echonet import HEAP
from host_tests.interop.echonet_probe import Probe
from host_tests.interop.netns import Network
from host_tests.interop.simulator import Simulator
from tools.echonet.wire import Frame, decode, encode

CONTROLLER = 0x05FF01
WALLBOX = 0x02A101
PROFILE = 0x0EF001
OBJECTS = {0x02A1: WALLBOX, 0x0EF0: PROFILE}
SETTABLE = {WALLBOX: bytes.fromhex("81979899cddae7ebed"), PROFILE: b""}
MOST = 512  # bytes of a datagram that the firmware takes in
RATE = 50  # frames served in a second
SPEED = 60  # of the protocol clock, which the rate is counted in: answers are not held back
BATCH = 8
PAUSE_S = 1.5 * (BATCH + 1) / (RATE * SPEED)  # after a batch
WARM_UP = 2000  # frames
EVERY = 1000  # frames between looks at the charger and at the heap
GROWTH = 2048  # bytes of heap that may be gone at the end


class Wrong(Exception):
    """The firmware did not do what it must; the text has the frame."""


def expected(frame):
    """None for silence, else (SEOJ, DEOJ, ESV of the request, property lists of the request)."""
    try:
        _, seoj, deoj, esv, lists = split(frame[:MOST])
    except Malformed:
        return None
    eoj = OBJECTS.get(int.from_bytes(deoj[:2], "big"))
    if esv not in REQUESTS or eoj is None or deoj[2] not in (0, eoj & 0xFF):
        return None
    return eoj, int.from_bytes(seoj, "big"), esv, lists


def judge(wanted, answer):
    """What is wrong with an answer (Frame or None), "" for nothing."""
    if wanted is None:
        return "" if answer is None else "answered"
    eoj, deoj, esv, lists = wanted
    if answer is None:
        silent = esv == 0x60 and all(epc in SETTABLE[eoj] and edt for epc, edt in lists[0])
        return "" if silent else "no answer"
    if (answer.seoj, answer.deoj) != (eoj, deoj):
        return f"objects {answer.seoj:06X} {answer.deoj:06X}"
    sent = [answer.properties, answer.second]
    refused = False
    for i, asked in enumerate(lists):
        if [epc for epc, _ in sent[i]] != [epc for epc, _ in asked]:
            return "other properties"
        reads = esv in (0x62, 0x63) or (esv == 0x6E and i == 1)
        for (_, edt), (_, said) in zip(asked, sent[i], strict=True):
            if reads:
                refused |= not said
            elif said and said != edt:
                return "echo of something else"
            else:
                # an empty value is never accepted, and its echo looks like that
                refused |= bool(said) or (esv != 0x74 and not edt)
    right = 0x7A if esv == 0x74 else esv - 0x10 if refused else esv + 0x10
    return "" if answer.esv == right else f"ESV {answer.esv:02X}, not {right:02X}"


class Run:
    """`box`: the simulator at `address`; `probe`: a controller's socket."""

    def __init__(self, box, address, probe, seed):
        self._box = box
        self._address = address
        self._probe = probe
        self._rng = random.Random(seed)
        self._tid = 0
        self.answers = 0

    def _next(self):
        self._tid = self._tid % 0xFFFE + 1
        return self._tid

    def _frame(self):
        rng = self._rng
        frame = generate(rng)
        if rng.random() < 0.01:
            frame += rng.randbytes(rng.randrange(300, 1400))
        # the TID tells which answer belongs to which frame
        return frame[:2] + self._next().to_bytes(2, "big") + frame[4:]

    def batch(self):
        """Sends some frames and a good one; raises Wrong for any answer that is not right."""
        frames = [frame for frame in (self._frame() for _ in range(BATCH)) if len(frame) >= 4]
        last = Frame(self._next(), CONTROLLER, PROFILE, 0x62, [(0xD6, b"")])
        for frame in frames:
            self._probe.send(self._address, frame)
        self._probe.send(self._address, encode(last))
        got = {}
        while last.tid not in got:
            data = self._probe.receive(2)
            if data is None:
                raise Wrong(f"no answer any more after {[frame.hex() for frame in frames]}")
            answer = decode(data)
            if answer.esv == 0x73 and answer.deoj == PROFILE:
                continue  # told without being asked; our frames come from no profile
            if answer.tid in got:
                raise Wrong(f"answered twice: {data.hex()}")
            got[answer.tid] = answer
        if got[last.tid].properties != [(0xD6, b"\1\2\xa1\1")]:
            raise Wrong(f"instance list {got[last.tid]}")
        for frame in frames:
            answer = got.get(int.from_bytes(frame[2:4], "big"))
            wanted = expected(frame)
            if wanted and wanted[1] == PROFILE and wanted[2] == 0x63:
                continue  # its answer looks like a notification
            if problem := judge(wanted, answer):
                raise Wrong(f"{problem}: {frame.hex()} -> {answer}")
            self.answers += answer is not None
        time.sleep(PAUSE_S)
        return len(frames)

    def ask(self, esv, *properties):
        """A good request to the wallbox; the answer as Frame."""
        ask = Frame(self._next(), CONTROLLER, WALLBOX, esv, list(properties))
        data = self._probe.ask(self._address, encode(ask))
        if data is None:
            raise Wrong(f"no answer to {ask}")
        return decode(data)

    def steer(self):
        """A good Set still reaches the charger; its heap_free."""
        watts = 4200 + self._rng.randrange(5000)
        edt = watts.to_bytes(4, "big")
        mode = (0xDA, b"\x42")
        limit = (0x99, (65533).to_bytes(2, "big"))
        told = self.ask(0x61, limit, (0xEB, edt), (0xE7, bytes(4)), mode)
        if told.esv != 0x71 or self.ask(0x62, (0xEB, b"")).properties != [(0xEB, edt)]:
            raise Wrong(f"power {watts} W: {told}")
        status = self._box.status()
        found = [one["w"] for one in status["limits"] if one["origin"] == "echonet"]
        if found != [watts]:
            raise Wrong(f"limit {found}, not {watts} W")
        return status["heap_free"]

    def flood(self, frames=1000):
        """(answers, seconds) of good frames sent as fast as they go; raises Wrong afterwards."""
        time.sleep(1.1)
        ask = Frame(0, CONTROLLER, WALLBOX, 0x62, [(0x80, b"")])
        answers = 0
        begin = last = time.monotonic()
        for _ in range(frames):
            ask.tid = self._next()
            self._probe.send(self._address, encode(ask))
        while (data := self._probe.receive(0.3)) is not None:
            answers += decode(data).esv == 0x72
            last = time.monotonic()
        time.sleep(1.1)
        self.ask(0x62, (0x80, b""))
        return answers, last - begin


def run(frames, seed, progress):
    """Rows of (what, ok, detail); ends early when an answer is wrong."""
    with contextlib.ExitStack() as stack:
        folder = tempfile.mkdtemp(prefix="plugship-fuzz-")
        stack.callback(shutil.rmtree, folder, True)
        network = stack.enter_context(Network(2))
        wallbox, controller = network.hosts
        options = ["--mdns", "off", "--echonet", wallbox.address, "--heap", HEAP]
        log = os.path.join(folder, "wallbox.log")
        box = Simulator(network, wallbox, folder, log, options=[*options, "--speed", str(SPEED)])
        stack.callback(box.stop)
        probe = Probe(controller)
        stack.callback(probe.close)
        one = Run(box, wallbox.address, probe, seed)
        done = looked = 0
        begin = time.monotonic()
        free = None
        try:
            while done < frames:
                done += one.batch()
                if free is None and done >= min(WARM_UP, frames // 2):
                    free = one.steer()
                if done - looked >= EVERY:
                    looked = done
                    one.steer()
                    progress(done)
            seconds = time.monotonic() - begin
            yield "answers", True, f"{done} frames in {seconds:.0f} s, {one.answers} answers right"
            lost = free - one.steer()
            yield "memory", lost <= GROWTH, f"{free} bytes free, {lost} fewer at the end"
            box.command("speed", x=1)
            count, seconds = one.flood()
            most = RATE * (1 + int(seconds))
            ok = RATE <= count <= most
            yield "flood", ok, f"1000 good frames: {count} answers in {seconds:.2f} s"
            one.steer()
            yield "afterwards", True, "a Set reaches the charger"
        except Wrong as error:
            yield "answers", False, f"seed {seed}: {error}"
