"""DNS-SD over multicast DNS (clause 6.4; RFC 6762, RFC 6763), sans-I/O: packets in, packets out.

The responder and the browser load when they are first asked for: a board that only
announces does not pay for the browser.
"""

_HOME = {"Responder": "responder", "Browser": "browser"}


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(name)
    value = getattr(__import__(_HOME[name], globals(), None, (name,), 1), name)
    globals()[name] = value
    return value
