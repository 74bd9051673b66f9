"""The network of a board comes, goes and comes back."""

from firmware.onboard import Link


class Fake:
    """App, Net, ECHONET and interface in one; keeps the calls."""

    def __init__(self):
        self.calls = []
        self.net = self.board = self
        self.MDNS = "port"
        self.discovery = None
        self.echonet = None
        self.address = None
        self.fed = self.kept = 0

    def isconnected(self):
        return self.address is not None

    def ifconfig(self):
        return (self.address, "", "", "")

    def start(self, host, port, mdns):
        self.calls.append("start " + host)

    def listen(self, host, port):
        self.calls.append("listen " + host)

    def deaf(self):
        self.calls.append("deaf")

    def connect(self):
        self.calls.append("connect")

    def restart(self):
        self.calls.append("restart")

    def up(self, host):
        self.calls.append("up " + host)

    def down(self):
        self.calls.append("down")

    def feed(self):
        self.fed += 1

    def keep(self):
        self.kept += 1


def link_of(fake):
    return Link(fake, fake, fake.connect, fake.restart, fake.feed, fake.keep)


def run(link, since, until):
    for now in range(since, until, 500):
        link.tick(now)


def test_comes_goes_and_comes_back():
    fake = Fake()
    link = link_of(fake)
    run(link, 0, 29000)
    assert fake.calls == ["connect"]
    run(link, 29000, 40000)
    assert fake.calls == ["connect"] * 2  # tried again
    fake.address = "192.0.2.7"
    run(link, 40000, 50000)
    assert fake.calls[2:] == ["start 192.0.2.7"]
    fake.echonet = fake.discovery = fake
    fake.address = None
    run(link, 50000, 60000)
    assert fake.calls[3:] == ["deaf", "down", "down", "connect"]
    fake.address = "192.0.2.7"
    run(link, 60000, 70000)
    assert fake.calls[7:] == ["listen 192.0.2.7"] + ["up 192.0.2.7"] * 2


def test_another_address_restarts():
    fake = Fake()
    link = link_of(fake)
    fake.address = "192.0.2.7"
    run(link, 0, 3000)
    fake.address = None
    run(link, 3000, 6000)
    fake.address = "192.0.2.8"
    run(link, 6000, 9000)
    assert fake.calls == ["start 192.0.2.7", "deaf", "connect", "restart"]


def test_feeds_the_watchdog_and_keeps_new_code_after_a_minute():
    fake = Fake()
    link = link_of(fake)
    fake.address = "192.0.2.7"
    run(link, 0, 58000)
    assert (fake.fed, fake.kept) == (29, 0)
    run(link, 58000, 200000)
    assert (fake.fed, fake.kept) == (100, 1)
