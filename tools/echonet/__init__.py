"""A small ECHONET Lite controller and monitor: `python -m tools.echonet --help`."""
