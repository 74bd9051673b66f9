"""The simulated wallbox with the memory of a Pico 2 W, and therefore all use cases of the car.

What each constant means: sim.py.
"""

NAME = "pico2w_sim"
HAL = "sim"

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
FUSE_MA = 35000
GRID_METER = False
FEED_IN = False
FEED_IN_W = 0
FEED_IN_FAILSAFE_W = 0

# -- how the charge point behaves -------------------------------------------------------------
PAUSE_MS = 15000
RAMP_MA_PER_S = 0
SWITCH_S = 300
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
EV_USE_CASES = ("evcc", "evcem", "opev", "oscev", "evsoc", "evcs", "cevc")
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
MODEL = "Simulator"
VENDOR = "plugship"
VENDOR_CODE = "plugship"
DEVICE_CODE = "plugship-sim"
HARDWARE = "sim"

# -- network ----------------------------------------------------------------------------------
NETWORK = "host"
DIAL = False
MDNS = "port"
PAIRING = True
COMMISSIONING = True
DNS_NAME = ""
SNTP = ""
DESTINATIONS = False

# -- ECHONET Lite: has no security of its own, read docs/echonet.md before switching it on -------
ECHONET = "off"
ECHONET_CONTROLLERS = ()
ECHONET_RELEASE = "R"
ECHONET_MAKER = b"\xff\xff\xff"
ECHONET_METER = False
