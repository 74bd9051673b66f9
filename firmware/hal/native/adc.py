"""The ADC of an RP2 chip, free running into memory by DMA: no Python per sample.

Registers: RP2040 and RP2350 datasheets, chapter ADC.
"""

from array import array

from micropython import const

_SAMPLES = const(200)  # at 100 kS/s: two periods of the pilot
_DIV_100K = const(479 << 8)  # of 48 MHz
_CS = const(0x00)
_FCS = const(0x08)
_FIFO = const(0x0C)
_DIV = const(0x10)
_START_MANY = const(0x8)
_FCS_DREQ = const(0x01000009)  # threshold 1, DREQ_EN, EN


class Sampler:
    """sample() -> True: `high` and `low` are new, in mV at the connector. Allocates nothing."""

    def __init__(self, board):
        import rp2
        from machine import ADC, Pin, mem32

        # mV = raw * scale / 4096 + offset: what the divider in front of the pin does
        self._scale = board.PILOT_SPAN_MV
        self._offset = board.PILOT_LOW_MV
        self.high = self.low = 0
        ADC(Pin(board.PIN_PILOT_ADC))  # sets the pin and the converter up
        base = 0x400A0000 if board.CHIP == "rp2350" else 0x4004C000
        self._buf = array("H", bytes(2 * _SAMPLES))
        mem32[base + _DIV] = _DIV_100K
        mem32[base + _FCS] = _FCS_DREQ
        channel = board.PIN_PILOT_ADC - board.PIN_ADC0
        mem32[base + _CS] = 1 | _START_MANY | channel << 12
        self._dma = rp2.DMA()
        self._dma.config(
            read=base + _FIFO,
            write=self._buf,
            count=_SAMPLES,
            ctrl=self._dma.pack_ctrl(
                size=1,
                inc_read=False,
                treq_sel=48 if board.CHIP == "rp2350" else 36,
            ),
            trigger=True,
        )

    def sample(self):
        dma = self._dma
        if dma.active():
            return False
        buf = self._buf
        self.high = (max(buf) * self._scale >> 12) + self._offset
        self.low = (min(buf) * self._scale >> 12) + self._offset
        dma.write = buf  # type: ignore[attr-defined]
        dma.count = _SAMPLES  # type: ignore[attr-defined]
        dma.active(1)
        return True
