"""What was used of what a relaxation added: hours of twins, and of pools beyond what the plant has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Ints, Timeline
from capacityplan.explain.relax import Relaxation
from capacityplan.verify import tail
from capacityplan.verify.case import Case


def used_of(plant: Plant, relaxation: Relaxation, eased: Plant, plan: Plan) -> Iterator[tuple[int, int]]:
    """Yield stretches (minutes) in which a plan uses what was added; of a pool: one for each unit.

    Parameters
    ----------
    plant : Plant
        As it is.
    eased : Plant
        The relaxed one, which the plan is of.
    """
    for run in plan.runs:
        if run.resource in relaxation.extra:
            yield run.setup_start, run.end
    starts = Timeline.of(eased).starts
    for row in plan.bucket_runs:
        if row.resource in relaxation.extra:
            for bucket, minutes in row.load:
                yield int(starts[bucket]), int(starts[bucket]) + minutes
    if relaxation.wider:
        before, after = Case(plant, plan), Case(eased, plan)
        for name in relaxation.wider:
            yield from _beyond(before, after, name)


def _beyond(before: Case, after: Case, name: str) -> Iterator[tuple[int, int]]:
    """Stretches in which a pool is used beyond what there is of it: in the window, then by bucket."""
    timeline, first = before.timeline, before.timeline.window_buckets
    uses = {**after.usage_of_labour(), **after.usage_of_tools(), **after.usage_of_labs()}.get(name)
    if uses is None:
        uses = [(one.setup_start, one.end, 1, "") for one in after.occupations.get(name, ())]
    short = _level(timeline, [(start, end, units) for start, end, units, _ in uses])
    short -= _level(timeline, list(before.working(name).intervals()))
    edges = np.flatnonzero(np.diff(short, prepend=0, append=0)).tolist()
    for start, end in pairwise(edges):
        for _ in range(int(short[start])):
            yield start, end
    for tables in (tail.labour(after), tail.tools(after), tail.labs(after)):
        if first < len(timeline) and name in tables:
            over = tables[name] - tail.room(before, name)
            for bucket in (np.flatnonzero(over[first:] > 0) + first).tolist():
                yield int(timeline.starts[bucket]), int(timeline.starts[bucket]) + int(over[bucket])


def _level(timeline: Timeline, stretches: list[tuple[int, int, int]]) -> Ints:
    """Units by minute of the window."""
    change = np.zeros(timeline.window_end + 1, dtype=np.int64)
    for start, end, units in stretches:
        change[min(start, timeline.window_end)] += units
        change[min(end, timeline.window_end)] -= units
    return np.asarray(np.cumsum(change)[:-1], dtype=np.int64)
