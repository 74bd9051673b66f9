"""The node profile object 0x0EF001."""

from .value import put

_PROPS = (
    b"\x80\x05\x01\x82\x01\x04\x83\x01\x11\x8a\x01\x03\x8c\x01\x0c\x8d\x01\x0c"
    b"\x9d\x09\x11\x9e\x09\x11\x9f\x09\x11\xd3\x01\x03\xd4\x01\x02"
    b"\xd5\x0d\xfd\xd6\x09\xfd\xd7\x09\x11"
)
# version 1.14, format 1 only, reserved
_VERSION = b"\x01\x0e\x01\x00"


class NodeProfile:
    """Lists the `objects` of a node: at most 84 of at most 8 classes (ValueError)."""

    eoj = 0x0EF0
    instance = 1
    props = _PROPS

    def __init__(self, objects, identity):
        instances = bytearray(1)
        classes = bytearray(1)
        seen = []
        for obj in objects:
            code = bytes((obj.eoj >> 8, obj.eoj & 0xFF))
            instances.extend(code)
            instances.append(obj.instance)
            if obj.eoj not in seen:
                seen.append(obj.eoj)
                classes.extend(code)
        if len(objects) > 84 or len(seen) > 8:
            raise ValueError("a node lists at most 84 instances of 8 classes")
        instances[0] = len(objects)
        classes[0] = len(seen)
        self._instances = bytes(instances)
        self._classes = bytes(classes)
        self._identity = identity

    def get(self, epc, buf, off):
        if epc == 0x80:
            buf[off] = 0x30
            return 1
        if epc == 0xD3:
            # without the profile itself, D4 with it
            buf[off] = 0
            return 1 + put(buf, off + 1, self._instances[0], 2)
        if epc == 0xD4:
            return put(buf, off, self._classes[0] + 1, 2)
        if epc == 0x82:
            data = _VERSION
        elif epc == 0xD5 or epc == 0xD6:
            data = self._instances
        elif epc == 0xD7:
            data = self._classes
        else:
            return self._identity.get(self, epc, buf, off)
        buf[off : off + len(data)] = data
        return len(data)

    def poll(self, now):
        """Nothing changes by itself: the instance list is fixed."""
