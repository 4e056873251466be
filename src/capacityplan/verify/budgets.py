"""What a plan spends of every budget (docs/model.md, section 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from capacityplan.domain.budgets import SPENDING, Budget, ReserveRule
from capacityplan.domain.plan import LedgerRow
from capacityplan.domain.timeline import Timeline

_LAST_DAY = 10**7


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """What is spent of a budget.

    Attributes
    ----------
    spent : Fraction
        Before the plan's start and by the plan.
    early : Fraction
        Of it, what is spent before the reserve is released.
    released : Fraction
        The reserve that may be used at all.
    bucket : int
        Last bucket in which its period lies; -1: in none.
    """

    budget: Budget
    spent: Fraction
    early: Fraction
    released: Fraction
    bucket: int

    @property
    def allowed(self) -> Fraction:
        """Limit and released reserve."""
        return self.budget.limit + self.released

    @property
    def overrun(self) -> Fraction:
        """Money spent beyond what is allowed, or too early beyond the limit; 0 where no plan spends of it."""
        if self.bucket < 0:
            return Fraction(0)
        return max(Fraction(0), self.spent - self.allowed, self.early - self.budget.limit)


def budget_uses(
    budgets: Iterable[Budget], timeline: Timeline, rows: Iterable[LedgerRow]
) -> tuple[BudgetUse, ...]:
    """Add up the ledger by budget; a bucket that lies partly in a period counts by its days.

    Parameters
    ----------
    rows : iterable of LedgerRow
        A ledger; what is not spending is passed over.
    """
    sums: dict[tuple[str, int], Fraction] = {}
    for row in rows:
        if row.category in SPENDING:
            key = row.category, row.bucket
            sums[key] = sums.get(key, Fraction(0)) + row.amount
    return tuple(_use(budget, timeline, sums) for budget in budgets)


def days_within(timeline: Timeline, first: int, last: int) -> list[int]:
    """Days of every bucket that lie in a period of days, both ends included."""
    begin = np.maximum(timeline.first_day, first)
    end = np.minimum(timeline.first_day + timeline.days, last + 1)
    days: list[int] = np.maximum(end - begin, 0).tolist()
    return days


def reserve_day(budget: Budget) -> int:
    """First day on which the reserve of a budget may be used; far away where it is held."""
    if budget.reserve_rule is ReserveRule.OPEN:
        return budget.start
    released = budget.reserve_from if budget.reserve_rule is ReserveRule.DATED else None
    return _LAST_DAY if released is None else released


def _use(budget: Budget, timeline: Timeline, sums: dict[tuple[str, int], Fraction]) -> BudgetUse:
    categories = SPENDING if budget.category == "all" else (budget.category,)
    released = reserve_day(budget)
    within = days_within(timeline, budget.start, budget.end)
    before = days_within(timeline, budget.start, min(budget.end, released - 1))
    spent = early = budget.spent
    for bucket, days in enumerate(timeline.days.tolist()):
        amount = sum((sums.get((name, bucket), Fraction(0)) for name in categories), Fraction(0))
        spent += amount * Fraction(within[bucket], days)
        early += amount * Fraction(before[bucket], days)
    reserve = budget.reserve if released <= budget.end else Fraction(0)
    last = max((bucket for bucket, days in enumerate(within) if days), default=-1)
    return BudgetUse(budget, spent, early, reserve, last)


def overruns(budgets: Iterable[Budget], timeline: Timeline, rows: Iterable[LedgerRow]) -> Iterator[LedgerRow]:
    """Charge what is spent beyond budgets that may be overrun at a price."""
    for use in budget_uses(budgets, timeline, rows):
        rate = use.budget.overrun_cost
        if rate is not None and use.overrun:
            yield LedgerRow(
                "budget_overrun", use.budget.budget, use.bucket, use.overrun, rate, use.overrun * rate
            )
