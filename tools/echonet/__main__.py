import argparse
import sys

from tools.echonet import names, show
from tools.echonet.client import PROFILE, NoAnswer, client, instances
from tools.echonet.wire import decode_map

_BATCH = 20  # properties in one request: some devices answer no more

EXAMPLES = """examples:
  python -m tools.echonet discover
  python -m tools.echonet dump 192.168.1.20
  python -m tools.echonet get 192.168.1.20 02A101 "operation mode" D3
  python -m tools.echonet set 192.168.1.20 02A101 "charge power=6000" "operation mode=charge"
  python -m tools.echonet watch 192.168.1.20 02A101 D3 C7 --every 5
  python -m tools.echonet monitor
"""


def _eoj(text):
    if len(text) not in (4, 6):
        raise argparse.ArgumentTypeError("an object is 6 hex digits, as 02A101, or 4 for no. 1")
    return int(text if len(text) == 6 else text + "01", 16)


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m tools.echonet",
        description="ECHONET Lite controller and monitor. Listens on UDP port 3610.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--bind", default="", metavar="IP", help="own address (all)")
    parser.add_argument("--interface", metavar="IP", help="address of the interface for multicast")
    parser.add_argument("--timeout", type=float, default=3.0, metavar="S", help="(%(default)s)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name, text, *targets):
        sub = commands.add_parser(name, help=text, description=text)
        if "host" in targets:
            sub.add_argument("host", metavar="IP")
        if "eoj" in targets:
            sub.add_argument("eoj", type=_eoj, metavar="EOJ", help="object, as 02A101")
        return sub

    sub = command("discover", "search for nodes and list their objects")
    sub.add_argument("--seconds", type=float, default=2.0, help="how long (%(default)s)")
    sub = command("dump", "property maps and all values of a node", "host")
    sub.add_argument("eoj", nargs="*", type=_eoj, metavar="EOJ", help="only these objects")
    sub = command("get", "read properties", "host", "eoj")
    sub.add_argument("property", nargs="+", help="EPC or name")
    sub = command("set", "write properties in one request", "host", "eoj")
    sub.add_argument("assignment", nargs="+", metavar="PROPERTY=VALUE", help="0x... for raw data")
    sub = command("watch", "read properties again and again, show changes", "host", "eoj")
    sub.add_argument("property", nargs="+", help="EPC or name")
    sub.add_argument("--every", type=float, default=5.0, metavar="S", help="(%(default)s)")
    sub.add_argument("--count", type=int, help="stop after so many rounds")
    sub = command("monitor", "decode all frames that reach this machine")
    sub.add_argument("--seconds", type=float, help="how long (for ever)")
    return parser.parse_args(arguments)


def discover(el, options):
    found = el.discover(options.seconds)
    show.nodes(found)
    return 0 if found else 1


def _all(el, host, eoj, epcs):
    values = {}
    for i in range(0, len(epcs), _BATCH):
        values.update(el.get(host, eoj, epcs[i : i + _BATCH]))
    return values


def dump(el, options):
    listed = el.get(options.host, PROFILE, [0xD6])[0xD6]
    for eoj in options.eoj or [PROFILE, *instances(listed)]:
        maps = el.get(options.host, eoj, [0x9D, 0x9E, 0x9F])
        inf, sets, gets = (set(decode_map(maps[epc])) for epc in (0x9D, 0x9E, 0x9F))
        values = _all(el, options.host, eoj, sorted(gets))
        rows = []
        for epc in sorted(inf | sets | gets):
            marks = zip(("get", "set", "inf"), (gets, sets, inf), strict=True)
            access = " ".join(mark for mark, codes in marks if epc in codes)
            rows.append((epc, access, values.get(epc)))
        show.properties(eoj, rows)
    return 0


def get(el, options):
    epcs = [names.find(options.eoj, text) for text in options.property]
    values = el.get(options.host, options.eoj, epcs)
    for epc in epcs:
        show.console.print(show.value(options.eoj, epc, values.get(epc, b"")) or "-")
    return 0 if all(values.get(epc) for epc in epcs) else 1


def assign(el, options):
    values = []
    for text in options.assignment:
        name, _, value = text.partition("=")
        epc = names.find(options.eoj, name.strip())
        values.append((epc, names.write(options.eoj, epc, value.strip())))
    refused = el.set(options.host, options.eoj, values)
    for epc, edt in values:
        state = "refused" if epc in refused else "accepted"
        show.console.print(f"{state} {show.value(options.eoj, epc, edt)}")
    return 1 if refused else 0


def watch(el, options):
    epcs = [names.find(options.eoj, text) for text in options.property]
    last = {}
    rounds = 0
    while options.count is None or rounds < options.count:
        rounds += 1
        _changes(options.eoj, last, el.get(options.host, options.eoj, epcs))
        if rounds == options.count:
            break
        for got in el.listen(options.every):
            if got.frame and got.host == options.host and got.frame.seoj == options.eoj:
                told = dict(got.frame.properties)
                _changes(options.eoj, last, {epc: told[epc] for epc in epcs if epc in told})
    return 0


def _changes(eoj, last, values):
    for epc, edt in values.items():
        if last.get(epc) != edt:
            last[epc] = edt
            show.console.print(show.value(eoj, epc, edt) if edt else f"{epc:02X} not available")


def monitor(el, options):
    for got in el.listen(options.seconds):
        for line in show.frame_lines(got):
            show.console.print(line)
    return 0


_COMMANDS = {
    "discover": discover,
    "dump": dump,
    "get": get,
    "set": assign,
    "watch": watch,
    "monitor": monitor,
}


def main(arguments=None):
    options = parse(arguments)
    try:
        with client(options.bind, options.interface, options.timeout) as el:
            return _COMMANDS[options.command](el, options)
    except (NoAnswer, OSError, ValueError) as error:
        print(f"tools.echonet: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
