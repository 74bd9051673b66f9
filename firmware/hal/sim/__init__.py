"""The simulated board: a plant in memory instead of hardware."""


def create(board):
    """The hardware of `board`; see `firmware.hal` for its methods."""
    from firmware.hal.sim.plant import Plant

    return Plant(board)
