"""The commands of tools.sim that concern the whole application. The console loads this module for
each of them and lets it go: on a board nothing of it would be there. `status` has its own."""

import time
from binascii import unhexlify

from late import load

from firmware.clock import real_ms
from ship.node import TrustFull

_USER_INPUT = 64  # trust level of an SKI that a person has typed (Table 30)
_USER_MA = 80000  # above every wallbox
_PONG_MS = 1000  # real time for a peer to answer a ping that a jump of the clock has made due


def stop(bench):
    bench.stop()


def trust(bench, ski, tool, odd):
    commissioning = bench.app.commissioning
    ski = unhexlify(ski)
    try:
        commissioning.trust(ski, _USER_INPUT)
    except TrustFull:
        raise ValueError("the trust list is full: untrust somebody first")
    records = load("firmware.trust")
    if tool is not None:
        records.allow(commissioning, ski, records.TOOL, tool)
    if odd is not None:
        records.allow(commissioning, ski, records.ODD, odd)


def successor(bench, switch):
    """Makes the key after our own and announces it, or puts it in place: restart then."""
    app = bench.app
    if not app.board.COMMISSIONING:
        raise ValueError("this board speaks SHIP 1.0 alone: COMMISSIONING")
    work = load("firmware.successor")
    if switch:
        work.switch(app)
    else:
        work.make(app)
        app.node.announce()


def untrust(bench, ski):
    bench.app.commissioning.untrust(unhexlify(ski))


def button(bench):
    bench.app.commissioning.button()


def pin(bench, value, mode, ski):
    """Our own PIN, or with `ski` that of a partner."""
    app = bench.app
    pins = load("firmware.pin_entry")
    if ski:
        if mode:
            raise ValueError("mode is for our own PIN, without ski")
        pins.set_partner(app, unhexlify(ski), value or "")
    else:
        pins.set_own(app, mode or "required", value or "")


def user(bench, ma):
    if ma is not None and not 0 <= ma <= _USER_MA:
        raise ValueError("ma is from 0 to %d, or null for no limit" % _USER_MA)
    bench.app.charger.user(-1 if ma is None else ma)


def installer(bench, *new):
    """Changes settings of the installer (None: not this one), and tells all of them."""
    settings = load("firmware.installer")
    if any(value is not None for value in new):
        settings.change(bench.app, *new)
    return dict(zip(settings.NAMES, settings.read(bench.app)))


def net(bench, up, host):
    net = bench.app.net
    discovery = bench.app.discovery
    echonet = bench.app.echonet
    net.deaf()
    if discovery:
        discovery.down()
    if echonet:
        echonet.down()
    if up:
        where = host or bench.settings["host"]
        try:
            net.listen(where, net.port)
        except OSError as error:
            raise ValueError("cannot listen at %s: errno %d" % (where, error.errno))
        bench.settings["host"] = where
        if discovery:
            discovery.up(where)
        if echonet:
            echonet.up(host or bench.settings["echonet"])


def factory_reset(bench):
    bench.app.factory_reset()
    if bench.events:
        bench.events.forget()


def speed(bench, x):
    bench.clock.speed(x)


def clock(bench, unix):
    """The time of day is `unix` seconds from now on; None: nobody knows it."""
    bench.place.set_time(unix)


def advance(bench, s):
    """Moves the clock from timer to timer, so that each fires at its own time."""
    clock = bench.clock
    net = bench.app.net
    left = int(s * 1000)
    while left > 0 and net.running:
        now = clock.now()
        wait = left
        for timer in net.timers + net.node.conns:
            due = timer.tick(now)
            if 0 <= due < wait:
                wait = max(due, 1)
        clock.advance(wait)
        left -= wait
        _settle(bench)


def _settle(bench):
    """What the jump has made due goes out; pongs are waited for, or peers would seem dead."""
    net = bench.app.net
    net.turn(0)
    until = time.ticks_add(real_ms(), _PONG_MS)
    while time.ticks_diff(until, real_ms()) > 0:
        if all(conn.pong_at < 0 and not conn.want_ping for conn in net.node.conns):
            break
        net.turn(2)
