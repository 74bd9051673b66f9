"""What ECHONET Lite may take of the flash: bytes of .mpy as tools.build makes them for boards."""

from tools.build import build

MOST = {"lib/echonet": 9 * 1024, "firmware/echonet": 7 * 1024}


def test_sizes():
    sizes = build("bytecode")
    for room, most in MOST.items():
        found = [size for module, size in sizes if module.startswith(room)]
        assert found and sum(found) <= most, f"{room}: {sum(found)} bytes"
