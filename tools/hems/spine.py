"""Datagram layer: counters, requests with their answers, waiting for what the partner says."""

import asyncio

from tools.hems.datagram import Address, Datagram, header

RESPONSE_S = 10  # defaultMaxResponseDelay (5.3.2)
VERSION = "1.3.0"
NODE_MANAGEMENT = Address(None, (0,), 0)


class SpineTimeout(Exception):
    """No answer in time."""


class ResultError(Exception):
    """A read was answered by a result; `number` is its errorNumber."""

    def __init__(self, number, description):
        super().__init__(f"error {number}: {description}")
        self.number = number


class Spine:
    """`transmit` is an async callable taking a plain datagram, `local` a LocalDevice.

    `version` goes into each header. `mute` may be set to a callable(Datagram): where it returns
    true the local device does not get to see the datagram. `history` holds ("sent" | "seen",
    Datagram) in order. Time-outs are `patience` times as long as they say.
    """

    patience = 1

    def __init__(self, transmit, local, recorder=None):
        self._transmit = transmit
        self._recorder = recorder
        self._waiters = []
        self.local = local
        self.version = VERSION
        self.counter = 0
        self.mute = None
        self.history = []
        self.listeners = []
        self.peer_device = None

    async def send(self, classifier, source, destination, cmd, **options):
        """Send a datagram and return its msgCounter.

        Options: ack (bool), reference, counter and version (default: next, `self.version`).
        """
        counter = options.get("counter")
        if counter is None:
            counter = self.counter + 1
        self.counter = counter
        if destination.device is None and self.peer_device:
            destination = destination._replace(device=self.peer_device)
        plain = {
            "header": header(
                options.get("version") or self.version,
                source._replace(device=self.local.address),
                destination,
                counter,
                classifier,
                options.get("ack", False),
                options.get("reference"),
            ),
            "payload": {"cmd": [cmd]},
        }
        self._remember("sent", Datagram(plain))
        await self._transmit(plain)
        return counter

    async def ask(self, classifier, source, destination, cmd, timeout=RESPONSE_S, **options):
        """Send and wait for the reply or result that refers to it; raises SpineTimeout."""
        counter = options.pop("counter", None)
        if counter is None:
            counter = self.counter + 1

        def answers(datagram):
            return datagram.reference == counter and datagram.classifier in ("reply", "result")

        waiting = self._waiter(answers)
        await self.send(classifier, source, destination, cmd, counter=counter, **options)
        return await self._wait(waiting, timeout, f"answer to {classifier} #{counter}")

    async def read(self, function, destination, source=NODE_MANAGEMENT, **options):
        """Data of a function (plain); raises ResultError, SpineTimeout."""
        answer = await self.ask("read", source, destination, {function: {}}, **options)
        if answer.classifier == "result":
            raise ResultError(answer.error, answer.data.get("description", ""))
        return answer.data

    async def command(self, classifier, destination, cmd, source=NODE_MANAGEMENT, **options):
        """write, call or notify with ackRequest; returns the errorNumber of the result."""
        answer = await self.ask(classifier, source, destination, cmd, ack=True, **options)
        if answer.error is None:
            raise ResultError(-1, f"no result but {answer}")
        return answer.error

    async def acknowledge(self, datagram, number=0, description=None):
        """Send the result for an incoming datagram."""
        data = {"errorNumber": number}
        if description:
            data["description"] = description
        await self.send(
            "result",
            datagram.destination,
            datagram.source,
            {"resultData": data},
            reference=datagram.counter,
        )

    async def handle(self, plain):
        """Take in a datagram from the partner."""
        datagram = Datagram(plain)
        if datagram.source.device:
            self.peer_device = datagram.source.device
        self._remember("seen", datagram)
        for waiter in list(self._waiters):
            condition, future = waiter
            if not future.done() and condition(datagram):
                future.set_result(datagram)
        for listener in list(self.listeners):
            listener(datagram)
        if not (self.mute and self.mute(datagram)):
            await self.local.handle(self, datagram)

    def mark(self):
        """Position in the history, for `expect` and `seen_since`."""
        return len(self.history)

    def seen_since(self, mark, condition=lambda datagram: True):
        """Datagrams of the partner since `mark` that meet a condition."""
        return [
            datagram
            for direction, datagram in self.history[mark:]
            if direction == "seen" and condition(datagram)
        ]

    async def expect(self, condition, timeout, since=None):
        """First datagram meeting the condition, from history after `since` or still to come."""
        if since is not None:
            found = self.seen_since(since, condition)
            if found:
                return found[0]
        return await self._wait(self._waiter(condition), timeout, "datagram")

    def _waiter(self, condition):
        waiter = (condition, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        return waiter

    async def _wait(self, waiter, timeout, what):
        try:
            return await asyncio.wait_for(waiter[1], timeout * self.patience)
        except TimeoutError:
            raise SpineTimeout(f"no {what} within {timeout} s") from None
        finally:
            self._waiters.remove(waiter)

    def _remember(self, direction, datagram):
        self.history.append((direction, datagram))
        if self._recorder:
            self._recorder.add(direction, datagram.plain)
