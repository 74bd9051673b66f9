"""python-zeroconf as a peer of lib/mdns: `python_zeroconf.py ADDRESS HOST`, JSON lines.

Commands: register {instance, port, txt} (error when the name is taken), unregister, browse.
Events: service {instance, port, addrs, txt}; txt null when it is gone.
"""

import json
import socket
import sys

import zeroconf

TYPE = "_ship._tcp.local."
RESOLVE_MS = 5000


def say(**line):
    print(json.dumps(line), flush=True)


class Listener(zeroconf.ServiceListener):
    def _tell(self, zc, kind, name):
        info = zc.get_service_info(kind, name, RESOLVE_MS)
        if info is None:
            say(event="unresolved", instance=name)
            return
        txt = {k.decode(): (v or b"").decode() for k, v in info.properties.items()}
        instance = name[: -len(TYPE) - 1]
        addrs = info.parsed_addresses(zeroconf.IPVersion.V4Only)
        say(event="service", instance=instance, port=info.port, addrs=addrs, txt=txt)

    def add_service(self, zc, kind, name):
        self._tell(zc, kind, name)

    def update_service(self, zc, kind, name):
        self._tell(zc, kind, name)

    def remove_service(self, zc, kind, name):
        say(event="service", instance=name[: -len(TYPE) - 1], port=0, addrs=[], txt=None)


def main(address, host):
    zc = zeroconf.Zeroconf(interfaces=[address], ip_version=zeroconf.IPVersion.V4Only)
    info = None
    for text in sys.stdin:
        line = json.loads(text)
        reply = {"id": line["id"], "ok": True}
        if line["cmd"] == "register":
            info = zeroconf.ServiceInfo(
                TYPE,
                line["instance"] + "." + TYPE,
                addresses=[socket.inet_aton(address)],
                port=line["port"],
                properties=dict(line["txt"]),
                server=host + ".local.",
            )
            try:
                zc.register_service(info)
            except zeroconf.NonUniqueNameException:
                reply = {"id": line["id"], "error": "taken"}
        elif line["cmd"] == "unregister":
            zc.unregister_service(info)
        elif line["cmd"] == "browse":
            zeroconf.ServiceBrowser(zc, TYPE, Listener())
        else:
            reply = {"id": line["id"], "error": "no such command"}
        say(**reply)
    zc.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
