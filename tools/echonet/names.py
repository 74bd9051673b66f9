"""What classes, properties and their codes are called, and how a value reads.

A property is described as "name", "name|FORMAT unit" or "name|codes 41=fault 42=none".
FORMAT: u1 u2 u4 s2 s4 numbers, with / for a scale (u2/10), x2 for two of them; map; list;
text; time; date; version; hex. A scale divides: u4/1000 kWh counts Wh.
"""

from tools.echonet.wire import decode_map, number

CLASSES = {
    0x0022: "electric energy sensor",
    0x0023: "current sensor",
    0x0130: "home air conditioner",
    0x026B: "electric water heater",
    0x0272: "instantaneous water heater",
    0x0279: "photovoltaic",
    0x027B: "floor heater",
    0x027C: "fuel cell",
    0x027D: "storage battery",
    0x027E: "EV charger/discharger",
    0x0280: "watt-hour meter",
    0x0287: "distribution board",
    0x0288: "smart meter",
    0x028D: "smart electric sub-meter",
    0x0290: "general lighting",
    0x02A1: "EV charger",
    0x02A5: "multi-input PCS",
    0x05FF: "controller",
    0x0EF0: "node profile",
}

_SUPER = {
    0x80: "operation status|codes 30=on 31=off",
    0x81: "installation location|hex",
    0x82: "standard version|version",
    0x83: "identification number|hex",
    0x84: "own power|u2 W",
    0x85: "own energy|u4/1000 kWh",
    0x86: "manufacturer fault|hex",
    0x87: "current limit|u1 %",
    0x88: "fault status|codes 41=fault 42=none",
    0x89: "fault description|hex",
    0x8A: "manufacturer|hex",
    0x8B: "business facility|hex",
    0x8C: "product code|text",
    0x8D: "serial number|text",
    0x8E: "production date|date",
    0x8F: "power saving|codes 41=saving 42=normal",
    0x93: "remote control|hex",
    0x97: "current time|time",
    0x98: "current date|date",
    0x99: "power limit|u2 W",
    0x9A: "operating time|hex",
    0x9D: "notified properties|map",
    0x9E: "settable properties|map",
    0x9F: "readable properties|map",
}

_CHARGE = {
    0xC5: "rated charge power|u4 W",
    0xC8: "least, greatest charge power|u4x2 W",
    0xCA: "least, greatest charge current|u2/10x2 A",
    0xCD: "connection confirmation|codes 10=confirm",
    0xCE: "chargeable capacity|u4 Wh",
    0xCF: "remaining chargeable capacity|u4 Wh",
    0xD0: "used capacity|u4 Wh",
    0xD2: "rated voltage|u2 V",
    0xD8: "energy charged|u4/1000 kWh",
    0xD9: "reset energy charged|codes 00=reset",
    0xE2: "stored energy|u4 Wh",
    0xE4: "state of charge|u1 %",
    0xE6: "vehicle id|text",
    0xE7: "amount to charge|u4 Wh",
    0xEB: "charge power|u4 W",
    0xED: "charge current|u2/10 A",
}

_METHODS = "00=others 01=maximum 02={} 03=power 04=current 05=purchase 06=V2G"

PROPERTIES = {
    0x0EF0: {
        0x82: "protocol version|version",
        0xBF: "unique identifier|hex",
        0xD3: "number of instances|u3",
        0xD4: "number of classes|u2",
        0xD5: "instance list notification|list",
        0xD6: "instance list|list",
        0xD7: "class list|hex",
    },
    0x02A1: {
        **_CHARGE,
        0xC7: "vehicle connection|codes FF=undefined 30=none 40=connected 41=chargeable"
        " 44=unknown",
        0xCC: "type|codes 10=AC 11=AC_CPLT 12=AC_HLC 21=DC_AA 31=DC_BB 41=DC_EE 51=DC_FF",
        0xD3: "charge power measured|u4 W",
        0xDA: "operation mode|codes 42=charge 44=standby 47=idle 40=other",
    },
    0x027E: {
        **_CHARGE,
        0xC0: "dischargeable capacity|u4 Wh",
        0xC1: "dischargeable capacity 2|u2/10 Ah",
        0xC2: "remaining dischargeable capacity|u4 Wh",
        0xC3: "remaining dischargeable capacity 2|u2/10 Ah",
        0xC4: "remaining dischargeable share|u1 %",
        0xC6: "rated discharge power|u4 W",
        0xC7: "vehicle connection|codes FF=undefined 30=none 40=connected 41=chargeable"
        " 42=dischargeable 43=both 44=unknown",
        0xC9: "least, greatest discharge power|u4x2 W",
        0xCB: "least, greatest discharge current|u2/10x2 A",
        0xCC: "type|codes 11=AC_CPLT 12=AC_HLC_charge 13=AC_HLC_both 21=DC_AA_charge"
        " 22=DC_AA_both 23=DC_AA_discharge 31=DC_BB_charge 32=DC_BB_both 33=DC_BB_discharge"
        " 41=DC_EE_charge 42=DC_EE_both 43=DC_EE_discharge 51=DC_FF_charge 52=DC_FF_both"
        " 53=DC_FF_discharge",
        0xD1: "used capacity 2|u2/10 Ah",
        0xD3: "power measured|s4 W",
        0xD4: "current measured|s2/10 A",
        0xD5: "voltage measured|s2 V",
        0xD6: "energy discharged|u4/1000 kWh",
        0xD7: "reset energy discharged|codes 00=reset",
        0xDA: "operation mode|codes 42=charge 43=discharge 44=standby 46=both 47=idle"
        " 48=preparation 49=automatic 40=other",
        0xDB: "grid connection|codes 00=reverse_flow 01=independent 02=no_reverse_flow",
        0xDC: "charging method|codes " + _METHODS.format("surplus"),
        0xDD: "discharging method|codes " + _METHODS.format("load"),
        0xDE: "purchase limit|u4 W",
        0xDF: "re-interconnection|codes 41=permitted 42=prohibited",
        0xE0: "charge and discharge power|s4 W",
        0xE1: "actual mode|codes 42=charge 43=discharge 44=standby 47=idle 48=preparation"
        " 40=other",
        0xE3: "stored charge|u2/10 Ah",
        0xE5: "maintenance|codes 41=needed 42=none",
        0xE9: "amount to charge 2|u2/10 Ah",
        0xEA: "amount to discharge|u4 Wh",
        0xEC: "discharge power|u4 W",
        0xEE: "discharge current|u2/10 A",
        0xEF: "rated voltage, independent|u2 V",
    },
    0x0280: {
        0xE0: "energy|u4",
        0xE2: "energy unit|codes 00=1kWh 01=0.1kWh 02=0.01kWh 03=0.001kWh 04=0.0001kWh"
        " 0A=10kWh 0B=100kWh 0C=1000kWh 0D=10000kWh",
    },
}


def _described(eoj, epc):
    """(name, format) of a property; ("", "") when unknown. `eoj`: 3 bytes as an int."""
    entry = PROPERTIES.get(eoj >> 8, {}).get(epc) or _SUPER.get(epc, "")
    name, _, how = entry.partition("|")
    return name, how


def object_name(eoj):
    """As in "02A101 EV charger"."""
    return f"{eoj:06X} {CLASSES.get(eoj >> 8, '')}".rstrip()


def property_name(eoj, epc):
    return _described(eoj, epc)[0]


def known(eoj):
    """{EPC: name} of all properties that have a name in this class."""
    codes = sorted({*_SUPER, *PROPERTIES.get(eoj >> 8, {})})
    return {epc: property_name(eoj, epc) for epc in codes}


def find(eoj, text):
    """EPC of a property given as two hex digits or by (the beginning of) its name.

    Raises ValueError, with the candidates, if there is not exactly one.
    """
    if len(text) == 2:
        try:
            return int(text, 16)
        except ValueError:
            pass
    wanted = text.lower().replace("-", " ").replace("_", " ")
    names = known(eoj)
    found = [epc for epc, name in names.items() if name == wanted]
    found = found or [epc for epc, name in names.items() if name.startswith(wanted)]
    if len(found) != 1:
        what = ", ".join(f"{epc:02X} {names[epc]}" for epc in found or names)
        raise ValueError(f"{text!r} is {'ambiguous' if found else 'unknown'}; one of {what}")
    return found[0]


def _pairs(how):
    return dict(item.split("=") for item in how.split()[1:])


def _numbers(how):
    # (signed, bytes, divisor, count, unit)
    kind, _, unit = how.partition(" ")
    kind, _, count = kind.partition("x")
    kind, _, divisor = kind.partition("/")
    return kind[0] == "s", int(kind[1:]), int(divisor or 1), int(count or 1), unit


def read(eoj, epc, edt):
    """A value as text. What does not look as its property should is given in hex."""
    _, how = _described(eoj, epc)
    raw = edt.hex().upper()
    if not edt:
        return "-"
    if how.startswith("codes"):
        return f"{raw} {_pairs(how).get(raw, '')}".rstrip()
    if how == "map":
        return " ".join(f"{code:02X}" for code in decode_map(edt)) or "none"
    if how == "list" and len(edt) == 1 + 3 * edt[0]:
        return ", ".join(
            object_name(int.from_bytes(edt[i : i + 3], "big")) for i in range(1, len(edt), 3)
        )
    if how == "text":
        body = edt[1:] if epc == 0xE6 else edt
        return body.rstrip(b"\0").decode("ascii", "replace")
    if how == "time" and len(edt) == 2:
        return f"{edt[0]:02}:{edt[1]:02}"
    if how == "date" and len(edt) == 4:
        return f"{edt[0] << 8 | edt[1]:04}-{edt[2]:02}-{edt[3]:02}"
    if how == "version" and len(edt) == 4:
        return f"{edt[0]}.{edt[1]}" if eoj >> 8 == 0x0EF0 else f"Release {chr(edt[2])}"
    if how[:1] in ("u", "s"):
        return _read_numbers(how, edt) or raw
    return raw


def _read_numbers(how, edt):
    signed, size, divisor, count, unit = _numbers(how)
    if len(edt) != size * count:
        return None
    parts = []
    for i in range(0, len(edt), size):
        value = number(edt[i : i + size], signed)
        if divisor > 1 and isinstance(value, int):
            value = f"{value / divisor:.{len(str(divisor)) - 1}f}"
        parts.append(str(value))
    return f"{' .. '.join(parts)} {unit}".rstrip()


def write(eoj, epc, text):
    """The property data for `text`: a number in the property's unit, a code's name, a time
    (12:34), a date (2026-01-31), or hex with the prefix 0x. Raises ValueError."""
    if text.startswith("0x"):
        return bytes.fromhex(text[2:])
    name, how = _described(eoj, epc)
    if how.startswith("codes"):
        for code, meaning in _pairs(how).items():
            if text in (meaning, code):
                return bytes.fromhex(code)
        raise ValueError(f"{name} is one of {how[6:]}")
    if how == "time":
        return bytes(int(part) for part in text.split(":"))
    if how == "date":
        year, month, day = (int(part) for part in text.split("-"))
        return year.to_bytes(2, "big") + bytes([month, day])
    if how[:1] in ("u", "s"):
        signed, size, divisor, _, unit = _numbers(how)
        try:
            return round(float(text) * divisor).to_bytes(size, "big", signed=signed)
        except (ValueError, OverflowError):
            raise ValueError(f"{name} is a number in {unit}, {8 * size} bits") from None
    if epc == 0x81:
        return bytes.fromhex(text)
    raise ValueError(f"{name or f'{epc:02X}'}: give the data in hex, as 0x...")
