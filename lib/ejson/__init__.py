"""EEBUS JSON (clause 6.8) without object trees.

In: a `Window` holds the bytes of a message that are here but not digested yet; a `Walker` steps
through them along a schema and answers events. Out: a `Writer` renders into one buffer.
"""
