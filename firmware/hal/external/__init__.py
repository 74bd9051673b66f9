"""Boards whose control pilot and contactor belong to a front-end controller behind a UART.

ESP32 boards need one: they have no hard interrupts. It acts by itself when pilot or residual
current say so, or when this side falls silent. The lines are described in docs/frontend.md.
"""


def create(board):
    """The hardware of `board`; see `firmware.hal` for its methods."""
    from machine import UART, Pin

    from firmware.hal.external.frontend import FrontEnd
    from firmware.hal.inputs import Led

    line = UART(
        board.FRONTEND_UART, 115200, tx=Pin(board.PIN_FRONTEND_TX),
        rx=Pin(board.PIN_FRONTEND_RX), rxbuf=256, timeout=0,
    )  # fmt: skip
    led = Led(Pin(board.PIN_LED, Pin.OUT, value=0)) if board.PIN_LED >= 0 else None
    button = Pin(board.PIN_BUTTON, Pin.IN, Pin.PULL_UP) if board.PIN_BUTTON >= 0 else None
    meter = None
    if board.METER[0] != "none":
        from firmware.hal.meters import create as meter_of
        from firmware.hal.serial import port

        meter = meter_of(board.METER, port(UART, Pin, board), board.PHASES, board.METER_MS)
    return FrontEnd(board, line, meter, button, led)
