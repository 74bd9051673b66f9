"""The writer renders minified EEBUS JSON (6.8) that every peer's parser leaves as it is."""

import json

from ejson.writer import Overflow, Writer
from support import raises


def writer(size=256, start=0):
    return Writer(bytearray(size), start)


def said(w):
    return bytes(memoryview(w.buf)[w.start : w.n])


def number(v):
    return said(writer().num(v))


def text(s):
    return said(writer().text(s))


def test_a_template_with_holes():
    w = writer()
    w.t(b'{"value":[{"number":%},{"scale":%}]}').num(42).num(-2).end()
    assert said(w) == b'{"value":[{"number":42},{"scale":-2}]}'


def test_values_of_every_kind_in_holes():
    w = writer()
    w.t(b"[%,%,%,%]").text("a").flag(True).lit(b'"raw"').num(0).end()
    assert said(w) == b'["a",true,"raw",0]'


def test_without_a_template_values_are_written_right_away():
    w = writer().num(1).raw(b",").flag(0).raw(b",").text(b"x").raw(b",").lit(b"null")
    assert said(w) == b'1,false,"x",null'


def test_a_template_without_holes_and_one_after_the_other():
    w = writer()
    w.t(b"[]").end()
    w.t(b"[%]").num(7).end()
    w.num(8)
    assert said(w) == b"[][7]8"


def test_a_hole_at_the_very_end():
    assert said(writer().t(b"a%").num(1).end()) == b"a1"


def test_what_is_written_between_two_holes_stays_there():
    # a list of any length in one hole
    w = writer()
    w.t(b'{"entity":[%]}').lit(b"").dec(1).sep().dec(2).end()
    assert said(w) == b'{"entity":[1,2]}'


def test_parts_of_a_buffer():
    source = b"0123456789"
    assert said(writer().raw(source, 2, 3)) == b"234"
    assert said(writer().raw(source, 7)) == b"789"
    assert said(writer().raw(source, 3, 0)) == b""
    assert said(writer().raw(memoryview(source), 1, 2)) == b"12"
    assert said(writer().t(b"<%>").lit(source, 4, 2).end()) == b"<45>"


def test_whole_numbers():
    for v in (0, 1, 9, 10, 11, 99, 100, 4200, 0x3FFFFFFE, 1 << 63, (1 << 64) - 1):
        assert number(v) == str(v).encode()
        assert number(-v) == str(-v).encode()


def test_separators():
    w = writer()
    w.raw(b"[").sep().num(1).sep().num(2).sep().raw(b"{").sep().raw(b'"a":1}').sep().raw(b"[]]")
    assert said(w) == b'[1,2,{"a":1},[]]'


def test_nothing_before_the_start_is_touched():
    w = Writer(bytearray(b"HEAD" + bytes(12)), 4)
    w.raw(b"abc")
    assert bytes(w.buf[:8]) == b"HEADabc\0"
    # and begin() starts over, with no template open
    w.t(b"%%").begin().num(5)
    assert said(w) == b"5"


def test_overflow():
    w = writer(8)
    w.raw(b"12345678")
    with raises(Overflow):
        w.raw(b"9")
    assert w.n == 8
    for write in (
        lambda w: w.num(123456789),
        lambda w: w.text("1234567"),
        lambda w: w.t(b"1234%6789").num(5).end(),
        lambda w: w.text("]]"),
    ):
        with raises(Overflow):
            write(writer(8))


def test_text_is_escaped():
    assert text("") == b'""'
    assert text("wallbox") == b'"wallbox"'
    assert text('a"b') == b'"a\\u0022b"'
    assert text("a\\b") == b'"a\\u005cb"'
    assert text("\n\t\0\x1f") == b'"\\u000a\\u0009\\u0000\\u001f"'
    # UTF-8 as it is
    assert text("\u00e4\u20ac\U0001f697") == '"\u00e4\u20ac\U0001f697"'.encode()
    assert text(b"\xc3\xa4") == b'"\xc3\xa4"'
    assert text("\x7f") == b'"\x7f"'


def test_text_that_other_stacks_would_alter():
    # some stacks rewrite these pairs anywhere in a message
    for pair in ("}]", "},{", "[{", "[]"):
        for s in (pair, "a" + pair + "b", pair * 3, pair[0] + " " + pair):
            out = text(s)
            assert json.loads(out) == s
            for bad in (b"}]", b"},{", b"[{", b"[]"):
                assert bad not in out, s


def test_text_means_what_it_says():
    everything = "".join(chr(c) for c in range(256)) + "\u20ac\U0001f697"
    assert json.loads(said(writer(2048).text(everything))) == everything
    assert json.loads(said(writer(2048).text(everything.encode()))) == everything
