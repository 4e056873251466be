"""Batch operations: fillings of fixed minutes, shared by the lots of a setup group.

Formulation: quantity through the resource in a bucket <= batch_size * fillings, fillings whole in the tail.
Relation: EXACT in the tail; in the window fillings may hold lots that do not meet.
"""

from __future__ import annotations

import numpy as np

from capacityplan.formulate.builder import Builder
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.prepare.tables import floats, ints


def applies(grid: Grid) -> bool:
    """Only where an operation has a batch size."""
    return bool(grid.tables.batched)


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """Create fillings per batch key and bucket; post their minutes and money."""
    places = fillings(grid)
    keys = grid.tables.batch_keys
    key = np.array([place[0] for place in places])
    bucket = np.array([place[1] for place in places])
    cost = np.array([keys[k].cost for k in key])
    # In the window fillings run over midnight; in the tail each lies in one bucket.
    tail = bucket >= grid.timeline.window_buckets
    filled = builder.columns(len(places), integer=tail, cost=cost)
    rows = builder.rows(len(places), high=0.0)
    size = np.array([keys[k].size for k in key])
    builder.link(rows[tail], filled[tail], size[tail])
    builder.post(rows[~tail], filled[~tail], -size[~tail])
    resources = np.array([keys[k].resource for k in key])
    none = np.full(len(places), -1)
    builder.place(filled, bucket, none, resources, builder.series([("fillings", k, 0) for k in key.tolist()]))
    position = {place: number for number, place in enumerate(places)}
    at = np.array([position[row.key, row.bucket] for row in grid.tables.batched])
    values = np.array([row.per_unit for row in grid.tables.batched])
    builder.post(rows[at], x.source[ints(grid.tables.batched, 0)], values)
    used = [
        (number, who, keys[k].minutes * units)
        for number, k in enumerate(key.tolist())
        for who, units in ((keys[k].resource, 1), *keys[k].pools)
    ]
    one, who = ints(used, 0), ints(used, 1)
    builder.post(x.load_row[who, bucket[one]], filled[one], floats(used, 2))


def fillings(grid: Grid) -> list[tuple[int, int]]:
    """Batch keys and buckets in which something can be filled."""
    return sorted({(row.key, row.bucket) for row in grid.tables.batched})
