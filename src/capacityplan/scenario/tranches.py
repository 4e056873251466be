"""Demand beyond what is expected, in tranches that are priced by the chance that they are wanted.

With supply fixed ahead, the expected cost of an item is convex in what there is of it until a bucket (the
first-order loss function; Bookbinder and Tan 1988). Here it is piecewise linear between quantiles of
cumulative demand (Tempelmeier and Hilger 2015). Each piece is demand of a segment of its own: what lies
between two quantiles is wanted with the chance of the one in the middle, so it costs that share of what
lateness and loss of the item cost, less what holding it costs where it is not wanted. A plan for such demand
weighs whose shortage is the likeliest and dearest, within the capacity that there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from capacityplan.demand.netting import Demand, net
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Customer, Order, Plant
from capacityplan.domain.projections import Projections
from capacityplan.domain.timeline import Timeline
from capacityplan.scenario.futures import Floats, Uncertainty, sample_demand, streams_of

_QUANTILES = (0.5, 0.75, 0.9, 0.97)
"""Tranches lie between them; what is wanted in three futures of a hundred is nobody's plan."""
_SPOILS = 4
"""Of what spoils no more is kept than is sold in this part of its life: the rest would be thrown away."""
_WEEK = 7
_GRAIN = 10**6
"""Prices are rounded to a part of this of a unit of money."""
_SURE = 10**6


@dataclass(slots=True)
class _Wanted:
    """An item's projected demand over all segments.

    Attributes
    ----------
    deviation : (samples, buckets) float64
        Base units wanted until the bucket's end beyond what is expected.
    quantity, late, lost : float
        Base units over the horizon; money for all of them.
    """

    deviation: Floats
    quantity: float = 0.0
    late: float = 0.0
    lost: float = 0.0


def with_tranches(
    plant: Plant, uncertainty: Uncertainty, samples: int, seed: int, share: float = 1.0
) -> Plant:
    """Return the plant with what may be wanted beyond what is expected.

    A tranche that is served stays served, though stock for later demand could stand in for it: in full,
    tranches ask for too much where lots last long.

    Parameters
    ----------
    plant : Plant
    samples, seed : int
        Futures from which the quantiles are taken.
    share : float
        Of the quantiles' distance from what is expected.

    Returns
    -------
    Plant
        The plant itself where its demand does not vary.
    """
    timeline, lookup = Timeline.of(plant), Lookup(plant)
    segment = _unused("hedge", plant)
    found = _wanted(plant, timeline, lookup, samples, seed, uncertainty)
    orders = [
        order
        for item, wanted in sorted(found.items())
        for order in _orders(item, wanted, share, segment, timeline, lookup)
    ]
    if not orders:
        return plant
    return replace(
        plant,
        customers=(*plant.customers, Customer(segment)),
        orders=(*plant.orders, *orders),
        projections=_with_nothing(
            plant.projections, {row.item for row in orders}, segment, int(timeline.first_day[0])
        ),
    )


def _unused(name: str, plant: Plant) -> str:
    taken = {row.customer for row in plant.customers} | set(plant.projections.names)
    while name in taken:
        name += "-"
    return name


def _wanted(
    plant: Plant, timeline: Timeline, lookup: Lookup, samples: int, seed: int, uncertainty: Uncertainty
) -> dict[str, _Wanted]:
    """Projected demand by item, its deviations by the bucket that ships it."""
    moved = sample_demand(plant, timeline, lookup, samples, uncertainty, streams_of(seed)["demand"])
    found: dict[str, _Wanted] = {}
    for row in net(plant, timeline):
        change = moved.get((row.item, row.customer))
        if row.is_order or change is None:
            continue
        here = found.setdefault(row.item, _Wanted(np.zeros((samples, len(timeline)))))
        here.deviation[:, _ships(row, timeline)] += np.maximum(change[:, row.bucket], -row.quantity)
        here.quantity += row.quantity
        here.late += row.quantity * float(row.late_rate)
        here.lost += row.quantity * float(row.lost_rate)
    for item, here in found.items():
        here.deviation = _until(here.deviation, timeline, _life(lookup, item))
    return found


def _ships(row: Demand, timeline: Timeline) -> int:
    return max(0, timeline.bucket_of_end(int(timeline.ends[row.bucket]) - row.transit))


def _life(lookup: Lookup, item: str) -> int | None:
    row = lookup.items[item]
    return None if row.shelf_life_days is None else max(row.shelf_life_days - row.min_remaining_life_days, 0)


def _until(deviation: Floats, timeline: Timeline, life: int | None) -> Floats:
    """Add up over time: of what spoils over its life, since what was left over before is gone."""
    total = np.cumsum(deviation, axis=1)
    if life is None:
        return total
    ends = np.cumsum(timeline.days)
    before = np.searchsorted(ends, ends - life, side="right") - 1
    return total - np.where(before >= 0, total[:, before], 0.0)


def _orders(
    item: str, found: _Wanted, share: float, segment: str, timeline: Timeline, lookup: Lookup
) -> Iterator[Order]:
    """Yield what of each tranche is wanted for the first time in each week."""
    horizon = float(timeline.days.sum())
    level = share * np.maximum(np.quantile(found.deviation, _QUANTILES, axis=0), 0)
    life = _life(lookup, item)
    if life is not None:
        level = np.minimum(level, found.quantity / horizon * life / _SPOILS)
    height = np.maximum.accumulate(np.diff(level, axis=0), axis=1)
    late, lost = found.late / found.quantity, found.lost / found.quantity
    weight = float(lookup.items[item].positioning_weight)
    left = horizon - np.cumsum(timeline.days)
    for tranche, (low, high) in enumerate(pairwise(_QUANTILES)):
        chance = 1 - (low + high) / 2
        in_vain = (1 - chance) * float(lookup.holding_rate(item))
        before = 0
        for bucket in _week_ends(timeline):
            wanted = round(float(height[tranche, bucket])) - before
            loss = chance * lost - in_vain * float(left[bucket])
            if wanted <= 0 or loss <= 0:
                continue
            before += wanted
            yield Order(
                f"{segment}:{item}:{bucket}:{tranche}", item, wanted, int(timeline.ends[bucket]), segment,
                late_cost_per_day=_money(max(0.0, chance * late - in_vain) / weight),
                lost_cost=_money(loss / weight),
            )  # fmt: skip


def _week_ends(timeline: Timeline) -> Iterator[int]:
    """Last buckets of the weeks of the horizon."""
    week = (np.cumsum(timeline.days) - 1) // _WEEK
    for bucket in range(len(timeline)):
        if bucket + 1 == len(timeline) or week[bucket] < week[bucket + 1]:
            yield bucket


def _money(amount: float) -> Fraction:
    return Fraction(round(amount * _GRAIN), _GRAIN)


def _with_nothing(rows: Projections, items: Iterable[str], segment: str, day: int) -> Projections:
    """Project nothing for a segment: its orders then consume no projection of another one."""
    table = rows.columns()
    names = table["names"] = [*table["names"], segment]
    given = {
        "segment": len(names) - 1, "start": day, "end": day, "weight_millionths": _SURE, "low": -1, "high": -1
    }  # fmt: skip
    for item in sorted(items):
        given["item"] = len(names)
        names.append(item)
        for column, values in table.items():
            if column != "names":
                values.append(given.get(column, 0))
    return Projections.from_columns(table)
