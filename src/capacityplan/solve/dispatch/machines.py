"""Runs on machines: the earliest place on every mode, batches joined where they can be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from capacityplan.domain.plan import Lot, Run
from capacityplan.domain.plant import (
    Operation,
    OperationResource,
    Resource,
)
from capacityplan.prepare.lotflow import run_minutes
from capacityplan.prepare.overlap import Stream
from capacityplan.solve.dispatch.floor import Floor
from capacityplan.solve.dispatch.resources import Batch, Pool

_SPILL_MINUTES = 21 * 1440
_TRIES = 400
_DELAYS = 40
_RECOUNTS = 6


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a run on a mode."""

    setup_start: int
    start: int
    end: int
    mode: OperationResource


@dataclass(frozen=True, slots=True)
class _Wish:
    """A run that is to be placed on a mode: when resource and lot are free, setup and run minutes."""

    mode: OperationResource
    resource: Resource
    free: int
    setup: int
    work: int
    ready: int


class Machines(Floor):
    """Places operations."""

    def _operate(
        self, lot: Lot, operation: Operation, quantity: int, ready: int, floor: int, forced: str,
        stream: Stream | None = None,
    ) -> list[Slot] | None:  # fmt: skip
        modes = self._lookup.modes.get((lot.item, lot.version, operation.operation), ())
        modes = tuple(mode for mode in modes if not forced or mode.resource == forced)
        if operation.batch_size:
            return self._batch(lot, operation, quantity, ready, floor, modes)
        best = self._earliest(lot, operation, modes, quantity, ready, floor, stream)
        if best is None:
            return None
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
    ) -> list[Slot] | None:
        group = self._lookup.setup_group(lot.item)
        slots: list[Slot] = []
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
                    if (slot := self._fit(operation, self._wish(lot, operation, mode, part, ready, floor)))
                ]
                if not fits:
                    return None
                slot = min(fits, key=lambda slot: slot.end)
                self._book(lot, operation, slot, part)
                batch = Batch(slot.start, slot.end, slot.setup_start, operation.batch_size - part)
                live = self._batches[slot.mode.resource, operation.operation, group]
                live.append(batch)
                self._undo.append(live.pop)
            else:
                mode, batch = joined
                batch.room -= part
                self._undo.append(partial(batch.give_back, part))
                slot = Slot(batch.setup_start, batch.start, batch.end, mode)
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

    def _earliest(
        self,
        lot: Lot,
        operation: Operation,
        modes: tuple[OperationResource, ...],
        quantity: int,
        ready: int,
        floor: int,
        stream: Stream | None,
    ) -> Slot | None:
        """Place of a run on the mode that ends first, then needs the least setup."""
        wishes = [self._wish(lot, operation, mode, quantity, ready, floor, stream) for mode in modes]
        best = self._soonest(operation, wishes, self._before)
        if best is not None and best.end >= self._before:
            # A mode on which the run begins later may end sooner.
            return self._soonest(operation, wishes, self._minutes)
        return best

    def _soonest(self, operation: Operation, wishes: list[_Wish], before: int) -> Slot | None:
        """Best place that begins before a minute; modes that cannot end sooner are not tried."""
        least = [max(wish.ready, wish.free + wish.setup) + wish.work for wish in wishes]
        best: tuple[int, int, int, Slot] | None = None
        for index in sorted(range(len(wishes)), key=least.__getitem__):
            latest = self._minutes if best is None else best[0]
            if least[index] > latest:
                break
            slot = self._fit(operation, wishes[index], before, latest)
            if slot is not None:
                found = (slot.end, slot.start - slot.setup_start, index, slot)
                best = found if best is None or found[:3] < best[:3] else best
        return None if best is None else best[3]

    def _wish(
        self, lot: Lot, operation: Operation, mode: OperationResource, quantity: int, ready: int, floor: int,
        stream: Stream | None = None,
    ) -> _Wish:  # fmt: skip
        resource = self._lookup.resources[mode.resource]
        unary = resource.capacity == 1
        free = max(self._last[mode.resource] if unary else 0, floor)
        group = self._lookup.setup_group(lot.item)
        change = self._lookup.changeover(resource, self._group[mode.resource], group)[0] if unary else 0
        work = run_minutes(self._lookup, operation, mode, quantity)
        if stream is not None:
            ready = max(
                ready, stream.earliest(self._lookup, self._clocks[mode.resource], operation, mode, work)
            )
        return _Wish(mode, resource, free, mode.setup_minutes + change, work, ready)

    def _fit(
        self,
        operation: Operation,
        wish: _Wish,
        before: int | None = None,
        latest: int | None = None,
    ) -> Slot | None:
        """Earliest place of a run on a mode's resource, after what is there already.

        None where it would begin at ``before`` or later, or end after ``latest``.
        """
        before = self._minutes if before is None else before
        latest = self._minutes if latest is None else latest
        mode, resource = wish.mode, wish.resource
        clock = self._clocks[mode.resource]
        start = max(wish.ready, wish.free)
        for _ in range(_TRIES):
            slot = self._slot(resource, mode, operation, start, wish.free, wish.setup, wish.work)
            if slot is None or slot.setup_start >= before or slot.end > latest:
                return None
            clash = self._clash(mode, resource, slot, resource.capacity == 1)
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
    ) -> Slot | None:
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
            return Slot(begin, begin, end, mode)
        setup_start = begin - setup if resource.setup_in_breaks else clock.begin(begin, setup)
        return None if setup_start is None else Slot(setup_start, begin, end, mode)

    def _demands(
        self, mode: OperationResource, resource: Resource, slot: Slot, unary: bool
    ) -> list[tuple[Pool, int]]:
        pools = [] if unary else [(self._pools[resource.resource], 1)]
        return [*pools, *((self._pools[name], units) for name, units in self._lookup.pools(mode))]

    def _stretches(self, resource: Resource, slot: Slot) -> list[tuple[int, int]]:
        if resource.setup_in_breaks and slot.setup_start < slot.start:
            return [(slot.setup_start, slot.start), *self._worked(resource.resource, slot.start, slot.end)]
        return self._worked(resource.resource, slot.setup_start, slot.end)

    def _clash(self, mode: OperationResource, resource: Resource, slot: Slot, unary: bool) -> int | None:
        worked = self._stretches(resource, slot)
        for pool, units in self._demands(mode, resource, slot, unary):
            clash = pool.conflict(slot.setup_start, slot.end, units, worked)
            if clash is not None:
                return clash
        return None

    def _book(self, lot: Lot, operation: Operation, slot: Slot, quantity: int) -> None:
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
