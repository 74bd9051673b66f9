"""Peers: python-zeroconf and avahi against lib/mdns, which runs under MicroPython.

Both ends have a namespace of their own; lib/mdns has host 0, the peer host 1.
"""

import contextlib
import os
import shutil
import sys
import time
from typing import Any

from host_tests.interop.checklist import Checklist, equal
from host_tests.interop.mdns_peers.avahi import Avahi
from host_tests.interop.mdns_peers.avahi import version as avahi_version
from host_tests.interop.netns import Network, Unavailable
from host_tests.interop.process import CommandFailed, LineProcess, pipes

PEER = "mDNS"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = os.path.join(ROOT, "host_tests", "interop", "mdns_peers")

INSTANCE = "Demo Wallbox 1.0"
PLAIN = "Demo Wallbox"  # python-zeroconf splits the labels of its own names at dots
PORT = 4712
TXT: list[Any] = [
    ["txtvers", "1"],
    ["id", "i:46925_u:demo-1"],
    ["path", "/ship/"],
    ["ski", "0123456789abcdef0123456789abcdef01234567"],
    ["register", "false"],
    ["brand", "Demo"],
    ["cat", "3"],
]
OTHER: dict[str, Any] = {"instance": "Energy Manager", "port": 4711, "txt": TXT[:5]}

with_zeroconf = Checklist()
with_avahi = Checklist()


class Session:
    """Starts programs on the hosts of one network and ends them."""

    def __init__(self, network, build):
        self.network = network
        self.build = build
        self._stack = contextlib.ExitStack()
        self._count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _start(self, name, host, argv, env):
        self._count += 1
        log = os.path.join(self.build, f"{self._count}-{name}.log")
        popen = self.network.run(host, argv, cwd=ROOT, **{**pipes(), "env": env})
        process = LineProcess(name, popen, log)
        self._stack.callback(process.stop)
        return process

    def node(self, *options):
        """lib/mdns, fresh."""
        host = self.network.hosts[0]
        micropython = os.path.join(os.path.dirname(sys.executable), "micropython")
        micropython = micropython if os.path.exists(micropython) else shutil.which("micropython")
        if not micropython:
            raise Unavailable("micropython is not installed")
        path = ":".join([os.path.join(ROOT, "lib"), ".frozen"])
        argv = [micropython, os.path.join(PROGRAMS, "node.py"), host.address, "wallbox"]
        return self._start("node", host, [*argv, *options], {**os.environ, "MICROPYPATH": path})

    def zeroconf(self):
        host = self.network.hosts[1]
        argv = [
            sys.executable,
            os.path.join(PROGRAMS, "python_zeroconf.py"),
            host.address,
            "manager",
        ]
        return self._start("zeroconf", host, argv, dict(os.environ))

    def stop(self):
        self._stack.close()


def wallbox(node, instance=INSTANCE):
    """Registers the wallbox, waits for both announcements; its state and seconds to the first."""
    begin = time.monotonic()
    node.command("register", instance=instance, port=PORT, txt=TXT)
    while not (state := node.command("status"))["announced"]:
        if time.monotonic() > begin + 10:
            raise AssertionError(f"not announced within 10 s: {state}")
        time.sleep(0.05)
    seconds = time.monotonic() - begin
    time.sleep(1.2)
    return state, seconds


def as_wallbox(event, address):
    equal("port", event["port"], PORT)
    equal("addresses", event["addrs"], [address])
    equal("txt", event["txt"], dict(TXT))


def as_other(event, address):
    equal("port", event["port"], OTHER["port"])
    equal("addresses", event["addrs"], [address])
    equal("txt", event["txt"], dict(OTHER["txt"]))


# python-zeroconf


@with_zeroconf("zeroconf: finds and resolves the wallbox")
def zeroconf_finds(s):
    s.node_1 = s.node()
    _, announced = wallbox(s.node_1)
    s.peer = s.zeroconf()  # has not heard the announcements: it must ask
    begin = time.monotonic()
    s.peer.command("browse")
    event = s.peer.event("service", instance=INSTANCE)
    as_wallbox(event, s.network.hosts[0].address)
    return f"announced after {announced:.2f} s, resolved in {event['at'] - begin:.2f} s"


@with_zeroconf("zeroconf: sees a changed TXT record")
def zeroconf_update(s):
    mark = s.peer.mark()
    changed = [*TXT[:4], ["register", "true"], *TXT[5:]]
    s.node_1.command("update_txt", txt=changed)
    equal("txt", s.peer.event("service", 5, mark)["txt"], dict(changed))


@with_zeroconf("zeroconf: sees the goodbye")
def zeroconf_goodbye(s):
    mark = s.peer.mark()
    begin = time.monotonic()
    s.node_1.command("stop")
    gone = s.peer.event("service", 5, mark, instance=INSTANCE, txt=None)
    return f"{gone['at'] - begin:.2f} s"


@with_zeroconf("zeroconf: is found and resolved")
def zeroconf_found(s):
    s.node_1.command("browse")
    begin = time.monotonic()
    s.peer.command("register", **OTHER)
    event = s.node_1.event("service", instance=OTHER["instance"])
    as_other(event, s.network.hosts[1].address)
    return f"{event['at'] - begin:.2f} s"


@with_zeroconf("zeroconf: its goodbye is seen")
def zeroconf_gone(s):
    mark = s.node_1.mark()
    s.peer.command("unregister")
    s.node_1.event("service", 5, mark, instance=OTHER["instance"], txt=None)


@with_zeroconf("zeroconf: is found from an ephemeral port")
def zeroconf_legacy(s):
    s.peer.command("register", **OTHER)
    s.node_1.stop()
    node = s.node("--legacy")
    begin = time.monotonic()
    node.command("browse")
    event = node.event("service", instance=OTHER["instance"])
    as_other(event, s.network.hosts[1].address)
    node.stop()
    s.peer.stop()  # two programs on one host would share unicast answers
    return f"{event['at'] - begin:.2f} s"


@with_zeroconf("zeroconf: its name is respected")
def zeroconf_taken(s):
    peer = s.zeroconf()
    peer.command("register", instance=PLAIN, port=1, txt=[["a", "b"]])
    node = s.node()
    state, _ = wallbox(node, PLAIN)
    node.command("stop")
    node.stop()
    peer.stop()
    equal("instance", state["instance"], PLAIN + " (2)")


@with_zeroconf("zeroconf: respects our name")
def zeroconf_respects(s):
    node = s.node()
    wallbox(node, PLAIN)
    peer = s.zeroconf()
    try:
        peer.command("register", instance=PLAIN, port=1, txt=[["a", "b"]])
    except CommandFailed as error:
        if "taken" not in str(error):
            raise
        return
    raise AssertionError("registered the same name")


# avahi


@with_avahi("avahi: finds and resolves the wallbox")
def avahi_finds(s):
    s.node_1 = s.node()
    wallbox(s.node_1)
    found = s.avahi.browse()[INSTANCE]
    items = " ".join([f'"{key}={value}"' for key, value in reversed(TXT)])
    forward = " ".join([f'"{key}={value}"' for key, value in TXT])
    equal("host", found[:3], ("wallbox.local", s.network.hosts[0].address, PORT))
    if found[3] not in (items, forward):
        raise AssertionError(f"txt: {found[3]}")


@with_avahi("avahi: sees a changed TXT record")
def avahi_update(s):
    s.node_1.command("update_txt", txt=[["txtvers", "1"], ["register", "true"]])
    deadline = time.monotonic() + 5
    while "register=true" not in s.avahi.browse()[INSTANCE][3]:
        if time.monotonic() > deadline:
            raise AssertionError("still the old record")


@with_avahi("avahi: sees the goodbye")
def avahi_goodbye(s):
    s.node_1.command("stop")
    time.sleep(1.5)  # RFC 6762 10.1: kept for one more second
    equal("found", s.avahi.browse(), {})


@with_avahi("avahi: is found, resolved and its goodbye seen")
def avahi_found(s):
    s.node_1.command("browse")
    txt = [f"{key}={value}" for key, value in OTHER["txt"]]
    argv = ["avahi-publish", "-s", OTHER["instance"], "_ship._tcp", str(OTHER["port"]), *txt]
    process = s.avahi.run(argv)
    event = s.node_1.event("service", instance=OTHER["instance"])
    as_other(event, s.network.hosts[1].address)
    mark = s.node_1.mark()
    process.terminate()
    process.communicate()
    s.node_1.event("service", 5, mark, instance=OTHER["instance"], txt=None)


@with_avahi("avahi: is found from an ephemeral port")
def avahi_legacy(s):
    s.node_1.stop()
    txt = [f"{key}={value}" for key, value in OTHER["txt"]]
    argv = ["avahi-publish", "-s", OTHER["instance"], "_ship._tcp", str(OTHER["port"]), *txt]
    process = s.avahi.run(argv)
    node = s.node("--legacy")
    node.command("browse")
    try:
        as_other(node.event("service", instance=OTHER["instance"]), s.network.hosts[1].address)
    finally:
        node.stop()
        process.terminate()
        process.communicate()


@with_avahi("avahi: its name is respected")
def avahi_taken(s):
    process = s.avahi.run(["avahi-publish", "-s", INSTANCE, "_ship._tcp", "1", "a=b"])
    time.sleep(2.5)  # probed and announced
    node = s.node()
    try:
        state, _ = wallbox(node)
        node.command("stop")
    finally:
        node.stop()
        process.terminate()
        process.communicate()
    equal("instance", state["instance"], INSTANCE + " (2)")


@with_avahi("avahi: respects our name")
def avahi_respects(s):
    node = s.node()
    wallbox(node)
    process = s.avahi.run(["avahi-publish", "-s", INSTANCE, "_ship._tcp", "1", "a=b"])
    time.sleep(4)
    process.terminate()
    told = "".join(process.communicate())
    if f"{INSTANCE} #2" not in told:
        raise AssertionError(told.strip())


CHECKS = (*with_zeroconf.names, *with_avahi.names)


def checks(build):
    import zeroconf

    os.makedirs(build, exist_ok=True)
    with Network(2) as network:
        with Session(network, build) as session:
            for name, ok, detail in with_zeroconf.run(session):
                yield "python-zeroconf", zeroconf.__version__, name, ok, detail
        version = avahi_version()
        directory = os.path.abspath(os.path.join(build, "avahi"))
        with (
            Avahi(network, network.hosts[1], "manager", directory) as avahi,
            Session(network, build) as session,
        ):
            session.avahi = avahi
            for name, ok, detail in with_avahi.run(session):
                yield "avahi", version, name, ok, detail
