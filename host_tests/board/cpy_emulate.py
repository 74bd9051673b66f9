"""tools.emulate: its acts on the fake board, the checks of the UF2, and the emulator itself.

No package has a MicroPython UF2, so that the acts run on the fake board here, and the emulator
runs a program of a few instructions.
"""

import asyncio
import re
from types import SimpleNamespace

import pytest
from rp2040py.external.cyw43 import nat, net

from host_tests.board.fake import FakeBoard
from tools import ROOT
from tools.board import load
from tools.build import build
from tools.emulate import acts, firmware
from tools.emulate.__main__ import main
from tools.emulate.pico import HOST, Bridge, Pico
from tools.image.folder import make
from tools.image.formats import UF2_FAMILY, uf2
from tools.link import Link

NAME = "esp32s3"


def test_the_acts(tmp_path):
    build("x64")
    with (
        FakeBoard(tmp_path, acts.equipped(NAME, "x64"), heap="2M") as board,
        Link(board.port) as link,
    ):
        assert "MicroPython" in acts.boot(link)
        told = acts.load(link, NAME)
        assert told.before > told.after > told.block > 0
        ski = acts.equip(link, ("home", "password"))
        assert re.fullmatch("[0-9a-f]{40}", ski) and acts.equip(link, ("home", "password")) == ski
        met = asyncio.run(acts.meet(link, ski, "127.0.0.1", patience=1))
    words = [text.split()[0] for _, text in met.events]
    assert words[0] == "started" and words[-1] == "end"
    assert {"network", "ship", "heap"} <= set(words)
    assert [ms for ms, _ in met.events] == sorted(ms for ms, _ in met.events)
    assert "limitationOfPowerConsumption" in met.use_cases


def as_uf2(path, payload, at=0, family="rp2040"):
    path.write_bytes(uf2(payload.ljust(4096, b"\0"), at, UF2_FAMILY[family]))
    return path


def test_firmware_that_can_not_run(tmp_path, capsys):
    board = load("picow")
    banner = b"MicroPython v1.28.0 on 2026-04-06; Raspberry Pi Pico W with RP2040\0"
    good = as_uf2(tmp_path / "good.uf2", banner)
    assert firmware.read(good, board) == "MicroPython v1.28.0 on 2026-04-06"
    text = tmp_path / "text.uf2"
    text.write_bytes(b"<html>" * 200)
    for file, words in (
        (tmp_path / "none.uf2", "No such file"),
        (text, "no UF2"),
        (as_uf2(tmp_path / "a.uf2", banner, family="rp2350"), "another chip"),
        (as_uf2(tmp_path / "b.uf2", banner, board["FS_START"]), "into the file system"),
        (as_uf2(tmp_path / "c.uf2", b"CircuitPython"), "not MicroPython"),
    ):
        with pytest.raises(firmware.Unusable, match=words):
            firmware.read(file, board)
        assert main(["--uf2", str(file)]) == 1
        assert "micropython.org" in capsys.readouterr().err
    assert main([]) == 1
    assert "micropython.org" in capsys.readouterr().err


def test_flash_of_the_emulated_board(tmp_path):
    """Its processor finds program and file system where those of a Pico W are."""
    make("picow")
    board = load("picow")
    image = ROOT / "build" / "picow" / "littlefs.bin"
    # r0 = word at r1, which is in the file system; then it stays where it is
    code = bytes.fromhex("0149 0868 fee7 c046") + (0x10000000 + board["FS_START"] + 8).to_bytes(
        4, "little"
    )
    pico = Pico(as_uf2(tmp_path / "x.uf2", code), image, board)
    chip = pico._device.mcu
    chip.core.pc = 0x10000000
    for _ in range(2):
        chip.core.execute_instruction()
    assert chip.core.registers[0].to_bytes(4, "little") == image.read_bytes()[8:12] == b"litt"


def test_the_emulated_network_leads_to_this_computer():
    """A TCP connection to HOST arrives at a server on the loopback interface."""

    async def run():
        arrived = asyncio.get_running_loop().create_future()

        async def greet(reader, writer):
            arrived.set_result(writer.get_extra_info("peername"))
            writer.close()

        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        board = SimpleNamespace(schedule_threadsafe=asyncio.ensure_future)
        answers = asyncio.Queue()
        bridge = Bridge(board, answers.put_nowait)
        guest, host = bytes((10, 0, 0, 2)), bytes(map(int, HOST.split(".")))
        syn = net.pack_tcp(guest, host, 5000, port, 1, 0, net.TCP_SYN, 6000, b"")
        packet = net.pack_ipv4(guest, host, net.IP_PROTO_TCP, syn)
        bridge.handle_outbound_ethernet_frame(
            net.pack_ethernet(nat.GATEWAY_MAC, b"\2\0\0\0\0\2", net.ETHERTYPE_IPV4, packet)
        )
        frame = net.parse_ethernet(await answers.get())
        answer = net.parse_tcp(net.parse_ipv4(frame.payload).payload)
        assert answer.flags & (net.TCP_SYN | net.TCP_ACK) == net.TCP_SYN | net.TCP_ACK
        assert (await arrived)[0] == "127.0.0.1"
        server.close()

    asyncio.run(asyncio.wait_for(run(), 20))
