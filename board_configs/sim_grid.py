"""The simulated wallbox that keeps the house fuse by what an energy manager measures (MGCP), and
that may switch between three phases and one.

What each constant means: sim.py.
"""

NAME = "sim_grid"
HAL = "sim"

# -- memory ---------------------------------------------------------------------------------
SESSIONS = 2
WINDOW = 1536
SEND = 5120

# -- what the installation can carry ----------------------------------------------------------
PHASES = 3
U_MV = 230000
MAX_MA = 16000
MIN_MA = 6000
NOMINAL_W = 11000
FLOOR = "nominal"
FUSE_MA = 35000
GRID_METER = True  # this is what differs
FEED_IN = False
FEED_IN_W = 0
FEED_IN_FAILSAFE_W = 0

# -- how the charge point behaves -------------------------------------------------------------
PAUSE_MS = 15000
RAMP_MA_PER_S = 0
SWITCH_S = 300  # and this
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
MODEL = "Simulator V2G"
VENDOR = "plugship"
VENDOR_CODE = "plugship"
DEVICE_CODE = "plugship-sim-v2g"
HARDWARE = "sim"

# -- network ----------------------------------------------------------------------------------
NETWORK = "host"
DIAL = False
MDNS = "port"
PAIRING = False
COMMISSIONING = False
DNS_NAME = ""
SNTP = ""
DESTINATIONS = True  # and this

# -- ECHONET Lite -------------------------------------------------------------------------------
ECHONET = "off"
ECHONET_CONTROLLERS = ()
ECHONET_RELEASE = "R"
ECHONET_MAKER = b"\xff\xff\xff"
ECHONET_METER = False
