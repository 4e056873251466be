"""Tiny plants whose best lot sizes can be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

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

DAY = 1440


def order(item: str, day: int, quantity: int, name: str = "", late: int = 50) -> Order:
    """An order due at the end of a day (0 is the first), dear to be late."""
    return Order(
        name or f"{item}-{day}", item, quantity, (day + 1) * DAY, late_cost_per_day=Fraction(late),
        lost_cost=Fraction(1000),
    )  # fmt: skip


def plant(orders: Iterable[Order], holding: int = 1, minutes: int = 10, setup: int = 0) -> Plant:
    """One item on one machine that costs 60 an hour and works 8 to 16 o'clock every day.

    ``minutes`` per piece, ``setup`` minutes (and money) per lot, ``holding`` per piece and day.
    """
    days = tuple(CalendarRow("shift", day, None, 480, 960) for day in range(7))
    more = tuple(CalendarRow("extra", day, None, 960, 1200, kind=CalendarKind.OVERTIME) for day in range(7))
    return Plant(
        "tiny", "2026-01-05T00:00", "UTC", "EUR",
        horizon=Horizon(daily=10, weekly=0, schedule_days=0),
        items=(Item("A", ItemKind.FINISHED, holding_cost_per_day=Fraction(holding)),),
        operations=(Operation("A", "make", 1, run_minutes=Fraction(minutes)),),
        operation_resources=(OperationResource("A", "make", "M", setup_minutes=setup),),
        resources=(
            Resource("M", ResourceKind.MACHINE, calendar="shift", cost_per_hour=Fraction(60)),
        ),
        calendars=(*days, *more),
        orders=tuple(orders),
    )  # fmt: skip


def with_overtime(base: Plant, money_per_hour: int) -> Plant:
    """The machine may work four hours more, at a price."""
    machine = replace(
        base.resources[0], overtime_calendar="extra", overtime_cost_per_hour=Fraction(money_per_hour)
    )
    return replace(base, resources=(machine,))


def with_component(base: Plant, offers: tuple[SupplierOffer, ...] = (), minutes: int = 0) -> Plant:
    """Every A takes one C, bought by offers or made on a machine of its own in some minutes."""
    component = Item("C", ItemKind.INTERMEDIATE, holding_cost_per_day=Fraction(1, 2))
    made = bool(minutes)
    return replace(
        base,
        items=(*base.items, component),
        bill_of_materials=(BomLine("A", "C", Fraction(1)),),
        operations=base.operations + (Operation("C", "cut", 1, run_minutes=Fraction(minutes)),) * made,
        operation_resources=base.operation_resources + (OperationResource("C", "cut", "N"),) * made,
        resources=base.resources + (Resource("N", ResourceKind.MACHINE),) * made,
        suppliers=offers,
    )
