"""What whoever runs the simulation may ask of a Plant, checked: loaded for each command."""

from micropython import const

from firmware import hal

_CURRENT = const(80000)  # mA, greatest current that can be asked of the car
_ENERGY = const(150000)  # Wh, greatest demand
_WEEK_S = const(604800)


def _three(values, what, least, most):
    if len(values) != 3:
        raise ValueError(what + " needs three values, one per phase")
    for v in values:
        if not isinstance(v, int) or not least <= v <= most:
            raise ValueError("%s is from %d to %d" % (what, least, most))
    return values


def _fill(to, values):
    for i in range(3):
        to[i] = values[i]


def ev(plant, state=None, draw_ma=None, soc=None, evccid=None, iso15118=None, demand=None):
    """The car wants `state` "B" (connected) or "C" (charge) and would draw `draw_ma`.

    None leaves a value as it is. Negative currents feed back, on boards that can. An
    iso15118 car has an EVCCID and a state of charge to tell, others have not, and with a `demand`
    (least, wanted, most Wh, seconds to its departure or 0; all 0: none) it gives schedules.
    """
    if state is not None:
        if state not in ("B", "C"):
            raise ValueError('state is "B" or "C"; A is unplug')
        plant._wish = hal.C if state == "C" else hal.B
        if state == "B":
            plant._s2 = False
            plant._stop()
    if draw_ma is not None:
        least = -_CURRENT if plant._feed_in else 0
        _fill(plant._draw, _three(draw_ma, "draw_ma", least, _CURRENT))
    if soc is not None:
        if not 0 <= soc <= 100:
            raise ValueError("soc is from 0 to 100 percent")
        plant.soc = soc
    if evccid is not None:
        plant.evccid = evccid
    if iso15118 is not None:
        plant.iso15118 = bool(iso15118)
    if demand is not None:
        least, wanted, most, departs = demand
        if not 0 <= least <= most <= _ENERGY or not 0 <= wanted <= most:
            raise ValueError("demand: least and wanted Wh are at most the most, that %d" % _ENERGY)
        if not 0 <= departs <= _WEEK_S:
            raise ValueError("a departure is at most %d s away" % _WEEK_S)
        plant.demand = tuple(demand) if most else None


def fault(plant, name, on):
    """Inject or clear one of hal.FAULTS."""
    if name not in hal.FAULTS:
        raise ValueError("fault is one of " + " ".join(hal.FAULTS))
    bit = 1 << hal.FAULTS.index(name)
    plant._faults = plant._faults | bit if on else plant._faults & ~bit


def meter(plant, u_mv=None, hz_m=None, import_wh=None, lost=None):
    """What the meter shows: mV (one int or three), mHz, Wh; `lost`: it answers no more."""
    if u_mv is not None:
        if isinstance(u_mv, int):
            u_mv = (u_mv, u_mv, u_mv)
        _fill(plant._mv, _three(u_mv, "u_mv", 0, 400000))
    if hz_m is not None:
        plant._mhz = hz_m
    if import_wh is not None:
        plant._wh = import_wh
        plant._wh_rest = 0
    if lost is not None:
        plant._lost = bool(lost)
    plant._fresh = True


def grid(plant, ma):
    """What the rest of the house draws per phase in mA; negative: it produces."""
    _fill(plant._house, _three(ma, "ma", -200000, 200000))
    plant._fresh = True


def temperature(plant, c):
    """Temperature inside the wallbox in degrees Celsius."""
    plant._celsius = c
