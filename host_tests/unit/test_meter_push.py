"""SML, D0 and S0 meters. The telegrams are built as the meters named build theirs."""

from meter_port import Port, crc_x25

from firmware.hal import Sample
from firmware.hal.meters import create
from firmware.hal.meters.crc import arc
from firmware.hal.meters.s0 import S0
from support import raises


def number(value, size, signed=True):
    value &= (1 << 8 * size) - 1
    head = (0x50 if signed else 0x60) + size + 1
    return bytes((head,)) + bytes(value >> 8 * (size - 1 - i) & 0xFF for i in range(size))


def entry(code, unit, scaler, value, status=b"\x01", time=b"\x01"):
    obis = bytes((1, 0) + code + (255,))
    return (
        b"\x77\x07" + obis + status + time + b"\x62" + bytes((unit,))
        + number(scaler, 1) + value + b"\x01"
    )  # fmt: skip


def telegram(entries, escape=b""):
    server = b"\x0b\x0a\x01\x49\x53\x4b\x00\x04\x7a\x55\x44"
    body = b"\x76\x05\x00\x63\x45\x51\x62\x00\x62\x00\x72\x63\x01\x01\x76\x01\x01\x05\x00\x21\x17"
    body += b"\x1b" + server + b"\x72\x62\x01\x65\x00\x21\x15\x5a\x01\x63\x82\x8e\x00"
    body += b"\x76\x05\x00\x63\x45\x52\x62\x00\x62\x00\x72\x63\x07\x01\x77\x01" + server
    body += b"\x07\x01\x00\x62\x0a\xff\xff\x72\x62\x01\x65\x00\x21\x15\x5a"
    body += bytes((0x70 + len(entries),)) + b"".join(entries)
    body += b"\x01\x01\x63\x8e\x71\x00" + escape
    fill = -len(body) % 4
    data = b"\x1b\x1b\x1b\x1b\x01\x01\x01\x01" + body + bytes(fill)
    data += b"\x1b\x1b\x1b\x1b\x1a" + bytes((fill,))
    return data + crc_x25(data)


VENDOR = b"\x77\x07\x01\x00\x60\x32\x01\x01\x01\x01\x01\x01\x04\x49\x53\x4b\x01"
TIME = b"\x72\x62\x01\x65\x00\x21\x15\x5a"
MT175 = telegram(
    [
        VENDOR,
        entry((1, 8, 0), 30, -1, number(7931065, 4, False), b"\x65\x00\x10\x01\x04", TIME),
        entry((1, 8, 1), 30, -1, number(9, 4, False)),
        entry((2, 8, 0), 30, -1, number(0, 1, False)),
        entry((16, 7, 0), 27, 0, number(-2142, 2)),
    ]
)
PHASES = telegram(
    [
        entry((1, 8, 0), 30, -1, number(71933880, 8)),
        entry((16, 7, 0), 27, 0, number(463, 8)),
        entry((36, 7, 0), 27, 0, number(17, 8)),
        entry((56, 7, 0), 27, 0, number(100, 8)),
        entry((76, 7, 0), 27, 0, number(346, 8)),
        entry((32, 7, 0), 35, -1, number(2321, 8)),
        entry((52, 7, 0), 35, -1, number(2309, 8)),
        entry((72, 7, 0), 35, -1, number(2314, 8)),
        entry((31, 7, 0), 33, -2, number(11, 8)),
        entry((51, 7, 0), 33, -2, number(63, 8)),
        entry((71, 7, 0), 33, -2, number(210, 8)),
        entry((81, 7, 1), 8, 0, number(118, 8)),
        entry((14, 7, 0), 44, -1, number(500, 8)),
    ]
)


def sml(data, phases=3, chunk=7):
    port = Port()
    meter = create(("sml",), port, phases, 1000)
    for i in range(0, len(data), chunk):
        port.feed(data[i : i + chunk])
        meter.tick(i)
    sample = Sample()
    return meter.measure(sample), sample, meter


def test_sml_with_a_total_alone():
    good, s, meter = sml(MT175)
    assert good and meter.dropped == 0
    assert (s.wh, s.export_wh) == (793107, 0)
    assert list(s.w) == [-714, -714, -714]  # shared by the phases that are wired
    assert not meter.measure(s)


def test_sml_total_on_one_phase():
    good, s, _ = sml(MT175, phases=1)
    assert good and list(s.w) == [-2142, 0, 0]


def test_sml_with_all_phases():
    good, s, _ = sml(PHASES)
    assert good
    assert list(s.mv) == [232100, 230900, 231400]
    assert list(s.ma) == [110, 630, 2100]
    assert list(s.w) == [17, 100, 346]
    assert (s.mhz, s.wh, s.export_wh) == (50000, 7193388, -1)


def test_sml_in_chunks_of_every_size():
    for chunk in (1, 2, 3, 8, 64, len(PHASES)):
        assert sml(PHASES, chunk=chunk)[0]


def test_sml_resynchronises():
    good, s, meter = sml(MT175[40:] + b"\x1b\x1b\x1b" + MT175)
    assert good and s.wh == 793107
    good, _, meter = sml(MT175[:100] + MT175)  # the first one broke off
    assert good and meter.dropped == 1


def test_sml_escapes_in_the_data():
    data = MT175
    for tail in (b"\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b", b"\x05\x00\x00\x1b"):
        data = telegram([entry((16, 7, 0), 27, 0, number(5, 2))], tail)
        assert sml(data)[0]


def test_sml_bad_checksum():
    for at in (20, 60, len(MT175) - 1):
        data = bytearray(MT175)
        data[at] ^= 1
        good, _, meter = sml(bytes(data))
        assert not good and meter.dropped == 1, at


def test_sml_cut_list_with_a_good_checksum():
    bad = b"\x77\x07\x01\x00\x10\x07\x00\xff\x01\x01\x62\x1b\x52\x00\x5f\x00"
    good, _, meter = sml(telegram([bad]))
    assert not good and meter.dropped == 1


def test_sml_telegram_that_is_too_long():
    good, _, meter = sml(MT175[:-8] + bytes(1200) + MT175)
    assert good and meter.dropped == 1


def test_sml_implausible_power():
    good, _, meter = sml(telegram([entry((16, 7, 0), 27, 3, number(30000, 4))]))
    assert not good and meter.dropped == 1


D0_TEXT = b"""/ISk5MT174-0001\r
\r
1-0:0.0.0*255(12345678)\r
1-0:1.8.0*255(000793.1065*kWh)\r
1-0:2.8.0*255(000001.5000*kWh)\r
1-0:36.7.0*255(001200.00*W)\r
1-0:56.7.0*255(-00100.00*W)\r
1-0:76.7.0*255(000000.00*W)\r
1-0:16.7.0*255(001100.00*W)\r
1-0:32.7.0*255(230.1*V)\r
0-0:C.1.0*255(1A)\r
!\r
"""

P1_TEXT = b"""/KFM5KAIFA-METER\r
\r
1-3:0.2.8(42)\r
0-0:1.0.0(170124213128W)\r
1-0:1.8.1(000306.946*kWh)\r
1-0:1.8.2(000210.088*kWh)\r
1-0:2.8.1(000000.000*kWh)\r
1-0:2.8.2(000000.000*kWh)\r
1-0:1.7.0(02.793*kW)\r
1-0:2.7.0(00.000*kW)\r
0-0:96.13.0(303132333435363738393A3B3C3D3E3F303132333435363738393A3B3C3D3E3F3031323334353637)\r
1-0:31.7.0(003*A)\r
1-0:21.7.0(00.503*kW)\r
1-0:22.7.0(00.000*kW)\r
1-0:41.7.0(02.100*kW)\r
1-0:61.7.0(00.190*kW)\r
0-1:24.2.1(170124210000W)(00671.790*m3)\r
!"""


def d0(data, phases=3):
    port = Port()
    meter = create(("d0",), port, phases, 1000)
    port.feed(data)
    meter.tick(0)
    sample = Sample()
    return meter.measure(sample), sample, meter


def test_d0():
    good, s, meter = d0(D0_TEXT)
    assert good and meter.dropped == 0
    assert (s.wh, s.export_wh) == (793107, 1500)
    assert list(s.w) == [1200, -100, 0]
    assert s.mv[0] == 230100 and s.ma[0] == 1200000000 // 230100


def test_d0_with_parity_bits():
    data = bytes(b | 0x80 if bin(b).count("1") & 1 else b for b in D0_TEXT)
    good, s, _ = d0(data)
    assert good and s.wh == 793107


def p1(data):
    return data + b"%04X\r\n" % arc(data, 0, len(data))


def test_p1():
    short = P1_TEXT.replace(b"3A3B3C3D3E3F30313233343536373839", b"")
    good, s, _ = d0(p1(short))
    assert good
    assert (s.wh, s.export_wh) == (517034, 0)  # two tariffs
    assert list(s.w) == [503, 2100, 190]
    assert s.ma[0] == 3000


def test_p1_crc_is_that_of_the_companion_standard():
    assert arc(b"123456789", 0, 9) == 0xBB3D


def test_p1_bad_crc():
    short = P1_TEXT.replace(b"3A3B3C3D3E3F30313233343536373839", b"")
    good, _, meter = d0(p1(short).replace(b"02.793", b"02.794"))
    assert not good and meter.dropped == 1


def test_p1_with_a_line_too_long_to_keep_goes_without_crc():
    good, s, _ = d0(p1(P1_TEXT))
    assert good and s.wh == 517034


def test_d0_starts_in_the_middle_and_breaks_off():
    good, s, meter = d0(D0_TEXT[50:] + D0_TEXT[:80] + D0_TEXT)
    assert good and meter.dropped == 1 and s.wh == 793107


def test_d0_number_that_is_none():
    good, _, meter = d0(D0_TEXT.replace(b"000793.1065", b"0007\xb63.1065".replace(b"\xb6", b"x")))
    assert not good and meter.dropped == 1


def s0(per_kwh, gap, pulses, phases=3):
    meter = S0(per_kwh, phases, 5000)
    now = 0
    for _ in range(pulses):
        now += gap
        meter.pulse(now)
        meter.pulse(now + 20)  # bounces
    return meter, now


def test_s0_counts_and_measures():
    meter, now = s0(800, 409, 800)
    s = Sample()
    assert not meter.measure(s)
    assert meter.tick(now) == 1000 and meter.measure(s) and not meter.measure(s)
    assert s.wh == 6000 and meter.dropped == 800
    assert sum(s.w) == 4500000 // 409
    meter.pulse(now + 409)
    meter.tick(now + 1000)
    assert meter.measure(s) and s.wh == 6001
    for _ in range(3):
        now += 1409
        meter.pulse(now)
        meter.tick(now)
    assert meter.measure(s) and s.wh == 6005  # 804 pulses of 1.25 Wh


def test_s0_power_fades_without_pulses():
    meter, now = s0(1000, 1000, 10)
    s = Sample()
    meter.tick(now)
    assert meter.measure(s) and sum(s.w) == 3600
    meter.tick(now + 10000)
    assert meter.measure(s) and sum(s.w) == 360
    meter.tick(now + 300000)
    assert meter.measure(s) and sum(s.w) == 0
    meter.pulse(now + 400000)  # one pulse tells no power yet
    meter.tick(now + 401000)
    assert meter.measure(s) and sum(s.w) == 0 and s.wh == 5011


def test_s0_configuration():
    with raises(ValueError, "10000"):
        S0(0, 3)
