"""Inspections that settle has to place: who is subject, where in the tail, released when."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import BucketInspection, InspectionRun
from capacityplan.domain.plant import Inspection, Stage
from capacityplan.domain.timeline import Timeline
from capacityplan.solve.settle.capacity import Capacity

Rows = Sequence[Inspection]
Release = tuple[int, int]
"""Minute and bucket."""


class Labs:
    """Counts objects per inspection row in order of completion and books tail inspections."""

    def __init__(
        self, lookup: Lookup, timeline: Timeline, capacity: Capacity, done: tuple[InspectionRun, ...]
    ) -> None:
        self._lookup = lookup
        self._timeline = timeline
        self._capacity = capacity
        self._counts: Counter[str] = Counter()
        self._released: dict[str, dict[str, int]] = defaultdict(dict)
        for run in done:
            wait = lookup.inspection_rows[run.inspection].wait_minutes
            self._released[run.object][run.inspection] = run.end + wait
        self._validated: dict[str, int] = {}
        self.booked: list[BucketInspection] = []

    def rows(
        self, stage: Stage, item: str, operation: str = "", supplier: str | None = None
    ) -> list[Inspection]:
        """Rows of the inspection plan that apply to an object, in id order."""
        found = self._lookup.inspections(stage, item)
        if stage is Stage.IN_PROCESS:
            found = tuple(row for row in found if row.operation == operation)
        if stage is Stage.INCOMING:
            found = tuple(row for row in found if not row.supplier or row.supplier == supplier)
        return sorted(found, key=lambda row: row.rank)

    def subject(self, rows: list[Inspection]) -> list[Inspection]:
        """Count an object against its rows; return those it is subject to."""
        hit = []
        for row in rows:
            if self._counts[row.inspection] % row.every_lots == 0:
                hit.append(row)
            self._counts[row.inspection] += 1
        return hit

    def counts(self, item: str) -> bool:
        """Whether the order in which lots of an item complete decides what is inspected."""
        rows = (*self.rows(Stage.FINAL, item), *self.rows(Stage.VALIDATION, item))
        return any(row.every_lots > 1 or row.stage is Stage.VALIDATION for row in rows)

    def first_lot(self, item: str) -> list[Inspection]:
        """Validation rows an item's lot is subject to: those of the first lot to complete."""
        rows = self.rows(Stage.VALIDATION, item)
        if not rows or self._counts[f"\0{item}"]:
            return []
        self._counts[f"\0{item}"] += 1
        return rows

    def release(self, name: str, rows: list[Inspection], completed: int) -> Release | None:
        """Release of an object completed in a bucket; None: not within the horizon.

        Rows that the window schedule has already inspected are taken from there; the others are
        booked in the first tail bucket whose lab (and analysts) have room.
        """
        minute, bucket = 0, completed
        for row in rows:
            known = self._released[name].get(row.inspection)
            if known is None:
                booked = self._book(name, row, max(completed, self._timeline.window_buckets))
                if booked is None:
                    return None
                minute, bucket = max(minute, int(self._timeline.ends[booked])), max(bucket, booked)
            else:
                minute, bucket = max(minute, known), max(bucket, self._timeline.bucket_of_end(known))
        return (minute, bucket) if bucket < len(self._timeline) else None

    def through(
        self,
        name: str,
        rows: list[Inspection],
        completed: int,
        again: Callable[[Rows, Release], Release | None],
    ) -> Release | None:
        """Release of an object by its tests, the work on their rejects, and the certificate after both.

        Parameters
        ----------
        again : callable
            The release after the work on what some rows reject, given the release by these; None: never.
        """
        tests, last = ([row for row in rows if row.is_last is wanted] for wanted in (False, True))
        released = self.release(name, tests, completed)
        if released is None:
            return None
        for row in tests:
            if row.stage is Stage.VALIDATION:
                self._validated[row.item] = released[1]
        released = again(tests, released)
        if released is None or not last:
            return released
        issued = self.release(name, last, released[1])
        return None if issued is None else (max(released[0], issued[0]), issued[1])

    def gate(self, item: str) -> int:
        """Bucket before which no lot of an item may be released."""
        return self._validated.get(item, 0)

    def _book(self, name: str, row: Inspection, first: int) -> int | None:
        starts, ends = self._timeline.starts, self._timeline.ends
        pools = [(row.lab, row.slots)] + ([(row.labour, row.analysts)] if row.analysts and row.labour else [])
        for bucket in range(first, len(self._timeline)):
            if not self._capacity.pools_free(pools, bucket, row.lab_minutes):
                continue
            released = bucket
            while (
                released < len(ends) and ends[released] - starts[bucket] < row.lab_minutes + row.wait_minutes
            ):
                released += 1
            if released == len(ends):
                return None
            self._capacity.take_pools(pools, bucket, row.lab_minutes)
            self.booked.append(BucketInspection(name, row.inspection, row.lab, bucket, released))
            return released
        return None
