"""Planned lots taken off a board: their machines, people, labs and components are free again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from capacityplan.domain.plan import BucketInspection, BucketRun, InspectionRun, Lot, Run
from capacityplan.domain.plant import Inspection, LockKind, Stage
from capacityplan.prepare.lotflow import in_process
from capacityplan.solve.insert.board import Board, inflow
from capacityplan.solve.insert.lanes import Occupied
from capacityplan.solve.insert.levels import CONSUMPTION, Event
from capacityplan.units import MINUTES_PER_HOUR, ceil_div
from capacityplan.verify.facts import Held, Work
from capacityplan.verify.stock import Outflow

_T = TypeVar("_T", InspectionRun, BucketInspection)


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned lot that may be taken out.

    Attributes
    ----------
    begins : int
        Minute of its first setup or run (of the tail: its bucket's start).
    released : int
        Minute at which its quantity is free.
    accepted : int
        Base units of that.
    """

    lot: Lot
    begins: int
    released: int
    accepted: int
    works: tuple[Work, ...]
    taken: tuple[Outflow, ...]
    held: tuple[Held, ...]
    inspections: tuple[InspectionRun, ...]
    bucket_inspections: tuple[BucketInspection, ...]

    def inflows(self) -> list[tuple[str, Event]]:
        """What comes into stock from it."""
        return [(one.item, inflow(one)) for one in self.held if one.release is not None]


class Movable:
    """The lots of a plan that may be moved or made larger, by item and by component.

    Nothing that has begun, is frozen, locked or released to the shop is among them, nor the first lot of
    an item with a validation, nor lots that inspections count (others would be inspected in their place).

    Attributes
    ----------
    lots : dict of str to Planned
    of_item : dict of item to tuple of Planned
        By begin.
    using : dict of component to tuple of (minute, base units, lot)
    """

    def __init__(self, board: Board) -> None:
        case = board.case
        self.frozen = board.plant.fences.frozen_hours * MINUTES_PER_HOUR
        locked = {lock.object for lock in case.locks(LockKind.RUN)}
        works: dict[str, list[Work]] = {}
        lot_of: dict[str, str] = {}
        for work in case.flow.works:
            works.setdefault(work.row.lot, []).append(work)
            lot_of[work.name] = work.row.lot
        taken: dict[str, list[Outflow]] = {}
        for out in case.stocks.outflows:
            if out.kind == CONSUMPTION and out.name in lot_of:
                taken.setdefault(lot_of[out.name], []).append(out)
        held = {one.object: one for one in case.flow.held if one.kind in ("lot", "by-product")}
        minute, bucket = _by_object(board.plan.inspections), _by_object(board.plan.bucket_inspections)
        self.lots: dict[str, Planned] = {}
        for name, flow in case.flow.lots.items():
            own, made = works.get(name, []), held.get(name)
            if flow.receipt is not None or made is None or made.release is None or not own:
                continue
            begins = min(w.row.setup_start if isinstance(w.row, Run) else w.begins for w in own)
            fast = begins < self.frozen or any(work.name in locked for work in own)
            if fast or _counted(board, flow.lot):
                continue
            beside = [
                held[f"{name}/{line.component}"]
                for line in board.lookup.by_products.get((flow.lot.item, flow.lot.version), ())
            ]
            self.lots[name] = Planned(
                flow.lot, begins, made.release.minute, made.accepted, tuple(own), tuple(taken.get(name, ())),
                (made, *beside), tuple(minute.get(name, ())), tuple(bucket.get(name, ())),
            )  # fmt: skip
        self.of_item, self.using = self._indexed()
        self._loads: dict[tuple[str, int], list[tuple[str, str]]] = {}
        for run, work in case.bucket_works:
            for bucket_number, _ in run.load:
                group = board.lookup.setup_group(work.item)
                self._loads.setdefault((run.resource, bucket_number), []).append((run.lot, group))

    def _indexed(self) -> tuple[dict[str, tuple[Planned, ...]], dict[str, tuple[tuple[int, int, str], ...]]]:
        of_item: dict[str, tuple[Planned, ...]] = {}
        using: dict[str, tuple[tuple[int, int, str], ...]] = {}
        for one in sorted(self.lots.values(), key=lambda one: (one.begins, one.lot.lot)):
            of_item[one.lot.item] = (*of_item.get(one.lot.item, ()), one)
            for out in one.taken:
                using[out.item] = (*using.get(out.item, ()), (out.moment.minute, out.quantity, one.lot.lot))
        return of_item, using

    def take_out(self, board: Board, name: str) -> Board | None:
        """Return a board without a lot, what it makes left in stock until it is put back.

        None where the runs that follow could not be set up without it, or a batch would be too small.
        """
        one, trial = self.lots[name], board.copy()
        for work in one.works:
            done = (
                self._run(trial, work, work.row)
                if isinstance(work.row, Run)
                else self._load(trial, work, work.row)
            )
            if not done:
                return None
        for record in one.inspections:
            row = board.lookup.inspection_rows[record.inspection]
            pieces = board.runway(record.lab).pieces(record.start, record.end)
            for pool, units in _pools(row):
                trial.pools[pool] = trial.pools[pool].less(pieces, -units)
                for bucket, minutes in board.case.by_bucket(record.lab, record.start, record.end):
                    _give(trial, pool, bucket, units * minutes)
        for tested in one.bucket_inspections:
            row = board.lookup.inspection_rows[tested.inspection]
            for pool, units in _pools(row):
                _give(trial, pool, tested.bucket, units * row.lab_minutes)
        for out in one.taken:
            trial.event(out.item, Event(out.moment.minute, out.moment.bucket, CONSUMPTION, out.quantity), -1)
        trial.taken = trial.taken | {name}
        # Where it is put back, its setups begin as they are placed then.
        trial.setups_moved = {key: begin for key, begin in trial.setups_moved.items() if key[0] != name}
        return trial

    def forget(self, board: Board, name: str) -> None:
        """Take what a lot was to make out of stock (the board changes)."""
        for item, event in self.lots[name].inflows():
            board.event(item, event, -1)

    # To the minute

    def _run(self, board: Board, work: Work, row: Run) -> bool:
        lane, key = board.lanes.get(row.resource), (row.lot, row.operation, work.begins)
        units, runway = board.units(work.mode), board.runway(row.resource)
        if lane is None:
            board.pools[row.resource] = board.pools[row.resource].less([(row.setup_start, row.end)], -1)
            stretches = runway.pieces(row.setup_start, row.end)
        else:
            index = next((i for i, one in enumerate(lane.runs) if key in one.rows), None)
            if index is None:
                return False
            run = lane.runs[index]
            if len(run.rows) > 1:
                return self._leave_batch(board, work, run, index)
            runs = (*lane.runs[:index], *lane.runs[index + 1 :])
            board.lanes[row.resource] = replace(lane, runs=runs)
            stretches = lane.attended(run.setup_start, run.start, run.end)
        for name, count in units:
            board.pools[name] = board.pools[name].less(stretches, -count)
        if lane is not None and not self._follow(board, row.resource, index or 0):
            return False
        return board.book_tail(row.resource, row.setup_start, row.end, units, -1)

    def _leave_batch(self, board: Board, work: Work, run: Occupied, index: int) -> bool:
        """The others of a batch run as they did, if they are enough."""
        lane, left = board.lanes[work.row.resource], run.quantity - work.row.quantity
        if left < work.operation.min_batch:
            return False
        rows = tuple(row for row in run.rows if row[0] != work.row.lot)
        runs = list(lane.runs)
        runs[index] = replace(run, rows=rows, quantity=left)
        board.lanes[work.row.resource] = replace(lane, runs=tuple(runs))
        return True

    def _follow(self, board: Board, resource: str, index: int) -> bool:
        """Let the run after a gap begin its setup early enough for the group that is before it now."""
        lane = board.lanes[resource]
        if index == len(lane.runs):
            return True
        before, after = lane.runs[index - 1] if index else None, lane.runs[index]
        change = board.changeover(resource)(before.group if before else lane.initial, after.group)
        if change is None:
            return False
        needed, runway = after.setup_minutes + change, lane.runway
        begin = after.start - needed if lane.setup_in_breaks else runway.back(after.start, needed)
        if begin is None or begin >= after.setup_start:
            return begin is not None
        if begin < max(self.frozen, before.end if before else 0):
            return False
        if board.short(after.units, lane.attended(begin, after.setup_start, after.setup_start)) is not None:
            return False
        board.pull_setup(lane, after, begin)
        runs = list(lane.runs)
        runs[index] = replace(after, setup_start=begin)
        board.lanes[resource] = replace(lane, runs=tuple(runs))
        return True

    # In buckets

    def _load(self, board: Board, work: Work, row: BucketRun) -> bool:
        lane, group = board.tails[row.resource], board.lookup.setup_group(work.item)
        lists, load = dict(lane.lists), lane.load.copy()
        minutes = dict(row.load)
        if work.operation.batch_size:
            key, size = (row.operation, group, row.load[0][0]), work.operation.batch_size
            before = lane.batched[key]
            fewer = ceil_div(before, size) - ceil_div(before - row.quantity, size)
            minutes[key[2]] = minutes.get(key[2], 0) + fewer * work.operation.fixed_minutes
            lane = lane.with_batch(key, -row.quantity)
        for bucket, some in minutes.items():
            load[bucket] -= some
            for name, count in board.units(work.mode):
                _give(board, name, bucket, some * count)
            if bucket in lists and not self._runs_on(board, row, bucket, group):
                rest = tuple(one for one in lists[bucket] if one != group)
                lists = {**lists, bucket: rest} if rest else {k: v for k, v in lists.items() if k != bucket}
        lane = replace(lane, load=load, lists=lists)
        board.tails[row.resource] = lane
        first = board.timeline.window_buckets
        return not lane.listed or lane.fits(board.starts(row.resource), board.changeover(row.resource), first)

    def _runs_on(self, board: Board, row: BucketRun, bucket: int, group: str) -> bool:
        """Whether other lots of a setup group are loaded in a bucket."""
        gone = board.taken | {row.lot}
        if any(lot not in gone and one == group for lot, one in self._loads.get((row.resource, bucket), ())):
            return True
        items = {lot.lot: lot.item for lot in board.lots}
        return any(
            run.resource == row.resource
            and any(place == bucket for place, _ in run.load)
            and run.lot in items
            and board.lookup.setup_group(items[run.lot]) == group
            for run in board.bucket_runs
        )


def _by_object(rows: Iterable[_T]) -> Mapping[str, list[_T]]:
    found: dict[str, list[_T]] = {}
    for row in rows:
        found.setdefault(row.object, []).append(row)
    return found


def _counted(board: Board, lot: Lot) -> bool:
    """Whether inspections count a lot: the first one of an item with a validation, and every n-th one."""
    first = board.first_lots.get(lot.item)
    between = [
        row
        for operation in board.lookup.routings[lot.item, lot.version]
        for row in in_process(board.lookup, lot.item, operation.operation)
    ]
    rows = (*between, *board.lookup.inspections(Stage.FINAL, lot.item))
    return (first is not None and first[1] == lot.lot) or any(row.every_lots > 1 for row in rows)


def _pools(row: Inspection) -> tuple[tuple[str, int], ...]:
    lab = ((row.lab, row.slots),)
    return (*lab, (row.labour, row.analysts)) if row.analysts and row.labour else lab


def _give(board: Board, name: str, bucket: int, minutes: int) -> None:
    left = board.left[name].copy()
    left[bucket] += minutes
    board.left[name] = left
