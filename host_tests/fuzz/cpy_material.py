"""The messages of SHIP 1.1 (lib/ship/material) from any peer: only whole entries reach the keys,
and nothing at all before a tool was let in."""

import json

import test_ship_material as material
from hypothesis import given, settings
from hypothesis import strategies as st
from ship_wire import SKI, data, frame

from ship.conn import DATA

values = st.one_of(
    st.integers(-(2**40), 2**70),
    st.booleans(),
    st.text(max_size=12),
    st.text("0123456789abcdefABCDEF", min_size=38, max_size=42),
    st.just(SKI.hex()),
    st.sampled_from(["current", "successor", "predecessor", [], {}, None]),
)
keys = st.sampled_from(
    ["curve", "ski", "publicKey", "userTrust", "currentState", "updateCounter", "accept", "note"]
)
entries = st.lists(st.dictionaries(keys, values, max_size=4), max_size=12)
NAMES = (
    *("commissioningRequest", "keyMaterialRequest", "keyMaterial", "keyMaterialDelete"),
    *("keyMaterialState", "keyMaterialStateResponse", "keyMaterialStateRequest"),
)


@st.composite
def messages(draw):
    """One of them in the forms that peers use, whole or damaged."""
    body = {"updateCounter": draw(values), "entry": draw(entries)}
    if draw(st.booleans()):
        curve = {"curve": 23, "ski": draw(st.sampled_from([SKI.hex(), "00" * 20]))}
        body["entry"].append({"currentState": "current", **curve})
    if draw(st.booleans()):
        as_lists = [[{key: value} for key, value in entry.items()] for entry in body["entry"]]
        body = [{"updateCounter": body["updateCounter"]}, {"entry": as_lists}]
    text = json.dumps({draw(st.sampled_from(NAMES)): body}).encode()
    raw = bytearray(draw(st.sampled_from([b"\x01", b"\x02", b"\x03"])) + text)
    for _ in range(draw(st.integers(0, 2))):
        raw[draw(st.integers(0, len(raw) - 1))] = draw(st.integers(0, 255))
    return bytes(raw[: draw(st.integers(0, len(raw)))]) if draw(st.booleans()) else bytes(raw)


def check(wire, asked):
    for what in asked:
        if isinstance(what, tuple):
            listed = what[1]
            assert len(listed) <= 8
            assert all(len(ski) == 20 and isinstance(state, int) for ski, state in listed)
            if what[0] not in ("install", "remove"):
                assert listed and all(0 <= state <= 2 for _, state in listed)
    assert len(wire.conn.entries) <= 8


@settings(max_examples=300)
@given(st.booleans(), st.lists(messages(), min_size=1, max_size=8), st.integers(0, 60))
def test_any_message(client, said, chunk):
    wire, asked = material.in_data(client)
    for message in said:
        wire.bytes(frame(message, wire.key), chunk)
        check(wire, asked.asked)
        if wire.conn.state != DATA:  # type 3 is the end
            return
    # it goes on as ever
    wire.said()
    wire.send(data(b'{"message":[{"name":"a"}]}'))
    assert wire.app.taken[-1] == [b"a"]


@settings(max_examples=200)
@given(st.lists(messages(), max_size=6))
def test_no_tool_no_change(said):
    keys = material.Keys()
    keys.willing = False
    wire, _ = material.in_data(keys=keys)
    for message in said:
        wire.bytes(frame(message, wire.key))
    assert not [what for what in keys.asked if what[0] in ("install", "remove")]
