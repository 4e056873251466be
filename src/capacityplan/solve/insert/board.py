"""Everything a plan leaves free, as a board to put more on.

A board is copied before something is tried (`Board.copy` is shallow: what it holds is replaced,
never changed), so that an attempt that leads nowhere is simply forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace

import numpy as np

from capacityplan.domain.plan import (
    BucketInspection,
    BucketRun,
    InspectionRun,
    Lot,
    Plan,
    Purchase,
    Run,
)
from capacityplan.domain.plant import CalendarKind, OperationResource, Plant, ResourceKind
from capacityplan.domain.timeline import Ints
from capacityplan.prepare.runway import Runway
from capacityplan.solve.insert.lanes import Changeover, Lane, Occupied, Place
from capacityplan.solve.insert.levels import CONSUMPTION, INFLOW, NEVER, Event, Level
from capacityplan.solve.insert.pools import Pool
from capacityplan.solve.insert.queues import counting_queues, first_lots, gates
from capacityplan.solve.insert.tails import Starts, TailLane
from capacityplan.solve.upkeep import with_upkeep
from capacityplan.verify import tail
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Held
from capacityplan.verify.occupancy import Occupation

_POOLS = (ResourceKind.LABOUR, ResourceKind.TOOL, ResourceKind.LAB)
Units = tuple[tuple[str, int], ...]
Lists = Mapping[int, tuple[str, ...]]


class Board:
    """What is free on machines, pools, labs and in stock beside a plan.

    Parameters
    ----------
    plant : Plant
    plan : Plan
        With references in order; what it breaks otherwise is taken as it is.

    Attributes
    ----------
    lanes, groups, pools, tails, levels : dict
        Free time of unary machines, of groups of machines, of pools and labs; the tail; stock.
    queues : dict of str to tuple of (minute, object)
        Objects of inspection rows that apply to every n-th one only, in order.
    first_lots, gates : dict of str to (minute, lot), and to minute
        First lot of items with a validation, and when it is decided.
    taken : frozenset of str
        Lots of the plan that were taken out (`capacityplan.solve.insert.removal`).
    """

    def __init__(self, plant: Plant, plan: Plan) -> None:
        plan = with_upkeep(plant, plan)
        case = Case(plant, plan)
        self.case, self.plant, self.plan = case, plant, plan
        self.lookup, self.timeline = case.lookup, case.timeline
        self.never = case.timeline.horizon_end + 1
        self._runways: dict[str, Runway] = {}
        self._changeovers: dict[str, Changeover] = {}
        self.pools = self._free_pools()
        self.lanes = {
            name: self._lane(name)
            for name, row in self.lookup.resources.items()
            if row.kind not in (*_POOLS, ResourceKind.STORAGE, ResourceKind.DOCK) and row.capacity == 1
        }
        self._tail_tables()
        self.levels = self._stock()
        self.queues = counting_queues(case)
        self.first_lots = first_lots(case)
        self.gates = gates(case, self.never)
        self.lots: tuple[Lot, ...] = ()
        self.runs: tuple[Run, ...] = ()
        self.bucket_runs: tuple[BucketRun, ...] = ()
        self.inspections: tuple[InspectionRun, ...] = ()
        self.bucket_inspections: tuple[BucketInspection, ...] = ()
        self.purchases: tuple[Purchase, ...] = ()
        self.setups_moved: dict[tuple[str, str, int], int] = {}
        self.taken: frozenset[str] = frozenset()

    def copy(self) -> Board:
        """Return a board that may be changed without changing this one."""
        twin = copy(self)
        for name in ("pools", "lanes", "tails", "left", "levels", "queues", "first_lots", "gates",
                     "setups_moved"):  # fmt: skip
            setattr(twin, name, dict(getattr(self, name)))
        return twin

    def become(self, other: Board) -> None:
        """Take over what was tried on a copy."""
        self.__dict__.update(other.__dict__)

    # Resources

    def runway(self, resource: str) -> Runway:
        """Working time of a resource under the plan."""
        if resource not in self._runways:
            self._runways[resource] = Runway(self.case.working(resource), self.never)
        return self._runways[resource]

    def changeover(self, resource: str) -> Changeover:
        """Minutes of changeovers on a resource."""
        if resource not in self._changeovers:
            row = self.lookup.resources[resource]
            known: dict[tuple[str | None, str], int | None] = {}

            def minutes(before: str | None, after: str) -> int | None:
                if (before, after) not in known:
                    try:
                        known[before, after] = self.lookup.changeover(row, before, after)[0]
                    except KeyError:
                        known[before, after] = None
                return known[before, after]

            self._changeovers[resource] = minutes
        return self._changeovers[resource]

    def open_minutes(self, calendar: str, start: int, end: int) -> int:
        """Minutes between two instants at which a calendar works."""
        return self.case.time.calendar(calendar, CalendarKind.WORK, 1).open_minutes(start, end)

    def units(self, mode: OperationResource | None) -> Units:
        """Pools that a mode occupies besides its resource."""
        return () if mode is None else self.lookup.pools(mode)

    def short(self, units: Units, stretches: list[tuple[int, int]]) -> tuple[int, int] | None:
        """First minute at which pools lack units in stretches, and when they have them again."""
        for name, count in units:
            pool = self.pools[name]
            for start, end in stretches:
                minute = pool.short(start, end, count)
                if minute is not None:
                    return minute, pool.back_at(minute, count)
        return None

    def starts(self, resource: str) -> Starts:
        """Setup groups of the runs to the minute with the buckets they start in."""
        lane = self.lanes.get(resource)
        if lane is None or not self.tails[resource].listed:
            return ()
        return tuple((self.timeline.bucket_of_start(run.start), run.group) for run in lane.runs)

    def book(self, resource: str, place: Place, run: Occupied) -> bool:
        """Put a run on its resource and pools; False where a bucket of the tail has no room for it."""
        lane = self.lanes.get(resource)
        runway = self.runway(resource)
        if lane is None:
            stretches = runway.pieces(place.setup_start, place.end)
            self.pools[resource] = self.pools[resource].less(stretches, 1)
        else:
            stretches = lane.attended(place.setup_start, place.start, place.end)
            runs = list(lane.runs)
            if place.follower_setup is not None:
                self.pull_setup(lane, runs[place.index], place.follower_setup)
                runs[place.index] = replace(runs[place.index], setup_start=place.follower_setup)
            runs.insert(place.index, run)
            self.lanes[resource] = replace(lane, runs=tuple(runs))
        for name, count in run.units:
            self.pools[name] = self.pools[name].less(stretches, count)
        return self.book_tail(resource, place.setup_start, place.end, run.units)

    def pull_setup(self, lane: Lane, follower: Occupied, begin: int) -> None:
        """Let the setup of the run that follows begin earlier, since it now changes from another group."""
        stretches = lane.attended(begin, follower.setup_start, follower.setup_start)
        for name, count in follower.units:
            self.pools[name] = self.pools[name].less(stretches, count)
        for key in follower.rows:
            self.setups_moved[key] = begin

    def book_tail(self, resource: str, setup_start: int, end: int, units: Units, sign: int = 1) -> bool:
        """Count (or, with sign -1, no longer count) what a run to the minute takes of the tail's buckets.

        False where a bucket has no room for it.
        """
        first, runway = self.timeline.window_buckets, self.runway(resource)
        extra = np.zeros(len(self.timeline), dtype=np.int64)
        for bucket in range(first, len(self.timeline)):
            if end <= self.timeline.starts[bucket]:
                break
            start = max(setup_start, int(self.timeline.starts[bucket]))
            stop = min(end, int(self.timeline.ends[bucket]))
            extra[bucket] = sign * (runway.worked(stop) - runway.worked(start)) if stop > start else 0
        lane = self.tails[resource]
        if extra.any():
            lane = replace(lane, load=lane.load + extra)
            self.tails[resource] = lane
            for name, count in units:
                self.left[name] = self.left[name] - extra * count
                if (self.left[name][first:] < 0).any():
                    return False
        touched = bool(extra.any()) or lane.listed
        return not touched or lane.fits(self.starts(resource), self.changeover(resource), first)

    def offer(self, mode: OperationResource, bucket: int, group: str) -> tuple[int, Lists]:
        """Minutes left for a mode in a bucket of the tail, and the setup lists with its group."""
        name, first = mode.resource, self.timeline.window_buckets
        most = min(
            (int(self.left[pool][bucket]) // count for pool, count in self.units(mode)), default=self.never
        )
        if most <= 0 or self.tails[name].room[bucket] <= self.tails[name].load[bucket]:
            return 0, {}
        left, lists = self.tails[name].offer(bucket, group, self.starts(name), self.changeover(name), first)
        return min(left, most), lists

    def take(self, mode: OperationResource, bucket: int, minutes: int, lists: Lists) -> None:
        """Book minutes of a mode in a bucket of the tail."""
        self.tails[mode.resource] = self.tails[mode.resource].taken(bucket, minutes, lists)
        for name, count in self.units(mode):
            left = self.left[name].copy()
            left[bucket] -= minutes * count
            self.left[name] = left

    # Stock

    def event(self, item: str, event: Event, sign: int = 1) -> None:
        """Commit a change of stock (or, with sign -1, take it back)."""
        self.levels[item] = self.levels[item].with_event(event, sign)

    def bucket(self, minute: int, kind: int) -> int:
        """Bucket of a consumption (or arrival), or of a delivery (or release), at a minute."""
        find = self.timeline.bucket_of_start if kind == CONSUMPTION else self.timeline.bucket_of_end
        return find(minute)

    def begins(self, plan: Plan) -> dict[str, int]:
        """Minute of the first setup or run of every lot of a plan (of the tail: its bucket's start)."""
        found: dict[str, int] = {}
        rows = [(run.lot, run.setup_start) for run in plan.runs]
        rows += [(run.lot, int(self.timeline.starts[run.load[0][0]])) for run in plan.bucket_runs]
        for lot, minute in rows:
            found[lot] = min(found.get(lot, minute), minute)
        return found

    # Reading the plan

    def _free_pools(self) -> dict[str, Pool]:
        case, horizon = self.case, self.timeline.horizon_end
        uses = {**case.usage_of_labour(), **case.usage_of_tools(), **case.usage_of_labs()}
        uses |= case.usage_by_modes(self.lookup.skilled)
        for name, sequence in case.occupations.items():
            if self.lookup.resources[name].capacity > 1:
                uses[name] = [(one.setup_start, one.end, 1, "") for one in sequence]
        pooled = [row for row in self.lookup.resources.values() if row.kind in _POOLS or row.capacity > 1]
        return {
            row.resource: Pool.of(
                case.working(row.resource), [use[:3] for use in uses.get(row.resource, ())], horizon
            )
            for row in pooled
        }

    def _lane(self, name: str) -> Lane:
        row = self.lookup.resources[name]
        found = self.case.occupations.get(name, ())
        runs = tuple(self._occupied(one) for one in found)
        return Lane(self.runway(name), self.lookup.initial_group(row), row.setup_in_breaks, runs)

    def _occupied(self, one: Occupation) -> Occupied:
        work = one.charged
        rows = tuple((w.row.lot, w.row.operation, w.begins) for w in one.members)
        batch = bool(work.operation.batch_size)
        return Occupied(
            one.setup_start, one.start, one.end, one.group, work.setup_minutes, self.units(work.mode), rows,
            sum(w.row.quantity for w in one.members) if batch else 0, work.row.operation if batch else "",
        )  # fmt: skip

    def _tail_tables(self) -> None:
        """Room and use of resources, labour, tools and labs in the buckets of the tail."""
        case = self.case
        used = tail.loads(case)
        zero = np.zeros(len(self.timeline), dtype=np.int64)
        lists: dict[str, dict[int, tuple[str, ...]]] = {}
        for row in self.plan.bucket_setups:
            lists.setdefault(row.resource, {})[row.bucket] = row.groups
        batched: dict[str, dict[tuple[str, str, int], int]] = {}
        for batch in case.tail_batches:
            key = (
                batch.members[0].row.operation,
                self.lookup.setup_group(batch.members[0].item),
                batch.bucket,
            )
            batched.setdefault(batch.resource, {})[key] = batch.quantity
        self.tails: dict[str, TailLane] = {}
        for name, resource in self.lookup.resources.items():
            lane = TailLane(
                self.lookup.initial_group(resource), bool(resource.changeover_matrix),
                not resource.setup_in_breaks, tail.room(case, name), zero, lists.get(name, {}),
                batched.get(name, {}),
            )  # fmt: skip
            self.tails[name] = lane
            change = lane.changes(lane.lists, self.starts(name), self.changeover(name))
            load = used.get(name, zero) - (zero if change is None else change)
            self.tails[name] = replace(lane, load=load)
        self.left: dict[str, Ints] = {}
        skilled = tail.by_modes(case, case.usage_by_modes(self.lookup.skilled), self.lookup.skilled)
        for table in (tail.labour(case), tail.tools(case), skilled, tail.labs(case)):
            for name, minutes in table.items():
                self.left[name] = self.left.get(name, tail.room(case, name)) - minutes
        for name in self.pools:
            self.left.setdefault(name, tail.room(case, name))

    def _stock(self) -> dict[str, Level]:
        events: dict[str, list[Event]] = {item: [] for item in self.lookup.items}
        for one in self.case.flow.held:
            if one.release is not None:
                events[one.item].append(inflow(one))
        for out in self.case.stocks.outflows:
            events[out.item].append(Event(out.moment.minute, out.moment.bucket, out.kind, out.quantity))
        return {
            name: Level(
                self.timeline, events[name], name in self.lookup.perishable, row.min_remaining_life_days,
            )
            for name, row in self.lookup.items.items()
        }  # fmt: skip


def inflow(one: Held) -> Event:
    """Event of a held quantity's release."""
    assert one.release is not None
    expires = NEVER if one.expires is None else one.expires
    return Event(one.release.minute, one.release.bucket, INFLOW, one.accepted, expires)
