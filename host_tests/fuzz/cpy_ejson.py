"""lib/ejson against any JSON, in pieces of any size, and against what is none."""

import json

from ejson_reader import Reader, read
from hypothesis import example, given
from hypothesis import strategies as st

from ejson.walker import JsonError
from ejson.writer import Writer

LONGEST = 0x3FFFFFFE
WINDOW = 512
NAMES = ["message", "name", "flag", "path", "phase", "limitListData", "limit", "id", "value"]

texts = st.text(st.characters(codec="utf-8"), max_size=30)
numbers = st.integers(-(1 << 70), 1 << 70) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | texts
# nested at most 20 deep by construction; keys that the schema knows among others
values = st.recursive(
    scalars | numbers,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=4)
    ),
    max_leaves=15,
)
layouts = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n\t", " :\r")])


def dumped(value, layout, ascii_only):
    return json.dumps(value, separators=layout, ensure_ascii=ascii_only).encode()


def understood(value):
    """Without the numbers in scientific notation that an int element must not have."""
    if isinstance(value, float):
        return float(int(value)) if abs(value) < 1e15 else 0.5
    if isinstance(value, list):
        return [understood(one) for one in value]
    if isinstance(value, dict):
        return {key: understood(one) for key, one in value.items()}
    return value


@given(st.lists(values) | st.dictionaries(texts, values), layouts, st.booleans())
def test_any_json_is_walked_over(value, layout, ascii_only):
    assert read(dumped(value, layout, ascii_only), 0, WINDOW)[-1][0] == "done"


@given(values, layouts, st.booleans(), st.integers(1, 40))
def test_any_json_as_a_message(value, layout, ascii_only, chunk):
    text = dumped({"message": understood(value)}, layout, ascii_only)
    if not isinstance(value, (list, dict)):
        value = None
    whole = read(text, 0, WINDOW)
    assert read(text, chunk, WINDOW) == whole


@st.composite
def messages(draw):
    """(content of a message of the example schema, events that it gives)"""
    content, events, slots = [], [], {}
    for word in draw(st.lists(st.sampled_from(["name", "flag", "phase", "new", "counter"]))):
        if word == "name":
            text = draw(texts)
            content.append({"name": text})
            events.append(("name", text.encode()))
        elif word == "counter":
            number = draw(st.integers(0, (1 << 64) - 1))
            content.append({"counter": number})
            events.append(("counter", str(number).encode()))
        elif word == "flag":
            flag = draw(st.booleans())
            content.append({"flag": flag})
            slots["flag"] = int(flag)
        elif word == "phase":
            phase = draw(st.sampled_from(["ready", "pending", "aborted", "other", ""]))
            content.append({"phase": phase})
            known = ["ready", "pending", "aborted"]
            slots["phase"] = known.index(phase) if phase in known else -1
        else:
            content.append({"new": draw(values)})
    limits = []
    for _ in range(draw(st.integers(0, 3))):
        limit, seen = [], {}
        if draw(st.booleans()):
            seen["id"] = draw(st.integers(0, 99))
            limit.append({"id": seen["id"]})
        if draw(st.booleans()):
            on = draw(st.booleans())
            seen["on"] = int(on)
            limit.append({"on": on})
        if draw(st.booleans()):
            number = draw(st.integers(-(1 << 40), 1 << 40))
            seen["number"] = max(min(number, LONGEST), -LONGEST)
            limit.append({"value": [{"number": number}]})
        limits.append(limit)
        events.append(("limit", seen))
    if limits:
        content.append({"limitListData": [{"limit": limits}]})
        slots["fn"] = 2
    return content, [*events, ("done", slots)]


@given(messages(), layouts, st.booleans(), st.integers(0, 40))
def test_a_message_means_what_json_says(message, layout, ascii_only, chunk):
    content, events = message
    assert read(dumped({"message": content}, layout, ascii_only), chunk, WINDOW) == events


@given(messages(), st.data())
def test_a_damaged_message_raises_nothing_but_jsonerror(message, data):
    text = bytearray(dumped({"message": message[0]}, (",", ":"), True))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at] = data.draw(st.sampled_from(b'{}[]:,"\\ 0-.etx\0\xff') | st.integers(0, 255))
    text = text[: data.draw(st.integers(0, len(text)))]
    seen = []
    for chunk in (len(text) or 1, data.draw(st.integers(1, 20))):
        reader = Reader(WINDOW)
        error = None
        try:
            for at in range(0, len(text), chunk):
                if reader.done():
                    break
                reader.feed(text[at : at + chunk])
        except JsonError as e:
            error = e.args[0]
            assert error in (-1, -2, -3)
        seen.append((error, reader.events[0]))
    assert seen[0] == seen[1]


@given(st.binary(max_size=200))
@example(b"[" * 200)
@example(b'{"message":[' * 20)
def test_any_bytes(text):
    reader = Reader(64)
    try:
        reader.feed(text)
    except JsonError as e:
        assert e.args[0] in (-1, -2, -3)
        return
    if reader.done():
        assert text.strip()[:1] in b"[{"


@given(st.text(st.characters(codec="utf-8"), max_size=300))
@example('}],{[{[]"\\\0')
def test_what_is_written_is_what_is_meant(text):
    w = Writer(bytearray(4096), 8)
    w.t(b'{"a":%}').text(text).end()
    out = bytes(w.buf[8 : w.n])
    assert json.loads(out) == {"a": text}
    for pair in (b"}]", b"},{", b"[{", b"[]"):
        assert pair not in out


@given(st.integers(-(1 << 64), 1 << 64))
def test_whole_numbers(number):
    w = Writer(bytearray(64)).num(number)
    assert bytes(w.buf[: w.n]) == str(number).encode()
