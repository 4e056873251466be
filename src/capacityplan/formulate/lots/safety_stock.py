"""Stock below the safety stock or above the maximum costs money per unit and day.

Formulation: short[i,t] >= safety_stock[i,t] - stock[i,t], over[i,t] >= stock[i,t] - max_stock.
Relation: EXACT but for quantities on hold, which overstock leaves out.
"""

from __future__ import annotations

from capacityplan.formulate.builder import INFINITY, Builder, Ints
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid


def applies(grid: Grid) -> bool:
    """Only where an item has a target."""
    return any(row.max_stock is not None or _wanted(grid, row.item).any() for row in grid.plant.items)


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """Add shortfall and excess columns against the running balance of stock."""
    days = grid.timeline.days.astype(float)
    costs = grid.plant.costs
    for row in grid.plant.items:
        index = grid.items[row.item]
        stock = x.stock[index]
        wanted = _wanted(grid, row.item)
        if wanted.any() and costs.safety_stock_rate_per_day and row.unit_value:
            rate = grid.per_unit(row.unit_value * costs.safety_stock_rate_per_day, index)
            short = builder.columns(grid.buckets, cost=rate * days)
            least = builder.rows(grid.buckets, low=wanted / grid.unit[index])
            builder.post(least, short, 1.0)
            builder.post(least, stock, 1.0)
        if row.max_stock is not None and costs.overstock_rate_per_day and row.unit_value:
            rate = grid.per_unit(row.unit_value * costs.overstock_rate_per_day, index)
            over = builder.columns(grid.buckets, cost=rate * days)
            most = builder.rows(grid.buckets, -INFINITY, row.max_stock / grid.unit[index])
            builder.post(most, over, -1.0)
            builder.post(most, stock, 1.0)


def _wanted(grid: Grid, item: str) -> Ints:
    return grid.lookup.safety_stocks(item, grid.timeline)
