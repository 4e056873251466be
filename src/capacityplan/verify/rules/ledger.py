"""Checks that the costs a plan states are the costs it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from capacityplan.errors import Violation
from capacityplan.units import decimal_text
from capacityplan.verify.case import Case
from capacityplan.verify.ledger import ledger

RULE = "ledger"


def check(case: Case) -> Iterator[Violation]:
    """Yield rows of the plan's ledger that differ from the recomputed ones; no rows, no claim."""
    certificate = case.plan.certificate
    if not case.plan.ledger and certificate is None:
        return
    computed = Counter(ledger(case))
    if certificate is not None:
        cost = sum((row.amount * count for row, count in computed.items()), Fraction(0))
        if certificate.cost != cost:
            yield Violation(
                RULE,
                ("certificate",),
                "states another cost",
                decimal_text(certificate.cost, 6),
                decimal_text(cost, 6),
            )
    if not case.plan.ledger:
        return
    stated = Counter(case.plan.ledger)
    for row in sorted(stated - computed, key=_key):
        yield Violation(RULE, (row.category, row.object), f"bucket {row.bucket}: not so", str(row.amount))
    for row in sorted(computed - stated, key=_key):
        yield Violation(
            RULE, (row.category, row.object), f"bucket {row.bucket}: not stated", "", str(row.amount)
        )


def _key(row: object) -> str:
    return repr(row)
