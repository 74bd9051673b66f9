"""The texts of error results (5.3.2), loaded for one; [errorNumber]."""

TEXTS = (
    b"",
    b"",
    b"",
    b"too much",
    b"no such feature",
    b"",
    b"function or operation not supported",
    b"rejected",
    b"combination of filters not supported",
    b"binding is necessary for this command",
)
