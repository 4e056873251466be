"""Checks that budgets that must be kept are kept."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.units import decimal_text
from capacityplan.verify.budgets import budget_uses, grants
from capacityplan.verify.case import Case
from capacityplan.verify.ledger import ledger

RULE = "budgets"


def check(case: Case) -> Iterator[Violation]:
    """Yield budgets of which more is spent than is granted; those with a price are charged."""
    granted = grants(case.plant.funds, case.plant.budgets)
    strict = [row for row in granted if row.budget.overrun_cost is None]
    if not strict:
        return
    currency = case.plant.currency
    for use in budget_uses(strict, case.timeline, ledger(case)):
        if use.overrun and use.spent - use.grant.total >= use.early - use.grant.limit:
            yield Violation(
                RULE, (use.budget.budget,), "spent of the budget",
                decimal_text(use.spent, 4), f"<= {decimal_text(use.grant.total, 4)}", currency,
            )  # fmt: skip
        elif use.overrun:
            yield Violation(
                RULE, (use.budget.budget,), "spent of the budget before its reserve is released",
                decimal_text(use.early, 4), f"<= {decimal_text(use.grant.limit, 4)}", currency,
            )  # fmt: skip
