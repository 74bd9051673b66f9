"""The text of the QR code on a SHIP node's label, made and parsed (6.2.2, 6.9.8).

FPH256 (SHA-256 of the certificate) and SPSEC (a secret) are for the SHIP Pairing Service.

SHIP;SKI:1111 2222 3333 4444 5555 6666 7777 8888 9999 AAAA;ID:i:12345_u:abc;ENDSHIP;
"""

import re

KEYS = ("SKI", "PIN", "ID", "BRAND", "TYPE", "MODEL", "SERIAL", "CAT", "NOMINALPOWER",
        "FPH256", "SPSEC")  # fmt: skip


class QrError(ValueError):
    """A text that is no label of a SHIP node; the message says why."""


def _grouped(digits):
    return " ".join(re.findall(".{1,4}", digits.upper()))


def make(ski, ship_id, pin=None, **more):
    """The text. `ski`: 40 hex digits; `pin`: 8 to 16; `more`: further values by lower-case key,
    None for none. Raises QrError."""
    values = {"SKI": ski, "PIN": pin, "ID": ship_id}
    values |= {key.upper(): value for key, value in more.items()}
    if unknown := values.keys() - set(KEYS):
        raise QrError(f"no such key: {', '.join(sorted(unknown))}")
    _check(values)
    values["SKI"] = _grouped(ski)
    values["PIN"] = pin and _grouped(pin)
    items = [f"{key}:{values[key]};" for key in KEYS if values.get(key)]
    return "SHIP;" + "".join(items) + "ENDSHIP;"


def parse(text):
    """{key: value} of a scanned text: SKI (lower case) and PIN without blanks, keys that are not
    known left out. Raises QrError."""
    head, *items = text.strip().split(";")
    if head != "SHIP":
        raise QrError("a SHIP label begins with SHIP;")
    values = {}
    for item in items:
        if item == "ENDSHIP":  # may be missing: some labels are cut short
            break
        key, colon, value = item.partition(":")  # an ID has colons of its own
        if colon and key in KEYS:
            if key in values:
                raise QrError(f"{key} twice")
            values[key] = value
    for key in ("SKI", "PIN"):
        if key in values:
            values[key] = values[key].replace(" ", "")
    _check(values)
    values["SKI"] = values["SKI"].lower()
    return values


def _check(values):
    if not re.fullmatch("[0-9a-fA-F]{40}", values.get("SKI") or ""):
        raise QrError("SKI: 40 hex digits")
    if not values.get("ID") or len(values["ID"].encode()) > 63:
        raise QrError("ID: 1 to 63 bytes")
    if values.get("PIN") is not None and not re.fullmatch("[0-9a-fA-F]{8,16}", values["PIN"]):
        raise QrError("PIN: 8 to 16 hex digits")
    for key, size in (("FPH256", 64), ("SPSEC", 32)):
        if values.get(key) is not None and not re.fullmatch(f"[0-9A-F]{{{size}}}", values[key]):
            raise QrError(f"{key}: {size} upper-case hex digits")
    for key, value in values.items():
        if value and (";" in value or not value.isprintable()):
            raise QrError(f"{key}: no ; and no control characters")
