"""Checks that maintenance and cleaning are placed: once in their time, or after so many hours of work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from capacityplan.domain.plan import Maintenance, Run
from capacityplan.domain.plant import Downtime
from capacityplan.domain.stoppages import Cleaning, stoppages
from capacityplan.domain.timeline import Ints
from capacityplan.errors import Violation
from capacityplan.units import MINUTES_PER_HOUR
from capacityplan.verify.case import Case
from capacityplan.verify.sweep import pieces

RULE = "downtime"


def check(case: Case) -> Iterator[Violation]:
    """Yield maintenance that is missing, misplaced, of a wrong length, or due earlier."""
    placed: dict[str, list[Maintenance]] = {}
    for one in case.plan.maintenance:
        placed.setdefault(one.downtime, []).append(one)
    for row in stoppages(case.plant):
        if row.start is None:
            found = sorted(placed.get(row.downtime, []), key=lambda one: one.start)
            for one in found:
                yield from _place(case, row, one)
            if row.every_run_hours is None:
                yield from _once(case, row, found)
            else:
                yield from _in_time(case, row, found)
    yield from _overlaps(case)


def _place(case: Case, row: Downtime, one: Maintenance) -> Iterator[Violation]:
    name = (row.downtime,)
    if one.resource != row.resource:
        yield Violation(RULE, name, "maintenance of another resource", one.resource, row.resource)
    if one.end - one.start != row.minutes:
        yield Violation(
            RULE, name, "length of the maintenance", str(one.end - one.start), str(row.minutes), "minutes"
        )
    begin = row.flexible_from or 0
    end = case.timeline.horizon_end if row.flexible_to is None else row.flexible_to
    if one.start < begin or one.end > end:
        yield Violation(
            RULE,
            name,
            "maintenance outside its time",
            f"{one.start} to {one.end}",
            f"{begin} to {end}",
            "minute",
        )


def _once(case: Case, row: Downtime, found: list[Maintenance]) -> Iterator[Violation]:
    """Exactly once; at most once where its time reaches beyond the horizon."""
    within = row.flexible_to is None or row.flexible_to <= case.timeline.horizon_end
    if len(found) > 1 or (within and not found):
        yield Violation(RULE, (row.downtime,), "placements of the maintenance", str(len(found)), "1", "times")


class Counter:
    """Minutes that a resource has run since its last maintenance, setups not counted.

    A changeover to another setup group sets the count of a cleaning back as the cleaning does.

    Parameters
    ----------
    case : Case
    row : Downtime
        With ``every_run_hours``.
    """

    def __init__(self, case: Case, row: Downtime) -> None:
        self._timeline = case.timeline
        working = case.working(row.resource)
        self.limit = (row.every_run_hours or 0) * Fraction(MINUTES_PER_HOUR)
        # What is overdue when the plan starts is done before anything runs.
        self._before = min(row.run_hours_before * MINUTES_PER_HOUR, self.limit)
        self._pieces = [
            piece
            for one in case.occupations.get(row.resource, ())
            for piece in pieces(working, one.start, one.end)
        ]
        self._by_bucket = _run_minutes(case, row.resource)
        self._resets, self._tail_resets = _campaigns(case, row)

    def stretches(self, placed: Sequence[Maintenance]) -> Iterator[tuple[int, int, Fraction]]:
        """Yield begin, end and run minutes between one maintenance of the window and the next."""
        window = self._timeline.window_end
        found = sorted((*(one.start for one in placed), *self._resets))
        stops = [0, *(min(start, window) for start in found), window]
        for number, (begin, end) in enumerate(pairwise(stops)):
            minutes = sum(max(min(b, end) - max(a, begin), 0) for a, b in self._pieces)
            yield begin, end, minutes + (self._before if number == 0 else Fraction(0))

    def buckets(self, placed: Sequence[Maintenance]) -> Iterator[tuple[int, Fraction]]:
        """Yield each bucket of the tail and the least that the counter can have come to at its end.

        In a bucket, work and maintenance come in any order: of each bucket, or of several in a row,
        the minutes are at most what its maintenance and one stretch more allow.
        """
        early = [one for one in placed if one.start < self._timeline.window_end]
        count = [minutes for _, _, minutes in self.stretches(early)][-1]
        for bucket in range(self._timeline.window_buckets, len(self._timeline)):
            begin, end = self._timeline.starts[bucket], self._timeline.ends[bucket]
            done = sum(1 for one in placed if begin <= one.start < end) + int(self._tail_resets[bucket])
            count = max(count, Fraction(0)) + int(self._by_bucket[bucket]) - self.limit * done
            yield bucket, count

    def within(self, placed: Sequence[Maintenance]) -> bool:
        """Whether the counter stays within its limit."""
        return all(minutes <= self.limit for _, _, minutes in self.stretches(placed)) and all(
            count <= self.limit for _, count in self.buckets(placed)
        )


def _in_time(case: Case, row: Downtime, found: list[Maintenance]) -> Iterator[Violation]:
    """Run minutes between one placement and the next; in the tail as far as its buckets tell."""
    counter = Counter(case, row)
    for begin, end, minutes in counter.stretches(found):
        if minutes > counter.limit:
            yield Violation(
                RULE, (row.downtime,), f"run minutes on {row.resource} from {begin} to {end}",
                str(minutes), f"<= {counter.limit}", "minutes",
            )  # fmt: skip
    for bucket, count in counter.buckets(found):
        if count > counter.limit:
            yield Violation(
                RULE, (row.downtime,), f"run minutes on {row.resource} up to bucket {bucket}",
                str(count), f"<= {counter.limit}", "minutes",
            )  # fmt: skip
            return


def _campaigns(case: Case, row: Downtime) -> tuple[list[int], Ints]:
    """Begins of a cleaning's changeovers to another group in the window; their number by tail bucket."""
    by_bucket = np.zeros(len(case.timeline), dtype=np.int64)
    if not isinstance(row, Cleaning) or not case.lookup.resources[row.resource].changeover_matrix:
        return [], by_bucket
    for change in case.tail_changeovers:
        if change.resource == row.resource and change.before not in (None, change.after):
            by_bucket[change.bucket] += 1
    begins = []
    for one in case.occupations.get(row.resource, ()):
        if one.before in (None, one.group):
            continue
        if one.setup_start < case.timeline.window_end:
            begins.append(one.setup_start)
        else:
            by_bucket[case.timeline.bucket_of_start(one.setup_start)] += 1
    return begins, by_bucket


def _run_minutes(case: Case, resource: str) -> Ints:
    """Run minutes of a resource by bucket, setups left out where they are known apart."""
    table = np.zeros(len(case.timeline), dtype=np.int64)
    for one in case.occupations.get(resource, ()):
        for bucket, minutes in case.by_bucket(resource, one.start, one.end):
            table[bucket] += minutes
    for work in case.flow.works:
        if not isinstance(work.row, Run) and work.row.resource == resource and not work.operation.batch_size:
            for bucket, minutes in work.row.load:
                table[bucket] += minutes
            table[work.first] -= work.setup_minutes
    for batch in case.tail_batches:
        if batch.resource == resource:
            table[batch.bucket] += batch.minutes
    return table


def _overlaps(case: Case) -> Iterator[Violation]:
    rows = sorted(case.plan.maintenance, key=lambda one: (one.resource, one.start, one.end))
    for before, after in pairwise(rows):
        if before.resource == after.resource and after.start < before.end:
            yield Violation(
                RULE, (before.downtime, after.downtime), "maintenance overlaps",
                str(after.start), f">= {before.end}", "minute",
            )  # fmt: skip
