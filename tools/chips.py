"""What the pins of the chips can not be used for, and what their stock firmware is like."""

# Why a pin of a chip can not be used: at all, or as an output that must stay off at boot.
STRAP = "strapping pin: its level at reset chooses how the chip starts"
_FLASH = "belongs to the flash memory"
TAKEN = {
    "esp32": {
        **dict.fromkeys(range(6, 12), _FLASH),
        **dict.fromkeys((1, 3), "console"),
        **dict.fromkeys((20, 24, *range(28, 32)), "is not led out"),
    },
    "esp32s3": {
        **dict.fromkeys(range(26, 33), _FLASH),
        **dict.fromkeys(range(33, 38), "belongs to the octal PSRAM"),
        **dict.fromkeys((19, 20), "USB"),
        **dict.fromkeys((43, 44), "console"),
        **dict.fromkeys(range(22, 26), "is not there"),
    },
    "esp32c3": {
        **dict.fromkeys(range(11, 18), _FLASH),
        **dict.fromkeys((18, 19), "USB"),
        **dict.fromkeys((20, 21), "console"),
    },
    "rp2040": dict.fromkeys((23, 24, 25, 29), "belongs to the radio or the supply of the board"),
    "rp2350": dict.fromkeys((23, 24, 25, 29), "belongs to the radio or the supply of the board"),
}
PINS = {"esp32": 40, "esp32s3": 49, "esp32c3": 22, "rp2040": 30, "rp2350": 30}
STRAPS = {
    "esp32": (0, 2, 5, 12, 15),
    "esp32s3": (0, 3, 45, 46),
    "esp32c3": (2, 8, 9),
    "rp2040": (),
    "rp2350": (),
}
GLITCH = {  # go high for a moment while the chip starts
    "esp32": (1, 3, 5, 14, 15),
    "esp32s3": (18, 19, 20),
    "esp32c3": (18, 19),
    "rp2040": (),
    "rp2350": (),
}
INPUT_ONLY = {"esp32": range(34, 40)}
ETHERNET = {
    "esp32": dict.fromkeys((0, 18, 19, 21, 22, 23, 25, 26, 27), "belongs to the Ethernet PHY"),
    "rp2040": dict.fromkeys(range(16, 22), "belongs to the W5500"),
}
RP2_TX = {0: (0, 12, 16, 28), 1: (4, 8, 20, 24)}
RP2_RX = {0: (1, 13, 17, 29), 1: (5, 9, 21, 25)}
RP2_ADC = range(26, 29)
ARCHS = {
    "esp32": "xtensawin",
    "esp32s3": "xtensawin",
    "esp32c3": "rv32imc",
    "rp2040": "armv6m",
    "rp2350": "armv7emsp",
}
RP2 = ("rp2040", "rp2350")
# where the stock firmware (1.28) has its file system: start and size
RP2_FILES = {
    ("rp2040", "wlan"): (0x12C000, 0xD4000),
    ("rp2040", "lan"): (0xA0000, 0x160000),
    ("rp2350", "wlan"): (0x180000, 0x280000),
}
ESP_FILES = 0x200000  # to the end of the flash
UARTS = {"esp32": 3, "esp32s3": 3, "esp32c3": 2, "rp2040": 2, "rp2350": 2}
