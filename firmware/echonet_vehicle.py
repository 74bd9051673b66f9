"""What a car tells about its battery, as properties of 0x02A1 and 0x027E."""

from echonet.value import put


def get_vehicle(car, epc, buf, off):
    """Writes property `epc` of `car` (see EvCharger) at buf[off]; its length, -1: not told."""
    if epc == 0xE6:
        name = (car.evccid or "").encode()[:24]
        buf[off] = len(name)
        buf[off + 1 : off + 1 + len(name)] = name
        return 1 + len(name)
    soc = car.soc
    if epc == 0xC4 or epc == 0xE4:
        return -1 if soc is None else put(buf, off, soc, 1)
    wh = getattr(car, "capacity_wh", None)
    if wh is None:
        return -1
    if epc == 0xC2 or epc == 0xCF or epc == 0xE2:
        if soc is None:
            return -1
        stored = wh * soc // 100
        wh = wh - stored if epc == 0xCF else stored
    return put(buf, off, wh, 4)
