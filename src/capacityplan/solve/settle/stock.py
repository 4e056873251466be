"""What stock is free when: projected stock from everything committed so far.

Ordinary items need only bucket totals (and the lowest point inside each bucket of the window);
items with a shelf life are replayed first expired first out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Delivery
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Ints, Timeline
from capacityplan.solve.settle.batches import Batches
from capacityplan.solve.settle.facts import Made
from capacityplan.units import MINUTES_PER_DAY

INFLOW, CONSUMPTION, DELIVERY = 0, 1, 2
PHASES = 4
NEVER = 1 << 60


@dataclass(frozen=True, slots=True)
class Inflow:
    """A quantity that becomes unrestricted at a minute (tail: in a bucket)."""

    item: str
    quantity: int
    minute: int
    bucket: int
    expiry: int


class Stock:
    """Committed flows of every item and what is free beside them (base units)."""

    def __init__(self, plant: Plant, lookup: Lookup, timeline: Timeline) -> None:
        self._timeline = timeline
        self._lookup = lookup
        self._index = {row.item: index for index, row in enumerate(plant.items)}
        shape = (len(plant.items), len(timeline))
        self.projected: Ints = np.zeros(shape, dtype=np.int64)
        self.arrivals: Counter[str] = Counter()
        """How often something of an item came in: what lacked it may be asked again."""
        self._moves: dict[int, list[tuple[int, int, int]]] = {}
        self._dip: Ints = np.zeros(shape, dtype=np.int64)
        self.inflows: list[Inflow] = []
        self._perishable = {item: Batches() for item in lookup.perishable}

    def perishable(self, item: str) -> bool:
        """Whether lots of the item can expire."""
        return item in self._perishable

    def expiry(self, item: str, completed: int) -> int:
        """Expiry of a lot of an item completed (or arrived) at a minute."""
        days = self._lookup.items[item].shelf_life_days
        return NEVER if days is None else completed + days * MINUTES_PER_DAY

    def inflow(self, item: str, quantity: int, minute: int, bucket: int, expiry: int) -> Inflow | None:
        """Commit a quantity that becomes unrestricted at a minute (tail: in a bucket); None if none does."""
        if bucket >= len(self._timeline) or quantity <= 0:
            return None
        found = Inflow(item, quantity, minute, bucket, expiry)
        self.projected[self._index[item], bucket:] += quantity
        self.arrivals[item] += 1
        self.inflows.append(found)
        self._note(item, minute, bucket, quantity, INFLOW)
        if item in self._perishable:
            self._perishable[item].put((self._key(minute, bucket, INFLOW), quantity, expiry))
        return found

    def beside(self, component: str, quantity: int, completed: int, bucket: int) -> None:
        """Commit a by-product, free at its lot's completion."""
        self.inflow(component, quantity, completed, bucket, self.expiry(component, completed))

    def commit(self, made: Made) -> None:
        """Commit what a lot of the window takes, and what comes out beside it."""
        for taking in made.takings:
            bucket = self._timeline.bucket_of_start(taking.minute)
            if bucket < len(self._timeline):
                self.consume(taking.component, taking.quantity, taking.minute, bucket)
        for component, quantity in made.beside:
            self.beside(component, quantity, made.completed, self._timeline.bucket_of_end(made.completed))

    def projected_of(self, item: str) -> Ints:
        """Committed stock of an item at bucket ends, expiry left aside: (buckets,) base units."""
        levels: Ints = self.projected[self._index[item]]
        return levels

    def lowest(self, inflow: Inflow) -> int:
        """Lowest committed level from the bucket of an inflow on, expiry left aside."""
        row, bucket = self._index[inflow.item], inflow.bucket
        before = np.concatenate([[0], self.projected[row, :-1]])[bucket:]
        return int(
            min(
                self.projected[row, bucket:].min(),
                (before + self._dip[row, bucket:])[: max(0, self._timeline.window_buckets - bucket)].min(
                    initial=NEVER
                ),
            )
        )

    def spare(self, inflow: Inflow, grain: int) -> int:
        """Largest part of a committed inflow without which all that is committed is still served.

        Of items that expire it is found to within a grain: the search asks for that much first,
        since most inflows are needed to the last unit.
        """
        if inflow.item not in self._perishable:
            return max(0, min(inflow.quantity, self.lowest(inflow)))
        batches = self._perishable[inflow.item]
        key = self._key(inflow.minute, inflow.bucket, INFLOW)
        short = batches.shortage()
        batches.take_out((key, inflow.quantity, inflow.expiry))
        spare, too_much = 0, inflow.quantity + 1
        middle = min(grain, inflow.quantity)
        while spare < middle < too_much:
            rest = (key, inflow.quantity - middle, inflow.expiry)
            batches.put(rest)
            if batches.shortage() <= short:
                spare = middle
            else:
                too_much = middle
            batches.take_out(rest)
            middle = (spare + too_much) // 2 if too_much - spare > grain else spare
        batches.put((key, inflow.quantity, inflow.expiry))
        return spare

    def cut(self, inflow: Inflow, less: int) -> None:
        """Take back a part of a committed inflow."""
        self.projected[self._index[inflow.item], inflow.bucket :] -= less
        self._note(inflow.item, inflow.minute, inflow.bucket, -less, INFLOW)
        if inflow.item in self._perishable:
            batches = self._perishable[inflow.item]
            key = self._key(inflow.minute, inflow.bucket, INFLOW)
            batches.take_out((key, inflow.quantity, inflow.expiry))
            batches.put((key, inflow.quantity - less, inflow.expiry))

    def consume(self, item: str, quantity: int, minute: int, bucket: int) -> None:
        """Commit components taken at a minute (tail: in a bucket)."""
        self.projected[self._index[item], bucket:] -= quantity
        self._note(item, minute, bucket, -quantity, CONSUMPTION)
        if item in self._perishable:
            self._perishable[item].take(self._taking(minute, bucket, quantity))

    def move_consumption(self, item: str, quantity: int, before: int, after: int) -> None:
        """Shift components reserved in a tail bucket to the later one in which they are taken."""
        if after == before:
            return
        self.projected[self._index[item], before:after] += quantity
        if item in self._perishable:
            starts = self._timeline.starts
            batches = self._perishable[item]
            batches.put_back(self._taking(int(starts[before]), before, quantity))
            batches.take(self._taking(int(starts[after]), after, quantity))

    def can_consume(self, item: str, quantity: int, bucket: int) -> bool:
        """Whether a quantity is free from a tail bucket on."""
        if int(self.projected[self._index[item], bucket:].min()) < quantity:
            return False
        if item not in self._perishable:
            return True
        taking = self._taking(int(self._timeline.starts[bucket]), bucket, quantity)
        return self._perishable[item].covers(taking)

    def consumable(self, item: str, wanted: int, bucket: int) -> int:
        """Largest quantity up to ``wanted`` that is free from a tail bucket on."""
        if self.can_consume(item, wanted, bucket):
            return wanted
        most, too_much = 0, wanted
        while too_much - most > 1:
            middle = (most + too_much) // 2
            if self.can_consume(item, middle, bucket):
                most = middle
            else:
                too_much = middle
        return most

    def deliver(self, delivery: Delivery, bucket: int) -> None:
        """Commit a delivery that ships in a bucket."""
        self.projected[self._index[delivery.item], bucket:] -= delivery.quantity
        self._note(delivery.item, delivery.ship, bucket, -delivery.quantity, DELIVERY)
        if delivery.item in self._perishable:
            shipping = self._shipping(delivery.item, delivery.ship, bucket, delivery.quantity)
            self._perishable[delivery.item].take(shipping)

    def deliverable(self, item: str, wanted: int, ship: int, bucket: int) -> int:
        """Largest quantity up to ``wanted`` that may ship without starving what is committed."""
        row = self._index[item]
        low = self.projected[row, bucket:].copy()
        low[1:] = np.minimum(low[1:], self.projected[row, bucket:-1] + self._dip[row, bucket + 1 :])
        most = max(0, min(wanted, int(low.min())))
        if item not in self._perishable or not most:
            return most
        return self._perishable[item].most(self._shipping(item, ship, bucket, most))

    def earliest(self, item: str, quantity: int, bucket: int) -> int:
        """First minute of a window bucket from which a deliverable quantity stays free in it."""
        row = self._index[item]
        level = int(self.projected[row, bucket - 1]) if bucket else 0
        since = int(self._timeline.starts[bucket]) + 1 if level >= quantity else None
        for minute, _, step in self._moves.get(row * len(self._timeline) + bucket, ()):
            level += step
            if level < quantity:
                since = None
            elif since is None:
                since = minute
        return (
            int(self._timeline.ends[bucket])
            if since is None
            else max(since, int(self._timeline.starts[bucket]) + 1)
        )

    def free(self, item: str, minute: int, bucket: int) -> int:
        """Quantity of a window bucket that is there at a minute and stays free to the bucket's end."""
        row = self._index[item]
        level = int(self.projected[row, bucket - 1]) if bucket else 0
        lowest = NEVER
        for at, _, step in self._moves.get(row * len(self._timeline) + bucket, ()):
            if at > minute:
                lowest = min(lowest, level)
            level += step
        return min(lowest, level)

    def _taking(self, minute: int, bucket: int, quantity: int) -> tuple[int, int, int]:
        at = minute if bucket < self._timeline.window_buckets else int(self._timeline.starts[bucket])
        return self._key(minute, bucket, CONSUMPTION), quantity, at + 1

    def _shipping(self, item: str, ship: int, bucket: int, quantity: int) -> tuple[int, int, int]:
        at = ship if bucket < self._timeline.window_buckets else int(self._timeline.starts[bucket])
        keep = self._lookup.items[item].min_remaining_life_days * MINUTES_PER_DAY
        return self._key(ship, bucket, DELIVERY), quantity, at + max(keep, 1)

    def _key(self, minute: int, bucket: int, phase: int) -> int:
        if bucket >= self._timeline.window_buckets:
            minute = int(self._timeline.starts[bucket]) + 1
        return minute * PHASES + phase

    def _note(self, item: str, minute: int, bucket: int, change: int, phase: int) -> None:
        """Keep the lowest point inside a window bucket up to date."""
        if bucket >= self._timeline.window_buckets:
            return
        row = self._index[item]
        moves = self._moves.setdefault(row * len(self._timeline) + bucket, [])
        moves.append((minute, phase, change))
        moves.sort()
        level = lowest = 0
        for _, _, step in moves:
            level += step
            lowest = min(lowest, level)
        self._dip[row, bucket] = lowest
