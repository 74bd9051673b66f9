"""1 000 faults against a busy main thread: `python -m host_tests.safety [FAULTS]`.

From the fault at the input to the open contactor, in steps of the supervision and in ms. The
threads of this port share one interpreter lock, which a step of a TLS handshake holds for up to
20 ms: that much longer it takes here than on a timer interrupt of an RP2, which has no such lock
and interrupts the handshake itself.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools import ROOT, identity
from tools.build import build, names
from tools.checks import micropython
from tools.sim.simulator import free_port

# From the input to the output, debounce included: of the 100 ms of IEC 61851-1, table A.6.
PERIODS = 4
PERIOD_MS = 10
LIMIT_MS = 100
FAULTS = 1000
_START_S = 20


def _rank(process):
    """Lets the threads of stall.py interrupt one another as on one core of a board: one
    processor, and a fixed rank for each, the supervision first. So it runs as soon as the main
    thread lets go of the interpreter's lock, and other work of this computer delays nobody.
    False where the system does not allow that."""
    until = time.monotonic() + _START_S
    while len(threads := sorted(map(int, os.listdir(f"/proc/{process.pid}/task")))) < 3:
        if time.monotonic() > until or process.poll() is not None:
            raise RuntimeError("it has not started its threads")
        time.sleep(0.02)
    main, supervision, plant = threads  # in the order in which they are started
    core = {max(os.sched_getaffinity(0))}
    try:
        for thread, rank in ((supervision, 30), (plant, 20), (main, 10)):
            os.sched_setaffinity(thread, core)
            os.sched_setscheduler(thread, os.SCHED_FIFO, os.sched_param(rank))
    except PermissionError:
        return False
    return True


def measure(faults):
    """What stall.py has measured, as a dict."""
    build("x64")
    tree = ROOT / "build" / "mpy" / "x64"
    own = identity.make()
    with tempfile.TemporaryDirectory() as folder:
        cert, key = Path(folder, "cert"), Path(folder, "key")
        cert.write_bytes(own.cert)
        key.write_bytes(own.key)
        script = Path(folder, "stall.py")
        script.write_text(names().program(Path(__file__).with_name("stall.py").read_text()))
        command = [micropython(), "-X", "heapsize=207K", str(script), str(faults)]
        process = subprocess.Popen(
            [*command, str(cert), str(key), str(free_port("127.0.0.1"))],
            env={"MICROPYPATH": f"{tree}:{tree / 'lib'}:.frozen"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            ranked = _rank(process)
            out, error = process.communicate(timeout=60 + faults)
        finally:
            process.kill()
    if process.returncode or not out:
        raise RuntimeError(out + error)
    return {**json.loads(out.splitlines()[-1]), "ranked": ranked}


def main(arguments):
    faults = int(arguments[0]) if arguments else FAULTS
    result = measure(faults)
    print(
        "{faults} faults, {handshakes} TLS handshakes, {collections} collections meanwhile\n"
        "contactor open in step {periods} after the fault at the worst, {worst_ms:.1f} ms after it"
        "; steps up to {late_ms:.1f} ms apart; error: {error}".format_map(result)
    )
    good = {
        f"all {faults} faults": result["faults"] == faults and not result["error"],
        f"open within {PERIODS * PERIOD_MS} ms of the supervision": result["periods"] <= PERIODS,
        "the main thread was busy": result["handshakes"] * 2 > faults // 20,
    }
    if result["ranked"]:
        good[f"open within {LIMIT_MS} ms"] = result["worst_ms"] <= LIMIT_MS
    else:
        print("threads have no rank on this system: other work of it may delay them")
    for name, passed in good.items():
        print("ok  " if passed else "FAIL", name)
    print(f"{sum(good.values())} passed, {len(good) - sum(good.values())} failed")
    return 0 if all(good.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
