"""Stock of every item from bucket to bucket, and what holding it costs.

Formulation: stock[i,t] = stock[i,t-1] + inflow - outflow, stock >= 0.
Relation: RESTRICTED. What a lot gives is counted from the bucket in which its release is safe,
and components are taken in the bucket in which the operation (tail: the lot) begins.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from capacityplan.formulate.builder import Builder
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.prepare.tables import Flowing, floats, ints

Floats = npt.NDArray[np.float64]
_DEARER = 2.0
"""A shortage costs this much more than the demands it could serve: it keeps the model feasible."""


def applies(grid: Grid) -> bool:
    """Every plant has items."""
    return bool(grid.items)


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """Carry stock forward, charge it, and post what starts give and take."""
    holding = np.array([_holding(grid, item) for item in grid.items])
    cost = holding[:, None] * grid.timeline.days[None, :]
    salvage = [grid.per_unit(row.salvage_value, grid.items[row.item]) for row in grid.plant.items]
    cost[:, -1] -= np.array(salvage)
    builder.charge(x.stock, cost)
    builder.post(x.stock_row, x.stock, -1.0)
    builder.post(x.stock_row[:, 1:], x.stock[:, :-1], 1.0)
    _post(builder, x, grid.tables.given, 1.0)
    _post(builder, x, grid.tables.taken, -1.0)
    builder.charge(x.short, np.broadcast_to(_shortage(grid)[:, None], x.short.shape))
    builder.post(x.stock_row, x.short, 1.0)
    items, buckets = np.indices(x.short.shape)
    builder.hurts(x.short.ravel(), buckets.ravel(), items.ravel())
    wasting = np.flatnonzero([row.item in grid.lookup.perishable for row in grid.plant.items])
    waste = builder.columns(len(wasting) * grid.buckets).reshape(len(wasting), grid.buckets)
    builder.post(x.stock_row[wasting], waste, -1.0)


def _post(builder: Builder, x: Variables, table: tuple[Flowing, ...], sign: float) -> None:
    start, item, bucket = ints(table, 0), ints(table, 1), ints(table, 2)
    per_unit, per_lot = floats(table, 3), floats(table, 4)
    row = x.stock_row[item, bucket]
    builder.post(row, x.made[start], sign * per_unit)
    lots = x.lots[start]
    live = (lots >= 0) & (per_lot != 0)
    builder.post(row[live], lots[live], sign * per_lot[live])


def _holding(grid: Grid, item: str) -> float:
    """Money per model unit and day in stock: capital and space."""
    index = grid.items[item]
    rate = float(grid.lookup.holding_rate(item))
    for storage in grid.plant.storages:
        if storage.storage == grid.lookup.items[item].storage:
            rate += float(storage.cost_per_unit_day)
    return grid.per_unit(rate, index)


def _shortage(grid: Grid) -> Floats:
    """Money per model unit that is taken and not there: dearer than to lose every demand it is for."""
    lost = np.zeros(len(grid.items))
    np.maximum.at(lost, grid.classes.item, grid.classes.lost)
    worth = np.array([_worth(grid, name) for name in grid.items])
    ratio: dict[int, dict[int, float]] = {}
    for flow in grid.tables.taken:
        start = grid.starts[flow.start]
        made = max(grid.processes[start.process].share, 0.05)
        parents = ratio.setdefault(flow.item, {})
        parents[start.item] = min(parents.get(start.item, np.inf), flow.per_unit / made)
    done: dict[int, float] = {}

    def price(item: int) -> float:
        if item not in done:
            above = (price(parent) / per for parent, per in ratio.get(item, {}).items() if per > 0)
            done[item] = max(_DEARER * lost[item], worth[item], *above, 0.0)
        return done[item]

    return np.array([price(item) for item in range(len(grid.items))])


def _worth(grid: Grid, item: str) -> float:
    row = grid.lookup.items[item]
    dearest = max((float(offer.price) for offer in grid.plant.suppliers if offer.item == item), default=0.0)
    return 10 * grid.per_unit(
        max(float(row.unit_value), dearest, float(row.price or 0), 1.0), grid.items[item]
    )
