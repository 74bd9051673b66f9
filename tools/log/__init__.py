"""What a wallbox remembers of what has happened: its event ring, as a table, JSON and a plot."""
