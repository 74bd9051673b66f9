"""DNS-SD over multicast DNS (clause 6.4; RFC 6762, RFC 6763), sans-I/O: packets in, packets out.

The responder and the browser load when they are first asked for: a board that only
announces does not pay for the browser.
"""


def __getattr__(name):
    if name not in ("Responder", "Browser"):
        raise AttributeError(name)
    return getattr(__import__("mdns." + name.lower(), None, None, ("",)), name)
