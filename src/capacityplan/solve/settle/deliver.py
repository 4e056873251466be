"""Deliveries from what is free: the dearest lateness first, bucket by bucket."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np

from capacityplan.demand import Demand
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Delivery, Lost
from capacityplan.domain.plant import CalendarKind, Lateness, LockKind
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.solve.settle.give_up import Wanted, given_up
from capacityplan.solve.settle.stock import Inflow, Stock
from capacityplan.units import MINUTES_PER_DAY

_CLOCK_CHANGE = 60
_NEVER_LOST = 1000.0
"""Times as dear to lose is a locked order where others can be given up for it."""


class Shipping:
    """Open demand and the deliveries made so far."""

    def __init__(
        self,
        lookup: Lookup,
        timeline: Timeline,
        working: WorkingTime,
        demands: tuple[Demand, ...],
        stock: Stock,
        given_up: Mapping[str, int],
    ) -> None:
        self._lookup = lookup
        self._timeline = timeline
        self._working = working
        self._stock = stock
        self._minute = lookup.plant.costs.lateness is Lateness.MINUTE
        locked = {lock.object for lock in lookup.plant.locks if lock.kind is LockKind.ORDER}
        self._locked = locked
        self._demands = sorted(
            demands,
            key=lambda row: (row.demand not in locked, -row.late_rate, row.due, -row.lost_rate, row.demand),
        )
        self._given_up = given_up
        self._open = {row.demand: row.quantity - given_up.get(row.demand, 0) for row in demands}
        self._owed: dict[str, Fraction] = defaultdict(Fraction)
        self._docked: dict[tuple[str, int], set[str]] = defaultdict(set)
        self.deliveries: list[Delivery] = []

    def ship(self, bucket: int) -> None:
        """Ship what is free in a bucket to the demand that is due by its arrival."""
        for demand in self._demands:
            wanted = self._open[demand.demand]
            if wanted:
                self._serve(demand, wanted, bucket)

    def lost(self) -> tuple[Lost, ...]:
        """Demand that was never served, given up at its due date."""
        never = {
            row.demand: self._open[row.demand] + self._given_up.get(row.demand, 0) for row in self._demands
        }
        return tuple(Lost(demand, quantity) for demand, quantity in never.items() if quantity)

    def has_arrears(self) -> bool:
        """Whether demand is lost or was delivered in a later bucket than it is due."""
        return bool(self._in_arrears())

    def better_given_up(self, supply: Mapping[str, list[Inflow]]) -> dict[str, int]:
        """Base units of demand that are better not served at all, where not all can be served in time.

        Parameters
        ----------
        supply : dict of item to list of Inflow
            What comes into stock and is not used to make something else.
        """
        short = self._in_arrears() & set(supply)
        rows = [self._wanted(row) for row in self._demands if row.item in short]
        found = given_up(rows, supply)
        return {
            row.demand: found[row.demand]
            for row in self._demands
            if row.demand in found
            and (row.quantity == found[row.demand] or row.quantity - found[row.demand] >= row.min_shipment)
        }

    def _in_arrears(self) -> set[str]:
        """Items of which demand is lost or was delivered in a later bucket than it is due."""
        due = {row.demand: row.bucket for row in self._demands}
        late = {
            row.item for row in self.deliveries if self._timeline.bucket_of_end(row.arrive) > due[row.demand]
        }
        return late | {row.item for row in self._demands if self._open[row.demand]}

    def _wanted(self, demand: Demand) -> Wanted:
        """A demand as the flow of deliveries sees it."""
        timeline = self._timeline
        moments = [self._moment(demand, bucket) for bucket in range(len(timeline))]
        ship = np.array([row[0] for row in moments], dtype=np.int64)
        arrive = ship + demand.transit
        arrival = np.searchsorted(timeline.ends, arrive, side="left")
        if self._minute:
            days = np.maximum(arrive - demand.due, 0) / MINUTES_PER_DAY
        else:
            each = timeline.all_days_late(demand.due)
            each[: demand.bucket] = 0
            days = np.concatenate([[0], np.cumsum(each)])[np.minimum(arrival, len(timeline))]
        possible = (arrival >= demand.bucket) & (arrival < len(timeline))
        lost = float(demand.lost_rate) * (_NEVER_LOST if demand.demand in self._locked else 1.0)
        return Wanted(
            demand.demand, demand.item, demand.quantity, lost,
            np.array([row[1] for row in moments], dtype=np.int64),
            ship + self._lookup.items[demand.item].min_remaining_life_days * MINUTES_PER_DAY,
            np.where(possible, float(demand.late_rate) * days, np.inf),
        )  # fmt: skip

    def _serve(self, demand: Demand, wanted: int, bucket: int) -> None:
        ship, firm = self._moment(demand, bucket)
        arrive = ship + demand.transit
        arrival = self._timeline.bucket_of_end(arrive)
        if (
            arrival < demand.bucket
            or arrival >= len(self._timeline)
            or not self._worth(demand, arrive, arrival)
        ):
            return
        if not self._dock_free(demand, bucket):
            return
        quantity = self._stock.deliverable(demand.item, wanted, ship, firm)
        if not quantity or (quantity < demand.min_shipment and quantity < wanted):
            return
        for part, at in self._parts(demand, quantity, bucket, ship):
            delivery = Delivery(demand.demand, demand.item, part, at, at + demand.transit)
            self._stock.deliver(delivery, bucket)
            self._open[demand.demand] -= part
            self.deliveries.append(delivery)
        if demand.ship_from:
            self._docked[demand.ship_from, bucket].add(demand.customer)

    def _parts(self, demand: Demand, quantity: int, bucket: int, ship: int) -> Iterator[tuple[int, int]]:
        """Quantities and the minutes at which they ship: where minutes count, late ones as they come."""
        if (
            not self._minute
            or demand.transit
            or bucket >= self._timeline.window_buckets
            or self._stock.perishable(demand.item)
        ):
            yield quantity, ship
            return
        least = max(demand.min_shipment, 1)
        while quantity:
            at = self._stock.earliest(demand.item, quantity, bucket)
            part = quantity
            if at > demand.due and quantity >= 2 * least:
                first = self._stock.earliest(demand.item, least, bucket)
                free = self._stock.free(demand.item, first, bucket)
                if first < at and quantity - free >= least:
                    part, at = free, first
            yield part, at
            quantity -= part

    def _moment(self, demand: Demand, bucket: int) -> tuple[int, int]:
        """Shipping minute in a bucket, and the bucket from whose end on the stock must be free.

        In the window a shipment with transit leaves an hour before midnight, so that its arrival
        stays within a day even over a change of the clocks; its stock is there the evening before. A
        bucket of the tail says no more than that it is there within it: where minutes count, what falls
        due in it is not late.
        """
        start, end = int(self._timeline.starts[bucket]), int(self._timeline.ends[bucket])
        if bucket >= self._timeline.window_buckets:
            due_here = self._minute and start < demand.due - demand.transit and demand.due <= end
            return max(start + 1, (demand.due if due_here else end) - demand.transit), bucket
        if not demand.transit:
            return end, bucket
        return (end - _CLOCK_CHANGE, bucket - 1) if bucket else (end, bucket)

    def _worth(self, demand: Demand, arrive: int, arrival: int) -> bool:
        """Whether delivering now is cheaper than giving the demand up."""
        if demand.demand in self._locked:
            return True
        if self._minute:
            late = demand.late_rate * max(0, arrive - demand.due) / MINUTES_PER_DAY
        else:
            days = int(self._timeline.all_days_late(demand.due)[demand.bucket : arrival].sum())
            late = demand.late_rate * days
        return late < demand.lost_rate or late == 0

    def _dock_free(self, demand: Demand, bucket: int) -> bool:
        """Whether the dock has a slot for the demand's customer."""
        if not demand.ship_from or demand.customer in self._docked[demand.ship_from, bucket]:
            return True
        dock = self._lookup.resources[demand.ship_from]
        steps = self._working.calendar(dock.calendar, CalendarKind.WORK, dock.capacity)
        clock = self._timeline.clock
        first = int(self._timeline.first_day[bucket])
        slots = 0
        for day in range(first, first + int(self._timeline.days[bucket])):
            opens = steps.open_minutes(clock.midnight(day), clock.midnight(day + 1))
            slots += dock.capacity if opens else 0
        return len(self._docked[demand.ship_from, bucket]) < slots
