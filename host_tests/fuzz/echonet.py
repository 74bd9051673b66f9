"""Random and mutated frames against the ECHONET Lite node, each answer checked.

    python -m host_tests.fuzz.echonet --frames 1000000
    python -m host_tests.fuzz.echonet --udp            (the running firmware: see echonet_udp)

A model, written from the rules and not from the node, says what has to come out. No exception,
no wrong answer, no growing memory. Closes with `N passed, M failed`.
"""

import argparse
import gc
import random
import sys
import tracemalloc
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for _place in ("host_tests/unit", "tools/shims", "lib", "."):
    if str(ROOT / _place) not in sys.path:
        sys.path.insert(0, str(ROOT / _place))

from echonet_bench import ADDR, bench, wallbox  # noqa: E402

GET, SET, INF, VAR = 1, 2, 4, 8
PROFILE = bytes.fromhex("0EF001")
REQUESTS = (0x60, 0x61, 0x62, 0x63, 0x6E, 0x74)


class Malformed(Exception):
    pass


def split(frame):
    """(TID, SEOJ, DEOJ, ESV, lists of (EPC, EDT)) of a request; raises Malformed."""
    if frame[:2] != b"\x10\x81" or len(frame) < 12:
        raise Malformed
    esv = frame[10]
    rest = frame[11:]
    lists = []
    for _ in range(2 if esv == 0x6E else 1):
        if not rest:
            raise Malformed
        count, rest = rest[0], rest[1:]
        properties = []
        for _ in range(count):
            if len(rest) < 2 or len(rest) < 2 + rest[1]:
                raise Malformed
            properties.append((rest[0], rest[2 : 2 + rest[1]]))
            rest = rest[2 + rest[1] :]
        lists.append(properties)
    return frame[2:4], frame[4:7], frame[7:10], esv, lists


def pack(properties):
    return bytes([len(properties)]) + b"".join(
        bytes([epc, len(edt)]) + edt for epc, edt in properties
    )


class Model:
    """What a node has to answer. Objects are {EOJ: {EPC: [access, size, value]}}."""

    def __init__(self, node):
        self.objects = {}
        scratch = bytearray(300)
        for obj in node.objects:
            table = {}
            for i in range(0, len(obj.props), 3):
                epc, access, length = obj.props[i : i + 3]
                if epc in (0x9D, 0x9E, 0x9F):
                    flag = {0x9D: INF, 0x9E: SET, 0x9F: GET}[epc]
                    value = self._map(obj.props, flag)
                else:
                    n = obj.get(epc, scratch, 0) if access & (GET | INF) else -1
                    value = bytes(scratch[:n]) if n >= 0 else None
                table[epc] = [access, length, value]
            self.objects[obj.eoj.to_bytes(2, "big") + bytes([obj.instance])] = table

    @staticmethod
    def _map(props, flag):
        codes = [props[i] for i in range(0, len(props), 3) if props[i + 1] & flag]
        if len(codes) < 16:
            return bytes([len(codes), *codes])
        bits = [0] * 16
        for epc in codes:
            bits[epc % 16] += 1 << (epc // 16 - 8)
        return bytes([len(codes), *bits])

    def _allowed(self, epc, edt):
        if epc == 0x81:
            return len(edt) == 1 or (len(edt) == 17 and edt[0] == 1)
        if epc == 0xDA:
            return edt in (b"\x42", b"\x44", b"\x47", b"\x40")
        return True

    def _set(self, table, properties):
        answer, changed = [], set()
        for epc, edt in properties:
            access, size, _ = table.get(epc, (0, 0, None))
            fits = 0 < len(edt) <= size if access & VAR else len(edt) == size
            if access & SET and fits and self._allowed(epc, edt):
                answer.append((epc, b""))
                if access & GET:
                    if access & INF and edt != table[epc][2]:
                        changed.add(epc)
                    table[epc][2] = edt
            else:
                answer.append((epc, edt))
                changed.add(None)
        return answer, changed

    def _get(self, table, properties, flag):
        answer, refused = [], False
        for epc, _ in properties:
            access, _, value = table.get(epc, (0, 0, None))
            if not access & flag:
                value = None
            refused |= value is None
            answer.append((epc, value or b""))
        return answer, refused

    def answers(self, frame):
        """List of (destination, frame without TID for notifications)."""
        try:
            tid, seoj, deoj, esv, lists = split(frame)
        except Malformed:
            return []
        if esv not in REQUESTS:
            return []
        out, notices = [], []
        for eoj, table in self.objects.items():
            if eoj[:2] != deoj[:2] or deoj[2] not in (0, eoj[2]):
                continue
            refused = False
            body = b""
            if esv == 0x74:
                body = pack([(epc, b"") for epc, _ in lists[0]])
            if esv in (0x60, 0x61, 0x6E):
                before = table.get(0xDA, (0, 0, None))[2]
                answer, changed = self._set(table, lists[0])
                refused = None in changed
                body = pack(answer)
                if table.get(0xDA, (0, 0, None))[2] == before:
                    changed.discard(0xDA)  # there and back within one frame
                notices += [(eoj, epc) for epc in sorted(changed - {None})]
            if esv in (0x62, 0x63, 0x6E):
                flag = INF if esv == 0x63 else GET
                answer, bad = self._get(table, lists[-1], flag)
                refused |= bad
                body += pack(answer)
            if esv == 0x60 and not refused:
                continue
            code = 0x7A if esv == 0x74 else esv - 0x10 if refused else esv + 0x10
            to = None if code == 0x73 else ADDR
            out.append((to, b"\x10\x81" + tid + eoj + seoj + bytes([code]) + body))
        for eoj, epc in notices:
            value = self.objects[eoj][epc][2]
            head = b"\x10\x81" + b"??" + eoj + PROFILE + b"\x73"
            out.append((None, head + pack([(epc, value)])))
        return out


def generate(rng):
    """A frame: well formed more often than not, about objects and properties that exist."""
    kind = rng.random()
    if kind < 0.05:
        return rng.randbytes(rng.randrange(40))
    esv = rng.choice(REQUESTS) if kind < 0.95 else rng.randrange(256)
    deoj = rng.choice(("02A101", "02A102", "02A100", "0EF001", "0EF000", "013001"))
    body = b""
    for _ in range(2 if esv == 0x6E else 1):
        properties = []
        for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 8))):
            epc = rng.choice(b"\x80\x81\x82\x83\x88\x9d\x9e\x9f\xc7\xcd\xce\xd3\xd5\xd6\xda\xeb")
            if rng.random() < 0.05:
                epc = rng.randrange(256)
            size = rng.choice((0, 0, 1, 1, 1, 4, 17, rng.randrange(20)))
            edt = rng.randbytes(size)
            if size == 17 or rng.random() < 0.4:
                edt = rng.choice((b"\x42", b"\x44", b"\x47", b"\x99", b"\x01" + rng.randbytes(16)))
            properties.append((epc, edt))
        body += pack(properties)
    frame = b"\x10\x81" + rng.randbytes(2) + b"\x05\xff\x01" + bytes.fromhex(deoj)
    frame = bytearray(frame + bytes([esv]) + body)
    mutation = rng.random()
    if mutation < 0.08:
        frame[rng.randrange(len(frame))] = rng.randrange(256)
    elif mutation < 0.16:
        del frame[rng.randrange(len(frame)) :]
    elif mutation < 0.22:
        frame += rng.randbytes(rng.randrange(1, 9))
    elif mutation < 0.26:
        frame[rng.randrange(len(frame))] ^= 1 << rng.randrange(8)
    elif mutation < 0.28:
        del frame[rng.randrange(len(frame))]
    return bytes(frame)


def answers(node, frame, now):
    node.rx(frame, ADDR, now)
    out = []
    while (mv := node.tx()) is not None:
        raw = bytes(mv)
        if node.dest is None and raw[7:10] == PROFILE:
            raw = raw[:2] + b"??" + raw[4:]
        out.append((node.dest, raw))
    return out


def run(frames, seed, progress=None):
    """Serves `frames` frames; (answers seen, bytes of memory gained in the second half).

    Raises AssertionError with the frame that was answered wrongly.
    """
    rng = random.Random(seed)
    node = bench(wallbox(1), wallbox(2), buf=bytearray(4096))
    model = Model(node)
    seen = now = 0
    started = 0
    for i in range(frames):
        if i == frames // 2:
            gc.collect()
            tracemalloc.start()
            started = tracemalloc.get_traced_memory()[0]
        now = (now + 21) & 0x3FFFFFFF  # just below 50 frames a second
        frame = generate(rng)
        expected = model.answers(frame)
        got = answers(node, frame, now)
        if got != expected:
            raise AssertionError(
                f"frame {i} of seed {seed}: {frame.hex()}\n"
                f"expected {[raw.hex() for _, raw in expected]}\n"
                f"got      {[raw.hex() for _, raw in got]}"
            )
        seen += len(got)
        for device in node.objects[1:]:
            device.sets.clear()
        if progress and i % 10000 == 0:
            progress(i)
    gc.collect()
    gained = tracemalloc.get_traced_memory()[0] - started
    tracemalloc.stop()
    return seen, gained


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m host_tests.fuzz.echonet", description=__doc__)
    parser.add_argument("--frames", type=int, default=100000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers (%(default)s)")
    parser.add_argument(
        "--udp",
        type=int,
        nargs="?",
        const=20000,
        metavar="N",
        help="N frames (20000) over UDP to the running firmware instead; needs root",
    )
    options = parser.parse_args(arguments)

    def progress(i):
        print(f"\r{i} frames", end="", file=sys.stderr, flush=True)

    if options.udp:
        from host_tests.fuzz import echonet_udp

        rows = list(echonet_udp.run(options.udp, options.seed, progress))
        for what, ok, detail in rows:
            print(f"\n{'ok  ' if ok else 'FAIL'} {what}: {detail}", end="")
        failed = sum(not ok for _, ok, _ in rows)
        print(f"\n{len(rows) - failed} passed, {failed} failed")
        return 1 if failed else 0

    try:
        seen, gained = run(options.frames, options.seed, progress)
    except AssertionError as error:
        print(f"\n{error}\n0 passed, 1 failed")
        return 1
    flat = gained < 4096
    print(f"\n{options.frames} frames, {seen} answers as expected, {gained} bytes gained")
    print(f"{1 + flat} passed, {1 - flat} failed")
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
