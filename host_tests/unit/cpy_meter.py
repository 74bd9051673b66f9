"""Real protocol peers on a pseudo-terminal: tools.meter and tools.sim --meter."""

import asyncio
import json
import os
import pty
import subprocess
import sys
import threading
import time
import tty

import pytest
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice
from test_meter_push import D0_TEXT, PHASES

from firmware.hal.meters.registers import MODELS
from tools import ROOT
from tools.meter import parse


@pytest.fixture
def wire():
    """(descriptor of the meter's end, path of the PC's end) of a serial line."""
    meter, pc = pty.openpty()
    tty.setraw(meter)
    tty.setraw(pc)
    yield meter, os.ttyname(pc)
    os.close(meter)
    os.close(pc)


class ModbusMeter:
    """pymodbus as an Eastron meter, on its own end of a pair of joined pseudo-terminals."""

    def __init__(self, wire):
        self.meter, self.pc = wire[0], wire[1]
        self.joint, own = pty.openpty()
        tty.setraw(own)
        self.path = os.ttyname(own)
        self.own = own
        self.loop = asyncio.new_event_loop()
        self.started = threading.Event()
        self.threads = [
            threading.Thread(target=work, daemon=True)
            for work in (
                self._serve,
                lambda: self._pump(self.meter, self.joint),
                lambda: self._pump(self.joint, self.meter),
            )
        ]
        for thread in self.threads:
            thread.start()
        assert self.started.wait(10)

    def _pump(self, source, target):
        try:
            while data := os.read(source, 256):
                os.write(target, data)
        except OSError:
            pass  # the test is over

    def _serve(self):
        def floats(start, *values):
            return SimData(start, values=list(values), datatype=DataType.FLOAT32)

        registers = [
            floats(0, 230.1, 231.2, 229.9, 16.0, 15.5, 15.0, 3681.6, 3583.6, 3448.5),
            SimData(18, count=34, values=0, datatype=DataType.REGISTERS),
            floats(0x34, 10713.7),
            SimData(0x36, count=16, values=0, datatype=DataType.REGISTERS),
            floats(0x46, 50.02, 1234.567, 1.5),
        ]

        async def run():
            self.server = ModbusSerialServer(
                SimDevice(7, simdata=registers), port=self.path, baudrate=9600
            )
            await self.server.serve_forever(background=True)
            self.started.set()

        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(run())
        self.loop.run_forever()

    def stop(self):
        asyncio.run_coroutine_threadsafe(self.server.shutdown(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.threads[0].join(5)


@pytest.fixture
def sdm630(wire):
    meter = ModbusMeter(wire)
    yield meter
    meter.stop()


@pytest.fixture
def push(wire):
    """push(data): sends it every 200 ms until the test is over."""
    over = threading.Event()

    def run(data):
        while not over.wait(0.2):
            os.write(wire[0], data)

    yield lambda data: threading.Thread(target=run, args=[data], daemon=True).start()
    over.set()
    time.sleep(0.25)


def tools_meter(spec, seconds=2):
    command = [sys.executable, "-m", "tools.meter", spec, "--seconds", str(seconds)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)


def test_modbus_against_pymodbus(sdm630):
    done = tools_meter(f"modbus:{sdm630.pc},sdm630,7")
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert done.stdout.splitlines()[0] == (
        "L1 230.1 V  16.00 A  L2 231.2 V  15.50 A  L3 229.9 V  15.00 A   10715 W  50.02 Hz"
        "  1234.567 kWh  back 1.500 kWh"
    )


def test_modbus_meter_that_is_not_there(sdm630):
    done = tools_meter(f"modbus:{sdm630.pc},sdm630,9")
    assert done.returncode == 1 and not done.stdout
    assert "no answer" in done.stderr


def test_sml(push, wire):
    push(PHASES)
    done = tools_meter(f"sml:{wire[1]}")
    assert done.returncode == 0
    assert "L1 232.1 V   0.11 A" in done.stdout and "463 W" in done.stdout


def test_d0(push, wire):
    push(D0_TEXT)
    done = tools_meter(f"d0:{wire[1]},9600,8N1")
    assert done.returncode == 0
    assert "1100 W" in done.stdout and "793.107 kWh" in done.stdout


def test_no_such_port():
    done = tools_meter("sml:/dev/not-there")
    assert done.returncode == 1 and "/dev/not-there" in done.stderr


def test_specs():
    assert parse("modbus:/dev/x,sdm72,12,19200,8E1")[1:] == ("/dev/x", 19200, "8E1")
    assert parse("d0:COM3").form == "7E1"
    for bad in (
        "modbus:/dev/x",
        "modbus:/dev/x,sdm630,0",
        "sml:",
        "sml:/dev/x,fast",
        "d0:/x,1,9N1",
    ):
        with pytest.raises(ValueError):
            parse(bad)
    assert len(MODELS) >= 7


def wallbox_status(folder, spec, enough):
    """Status of the simulated wallbox as soon as `enough` says so."""
    command = [sys.executable, "-m", "tools.sim", "--state", str(folder / "box"), "--port", "0"]
    process = subprocess.Popen(
        [*command, "--meter", spec],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    status = {}
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            process.stdin.write('{"cmd":"status","id":1}\n')
            process.stdin.flush()
            while '"id"' not in (line := process.stdout.readline()):
                pass
            status = json.loads(line)
            if enough(status):
                break
            time.sleep(0.2)
    finally:
        process.terminate()
        process.communicate(timeout=10)
    return status


def test_modbus_behind_the_simulated_wallbox(sdm630, tmp_path):
    status = wallbox_status(
        tmp_path, f"modbus:{sdm630.pc},sdm630,7", lambda status: status["power_w"]
    )
    assert status["power_w"] == 3682 + 3584 + 3449
    assert status["draw_ma"] == [16000, 15500, 15000]
    assert status["energy_wh"] == 1234567


def test_sml_behind_the_simulated_wallbox(push, wire, tmp_path):
    push(PHASES)
    status = wallbox_status(tmp_path, f"sml:{wire[1]}", lambda status: status["power_w"])
    assert (status["power_w"], status["energy_wh"]) == (463, 7193388)
