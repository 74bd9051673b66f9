"""The controller on the command line: names and values, and a wallbox over real UDP.

As a script this file is that wallbox: `python cpy_echonet_tools.py IP SECONDS`.
"""

import csv
import shutil
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / place) for place in ("host_tests/unit", "tools/shims", "lib", ".")]

from test_echonet_wallbox import Rig  # noqa: E402

from board_configs import sim  # noqa: E402
from echonet import GROUP, PORT  # noqa: E402
from tools.echonet import names, show  # noqa: E402
from tools.echonet.client import Received  # noqa: E402
from tools.echonet.wire import Malformed, decode, decode_map, number  # noqa: E402

WATTS = f"{sim.NOMINAL_W} W"
DATA = HERE / "data" / "echonet_properties.tsv"
SIZES = {"uint8": "u1", "uint16": "u2", "uint32": "u4", "int16": "s2", "int32": "s4"}


def test_names_agree_with_the_appendix():
    rows = {}
    with DATA.open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            rows.setdefault((int(row["class"], 16), int(row["epc"], 16)), []).append(row)
    for (eoj, epc), group in rows.items():
        name, how = names._described(eoj << 8 | 1, epc)
        row, label = group[0], f"{eoj:04X} {epc:02X}"
        assert name, label
        if how.startswith("codes"):
            assert not row["format"]
            codes = {item.split("=")[0] for item in row["enum"].split() if "=" in item}
            assert not codes or set(names._pairs(how)) == codes, label
        elif row["format"]:
            kind, _, unit = how.partition(" ")
            kind, _, count = kind.partition("x")
            kind, _, divisor = kind.partition("/")
            assert kind == SIZES[row["format"]], label
            assert len(group) == int(count or 1), label
            assert unit == row["unit"] or (eoj, epc) == (0x0280, 0xE0), label
            step = float(row["multiple_of"])
            assert float(divisor or 1) * step == pytest.approx(1), label


def test_values_read_and_written():
    ev = 0x02A101
    for epc, text, raw in (
        (0xDA, "charge", "42"),
        (0xEB, "6000", "00001770"),
        (0xED, "8.5", "0055"),
        (0x97, "12:34", "0C22"),
        (0x98, "2026-01-31", "07EA011F"),
        (0x81, "6D", "6D"),
        (0xF0, "0x0102", "0102"),
    ):
        assert names.write(ev, epc, text).hex().upper() == raw
    for epc, raw, text in (
        (0xDA, "44", "44 standby"),
        (0xDA, "99", "99"),
        (0xED, "0055", "8.5 A"),
        (0xEB, "FFFFFFFF", "overflow W"),
        (0xEB, "FFFFFFFE", "underflow W"),
        (0xC8, "0000056400001CE8", "1380 .. 7400 W"),
        (0xD8, "000004D2", "1.234 kWh"),
        (0xE6, "0445563031", "EV01"),
        (0x8C, "706C7567000000000000000000", "plug"),
        (0x82, "00005200", "Release R"),
        (0x98, "07EA011F", "2026-01-31"),
        (0xEB, "17", "17"),
        (0x9E, "03DAEBED", "DA EB ED"),
    ):
        assert names.read(ev, epc, bytes.fromhex(raw)) == text
    assert names.read(0x027E01, 0xD3, bytes.fromhex("FFFFFA24")) == "-1500 W"
    assert names.read(0x0EF001, 0xD6, bytes.fromhex("0102A101")) == "02A101 EV charger"
    for epc, bad in ((0xDA, "fly"), (0xEB, "much"), (0xEB, "-1"), (0xED, "6553.6"), (0xF0, "1")):
        with pytest.raises(ValueError):
            names.write(ev, epc, bad)


def test_reserved_codes():
    for raw, signed, text in (
        ("FF", False, "overflow"),
        ("FE", False, "underflow"),
        ("7FFF", True, "overflow"),
        ("8000", True, "underflow"),
        ("7FFF", False, 32767),
    ):
        assert number(bytes.fromhex(raw), signed) == text


def test_find():
    assert names.find(0x02A101, "operation-mode") == 0xDA
    assert names.find(0x02A101, "DA") == 0xDA
    assert names.find(0x02A101, "charge power") == 0xEB
    with pytest.raises(ValueError, match="ambiguous"):
        names.find(0x02A101, "rated")
    with pytest.raises(ValueError, match="unknown"):
        names.find(0x02A101, "colour")


def test_map_in_list_form_with_16_and_more():
    codes = list(range(0x80, 0x94))
    assert decode_map(bytes([len(codes), *codes])) == codes


def test_malformed():
    for raw in ("", "1081000105FF0102A10162", "1082000105FF0102A1016200"):
        with pytest.raises(Malformed):
            decode(bytes.fromhex(raw))


def _shown(raw):
    raw = bytes.fromhex(raw)
    try:
        got = Received(0, "192.0.2.7", 3610, raw, decode(raw), "")
    except Malformed as error:
        got = Received(0, "192.0.2.7", 3610, raw, None, str(error))
    return [line.plain.split(" ", 1)[1] for line in show.frame_lines(got)]


def test_monitor():
    assert _shown("1081000405FF0102A1016E01DA014202C700D300") == [
        "192.0.2.7:3610 SetGet 05FF01 controller -> 02A101 EV charger tid 0004",
        "   DA operation mode: 42 charge",
        "   C7 vehicle connection",
        "   D3 charge power measured",
    ]
    assert _shown("1081001B02A1010EF0017301C70141") == [
        "192.0.2.7:3610 INF 02A101 EV charger -> 0EF001 node profile tid 001B",
        "   C7 vehicle connection: 41 chargeable",
    ]
    assert _shown("1081000105FF0102A1016402") == [
        "192.0.2.7:3610 dropped, truncated: 1081000105FF0102A1016402"
    ]
    assert _shown("10820009DEADBEEFDEADBEEF")[0].startswith("192.0.2.7:3610 dropped, format 2")


# -- over UDP, in a network namespace of its own: nothing leaves the machine --------------------

NETWORK = (
    "ip link set lo up; ip link set lo multicast on; "
    "ip route add 224.0.0.0/4 dev lo src 127.0.0.1; "
)


def _in_namespace(*commands):
    """Runs shell lines in a namespace with a wallbox on 127.0.0.2; their output."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        pytest.skip("needs unshare and ip")
    serve = f"{sys.executable} {__file__} 127.0.0.2 60 & sleep 1; "
    tool = f"{sys.executable} -m tools.echonet --bind 127.0.0.1 "
    script = NETWORK + serve + "".join(f"{tool}{line}; echo exit $?; " for line in commands)
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", script + "kill $!"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        env={"COLUMNS": "120", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
    )
    if "Operation not permitted" in done.stderr:
        pytest.skip("needs root for a network namespace")
    return done.stdout + done.stderr


def test_command_line_with_a_wallbox():
    text = _in_namespace(
        "discover --seconds 1",
        "dump 127.0.0.2",
        "get 127.0.0.2 02A101 'operation mode' C5",
        "set 127.0.0.2 02A101 'charge power=6000' 'operation mode=standby'",
        "get 127.0.0.2 02A101 EB DA",
        "set 127.0.0.2 02A101 DA=0x43",
        "--timeout 0.5 get 127.0.0.2 013001 80",
        "watch 127.0.0.2 02A101 DA --every 0.2 --count 2",
    )
    parts = [part.strip() for part in text.split("exit ")]
    assert "127.0.0.2" in parts[0]
    assert "02A101 EV charger" in parts[0]
    for expected in ("node profile", "EV charger", "rated charge power", WATTS, "get set inf"):
        assert expected in parts[1], text
    assert "DA operation mode: 42 charge" in parts[2]
    assert "C5 rated charge power: " + WATTS in parts[2]
    assert "accepted EB charge power: 6000 W" in parts[3]
    assert "EB charge power: 6000 W" in parts[4]
    assert "DA operation mode: 44 standby" in parts[4]
    assert "refused DA operation mode: 43" in parts[5]
    assert "no answer from 127.0.0.2" in text
    assert "DA operation mode: 44 standby" in parts[7]
    assert [part[0] for part in parts[1:]] == ["0", "0", "0", "0", "0", "1", "1", "0"]


def serve(address, seconds):
    """A simulated wallbox on UDP, as the owner of the socket in the firmware does it."""
    sockets = []
    for bind in (address, GROUP):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((bind, PORT))
        sock.setblocking(False)
        sockets.append(sock)
    membership = socket.inet_aton(GROUP) + socket.inet_aton("127.0.0.1")
    sockets[1].setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    sockets[0].setsockopt(
        socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s", membership[4:])
    )
    rig = Rig()
    node = rig.node
    node.announce()
    buf = bytearray(1500)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = int(time.monotonic() * 1000) & 0x3FFFFFFF
        for sock in sockets:
            try:
                n, addr = sock.recvfrom_into(buf)
            except BlockingIOError:
                continue
            node.rx(memoryview(buf)[:n], addr, now)
        node.tick(now)
        while (frame := node.tx()) is not None:
            sockets[0].sendto(frame, (node.dest[0] if node.dest else GROUP, PORT))
        time.sleep(0.01)


if __name__ == "__main__":
    serve(sys.argv[1], float(sys.argv[2]))
