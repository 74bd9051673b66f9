"""The simulated wallbox: 11 kW, three phases, attached to a simulated car, meter and grid.

Plain constants only. A maker of wallboxes copies this file and changes what differs; every
board has every constant. Units: mA, mV, W, Wh, ms, s, degrees Celsius, bytes.
"""

NAME = "sim"
HAL = "sim"  # package under firmware/hal that drives this hardware

# -- memory ---------------------------------------------------------------------------------
SESSIONS = 2  # SHIP connections served at the same time; each costs a TLS session and a window
WINDOW = 1536  # bytes of an incoming message held at once, per session
SEND = 5120  # bytes of the one send buffer: no rendered message may be longer

# -- what the installation can carry ----------------------------------------------------------
PHASES = 3  # phases wired to the car: 1 or 3
U_MV = 230000  # nominal voltage between phase and neutral
MAX_MA = 16000  # what board, wiring and circuit breaker carry per phase: 6000 to 80000
MIN_MA = 6000  # least current IEC 61851 can offer; below it charging pauses
NOMINAL_W = 11040  # powerConsumptionNominalMax as announced for LPC
# LPC asks for watts, the pilot can only say amperes. "nominal": a limit of at least
# 3 x MIN_MA x U_MV (4140 W) never pauses a three-phase car, although at more than 230 V it
# then draws a little more than the limit (4200 W at 240 V: 4320 W). "strict": it pauses.
FLOOR = "nominal"
FUSE_MA = 35000  # main fuse of the house per phase; 0 when nothing measures the connection
# True: nothing here measures the house connection for FUSE_MA, but an energy manager does, which
# tells (MGCP); while it is silent METER_SAFE_MA is offered
GRID_METER = False
FEED_IN = False  # the car can feed back into the grid: brings LPP and the produced energy
FEED_IN_W = 0  # powerProductionNominalMax in W, a magnitude
FEED_IN_FAILSAFE_W = 0  # what LPP falls back to

# -- how the charge point behaves -------------------------------------------------------------
PAUSE_MS = 15000  # after a stop by the wallbox or a fault: least time until the next offer
RAMP_MA_PER_S = 0  # how fast the offer may rise, a multiple of 100; 0: at once. It falls at once
# least time between two changes of the number of phases while a car charges; 0: three phases stay
# three. Some cars do not stand the change: ask the maker before
SWITCH_S = 0
METER_MS = 1000  # how often the driver reads the meter
METER_LOST_MS = 10000  # no good reading for this long: fault meter_lost
METER_SAFE_MA = 6000  # offered while the meter, or the house meter behind FUSE_MA, is lost
HALF_C = 65  # from this temperature on: half of MAX_MA
QUARTER_C = 70  # a quarter, but at least MIN_MA
STOP_C = 75  # pause, fault overtemp
RESTORE_C = 60  # at or below this everything is allowed again

# -- limits by the energy guard (LPC, LPP) ----------------------------------------------------
FAILSAFE_W = 4200  # preset failsafe limit: what German law (14a EnWG) guarantees a wallbox
FAILSAFE_S = 7200  # preset failsafe duration minimum: 2 h is the least the use case allows
FAILSAFE_MAX_S = 86400  # longest failsafe duration that is accepted: 24 h is its most

# -- use cases of the car, as long as one is plugged ------------------------------------------
# evcc and evcem come with any of opev (obligations), oscev (advice), evsoc (state of charge),
# evcs (what a charge has cost, told by an energy broker), cevc (plans of cars that give schedules,
# where the hardware can talk to them); (): energy managers see no car, and the memory is saved
EV_USE_CASES = ()
EV_SAFE_MA = 6000  # offered when the energy manager that has limited is lost (OPEV); 0 pauses

# -- what the meter can tell ---------------------------------------------------------------------
METER_CURRENT = True  # current per phase; False: EVCEM does not announce it
METER_ENERGY = True  # the meter counts Wh itself; False: the charger integrates the power
MPC = (1, 2, 3, 4, 5)  # announced: 1 power, 2 energy, 3 current, 4 voltage, 5 frequency

# -- what is remembered ------------------------------------------------------------------------
EVENTS = True  # a ring of 256 records of what has happened, in the flash: tools.log

# -- identity: shown by energy managers, announced in mDNS (at most 32 bytes each) ----------------
BRAND = "plugship"
TYPE = "Wallbox"
MODEL = "Simulator"
VENDOR = "plugship"
VENDOR_CODE = "plugship"  # first part of the SHIP ID
DEVICE_CODE = "plugship-sim"
HARDWARE = "sim"  # hardware revision

# -- network ----------------------------------------------------------------------------------
NETWORK = "host"  # the machine's own network; "wlan" or "lan" on a board
DIAL = False  # connect to trusted nodes that mDNS shows; False: they connect to us
# "port": port 5353 is ours; "early": when taken before there is a network (ESP32); "announce": the
# stock firmware has it, announcements are all there is (RP2); None: managers need our address
MDNS = "port"
PAIRING = False  # SHIP Pairing Service: a control unit that knows the secret on the label
# SHIP 1.1, by which a commissioning tool may tell whom to trust and partners change their keys;
# False: 1.0 alone, as most energy managers speak
COMMISSIONING = False
# name under which DNS knows the wallbox, told to partners; "": none
DNS_NAME = ""
# time server, name or address; "": none, but somebody may set the clock; None: the time is never
# known, and absolute times are refused
SNTP = ""
# networkFeatureSet smart, with a destination list, for networks in which SPINE devices pass on
# datagrams; False: simple, as energy managers that are connected themselves need it
DESTINATIONS = False

# -- ECHONET Lite: has no security of its own, read docs/echonet.md before switching it on -------
ECHONET = "off"  # "read": nothing can be set; "control": the charging power and more can
ECHONET_CONTROLLERS = ()  # IP addresses (text) that may set something; empty: everybody
ECHONET_RELEASE = "R"  # letter of the Appendix, "G" to "R": some controllers refuse newer ones
ECHONET_MAKER = b"\xff\xff\xff"  # from the ECHONET Consortium; FFFFFF is for experiments
ECHONET_METER = False  # also offer the meter, as watt-hour meter 0x0280
