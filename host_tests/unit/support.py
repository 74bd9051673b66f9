"""What unit tests share, on CPython and on MicroPython."""


class Kept(dict):
    """A record store, as far as it keeps values."""

    def put(self, key, value):
        self[key] = value

    def delete(self, key):
        if key in self:
            del self[key]


class raises:
    """`with raises(ValueError, "too long") as caught:` expects that exception.

    `text` must occur in str(exception). The exception is in `caught.value` afterwards.
    """

    def __init__(self, expected, text=None):
        self.expected = expected
        self.text = text
        self.value = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind is None:
            raise AssertionError("%s not raised" % _name(self.expected))
        if not issubclass(kind, self.expected):
            return False
        self.value = value
        if self.text is not None and self.text not in str(value):
            raise AssertionError("%r not in %r" % (self.text, str(value)))
        return True


def _name(expected):
    return getattr(expected, "__name__", str(expected))
