"""Recorded answers of real devices, digested by the client side in constant memory."""

import gc
import os

from spine_bench import Hems, Wallbox

from usecases.mgcp import Mgcp

DATA = __file__.rsplit("/unit/", 1)[0] + "/bench/data/"
CHUNK = 256


def names():
    return sorted([name for name in os.listdir(DATA) if "-data" in name])


def connect():
    box = Wallbox()
    Mgcp(box.device, box.evse, lambda i: 0)
    return Hems(box, window=1024)


def digest(hems, name, piece):
    """Gives the datagram of a file to the session, piece by piece."""
    session = hems.session
    window = hems.window
    with open(DATA + name, "rb") as file:
        # the content of the payload is a message; what is around it is that of SHIP
        file.seek(find(file, piece))
        window.clear()
        session.start(window)
        done = False
        while not done:
            n = file.readinto(piece)
            assert n, "the message has no end"
            at = 0
            while at < n and not done:
                fits = min(window.room(), n - at)
                window.put(piece, at, fits)
                at += fits
                done = session.step()


def find(file, piece):
    """Offset of the brace before "datagram"."""
    file.seek(0)
    head = file.read(1024)
    return head.rindex(b"{", 0, head.index(b'"datagram"'))


def test_all_are_digested():
    assert len(names()) == 17
    hems = connect()
    for name in names():
        digest(hems, name, bytearray(CHUNK))
        assert hems.session.fn == (1 if "discovery" in name else 2), name
        hems.session.commit()


def test_heartbeats_of_energy_managers():
    for name, sources in (
        ("evcc.io_evcc_discovery-data.json", ((0x02, 1),)),
        ("evcc.io_evcc_discovery-data_4a15a56.json", ((0x02, 1),)),
    ):
        hems = connect()
        digest(hems, name, bytearray(CHUNK))
        hems.session.commit()
        partner = hems.session.partner
        assert partner.known and partner.sources == sources, (name, partner.sources)


def test_the_grid_connection_point_of_the_home_manager():
    hems = connect()
    for name in ("discovery", "usecase"):
        digest(hems, "sma_home-manager-2_%s-data.json" % name, bytearray(CHUNK))
        hems.session.commit()
    point = hems.session.partner.client
    assert point.entity == 10  # [9]
    kinds = [kind for entity, _, kind in point.features if entity == 10]
    assert 7 in kinds and 6 in kinds  # Measurement and ElectricalConnection


def test_memory_does_not_grow_with_the_message():
    try:
        from gc import mem_alloc
    except ImportError:
        return  # CPython does not tell
    hems = connect()
    piece = bytearray(CHUNK)
    long = "spelsberg_wallbox-smart-pro_discovery-data_4879d69.json"
    digest(hems, long, piece)
    gc.collect()
    before = mem_alloc()
    digest(hems, long, piece)
    gc.collect()
    assert mem_alloc() - before < 1024
