"""pychonet (the library of the Home Assistant integration) as a controller.

`echonet_pychonet.py OWN_ADDRESS`, JSON lines; same commands as echonet-peers/*.js.
"""

import asyncio
import json
import sys

from pychonet import ECHONETAPIClient, Factory
from pychonet.lib.const import GET, INF, SETC
from pychonet.lib.functions import decodeEchonetMsg
from pychonet.lib.udpserver import UDPServer

GROUP = "224.0.23.0"
MAPS = (("inf", 0x9D), ("set", 0x9E), ("get", 0x9F))
ANSWER_TICKS = 30  # of 0.1 s
SEARCH_S = 5


def say(**line):
    print(json.dumps(line), flush=True)


def split(eoj):
    return tuple(bytes.fromhex(eoj))


class Controller:
    async def start(self, address):
        self.udp = UDPServer(local_ip=address)
        self.udp.run("0.0.0.0", 3610, asyncio.get_running_loop())
        self.client = ECHONETAPIClient(server=self.udp)
        self.found = asyncio.Event()
        # its callbacks say that something has changed, but not what
        self.udp.subscribe(self._received)
        self.client.configure(ANSWER_TICKS, lambda *_: None, False, self._found)
        return {}

    async def _received(self, data, addr):
        frame = decodeEchonetMsg(data)
        if frame["ESV"] == INF:
            eoj = bytes((frame["SEOJGC"], frame["SEOJCC"], frame["SEOJCI"])).hex()
            for one in frame["OPC"]:
                name = {"host": addr[0], "eoj": eoj, "epc": f"{one['EPC']:02x}"}
                say(event="notice", **name, value=one["EDT"].hex())

    async def _found(self, host):
        await self.client.discover(host)
        self.found.set()

    async def discover(self, host):
        searching = asyncio.create_task(self.client.discover(GROUP))
        await asyncio.wait_for(self.found.wait(), SEARCH_S)
        searching.cancel()
        objects = [
            bytes((group, code, number)).hex()
            for group, classes in self.client.state[host]["instances"].items()
            for code, numbers in classes.items()
            for number in numbers
        ]
        return {"objects": objects, "uid": self.client.state[host]["uid"]}

    def _state(self, host, eoj):
        group, code, number = split(eoj)
        return self.client.state[host]["instances"][group][code][number]

    async def maps(self, host, eoj):
        await self.client.getAllPropertyMaps(host, *split(eoj))
        state = self._state(host, eoj)
        return {name: [f"{code:02x}" for code in state[epc]] for name, epc in MAPS}

    async def get(self, host, eoj, epcs):
        asked = [{"EPC": int(epc, 16)} for epc in epcs]
        ok = await self.client.echonetMessage(host, *split(eoj), GET, asked)
        if not ok:
            raise ValueError("no property was answered")
        state = self._state(host, eoj)
        # what it has decoded (identification, maker, product code) is not bytes any more
        raw = {epc: state.get(int(epc, 16)) for epc in epcs}
        return {"values": {k: v.hex() for k, v in raw.items() if isinstance(v, bytes)}}

    async def set(self, host, eoj, values):
        device = Factory(host, self.client, *split(eoj))
        asked = [
            {"EPC": int(epc, 16), "PDC": len(value) // 2, "EDT": int(value, 16)}
            for epc, value in values
        ]
        ok = await device.setMessages(asked)
        # it says yes when one of the properties was accepted, and tells no names
        return {"refused": [] if ok else [epc for epc, _ in values]}

    async def unlisted(self, host, eoj, epc):
        """It strips what no map names, and so sends a request without properties."""
        asked = [{"EPC": int(epc, 16), "PDC": 1, "EDT": 1}]
        await self.client.echonetMessage(host, *split(eoj), SETC, asked)
        return {"available": self.client.state[host]["available"]}


async def main():
    controller = Controller()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while text := await reader.readline():
        line = json.loads(text)
        number, name = line.pop("id"), line.pop("cmd")
        try:
            say(id=number, ok=True, **await getattr(controller, name)(**line))
        except Exception as error:
            say(id=number, error=f"{type(error).__name__}: {error}")


asyncio.run(main())
