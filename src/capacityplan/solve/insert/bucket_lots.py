"""A lot put into the tail: every operation in buckets, components and inspections included."""

from __future__ import annotations

from capacityplan.domain.plan import BucketRun, Lot
from capacityplan.domain.plant import LockKind, Operation, OperationResource
from capacityplan.prepare.lotflow import in_process, run_minutes
from capacityplan.solve.insert.board import Board, Lists
from capacityplan.solve.insert.labs import Subject, counted, inspect
from capacityplan.solve.insert.levels import CONSUMPTION, Event
from capacityplan.solve.insert.minute_lots import Made, Obtain, perishes
from capacityplan.units import MINUTES_PER_HOUR, ceil_div, floor_product
from capacityplan.verify.facts import Moment
from capacityplan.verify.stock import components_of, need


def lot_in_buckets(board: Board, lot: Lot, obtain: Obtain, first: int) -> tuple[Board, Made] | None:
    """Put a lot in as early as it fits from a bucket on; None where it does not fit the horizon.

    Parameters
    ----------
    board : Board
        Not changed.
    """
    bucket = max(first, board.timeline.window_buckets)
    while bucket < len(board.timeline):
        trial = board.copy()
        attempt = _Attempt(trial, lot, obtain, bucket)
        made = attempt.run()
        if made is not None:
            return trial, made
        if attempt.hopeless:
            return None
        bucket = max(bucket, attempt.began) + 1
    return None


class _Attempt:
    def __init__(self, board: Board, lot: Lot, obtain: Obtain, first: int) -> None:
        self._board, self._lot, self._obtain, self._first = board, lot, obtain, first
        self._lookup, self._timeline = board.lookup, board.timeline
        self._group = board.lookup.setup_group(lot.item)
        self._elapsed: list[tuple[int, int]] = []
        self._subject = Subject(lot.lot, lot.item, lot.version, True)
        self.began = first
        self.hopeless = False

    def run(self) -> Made | None:
        lot, board, ends = self._lot, self._board, self._timeline.ends
        ready, quantity, done, longest = self._first, lot.quantity, self._first, None
        entering = quantity
        for step, operation in enumerate(self._lookup.routings[lot.item, lot.version]):
            begin = self._supplied(operation, quantity, ready, step)
            run = None if begin is None else self._work(operation, quantity, begin)
            if run is None:
                self.hopeless = step == 0
                return None
            if step == 0:
                self.began = run.load[0][0]
            start, done = run.load[0][0], run.load[-1][0]
            if longest is not None and int(self._timeline.starts[start]) - longest[0] > longest[1]:
                return None
            if not self._consume(start):
                return None
            board.bucket_runs += (run,)
            self._age(operation.min_wait_minutes)
            entering, quantity = quantity, floor_product(quantity, operation.yield_fraction)
            ready = done
            longest = None if operation.max_wait_minutes is None else (
                int(ends[done]), operation.max_wait_minutes)  # fmt: skip
            rows = counted(
                board, in_process(self._lookup, lot.item, operation.operation), int(ends[done]), lot.lot
            )
            if rows:
                passed = inspect(board, self._subject, rows, Moment(int(ends[done]), done), quantity)
                if passed is None:
                    return None
                ready, quantity, longest = passed.moment.bucket, passed.quantity, None
                self._age(passed.minutes)
        board.lots += (lot,)
        return Made(Moment(int(ends[done]), done), quantity, entering)

    def _age(self, minutes: int) -> None:
        self._elapsed = [(first, spent + minutes) for first, spent in self._elapsed]

    def _supplied(self, operation: Operation, quantity: int, ready: int, step: int) -> int | None:
        """First bucket with a mode and all components, and in which the item may be started."""
        self._reserved: list[tuple[str, int, int]] = []
        while ready < len(self._timeline):
            bucket = self._allowed(operation, ready, step)
            begin = None if bucket is None else self._would_begin(operation, quantity, bucket)
            if begin is None:
                return None
            trial = self._board.copy()
            reserved = self._components(trial, operation, quantity, begin)
            if reserved is None:
                if not perishes(self._board, self._lot, operation):
                    return None
                # What has to be fresh may be had for a later begin.
                ready = begin + 1
                continue
            there = max((self._timeline.bucket_of_start(found) for _, _, found in reserved), default=begin)
            if there <= begin:
                self._board.become(trial)
                self._reserved = reserved
                return begin
            ready = there
        return None

    def _would_begin(self, operation: Operation, quantity: int, bucket: int) -> int | None:
        board, elapsed = self._board, self._elapsed
        self._board, self._elapsed = board.copy(), list(elapsed)
        run = self._work(operation, quantity, bucket)
        self._board, self._elapsed = board, elapsed
        return None if run is None else run.load[0][0]

    def _components(
        self, board: Board, operation: Operation, quantity: int, bucket: int
    ) -> list[tuple[str, int, int]] | None:
        lot, scale, start = self._lot, self._lookup.scale, int(self._timeline.starts[bucket])
        wanted: dict[str, int] = {}
        lines = self._lookup.components.get((lot.item, lot.version, operation.operation), ())
        for line in components_of(lines, start):
            taken = need(line, quantity, scale[lot.item], scale[line.component])
            wanted[line.component] = wanted.get(line.component, 0) + taken
        reserved = []
        for component, taken in wanted.items():
            found = self._obtain(board, component, taken, start)
            if found is None:
                return None
            there = self._timeline.bucket_of_start(found)
            board.event(component, Event(found, there, CONSUMPTION, taken))
            reserved.append((component, taken, found))
        return reserved

    def _allowed(self, operation: Operation, bucket: int, step: int) -> int | None:
        """First bucket from one on that frozen zone, phase, artwork and locks leave open, if any."""
        lot, timeline = self._lot, self._timeline
        since = self._lookup.made_from(lot.item, lot.version)
        until = self._lookup.made_until(lot.item, lot.version)
        frozen = self._board.plant.fences.frozen_hours * MINUTES_PER_HOUR
        gates = [operation.artwork_approved_on or 0, frozen, (since or 0) if step == 0 else 0]
        locks = [lock for lock in self._board.case.locks(LockKind.ITEM) if lock.object == lot.item]
        while bucket < len(timeline):
            start, end = int(timeline.starts[bucket]), int(timeline.ends[bucket])
            if step == 0 and until is not None and start >= until:
                return None
            covered = step == 0 and any(
                (lock.start or 0) <= start and (lock.end is None or lock.end >= end) for lock in locks
            )
            if max(gates) < end and not covered:
                return bucket
            bucket += 1
        return None

    def _consume(self, bucket: int) -> bool:
        """Take the components in the bucket itself; False where one would have expired by then."""
        start = int(self._timeline.starts[bucket])
        for component, taken, found in self._reserved:
            there = self._timeline.bucket_of_start(found)
            if there != bucket:
                self._board.event(component, Event(found, there, CONSUMPTION, taken), -1)
                if self._board.levels[component].earliest(taken, start, CONSUMPTION) != start:
                    return False
                self._board.event(component, Event(start, bucket, CONSUMPTION, taken))
        return True

    def _work(self, operation: Operation, quantity: int, begin: int) -> BucketRun | None:
        """Load the mode that ends earliest."""
        lot = self._lot
        best: tuple[tuple[int, int], OperationResource, list[tuple[int, int, Lists]], int] | None = None
        for mode in self._lookup.modes.get((lot.item, lot.version, operation.operation), ()):
            found = (self._batch if operation.batch_size else self._load)(operation, mode, quantity, begin)
            if found is not None:
                loads, minutes = found
                rank = (loads[-1][0], mode.preference)
                if best is None or rank < best[0]:
                    best = (rank, mode, loads, minutes)
        if best is None:
            return None
        _, mode, loads, minutes = best
        self._elapsed.append((loads[0][0], 0))
        self._age(minutes)
        # Offers were made on a copy; here they are taken for good.
        for bucket, booked, lists in loads:
            self._board.take(mode, bucket, booked, lists)
        if operation.batch_size:
            self._note_batch(operation, mode.resource, quantity, loads[0][0])
            return BucketRun(lot.lot, operation.operation, mode.resource, quantity, ((loads[0][0], 0),))
        load = tuple((bucket, booked) for bucket, booked, _ in loads)
        return BucketRun(lot.lot, operation.operation, mode.resource, quantity, load)

    def _possible(self, minutes: int, begin: int) -> int:
        """First bucket in which an operation of so many minutes can be over."""
        timeline = self._timeline
        spans = [(begin, minutes), *((first, spent + minutes) for first, spent in self._elapsed)]
        least = max(int(timeline.starts[first]) + span for first, span in spans)
        return max(begin, timeline.bucket_of_end(least))

    def _load(
        self, operation: Operation, mode: OperationResource, quantity: int, begin: int
    ) -> tuple[list[tuple[int, int, Lists]], int] | None:
        """Minutes by bucket from a bucket on, until the run is done."""
        run = run_minutes(self._lookup, operation, mode, quantity)
        rest = mode.setup_minutes + run
        over = self._possible(run, begin)
        trial = self._board.copy()
        loads: list[tuple[int, int, Lists]] = []
        for bucket in range(begin, len(self._timeline)):
            if bucket < over and rest == 0:
                continue
            left, lists = trial.offer(mode, bucket, self._group)
            part = min(left, rest)
            if part == rest and bucket < over:
                # It cannot be over yet: the rest, at least a minute, is left for later.
                part = rest - 1 if loads or rest > 1 else 0
            if rest and part <= 0:
                continue
            trial.take(mode, bucket, part, lists)
            loads.append((bucket, part, lists))
            rest -= part
            if not rest:
                return loads, run
        return None

    def _batch(
        self, operation: Operation, mode: OperationResource, quantity: int, begin: int
    ) -> tuple[list[tuple[int, int, Lists]], int] | None:
        """A batch lies in one bucket; it adds to the batches that are there."""
        for bucket in range(self._possible(operation.fixed_minutes, begin), len(self._timeline)):
            key = (operation.operation, self._group, bucket)
            before = self._board.tails[mode.resource].batched.get(key, 0)
            size = operation.batch_size
            more = (ceil_div(before + quantity, size) - ceil_div(before, size)) * operation.fixed_minutes
            left, lists = self._board.offer(mode, bucket, self._group)
            if left >= more and left > 0:
                return [(bucket, more, lists)], operation.fixed_minutes
        return None

    def _note_batch(self, operation: Operation, resource: str, quantity: int, bucket: int) -> None:
        lane = self._board.tails[resource]
        key = (operation.operation, self._group, bucket)
        self._board.tails[resource] = lane.with_batch(key, quantity)
