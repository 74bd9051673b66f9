"""network of the fake board: a Wi-Fi that is this computer's loopback."""

STA_IF = 0
ADDRESS = "127.77.63.80"


class WLAN:
    PM_NONE = 0

    def __init__(self, interface):
        self._up = False

    def active(self, on):
        pass

    def config(self, **settings):
        pass

    def connect(self, name, password):
        # a network without a name is none
        self._up = bool(name)

    def isconnected(self):
        return self._up

    def ifconfig(self):
        return (ADDRESS, "255.0.0.0", ADDRESS, ADDRESS)


def hostname(name):
    pass
