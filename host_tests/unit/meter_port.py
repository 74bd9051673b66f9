"""A serial port for tests of meters: what machine.UART offers, with the other end in memory."""


class Port:
    """`answer(request) -> bytes` plays the device; feed() puts in what it sends by itself."""

    def __init__(self, answer=None):
        self.answer = answer
        self.sent = []
        self._in = b""

    def feed(self, data):
        self._in += data

    def any(self):
        return len(self._in)

    def readinto(self, buf):
        n = min(len(buf), len(self._in))
        buf[:n] = self._in[:n]
        self._in = self._in[n:]
        return n

    def write(self, data):
        self.sent.append(bytes(data))
        if self.answer:
            self._in += self.answer(bytes(data))
        return len(data)


def crc_modbus(data):
    """Bit by bit, as the Modbus specification has it."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return bytes((crc & 0xFF, crc >> 8))


def crc_x25(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    crc ^= 0xFFFF
    return bytes((crc & 0xFF, crc >> 8))
