"""The few kernels in machine code, or the same as bytecode where native code cannot be had.

ImportError: the image left viper out. SyntaxError: this port has no native emitter.
ValueError: the .mpy holds machine code for another processor.
"""

try:
    from _fast.viper import copy, mask, walk
except (ImportError, SyntaxError, ValueError):
    from _fast.plain import copy, mask, walk  # noqa: F401
