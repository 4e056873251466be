"""What every plan of a plant has to do: orders in progress, locked runs, locked orders with all behind them.

Only necessary things, each a lower bound: setups, changeovers, samples, shelf life, supplier capacity and
more are left out. So what does not fit together here fits together in no plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from capacityplan.conflict.flow import Must, Place
from capacityplan.conflict.storages import overflows
from capacityplan.conflict.times import Times
from capacityplan.demand import Demand, net
from capacityplan.domain.lookup import Lookup, Routing
from capacityplan.domain.plant import (
    Inspection,
    Lock,
    LockKind,
    Operation,
    OperationResource,
    Plant,
    Receipt,
    ReceiptKind,
    Stage,
    StockStatus,
)
from capacityplan.prepare.lotflow import accept, consumption, in_process, least_hold, run_minutes
from capacityplan.units import MINUTES_PER_DAY, MINUTES_PER_HOUR, ceil_div, ceil_fraction


@dataclass(frozen=True, slots=True)
class _Need:
    """So many base units of an item that must be there by an instant."""

    deadline: int
    quantity: int
    text: str


@dataclass(frozen=True, slots=True)
class _Leg:
    """An operation that must run: earliest start, latest end, least minutes on each resource."""

    operation: Operation
    modes: tuple[OperationResource, ...]
    start: int
    minutes: dict[str, int]
    end: int | None
    ready: int | None
    """When the next operation can start at the earliest."""


class Musts:
    """Derives what must happen from a plant's rows.

    Parameters
    ----------
    plant : Plant
    """

    def __init__(self, plant: Plant) -> None:
        self.times = Times(plant)
        self._plant, self._lookup = plant, Lookup(plant)
        self._locks = [row for row in plant.locks if row.counts]
        self._needs: dict[str, list[_Need]] = defaultdict(list)
        self._supply: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._beside = {line.component for line in plant.bill_of_materials if line.by_product}
        self._earliest: dict[str, int | None] = {}
        self._read_supply()

    def all(self) -> list[Must]:
        """Return everything that must be worked on, and what cannot be done at all."""
        found = list(overflows(self._plant, self._lookup, self.times, self._demands))
        found += self._in_progress()
        found += self._locked_orders()
        for item in self._downward():
            found += self._item(item)
        return found

    @cached_property
    def _demands(self) -> tuple[Demand, ...]:
        return net(self._plant, self.times.timeline)

    def _read_supply(self) -> None:
        for row in self._plant.stock:
            if row.status is not StockStatus.BLOCKED:
                self._supply[row.item].append((row.available or 0, row.quantity))
        for receipt in self._plant.receipts:
            if not (receipt.kind is ReceiptKind.PRODUCTION and receipt.operation):
                self._supply[receipt.item].append((max(receipt.due, 0), receipt.quantity))

    # Orders in progress

    def _in_progress(self) -> Iterator[Must]:
        for row in self._plant.receipts:
            if row.kind is ReceiptKind.PRODUCTION and row.operation:
                yield from self._receipt(row)

    def _receipt(self, row: Receipt) -> Iterator[Must]:
        version = row.version or next(iter(self._lookup.versions.get(row.item, ("",))))
        routing = self._lookup.routings.get((row.item, version), ())
        names = [step.operation for step in routing]
        if row.operation not in names:
            return
        routing = routing[names.index(row.operation) :]
        held = {lock.object: lock for lock in self._locks if lock.kind is LockKind.RUN}
        locks = [held.get(f"{row.order}/{step.operation}") for step in routing]
        legs: list[_Leg] = []
        quantity = most = row.quantity
        ready = 0
        for place, (step, lock) in enumerate(zip(routing, locks, strict=True)):
            work = quantity - row.done_quantity if place == 0 else quantity
            only = {
                name for name in (row.resource if place == 0 else "", lock.resource if lock else "") if name
            }
            leg = self._leg(row.item, version, step, work, ready, only, lock)
            legs.append(leg)
            if leg.ready is None:
                yield Must(f"order in progress {row.order}: {step.operation} ends within the horizon", 1, ())
                return
            rows = in_process(self._lookup, row.item, step.operation)
            quantity = accept(int(quantity * step.yield_fraction), rows)
            most = int(most * step.yield_fraction)
            ready = leg.ready
            if place:
                self._take(row.item, version, leg, work, self.times.end, row.order)
        if legs and legs[-1].end is not None:
            released = self._inspected(legs[-1].end, self._lookup.inspections(Stage.FINAL, row.item))
            if released is None or released > self.times.end:
                yield Must(f"order in progress {row.order}: it is released within the horizon", 1, ())
        self._supply[row.item].append((ready, most))
        yield from self._worked(f"order in progress {row.order}", legs, locks, self.times.end)

    def _leg(
        self, item: str, version: str, step: Operation, quantity: int, ready: int,
        only: set[str] | None = None, lock: Lock | None = None,
    ) -> _Leg:  # fmt: skip
        modes = tuple(
            mode
            for mode in self._lookup.modes.get((item, version, step.operation), ())
            if not only or only == {mode.resource}
        )
        start = max(ready, step.artwork_approved_on or 0)
        if lock is not None and lock.start is not None and lock.start < self.times.timeline.window_end:
            modes = modes if lock.start >= start else ()
            start = lock.start
            modes = tuple(mode for mode in modes if self._opens(mode.resource, start))
        minutes = self._minutes(step, modes, max(quantity, 0))
        ends = [self.times.finish(name, start, amount) for name, amount in minutes.items()]
        end = min((one for one in ends if one is not None), default=None)
        after = None if end is None else self._inspected(end, in_process(self._lookup, item, step.operation))
        following = None if after is None else self.times.earliest(after + step.min_wait_minutes)
        if following is not None and step.overlap_quantity:
            # The next may begin with it, and with what is done of an order in progress even before.
            following = ready
        return _Leg(step, modes, start, minutes, end, following)

    def _opens(self, resource: str, minute: int) -> bool:
        return self.times.steps(resource).capacity_at(minute) > 0

    def _inspected(self, ready: int, rows: tuple[Inspection, ...]) -> int | None:
        """When inspections that every lot is subject to are over at the earliest."""
        latest: int | None = ready
        for row in rows:
            if row.every_lots == 1:
                begin = latest if row.is_last else ready
                end = None if begin is None else self.times.finish(row.lab, begin, row.lab_minutes)
                latest = None if end is None or latest is None else max(latest, end + row.wait_minutes)
        return latest

    def _worked(self, text: str, legs: list[_Leg], locks: list[Lock | None], deadline: int) -> Iterator[Must]:
        """Yield the work of operations in a row, the last one first, within what the others leave."""
        for place in range(len(legs) - 1, -1, -1):
            leg, lock = legs[place], locks[place]
            least = min(leg.minutes.values(), default=0)
            name = f"{text}: {leg.operation.operation}"
            windows = [self._window(leg, resource, lock, deadline) for resource in leg.minutes]
            if leg.operation.batch_size == 0 or not leg.modes:
                yield Must(name, max(least, 1 if not leg.modes else 0), tuple(windows))
                yield from self._helped(name, leg, least, windows)
            if place and legs[place - 1].operation.overlap_quantity:
                continue  # The one before ends with it at the latest.
            latest = (
                deadline - least if lock is None or lock.start is None else min(deadline - least, lock.start)
            )
            deadline = self.times.latest(max(latest, 0))

    def _window(self, leg: _Leg, resource: str, lock: Lock | None, deadline: int) -> Place:
        """From when to when an operation can run on a resource."""
        held = lock is not None and lock.start is not None and lock.start < self.times.timeline.window_end
        if lock is None or not held:
            return resource, leg.start, deadline
        minutes = leg.minutes[resource]
        last = self.times.finish(resource, leg.start, minutes, overtime=False)
        last = self.times.end if last is None else last
        if lock.end is not None:
            last = lock.end
        return resource, leg.start, min(last, deadline)

    def _helped(self, name: str, leg: _Leg, minutes: int, windows: list[Place]) -> Iterator[Must]:
        if not leg.modes or not windows:
            return
        first, *others = [dict(self._lookup.pools(mode)) for mode in leg.modes]
        start, end = min(row[1] for row in windows), max(row[2] for row in windows)
        for pool in first:
            if all(pool in other for other in others):
                units = min(other[pool] for other in (first, *others))
                yield Must(f"{name}, {pool}", minutes * units, ((pool, start, end),))

    def _take(self, item: str, version: str, leg: _Leg, quantity: int, deadline: int, text: str) -> None:
        """Need the components of an operation by its latest start."""
        least = min(leg.minutes.values(), default=0)
        start = self.times.latest(max(deadline - least, 0))
        for line in self._lookup.components.get((item, version, leg.operation.operation), ()):
            if line.valid_from is None and line.valid_to is None:
                per = line.quantity / line.per_quantity
                wanted = consumption(
                    self._lookup, self._lookup.items[item], quantity, per, line.scrap_fraction, line.component
                )
                self._needs[line.component].append(_Need(start, wanted, text))

    # Locked orders

    def _locked_orders(self) -> Iterator[Must]:
        demands = {row.demand: row for row in self._demands}
        for lock in self._locks:
            row = demands.get(lock.object) if lock.kind is LockKind.ORDER else None
            if row is None:
                continue
            end = self.times.end if lock.end is None else min(lock.end, self.times.end)
            if end <= self.times.timeline.starts[row.bucket]:
                yield Must(f"order {row.demand}: nothing arrives before the day it is due", 1, ())
                continue
            ship = end - row.transit
            if ship < 0:
                yield Must(f"order {row.demand}: under way for {row.transit // MINUTES_PER_DAY} days", 1, ())
                continue
            self._needs[row.item].append(_Need(self.times.latest(ship), row.quantity, f"order {row.demand}"))

    # Items

    def _downward(self) -> Iterator[str]:
        """Items, those made of others before these."""
        users: dict[str, set[str]] = defaultdict(set)
        for line in self._plant.bill_of_materials:
            users[line.component].add(line.item)
        done: set[str] = set()
        waiting = [row.item for row in self._plant.items]
        while waiting:
            ready = [item for item in waiting if users[item] <= done]
            if not ready:
                return
            yield from ready
            done |= set(ready)
            waiting = [item for item in waiting if item not in done]

    def _item(self, item: str) -> Iterator[Must]:
        """Yield what must be made or bought of an item beyond what there is."""
        if item in self._beside:
            return  # It may come with lots of others.
        total, before = 0, 0
        for need in sorted(self._needs.get(item, ()), key=lambda one: one.deadline):
            total += need.quantity
            there = sum(quantity for at, quantity in self._supply[item] if at <= need.deadline)
            short = total - there
            if short > before:
                yield from self._sourced(item, short - before, need)
                before = short

    def _sourced(self, item: str, quantity: int, need: _Need) -> Iterator[Must]:
        versions = self._lookup.versions.get(item, ())
        bought = any(row.item == item for row in self._plant.suppliers)
        units = Fraction(quantity, self._lookup.scale[item])
        text = f"{need.text}: {float(units):g} more {self._lookup.items[item].unit} of {item}"
        if bought or len(versions) != 1:
            first = self.earliest(item)
            if first is None or not self.times.meets(first, need.deadline):
                yield Must(text, 1, ())
            return
        legs = self._chain(item, versions[0], max(1, self._lookup.items[item].min_lot))
        rows = self._lookup.inspections(Stage.FINAL, item)
        released = None if legs[-1].end is None else self._inspected(legs[-1].end, rows)
        if released is None or not self.times.meets(self.times.earliest(released), need.deadline):
            yield Must(text, 1, ())
            return
        routing = tuple(leg.operation for leg in legs)
        amounts = self._amounts(item, routing, quantity)
        yield from self._tested(item, rows, amounts[0], legs[-1].end or 0, need)
        deadline = self.times.latest(max(need.deadline - least_hold(rows), 0))
        larger = [
            replace(leg, minutes=self._minutes(leg.operation, leg.modes, amount))
            for leg, amount in zip(legs, amounts, strict=True)
        ]
        yield from self._made(item, versions[0], text, larger, legs, amounts, deadline)

    def _made(
        self, item: str, version: str, text: str, larger: list[_Leg], least: list[_Leg],
        amounts: list[int], deadline: int,
    ) -> Iterator[Must]:  # fmt: skip
        for place in range(len(larger) - 1, -1, -1):
            yield from self._worked(text, [larger[place]], [None], deadline)
            self._take(item, version, least[place], amounts[place], deadline, text.split(":")[0])
            if place and least[place - 1].operation.overlap_quantity:
                continue
            wait = least[place - 1].operation.min_wait_minutes if place else 0
            shortest = min(least[place].minutes.values(), default=0)
            deadline = self.times.latest(max(deadline - shortest - wait, 0))

    def _minutes(
        self, step: Operation, modes: tuple[OperationResource, ...], quantity: int
    ) -> dict[str, int]:
        return {mode.resource: run_minutes(self._lookup, step, mode, quantity) for mode in modes}

    def _amounts(self, item: str, routing: Routing, quantity: int) -> list[int]:
        """Least quantities that enter the operations together, for so much output."""
        found, wanted = [], Fraction(quantity)
        for step in reversed(routing):
            wanted /= step.yield_fraction
            found.append(ceil_fraction(wanted))
        smallest = self._lookup.items[item].min_lot
        found = found[::-1]
        return [max(found[0], smallest), *found[1:]]

    def _tested(
        self, item: str, rows: tuple[Inspection, ...], quantity: int, ready: int, need: _Need
    ) -> Iterator[Must]:
        largest = self._lookup.items[item].max_lot
        lots = ceil_div(quantity, largest) if largest else 1
        for row in rows:
            if row.every_lots == 1:
                end = self.times.latest(max(need.deadline - row.wait_minutes, 0))
                text = f"{need.text}: inspection {row.inspection} of {item}"
                yield Must(text, row.lab_minutes * row.slots * lots, ((row.lab, ready, end),))

    def _chain(self, item: str, version: str, quantity: int) -> list[_Leg]:
        """The operations of the smallest lot, as early as they could be."""
        ready = max(self._frozen(), self._lookup.made_from(item, version) or 0)
        ready = self._unlocked(item, self.times.earliest(ready))
        legs = []
        for step in self._lookup.routings[item, version]:
            ready = max(ready, self._fed(item, version, step))
            leg = self._leg(item, version, step, quantity, ready)
            legs.append(leg)
            ready = self.times.end + 1 if leg.ready is None else leg.ready
        return legs

    def _frozen(self) -> int:
        """End of the frozen zone; 0 where a lock may let a new lot start in it."""
        under_way = {row.order for row in self._plant.receipts}
        free = any(
            lock.kind is LockKind.RUN and lock.object.split("/")[0] not in under_way for lock in self._locks
        )
        return 0 if free else self._plant.fences.frozen_hours * MINUTES_PER_HOUR

    def _unlocked(self, item: str, minute: int) -> int:
        for lock in sorted(self._locks, key=lambda one: one.start or 0):
            if lock.kind is LockKind.ITEM and lock.object == item and (lock.start or 0) <= minute:
                minute = max(
                    minute, self.times.end + 1 if lock.end is None else self.times.earliest(lock.end)
                )
        return minute

    def _fed(self, item: str, version: str, step: Operation) -> int:
        """When components of which there is nothing can come at the earliest."""
        latest = 0
        for line in self._lookup.components.get((item, version, step.operation), ()):
            if not self._supply[line.component] and line.valid_from is None and line.valid_to is None:
                first = self.earliest(line.component)
                latest = max(latest, self.times.end + 1 if first is None else first)
        return latest

    def earliest(self, item: str) -> int | None:
        """Return when the first unit could come that is not there yet; None: never."""
        if item not in self._earliest:
            ways = [self._bought(item), 0 if item in self._beside else None]
            for version in self._lookup.versions.get(item, ()):
                legs = self._chain(item, version, max(1, self._lookup.items[item].min_lot))
                end = legs[-1].end
                rows = self._lookup.inspections(Stage.FINAL, item)
                ways.append(None if end is None else self._inspected(end, rows))
            known = [way for way in ways if way is not None and way <= self.times.end]
            self._earliest[item] = self.times.earliest(min(known)) if known else None
        return self._earliest[item]

    def _bought(self, item: str) -> int | None:
        days = [
            max(row.valid_from or 0, 0) + row.lead_time_days * MINUTES_PER_DAY
            for row in self._plant.suppliers
            if row.item == item
        ]
        if not days:
            return None
        rows = self._lookup.inspections(Stage.INCOMING, item)
        return self._inspected(min(days), tuple(row for row in rows if not row.supplier))
