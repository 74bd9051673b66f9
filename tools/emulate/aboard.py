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

# after IMPORT: the application as it is, in its own loop; what is added dials and tells
CONNECT = """
from binascii import hexlify, unhexlify
from firmware.app import App
from ship.conn import DATA
start = time.ticks_ms()
manager = unhexlify("{ski}")
def told(*words):
    print(time.ticks_diff(time.ticks_ms(), start), *words)
class Watched(App):
    been = False
    def __init__(self, board, place):
        super().__init__(board, place)
        told("started", hexlify(self.ski).decode())
        self.commissioning.trust(manager)
        self.net.timers.append(self)
    def start(self, host, port, mdns):
        super().start(host, port, mdns)
        told("network", host)
        self.dial(manager, "{host}", {port})
    def changed(self, conn):
        super().changed(conn)
        told("ship", conn.state)
    def tick(self, now):
        state = [conn.state for conn in self.node.conns if conn.ski == manager]
        if DATA in state and not self.been:
            self.been = True
            told("heap", gc.mem_free(), block())
        late = time.ticks_diff(time.ticks_ms(), start) > {limit_ms}
        if late or (self.been and not state):
            self.net.running = False
        return 200
onboard.App = Watched
onboard.run(board)
told("end")
"""
