"""From window schedule and lot plan to one exact plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial

from capacityplan.demand import Demand, net
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import (
    BucketOvertime,
    BucketRun,
    BucketSetups,
    Plan,
    Provenance,
    Purchase,
)
from capacityplan.domain.plant import Plant, Receipt, ReceiptKind, Stage, StockStatus
from capacityplan.domain.plant import Stock as StockLot
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.prepare.flow import Clockwork
from capacityplan.prepare.lotflow import beside, in_progress
from capacityplan.prepare.purchasing import Arrival, arrivals
from capacityplan.solve.settle.again import Again
from capacityplan.solve.settle.capacity import Capacity
from capacityplan.solve.settle.deliver import Shipping
from capacityplan.solve.settle.facts import Made, WindowFacts, after_inspection
from capacityplan.solve.settle.job import Job
from capacityplan.solve.settle.labs import Labs, Release, Rows
from capacityplan.solve.settle.manner import Manner, Place
from capacityplan.solve.settle.purchases import topped_up
from capacityplan.solve.settle.refill import refilled
from capacityplan.solve.settle.stock import NEVER, Inflow, Stock
from capacityplan.solve.settle.storages import lessened
from capacityplan.solve.settle.tail import Tail
from capacityplan.solve.settle.trim import idle, trimmed
from capacityplan.solve.types import LotPlan, PlannedLot, WindowSchedule
from capacityplan.solve.upkeep import around, spared
from capacityplan.units import MINUTES_PER_DAY
from capacityplan.verify import check


@dataclass(frozen=True, slots=True)
class _Finished:
    """A finished object that becomes stock: a lot, a purchase or a receipt."""

    name: str
    item: str
    version: str
    quantity: int
    completed: int
    stage: Stage
    supplier: str = ""
    rework_end: int = 0
    is_lot: bool = False
    """Whether it is a lot of the plan: of others none is validated, or waits for a validation."""


def settle_once(
    plant: Plant,
    window: WindowSchedule,
    lots: LotPlan,
    provenance: Provenance,
    left: Mapping[str, int] | None = None,
) -> Plan:
    """Make a plan as `settle` does, at once: what lots lack is not ordered again.

    Parameters
    ----------
    left : dict of purchase to base units, optional
        Purchases to be cut back (`storages.overfull`).
    """
    return spared(plant, _Settlement(plant, window, lots, Manner(left=left or {})).plan(provenance))


def settle(plant: Plant, window: WindowSchedule, lots: LotPlan, provenance: Provenance) -> Plan:
    """Make a plan that keeps the window's schedule and realises the rest of a lot plan.

    Parameters
    ----------
    plant : Plant
    window : WindowSchedule
        Facts: lots, runs, inspections and overtime of the window.
    lots : LotPlan
        Wishes: lots that start in the tail, purchases, overtime by bucket.
    provenance : Provenance

    Returns
    -------
    Plan
        Without ledger and certificate.
    """
    manner = Manner()
    attempt = _Settlement(plant, window, lots, manner)
    plan = attempt.plan(provenance)
    rank: tuple[int, Fraction] | None = None
    offers = any(row.overtime_calendar for row in plant.resources)
    others = (
        _with_lots_cut,
        _with_left_out,
        _with_bought,
        _with_made,
        _with_made,
        *(_with_overtime,) * offers,
        _with_given_up,
        _pulled_ahead,
        _with_left_out,
        _without_idle,
        _without_idle,
    )
    seen = [manner]
    for wanted in others:
        other = wanted(manner, attempt)
        if other is None or other in seen:
            continue
        seen.append(other)
        rank = rank or _rank(plant, plan)
        tried = _Settlement(plant, window, lots, other)
        candidate = tried.plan(provenance)
        reached = _rank(plant, candidate)
        if reached < rank:
            manner, attempt, plan, rank = other, tried, candidate, reached
    return spared(plant, plan)


def _with_lots_cut(manner: Manner, attempt: _Settlement) -> Manner | None:
    """Do without what is cut off lots: where far more is wanted than can be made, next lots only grow."""
    return replace(manner, handed_on=False) if attempt.has_handed_on() else None


def _with_left_out(manner: Manner, attempt: _Settlement) -> Manner | None:
    """Neither make nor buy what cannot be released within the horizon."""
    return manner.without(attempt.unreleased) if attempt.unreleased else None


def _without_idle(manner: Manner, attempt: _Settlement) -> Manner | None:
    """Leave out lots that nothing is taken of; what only they used is idle in the next attempt."""
    return manner.without(attempt.idle) if attempt.idle else None


def _with_bought(manner: Manner, attempt: _Settlement) -> Manner | None:
    """Order again what lots waited for in vain."""
    bought, _ = attempt.short()
    return manner.more(bought) if bought else None


def _with_made(manner: Manner, attempt: _Settlement) -> Manner | None:
    """Make more of what lots waited for in vain, and order what that takes."""
    bought, made = attempt.short()
    return manner.more(bought, made) if made else None


def _pulled_ahead(manner: Manner, _: _Settlement) -> Manner | None:
    """Let tail lots start a bucket before their wish where capacity is left over."""
    return replace(manner, pull_ahead=1)


def _with_overtime(manner: Manner, attempt: _Settlement) -> Manner | None:
    """Open overtime for lots that would be late."""
    return replace(manner, more_overtime=True) if attempt.has_arrears() else None


def _with_given_up(manner: Manner, attempt: _Settlement) -> Manner | None:
    """Give up the demand that would make all after it late."""
    found = attempt.better_given_up()
    return replace(manner, given_up=found) if found else None


def _rank(plant: Plant, plan: Plan) -> tuple[int, Fraction]:
    """How good a plan is: violations first, then cost."""
    verdict = check(plant, plan)
    return len(verdict.violations), verdict.cost


class _Settlement:
    def __init__(
        self,
        plant: Plant,
        window: WindowSchedule,
        lots: LotPlan,
        manner: Manner,
    ) -> None:
        self._plant, self._window = plant, window
        self._lookup = Lookup(plant)
        self._timeline = Timeline.of(plant)
        self._working = WorkingTime(plant, self._timeline)
        self._maintenance = around(plant, self._timeline, self._working, window)
        facts = WindowSchedule(
            window.lots, window.runs, window.inspections, window.overtime, self._maintenance
        )
        self._facts = WindowFacts(self._lookup, window)
        self._stock = Stock(plant, self._lookup, self._timeline)
        self._capacity = Capacity(
            self._lookup, self._timeline, self._working, facts, lots.overtime, manner.more_overtime
        )
        self._labs = Labs(self._lookup, self._timeline, self._capacity, window.inspections)
        self._tail = Tail(
            self._lookup, self._timeline, self._capacity, self._labs, self._stock, manner,
            (lot.lot for lot in window.lots),
        )  # fmt: skip
        self._again = Again(self._lookup, self._timeline, window, self._tail)
        demands: tuple[Demand, ...] = net(plant, self._timeline)
        self._shipping = Shipping(
            self._lookup, self._timeline, self._working, demands, self._stock, manner.given_up
        )
        self._wishes = self._wished(lots, manner)
        purchases = topped_up(
            self._lookup,
            self._timeline,
            lots.purchases,
            self._facts,
            tuple(self._wishes),
            self._arrivals(),
            manner.bought,
        )
        self._came: dict[str, Inflow] = {}
        self._purchases = lessened(purchases, manner.left)
        self._made: dict[str, Inflow] = {}
        """What lots of the tail bring into stock, if nothing else comes of them."""
        self._counted: list[_Finished] = []
        """What completes in the tail, counted in turn with its lots: the earliest first."""
        self.unreleased: set[str] = set()
        """Lots of the tail and purchases whose inspections do not end within the horizon."""

    def _wished(self, lots: LotPlan, manner: Manner) -> list[PlannedLot]:
        """Lots to be made in the tail."""
        window, first = self._window, self._timeline.window_buckets
        scheduled = {lot.lot for lot in window.lots}
        wishes = [wish for wish in lots.lots if wish.start_bucket >= first] + list(window.dropped)
        wishes = [wish for wish in wishes if wish.lot.lot not in scheduled and not wish.lot.receipt]
        wishes = refilled(self._lookup, self._timeline, wishes, manner.made)
        return [wish for wish in wishes if wish.lot.lot not in manner.left_out]

    def plan(self, provenance: Provenance) -> Plan:
        self._open()
        for wish in self._wishes:
            self._tail.add(wish)
        self._resume()
        for bucket in range(len(self._timeline)):
            if bucket >= self._timeline.window_buckets:
                while self._counted and self._counted[0].completed <= self._timeline.ends[bucket]:
                    self._take_in(self._counted.pop(0))
                self._tail.work(bucket, self._finish)
            self._shipping.ship(bucket)
        self._tail.close()
        self._purchases = trimmed(self._lookup, self._timeline, self._stock, self._purchases, self._came)
        return self._assemble(provenance)

    def short(self) -> tuple[dict[Place, int], dict[Place, int]]:
        """Bought and made components that waiting lots lacked: base units by item and bucket."""
        return self._tail.short()

    @cached_property
    def idle(self) -> frozenset[str]:
        """Lots of the tail that nothing is taken of; to be asked for last: it takes them out of stock."""
        return idle(self._lookup, self._timeline, self._stock, self._made)

    def has_handed_on(self) -> bool:
        """Whether what was cut off a lot went to the next one."""
        return self._tail.handed_on

    def has_arrears(self) -> bool:
        """Whether demand is late or lost."""
        return self._shipping.has_arrears()

    def better_given_up(self) -> dict[str, int]:
        """Demand that is better not served at all, of items that nothing else is made of."""
        used = {line.component for line in self._plant.bill_of_materials}
        supply: dict[str, list[Inflow]] = defaultdict(list)
        for inflow in self._stock.inflows:
            if inflow.item not in used:
                supply[inflow.item].append(inflow)
        return self._shipping.better_given_up(supply)

    def _resume(self) -> None:
        """Go on with orders in progress in the tail that find no place to the minute.

        There, breaks of people and runs that may not pause are not told apart.
        """
        placed, first = {lot.lot for lot in self._window.lots}, self._timeline.window_buckets
        if first == len(self._timeline):
            return
        receipts = {row.order: row for row in self._plant.receipts}
        for lot in in_progress(self._plant, self._lookup):
            if lot.lot not in placed:
                receipt = receipts[lot.receipt]
                self._tail.resume(PlannedLot(lot, first, first, max(receipt.due, 0)), receipt)

    def _arrivals(self) -> tuple[Arrival, ...]:
        clockwork = Clockwork(self._plant, self._lookup, self._timeline, self._working)
        return arrivals(self._lookup, self._timeline, self._working, clockwork, self._timeline.window_buckets)

    def _open(self) -> None:
        """Commit what the window and the open orders already decide."""
        for row in self._plant.stock:
            if row.is_free:
                expiry = self._stock.expiry(row.item, 0) if row.expires is None else row.expires
                bucket = self._timeline.bucket_of_start(row.since)
                self._stock.inflow(row.item, row.quantity, row.since, bucket, expiry)
            elif row.status is not StockStatus.BLOCKED:
                self._release_held(row)
        for made in self._facts.lots:
            self._stock.commit(made)
        for _, _, item, operation in sorted(self._facts.steps):
            self._labs.subject(self._labs.rows(Stage.IN_PROCESS, item, operation))
        came = [self._of_lot(made) for made in self._facts.lots]
        came += [self._of_receipt(row) for row in self._plant.receipts if not row.operation]
        came += [self._of_purchase(row) for row in self._purchases]
        for arrival in sorted(came, key=lambda row: (row.completed, row.name)):
            later = arrival.completed > self._timeline.window_end and arrival.stage is Stage.FINAL
            if later and self._labs.counts(arrival.item):
                self._counted.append(arrival)
            else:
                self._take_in(arrival)

    def _release_held(self, row: StockLot) -> None:
        """Held stock is free once its inspections are done (all of them, whatever the counter)."""
        rows = sorted(self._lookup.pending(row), key=lambda one: one.rank)
        again = partial(self._again.of_given, row.stock, row.quantity)
        released = self._labs.through(row.stock, rows, self._timeline.bucket_of_end(row.since), again)
        if released is None:
            return
        version, quantity = self._again.objects[row.stock][1], row.quantity
        for one in rows:
            quantity = after_inspection(self._lookup, row.item, version, one.inspection, quantity)
        expiry = self._stock.expiry(row.item, 0) if row.expires is None else row.expires
        self._stock.inflow(row.item, quantity, max(released[0], row.since), released[1], expiry)

    def _of_lot(self, made: Made) -> _Finished:
        lot = made.lot
        return _Finished(
            lot.lot, lot.item, lot.version, made.good, made.completed, Stage.FINAL, "", made.rework_end, True
        )

    def _of_receipt(self, row: Receipt) -> _Finished:
        stage = Stage.INCOMING if row.kind is ReceiptKind.PURCHASE else Stage.FINAL
        version = self._again.objects[row.order][1]
        return _Finished(row.order, row.item, version, row.quantity, max(row.due, 0), stage)

    def _of_purchase(self, row: Purchase) -> _Finished:
        return _Finished(row.purchase, row.item, "", row.quantity, row.arrives, Stage.INCOMING, row.supplier)

    def _take_in(self, arrival: _Finished) -> None:
        """Count, inspect and stock an object whose completion is known to the minute."""
        incoming = arrival.stage is Stage.INCOMING
        bucket = (self._timeline.bucket_of_start if incoming else self._timeline.bucket_of_end)(
            arrival.completed
        )
        rows = self._labs.subject(self._labs.rows(arrival.stage, arrival.item, supplier=arrival.supplier))
        gates = self._labs.first_lot(arrival.item) if arrival.is_lot else []
        released = self._labs.through(arrival.name, [*rows, *gates], bucket, partial(self._reworked, arrival))
        if released is None:
            self.unreleased.add(arrival.name)
            return
        quantity = arrival.quantity
        for row in [*rows, *gates]:
            quantity = after_inspection(self._lookup, arrival.item, arrival.version, row.inspection, quantity)
        minute = max(released[0], arrival.completed, arrival.rework_end)
        at = max(
            bucket, released[1], self._timeline.bucket_of_end(minute) if not incoming or rows else bucket
        )
        if not incoming:
            at = max(at, self._labs.gate(arrival.item) if arrival.is_lot else 0)
            minute = max(minute, int(self._timeline.starts[at]) + 1) if at < len(self._timeline) else minute
        expiry = self._stock.expiry(arrival.item, arrival.completed)
        inflow = self._stock.inflow(arrival.item, quantity, minute, at, expiry)
        if inflow is not None:
            self._came[arrival.name] = inflow

    def _reworked(self, arrival: _Finished, rows: Rows, released: Release) -> Release | None:
        """Release after the work on rejects of what the window made, or was there before."""
        if arrival.name in self._again.objects:
            return self._again.of_given(arrival.name, arrival.quantity, rows, released)
        ended = max(released[0], arrival.rework_end)
        return ended, max(released[1], self._timeline.bucket_of_end(ended))

    def _finish(self, job: Job, bucket: int) -> None:
        """Inspect and stock a tail lot completed in a bucket."""
        lot = job.wish.lot
        besides = beside(self._lookup, lot.item, lot.version, job.entered)
        for component, coming in besides:
            self._stock.beside(component, coming, int(self._timeline.ends[bucket]), bucket)
        rows = self._labs.subject(self._labs.rows(Stage.FINAL, lot.item))
        gates = self._labs.first_lot(lot.item)
        released = self._labs.through(lot.lot, [*rows, *gates], bucket, partial(self._again.of_tail, job))
        if released is None:
            self.unreleased.add(lot.lot)
            return
        at = max(released[1], self._labs.gate(lot.item))
        if at >= len(self._timeline):
            return
        quantity = job.quantity
        for row in [*rows, *gates]:
            quantity = after_inspection(self._lookup, lot.item, lot.version, row.inspection, quantity)
        days = self._lookup.items[lot.item].shelf_life_days
        end = int(self._timeline.ends[bucket])
        expiry = NEVER if days is None else end + days * MINUTES_PER_DAY
        inflow = self._stock.inflow(lot.item, quantity, int(self._timeline.ends[at]), at, expiry)
        if inflow is not None and not besides and not job.receipt:
            self._made[lot.lot] = inflow

    def _assemble(self, provenance: Provenance) -> Plan:
        done = self._tail.completed
        runs = [run for job in (*done, *self._again.jobs) for run in job.runs]
        # Before overtime is counted: better orders need less of it.
        setups = self._setups(runs)
        kept = {job.wish.lot.lot for job in done} | {lot.lot for lot in self._window.lots}
        kept |= {row.purchase for row in self._purchases}
        kept |= set(self._again.objects) - self._again.on_hold
        return Plan(
            provenance=provenance,
            lots=(*self._window.lots, *(job.wish.lot for job in done)),
            runs=self._window.runs,
            bucket_runs=tuple(runs),
            bucket_setups=setups,
            inspections=self._window.inspections,
            bucket_inspections=tuple(row for row in self._labs.booked if row.object in kept),
            purchases=self._purchases,
            overtime=self._window.overtime,
            bucket_overtime=tuple(
                BucketOvertime(resource, bucket, minutes)
                for (resource, bucket), minutes in sorted(self._capacity.overtime_used().items())
            ),
            maintenance=self._maintenance,
            deliveries=tuple(self._shipping.deliveries),
            lost=self._shipping.lost(),
        )

    def _setups(self, runs: list[BucketRun]) -> tuple[BucketSetups, ...]:
        """Setup groups by resource and bucket, of the lots that are kept."""
        jobs = (*self._tail.completed, *self._again.jobs)
        items = {job.wish.lot.lot: job.wish.lot.item for job in jobs}
        present: dict[tuple[str, int], set[str]] = defaultdict(set)
        for run in runs:
            for bucket, _ in run.load:
                present[run.resource, bucket].add(self._lookup.setup_group(items[run.lot]))
        listed: dict[str, dict[int, tuple[str, ...]]] = defaultdict(dict)
        for (resource, bucket), groups in sorted(self._capacity.groups.items()):
            kept = tuple(group for group in groups if group in present[resource, bucket])
            if kept:
                listed[resource][bucket] = kept
        setups = []
        for resource, given in listed.items():
            orders = self._capacity.sequenced(resource, given)
            setups += [BucketSetups(resource, bucket, orders[bucket]) for bucket in sorted(orders)]
        return tuple(setups)
