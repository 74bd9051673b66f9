"""A MicroPython interpreter with the object sizes of a 32-bit board.

    with Wasm() as wasm:
        wasm.put_tree(build_folder)             # .mpy files, at /
        wasm.run("import ejson")
        before = wasm.mem_alloc()

Retained memory is the difference of two mem_alloc(). Within one run() nothing is collected, so
that gc.mem_alloc() there grows with every byte of garbage; the heap must be large enough.
"""

import base64
import json
import subprocess
from pathlib import Path

from host_tests.memory.install import install, node
from tools.shorten import Names

HEAP = 32 << 20
_SCRIPT = Path(__file__).with_name("interpreter.mjs")
_PATHS = "import sys\nsys.path[:] = ['/', '/lib']\ndel sys"


class WasmError(Exception):
    """Python code failed in the interpreter; the text is its traceback."""


class Wasm:
    """One Node process. `heap` is in bytes."""

    def __init__(self, heap=HEAP):
        self._heap = heap
        self._names = None
        module = install()
        self._process = subprocess.Popen(
            [node(), str(_SCRIPT), str(module)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.fresh()

    def fresh(self):
        """Starts a new interpreter; the files are kept."""
        self._ask(fresh=self._heap)
        self.run(_PATHS)
        # the first calls intern names: the figures must not pay for that
        self.mem_alloc()

    def put(self, path, data):
        """Writes the bytes `data` to the absolute `path`; folders are made."""
        self._ask(put=path, data=base64.b64encode(data).decode())

    def put_tree(self, folder, at="/"):
        """Writes every .mpy and .py file below `folder`; what runs from now on is put into the
        names of that tree."""
        self._names = Names.load(folder)
        for path in sorted(Path(folder).rglob("*.*py")):
            self.put(f"{at}{path.relative_to(folder).as_posix()}", path.read_bytes())

    def run(self, code):
        """Runs `code` in __main__: what it printed. Raises WasmError."""
        return self._ask(run=self._names.program(code) if self._names else code)

    def mem_alloc(self):
        """Bytes in use after a collection."""
        self.run("import gc\ngc.collect()")
        return int(self.run("print(gc.mem_alloc())"))

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def _ask(self, **request):
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise WasmError(f"the interpreter ended (exit code {self._process.wait(10)})")
        reply = json.loads(line)
        if reply["error"]:
            raise WasmError(reply["error"])
        return reply["out"]
