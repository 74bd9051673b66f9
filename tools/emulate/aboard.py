"""Programs that run on the board, at its raw REPL. Times in them are those of the board."""

# what the firmware loads at its start, in the order of main.py
IMPORT = """
import gc, sys, time
def block():
    gc.collect()
    low, high = 0, gc.mem_free()
    while high - low > 64:
        middle = (low + high) // 2
        try:
            bytearray(middle)
            low = middle
        except MemoryError:
            high = middle
        gc.collect()
    return low
gc.threshold(4096)
sys.path[:0] = ["/a", "/a/lib"]
gc.collect()
free = gc.mem_free()
start = time.ticks_ms()
from firmware import onboard
board = getattr(__import__("board_configs.{board}"), "{board}")
__import__("firmware.hal." + board.HAL)
took = time.ticks_diff(time.ticks_ms(), start)
most = block()
print(took, free, gc.mem_free(), most)
"""

# the application, its own loop and network; beside it what dials the manager and tells
CONNECT = """
import gc, sys, time
from binascii import hexlify, unhexlify
from firmware import onboard, store as records
from firmware.app import App
from ship.conn import DATA
start = time.ticks_ms()
def told(*words):
    print(time.ticks_diff(time.ticks_ms(), start), *words)
board = getattr(__import__("board_configs.{board}"), "{board}")
hal = __import__("firmware.hal." + board.HAL, None, None, ("create",)).create(board)
app = App(board, onboard.Place(hal))
told("started", hexlify(app.ski).decode())
manager = unhexlify("{ski}")
app.commissioning.trust(manager)
interface, connect = onboard.wifi(app.store.get(records.SETTINGS))
class Watch:
    up = False
    been = False
    def tick(self, now):
        if interface.isconnected() and not self.up:
            self.up = True
            told("network", interface.ifconfig()[0])
            app.dial(manager, "{host}", {port})
        state = [conn.state for conn in app.node.conns if conn.ski == manager]
        if DATA in state and not self.been:
            self.been = True
            told("heap", gc.mem_free(), block())
        late = time.ticks_diff(time.ticks_ms(), start) > {limit_ms}
        if late or (self.been and not state):
            app.net.running = False
        return 200
app.on_peer = lambda ski, state: told("ship", state)
nothing = lambda: None
app.net.timers.append(onboard.Link(app, interface, connect, nothing, nothing, nothing))
app.net.timers.append(Watch())
app.net.run()
hal.contactor(False, board.PHASES)
told("end")
"""
