"""Lot-sizing benchmarks as plants: products and resources in periods of a week, nothing to the minute.

A period is a week-long bucket, money per period is spread over its seven days, and every
resource's units of time become minutes by a factor of its own: the largest for which capacities
and setup times are whole minutes. Where there is none (or a period has more units than a week
has minutes), capacities are rounded down and setup times up: every plan of the plant then is a
plan of the benchmark at the same cost, but not the other way round.

Backlog is lateness in buckets. An order is due in the first minute of its period that belongs to
it, so that what is missing at the period's end is late; that the plant charges six days of seven
for this first period only lowers the bound, and `objective` makes up for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from capacityplan.bench.case import total
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import (
    BomLine,
    CalendarKind,
    CalendarRow,
    Horizon,
    Item,
    ItemKind,
    Operation,
    OperationResource,
    Order,
    Plant,
    Resource,
    ResourceKind,
    SupplierOffer,
)
from capacityplan.domain.timeline import Clock
from capacityplan.units import MINUTES_PER_DAY

START = "2026-01-05T00:00:00"
"""A Monday."""
DAYS = 7
MINUTES = DAYS * MINUTES_PER_DAY
_FINEST = 4
"""Decimals of quantities at most."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product with what one unit of it costs and takes.

    Attributes
    ----------
    demand : sequence of Fraction
        By period.
    holding : Fraction
        Per unit in stock at a period's end.
    backlog : Fraction or None
        Per unit missing at a period's end; None: nothing may be late.
    resource : str
        Empty: made without any.
    components : mapping of product to Fraction
    """

    name: str
    demand: Sequence[Fraction]
    holding: Fraction
    setup_cost: Fraction = Fraction(0)
    setup_time: Fraction = Fraction(0)
    unit_time: Fraction = Fraction(0)
    resource: str = ""
    backlog: Fraction | None = None
    components: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Works:
    """A lot-sizing problem.

    Attributes
    ----------
    capacity : mapping of resource to units of time by period
    """

    name: str
    products: Sequence[Product]
    capacity: Mapping[str, Sequence[Fraction]]

    @property
    def periods(self) -> int:
        """Number of periods."""
        return len(self.products[0].demand)

    @property
    def backlogged(self) -> tuple[Product, ...]:
        """Products that may be late."""
        return tuple(row for row in self.products if row.backlog is not None and any(row.demand))


def plant_of(works: Works) -> Plant:
    """Make a plant whose ledger is the problem's objective."""
    precision = _precision(works)
    scale = 10**precision
    clock = Clock(START, "UTC")
    factor = {name: _minutes_per_unit(works, name) for name in works.capacity}
    beyond = _beyond(works)
    made = [(row, row.resource or "free", factor.get(row.resource, Fraction(1))) for row in works.products]
    calendars = [CalendarRow("always", day, None, 0, MINUTES_PER_DAY) for day in range(DAYS)]
    for name, units in works.capacity.items():
        calendars += _calendar(clock, name, [math.floor(one * factor[name]) for one in units])
    return Plant(
        name=works.name,
        start=START,
        timezone="UTC",
        currency="XXX",
        horizon=Horizon(
            daily=0, weekly=works.periods + bool(works.backlogged), monthly=0, schedule_days=0,
            lots_within_buckets=True,
        ),
        items=tuple(
            Item(row.name, ItemKind.FINISHED, precision=precision, holding_cost_per_day=row.holding / DAYS)
            for row in works.products
        ),
        bill_of_materials=tuple(
            BomLine(row.name, component, quantity)
            for row in works.products
            for component, quantity in row.components.items()
        ),
        operations=tuple(
            Operation(row.name, "make", 1, run_minutes=row.unit_time * per) for row, _, per in made
        ),
        operation_resources=tuple(
            OperationResource(
                row.name, "make", resource,
                setup_minutes=math.ceil(row.setup_time * per), setup_cost=row.setup_cost,
            )
            for row, resource, per in made
        ),
        resources=(
            *(Resource(name, ResourceKind.MACHINE, calendar=name) for name in works.capacity),
            *([Resource("free", ResourceKind.MACHINE, calendar="always", capacity=len(made))]
              if any(not row.resource for row in works.products) else []),
        ),
        calendars=tuple(calendars),
        orders=tuple(
            _order(row, period, int(quantity * scale), beyond)
            for row in works.products
            for period, quantity in enumerate(row.demand)
            if quantity
        ),
        suppliers=tuple(
            SupplierOffer("end", row.name, lead_time_days=works.periods * DAYS) for row in works.backlogged
        ),
    )  # fmt: skip


def objective(plan: Plan) -> Fraction:
    """The benchmark's objective of a plan: the ledger, which charges a day too little at first.

    What is missing at the end of its own period is late by the days after the first, which the
    order is due on: six for seven.
    """
    first = (row.amount for row in plan.ledger if row.category == "late" and row.bucket == _due(row.object))
    return total(plan) + sum(first, Fraction(0)) / (DAYS - 1)


def solves(plan: Plan) -> bool:
    """Whether every lot is made within a period: a plant may go on with it in the next one."""
    return all(len(row.load) == 1 for row in plan.bucket_runs)


def on_time(plan: Plan) -> bool:
    """Whether in addition nothing is late or lost."""
    return solves(plan) and not any(row.category in ("late", "lost") for row in plan.ledger)


def _due(order: str) -> int:
    return int(order.rpartition("-")[2]) - 1


def _order(row: Product, period: int, quantity: int, beyond: Fraction) -> Order:
    """Demand of a period, due as early in it as can be: lateness counts from then on."""
    backlog = beyond if row.backlog is None else row.backlog
    return Order(
        f"{row.name}-{period + 1:03d}", row.name, quantity, period * MINUTES + 1,
        late_cost_per_day=backlog / DAYS, lost_cost=max(beyond, backlog * len(row.demand)),
    )  # fmt: skip


def _beyond(works: Works) -> Fraction:
    """Money per unit and period that no plan would pay to be late: ten times all that it could save."""
    setups = sum((row.setup_cost for row in works.products), Fraction(0))
    holding = max(row.holding for row in works.products) * works.periods
    return Fraction(math.ceil(10 * (setups + holding)))


def _precision(works: Works) -> int:
    """Decimals that demand, bills and shared time need: with them, hardly a lot ends beyond its period."""
    amounts = {quantity for row in works.products for quantity in row.demand}
    amounts |= {quantity for row in works.products for quantity in row.components.values()}
    need = next((k for k in range(_FINEST) if all((a * 10**k).denominator == 1 for a in amounts)), _FINEST)
    whole = all(row.unit_time.denominator == 1 and not row.components for row in works.products)
    return need if whole and len({row.unit_time for row in works.products}) == 1 else max(need, 2)


def _minutes_per_unit(works: Works, name: str) -> Fraction:
    """Minutes per unit of a resource's time."""
    units = works.capacity[name]
    setups = [row.setup_time for row in works.products if row.resource == name]
    most = max(units)
    if most <= 0:
        return Fraction(1)
    if most > MINUTES:
        return Fraction(1, math.ceil(most / MINUTES))
    largest = math.floor(MINUTES / most)
    for whole in range(largest, 0, -1):
        if all((one * whole).denominator == 1 for one in (*units, *setups)):
            return Fraction(whole)
    return Fraction(largest)


def _calendar(clock: Clock, name: str, minutes: Sequence[int]) -> list[CalendarRow]:
    """Open minutes from the beginning of each week on."""
    first = clock.start.toordinal()
    rows = []
    for period, left in enumerate(minutes):
        for day in range(DAYS):
            inside = min(max(left - day * MINUTES_PER_DAY, 0), MINUTES_PER_DAY)
            if inside:
                date = first + period * DAYS + day
                rows.append(CalendarRow(name, None, date, 0, inside, kind=CalendarKind.WORK))
    return rows
