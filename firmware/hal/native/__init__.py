"""RP2040 and RP2350 that drive control pilot and contactor themselves: experimental hardware.

The pilot is a PWM of 1 kHz behind a +-12 V amplifier; the voltage at the connector comes back
through a divider to the ADC, which free runs by DMA. A hard timer interrupt runs
`firmware.hal.supervision` every 10 ms.
"""


def create(board):
    """The hardware of `board`; see `firmware.hal` for its methods."""
    from machine import ADC, PWM, UART, WDT, Pin, Timer

    from firmware.hal.inputs import Led, Rcd
    from firmware.hal.native.adc import Sampler
    from firmware.hal.native.wallbox import Native
    from firmware.hal.supervision import PERIOD_MS, WATCHDOG_MS

    # the outputs first: off, before anything else can go wrong
    outputs = [Pin(n, Pin.OUT, value=0) for n in board.PIN_CONTACTOR]
    pwm = PWM(Pin(board.PIN_PILOT, Pin.OUT, value=1), freq=1000, duty_u16=65535)
    sampler = Sampler(board)
    rcd = Rcd(
        Pin(board.PIN_RCD, Pin.IN, Pin.PULL_UP),  # a cut wire reads as tripped
        Pin(board.PIN_RCD_TEST, Pin.OUT, value=0) if board.PIN_RCD_TEST >= 0 else None,
    )
    button = Pin(board.PIN_BUTTON, Pin.IN, Pin.PULL_UP)
    led = Led(Pin(board.PIN_LED, Pin.OUT, value=0)) if board.PIN_LED >= 0 else None
    ntc = ADC(Pin(board.PIN_NTC)) if board.PIN_NTC >= 0 else None
    feedback = Pin(board.PIN_FEEDBACK, Pin.IN, Pin.PULL_UP)
    meter = None
    if board.METER[0] != "none":
        from firmware.hal.meters import create as meter_of
        from firmware.hal.serial import port

        meter = meter_of(board.METER, port(UART, Pin, board), board.PHASES, board.METER_MS)
    wallbox = Native(
        board, outputs, pwm, sampler, feedback, rcd, button, led, ntc, meter,
        WDT(timeout=WATCHDOG_MS).feed,
    )  # fmt: skip
    step = wallbox.supervision.step
    wallbox.timer = Timer(-1)
    wallbox.timer.init(  # type: ignore[call-overload]
        period=PERIOD_MS, mode=Timer.PERIODIC, callback=lambda timer: step(), hard=True
    )
    return wallbox
