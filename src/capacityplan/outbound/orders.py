"""What a plan asks of the other system: production and purchase orders, in its units and local time."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import BucketRun, Lot, Plan, Run
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.prepare.lotflow import valid
from capacityplan.units import ceil_fraction

_PLAN_MARK = 6
_NOT_KEY = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Step:
    """An operation of an order on a resource; one planned in buckets spans the whole of them."""

    operation: str
    sequence: int
    resource: str
    quantity: Fraction
    start: datetime
    end: datetime
    to_the_minute: bool


@dataclass(frozen=True, slots=True)
class Component:
    """What an operation of an order consumes when it starts."""

    item: str
    quantity: Fraction
    unit: str
    operation: str
    needed: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """An order that the other system is to have.

    Attributes
    ----------
    key : str
        Its name in all exported files; the same order keeps it from plan to plan.
    kind : str
        ``production``, ``progress`` (an order in progress there, replanned) or ``purchase``.
    id : str
        Lot or purchase of the plan; for ``progress`` the other system's order number.
    start, end : datetime
        Local time: first setup and last end; for purchases order-by and arrival.
    created : bool
        Of ``progress``: whether an export of ours created it, under its key; else it has the other
        system's own number.
    """

    key: str
    kind: str
    id: str
    item: str
    quantity: Fraction
    start: datetime
    end: datetime
    version: str = ""
    supplier: str = ""
    price: Fraction | None = None
    description: str = ""
    unit: str = ""
    steps: tuple[Step, ...] = ()
    components: tuple[Component, ...] = ()
    created: bool = False

    @property
    def end_day(self) -> date:
        """Day of the end: an order that ends at midnight belongs to the day before."""
        return (self.end if self.kind == "purchase" else self.end - timedelta(minutes=1)).date()

    @property
    def group(self) -> tuple[str, str, str]:
        """What must be equal for two orders of different plans, both to begin, to be the same order."""
        return self.kind, self.item, self.version or self.supplier


def plan_mark(plan: Plan) -> str:
    """Short name of a plan that begins the keys of its orders: of the same plan, always the same."""
    own = plan.provenance.plan_id
    return slug(own)[:_PLAN_MARK] if own else hashlib.sha256(plan.to_json()).hexdigest()[:_PLAN_MARK]


def slug(text: str) -> str:
    """Write a name in letters, digits, ``_`` and ``-`` only; different names stay different."""
    plain = _NOT_KEY.sub("-", text)
    if plain == text:
        return text
    return f"{plain.strip('-')}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def orders_of(plant: Plant, plan: Plan) -> tuple[Order, ...]:
    """List a plan's orders, by kind, start and id."""
    return _Orders(plant, plan).all()


class _Orders:
    def __init__(self, plant: Plant, plan: Plan) -> None:
        self._plan, self._mark = plan, plan_mark(plan)
        self._lookup, self._timeline = Lookup(plant), Timeline.of(plant)
        self._receipts = {row.order: row for row in plant.receipts}
        self._runs: dict[str, list[Run]] = defaultdict(list)
        self._bucket_runs: dict[str, list[BucketRun]] = defaultdict(list)
        for run in plan.runs:
            self._runs[run.lot].append(run)
        for load in plan.bucket_runs:
            self._bucket_runs[load.lot].append(load)

    def all(self) -> tuple[Order, ...]:
        """All orders; a lot without any work left has nothing to tell."""
        found = [order for lot in self._plan.lots if (order := self._production(lot)) is not None]
        found += self._purchases()
        return tuple(sorted(found, key=lambda row: (row.kind, row.start, row.id)))

    def _production(self, lot: Lot) -> Order | None:
        steps = self._steps(lot)
        if not steps:
            return None
        item = self._lookup.items[lot.item]
        return Order(
            key=lot.receipt or f"{self._mark}-{slug(lot.lot)}",
            kind="progress" if lot.receipt else "production",
            id=lot.receipt or lot.lot,
            item=lot.item,
            quantity=self._units(lot.item, lot.quantity),
            start=min(self._local(minute) for minute in self._starts(lot)),
            end=max(step.end for step in steps),
            version=self._lookup.base_version(lot.item, lot.version),
            description=item.description,
            unit=item.unit,
            steps=steps,
            components=self._components(lot, steps),
        )

    def _starts(self, lot: Lot) -> Iterable[int]:
        yield from (run.setup_start for run in self._runs[lot.lot])
        yield from (self._opens(load) for load in self._bucket_runs[lot.lot])

    def _opens(self, load: BucketRun) -> int:
        return int(self._timeline.starts[load.load[0][0]])

    def _steps(self, lot: Lot) -> tuple[Step, ...]:
        places = self._sequence(lot)
        found = [
            Step(run.operation, places[run.operation], run.resource, self._units(lot.item, run.quantity),
                 self._local(run.start), self._local(run.end), True)
            for run in self._runs[lot.lot]
        ]  # fmt: skip
        found += [
            Step(load.operation, places[load.operation], load.resource,
                 self._units(lot.item, load.quantity), self._local(self._opens(load)),
                 self._local(int(self._timeline.ends[load.load[-1][0]])), False)
            for load in self._bucket_runs[lot.lot]
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda step: (step.start, step.sequence, step.resource, step.end)))

    def _sequence(self, lot: Lot) -> dict[str, int]:
        routing = self._lookup.routings[lot.item, lot.version]
        places = {step.operation: step.sequence for step in routing}
        reworking = (key for key in self._lookup.rework if key[:2] == (lot.item, lot.version))
        return places | {key[2]: self._lookup.rework[key].sequence for key in reworking}

    def _components(self, lot: Lot, steps: tuple[Step, ...]) -> tuple[Component, ...]:
        """Components by operation, as the model has them consumed: at the operation's first start."""
        done = self._receipts[lot.receipt].operation if lot.receipt else None
        entering: dict[str, Fraction] = defaultdict(Fraction)
        first: dict[str, datetime] = {}
        for step in steps:
            entering[step.operation] += step.quantity
            first.setdefault(step.operation, step.start)
        found = []
        for operation, quantity in entering.items():
            if operation == done:
                continue
            begin = self._timeline.clock.minute(first[operation])
            lines = self._lookup.components.get((lot.item, lot.version, operation), ())
            for line in valid(lines, begin):
                component = self._lookup.items[line.component]
                needed = quantity * line.quantity / line.per_quantity / (1 - line.scrap_fraction)
                base = ceil_fraction(needed * self._lookup.scale[line.component])
                found.append(
                    Component(line.component, self._units(line.component, base), component.unit,
                              operation, first[operation])
                )  # fmt: skip
        return tuple(found)

    def _purchases(self) -> list[Order]:
        found = []
        for row in self._plan.purchases:
            tiers = self._lookup.offers[row.supplier, row.item]
            tier = [offer for offer in tiers if offer.from_quantity <= row.quantity][-1:]
            item = self._lookup.items[row.item]
            found.append(
                Order(f"{self._mark}-{slug(row.purchase)}", "purchase", row.purchase, row.item,
                      self._units(row.item, row.quantity), self._local(row.order_by),
                      self._local(row.arrives), supplier=row.supplier,
                      price=tier[0].price if tier else None, description=item.description, unit=item.unit)
            )  # fmt: skip
        return found

    def _units(self, item: str, quantity: int) -> Fraction:
        return Fraction(quantity, self._lookup.scale[item])

    def _local(self, minute: int) -> datetime:
        return self._timeline.clock.local(minute)
