"""How a typical lot of a process flows through the buckets, from each bucket it may start in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import CalendarKind, Inspection, LockKind, Plant
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.prepare.lotflow import passed
from capacityplan.prepare.overlap import Stream, transfers
from capacityplan.prepare.process import Phase, Process, Rates
from capacityplan.prepare.runway import Runway
from capacityplan.units import MINUTES_PER_HOUR

_RARELY = 3
"""Inspections of every n-th lot with n of at least this delay no typical lot."""


@dataclass(frozen=True, slots=True)
class Passage:
    """When a lot passes an operation: bucket of its begin, and shares of its minutes by bucket."""

    begin: int
    bucket: int
    shares: tuple[tuple[int, float], ...]
    inspected: int
    """Bucket of the in-process inspections."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A typical lot started in a bucket.

    Attributes
    ----------
    completed, released : int
        Buckets of completion and release.
    usable : int
        Bucket from which other lots can count on it: the next day where it is released late in
        a day of the window.
    """

    start: int
    passages: tuple[Passage, ...]
    completed: int
    inspected: int
    released: int
    usable: int


class Clockwork:
    """Runways of all resources, and the buckets in which lots may start."""

    def __init__(self, plant: Plant, lookup: Lookup, timeline: Timeline, working: WorkingTime) -> None:
        self.timeline = timeline
        self._lookup = lookup
        self._working = working
        self._never = timeline.horizon_end + 1
        self._within = plant.horizon.lots_within_buckets
        self._runways: dict[str, Runway] = {}
        self._frozen = plant.fences.frozen_hours * MINUTES_PER_HOUR
        self._locked: dict[str, list[tuple[int, int]]] = {}
        for lock in plant.locks:
            if lock.kind is LockKind.ITEM and lock.counts:
                stretch = (lock.start or 0, self._never if lock.end is None else lock.end)
                self._locked.setdefault(lock.object, []).append(stretch)

    def runway(self, resource: str) -> Runway:
        """Regular working time of a resource (what overtime offers, where it has none)."""
        if resource not in self._runways:
            steps = self._working.regular(resource)
            if not len(steps):
                steps = self._working.overtime(resource)
            self._runways[resource] = Runway(steps, self._never)
        return self._runways[resource]

    def flow(self, process: Process, bucket: int) -> Flow | None:
        """Follow a typical lot that starts in a bucket; None where it cannot."""
        minute = self._first_begin(process, bucket)
        if minute is None:
            return None
        passages = []
        for place in range(len(process.phases)):
            passage, minute = self._pass(process, place, minute)
            if minute >= self._never:
                return None
            passages.append(passage)
        completed = minute
        inspected, minute = self.inspect(process.final, completed)
        minute = self._rework(process, process.final, minute)
        if minute >= self._never or passages[0].bucket != bucket:
            return None
        end_of = self.timeline.bucket_of_end
        released = end_of(minute)
        return Flow(
            bucket, tuple(passages), end_of(completed), inspected, released, self._usable(minute, released)
        )

    def inspect(self, rows: Iterable[Inspection], minute: int) -> tuple[int, int]:
        """Bucket of inspection (certificate aside) and minute of release of what is complete at a minute."""
        released, bucket = minute, self.timeline.bucket_of_end(minute)
        for row in rows:
            if row.every_lots >= _RARELY:
                continue
            runway = self.runway(row.lab)
            ready = min(released, self._never) if row.is_last else minute
            end = runway.finish(runway.begin(ready), row.lab_minutes)
            bucket = bucket if row.is_last else max(bucket, self.timeline.bucket_of_end(end))
            released = max(released, end + row.wait_minutes)
        return min(bucket, len(self.timeline) - 1), min(released, self._never)

    def lot_minutes(self, phase: Phase, rates: Rates, lot: float) -> int:
        """Working minutes of a lot's operation, setup included."""
        if phase.operation.batch_size:
            return round(rates.minutes_per_batch)
        return round(rates.minutes_per_lot + rates.minutes_per_unit * lot)

    def shares(self, runway: Runway, begin: int, end: int) -> tuple[tuple[int, float], ...]:
        """Shares of the working minutes between two instants by bucket."""
        first = self.timeline.bucket_of_start(begin)
        last = max(first, min(self.timeline.bucket_of_end(end), len(self.timeline) - 1))
        total = runway.worked(end) - runway.worked(begin)
        if first == last or total <= 0:
            return ((first, 1.0),)
        edges = [begin, *(int(self.timeline.ends[t]) for t in range(first, last)), end]
        worked = [runway.worked(edge) for edge in edges]
        parts = [(first + k, (worked[k + 1] - worked[k]) / total) for k in range(last - first + 1)]
        return tuple(part for part in parts if part[1] > 0)

    def _first_begin(self, process: Process, bucket: int) -> int | None:
        """Minute in a bucket at which a typical lot begins: in the window the middle of its work."""
        timeline = self.timeline
        start, end = int(timeline.starts[bucket]), int(timeline.ends[bucket])
        earliest = self._earliest(process, start, end)
        if earliest is None:
            return None
        phase = process.phases[0]
        runway = self.runway(phase.modes[0].mode.resource)
        begin = runway.begin(earliest)
        if begin >= end:
            return None
        if bucket < timeline.window_buckets and begin == runway.begin(start):
            available = runway.worked(end) - runway.worked(start)
            spare = available - self.lot_minutes(phase, phase.modes[0], process.lot)
            begin = runway.begin(runway.finish(begin, min(available // 2, max(0, spare))))
        return begin if begin < end else None

    def _earliest(self, process: Process, start: int, end: int) -> int | None:
        gate = process.phases[0].operation.artwork_approved_on
        since = self._lookup.made_from(process.item, process.version)
        until = self._lookup.made_until(process.item, process.version)
        minute = max(start, self._frozen, since or 0, gate or 0)
        for begin, stop in sorted(self._locked.get(process.item, ())):
            if begin <= minute < stop:
                minute = stop
        if minute >= end or (until is not None and minute >= until):
            return None
        return minute

    def _pass(self, process: Process, place: int, minute: int) -> tuple[Passage, int]:
        """An operation of a lot that is ready at a minute; and when the next one may start."""
        phase = process.phases[place]
        rates = phase.modes[0]
        runway = self.runway(rates.mode.resource)
        begin = runway.begin(max(minute, phase.operation.artwork_approved_on or 0))
        end = runway.finish(begin, self.lot_minutes(phase, rates, process.lot))
        if self._within and begin < self._never:
            # A lot that is longer than that has to be smaller than a typical one.
            end = min(end, int(self.timeline.ends[self.timeline.bucket_of_start(begin)]))
        shares = self.shares(runway, begin, end) if end < self._never else ()
        bucket, ready = self.inspect(phase.inspections, end)
        ready = self._rework(process, phase.inspections, ready)
        passage = Passage(begin, self.timeline.bucket_of_start(begin), shares, bucket)
        if phase.operation.overlap_quantity and end < self.timeline.window_end:
            return passage, self._streamed(process, place, (begin, end))
        return passage, ready + phase.operation.min_wait_minutes

    def _streamed(self, process: Process, place: int, run: tuple[int, int]) -> int:
        """When the operation after one that overlaps it may start, setups taken as if they were run minutes.

        In the tail one operation is planned after the other.
        """
        phase, after = process.phases[place], process.phases[place + 1]
        mode, other = phase.modes[0].mode, after.modes[0].mode
        found = transfers(phase.operation, max(round(phase.share * process.lot - phase.loss), 1))
        if found is None:
            raise ValueError(f"{phase.operation.operation} of {process.item} does not overlap")
        runway = self.runway(mode.resource)
        stream = Stream.of(self._lookup, runway, phase.operation, mode, found, run)
        work = self.lot_minutes(after, after.modes[0], process.lot)
        return stream.earliest(self._lookup, self.runway(other.resource), after.operation, other, work)

    def _rework(self, process: Process, rows: Iterable[Inspection], minute: int) -> int:
        """End of the rework of a typical lot's rejects."""
        for row in rows:
            if not row.rework_operation or not passed(round(process.lot), row)[1]:
                continue
            modes = self._lookup.modes.get((process.item, process.version, row.rework_operation), ())
            minutes = rework_minutes(self._lookup, process, row, process.lot)
            if modes and minute < self._never:
                minute = self.runway(modes[0].resource).finish(minute, round(minutes))
        return minute

    def _usable(self, minute: int, released: int) -> int:
        """In the window, what is released in the second half of a day is counted on the next day."""
        if released >= self.timeline.window_buckets:
            return released
        middle = (int(self.timeline.starts[released]) + int(self.timeline.ends[released])) // 2
        return min(released + (minute > middle), len(self.timeline) - 1)


def rework_minutes(lookup: Lookup, process: Process, row: Inspection, quantity: float) -> float:
    """Working minutes of the rework of a quantity's rejects (first mode)."""
    key = (process.item, process.version, row.rework_operation)
    modes, operation = lookup.modes.get(key, ()), lookup.rework.get(key)
    if not modes or operation is None:
        return 0.0
    run = operation.run_minutes if modes[0].run_minutes is None else modes[0].run_minutes
    scale = lookup.scale[process.item]
    unit = float(run / (operation.per_quantity * scale * lookup.resources[modes[0].resource].efficiency))
    rejects = quantity * float(row.reject_fraction)
    return modes[0].setup_minutes + operation.fixed_minutes + unit * rejects


def open_days(working: WorkingTime, timeline: Timeline, calendar: str) -> Callable[[int, int], list[int]]:
    """Return a function that lists the starts of a calendar's open days within a stretch."""
    steps = working.calendar(calendar, CalendarKind.WORK, 1)
    clock = timeline.clock

    def days(start: int, end: int) -> list[int]:
        found = []
        for day in range(clock.ordinal(start), clock.ordinal(end - 1) + 1):
            midnight = clock.midnight(day)
            begin = max(midnight, 0)
            inside = start <= begin < end
            if inside and (not calendar or steps.open_minutes(begin, clock.midnight(day + 1))):
                found.append(begin)
        return found

    return days
