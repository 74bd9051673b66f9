"""What limitation of power consumption or production says once to each partner: what the limit,
the failsafe values and the nominal maximum are. Loaded for that and let go."""

from micropython import const

_LIMIT_DESCRIPTIONS = const(13)  # enum function loadControlLimitDescriptionListData
_KEY_DESCRIPTIONS = const(15)  # enum function deviceConfigurationKeyValueDescriptionListData

_LIMIT = (
    b'[{"limitId":%},{"limitType":"signDependentAbsValueLimit"},{"limitCategory":"obligation"},'
    b'{"limitDirection":"%"},{"measurementId":0},{"unit":"W"},{"scopeType":"activePowerLimit"}]'
)
_FAILSAFE = (
    b'[{"keyId":%},{"keyName":"failsafe%ActivePowerLimit"},{"valueType":"scaledNumber"},'
    b'{"unit":"W"}]'
)
_DURATION = b'[{"keyId":%},{"keyName":"failsafeDurationMinimum"},{"valueType":"duration"}]'
_CHARACTERISTIC = (
    b'[{"electricalConnectionId":0},{"parameterId":0},{"characteristicId":%},'
    b'{"characteristicContext":"entity"},{"characteristicType":"power%NominalMax"},'
    b'{"value":[{"number":%},{"scale":0}]},{"unit":"W"}]'
)


def render(use, fn, w):
    """Any function of the Lpc but the limits and the values of the keys."""
    if fn == _LIMIT_DESCRIPTIONS:
        w.sep().t(_LIMIT).num(use.limit.rec[0]).lit(use.direction).end()
    elif fn == _KEY_DESCRIPTIONS:
        w.sep().t(_FAILSAFE).num(use.failsafe.rec[0]).lit(use.word).end()
        if use.twins[0] is use:
            w.sep().t(_DURATION).num(use.minimum.rec[0]).end()
    else:
        w.sep().t(_CHARACTERISTIC).num(use.twins.index(use)).lit(use.word)
        w.num(use.nominal_w).end()
