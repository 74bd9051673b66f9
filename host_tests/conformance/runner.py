"""Runs cases group by group, each group on its own simulator."""

import asyncio
import time

from host_tests.conformance import (  # noqa: F401 - importing registers the cases
    limit_cases,
    limit_states,
    limit_transitions,
    measurement_cases,
    report,
    ship_connection,
    ship_data,
    ship_identity,
    spine_guard_cases,
    spine_management,
    spine_messages,
)
from host_tests.conformance.dut import DutError
from host_tests.conformance.groups import GROUPS, set_up
from host_tests.conformance.outcome import (
    FAILED,
    INCONCLUSIVE,
    NOT_APPLICABLE,
    PASSED,
    Failed,
    Inconclusive,
    NotApplicable,
)

CASE_S = 300


async def run(cases, logs, progress):
    """Run the cases; `progress(case, result or None, trace)` before and after each.

    Returns the results in running order.
    """
    results = []
    for group in GROUPS:
        chosen = [case for case in cases if case.group == group]
        while chosen:
            chosen = await _run_group(group, chosen, logs, progress, results)
    return results


async def _run_group(group, cases, logs, progress, results):
    """Run cases on one simulator; returns those left over when it died on the way."""
    left = list(cases)
    try:
        async with set_up(group, logs) as bench:
            while left:
                case = left.pop(0)
                progress(case, None, None)
                result, trace = await _run_case(case, bench)
                results.append(result)
                progress(case, result, trace)
                if not await _alive(bench):
                    return left
    except DutError as error:
        for case in left:
            result = report.entry(case, INCONCLUSIVE, str(error), [], 0)
            results.append(result)
            progress(case, result, [])
    return []


async def _run_case(case, bench):
    start = time.monotonic()
    bench.warnings.clear()
    reason = ""
    try:
        await asyncio.wait_for(case.run(bench), CASE_S)
        verdict = PASSED
        if bench.warnings:
            reason = "warning: " + "; ".join(bench.warnings)
    except Failed as error:
        verdict, reason = FAILED, str(error)
    except Inconclusive as error:
        verdict, reason = INCONCLUSIVE, str(error)
    except NotApplicable as error:
        verdict, reason = NOT_APPLICABLE, str(error)
    except TimeoutError:
        verdict, reason = INCONCLUSIVE, f"not through after {CASE_S} s"
    except Exception as error:
        verdict, reason = INCONCLUSIVE, f"{type(error).__name__}: {error}"
    trace = bench.trace()
    return report.entry(case, verdict, reason, trace, time.monotonic() - start), trace


async def _alive(bench):
    """Clean up after a case; False when the simulator does not answer any more."""
    try:
        await bench.settle()
    except (DutError, OSError):
        return False
    return True
