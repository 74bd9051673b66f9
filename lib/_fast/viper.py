# The kernels: the few loops that run once per byte of a message, as machine code.
# plain.py is this file without the decorators and annotations (a test compares the two):
# it serves where no native code can be had. No kernel allocates.
#
# walk() steps through EEBUS JSON (6.8) along a schema. See ejson/walker.py for the tables,
# the frames on the stack and the meaning of the state vector; the indices are:
#   st[0] next byte, [1] end of data, [2] frames on the stack, [3] what is expected next,
#   [4] schema entry of the value to come, [5] [6] text span, [7] slot or item of the event,
#   [8] escapes in the text or path component, [9] inside a skipped string,
#   [10] [11] slots to clear, [12] longest token
import micropython
from micropython import const

_NONE = const(-0x40000000)  # slot: element absent
_TAG = const(-0x3FFFFFFF)  # slot: element there, but empty ([] in an Elements filter)
_MAX = const(0x3FFFFFFE)  # numbers saturate here (small int on a 32-bit board)
_MASK = const(0x3FFFFFFF)  # makes 0 of _NONE

# what the grammar expects next, st[3]
_VALUE = const(0)
_COMMA = const(1)  # or the closing bracket
_FIRST = const(2)  # value or closing bracket, right after [
_KEY = const(3)
_FIRST_KEY = const(4)  # key or closing bracket, right after {
_COLON = const(5)

# frame bits, stk[4 * n]; stk + 1, + 2 node or entry in the schema, + 3 order of the last key
_OBJ = const(0x01)  # opened by {, else by [
_CTX = const(0x02)  # its keys are those of the node
_LIST = const(0x04)  # its children are items of the node
_ITEM = const(0x08)  # closing it completes an item
_INLIST = const(0x10)  # { straight inside a _LIST: plain JSON, or a list that lost its inner [
_SCALARS = const(0x20)  # list of scalars; the node is the schema entry

# kinds of schema entries, T[entry + 2]
_K_INT = const(0)
_K_BOOL = const(1)
_K_TAG = const(2)
_K_TEXT = const(3)
_K_DIGITS = const(4)
_K_ENUM = const(5)
_K_GROUP = const(6)
_K_LIST = const(7)
_K_PATH = const(8)
_K_MASK = const(9)
_K_FOREIGN = const(10)
_K_KEY = const(11)  # not in T: a key is expected

# events
_NEED = const(0)
_EV_TEXT = const(1)
_EV_ITEM = const(2)
_EV_DONE = const(3)
_EV_FOREIGN = const(4)
_EV_PATH = const(5)
_BAD = const(-1)
_DEEP = const(-2)
_LONG = const(-3)

_DEPTH = const(32)
_HASH = const(14137)  # of names, see tools.schema


@micropython.viper
def walk(st: ptr32, buf: ptr8, stk: ptr8, T: ptr8, rec: ptr32) -> int:
    i = int(st[10])
    while i < int(st[11]):
        rec[i] = _NONE
        i += 1
    st[11] = 0
    p = int(st[0])
    w = int(st[1])
    sp = int(st[2])
    x = int(st[3])
    el = int(st[4])
    node = 0
    skip = int(st[9])  # 1 inside a skipped string, 2 the same right after a backslash
    ev = -9
    while ev == -9:
        # a string that nobody wants is consumed as it comes, however long
        if skip:
            while p < w:
                c = int(buf[p])
                p += 1
                if skip == 2:
                    skip = 1
                elif c == 0x5C:
                    skip = 2
                elif c == 0x22:
                    skip = 0
                    break
            if skip:
                ev = _NEED
                break
            x = _COMMA
        if p >= w:
            ev = _NEED
            break
        c = int(buf[p])
        if c <= 0x20:
            if c == 0x20 or c == 0x0A or c == 0x0D or c == 0x09:
                p += 1
            else:
                ev = _BAD
            continue
        f = 4 * sp - 4
        kind = 0
        node = 0
        if sp:
            kind = int(stk[f])
            node = int(stk[f + 1]) | int(stk[f + 2]) << 8
        if x == _COMMA:
            if c == 0x2C:
                p += 1
                x = _KEY if kind & _OBJ else _VALUE
                continue
            if c != 0x5D and c != 0x7D:
                ev = _BAD
                continue
        elif x == _COLON:
            if c != 0x3A:
                ev = _BAD
                continue
            p += 1
            x = _VALUE
            continue
        # closing brackets
        if c == 0x5D or c == 0x7D:
            if x == _VALUE or x == _KEY or sp == 0:
                ev = _BAD
                continue
            n = _OBJ if c == 0x7D else 0
            if n != kind & _OBJ:
                ev = _BAD
                continue
            if kind & _LIST and int(stk[f + 3]):
                stk[f + 3] = 0  # the last item of a plain list ends with the list
                ev = _EV_ITEM
                continue
            p += 1
            sp -= 1
            x = _COMMA
            if kind & _ITEM:
                ev = _EV_ITEM
            elif sp == 0:
                ev = _EV_DONE
            continue
        # k is what the schema says of the value (-1: nothing)
        k = -1
        slot = 255
        if x == _KEY or x == _FIRST_KEY:
            if c != 0x22:
                ev = _BAD
                continue
            k = _K_KEY
        elif sp == 0:
            k = _K_GROUP
            node = el
        elif kind & (_OBJ | _SCALARS):
            if kind & _SCALARS:
                el = node
            if el:
                k = int(T[el + 2])
                slot = int(T[el + 3])
                node = int(T[el + 4]) | int(T[el + 5]) << 8
        elif kind & (_CTX | _LIST):
            if c == 0x7B or c == 0x5B:
                k = _K_GROUP
            if kind & _LIST and c == 0x5B and int(stk[f + 3]):
                stk[f + 3] = 0  # a plain item ends where one in a list of its own begins
                ev = _EV_ITEM
                continue
        if k == _K_FOREIGN:
            x = _COMMA  # the caller's own walker takes the value
            ev = _EV_FOREIGN
            st[7] = int(T[el + 6])
            continue
        if c == 0x7B or c == 0x5B:
            if sp >= _DEPTH:
                ev = _DEEP
                continue
            b = _OBJ if c == 0x7B else 0
            if k == _K_GROUP:
                b |= _CTX
                if kind & _LIST:
                    b |= _INLIST if c == 0x7B else _ITEM
                else:
                    if slot != 255:
                        rec[slot] = int(T[el + 6])
                    if kind & _OBJ and int(T[node + 3]):
                        b |= _ITEM
            elif k == _K_LIST:
                b |= (_CTX | _ITEM) if c == 0x7B else _LIST
                if slot != 255:
                    rec[slot] = int(T[el + 6])
            elif k == _K_PATH or k == _K_MASK:
                if c == 0x5B:
                    b |= _SCALARS
                    node = el
                    rec[slot] = 0
            elif k == _K_TAG:
                rec[slot] = 1
            elif k >= 0 and slot != 255:
                rec[slot] = _TAG
            f += 4
            stk[f] = b
            stk[f + 1] = node & 255
            stk[f + 2] = node >> 8
            stk[f + 3] = 0
            sp += 1
            p += 1
            x = _FIRST_KEY if c == 0x7B else _FIRST
            continue
        if sp == 0:
            ev = _BAD
            continue
        if c == 0x22:
            if k != _K_KEY and k != _K_TEXT and k != _K_ENUM and k != _K_MASK:
                p += 1
                skip = 1
                continue
            e = p + 1
            n = 0  # its hash
            v = 0
            while e < w:
                c = int(buf[e])
                if c == 0x22:
                    break
                if c == 0x5C:
                    v = 1
                    e += 1
                n = (n * _HASH ^ c) & 0xFFFF
                e += 1
            if e >= w:
                ev = _NEED
                continue
            if k == _K_KEY:
                el = 0
                if kind & _CTX:
                    i = node + 5
                    last = i + 7 * int(T[node])
                    while i < last and int(T[i]) | int(T[i + 1]) << 8 != n:
                        i += 7
                    if i == last:
                        if int(T[node + 4]) != 255:
                            rec[int(T[node + 4])] = 1
                    else:
                        el = i
                        if kind & _INLIST:
                            # does this object go on with the item of the one before it?
                            n = (i - node) // 7 + 1
                            o = int(stk[f - 1])
                            if int(stk[f + 3]) == 0:
                                if o and (o & 0x80 or n <= o):
                                    stk[f - 1] = 0
                                    ev = _EV_ITEM
                                    continue
                                stk[f + 3] = 1
                            else:
                                n |= 0x80
                            stk[f - 1] = n
                p = e + 1
                x = _COLON
                continue
            if k == _K_TEXT:
                st[5] = p + 1
                st[6] = e
                st[7] = slot
                st[8] = v
                ev = _EV_TEXT
            else:
                i = 0
                last = int(T[node])
                node += 1
                while i < last and int(T[node]) | int(T[node + 1]) << 8 != n:
                    node += 2
                    i += 1
                if k == _K_ENUM:
                    rec[slot] = i if i < last else -1
                elif i < last:
                    rec[slot] = int(rec[slot]) & _MASK | 1 << i
            p = e + 1
            x = _COMMA
            continue
        # number or literal: ends before , ] } or white space
        e = p
        while e < w:
            n = int(buf[e])
            if n <= 0x20 or n == 0x2C or n == 0x5D or n == 0x7D:
                break
            e += 1
        if e - p > 32:
            ev = _BAD
            continue
        if e >= w:
            ev = _NEED
            continue
        n = int(buf[p])
        if n == 0x2D or (n >= 0x30 and n <= 0x39):
            i = p
            if n == 0x2D:
                i += 1
            v = 0
            j = i
            while i < e and int(buf[i]) >= 0x30 and int(buf[i]) <= 0x39:
                if v < 0x6666666:
                    v = 10 * v + int(buf[i]) - 0x30
                else:
                    v = _MAX
                i += 1
            if i == j:
                ev = _BAD
                continue
            while i < e:  # a fraction is cut off; an exponent is for elements that nobody wants
                o = int(buf[i])
                if not (o >= 0x30 and o <= 0x39) and o != 0x2E:
                    if k == _K_INT or (o != 0x65 and o != 0x45 and o != 0x2B and o != 0x2D):
                        ev = _BAD
                        break
                i += 1
            if ev != -9:
                continue
            if n == 0x2D:
                v = 0 - v
            if k == _K_INT:
                rec[slot] = v
            elif k == _K_DIGITS:
                st[5] = p
                st[6] = e
                st[7] = slot
                st[8] = 0
                ev = _EV_TEXT
            elif k == _K_PATH and n != 0x2D:
                o = int(rec[slot])
                if o & _MASK == 0:
                    o = 0  # absent: one component without its list
                    rec[slot] = 0
                if o < 0 or o > 0x3FFFFF or v > 254:
                    st[7] = slot
                    st[8] = v
                    ev = _EV_PATH
                else:
                    rec[slot] = o << 8 | (v + 1)
            elif k == _K_MASK and n != 0x2D and v < 30:
                rec[slot] = int(rec[slot]) & _MASK | 1 << v
        else:  # true, false, null: by length, first letter and the last three
            v = 0
            i = p + 1
            while i < e:
                v = (v << 8 | int(buf[i])) & 0xFFFFFF
                i += 1
            i = e - p
            if n == 0x74 and i == 4 and v == 0x727565:
                if k == _K_BOOL:
                    rec[slot] = 1
            elif n == 0x66 and i == 5 and v == 0x6C7365 and int(buf[p + 1]) == 0x61:
                if k == _K_BOOL:
                    rec[slot] = 0
            elif n != 0x6E or i != 4 or v != 0x756C6C:
                ev = _BAD
                continue
        p = e
        x = _COMMA
    if ev == _EV_ITEM:
        st[7] = int(T[node + 3])
        st[10] = int(T[node + 1])
        st[11] = int(T[node + 2])
    elif ev == _NEED and w - p >= int(st[12]):
        ev = _LONG
    st[0] = p
    st[2] = sp
    st[3] = x
    st[4] = el
    st[9] = skip
    return ev


@micropython.viper
def mask(buf: ptr8, off: int, n: int, key: ptr8, at: int, k: int):
    # WebSocket masking (RFC 6455 5.3) in place; the key begins at byte `at` of `key`, and k is
    # the position in the frame of the first byte
    i = off
    last = off + n
    while i < last:
        buf[i] = int(buf[i]) ^ int(key[at + (k & 3)])
        k += 1
        i += 1


@micropython.viper
def copy(dst: ptr8, at: int, src: ptr8, off: int, n: int):
    # n bytes of src from off into dst, without the slice objects that dst[a:b] = src[c:d] costs
    last = off + n
    while off < last:
        dst[at] = src[off]
        at += 1
        off += 1
