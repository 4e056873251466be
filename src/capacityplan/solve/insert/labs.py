"""Inspections of what is put in: who is subject, where in the lab, released when, how much passes."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass

from capacityplan.domain.plan import BucketInspection, BucketRun, InspectionRun, Run
from capacityplan.domain.plant import Inspection, Operation
from capacityplan.prepare.lotflow import passed, run_minutes
from capacityplan.solve.insert.board import Board
from capacityplan.solve.insert.lanes import Occupied, Wanted
from capacityplan.solve.insert.levels import CONSUMPTION, Event
from capacityplan.solve.insert.machines import earliest_place
from capacityplan.units import floor_product
from capacityplan.verify.facts import Moment, latest
from capacityplan.verify.stock import components_of, need


@dataclass(frozen=True, slots=True)
class Passed:
    """What comes out of inspections: when, how much, and the minutes that the slowest one takes."""

    moment: Moment
    quantity: int
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """An object on its way into stock."""

    name: str
    item: str
    version: str
    in_buckets: bool


def counted(board: Board, rows: Iterable[Inspection], minute: int, name: str) -> list[Inspection]:
    """Count an object against its rows; return those it is subject to."""
    found = []
    for row in rows:
        if row.every_lots > 1:
            queue = list(board.queues[row.inspection])
            number = bisect_left(queue, (minute, name))
            insort(queue, (minute, name))
            board.queues[row.inspection] = tuple(queue)
            if number % row.every_lots:
                continue
        found.append(row)
    return found


def undisturbed(before: Board, after: Board) -> bool:
    """Whether objects planned before are inspected as they were, and those put in since as they are counted.

    One put in later may be complete before another one, which is counted differently then.
    """
    for name, queue in after.queues.items():
        known = before.queues[name]
        if len(known) == len(queue):
            continue
        every = before.lookup.inspection_rows[name].every_lots
        planned, due = set(known), set(queue[::every])
        if due & planned != set(known[::every]):
            return False
        inspected = {row.object for row in after.inspections if row.inspection == name}
        inspected |= {row.object for row in after.bucket_inspections if row.inspection == name}
        if {entry[1] for entry in queue if entry not in planned and entry[1] in inspected} != {
            entry[1] for entry in due - planned
        }:
            return False
    return True


def inspect(
    board: Board, subject: Subject, rows: Iterable[Inspection], done: Moment, quantity: int
) -> Passed | None:
    """Book inspections of an object; None where a lab or a rework has no room within the horizon."""
    releases, minutes = [done], 0
    for row in sorted(rows, key=lambda row: row.rank):
        ready = latest(releases) if row.is_last else done
        decided = None if ready is None else _book(board, subject, row, ready)
        if decided is None:
            return None
        good, rejects = passed(quantity, row)
        span = row.lab_minutes + row.wait_minutes
        operation = board.lookup.rework.get((subject.item, subject.version, row.rework_operation))
        if rejects and operation is not None:
            reworked = _rework(board, subject, operation, rejects, decided)
            if reworked is None:
                return None
            decided, worked = reworked
            span += worked
            good += floor_product(rejects, operation.yield_fraction)
        quantity = good
        releases.append(decided)
        minutes = minutes + span if row.is_last else max(minutes, span)
    moment = latest(releases)
    return None if moment is None else Passed(moment, quantity, minutes)


def _book(board: Board, subject: Subject, row: Inspection, done: Moment) -> Moment | None:
    timeline = board.timeline
    if not subject.in_buckets:
        start = _slot(board, row, done.minute)
        if start is not None:
            end = board.runway(row.lab).finish(start, row.lab_minutes)
            pieces = board.runway(row.lab).pieces(start, end)
            for name, units in _pools(row):
                board.pools[name] = board.pools[name].less(pieces, units)
            board.inspections += (InspectionRun(subject.name, row.inspection, row.lab, start, end),)
            decided = end + row.wait_minutes
            bucket = timeline.bucket_of_end(decided)
            return Moment(decided, bucket) if bucket < len(timeline) else None
    return _bucket(board, subject, row, max(done.bucket, timeline.window_buckets))


def _pools(row: Inspection) -> tuple[tuple[str, int], ...]:
    lab = ((row.lab, row.slots),)
    return (*lab, (row.labour, row.analysts)) if row.analysts and row.labour else lab


def _slot(board: Board, row: Inspection, minute: int) -> int | None:
    """Earliest start in the lab that ends within the window."""
    runway, border = board.runway(row.lab), board.timeline.window_end
    start = runway.begin(minute)
    while start < border:
        end = runway.finish(start, row.lab_minutes)
        if end > border:
            return None
        lack = board.short(_pools(row), runway.pieces(start, end))
        if lack is None:
            return start
        start = runway.begin(max(lack[1], start + 1) if lack[1] > start else start + 1)
    return None


def _bucket(board: Board, subject: Subject, row: Inspection, first: int) -> Moment | None:
    starts, ends = board.timeline.starts, board.timeline.ends
    for bucket in range(first, len(starts)):
        if any(board.left[name][bucket] < units * row.lab_minutes for name, units in _pools(row)):
            continue
        released = bucket
        while released < len(ends) and ends[released] - starts[bucket] < row.lab_minutes + row.wait_minutes:
            released += 1
        if released == len(ends):
            return None
        for name, units in _pools(row):
            left = board.left[name].copy()
            left[bucket] -= units * row.lab_minutes
            board.left[name] = left
        record = BucketInspection(subject.name, row.inspection, row.lab, bucket, released)
        board.bucket_inspections += (record,)
        return Moment(int(ends[released]), released)
    return None


def _rework(
    board: Board, subject: Subject, operation: Operation, rejects: int, decided: Moment
) -> tuple[Moment, int] | None:
    """Run the rework of rejects: to the minute where the decision is, else in a bucket."""
    modes = board.lookup.modes.get((subject.item, subject.version, operation.operation), ())
    group, timeline = board.lookup.setup_group(subject.item), board.timeline
    if not subject.in_buckets and decided.minute < timeline.window_end:
        frozen = board.plant.fences.frozen_hours * 60
        best = None
        for mode in modes:
            minutes = run_minutes(board.lookup, operation, mode, rejects)
            wanted = Wanted(group, mode.setup_minutes, minutes, operation.pausable, board.units(mode),
                            max(decided.minute, frozen), frozen)  # fmt: skip
            place = earliest_place(board, mode.resource, wanted)
            if place is not None and (best is None or place.end < best[1].end):
                best = (mode, place, wanted)
        if best is None:
            return None
        mode, place, wanted = best
        key = (subject.name, operation.operation, place.start)
        run = Occupied(
            place.setup_start, place.start, place.end, group, mode.setup_minutes, wanted.units, (key,)
        )
        if not board.book(mode.resource, place, run):
            return None
        board.runs += (Run(subject.name, operation.operation, mode.resource, rejects, place.setup_start,
                           place.start, place.end),)  # fmt: skip
        bucket = timeline.bucket_of_end(place.end)
        if not _take(
            board, subject, operation, rejects, Moment(place.start, timeline.bucket_of_start(place.start))
        ):
            return None
        return (Moment(place.end, bucket), wanted.minutes) if bucket < len(timeline) else None
    return _rework_in_bucket(board, subject, operation, rejects, decided)


def _rework_in_bucket(
    board: Board, subject: Subject, operation: Operation, rejects: int, decided: Moment
) -> tuple[Moment, int] | None:
    group, timeline = board.lookup.setup_group(subject.item), board.timeline
    for bucket in range(max(decided.bucket, timeline.window_buckets), len(timeline)):
        for mode in board.lookup.modes.get((subject.item, subject.version, operation.operation), ()):
            run = run_minutes(board.lookup, operation, mode, rejects)
            minutes = mode.setup_minutes + run
            left, lists = board.offer(mode, bucket, group)
            if left < minutes:
                continue
            board.take(mode, bucket, minutes, lists)
            row = BucketRun(subject.name, operation.operation, mode.resource, rejects, ((bucket, minutes),))
            board.bucket_runs += (row,)
            if not _take(board, subject, operation, rejects, Moment(int(timeline.starts[bucket]), bucket)):
                return None
            return Moment(int(timeline.ends[bucket]), bucket), run
    return None


def _take(board: Board, subject: Subject, operation: Operation, quantity: int, moment: Moment) -> bool:
    """Take the components of a rework; False where one is not there."""
    lines = board.lookup.components.get((subject.item, subject.version, operation.operation), ())
    scale = board.lookup.scale
    for line in components_of(lines, moment.minute):
        taken = need(line, quantity, scale[subject.item], scale[line.component])
        found = board.levels[line.component].earliest(taken, moment.minute, CONSUMPTION)
        if found is None or found > moment.minute:
            return False
        board.event(line.component, Event(moment.minute, moment.bucket, CONSUMPTION, taken))
    return True
