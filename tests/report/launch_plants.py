"""A launch on Wednesday, 30 a day, on the checker's smallest plant."""

import sys
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "verify"))
sys.path.insert(0, str(Path(__file__).parents[2]))  # what the smallest plant judges is judged in SQL as well

import tiny

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.projections import Projections
from capacityplan.verify import check

DAY = 1440
_MONDAY = 739257
ITEM = replace(tiny.ITEM, unit_value=F(2))
LAUNCH = q.Launch("GO", "A", _MONDAY + 2)


def projected(*days: int, quantity: int = 30) -> Projections:
    size = len(days)
    return Projections(
        ("", "A", "shops"), item=[1] * size, start=[_MONDAY + day for day in days],
        end=[_MONDAY + day for day in days], quantity=[quantity] * size, segment=[2] * size,
        stream=[0] * size, certainty=[0] * size, author=[0] * size, dated=[0] * size,
        weight_millionths=[10**6] * size, low=[-1] * size, high=[-1] * size,
    )  # fmt: skip


def plant(transit: int = 0, **tables: object) -> q.Plant:
    """Projections begin on Monday: before the launch they count for nothing."""
    default = {
        "items": (ITEM,),
        "resources": (q.Resource("M", q.ResourceKind.MACHINE, calendar="always"),),
        "calendars": tuple(q.CalendarRow("always", day, None, 0, DAY) for day in range(7)),
        "projections": projected(0, 1, 2, 3, 4),
        "launches": (LAUNCH,),
        "customers": (
            q.Customer("shops", late_cost_per_day=F(1), lost_cost=F(50), transit_days=transit),
            q.Customer("web"),
        ),
        "horizon": q.Horizon(daily=6, weekly=1, schedule_days=6),
    }
    return tiny.plant(**(default | tables))


def launched(*starts: int, transit: int = 0) -> tuple[q.Plant, p.Plan]:
    """Made in as many lots as there are starts, and shipped on its day."""
    found, size = plant(transit), 90 // len(starts)
    lots = tiny.join(*(tiny.lot(f"L{start}", start, quantity=size) for start in starts))
    shipped = tuple(
        p.Delivery(f"P:A:shops:{day}", "A", 30, at, at + transit * DAY)
        for day in (2, 3, 4)
        for at in [(day - transit) * DAY + 800]
    )
    plan = tiny.plan(**lots, deliveries=shipped)
    assert check(found, plan).violations == ()
    return found, plan


def late() -> tuple[q.Plant, p.Plan]:
    """Its component comes on Thursday, three days after it is ordered."""
    found = plant(
        items=(ITEM, q.Item("C", q.ItemKind.RAW, unit_value=F(1))),
        bill_of_materials=(q.BomLine("A", "C", F(1)),),
        suppliers=(q.SupplierOffer("S", "C", 3, price=F(1)),),
    )
    shipped = tuple(
        p.Delivery(f"P:A:shops:{day}", "A", 30, at, at)
        for day, at in ((2, 3 * DAY + 800), (3, 3 * DAY + 800), (4, 4 * DAY + 800))
    )
    plan = tiny.plan(
        **tiny.lot("L1", 3 * DAY, quantity=90),
        purchases=(p.Purchase("P1", "S", "C", 90, 0, 3 * DAY),),
        deliveries=shipped,
    )
    assert check(found, plan).violations == ()
    return found, replace(plan, ledger=check(found, plan).ledger)
