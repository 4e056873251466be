"""Stock on shelves and demand served from them, in all samples at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from capacityplan.demand.choice import changes
from capacityplan.demand.netting import Demand
from capacityplan.explain.readiness import readiness
from capacityplan.scenario.futures import Floats
from capacityplan.units import MINUTES_PER_DAY
from capacityplan.verify.case import Case

_TINY = 1e-6


@dataclass(slots=True)
class Shelf:
    """Stock of an item: (samples, batches) base units; batches expire at given minutes."""

    expires: Floats
    batches: Floats

    def free(self, until: float) -> Floats:
        """Quantity whose life lasts beyond a minute."""
        total: Floats = self.batches[:, self.expires > until].sum(axis=1)
        return total

    def take(self, wanted: Floats, until: float) -> None:
        """Take what is there for sure, first expired first out."""
        usable = self.expires > until
        rows = self.batches[:, usable]
        before = np.cumsum(rows, axis=1) - rows
        self.batches[:, usable] = rows - np.clip(wanted[:, None] - before, 0, rows)

    def expire(self, minute: float) -> Floats:
        """Remove what has expired; return how much."""
        gone = self.expires <= minute
        total: Floats = self.batches[:, gone].sum(axis=1)
        self.batches[:, gone] = 0
        return total


class Served:
    """Demand in every future: what is open, what was served in time, what lateness costs."""

    def __init__(
        self, case: Case, shelves: dict[str, Shelf], moved: dict[tuple[str, str], Floats], samples: int
    ) -> None:
        self._case, self._shelves, self._samples = case, shelves, samples
        self.late: dict[str, Floats] = {}
        self.lost: dict[str, Floats] = {}
        self._due: dict[int, list[tuple[Demand, Floats]]] = defaultdict(list)
        self._ship: dict[str, int] = {}
        self._open: list[tuple[Demand, Floats]] = []
        self._wanted = np.zeros(samples)
        self._in_time = np.zeros(samples)
        self._changes = {row.demand: row for row in changes(case.stated, case.plan.choices, case.timeline)}
        self._delivered: dict[str, Floats] = {}
        self._launches = {
            one.name: {row.demand for row in one.demands} for one in readiness(case) if one.is_planned
        }
        self._open_launches = {name: np.zeros(samples) for name in self._launches}
        given_up = {row.demand: float(row.quantity) for row in case.plan.lost}
        for demand in case.demand.values():
            drawn = np.full(samples, float(demand.quantity))
            change = moved.get((demand.item, demand.customer))
            if not demand.is_order and change is not None:
                drawn = np.maximum(drawn + change[:, demand.bucket], 0)
            self._launched(demand, drawn)
            self._wanted += drawn / case.lookup.scale[demand.item]
            drawn = drawn - self._lose(demand, np.minimum(drawn, given_up.get(demand.demand, 0.0)))
            ship = case.timeline.bucket_of_end(int(case.timeline.ends[demand.bucket]) - demand.transit)
            self._ship[demand.demand] = max(0, ship)
            self._due[max(0, ship)].append((demand, drawn))

    def _lose(self, demand: Demand, quantity: Floats) -> Floats:
        """Charge what is lost (what the plan gives up is, in every future); return it."""
        rate = float(demand.lost_rate) / self._case.lookup.scale[demand.item]
        if quantity.any():
            before = self.lost.get(demand.item, np.zeros(self._samples))
            self.lost[demand.item] = before + quantity * rate
        return quantity

    def serve(self, bucket: int) -> None:
        """Serve what is due or open, dearest lateness first, and charge what is late."""
        case, timeline = self._case, self._case.timeline
        self._open += self._due.pop(bucket, [])
        self._open.sort(key=lambda row: (-row[0].late_rate, row[0].due, row[0].demand))
        rest = []
        for demand, quantity in self._open:
            shelf = self._shelves.get(demand.item)
            life = case.lookup.items[demand.item].min_remaining_life_days * MINUTES_PER_DAY
            ship = float(timeline.starts[bucket])
            if shelf is not None:
                given = np.minimum(quantity, shelf.free(ship + life))
                shelf.take(given, ship + life)
                quantity = quantity - given
                if demand.demand in self._changes:
                    before = self._delivered.get(demand.demand, np.zeros(self._samples))
                    self._delivered[demand.demand] = before + given
                if bucket <= self._ship[demand.demand]:
                    self._in_time += given / case.lookup.scale[demand.item]
                    self._launched(demand, -given)
            if (quantity > _TINY).any():
                self._charge_late(demand, quantity, bucket)
                rest.append((demand, quantity))
        self._open = rest

    def _charge_late(self, demand: Demand, quantity: Floats, bucket: int) -> None:
        # What is not shipped now is not there in the buckets that the next shipment comes too late for.
        now, then = self._arrival(bucket, demand.transit), self._arrival(bucket + 1, demand.transit)
        days = sum(self._case.days_late(demand.due)[now:then])
        rate = float(demand.late_rate) * days / self._case.lookup.scale[demand.item]
        if rate:
            before = self.late.get(demand.item, np.zeros(self._samples))
            self.late[demand.item] = before + quantity * rate

    def _arrival(self, bucket: int, transit: int) -> int:
        """Bucket in which what is shipped at the beginning of a bucket arrives."""
        timeline = self._case.timeline
        if bucket >= len(timeline):
            return len(timeline)
        return min(timeline.bucket_of_end(int(timeline.starts[bucket]) + transit + 1), len(timeline))

    def close(self) -> Floats:
        """Charge what was never served; return what late and lost demand costs, less what choices bring."""
        for demand, quantity in self._open:
            self._lose(demand, quantity)
        zero = np.zeros(self._samples)
        total: Floats = sum((*self.late.values(), *self.lost.values()), zero)
        return total - self._brought()

    def _brought(self) -> Floats:
        """Revenue of the demand that the plan's choices add, less that of what they take."""
        total = np.zeros(self._samples)
        for name, row in self._changes.items():
            delivered = self._delivered.get(name, np.zeros(self._samples))
            more = np.minimum(row.quantity, np.maximum(delivered - row.before, 0))
            total += more * float(row.price) / self._case.lookup.scale[row.item]
        return total

    def _launched(self, demand: Demand, quantity: Floats) -> None:
        """Count what is wanted (and, negative, served in time) of launches' first weeks."""
        for name, demands in self._launches.items():
            if demand.demand in demands:
                self._open_launches[name] = self._open_launches[name] + quantity

    def launches(self) -> dict[str, Floats]:
        """Whether all that is wanted at a launch was served in time: 1 or 0 by sample."""
        return {name: (left <= _TINY).astype(float) for name, left in self._open_launches.items()}

    def share(self) -> Floats:
        """Share of the demanded quantity served in time."""
        return np.where(self._wanted > 0, self._in_time / np.maximum(self._wanted, _TINY), 1.0)
