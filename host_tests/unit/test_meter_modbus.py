"""Modbus meters: requests as bytes, answers of every register format, what goes wrong."""

import struct

from meter_port import Port, crc_modbus

from firmware.hal import Sample
from firmware.hal.meters import create
from firmware.hal.meters.modbus import Modbus
from firmware.hal.meters.registers import MODELS
from support import raises


def floats(*values):
    return b"".join(struct.pack(">f", v) for v in values)


def run(meter, now, ms):
    end = now + ms
    while now < end:
        now += min(max(meter.tick(now), 1), end - now)
    return now


class Bank:
    """A slave with one bank of registers: {address: bytes}."""

    def __init__(self, registers, address=1):
        self.words = {}
        self.address = address
        self.spoil = None  # function on the answer
        for start in registers:
            data = registers[start]
            for i in range(0, len(data), 2):
                self.words[start + i // 2] = data[i : i + 2]

    def __call__(self, request):
        assert crc_modbus(request[:6]) == request[6:]
        address, function, start, count = struct.unpack(">BBHH", request[:6])
        if address != self.address:
            return b""
        assert count <= 125
        data = b"".join(self.words.get(start + i, b"\0\0") for i in range(count))
        answer = bytes((address, function, len(data))) + data
        answer += crc_modbus(answer)
        return self.spoil(answer) if self.spoil else answer


def sdm630(**more):
    return Bank(
        {
            0: floats(230.1, 231.2, 229.9, 16.0, 15.5, 0.0, 3681.6, 3583.6, 0.0),
            0x34: floats(7265.2),
            0x46: floats(50.02, 1234.567, 1.5),
        },
        **more,
    )


def read(model, bank, address=1, phases=3, ms=500):
    port = Port(bank)
    meter = Modbus(port, model, address, phases, 1000)
    run(meter, 0, ms)
    sample = Sample()
    return meter.measure(sample), sample, meter, port


def test_sdm630():
    good, s, meter, port = read("sdm630", sdm630())
    assert good and not meter.dropped
    assert port.sent[0] == b"\x01\x04\x00\x00\x00\x12\x70\x07"
    assert port.sent[1][:6] == b"\x01\x04\x00\x34\x00\x18"
    assert list(s.mv) == [230100, 231200, 229900]
    assert list(s.ma) == [16000, 15500, 0]
    assert list(s.w) == [3682, 3584, 0]
    assert (s.mhz, s.wh, s.export_wh) == (50020, 1234567, 1500)
    assert not meter.measure(s)  # until it has been read again


def test_feeding_back_shows_in_the_sign_of_the_current():
    bank = sdm630()
    for i, word in enumerate(struct.pack(">f", -3681.6)[k : k + 2] for k in (0, 2)):
        bank.words[0x0C + i] = word
    s = read("sdm630", bank)[1]
    assert (s.w[0], s.ma[0]) == (-3682, -16000)
    assert s.ma[1] == 15500


def test_b23_has_integers_and_says_what_it_does_not_know():
    bank = Bank(
        {
            0x5B00: struct.pack(">III", 2301, 0xFFFFFFFF, 0xFFFFFFFF),
            0x5B0C: struct.pack(">III", 1600, 0xFFFFFFFF, 0xFFFFFFFF),
            0x5B14: struct.pack(">iiii", -368160, -368160, 0x7FFFFFFF, 0x7FFFFFFF),
            0x5B2C: struct.pack(">H", 4999),
            0x5000: struct.pack(">QQ", 123456, 0xFFFFFFFFFFFFFFFF),
        }
    )
    good, s, meter, _ = read("b23", bank, phases=1)
    assert good
    assert list(s.w) == [-3682, 0, 0] or list(s.w) == [-3681, 0, 0]
    assert list(s.ma) == [-16000, 0, 0]
    assert (s.mhz, s.wh, s.export_wh) == (49990, 1234560, -1)


def swapped(*values):
    out = b""
    for v in values:
        data = struct.pack(">i", v)
        out += data[2:] + data[:2]
    return out


def test_em340_has_the_low_word_first():
    bank = Bank(
        {
            0: swapped(2301, 2302, 2303),
            0x0C: swapped(6000, 6100, 6200),
            0x12: swapped(13806, -14042, 14278),
            0x28: swapped(14042),
            0x33: struct.pack(">h", 500),
            0x34: swapped(12345),
            0x4E: swapped(7),
        }
    )
    good, s, meter, port = read("em340", bank)
    assert good and len(port.sent) == 3
    assert list(s.mv) == [230100, 230200, 230300]
    assert list(s.ma) == [6000, -6100, 6200]
    assert list(s.w) == [1381, -1404, 1428]
    assert (s.mhz, s.wh, s.export_wh) == (50000, 1234500, 700)


def test_iem3000_in_kilowatts():
    bank = Bank(
        {
            0x0BB7: floats(10.0, 11.0, 12.0),
            0x0BD3: floats(230.0, 231.0, 232.0),
            0x0BED: floats(2.3, 2.541, 2.784),
            0x0BF3: floats(7.625),
            0x0C25: floats(49.98),
            0x0C83: struct.pack(">qq", 98765432, 12),
        }
    )
    good, s, _, _ = read("iem3000", bank, ms=900)
    assert good
    assert list(s.w) == [2300, 2541, 2784]
    assert (s.mhz, s.wh, s.export_wh) == (49980, 98765432, 12)


def test_every_model_reads_a_whole_sample():
    for model in MODELS:
        port = Port(Bank({}))
        meter = create(("modbus", model, 1), port, 3, 1000)
        run(meter, 0, 900)
        assert meter.measure(Sample()), model
        for request in port.sent:
            assert struct.unpack(">H", request[4:6])[0] <= 45  # the buffer holds it


def test_two_readings_are_a_period_apart():
    port = Port(sdm630())
    meter = Modbus(port, "sdm630", 1, 3, 1000)
    run(meter, 0, 999)
    assert len(port.sent) == 2
    run(meter, 999, 900)
    assert len(port.sent) == 4


def test_an_adapter_that_hears_itself():
    bank = sdm630()
    port = Port(lambda request: request + bank(request))
    meter = Modbus(port, "sdm630", 1, 3, 1000)
    run(meter, 0, 500)
    s = Sample()
    assert meter.measure(s) and s.wh == 1234567


def failed(spoil, address=1):
    bank = sdm630(address=address)
    bank.spoil = spoil
    good, _, meter, port = read("sdm630", bank)
    assert not good and meter.dropped == 1 and len(port.sent) == 1
    bank.spoil = None
    bank.address = 1
    run(meter, 500, 900)
    assert meter.measure(Sample())  # the next reading is a good one


def test_no_answer():
    failed(None, address=2)


def test_bad_checksum():
    failed(lambda answer: answer[:10] + b"\x55" + answer[11:])


def test_half_an_answer():
    failed(lambda answer: answer[:20])


def test_answer_of_another_meter():
    failed(lambda answer: b"\x02" + answer[1:-2] + crc_modbus(b"\x02" + answer[1:-2]))


def test_exception():
    failed(lambda answer: b"\x01\x84\x02" + crc_modbus(b"\x01\x84\x02"))


def test_what_comes_late_is_no_answer_to_the_next_request():
    bank = sdm630()
    port = Port()
    meter = Modbus(port, "sdm630", 1, 3, 1000)
    run(meter, 0, 900)
    assert meter.dropped == 1
    port.feed(bank(b"\x01\x04\x00\x34\x00\x18" + crc_modbus(b"\x01\x04\x00\x34\x00\x18")))
    port.answer = bank
    run(meter, 900, 900)
    s = Sample()
    assert meter.measure(s) and s.mv[0] == 230100


def test_not_a_number_and_implausible_readings_are_dropped():
    for value in (b"\x7f\xc0\x00\x00", b"\xff\x80\x00\x00", struct.pack(">f", 1e30)):
        bank = sdm630()
        bank.words[0] = value[:2]
        bank.words[1] = value[2:]
        good, _, meter, _ = read("sdm630", bank)
        assert not good and meter.dropped == 1


def test_configuration():
    with raises(ValueError, "sdm630"):
        Modbus(Port(), "sdm", 1, 3, 1000)
    with raises(ValueError, "247"):
        Modbus(Port(), "sdm630", 248, 3, 1000)
    with raises(ValueError, "modbus, sml or d0"):
        create(("mbus",), Port(), 3, 1000)
