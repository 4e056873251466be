"""Dispatch: every lot of the window is placed as early as its turn allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    StockStatus,
)
from capacityplan.prepare.lotflow import beside, components_taken, in_progress, passed
from capacityplan.prepare.overlap import Stream, transfers
from capacityplan.solve.dispatch.floor import Subjects
from capacityplan.solve.dispatch.ground import Ground, used_overtime
from capacityplan.solve.dispatch.machines import Machines, Slot
from capacityplan.solve.settle.facts import after_inspection
from capacityplan.solve.settle.stock import CONSUMPTION, PHASES
from capacityplan.solve.types import Limits, LotPlan, PlannedLot, WindowSchedule
from capacityplan.units import floor_product

_DELAYS = 40
_RECOUNTS = 6


@dataclass(frozen=True, slots=True)
class Turn:
    """A lot's turn: not before ``earliest``, its operations on the resources that are named.

    ``resources`` has one entry per operation of the routing ("" leaves the choice open); empty
    leaves all open.
    """

    wish: PlannedLot
    earliest: int
    resources: tuple[str, ...] = ()


def schedule(plant: Plant, plan: LotPlan, limits: Limits) -> WindowSchedule:
    """Place the window's lots and all orders in progress, by planned start and urgency."""
    ground = Ground(plant, plan)
    wishes = sorted(window_wishes(plan, ground.timeline.window_buckets), key=lambda w: _by_rule(w, ground))
    return dispatched(ground, [Turn(wish, int(ground.timeline.starts[wish.start_bucket])) for wish in wishes])


def dispatched(ground: Ground, turns: Sequence[Turn]) -> WindowSchedule:
    """Place all orders in progress, then lots in a given order.

    Inspections that count lots depend on the order of completion, which is known afterwards only:
    the lots are placed again until it agrees with what was assumed.
    """
    subjects: Subjects = {}
    for _ in range(_RECOUNTS):
        dispatcher = Dispatcher(ground, subjects)
        window = dispatcher.run(turns)
        subjects, same = dispatcher.recount()
        if same:
            break
    return window


def window_wishes(plan: LotPlan, window_buckets: int) -> list[PlannedLot]:
    """Lots that the bucket level wants started in the window."""
    return [wish for wish in plan.lots if wish.start_bucket < window_buckets and not wish.lot.receipt]


def _by_rule(wish: PlannedLot, ground: Ground) -> tuple[int, int, str, str]:
    return (wish.start_bucket, wish.need, ground.lookup.setup_group(wish.lot.item), wish.lot.lot)


class Dispatcher(Machines):
    """Places whole lots, one after the other."""

    def run(self, turns: Sequence[Turn]) -> WindowSchedule:
        """Place all orders in progress, then lots in their order."""
        self._supplies()
        lots = [
            lot
            for lot in in_progress(self._plant, self._lookup)
            if self._place(lot, Turn(PlannedLot(lot, 0, 0, 0), 0))
        ]
        dropped = []
        for turn in turns:
            lot = self._placed_lot(turn)
            if lot is not None:
                lots.append(lot)
            else:
                dropped.append(turn.wish)
        return WindowSchedule(
            tuple(lots), tuple(self._runs), tuple(self._inspections), used_overtime(self._opened, self._runs),
            self._maintenance, tuple(dropped),
        )  # fmt: skip

    def _supplies(self) -> None:
        for row in self._plant.stock:
            if row.is_free:
                expires = self._expiry(row.item, 0) if row.expires is None else row.expires
                self._inflow(row.item, row.quantity, row.since, expires)
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
            if not row.is_free and row.status is not StockStatus.BLOCKED:
                rows = sorted(self._lookup.pending(row), key=lambda one: one.rank)
                expires = self._expiry(row.item, 0) if row.expires is None else row.expires
                self._inspect_arrival(row.since, row.stock, row.item, row.quantity, rows, expires)
        for minute, name, item, quantity, supplier, stage in sorted(arrivals):
            rows = self._subject(self._rows(stage, item, supplier), name, minute)
            if minute < self._timeline.window_end:
                self._inspect_arrival(minute, name, item, quantity, rows)
            elif not rows:
                # Lots that began before may wait for it; labs belong to the tail by then.
                self._inflow(item, quantity, minute, self._expiry(item, minute))

    def _inspect_arrival(
        self, minute: int, name: str, item: str, quantity: int, rows: list[Inspection],
        expires: int | None = None,
    ) -> None:  # fmt: skip
        """Inspect what comes in and work on its rejects; it stays on hold where there is no time for it."""
        lot = Lot(name, item, quantity, self._given.get(name, (item, ""))[1])
        released, self._undo = minute, []
        for row in rows:
            end = self._after(lot, row, quantity, released if row.is_last else minute)
            if end is None:
                for back in reversed(self._undo):
                    back()
                return
            released = max(released, end)
            quantity = after_inspection(self._lookup, item, lot.version, row.inspection, quantity)
        self._inflow(item, quantity, released, self._expiry(item, minute) if expires is None else expires)

    def _placed_lot(self, turn: Turn) -> Lot | None:
        """Place a lot as it is wanted, else as it is learnt by the time there is room; return it so."""
        wanted = turn.wish.lot
        for version in self._lookup.from_then_on(wanted.item, wanted.version):
            lot = replace(wanted, version=version)
            if self._place(lot, turn):
                return lot
        return None

    def _place(self, lot: Lot, turn: Turn) -> bool:
        """Place a lot with everything it needs; leave no trace where that fails.

        Where a longest wait would be exceeded, the lot is tried again later by the excess.
        """
        earliest = turn.earliest
        for _ in range(_DELAYS):
            counts = self._counts.copy()
            self._undo, self._delay = [], 0
            if self._try(lot, earliest, turn.resources):
                return True
            for back in reversed(self._undo):
                back()
            self._counts = counts
            if not self._delay:
                return False
            earliest += self._delay
        return False

    def _try(self, lot: Lot, earliest: int, resources: tuple[str, ...]) -> bool:
        receipt = next((row for row in self._plant.receipts if row.order == lot.receipt), None)
        routing = self._lookup.routings.get((lot.item, lot.version), ())
        since = self._lookup.made_from(lot.item, lot.version)
        floor = max(earliest, since or 0, self._plant.fences.frozen_hours * 60)
        if receipt is not None:
            names = [row.operation for row in routing]
            routing, floor = routing[names.index(receipt.operation) :], earliest
        quantity, ready, end = lot.quantity, floor, floor
        entering = quantity
        latest: int | None = None
        stream: Stream | None = None
        for index, operation in enumerate(routing):
            current = receipt if index == 0 else None
            first = index == 0 and receipt is None
            self._before = self._timeline.window_end if first else self._minutes
            wanted = resources[index] if resources else ""
            slots = self._step(lot, operation, quantity, ready, floor, current, wanted, stream)
            if not slots:
                return False
            start, end = min(slot.start for slot in slots), max(slot.end for slot in slots)
            if latest is not None and start > latest:
                self._delay = start - latest
                return False
            if first and not self._may_start(lot, start, slots):
                return False
            stream = self._stream(operation, quantity, current, slots)
            entering, quantity = quantity, floor_product(quantity, operation.yield_fraction)
            latest = None if operation.max_wait_minutes is None else end + operation.max_wait_minutes
            after = self._in_process(lot, operation, quantity, end)
            if after is None:
                return False
            released, quantity = after
            latest = latest if released == end else None
            ready = released + operation.min_wait_minutes if stream is None else max(floor, stream.first)
        self._before = self._minutes
        if not self._complete(lot, quantity, end):
            return False
        for component, coming in beside(self._lookup, lot.item, lot.version, entering):
            self._inflow(component, coming, end, self._expiry(component, end))
        return True

    def _step(
        self,
        lot: Lot,
        operation: Operation,
        quantity: int,
        ready: int,
        floor: int,
        current: Receipt | None,
        wanted: str,
        stream: Stream | None = None,
    ) -> list[Slot] | None:
        """Place an operation with its components; ``current``: the order in progress stands at it."""
        if current is not None:
            rest = quantity - current.done_quantity
            ready = max(ready, operation.artwork_approved_on or 0)
            return self._operate(lot, operation, rest, ready, floor, current.resource)
        moment = self._components_from(lot, operation, quantity, ready)
        if moment is None:
            return None
        slots = self._operate(
            lot, operation, quantity, max(moment, operation.artwork_approved_on or 0), floor, wanted, stream
        )
        if not slots:
            return None
        start = min(slot.start for slot in slots)
        # Where the bill has changed by then, what it takes now has to be there too.
        needs = self._needs(lot, operation, quantity, moment)
        changed = needs != self._needs(lot, operation, quantity, start)
        if changed and self._components_from(lot, operation, quantity, start) != start:
            return None
        return slots if self._take(lot, operation, quantity, start) else None

    def _stream(
        self, operation: Operation, quantity: int, current: Receipt | None, slots: Sequence[Slot]
    ) -> Stream | None:
        """What passes on to the next operation while an operation is run; None: the lot as a whole."""
        found = transfers(operation, quantity, 0 if current is None else current.done_quantity)
        if found is None:
            return None
        (slot,) = slots
        clock = self._clocks[slot.mode.resource]
        return Stream.of(self._lookup, clock, operation, slot.mode, found, (slot.start, slot.end))

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

    def _may_start(self, lot: Lot, start: int, slots: list[Slot]) -> bool:
        first = min(slot.setup_start for slot in slots)
        until = self._lookup.made_until(lot.item, lot.version)
        if first >= self._timeline.window_end or (until is not None and start >= until):
            return False
        for lock in self._plant.locks:
            live = lock.kind is LockKind.ITEM and lock.object == lot.item and lock.counts
            if live and (lock.start or 0) <= start and (lock.end is None or start < lock.end):
                return False
        return True

    def _complete(self, lot: Lot, quantity: int, end: int) -> bool:
        released = end
        rows = self._subject(self._rows(Stage.FINAL, lot.item, None), lot.lot, end)
        gates = self._rows(Stage.VALIDATION, lot.item, None)
        if gates and not self._counts[f"\0{lot.item}"]:
            rows = sorted([*rows, *gates], key=lambda row: row.rank)
        self._counts[f"\0{lot.item}"] += 1
        for row in rows:
            after = self._after(lot, row, quantity, released if row.is_last else end)
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
        """First minute from which an operation's components are there, by the bill of that minute."""
        while True:
            needs = self._needs(lot, operation, quantity, ready)
            for component, taken in needs:
                moment = self._fresh(component, taken, ready)
                if moment is None:
                    return None
                ready = max(ready, moment)
            if self._needs(lot, operation, quantity, ready) == needs:
                return ready

    def _needs(self, lot: Lot, operation: Operation, quantity: int, minute: int) -> list[tuple[str, int]]:
        return list(
            components_taken(self._lookup, lot.item, lot.version, operation.operation, quantity, minute)
        )

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
