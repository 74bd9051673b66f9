"""What a board is given once, over its console: identity, PIN, Wi-Fi, ECHONET maker.

The record log is written by the board's own firmware, so that one format and one code do it.
"""

import secrets
from base64 import b64decode, b64encode
from typing import NamedTuple

from firmware import store as records
from tools import identity
from tools.deploy import started

# `put` makes room: in maintenance the contactor is open, so an erase may stop the processor
_OPEN = """
import sys, loader
from binascii import a2b_base64, b2a_base64
_slot = "/" + loader.read()[0]
sys.path[:0] = [_slot, _slot + "/lib"]
from firmware.hal import area
from firmware.store import Store
store = Store(area.on_board())
def get(key):
    value = store.get(key)
    print("-" if value is None else b2a_base64(value).decode().strip())
def put(key, value):
    if store.need_compaction:
        store.compact()
    store.put(key, a2b_base64(value))
"""
# goes with an identity: whom it trusted, and who has its label
_TRUSTED = tuple(range(records.TRUST, records.TRUST + records.TRUST_MAX))  # more is overwritten
_PAIRING = (records.PAIRING_SECRET, records.PAIRING_USED, records.PAIRED)
_GONE = (*records.IDENTITY, *_PAIRING, *_TRUSTED)


class Told(NamedTuple):
    """What a board tells of itself, None for what it has not."""

    cert: bytes | None
    ship_id: str | None
    serial: str | None
    pin: str | None
    secret: bytes | None  # of the SHIP Pairing Service

    @property
    def ski(self):
        return self.cert and identity.ski(self.cert)


class Records:
    """The record log of the board at a Link."""

    def __init__(self, link):
        self._link = link
        link.run(_OPEN)

    def get(self, key):
        text = self._link.run(f"get({key})").strip()
        return None if text == "-" else b64decode(text)

    def put(self, key, value):
        self._link.run(f"put({key}, {b64encode(value).decode()!r})")

    def forget_identity(self):
        """Also whom it trusted: they know the old SKI. Settings stay."""
        self._link.run(f"store.compact([key for key in store.keys() if key not in {_GONE!r}])")

    def told(self):
        ship_id, serial, pin = (
            word and word.decode()
            for word in map(self.get, (records.SHIP_ID, records.SERIAL, records.PIN))
        )
        secret = self.get(records.PAIRING_SECRET)
        return Told(self.get(records.CERT), ship_id, serial, pin, secret)


class Refused(ValueError):
    """Nothing was written; the text says why."""


def settings(name, password):
    """The value of the key SETTINGS. Raises Refused."""
    if not 0 < len(name.encode()) <= 32 or "\0" in name + password:
        raise Refused("the name of a Wi-Fi has 1 to 32 bytes")
    if password and not 8 <= len(password.encode()) <= 63:
        raise Refused("the password of a Wi-Fi has 8 to 63 bytes")
    return b"%s\0%s" % (name.encode(), password.encode())


def provision(link, wanted, key="device", serial=None, ship_id=None, anew=False, pairing=False):
    """Gives a board `wanted` {key of the record log: bytes}, and an identity when it has none.

    `key`: "device", which makes its key by itself at its first boot, so that nobody else ever
    has it, or "host". `anew`: an identity that is there is replaced. `pairing`: it gets a secret
    for the SHIP Pairing Service when it has none. Returns (Told, version); raises Refused,
    tools.deploy.DeployError, tools.link.LinkError.
    """
    log = Records(link)
    told = log.told()
    if told.ski and anew:
        print(f"the identity with SKI {told.ski} goes: every partner has to be paired anew")
        log.forget_identity()
    elif told.ski and (serial or ship_id or key == "host"):
        raise Refused(f"this wallbox has an identity, SKI {told.ski}: --new-identity replaces it")
    for number, value in wanted.items():
        log.put(number, value)
    if pairing and (anew or not told.secret):
        log.put(records.PAIRING_SECRET, secrets.token_bytes(16))
    if anew or not told.ski:
        if key == "host":
            made = identity.make(ship_id, serial)
            log.put(records.PRIVATE_KEY, made.key)
            serial, ship_id = made.serial, made.ship_id
        if serial:
            log.put(records.SERIAL, serial.encode())
        if ship_id:
            log.put(records.SHIP_ID, ship_id.encode())
        if key == "host":
            log.put(records.CERT, made.cert)  # last: it makes the identity complete
    link.restart()
    version, ski = started(link)
    link.stop()
    told = Records(link).told()
    if told.ski != ski:
        raise Refused(f"the board has said SKI {ski}, and has kept {told.ski}")
    link.restart()
    return told, version
