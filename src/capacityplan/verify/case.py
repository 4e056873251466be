"""A plant and a plan together, with the facts that several rules need, computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cached_property

import numpy as np

from capacityplan.demand.choice import fix
from capacityplan.demand.netting import Demand, net
from capacityplan.domain.lookup import Lookup, Pools
from capacityplan.domain.plan import BucketRun, BucketSetups, Delivery, Plan, Purchase
from capacityplan.domain.plant import Lateness, Lock, LockKind, OperationResource, Plant, SupplierOffer
from capacityplan.domain.tariffs import EnergyPrices, Shares
from capacityplan.domain.timeline import Ints, Steps, Timeline, WorkingTime
from capacityplan.units import MINUTES_PER_HOUR
from capacityplan.verify.facts import Work
from capacityplan.verify.flow import Flow
from capacityplan.verify.occupancy import (
    Occupation,
    TailBatch,
    TailChangeover,
    change,
    occupations,
    tail_batches,
)
from capacityplan.verify.stock import Stocks
from capacityplan.verify.sweep import Use, clip, pieces, split

DAYS_PER_WEEK = 7


def week_of(ordinal: int) -> int:
    """Number the ISO week of a date (ordinal 1 is a Monday)."""
    return (ordinal - 1) // DAYS_PER_WEEK


def in_time(plant: Plant, timeline: Timeline, demand: Demand, delivery: Delivery) -> bool:
    """Whether a delivery is on time: to the minute where lateness is, else within the due bucket."""
    if plant.costs.lateness is Lateness.MINUTE or demand.due < 0:
        return delivery.arrive <= demand.due
    return timeline.bucket_of_end(delivery.arrive) <= demand.bucket


class Case:
    """What is checked.

    All but ``plan_integrity`` may rely on the plan's references being in order.

    Attributes
    ----------
    plant : Plant
        With the plan's choices of proposals fixed; ``stated`` is the plant as it was given.
    demand : dict of str to Demand
        Demand elements by id.
    """

    def __init__(self, plant: Plant, plan: Plan) -> None:
        self.stated = plant
        self.plant = plant = fix(plant, plan.choices)
        self.plan = plan
        self.timeline = Timeline.of(plant)
        self.lookup = Lookup(plant)
        self.time = WorkingTime(plant, self.timeline)
        self.demand: dict[str, Demand] = {row.demand: row for row in net(plant, self.timeline)}
        self._working: dict[str, Steps] = {}
        self._days_late: dict[int, list[int]] = {}

    @cached_property
    def flow(self) -> Flow:
        """Lots, inspections and held quantities."""
        return Flow(self.lookup, self.timeline, self.plan)

    @cached_property
    def stocks(self) -> Stocks:
        """Stock, hold and work in process of every item."""
        return Stocks(self.lookup, self.timeline, self.plan, self.flow, self.demand)

    @cached_property
    def occupations(self) -> dict[str, tuple[Occupation, ...]]:
        """Runs to the minute by resource, in sequence."""
        return occupations(self.lookup, self.flow.works)

    @cached_property
    def tail_batches(self) -> tuple[TailBatch, ...]:
        """Batches of the tail."""
        return tail_batches(self.lookup, self.flow.works)

    @cached_property
    def bucket_works(self) -> tuple[tuple[BucketRun, Work], ...]:
        """Runs of the tail."""
        return tuple((work.row, work) for work in self.flow.works if isinstance(work.row, BucketRun))

    @cached_property
    def deliveries(self) -> dict[str, list[Delivery]]:
        """Deliveries by demand."""
        found: dict[str, list[Delivery]] = {}
        for row in self.plan.deliveries:
            found.setdefault(row.demand, []).append(row)
        return found

    @cached_property
    def given_up(self) -> dict[str, int]:
        """Base units that the plan gives up, by demand."""
        found: dict[str, int] = {}
        for row in self.plan.lost:
            found[row.demand] = found.get(row.demand, 0) + row.quantity
        return found

    @cached_property
    def late(self) -> dict[str, list[tuple[int, int]]]:
        """By demand that is late: bucket, and base units times days after the due date in it.

        Of what is undelivered and not lost at the bucket's end.
        """
        found = {}
        size = len(self.timeline)
        for name, demand in self.demand.items():
            wanted = demand.quantity - self.given_up.get(name, 0)
            arriving = [0] * size
            for row in self.deliveries.get(name, ()):
                arriving[self.timeline.bucket_of_end(row.arrive)] += row.quantity
            days = self.days_late(demand.due)
            late = []
            for bucket, units in enumerate(arriving):
                wanted -= units
                if wanted <= 0:
                    break
                if days[bucket]:
                    late.append((bucket, wanted * days[bucket]))
            if late:
                found[name] = late
        return found

    @cached_property
    def minute_rates(self) -> dict[str, Fraction]:
        """Cost of a minute of every resource."""
        return {name: row.cost_per_hour / MINUTES_PER_HOUR for name, row in self.lookup.resources.items()}

    @cached_property
    def energy_prices(self) -> EnergyPrices:
        """What a kWh costs by the minute."""
        return EnergyPrices(self.plant, self.timeline, self.time)

    def kwh_prices(self, resource: str, start: int, end: int, in_breaks: bool = False) -> Shares:
        """Prices per kWh of a resource's working minutes between two instants, with their shares.

        Without any such minute those of all minutes count, and without any of these the first one's.
        """
        if not self.plant.tariffs:
            return [(self.plant.costs.energy_cost_per_kwh, Fraction(1))]
        spans = [] if in_breaks else list(pieces(self.working(resource), start, end))
        worked = [(a, b) for a, b in spans if a < b]
        return self.energy_prices.shares(worked or [(start, max(end, start + 1))])

    def locks(self, kind: LockKind) -> list[Lock]:
        """Locks of a kind that have not expired."""
        held = [lock for lock in self.plant.locks if lock.counts]
        return [lock for lock in held if lock.kind is kind]

    def tier(self, row: Purchase) -> SupplierOffer | None:
        """Return the price tier of a purchase: the largest that its quantity reaches, valid when ordered."""
        reached = None
        for offer in self.lookup.offers[row.supplier, row.item]:
            begun = offer.valid_from is None or offer.valid_from <= row.order_by
            valid = begun and (offer.valid_to is None or row.order_by < offer.valid_to)
            if valid and offer.from_quantity <= row.quantity:
                reached = offer
        return reached

    def in_time(self, demand: Demand, delivery: Delivery) -> bool:
        """Whether a delivery is on time: to the minute where lateness is, else within the due bucket."""
        return in_time(self.plant, self.timeline, demand, delivery)

    def days_late(self, due: int) -> list[int]:
        """Days of each bucket that lie after the day of a due instant."""
        if due not in self._days_late:
            self._days_late[due] = self.timeline.all_days_late(due).tolist()
        return self._days_late[due]

    def stored(self, storage: str) -> list[Fraction]:
        """Units in a storage at the end of each bucket, held quantities included."""
        total = [Fraction(0)] * len(self.timeline)
        for item, row in self.lookup.items.items():
            if row.storage == storage:
                kept = self.stocks.unrestricted[item] + self.stocks.hold[item]
                scale = self.lookup.scale[item]
                total = [
                    units + Fraction(base, scale) for units, base in zip(total, kept.tolist(), strict=True)
                ]
        return total

    def working(self, resource: str) -> Steps:
        """Working time of a resource under the plan: with opened overtime, less maintenance."""
        if resource not in self._working:
            spans = [(row.start, row.end) for row in self.plan.overtime if row.resource == resource]
            cuts = [(row.start, row.end) for row in self.plan.maintenance if row.resource == resource]
            steps = self.time.regular(resource)
            if spans:
                steps = steps.union(clip(self.time.overtime(resource), spans))
            self._working[resource] = steps.without(cuts) if cuts else steps
        return self._working[resource]

    def bucket_minutes(self, steps: Steps) -> Ints:
        """Capacity-minutes of a profile by bucket: (buckets,) minutes."""
        borders = zip(self.timeline.starts.tolist(), self.timeline.ends.tolist(), strict=True)
        return np.array([steps.capacity_minutes(a, b) for a, b in borders], dtype=np.int64)

    def by_bucket(self, resource: str, start: int, end: int) -> list[tuple[int, int]]:
        """Working minutes of a resource between two instants, by bucket."""
        return list(split(self.working(resource), self.timeline.starts, self.timeline.ends, start, end))

    def attended(self, occupation: Occupation) -> list[tuple[int, int]]:
        """Stretches during which a run needs its labour and tool."""
        working = self.working(occupation.resource)
        if not self.lookup.resources[occupation.resource].setup_in_breaks:
            return list(pieces(working, occupation.setup_start, occupation.end))
        setup = (
            [(occupation.setup_start, occupation.start)] if occupation.start > occupation.setup_start else []
        )
        return setup + list(pieces(working, occupation.start, occupation.end))

    @cached_property
    def tail_changeovers(self) -> tuple[TailChangeover, ...]:
        """Changeovers along the lists of setup groups of the tail."""
        by_resource: dict[str, list[BucketSetups]] = {}
        for row in self.plan.bucket_setups:
            by_resource.setdefault(row.resource, []).append(row)
        found: list[TailChangeover] = []
        for resource, rows in by_resource.items():
            found += self._changes(resource, sorted(rows, key=lambda row: row.bucket))
        return tuple(found)

    def _changes(self, resource: str, rows: list[BucketSetups]) -> list[TailChangeover]:
        """Charge a resource's lists, each from the state that it finds."""
        minute_runs = [
            (self.timeline.bucket_of_start(one.start), one.group)
            for one in self.occupations.get(resource, ())
        ]
        state = self.lookup.initial_group(self.lookup.resources[resource])
        listed = -1
        found = []
        for row in rows:
            # Runs to the minute that start after the last list set the state; in a bucket they come first.
            for bucket, group in minute_runs:
                if listed < bucket <= row.bucket:
                    state = group
            for group in row.groups:
                cost = change(self.lookup, resource, state, group)
                found.append(TailChangeover(resource, row.bucket, state, group, cost))
                state = group
            listed = row.bucket
        return found

    def usage_of_labour(self) -> dict[str, list[Use]]:
        """Stretches of labour by pool: runs to the minute and analysts."""
        uses = self.usage_by_modes(self.lookup.labour)
        for record in self.plan.inspections:
            row = self.lookup.inspection_rows[record.inspection]
            if row.analysts and row.labour:
                name = f"{record.object}/{record.inspection}"
                parts = list(pieces(self.working(record.lab), record.start, record.end))
                uses.setdefault(row.labour, []).extend((a, b, row.analysts, name) for a, b in parts)
        return uses

    def usage_of_tools(self) -> dict[str, list[Use]]:
        """Stretches of tools: runs to the minute."""
        return self.usage_by_modes(self.lookup.tools)

    def usage_by_modes(self, helpers: Callable[[OperationResource], Pools]) -> dict[str, list[Use]]:
        """Stretches of what the modes of runs to the minute take beside their resource."""
        uses: dict[str, list[Use]] = {}
        for one, mode in self._moded():
            for name, units in helpers(mode):
                parts = self.attended(one)
                uses.setdefault(name, []).extend((a, b, units, one.charged.name) for a, b in parts)
        return uses

    def _moded(self) -> Iterator[tuple[Occupation, OperationResource]]:
        """Occupations with the mode that is charged."""
        for sequence in self.occupations.values():
            for one in sequence:
                if one.charged.mode is not None:
                    yield one, one.charged.mode

    def usage_of_labs(self) -> dict[str, list[Use]]:
        """Stretches of lab slots: inspections to the minute."""
        uses: dict[str, list[Use]] = {}
        for record in self.plan.inspections:
            slots = self.lookup.inspection_rows[record.inspection].slots
            name = f"{record.object}/{record.inspection}"
            parts = pieces(self.working(record.lab), record.start, record.end)
            uses.setdefault(record.lab, []).extend((a, b, slots, name) for a, b in parts)
        return uses
