"""What happens to networks: cables pulled, addresses changed, packets lost, calls refused.

Functions of a `netns.Host`; raise `Unavailable` when iproute2 refuses.
"""

from host_tests.interop.netns import INTERFACE, ip

_MULTICAST = "224.0.0.0/4"


def unplug(host):
    """The host's interface goes down: as out of reach of its Wi-Fi, it keeps its address."""
    ip("-n", host.name, "link", "set", INTERFACE, "down")


def plug(host):
    """Up again, with the routes that went with it."""
    ip("-n", host.name, "link", "set", INTERFACE, "up")
    ip("-n", host.name, "route", "replace", _MULTICAST, "dev", INTERFACE)


def readdress(host, address):
    """The host has another address from now on, as after a new DHCP lease."""
    ip("-n", host.name, "address", "del", host.address + "/24", "dev", INTERFACE)
    ip("-n", host.name, "address", "add", address + "/24", "dev", INTERFACE)
    host.address = address
    plug(host)


def lose(host, other):
    """Nothing that the host sends to the other arrives, and nobody tells it so."""
    ip("-n", host.name, "route", "add", "blackhole", other.address + "/32")


def find(host, other):
    """Undoes lose()."""
    ip("-n", host.name, "route", "del", "blackhole", other.address + "/32")


def abandon(host):
    """What its programs leave unsaid when they end, the host gives up after a try."""
    setting = "echo 1 > /proc/sys/net/ipv4/tcp_orphan_retries"
    ip("netns", "exec", host.name, "sh", "-c", setting)


def forbid(host, port):
    """The host can call nobody at that TCP port, as behind a firewall; it may be called."""
    ip("-n", host.name, "rule", "add", "ipproto", "tcp", "dport", str(port), "prohibit")


def allow(host, port):
    """Undoes forbid()."""
    ip("-n", host.name, "rule", "del", "ipproto", "tcp", "dport", str(port), "prohibit")
