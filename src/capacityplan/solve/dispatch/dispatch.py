"""Dispatch: every lot of the window is placed as early as its turn allows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import InspectionRun, Lot, Maintenance, Overtime, Run
from capacityplan.domain.plant import (
    Inspection,
    LockKind,
    Operation,
    OperationResource,
    Plant,
    ReceiptKind,
    Resource,
    Stage,
    StockStatus,
)
from capacityplan.domain.timeline import Steps, Timeline, WorkingTime
from capacityplan.prepare.lotflow import consumption, passed, run_minutes
from capacityplan.solve.dispatch.resources import Pool, WorkClock
from capacityplan.solve.settle.facts import after_inspection
from capacityplan.solve.settle.stock import CONSUMPTION, INFLOW, NEVER, PHASES, Batches, perishable
from capacityplan.solve.types import Limits, LotPlan, PlannedLot, WindowSchedule
from capacityplan.units import MINUTES_PER_DAY, floor_fraction

_SPILL_MINUTES = 21 * 1440
_TRIES = 400
_DELAYS = 40
_RECOUNTS = 6
Subjects = dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Slot:
    setup_start: int
    start: int
    end: int
    mode: OperationResource


@dataclass(slots=True)
class _Batch:
    start: int
    end: int
    setup_start: int
    room: int

    def give_back(self, quantity: int) -> None:
        self.room += quantity


def schedule(plant: Plant, plan: LotPlan, limits: Limits) -> WindowSchedule:
    """Place the window's lots and all orders in progress."""
    subject: Subjects | None = None
    for _ in range(_RECOUNTS):
        dispatcher = _Dispatcher(plant, plan, subject)
        window = dispatcher.run()
        counted = dispatcher.recount()
        if subject == counted:
            break
        subject = counted
    return window


class _Dispatcher:
    def __init__(self, plant: Plant, plan: LotPlan, subjects: Subjects | None) -> None:
        self._known = subjects
        self._completed: list[tuple[str, int, str]] = []
        self._plant, self._plan = plant, plan
        self._lookup = Lookup(plant)
        self._timeline = Timeline.of(plant)
        working = WorkingTime(plant, self._timeline)
        self._minutes = min(self._timeline.horizon_end, self._timeline.window_end + _SPILL_MINUTES)
        self._opened = self._open_overtime(working)
        self._maintenance = self._place_maintenance(working)
        self._clocks: dict[str, WorkClock] = {}
        self._steps: dict[str, Steps] = {}
        self._pools: dict[str, Pool] = {}
        for name, row in self._lookup.resources.items():
            extra = [(a, b, row.capacity) for a, b in self._opened.get(name, ())]
            holes = [(stop.start, stop.end) for stop in self._maintenance if stop.resource == name]
            steps = working.regular(name).union(extra).without(holes)
            self._steps[name], self._clocks[name] = steps, WorkClock(steps)
            self._pools[name] = Pool(
                Steps([(a, min(b, self._minutes), c) for a, b, c in steps.intervals()]), self._minutes
            )
        self._last: dict[str, int] = dict.fromkeys(self._lookup.resources, 0)
        self._group = {name: self._lookup.initial_group(row) for name, row in self._lookup.resources.items()}
        self._batches: dict[tuple[str, str, str], list[_Batch]] = defaultdict(list)
        self._free = {row.item: np.zeros(self._minutes + 1, dtype=np.int64) for row in plant.items}
        self._perishable = {row.item: Batches() for row in plant.items if perishable(plant, row)}
        self._delay = 0
        self._counts: Counter[str] = Counter()
        self._runs: list[Run] = []
        self._inspections: list[InspectionRun] = []
        self._undo: list[Callable[[], object]] = []

    def run(self) -> WindowSchedule:
        self._supplies()
        lots: list[Lot] = []
        for receipt in self._plant.receipts:
            if receipt.kind is ReceiptKind.PRODUCTION and receipt.operation:
                version = receipt.version or self._lookup.versions[receipt.item][0]
                lot = Lot(receipt.order, receipt.item, receipt.quantity, version, receipt.order)
                if self._place(lot, 0):
                    lots.append(lot)
        dropped = []
        for wish in sorted(self._wishes(), key=self._turn):
            if self._place(wish.lot, int(self._timeline.starts[wish.start_bucket])):
                lots.append(wish.lot)
            else:
                dropped.append(wish)
        return WindowSchedule(
            tuple(lots), tuple(self._runs), tuple(self._inspections), self._used_overtime(),
            self._maintenance, tuple(dropped),
        )  # fmt: skip

    def _wishes(self) -> list[PlannedLot]:
        return [
            wish
            for wish in self._plan.lots
            if wish.start_bucket < self._timeline.window_buckets and not wish.lot.receipt
        ]

    def _turn(self, wish: PlannedLot) -> tuple[int, int, str, str]:
        return (wish.start_bucket, wish.need, self._lookup.setup_group(wish.lot.item), wish.lot.lot)

    def _open_overtime(self, working: WorkingTime) -> dict[str, list[tuple[int, int]]]:
        opened: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for (resource, bucket), minutes in sorted(self._plan.overtime.items()):
            if bucket >= self._timeline.window_buckets:
                continue
            a, b = int(self._timeline.starts[bucket]), int(self._timeline.ends[bucket])
            left = minutes
            for start, end, _ in working.overtime(resource).intervals():
                start, end = max(start, a), min(end, b)
                if end > start and left > 0:
                    opened[resource].append((start, min(end, start + left)))
                    left -= min(end, start + left) - start
        return opened

    def _used_overtime(self) -> tuple[Overtime, ...]:
        busy: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for run in self._runs:
            busy[run.resource].append((run.setup_start, run.end))
        used = []
        for resource, stretches in self._opened.items():
            for start, end in stretches:
                for a, b in sorted(set(busy[resource])):
                    lo, hi = max(a, start), min(b, end)
                    if hi > lo:
                        used.append(Overtime(resource, lo, hi))
        return tuple(used)

    def _place_maintenance(self, working: WorkingTime) -> tuple[Maintenance, ...]:
        placed = []
        for row in self._plant.downtime:
            if row.flexible_from is None or row.flexible_to is None:
                continue
            steps = working.regular(row.resource)
            starts = range(
                max(row.flexible_from, 0), max(row.flexible_to - row.minutes, row.flexible_from) + 1, 30
            )
            start = min(starts, key=lambda s: steps.open_minutes(s, s + row.minutes))
            placed.append(Maintenance(row.downtime, row.resource, start, start + row.minutes))
        return tuple(placed)

    # Material

    def _supplies(self) -> None:
        for row in self._plant.stock:
            if row.status is StockStatus.UNRESTRICTED or (
                row.available is not None and row.status is not StockStatus.BLOCKED
            ):
                expires = self._expiry(row.item, 0) if row.expires is None else row.expires
                self._inflow(row.item, row.quantity, max(row.available or 0, 0), expires)
        arrivals: list[tuple[int, str, str, int, str | None, Stage]] = []
        for receipt in self._plant.receipts:
            if not receipt.operation:
                stage = Stage.INCOMING if receipt.kind is ReceiptKind.PURCHASE else Stage.FINAL
                arrivals.append(
                    (max(receipt.due, 0), receipt.order, receipt.item, receipt.quantity, None, stage)
                )
        arrivals += [
            (row.arrives, row.purchase, row.item, row.quantity, row.supplier, Stage.INCOMING)
            for row in self._plan.purchases
        ]
        for row in self._plant.stock:
            if row.status is StockStatus.IN_INSPECTION and row.available is None:
                stage = Stage.FINAL if row.item in self._lookup.versions else Stage.INCOMING
                self._inspect_arrival(0, row.stock, row.item, row.quantity, self._rows(stage, row.item, None))
        for minute, name, item, quantity, supplier, stage in sorted(arrivals):
            rows = self._subject(self._rows(stage, item, supplier), name, minute)
            if minute < self._timeline.window_end:
                self._inspect_arrival(minute, name, item, quantity, rows)

    def _rows(self, stage: Stage, item: str, supplier: str | None) -> list[Inspection]:
        rows = self._lookup.inspections(stage, item)
        return sorted(
            (row for row in rows if not row.supplier or row.supplier == supplier),
            key=lambda row: row.inspection,
        )

    def _subject(self, rows: list[Inspection], name: str, completed: int) -> list[Inspection]:
        """Rows an object is subject to: as counted last time, else in order of dispatch."""
        hit = []
        for row in rows:
            self._completed.append((row.inspection, completed, name))
            self._undo.append(self._completed.pop)
            known = None if self._known is None else self._known.get(row.inspection)
            if (name in known) if known is not None else self._counts[row.inspection] % row.every_lots == 0:
                hit.append(row)
            self._counts[row.inspection] += 1
        return hit

    def recount(self) -> Subjects:
        """Who is subject to which inspection by the real order of completion."""
        by_row: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for inspection, completed, name in self._completed:
            by_row[inspection].append((completed, name))
        return {
            inspection: frozenset(
                name
                for place, (_, name) in enumerate(sorted(found))
                if place % self._lookup.inspection_rows[inspection].every_lots == 0
            )
            for inspection, found in by_row.items()
        }

    def _inspect_arrival(
        self, minute: int, name: str, item: str, quantity: int, rows: list[Inspection]
    ) -> None:
        released = minute
        for row in rows:
            end = self._inspect(name, row, minute)
            if end is None:
                return
            released = max(released, end)
            quantity = after_inspection(self._lookup, item, "", row.inspection, quantity)
        self._inflow(item, quantity, released, self._expiry(item, minute))

    def _expiry(self, item: str, completed: int) -> int:
        days = self._lookup.items[item].shelf_life_days
        return NEVER if days is None else completed + days * MINUTES_PER_DAY

    def _inflow(self, item: str, quantity: int, minute: int, expires: int) -> None:
        if minute >= self._minutes:
            return
        self._change(item, minute, quantity)
        if item in self._perishable:
            inflows = self._perishable[item].inflows
            inflows.append((minute * PHASES + INFLOW, quantity, expires))
            self._undo.append(inflows.pop)

    def _change(self, item: str, minute: int, quantity: int) -> None:
        self._free[item][minute:] += quantity

        def back() -> None:
            self._free[item][minute:] -= quantity

        self._undo.append(back)

    def _available(self, item: str, quantity: int, minute: int) -> int | None:
        """First minute at or after which a quantity stays free."""
        short = np.flatnonzero(self._free[item][minute:] < quantity)
        if not len(short):
            return minute
        first = minute + int(short[-1]) + 1
        return first if first < self._minutes else None

    def _fresh(self, item: str, quantity: int, minute: int) -> int | None:
        """First minute from which a quantity stays free and has not expired when taken."""
        first = self._available(item, quantity, minute)
        batches = self._perishable.get(item)
        if first is None or batches is None:
            return first
        later = sorted(key // PHASES for key, _, _ in batches.inflows if key // PHASES > first)
        for moment in (first, *later):
            if batches.covers((moment * PHASES + CONSUMPTION, quantity, moment + 1)):
                free = self._available(item, quantity, moment)
                if free == moment:
                    return moment
        return None

    # Labs

    def _inspect(self, name: str, row: Inspection, ready: int) -> int | None:
        clock, pool = self._clocks[row.lab], self._pools[row.lab]
        analysts = self._pools[row.labour] if row.analysts and row.labour else None
        start = clock.next_open(ready)
        for _ in range(_TRIES):
            end = None if start is None else clock.finish(start, row.lab_minutes)
            if start is None or end is None or end > self._minutes:
                return None
            worked = self._worked(row.lab, start, end)
            clash = pool.conflict(start, end, row.slots, worked)
            if clash is None and analysts is not None:
                clash = analysts.conflict(start, end, row.analysts, worked)
            if clash is None:
                self._occupy(pool, start, end, row.slots, worked)
                if analysts is not None:
                    self._occupy(analysts, start, end, row.analysts, worked)
                self._inspections.append(InspectionRun(name, row.inspection, row.lab, start, end))
                self._undo.append(self._inspections.pop)
                return end + row.wait_minutes
            start = clock.next_open(clash + 1)
        return None

    def _worked(self, resource: str, start: int, end: int) -> list[tuple[int, int]]:
        steps = self._steps[resource]
        first = max(0, int(np.searchsorted(steps.ends, start, side="right")))
        out = []
        for k in range(first, len(steps)):
            if steps.starts[k] >= end:
                break
            out.append((max(start, int(steps.starts[k])), min(end, int(steps.ends[k]))))
        return out

    def _occupy(self, pool: Pool, start: int, end: int, units: int, worked: list[tuple[int, int]]) -> None:
        pool.take(start, end, units, worked)
        self._undo.append(lambda: pool.take(start, end, -units, worked))

    # Lots

    def _place(self, lot: Lot, earliest: int) -> bool:
        """Place a lot with everything it needs; leave no trace where that fails.

        Where a longest wait would be exceeded, the lot is tried again later by the excess.
        """
        for _ in range(_DELAYS):
            counts = self._counts.copy()
            self._undo, self._delay = [], 0
            if self._try(lot, earliest):
                return True
            for back in reversed(self._undo):
                back()
            self._counts = counts
            if not self._delay:
                return False
            earliest += self._delay
        return False

    def _try(self, lot: Lot, earliest: int) -> bool:
        receipt = next((row for row in self._plant.receipts if row.order == lot.receipt), None)
        routing = self._lookup.routings.get((lot.item, lot.version), ())
        item = self._lookup.items[lot.item]
        floor = earliest
        if receipt is not None:
            names = [row.operation for row in routing]
            routing = routing[names.index(receipt.operation) :]
        else:
            floor = max(earliest, item.phase_in or 0, self._plant.fences.frozen_hours * 60)
        quantity, ready = lot.quantity, floor
        latest: int | None = None
        for index, operation in enumerate(routing):
            current = receipt is not None and operation.operation == receipt.operation
            work = quantity - (receipt.done_quantity if current and receipt else 0)
            if not current:
                moment = self._components_from(lot, operation, quantity, ready)
                if moment is None:
                    return False
                ready = moment
            ready = max(ready, operation.artwork_approved_on or 0)
            slots = self._operate(
                lot, operation, work, ready, floor, (receipt.resource if current and receipt else "")
            )
            if slots is None:
                return False
            start, end = min(slot.start for slot in slots), max(slot.end for slot in slots)
            if latest is not None and start > latest:
                self._delay = start - latest
                return False
            if not index and receipt is None and not self._may_start(item.item, item.phase_out, start, slots):
                return False
            if not current:
                if not self._take(lot, operation, quantity, start):
                    return False
            quantity = floor_fraction(quantity * operation.yield_fraction)
            ready = end + operation.min_wait_minutes
            latest = None if operation.max_wait_minutes is None else end + operation.max_wait_minutes
            rows = [
                row
                for row in self._rows(Stage.IN_PROCESS, lot.item, None)
                if row.operation == operation.operation
            ]
            for row in self._subject(rows, lot.lot, end):
                latest = None
                released = self._after(lot, row, quantity, end)
                if released is None:
                    return False
                ready = max(ready, released + operation.min_wait_minutes)
                quantity = after_inspection(self._lookup, lot.item, lot.version, row.inspection, quantity)
        return self._complete(lot, quantity, end)

    def _may_start(self, item: str, phase_out: int | None, start: int, slots: list[_Slot]) -> bool:
        first = min(slot.setup_start for slot in slots)
        if first >= self._timeline.window_end or (phase_out is not None and start >= phase_out):
            return False
        for lock in self._plant.locks:
            live = (
                lock.kind is LockKind.ITEM
                and lock.object == item
                and (lock.expires is None or lock.expires > 0)
            )
            if live and (lock.start or 0) <= start and (lock.end is None or start < lock.end):
                return False
        return True

    def _complete(self, lot: Lot, quantity: int, end: int) -> bool:
        released = end
        rows = self._subject(self._rows(Stage.FINAL, lot.item, None), lot.lot, end)
        gates = self._rows(Stage.VALIDATION, lot.item, None)
        if gates and not self._counts[f"\0{lot.item}"]:
            rows = [*rows, *gates]
        self._counts[f"\0{lot.item}"] += 1
        for row in rows:
            after = self._after(lot, row, quantity, end)
            if after is None:
                return False
            released = max(released, after)
            quantity = after_inspection(self._lookup, lot.item, lot.version, row.inspection, quantity)
        self._inflow(lot.item, quantity, released, self._expiry(lot.item, end))
        return True

    def _after(self, lot: Lot, row: Inspection, quantity: int, end: int) -> int | None:
        """Release of a lot by an inspection and the rework of its rejects."""
        released = self._inspect(lot.lot, row, end)
        rejects = passed(quantity, row)[1]
        if released is None or not rejects:
            return released
        step = self._lookup.rework[lot.item, lot.version, row.rework_operation]
        slots = self._operate(lot, step, rejects, released, 0, "")
        return None if slots is None else max(slot.end for slot in slots)

    def _components_from(self, lot: Lot, operation: Operation, quantity: int, ready: int) -> int | None:
        for component, taken in self._needs(lot, operation, quantity, ready):
            moment = self._fresh(component, taken, ready)
            if moment is None:
                return None
            ready = max(ready, moment)
        return ready

    def _needs(self, lot: Lot, operation: Operation, quantity: int, minute: int) -> list[tuple[str, int]]:
        item = self._lookup.items[lot.item]
        needs = []
        for line in self._lookup.components.get((lot.item, lot.version, operation.operation), ()):
            if (line.valid_from is None or line.valid_from <= minute) and (
                line.valid_to is None or minute < line.valid_to
            ):
                per = line.quantity / line.per_quantity
                needs.append(
                    (
                        line.component,
                        consumption(self._lookup, item, quantity, per, line.scrap_fraction, line.component),
                    )
                )
        return needs

    def _take(self, lot: Lot, operation: Operation, quantity: int, start: int) -> bool:
        """Take components at a run's start; False where they would have expired by then."""
        for component, taken in self._needs(lot, operation, quantity, start):
            batches = self._perishable.get(component)
            if batches is not None:
                taking = (start * PHASES + CONSUMPTION, taken, start + 1)
                if not batches.covers(taking):
                    return False
                batches.outflows.append(taking)
                self._undo.append(batches.outflows.pop)
            self._change(component, start, -taken)
        return True

    # Machines

    def _operate(
        self, lot: Lot, operation: Operation, quantity: int, ready: int, floor: int, forced: str
    ) -> list[_Slot] | None:
        modes = self._lookup.modes.get((lot.item, lot.version, operation.operation), ())
        modes = tuple(mode for mode in modes if not forced or mode.resource == forced)
        if operation.batch_size:
            return self._batch(lot, operation, quantity, ready, floor, modes)
        slots = [
            slot
            for mode in modes
            if (slot := self._fit(lot, operation, mode, quantity, ready, floor)) is not None
        ]
        if not slots:
            return None
        best = min(slots, key=lambda slot: (slot.end, slot.start - slot.setup_start))
        self._book(lot, operation, best, quantity)
        return [best]

    def _batch(
        self,
        lot: Lot,
        operation: Operation,
        quantity: int,
        ready: int,
        floor: int,
        modes: tuple[OperationResource, ...],
    ) -> list[_Slot] | None:
        group = self._lookup.setup_group(lot.item)
        slots: list[_Slot] = []
        while quantity:
            part = min(quantity, operation.batch_size)
            joined = next(
                (
                    (mode, batch)
                    for mode in modes
                    for batch in self._batches[mode.resource, operation.operation, group]
                    if batch.start >= ready and batch.room >= part
                ),
                None,
            )
            if joined is None:
                fits = [
                    slot
                    for mode in modes
                    if (slot := self._fit(lot, operation, mode, part, ready, floor)) is not None
                ]
                if not fits:
                    return None
                slot = min(fits, key=lambda slot: slot.end)
                self._book(lot, operation, slot, part)
                batch = _Batch(slot.start, slot.end, slot.setup_start, operation.batch_size - part)
                live = self._batches[slot.mode.resource, operation.operation, group]
                live.append(batch)
                self._undo.append(live.pop)
            else:
                mode, batch = joined
                batch.room -= part
                self._undo.append(partial(batch.give_back, part))
                slot = _Slot(batch.setup_start, batch.start, batch.end, mode)
                self._runs.append(
                    Run(
                        lot.lot,
                        operation.operation,
                        mode.resource,
                        part,
                        slot.setup_start,
                        slot.start,
                        slot.end,
                    )
                )
                self._undo.append(self._runs.pop)
            slots.append(slot)
            quantity -= part
        return slots

    def _fit(
        self, lot: Lot, operation: Operation, mode: OperationResource, quantity: int, ready: int, floor: int
    ) -> _Slot | None:
        """Earliest place of a run on a mode's resource, after what is there already."""
        resource = self._lookup.resources[mode.resource]
        clock = self._clocks[mode.resource]
        work = run_minutes(self._lookup, operation, mode, quantity)
        unary = resource.capacity == 1
        free = max(self._last[mode.resource] if unary else 0, floor)
        change = self._lookup.changeover(
            resource, self._group[mode.resource], self._lookup.setup_group(lot.item)
        )[0]
        setup = mode.setup_minutes + (change if unary else 0)
        start = max(ready, free)
        for _ in range(_TRIES):
            slot = self._slot(resource, mode, operation, start, free, setup, work)
            if slot is None:
                return None
            clash = self._clash(mode, resource, slot, unary)
            if clash is None:
                return slot
            following = clock.next_open(clash + 1)
            if following is None:
                return None
            start = max(following, slot.start + 1)
        return None

    def _slot(
        self,
        resource: Resource,
        mode: OperationResource,
        operation: Operation,
        start: int,
        free: int,
        setup: int,
        work: int,
    ) -> _Slot | None:
        clock = self._clocks[resource.resource]
        if setup and not resource.setup_in_breaks:
            opened = clock.next_open(free)
            done = None if opened is None else clock.finish(opened, setup)
            if done is None:
                return None
            start = max(start, done)
        elif setup:
            start = max(start, free + setup)
        begin = clock.next_open(start) if operation.pausable else clock.next_whole(start, work)
        end = None if begin is None else clock.finish(begin, work)
        if begin is None or end is None or end > self._minutes:
            return None
        if not setup:
            return _Slot(begin, begin, end, mode)
        setup_start = begin - setup if resource.setup_in_breaks else clock.begin(begin, setup)
        return None if setup_start is None else _Slot(setup_start, begin, end, mode)

    def _demands(
        self, mode: OperationResource, resource: Resource, slot: _Slot, unary: bool
    ) -> list[tuple[Pool, int]]:
        pools = [] if unary else [(self._pools[resource.resource], 1)]
        if mode.labour:
            pools.append((self._pools[mode.labour], mode.labour_units))
        if mode.tool:
            pools.append((self._pools[mode.tool], 1))
        return pools

    def _stretches(self, resource: Resource, slot: _Slot) -> list[tuple[int, int]]:
        if resource.setup_in_breaks and slot.setup_start < slot.start:
            return [(slot.setup_start, slot.start), *self._worked(resource.resource, slot.start, slot.end)]
        return self._worked(resource.resource, slot.setup_start, slot.end)

    def _clash(self, mode: OperationResource, resource: Resource, slot: _Slot, unary: bool) -> int | None:
        worked = self._stretches(resource, slot)
        for pool, units in self._demands(mode, resource, slot, unary):
            clash = pool.conflict(slot.setup_start, slot.end, units, worked)
            if clash is not None:
                return clash
        return None

    def _book(self, lot: Lot, operation: Operation, slot: _Slot, quantity: int) -> None:
        name = slot.mode.resource
        resource = self._lookup.resources[name]
        unary = resource.capacity == 1
        worked = self._stretches(resource, slot)
        for pool, units in self._demands(slot.mode, resource, slot, unary):
            self._occupy(pool, slot.setup_start, slot.end, units, worked)
        before = (self._last[name], self._group[name])

        def back() -> None:
            self._last[name], self._group[name] = before

        self._last[name], self._group[name] = slot.end, self._lookup.setup_group(lot.item)
        self._undo.append(back)
        self._runs.append(
            Run(lot.lot, operation.operation, name, quantity, slot.setup_start, slot.start, slot.end)
        )
        self._undo.append(self._runs.pop)
