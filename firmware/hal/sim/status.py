"""What the command `status` of the simulator tells: all that a tester wants to see."""

import gc
from binascii import hexlify

from late import load

from firmware.charger import fault_names
from firmware.limits import LPC, LPP, ORIGINS, OSCEV
from ship.states import STATES
from usecases.limitation import STATES as LIMIT_STATES


def limits(app):
    """The slots of all origins that hold or have held a limit."""
    slots = app.limits
    out = []
    uses = {LPC: app.eebus.lpc, LPP: app.eebus.lpp}
    for i, origin in enumerate(ORIGINS):
        left = slots.left_s[i]
        peer = slots.peer[i]
        use = uses.get(i)
        if use:
            left = use.machine.left_s
            peer = _ski(use.guard)
        ma = [slots.ma[3 * i + k] for k in range(3)]
        if slots.active[i] or slots.w[i] >= 0 or ma != [-1, -1, -1]:
            out.append(
                {
                    "origin": origin,
                    "peer": peer,
                    "kind": "recommendation" if i >= OSCEV else "obligation",
                    "active": bool(slots.active[i]),
                    "w": slots.w[i] if slots.w[i] >= 0 else None,
                    "ma": ma if max(ma) >= 0 else None,
                    "left_s": left if left >= 0 else None,
                }
            )
    return out


def _ski(session):
    return session.link and hexlify(session.link.ski).decode() if session else None


def _use(use):
    if not use:
        return None
    m = use.machine
    return {
        "state": LIMIT_STATES[m.state],
        "failsafe_w": m.failsafe_w,
        "failsafe_s": m.failsafe_s,
        "nominal_w": use.nominal_w,
        "value_w": m.value,
        "left_s": m.left_s if m.left_s >= 0 else None,
    }


def status(bench):
    """All fields, one after the other."""
    app = bench.app
    charger = app.charger
    free, most = memory()
    yield "t_ms", bench.clock.t_ms()
    yield "pilot", charger.pilot
    yield "contactor", charger.contactor
    yield "phases", charger.phases
    yield "offered_ma", list(charger.offered_ma)
    yield "draw_ma", list(charger.draw_ma)
    yield "u_mv", list(charger.u_mv)
    yield "p_w", list(charger.p_w)
    yield "power_w", charger.power_w
    yield "energy_wh", charger.energy_wh
    yield "freq_mhz", charger.freq_mhz
    yield "limits", limits(app)
    yield "ruling", ORIGINS[app.limits.ruling]
    yield "reason", load("firmware.reasons").reason(charger)
    yield "lpc", _use(app.eebus.lpc)
    yield "lpp", _use(app.eebus.lpp)
    yield "trusted", [hexlify(ski).decode() for ski in app.node.trusted]
    yield (
        "peers",
        [
            {
                "ski": hexlify(conn.ski).decode(),
                "role": "client" if conn.client else "server",
                "state": STATES[conn.state],
                "addr": address(peer.addr),
            }
            for peer in app.net.peers
            for conn in (peer.conn,)
            if conn
        ],
    )
    yield "plan", list(bench.hal.profile) if bench.hal.profile else None
    yield "faults", fault_names(charger.faults)
    yield "heap_free", free
    yield "heap_max", most


def address(packed):
    """1.2.3.4:5 of a struct sockaddr of the unix port."""
    if isinstance(packed, tuple):
        return "%s:%d" % (packed[0], packed[1])
    return "%d.%d.%d.%d:%d" % (
        packed[4],
        packed[5],
        packed[6],
        packed[7],
        packed[2] << 8 | packed[3],
    )


def memory():
    """Free bytes and the largest free block, after a collection.

    The block is found by allocating: halving the step each time."""
    gc.collect()
    free = gc.mem_free()
    low, high = 0, free
    while high - low > 64:
        middle = (low + high) // 2
        try:
            bytearray(middle)
            low = middle
        except MemoryError:
            high = middle
        gc.collect()
    return free, low
