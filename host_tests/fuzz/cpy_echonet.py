"""A short run of the ECHONET Lite fuzzer, and what hypothesis thinks of."""

from echonet_bench import ADDR, bench, wallbox
from hypothesis import given
from hypothesis import strategies as st

from echonet.table import GET, put_map
from echonet.value import get, put
from host_tests.fuzz.echonet import Model, answers, run
from tools.echonet.wire import Frame, decode, decode_map, encode


def test_short_run():
    seen, gained = run(6000, 7)
    assert seen > 3000
    assert gained < 4096


@given(st.binary(max_size=300))
def test_any_datagram(raw):
    node = bench(wallbox(), buf=bytearray(2048))
    expected = Model(node).answers(raw)
    assert answers(node, raw, 0) == expected


@given(st.binary(max_size=200), st.integers(16, 128))
def test_small_buffer_never_overflows(body, size):
    node = bench(wallbox(), buf=bytearray(size))
    node.rx(b"\x10\x81\0\1\x05\xff\1\x02\xa1\1\x62" + body, ADDR, 0)
    while (mv := node.tx()) is not None:
        assert len(mv) <= size
        decode(bytes(mv))


properties = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=255)), max_size=8)


@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFF),
    st.integers(0, 0xFFFFFF),
    st.sampled_from([0x60, 0x61, 0x62, 0x6E, 0x72, 0x73, 0x5E, 0x7E]),
    properties,
    properties,
)
def test_frames_round_trip(tid, seoj, deoj, esv, first, second):
    second = second if esv in (0x6E, 0x5E, 0x7E) else []
    frame = Frame(tid, seoj, deoj, esv, first, second)
    assert decode(encode(frame)) == frame


@given(st.sets(st.integers(0x80, 0xFF)))
def test_maps_round_trip(codes):
    buf = bytearray(17)
    props = b"".join(bytes((epc, GET, 1)) for epc in sorted(codes))
    assert decode_map(bytes(buf[: put_map(props, GET, buf, 0)])) == sorted(codes)


@given(st.sampled_from([1, 2, 4]), st.booleans(), st.integers(-(2**33), 2**33))
def test_numbers_round_trip(size, signed, value):
    buf = bytearray(size)
    put(buf, 0, value, size, signed)
    low, high = (1 - (1 << 8 * size - 1), (1 << 8 * size - 1) - 2)
    if not signed:
        low, high = 0, (1 << 8 * size) - 3
    assert get(buf, 0, size, signed) == (value if low <= value <= high else None)
