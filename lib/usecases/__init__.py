"""Use cases, server side, one module each. They know SPINE and a small port of their device."""
