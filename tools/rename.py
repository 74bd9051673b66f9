"""What tools.shorten does to one file."""

import ast

from tools.inline import bound, origin, own

# Names that .mpy files have by number, of one byte and of two. Those of other functions are left
# out: a global that hid one of the interpreter would be found in its place.
_ONE = """
ArithmeticError EOFError Ellipsis GeneratorExit IndentationError NameError NoneType
NotImplementedError OverflowError SyntaxError ZeroDivisionError append builtins
"""
_TWO = """
bytecode clear copy count endswith extend find format from_bytes index insert isalpha isdigit
islower isspace isupper items join keys little locals lower lstrip pop popitem readinto readline
remove replace reverse rfind rindex rsplit rstrip setdefault sort split startswith stop strip
throw to_bytes update upper values
"""
ONE = _ONE.split()
TWO = _TWO.split()
_LOADER = "firmware/loader.py"  # called from outside of the tree, with keywords
_ARGUMENTS = ["_", *ONE, *TWO]


class Rename(ast.NodeTransformer):
    """One file. `foreign`: it is a program beside the tree, where the globals `stay` (None: all)
    keep their names, but for those that would be mistaken for short ones."""

    def __init__(self, path, names, stay=(), foreign=False):
        self._path = path
        self._short = names.short
        self._keywords = names.keywords
        self._modules = names.constants
        self._stay = stay
        self._foreign = foreign
        self._words = set(names.short.values())
        self._scopes = []  # of functions and classes: ({name: new name}, of a class)
        self._packages = set()  # of which modules were imported
        self.functions = {}  # new name: names

    def _name(self, name):
        for depth, (scope, of_class) in enumerate(reversed(self._scopes)):
            if name in scope and not (of_class and depth):
                return scope[name]
        if self._stay is None or name in self._stay:
            return self._apart(name)
        return self._short.get(name) or self._apart(name)

    def _apart(self, name):
        return name + "_" if self._foreign and name in self._words else name

    def visit_Name(self, node):
        node.id = self._name(node.id)
        return node

    def visit_Constant(self, node):
        # MicroPython makes an object of the largest small int when it is written in decimal
        if type(node.value) is int and node.value > 1 << 29:
            return ast.Name(hex(node.value))
        return node

    def visit_Attribute(self, node):
        module = ast.unparse(node)
        self.generic_visit(node)
        if module not in self._modules or module.split(".")[0] not in self._packages:
            node.attr = self._short.get(node.attr, node.attr)
        return node

    def visit_keyword(self, node):
        node.arg = node.arg and self._apart(node.arg)
        return self.generic_visit(node)

    def visit_ExceptHandler(self, node):
        node.name = node.name and self._name(node.name)
        return self.generic_visit(node)

    def visit_Import(self, node):
        for alias in node.names:
            alias.asname = alias.asname and self._name(alias.asname)
            self._packages.add(alias.name.split(".")[0])
        return node

    def visit_ImportFrom(self, node):
        module = origin(node, self._path)
        for alias in node.names:
            name = self._name(alias.asname or alias.name)
            if f"{module}.{alias.name}" not in self._modules:
                alias.name = self._short.get(alias.name, alias.name)
            alias.asname = name if name != alias.name else None
        return node

    def visit_Global(self, node):
        node.names = [self._name(name) for name in node.names]
        return node

    visit_Nonlocal = visit_Global

    def visit_ClassDef(self, node):
        node.name = self._name(node.name)
        node.bases = [self.visit(base) for base in node.bases]
        members = {name: self._short.get(name, name) for name in bound(node)}
        self._scopes.append((members, True))
        node.body = [self.visit(part) for part in node.body]
        self._scopes.pop()
        return node

    def visit_FunctionDef(self, node):
        node.decorator_list = [self.visit(part) for part in node.decorator_list]
        name = self._name(node.name)
        self.functions.setdefault(name, set()).add(node.name)
        node.name = name
        return self._function(node)

    def visit_Lambda(self, node):
        return self._function(node)

    def _function(self, node):
        a = node.args
        arguments = [
            arg for arg in (*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg) if arg
        ]
        a.defaults = [self.visit(part) for part in a.defaults]
        a.kw_defaults = [part and self.visit(part) for part in a.kw_defaults]
        self._scopes.append((self._locals(node, [arg.arg for arg in arguments]), False))
        for arg in arguments:
            arg.arg = self._name(arg.arg)
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
        else:
            node.body = [self.visit(part) for part in node.body]
        self._scopes.pop()
        return node

    def _locals(self, node, arguments):
        """{name: new name}. Those of arguments are stored; others vanish, but for a function's."""
        names = bound(node)
        if self._foreign:
            return {name: self._apart(name) for name in names}
        scope = {name: "L_" + name for name in names}
        for part in own(node):
            if isinstance(part, ast.Import):
                scope.update((alias.name.split(".")[0],) * 2 for alias in part.names)
        stay = arguments if self._path == _LOADER else self._keywords
        scope.update((name, name) for name in arguments if name in stay)
        outside = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - names
        taken = {self._name(name) for name in outside}
        free = (word for word in _ARGUMENTS if word not in taken)
        inner = [part.name for part in own(node) if isinstance(part, ast.FunctionDef)]
        for name in (*arguments, *inner):
            if scope[name] == "L_" + name:
                scope[name] = next(free)
        return scope
