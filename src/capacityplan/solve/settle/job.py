"""A tail lot under way, from bucket to bucket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import BucketRun
from capacityplan.domain.plant import LockKind, Operation, OperationResource, Receipt
from capacityplan.domain.timeline import Timeline
from capacityplan.solve.types import PlannedLot
from capacityplan.units import MINUTES_PER_HOUR


@dataclass(slots=True, eq=False)
class Job:
    """A tail lot under way.

    Attributes
    ----------
    receipt : Receipt or None
        The order in progress that it is, which found no place to the minute.
    """

    wish: PlannedLot
    routing: tuple[Operation, ...]
    quantity: int
    receipt: Receipt | None = None
    step: int = 0
    entered: int = 0
    """Base units that entered the operation that was run last."""
    ready: int = 0
    mode: OperationResource | None = None
    open_minutes: int = 0
    known_minutes: dict[tuple[int, int, str], int] = field(default_factory=dict)
    """Run and setup minutes by (step, quantity, resource): asked for in every pass over a bucket."""
    load: list[tuple[int, int]] = field(default_factory=list)
    reserved: list[tuple[int, str, int, int]] = field(default_factory=list)
    """(step, component, quantity, bucket) taken at the start of the lot for later steps."""
    runs: list[BucketRun] = field(default_factory=list)
    elapsed: list[tuple[int, int]] = field(default_factory=list)
    """(first bucket, minutes that must lie after its start) by step."""

    def resize(self, quantity: int) -> None:
        """Let a lot that has not begun be of another quantity."""
        self.quantity = quantity
        self.wish = replace(self.wish, lot=replace(self.wish.lot, quantity=quantity))

    @property
    def resumed(self) -> Receipt | None:
        """The order in progress, while it stands at the operation where it stood at the start."""
        return self.receipt if self.step == 0 else None

    @property
    def to_run(self) -> int:
        """Base units that the current operation has to run."""
        row = self.resumed
        return self.quantity if row is None else max(self.quantity - row.done_quantity, 0)

    def modes(self, lookup: Lookup, operation: Operation) -> tuple[OperationResource, ...]:
        """Return the modes of the current operation; an order in progress stays where it stands."""
        lot, row = self.wish.lot, self.resumed
        found = lookup.modes.get((lot.item, lot.version, operation.operation), ())
        if row is None or not row.resource:
            return found
        return tuple(mode for mode in found if mode.resource == row.resource)

    def may_start(self, lookup: Lookup, timeline: Timeline, operation: Operation, bucket: int) -> bool:
        """Whether frozen zone, phase, artwork and locks leave some minute of the bucket to start in."""
        start, end = int(timeline.starts[bucket]), int(timeline.ends[bucket])
        frozen = 0 if self.receipt else lookup.plant.fences.frozen_hours * MINUTES_PER_HOUR
        if max(operation.artwork_approved_on or 0, frozen) >= end:
            return False
        lot = self.wish.lot
        if self.step or self.receipt:
            return True
        if not lookup.may_start(lot.item, lot.version, start, end):
            return False
        for lock in lookup.plant.locks:
            live = lock.kind is LockKind.ITEM and lock.object == lot.item and lock.counts
            if live and (lock.start or 0) <= start and (lock.end is None or lock.end >= end):
                return False
        return True


def next_after(job: Job, jobs: Iterable[Job], bucket: int, most: int | None) -> Job | None:
    """Return the next lot of a lot's item that is to begin after a bucket and may grow.

    What waits in the bucket itself is left alone: lots that wait for one component would hand on to each
    other without end.

    Parameters
    ----------
    most : int or None
        Base units of which it is at most.
    """
    wish = job.wish
    others = (
        other
        for other in jobs
        if other.wish.start_bucket > bucket and not (other.mode or other.runs or other.receipt)
        and (other.wish.lot.item, other.wish.lot.version) == (wish.lot.item, wish.lot.version)
        and (most is None or other.quantity <= most)
    )  # fmt: skip
    return min(others, key=lambda one: (one.wish.start_bucket, one.wish.need, one.wish.lot.lot), default=None)
