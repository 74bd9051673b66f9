"""machine of the fake board: pins and UARTs lead nowhere; reset and watchdog are real."""

import time

events = open("/dev/null", "wb")  # the file that tells the board around


def reset():
    events.write(b"r\n")
    while True:
        time.sleep(1)


def reset_cause():
    return 1  # power on


def unique_id():
    return b"\x02fake\x01"


class WDT:
    def __init__(self, id=0, timeout=5000):
        events.write(b"w%d\n" % timeout)

    def feed(self):
        events.write(b"f\n")


class Pin:
    IN = 0
    OUT = 1
    PULL_UP = 2

    def __init__(self, number, mode=-1, pull=-1, value=1):
        self._value = value

    def __call__(self, value=None):
        if value is None:
            return self._value
        self._value = value


class UART:
    def __init__(self, number, *settings, **pins):
        pass

    def any(self):
        return 0

    def readinto(self, buf):
        return None

    def write(self, data):
        return len(data)

    def flush(self):
        pass
