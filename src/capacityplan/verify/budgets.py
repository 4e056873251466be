"""What every budget is granted, and what a plan spends of it (docs/model.md, section 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from capacityplan.domain.budgets import SPENDING, Budget, Fund, ReserveRule
from capacityplan.domain.plan import LedgerRow
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.units import total

LAST_DAY = 10**7
"""A day after all others."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a budget may spend, once the fund that it draws on is shared out.

    Attributes
    ----------
    asked : Fraction
        Its limit, and its reserve where that is released within its period.
    limit, reserve : Fraction
        What is granted of both.
    """

    budget: Budget
    asked: Fraction
    limit: Fraction
    reserve: Fraction

    @property
    def total(self) -> Fraction:
        """All that is granted."""
        return self.limit + self.reserve


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """What is spent of a budget.

    Attributes
    ----------
    spent : Fraction
        Before the plan's start and by the plan.
    early : Fraction
        Of it, what is spent before the reserve is released.
    bucket : int
        Last bucket in which its period lies; -1: in none.
    """

    grant: Grant
    spent: Fraction
    early: Fraction
    bucket: int

    @property
    def budget(self) -> Budget:
        """The budget as it is stated."""
        return self.grant.budget

    @property
    def overrun(self) -> Fraction:
        """Money spent beyond what is granted, or too early beyond the limit; 0 where no plan spends of it."""
        if self.bucket < 0:
            return Fraction(0)
        return max(Fraction(0), self.spent - self.grant.total, self.early - self.grant.limit)


def grants(funds: Iterable[Fund], budgets: Iterable[Budget]) -> tuple[Grant, ...]:
    """Share out every fund among the budgets that draw on it.

    First comes what is spent already (of limit and reserve), then the rest of limits, then the rest
    of released reserves; in each of these the smallest priority comes first, and equal priorities
    share what is left in proportion to what they ask. A budget without a fund is granted all it asks.

    Returns
    -------
    tuple of Grant
        In the order of the budgets. Those of a fund add up to its amount, or to what they ask if
        that is less.
    """
    rows = list(budgets)
    wholes = [row.limit + (row.reserve if reserve_day(row) <= row.end else 0) for row in rows]
    turns: dict[tuple[str, int, int], dict[int, Fraction]] = {}
    for number, (row, whole) in enumerate(zip(rows, wholes, strict=True)):
        begun = Fraction(0)
        for turn, upto in enumerate((min(row.spent, whole), row.limit, whole)):
            turns.setdefault((row.fund, turn, row.priority), {})[number] = max(upto - begun, Fraction(0))
            begun = max(begun, upto)
    left = {row.fund: row.amount for row in funds}
    granted = [Fraction(0)] * len(rows)
    for (fund, _, _), asks in sorted(turns.items()):
        asked = sum(asks.values(), Fraction(0))
        given = min(asked, left[fund]) if fund in left else asked
        if fund in left:
            left[fund] -= given
        for number, ask in asks.items():
            granted[number] += ask * given / asked if asked else 0
    return tuple(
        Grant(row, whole, min(most, row.limit), max(most - row.limit, Fraction(0)))
        for row, whole, most in zip(rows, wholes, granted, strict=True)
    )


def budget_uses(
    granted: Iterable[Grant], timeline: Timeline, rows: Iterable[LedgerRow]
) -> tuple[BudgetUse, ...]:
    """Add up the ledger by budget; a bucket that lies partly in a period counts by its days.

    Parameters
    ----------
    rows : iterable of LedgerRow
        A ledger; what is not spending is passed over.
    """
    amounts: dict[tuple[str, int], list[Fraction]] = {}
    for row in rows:
        if row.category in SPENDING:
            amounts.setdefault((row.category, row.bucket), []).append(row.amount)
    sums = {key: total(some) for key, some in amounts.items()}
    return tuple(_use(grant, timeline, sums) for grant in granted)


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
    return LAST_DAY if released is None else released


def _use(grant: Grant, timeline: Timeline, sums: dict[tuple[str, int], Fraction]) -> BudgetUse:
    budget = grant.budget
    categories = SPENDING if budget.category == "all" else (budget.category,)
    within = days_within(timeline, budget.start, budget.end)
    before = days_within(timeline, budget.start, min(budget.end, reserve_day(budget) - 1))
    spent = early = budget.spent
    for bucket, days in enumerate(timeline.days.tolist()):
        amount = sum((sums.get((name, bucket), Fraction(0)) for name in categories), Fraction(0))
        spent += amount * Fraction(within[bucket], days)
        early += amount * Fraction(before[bucket], days)
    last = max((bucket for bucket, days in enumerate(within) if days), default=-1)
    return BudgetUse(grant, spent, early, last)


def overruns(plant: Plant, timeline: Timeline, rows: Iterable[LedgerRow]) -> Iterator[LedgerRow]:
    """Charge what is spent beyond budgets that may be overrun at a price."""
    if not plant.budgets:
        return
    for use in budget_uses(grants(plant.funds, plant.budgets), timeline, rows):
        rate = use.budget.overrun_cost
        if rate is not None and use.overrun:
            yield LedgerRow(
                "budget_overrun", use.budget.budget, use.bucket, use.overrun, rate, use.overrun * rate
            )
