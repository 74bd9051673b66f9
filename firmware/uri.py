"""The address in a `dns` of accessMethods (6.10.4.7). Loaded when a partner tells one."""

_HOST = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."


def address(uri):
    """(host, port, path) of wss://HOST[:PORT][PATH], bytes: text, int, bytes; None when it is
    nothing that we can dial: IPv6, or a path that would say more in an HTTP request."""
    scheme, _, rest = uri.partition(b"://")
    host, _, path = rest.partition(b"/")
    host, colon, port = host.partition(b":")
    if scheme.lower() != b"wss" or not 0 < len(host) < 64 or len(path) > 63:
        return None
    for c in host:
        if c not in _HOST:
            return None
    for c in path:
        if not 0x20 < c < 0x7F:
            return None
    if not colon:
        port = b"443"
    if not port.isdigit() or len(port) > 5 or not 0 < int(port) < 65536:
        return None
    return host.decode(), int(port), b"/" + path
