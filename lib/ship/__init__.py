"""SHIP (clause 6), sans-I/O: certificates and SKI, WebSocket, connection states, node."""
