"""The image of a Pico W on an emulator: `python -m tools.emulate --uf2 FILE`."""
