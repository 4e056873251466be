"""Improve a plan's commitments for the futures: purchases earlier, or a first purchase that is larger.

Every change is checked by all rules and judged by its mean cost in the same sampled futures; what is cheaper
stays. The plan's lots are left as they are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan, Purchase
from capacityplan.domain.plant import CalendarKind, Plant
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.scenario.buffers import Buffer
from capacityplan.scenario.futures import Uncertainty
from capacityplan.scenario.stress import replayed, weakest
from capacityplan.units import MINUTES_PER_DAY, ceil_div
from capacityplan.verify import check

_DAYS = (1, 3, 7)
_HEIGHTS = (0.25, 0.5, 1.0)
_WEEK = 7


def improved(
    plant: Plant, plan: Plan, stocks: tuple[Buffer, ...], samples: int, seed: int, uncertainty: Uncertainty,
    seconds: float,
) -> tuple[Plan, float]:  # fmt: skip
    """Return a plan with purchases that cost less on average in sampled futures, and that mean cost.

    Parameters
    ----------
    plan : Plan
        Verified, with its ledger.
    seconds : float
        Time to look for changes.
    """
    until = time.monotonic() + seconds
    found = replayed(plant, plan, samples, seed, uncertainty)
    best = found.cost
    harm = {row.name: row.cost for row in weakest(found) if row.kind == "delay"}
    pairs = sorted({(row.supplier, row.item) for row in plan.purchases})
    for pair in sorted(pairs, key=lambda pair: -harm.get(pair[0], 0.0)):
        for trial in _changes(plant, plan, pair, stocks):
            if time.monotonic() > until:
                return plan, float(best.mean())
            verdict = check(plant, replace(trial, ledger=(), certificate=None))
            if verdict.violations:
                continue
            trial = replace(trial, ledger=verdict.ledger, certificate=None)
            cost = replayed(plant, trial, samples, seed, uncertainty).cost
            saving = best - cost
            # A saving within one standard error may be luck of these futures.
            if saving.mean() > saving.std(ddof=1) / len(saving) ** 0.5:
                plan, best = trial, cost
    return plan, float(best.mean())


def _changes(plant: Plant, plan: Plan, pair: tuple[str, str], stocks: tuple[Buffer, ...]) -> Iterator[Plan]:
    """Yield plans in which an offer's purchases come earlier, or the first of them is larger."""
    offer = Lookup(plant).offers[pair][0]
    days_open = _open_days(plant, offer.calendar)
    mine = [row for row in plan.purchases if (row.supplier, row.item) == pair]
    for days in _DAYS:
        moved = {row.purchase: _earlier(row, days, offer.lead_time_days, days_open) for row in mine}
        yield replace(plan, purchases=tuple(moved.get(row.purchase, row) for row in plan.purchases))
    wanted = next((row.quantity for row in stocks if row.item == pair[1]), 0)
    first = min(mine, key=lambda row: (row.arrives, row.purchase))
    step = max(offer.order_multiple, 1)
    for height in _HEIGHTS:
        more = ceil_div(round(wanted * height), step) * step
        if more:
            larger = replace(first, quantity=first.quantity + more)
            yield replace(plan, purchases=tuple(larger if row is first else row for row in plan.purchases))


def _open_days(plant: Plant, calendar: str) -> Callable[[int], bool]:
    """Say of a minute whether its day is open in a supplier's calendar."""
    timeline = Timeline.of(plant)
    opened = WorkingTime(plant, timeline).calendar(calendar, CalendarKind.WORK, 1) if calendar else None

    def is_open(minute: int) -> bool:
        day = timeline.clock.ordinal(minute)
        begin, end = timeline.clock.midnight(day), timeline.clock.midnight(day + 1)
        return opened is None or opened.open_minutes(begin, end) > 0

    return is_open


def _earlier(row: Purchase, days: int, lead_days: int, is_open: Callable[[int], bool]) -> Purchase:
    """Order and receive earlier, on a day on which the supplier delivers and its lead time allows."""
    lead = lead_days * MINUTES_PER_DAY
    for more in range(_WEEK):
        arrives = row.arrives - (days + more) * MINUTES_PER_DAY
        if arrives < lead:
            return row
        if is_open(arrives):
            return replace(row, arrives=arrives, order_by=max(0, min(row.order_by, arrives - lead)))
    return row
