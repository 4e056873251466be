"""What making costs: run minutes, labour, setups per lot, components in unfinished lots, holds.

Formulation: money per model unit started and per lot, from the flow of a typical lot.
Relation: estimate (days in process and on hold are those of a typical lot).
"""

from __future__ import annotations

import numpy as np

from capacityplan.formulate.builder import Builder
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid, days_between


def applies(grid: Grid) -> bool:
    """Only where something can be made."""
    return bool(grid.starts)


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """Charge starts, lots and mode choices; tie choices to their starts."""
    per_unit = np.zeros(len(grid.starts))
    per_lot = np.zeros(len(grid.starts))
    for index, start in enumerate(grid.starts):
        process, unit = grid.processes[start.process], grid.unit[start.item]
        for phase in process.phases:
            if len(phase.modes) == 1:
                per_unit[index] += phase.modes[0].cost_per_unit * unit
                per_lot[index] += phase.modes[0].cost_per_lot
        days = days_between(grid.timeline, start.flow.completed, start.flow.usable)
        rate = grid.per_unit(grid.lookup.holding_rate(process.item), start.item)
        per_unit[index] += days * rate * process.share
    for flow in grid.tables.taken:
        start = grid.starts[flow.start]
        days = days_between(grid.timeline, flow.bucket, start.flow.completed)
        rate = grid.per_unit(grid.lookup.holding_rate(grid.plant.items[flow.item].item), flow.item)
        per_unit[flow.start] += days * rate * flow.per_unit
    size = np.array([grid.processes[start.process].lot / grid.unit[start.item] for start in grid.starts])
    alone = x.lots < 0
    builder.charge(x.made, per_unit + np.where(alone, per_lot / np.maximum(size, 1e-9), 0.0))
    builder.charge(x.lots[~alone], per_lot[~alone])
    _choices(builder, grid, x)


def _choices(builder: Builder, grid: Grid, x: Variables) -> None:
    """Split every start with alternatives over its modes; charge each by its own rates."""
    choices = grid.tables.choices
    if not choices:
        return
    rows: dict[tuple[int, int], int] = {}
    for choice in choices:
        rows.setdefault((choice.start, choice.phase), len(rows))
    numbers = builder.rows(len(rows), 0.0, 0.0)
    for (made, _), position in rows.items():
        builder.post([numbers[position]], [x.made[made]], [-1.0])
    row = np.array([numbers[rows[choice.start, choice.phase]] for choice in choices])
    builder.post(row, x.split, 1.0)
    money = []
    for choice in choices:
        start = grid.starts[choice.start]
        process, unit = grid.processes[start.process], grid.unit[start.item]
        money.append((choice.rates.cost_per_unit + choice.rates.cost_per_lot / process.lot) * unit)
    builder.charge(x.split, np.array(money))
