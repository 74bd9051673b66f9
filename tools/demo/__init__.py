"""The demonstration: a wallbox and an energy manager live through an evening, in a minute.

`python -m tools.demo --help`. The wallbox is the real firmware under MicroPython (tools.sim), the
energy manager is tools.hems, between them is real TLS on loopback.
"""
