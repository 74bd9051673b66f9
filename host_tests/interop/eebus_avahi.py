"""Peer: an energy manager on eebus-go that finds the wallbox through avahi, as on a Linux host
whose mDNS belongs to avahi-daemon."""

import contextlib
import os

from host_tests.interop.checklist import Checklist, equal
from host_tests.interop.hems import VERSION
from host_tests.interop.mdns_peers.avahi import Avahi, version
from host_tests.interop.session import Session, scenarios

PEER = "eebus-go with avahi"
GOODBYE_S = 5

check = Checklist()


def checks(build):
    versions = f"{VERSION}, avahi {version()}"
    with contextlib.ExitStack() as stack:
        session = stack.enter_context(Session(build, ["cem"]))
        session.hems = session.peers["cem"]
        directory = os.path.abspath(os.path.join(build, "avahi"))
        daemon = Avahi(session.network, session.network.hosts[1], "manager", directory)
        stack.enter_context(daemon)
        session.bus = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={os.path.join(directory, 'bus')}"}
        for name, ok, detail in check.run(session):
            yield PEER, versions, name, ok, detail


@check("found through avahi, connected within 10 s")
def connected(s):
    _, seconds = s.start("cem", mdns="avahi", environment=s.bus)
    return f"{seconds:.2f} s after start"


@check("EVSECC scenarios 1, 2 on the EVSE entity")
def evsecc_scenarios(s):
    equal("scenarios", scenarios(s.hems, "evsecc"), ([1], [1, 2]))


@check("wallbox stopped: avahi forgets it by its goodbye")
def goodbye(s):
    mark = s.hems.mark()
    s.box.stop()
    s.hems.event("visible", GOODBYE_S, mark, services=[])


CHECKS = check.names
