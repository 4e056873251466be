"""Time: local dates to minutes, the bucket grid, and working time as step profiles.

Minutes are elapsed minutes since the plant's start, so a day on which the clocks change has 1380
or 1500 of them. Buckets end at local midnight; the first one is what is left of the first day.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from capacityplan.domain.plant import (
    CalendarKind,
    CalendarRow,
    Horizon,
    LockKind,
    Plant,
    Resource,
)
from capacityplan.domain.skills import SkillPool, people_at_work, skill_pools
from capacityplan.units import MINUTES_PER_DAY, ceil_div

Ints = npt.NDArray[np.int64]
_UTC = ZoneInfo("UTC")
_SHORTEST_MONTHLY_DAYS = 15


class Clock:
    """Converts local date-times of a plant to minutes since its start, and back."""

    __slots__ = ("_origin", "_zone", "start")

    def __init__(self, start: str, timezone: str) -> None:
        self.start = datetime.fromisoformat(start)
        self._zone = ZoneInfo(timezone)
        self._origin = self.start.replace(tzinfo=self._zone).astimezone(_UTC)

    @property
    def zone(self) -> ZoneInfo:
        """The plant's time zone."""
        return self._zone

    def minute(self, local: datetime) -> int:
        """Minutes from the start to a local date-time (a time skipped by the clocks counts on)."""
        return int((local.replace(tzinfo=self._zone).astimezone(_UTC) - self._origin) // timedelta(minutes=1))

    def local(self, minute: int) -> datetime:
        """Local date-time (naive) of a minute."""
        return (self._origin + timedelta(minutes=minute)).astimezone(self._zone).replace(tzinfo=None)

    def midnight(self, ordinal: int) -> int:
        """Minute of the local midnight that begins a date (proleptic ordinal)."""
        return self.minute(datetime.combine(date.fromordinal(ordinal), datetime.min.time()))

    def ordinal(self, minute: int) -> int:
        """Ordinal of the local date on which a minute lies."""
        return self.local(minute).toordinal()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The bucket grid of a plant.

    Attributes
    ----------
    starts, ends : (buckets,) int64, minutes
        Bucket t covers minutes ``starts[t]`` to ``ends[t]``.
    days : (buckets,) int64
        Calendar days of each bucket, what costs per day are multiplied with.
    first_day : (buckets,) int64
        Ordinal of the first local date of each bucket.
    window_buckets : int
        Buckets ``0 .. window_buckets - 1`` are planned to the minute.
    """

    clock: Clock
    starts: Ints
    ends: Ints
    days: Ints
    first_day: Ints
    window_buckets: int
    _borders: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Single minutes are looked up in plain numbers: an array takes six times as long for one.
        object.__setattr__(self, "_borders", (0, *self.ends.tolist()))

    @classmethod
    def of(cls, plant: Plant) -> Timeline:
        """Build the grid of a plant."""
        clock = Clock(plant.start, plant.timezone)
        borders = _borders(clock.start.toordinal(), plant.horizon)
        minutes = [0, *(clock.midnight(day) for day in borders[1:])]
        grid = np.array(minutes, dtype=np.int64)
        days = np.array(borders, dtype=np.int64)
        window = min(plant.horizon.schedule_days, plant.horizon.daily)
        return cls(clock, grid[:-1], grid[1:], np.diff(days), days[:-1], window)

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def window_end(self) -> int:
        """Minute at which the window planned to the minute ends."""
        return int(self.starts[self.window_buckets]) if self.window_buckets < len(self) else self.horizon_end

    @property
    def horizon_end(self) -> int:
        """Minute at which the last bucket ends."""
        return int(self.ends[-1])

    def bucket_of_start(self, minute: int) -> int:
        """Bucket of an arrival or a start: ``starts[t] <= minute < ends[t]``.

        Minutes before the horizon fall in bucket 0, minutes at or after its end in ``len(self)``.
        """
        return max(0, bisect_right(self._borders, minute) - 1) if minute < self._borders[-1] else len(self)

    def bucket_of_end(self, minute: int) -> int:
        """Bucket of a completion, release or delivery: ``starts[t] < minute <= ends[t]``.

        Minutes before the horizon fall in bucket 0, minutes after its end in ``len(self)``.
        """
        return bisect_left(self._borders, minute, lo=1) - 1

    def days_late(self, due: int, bucket: int) -> int:
        """Whole calendar days of a bucket that lie after the day of a due instant.

        An instant at midnight belongs to the day that ends there.
        """
        return int(self.all_days_late(due)[bucket])

    def all_days_late(self, due: int) -> Ints:
        """Return `days_late` of every bucket."""
        past = self.first_day + self.days - 1 - self.clock.ordinal(due - 1)
        late: Ints = np.minimum(self.days, np.maximum(past, 0))
        return late


def _borders(first: int, horizon: Horizon) -> list[int]:
    days = [first]
    days += [first + day for day in range(1, horizon.daily + 1)]
    for _ in range(horizon.weekly):
        days.append(days[-1] + 7)
    for _ in range(horizon.monthly):
        after = date.fromordinal(days[-1] + _SHORTEST_MONTHLY_DAYS)
        if after.day > 1:
            after = date(after.year + after.month // 12, after.month % 12 + 1, 1)
        days.append(after.toordinal())
    return days


class Steps:
    """A capacity over time: disjoint intervals, ascending, each with a positive capacity.

    Attributes
    ----------
    starts, ends : (intervals,) int64, minutes
    capacity : (intervals,) int64
    """

    __slots__ = ("_open_before", "_weighted_before", "capacity", "ends", "starts")

    def __init__(self, intervals: Iterable[tuple[int, int, int]]) -> None:
        kept = [(a, b, c) for a, b, c in intervals if b > a and c > 0]
        table = np.array(kept, dtype=np.int64).reshape(-1, 3)
        self.starts, self.ends, self.capacity = table[:, 0], table[:, 1], table[:, 2]
        length = self.ends - self.starts
        self._open_before = np.concatenate([[0], np.cumsum(length)])
        self._weighted_before = np.concatenate([[0], np.cumsum(length * self.capacity)])

    def __len__(self) -> int:
        return len(self.starts)

    def _before(self, minute: int, totals: Ints, weights: Ints | None) -> int:
        index = int(self.starts.searchsorted(minute, side="right"))
        if not index:
            return 0
        last = index - 1
        inside = min(minute, int(self.ends[last])) - int(self.starts[last])
        return int(totals[last]) + inside * (1 if weights is None else int(weights[last]))

    def open_minutes(self, start: int, end: int) -> int:
        """Minutes between two instants at which the capacity is positive."""
        return self._before(end, self._open_before, None) - self._before(start, self._open_before, None)

    def capacity_minutes(self, start: int, end: int) -> int:
        """Capacity summed over the minutes between two instants."""
        totals = self._weighted_before
        return self._before(end, totals, self.capacity) - self._before(start, totals, self.capacity)

    def capacity_at(self, minute: int) -> int:
        """Capacity during the minute that begins at ``minute``."""
        last = int(self.starts.searchsorted(minute, side="right")) - 1
        return int(self.capacity[last]) if last >= 0 and minute < self.ends[last] else 0

    def contains(self, start: int, end: int) -> bool:
        """Whether the capacity is positive throughout ``start .. end``."""
        return self.open_minutes(start, end) == end - start

    def intervals(self) -> list[tuple[int, int, int]]:
        """The steps as (start, end, capacity) tuples."""
        return [
            (int(a), int(b), int(c)) for a, b, c in zip(self.starts, self.ends, self.capacity, strict=True)
        ]

    def union(self, others: Iterable[tuple[int, int, int]]) -> Steps:
        """Join with further intervals; where they overlap the highest capacity counts."""
        return Steps(_highest([*self.intervals(), *others]))

    def without(self, holes: Iterable[tuple[int, int]]) -> Steps:
        """Cut stretches out of the profile."""
        cut = sorted((a, b) for a, b in holes if b > a)
        kept = []
        for start, end, capacity in self.intervals():
            position = start
            for a, b in cut:
                if b <= position or a >= end:
                    continue
                kept.append((position, min(a, end), capacity))
                position = max(position, b)
            kept.append((position, end, capacity))
        return Steps(kept)


def _highest(intervals: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Flatten overlapping intervals: at each minute the highest capacity, neighbours merged."""
    borders = sorted({edge for a, b, _ in intervals for edge in (a, b)})
    position = {edge: index for index, edge in enumerate(borders)}
    level = np.zeros(max(len(borders) - 1, 0), dtype=np.int64)
    for a, b, c in intervals:
        piece = level[position[a] : position[b]]
        np.maximum(piece, c, out=piece)
    merged: list[tuple[int, int, int]] = []
    for a, b, c in zip(borders, borders[1:], level.tolist(), strict=False):
        if merged and merged[-1][1] == a and merged[-1][2] == c:
            merged[-1] = (merged[-1][0], b, c)
        elif c:
            merged.append((a, b, c))
    return merged


class WorkingTime:
    """Working time and possible overtime of every resource of a plant, over its horizon.

    Regular time is the calendar's work rows less closed rows, fixed downtime and resource locks
    that have not expired. Overtime is what the overtime calendar offers outside regular time and
    downtime; it is working time only where a plan opens it.
    """

    def __init__(self, plant: Plant, timeline: Timeline) -> None:
        self._timeline = timeline
        self._rows: dict[str, list[CalendarRow]] = {}
        for row in plant.calendars:
            self._rows.setdefault(row.calendar, []).append(row)
        self._holes: dict[str, list[tuple[int, int]]] = {}
        for down in plant.downtime:
            if down.start is not None and down.end is not None:
                self._holes.setdefault(down.resource, []).append((down.start, down.end))
        for lock in plant.locks:
            held = lock.counts
            if lock.kind is LockKind.RESOURCE and held:
                stretch = (lock.start or 0, timeline.horizon_end if lock.end is None else lock.end)
                self._holes.setdefault(lock.object, []).append(stretch)
        self._resources = {resource.resource: resource for resource in plant.resources}
        self._skill_pools = {pool.name: pool for pool in skill_pools(plant)}
        self._regular: dict[str, Steps] = {}
        self._overtime: dict[str, Steps] = {}
        self._expanded: dict[tuple[str, CalendarKind, int], Steps] = {}

    def regular(self, resource: str) -> Steps:
        """Regular working time of a resource as a capacity profile; people of a skill pool at work."""
        if resource not in self._regular and resource in self._skill_pools:
            self._regular[resource] = self._people(self._skill_pools[resource])
        if resource not in self._regular:
            found = self._resources[resource]
            whole = self.calendar(found.calendar, CalendarKind.WORK, found.capacity)
            self._regular[resource] = whole.without(self._holes.get(resource, ()))
        return self._regular[resource]

    def overtime(self, resource: str) -> Steps:
        """Time a plan may open as overtime on a resource (outside its regular time)."""
        if resource in self._skill_pools:
            return Steps([])
        if resource not in self._overtime:
            self._overtime[resource] = self._possible_overtime(self._resources[resource])
        return self._overtime[resource]

    def _people(self, pool: SkillPool) -> Steps:
        def at_work(name: str, overtime: bool) -> list[tuple[int, int, int]]:
            steps = self.regular(name).intervals()
            return steps + self.overtime(name).intervals() if overtime else steps

        return Steps(people_at_work(pool, at_work, self._timeline.horizon_end))

    def calendar(self, calendar: str, kind: CalendarKind, capacity: int) -> Steps:
        """Expand a calendar over the horizon; no calendar means always open.

        Parameters
        ----------
        calendar : str
        kind : CalendarKind
            Rows of this kind open time.
        capacity : int
            Capacity of rows that state none.
        """
        key = (calendar, kind, capacity)
        if key not in self._expanded:
            self._expanded[key] = self._expand(calendar, kind, capacity)
        return self._expanded[key]

    def _expand(self, calendar: str, kind: CalendarKind, capacity: int) -> Steps:
        horizon_end = self._timeline.horizon_end
        if not calendar:
            return Steps([(0, horizon_end, capacity)])
        clock = self._timeline.clock
        opened: list[tuple[int, int, int]] = []
        closed: list[tuple[int, int]] = []
        first = clock.start.toordinal() - 1
        for day in range(first, clock.ordinal(horizon_end) + 1):
            for row in self._rows_of(calendar, day):
                span = _span(clock, day, row)
                if row.kind is kind:
                    opened.append((*span, capacity if row.capacity is None else row.capacity))
                elif row.kind is CalendarKind.CLOSED:
                    closed.append(span)
        inside = [(max(a, 0), min(b, horizon_end), c) for a, b, c in opened]
        return Steps(_highest([step for step in inside if step[1] > step[0]])).without(closed)

    def _possible_overtime(self, resource: Resource) -> Steps:
        if not resource.overtime_calendar:
            return Steps([])
        kind = CalendarKind.OVERTIME
        if not any(row.kind is kind for row in self._rows.get(resource.overtime_calendar, ())):
            kind = CalendarKind.WORK
        whole = self.calendar(resource.overtime_calendar, kind, resource.capacity)
        regular = [(a, b) for a, b, _ in self.regular(resource.resource).intervals()]
        return whole.without([*regular, *self._holes.get(resource.resource, ())])

    def _rows_of(self, calendar: str, day: int) -> list[CalendarRow]:
        rows = self._rows.get(calendar, [])
        dated = [row for row in rows if row.date == day]
        if dated:
            return dated
        weekday = date.fromordinal(day).weekday()
        return [
            row
            for row in rows
            if row.weekday == weekday
            and (row.valid_from is None or row.valid_from <= day)
            and (row.valid_to is None or day <= row.valid_to)
        ]


def _span(clock: Clock, day: int, row: CalendarRow) -> tuple[int, int]:
    """Minutes of a calendar row on a date; a row that ends before it starts runs over midnight."""
    last = day if row.to_minute > row.from_minute else day + 1
    return _wall(clock, day, row.from_minute), _wall(clock, last, row.to_minute)


def _wall(clock: Clock, day: int, minute: int) -> int:
    if minute == MINUTES_PER_DAY:
        return clock.midnight(day + 1)
    hour, rest = divmod(minute, 60)
    return clock.minute(
        datetime.combine(date.fromordinal(day), datetime.min.time()).replace(hour=hour, minute=rest)
    )


def iso_weeks(timeline: Timeline) -> Ints:
    """Number the ISO week of each bucket's first day, counted from the first week (0)."""
    first = int(timeline.first_day[0])
    monday = first - date.fromordinal(first).weekday()
    return (timeline.first_day - monday) // 7


def weeks_touched(timeline: Timeline, bucket: int) -> int:
    """How many ISO weeks a bucket has days in."""
    first = int(timeline.first_day[bucket])
    weekday = date.fromordinal(first).weekday()
    return ceil_div(weekday + int(timeline.days[bucket]), 7)
