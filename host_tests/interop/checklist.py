"""A peer's checks in their order: functions of a session that return a detail or raise."""

from host_tests.interop.process import CommandFailed


class Checklist:
    """`@checks("name")` adds a function; the order of the file is the order of the run."""

    def __init__(self):
        self._checks = []

    def __call__(self, name):
        def add(function):
            self._checks.append((name, function))
            return function

        return add

    @property
    def names(self):
        return tuple(name for name, _ in self._checks)

    def run(self, session, only=None):
        """Yields (check, ok, detail); `only`: of the check with that name. A failed check does
        not keep the next from being tried."""
        for name, function in self._checks:
            if only not in (None, name):
                continue
            try:
                detail = function(session) or ""
            except (AssertionError, CommandFailed) as error:
                yield name, False, str(error)
            except (KeyError, TypeError, IndexError, AttributeError) as error:
                # a reply without the member that the check is about
                yield name, False, f"{type(error).__name__}: {error}"
            else:
                yield name, True, detail


def equal(what, found, wanted):
    if found != wanted:
        raise AssertionError(f"{what}: {found}, not {wanted}")


def near(what, found, wanted, tolerance):
    """Numbers, or lists of numbers of the same length."""
    left = found if isinstance(found, list) else [found]
    right = wanted if isinstance(wanted, list) else [wanted]
    if len(left) != len(right) or any(
        abs(a - b) > tolerance for a, b in zip(left, right, strict=True)
    ):
        raise AssertionError(f"{what}: {found}, not {wanted} (+-{tolerance})")
