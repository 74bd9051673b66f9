"""The kernels do the same as machine code and as bytecode (on CPython both are Python)."""

from array import array

from ejson_example import schema

from _fast import plain, viper

KERNELS = (plain, viper)

TEXT = (
    b'{"message":[{"name":"a\\u00e4\\\\"},{"counter":12345678901},{"phase":"pending"},'
    b'{"flag":false},{"path":[9,2,3,4]},{"formats":["JSON-UTF8","x"]},{"tag":[]},'
    b'{"version":[{"major":1},{"minor":0}]},{"limitListData":[{"limit":[[{"id":1},'
    b'{"value":[{"number":-42},{"scale":3}]}],{"id":2,"on":true},{"id":3}]}]},'
    b'{"payload":{"message":[{"flag":true}]}},{"new":[null,-1.5e3]},{"box":{}}]}'
)
LETTERS = b'{}[]:,"\\ \n09-.eEtruefalsnu\x00\x7f\xff'


class Random:
    """The same numbers on every interpreter."""

    def __init__(self, seed):
        self.x = seed

    def below(self, n):
        self.x = (self.x * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.x >> 8) % n


def walked(kernel, text, chunk):
    """All that can be seen of a walk over `text`: state and record after each step."""
    st = array("i", [0] * 13)
    st[11] = schema.SLOTS
    st[12] = 64
    stk = bytearray(4 * 32)
    rec = array("i", [7] * schema.SLOTS)
    seen = []
    end = 0
    while end < len(text):
        end = min(end + chunk, len(text))
        while True:
            st[1] = end
            event = kernel.walk(st, text, stk, schema.T, rec)
            seen.append((event, bytes(st), bytes(rec), bytes(stk)))
            if event < 0 or event == 3:
                return seen
            if event == 0:
                break
            if event == 4:  # of a foreign value only the bracket is of interest here
                st[0] += 1
    return seen


def agree(text, chunk):
    results = [walked(kernel, text, chunk) for kernel in KERNELS]
    for result in results[1:]:
        assert result == results[0], text
    return results[0]


def test_a_message():
    for chunk in (1, 7, 50, len(TEXT)):
        assert agree(bytearray(TEXT), chunk)[-1][0] in (3, -1)


def test_damaged_messages():
    random = Random(1)
    ends = {}
    for _ in range(300):
        text = bytearray(TEXT)
        for _ in range(1 + random.below(3)):
            at = random.below(len(text))
            text[at] = LETTERS[random.below(len(LETTERS))]
        end = agree(text, 1 + random.below(len(text)))[-1][0]
        ends[end] = ends.get(end, 0) + 1
    assert len(ends) > 1


def test_random_brackets():
    random = Random(2)
    pieces = (
        b"[", b"]", b"{", b"}", b",", b":", b'"limitListData"', b'"limit"', b'"id"', b'"value"',
        b'"number"', b'"message"', b'"path"', b'"phase"', b"1", b"-2", b"true", b'"ready"', b" ",
    )  # fmt: skip
    for _ in range(400):
        text = b'{"message":['
        for _ in range(random.below(30)):
            text += pieces[random.below(len(pieces))]
        agree(bytearray(text), 64)


def test_mask():
    random = Random(3)
    for kernel in KERNELS:
        # RFC 6455 5.7
        buf = bytearray(b"..\x7f\x9f\x4d\x51\x58..")
        kernel.mask(buf, 2, 5, b"##\x37\xfa\x21\x3d", 2, 0)
        assert buf == b"..Hello.."
        for _ in range(50):
            n = random.below(40)
            off = random.below(5)
            k = random.below(9)
            key = bytes([random.below(256) for _ in range(4)])
            source = bytes([random.below(256) for _ in range(n + 10)])
            buf = bytearray(source)
            kernel.mask(buf, off, n, key, 0, k)
            for i in range(n + 10):
                inside = off <= i < off + n
                assert buf[i] == source[i] ^ (key[k + i - off & 3] if inside else 0)


def test_copy():
    source = bytes(range(100))
    for kernel in KERNELS:
        for at, off, n in ((0, 0, 0), (0, 0, 100), (5, 7, 11), (99, 0, 1), (0, 99, 1)):
            buf = bytearray(100)
            kernel.copy(buf, at, source, off, n)
            assert buf == bytes(at) + source[off : off + n] + bytes(100 - at - n)
        # towards the front within one buffer, as Window.room() does
        buf = bytearray(source)
        kernel.copy(buf, 0, buf, 3, 97)
        assert buf[:97] == source[3:]
