"""Dispatch: every lot of the window is placed as early as its turn allows."""

from __future__ import annotations

from functools import partial

from capacityplan.domain.plan import Lot
from capacityplan.domain.plant import (
    Inspection,
    LockKind,
    Operation,
    Plant,
    Receipt,
    ReceiptKind,
    Stage,
)
from capacityplan.prepare.lotflow import consumption, passed
from capacityplan.solve.dispatch.floor import Subjects
from capacityplan.solve.dispatch.machines import Machines, Slot
from capacityplan.solve.settle.facts import after_inspection
from capacityplan.solve.settle.stock import CONSUMPTION, PHASES
from capacityplan.solve.types import Limits, LotPlan, PlannedLot, WindowSchedule
from capacityplan.units import floor_fraction

_SPILL_MINUTES = 21 * 1440
_TRIES = 400
_DELAYS = 40
_RECOUNTS = 6


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


class _Dispatcher(Machines):
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
        item = self._lookup.items[lot.item]
        routing = self._lookup.routings.get((lot.item, lot.version), ())
        floor = max(earliest, item.phase_in or 0, self._plant.fences.frozen_hours * 60)
        if receipt is not None:
            names = [row.operation for row in routing]
            routing, floor = routing[names.index(receipt.operation) :], earliest
        quantity, ready, end = lot.quantity, floor, floor
        latest: int | None = None
        for index, operation in enumerate(routing):
            current = receipt if index == 0 else None
            slots = self._step(lot, operation, quantity, ready, floor, current)
            if not slots:
                return False
            start, end = min(slot.start for slot in slots), max(slot.end for slot in slots)
            if latest is not None and start > latest:
                self._delay = start - latest
                return False
            first = index == 0 and receipt is None
            if first and not self._may_start(item.item, item.phase_out, start, slots):
                return False
            quantity = floor_fraction(quantity * operation.yield_fraction)
            latest = None if operation.max_wait_minutes is None else end + operation.max_wait_minutes
            after = self._in_process(lot, operation, quantity, end)
            if after is None:
                return False
            released, quantity = after
            latest = latest if released == end else None
            ready = released + operation.min_wait_minutes
        return self._complete(lot, quantity, end)

    def _step(
        self, lot: Lot, operation: Operation, quantity: int, ready: int, floor: int, current: Receipt | None
    ) -> list[Slot] | None:
        """Place an operation with its components; ``current``: the order in progress stands at it."""
        if current is not None:
            rest = quantity - current.done_quantity
            return self._operate(lot, operation, rest, ready, floor, current.resource)
        moment = self._components_from(lot, operation, quantity, ready)
        if moment is None:
            return None
        slots = self._operate(
            lot, operation, quantity, max(moment, operation.artwork_approved_on or 0), floor, ""
        )
        if slots and self._take(lot, operation, quantity, min(slot.start for slot in slots)):
            return slots
        return None

    def _in_process(self, lot: Lot, operation: Operation, quantity: int, end: int) -> tuple[int, int] | None:
        """Release and quantity after an operation's in-process inspections."""
        released = end
        rows = [
            row
            for row in self._rows(Stage.IN_PROCESS, lot.item, None)
            if row.operation == operation.operation
        ]
        for row in self._subject(rows, lot.lot, end):
            after = self._after(lot, row, quantity, end)
            if after is None:
                return None
            released = max(released, after)
            quantity = after_inspection(self._lookup, lot.item, lot.version, row.inspection, quantity)
        return released, quantity

    def _may_start(self, item: str, phase_out: int | None, start: int, slots: list[Slot]) -> bool:
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
                batches.take(taking)
                self._undo.append(partial(batches.put_back, taking))
            self._change(component, start, -taken)
        return True
