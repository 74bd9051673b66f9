"""Frames, nodes and properties on the terminal (rich)."""

from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.echonet import names
from tools.echonet.wire import ESV

console = Console(highlight=False)

_COLOURS = {0x5: "red", 0x6: "cyan", 0x7: "green"}


def value(eoj, epc, edt):
    name = names.property_name(eoj, epc)
    text = f"{epc:02X} {name}".rstrip()
    return f"{text}: {names.read(eoj, epc, edt)}" if edt else text


def frame_lines(got):
    """Lines that describe a Received."""
    when = datetime.fromtimestamp(got.at).strftime("%H:%M:%S.%f")[:-3]
    head = Text(f"{when} {got.host}:{got.port} ")
    if got.frame is None:
        head.append(f"dropped, {got.error}: {got.raw.hex().upper()}", "yellow")
        return [head]
    frame = got.frame
    service = ESV.get(frame.esv, f"ESV {frame.esv:02X}")
    head.append(service, _COLOURS.get(frame.esv >> 4, "yellow"))
    head.append(f" {names.object_name(frame.seoj)} -> {names.object_name(frame.deoj)}")
    head.append(f" tid {frame.tid:04X}", "dim")
    # what a property means is said by the object that has it, not by the controller
    owner = frame.deoj if frame.esv >> 4 == 6 else frame.seoj
    lines = [head]
    for epc, edt in frame.properties + frame.second:
        lines.append(Text("    " + value(owner, epc, edt)))
    return lines


def nodes(found):
    table = Table("address", "objects", box=None)
    for host, eojs in sorted(found.items()):
        table.add_row(host, "\n".join(names.object_name(eoj) for eoj in eojs))
    console.print(table)


def properties(eoj, rows):
    """`rows`: (EPC, access as text, data or None)."""
    table = Table("EPC", "property", "access", title=names.object_name(eoj))
    for title in ("value", "data"):
        table.add_column(title, overflow="fold")
    for epc, access, edt in rows:
        text = "" if edt is None else names.read(eoj, epc, edt)
        raw = "" if edt is None else edt.hex().upper()
        table.add_row(f"{epc:02X}", names.property_name(eoj, epc), access, text, raw)
    console.print(table)
