"""Improve a plan's commitments for the futures: purchases earlier, or a first purchase that is larger.

Every change is checked by all rules and judged by its mean cost in the same sampled futures; what is cheaper
stays. The plan's lots are left as they are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan, Purchase
from capacityplan.domain.plant import CalendarKind, Plant
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.scenario.buffers import Buffer
from capacityplan.scenario.futures import Uncertainty
from capacityplan.scenario.stress import replayed, weakest
from capacityplan.solve.certify import certificate
from capacityplan.units import MINUTES_PER_DAY, ceil_div
from capacityplan.verify import check

_DAYS = (1, 3, 7)
_HEIGHTS = (0.25, 0.5, 1.0)
_WEEK = 7
_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Offer:
    """When an offer's purchases can come.

    Attributes
    ----------
    is_open : callable
        Whether the day of a minute is one on which the supplier delivers.
    """

    lead_days: int
    is_open: Callable[[int], bool]


def improved(
    plant: Plant, plan: Plan, stocks: tuple[Buffer, ...], samples: int, seed: int, uncertainty: Uncertainty,
    seconds: float,
) -> Plan:  # fmt: skip
    """Return a plan with purchases that cost less on average in sampled futures, the plan itself if none is.

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
    pairs.sort(key=lambda pair: -harm.get(pair[0], 0.0))
    for change in _changes(plant, pairs, stocks):
        if time.monotonic() > until:
            break
        trial = change(plan)
        verdict = check(plant, replace(trial, ledger=(), certificate=None))
        if verdict.violations:
            continue
        trial = replace(trial, ledger=verdict.ledger, certificate=certificate(verdict, None))
        cost = replayed(plant, trial, samples, seed, uncertainty).cost
        saving = best - cost
        # A saving within one standard error may be luck of these futures.
        if saving.mean() > saving.std(ddof=1) / len(saving) ** 0.5:
            plan, best = trial, cost
    return plan


def _changes(
    plant: Plant, pairs: list[_Pair], stocks: tuple[Buffer, ...]
) -> Iterator[Callable[[Plan], Plan]]:
    """Yield changes: all that lasts earlier; then offer by offer earlier, and its first purchase larger."""
    lookup = Lookup(plant)
    offers = {
        pair: _Offer(offer.lead_time_days, _open_days(plant, offer.calendar))
        for pair in pairs
        for offer in lookup.offers[pair][:1]
    }
    lasting = {pair: offers[pair] for pair in pairs if lookup.items[pair[1]].shelf_life_days is None}
    for days in _DAYS:
        yield partial(_moved, lasting, days)
    wanted = {row.item: row.quantity for row in stocks}
    for pair in pairs:
        for days in _DAYS:
            yield partial(_moved, {pair: offers[pair]}, days)
        step = max(lookup.offers[pair][0].order_multiple, 1)
        for height in _HEIGHTS:
            more = ceil_div(round(wanted.get(pair[1], 0) * height), step) * step
            if more:
                yield partial(_larger, pair, more)


def _moved(offers: Mapping[_Pair, _Offer], days: int, plan: Plan) -> Plan:
    """Let all purchases of some offers come earlier."""
    return replace(plan, purchases=tuple(
        _earlier(row, days, offers[pair]) if (pair := (row.supplier, row.item)) in offers else row
        for row in plan.purchases
    ))  # fmt: skip


def _larger(pair: _Pair, more: int, plan: Plan) -> Plan:
    """Enlarge the first purchase of an offer."""
    mine = (row for row in plan.purchases if (row.supplier, row.item) == pair)
    first = min(mine, key=lambda row: (row.arrives, row.purchase))
    larger = replace(first, quantity=first.quantity + more)
    return replace(plan, purchases=tuple(larger if row is first else row for row in plan.purchases))


def _open_days(plant: Plant, calendar: str) -> Callable[[int], bool]:
    """Say of a minute whether its day is open in a supplier's calendar."""
    timeline = Timeline.of(plant)
    opened = WorkingTime(plant, timeline).calendar(calendar, CalendarKind.WORK, 1) if calendar else None

    def is_open(minute: int) -> bool:
        day = timeline.clock.ordinal(minute)
        begin, end = timeline.clock.midnight(day), timeline.clock.midnight(day + 1)
        return opened is None or opened.open_minutes(begin, end) > 0

    return is_open


def _earlier(row: Purchase, days: int, offer: _Offer) -> Purchase:
    """Order and receive earlier, on a day on which the supplier delivers, as far as its lead time allows."""
    lead = offer.lead_days * MINUTES_PER_DAY
    for shift in (*range(days, days + _WEEK), *range(days - 1, 0, -1)):
        arrives = row.arrives - shift * MINUTES_PER_DAY
        if arrives >= lead and offer.is_open(arrives):
            return replace(row, arrives=arrives, order_by=max(0, min(row.order_by, arrives - lead)))
    return row
