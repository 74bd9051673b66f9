"""The SHIP node of the wallbox: put together at the start, then let go."""

from late import load

from firmware import store as records
from ship.node import Node


def node(app):
    """The Node of the application, its SKI (20 bytes) and its SHIP ID."""
    board = app.board
    make = Node
    if board.COMMISSIONING:
        from firmware.keys import Keys

        make = Keys(app).node
    ship_id = app.store.get(records.SHIP_ID)
    found = make(
        ship_id,
        app.send,
        board.WINDOW,
        app.eebus.session,
        app.changed,
        app.place.random,
        getattr(app.place, "asks_access", True),
    )
    found.odd = load("firmware.trust").odd(app.store)
    return found, load("ship.cert").trustworthy(app.store.get(records.CERT)), ship_id
