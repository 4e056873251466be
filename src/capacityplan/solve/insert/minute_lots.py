"""A lot put into the window: every operation to the minute, components and inspections included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from capacityplan.domain.plan import Lot, Run
from capacityplan.domain.plant import LockKind, Operation, OperationResource
from capacityplan.prepare.lotflow import in_process, run_minutes
from capacityplan.prepare.overlap import Stream, transfers
from capacityplan.solve.insert.board import Board
from capacityplan.solve.insert.labs import Subject, counted, inspect
from capacityplan.solve.insert.lanes import Lane, Occupied, Place, Wanted
from capacityplan.solve.insert.levels import CONSUMPTION, Event
from capacityplan.solve.insert.machines import earliest_place
from capacityplan.units import floor_product
from capacityplan.verify.facts import Moment
from capacityplan.verify.stock import components_of, need

Obtain = Callable[[Board, str, int, int], int | None]
"""Make sure that a quantity of an item is free for consumption; from which minute on (board changes)."""
_ATTEMPTS = 40
_HALF_A_DAY = 720


@dataclass(frozen=True, slots=True)
class Made:
    """A lot completed: when, what is good before final inspections, what entered the last operation."""

    completed: Moment
    quantity: int
    entering: int


@dataclass(frozen=True, slots=True)
class _Late:
    """An operation began too long after the one before: that one has to end so much later."""

    step: int
    minutes: int


def lot_to_the_minute(board: Board, lot: Lot, obtain: Obtain, earliest: int = 0) -> tuple[Board, Made] | None:
    """Put a lot in as early as it fits; None where it cannot start within the window.

    Parameters
    ----------
    board : Board
        Not changed.
    earliest : int
        Minute before which no operation starts.
    """
    delays: dict[int, int] = {}
    for _ in range(_ATTEMPTS):
        trial = board.copy()
        found = _Attempt(trial, lot, obtain, earliest, delays).run()
        if isinstance(found, Made):
            return trial, found
        if found is None:
            return None
        delays[found.step] = delays.get(found.step, 0) + found.minutes
    return None


class _Attempt:
    def __init__(self, board: Board, lot: Lot, obtain: Obtain, earliest: int, delays: dict[int, int]) -> None:
        self._board, self._lot, self._obtain = board, lot, obtain
        self._earliest, self._delays = earliest, delays
        self._lookup, self._timeline = board.lookup, board.timeline
        self._frozen = board.plant.fences.frozen_hours * 60
        self._group = board.lookup.setup_group(lot.item)
        self._subject = Subject(lot.lot, lot.item, lot.version, False)
        self._stream: Stream | None = None

    def run(self) -> Made | _Late | None:
        lot, board = self._lot, self._board
        since = self._lookup.made_from(lot.item, lot.version)
        ready = max(self._earliest, self._frozen, since or 0)
        quantity, ended, longest = lot.quantity, 0, None
        entering = quantity
        for step, operation in enumerate(self._lookup.routings[lot.item, lot.version]):
            base = max(ready, operation.artwork_approved_on or 0) + self._delays.get(step, 0)
            supplied = self._supplied(operation, quantity, base, first=step == 0)
            if supplied is None:
                return None
            reserved, base = supplied
            runs = self._work(operation, quantity, base, first=step == 0)
            if runs is None:
                return None
            if step == 0 and (runs[0].setup_start >= self._timeline.window_end or self._phased_out(runs[0])):
                return None
            if longest is not None and runs[-1].start > ended + longest:
                # What is left over is waited out before the operation in front begins.
                return _Late(step - 1, max(runs[-1].start - ended - longest, 1))
            if not self._consume(reserved, runs[0].start):
                return None
            board.runs += tuple(runs)
            ended = max(run.end for run in runs)
            entering, quantity = quantity, floor_product(quantity, operation.yield_fraction)
            rows = in_process(self._lookup, lot.item, operation.operation)
            subject_to = counted(board, rows, ended, lot.lot)
            moment = Moment(ended, self._timeline.bucket_of_end(ended))
            if subject_to:
                passed = inspect(board, self._subject, subject_to, moment, quantity)
                if passed is None:
                    return None
                moment, quantity = passed.moment, passed.quantity
            longest = None if subject_to else operation.max_wait_minutes
            ready = self._pass_on(operation, entering, runs[0], moment.minute + operation.min_wait_minutes)
            if moment.bucket >= len(self._timeline):
                return None
        board.lots += (lot,)
        return Made(Moment(ended, self._timeline.bucket_of_end(ended)), quantity, entering)

    def _pass_on(self, operation: Operation, quantity: int, run: Run, whole: int) -> int:
        """When the next operation may begin: on all of it (``whole``), or on what passes on before."""
        self._stream = None
        found = transfers(operation, quantity)
        if found is None:
            return whole
        modes = self._lookup.modes[self._lot.item, self._lot.version, operation.operation]
        mode = next(one for one in modes if one.resource == run.resource)
        clock = self._board.runway(run.resource)
        self._stream = Stream.of(self._lookup, clock, operation, mode, found, (run.start, run.end))
        return self._stream.first

    def _phased_out(self, run: Run) -> bool:
        gone = self._lookup.made_until(self._lot.item, self._lot.version)
        return gone is not None and run.start >= gone

    def _supplied(
        self, operation: Operation, quantity: int, ready: int, first: bool
    ) -> tuple[list[tuple[str, int, int]], int] | None:
        """Reserve the components of an operation for when it can begin; and when that is.

        It is looked for twice or more: what comes in later than the machine is free moves the
        begin, and what expires has to be there for the begin and not long before.
        """
        lot = self._lot
        if not self._lookup.components.get((lot.item, lot.version, operation.operation)):
            return [], ready
        for _ in range(_ATTEMPTS):
            begin = self._would_begin(operation, quantity, ready, first)
            if begin is None or begin >= self._timeline.horizon_end:
                return None
            trial = self._board.copy()
            reserved = self._components(trial, operation, quantity, begin)
            if reserved is None:
                if not perishes(self._board, lot, operation):
                    return None
                # What has to be fresh may be had for a later begin.
                ready = begin + _HALF_A_DAY
                continue
            there = max((found for _, _, found in reserved), default=begin)
            if there <= begin:
                self._board.become(trial)
                return reserved, max(ready, begin)
            ready = there
        return None

    def _would_begin(self, operation: Operation, quantity: int, ready: int, first: bool) -> int | None:
        board, self._board = self._board, self._board.copy()
        runs = self._work(operation, quantity, ready, first)
        self._board = board
        return None if runs is None else runs[0].start

    def _components(
        self, board: Board, operation: Operation, quantity: int, begin: int
    ) -> list[tuple[str, int, int]] | None:
        """Reserve components of an operation that begins at a minute, each for as soon as it is there."""
        lot, scale = self._lot, self._lookup.scale
        lines = self._lookup.components.get((lot.item, lot.version, operation.operation), ())
        wanted: dict[str, int] = {}
        for line in components_of(lines, begin):
            taken = need(line, quantity, scale[lot.item], scale[line.component])
            wanted[line.component] = wanted.get(line.component, 0) + taken
        reserved = []
        for component, taken in wanted.items():
            found = self._obtain(board, component, taken, begin)
            if found is None:
                return None
            # Taken at once, so that what is made for another component cannot use it up.
            board.event(component, self._taking(found, taken))
            reserved.append((component, taken, found))
        return reserved

    def _taking(self, minute: int, quantity: int) -> Event:
        return Event(minute, self._timeline.bucket_of_start(minute), CONSUMPTION, quantity)

    def _consume(self, reserved: list[tuple[str, int, int]], start: int) -> bool:
        """Take the components at the start itself; False where one would have expired by then."""
        for component, taken, found in reserved:
            if found != start:
                self._board.event(component, self._taking(found, taken), -1)
                if self._board.levels[component].earliest(taken, start, CONSUMPTION) != start:
                    return False
                self._board.event(component, self._taking(start, taken))
        return True

    def _work(self, operation: Operation, quantity: int, ready: int, first: bool) -> list[Run] | None:
        """Run an operation: once, or as many batches as it takes."""
        if not operation.batch_size:
            run = self._once(operation, quantity, ready, first)
            return None if run is None else [run]
        count = -(-quantity // operation.batch_size)
        runs: list[Run] = []
        for number in range(count):
            part = quantity * (number + 1) // count - quantity * number // count
            run = self._once(operation, part, ready, first)
            if run is None:
                return None
            runs.append(run)
        return sorted(runs, key=lambda run: (run.start, run.end))

    def _once(self, operation: Operation, quantity: int, ready: int, first: bool) -> Run | None:
        lot = self._lot
        for _ in range(_ATTEMPTS):
            found = self._best(operation, quantity, ready)
            if found is None:
                return None
            mode, place, run, joined = found
            closed = self._locked(place.start) if first else None
            if closed is not None:
                ready = closed
                continue
            if joined is not None:
                self._join(mode.resource, joined, run)
            elif not self._board.book(mode.resource, place, run):
                return None
            return Run(lot.lot, operation.operation, mode.resource, quantity, place.setup_start,
                       place.start, place.end)  # fmt: skip
        return None

    def _best(
        self, operation: Operation, quantity: int, ready: int
    ) -> tuple[OperationResource, Place, Occupied, Occupied | None] | None:
        """The mode that ends earliest; a batch under way with room left wins where it ends no later."""
        best: tuple[tuple[int, int, int], OperationResource, Place, Occupied, Occupied | None] | None = None
        lot = self._lot
        for mode in self._lookup.modes.get((lot.item, lot.version, operation.operation), ()):
            minutes = (
                operation.fixed_minutes if operation.batch_size
                else run_minutes(self._lookup, operation, mode, quantity)
            )  # fmt: skip
            units = self._board.units(mode)
            joined = self._open_batch(operation, mode.resource, quantity, ready)
            place = None
            if joined is not None:
                place = Place(joined.setup_start, joined.start, joined.end, 0)
            elif quantity >= operation.min_batch:
                able = ready
                if self._stream is not None:
                    runway = self._board.runway(mode.resource)
                    able = max(able, self._stream.earliest(self._lookup, runway, operation, mode, minutes))
                wanted = Wanted(self._group, mode.setup_minutes, minutes, operation.pausable, units,
                                able, self._frozen)  # fmt: skip
                place = earliest_place(self._board, mode.resource, wanted)
            if place is None:
                continue
            rank = (place.end, 0 if joined is not None else 1, mode.preference)
            if best is None or rank < best[0]:
                batch = (quantity, operation.operation) if operation.batch_size else (0, "")
                run = Occupied(
                    place.setup_start, place.start, place.end, self._group, mode.setup_minutes, units,
                    ((lot.lot, operation.operation, place.start),), *batch,
                )  # fmt: skip
                best = (rank, mode, place, run, joined)
        return None if best is None else best[1:]

    def _open_batch(self, operation: Operation, resource: str, quantity: int, ready: int) -> Occupied | None:
        lane = self._board.lanes.get(resource)
        if not operation.batch_size or lane is None:
            return None
        for run in lane.runs:
            same = run.operation == operation.operation and run.group == self._group
            room = run.quantity + quantity <= operation.batch_size
            if same and room and run.start >= ready and run.setup_start >= self._frozen:
                return run
        return None

    def _join(self, resource: str, batch: Occupied, run: Occupied) -> None:
        lane = self._board.lanes[resource]
        joined = Occupied(
            batch.setup_start, batch.start, batch.end, batch.group, batch.setup_minutes, batch.units,
            (*batch.rows, *run.rows), batch.quantity + run.quantity, batch.operation,
        )  # fmt: skip
        runs = tuple(joined if one == batch else one for one in lane.runs)
        self._board.lanes[resource] = Lane(lane.runway, lane.initial, lane.setup_in_breaks, runs)

    def _locked(self, start: int) -> int | None:
        """End of a lock of the item that covers a start."""
        for lock in self._board.case.locks(LockKind.ITEM):
            begin = lock.start or 0
            end = self._timeline.horizon_end if lock.end is None else lock.end
            if lock.object == self._lot.item and begin <= start < end:
                return end
        return None


def perishes(board: Board, lot: Lot, operation: Operation) -> bool:
    """Whether an operation takes components that expire."""
    lines = board.lookup.components.get((lot.item, lot.version, operation.operation), ())
    return any(board.lookup.items[line.component].shelf_life_days is not None for line in lines)
