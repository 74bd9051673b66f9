"""SPINE (clause 5): the local device, its entities and features, and one session per partner."""
