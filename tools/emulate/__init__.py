"""The image of a Pico W on an emulator: `python -m tools.emulate UF2`."""
