"""A board without hardware: MicroPython's raw REPL on a pty, over the image of a flash."""
