"""Which of two code slots starts, the folders /a and /b. On a board this is /loader.mpy.

The file /slot says it in words: the slot in use, and while that one is new the one before it and
the boots so far: "b a 1". LittleFS replaces a file in one step, so a power cut leaves the old
or the new choice. A new slot that has not called good() in three boots gives way to the old one.
"""

import os
import sys
import time

from micropython import const

_POINTER = "slot"  # in the folder where the board starts: the root
_MAINTENANCE = "maintenance"
_TRIES = const(3)


def start(button=-1, window_s=3):
    """Puts the slot in use on the path; False: stay at the console, unsupervised, until reset.

    `button`: its pin on a production board, whose console is open only while it is held. On
    others Ctrl-C ends the start within `window_s`, which is how mpremote and ampy get in.
    """
    if button >= 0:
        from machine import Pin

        if not Pin(button, Pin.IN, Pin.PULL_UP)():
            return False
        import micropython

        micropython.kbd_intr(-1)  # type: ignore
    else:
        try:
            os.remove(_MAINTENANCE)
            print("maintenance: the wallbox starts at the next reset")
            return False
        except OSError:
            pass
        time.sleep(window_s)
    slot = choose()
    sys.path[:0] = ["/" + slot, "/" + slot + "/lib"]
    return True


def maintain():
    """The next boot stays at the console, and has armed no watchdog."""
    open(_MAINTENANCE, "w").close()


def choose():
    """The slot to start, as a letter; counts the boot when the slot is new."""
    slot, old, boots = read()
    if not old:
        return slot
    if boots >= _TRIES:
        print("slot", slot, "has not come up: back to", old)
        write(old)
        return old
    write("%s %s %d" % (slot, old, boots + 1))
    return slot


def good():
    """The slot in use works: it stays."""
    slot, old, _ = read()
    if old:
        write(slot)


def read():
    """(slot, slot before it or "", boots)"""
    try:
        with open(_POINTER) as file:
            words = file.read().split()
    except OSError:
        return "a", "", 0
    if len(words) == 3:
        return words[0], words[1], int(words[2])
    return words[0], "", 0


def write(text):
    """Replaces the pointer in one step."""
    with open(_POINTER + ".new", "w") as file:
        file.write(text)
    os.rename(_POINTER + ".new", _POINTER)
