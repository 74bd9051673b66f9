"""A second act of the story: a controller of the other protocol steers the wallbox.

    happened = await play(stage)

The wallbox must have been started with `--echonet ADDRESS`, a car must be charging and nobody else
may limit it below 8.6 A. The last words of the act give the current back.
"""

import asyncio
import time

from tools.demo.stage import Broken, amperes, kw
from tools.echonet.client import client

ADDRESS = "127.0.0.2"  # of the wallbox; the controller has another, both use port 3610
OWN = "127.0.0.1"
EOJ = 0x02A101
POWER_W = 6000
OFFER_MA = 8600  # POWER_W on three phases of 230 V, to 0.1 A
_POWER, _MEASURED, _MODE = 0xEB, 0xD3, 0xDA
_OTHER = b"\x40"
_TIMEOUT_S = 3


def _ruled(own, seen):
    return own.ruling == "echonet" and own.offered_ma == OFFER_MA


async def play(stage, address=ADDRESS, own=OWN):
    """Plays on a Stage; returns what happened. Raises Broken, or NoAnswer of tools.echonet."""
    with client(own, None, _TIMEOUT_S) as controller:
        nodes = await asyncio.to_thread(controller.discover, 0.5)
        if EOJ not in nodes.get(address, ()):
            raise Broken(f"the controller's search has found {nodes}")
        stage.tell("Controller: I speak ECHONET Lite, and have found an EV charger.")
        begin = time.monotonic()
        watts = (_POWER, POWER_W.to_bytes(4, "big"))
        if await asyncio.to_thread(controller.set, address, EOJ, [watts]):
            raise Broken("the power was refused")
        ms = 1000 * (time.monotonic() - begin)
        words = f"the controller's {kw(POWER_W)} rule, {amperes(OFFER_MA)} are offered"
        await stage.expect((words, _ruled))
        stage.tell(f"Controller: charge with {kw(POWER_W)}. Accepted after {ms:.0f} ms.")
        await stage.expect(("the car follows", lambda own, seen: own.draw_ma == OFFER_MA))
        told = await asyncio.to_thread(controller.get, address, EOJ, [_MEASURED])
        power = int.from_bytes(told[_MEASURED], "big")
        stage.tell(f"Controller: I read {kw(power)}.")
        if not 0 < power <= POWER_W:
            raise Broken(f"the controller reads {power} W")
        if await asyncio.to_thread(controller.set, address, EOJ, [(_MODE, _OTHER)]):
            raise Broken("giving the current back was refused")
        await stage.expect(("nothing of it is left", lambda own, seen: own.ruling != "echonet"))
        return f"{kw(POWER_W)} by ECHONET Lite: offered, drawn ({kw(power)}), lifted"
