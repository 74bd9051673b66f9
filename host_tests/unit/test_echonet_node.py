"""Answers, silences, notifications and bounds of a node (ECHONET Lite 3.2, 4.2, 4.3)."""

from echonet_bench import ADDR, Values, ask, bench, octets, only, text, wallbox

from echonet import Identity, Node
from echonet.device import SUPER
from echonet.table import GET, INF, SET, VAR

ASK = "1081 0001 05FF01 02A101 "
ANSWER = "1081000102A10105FF01"


# -- how each answer is built: accepted, refused, partly refused -------------------------


def test_set_i():
    node = bench(wallbox())
    assert ask(node, ASK + "60 02 DA0142 EB0400000578") == []
    assert node.objects[1].sets == [(0xDA, b"\x42"), (0xEB, octets("00000578"))]
    assert only(node, ASK + "60 02 DA0142 D30400000001") == ANSWER + "5002DA00D30400000001"


def test_set_c():
    node = bench(wallbox())
    assert only(node, ASK + "61 02 DA0142 EB0400000578") == ANSWER + "7102DA00EB00"
    # wrong value, wrong size, can only be read, not there: the rest is executed
    assert (
        only(node, ASK + "61 06 DA0199 DA024242 D300 F00107 DA00 EB0400000001")
        == ANSWER + "5106DA0199DA024242D300F00107DA00EB00"
    )
    assert node.objects[1].sets[2:] == [(0xEB, octets("00000001"))]


def test_get():
    node = bench(wallbox())
    assert only(node, ASK + "62 02 C700 D300") == ANSWER + "7202C70141D30400000E10"
    # can only be set, no value now, not there: the rest is answered
    assert only(node, ASK + "62 04 CD00 CE00 F000 C700") == ANSWER + "5204CD00CE00F000C70141"


def test_get_with_data_is_a_get():
    assert only(bench(wallbox()), ASK + "62 02 C70155 8000") == ANSWER + "7202C70141800130"


def test_inf_req():
    node = bench(wallbox())
    assert ask(node, ASK + "63 02 C700 8000") == [(ANSWER + "7302C70141800130", None)]
    # D3 can be read, it is not announced
    assert ask(node, ASK + "63 02 C700 D300") == [(ANSWER + "5302C70141D300", ADDR)]


def test_set_get():
    node = bench(wallbox())
    # the get sees what the set has done
    assert (
        only(node, ASK + "6E 01 EB0400000578 02 EB00 C700")
        == ANSWER + "7E01EB0002EB0400000578C70141"
    )
    assert only(node, ASK + "6E 01 DA0199 01 C700") == ANSWER + "5E01DA019901C70141"
    assert only(node, ASK + "6E 01 DA0142 01 F000") == ANSWER + "5E01DA0001F000"
    assert only(node, ASK + "6E 00 01 C700") == ANSWER + "7E0001C70141"
    assert only(node, ASK + "6E 01 DA0142 00") == ANSWER + "7E01DA0000"


def test_infc():
    assert only(bench(wallbox()), ASK + "74 02 E10142 F000") == ANSWER + "7A02E100F000"


def test_set_to_all_instances():
    node = bench(wallbox(1), wallbox(2))
    assert ask(node, "1081 0001 05FF01 02A100 61 01 EB0400000578") == [
        ("1081000102A10105FF017101EB00", ADDR),
        ("1081000102A10205FF017101EB00", ADDR),
    ]
    assert node.objects[1].sets == node.objects[2].sets == [(0xEB, octets("00000578"))]


def test_super_class():
    node = bench(wallbox())
    assert (
        only(node, ASK + "62 08 8000 8100 8200 8300 8800 8900 8A00 8D00")
        == ANSWER
        + "7208800130810100820400005200"
        "8311FEFFFFFF0000000002000000000102A101"
        "880142890200008A03FFFFFF8D0C303030310000000000000000"
    )


def test_each_instance_has_its_own_identification():
    node = bench(wallbox(1), wallbox(2))
    for number in (1, 2):
        eoj = "02A1%02X" % number
        got = only(node, "1081 0001 05FF01 " + eoj + " 62 01 8300")
        assert got[-6:] == eoj


def test_location():
    node = bench(wallbox())
    place = node.objects[1]
    assert ask(node, ASK + "61 01 81016D") == [
        (ANSWER + "71018100", ADDR),
        ("1081" + "%04X" % node.tid + "02A1010EF0017301" + "81016D", None),
    ]
    assert place.location == b"\x6d"
    assert ask(node, ASK + "61 01 81016D") == [(ANSWER + "71018100", ADDR)]  # no change
    position = "01" + "00112233445566778899AABBCCDDEEFF"
    assert ask(node, ASK + "61 01 8111" + position)[0][0] == ANSWER + "71018100"
    assert only(node, ASK + "62 01 8100") == ANSWER + "72018111" + position
    for bad in ("8100", "8102" + "0000", "8111" + "02" + "00" * 16, "8112" + "01" * 18):
        assert only(node, ASK + "61 01 " + bad) == ANSWER + "5101" + bad


def test_location_that_cannot_be_stored_is_refused():
    node = bench(wallbox())
    place = node.objects[1]
    place.moved = lambda location: False
    assert ask(node, ASK + "61 01 81016D") == [(ANSWER + "510181016D", ADDR)]  # and no INF
    assert only(node, ASK + "62 01 8100") == ANSWER + "7201810100"


def test_fault_is_told():
    node = bench(wallbox())
    node.objects[1].fault = lambda: 0x3FF
    assert only(node, ASK + "62 02 8800 8900") == ANSWER + "7202880141890203FF"


def test_profile():
    node = bench(wallbox(1), wallbox(2), Values(0x0280, []))
    assert (
        only(node, "1081 0001 05FF01 0EF001 62 06 8000 8200 D300 D400 D600 D700")
        == "108100010EF00105FF017206800130"
        "8204010E0100" + "D303000003" + "D4020003" + "D60A0302A10102A102028001" + "D7050202A10280"
    )
    assert only(node, "1081 0001 05FF01 0EF001 61 01 800130") == "108100010EF00105FF015101800130"
    # a node that only transmits is another one
    assert ask(node, "1081 0001 05FF01 0EF002 62 01 8000") == []


# -- silence -----------------------------------------------------------------------------


def test_malformed_is_dropped():
    node = bench(wallbox())
    good = octets(ASK + "6E 01 DA0142 02 C700 D300")
    for n in range(len(good)):
        node.rx(good[:n], ADDR, 0)
    assert node.dropped == len(good)
    node.rx(b"\x11" + good[1:], ADDR, 0)
    node.rx(b"\x10\x82" + good[2:], ADDR, 0)
    assert node.dropped == len(good) + 2
    assert node.tx() is None
    assert node.objects[1].sets == []


def test_answers_and_unknown_services_are_ignored():
    node = bench(wallbox())
    served = (0x60, 0x61, 0x62, 0x63, 0x6E, 0x74)
    for esv in range(256):
        if esv not in served:
            assert ask(node, ASK + "%02X 01 C700" % esv) == []
    assert node.served == 0


def test_unknown_objects_are_silent_for_every_service():
    node = bench(wallbox())
    for esv in (0x60, 0x61, 0x62, 0x63, 0x74):
        for eoj in ("02A102", "02A001", "01A101", "02A181", "05FF01", "000000"):
            assert ask(node, "1081 0001 05FF01 %s %02X 01 DA0142" % (eoj, esv)) == []


# -- notifications -----------------------------------------------------------------------


def _taken(node):
    sent = []
    while True:
        mv = node.tx()
        if mv is None:
            return sent
        assert node.dest is None
        sent.append(text(mv)[8:])


def test_change_is_notified_once():
    node = bench(wallbox())
    device = node.objects[1]
    device.values[0xC7] = b"\x30"
    device.values[0xD3] = octets("00000000")  # not announced
    assert node.tick(400) == 100
    assert _taken(node) == []
    assert node.tick(500) == 500
    assert _taken(node) == ["02A1010EF0017301C70130"]
    node.tick(1000)
    assert _taken(node) == []


def test_start_tells_of_the_instances_only():
    node = Node([wallbox()], Identity(b"abc", b"1"))
    for now in (0, 500, 1000):
        node.tick(now)
    assert _taken(node) == ["0EF0010EF0017301D5040102A101"]


def test_set_is_answered_then_notified():
    node = bench(wallbox())
    sent = ask(node, ASK + "61 01 DA0144")
    assert [dest for _, dest in sent] == [ADDR, None]
    assert sent[0][0] == ANSWER + "7101DA00"
    assert sent[1][0][8:] == "02A1010EF0017301DA0144"


def test_changes_coalesce_to_the_last_value():
    node = bench(wallbox())
    device = node.objects[1]
    for i in range(1000):
        device.values[0xC7] = bytes((i & 1,))
        node.changed(device, 0xC7)
        node.changed(device, 0xDA)
    assert _taken(node) == ["02A1010EF0017301C70101", "02A1010EF0017301DA0142"]


def test_value_that_is_not_there_is_not_notified():
    node = bench(Values(0x02A1, [(0xC7, GET | INF, None), (0xFF, GET | INF, b"\x07")], base=SUPER))
    node.changed(node.objects[1], 0xC7)
    node.changed(node.objects[1], 0xFF)
    assert _taken(node) == ["02A1010EF0017301FF0107"]


def test_announce_again_comes_first():
    node = bench(wallbox())
    node.changed(node.objects[1], 0xC7)
    node.announce()
    assert _taken(node) == ["0EF0010EF0017301D5040102A101", "02A1010EF0017301C70141"]


def test_transaction_ids_count_up_and_skip_0():
    node = bench(wallbox())
    node.tid = 0xFFFE
    for expected in ("FFFF", "0001", "0002"):
        node.announce()
        assert text(node.tx())[4:8] == expected
        assert node.tx() is None


def test_poll_survives_the_clock():
    node = bench(wallbox())
    for now in (0x3FFFFFFF, 250, 251, 0x20000000, 5):
        assert 0 < node.tick(now) <= 500
    node.objects[1].values[0xC7] = b"\x30"
    node.tick(505)
    assert len(_taken(node)) == 1


# -- access ------------------------------------------------------------------------------


def test_allow_set():
    asked = []

    def allow(addr):
        asked.append(addr)
        return addr is ADDR

    node = bench(wallbox(), allow_set=allow)
    request = ASK + "6E 01 DA0144 01 DA00"
    stranger = ("192.0.2.8", 3610)
    assert ask(node, request, 0, stranger)[0] == (ANSWER + "5E01DA014401DA0142", stranger)
    assert ask(node, request)[0] == (ANSWER + "7E01DA0001DA0144", ADDR)
    assert asked == [stranger, ADDR]
    assert only(node, ASK + "62 01 DA00") == ANSWER + "7201DA0144"
    assert len(asked) == 2


# -- bounds ------------------------------------------------------------------------------


def test_at_most_50_frames_a_second():
    node = bench(wallbox())
    answered = 0
    for now in range(100, 1100, 10):
        answered += len(ask(node, ASK + "62 01 C700", now))
        # other traffic in the group costs the node nothing
        assert ask(node, "1081 0001 05FF01 013001 62 01 8000", now) == []
    assert answered == node.served == 50
    assert node.dropped == 50
    # in any second: 50 frames since 100, so the next one after 1099
    assert ask(node, ASK + "62 01 C700", 1099) == []
    assert len(ask(node, ASK + "62 01 C700", 1100)) == 1
    assert ask(node, ASK + "62 01 C700", 1109) == []
    # and after the clock has wrapped
    assert len(ask(node, ASK + "62 01 C700", 5)) == 1


def test_answers_wait_for_the_sender_as_long_as_there_is_room():
    node = bench(wallbox(), buf=bytearray(64))
    for i in range(4):
        node.rx(octets("1081 %04X 05FF01 02A101 62 01 C700" % i), i, 0)
    assert node.dropped == 1
    for i in range(3):
        assert text(node.tx()) == "1081%04X02A10105FF017201C70141" % i
        assert node.dest == i
    assert node.tx() is None
    assert len(ask(node, ASK + "62 01 C700")) == 1


def test_what_does_not_fit_is_refused_property_by_property():
    node = bench(wallbox(), buf=bytearray(45))
    # 83 takes 19 bytes of the 43: room for one, and PDC 0 for the others
    assert (
        only(node, ASK + "62 05 8300 8300 8300 C700 D300")
        == ANSWER + "52058311FEFFFFFF0000000002000000000102A10183008300C70141D300"
    )


def test_a_value_leaves_room_for_the_answers_behind_it():
    # frame room 24: two values would fill it, with a third property to come
    node = bench(wallbox(), buf=bytearray(26))
    assert only(node, ASK + "62 03 D300 D300 D300") == ANSWER + "5203D30400000E10D300D300"


def test_all_properties_in_one_get():
    device = wallbox()
    node = bench(device)
    codes = [device.props[i] for i in range(0, len(device.props), 3) if device.props[i + 1] & GET]
    got = only(node, ASK + "62 %02X " % len(codes) + "".join("%02X00" % epc for epc in codes))
    assert got[20:24] == "52%02X" % len(codes)  # CE has no value
    assert len(got) // 2 > 130


def test_longest_request():
    node = bench(wallbox())
    got = only(node, ASK + "62 FF " + "C700" * 255)
    assert got == ANSWER + "72FF" + "C70141" * 255
    got = ask(node, ASK + "61 FF " + "DA0144" * 255)
    assert got[0][0] == ANSWER + "71FF" + "DA00" * 255


def test_set_of_no_data():
    device = Values(0x02A1, [(0xF0, GET | SET | VAR, b"x"), (0xF1, SET, b"x")])
    node = bench(device)
    assert only(node, ASK + "61 02 F000 F100") == ANSWER + "5102F000F100"
    assert device.sets == []
    longest = "F019" + "42" * 25
    assert only(node, ASK + "61 01 " + longest) == ANSWER + "7101F000"


def test_set_longer_than_any_property():
    device = Values(0x02A1, [(0xF0, GET | SET, b"x")])
    node = bench(device)
    frame = "F0FF" + "42" * 255
    assert only(node, ASK + "61 01 " + frame) == ANSWER + "5101" + frame
    assert device.sets == []
