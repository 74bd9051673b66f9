"""ESP32-S3 with PSRAM, with a front-end controller: the reference board.

What each constant means: sim.py, and for pins docs/boards.md.
"""

NAME = "esp32s3"
HAL = "external"

# -- memory ---------------------------------------------------------------------------------
SESSIONS = 2
WINDOW = 2048
SEND = 8192

# -- what the installation can carry ----------------------------------------------------------
PHASES = 3
U_MV = 230000
MAX_MA = 16000
MIN_MA = 6000
NOMINAL_W = 11040
FLOOR = "nominal"
FUSE_MA = 0
GRID_METER = False
FEED_IN = False
FEED_IN_W = 0
FEED_IN_FAILSAFE_W = 0

# -- how the charge point behaves -------------------------------------------------------------
PAUSE_MS = 15000
RAMP_MA_PER_S = 0
SWITCH_S = 0
METER_MS = 1000
METER_LOST_MS = 10000
METER_SAFE_MA = 6000
HALF_C = 65
QUARTER_C = 70
STOP_C = 75
RESTORE_C = 60

# -- limits by the energy guard (LPC, LPP) ----------------------------------------------------
FAILSAFE_W = 4200
FAILSAFE_S = 7200
FAILSAFE_MAX_S = 86400

# -- use cases of the car, as long as one is plugged ------------------------------------------
EV_USE_CASES = ()
EV_SAFE_MA = 6000

# -- what the meter can tell ---------------------------------------------------------------------
METER_CURRENT = True
METER_ENERGY = True
MPC = (1, 2, 3, 4, 5)

# -- what is remembered ------------------------------------------------------------------------
EVENTS = True

# -- identity: shown by energy managers, announced in mDNS (at most 32 bytes each) ----------------
BRAND = "plugship"
TYPE = "Wallbox"
MODEL = "ESP32-S3"
VENDOR = "plugship"
VENDOR_CODE = "plugship"
DEVICE_CODE = "plugship-esp32s3"
HARDWARE = "esp32s3"

# -- network ----------------------------------------------------------------------------------
NETWORK = "wlan"
DIAL = False
MDNS = "early"
PAIRING = False
COMMISSIONING = False
DNS_NAME = ""
SNTP = None
DESTINATIONS = False

# -- ECHONET Lite: has no security of its own, read docs/echonet.md before switching it on -------
ECHONET = "off"
ECHONET_CONTROLLERS = ()
ECHONET_RELEASE = "R"
ECHONET_MAKER = b"\xff\xff\xff"
ECHONET_METER = False

# -- the chip ----------------------------------------------------------------------------------
CHIP = "esp32s3"
ARCH = "xtensawin"  # of the .mpy files
HEAP = 2000000  # bytes of GC heap that Python can have
TLS_IN_HEAP = False  # mbedTLS takes its memory from the GC heap
FLASH = 0x800000  # bytes
FS_START = 0x200000  # file system of the stock firmware, which formats
FS_SIZE = 0x600000  # any image of another size
CODE = "files"  # files: .mpy on the stock firmware; frozen: a firmware of one's own
PRODUCTION = False  # True: no WebREPL; the console needs the button at boot

# -- the meter ---------------------------------------------------------------------------------
METER = ("modbus", "sdm72", 1)
METER_UART = 2
METER_BAUD = 9600
METER_LINE = "8N1"
PIN_METER_TX = 17
PIN_METER_RX = 16
PIN_METER_DE = 15  # direction of the RS-485 driver; -1: it finds out by itself

# -- pins; -1: not there ------------------------------------------------------------------------
FRONTEND_UART = 1
PIN_FRONTEND_TX = 4
PIN_FRONTEND_RX = 5
PIN_BUTTON = 6
PIN_LED = 7
