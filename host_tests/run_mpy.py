"""Unit tests under MicroPython: `micropython host_tests/run_mpy.py [--tree DIR] [test_x ...]`.

Runs every test_* function of every host_tests/unit/test_*.py, or of those named. --tree takes
lib/, firmware/ and board_configs/ from DIR (build/mpy/x64) instead of from the sources.
Closes with a line `N passed, M failed`; exit code 1 when one failed or none was found.
"""

import gc
import os
import sys


def _root():
    parts = __file__.split("/")[:-2]
    return "/".join(parts) if parts else "."


def _files(folder, wanted):
    found = []
    for name in sorted(os.listdir(folder)):
        if name.startswith("test_") and name.endswith(".py"):
            if not wanted or name[:-3] in wanted:
                found.append(name[:-3])
    return found


def _report(name, error):
    print("FAILED", name)
    sys.print_exception(error)


def run(name):
    """Tests of one file: (passed, failed). A file that cannot be imported is one failure."""
    passed = failed = 0
    try:
        module = __import__(name)
    except Exception as error:
        _report(name, error)
        return 0, 1
    for attribute in sorted(dir(module)):
        test = getattr(module, attribute)
        if not attribute.startswith("test_") or not callable(test):
            continue
        try:
            test()
        except Exception as error:
            failed += 1
            _report(name + "." + attribute, error)
        else:
            passed += 1
    return passed, failed


def _forget(known):
    # later files must find the heap that the first one found
    for name in list(sys.modules):
        if name not in known:
            del sys.modules[name]
    gc.collect()


def main(arguments):
    root = tree = _root()
    if arguments[:1] == ["--tree"]:
        tree = arguments[1]
        arguments = arguments[2:]
    wanted = [name.split("/")[-1].replace(".py", "") for name in arguments]
    tests = root + "/host_tests/unit"
    sys.path[:] = [tree, tree + "/lib", tests, ".frozen"]
    passed = failed = 0
    names = _files(tests, wanted)
    known = set(sys.modules)
    for name in names:
        ok, bad = run(name)
        print("%-32s %d passed%s" % (name, ok, ", %d failed" % bad if bad else ""))
        passed += ok
        failed += bad
        _forget(known)
    for name in wanted:
        if name not in names:
            print("FAILED", name, "is not there")
            failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
