"""What is the same for every dispatch of a plan: working time, overtime opened, maintenance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Maintenance, Overtime, Plan, Run
from capacityplan.domain.plant import Plant, Resource
from capacityplan.domain.timeline import Steps, Timeline, WorkingTime
from capacityplan.prepare.upkeep import busy_of, by_hours, by_running_hours
from capacityplan.solve.dispatch.resources import Pool, WorkClock
from capacityplan.solve.types import LotPlan

_SPILL_MINUTES = 21 * 1440


class Ground:
    """The shop floor before any lot is placed.

    Parameters
    ----------
    plant : Plant
    plan : LotPlan
    before : Plan, optional
        In the plant's minutes; its maintenance by running hours stays, and its runs are not cut.

    Attributes
    ----------
    minutes : int
        End of what is looked at: the window and three weeks for lots that run over its end.
    opened : dict of resource to list of (start, end)
        Overtime that the lot plan opens in the window.
    clocks, steps : dict of resource to WorkClock, Steps
        Working time, overtime included, maintenance excluded.
    """

    def __init__(self, plant: Plant, plan: LotPlan, before: Plan | None = None) -> None:
        self.plant, self.plan = plant, plan
        self.lookup = Lookup(plant)
        self.timeline = Timeline.of(plant)
        self.minutes = min(self.timeline.horizon_end, self.timeline.window_end + _SPILL_MINUTES)
        working = WorkingTime(plant, self.timeline)
        self.opened = self._open_overtime(working)
        self.maintenance = self._place_maintenance(working, before)
        self.steps = {name: self._steps(row, working) for name, row in self.lookup.resources.items()}
        self.clocks = {name: WorkClock(steps) for name, steps in self.steps.items()}
        self._pools = {name: self._pool(steps) for name, steps in self.steps.items()}

    def pools(self) -> dict[str, Pool]:
        """Units of every resource by the minute, nothing taken."""
        return {name: pool.copy() for name, pool in self._pools.items()}

    def _steps(self, row: Resource, working: WorkingTime) -> Steps:
        extra = [(a, b, row.capacity) for a, b in self.opened.get(row.resource, ())]
        holes = [(stop.start, stop.end) for stop in self.maintenance if stop.resource == row.resource]
        return working.regular(row.resource).union(extra).without(holes)

    def _pool(self, steps: Steps) -> Pool:
        inside = [(a, min(b, self.minutes), c) for a, b, c in steps.intervals()]
        return Pool.of(Steps(inside), self.minutes)

    def _open_overtime(self, working: WorkingTime) -> dict[str, list[tuple[int, int]]]:
        opened: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for (resource, bucket), minutes in sorted(self.plan.overtime.items()):
            if bucket >= self.timeline.window_buckets:
                continue
            a, b = int(self.timeline.starts[bucket]), int(self.timeline.ends[bucket])
            left = minutes
            for start, end, _ in working.overtime(resource).intervals():
                start, end = max(start, a), min(end, b)
                if end > start and left > 0:
                    opened[resource].append((start, min(end, start + left)))
                    left -= min(end, start + left) - start
        return opened

    def _place_maintenance(self, working: WorkingTime, before: Plan | None) -> tuple[Maintenance, ...]:
        placed: list[Maintenance] = []
        for row in self.plant.downtime:
            if row.flexible_from is None or row.flexible_to is None:
                continue
            steps = working.regular(row.resource)
            latest = min(row.flexible_to, self.timeline.horizon_end) - row.minutes
            starts = range(max(row.flexible_from, 0), latest + 1, 30)
            if not starts:
                # Not before the horizon's end: a later plan places it.
                continue
            start = min(starts, key=lambda s: steps.open_minutes(s, s + row.minutes))
            placed.append(Maintenance(row.downtime, row.resource, start, start + row.minutes))
        kept = before.maintenance if before else ()
        runs = before.runs if before else ()
        hourly = by_hours(self.plant)
        held = (*placed, *(one for one in kept if one.downtime in hourly))
        placed += by_running_hours(self.plant, self.timeline, working, held, busy_of(runs))
        return tuple(placed)


def used_overtime(
    opened: Mapping[str, Sequence[tuple[int, int]]], runs: Iterable[Run]
) -> tuple[Overtime, ...]:
    """Overtime in which runs lie: only that is paid."""
    busy: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for run in runs:
        busy[run.resource].add((run.setup_start, run.end))
    used = []
    for resource, stretches in opened.items():
        for start, end in stretches:
            for a, b in sorted(busy[resource]):
                lo, hi = max(a, start), min(b, end)
                if hi > lo:
                    used.append(Overtime(resource, lo, hi))
    return tuple(used)
