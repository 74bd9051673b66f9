"""How long the wallbox takes to answer an ECHONET Lite Get of 24 properties.

Over loopback, each side at an address of its own, because both use port 3610.
"""

import random
import time
from statistics import median

from host_tests.bench import loopback
from tools.echonet.client import Client

GETS = 50
HEAP = "207K"  # as on a Pico W with two SHIP sessions
_PAUSE_S = 0.03  # the wallbox serves 50 requests a second
_EOJ = 0x02A101
# the usual property set of an AC wallbox
_EPCS = bytes.fromhex("80818283888a898c8d9d9e9fc5c7c8caccd2d3d8dae7ebed")


async def get24():
    """Median ms from a request for 24 properties to all of them.

    Raises LoopbackError, NoAnswer of tools.echonet.
    """
    net = f"127.{random.randint(1, 250)}.{random.randint(0, 250)}."
    options = ("--echonet", net + "2", "--heap", HEAP)
    async with loopback.simulator([], *options):
        client = Client(net + "3")
        try:
            return median([_get(client, net + "2") for _ in range(GETS)])
        finally:
            client.close()


def _get(client, host):
    time.sleep(_PAUSE_S)
    start = time.perf_counter()
    values = client.get(host, _EOJ, _EPCS)
    ms = (time.perf_counter() - start) * 1000
    if not all(values.values()):
        raise loopback.LoopbackError(f"without a value: {values}")
    return ms
