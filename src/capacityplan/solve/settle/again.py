"""Rejects that are worked on again in the tail: of its lots, and of what was there before the plan."""

from __future__ import annotations

from collections.abc import Sequence

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot
from capacityplan.domain.plant import Inspection
from capacityplan.domain.timeline import Timeline
from capacityplan.prepare.lotflow import given, is_reworked, passed
from capacityplan.solve.settle.facts import after_inspection
from capacityplan.solve.settle.job import Job
from capacityplan.solve.settle.tail import Tail
from capacityplan.solve.types import PlannedLot, WindowSchedule


class Again:
    """Books the rework of final rejects.

    Attributes
    ----------
    objects : dict of str to (item, version)
        What was there before: stock lots, scheduled receipts, orders in progress.
    jobs : list of Job
        Its rework in the tail.
    on_hold : set of str
        What of it is never inspected, as there is no time to work on its rejects.
    """

    def __init__(self, lookup: Lookup, timeline: Timeline, window: WindowSchedule, tail: Tail) -> None:
        self._lookup, self._timeline, self._window, self._tail = lookup, timeline, window, tail
        self.objects = given(lookup.plant, lookup)
        self.jobs: list[Job] = []
        self.on_hold: set[str] = set()

    def of_tail(self, job: Job, rows: Sequence[Inspection], released: tuple[int, int]) -> tuple[int, int]:
        """Book rework of a tail lot's final rejects; return when (minute, bucket) it is released."""
        at = self.of_lot(job, rows, released[1])
        return released[0], max(released[1], at)

    def of_lot(self, job: Job, rows: Sequence[Inspection], released: int) -> int:
        """Book rework of a tail lot's final rejects; return the bucket in which it is released."""
        lot = job.wish.lot
        quantity = job.quantity
        job.ready = released
        for row in rows:
            rejects = passed(quantity, row)[1]
            if rejects:
                job.ready = self._tail.rework(
                    lot.item, lot.version, lot.lot, row.rework_operation, rejects, job
                )
            quantity = after_inspection(self._lookup, lot.item, lot.version, row.inspection, quantity)
        return job.ready

    def of_given(
        self, name: str, quantity: int, rows: Sequence[Inspection], released: tuple[int, int]
    ) -> tuple[int, int] | None:
        """Return when (minute, bucket) the rejects of what was there before are worked on; None: never."""
        ends = [run.end for run in self._window.runs if run.lot == name]
        if ends or not is_reworked(rows, quantity):
            minute = max(released[0], *ends, 0)
            return minute, max(released[1], self._timeline.bucket_of_end(minute))
        item, version = self.objects[name]
        job = Job(PlannedLot(Lot(name, item, quantity, version), 0, 0, 0), (), quantity)
        at = self.of_lot(job, rows, max(released[1], self._timeline.window_buckets))
        if at >= len(self._timeline):
            self.on_hold.add(name)
            return None
        self.jobs.append(job)
        return int(self._timeline.ends[at]), at
