"""lib/mdns behind a real UDP socket, on MicroPython (unix port) or CPython.

    node.py ADDRESS HOST [--legacy]

speaks JSON lines like every peer (process.py). Commands: register {instance, port, txt},
update_txt {txt}, unregister, announce, stop, browse, status. Event: service {instance, port,
addrs, txt}. --legacy browses from an ephemeral port.
"""

import json
import select
import socket
import sys
import time

from mdns import Browser, Responder

GROUP = "224.0.0.251"
PORT = 5353
IP_MULTICAST_IF, IP_MULTICAST_TTL, IP_ADD_MEMBERSHIP = 32, 33, 35
ON_MICROPYTHON = sys.implementation.name == "micropython"


def now():
    if ON_MICROPYTHON:
        return time.ticks_ms()  # type: ignore[attr-defined]
    return int(time.monotonic() * 1000) & 0x3FFFFFFF


def open_socket(address, port):
    own = bytes([int(part) for part in address.split(".")])
    group = bytes([int(part) for part in GROUP.split(".")])
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(0, IP_MULTICAST_IF, own)
    s.setsockopt(0, IP_MULTICAST_TTL, 255)
    s.bind(socket.getaddrinfo("0.0.0.0", port)[0][-1])
    if port == PORT:
        s.setsockopt(0, IP_ADD_MEMBERSHIP, group + own)
    return s


def source_port(source):
    if ON_MICROPYTHON:
        return socket.sockaddr(source)[2]  # type: ignore[attr-defined]
    return source[1]


def say(**line):
    print(json.dumps(line))
    if not ON_MICROPYTHON:
        sys.stdout.flush()


class Node:
    def __init__(self, address, host, legacy):
        buf = bytearray(1200)
        self.socket = open_socket(address, PORT)
        self.browser_socket = open_socket(address, 0) if legacy else self.socket
        self.group = socket.getaddrinfo(GROUP, PORT)[0][-1]
        own = bytes([int(part) for part in address.split(".")])
        self.responder = Responder(host, [own], buf)
        self.browser = Browser("_ship._tcp", self.on_service, buf, legacy)
        self.handle = None
        self.legacy = legacy

    def on_service(self, instance, port, addrs, txt):
        if txt is not None:
            txt = {key: str(value, "utf-8") for key, value in txt.items()}
        addrs = [".".join([str(b) for b in a]) for a in addrs if len(a) == 4]
        say(event="service", instance=instance, port=port, addrs=addrs, txt=txt)

    def command(self, line):
        """Carries out one command; the members of its reply."""
        cmd = line["cmd"]
        responder = self.responder
        if cmd == "register":
            self.handle = responder.register(
                line["instance"], "_ship._tcp", line["port"], line["txt"]
            )
            responder.start(now())
        elif cmd == "update_txt":
            responder.update_txt(self.handle, line["txt"])
        elif cmd == "unregister":
            responder.unregister(self.handle)
        elif cmd == "announce":
            responder.announce(now())
        elif cmd == "stop":
            responder.stop()
        elif cmd == "browse":
            self.browser.start(now())
        elif cmd != "status":
            return {"error": "no such command"}
        handle = self.handle
        return {
            "host": responder.host,
            "instance": handle.label if handle else None,
            "announced": bool(handle and handle.up()),
            "dropped": responder.dropped,
        }

    def drain(self):
        """Send what is due; ms until the next timer."""
        waits = []
        for machine, out in (
            (self.responder, self.socket),
            (self.browser, self.browser_socket),
        ):
            wait = machine.tick(now())
            while True:
                packet = machine.tx()
                if packet is None:
                    break
                to = self.group if machine.dest is None else machine.dest[0]
                out.sendto(packet, to)
            if wait >= 0:
                waits.append(wait)
        return min(waits) if waits else 1000

    def receive(self, incoming):
        packet, source = incoming.recvfrom(1500)
        port = source_port(source)
        if incoming is self.socket:
            self.responder.rx(packet, source, port, now())
        if incoming is self.browser_socket:
            self.browser.rx(packet, source, port, now())

    def run(self):
        poll = select.poll()
        poll.register(sys.stdin, select.POLLIN)
        sockets = [self.socket] + ([self.browser_socket] if self.legacy else [])
        for s in sockets:
            poll.register(s, select.POLLIN)
        while True:
            wait = self.drain()
            for ready, _ in poll.poll(min(wait, 1000)):
                if ready is sys.stdin or ready == 0:
                    text = sys.stdin.readline()
                    if not text:
                        return
                    line = json.loads(text)
                    reply = self.command(line)
                    reply["id"] = line["id"]
                    self.drain()
                    say(**reply)
                else:
                    self.receive([s for s in sockets if s is ready or s.fileno() == ready][0])


if __name__ == "__main__":
    Node(sys.argv[1], sys.argv[2], "--legacy" in sys.argv).run()
