"""Checks that no supplier has to deliver more in a week than it can."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.domain.plan import Purchase
from capacityplan.errors import Violation
from capacityplan.verify.case import Case, week_of

RULE = "supplier_capacity"


def check(case: Case) -> Iterator[Violation]:
    """Yield weeks in which the arrivals of an item from a supplier exceed its capacity."""
    arrivals: dict[tuple[str, str, int], list[Purchase]] = {}
    for row in case.plan.purchases:
        week = week_of(case.timeline.clock.ordinal(row.arrives))
        arrivals.setdefault((row.supplier, row.item, week), []).append(row)
    for (supplier, item, _), rows in arrivals.items():
        tiers = [case.tier(row) for row in rows]
        limits = [
            one.capacity_per_week for one in tiers if one is not None and one.capacity_per_week is not None
        ]
        quantity = sum(row.quantity for row in rows)
        if limits and quantity > min(limits):
            yield Violation(
                RULE, (supplier, item, *(row.purchase for row in rows)), "arrivals of the week",
                str(quantity), f"<= {min(limits)}", "base units",
            )  # fmt: skip
