"""Netted plans that the checker would reject: tiers of offers, bills that change, runs of no minutes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import pytest

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.prepare import order_sizes
from capacityplan.solve.dispatch import Ground, Turn, dispatched, schedule
from capacityplan.solve.minute.problem import Problem
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle
from capacityplan.solve.types import Limits, LotPlan, PlannedLot, WindowSchedule
from capacityplan.verify import check

DAY = 1440
R = q.Item("R", q.ItemKind.RAW, unit_value=F(1))
PLANT = q.Plant(
    "first", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(6, 0, 0, 4),
    items=(q.Item("A", q.ItemKind.FINISHED, unit_value=F(5)), R),
    bill_of_materials=(q.BomLine("A", "R", F(2)),),
    operations=(q.Operation("A", "make", 10, run_minutes=F(6)),),
    operation_resources=(q.OperationResource("A", "make", "M"),),
    resources=(q.Resource("M", q.ResourceKind.MACHINE),),
    orders=(q.Order("O", "A", 10, 3 * DAY, lost_cost=F(500)),),
)  # fmt: skip
BASE = q.SupplierOffer("S", "R", 0, price=F(9), min_order=9)
EVEN = q.SupplierOffer("S", "R", 0, price=F(7), from_quantity=8, order_multiple=3, valid_to=2 * DAY)


def accepted(plant: q.Plant, window: WindowSchedule, lots: LotPlan) -> p.Plan:
    plan = settle(plant, window, lots, p.Provenance(plant.name, ""))
    assert [row.text() for row in check(plant, plan).violations] == []
    return plan


def scheduled(plant: q.Plant, lots: LotPlan, compiled: bool) -> WindowSchedule:
    ground = Ground(plant, lots)
    problem = Problem(ground)
    order = [Turn(wish, 0) for wish in problem.wishes]
    return problem.schedule(order) if compiled else dispatched(ground, order)


def first(plant: q.Plant) -> p.Plan:
    lots = net_requirements(plant)
    return accepted(plant, schedule(plant, lots, Limits(deadline=float("inf"))), lots)


def test_a_quantity_is_sold_at_the_tier_that_it_reaches() -> None:
    tiers = (BASE, EVEN)
    assert order_sizes.least(tiers, 1) == (9, EVEN)  # 9 is no order of the first tier: it reaches the second
    assert order_sizes.least(tiers, 10) == (12, EVEN)
    assert order_sizes.least((replace(BASE, min_order=7), EVEN), 1) == (7, replace(BASE, min_order=7))
    assert order_sizes.least((replace(BASE, min_order=8), replace(EVEN, min_order=9)), 1) == (
        9, replace(EVEN, min_order=9)
    )  # fmt: skip
    assert [order_sizes.most(tiers, limit) for limit in (6, 7, 8, 9, 11, 12)] == [0, 0, 0, 9, 9, 12]
    assert order_sizes.most((replace(BASE, min_order=7), EVEN), 8) == 7
    assert order_sizes.valid(tiers, 2 * DAY - 1) == [BASE, EVEN]
    assert order_sizes.valid(tiers, 2 * DAY) == [BASE]
    assert order_sizes.valid((replace(BASE, valid_from=5),), 4) == []
    assert order_sizes.least((), 1) is None


@pytest.mark.parametrize(("opened", "found"), [(0, (DAY, 21)), (2 * DAY, (2 * DAY, 20))])
def test_netting_orders_what_the_tier_of_that_day_sells(opened: int, found: tuple[int, int]) -> None:
    """For 20 of R: in threes while the dearer offer for more holds, as they are needed from then on."""
    lines = (replace(BASE, valid_from=opened), replace(EVEN, valid_from=opened))
    plan = first(replace(PLANT, suppliers=lines))
    assert [(row.arrives, row.quantity) for row in plan.purchases] == [found]
    assert sum(row.quantity for row in plan.deliveries) == 10


@pytest.mark.parametrize("compiled", [False, True])
def test_a_lot_that_starts_after_its_bill_has_changed_takes_what_it_says_then(compiled: bool) -> None:
    """20 of R are there from the second day on, when 40 are taken; the rest comes on the third."""
    bill = (q.BomLine("A", "R", F(2), valid_to=DAY), q.BomLine("A", "R", F(4), valid_from=DAY))
    arrivals = (q.Receipt("P1", q.ReceiptKind.PURCHASE, "R", 20, DAY + 300),
                q.Receipt("P2", q.ReceiptKind.PURCHASE, "R", 20, 2 * DAY + 60))  # fmt: skip
    plant = replace(PLANT, bill_of_materials=bill, receipts=arrivals)
    lots = net_requirements(plant)
    plan = accepted(plant, scheduled(plant, lots, compiled), lots)
    assert [run.start for run in plan.runs] == [2 * DAY + 60]


def test_a_lot_whose_machine_is_free_too_late_takes_what_its_bill_says_then() -> None:
    """M is closed on the first day: what is enough in its night is not on the day after."""
    bill = (q.BomLine("A", "R", F(2), valid_to=DAY), q.BomLine("A", "R", F(4), valid_from=DAY))
    closed = q.Downtime("CLOSED", "M", 0, DAY)
    plant = replace(PLANT, bill_of_materials=bill, downtime=(closed,), stock=(q.Stock("S1", "R", 39),))
    assert first(plant).runs == ()
    plan = first(replace(plant, stock=(q.Stock("S1", "R", 40),)))
    assert [run.start for run in plan.runs] == [DAY]


def test_a_run_of_no_minutes_in_the_tail_has_its_setup_group_listed() -> None:
    machine = q.Resource("M", q.ResourceKind.MACHINE, changeover_matrix="X")
    items = (replace(PLANT.items[0], setup_group="a"), R)
    plant = replace(
        PLANT, horizon=q.Horizon(6, 0, 0, 1), items=items, bill_of_materials=(), resources=(machine,),
        operations=(q.Operation("A", "make", 10),), changeovers=(q.Changeover("X", "b", "a", 60),),
        orders=(q.Order("O", "A", 10, 4 * DAY, lost_cost=F(500)),),
    )  # fmt: skip
    plan = first(plant)
    assert [run.load for run in plan.bucket_runs] == [((2, 0),)]
    assert plan.bucket_setups == (p.BucketSetups("M", 2, ("a",)),)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(("wait", "made"), [(4 * DAY - 90, 10), (4 * DAY - 89, 0)])
def test_a_lot_is_made_where_it_can_be_released_within_the_horizon(
    wait: int, made: int, compiled: bool
) -> None:
    """An hour of work and half an hour in the lab leave the rest of four days for its incubation."""
    row = q.Inspection("I", q.Stage.FINAL, "LAB", item="A", lab_minutes=30, wait_minutes=wait)
    plant = replace(
        PLANT, horizon=q.Horizon(4, 0, 0, 4), bill_of_materials=(), inspections=(row,),
        resources=(*PLANT.resources, q.Resource("LAB", q.ResourceKind.LAB)),
    )  # fmt: skip
    lots = LotPlan((PlannedLot(p.Lot("L1", "A", 10), 0, 0, 3 * DAY),), (), {}, "by hand")
    plan = accepted(plant, scheduled(plant, lots, compiled), lots)
    assert sum(lot.quantity for lot in plan.lots) == made


@pytest.mark.parametrize("compiled", [False, True])
def test_an_order_in_progress_of_which_nothing_is_left_passes_nothing_on(compiled: bool) -> None:
    """Of one unit half is lost: a run of no units that overlaps the next ends before it all the same."""
    steps = (
        q.Operation("A", "make", 10, run_minutes=F(6), yield_fraction=F(1, 2)),
        q.Operation("A", "wash", 20, fixed_minutes=100, overlap_quantity=2),
        q.Operation("A", "press", 30, fixed_minutes=10),
    )
    machines = tuple(q.Resource(name, q.ResourceKind.MACHINE) for name in ("M", "N", "P"))
    modes = tuple(q.OperationResource("A", one.operation, two.resource)
                  for one, two in zip(steps, machines, strict=True))  # fmt: skip
    begun = q.Receipt("WIP", q.ReceiptKind.PRODUCTION, "A", 1, DAY, operation="make")
    plant = replace(
        PLANT, bill_of_materials=(), operations=steps, operation_resources=modes, resources=machines,
        receipts=(begun,), orders=(),
    )  # fmt: skip
    lots = net_requirements(plant)
    plan = accepted(plant, scheduled(plant, lots, compiled), lots)
    assert [(run.operation, run.start) for run in plan.runs] == [("make", 0), ("wash", 6), ("press", 106)]


@pytest.mark.parametrize(("wait", "made"), [(5 * DAY - 30, 10), (5 * DAY - 29, 0)])
def test_a_lot_of_the_tail_that_cannot_be_released_is_not_made(wait: int, made: int) -> None:
    """What is made on the second of six days is released at the sixth's end at the latest, or not at all."""
    row = q.Inspection("I", q.Stage.FINAL, "LAB", item="A", lab_minutes=30, wait_minutes=wait)
    plant = replace(
        PLANT, horizon=q.Horizon(6, 0, 0, 1), bill_of_materials=(), inspections=(row,),
        resources=(*PLANT.resources, q.Resource("LAB", q.ResourceKind.LAB)),
    )  # fmt: skip
    wish = PlannedLot(p.Lot("L1", "A", 10), 1, 1, 2 * DAY)
    lots = LotPlan((wish,), (), {}, "by hand")
    plan = accepted(plant, schedule(plant, lots, Limits(deadline=float("inf"))), lots)
    assert sum(lot.quantity for lot in plan.lots) == made
    assert len(plan.bucket_inspections) == (made > 0)


def test_a_purchase_that_cannot_be_released_is_not_made() -> None:
    row = q.Inspection("I", q.Stage.INCOMING, "LAB", item="R", lab_minutes=30, wait_minutes=4 * DAY)
    plant = replace(
        PLANT, orders=(), inspections=(row,), suppliers=(BASE,),
        resources=(*PLANT.resources, q.Resource("LAB", q.ResourceKind.LAB)),
    )  # fmt: skip
    for arrives, kept in ((DAY, 1), (3 * DAY, 0)):
        lots = LotPlan((), (p.Purchase("P1", "S", "R", 9, arrives, arrives),), {}, "by hand")
        plan = accepted(plant, schedule(plant, lots, Limits(deadline=float("inf"))), lots)
        assert len(plan.purchases) == kept


@pytest.mark.parametrize(("due", "inspected"), [(2 * DAY, ["WO"]), (4 * DAY, ["L1"])])
def test_receipts_of_the_tail_are_counted_in_turn_with_its_lots(due: int, inspected: list[str]) -> None:
    """Every second one is inspected: the receipt or the lot of the third day, whichever is first."""
    row = q.Inspection("I", q.Stage.FINAL, "LAB", item="A", lab_minutes=30, every_lots=2)
    plant = replace(
        PLANT, horizon=q.Horizon(6, 0, 0, 1), bill_of_materials=(), inspections=(row,),
        receipts=(q.Receipt("WO", q.ReceiptKind.PRODUCTION, "A", 5, due),),
        resources=(*PLANT.resources, q.Resource("LAB", q.ResourceKind.LAB)),
    )  # fmt: skip
    lots = LotPlan((PlannedLot(p.Lot("L1", "A", 10), 2, 2, 3 * DAY),), (), {}, "by hand")
    plan = accepted(plant, schedule(plant, lots, Limits(deadline=float("inf"))), lots)
    assert [one.object for one in plan.bucket_inspections] == inspected


@pytest.mark.parametrize(("due", "transit"), [(5 * DAY, 0), (5 * DAY, 1), (9 * DAY, 0)])
def test_what_is_due_within_a_week_of_the_tail_is_not_late_by_the_minute(due: int, transit: int) -> None:
    plant = replace(
        PLANT, horizon=q.Horizon(2, 1, 0, 2), costs=q.Costs(lateness=q.Lateness.MINUTE),
        orders=(q.Order("O", "A", 10, due, "C", lost_cost=F(500), late_cost_per_day=F(5)),),
        customers=(q.Customer("C", transit_days=transit),), suppliers=(BASE,),
    )  # fmt: skip
    plan = first(plant)
    assert [row.arrive for row in plan.deliveries] == [due]
    assert "late" not in check(plant, plan).by_category
