"""Inspections take lab slots and analysts, and cost money, per lot.

Formulation: lots * lab_minutes * slots / every_lots on the lab in the bucket of inspection, of certificates
in that of the release.
Relation: RESTRICTED for every_lots = 1 (whole lots), an average for skip-lot rows.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from capacityplan.domain.plant import Inspection
from capacityplan.formulate.builder import Builder
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.flow import rework_minutes
from capacityplan.prepare.grid import Grid
from capacityplan.prepare.process import inspection_cost


def applies(grid: Grid) -> bool:
    """Only where the plant inspects."""
    return bool(grid.plant.inspections)


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """Post lab and analyst minutes and inspection costs of lots and purchases."""
    posts = _Posts(grid)
    for index, start in enumerate(grid.starts):
        process, flow = grid.processes[start.process], start.flow
        for phase, passage in zip(process.phases, flow.passages, strict=True):
            if phase.inspections:
                posts.inspect(int(x.lots[index]), phase.inspections, passage.inspected)
        posts.inspect(int(x.lots[index]), process.final, flow.inspected, flow.released)
    for position, (arrival, _) in enumerate(x.tiers.tolist()):
        row = grid.arrivals[arrival]
        posts.inspect(int(x.ordered[position]), row.inspections, row.inspected, row.released)
    posts.to(builder, x)
    _rework(builder, grid, x)


class _Posts:
    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._minutes: list[tuple[int, int, int, float]] = []
        self._money: list[tuple[int, float]] = []

    def inspect(self, column: int, rows: Iterable[Inspection], inspected: int, issued: int = 0) -> None:
        """Take slots and analysts for every object that a column counts, in the bucket of inspection.

        Parameters
        ----------
        issued : int
            Bucket of the certificate, which comes last.
        """
        resources = self._grid.resources
        for row in rows:
            bucket = issued if row.is_last else inspected
            minutes = row.lab_minutes / row.every_lots
            self._minutes.append((resources[row.lab], bucket, column, minutes * row.slots))
            if row.analysts and row.labour:
                self._minutes.append((resources[row.labour], bucket, column, minutes * row.analysts))
            self._money.append((column, inspection_cost(self._grid.lookup, row) / row.every_lots))

    def to(self, builder: Builder, x: Variables) -> None:
        if self._minutes:
            resource, bucket, column, value = zip(*self._minutes, strict=True)
            builder.post(x.load_row[list(resource), list(bucket)], np.array(column), np.array(value))
        if self._money:
            columns, money = zip(*self._money, strict=True)
            builder.charge(np.array(columns), np.array(money))


def _rework(builder: Builder, grid: Grid, x: Variables) -> None:
    """Rejects are reworked on the first mode of the rework operation."""
    for index, start in enumerate(grid.starts):
        process = grid.processes[start.process]
        rows = [*process.final, *(row for phase in process.phases for row in phase.inspections)]
        for row in rows:
            modes = grid.lookup.modes.get((process.item, process.version, row.rework_operation), ())
            if not row.rework_operation or not modes or not row.reject_fraction:
                continue
            fixed = rework_minutes(grid.lookup, process, row, 0.0)
            unit = grid.unit[start.item] * (rework_minutes(grid.lookup, process, row, 1.0) - fixed)
            resource = grid.resources[modes[0].resource]
            load = x.load_row[resource, start.flow.released]
            hourly = float(grid.plant.resources[resource].cost_per_hour) / 60
            builder.post([load], [x.made[index]], [unit / row.every_lots])
            builder.charge([x.made[index]], [unit * hourly / row.every_lots])
            if x.lots[index] >= 0:
                builder.post([load], [x.lots[index]], [fixed / row.every_lots])
                builder.charge([x.lots[index]], [fixed * hourly / row.every_lots])
