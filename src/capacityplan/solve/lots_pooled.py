"""Identical machines in the lots model: one stands for all, then lots are spread over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from capacityplan.domain.identical import Pooled
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.prepare.lotflow import run_minutes
from capacityplan.solve.types import LotPlan, PlannedLot, WindowSchedule

_Modes = tuple[tuple[str, str], ...]


def joined(window: WindowSchedule | None, pool: Pooled) -> WindowSchedule | None:
    """Name the machines of a window as those that stand for them."""
    if window is None:
        return None
    names = pool.pool_of()
    runs = tuple(replace(run, resource=names.get(run.resource, run.resource)) for run in window.runs)
    return replace(window, runs=runs)


def named(lots: LotPlan | None, pool: Pooled) -> LotPlan | None:
    """Name the machines that lots prefer likewise."""
    if lots is None:
        return None
    names = pool.pool_of()
    renamed = (
        replace(lot, modes=tuple((operation, names.get(name, name)) for operation, name in lot.modes))
        for lot in lots.lots
    )
    return replace(lots, lots=tuple(renamed))


def standing_still(plant: Plant, pool: Pooled) -> dict[tuple[str, int], float]:
    """Capacity-minutes that single machines are down, by what stands for them and bucket.

    Downtime that may be placed takes its minutes evenly from the buckets in which it may lie.
    """
    timeline, names = Timeline.of(plant), pool.pool_of()
    found: dict[tuple[str, int], float] = defaultdict(float)
    found.update(_open_minutes(pool.plant, pool.machines))
    for (name, bucket), there in _open_minutes(plant, names).items():
        found[names[name], bucket] -= there
    for row in plant.downtime:
        if row.resource in names and row.flexible_from is not None and row.flexible_to is not None:
            within = (timeline.ends > row.flexible_from) & (timeline.starts < row.flexible_to)
            for bucket in within.nonzero()[0].tolist():
                found[names[row.resource], bucket] += row.minutes / int(within.sum())
    return {place: minutes for place, minutes in found.items() if minutes > 0}


def _open_minutes(plant: Plant, names: Iterable[str]) -> dict[tuple[str, int], int]:
    """Capacity-minutes of regular time of resources by bucket."""
    timeline = Timeline.of(plant)
    working = WorkingTime(plant, timeline)
    return {
        (name, bucket): working.regular(name).capacity_minutes(int(begin), int(end))
        for name in names
        for bucket, (begin, end) in enumerate(zip(timeline.starts, timeline.ends, strict=True))
    }


def spread(plant: Plant, pool: Pooled, lots: LotPlan) -> LotPlan:
    """Give every lot a machine, and every machine the overtime, of those that one stands for."""
    overtime = {
        (name, bucket): minutes
        for (one, bucket), minutes in lots.overtime.items()
        for name in pool.machines.get(one, (one,))
    }
    other = lots.other and spread(plant, pool, lots.other)
    return replace(lots, lots=_Spread(plant, pool).lots(lots), overtime=overtime, other=other)


class _Spread:
    """Deals lots out as they start: to the machine of before, one in their group, or a free one."""

    def __init__(self, plant: Plant, pool: Pooled) -> None:
        self._lookup, self._machines, self._names = Lookup(plant), pool.machines, pool.pool_of()
        timeline = Timeline.of(plant)
        self._room = _open_minutes(plant, self._names)
        self._former: dict[tuple[str, str, int], list[str]] = defaultdict(list)
        for run in plant.previous_runs:
            if 0 <= run.start < timeline.horizon_end:
                place = run.item, run.operation, int(timeline.bucket_of_start(run.start))
                self._former[place].append(run.resource)
        self._load: dict[tuple[str, int], int] = defaultdict(int)
        self._state: dict[str, str] = {
            name: self._lookup.resources[name].initial_setup_group for name in self._names
        }

    def lots(self, plan: LotPlan) -> tuple[PlannedLot, ...]:
        """All lots with machines, in the order given."""
        order = sorted(plan.lots, key=lambda lot: (lot.start_bucket, self._group(lot), lot.need, lot.lot.lot))
        dealt = {lot.lot.lot: replace(lot, modes=self._modes(lot)) for lot in order}
        return tuple(dealt[lot.lot.lot] for lot in plan.lots)

    def _group(self, lot: PlannedLot) -> str:
        return self._lookup.setup_group(lot.lot.item)

    def _modes(self, lot: PlannedLot) -> _Modes:
        chosen = dict(lot.modes)
        for operation in self._lookup.routings[lot.lot.item, lot.lot.version]:
            modes = self._lookup.modes.get((lot.lot.item, lot.lot.version, operation.operation), ())
            wanted = chosen.get(operation.operation) or (modes[0].resource if modes else "")
            members = self._machines.get(self._names.get(wanted, ""), ())
            mode = next((mode for mode in modes if mode.resource in members), None)
            if mode is not None:
                minutes = mode.setup_minutes + run_minutes(self._lookup, operation, mode, lot.lot.quantity)
                former = self._former[lot.lot.item, operation.operation, lot.start_bucket]
                chosen[operation.operation] = self._deal(members, lot, minutes, former)
        return tuple(chosen.items())

    def _deal(self, members: tuple[str, ...], lot: PlannedLot, minutes: int, former: list[str]) -> str:
        bucket, group = lot.start_bucket, self._group(lot)
        fits = [
            name
            for name in members
            if self._load[name, bucket] + minutes <= self._room.get((name, bucket), 0)
        ]
        same = [name for name in former if name in fits][:1]
        ready = [name for name in fits if self._state[name] == group]
        name = min(same or ready or fits or members, key=lambda one: self._load[one, bucket])
        if same:
            former.remove(name)
        self._load[name, bucket] += minutes
        self._state[name] = group
        return name
