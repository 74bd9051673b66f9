"""TC_SHIP: certificates and SKI (6.9), announcement (6.4)."""

import asyncio

from host_tests.conformance.bench import HOST, forged
from host_tests.conformance.outcome import Failed, case, demand
from tools.hems import find

# -- certificates -----------------------------------------------------------------------------


async def still_honest(t):
    """After a refusal an honest certificate is still served."""
    await t.open("access")


@case("TC_SHIP_SEC_001")
async def sec_001(t):
    liar = forged("5ec0" + "01" * 18)
    await t.dut.command("trust", ski=liar.claimed_ski)
    try:
        await t.refused(liar)
    finally:
        await t.dut.command("untrust", ski=liar.claimed_ski)
    await still_honest(t)


@case("TC_SHIP_SEC_002")
async def sec_002(t):
    await t.open("access")
    await t.settle()
    await t.refused(forged(t.identity.ski))
    await still_honest(t)


async def breaks_handshake(t, identity):
    """The device, as TLS client, breaks the handshake with this server certificate."""
    honest, t.listener.identity = t.listener.identity, identity
    t.listener.refuse = False
    while not t.listener.attempts.empty():
        t.listener.attempts.get_nowait()
    try:
        for _ in range(30):
            try:
                outcome = await asyncio.wait_for(t.listener.attempts.get(), 0.5)
            except TimeoutError:
                await t.dut.advance(3)
                continue
            demand(outcome.startswith("handshake:"), f"TLS handshake completed: {outcome}")
            return
        raise Failed("the device did not connect within 90 s")
    finally:
        t.listener.identity = honest


@case("TC_SHIP_SEC_001", "client", "forged")
async def sec_001_client(t):
    await breaks_handshake(t, t.listener.identity)


@case("TC_SHIP_SEC_002", "client")
async def sec_002_client(t):
    await t.open("access")
    await t.settle()
    await breaks_handshake(t, forged(t.identity.ski))
    await still_honest(t)


# -- mDNS -------------------------------------------------------------------------------------


@case("TC_SHIP_MDNS_001", "server", "mdns")
async def mdns_001(t):
    def is_dut(node):
        return node.ski == t.dut.ski

    mine = [n for n in await find.nodes(10, is_dut, [HOST]) if is_dut(n)]
    demand(mine, "no announcement of _ship._tcp with the SKI of the device within 10 s")
    text = mine[0].text
    for key, value in text.items():
        try:
            value.decode()
        except UnicodeDecodeError:
            raise Failed(f"{key} is no UTF-8") from None
    get = {key.lower(): value.decode() for key, value in text.items()}.get
    demand(get("txtvers") == "1", f"txtvers {get('txtvers')}")
    demand(get("id") and len(get("id").encode()) <= 63, f"id {get('id')}")
    path = get("path") or ""
    demand("/" in path and len(path.encode()) <= 32, f"path {path}")
    ski = get("ski") or ""
    demand(len(ski) == 40 and not ski.lower().strip("0123456789abcdef"), f"ski {ski}")
    demand(get("register") in ("true", "false"), f"register {get('register')}")
    cat = get("cat") or ""
    demand(cat and all(cat.split(",")), f"cat {cat!r}")
    for key in ("brand", "model", "type"):
        demand(len((get(key) or "").encode()) <= 32, f"{key} is longer than 32 bytes")
