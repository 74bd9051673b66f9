"""The official EEBUS test cases (SHIP, SPINE, LPC, LPP, MPC) over the wire against tools.sim."""
