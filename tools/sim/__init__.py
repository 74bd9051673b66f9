"""The wallbox without hardware: the real firmware under MicroPython, driven from outside.

`python -m tools.sim --help`. This CPython process owns stdout, control port and signals; its
child runs the firmware. The two talk in JSON lines over the child's stdin and stdout, see
firmware.hal.sim.console.
"""
