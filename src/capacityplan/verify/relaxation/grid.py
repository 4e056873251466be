"""What the families read: time, demand, routings as chains of linear envelopes, finite caps."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from capacityplan.demand.netting import Demand, net
from capacityplan.domain.identical import Pooled
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import (
    BomLine,
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
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.units import MINUTES_PER_DAY
from capacityplan.verify.relaxation.caps import Caps
from capacityplan.verify.relaxation.chains import Chain, Hold, Step, chain, incoming_envelope, waiting


@dataclass(frozen=True, slots=True)
class Inflow:
    """A quantity that comes in whatever the plan does.

    Attributes
    ----------
    bucket, released : int
        Bucket from which it is charged, and the earliest in which it is free to use.
    expires : int or None
        Earliest bucket at whose end it may have expired.
    most, least : Fraction
        Units that may and must come of it.
    """

    name: str
    item: str
    bucket: int
    released: int
    expires: int | None
    most: Fraction
    least: Fraction


class Grid:
    """A plant seen by the relaxation.

    Attributes
    ----------
    size, window : int
        Numbers of buckets in all and in the window.
    least_limit : Fraction
        Plans that cost no more are not left aside (`caps`).
    """

    def __init__(
        self,
        plant: Plant | Pooled,
        demands: tuple[Demand, ...] | None = None,
        least_limit: Fraction = Fraction(0),
    ) -> None:
        self._demands, self.least_limit = demands, least_limit
        self._pooled = plant if isinstance(plant, Pooled) else Pooled(plant)
        self.plant = plant = self._pooled.plant
        self.timeline = Timeline.of(plant)
        self.lookup = Lookup(plant)
        self.time = WorkingTime(plant, self.timeline)
        self.size = len(self.timeline)
        self.window = self.timeline.window_buckets
        self.starts: list[int] = self.timeline.starts.tolist()
        self.ends: list[int] = self.timeline.ends.tolist()
        self.days: list[int] = self.timeline.days.tolist()

    @cached_property
    def demands(self) -> tuple[Demand, ...]:
        """Demand elements: the plant's, or those that are given."""
        return net(self.plant, self.timeline) if self._demands is None else self._demands

    @cached_property
    def caps(self) -> Caps:
        """Finite bounds of every quantity."""
        return Caps(self)

    @cached_property
    def chains(self) -> tuple[Chain, ...]:
        """Routings whose quantities are bounded, so that they can be part of the model."""
        return tuple(one for one in self.routes if self.caps.quantity(one) is not None)

    @cached_property
    def routes(self) -> tuple[Chain, ...]:
        """Every routing of every item by production version."""
        found = []
        for item, version in self.lookup.routings:
            row = self.lookup.items[item]
            smallest = max(row.min_lot, row.lot_multiple, 1)
            largest = row.max_lot or None
            found.append(chain(self.lookup, item, version, 0, smallest, largest))
        return tuple(found)

    @cached_property
    def orders(self) -> tuple[tuple[str, Chain], ...]:
        """Orders in progress: what is left of their routings, by receipt."""
        found = []
        for row in self.plant.receipts:
            if row.kind is ReceiptKind.PRODUCTION and row.operation:
                version = row.version or self.lookup.versions.get(row.item, ("",))[0]
                names = [step.operation for step in self.lookup.routings[row.item, version]]
                first = names.index(row.operation)
                quantity = row.quantity
                found.append((row.order, chain(self.lookup, row.item, version, first, quantity, quantity)))
        return tuple(found)

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Items whose supply is bounded; the others are taken to be there in any quantity."""
        return tuple(item for item in self.lookup.items if item not in self.caps.free)

    @cached_property
    def inflows(self) -> tuple[Inflow, ...]:
        """Opening stock that can be used, and scheduled receipts without open operations."""
        return (*self._stock(), *self._receipts())

    def rate(self, resource: str) -> Fraction:
        """Cost of a minute of a resource, with its energy at the lowest price of any time."""
        return self.lookup.machine_hour(self.lookup.resources[resource], lowest=True) / 60

    def energy(self, resource: str) -> Fraction:
        """Cost of the energy of a minute of run or setup, which the rates above and below have in them."""
        return self.lookup.energy_hour(self.lookup.resources[resource], lowest=True) / 60

    def mode_rate(self, mode: OperationResource) -> Fraction:
        """Cost of a run minute on a mode, with the energy of its resource."""
        return self.lookup.run_hour(mode, lowest=True) / 60

    def wage(self, mode: OperationResource) -> Fraction:
        """Cost of a minute of all the labour of a mode."""
        return self.lookup.wage(mode) / 60

    def inspection_cost(self, row: Inspection) -> Fraction:
        """What an inspection costs."""
        cost = row.cost_per_lot + row.lab_minutes * row.slots * self.rate(row.lab)
        if row.analysts and row.labour:
            cost += row.lab_minutes * row.analysts * self.rate(row.labour)
        return cost

    def earliest_release(self, bucket: int, hold: Hold) -> int:
        """Earliest bucket of release of what is complete in a bucket and then waits so many minutes.

        To the minute: completion is after the bucket's start. In the tail the checker asks that
        the end of the release's bucket is that far from the start of the inspection's, of the certificate
        as well, which begins in a bucket not before that of the release by the tests. What is not
        complete within the horizon is not released in it either.
        """
        if not any(hold) or bucket >= self.size:
            return bucket
        to_the_minute = self._later(bucket, sum(hold))
        if to_the_minute < self.window or not all(hold):
            return to_the_minute
        tested = self._later(bucket, hold[0])
        return max(self._later(tested, hold[1]), self.window) if tested < self.size else tested

    def _later(self, bucket: int, minutes: int) -> int:
        """Bucket in which so many minutes from a bucket's start are over."""
        return max(bucket, self.timeline.bucket_of_end(self.starts[bucket] + minutes))

    def latest_start(self, bucket: int, minutes: int) -> int:
        """Latest bucket (of a start) for a run of so many minutes that ends in a bucket."""
        return self.timeline.bucket_of_start(max(self.ends[bucket] - minutes, 0))

    def earliest_expiry(self, bucket: int, life_days: int) -> int:
        """Earliest bucket in which what is complete in a bucket may expire."""
        return max(bucket, self.timeline.bucket_of_end(self.starts[bucket] + life_days * MINUTES_PER_DAY))

    def open_at(self) -> int:
        """Minute before which no run of a new lot starts (frozen zone, unless a lock opens it)."""
        receipts = {row.order for row in self.plant.receipts}
        for lock in self.plant.locks:
            if lock.kind is LockKind.RUN and lock.object.rsplit("/", 1)[0] not in receipts:
                return 0
        return self.plant.fences.frozen_hours * 60

    def capacity(self, resource: str) -> list[int]:
        """Capacity-minutes of regular time by bucket."""
        steps = self.time.regular(resource)
        return [steps.capacity_minutes(a, b) for a, b in zip(self.starts, self.ends, strict=True)]

    def overtime(self, resource: str) -> list[int]:
        """Overtime minutes that may be opened by bucket."""
        steps = self.time.overtime(resource)
        return [steps.open_minutes(a, b) for a, b in zip(self.starts, self.ends, strict=True)]

    def machines(self, resource: str) -> int:
        """How many machines a resource stands for, each in a setup state of its own."""
        return self._pooled.count(resource)

    def units(self, resource: str) -> int:
        """Most runs (slots, people) that a resource has at a time."""
        row: Resource = self.lookup.resources[resource]
        profiles = (self.time.regular(resource), self.time.overtime(resource))
        return max([row.capacity, 1, *(int(steps.capacity.max(initial=0)) for steps in profiles)])

    def total_capacity(self, resource: str) -> int:
        """Capacity-minutes of the whole horizon, with all overtime."""
        return sum(self.capacity(resource)) + self.units(resource) * sum(self.overtime(resource))

    def batch(self, resource: str, operation: str, item: str) -> tuple[int, int, Fraction]:
        """Least minutes, largest size (base units) and least run-minute rate of a shared batch."""
        group = self.lookup.setup_group(item)
        found: list[tuple[int, int, Fraction]] = []
        for (other, version, name), modes in self.lookup.modes.items():
            if name != operation or self.lookup.setup_group(other) != group:
                continue
            steps = [row for row in self.lookup.routings.get((other, version), ()) if row.operation == name]
            steps += [row for key, row in self.lookup.rework.items() if key == (other, version, name)]
            found += [
                (step.fixed_minutes, step.batch_size, self.mode_rate(mode))
                for step in steps
                for mode in modes
                if mode.resource == resource and step.batch_size
            ]
        minutes, sizes, rates = zip(*found, strict=True)
        return min(minutes), max(sizes), min(rates)

    def work(self, item: str, operation: Operation, mode: OperationResource) -> tuple[Fraction, Fraction]:
        """Least run minutes of an operation: per lot, and per unit that enters."""
        if operation.batch_size:
            minutes, size, _ = self.batch(mode.resource, operation.operation, item)
            return Fraction(0), Fraction(minutes * self.lookup.scale[item], size)
        run = operation.run_minutes if mode.run_minutes is None else mode.run_minutes
        efficiency = self.lookup.resources[mode.resource].efficiency
        return Fraction(operation.fixed_minutes), run / (operation.per_quantity * efficiency)

    def batch_or_mode_rate(self, item: str, step: Step, mode: OperationResource) -> Fraction:
        """Least cost of a run minute: a shared batch is charged at one of its members' rates."""
        if step.operation.batch_size:
            return self.batch(mode.resource, step.operation.operation, item)[2]
        return self.mode_rate(mode)

    def need(self, line: BomLine, item: str) -> Fraction:
        """Units of a component for a unit of the item that enters the operation."""
        return line.quantity / line.per_quantity / (1 - line.scrap_fraction)

    def by_products(self, chain: Chain) -> tuple[tuple[str, Fraction], ...]:
        """Component and units of it for a unit that enters the last operation of a chain."""
        lines = self.lookup.by_products.get((chain.item, chain.version), ())
        return tuple(
            (line.component, line.quantity / line.per_quantity * (1 - line.scrap_fraction)) for line in lines
        )

    @cached_property
    def beside(self) -> frozenset[str]:
        """Items that come as by-products of others."""
        return frozenset(line.component for line in self.plant.bill_of_materials if line.by_product)

    def base(self, item: str) -> Fraction:
        """One base unit, in units."""
        return Fraction(1, self.lookup.scale[item])

    def _stock(self) -> list[Inflow]:
        found = []
        for row in self.plant.stock:
            if row.status is StockStatus.BLOCKED:
                continue
            rows = self.lookup.pending(row)
            envelope = incoming_envelope(self.lookup, row.item, rows)
            released = self.earliest_release(self.timeline.bucket_of_end(row.since), waiting(rows))
            life = self.lookup.items[row.item].shelf_life_days
            expires = None if life is None else self.earliest_expiry(0, life)
            if row.expires is not None:
                expires = self.timeline.bucket_of_end(max(row.expires, 0))
            most, least = envelope.of(Fraction(row.quantity, self.lookup.scale[row.item]))
            found.append(Inflow(row.stock, row.item, 0, released, expires, most, least))
        return found

    def _receipts(self) -> list[Inflow]:
        found = []
        for row in self.plant.receipts:
            due = max(row.due, 0)
            bought = row.kind is ReceiptKind.PURCHASE
            bucket = self.timeline.bucket_of_start(due) if bought else self.timeline.bucket_of_end(due)
            if row.operation or bucket >= self.size:
                continue
            stage = Stage.INCOMING if bought else Stage.FINAL
            rows = [one for one in self.lookup.inspections(stage, row.item) if not (bought and one.supplier)]
            envelope = incoming_envelope(self.lookup, row.item, rows)
            wait = waiting([one for one in rows if one.every_lots <= 1])
            life = self.lookup.items[row.item].shelf_life_days
            expires = None if life is None else self.earliest_expiry(bucket, life)
            most, least = envelope.of(Fraction(row.quantity, self.lookup.scale[row.item]))
            released = self.earliest_release(bucket, wait)
            found.append(Inflow(row.order, row.item, bucket, released, expires, most, least))
        return found
