"""A wallbox on loopback, without namespaces, and checks that are coroutines: what peers made of
the parts of tools.hems share."""

import asyncio
import pathlib
import shutil

from host_tests.conformance.dut import Dut
from host_tests.interop.checklist import Checklist


class Field:
    """`folder` is empty; a subclass makes the `dut` in it."""

    dut: Dut

    def __init__(self, build):
        self.loop = asyncio.new_event_loop()
        self.folder = pathlib.Path(build)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def run(self, work, limit=120):
        """Waits for the coroutine; raises TimeoutError after `limit` s."""
        return self.loop.run_until_complete(asyncio.wait_for(work, limit))

    async def start(self):
        await self.dut.start()

    async def stop(self):
        await self.dut.stop()


class Scenes(Checklist):
    """Checks that are `async def f(field)`."""

    def __call__(self, name):
        add = super().__call__(name)

        def register(function):
            add(lambda field: field.run(function(field)))
            return function

        return register

    def play(self, field):
        """run() between the start and the stop of the field."""
        try:
            field.run(field.start())
            yield from self.run(field)
        finally:
            field.run(field.stop())
