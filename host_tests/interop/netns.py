"""Network namespaces as hosts on one cable, for peers that must meet by mDNS and TLS.

    with Network(2) as net:
        box = net.run(net.hosts[0], ["some", "server"], stdin=PIPE)

Two hosts hang on one veth pair; more hang on a bridge in a namespace of its own, so that nothing
of the machine's own network is touched. Needs root and iproute2: otherwise `Unavailable` says why.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time

NETWORK = "10.63.80"
INTERFACE = "eth0"
_PREFIX = "plugship"
_STOP_S = 3


class Unavailable(Exception):
    """Namespaces can't be made here; the text tells why."""


class Host:
    """One namespace: its name, its IPv4 address and the interface to the others."""

    def __init__(self, name, address):
        self.name = name
        self.address = address
        self.interface = INTERFACE

    def __repr__(self):
        return f"Host({self.name}, {self.address})"


def ip(*args):
    try:
        done = subprocess.run(["ip", *args], capture_output=True, text=True, check=False)
    except OSError as error:
        raise Unavailable(f"ip: {error}") from error
    if done.returncode:
        raise Unavailable(f"ip {' '.join(args)}: {done.stderr.strip()}")
    return done.stdout


def _pids(name):
    return [int(pid) for pid in ip("netns", "pids", name).split()]


def _remove(name):
    """Ends what runs in the namespace, then deletes it with its interfaces."""
    with contextlib.suppress(Unavailable):
        deadline = time.monotonic() + _STOP_S
        while pids := _pids(name):
            number = signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            time.sleep(0.05)
        ip("netns", "del", name)


def _remove_orphans():
    """Deletes namespaces of runs that were killed: their names carry a process id that is gone."""
    for line in ip("netns", "list").splitlines():
        name = line.split()[0]
        match = re.fullmatch(_PREFIX + r"-(\d+)-\w+", name)
        if match and not os.path.exists(f"/proc/{match.group(1)}"):
            _remove(name)


class Network:
    """Context manager: `count` hosts on one link, addresses 10.63.80.1/24 upwards."""

    def __init__(self, count=2):
        if not 2 <= count <= 250:
            raise ValueError("2 to 250 hosts")
        stem = f"{_PREFIX}-{os.getpid()}-"
        self.hosts = [Host(f"{stem}{i}", f"{NETWORK}.{i + 1}") for i in range(count)]
        self._switch = stem + "switch"
        self._made = []

    def __enter__(self):
        if os.name != "posix" or os.geteuid():
            raise Unavailable("network namespaces need root")
        if not shutil.which("ip"):
            raise Unavailable("network namespaces need iproute2 (command ip)")
        _remove_orphans()
        try:
            self._build()
        except BaseException:
            self._tear_down()
            raise
        return self

    def __exit__(self, *_):
        self._tear_down()

    def _namespace(self, name):
        ip("netns", "add", name)
        self._made.append(name)
        ip("-n", name, "link", "set", "lo", "up")

    def _build(self):
        for host in self.hosts:
            self._namespace(host.name)
        if len(self.hosts) == 2:
            self._cable(self.hosts[0].name, INTERFACE, self.hosts[1].name)
        else:
            self._namespace(self._switch)
            # no forwarding delay, and multicast to all ports: a plain switch
            bridge = ["type", "bridge", "forward_delay", "0", "mcast_snooping", "0"]
            ip("-n", self._switch, "link", "add", "br0", *bridge)
            ip("-n", self._switch, "link", "set", "br0", "up")
            for i, host in enumerate(self.hosts):
                port = f"port{i}"
                self._cable(self._switch, port, host.name)
                ip("-n", self._switch, "link", "set", port, "master", "br0", "up")
        for host in self.hosts:
            ip("-n", host.name, "address", "add", host.address + "/24", "dev", INTERFACE)
            ip("-n", host.name, "link", "set", INTERFACE, "up")
            ip("-n", host.name, "route", "add", "224.0.0.0/4", "dev", INTERFACE)

    @staticmethod
    def _cable(left, name, right):
        ip("-n", left, "link", "add", name, "type", "veth", "peer", INTERFACE, "netns", right)

    def _tear_down(self):
        for name in reversed(self._made):
            _remove(name)
        self._made.clear()

    def run(self, host, argv, **popen):
        """Starts argv on the host; the Popen is the program itself, so signals reach it."""
        return subprocess.Popen(["ip", "netns", "exec", host.name, *argv], **popen)
