"""Short names for what is ours, before tools.build compiles.

A board holds every name as text, and every .mpy file brings its own copy. So attributes, methods,
globals and arguments get names that the .mpy format knows by number, or of one letter. Two that
never meet in one module or one object may share one.

Left alone: what MicroPython knows (foreign.txt), names that occur as strings or as keywords of
calls, modules, private constants, and KEPT.

    python -m tools.shorten build/mpy/x64 < traceback       # says what the names stand for
"""

import argparse
import ast
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

from tools.inline import Inline, bound, dotted, inline, is_constant, origin, own
from tools.rename import ONE, TWO, Rename

FOREIGN = {
    word
    for line in Path(__file__).with_name("foreign.txt").read_text().splitlines()
    if line[:1] != "#"
    for word in line.split()
}
# called by tools on a board that may run another version: tools.image, tools.provision, tools.log
KEPT = {
    *("start", "maintain", "good", "read", "main"),
    *("native", "viper", "plug", "unplug"),
    *(
        "on_board",
        "events_on_board",
        "read_into",
        "Store",
        "get",
        "put",
        "need_compaction",
        "compact",
    ),
}
# called by the names of the commands of tools.sim
_SIMULATED = "firmware/hal/sim/"  # its strings are fields of JSON
COMMANDED = tuple(f"{_SIMULATED}{name}.py" for name in ("commands", "status", "wishes"))
_LETTERS = [chr(n) for n in (*range(65, 91), *range(97, 123))]
_LONGER = [
    a + b for a in _LETTERS for b in _LETTERS if a + b not in ("as", "if", "in", "is", "or")
]
_NEW = 8  # bytes of RAM that a new name costs, about
NAMES_FILE = "names.json"


def traced(path):
    """What tracebacks call a source: a name that the board has in memory anyway."""
    path = Path(path)
    return path.parent.name if path.stem == "__init__" else path.stem


class Clash(Exception):
    """Two names of one object or module have become one."""


class _Survey:
    """What names there are in the trees {path: ast}, where, and which of them meet."""

    def __init__(self, trees, kept=()):
        self.where = defaultdict(set)  # name: files
        self.meet = []  # sets of names of one module, or one class and its bases
        self.given = []  # (an attribute that an object gets from outside, others that it has)
        self.imported = set()  # what modules take from others by name
        self.keywords = set()
        self.kept = FOREIGN | KEPT | set(kept)
        self.modules = {dotted(path) for path in trees}
        self._classes = defaultdict(lambda: (set(), set()))  # name: (names, bases)
        for path, tree in trees.items():
            self._file(path, tree)
        self.meet += [self._members(name) for name in self._classes]
        self.ours = set().union(*self.meet) - self.kept
        known = set().union(*(names for names, _ in self._classes.values()))
        for group in self.meet[len(trees) :]:
            # without a hint what it is, the object may be of any class
            group |= {name for name, beside in self.given if beside & group or not beside & known}

    def join(self, program):
        """Names that meet in a program, too; its classes may have bases in the tree."""
        own = list(program._classes)
        program._classes = {**self._classes, **program._classes}
        self.meet += [*program.meet, *(program._members(name) for name in own)]

    def _members(self, name):
        """The names of a class and its bases."""
        return set().union(
            *(self._classes[c][0] for c in self._line({name}) if c in self._classes)
        )

    def _line(self, names):
        more = names.union(*(self._classes[name][1] for name in names if name in self._classes))
        return names if more == names else self._line(more)

    def _file(self, path, tree):
        private = {
            node.targets[0].id
            for node in tree.body
            if is_constant(node) and node.targets[0].id[0] == "_"
        }
        self.kept |= private
        self.meet.append(self._body(tree) - private)
        self._mentions(path, tree, set())
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                self.where[node.attr].add(path)
            elif isinstance(node, ast.keyword) and node.arg:
                self.keywords.add(node.arg)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                if node.value.isidentifier() and not path.startswith(_SIMULATED):
                    self.kept.add(node.value)
            elif isinstance(node, ast.Import):
                packages = {alias.name.split(".")[0] for alias in node.names}
                self.kept |= packages
                self.imported |= packages
            elif isinstance(node, ast.ImportFrom):
                self.imported |= {alias.asname or alias.name for alias in node.names}
                if origin(node, path) not in self.modules:
                    self.kept |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ClassDef):
                self._class(node)
            elif isinstance(node, ast.FunctionDef):
                self._objects(node)
                if path in COMMANDED and node.name[0] != "_":
                    self.kept.add(node.name)

    def _mentions(self, path, node, local):
        for child in ast.iter_child_nodes(node):
            inside = local
            if isinstance(child, ast.Name) and child.id not in local:
                self.where[child.id].add(path)
            elif isinstance(child, ast.FunctionDef | ast.Lambda):
                inside = local | bound(child)
            if isinstance(child, ast.FunctionDef | ast.ClassDef) and child.name not in local:
                self.where[child.name].add(path)
            if isinstance(child, ast.alias):
                self.where[child.name].add(path)
            self._mentions(path, child, inside)

    def _body(self, scope):
        """The names that a module or class binds or reads at once."""
        names = set()
        for node in own(scope):
            if isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
                if isinstance(node, ast.FunctionDef):
                    defaults = (*node.args.defaults, *node.args.kw_defaults, *node.decorator_list)
                    for default in filter(None, defaults):
                        names |= {n.id for n in ast.walk(default) if isinstance(n, ast.Name)}
            elif isinstance(node, ast.ImportFrom):
                names |= {alias.asname or alias.name for alias in node.names}
        if isinstance(scope, ast.Module):
            shared = (node.names for node in ast.walk(scope) if isinstance(node, ast.Global))
            names.update(*shared)
        return {name for name in names if not name.startswith("__")}

    def _objects(self, function):
        has = defaultdict(set)
        given = defaultdict(set)
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute):
                thing = ast.unparse(node.value)
                has[thing].add(node.attr)
                if not isinstance(node.ctx, ast.Load):
                    given[thing].add(node.attr)
        for thing, names in given.items():
            if thing != "self":
                self.given += [(name, has[thing] - {name}) for name in names]

    def _class(self, node):
        names, bases = self._classes[node.name]
        names |= self._body(node)
        bases |= {base.id for base in node.bases if isinstance(base, ast.Name)}
        bases |= {base.attr for base in node.bases if isinstance(base, ast.Attribute)}
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and method.args.args:
                me = method.args.args[0].arg
                names |= {
                    part.attr
                    for part in ast.walk(method)
                    if isinstance(part, ast.Attribute)
                    and isinstance(part.value, ast.Name)
                    and part.value.id == me
                    and not part.attr.startswith("__")
                }


class Names:
    """`short`: {name: what it is called on a board}; `keywords`: of calls; `constants`: of all
    modules, see tools.inline; `functions`: {file: {short name: names}}."""

    def __init__(self, short, keywords, constants, functions):
        self.short = short
        self.keywords = set(keywords)
        self.constants = constants
        self.functions = functions

    @classmethod
    def load(cls, folder):
        """Those of a tree that tools.build has made."""
        known = json.loads((Path(folder) / NAMES_FILE).read_text())
        return cls(**known)

    def dump(self):
        known = {
            "short": self.short,
            "keywords": sorted(self.keywords),
            "constants": self.constants,
            "functions": self.functions,
        }
        return json.dumps(known, indent=0)

    def program(self, text, main=True):
        """The text of a program that uses the tree, in the names of the tree. `main`: nobody takes
        anything from it by name, so its globals are its own. Raises Clash."""
        tree = Inline("program.py", self.constants).visit(ast.parse(text))
        survey = _Survey({"program.py": tree})
        for group in survey.meet[1:] if main else survey.meet:
            seen = {}
            for name in sorted(group - survey.imported):
                new = self.short.get(name)
                if new and seen.setdefault(new, name) != name:
                    raise Clash(f"{name} and {seen[new]} are both {new}")
        ast.fix_missing_locations(
            Rename("program.py", self, None if main else survey.imported, True).visit(tree)
        )
        return ast.unparse(tree) + "\n"


def _choose(survey):
    """{name: short name}; those in most files choose first."""
    beside = defaultdict(set)  # name: those that it meets
    for group in survey.meet:
        for name in group & survey.ours:
            beside[name] |= group
    taken = set(survey.where) - survey.ours | survey.keywords
    words = [(w, 1) for w in ONE] + [(w, 2) for w in TWO] + [(w, 3) for w in _LETTERS]
    words += [(w, 4) for w in _LONGER]
    words = [(word, size) for word, size in words if word not in taken]
    used = defaultdict(set)  # word: files
    short = {}
    for name in sorted(survey.ours, key=lambda n: (-len(survey.where[n]), n)):
        files = survey.where[name]
        others = {short.get(other) for other in beside[name]}
        least = None
        for word, size in words:
            if word in others:
                continue
            cost = len(files - used[word]) * size + (0 if size < 3 or used[word] else _NEW)
            if least is None or cost < least:
                least, best = cost, word
            if size > 2 and not used[word]:
                break  # what follows is not better
        word = best
        short[name] = word
        used[word] |= files
    return short


def shorten(texts, beside=(), kept=()):
    """({path: text in short names}, Names) of the sources {path: text}.

    `beside`: texts of programs that Names.program() is for; `kept`: names that stay.
    """
    trees = {path: ast.parse(text, path) for path, text in texts.items()}
    constants = inline(trees)
    survey = _Survey(trees, kept)
    for text in beside:
        survey.join(_Survey({"program.py": ast.parse(text)}))
    names = Names(_choose(survey), survey.keywords, constants, {})
    for path, tree in trees.items():
        renaming = Rename(path, names)
        renaming.visit(tree)
        functions = {new: sorted(old) for new, old in renaming.functions.items()}
        names.functions[path] = functions
    return {path: ast.unparse(tree) + "\n" for path, tree in trees.items()}, names


_FRAME = re.compile(r'File "([^"]*)", line \d+, in (\w+)')


def readable(line, names):
    """A line of a traceback, with the names that its function has in the sources; several when
    functions of one file share a name."""

    def frame(found):
        file, short = found.groups()
        ours = {
            name
            for path, functions in names.functions.items()
            if traced(path) == file
            for name in functions.get(short, ())
        }
        return f'File "{file}", in {" or ".join(sorted(ours)) or short}'

    return _FRAME.sub(frame, line)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="tools.shorten", description=__doc__.splitlines()[0])
    parser.add_argument("tree", help="folder of the tree: build/mpy/x64, or ARCH of a board")
    names = Names.load(parser.parse_args(arguments).tree)
    for line in sys.stdin:
        print(readable(line, names), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
