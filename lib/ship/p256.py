"""The curve P-256 (secp256r1), for the one key that a device makes in its life: import it late and
let it go.

Points are (X, Y, Z) with x = X/Z, y = Y/Z; the formulas are those of Renes, Costello and Batina,
"Complete addition formulas for prime order elliptic curves" (algorithms 4 and 6), which hold for
every pair of points. So a multiplication takes the same additions whatever the number is. The long
integers of Python still take a little more or less time; nobody is there to measure it once.
"""

from micropython import const

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = P - 0x4319055358E8617B0C46353D039CDAAE  # order of G
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    1,
)
_WINDOW = const(4)  # bits of the number that one addition takes


def _add(p, q):
    x1, y1, z1 = p
    x2, y2, z2 = q
    t0 = x1 * x2 % P
    t1 = y1 * y2 % P
    t2 = z1 * z2 % P
    t3 = (x1 + y1) * (x2 + y2) - t0 - t1
    t4 = (y1 + z1) * (y2 + z2) - t1 - t2
    y3 = (x1 + z1) * (x2 + z2) - t0 - t2
    x3 = (y3 - B * t2) % P * 3
    z3 = t1 - x3
    x3 += t1
    t2 *= 3
    y3 = (B * y3 - t2 - t0) % P * 3
    t0 = t0 * 3 - t2
    t3 %= P
    t4 %= P
    return (t3 * x3 - t4 * y3) % P, (x3 * z3 + t0 * y3) % P, (t4 * z3 + t3 * t0) % P


def _double(p):
    x, y, z = p
    t0 = x * x % P
    t1 = y * y % P
    t2 = z * z % P
    z3 = x * z * 2 % P
    y3 = (B * t2 - z3) % P * 3
    x3 = t1 - y3
    y3 = x3 * (t1 + y3)
    x3 = x3 * x * y * 2 % P
    t2 *= 3
    z3 = (B * z3 - t2 - t0) % P * 3
    t0 = t0 * 3 - t2
    t3 = y * z * 2 % P
    return (x3 - t3 * z3) % P, (y3 + t0 * z3) % P, t3 * t1 * 4 % P


def multiply(k):
    """k times G, 0 < k < N, as (x, y)."""
    table = [(0, 1, 0)]
    for _ in range(15):
        table.append(_add(table[-1], G))
    r = table[0]
    for shift in range(256 - _WINDOW, -1, -_WINDOW):
        for _ in range(_WINDOW):
            r = _double(r)
        r = _add(r, table[k >> shift & 15])
    x, y, z = r
    z = pow(z, P - 2, P)
    x = x * z % P
    y = y * z % P
    if (y * y - (x * x - 3) * x - B) % P:
        raise ValueError("not a point of the curve")  # a fault of the hardware must not be signed
    return x, y


def number(random):
    """A random number, 0 < k < N; `random(n)` gives n random bytes."""
    while True:
        k = int.from_bytes(random(32), "big")
        if 0 < k < N:
            return k


def sign(key, digest, random):
    """ECDSA: (r, s) for the SHA-256 `digest`."""
    while True:
        k = number(random)
        r = multiply(k)[0] % N
        s = pow(k, N - 2, N) * (int.from_bytes(digest, "big") + r * key) % N
        if r and s:
            return r, s
