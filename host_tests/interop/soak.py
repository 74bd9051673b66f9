"""python -m host_tests.interop.soak: a thousand connects and disconnects, is memory back?"""

import argparse
import sys
import time

from host_tests.interop.hostile import Field, memory_returns

_LIMIT_S = 3600


def main():
    parser = argparse.ArgumentParser(prog="host_tests.interop.soak", description=__doc__)
    parser.add_argument("--connects", type=int, default=1000, metavar="N", help="default: 1000")
    parser.add_argument("--build", default="build/interop/soak", help="logs, state")
    args = parser.parse_args()
    if args.connects < 21:
        parser.error("the heap is as it will be after 20 connects: at least 21")
    field = Field(args.build)
    field.run(field.start())
    begin = time.monotonic()
    try:
        detail = field.run(memory_returns(field, args.connects), _LIMIT_S)
        field.run(field.served())
    except AssertionError as error:
        print(f"FAIL {args.connects} connects: {error}")
        return 1
    finally:
        field.run(field.stop())
    print(f"ok   {args.connects} connects in {time.monotonic() - begin:.0f} s: {detail}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
