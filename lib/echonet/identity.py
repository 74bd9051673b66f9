"""Who made this node: what its profile and each of its devices tell in 83, 8A, 8C, 8D."""


class Identity:
    """`maker`: 3 bytes, assigned by the ECHONET Consortium to members (FFFFFF: experimental).

    `unique`: at most 10 bytes that no other product of the maker has, such as a MAC address;
    it must never change, controllers know the node by it. `product`, `serial`: ASCII bytes,
    at most 12. Raises ValueError for anything longer.
    """

    def __init__(self, maker, unique, product=b"", serial=b""):
        if len(maker) != 3 or len(unique) > 10 or len(product) > 12 or len(serial) > 12:
            raise ValueError("identity: maker 3, unique 10, product 12, serial 12 bytes")
        # behind the 3 bytes of the maker come 13 of his choice: `unique`, and the object's code
        self._id = b"\xfe" + maker + bytes(10 - len(unique)) + unique
        self._product = product + bytes(12 - len(product))
        self._serial = serial + bytes(12 - len(serial))

    def get(self, obj, epc, buf, off):
        """Writes 83, 8A, 8C or 8D of `obj` at buf[off]; returns the length, -1 for others."""
        if epc == 0x8C or epc == 0x8D:
            buf[off : off + 12] = self._product if epc == 0x8C else self._serial
            return 12
        if epc == 0x8A:
            for i in range(3):
                buf[off + i] = self._id[1 + i]
            return 3
        if epc != 0x83:
            return -1
        buf[off : off + 14] = self._id
        buf[off + 14] = obj.eoj >> 8
        buf[off + 15] = obj.eoj & 0xFF
        buf[off + 16] = obj.instance
        return 17
