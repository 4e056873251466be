"""A schedule of the window, or an earlier plan, in the terms of the lots model."""

from __future__ import annotations

import numpy as np

from capacityplan.domain.plant import Stage
from capacityplan.formulate.builder import Bools, Model
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.facts import FactReader
from capacityplan.prepare.grid import Grid, Ground
from capacityplan.solve.settle.facts import Made, WindowFacts, after_inspection
from capacityplan.solve.types import LotPlan, WindowSchedule
from capacityplan.units import MINUTES_PER_DAY


def count_in(reader: FactReader, ground: Ground, window: WindowSchedule) -> None:
    """Make the lots of a window schedule facts: what they take, give and occupy in the tail."""
    timeline = ground.timeline
    facts = reader.facts
    facts.first = timeline.window_buckets
    known = WindowFacts(ground.lookup, window)
    for made in known.lots:
        for taking in made.takings:
            bucket = min(timeline.bucket_of_start(taking.minute), len(timeline) - 1)
            facts.taken[taking.component, bucket] += taking.quantity
        _release(reader, ground, known, made, window)
    for run in window.runs:
        reader.occupy(run.resource, run.setup_start, run.end)
        item = next((lot.item for lot in window.lots if lot.lot == run.lot), "")
        _occupy_pools(reader, ground, item, run.operation, run.resource, run.setup_start, run.end)
    own = {lot.lot for lot in window.lots}
    for inspection in window.inspections:
        if inspection.object not in own:
            continue
        row = ground.lookup.inspection_rows[inspection.inspection]
        reader.occupy(inspection.lab, inspection.start, inspection.end, row.slots)
    _groups(reader, ground, window)


def _release(
    reader: FactReader, ground: Ground, known: WindowFacts, made: Made, window: WindowSchedule
) -> None:
    """Count a window lot in: at its scheduled release, or after a typical final inspection."""
    item, version = made.lot.item, made.lot.version
    rows = sorted(ground.lookup.inspections(Stage.FINAL, item), key=lambda row: row.inspection)
    done = [row for row in rows if (made.lot.lot, row.inspection) in known.inspected]
    quantity, minute = made.good, made.completed
    for row in done:
        quantity = after_inspection(ground.lookup, item, version, row.inspection, quantity)
        end = max(
            run.end
            for run in window.inspections
            if run.object == made.lot.lot and run.inspection == row.inspection
        )
        minute = max(minute, end + row.wait_minutes)
    if done or not rows:
        days = ground.lookup.items[item].shelf_life_days
        expires = None if days is None else made.completed + days * MINUTES_PER_DAY
        reader.inflow(item, quantity, max(minute, made.rework_end if done else minute), expires)
    else:
        reader.arrive(item, quantity, made.completed, rows)


def _occupy_pools(
    reader: FactReader, ground: Ground, item: str, operation: str, resource: str, start: int, end: int
) -> None:
    for mode in ground.plant.operation_resources:
        if (mode.item, mode.operation, mode.resource) == (item, operation, resource):
            if mode.labour:
                reader.occupy(mode.labour, start, end, mode.labour_units)
            if mode.tool:
                reader.occupy(mode.tool, start, end)
            return


def _groups(reader: FactReader, ground: Ground, window: WindowSchedule) -> None:
    """State of every resource with a matrix after its last run of the window."""
    items = {lot.lot: lot.item for lot in window.lots}
    last: dict[str, tuple[int, int, str]] = {}
    for run in window.runs:
        if ground.lookup.resources[run.resource].changeover_matrix:
            key = (run.start, run.end, run.lot)
            if key > last.get(run.resource, (-1, -1, "")):
                last[run.resource] = key
    for resource, (_, _, lot) in last.items():
        reader.facts.groups[resource] = ground.lookup.setup_group(items[lot])


def supports(grid: Grid, x: Variables, model: Model, start: LotPlan | None) -> Bools | None:
    """Integer columns that an earlier plan uses, as a hint for the search.

    Returns
    -------
    (columns,) bool or None
        None without a plan.
    """
    if start is None:
        return None
    used = np.zeros(len(model.cost), dtype=bool)
    lots = {(lot.lot.item, lot.lot.version, lot.start_bucket) for lot in start.lots}
    for index, row in enumerate(grid.starts):
        process = grid.processes[row.process]
        if x.lots[index] >= 0 and (process.item, process.version, row.flow.start) in lots:
            used[x.lots[index]] = True
    orders = {(row.supplier, row.item, row.arrives) for row in start.purchases}
    for position, (arrival, _) in enumerate(x.tiers.tolist()):
        bought = grid.arrivals[arrival]
        if x.ordered[position] >= 0 and (bought.supplier, bought.item, bought.minute) in orders:
            used[x.ordered[position]] = True
    return used
