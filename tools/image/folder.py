"""build/BOARD: everything that is made for one board."""

import shutil

from tools import ROOT
from tools.board import load, problems
from tools.image.content import content, files, modules
from tools.image.formats import UF2_FAMILY, littlefs, romfs, uf2
from tools.image.ledger import ledger, resident, table
from tools.image.lists import manifest, package


class Made:
    """What make() has come to, in bytes: of .mpy files, of those that stay loaded, of spare heap;
    `text` is the ledger."""

    def __init__(self, size, held, spare, text):
        self.size = size
        self.held = held
        self.spare = spare
        self.text = text


def make(name):
    """Builds everything for one board. Raises ValueError, BuildError."""
    board = load(name)
    if "ARCH" not in board:
        raise ValueError(f"{name} is simulated: python -m tools.sim")
    if wrong := problems(board, load("sim")):
        raise ValueError("\n".join(wrong))
    chosen, _ = modules(name)
    code = files(name)
    whole = content(name)
    out = ROOT / "build" / name
    shutil.rmtree(out, ignore_errors=True)
    for path, data in whole.items():
        target = out / "tree" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    image = littlefs(whole, board["FS_SIZE"])
    (out / "littlefs.bin").write_bytes(image)
    if board["CHIP"] in UF2_FAMILY:
        family = UF2_FAMILY[board["CHIP"]]
        (out / "littlefs.uf2").write_bytes(uf2(image, board["FS_START"], family))
    (out / "romfs.bin").write_bytes(romfs(code))
    (out / "manifest.py").write_text(manifest(code, out))
    (out / "package.json").write_text(package(whole, "tree"))
    text = table(name, board, chosen)
    (out / "ledger.txt").write_text(text)
    return Made(
        sum(size for _, size in chosen),
        sum(size for _, size in resident(chosen)),
        ledger(board, chosen)[-1][1],
        text,
    )
