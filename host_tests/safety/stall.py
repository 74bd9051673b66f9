"""Runs under MicroPython: `micropython stall.py FAULTS CERT KEY PORT`, prints one JSON line.

Three threads, the first as on an RP2 its second core: the supervision alone, with the heap
locked; the plant that makes faults at random times and watches the outputs; and the main thread,
which does TLS handshakes with client certificates and gc.collect() back to back.

The threads of this port share one lock. What lets go of it is poll(), not sleep_ms() and
sleep_us(), so every wait here is a poll of nothing.
"""

import _thread
import gc
import json
import select
import socket
import sys
import time

import micropython
import tls

from firmware import hal
from firmware.hal.supervision import PERIOD_MS, Supervision

CHARGING = 6000  # mV
EVENTS = ("unplugged", "back to B", "short", "leak", "diode")


class Plant:
    """Pilot, fault input and outputs of one Supervision."""

    def __init__(self):
        self.high = CHARGING
        self.low = -12000
        self.bits = 0
        self.closed = False
        self.opened_at = 0
        self.opened_in = 0  # beat of the supervision
        self.beats = None  # () -> its beats

    def sample(self):
        return True

    def fault(self):
        return self.bits

    def output(self, on):
        if self.closed and not on:
            self.opened_at = time.ticks_us()
            self.opened_in = self.beats()
        self.closed = on == 1

    def make(self, event):
        if event == 0:
            self.high = 12000
        elif event == 1:
            self.high = 9000
        elif event == 2:
            self.high = 0
        elif event == 3:
            self.bits = hal.RCD
        else:
            self.low = -3000

    def repair(self):
        self.high = CHARGING
        self.low = -12000
        self.bits = 0


class Run:
    def __init__(self, faults):
        self.plant = Plant()
        self.sup = Supervision(self.plant, self.plant.fault, (self.plant.output,))
        self.sup.pwm = True
        self.plant.beats = self.beats
        self.periods = 0  # most steps from a fault to the open contactor
        self.left = faults
        self.worst_us = 0
        self.late = 0  # longest time between two steps, us
        self.alive = True
        self.error = None

    def beats(self):
        return self.sup.beats

    def supervise(self):
        step = self.sup.step
        pause = select.poll()
        pause.ipoll(0)  # allocates what it will need
        micropython.heap_lock()
        try:
            last = due = time.ticks_us()
            while self.alive:
                step()
                now = time.ticks_us()
                if time.ticks_diff(now, last) > self.late:
                    self.late = time.ticks_diff(now, last)
                last = now
                due = time.ticks_add(due, PERIOD_MS * 1000)
                wait = time.ticks_diff(due, time.ticks_us()) // 1000
                if wait > 0:
                    pause.ipoll(wait)
                else:
                    due = time.ticks_us()
        except BaseException as error:
            self.error = error
        micropython.heap_unlock()
        self.alive = False

    def trouble(self):
        plant = self.plant
        pause = select.poll()
        number = 12345
        while self.left and self.alive:
            self.sup.alive()
            self.sup.want(0)
            while self.alive and not plant.closed:
                self.sup.want(3)
                pause.ipoll(2)
            number = (number * 1103515245 + 12345) & 0x7FFFFFFF
            pause.ipoll(10 + (number >> 8) % 30)
            start = time.ticks_us()
            beat = self.sup.beats
            plant.make((number >> 4) % len(EVENTS))
            while self.alive and plant.closed:
                pause.ipoll(1)
                if time.ticks_diff(time.ticks_us(), start) > 1000000:
                    break
            took = time.ticks_diff(plant.opened_at if not plant.closed else time.ticks_us(), start)
            if took > self.worst_us:
                self.worst_us = took
            self.periods = max(self.periods, (plant.opened_in - beat) & 0xFFFF)
            plant.repair()
            self.left -= 1
        self.alive = False


def context(role, cert, key):
    ctx = tls.SSLContext(role)
    ctx.load_cert_chain(cert, key)
    ctx.verify_mode = tls.CERT_OPTIONAL  # type: ignore[attr-defined]
    ctx.verify_callback = lambda der, depth: 0  # type: ignore[attr-defined]
    return ctx


_pause = select.poll()


def yield_lock():
    # As long as a thread of this port executes bytecode it may take the lock back before anybody
    # else has it; an RP2 has no lock.
    _pause.ipoll(1)


def handshake(listener, address, server, client):
    ours = socket.socket()
    ours.connect(address)
    theirs, _ = listener.accept()
    ours.setblocking(False)
    theirs.setblocking(False)
    a = client.wrap_socket(ours, do_handshake_on_connect=False)
    b = server.wrap_socket(theirs, server_side=True, do_handshake_on_connect=False)
    a.write(b"x")
    got = None
    while not got:
        yield_lock()
        got = b.read(1)
        yield_lock()
        if not got:
            a.write(b"x")
    a.close()
    b.close()


def main(faults, cert, key, port):
    gc.threshold(4096)
    with open(cert, "rb") as file:
        cert = file.read()
    with open(key, "rb") as file:
        key = file.read()
    server = context(tls.PROTOCOL_TLS_SERVER, cert, key)
    client = context(tls.PROTOCOL_TLS_CLIENT, cert, key)
    listener = socket.socket()
    address = socket.getaddrinfo("127.0.0.1", port)[0][-1]
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(1)
    run = Run(faults)
    _thread.start_new_thread(run.supervise, ())
    _thread.start_new_thread(run.trouble, ())
    handshakes = collections = 0
    while run.alive:
        handshake(listener, address, server, client)
        handshakes += 1
        yield_lock()
        garbage = [bytes(100) for _ in range(200)]  # something to collect
        gc.collect()
        yield_lock()
        collections += len(garbage) // 200
    time.sleep_ms(50)
    result = {
        "faults": faults - run.left,
        "periods": run.periods,
        "worst_ms": run.worst_us / 1000,
        "late_ms": run.late / 1000,
        "handshakes": handshakes,
        "collections": collections,
        "error": repr(run.error) if run.error else None,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
