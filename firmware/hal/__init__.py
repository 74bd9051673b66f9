"""What the charger needs of the hardware. Each package in here drives one kind of board.

A package `firmware.hal.NAME` (board constant HAL) offers `create(board)`, which returns one
object with these methods. They return at once: slow things (a meter on a bus, a temperature
sensor) are read in the background by tick() and answered from the last value.

    tick(now) -> ms    does the driver's own work; ms until it wants the charger to look at
                       the inputs again (20 on a board that samples its pilot), -1: never
    phases             tuple of the numbers of phases that the contactors can switch: (3,),
                       (1,) or (1, 3). The charger asks for board.PHASES, or for one of three
                       (firmware.phases); it changes the number only while they are open.
    pilot() -> code    A .. F as measured at the control pilot, filtered over at least one
                       PWM period. While duty(0) is on it can only say F: the diode in the
                       car hides everything else.
    duty(permille)     1000: steady +12 V, no offer; 0: steady -12 V, which is state F;
                       between: the PWM. A controller behind a bus may turn it into amperes.
    contactor(on, phases)
                       switches. Opening must also happen without this call, in hardware or
                       in an interrupt, when the car is unplugged or a fault comes up.
    feedback() -> bool the mirror or auxiliary contact: the contactor is closed
    faults() -> bits   of DIODE .. SUPERVISION that the hardware reports now. WELD and
                       CP_SHORT are also found by the charger itself.
    cable_ma() -> mA   what the plugged cable may carry (proximity pin), -1: not known or
                       attached for good
    celsius() -> C     temperature inside, None without a sensor
    measure(sample) -> bool
                       True: the charging meter has been read since the last call, and the
                       reading is in the Sample. Without one for METER_LOST_MS it is lost
    house_ma(out) -> bool
                       current at the house connection per phase in mA, the wallbox
                       included, into out[3]; False: not measured or too old
    feed_in(w)         greatest power in W that the car may feed back; called only on
                       boards with FEED_IN
    button() -> bool   the pairing button is held down
    vehicle            None: this board cannot talk to the car; else an object that knows what
                       the car has told: `iso15118` (bool: it talks), `evccid` (text of hex
                       digits) and `soc` (percent), each None while it is not known; `demand`
                       (least, wanted, most Wh, seconds to its departure or 0), None: it gives
                       no schedules. schedule(limits, prices) hands it arrays of (s, W, s, W ...)
                       and (s, price, ...) from now on, None: there are none; `profile` is such
                       an array of the powers that it has chosen since, or None

The unit tests of the charger run against `firmware.hal.sim`, the model for a new driver.
"""

from array import array

from micropython import const

# pilot states, in the order of the letters
A = const(0)
B = const(1)
C = const(2)
D = const(3)
E = const(4)
F = const(5)

DIODE = const(0x001)  # the negative half wave of the pilot is missing
PE = const(0x002)  # protective earth is missing
RCD = const(0x004)  # residual current
WELD = const(0x008)  # contactor open, its feedback says closed
METER_LOST = const(0x010)
OVERTEMP = const(0x020)
LOCK = const(0x040)  # the plug can not be locked
CP_SHORT = const(0x080)  # control pilot at earth
SUPERVISION = const(0x100)  # the independent supervision of pilot and faults has stopped

FAULTS = (
    "diode",
    "pe",
    "rcd",
    "weld",
    "meter_lost",
    "overtemp",
    "lock",
    "cp_short",
    "supervision",
)  # names of the bits, lowest first


class Sample:
    """One reading of the meter, made once and filled again and again.

    Current, power and energy count what flows to the car as positive. A counter is -1 when
    the meter has none.
    """

    def __init__(self):
        self.ma = array("i", (0, 0, 0))
        self.mv = array("i", (0, 0, 0))  # phase to neutral
        self.w = array("i", (0, 0, 0))
        self.wh = -1  # counter of imported energy
        self.export_wh = -1  # counter of energy fed back
        self.mhz = 0
