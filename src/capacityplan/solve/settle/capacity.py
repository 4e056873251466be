"""Capacity left in the tail: minutes per resource and bucket, and the setup state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import OperationResource
from capacityplan.domain.timeline import Timeline, WorkingTime, iso_weeks
from capacityplan.solve.settle.sequence import Changeovers, cheapest_orders
from capacityplan.solve.types import WindowSchedule

Pools = list[tuple[str, int]]


class Capacity:
    """Remaining capacity-minutes of every resource by bucket.

    Attributes
    ----------
    groups : dict of (resource, bucket) to list of str
        Setup groups run in the bucket so far, in order.
    """

    def __init__(
        self,
        lookup: Lookup,
        timeline: Timeline,
        working: WorkingTime,
        window: WindowSchedule,
        overtime: Mapping[tuple[str, int], int],
        more_overtime: bool = False,
    ) -> None:
        self._lookup = lookup
        self._timeline = timeline
        self._window_buckets = timeline.window_buckets
        self.left: dict[str, list[int]] = {}
        for resource in lookup.resources:
            steps = working.regular(resource)
            self.left[resource] = [
                steps.capacity_minutes(int(a), int(b))
                for a, b in zip(timeline.starts, timeline.ends, strict=True)
            ]
        self._take_window(window, working)
        self._granted: dict[tuple[str, int], int] = {}
        self._spare: dict[tuple[str, int], int] = {}
        """Overtime that may be opened beyond the lot plan's for lots that would be late otherwise."""
        self._allow_overtime(working, overtime, more_overtime)
        self.groups: dict[tuple[str, int], list[str]] = defaultdict(list)
        self.state: dict[str, str | None] = {
            name: lookup.initial_group(row) for name, row in lookup.resources.items()
        }
        self.blocked: set[str] = set()
        # A setup state is known only after the last run to the minute, wherever that lies.
        self._first: dict[str, int] = {}
        items = {lot.lot: lot.item for lot in window.lots}
        for run in sorted(window.runs, key=lambda run: (run.start, run.end, run.lot, run.operation)):
            self.state[run.resource] = lookup.setup_group(items[run.lot])
            if lookup.resources[run.resource].changeover_matrix:
                self._first[run.resource] = timeline.bucket_of_start(run.start)
        self._before_tail = dict(self.state)

    def _take_window(self, window: WindowSchedule, working: WorkingTime) -> None:
        """Take the minutes that minute-level work occupies in the tail."""
        items = {lot.lot: (lot.item, lot.version) for lot in window.lots}
        batches = {(row.item, row.operation) for row in self._lookup.plant.operations if row.batch_size}
        seen: set[tuple[str, int, int, str]] = set()
        for run in window.runs:
            item, version = items[run.lot]
            batch = (run.resource, run.start, run.end, run.operation)
            modes = self._lookup.modes.get((item, version, run.operation), ())
            mode = next((mode for mode in modes if mode.resource == run.resource), None)
            if run.end > self._timeline.window_end and batch not in seen:
                self._take_stretch(run.resource, 1, run.setup_start, run.end, working)
                for pool, units in pools_of(mode) if mode else ():
                    self._take_stretch(pool, units, run.setup_start, run.end, working)
            if (item, run.operation) in batches:
                seen.add(batch)
        for inspection in window.inspections:
            row = self._lookup.inspection_rows[inspection.inspection]
            self._take_stretch(row.lab, row.slots, inspection.start, inspection.end, working)
            if row.analysts and row.labour:
                self._take_stretch(row.labour, row.analysts, inspection.start, inspection.end, working)
        for stop in window.maintenance:
            self._take_stretch(stop.resource, 1, stop.start, stop.end, working)

    def _take_stretch(self, resource: str, units: int, start: int, end: int, working: WorkingTime) -> None:
        steps = working.regular(resource)
        left = self.left[resource]
        for bucket in range(self._window_buckets, len(self._timeline)):
            a = max(start, int(self._timeline.starts[bucket]))
            b = min(end, int(self._timeline.ends[bucket]))
            if b > a:
                left[bucket] -= units * steps.open_minutes(a, b)

    def _allow_overtime(
        self, working: WorkingTime, overtime: Mapping[tuple[str, int], int], more: bool
    ) -> None:
        """Add the overtime the lot plan allows, within what the calendar and the week offer.

        Where ``more`` is wanted, the rest of what they offer is kept for lots in a hurry.
        """
        weeks = iso_weeks(self._timeline)
        spent: dict[tuple[str, int], float] = defaultdict(float)
        places = {place for place in overtime if self._window_buckets <= place[1] < len(self._timeline)}
        if more:
            places |= {
                (row.resource, bucket)
                for row in self._lookup.plant.resources
                if row.overtime_calendar
                for bucket in range(self._window_buckets, len(self._timeline))
            }
        for resource, bucket in sorted(places):
            start, end = int(self._timeline.starts[bucket]), int(self._timeline.ends[bucket])
            allowed = working.overtime(resource).open_minutes(start, end)
            if not more:
                allowed = min(allowed, overtime[resource, bucket])
            cap = self._lookup.resources[resource].max_overtime_hours_per_week
            if cap is not None:
                share = max(1.0, int(self._timeline.days[bucket]) / 7)
                week = (resource, int(weeks[bucket]))
                allowed = min(allowed, int(max(0.0, float(cap) * 60 * share - spent[week])))
                spent[week] += allowed
            granted = min(allowed, overtime.get((resource, bucket), 0))
            self.left[resource][bucket] += granted
            self._granted[resource, bucket] = granted
            self._spare[resource, bucket] = allowed - granted

    def sequenced(self, resource: str, groups: Mapping[int, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
        """Bring the setup groups of a resource's buckets into their cheapest order; give back the minutes."""

        def unused(bucket: int) -> int:
            return self.left[resource][bucket] - self._granted.get((resource, bucket), 0)

        state = self._before_tail[resource]
        costs = Changeovers(self._lookup, resource)
        found = cheapest_orders(costs, state, groups, unused)
        before = after = state
        for bucket in sorted(groups):
            given, order = groups[bucket], found[bucket]
            self.left[resource][bucket] += costs.minutes(before, given) - costs.minutes(after, order)
            before, after = given[-1], order[-1]
        return found

    def overtime_used(self) -> dict[tuple[str, int], int]:
        """Overtime minutes that the tail's load needs, by (resource, bucket)."""
        used = {}
        for (resource, bucket), granted in self._granted.items():
            over = granted - self.left[resource][bucket]
            if over > 0:
                used[resource, bucket] = over
        return used

    def pools_free(self, pools: Pools, bucket: int, minutes: int) -> bool:
        """Whether labs, labour and tools have room in a bucket."""
        return all(self.left[name][bucket] >= units * minutes for name, units in pools)

    def take_pools(self, pools: Pools, bucket: int, minutes: int) -> None:
        """Book minutes on labs, labour and tools."""
        for name, units in pools:
            self.left[name][bucket] -= units * minutes

    def changeover_minutes(self, resource: str, bucket: int, group: str) -> int:
        """Minutes a bucket loses if a group is run on a resource next."""
        row = self._lookup.resources[resource]
        if (
            not row.changeover_matrix
            or row.setup_in_breaks
            or group in self.groups.get((resource, bucket), ())
        ):
            return 0
        return self._lookup.changeover(row, self.state[resource], group)[0]

    def room(self, mode: OperationResource, bucket: int, group: str, hurry: bool = False) -> int:
        """Minutes of a mode that still fit in a bucket; more overtime is opened for lots in a hurry."""
        name = mode.resource
        if name in self.blocked or bucket < self._first.get(name, 0):
            return 0
        free = most = self.left[name][bucket] + (self._spare.get((name, bucket), 0) if hurry else 0)
        if mode.labour:
            most = min(most, self.left[mode.labour][bucket] // mode.labour_units)
        if mode.tool:
            most = min(most, self.left[mode.tool][bucket])
        # Most questions are about full resources: no changeover is looked up for them.
        return most if most <= 0 else min(most, free - self.changeover_minutes(name, bucket, group))

    def take(self, mode: OperationResource, bucket: int, group: str, minutes: int) -> None:
        """Book minutes of a mode and bring its resource into the group's setup state."""
        name = mode.resource
        self.left[name][bucket] -= minutes + self.changeover_minutes(name, bucket, group)
        self.take_pools(pools_of(mode), bucket, minutes)
        if self._lookup.resources[name].changeover_matrix and group not in self.groups[name, bucket]:
            self.groups[name, bucket].append(group)
            self.state[name] = group


def pools_of(mode: OperationResource) -> Pools:
    """Labour and tool units that a mode occupies besides its resource."""
    pools: Pools = []
    if mode.labour:
        pools.append((mode.labour, mode.labour_units))
    if mode.tool:
        pools.append((mode.tool, 1))
    return pools
