"""What monitoring of power consumption says once to each partner: which values there are, and how
they are measured. Loaded for that and let go."""

from micropython import const

_EC_DESCRIPTIONS = const(17)  # enum function electricalConnectionDescriptionListData
_DESCRIPTIONS = const(21)  # enum function measurementDescriptionListData

# kinds of values, as in mpc.py
_TOTAL = const(0)
_POWER = const(1)
_CURRENT = const(2)
_VOLTAGE = const(3)
_CONSUMED = const(4)
_PRODUCED = const(5)
_FREQUENCY = const(6)

# measurementType, unit, scopeType
_KINDS = const(
    (
        (b"power", b"W", b"acPowerTotal"),
        (b"power", b"W", b"acPower"),
        (b"current", b"A", b"acCurrent"),
        (b"voltage", b"V", b"acVoltage"),
        (b"energy", b"Wh", b"acEnergyConsumed"),
        (b"energy", b"Wh", b"acEnergyProduced"),
        (b"frequency", b"Hz", b"acFrequency"),
        (b"energy", b"Wh", b"charge"),
    )
)
_DESCRIPTION = (
    b'[{"measurementId":%},{"measurementType":"%"},{"commodityType":"electricity"},{"unit":"%"},'
    b'{"scopeType":"%"}]'
)
_PARAMETER = (
    b'[{"electricalConnectionId":0},{"parameterId":%},{"measurementId":%},{"voltageType":"ac"}'
)
_CONNECTION = (
    b'[{"electricalConnectionId":0},{"powerSupplyType":"ac"},{"acConnectedPhases":%},'
    b'{"positiveEnergyDirection":"consume"}]'
)


def kinds(phases, scenarios, produces):
    """8 * phase + kind of each value. The total power comes first: measurementId 0 and parameterId
    0 are those that limit and characteristic of LPC refer to."""
    found = [_TOTAL]
    if 2 in scenarios:
        found.append(_CONSUMED)
        if produces:
            found.append(_PRODUCED)
    for kind, scenario in ((_POWER, 1), (_CURRENT, 3), (_VOLTAGE, 4)):
        if scenario in scenarios:
            for phase in range(phases):
                found.append(8 * phase + kind)
    if 5 in scenarios:
        found.append(_FREQUENCY)
    return found


def render(use, fn, w):
    """Any function of the Mpc but the values."""
    if fn == _EC_DESCRIPTIONS:
        w.sep().t(_CONNECTION).num(use.phases).end()
        return
    for i in range(len(use.kinds)):
        kind = use.kinds[i] & 7
        ident = use.measurement_id + i
        w.sep()
        if fn == _DESCRIPTIONS:
            quantity, unit, scope = _KINDS[kind]
            w.t(_DESCRIPTION).num(ident).lit(quantity).lit(unit).lit(scope).end()
        else:
            w.t(_PARAMETER).num(use.parameter_id + i).num(ident).end()
            if use.parameter:
                use.parameter(w, kind, use.kinds[i] >> 3)
            else:
                _parameter(w, kind, use.kinds[i] >> 3, use.phases)


def _parameter(w, kind, phase, phases):
    phased = kind < _CONSUMED
    if phased:
        w.raw(b',{"acMeasuredPhases":"').raw(b"abc", phase, 1 if kind else phases)
        w.raw(b'"}')
        if kind != _CURRENT:
            w.raw(b',{"acMeasuredInReferenceTo":"neutral"}')
    if kind != _FREQUENCY:
        w.raw(b',{"acMeasurementType":"')
        w.raw(b'apparent"}' if kind == _VOLTAGE else b'real"}')
    w.raw(b',{"acMeasurementVariant":"rms"}]' if phased else b"]")
