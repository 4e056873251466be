"""Stock and quantities on hold fit into their storage at every bucket's end.

Formulation: sum of (stock + on hold) of the storage's items, in units, <= capacity.
Relation: RESTRICTED (holds last as long as a typical lot's); what facts overfill is paid for.
"""

from __future__ import annotations

import numpy as np

from capacityplan.formulate.builder import Builder
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid

_OVERFULL = 1e3
"""Money per unit and bucket over capacity: dearer than anything that makes room."""


def applies(grid: Grid) -> bool:
    """Only where an item lies in a storage with a limit."""
    names = {row.storage for row in grid.plant.storages}
    return any(row.storage in names for row in grid.plant.items)


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """One row per storage and bucket."""
    number = {row.storage: index for index, row in enumerate(grid.plant.storages)}
    high = np.repeat([float(row.capacity) for row in grid.plant.storages], grid.buckets)
    rows = builder.rows(len(high), high=high).reshape(len(number), grid.buckets)
    over = builder.columns(len(high), cost=_OVERFULL)
    builder.post(rows.ravel(), over, -1.0)
    for row in grid.plant.items:
        if row.storage in number:
            index = grid.items[row.item]
            builder.post(rows[number[row.storage]], x.stock[index], grid.unit[index] / grid.scale[index])
    for column, start in zip(x.made, grid.starts, strict=True):
        storage = grid.plant.items[start.item].storage
        if storage in number:
            units = grid.unit[start.item] / grid.scale[start.item] * grid.processes[start.process].share
            held = list(range(start.flow.completed, start.flow.usable))
            builder.post(rows[number[storage], held], column, units)
