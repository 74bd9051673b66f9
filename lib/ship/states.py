"""Names of the states of a Connection, for people."""

STATES = ("http", "cmi", "hello", "protocol", "pin", "data", "closing", "closing", "closed")
