"""The walker takes every form of EEBUS JSON that peers send (6.8), and nothing else."""

from ejson_reader import Reader, message, read, slots

from ejson.walker import JsonError, unescape, unpack
from support import raises

MALFORMED = -1
DEEP = -2
LONG = -3

LIMITS = [
    ("limit", {"id": 1, "on": 1, "number": 4200, "scale": 0}),
    ("limit", {"id": 2, "on": 0}),
]
# forms of the same two limits
LIMIT_FORMS = (
    # 6.8: arrays of single-key objects
    '[[{"id":1},{"on":true},{"value":[{"number":4200},{"scale":0}]}],[{"id":2},{"on":false}]]',
    # plain JSON
    '[{"id":1,"on":true,"value":{"number":4200,"scale":0}},{"id":2,"on":false}]',
    # objects merged in an array
    '[[{"id":1,"on":true},{"value":[{"number":4200,"scale":0}]}],[{"id":2,"on":false}]]',
    # lists that lost their inner brackets: a key that does not follow the last begins an item
    '[{"id":1},{"on":true},{"value":[{"number":4200},{"scale":0}]},{"id":2},{"on":false}]',
    # both forms side by side
    '[{"id":1,"on":true,"value":{"number":4200,"scale":0}},[{"id":2},{"on":false}]]',
    '[[{"id":1},{"on":true},{"value":{"number":4200,"scale":0}}],{"id":2,"on":false}]',
)


def limits(form):
    found = message('[{"limitListData":[{"limit":%s}]}]' % form)
    assert found.pop()[0] == "done"
    return found


def test_an_item_in_every_form():
    for form in LIMIT_FORMS:
        assert limits(form) == LIMITS, form


def test_one_item_without_its_list():
    assert limits('{"id":7,"on":true}') == [("limit", {"id": 7, "on": 1})]
    # an array of single-key objects, which could be one item or several: the order decides
    assert limits('[{"id":7},{"on":true}]') == [("limit", {"id": 7, "on": 1})]
    assert limits('[{"id":7},{"id":8}]') == [("limit", {"id": 7}), ("limit", {"id": 8})]


def test_empty_lists_and_items():
    assert limits("[]") == []
    assert limits("{}") == [("limit", {})]
    assert limits("[[]]") == [("limit", {})]
    assert limits("[{}]") == []
    assert message('{"limitListData":[]}') == [("done", {"fn": 2})]


def test_the_slots_of_an_item_are_cleared():
    found = limits('[[{"value":[{"number":1}]}],[{"id":2}],[{"value":[{"scale":3}]}]]')
    assert found == [("limit", {"number": 1}), ("limit", {"id": 2}), ("limit", {"scale": 3})]


def test_a_group_with_an_event():
    text = '[{"version":[{"major":1},{"minor":2}]},{"flag":true}]'
    assert message(text) == [("version", {"major": 1, "minor": 2}), ("done", {"flag": 1})]


def test_groups_leave_a_mark():
    assert slots('[{"box":[]}]') == {"box": 1}
    assert slots('{"box":{}}') == {"box": 1}
    assert slots('[{"deviceData":[{"two":2}]}]') == {"fn": 1, "two": 2}
    assert slots("[]") == {}


def test_a_root_without_its_array_or_inside_another():
    assert read('{"message":{"flag":true}}') == [("done", {"flag": 1})]
    assert read('[{"message":[{"flag":true}]}]') == [("done", {"flag": 1})]
    assert read('{"nobody":[{"flag":true}]}') == [("done", {})]
    assert read("{}") == read("[]") == [("done", {})]


def test_repeated_keys():
    # the last one counts; lists grow
    assert slots('[{"flag":true},{"flag":false}]') == {"flag": 0}
    assert slots('[{"phase":"ready"},{"phase":"aborted"}]') == {"phase": 2}
    assert message('[{"name":"a"},{"name":"b"}]')[:2] == [("name", b"a"), ("name", b"b")]
    assert slots('[{"path":[1,2]},{"path":[3]}]') == {"path": 4}


def test_unknown_elements_are_stepped_over():
    for value in ("1", '"x"', "null", "[]", "{}", '[{"flag":1},[2,"}"]]', "-1.5e+300", '""'):
        assert slots('[{"new":%s},{"flag":true}]' % value) == {"flag": 1}, value
        assert slots('{"new":%s,"flag":true}' % value) == {"flag": 1}, value


def test_an_unknown_child_is_told():
    assert slots('[{"deviceData":[{"one":1}]}]') == {"fn": 1, "one": 1}
    assert slots('[{"deviceData":[{"new":1}]}]') == {"fn": 1, "odd": 1}
    text = '[{"limitListData":[{"limit":[[{"id":1},{"new":2}]]}]}]'
    assert message(text) == [("limit", {"id": 1}), ("done", {"fn": 2, "odd": 1})]


def test_names_are_compared_whole():
    for name in ("fla", "flags", "Flag", "flaG", "", "flab", "fl\\u0061g"):
        assert slots('[{"%s":true}]' % name) == {}


# leaves


def test_booleans():
    assert slots('[{"flag":true}]') == {"flag": 1}
    assert slots('[{"flag":false}]') == {"flag": 0}
    for other in ("null", "1", '"true"', "{}"):
        found = slots('[{"flag":%s}]' % other)
        assert found == {} or found == {"flag": "tag"}, other
    for near in ("trUe", "tru", "truee", "trvb", "fAlse", "fblse", "falsf", "nill", "nulk", "t"):
        with raises(JsonError):
            slots('[{"flag":%s}]' % near)


def number(text):
    return slots('[{"deviceData":[{"one":%s}]}]' % text).get("one")


def test_whole_numbers():
    assert number("0") == 0 and number("-0") == 0
    assert number("4200") == 4200
    assert number("-17") == -17
    # a fraction is cut off
    assert number("12.99") == 12 and number("-12.99") == -12
    # an exponent is not understood, and not passed over either
    for text in ("1e3", "1E3", "1.5e1", "1e-2", "1-2", "1+2"):
        with raises(JsonError):
            number(text)


def test_large_numbers_saturate():
    most = 0x3FFFFFFE
    assert number("1073741819") == 1073741819
    assert number("1073741829") == most
    assert number("-1073741829") == -most
    # 64 bits and more
    assert number("9223372036854775807") == most
    assert number("-9223372036854775808") == -most
    assert number("18446744073709551615") == most
    assert number("9" * 32) == most
    assert slots('[{"new":%s},{"flag":true}]' % ("1" + "0" * 25)) == {"flag": 1}


def test_numbers_of_another_kind_than_wanted():
    assert slots('[{"deviceData":[{"one":"5"},{"two":true},{"three":null}]}]') == {"fn": 1}
    assert slots('[{"deviceData":[{"one":[]}]}]') == {"fn": 1, "one": "tag"}
    assert slots('[{"deviceData":[{"one":[5]}]}]') == {"fn": 1, "one": "tag"}


def test_digits_of_64_bits():
    def counter(text):
        return dict(message('[{"counter":%s}]' % text)[:-1])

    assert counter("18446744073709551615") == {"counter": b"18446744073709551615"}
    assert counter("7") == {"counter": b"7"}
    for text in ("-1", "1.5", "1e3", "123456789012345678901"):
        assert counter(text) == {"counter": None}, text
    assert counter('"7"') == {}


def test_enumerations():
    assert slots('[{"phase":"ready"}]') == {"phase": 0}
    assert slots('[{"phase":"aborted"}]') == {"phase": 2}
    for word in ("", "read", "readyy", "Ready", "\\u0072eady"):
        assert slots('[{"phase":"%s"}]' % word) == {"phase": -1}, word
    assert slots('[{"phase":1}]') == {}


def test_lists_of_an_enumeration():
    assert slots('[{"formats":["JSON-UTF8"]}]') == {"formats": 1}
    assert slots('[{"formats":["JSON-UTF16","XML","JSON-UTF8"]}]') == {"formats": 3}
    assert slots('[{"formats":[]}]') == {"formats": 0}
    # one word without its list
    assert slots('[{"formats":"JSON-UTF16"}]') == {"formats": 2}
    assert slots('[{"formats":"JSON-UTF8"}]') == {"formats": 1}
    # numbers are bits, too
    assert slots('[{"formats":[0,3,29,30,-1]}]') == {"formats": 1 | 8 | 1 << 29}


def test_a_tag_is_there_or_not():
    for value in ("[]", "{}", '[{"x":1}]'):
        assert slots('[{"tag":%s}]' % value) == {"tag": 1}
    assert slots("[]") == {}


def test_addresses():
    assert slots('[{"path":[0]}]') == {"path": 1}
    assert slots('[{"path":[1,1]}]') == {"path": 0x0202}
    assert slots('[{"path":[1,0,254]}]') == {"path": 0x0201FF}
    assert slots('[{"path":[]}]') == {"path": 0}
    # one component without its list
    assert slots('[{"path":3}]') == {"path": 4}
    # what does not fit into an int
    assert slots('[{"path":[255]}]') == {"path": (255,)}
    assert slots('[{"path":[63,254,254]}]') == {"path": 0x40FFFF}
    assert slots('[{"path":[62,254,254,254]}]') == {"path": 0x3FFFFFFF}
    assert slots('[{"path":[63,0,0,0]}]') == {"path": (63, 0, 0, 0)}
    assert slots('[{"path":[1,2,3,4,5]}]') == {"path": (1, 2, 3, 4, 5)}
    assert slots('[{"path":[1,300,3]}]') == {"path": (1, 300, 3)}
    assert slots('[{"path":["x",1,null,-2]}]') == {"path": 2}


def test_addresses_are_bounded():
    def path(n):
        return slots('[{"path":[%s]}]' % ",".join(["9"] * n)).get("path")

    assert path(16) == (9,) * 16
    assert path(17) == -1
    assert path(2000) == -1
    # and so are those of one message
    for n in (16, 17, 40):
        found = slots("[%s]" % ",".join(['{"path":[999]}'] * n))["path"]
        assert found == ((999,) if n <= 16 else -1), n


def test_unpack():
    assert unpack(0x0202) == (1, 1)
    assert unpack(1) == (0,)
    assert unpack(0xFF0102) == (254, 0, 1)
    assert unpack(0) == ()


# text


def test_text_with_escapes():
    def name(text):
        return message('[{"name":"%s"}]' % text)[0][1]

    assert name("") == b""
    assert name("wallbox") == b"wallbox"
    assert name("}],{[]:") == b"}],{[]:"
    assert name('\\"\\\\\\/\\b\\f\\n\\r\\t') == b'"\\/\b\f\n\r\t'
    assert name("a\\u0041\\u00e4\\u20AC") == "aA\u00e4\u20ac".encode()
    assert name("\\ud83d\\ude97!") == "\U0001f697!".encode()
    assert name("\u00e4\U0001f697") == "\u00e4\U0001f697".encode()
    assert name("x" * 200) == b"x" * 200
    for bad in (
        "\\x", "\\u", "\\u1", "\\u12", "\\u123", "\\u00zz", "\\u+123", "\\u0x12", "\\u1_23",
        # halves of surrogate pairs: the first alone, two of a kind, the second alone
        "\\ud83d", "\\ud83dx", "\\ud83d\\n", "\\ud83d\\u0041", "\\ud83d\\ud83d", "\\ude97",
        "\\ude97\\ude97", "\\ud83dxxde97",
    ):  # fmt: skip
        assert name(bad) is None, bad


def test_unescape():
    assert unescape(b"\\u005d\\u007b") == b"]{"
    assert unescape(b"") == b""
    for bad in (b"\\q", b"\\u", b"\\ud800"):
        with raises(ValueError):
            unescape(bad)


def test_text_of_257_bytes_is_none():
    assert message('[{"name":"%s"}]' % ("x" * 256), 0, 512)[0] == ("name", b"x" * 256)
    assert message('[{"name":"%s"}]' % ("x" * 257), 0, 512)[0] == ("name", None)


# tokens, depth, white space


def test_white_space():
    space = " \t\r\n"
    text = '{"message":[{"flag":true},{"path":[1,2]},{"version":[{"major":1}]}]}'
    plain = read(text)
    spaced = ""
    for c in text:
        spaced += space + c + space if c in "{}[]:," else c
    assert read(spaced) == plain
    for c in "\0\x0b\x1f\xa0":
        with raises(JsonError):
            read(text.replace(":", ":" + c))


def test_a_long_string_that_nobody_wants():
    # longer than the window; with what looks like its end
    text = 'x\\"}]\\\\' * 100
    assert slots('[{"new":"%s"},{"flag":true}]' % text, 0, 64) == {"flag": 1}
    assert slots('[{"flag":"%s"},{"flag":true}]' % text, 0, 64) == {"flag": 1}


def test_a_long_token_that_is_wanted():
    for content in ('[{"name":"%s"}]', '[{"phase":"%s"}]', '[{"%s":1}]'):
        with raises(JsonError) as caught:
            message(content % ("x" * 80), 0, 64)
        assert caught.value.args == (LONG,)
        assert message(content % ("x" * 40), 0, 64)


def test_a_long_number_is_malformed():
    with raises(JsonError) as caught:
        number("1" * 33)
    assert caught.value.args == (MALFORMED,)


def test_depth():
    for outside, depth in ((2, 30), (2, 31)):
        text = '{"x":%s}' % ("[" * depth + "]" * depth)
        if depth + outside > 32:
            with raises(JsonError) as caught:
                read('{"message":%s}' % text)
            assert caught.value.args == (DEEP,)
        else:
            read('{"message":%s}' % text)
    read("[" * 32 + "]" * 32)
    with raises(JsonError) as caught:
        read("[" * 33)
    assert caught.value.args == (DEEP,)


def test_malformed():
    for text in (
        "x", '"x"', "1", "true", ",", ":", "]", "}", "{]", "[}", "{,}", "[,]", "[1,]", '{"a"}',
        '{"a":}', '{"a":1,}', '{"a":1 "b":2}', '{"a" 1}', '{1:2}', '{a:1}', "[1 2]", '["a" "b"]',
        '{"a"::1}', '{"a":1:2}', '{"a":,}', "[-]", "[+1]", "[.5]", "[tru]", "[nul]", "[1x]",
        "[1_0]", '["a":1]', "{[]}", "{{}}", '{"a":[}', "\ufeff{}",
    ):  # fmt: skip
        with raises(JsonError) as caught:
            read(text)
        assert caught.value.args == (MALFORMED,), text


TEXT = (
    '{"message":[{"name":"a\\u00e4\\\\"},{"counter":12345678901},{"phase":"pending"},'
    '{"flag":false},{"path":[1,2,3,4]},{"formats":["JSON-UTF8","x"]},{"tag":[]},{"new":[{"a":'
    '"long enough \\" not to fit"},-1.5e3]},{"version":[{"major":1},{"minor":0}]},'
    '{"limitListData":[{"limit":[[{"id":1},{"value":[{"number":-42},{"scale":3}]},{"end":"PT1H"}],'
    '{"id":2,"on":true},{"id":3}]}]},{"payload":{"message":[{"name":"inside"},{"flag":true}]}},{"box":{}}]}'
)


def test_chunks_of_any_size_give_the_same_events():
    whole = read(TEXT)
    for chunk in range(1, len(TEXT)):
        assert read(TEXT, chunk) == whole, chunk
    # and a window that is just large enough for the longest token
    assert read(TEXT, 1, 28) == whole
    assert read(TEXT, 0, 28) == whole


def test_a_message_that_ends_too_early_is_never_done():
    text = TEXT.encode()
    for n in range(len(text)):
        reader = Reader()
        reader.feed(text[:n])
        assert not reader.done(), n


def test_malformed_at_every_position():
    # a control character is an error wherever it is not inside a string
    text = TEXT.encode()
    whole = read(text)
    inside = False
    escaped = False
    for n in range(len(text)):
        c = text[n]
        if escaped:  # between a backslash and what it escapes: that would be another text
            escaped = False
            continue
        reader = Reader()
        try:
            reader.feed(text[:n] + b"\x01" + text[n:])
            failed = False
        except JsonError:
            failed = True
        assert failed == (not inside), n
        assert failed or reader.done()
        if c == 0x22:
            inside = not inside
        escaped = c == 0x5C
    assert read(text) == whole


def test_what_follows_the_value_is_left_in_the_window():
    reader = Reader()
    reader.feed(b'{"message":[]} \0')
    assert reader.done()
    win = reader.window
    assert bytes(win.buf[win.r : win.w]) == b" \0"
