"""UART of the meter, with the direction pin of an RS-485 driver where there is one."""


class Rs485:
    """A UART whose driver sends while `direction` is 1. write() waits for the last bit: 9 ms for
    a request of 8 bytes at 9600 baud; the answer begins 4 ms later at the earliest."""

    def __init__(self, uart, direction):
        self._uart = uart
        self._direction = direction
        self.any = uart.any
        self.readinto = uart.readinto

    def write(self, data):
        self._direction(1)
        n = self._uart.write(data)
        self._uart.flush()
        self._direction(0)
        return n


def port(uart, pin, board):
    """The port of the meter. `uart`, `pin`: the classes of machine."""
    bits = board.METER_LINE
    parity = {"N": None, "E": 0, "O": 1}[bits[1]]
    line = uart(
        board.METER_UART, board.METER_BAUD, int(bits[0]), parity, int(bits[2]),
        tx=pin(board.PIN_METER_TX), rx=pin(board.PIN_METER_RX), rxbuf=256, timeout=0,
    )  # fmt: skip
    if board.PIN_METER_DE < 0:
        return line
    return Rs485(line, pin(board.PIN_METER_DE, pin.OUT, value=0))
