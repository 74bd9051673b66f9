"""The declarations of the device under test (parameter sheets) and the values drawn from them."""

# SHIP and SPINE
SHIP_VERSION = (1, 0)
PROLONGATION_COUNT = 2
INITIATE_CLOSE = True
QUERY_ACCESS_METHODS = True
CLIENT_DISCOVERY = True
CLIENT_SUBSCRIPTION = True
INITIAL_TIMEOUT = True
TEST_VALUE_1 = 4201
TEST_VALUE_2 = 3300

# LPC and LPP
PRESET_FAILSAFE_W = 4200  # PFCAPL, PFPAPL
PRESET_FAILSAFE_S = 2 * 3600  # PFSDM
MAX_FAILSAFE_S = 24 * 3600  # MFSDM

DUR_01 = 114 * 60
DUR_02 = PRESET_FAILSAFE_S + (MAX_FAILSAFE_S - PRESET_FAILSAFE_S) // 2
DUR_03 = MAX_FAILSAFE_S * 105 // 100
LIMIT_DURATION = 60

# MPC: a wallbox notifies, and answers those who poll; conductors are measured against neutral
POLLING = True
PHASE_TO_PHASE = False
MPC_INTERVAL = 120


def value_set(minimum, maximum):
    """{1..6: W}: the sets L_01 .. L_06 and F_01 .. F_06 for a range of watts."""
    delta = (maximum - minimum) * 5 // 100
    return {
        1: max(0, minimum - delta),
        2: minimum + delta,
        3: (minimum + maximum) // 2,
        4: maximum - delta,
        5: maximum + delta,
        6: -1000,
    }
