"""Memory on a 32-bit board, measured in the WebAssembly build of MicroPython."""
