"""The bench manager as a SHIP commissioning tool (6.9.7), and its own keys (6.3.2): what SHIP 1.1
has beside 1.0. A Tool belongs to a Link on which 1.1 was selected."""

import asyncio

from tools.hems import ejson
from tools.hems.ship import ShipError, control

CURVE = 23  # secp256r1
ANSWER_S = 20


class Refused(ShipError):
    """The partner does not let us commission."""


class Tool:
    """`keys`: our own, [(state, ski)], as told to the partner; `counter`: their updateCounter.
    `partner`: the same of the partner, `partner_counter`, once it has told."""

    def __init__(self, link, accept=True):
        if not link.connection.minor:
            raise ShipError("the partner speaks SHIP 1.0 alone")
        self.link = link
        self.accept = accept
        self.keys = [("current", link.ski)]
        self.counter = 1
        self.partner = []
        self.partner_counter = 0
        link.tool = self

    async def take(self, message):
        """Answers what the partner says of keys."""
        send = self.link.connection.send
        if message.name == "keyMaterialStateRequest":
            await self.announce()
        elif message.name == "keyMaterialState":
            self.partner_counter = message.field("updateCounter")
            self.partner = [
                (entry["currentState"], entry["ski"], entry.get("publicKey"))
                for entry in _entries(message)
            ]
            await send(control("keyMaterialStateResponse", {"accept": self.accept}))

    async def announce(self):
        """Tells all of our keys."""
        entries = [{"currentState": state, "curve": CURVE, "ski": ski} for state, ski in self.keys]
        body = {"updateCounter": self.counter, "entry": entries}
        await self.link.connection.send(control("keyMaterialState", body))

    async def ask(self, name, body, answer):
        """Sends a message; the one that answers it. Raises ship.Timeout, ship.Closed."""
        coming = asyncio.create_task(self.link.expect_ship(answer, ANSWER_S))
        await asyncio.sleep(0)  # it listens now
        await self.link.connection.send(control(name, body))
        return await coming

    async def begin(self):
        """Asks whether we may commission. Raises Refused."""
        answer = await self.ask("commissioningRequest", None, "commissioningResponse")
        if answer.field("accept") is not True:
            raise Refused(f"the partner refuses to be commissioned: {answer}")

    async def distribute(self, skis, trust=None):
        """The partner shall trust these SKIs (hex); {ski: userTrust} of those that it does."""
        entries = [{"curve": CURVE, "ski": ski} for ski in skis]
        if trust is not None:
            entries = [{**entry, "userTrust": trust} for entry in entries]
        return _levels(await self.ask("keyMaterial", {"entry": entries}, "keyMaterialResponse"))

    async def withdraw(self, skis):
        """The partner shall trust them no longer; {ski: userTrust} of those that it did."""
        body = {"entry": [{"curve": CURVE, "ski": ski} for ski in skis]}
        return _levels(await self.ask("keyMaterialDelete", body, "keyMaterialDeleteResponse"))

    async def trusted(self):
        """(room in all, {ski: userTrust}) of the partner's trust list."""
        answer = await self.ask("keyMaterialRequest", None, "keyMaterial")
        return answer.field("maxEntries"), _levels(answer)


async def commission(link, skis):
    """The partner shall trust these SKIs (hex): (lines for people, does it trust all of them?).
    Raises ShipError."""
    tool = link.tool or Tool(link)
    await tool.begin()
    done = await tool.distribute(skis)
    refused = [ski for ski in skis if ski not in done]
    room, trusted = await tool.trusted()
    told = f"{len(trusted)} of {room} places of the trust list are taken"
    told += "".join(f"\ntrusted with level {level}: {ski}" for ski, level in trusted.items())
    return told + "".join(f"\nrefused: {ski}" for ski in refused), not refused


def _entries(message):
    return ejson.as_list(message.field("entry"))


def _levels(message):
    return {entry["ski"]: entry.get("userTrust") for entry in _entries(message)}
