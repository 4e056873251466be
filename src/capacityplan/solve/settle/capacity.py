"""Capacity left in the tail: minutes per resource and bucket, and the setup state."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import OperationResource
from capacityplan.domain.timeline import Timeline, WorkingTime, iso_weeks
from capacityplan.prepare.lotflow import given
from capacityplan.solve.settle.sequence import Changeovers, cheapest_orders
from capacityplan.solve.types import WindowSchedule

Pools = Sequence[tuple[str, int]]


class Capacity:
    """Remaining capacity-minutes of every resource by bucket.

    Attributes
    ----------
    groups : dict of (resource, bucket) to list of str
        Setup groups run in the bucket so far, each put where it takes the fewest minutes.
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
        self._before_tail: dict[str, str | None] = {
            name: lookup.initial_group(row) for name, row in lookup.resources.items()
        }
        self._listed: dict[str, list[int]] = defaultdict(list)
        """Buckets in which a resource runs setup groups, in order."""
        self._added: dict[str, dict[tuple[int, str], int]] = defaultdict(dict)
        """Minutes that a group would add to a bucket's changeovers; known until a group is added."""
        self._changing: dict[tuple[str, int], int] = defaultdict(int)
        """Minutes booked for changeovers."""
        self._changeovers = {
            name: Changeovers(lookup, name) for name, row in lookup.resources.items() if row.changeover_matrix
        }
        # By identity: this is asked millions of times, and hashing a mode would take as long as the answer.
        self._pools: dict[int, Pools] = {
            id(mode): lookup.pools(mode) for modes in lookup.modes.values() for mode in modes
        }
        self.blocked: set[str] = set()
        # A setup state is known only after the last run to the minute, wherever that lies.
        self._first: dict[str, int] = {}
        objects = given(lookup.plant, lookup) | {lot.lot: (lot.item, lot.version) for lot in window.lots}
        for run in sorted(window.runs, key=lambda run: (run.start, run.end, run.lot, run.operation)):
            self._before_tail[run.resource] = lookup.setup_group(objects[run.lot][0])
            if lookup.resources[run.resource].changeover_matrix:
                self._first[run.resource] = timeline.bucket_of_start(run.start)

    def _take_window(self, window: WindowSchedule, working: WorkingTime) -> None:
        """Take the minutes that minute-level work occupies in the tail."""
        items = given(self._lookup.plant, self._lookup)
        items |= {lot.lot: (lot.item, lot.version) for lot in window.lots}
        batches = {(row.item, row.operation) for row in self._lookup.plant.operations if row.batch_size}
        seen: set[tuple[str, int, int, str]] = set()
        for run in window.runs:
            item, version = items[run.lot]
            batch = (run.resource, run.start, run.end, run.operation)
            modes = self._lookup.modes.get((item, version, run.operation), ())
            mode = next((mode for mode in modes if mode.resource == run.resource), None)
            if run.end > self._timeline.window_end and batch not in seen:
                self._take_stretch(run.resource, 1, run.setup_start, run.end, working)
                for pool, units in self._lookup.pools(mode) if mode else ():
                    self._take_stretch(pool, units, run.setup_start, run.end, working)
            if (item, run.operation) in batches:
                seen.add(batch)
        for inspection in window.inspections:
            row = self._lookup.inspection_rows[inspection.inspection]
            self._take_stretch(row.lab, row.slots, inspection.start, inspection.end, working)
            if row.analysts and row.labour:
                self._take_stretch(row.labour, row.analysts, inspection.start, inspection.end, working)
        for stop in window.maintenance:
            self._take_stretch(
                stop.resource, self._lookup.resources[stop.resource].capacity, stop.start, stop.end, working
            )

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
        state = self._before_tail[resource]
        costs = self._changeovers[resource]
        before, spent = state, {}
        for bucket in sorted(groups):
            spent[bucket] = costs.minutes(before, groups[bucket])
            before = groups[bucket][-1]

        def unused(bucket: int) -> int:
            booked, granted = self._changing[resource, bucket], self._granted.get((resource, bucket), 0)
            return self.left[resource][bucket] - granted + booked - spent[bucket]

        found = cheapest_orders(costs, state, groups, unused)
        before = state
        for bucket in sorted(groups):
            needed = costs.minutes(before, found[bucket])
            self.left[resource][bucket] += self._changing[resource, bucket] - needed
            before = found[bucket][-1]
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
        """Minutes a bucket loses if a group is run on a resource besides those it runs already."""
        if resource not in self._changeovers:
            return 0
        known = self._added[resource]
        added = known.get((bucket, group))
        if added is None:
            there = group in self.groups.get((resource, bucket), ())
            added = known[bucket, group] = 0 if there else self._place(resource, bucket, group)[0]
        return added

    def _place(self, resource: str, bucket: int, group: str) -> tuple[int, int]:
        """Fewest minutes that a group adds to a bucket's changeovers, and its place in their order."""
        costs, order = self._changeovers[resource], self.groups.get((resource, bucket), ())
        before = self._state(resource, bucket)
        best = None
        for place in range(len(order), -1, -1):
            first = order[place - 1] if place else before
            added = costs.of(first, group)[1]
            if place < len(order):
                added += costs.of(group, order[place])[1] - costs.of(first, order[place])[1]
            if best is None or added < best[0]:
                best = added, place
        assert best is not None
        return best

    def _state(self, resource: str, bucket: int) -> str | None:
        """Setup group in which the buckets before leave a resource."""
        listed = self._listed[resource]
        place = bisect_left(listed, bucket)
        return self.groups[resource, listed[place - 1]][-1] if place else self._before_tail[resource]

    def room(self, mode: OperationResource, bucket: int, group: str, hurry: bool = False) -> int:
        """Minutes of a mode that still fit in a bucket; more overtime is opened for lots in a hurry."""
        for _, most, free in self.unchanged((mode,), bucket, hurry):
            # Most questions are about full resources: no changeover is looked up for them.
            return min(most, free - self.changeover_minutes(mode.resource, bucket, group))
        return 0

    def unchanged(
        self, modes: Iterable[OperationResource], bucket: int, hurry: bool
    ) -> Iterator[tuple[OperationResource, int, int]]:
        """Modes with room in a bucket, each with its minutes without a changeover and its resource's."""
        left, blocked, first = self.left, self.blocked, self._first
        for mode in modes:
            name = mode.resource
            if name in blocked or bucket < first.get(name, 0):
                continue
            free = most = left[name][bucket] + (self._spare.get((name, bucket), 0) if hurry else 0)
            if free <= 0:
                continue
            for pool, units in self._pools[id(mode)]:
                most = min(most, left[pool][bucket] // units)
            if most > 0:
                yield mode, most, free

    def take(self, mode: OperationResource, bucket: int, group: str, minutes: int) -> None:
        """Book minutes of a mode and bring its resource into the group's setup state."""
        name = mode.resource
        self.left[name][bucket] -= minutes
        self.take_pools(self._pools[id(mode)], bucket, minutes)
        order = self.groups[name, bucket] if name in self._changeovers else None
        if order is None or group in order:
            return
        added, place = self._place(name, bucket, group)
        if not order:
            insort(self._listed[name], bucket)
        order.insert(place, group)
        self._added[name].clear()
        self._changing[name, bucket] += added
        self.left[name][bucket] -= added
