"""Find SHIP nodes by DNS-SD (6.4)."""

import asyncio
from collections import namedtuple

from zeroconf import IPVersion, ServiceStateChange
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

SERVICE = "_ship._tcp.local."
Node = namedtuple("Node", "host port ski text")
Node.__doc__ = "host: address text, text: TXT as {key: bytes}, ski: lower-case hex or ''."


async def nodes(seconds, accept=lambda node: False, interfaces=None):
    """Nodes that announce `_ship._tcp` within `seconds`; ends early at one that `accept`s."""
    options = {"interfaces": interfaces} if interfaces else {}
    zeroconf = AsyncZeroconf(**options)
    names = asyncio.Queue()

    def changed(zeroconf, service_type, name, state_change):
        if state_change is not ServiceStateChange.Removed:
            names.put_nowait(name)

    browser = AsyncServiceBrowser(zeroconf.zeroconf, SERVICE, handlers=[changed])
    found = []
    try:
        async with asyncio.timeout(seconds):
            while True:
                node = await _resolve(zeroconf.zeroconf, await names.get())
                if node:
                    found.append(node)
                    if accept(node):
                        break
    except TimeoutError:
        pass
    finally:
        await browser.async_cancel()
        await zeroconf.async_close()
    return found


async def _resolve(zeroconf, name):
    info = AsyncServiceInfo(SERVICE, name)
    if not await info.async_request(zeroconf, 3000):
        return None
    addresses = info.parsed_addresses(IPVersion.V4Only) or info.parsed_addresses()
    if not addresses:
        return None
    text = {key.decode(): value or b"" for key, value in info.properties.items()}
    ski = text.get("ski", b"").decode(errors="replace").lower()
    return Node(addresses[0], info.port, ski, text)
