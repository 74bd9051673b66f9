"""The simulated wallbox on a board that has room for one SHIP connection only.

What each constant means: sim.py.
"""

NAME = "sim_single"
HAL = "sim"

# -- memory ---------------------------------------------------------------------------------
SESSIONS = 1  # this is what differs
WINDOW = 1536
SEND = 5120

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

# -- the car for energy managers ---------------------------------------------------------------
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
MODEL = "Simulator"
VENDOR = "plugship"
VENDOR_CODE = "plugship"
DEVICE_CODE = "plugship-sim"
HARDWARE = "sim"

# -- network ----------------------------------------------------------------------------------
NETWORK = "host"
DIAL = True
MDNS = "port"
PAIRING = False
COMMISSIONING = False
DNS_NAME = ""
SNTP = None
DESTINATIONS = False

# -- ECHONET Lite -------------------------------------------------------------------------------
ECHONET = "off"
ECHONET_CONTROLLERS = ()
ECHONET_RELEASE = "R"
ECHONET_MAKER = b"\xff\xff\xff"
ECHONET_METER = False
