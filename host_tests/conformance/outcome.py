"""How a case ends, and the registry of executable cases."""

from collections import namedtuple

PASSED, FAILED, NOT_APPLICABLE, INCONCLUSIVE = (
    "passed",
    "failed",
    "not_applicable",
    "inconclusive",
)

Case = namedtuple("Case", "id role group run")
CASES = []


class Failed(Exception):
    """The device did what the case forbids, or not what it demands."""


class Inconclusive(Exception):
    """A precondition was not reached."""


class NotApplicable(Exception):
    """Ruled out by the declarations."""


def case(case_id, role="server", group=None):
    """Register `async def run(bench)` as an executable case; group: which simulator set-up."""

    def register(run):
        CASES.append(Case(case_id, role, group or role, run))
        return run

    return register


def demand(condition, reason):
    """Fail with `reason` unless the condition holds."""
    if not condition:
        raise Failed(reason)
