"""Safety stock, overstock and storage.

RELAXED (stock in unfinished lots is left out where it cannot be told from stock).

Validity. Unrestricted stock is at most the charged stock (`short_stock`) and at most the count of
free stock (`short_free`), so the ledger's shortfall is at least safety stock less either. An item that
no bill of material names is never in an unfinished lot: its charged stock is unrestricted and on hold,
which overstock and storage are charged on; a storage's capacity bounds the sum of such items.
"""

from __future__ import annotations

from fractions import Fraction

from capacityplan.verify.relaxation.builder import INFINITY, Builder, Relation
from capacityplan.verify.relaxation.columns import Columns
from capacityplan.verify.relaxation.grid import Grid

RELATION = Relation.RELAXED


def build(builder: Builder, grid: Grid, shared: Columns) -> None:
    """Post the prices of too little and too much."""
    components = {line.component for line in grid.plant.bill_of_materials if not line.by_product}
    for item in grid.items:
        _short(builder, grid, shared, item)
        if item not in components:
            _over(builder, grid, shared, item)
    for storage in grid.plant.storages:
        stored = [
            item
            for item in grid.items
            if grid.lookup.items[item].storage == storage.storage and item not in components
        ]
        if not stored:
            continue
        keys = [f"{storage.storage},{t}" for t in range(grid.size)]
        room = builder.rows("storage", keys, -INFINITY, storage.capacity)
        for item in stored:
            builder.post(room, shared.stock[item], 1)
            builder.charge(
                "storage", shared.stock[item], [storage.cost_per_unit_day * days for days in grid.days]
            )


def _short(builder: Builder, grid: Grid, shared: Columns, item: str) -> None:
    row = grid.lookup.items[item]
    price = row.unit_value * grid.plant.costs.safety_stock_rate_per_day
    scale = grid.lookup.scale[item]
    wanted = grid.lookup.safety_stocks(item, grid.timeline).tolist()
    if not any(wanted) or not price:
        return
    levels = [Fraction(level, scale) for level in wanted]
    short = builder.columns(grid.size, levels)
    builder.charge("safety_stock", short, [price * days for days in grid.days])
    keys = [f"{item},{t}" for t in range(grid.size)]
    for name, stock in (("short_stock", shared.stock[item]), ("short_free", shared.free_stock[item])):
        rows = builder.rows(name, keys, levels, INFINITY)
        builder.post(rows, short, 1)
        builder.post(rows, stock, 1)


def _over(builder: Builder, grid: Grid, shared: Columns, item: str) -> None:
    row = grid.lookup.items[item]
    price = row.unit_value * grid.plant.costs.overstock_rate_per_day
    if row.max_stock is None or not price:
        return
    over = builder.columns(grid.size, grid.caps.stock(item))
    builder.charge("overstock", over, [price * days for days in grid.days])
    level = Fraction(row.max_stock, grid.lookup.scale[item])
    rows = builder.rows("overstock", [f"{item},{t}" for t in range(grid.size)], -INFINITY, level)
    builder.post(rows, shared.stock[item], 1)
    builder.post(rows, over, -1)
