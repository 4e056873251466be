"""Minutes that resources, labour, tools and labs are used in each bucket of the tail."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from capacityplan.domain.lookup import Pools
from capacityplan.domain.plant import OperationResource
from capacityplan.domain.timeline import Ints
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Work
from capacityplan.verify.sweep import Use

Table = dict[str, Ints]
"""Minutes by name and bucket: (buckets,) each."""


def room(case: Case, resource: str) -> Ints:
    """Capacity-minutes by bucket: working time under the plan, and overtime of the tail."""
    found = case.bucket_minutes(case.working(resource))
    for row in case.plan.bucket_overtime:
        if row.resource == resource:
            found[row.bucket] += row.minutes
    return found


def loads(case: Case) -> Table:
    """Minutes of resources: loads, batches, changeovers, and what runs to the minute take."""
    table: Table = {}
    for row, _ in case.bucket_works:
        for bucket, minutes in row.load:
            _add(case, table, row.resource, bucket, minutes)
    for batch in case.tail_batches:
        _add(case, table, batch.resource, batch.bucket, batch.minutes)
    for change in case.tail_changeovers:
        if change.cost is not None and not case.lookup.resources[change.resource].setup_in_breaks:
            _add(case, table, change.resource, change.bucket, change.cost[0])
    for resource, sequence in case.occupations.items():
        for one in sequence:
            for bucket, minutes in case.by_bucket(resource, one.setup_start, one.end):
                _add(case, table, resource, bucket, minutes)
    return table


def labour(case: Case) -> Table:
    """Minutes of labour pools: runs and analysts."""
    table = by_modes(case, case.usage_of_labour(), case.lookup.labour)
    for record in case.plan.bucket_inspections:
        row = case.lookup.inspection_rows[record.inspection]
        if row.analysts and row.labour:
            _add(case, table, row.labour, record.bucket, row.lab_minutes * row.analysts)
    return table


def tools(case: Case) -> Table:
    """Minutes of tools."""
    return by_modes(case, case.usage_of_tools(), case.lookup.tools)


def labs(case: Case) -> Table:
    """Slot-minutes of labs."""
    table: Table = {}
    _spread(case, table, case.usage_of_labs())
    for record in case.plan.bucket_inspections:
        row = case.lookup.inspection_rows[record.inspection]
        _add(case, table, record.lab, record.bucket, row.lab_minutes * row.slots)
    return table


def by_modes(
    case: Case, uses: Mapping[str, list[Use]], helpers: Callable[[OperationResource], Pools]
) -> Table:
    """Minutes of helpers of runs: what is used to the minute, and the loads of the tail."""
    table: Table = {}
    _spread(case, table, uses)

    def add(work: Work, bucket: int, minutes: int) -> None:
        for name, units in helpers(work.mode) if work.mode is not None else ():
            _add(case, table, name, bucket, minutes * units)

    for row, work in case.bucket_works:
        for bucket, minutes in row.load:
            add(work, bucket, minutes)
    for batch in case.tail_batches:
        add(batch.members[0], batch.bucket, batch.minutes)
    return table


def _spread(case: Case, table: Table, uses: Mapping[str, list[Use]]) -> None:
    """Add stretches to the minute, cut at the borders of buckets."""
    timeline = case.timeline
    for name, stretches in uses.items():
        for start, end, units, _ in stretches:
            for bucket in range(timeline.bucket_of_start(start), timeline.bucket_of_end(end) + 1):
                minutes = min(end, int(timeline.ends[bucket])) - max(start, int(timeline.starts[bucket]))
                _add(case, table, name, bucket, minutes * units)


def _add(case: Case, table: Table, name: str, bucket: int, minutes: int) -> None:
    if name not in table:
        table[name] = np.zeros(len(case.timeline), dtype=np.int64)
    table[name][bucket] += minutes


def over(case: Case, table: Table) -> list[tuple[str, int, int, int]]:
    """Where minutes exceed the room of the tail: (name, bucket, used, room)."""
    found = []
    first = case.timeline.window_buckets
    for name, used in table.items():
        space = room(case, name)
        for bucket in (np.flatnonzero(used[first:] > space[first:]) + first).tolist():
            found.append((name, bucket, int(used[bucket]), int(space[bucket])))
    return found
