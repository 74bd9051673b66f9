"""The TXT record of a SHIP node (6.4.2, Tables 22 and 23)."""


class TxtError(ValueError):
    """A value that the record may not have."""


def txt(ship_id, ski, brand, kind, model, serial, path="/ship/", register=False, categories="3"):
    """The pairs in the order in which peers expect them. `ski`: 20 bytes; `kind`: device type;
    `categories`: 3 is e-mobility. No empty value and no = inside one: some parsers drop the
    record. Raises TxtError."""
    pairs = (
        ("txtvers", "1"),
        ("path", path),
        ("id", ship_id),
        ("ski", "".join("%02x" % b for b in ski)),
        ("brand", brand),
        ("model", model),
        ("type", kind),
        ("register", "true" if register else "false"),
        ("serial", serial),
        ("cat", categories),
    )
    for key, value in pairs:
        most = 63 if key in ("id", "ski") else 32
        if not value or "=" in value or len(value.encode()) > most:
            raise TxtError("%s: 1 to %d bytes without =" % (key, most))
    return pairs
