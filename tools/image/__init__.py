"""What is flashed onto a board: `python -m tools.image BOARD`."""
