"""Power cuts of the running firmware: `python -m host_tests.power_fail [--cuts 50] [--seed N]`."""

import argparse
import random
import sys

from host_tests.power_fail.process import Lost, run
from tools.demo.wallbox import WallboxError


def main():
    parser = argparse.ArgumentParser(prog="host_tests.power_fail", description=__doc__)
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    done = 0

    def tell(n):
        nonlocal done
        done = n
        if sys.stdout.isatty():
            print(f"\r{n} of {options.cuts}", end="", flush=True)

    print(f"seed {options.seed}")
    try:
        written, changed = run(options.cuts, options.seed, tell)
    except (Lost, WallboxError, OSError, TimeoutError) as error:
        print(f"after {done} cuts: {type(error).__name__} {error}")
        print(f"{done} passed, 1 failed")
        return 1
    print(f"\n{written} failsafe values and {changed} changes of trust acknowledged, none lost")
    print(f"{done} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
