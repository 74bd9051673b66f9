"""lib/_fast/plain.py is viper.py without what makes it machine code."""

import ast

from tools.kernels import FAST, plain

VIPER = (FAST / "viper.py").read_text()


def test_plain_is_up_to_date():
    assert (FAST / "plain.py").read_text() == plain(VIPER), "python -m tools.kernels"


def test_nothing_of_viper_is_left():
    tree = ast.parse((FAST / "plain.py").read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert [function.name for function in functions] == ["walk", "mask", "copy"]
    for function in functions:
        assert not function.decorator_list and function.returns is None
        assert not any(argument.annotation for argument in function.args.args)


def test_the_transformation():
    source = (
        "# head\nimport micropython\nfrom micropython import const\n\n\n@micropython.viper\n"
        "def f(a: ptr8, b: int, c: ptr32) -> int:\n    x: int\n    return int(a[b])\n"
    )
    done = plain(source)
    assert done.endswith("def f(a, b, c):\n    x: int\n    return int(a[b])\n")
    assert "head" not in done and "import micropython" not in done
