"""The commands of the control channel: their arguments, and what the firmware is asked to do."""

from tools.sim.wallbox import WallboxError

_HEX = set("0123456789abcdef")

# Arguments in the order of the method's, as name:kind. Kinds: s text, i int, n number, b true
# or false, k SKI, v int or three ints, w three ints, f four; a capital letter: must be there.
_PLANT = {
    "plug": "",
    "unplug": "",
    "ev": "state:s draw_ma:w soc:i evccid:s iso15118:b demand:f",
    "fault": "name:S on:B",
    "meter": "u_mv:v hz_m:i import_wh:i lost:b",
    "grid": "ma:W",
    "temperature": "c:I",
}
_WALLBOX = {
    "status": "",
    "trust": "ski:K tool:b odd:b",
    "successor": "switch:b",
    "untrust": "ski:K",
    "button": "",
    "pin": "value:s mode:s ski:k",
    "user": "ma:i",
    "installer": "fuse_a:i max_unbalance_a:i rotation:s restart_delay_s:i switch_s:i",
    "net": "up:B host:s",
    "factory_reset": "",
    "advance": "s:N",
    "speed": "x:N",
    "clock": "unix:i",
}
COMMANDS = {**_PLANT, **_WALLBOX}


def call(request):
    """{"do": method, "a": [arguments]} for a request of a client. Raises WallboxError."""
    given = dict(request)
    name = given.pop("cmd", None)
    if not isinstance(name, str) or name not in COMMANDS:
        known = " ".join(sorted([*COMMANDS, "power_cut", "power_on", "restart"]))
        raise WallboxError(f"unknown cmd {name}, use one of: {known}")
    spec = [item.split(":") for item in COMMANDS[name].split()]
    values = []
    for argument, kind in spec:
        value = given.pop(argument, None)
        if value is None:
            if kind.isupper():
                raise WallboxError(f"{name} needs {argument}")
        else:
            value = _checked(argument, kind.lower(), value)
        values.append(value)
    if given:
        takes = " ".join(argument for argument, _ in spec) or "nothing"
        raise WallboxError(f"{name} takes no {next(iter(given))}, only: {takes}")
    if name == "speed" and not 1 <= values[0] <= 60:
        raise WallboxError("x must be 1 to 60")
    if name == "advance" and values[0] < 0:
        raise WallboxError("time only goes forward")
    return {"do": name, "a": values}


def _checked(argument, kind, value):
    if kind == "k" and isinstance(value, str):
        value = value.replace(" ", "").lower()
    wanted, good = {
        "s": ("a text", isinstance(value, str)),
        "b": ("true or false", isinstance(value, bool)),
        "i": ("an integer", _is_int(value)),
        "n": ("a number", _is_int(value) or isinstance(value, float)),
        "k": (
            "an SKI of 40 hex digits",
            isinstance(value, str) and len(value) == 40 and set(value) <= _HEX,
        ),
        "v": ("an integer or a list of three", _is_int(value) or _ints(value, 3)),
        "w": ("a list of three integers", _ints(value, 3)),
        "f": ("a list of four integers", _ints(value, 4)),
    }[kind]
    if not good:
        raise WallboxError(f"{argument} must be {wanted}")
    return value


def _ints(value, n):
    return isinstance(value, list) and len(value) == n and all(map(_is_int, value))


def _is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)
