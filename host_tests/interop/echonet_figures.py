"""How long the wallbox takes to answer a controller that reads all properties at once.

`python -m host_tests.interop.echonet_figures` prints it; the network is two namespaces.
"""

import contextlib
import os
import shutil
import statistics
import tempfile
import time

from host_tests.interop.echonet import HEAP
from host_tests.interop.echonet_probe import Probe
from host_tests.interop.netns import Network
from host_tests.interop.simulator import Simulator

BAR_MS = 20
ROUNDS = 50
_PAUSE_S = 0.03  # the wallbox serves 50 requests a second
# the usual property set of an AC wallbox, as a controller reads it in one request
_EPCS = bytes.fromhex("80818283888a898c8d9d9e9fc5c7c8caccd2d3d8dae7ebed")


def get24_ms(rounds=ROUNDS):
    """Milliseconds from each request for 24 properties to its complete answer."""
    with contextlib.ExitStack() as stack:
        folder = tempfile.mkdtemp(prefix="plugship-echonet-")
        stack.callback(shutil.rmtree, folder, True)
        network = stack.enter_context(Network(2))
        wallbox, controller = network.hosts
        options = ["--mdns", "off", "--echonet", wallbox.address, "--heap", HEAP]
        log = os.path.join(folder, "wallbox.log")
        box = Simulator(network, wallbox, folder, log, options=options)
        stack.callback(box.stop)
        probe = Probe(controller)
        stack.callback(probe.close)
        times = []
        for number in range(1, rounds + 1):
            time.sleep(_PAUSE_S)
            head = b"\x10\x81" + number.to_bytes(2, "big") + bytes.fromhex("05ff0102a10162")
            frame = head + bytes([len(_EPCS)]) + b"".join(bytes((epc, 0)) for epc in _EPCS)
            begin = time.perf_counter()
            answer = probe.ask(wallbox.address, frame)
            times.append(1000 * (time.perf_counter() - begin))
            if answer is None or answer[10:12] != bytes((0x72, len(_EPCS))):
                raise AssertionError(f"answer {answer and answer.hex()}")
        return times


def row():
    """The row of the bench: median of the answers' times, in ms."""
    times = get24_ms()
    median = statistics.median(times)
    return {
        "name": "echonet_get24_ms",
        "value": round(median, 2),
        "unit": "ms",
        "bar": BAR_MS,
        "ok": median <= BAR_MS,
        "note": f"24 properties over UDP, median of {len(times)}, worst {max(times):.2f} ms",
    }


if __name__ == "__main__":
    print(row())
