"""Checks that nothing is run before its artwork is approved."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case

RULE = "artwork_gate"


def check(case: Case) -> Iterator[Violation]:
    """Yield runs of an operation before its artwork is approved."""
    for work in case.flow.works:
        approved = work.operation.artwork_approved_on
        if approved is None:
            continue
        # A bucket of the tail will do if one of its minutes will.
        if work.latest < approved:
            yield Violation(
                RULE,
                (work.name,),
                "runs before its artwork is approved",
                str(work.latest),
                f">= {approved}",
                "minute",
            )
