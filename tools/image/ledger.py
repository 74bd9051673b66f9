"""The memory ledger: where the heap of a board goes."""

# -- memory ledger, bytes of a 32-bit board; what they come from: host_tests/memory ---------------
RAM_PER_MPY = {
    "files": 1.57,  # held after the import of a .mpy file; host_tests/memory measures 1.564
    # executed where they lie: the unix port keeps 0.72 bytes less per byte of these modules; what
    # it does not keep are bytes and no objects, so it is the same on 32 bits: an estimate
    "romfs": 0.75,
    "frozen": 0.4,  # part of the firmware: less than ROMFS as other modules have it, an estimate
}
RAM_PER_NATIVE = {"files": 1.0, "romfs": 1.0, "frozen": 0.4}  # machine code is copied as it is
BOOT = 8192  # interpreter, boot.py, network
IDLE = 8192  # what start makes, without the send buffer
SESSION = 4096  # what one connection adds, without its window
TLS = {1: 42000, 2: 67000}  # contexts, sessions, and the peak of one handshake

# loaded for a moment, and let go again; ship.states is for the simulator
MOMENTARY = (
    "firmware/store_scan", "firmware/store_compact", "firmware/hal/area_make",
    "firmware/ring_scan", "firmware/event_start", "firmware/hal/meters/registers",
    "firmware/interfaces", "firmware/entities", "firmware/reasons", "lib/ship/txt",
    "firmware/announce", "lib/mdns/names", "firmware/identity", "lib/ship/selfsigned",
    "lib/mdns/speech", "lib/spine/requests", "lib/spine/errors", "lib/ship/cert",
    "lib/spine/moment", "lib/spine/departed",
    "lib/ship/p256", "firmware/installer", "firmware/pin_entry", "lib/ship/upgrade",
    "lib/ship/opening", "lib/ship/states", "lib/spine/links", "lib/spine/restrict",
    "lib/spine/changes", "lib/spine/use_cases", "lib/usecases/lpc_lists", "lib/usecases/mpc_lists",
    "firmware/trust", "firmware/uri", "firmware/ship", "firmware/successor",
    "lib/usecases/schedule/put",
)  # fmt: skip
# stay loaded where a PIN is set, and only there
WITH_PIN = ("firmware/pin", "lib/ship/pin")
NATIVE = ("lib/_fast/viper",)


def resident(chosen):
    """Those of [(module, bytes)] that stay loaded on a board without a PIN."""
    return [(module, size) for module, size in chosen if module not in MOMENTARY + WITH_PIN]


def ledger(board, chosen, code=None, sessions=None):
    """[(what, bytes)] of the GC heap; the last is what is spare, and must not be negative.

    `code`: "files", "romfs" or "frozen"; it and `sessions` as the board has them by default.
    """
    code = code or board["CODE"]
    sessions = sessions or board["SESSIONS"]
    held = resident(chosen)
    native = sum(size for module, size in held if module in NATIVE)
    plain = sum(size for _, size in held) - native
    moment = max((size for module, size in chosen if module in MOMENTARY), default=0)
    rows = [
        (f"code ({code})", int(plain * RAM_PER_MPY[code] + native * RAM_PER_NATIVE[code])),
        ("the largest module that is loaded for a moment", int(moment * RAM_PER_MPY[code])),
        ("boot", BOOT),
        ("send buffer", board["SEND"]),
        ("idle", IDLE),
        ("sessions and windows", sessions * (SESSION + board["WINDOW"])),
        ("TLS", TLS[sessions] if board["TLS_IN_HEAP"] else 0),
    ]
    return [*rows, ("spare", board["HEAP"] - sum(size for _, size in rows))]


def table(name, board, chosen):
    """The ledger and the size of each module, as text."""
    total = sum(size for _, size in chosen)
    held = sum(size for _, size in resident(chosen))
    lines = [
        f"{name}: {total:,} bytes of .mpy, {held:,} of them stay loaded;"
        f" {board['HEAP']:,} bytes of heap",
        "",
    ]
    lines += [f"{size:9,}  {what}" for what, size in ledger(board, chosen)]
    lines.append("")
    if board["CODE"] == "files":
        pin = sum(size for module, size in chosen if module in WITH_PIN)
        lines.append(f"{int(pin * RAM_PER_MPY['files']):9,}  of it go where a PIN is set")
    for sessions in TLS:
        most = held + ledger(board, chosen, sessions=sessions)[-1][1] / RAM_PER_MPY[board["CODE"]]
        words = "1 session" if sessions == 1 else f"{sessions} sessions"
        lines.append(f"{int(most):9,}  bytes of .mpy could stay loaded with {words}")
    for code in RAM_PER_MPY:
        if code != board["CODE"]:
            spare = ledger(board, chosen, code)[-1][1]
            lines.append(f"{spare:9,}  spare with the code {_WHERE[code]}")
    lines += ["", "RAM of frozen modules and of modules in ROMFS is an estimate."]
    lines += ["", *(f"{size:9,}  {module}" for module, size in sorted(chosen, key=_size))]
    return "\n".join(lines) + "\n"


def _size(entry):
    return -entry[1]


_WHERE = {
    "files": "as files of the stock firmware",
    "romfs": "in a ROMFS (a firmware of one's own)",
    "frozen": "frozen into a firmware of one's own",
}
