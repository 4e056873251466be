"""Lots obey minimum, multiple and maximum.

Formulation: min_lot * lots <= made <= max_lot * lots; made = multiple * whole number where the
multiple is coarse (elsewhere lots are rounded when they are cut out).
Relation: EXACT for one lot per start, RESTRICTED else (equal lots).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from capacityplan.formulate.builder import INFINITY, Builder
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid

Ints = npt.NDArray[np.int64]
_COARSE = 4
"""A multiple is coarse where fewer than this many make a typical lot."""
_TOO_SMALL = 0.005
"""Share of what losing all demand costs that a lot without its minimum costs: it keeps the model
feasible whatever lots are fixed, and must not pay."""


def applies(grid: Grid) -> bool:
    """Only where the number of lots of some process matters."""
    return any(process.counted for process in grid.processes)


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """Tie quantities to numbers of lots."""
    counted = np.flatnonzero(x.lots >= 0)
    largest = x.most[counted].copy()
    smallest = np.zeros(len(counted))
    multiples: list[tuple[int, float]] = []
    for position, index in enumerate(counted.tolist()):
        start = grid.starts[index]
        process = grid.processes[start.process]
        item, unit = grid.lookup.items[process.item], grid.unit[start.item]
        smallest[position] = item.min_lot / unit
        if item.max_lot:
            largest[position] = min(largest[position], item.max_lot / unit)
        if item.lot_multiple > 1 and item.lot_multiple * _COARSE > process.lot:
            multiples.append((index, item.lot_multiple / unit))
    largest = np.maximum(largest, smallest)
    rows = builder.rows(len(counted), high=0.0)
    builder.post(rows, x.made[counted], 1.0)
    builder.link(rows, x.lots[counted], largest, smallest)
    bounded = np.flatnonzero(smallest > 0)
    low = builder.rows(len(bounded), low=0.0)
    builder.post(low, x.made[counted[bounded]], 1.0)
    builder.post(low, x.lots[counted[bounded]], -smallest[bounded])
    everything = float(grid.classes.lost @ grid.classes.quantity.sum(axis=1)) if len(grid.classes) else 1.0
    missing = builder.columns(len(bounded), cost=_TOO_SMALL * everything / smallest[bounded])
    builder.post(low, missing, 1.0)
    builder.hurts(missing, *_about(grid, counted[bounded]))
    if multiples:
        coarse = np.array([row[0] for row in multiples])
        whole = builder.columns(len(coarse), high=INFINITY, integer=True)
        equal = builder.rows(len(coarse), 0.0, 0.0)
        builder.post(equal, x.made[coarse], 1.0)
        builder.post(equal, whole, -np.array([row[1] for row in multiples]))
        _place(builder, grid, coarse, whole)
    _place(builder, grid, counted, x.lots[counted])


def _about(grid: Grid, index: Ints) -> tuple[Ints, Ints]:
    """Buckets and items of starts."""
    starts = [grid.starts[k] for k in index.tolist()]
    return (
        np.array([start.flow.start for start in starts], dtype=np.int64),
        np.array([start.item for start in starts], dtype=np.int64),
    )


def _place(builder: Builder, grid: Grid, index: Ints, columns: Ints) -> None:
    """Say to which item, bucket and first resource the whole numbers belong."""
    starts = [grid.starts[k] for k in index.tolist()]
    first = [grid.processes[start.process].phases[0].modes[0].mode.resource for start in starts]
    builder.place(
        columns,
        *_about(grid, index),
        np.array([grid.resources[name] for name in first], dtype=np.int64),
        builder.series([("lots", start.process, 0) for start in starts]),
    )
