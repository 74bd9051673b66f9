"""python -m host_tests.interop: all checks against all peers, or some of them."""

import argparse
import contextlib
import importlib
import os
import signal
import subprocess
import sys

from host_tests.interop.netns import Unavailable
from host_tests.interop.report import Report
from tools import build as code

# name on the command line -> module
PEERS = {
    "eebus-go": "host_tests.interop.eebus_go",
    "reconnect": "host_tests.interop.reconnect",
    "outages": "host_tests.interop.outages",
    "eebus-go-ev": "host_tests.interop.eebus_ev",
    "finding": "host_tests.interop.finding",
    "eebus-go-cevc": "host_tests.interop.eebus_schedule",
    "eebus-go-meter": "host_tests.interop.eebus_meter",
    "dialling": "host_tests.interop.dialling",
    "eebus-go-ev-guard": "host_tests.interop.eebus_ev_guard",
    # the second lane begins here
    "hostile": "host_tests.interop.hostile",
    "places": "host_tests.interop.places",
    "tls": "host_tests.interop.tls_stance",
    "tls-records": "host_tests.interop.tls_records",
    "control-box": "host_tests.interop.control_box",
    "eebus-avahi": "host_tests.interop.eebus_avahi",
    "mdns": "host_tests.interop.mdns",
    "mdns-ways": "host_tests.interop.mdns_ways",
    "pairing": "host_tests.interop.pairing",
    "echonet": "host_tests.interop.echonet",
    "echonet-discharger": "host_tests.interop.echonet_discharger",
    "echonet-wire": "host_tests.interop.echonet_wire",
}

# Two lanes run at once, most of their time is waiting; what starts avahi stays in one.
_SECOND = list(PEERS).index("hostile")
LANES = list(PEERS)[:_SECOND], list(PEERS)[_SECOND:]


def run_lanes(build, report):
    """All peers, each lane in a process of its own."""
    code.build("x64")  # not by both of them
    os.makedirs(build, exist_ok=True)
    lanes = []
    try:
        for number, names in enumerate(LANES):
            rows = os.path.join(build, f"lane{number}.json")
            with contextlib.suppress(FileNotFoundError):
                os.remove(rows)
            command = [sys.executable, "-m", "host_tests.interop", "--build", build]
            command += ["--json", rows, *(word for name in names for word in ("--only", name))]
            lanes.append((subprocess.Popen(command), rows))
        for lane, rows in lanes:
            lane.wait()
            if os.path.exists(rows):
                report.take(rows)
            else:
                report.add("lane", "", rows, False, f"it has ended with {lane.returncode}")
    finally:
        for lane, _ in lanes:
            lane.terminate()
            lane.wait()


def run_peer(name, build, report):
    """One peer; every check it declares ends up in the report."""
    try:
        module = importlib.import_module(PEERS[name])
    except ImportError as error:
        report.add(name, "", "all", False, f"could not run: {error}")
        return
    done = set()
    reason = "the run ended before it"
    try:
        for peer, version, check, ok, detail in module.checks(os.path.join(build, name)):
            report.add(peer, version, check, ok, detail)
            done.add(check)
    except Unavailable as error:
        reason = str(error)
    except Exception as error:
        # one broken peer must not hide the results of the others
        reason = f"{type(error).__name__}: {error}"
    for check in module.CHECKS:
        if check not in done:
            report.add(
                module.PEER,
                getattr(module, "VERSION", ""),
                check,
                False,
                f"could not run: {reason}",
            )


def main():
    parser = argparse.ArgumentParser(prog="host_tests.interop", description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", choices=sorted(PEERS))
    parser.add_argument("--list", action="store_true", help="names of the peers, nothing is run")
    parser.add_argument("--build", default="build/interop", help="programs, logs, state")
    parser.add_argument("--json", default="build/interop.json", help="where the rows go")
    args = parser.parse_args()
    if args.list:
        print("\n".join(PEERS))
        return 0
    # an ordinary exit, so that namespaces and processes are cleaned up
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    report = Report()
    if args.only:
        for name in args.only:
            run_peer(name, args.build, report)
    else:
        run_lanes(args.build, report)
    report.write(args.json)
    print(report.summary())
    return 1 if report.failed() or not report.rows else 0


if __name__ == "__main__":
    sys.exit(main())
