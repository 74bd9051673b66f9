"""The device object super class: what every device of a node has to offer."""

from .table import INF

SUPER = (
    b"\x80\x05\x01\x81\x0f\x11\x82\x01\x04\x83\x01\x11\x88\x05\x01\x89\x01\x02"
    b"\x8a\x01\x03\x8c\x01\x0c\x8d\x01\x0c\x9d\x09\x11\x9e\x09\x11\x9f\x09\x11"
)


class Device:
    """A device object; a class derives from it, with get() and set() of its own properties.

    `eoj`: class code. `props`: its property table (see echonet.table), that of the super
    class SUPER included. `release`: letter of the Appendix that the properties follow.
    `location`: 1 or 17 bytes of property 0x81.
    """

    def __init__(self, eoj, instance, props, release="R", location=b"\0"):
        self.eoj = eoj
        self.instance = instance
        self.props = props
        self.node = None  # set by the node
        self.location = location
        self._version = bytes((0, 0, ord(release), 0))
        self._seen = bytearray(2 * len(props) // 3)
        self._edt = bytearray(1)

    def fault(self):
        """Fault content as in property 0x89; 0 when there is none."""
        return 0

    def moved(self, location):
        """A controller has set the location (1 or 17 bytes): here it is stored. False refuses."""

    def get(self, epc, buf, off):
        """Writes the value at buf[off]; returns its length, -1 when there is none now."""
        if epc == 0x80:
            buf[off] = 0x30
            return 1
        if epc == 0x88:
            buf[off] = 0x41 if self.fault() else 0x42
            return 1
        if epc == 0x89:
            code = self.fault()
            buf[off] = code >> 8
            buf[off + 1] = code & 0xFF
            return 2
        if epc == 0x81:
            data = self.location
        elif epc == 0x82:
            data = self._version
        else:
            return self.node.identity.get(self, epc, buf, off)
        buf[off : off + len(data)] = data
        return len(data)

    def set(self, epc, mv):
        """Takes a value; False refuses it. `mv` is valid during the call only."""
        # one byte, or position information: 0x01 and 16 bytes
        if epc != 0x81 or not (len(mv) == 1 or (len(mv) == 17 and mv[0] == 1)):
            return False
        if mv != self.location:
            before = self.location
            self.location = bytes(mv)
            if self.moved(self.location) is False:
                self.location = before
                return False
            self.node.changed(self, 0x81)
        return True

    def poll(self, now):
        """Notifies of announced one-byte properties that have changed since the last call."""
        props = self.props
        seen = self._seen
        j = 0
        for i in range(0, len(props), 3):
            if props[i + 1] & INF and props[i + 2] == 1:
                if self.get(props[i], self._edt, 0) == 1:
                    if seen[j] and seen[j + 1] != self._edt[0]:
                        self.node.changed(self, props[i])
                    seen[j] = 1
                    seen[j + 1] = self._edt[0]
                j += 2
