"""On small random plants the largest uplift that plans serve comes up to what is proven, never above it."""

from dataclasses import dataclass, replace
from fractions import Fraction as F
from random import Random

import pytest
import tiny

from capacityplan.demand import net
from capacityplan.demand.choice import at_uplift
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.projections import Projections
from capacityplan.solve.ceiling import ceiling
from capacityplan.verify import check
from capacityplan.verify.ceiling import Question

DAY = 1440
MONDAY = 739257
DAYS = (1, 2, 3, 4)
OPENS, INSPECTED = 480, 680
MOST = F(20)


@dataclass
class Drawn:
    """A plant with what limits its days: minutes, inspections (None: no lab), size of lots, material."""

    plant: q.Plant
    setup: int
    minutes: list[int]
    slots: list[int] | None
    largest: int
    spare: int
    material: int | None
    bought: int


def drawn(seed: int) -> Drawn:
    """Draw demand and minutes of days, setups, stock, material and what comes of it, a lab, a promotion."""
    rng = Random(seed)
    setup = rng.choice([0, 0, 5])
    demand = [rng.randrange(20, 100) for _ in DAYS]
    minutes = [setup + quantity + rng.randrange(0, 60) for quantity in demand]
    slots = [rng.choice([1, 1, 2, 3]) for _ in DAYS] if rng.random() < 0.4 else None
    largest = max(demand) + rng.choice([0, 10]) if slots else max(minutes)
    spare = rng.choice([0, rng.randrange(0, 60)])
    bought = rng.choice([0, 5, 20])
    material = sum(demand) + rng.randrange(0, 40) if rng.random() < 0.5 else None
    start = rng.choice(DAYS)
    offer = q.Promotion(
        "OFFER", "A", start * DAY, min(start + rng.choice([1, 2]), 5) * DAY, F(1), segment="shops",
        status="proposed", dip_fraction=F(1, 10), dip_days=rng.choice([0, 1]),
    )  # fmt: skip
    hours = [("open", OPENS, OPENS + length) for length in minutes]
    resources = [q.Resource("M", q.ResourceKind.MACHINE, calendar="open")]
    if slots:
        resources.append(q.Resource("LAB", q.ResourceKind.LAB, calendar="lab"))
        hours += [("lab", INSPECTED, INSPECTED + 30 * count) for count in slots]
    plant = tiny.plant(
        items=(replace(tiny.ITEM, price=F(2), max_lot=largest if slots else 0), q.Item("C", q.ItemKind.RAW)),
        operation_resources=(replace(tiny.MODE, setup_minutes=setup),),
        resources=tuple(resources), projections=_projections(demand), promotions=(offer,),
        calendars=tuple(
            q.CalendarRow(name, DAYS[number % 4], None, *span) for number, (name, *span) in enumerate(hours)
        ),
        customers=(q.Customer("shops", late_cost_per_day=F(1), lost_cost=F(50)),),
        bill_of_materials=() if material is None else (q.BomLine("A", "C", F(1)),),
        stock=(
            *(() if material is None else (q.Stock("C", "C", material),)),
            *((q.Stock("A", "A", spare),) if spare else ()),
        ),
        suppliers=(q.SupplierOffer("S", "C", 1, price=F(1), capacity_per_week=bought),)
        if bought and material is not None else (),
        inspections=(q.Inspection("check", q.Stage.FINAL, "LAB", lab_minutes=30, item="A"),) if slots else (),
        horizon=q.Horizon(daily=5, weekly=1, schedule_days=5),
    )  # fmt: skip
    return Drawn(plant, setup, minutes, slots, largest, spare, material, bought)


def _projections(demand: list[int]) -> Projections:
    same = len(demand)
    days = [MONDAY + day for day in DAYS]
    return Projections(
        ("", "shops", "A"), item=[2] * same, segment=[1] * same, start=days, end=days, quantity=demand,
        stream=[0] * same, certainty=[0] * same, author=[0] * same, dated=[0] * same,
        weight_millionths=[10**6] * same, low=[-1] * same, high=[-1] * same,
    )  # fmt: skip


def served(one: Drawn, uplift: F) -> bool:
    """Whether a plan that makes everything as late as it may serves all in time, by the checker."""
    plant = at_uplift(one.plant, "OFFER", uplift)
    due = {row.bucket: row.quantity for row in net(plant)}
    lots, inspections, spare, open_quantity, total = [], [], one.spare, 0, 0
    for place, day in reversed(list(enumerate(DAYS))):
        open_quantity += due.get(day, 0)
        count = one.slots[place] if one.slots else 1
        begin = day * DAY + OPENS
        for number in range(count):
            left = day * DAY + OPENS + one.minutes[place] - begin - one.setup
            quantity = min(open_quantity, left, one.largest)
            if quantity <= 0:
                break
            name, begin = f"L{day}-{number}", begin + one.setup
            lots.append(tiny.lot(name, begin, quantity=quantity, setup=one.setup))
            first = day * DAY + INSPECTED + 30 * number
            inspections.append(p.InspectionRun(name, "check", "LAB", first, first + 30))
            begin, open_quantity, total = begin + quantity, open_quantity - quantity, total + quantity
    bought = max(0, total - (total if one.material is None else one.material))
    if open_quantity > spare or bought > one.bought:
        return False
    ships = {day: ((day + 1) * DAY, (day + 1) * DAY) for day in DAYS}
    plan = tiny.plan(
        **tiny.join(*lots), inspections=tuple(inspections) if one.slots else (),
        purchases=(p.Purchase("B", "S", "C", bought, 0, DAY),) if bought else (),
        deliveries=tuple(
            p.Delivery(f"P:A:shops:{day}", "A", due[day], *ships[day]) for day in DAYS if day in due
        ),
    )  # fmt: skip
    return check(plant, plan).violations == ()


def largest_served(one: Drawn) -> F | None:
    """The largest uplift in thousandths, by halving."""
    low, high = -1, int(MOST * 1000) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if served(one, F(middle, 1000)) else (low, middle)
    return F(low, 1000) if low >= 0 else None


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_what_plans_serve_comes_up_to_what_is_proven_and_never_above(first: int) -> None:
    proven = met = 0
    for seed in range(first, first + 20):
        one = drawn(seed)
        best = largest_served(one)
        found = ceiling(Question(one.plant, (), "OFFER", MOST, {}, {}, {}, F(10**6)), 20)
        if best is not None and found.uplift is not None:
            assert best <= found.uplift, seed
            proven += 1
            met += found.uplift - best <= F(1, 50)
    assert proven == 20
    assert met >= 10
