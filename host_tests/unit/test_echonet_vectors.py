"""Recorded frames of real devices and controllers, byte for byte (V1 to V21)."""

from echonet_bench import ADDR, Values, ask, bench, octets, only, text, wallbox

from echonet.table import GET, SET, put_map
from echonet.value import put


def _codes(spec):
    found = []
    for part in spec.split():
        first, _, last = part.partition("-")
        found.extend(range(int(first, 16), int(last or first, 16) + 1))
    return found


def _answer(eoj, instance, frame, rows, **options):
    return only(bench(Values(eoj, rows, instance), **options), frame)


def test_v1_bitmap_of_64_properties_and_instance_1f():
    codes = _codes(
        "80-83 86 88-8A 8C-8E 93 97 98 9A 9D-9F A0-AB C1 C2 C8 C9 CC-D0 D3 DA-DD E2 E4-E6"
        " EB EC F0-FB FE FF"
    )
    rows = [(epc, GET, b"0") for epc in codes]
    got = _answer(0x027D, 0x1F, "1081 0001 05FF01 027D1F 62 01 9F00", rows)
    assert got == ("10810001" + "027D1F05FF01" + "7201" + "9F1140A595D5A7C4C4C5869795A7E471339392")


def test_v2_identity_of_the_node():
    node = bench(Values(0x0130, []), maker=b"\x00\x00\x06", unique=octets("0104D01769FFFEB53277"))
    assert only(node, "1081 0001 05FF01 0EF001 62 03 8A00 8300 D600") == (
        "108100010EF00105FF0172038A030000068311FE0000060104D01769FFFEB532770EF001D60401013001"
    )


def test_v3_water_heater():
    rows = [(0xD5, GET, b"\x0c"), (0xEE, GET, b"\0\xc8"), (0xEF, GET, b"\x43")]
    got = _answer(0x0272, 1, "1081 099B 05FF01 027201 62 03 D500 EE00 EF00", rows)
    assert got == "1081099B02720105FF017203D5010CEE0200C8EF0143"


def test_v4_smart_meter_set_map():
    rows = [(epc, SET, b"0") for epc in (0x81, 0xE5, 0xED)] + [(0x9E, GET, b"0" * 17)]
    got = _answer(0x0288, 1, "1081 001A 05FF01 028801 62 01 9E00", rows)
    assert got == "1081001A02880105FF0172019E040381E5ED"


def test_v5_trailing_bytes():
    got = _answer(0x027D, 1, "1081 000A 05FF01 027D01 62 01 8000 8000", [(0x80, GET, b"\x30")])
    assert got == "1081000A027D0105FF017201800130"


def test_v6_ten_properties_of_instance_2():
    names = "80 A0 A1 A2 A3 D3 A4 E4 A5 E6".split()
    values = "30 00002710 00002710 00000000 00000000 00000000 00000000 09 00000000 04".split()
    rows = [(int(names[i], 16), GET, octets(values[i])) for i in range(10)]
    got = _answer(
        0x027D, 2, "1081 0046 05FF01 027D02 62 0A " + "".join(name + "00" for name in names), rows
    )
    assert got == (
        "10810046027D0205FF01720A800130A00400002710A10400002710A20400000000A30400000000"
        "D30400000000A40400000000E40109A50400000000E60104"
    )


def _map(codes):
    buf = bytearray(17)
    props = b"".join(bytes((epc, GET, 1)) for epc in codes)
    return text(buf[: put_map(props, GET, buf, 0)])


def test_v7_maps_and_lists_of_a_certified_product():
    profile = [0x80, 0x82, 0x83, 0x88, 0x8A, 0x9D, 0x9E, 0x9F, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7]
    assert _map(profile) == "0D808283888A9D9E9FD3D4D5D6D7"
    battery = octets("2005155545440440021714252400020212")
    codes = [
        0x80 + 16 * bit + low
        for bit in range(8)
        for low in range(16)
        if battery[1 + low] >> bit & 1
    ]
    assert len(codes) == 32
    assert _map(codes) == text(battery)
    node = bench(Values(0x027D, []), Values(0x0279, []))
    got = only(node, "1081 0001 05FF01 0EF001 62 02 D600 D700")
    assert got[24:] == "D60702027D01027901" + "D70502027D0279"


_ID = "8311FEFFFFFF00000000020000000001"


def test_v8_discovery_by_pychonet():
    node = bench(wallbox())
    assert only(node, "1081 0001 05FF01 0EF001 62 01 D600") == (
        "108100010EF00105FF017201D6040102A101"
    )
    assert only(node, "1081 0002 05FF01 0EF001 62 04 8A00 8C00 8300 D600") == (
        "108100020EF00105FF017204"
        "8A03FFFFFF" + "8C0C42454E43482D310000000000" + _ID + "0EF001" + "D6040102A101"
    )
    assert only(node, "1081 0003 05FF01 02A101 62 03 9D00 9F00 9E00") == (
        "1081000302A10105FF0172039D06058081" + "88C7DA" + _maps_of_wallbox()
    )


def _maps_of_wallbox():
    # 80 81 82 83 88 89 8A 8C 8D 9D 9E 9F C7 CE D3 DA EB: 17
    return (
        "9F11"
        + _map(
            [0x80, 0x81, 0x82, 0x83, 0x88, 0x89, 0x8A, 0x8C, 0x8D, 0x9D, 0x9E, 0x9F]
            + [0xC7, 0xCE, 0xD3, 0xDA, 0xEB]
        )
        + "9E050481CDDAEB"
    )


def test_v9_discovery_by_hems():
    assert only(bench(wallbox()), "1081 0001 05FF01 0EF001 62 02 8300 D600") == (
        "108100010EF00105FF017202" + _ID + "0EF001" + "D6040102A101"
    )


def test_v10_discovery_with_instance_0_of_the_profile():
    assert only(bench(wallbox()), "1081 0001 05FF01 0EF000 62 01 D600") == (
        "108100010EF00105FF017201D6040102A101"
    )


def test_v11_notification_is_no_question_and_five_properties():
    node = bench(wallbox())
    assert ask(node, "1081 0001 0EF001 0EF001 73 01 D504 0105FF01") == []
    assert only(node, "1081 0002 0EF001 0EF001 62 05 D600 8300 9D00 9E00 9F00") == (
        "108100020EF0010EF0017205"
        "D6040102A101" + _ID + "0EF001" + "9D030280D5" + "9E0100"
        "9F0F0E8082838A8C8D9D9E9FD3D4D5D6D7"
    )


def test_v12_notification_request():
    assert ask(bench(wallbox()), "1081 0001 0EF001 0EF001 63 01 8000") == [
        ("108100010EF0010EF0017301800130", None)
    ]


def test_v13_start_up():
    node = bench(wallbox(), Values(0x027E, []))
    node.tid = 0x7000
    node.announce()
    assert text(node.tx()) == "108170010EF0010EF0017301D5070202A101027E01"
    assert node.dest is None
    assert node.tx() is None


def test_v14_mixed_set():
    node = bench(wallbox())
    assert only(node, "1081 0001 05FF01 02A101 61 02 DA0142 C70130") == (
        "1081000102A10105FF015102DA00C70130"
    )


def test_v15_set_without_answer():
    node = bench(wallbox())
    node.objects[1].values[0xDA] = b"\x44"
    node.tick(1000)
    ask(node, "1081 0000 05FF01 02A101 62 00")
    assert ask(node, "1081 0002 05FF01 02A101 60 01 DA0144") == []
    assert only(node, "1081 0003 05FF01 02A101 60 01 DA0199") == ("1081000302A10105FF015001DA0199")


def test_v16_set_and_get():
    node = bench(wallbox())
    assert only(node, "1081 0004 05FF01 02A101 6E 01 DA0142 02 C700 D300") == (
        "1081000402A10105FF017E01DA0002C70141D30400000E10"
    )
    assert only(node, "1081 0004 05FF01 02A101 6E 01 DA0199 02 C700 F000") == (
        "1081000402A10105FF015E01DA019902C70141F000"
    )


def test_v17_notification_with_receipt():
    assert only(bench(wallbox()), "1081 0006 0EF001 02A101 74 01 800130") == (
        "1081000602A1010EF0017A018000"
    )


def test_v18_all_instances():
    node = bench(wallbox(1), wallbox(2))
    node.objects[2].values[0xC7] = b"\x30"
    node.tick(1000)
    node.tx()
    assert ask(node, "1081 0007 05FF01 02A100 62 01 C700") == [
        ("1081000702A10105FF017201C70141", ADDR),
        ("1081000702A10205FF017201C70130", ADDR),
    ]


def test_v19_silence():
    node = bench(wallbox())
    assert ask(node, "1081 0008 05FF01 013001 62 01 8000") == []
    assert ask(node, "1081 0008 05FF01 02A102 62 01 8000") == []
    assert ask(node, "1082 0009 DEADBEEF DEADBEEF") == []
    assert ask(node, "1081 000A 05FF01 02A101 62 02 8000") == []
    assert ask(node, "1081 000B 05FF01 02A101 64 01 8000") == []
    assert node.dropped == 2  # what is for others or answers is not counted


def test_v20_numbers():
    buf = bytearray(8)
    put(buf, 0, -1500, 4, True)
    assert text(buf[:4]) == "FFFFFA24"
    put(buf, 0, 1380, 4)
    put(buf, 4, 7400, 4)
    assert text(buf) == "0000056400001CE8"


def test_v21_no_property():
    node = bench(wallbox())
    assert only(node, "1081 0003 05FF01 02A101 61 00") == "1081000302A10105FF017100"
    assert only(node, "1081 0003 05FF01 02A101 62 00") == "1081000302A10105FF017200"
    assert only(node, "1081 0003 05FF01 02A101 6E 00 00") == "1081000302A10105FF017E0000"
