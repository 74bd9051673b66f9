"""A burst of reads, as a manager that has just connected sends them: how long until the last of
them has its reply, over loopback TLS. The wallbox holds one message at a time (it is answered
before the next is looked at), so the replies come in the order of the reads."""

import asyncio
import re
import time
from itertools import cycle, islice
from statistics import median

from host_tests.bench.loopback import LoopbackError, simulator
from tools.hems import ship
from tools.hems.identity import Identity
from tools.hems.link import connect
from tools.hems.spine import NODE_MANAGEMENT, Spine

READS = 40
ROUNDS = 7
_ANSWER_S = 30
_REFERENCE = re.compile(rb'"msgCounterReference":(\d+)}')


async def burst():
    """Median ms from the first byte of the first read to the last reply.

    Raises LoopbackError, also when a read is not answered by a reply or out of turn, and what
    tools.hems raises."""
    identity = Identity.create()
    async with simulator([identity.ski]) as wallbox:
        ready = wallbox.ready
        link = await connect(ready["host"], ready["port"], identity, ready["ski"])
        try:
            await link.discover()
            link.stop()  # nobody else takes messages in
            return median([await _round(link) for _ in range(ROUNDS)])
        finally:
            await link.close()


def readable(remote):
    """(function, address) of all that a partner lets one read, in its order."""
    return [
        (function, feature.address)
        for feature in remote.features
        for function, operations in feature.functions.items()
        if "read" in operations
    ]


async def reads(link, count):
    """(messages, their counters): reads of all functions in turn."""
    messages, counters = [], []

    async def transmit(plain):
        messages.append(ship.data(plain))

    spine = Spine(transmit, link.local)
    spine.counter = link.spine.counter
    spine.peer_device = link.spine.peer_device
    for function, address in islice(cycle(readable(link.remote)), count):
        counters.append(await spine.send("read", NODE_MANAGEMENT, address, {function: {}}))
    link.spine.counter = spine.counter
    return messages, counters


async def _round(link):
    messages, counters = await reads(link, READS)
    socket = link.connection.ws
    answered = []
    start = time.perf_counter()
    for message in messages:
        await socket.send(message)
    while len(answered) < READS:
        answer = await asyncio.wait_for(socket.messages.get(), _ANSWER_S)
        if answer is None:
            raise LoopbackError(f"the connection ended after {len(answered)} replies")
        if b'{"cmdClassifier":"result"}' in answer:
            raise LoopbackError(f"a read was refused: {answer.decode()}")
        if b'{"cmdClassifier":"reply"}' in answer:
            answered.append(int(_REFERENCE.search(answer)[1]))
    taken = (time.perf_counter() - start) * 1000
    if answered != counters:
        raise LoopbackError(f"{counters} were answered as {answered}")
    return taken
