"""Opening stock and open purchase orders that fit the demand of a plant under construction.

A plant that is met in the middle of its life has goods in the warehouse, goods on the way, and
orders placed long ago for everything with a long lead time. This module explodes the demand day
by day (rough cut, in floating point: it draws up an instance, it proves nothing), gives each item
the stock its policy asks for, and lets open purchase orders arrive until new ones can.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate

from capacityplan.demand.netting import net
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant, Receipt, ReceiptKind, Stock, StockStatus
from capacityplan.domain.timeline import Timeline
from capacityplan.templates.draft import Draft

_RATE_DAYS = 28
_MARGIN = 1.01  # samples, rejects and rounding up of lots


@dataclass(frozen=True, slots=True)
class Policy:
    """How an item is covered when the plan begins.

    Attributes
    ----------
    stock_days : float
        Days that the opening stock covers at the mean need of the first four weeks.
    ahead_days : int
        Days between an item's availability and the need of its parents (production, inspection).
    batches : int
        Number of stock lots; the youngest may still be held.
    age_days : int
        Age of the youngest lot; older ones are one more such step old each.
    held_until : int or None
        Day on which the youngest lot, still in inspection, is available.
    in_inspection : bool
        The youngest lot waits for its inspection, which the plan must schedule.
    every_days : int
        Days between open purchase orders (0: none).
    pack : int
        Purchase quantities are multiples of it.
    until_day : int
        Open purchase orders cover the need up to this day.
    slips : mapping of int to int
        Days by which a numbered open order is late.
    """

    stock_days: float
    ahead_days: int = 0
    batches: int = 1
    age_days: int = 2
    held_until: int | None = None
    in_inspection: bool = False
    every_days: int = 0
    pack: int = 1
    until_day: int = 0
    slips: Mapping[int, int] = field(default_factory=dict)


def cover(draft: Draft, policies: Mapping[str, Policy]) -> None:
    """Give every item of a policy its opening stock and open purchase orders.

    Parameters
    ----------
    draft : Draft
        Complete but for stock and purchases; production orders in progress are counted as stock.
    policies : mapping of item to Policy
    """
    plant = draft.plant()
    lookup = Lookup(plant)
    need = _demand_by_day(plant)
    in_progress: dict[str, int] = {}
    for receipt in plant.receipts:
        in_progress[receipt.item] = in_progress.get(receipt.item, 0) + receipt.quantity
    days = int(sum(Timeline.of(plant).days))
    for item in _parents_first(plant):
        gross = need.get(item, [0.0] * days)
        policy = policies.get(item)
        supply = in_progress.get(item, 0) + (_give(draft, lookup, item, gross, policy) if policy else 0)
        _pass_on(plant, lookup, item, _net(gross, supply), policy, need)


def _demand_by_day(plant: Plant) -> dict[str, list[float]]:
    """Base units needed by item and day, projections spread over their bucket."""
    timeline = Timeline.of(plant)
    days = int(sum(timeline.days))
    need: dict[str, list[float]] = {}
    for demand in net(plant, timeline):
        row = need.setdefault(demand.item, [0.0] * days)
        first = int(timeline.first_day[demand.bucket] - timeline.first_day[0])
        length = int(timeline.days[demand.bucket])
        for day in range(first, first + length):
            row[max(0, day - demand.transit // 1440)] += demand.quantity / length
    return need


def _parents_first(plant: Plant) -> list[str]:
    """Items so that each comes after everything it goes into."""
    parents: dict[str, set[str]] = {item.item: set() for item in plant.items}
    for line in plant.bill_of_materials:
        parents[line.component].add(line.item)
    order: list[str] = []
    placed: set[str] = set()
    while len(order) < len(parents):
        ready = [item for item, above in parents.items() if item not in placed and above <= placed]
        order += ready
        placed.update(ready)
    return order


def _give(draft: Draft, lookup: Lookup, item: str, gross: Sequence[float], policy: Policy) -> int:
    """Add an item's stock and open purchase orders; return the stock."""
    stock = _round_up(policy.stock_days * sum(gross[:_RATE_DAYS]) / _RATE_DAYS, policy.pack)
    _add_stock(draft, lookup, item, stock, policy)
    if policy.every_days:
        _add_orders(draft, lookup, item, stock, [0.0, *accumulate(gross)], policy)
    return stock


def _round_up(quantity: float, pack: int) -> int:
    return math.ceil(quantity / pack - 1e-9) * pack


def _add_stock(draft: Draft, lookup: Lookup, item: str, stock: int, policy: Policy) -> None:
    share = stock // policy.batches
    life = lookup.items[item].shelf_life_days
    for batch in range(policy.batches):
        quantity = share if batch else stock - share * (policy.batches - 1)
        if quantity <= 0:
            continue
        youngest = batch == policy.batches - 1
        held = youngest and (policy.held_until is not None or policy.in_inspection)
        age = policy.age_days * (policy.batches - batch)
        draft.add(Stock(
            f"S-{item}-{batch + 1}", item, quantity,
            StockStatus.IN_INSPECTION if held else StockStatus.UNRESTRICTED,
            None if life is None else draft.at(life - age),
            draft.at(policy.held_until, 10) if held and policy.held_until is not None else None,
        ))  # fmt: skip


def _add_orders(
    draft: Draft, lookup: Lookup, item: str, stock: int, running: Sequence[float], policy: Policy
) -> None:
    """Let an open order arrive every few days as long as new orders cannot be there yet."""
    tier = min(row.min_order for key, rows in lookup.offers.items() if key[1] == item for row in rows)
    covered, number = float(stock), 0
    last = len(running) - 1
    for day in range(1, policy.until_day, policy.every_days):
        until = min(last, min(day + policy.every_days, policy.until_day) + policy.ahead_days)
        missing = running[until] - covered
        if missing <= 0:
            continue
        quantity = max(tier, _round_up(missing * _MARGIN, policy.pack))
        covered += quantity
        number += 1
        arrival = _workday(day + policy.slips.get(number, 0))
        draft.add(
            Receipt(f"PO-{item}-{number:02d}", ReceiptKind.PURCHASE, item, quantity, draft.at(arrival, 8))
        )


def _workday(day: int) -> int:
    """Move a day of the horizon that is a weekend day to the Monday after (day 0 is a Monday)."""
    return day + (7 - day % 7 if day % 7 > 4 else 0)


def _net(gross: Sequence[float], supply: float) -> list[float]:
    out = []
    for quantity in gross:
        used = min(supply, quantity)
        supply -= used
        out.append(quantity - used)
    return out


def _pass_on(
    plant: Plant,
    lookup: Lookup,
    item: str,
    made: Sequence[float],
    policy: Policy | None,
    need: dict[str, list[float]],
) -> None:
    """Explode what must be made of an item into its components, earlier by its lead time."""
    ahead = policy.ahead_days if policy else 0
    for version in lookup.versions.get(item, ())[:1]:
        routing = lookup.routings[item, version]
        remaining = math.prod((row.yield_fraction for row in routing), start=Fraction(1))
        for row in routing:
            for line in lookup.components.get((item, version, row.operation), ()):
                per_unit = line.quantity / line.per_quantity / (1 - line.scrap_fraction) / remaining
                factor = float(per_unit) * lookup.scale[line.component] / lookup.scale[item] * _MARGIN
                below = need.setdefault(line.component, [0.0] * len(made))
                for day, quantity in enumerate(made):
                    below[max(0, day - ahead)] += quantity * factor
            remaining /= row.yield_fraction
