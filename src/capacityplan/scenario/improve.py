"""Improve a plan's commitments for the futures: purchases earlier, or a first purchase that is larger.

Every change is checked by all rules and judged by its mean cost in the same sampled futures; what is cheaper
stays. The plan's lots are left as they are.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan, Purchase
from capacityplan.domain.plant import Plant
from capacityplan.scenario.buffers import Buffer
from capacityplan.scenario.futures import Uncertainty
from capacityplan.scenario.stress import replayed, weakest
from capacityplan.units import MINUTES_PER_DAY, ceil_div
from capacityplan.verify import check

_DAYS = (1, 3, 7)
_HEIGHTS = (0.25, 0.5, 1.0)


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
    best = float(found.cost.mean())
    harm = {row.name: row.cost for row in weakest(found) if row.kind == "delay"}
    pairs = sorted({(row.supplier, row.item) for row in plan.purchases})
    for pair in sorted(pairs, key=lambda pair: -harm.get(pair[0], 0.0)):
        for trial in _changes(plant, plan, pair, stocks):
            if time.monotonic() > until:
                return plan, best
            verdict = check(plant, replace(trial, ledger=()))
            if verdict.violations:
                continue
            trial = replace(trial, ledger=verdict.ledger)
            mean = float(replayed(plant, trial, samples, seed, uncertainty).cost.mean())
            if mean < best:
                plan, best = trial, mean
    return plan, best


def _changes(plant: Plant, plan: Plan, pair: tuple[str, str], stocks: tuple[Buffer, ...]) -> Iterator[Plan]:
    """Yield plans in which an offer's purchases come earlier, or the first of them is larger."""
    lookup = Lookup(plant)
    offer = lookup.offers[pair][0]
    mine = [row for row in plan.purchases if (row.supplier, row.item) == pair]
    for days in _DAYS:
        moved = {row.purchase: _earlier(row, days, offer.lead_time_days) for row in mine}
        yield replace(plan, purchases=tuple(moved.get(row.purchase, row) for row in plan.purchases))
    wanted = next((row.quantity for row in stocks if row.item == pair[1]), 0)
    first = min(mine, key=lambda row: (row.arrives, row.purchase))
    step = max(offer.order_multiple, 1)
    for height in _HEIGHTS:
        more = ceil_div(round(wanted * height), step) * step
        if more:
            larger = replace(first, quantity=first.quantity + more)
            yield replace(plan, purchases=tuple(larger if row is first else row for row in plan.purchases))


def _earlier(row: Purchase, days: int, lead_days: int) -> Purchase:
    """Order and receive earlier, as far as the supplier's lead time from the start on allows."""
    arrives = max(row.arrives - days * MINUTES_PER_DAY, lead_days * MINUTES_PER_DAY)
    if arrives >= row.arrives:
        return row
    order_by = max(0, min(row.order_by, arrives - lead_days * MINUTES_PER_DAY))
    return replace(row, arrives=arrives, order_by=order_by)
