"""The slice of the firmware that makes a wallbox of a board: SHIP server, SPINE, LPC, MPC, EVSECC
and the mDNS responder, on one board. Not in it: the simulated hardware, ECHONET Lite, the mDNS
browser and other boards, which a board of this kind does not load; and what is loaded for a
moment only, but for the names in it that stay.
"""

import ast

from tools import ROOT
from tools.build import BuildError, build

# the application, and what it imports when it starts
ROOTS = (
    *("board_configs/sim", "firmware/net", "lib/mdns/owner", "lib/mdns/responder"),
    *("firmware/discovery", "firmware/app"),
)
# what a start, a new connection or a rare request loads for a moment and lets go
MOMENTARY = (
    *("firmware/store_scan", "firmware/entities", "firmware/announce", "firmware/ship"),
    *("lib/ship/txt", "lib/mdns/names", "lib/mdns/speech"),
    *("lib/ship/upgrade", "lib/ship/opening", "lib/spine/links", "lib/spine/restrict"),
    *("lib/usecases/lpc_lists", "lib/usecases/mpc_lists", "lib/spine/use_cases"),
    *("lib/spine/requests", "lib/spine/errors", "lib/spine/departed", "lib/spine/moment"),
    "lib/ship/cert",
)
OUTSIDE = ("firmware/hal/sim", "firmware/echonet", "lib/echonet", "lib/mdns/browser")


def modules():
    """{module path: bytes of .mpy} of the slice, each after what it imports.

    Bytecode, as tools.build compiles for boards. Raises BuildError.
    """
    sizes = dict(build("bytecode"))
    order: dict[str, int] = {}
    for root in (*MOMENTARY, *ROOTS):
        _visit(root, sizes, order)
    for module in MOMENTARY:
        del order[module]
    return order


def _visit(module, sizes, order):
    if module in order or module.startswith(OUTSIDE):
        return
    order[module] = -1  # is being visited
    for path in _needs(module, sizes):
        _visit(path, sizes, order)
    del order[module]
    order[module] = sizes[module]


def _needs(module, sizes):
    """Module paths that `module` imports when it is imported, in order; its packages first."""
    package = module.removeprefix("lib/").split("/")[:-1]
    names = [".".join(package[:depth]) for depth in range(1, len(package) + 1)]
    for node in _at_once(ast.parse((ROOT / f"{module}.py").read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *filter(None, [node.module])])
            names += [name, *(f"{name}.{alias.name}" for alias in node.names)]
    found = []
    for name in names:
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            path = _find("/".join(parts[:depth]), sizes)
            if path and path != module and path not in found:
                found.append(path)
    return found


def _at_once(node):
    """The nodes below `node` that are not inside a function."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef):
            yield child
            yield from _at_once(child)


def _find(path, sizes):
    """The module path of a dotted name with / for the dots, None when it is not of this tree."""
    for prefix in ("", "lib/"):
        for suffix in ("", "/__init__"):
            if prefix + path + suffix in sizes:
                return prefix + path + suffix
    return None


def dotted(module):
    """ship.conn for lib/ship/conn, ship for lib/ship/__init__."""
    return module.removeprefix("lib/").removesuffix("/__init__").replace("/", ".")


def importing(modules):
    """Code that imports them in that order, and what is loaded for a moment only."""
    code = "".join(f"import {dotted(module)}\n" for module in modules)
    for module in MOMENTARY:
        code += f"import {dotted(module)}\nlate.forget('{dotted(module)}')\n"
    return code


def loading():
    """Code that imports the whole slice; none when it cannot be compiled: whoever measures
    builds, too, and says what is wrong."""
    try:
        return importing(modules())
    except BuildError:
        return ""


def forgotten(loaded):
    """Modules of this firmware among the dotted names `loaded` that should be in the slice."""
    known = {dotted(module) for module in (*modules(), *MOMENTARY)}
    ours = {dotted(m) for m, _ in build("bytecode") if not m.startswith(OUTSIDE)}
    return sorted(set(loaded) & ours - known)
