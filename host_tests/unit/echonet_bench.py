"""A node with devices of plain values, for the tests of echonet on both interpreters."""

from binascii import hexlify, unhexlify

from echonet import Device, Identity, Node
from echonet.device import SUPER
from echonet.table import GET, INF, SET, VAR

ADDR = ("192.0.2.7", 49152)


def octets(text):
    return unhexlify(text.replace(" ", ""))


def text(data):
    return hexlify(bytes(data)).decode().upper()


class Values(Device):
    """`rows`: list of (EPC, access, value); what it may be set to is in `allowed`[EPC]."""

    def __init__(self, eoj, rows, instance=1, base=b""):
        entries = [base[i : i + 3] for i in range(0, len(base), 3)]
        self.values = {}
        self.allowed = {}
        self.sets = []
        for epc, access, value in rows:
            size = 25 if access & VAR else len(value or b"x")
            entries.append(bytes((epc, access, size)))
            self.values[epc] = value
        Device.__init__(self, eoj, instance, b"".join(sorted(entries)))

    def get(self, epc, buf, off):
        if epc not in self.values:
            return Device.get(self, epc, buf, off)
        value = self.values[epc]
        if value is None:
            return -1
        buf[off : off + len(value)] = value
        return len(value)

    def set(self, epc, mv):
        value = bytes(mv)
        if value not in self.allowed.get(epc, (value,)):
            return False
        self.sets.append((epc, value))
        if epc in self.values:
            self.values[epc] = value
            return True
        return Device.set(self, epc, mv)


def wallbox(instance=1):
    """Like the responder that the vectors V14 to V18 come from."""
    device = Values(
        0x02A1,
        [
            (0xC7, GET | INF, b"\x41"),
            (0xCD, SET, None),
            (0xCE, GET, None),
            (0xD3, GET, octets("00000E10")),
            (0xDA, GET | SET | INF, b"\x42"),
            (0xEB, GET | SET, octets("00001CE8")),
        ],
        instance,
        SUPER,
    )
    device.allowed[0xDA] = (b"\x42", b"\x44", b"\x47", b"\x40")
    return device


def bench(*devices, **options):
    """A node, its start-up notification already taken."""
    maker = options.pop("maker", b"\xff\xff\xff")
    unique = options.pop("unique", b"\x02\x00\x00\x00\x00\x01")
    node = Node(list(devices), Identity(maker, unique, b"BENCH-1", b"0001"), **options)
    node.tick(0)
    while node.tx() is not None:
        pass
    return node


def ask(node, frame, now=0, addr=ADDR):
    """Hands over a frame (hex); the answers as a list of (hex, destination)."""
    node.rx(octets(frame), addr, now)
    sent = []
    while True:
        mv = node.tx()
        if mv is None:
            return sent
        sent.append((text(mv), node.dest))


def only(node, frame):
    """The single answer to a frame, which must go back to the sender."""
    sent = ask(node, frame)
    assert len(sent) == 1, sent
    assert sent[0][1] is ADDR
    return sent[0][0]
