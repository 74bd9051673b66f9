"""The TXT record of a SHIP node (6.4.2, Tables 22 and 23)."""


class TxtError(ValueError):
    """A value that the record may not have."""


def _value(key, value, most):
    if not value or "=" in value or len(value.encode()) > most:
        raise TxtError("%s: 1 to %d bytes without =" % (key, most))
    return key, value


def txt(ship_id, ski, brand, kind, model, serial, path="/ship/", register=False, categories="3"):
    """The pairs in the order in which peers expect them. `ski`: 20 bytes; `kind`: device type;
    `categories`: 3 is e-mobility. No empty value and no = inside one: some parsers drop the record."""
    return (
        ("txtvers", "1"),
        _value("path", path, 32),
        _value("id", ship_id, 63),
        ("ski", "".join("%02x" % b for b in ski)),
        _value("brand", brand, 32),
        _value("model", model, 32),
        _value("type", kind, 32),
        ("register", "true" if register else "false"),
        _value("serial", serial, 32),
        _value("cat", categories, 32),
    )
