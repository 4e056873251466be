"""Purchases by supplier, tier and arrival: minimum, multiples, price breaks, weekly capacity.

Formulation (all-units breaks): from_quantity * ordered <= bought <= most * ordered, one tier per
arrival; bought = multiple * whole number where the multiple is coarse.
Relation: EXACT on the arrival days of the grid (first open day of each bucket and week).
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt

from capacityplan.formulate.builder import INFINITY, Builder
from capacityplan.formulate.lots.variables import Variables, needed
from capacityplan.prepare.grid import Grid, days_between
from capacityplan.prepare.process import after_inspections

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_TOO_SMALL, _DEARER, _STEEP = 1e4, 2.0, 20.0
"""Money for breaking an order rule, how much dearer than to buy a missing unit and hold it to the end it
is at least, and than what such a unit brings by a lower price: keeps the model feasible whatever orders
are fixed, and pays for nothing."""
_COARSE_PER_WEEK = 0.5
"""A multiple is coarse where it covers more weeks of the requirement than this."""
_SPARE = 1.2
"""What one order may bring, in times of all that is needed over the horizon: rejects and rounding."""


def applies(grid: Grid) -> bool:
    """Only where something can be bought within the horizon."""
    return bool(grid.arrivals)


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """Post arrivals to stock, charge them, and keep to suppliers' rules."""
    _arrive(builder, grid, x)
    most = most_bought(grid, x)
    _tiers(builder, grid, x, most)
    _multiples(builder, grid, x, most)
    _weekly(builder, grid, x)


def most_bought(grid: Grid, x: Variables) -> Floats:
    """Largest sensible quantity per arrival and tier, model units."""
    total = needed(grid)
    most = np.empty(len(x.tiers))
    for position, (arrival, tier) in enumerate(x.tiers.tolist()):
        row = grid.arrivals[arrival]
        offer, item = row.tiers[tier].offer, grid.items[row.item]
        floor = max(offer.min_order, offer.from_quantity, offer.order_multiple, 1) / grid.unit[item]
        most[position] = _SPARE * total[item] + floor
    return most


def _arrive(builder: Builder, grid: Grid, x: Variables) -> None:
    for position, (arrival, tier) in enumerate(x.tiers.tolist()):
        row = grid.arrivals[arrival]
        offer, item = row.tiers[tier].offer, grid.items[row.item]
        share, loss = after_inspections(grid.lookup, row.item, "", row.inspections, 1.0, 0.0)
        column, ordered = x.bought[position], x.ordered[position]
        stock = x.stock_row[item, row.released]
        builder.post([stock], [column], [share])
        days = days_between(grid.timeline, row.bucket, row.released)
        held = days * grid.per_unit(grid.lookup.holding_rate(row.item), item)
        builder.charge([column], [grid.per_unit(offer.price, item) + held * share])
        if ordered >= 0:
            builder.charge([ordered], [float(offer.order_cost)])
            builder.post([stock], [ordered], [-loss / grid.unit[item]])


def _tiers(builder: Builder, grid: Grid, x: Variables, most: Floats) -> None:
    live = np.flatnonzero(x.ordered >= 0)
    rows = builder.rows(len(live), high=0.0)
    builder.post(rows, x.bought[live], 1.0)
    smallest = np.zeros(len(live))
    by_arrival: dict[int, list[int]] = defaultdict(list)
    for number, position in enumerate(live.tolist()):
        arrival, tier = x.tiers[position].tolist()
        row = grid.arrivals[arrival]
        offer = row.tiers[tier].offer
        smallest[number] = max(offer.from_quantity, offer.min_order) / grid.unit[grid.items[row.item]]
        by_arrival[arrival].append(position)
    builder.link(rows, x.ordered[live], most[live], smallest)
    _place(builder, grid, x, live, x.ordered[live])
    low = builder.rows(len(live), low=0.0)
    builder.post(low, x.bought[live], 1.0)
    builder.post(low, x.ordered[live], -smallest)
    worth = np.maximum(_DEARER * _bought_and_held(grid, x, live), _STEEP * _discounts(grid, x, live))
    missing = builder.columns(len(live), cost=np.maximum(_TOO_SMALL / np.maximum(smallest, 1e-3), worth))
    builder.post(low, missing, 1.0)
    builder.hurts(missing, *_about(grid, x, live))
    several = [positions for positions in by_arrival.values() if len(positions) > 1]
    single = builder.rows(len(several), high=1.0)
    builder.post(single, builder.columns(len(several), cost=_TOO_SMALL), -1.0)
    for number, positions in enumerate(several):
        builder.post(single[number], x.ordered[positions], 1.0)


def _multiples(builder: Builder, grid: Grid, x: Variables, most: Floats) -> None:
    weeks = max(1.0, float(grid.timeline.days.sum()) / 7)
    positions, sizes = [], []
    for position, (arrival, tier) in enumerate(x.tiers.tolist()):
        row = grid.arrivals[arrival]
        size = row.tiers[tier].offer.order_multiple / grid.unit[grid.items[row.item]]
        if row.tiers[tier].offer.order_multiple > 1 and size > _COARSE_PER_WEEK * most[position] / weeks:
            positions.append(position)
            sizes.append(size)
    if positions:
        whole = builder.columns(len(positions), high=INFINITY, integer=True)
        rows = builder.rows(len(positions), 0.0, 0.0)
        builder.post(rows, x.bought[positions], 1.0)
        builder.post(rows, whole, -np.array(sizes))
        _place(builder, grid, x, np.array(positions), whole)


def _place(builder: Builder, grid: Grid, x: Variables, positions: Ints, columns: Ints) -> None:
    """Say to which item and bucket the whole numbers belong."""
    rows = [grid.arrivals[arrival] for arrival in x.tiers[positions, 0].tolist()]
    bucket, item = _about(grid, x, positions)
    suppliers = {name: k for k, name in enumerate(sorted({row.supplier for row in grid.arrivals}))}
    builder.place(
        columns,
        bucket,
        item,
        np.full(len(rows), -1, dtype=np.int64),
        builder.series([("orders", suppliers[row.supplier], grid.items[row.item]) for row in rows]),
    )


def _bought_and_held(grid: Grid, x: Variables, positions: Ints) -> Floats:
    """Money per model unit of offers, held over the whole horizon."""
    days = float(grid.timeline.days.sum())
    found = np.empty(len(positions))
    for number, (arrival, tier) in enumerate(x.tiers[positions].tolist()):
        row = grid.arrivals[arrival]
        money = float(row.tiers[tier].offer.price) + days * float(grid.lookup.holding_rate(row.item))
        found[number] = grid.per_unit(money, grid.items[row.item])
    return found


def _discounts(grid: Grid, x: Variables, positions: Ints) -> Floats:
    """Money per model unit by which offers are cheaper than the dearest tier of their arrival."""
    found = np.empty(len(positions))
    for number, (arrival, tier) in enumerate(x.tiers[positions].tolist()):
        row = grid.arrivals[arrival]
        prices = [float(one.offer.price) for one in row.tiers]
        found[number] = grid.per_unit(max(prices) - prices[tier], grid.items[row.item])
    return found


def _about(grid: Grid, x: Variables, positions: Ints) -> tuple[Ints, Ints]:
    """Buckets and items of offers."""
    rows = [grid.arrivals[arrival] for arrival in x.tiers[positions, 0].tolist()]
    return (
        np.array([row.bucket for row in rows], dtype=np.int64),
        np.array([grid.items[row.item] for row in rows], dtype=np.int64),
    )


def _weekly(builder: Builder, grid: Grid, x: Variables) -> None:
    weeks: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    limit: dict[tuple[str, str, int], float] = {}
    for position, (arrival, tier) in enumerate(x.tiers.tolist()):
        row = grid.arrivals[arrival]
        capacity = row.tiers[tier].offer.capacity_per_week
        if capacity is not None:
            key = (row.supplier, row.item, row.week)
            weeks[key].append(position)
            left = capacity - grid.facts.bought.get(key, 0)
            limit[key] = max(left, 0) / grid.unit[grid.items[row.item]]
    rows = builder.rows(len(weeks), high=np.array([limit[key] for key in weeks]))
    for number, positions in enumerate(weeks.values()):
        builder.post(rows[number], x.bought[positions], 1.0)
