"""What time it is: dateTime on the wire, SNTP, and a wallbox that does not know."""

import socket
import struct

from spine_bench import ACTIVE, LOAD, PERIOD, VALUE, Wallbox
from wallbox import Wallbox as Plant

from board_configs import sim, sim_single
from firmware.eebus import Eebus
from firmware.sntp import Sntp, answer
from spine.moment import moment
from spine.types import date_time

NOW = 1788000000  # 2026-08-29T10:40:00Z
OURS = b"12345678"


def packet(t=NOW, first=0x24, stratum=2, ours=OURS):
    """What a server says."""
    return (
        bytes((first, stratum, 0, 0))
        + bytes(20)
        + ours
        + bytes(8)
        + struct.pack(">II", (t + 2208988800) & 0xFFFFFFFF, 0)
    )


def test_date_time_both_ways():
    for text, t in (
        (b"1970-01-01T00:00:00Z", 0),
        (b"2000-02-29T23:59:59Z", 951868799),
        (b"2026-08-29T10:40:00Z", NOW),
        (b"2100-03-01T00:00:00Z", 4107542400),
    ):
        assert moment(text) == t
        assert date_time(t) == text


def test_forms_of_date_time():
    for text in (
        b"2026-08-29T10:40:00",
        b"2026-08-29T10:40:00.999Z",
        b"2026-08-29T12:40:00+02:00",
        b"2026-08-29T05:10:00.5-05:30",
    ):
        assert moment(text) == NOW, text
        assert moment(memoryview(text)) == NOW


def test_no_date_times():
    for text in (
        b"",
        b"PT1H",
        b"2026-08-29",
        b"2026-08-29T10:40",
        b"2026-13-29T10:40:00Z",
        b"2026-00-29T10:40:00Z",
        b"2026-08-32T10:40:00Z",
        b"2026/08/29T10:40:00Z",
        b"2026-08-29 10:40:00Z",
        b"2026-08-29T10-40-00Z",
        b"2026-08-29T10:40:00+0200",
        b"2026-08-29T10:40:00*02:00",
        b"2026-08-29T10:40:00Zulu",
        b"20x6-08-29T10:40:00Z",
    ):
        assert moment(text) is None, text


def guard(time=None):
    box = Wallbox()
    box.time = time
    hems = box.connect().guard()
    hems.beat()
    return hems


def test_a_limit_until_an_absolute_time():
    hems = guard(NOW)
    end = date_time(NOW + 5400).decode()
    assert hems.limit(ACTIVE + "," + PERIOD % end + "," + VALUE % 3000) == 0
    assert hems.box.machine.left_s == 5400
    assert '{"endTime":"PT1H30M"}' in hems.read("loadControlLimitListData", LOAD).cmd


def test_absolute_times_are_refused_while_the_time_is_unknown():
    hems = guard()
    end = date_time(NOW + 5400).decode()
    assert hems.limit(ACTIVE + "," + PERIOD % end + "," + VALUE % 3000) == 7
    assert hems.box.port.w != 3000


def test_boards_without_sntp_never_know_the_time():
    for board, known in ((sim, NOW), (sim_single, None)):
        eebus = Eebus(board, Plant(board).charger, {}, None, b"1", lambda: NOW, None)
        assert eebus.device.wall() == known, board.NAME


def test_an_end_in_the_past_is_refused():
    hems = guard(NOW)
    for end in (NOW, NOW - 60):
        end = date_time(end).decode()
        assert hems.limit(ACTIVE + "," + PERIOD % end + "," + VALUE % 3000) == 7


def test_a_point_in_time_is_no_failsafe_duration():
    hems = guard(NOW)
    assert hems.limit(ACTIVE + "," + VALUE % 3000) == 0
    text = '{"duration":"%s"}' % date_time(NOW + 10000).decode()
    assert hems.key(1, text) == 7
    assert hems.key(1, '{"duration":"PT3H"}') == 0


def test_timestamps_come_and_go_with_the_time():
    hems = guard()
    assert "timestamp" not in hems.read("measurementListData", ("1", 6)).cmd
    hems.box.time = NOW
    assert '{"timestamp":"2026-08-29T10:40:00Z"}' in hems.read("measurementListData", ("1", 6)).cmd


def test_what_a_time_server_says():
    assert answer(packet(), OURS) == NOW
    assert answer(packet() + b"more", OURS) == NOW
    assert answer(packet(2**32 - 2208988800 + 7), OURS) == 2**32 - 2208988800 + 7  # from 2036 on
    for bad in (
        packet()[:47],
        packet(ours=b"87654321"),
        packet(first=0x23),  # a client
        packet(first=0xE4),  # its clock is not synchronized
        packet(stratum=0),  # kiss of death
        packet(stratum=16),
    ):
        assert answer(bad, OURS) is None


class Net:
    """Takes the place of firmware.net."""

    def __init__(self):
        self.watched = []

    def watch(self, sock, function):
        self.watched.append((sock, function))

    def unwatch(self, sock):
        self.watched = [w for w in self.watched if w[0] is not sock]


def test_asks_until_it_is_told_and_then_once_a_day():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for port in range(40123, 40223):
        try:
            server.bind(socket.getaddrinfo("127.0.0.1", port)[0][-1])
            break
        except OSError:
            pass
    net = Net()
    told = []
    sntp = Sntp(net, "127.0.0.1", lambda n: OURS[:n], told.append, port)
    assert sntp.tick(1000) == 15000
    request, _ = server.recvfrom(100)
    assert len(request) == 48 and request[0] == 0x23 and request[40:] == OURS
    assert sntp.tick(2000) == 14000
    assert len(net.watched) == 1
    assert sntp.tick(16000) == 30000  # nobody has answered
    assert len(net.watched) == 1
    server.recvfrom(100)
    assert sntp.tick(46000) == 60000
    request, client = server.recvfrom(100)
    server.sendto(packet(ours=b"another!"), client)
    net.watched[0][1]()
    assert told == []
    server.sendto(packet(), client)
    net.watched[0][1]()
    assert told == [NOW]
    assert net.watched == []
    assert sntp.tick(106000) == 86400000
    sntp.stop()
    assert net.watched == []
    server.close()


def test_no_network_is_no_end():
    net = Net()
    sntp = Sntp(net, "256.256.256.256", lambda n: OURS[:n], None)
    assert sntp.tick(0) == 15000
    assert net.watched == []
