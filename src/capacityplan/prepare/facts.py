"""What stands already: stock, scheduled receipts and orders in progress as flows by bucket."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Purchase
from capacityplan.domain.plant import (
    Inspection,
    LockKind,
    OperationResource,
    Receipt,
    ReceiptKind,
    Stage,
    Stock,
    StockStatus,
)
from capacityplan.domain.timeline import Timeline
from capacityplan.prepare.flow import Clockwork
from capacityplan.prepare.lotflow import accept, comes_beside, consumption, in_process, run_minutes
from capacityplan.units import MINUTES_PER_DAY, floor_product


@dataclass(frozen=True, slots=True)
class Inflow:
    """Base units of an item that become usable in a bucket, with their expiry if they have one."""

    item: str
    bucket: int
    quantity: int
    expires: int | None = None


@dataclass(slots=True)
class Facts:
    """Flows that no decision changes.

    Attributes
    ----------
    taken : dict of (item, bucket) to base units
    load : dict of (resource, bucket) to capacity-minutes
    groups : dict of resource to setup group
        State of resources with a changeover matrix at ``first`` where it is known.
    bought : dict of (supplier, item, week) to base units
        What is ordered already, by the week of its arrival.
    first : int
        First bucket in which lots may start; nothing more is bought to arrive before it.
    """

    inflows: list[Inflow] = field(default_factory=list)
    taken: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    load: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))
    groups: dict[str, str] = field(default_factory=dict)
    bought: dict[tuple[str, str, int], int] = field(default_factory=lambda: defaultdict(int))
    first: int = 0


def week_of(timeline: Timeline, minute: int) -> int:
    """Number of the week (Monday to Sunday) in which a minute lies."""
    return (timeline.clock.ordinal(minute) - 1) // 7


class FactReader:
    """Reads the plant's stock and receipts into `Facts`."""

    def __init__(self, lookup: Lookup, clockwork: Clockwork) -> None:
        self._lookup = lookup
        self._clockwork = clockwork
        self._timeline = clockwork.timeline
        self._free: dict[str, int] = {}
        self.facts = Facts()

    def read(self, scheduled: frozenset[str] = frozenset()) -> Facts:
        """Read everything but the receipts already scheduled as lots.

        Parameters
        ----------
        scheduled : frozenset of receipt id
        """
        for resource in self._lookup.plant.resources:
            if resource.changeover_matrix and resource.initial_setup_group:
                self.facts.groups[resource.resource] = resource.initial_setup_group
        for stock in self._lookup.plant.stock:
            self._stock(stock)
        for receipt in sorted(self._lookup.plant.receipts, key=lambda row: (row.due, row.order)):
            if receipt.kind is ReceiptKind.PRODUCTION and receipt.operation:
                if receipt.order not in scheduled:
                    self._in_progress(receipt)
            else:
                stage = Stage.INCOMING if receipt.kind is ReceiptKind.PURCHASE else Stage.FINAL
                rows = self._lookup.inspections(stage, receipt.item)
                rows = tuple(row for row in rows if not row.supplier)
                self.arrive(receipt.item, receipt.quantity, max(receipt.due, 0), rows)
        return self.facts

    def arrive(
        self, item: str, quantity: int, minute: int, rows: Iterable[Inspection], expires: int | None = None
    ) -> None:
        """Count a quantity complete (or arrived) at a minute in, after its inspections."""
        often = [row for row in rows if row.every_lots == 1]
        _, tested = self._clockwork.inspect([row for row in often if not row.is_last], minute)
        _, released = self._clockwork.inspect(often, minute)
        for row in often:
            self._inspect(row, tested if row.is_last else minute)
        good = accept(quantity, [row for row in often if not row.rework_operation])
        days = self._lookup.items[item].shelf_life_days
        if expires is None and days is not None:
            expires = minute + days * MINUTES_PER_DAY
        self.inflow(item, good, released, expires)

    def purchased(self, row: Purchase) -> None:
        """Count a purchase in, after what its supplier's deliveries are inspected for."""
        rows = self._lookup.inspections(Stage.INCOMING, row.item)
        self.arrive(
            row.item,
            row.quantity,
            row.arrives,
            [rule for rule in rows if not rule.supplier or rule.supplier == row.supplier],
        )
        week = week_of(self._timeline, row.arrives)
        self.facts.bought[row.supplier, row.item, week] += row.quantity

    def inflow(self, item: str, quantity: int, minute: int, expires: int | None) -> None:
        """Count a quantity in from the minute of its release."""
        bucket = self._timeline.bucket_of_end(minute)
        if bucket < len(self._timeline) and quantity > 0:
            self.facts.inflows.append(Inflow(item, bucket, quantity, expires))

    def occupy(self, resource: str, start: int, end: int, units: int = 1) -> None:
        """Count the working minutes between two instants as taken capacity."""
        runway = self._clockwork.runway(resource)
        minutes = runway.worked(end) - runway.worked(start)
        for bucket, share in self._clockwork.shares(runway, start, end):
            if bucket < len(self._timeline):
                self.facts.load[resource, bucket] += minutes * share * units

    def _stock(self, row: Stock) -> None:
        if row.status is StockStatus.BLOCKED:
            return
        days = self._lookup.items[row.item].shelf_life_days
        expires = row.expires
        if expires is None and days is not None:
            expires = days * MINUTES_PER_DAY
        self.arrive(row.item, row.quantity, row.since, self._lookup.pending(row), expires)

    def _inspect(self, row: Inspection, minute: int) -> None:
        runway = self._clockwork.runway(row.lab)
        begin = runway.begin(minute)
        end = runway.finish(begin, row.lab_minutes)
        self.occupy(row.lab, begin, end, row.slots)
        if row.analysts and row.labour:
            self.occupy(row.labour, begin, end, row.analysts)

    def _in_progress(self, receipt: Receipt) -> None:
        """Run the open operations of an order in progress one after the other, as early as possible."""
        lookup = self._lookup
        routing = lookup.routings[receipt.item, receipt.version]
        names = [operation.operation for operation in routing]
        quantity, minute = receipt.quantity, 0
        coming = comes_beside(lookup, receipt.item, receipt.version, quantity, names.index(receipt.operation))
        for operation in routing[names.index(receipt.operation) :]:
            current = operation.operation == receipt.operation
            mode = self._mode(receipt, operation.operation, current)
            if not current:
                self._take(receipt, operation.operation, quantity, minute)
            work = quantity - receipt.done_quantity if current else quantity
            begin = self._fixed_start(receipt, operation.operation, minute)
            begin = max(begin, self._free.get(mode.resource, 0))
            minutes = mode.setup_minutes + run_minutes(lookup, operation, mode, work)
            minute = self._run(mode, begin, minutes)
            quantity = floor_product(quantity, operation.yield_fraction)
            rows = [row for row in in_process(lookup, receipt.item, operation.operation)]
            rows = [row for row in rows if row.every_lots == 1]
            quantity = accept(quantity, rows)
            minute = self._clockwork.inspect(rows, minute)[1] + operation.min_wait_minutes
        for component, amount in coming:
            days = lookup.items[component].shelf_life_days
            self.inflow(component, amount, minute, None if days is None else minute + days * MINUTES_PER_DAY)
        self.arrive(receipt.item, quantity, minute, lookup.inspections(Stage.FINAL, receipt.item))

    def _mode(self, receipt: Receipt, operation: str, current: bool) -> OperationResource:
        modes = self._lookup.modes[receipt.item, receipt.version, operation]
        wanted = receipt.resource if current else ""
        for lock in self._lookup.plant.locks:
            if lock.kind is LockKind.RUN and lock.object == f"{receipt.order}/{operation}" and lock.resource:
                wanted = lock.resource
        return next((mode for mode in modes if mode.resource == wanted), modes[0])

    def _fixed_start(self, receipt: Receipt, operation: str, minute: int) -> int:
        for lock in self._lookup.plant.locks:
            if lock.kind is LockKind.RUN and lock.object == f"{receipt.order}/{operation}":
                return max(minute, lock.start or 0)
        return minute

    def _run(self, mode: OperationResource, begin: int, minutes: int) -> int:
        runway = self._clockwork.runway(mode.resource)
        begin = runway.begin(begin)
        end = runway.finish(begin, minutes)
        self._free[mode.resource] = end
        self.occupy(mode.resource, begin, end)
        for pool, units in self._lookup.pools(mode):
            self.occupy(pool, begin, end, units)
        return end

    def _take(self, receipt: Receipt, operation: str, quantity: int, minute: int) -> None:
        item = self._lookup.items[receipt.item]
        bucket = min(self._timeline.bucket_of_start(minute), len(self._timeline) - 1)
        for line in self._lookup.components.get((receipt.item, receipt.version, operation), ()):
            if line.valid_from is not None and line.valid_from > minute:
                continue
            if line.valid_to is not None and line.valid_to <= minute:
                continue
            per = line.quantity / line.per_quantity
            self.facts.taken[line.component, bucket] += consumption(
                self._lookup, item, quantity, per, line.scrap_fraction, line.component
            )
