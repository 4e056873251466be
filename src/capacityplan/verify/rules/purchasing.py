"""Checks that purchases keep to what the supplier offers."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.domain.plan import Purchase
from capacityplan.domain.plant import CalendarKind, SupplierOffer
from capacityplan.errors import Violation
from capacityplan.units import MINUTES_PER_DAY
from capacityplan.verify.case import Case

RULE = "purchasing"


def check(case: Case) -> Iterator[Violation]:
    """Yield purchases without a valid offer, too late ordered, too small, or off the multiple."""
    for row in case.plan.purchases:
        if row.order_by < 0:
            yield Violation(RULE, (row.purchase,), "ordered in the past", str(row.order_by), ">= 0", "minute")
        tier = case.tier(row)
        if tier is None:
            yield Violation(RULE, (row.purchase,), f"no offer of {row.supplier!r} is valid for the order")
        else:
            yield from _terms(case, row, tier)


def _terms(case: Case, row: Purchase, tier: SupplierOffer) -> Iterator[Violation]:
    name = (row.purchase,)
    earliest = row.order_by + tier.lead_time_days * MINUTES_PER_DAY
    if row.arrives < earliest:
        yield Violation(
            RULE, name, "arrives before the lead time", str(row.arrives), f">= {earliest}", "minute"
        )
    if row.quantity < tier.min_order:
        yield Violation(
            RULE,
            name,
            "less than the smallest order",
            str(row.quantity),
            f">= {tier.min_order}",
            "base units",
        )
    if tier.order_multiple and row.quantity % tier.order_multiple:
        yield Violation(
            RULE,
            name,
            "off the order multiple",
            str(row.quantity),
            f"n x {tier.order_multiple}",
            "base units",
        )
    if tier.calendar and not _open(case, tier.calendar, row.arrives):
        yield Violation(
            RULE, name, "arrives on a day on which the supplier does not deliver", str(row.arrives)
        )


def _open(case: Case, calendar: str, minute: int) -> bool:
    clock = case.timeline.clock
    day = clock.ordinal(minute)
    steps = case.time.calendar(calendar, CalendarKind.WORK, 1)
    return steps.open_minutes(clock.midnight(day), clock.midnight(day + 1)) > 0
