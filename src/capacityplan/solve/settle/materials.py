"""Components of tail lots: what a lot takes, whether it is there, and how much of it."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Stage
from capacityplan.domain.timeline import Timeline
from capacityplan.prepare.lotflow import accept, components_taken, passed
from capacityplan.solve.settle.job import Job
from capacityplan.solve.settle.labs import Labs
from capacityplan.solve.settle.stock import Stock
from capacityplan.units import ceil_div, floor_fraction, floor_product

_LEAST_SHARE = {True: Fraction(9, 10), False: Fraction(1, 2)}
"""Share of a lot below which it is not cut to the material there is, in buckets of a day (waiting
for the next costs little) and in longer ones."""


class Materials:
    """What stock lets tail lots take."""

    def __init__(self, lookup: Lookup, timeline: Timeline, labs: Labs, stock: Stock) -> None:
        self._lookup = lookup
        self._timeline = timeline
        self._labs = labs
        self._stock = stock
        self._starved: dict[tuple[str, str], tuple[int, int, str, int]] = {}
        """Bucket, quantity, component and its arrivals when an (item, version) last lacked one."""
        self._bought = {item for _, item in lookup.offers}
        self._backlog: dict[str, dict[int, int]] = defaultdict(dict)
        """Base units of components that waiting lots lack, by item and bucket."""

    def needs(self, job: Job, quantity: int, bucket: int) -> list[tuple[int, str, int]]:
        """Components by step; quantities along the routing without in-process losses (never too few)."""
        lot = job.wish.lot
        start = int(self._timeline.starts[bucket])
        needs = []
        for step, operation in enumerate(job.routing):
            # An order in progress has taken what its first operation takes.
            if not job.receipt or step:
                found = components_taken(
                    self._lookup, lot.item, lot.version, operation.operation, quantity, start
                )
                needs += [(step, component, taken) for component, taken in found]
            quantity = floor_product(quantity, operation.yield_fraction)
            for row in self._labs.rows(Stage.IN_PROCESS, lot.item, operation.operation):
                if row.every_lots == 1:
                    quantity = self.recovered(
                        lot.item, lot.version, accept(quantity, [row]), quantity, row.inspection
                    )
        return needs

    def recovered(self, item: str, version: str, good: int, before: int, inspection: str) -> int:
        """Quantity after an inspection, with what its rework brings back."""
        row = self._lookup.inspection_rows[inspection]
        if not row.rework_operation:
            return good
        rejects = passed(before, row)[1]
        rework = self._lookup.rework.get((item, version, row.rework_operation))
        return good + (floor_product(rejects, rework.yield_fraction) if rework else 0)

    def is_supplied(self, job: Job, quantity: int, bucket: int) -> bool:
        """Whether all components are there, asked again only after something has come in."""
        if self.is_starved(job, quantity, bucket):
            return False
        totals: dict[str, int] = defaultdict(int)
        for _, component, needed in self.needs(job, quantity, bucket):
            totals[component] += needed
        for component, total in totals.items():
            if not self._stock.can_consume(component, total, bucket):
                lot = job.wish.lot
                self._starved[lot.item, lot.version] = (
                    bucket, quantity, component, self._stock.arrivals[component]
                )  # fmt: skip
                return False
        return True

    def is_starved(self, job: Job, quantity: int, bucket: int) -> bool:
        """Whether so much of the item has lacked a component in this bucket, and none came in since."""
        known = self._starved.get((job.wish.lot.item, job.wish.lot.version))
        if known is None:
            return False
        when, refused, component, arrivals = known
        return when == bucket and quantity >= refused and self._stock.arrivals[component] == arrivals

    def supplied(self, job: Job, bucket: int) -> int:
        """Largest smaller quantity for which all components are there; 0 where that is too little."""
        item = self._lookup.items[job.wish.lot.item]
        step = max(item.lot_multiple, 1)
        most = (job.quantity - 1) // step
        share = _LEAST_SHARE[int(self._timeline.days[bucket]) == 1]
        least = ceil_div(max(item.min_lot, floor_fraction(job.quantity * share), 1), step)
        if most < least or not self.is_supplied(job, least * step, bucket):
            return 0
        while least < most:
            middle = (least + most + 1) // 2
            if self.is_supplied(job, middle * step, bucket):
                least = middle
            else:
                most = middle - 1
        return least * step

    def note_waiting(self, jobs: list[Job], bucket: int) -> None:
        """Note what waiting lots lack in a bucket, beyond what is already being made."""
        wanted: dict[str, int] = defaultdict(int)
        coming: dict[str, int] = defaultdict(int)
        for job in jobs:
            coming[job.wish.lot.item] += job.quantity
            totals: dict[str, int] = defaultdict(int)
            for _, component, needed in self.needs(job, job.quantity, bucket):
                totals[component] += needed
            lacking = {
                name for name, total in totals.items() if not self._stock.can_consume(name, total, bucket)
            }
            # A lot that lacks what is made waits for that: what is bought for it is asked for later.
            made = lacking - self._bought
            for component in made or (self._bought & set(totals) if lacking else ()):
                wanted[component] += totals[component]
        for component, quantity in wanted.items():
            missing = quantity - self._stock.consumable(component, quantity, bucket) - coming[component]
            if missing > 0:
                self._backlog[component][bucket] = missing

    def short(self) -> tuple[dict[tuple[str, int], int], dict[tuple[str, int], int]]:
        """Components that lots lack from a bucket to the end: base units by item and bucket.

        What a lot lacks for a while only, because a later order or lot brings it, is left out.

        Returns
        -------
        bought, made : dict
        """
        last = len(self._timeline) - 1
        bought: dict[tuple[str, int], int] = {}
        made: dict[tuple[str, int], int] = {}
        for component, backlog in self._backlog.items():
            found = bought if component in self._bought else made
            lasting = backlog.get(last, 0)
            for bucket in range(last, -1, -1):
                before = min(lasting, backlog.get(bucket - 1, 0))
                if lasting > before:
                    found[component, bucket] = lasting - before
                lasting = before
        return bought, made

    def reserve(self, job: Job, bucket: int) -> bool:
        """Take every component of the lot; later operations' are held from now on."""
        if not self.is_supplied(job, job.quantity, bucket):
            return False
        for step, component, quantity in self.needs(job, job.quantity, bucket):
            self._stock.consume(component, quantity, int(self._timeline.starts[bucket]), bucket)
            job.reserved.append((step, component, quantity, bucket))
        return True
