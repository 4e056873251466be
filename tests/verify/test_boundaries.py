"""Every rule at its limit: what just passes, and one unit less, which fails with that rule alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction as F

import pytest
import works
from works import add, alter, drop

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check

Pair = tuple[q.Plant, p.Plan]
Edit = Callable[[q.Plant, p.Plan], Pair]


def on_plan(table: str, key: str, **fields: object) -> Edit:
    return lambda plant, plan: (plant, alter(plan, table, key, **fields))


def on_plant(table: str, key: str, **fields: object) -> Edit:
    return lambda plant, plan: (alter(plant, table, key, **fields), plan)


def plus(table: str, *rows: object) -> Edit:
    return lambda plant, plan: (plant, add(plan, table, *rows))


def plant_plus(table: str, *rows: object) -> Edit:
    return lambda plant, plan: (add(plant, table, *rows), plan)


def minus(table: str, key: str) -> Edit:
    return lambda plant, plan: (plant, drop(plan, table, key))


def both(*edits: Edit) -> Edit:
    def edit(plant: q.Plant, plan: p.Plan) -> Pair:
        for one in edits:
            plant, plan = one(plant, plan)
        return plant, plan

    return edit


def fences(hours: int) -> Edit:
    return lambda plant, plan: (replace(plant, fences=q.Fences(frozen_hours=hours)), plan)


def same(plant: q.Plant, plan: p.Plan) -> Pair:
    return plant, plan


def week(minutes: int) -> Edit:
    """Overtime of the second week, in a bucket and to the minute."""
    return both(
        minus("bucket_overtime", "MIX"),
        plus("bucket_overtime", p.BucketOvertime("MIX", 10, minutes)),
        plus("overtime", p.Overtime("MIX", 11400, 11460)),
    )


CASES: list[tuple[str, tuple[str, ...] | list[tuple[str, ...]], Edit, Edit]] = [
    # plan_integrity
    (
        "plan_integrity",
        ("MIX",),
        plus("overtime", p.Overtime("MIX", 34500, 34560)),
        plus("overtime", p.Overtime("MIX", 34501, 34561)),
    ),
    (
        "plan_integrity",
        ("MIX",),
        plus("bucket_overtime", p.BucketOvertime("MIX", 11, 1)),
        plus("bucket_overtime", p.BucketOvertime("MIX", 12, 1)),
    ),
    (
        "plan_integrity",
        ("MIX",),
        plus("bucket_overtime", p.BucketOvertime("MIX", 5, 1)),
        plus("bucket_overtime", p.BucketOvertime("MIX", 4, 1)),
    ),
    # routing
    ("routing", ("B2/bake",), same, on_plan("runs", "B2/bake", quantity=58)),
    ("routing", ("B2/bake",), same, on_plan("runs", "B2/bake", resource="PACK")),
    # waits: B1 is released at 2140, 10 minutes at least; B2 ends at 2180, 240 minutes at most
    ("waits", ("B1/bake",), same, on_plan("runs", "B1/bake", setup_start=2149, start=2149, end=2269)),
    (
        "waits",
        ("B2/bake",),
        on_plan("runs", "B2/bake", setup_start=2420, start=2420, end=2540),
        on_plan("runs", "B2/bake", setup_start=2421, start=2421, end=2541),
    ),
    # run_time
    ("run_time", ("B2/mix",), same, on_plan("runs", "B2/mix", end=2181)),
    ("run_time", ("F2/pack",), same, on_plan("bucket_runs", "F2/pack", load=((7, 30), (8, 49)))),
    (
        "run_time",
        ("WIP1/fit",),
        both(minus("deliveries", "O3"), on_plan("runs", "WIP1/fit", setup_start=1290, start=1290, end=1320)),
        both(minus("deliveries", "O3"), on_plan("runs", "WIP1/fit", setup_start=1291, start=1291, end=1801)),
    ),
    # capacity
    (
        "capacity",
        ("OVEN", "B1/bake", "B2/bake"),
        same,
        on_plan("runs", "B2/bake", setup_start=2269, start=2269, end=2389),
    ),
    # changeover
    ("changeover", ("MIX", "B1/mix"), same, on_plan("runs", "B1/mix", setup_start=1981)),
    ("changeover", ("MIX", "B2/mix"), same, on_plan("runs", "B2/mix", setup_start=2111)),
    # setup_state
    ("setup_state", ("MIX",), same, on_plan("bucket_setups", "MIX/7", groups=("g1", "g2"))),
    # labour: two for F1, one for B2 until 2180, and B3
    (
        "labour",
        ("CREW", "F1/pack"),
        on_plant("resources", "CREW", capacity=2),
        on_plant("resources", "CREW", capacity=1),
    ),
    # batch
    (
        "batch",
        ("OVEN", "B2/bake"),
        on_plant("operations", "BULK/bake", min_batch=57),
        on_plant("operations", "BULK/bake", min_batch=58),
    ),
    (
        "batch",
        ("OVEN", "B1/bake"),
        on_plant("operations", "BULK/bake", batch_size=85),
        on_plant("operations", "BULK/bake", batch_size=84, min_batch=0),
    ),
    # lot_size
    ("lot_size", ("B2",), on_plant("items", "BULK", min_lot=60), on_plant("items", "BULK", min_lot=61)),
    (
        "lot_size",
        [("B1",), ("B3",)],
        on_plant("items", "BULK", max_lot=100),
        on_plant("items", "BULK", max_lot=99),
    ),
    (
        "lot_size",
        ("B2",),
        on_plant("items", "BULK", lot_multiple=20),
        on_plant("items", "BULK", lot_multiple=50),
    ),
    # material_balance: 620 RAW1 in, 570 used; 142 BULK before the tail
    (
        "material_balance",
        ("RAW1",),
        on_plant("stock", "S1", quantity=450),
        on_plant("stock", "S1", quantity=449),
    ),
    (
        "material_balance",
        ("RAW1",),
        both(
            on_plant("stock", "S1", quantity=200),
            on_plan("lots", "B1", quantity=100),
            on_plant("receipts", "PO1", quantity=420),
        ),
        both(on_plant("stock", "S1", quantity=199), on_plant("receipts", "PO1", quantity=500, due=2011)),
    ),
    # overtime: two hours a week; four of the seven days of bucket 10 are in the week of minute 11400
    ("overtime", ("MIX",), week(105), week(106)),
    ("overtime", ("MIX",), same, on_plan("overtime", "MIX", start=4199)),
    # downtime
    ("downtime", ("CLEAN",), on_plan("maintenance", "CLEAN", start=0, end=60), minus("maintenance", "CLEAN")),
    (
        "downtime",
        ("CLEAN",),
        on_plan("maintenance", "CLEAN", start=7140, end=7200),
        on_plan("maintenance", "CLEAN", start=7141, end=7201),
    ),
    ("downtime", ("CLEAN",), same, on_plan("maintenance", "CLEAN", start=301)),
    # inspection
    ("inspection", ("F1/I-FIN",), same, on_plan("inspections", "F1/I-FIN", end=2409)),
    ("inspection", ("F1/I-FIN",), same, on_plan("inspections", "F1/I-FIN", start=2349, end=2409)),
    (
        "inspection",
        ("F2/I-FIN",),
        both(
            on_plant("inspections", "I-FIN", wait_minutes=2820),
            on_plan("runs", "F1/repack", setup_start=6360, start=6360, end=6373),
            on_plan("deliveries", "O1", ship=6400, arrive=6400),
            on_plant("locks", "LOCK2", end=6400),
        ),
        both(
            on_plant("inspections", "I-FIN", wait_minutes=2821),
            on_plan("runs", "F1/repack", setup_start=6360, start=6360, end=6373),
            on_plan("deliveries", "O1", ship=6400, arrive=6400),
            on_plant("locks", "LOCK2", end=6400),
        ),
    ),
    # rework
    ("rework", ("F1/repack",), same, on_plan("runs", "F1/repack", setup_start=3849, start=3849, end=3862)),
    # lab_capacity
    (
        "lab_capacity",
        ("LAB", "F1/I-FIN"),
        on_plant("inspections", "I-FIN", slots=2),
        on_plant("inspections", "I-FIN", slots=3),
    ),
    # quality_hold: F1 is free at 3863
    (
        "quality_hold",
        ("FIN", "F1"),
        on_plan("deliveries", "O1", ship=3863, arrive=3863),
        on_plan("deliveries", "O1", ship=3862, arrive=3862),
    ),
    # artwork_gate: F2's bucket 7 ends at 11520
    (
        "artwork_gate",
        ("F1/pack",),
        on_plant("operations", "FIN/pack", artwork_approved_on=2270),
        on_plant("operations", "FIN/pack", artwork_approved_on=2271),
    ),
    # frozen_zone: the first run that is not in progress is set up at 1980, and locked
    ("frozen_zone", [("B2/mix",), ("B1/bake",)], fences(35), fences(36)),
    # phase
    ("phase", ("B1",), on_plant("items", "BULK", phase_in=2010), on_plant("items", "BULK", phase_in=2011)),
    ("phase", ("B3",), on_plant("items", "BULK", phase_out=8641), on_plant("items", "BULK", phase_out=8640)),
    # locks
    ("locks", ("LOCK1", "B1/mix"), same, on_plant("locks", "LOCK1", end=2111)),
    ("locks", ("LOCK2", "O1"), on_plant("locks", "LOCK2", end=3900), on_plant("locks", "LOCK2", end=3899)),
    ("locks", ("LOCK3", "K1"), same, on_plant("locks", "LOCK3", end=8 * works.DAY)),
    # purchasing
    (
        "purchasing",
        ("P1",),
        on_plan("purchases", "P1", order_by=480),
        on_plan("purchases", "P1", order_by=481),
    ),
    ("purchasing", ("P1",), on_plan("purchases", "P1", order_by=0), on_plan("purchases", "P1", order_by=-1)),
    (
        "purchasing",
        ("P1",),
        on_plant("suppliers", "SUP", min_order=300),
        on_plant("suppliers", "SUP", min_order=301),
    ),
    (
        "purchasing",
        ("P1",),
        on_plant("suppliers", "SUP", order_multiple=60),
        on_plant("suppliers", "SUP", order_multiple=70),
    ),
    (
        "purchasing",
        ("P1",),
        on_plant("suppliers", "SUP", valid_from=0, valid_to=1),
        on_plant("suppliers", "SUP", valid_from=1),
    ),
    (
        "purchasing",
        ("P1",),
        on_plant("suppliers", "SUP", valid_to=1),
        on_plant("suppliers", "SUP", valid_to=0),
    ),
    # supplier_capacity
    (
        "supplier_capacity",
        ("SUP", "RAW2", "P1"),
        on_plant("suppliers", "SUP", capacity_per_week=300),
        on_plant("suppliers", "SUP", capacity_per_week=299),
    ),
    # budgets: 300 for purchases; for inspections 85 before the reserve is released, 158 in all
    ("budgets", ("BUY",), same, on_plant("budgets", "BUY", reserve=F(999, 100))),
    (
        "budgets",
        ("BUY",),
        on_plant("budgets", "BUY", limit=F(300), reserve_rule=q.ReserveRule.HELD),
        on_plant("budgets", "BUY", limit=F(299), reserve_rule=q.ReserveRule.HELD),
    ),
    (
        "budgets",
        ("BUY",),
        on_plant("budgets", "BUY", start=works.FIRST_DAY + 1, limit=F(300)),
        on_plant("budgets", "BUY", start=works.FIRST_DAY + 1, spent=F(1)),
    ),
    (
        "budgets",
        ("LAB",),
        on_plant("budgets", "LAB", reserve_from=works.FIRST_DAY + 8, limit=F(128)),
        on_plant("budgets", "LAB", reserve_from=works.FIRST_DAY + 9, limit=F(157)),
    ),
    (
        "budgets",
        ("LAB",),
        on_plant("budgets", "LAB", limit=F(85), reserve=F(100)),
        on_plant("budgets", "LAB", limit=F(84), reserve=F(100)),
    ),
    (
        "budgets",
        ("LATE",),
        on_plant("budgets", "LATE", overrun_cost=None, limit=F(180)),
        on_plant("budgets", "LATE", overrun_cost=None, limit=F(179)),
    ),
    # a fund: limits of 290 and 150 come first, then reserves of 10 and 60; LAB needs 158, BUY all of its 300
    (
        "budgets",
        ("LAB",),
        on_plant("funds", "MONEY", amount=F(458)),
        on_plant("funds", "MONEY", amount=F(457)),
    ),
    (
        "budgets",
        ("BUY",),
        both(
            on_plant("budgets", "BUY", priority=3),
            on_plant("budgets", "LAB", limit=F(210), reserve_from=works.FIRST_DAY),
            on_plant("funds", "MONEY", amount=F(570)),
        ),
        both(
            on_plant("budgets", "BUY", priority=3),
            on_plant("budgets", "LAB", limit=F(210), reserve_from=works.FIRST_DAY),
            on_plant("funds", "MONEY", amount=F(569)),
        ),
    ),
    # storage: 76 on hold
    (
        "storage",
        [("STORE",)] * 2,
        on_plant("storages", "STORE", capacity=F(76)),
        on_plant("storages", "STORE", capacity=F(151, 2)),
    ),
    # dock: one customer a day
    (
        "dock",
        ("DOCK", "C1", "C2"),
        on_plant("orders", "O3", ship_from="DOCK"),
        both(
            on_plant("orders", "O3", ship_from="DOCK", customer="C2", due=0),
            on_plan("deliveries", "O3", ship=3000, arrive=4440),
        ),
    ),
    # demand_fulfilment
    ("demand_fulfilment", ("O4",), same, on_plan("lost", "O4", quantity=11)),
    (
        "demand_fulfilment",
        ("O1",),
        both(on_plant("locks", "LOCK2", end=4321), on_plan("deliveries", "O1", ship=4321, arrive=4321)),
        both(
            on_plant("orders", "O1", due=4321),
            on_plant("locks", "LOCK2", end=4321),
            on_plan("deliveries", "O1", ship=4320, arrive=4320),
        ),
    ),
    ("demand_fulfilment", ("O2",), same, on_plan("deliveries", "O2", arrive=15839)),
    (
        "demand_fulfilment",
        ("O1",),
        both(
            on_plan("deliveries", "O1", quantity=30),
            plus("deliveries", p.Delivery("O1", "FIN", 40, 3901, 3901)),
        ),
        both(
            on_plan("deliveries", "O1", quantity=29),
            plus("deliveries", p.Delivery("O1", "FIN", 41, 3901, 3901)),
        ),
    ),
    # shelf_life: two days are to be left; 3900 + 2880 = 6780
    (
        "shelf_life",
        ("FIN",),
        on_plant("items", "FIN", shelf_life_days=4, min_remaining_life_days=2),
        on_plant("items", "FIN", shelf_life_days=4, min_remaining_life_days=3),
    ),
]


@pytest.mark.parametrize(("rule", "subjects", "passes", "fails"), CASES)
def test_boundary(
    rule: str, subjects: tuple[str, ...] | list[tuple[str, ...]], passes: Edit, fails: Edit
) -> None:
    good = check(*passes(works.plant(), works.plan()))
    assert [violation.text() for violation in good.violations] == []
    bad = check(*fails(works.plant(), works.plan()))
    expected = subjects if isinstance(subjects, list) else [subjects]
    assert [(one.rule, one.subjects) for one in bad.violations] == [(rule, one) for one in expected]
