"""Registers of Modbus meters, a few bytes for each.

A model is a run of requests, each followed by its values:

    READ | function, start high, start low, registers
    quantity [+ THREE], registers from the start, format + exponent

THREE: L2 and L3 follow at once. value x 10**exponent is in mV, mA, W, mHz or Wh. Sources: the
makers' register lists; addresses count from 0, as they are on the wire.
"""

from micropython import const

from firmware.hal.meters.values import EXPORT_WH, MA, MHZ, MV, TOTAL_W, WH, W

READ = const(0x80)
THREE = const(0x40)

# formats, in the upper half of a byte whose lower half is the exponent + 8
F32 = const(0x08)  # high word first, as all but SWAPPED
U16 = const(0x18)
S16 = const(0x28)
U32 = const(0x38)
S32 = const(0x48)
U64 = const(0x58)
S64 = const(0x68)
SWAPPED = const(0x78)  # S32, low word first

# fmt: off
_EASTRON = bytes((
    READ | 4, 0x00, 0x00, 18,
    MV | THREE, 0x00, F32 + 3, MA | THREE, 0x06, F32 + 3, W | THREE, 0x0C, F32,
    READ | 4, 0x00, 0x34, 24,
    TOTAL_W, 0, F32, MHZ, 0x12, F32 + 3, WH, 0x14, F32 + 3, EXPORT_WH, 0x16, F32 + 3,
))
_EASTRON_1 = bytes((
    READ | 4, 0x00, 0x00, 14,
    MV, 0x00, F32 + 3, MA, 0x06, F32 + 3, W, 0x0C, F32,
    READ | 4, 0x00, 0x46, 6,
    MHZ, 0, F32 + 3, WH, 2, F32 + 3, EXPORT_WH, 4, F32 + 3,
))

MODELS = {
    # Eastron; sdm72 is the SDM72D-M-2: the first SDM72D-M has no currents
    "sdm72": _EASTRON,
    "sdm630": _EASTRON,
    "sdm120": _EASTRON_1,
    "sdm230": _EASTRON_1,
    # ABB B21, B23, B24
    "b23": bytes((
        READ | 3, 0x5B, 0x00, 45,
        MV | THREE, 0x00, U32 + 2, MA | THREE, 0x0C, U32 + 1,
        TOTAL_W, 0x14, S32 - 2, W | THREE, 0x16, S32 - 2, MHZ, 0x2C, U16 + 1,
        READ | 3, 0x50, 0x00, 8,
        WH, 0, U64 + 1, EXPORT_WH, 4, U64 + 1,
    )),
    # Carlo Gavazzi EM330, EM340, ET330, ET340
    "em340": bytes((
        READ | 4, 0x00, 0x00, 24,
        MV | THREE, 0x00, SWAPPED + 2, MA | THREE, 0x0C, SWAPPED, W | THREE, 0x12, SWAPPED - 1,
        READ | 4, 0x00, 0x28, 14,
        TOTAL_W, 0, SWAPPED - 1, MHZ, 0x0B, S16 + 2, WH, 0x0C, SWAPPED + 2,
        READ | 4, 0x00, 0x4E, 2,
        EXPORT_WH, 0, SWAPPED + 2,
    )),
    # Chint DTSU666
    "dtsu666": bytes((
        READ | 3, 0x20, 0x06, 20,
        MV | THREE, 0, F32 + 2, MA | THREE, 6, F32, TOTAL_W, 12, F32 - 1, W | THREE, 14, F32 - 1,
        READ | 3, 0x20, 0x44, 2,
        MHZ, 0, F32 + 1,
        READ | 3, 0x10, 0x1E, 12,
        WH, 0, F32 + 3, EXPORT_WH, 10, F32 + 3,
    )),
    # Schneider iEM3150, iEM3155, iEM3250, iEM3255, iEM3350, iEM3355
    "iem3000": bytes((
        READ | 3, 0x0B, 0xB7, 6,
        MA | THREE, 0, F32 + 3,
        READ | 3, 0x0B, 0xD3, 34,
        MV | THREE, 0, F32 + 3, W | THREE, 26, F32 + 3, TOTAL_W, 32, F32 + 3,
        READ | 3, 0x0C, 0x25, 2,
        MHZ, 0, F32 + 3,
        READ | 3, 0x0C, 0x83, 8,
        WH, 0, S64, EXPORT_WH, 4, S64,
    )),
    # Janitza UMG and B series
    "umg": bytes((
        READ | 3, 0x4A, 0x38, 28,
        MV | THREE, 0, F32 + 3, MA | THREE, 12, F32 + 3, W | THREE, 20, F32, TOTAL_W, 26, F32,
        READ | 3, 0x4A, 0x6A, 28,
        MHZ, 0, F32 + 3, WH, 0x12, F32, EXPORT_WH, 0x1A, F32,
    )),
    # Inepro PRO380 and WAGO 879-30
    "pro380": bytes((
        READ | 3, 0x50, 0x02, 24,
        MV | THREE, 0, F32 + 3, MHZ, 6, F32 + 3, MA | THREE, 10, F32 + 3,
        TOTAL_W, 16, F32 + 3, W | THREE, 18, F32 + 3,
        READ | 3, 0x60, 0x0C, 14,
        WH, 0, F32 + 3, EXPORT_WH, 12, F32 + 3,
    )),
}
# fmt: on
