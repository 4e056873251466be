"""Checks that the costs a plan states are the costs it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case
from capacityplan.verify.ledger import ledger

RULE = "ledger"


def check(case: Case) -> Iterator[Violation]:
    """Yield rows of the plan's ledger that differ from the recomputed ones; no rows, no claim."""
    if not case.plan.ledger:
        return
    stated, computed = Counter(case.plan.ledger), Counter(ledger(case))
    for row in sorted(stated - computed, key=_key):
        yield Violation(RULE, (row.category, row.object), f"bucket {row.bucket}: not so", str(row.amount))
    for row in sorted(computed - stated, key=_key):
        yield Violation(
            RULE, (row.category, row.object), f"bucket {row.bucket}: not stated", "", str(row.amount)
        )


def _key(row: object) -> str:
    return repr(row)
