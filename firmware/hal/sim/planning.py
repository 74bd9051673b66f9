"""How the simulated car chooses its charge plan: what it must have as soon as possible, the rest
where it is cheapest before it departs. Loaded when tables have come."""

from array import array

_DEAR = 1 << 29
_MOST = 24  # slots of a plan


def profile(plant, limits, prices):
    """(s, W, s, W, ...) from now on, of power limits and prices in the same form."""
    least, wanted, most, departs = plant.demand
    pieces = _pieces(plant, limits, prices, departs)
    need = 3600 * (wanted or most)
    early = 3600 * least
    for piece in pieces:
        piece[3] = take = min(early, piece[0] * piece[1])
        early -= take
        need -= take
    for piece in sorted(pieces, key=lambda piece: piece[2]):
        take = max(0, min(need, piece[0] * piece[1] - piece[3]))
        piece[3] += take
        need -= take
    out = array("i")
    for seconds, w, _, energy in pieces:
        busy = -(-energy // w) if w else 0
        _add(out, busy, w)
        _add(out, seconds - busy, 0)
    return out


def _pieces(plant, limits, prices, departs):
    """[s, W, price, Ws taken] of the times in which neither limit nor price changes."""
    pieces = []
    at = i = k = 0
    end_i = limits[0]
    end_k = prices[0] if prices else _DEAR
    while i < len(limits) and (not departs or at < departs):
        end = min(end_i, end_k, departs or _DEAR)
        price = prices[k + 1] if prices and k < len(prices) else 0
        pieces.append([end - at, min(limits[i + 1], plant.most_w), price, 0])
        at = end
        if at == end_i:
            i += 2
            end_i += limits[i] if i < len(limits) else 0
        if at == end_k:
            k += 2
            end_k = end_k + prices[k] if k < len(prices) else _DEAR
    return pieces


def _add(out, seconds, w):
    if seconds and len(out) and out[-1] == w:
        out[-2] += seconds
    elif seconds and len(out) < 2 * _MOST:
        out.append(seconds)
        out.append(w)
