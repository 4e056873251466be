"""Minutes on machines, labour and tools within working time and paid overtime.

Formulation: run + setup + batch + changeover minutes <= regular minutes + overtime - maintenance,
overtime <= what its calendar offers, per ISO week <= the week's limit.
Relation: RESTRICTED (a typical lot's minutes fall in the buckets of its estimated flow).
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from capacityplan.domain.timeline import WorkingTime, iso_weeks
from capacityplan.formulate.builder import Builder
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.prepare.tables import Load, floats, ints
from capacityplan.prepare.upkeep import by_hours, by_running_hours
from capacityplan.units import MINUTES_PER_HOUR

_RELUCTANCE = 1e-4
"""Money per minute of free overtime, so that none is opened for nothing."""
_OVERLOAD = 1e3
"""Money per minute over capacity: keeps the model feasible whatever whole numbers are fixed."""
_NO_MAINTENANCE = 1e4
_WHOLE = 1e-6


def applies(grid: Grid) -> bool:
    """Only where something can be made."""
    return bool(grid.starts)


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """Post loads; add overtime and maintenance."""
    _post(builder, x, grid.tables.loads)
    _post(builder, x, grid.tables.pools)
    _rounding(builder, grid, x)
    builder.excess(x.load_row.ravel(), _OVERLOAD, np.indices(x.load_row.shape)[1].ravel())
    _overtime(builder, grid, x)
    _maintenance(builder, grid, x)
    _by_running_hours(builder, grid, x)


def _post(builder: Builder, x: Variables, table: tuple[Load, ...]) -> None:
    row = x.load_row[ints(table, 2), ints(table, 3)]
    builder.post(row, x.source[ints(table, 0)], floats(table, 4))
    lots, per_lot = x.lots[ints(table, 1)], floats(table, 5)
    live = (lots >= 0) & (per_lot != 0)
    builder.post(row[live], lots[live], per_lot[live])


def _rounding(builder: Builder, grid: Grid, x: Variables) -> None:
    """Set a minute aside for each lot whose run minutes are rounded up.

    A bucket that is full to the last fraction of a minute would leave a minute of a lot, and with
    it all of the lot, to the next one.
    """
    loads = grid.tables.loads
    start = ints(loads, 1)
    item = np.array([grid.starts[k].item for k in start.tolist()], dtype=np.int64)
    per_base_unit = floats(loads, 4) / grid.unit[item]
    rounded = np.abs(per_base_unit - np.round(per_base_unit)) > _WHOLE
    rows, lots = x.load_row[ints(loads, 2), ints(loads, 3)], x.lots[start]
    # Of a mode that is chosen, it is not known how many lots there are.
    once = rounded & (lots >= 0) & (ints(loads, 0) < len(grid.starts))
    builder.post(rows[once], lots[once], 1.0)


def _overtime(builder: Builder, grid: Grid, x: Variables) -> None:
    resource, bucket = np.nonzero(x.opened >= 0)
    opened = x.opened[resource, bucket]
    resources = tuple(grid.lookup.resources.values())
    units = np.array([max(row.capacity, 1) for row in resources], dtype=float)
    money = np.array([float(row.overtime_cost_per_hour) / MINUTES_PER_HOUR for row in resources])
    builder.charge(opened, money[resource] + _RELUCTANCE)
    # A minute opened brings the resource's whole capacity for that minute.
    builder.post(x.load_row[resource, bucket], opened, -units[resource])
    weeks = iso_weeks(grid.timeline)
    by_week: dict[tuple[int, int], list[int]] = defaultdict(list)
    for position, (r, t) in enumerate(zip(resource.tolist(), bucket.tolist(), strict=True)):
        if resources[r].max_overtime_hours_per_week is not None:
            by_week[r, int(weeks[t])].append(position)
    for (r, _), positions in by_week.items():
        hours = float(resources[r].max_overtime_hours_per_week or 0)
        longest = max(int(grid.timeline.days[bucket[k]]) for k in positions)
        row = builder.rows(1, high=hours * MINUTES_PER_HOUR * max(1.0, longest / 7))
        builder.post(row[0], opened[positions], 1.0)


def _maintenance(builder: Builder, grid: Grid, x: Variables) -> None:
    """Flexible downtime takes its minutes in the buckets it may lie in."""
    starts, ends = grid.timeline.starts, grid.timeline.ends
    for down in grid.plant.downtime:
        if down.flexible_from is None or down.flexible_to is None or down.resource not in grid.resources:
            continue
        resource = grid.resources[down.resource]
        possible = np.flatnonzero((ends > down.flexible_from) & (starts < down.flexible_to))
        possible = possible[possible >= grid.facts.first]
        if not len(possible):
            continue
        units = max(grid.lookup.resources[down.resource].capacity, 1)
        taken = builder.columns(len(possible))
        missing = builder.columns(1, cost=_NO_MAINTENANCE)
        row = builder.rows(1, float(down.minutes), float(down.minutes))
        builder.post(row[0], taken, 1.0)
        builder.post(row[0], missing, 1.0)
        builder.post(x.load_row[resource, possible], taken, float(units))


def _by_running_hours(builder: Builder, grid: Grid, x: Variables) -> None:
    """Maintenance by running hours takes the minutes it would where its resource never stood."""
    if not by_hours(grid.plant):
        return
    timeline = grid.timeline
    working = WorkingTime(grid.plant, timeline)
    minutes: dict[tuple[int, int], int] = defaultdict(int)
    for stop in by_running_hours(grid.plant, timeline, working):
        steps = working.regular(stop.resource)
        for bucket in range(int(timeline.bucket_of_start(stop.start)), len(timeline)):
            begin = max(stop.start, int(timeline.starts[bucket]))
            end = min(stop.end, int(timeline.ends[bucket]))
            if end <= begin:
                break
            if stop.resource in grid.resources and bucket >= grid.facts.first:
                minutes[grid.resources[stop.resource], bucket] += steps.open_minutes(begin, end)
    for (resource, bucket), taken in minutes.items():
        column = builder.columns(1, low=float(taken), high=float(taken))
        builder.post(x.load_row[resource, bucket], column[0], 1.0)
