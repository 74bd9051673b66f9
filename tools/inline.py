"""Puts numbers in the place of the constants of other modules, before tools.build compiles.

mpy-cross does that for the constants of the module itself alone. A constant whose every use was
replaced is left out; so is the import of a module of which nothing else was wanted.
"""

import ast


def dotted(path):
    """ship.conn for lib/ship/conn.py, ship for lib/ship/__init__.py."""
    return (
        path.removesuffix(".py").removeprefix("lib/").removesuffix("/__init__").replace("/", ".")
    )


def origin(node, path):
    """The dotted module that an ImportFrom in the file `path` imports from."""
    if not node.level:
        return node.module
    package = dotted(path).split(".")
    package = package[: len(package) - node.level + path.endswith("__init__.py")]
    return ".".join([*package, *filter(None, [node.module])])


def bound(function):
    """The names that a function or class binds for itself."""
    names = set()
    if not isinstance(function, ast.ClassDef):
        a = function.args
        names = {arg.arg for arg in (*a.args, *a.kwonlyargs, a.vararg, a.kwarg) if arg}
    for node in own(function):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.ExceptHandler) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.split(".")[0])
    for node in own(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            names.difference_update(node.names)
    return names


def own(node):
    """The nodes below `node` that are not inside a function or class in it."""
    found = []
    left = list(ast.iter_child_nodes(node))
    while left:
        child = left.pop()
        found.append(child)
        if not isinstance(child, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            left += ast.iter_child_nodes(child)
    return found


def constants(trees):
    """{dotted module: {name: int}} of the public constants, also those handed on."""
    found: dict[str, dict[str, int]] = {dotted(path): {} for path in trees}
    for path, tree in trees.items():
        known = {}
        for node in tree.body:
            if is_constant(node):
                value = ast.Expression(node.value.args[0])
                try:
                    known[node.targets[0].id] = eval(compile(value, path, "eval"), {}, known)
                except NameError:
                    continue
        found[dotted(path)] = {k: v for k, v in known.items() if k[0] != "_"}
    for _ in range(2):  # a package hands on what its module has from another
        for path, tree in trees.items():
            for node in tree.body:
                if isinstance(node, ast.ImportFrom):
                    there = found.get(origin(node, path), {})
                    for alias in node.names:
                        if alias.name in there:
                            name = alias.asname or alias.name
                            found[dotted(path)][name] = there[alias.name]
    return found


def is_constant(node):
    """Is that statement NAME = const(...)?"""
    call = node.value if isinstance(node, ast.Assign) else None
    return (
        isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "const"
    )


class Inline(ast.NodeTransformer):
    """One file: `constants` of all modules."""

    def __init__(self, path, constants):
        self._path = path
        self._constants = constants
        self._scopes = []  # {name: int, dotted module or None}
        self._served = set()  # names of modules of which a constant was taken

    def visit_Module(self, tree):
        self._scopes = [self._imports(own(tree))]
        known = self._constants.get(dotted(self._path), {})
        self._scopes[0].update(known)
        self.generic_visit(tree)
        left = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        _Drop(self._served - left).visit(tree)
        return tree

    def _imports(self, nodes):
        scope = {}
        for node in nodes:
            if not isinstance(node, ast.ImportFrom):
                continue
            module = origin(node, self._path)
            for alias in node.names:
                name = alias.asname or alias.name
                here = self._constants.get(module, {}).get(alias.name)
                whole = f"{module}.{alias.name}"
                if here is None and whole in self._constants:
                    here = whole
                scope[name] = None if name in scope else here
        return scope

    def _known(self, name):
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return None

    def visit_FunctionDef(self, node):
        self._scopes.append(dict.fromkeys(bound(node)) | self._imports(own(node)))
        self.generic_visit(node)
        self._scopes.pop()
        return node

    def visit_Lambda(self, node):
        self._scopes.append(dict.fromkeys(bound(node)))
        self.generic_visit(node)
        self._scopes.pop()
        return node

    def visit_Name(self, node):
        value = self._known(node.id)
        if isinstance(value, int) and isinstance(node.ctx, ast.Load):
            return ast.Constant(value)
        return node

    def visit_Attribute(self, node):
        if isinstance(node.value, ast.Name):
            module = self._known(node.value.id)
            if isinstance(module, str):
                value = self._constants[module].get(node.attr)
                if value is not None:
                    self._served.add(node.value.id)
                    return ast.Constant(value)
        self.generic_visit(node)
        return node

    def visit_ImportFrom(self, node):
        there = self._constants.get(origin(node, self._path), {})
        node.names = [alias for alias in node.names if alias.name not in there]
        return node if node.names else None


class _Drop(ast.NodeTransformer):
    """Takes imports under these names out."""

    def __init__(self, names):
        self._names = names

    def visit_ImportFrom(self, node):
        node.names = [a for a in node.names if (a.asname or a.name) not in self._names]
        return node if node.names else None


def inline(trees):
    """Changes the trees {path: ast}; returns the constants, see `constants`."""
    known = constants(trees)
    for path, tree in trees.items():
        Inline(path, known).visit(tree)
    named = set()
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                named.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.add(node.value)
    for path, tree in trees.items():
        mine = known[dotted(path)]
        for node in list(tree.body):
            if is_constant(node) and node.targets[0].id in mine:
                if node.targets[0].id in named:
                    # mpy-cross would see the constant in every name of the module that is the same
                    node.value = ast.Constant(mine[node.targets[0].id])
                else:
                    tree.body.remove(node)
        for node in ast.walk(tree):
            if hasattr(node, "body") and node.body == [] and not isinstance(node, ast.Module):
                node.body.append(ast.Pass())
        ast.fix_missing_locations(tree)
    return known
