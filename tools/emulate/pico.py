"""An emulated Pico W: one RP2040 core, flash, USB console and Wi-Fi, by rp2040py.

The emulator has no second core, which the firmware does not use, and its network only lets the
board call out: it is no place for mDNS or for managers that call the wallbox.
"""

import asyncio
from dataclasses import replace

from rp2040py.boards import BOARDS, FlashLayout
from rp2040py.device import MicroPythonDevice
from rp2040py.external.cyw43 import Cyw43439
from rp2040py.external.cyw43.nat import NatBridge, TcpReflector

from tools.image.formats import BLOCK

WIFI = ("RP2040PY-GUEST", "emulated")  # the one access point, any password
HOST = "10.0.0.1"  # this computer's loopback, as the board sees it
_START_S = 600
_RUN_S = 24 * 3600


async def _open(host, port):
    return await asyncio.open_connection("127.0.0.1" if host == HOST else host, port)


class Bridge(NatBridge):
    """Calls of the board to HOST go to this computer."""

    def __init__(self, rp2040, queue):
        super().__init__(rp2040, queue)
        self._tcp = TcpReflector(rp2040, queue, connect_fn=_open)


class _Radio(Cyw43439):
    def attach(self, rp2040):
        super().attach(rp2040)
        self.bus.nat_bridge = Bridge(rp2040, self.bus.queue_rx_ethernet_frame)


class Pico:
    """with Pico(UF2 file, LittleFS image file, constants of the board) as board: ...

    It runs on a thread of its own. Raises TimeoutError when it does not start.
    """

    def __init__(self, firmware, image, board):
        spec = BOARDS["pico_w"]
        extras = tuple(_Radio if extra is Cyw43439 else extra for extra in spec.extras)
        layout = FlashLayout(board["FS_START"], board["FS_SIZE"] // BLOCK, BLOCK)
        self._device = MicroPythonDevice(
            board=replace(spec, image=firmware, layout=layout, extras=extras), filesystem=image
        )

    def __enter__(self):
        self._device.start_async(_START_S).result(_START_S)
        return self

    def __exit__(self, *error):
        self._device.stop()

    @property
    def seconds(self):
        """The board's time since its start."""
        return self._device.simulator.clock.nanos / 1e9

    def run(self, code):
        """What `code` prints at the raw REPL. Raises RuntimeError with the board's traceback."""
        out, error = self._device.exec_async(code, _RUN_S).result(_RUN_S)
        if error:
            raise RuntimeError(out.decode() + error.decode())
        return out.decode()
