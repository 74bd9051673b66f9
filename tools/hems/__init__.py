"""Bench energy manager: the independent peer of the wallbox on the SHIP/SPINE side.

Nothing here imports the protocols under test, so a mistake made there is not repeated here.

    identity = Identity.load_or_create(path)
    link = await connect("127.0.0.1", 4712, identity, expected_ski)
    guard = EnergyGuard(link)
    await guard.setup()
    await guard.heartbeat()
    result = await guard.write_limit(value=4200, active=True)
"""

from tools.hems.energyguard import EnergyGuard
from tools.hems.identity import Identity
from tools.hems.link import Link, connect
from tools.hems.monitor import Monitor
from tools.hems.recorder import Recorder

__all__ = ["EnergyGuard", "Identity", "Link", "Monitor", "Recorder", "connect"]
