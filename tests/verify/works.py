"""A small plant with every feature, and a plan for it that is valid, window and tail.

Monday 2025-01-06 00:00 UTC; ten days, then two weeks; five days to the minute (W = 7200).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from typing import Any

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q

DAY = 1440
FIRST_DAY = date(2025, 1, 6).toordinal()
ALL_WEEK = range(7)


def shift(calendar: str, begin: int, end: int, kind: str = "work") -> tuple[q.CalendarRow, ...]:
    return tuple(
        q.CalendarRow(calendar, day, None, begin, end, None, q.CalendarKind(kind)) for day in ALL_WEEK
    )


def plant() -> q.Plant:
    return q.Plant(
        name="works",
        start="2025-01-06T00:00:00",
        timezone="UTC",
        currency="EUR",
        horizon=q.Horizon(daily=10, weekly=2, schedule_days=5),
        fences=q.Fences(frozen_hours=6),
        costs=q.Costs(
            makespan_cost_per_minute=F(1, 100), overstock_rate_per_day=F(1, 100), energy_cost_per_kwh=F(1, 4)
        ),
        items=(
            q.Item("RAW1", q.ItemKind.RAW, unit_value=F(1), holding_cost_per_day=F(1, 100)),
            q.Item("RAW2", q.ItemKind.RAW, unit_value=F(2), holding_cost_per_day=F(1, 50)),
            q.Item(
                "BULK",
                q.ItemKind.INTERMEDIATE,
                unit_value=F(5),
                holding_cost_per_day=F(1, 20),
                setup_group="g2",
                min_lot=50,
                lot_multiple=20,
                max_lot=100,
            ),
            q.Item(
                "KIT",
                q.ItemKind.FINISHED,
                unit_value=F(3),
                setup_group="g1",
                holding_cost_per_day=F(1, 10),
                salvage_value=F(1, 2),
            ),
            q.Item(
                "FIN",
                q.ItemKind.FINISHED,
                unit_value=F(10),
                holding_cost_per_day=F(1, 10),
                price=F(20),
                safety_stock=5,
                max_stock=50,
                storage="STORE",
                shelf_life_days=6,
                min_remaining_life_days=2,
                salvage_value=F(1),
            ),
        ),
        bill_of_materials=(
            q.BomLine("BULK", "RAW1", F(2)),
            q.BomLine("BULK", "RAW2", F(1), operation="mix"),
            q.BomLine("KIT", "RAW1", F(1)),
            q.BomLine("FIN", "BULK", F(1)),
        ),
        operations=(
            q.Operation(
                "BULK",
                "mix",
                10,
                run_minutes=F(1),
                yield_fraction=F(19, 20),
                min_wait_minutes=10,
                max_wait_minutes=240,
            ),
            q.Operation("BULK", "bake", 20, fixed_minutes=120, batch_size=100, min_batch=50),
            q.Operation("KIT", "fit", 10, run_minutes=F(1), pausable=False),
            q.Operation("FIN", "pack", 10, run_minutes=F(1), artwork_approved_on=2000),
            q.Operation("FIN", "repack", 20, run_minutes=F(1), fixed_minutes=5, yield_fraction=F(1, 2)),
        ),
        operation_resources=(
            q.OperationResource(
                "BULK", "mix", "MIX", setup_minutes=10, setup_cost=F(3, 2), labour="CREW", tool="JIG"
            ),
            q.OperationResource("BULK", "bake", "OVEN"),
            q.OperationResource("KIT", "fit", "MIX", cost_per_hour=F(120)),
            q.OperationResource("FIN", "pack", "PACK", labour="CREW", labour_units=2),
            q.OperationResource("FIN", "repack", "PACK"),
        ),
        resources=(
            q.Resource(
                "MIX",
                q.ResourceKind.MACHINE,
                calendar="SHIFT",
                cost_per_hour=F(60),
                overtime_calendar="LATE",
                overtime_cost_per_hour=F(120),
                max_overtime_hours_per_week=F(2),
                changeover_matrix="MX",
                initial_setup_group="g1",
                energy_kw=F(12),
            ),
            q.Resource("OVEN", q.ResourceKind.MACHINE, cost_per_hour=F(30), energy_kw=F(6)),
            q.Resource(
                "PACK",
                q.ResourceKind.SUBCONTRACTOR,
                capacity=2,
                calendar="SHIFT",
                cost_per_hour=F(60),
                energy_kw=F(40),
            ),
            q.Resource("CREW", q.ResourceKind.LABOUR, capacity=3, calendar="SHIFT", cost_per_hour=F(30)),
            q.Resource("ANA", q.ResourceKind.LABOUR, calendar="SHIFT", cost_per_hour=F(60)),
            q.Resource("JIG", q.ResourceKind.TOOL),
            q.Resource("LAB", q.ResourceKind.LAB, capacity=2, calendar="SHIFT", cost_per_hour=F(6)),
            q.Resource("LAB2", q.ResourceKind.LAB),
            q.Resource("DOCK", q.ResourceKind.DOCK, calendar="SHIFT"),
        ),
        calendars=(*shift("SHIFT", 360, 1320), *shift("LATE", 1320, 1440, "overtime")),
        downtime=(q.Downtime("CLEAN", "MIX", flexible_from=0, flexible_to=7200, minutes=60),),
        changeovers=(q.Changeover("MX", "g1", "g2", 20, F(5)), q.Changeover("MX", "g2", "g1", 15, F(3))),
        inspections=(
            q.Inspection(
                "I-IN",
                q.Stage.INCOMING,
                "LAB",
                item="RAW2",
                supplier="SUP",
                sample_quantity=10,
                destructive=True,
                wait_minutes=30,
            ),
            q.Inspection(
                "I-MIX",
                q.Stage.IN_PROCESS,
                "LAB",
                lab_minutes=30,
                item="BULK",
                operation="mix",
                every_lots=2,
                reject_fraction=F(1, 10),
            ),
            q.Inspection(
                "I-FIN",
                q.Stage.FINAL,
                "LAB",
                item="FIN",
                wait_minutes=DAY,
                analysts=1,
                labour="ANA",
                reject_fraction=F(1, 10),
                rework_operation="repack",
                cost_per_lot=F(7),
            ),
        ),
        suppliers=(
            q.SupplierOffer(
                "SUP",
                "RAW2",
                1,
                price=F(2),
                min_order=50,
                order_multiple=50,
                order_cost=F(9),
                capacity_per_week=400,
                calendar="SHIFT",
            ),
            q.SupplierOffer(
                "SUP",
                "RAW2",
                1,
                price=F(1),
                from_quantity=300,
                min_order=50,
                order_multiple=50,
                order_cost=F(9),
                capacity_per_week=400,
                calendar="SHIFT",
            ),
        ),
        stock=(q.Stock("S1", "RAW1", 500), q.Stock("S2", "RAW1", 1000, q.StockStatus.BLOCKED)),
        receipts=(
            q.Receipt("PO1", q.ReceiptKind.PURCHASE, "RAW1", 120, 1500),
            q.Receipt(
                "WIP1",
                q.ReceiptKind.PRODUCTION,
                "KIT",
                40,
                500,
                operation="fit",
                done_quantity=10,
                resource="MIX",
            ),
            q.Receipt("MO1", q.ReceiptKind.PRODUCTION, "KIT", 5, -10),
        ),
        orders=(
            q.Order(
                "O1", "FIN", 70, 3 * DAY, "C1", min_shipment=30, ship_from="DOCK", late_cost_per_day=F(2)
            ),
            q.Order("O2", "FIN", 70, 10 * DAY, "C2"),
            q.Order("O3", "KIT", 20, DAY, "C1", late_cost_per_day=F(2)),
            q.Order("O4", "FIN", 10, 4 * DAY, "C1", lost_cost=F(30)),
        ),
        customers=(q.Customer("C1"), q.Customer("C2", transit_days=1)),
        storages=(q.Storage("STORE", F(200), cost_per_unit_day=F(1, 10)),),
        life_cycle=(
            q.LifePhase("FIN", FIRST_DAY + 8, "decline", safety_stock=2),
            q.LifePhase("FIN", FIRST_DAY + 20, "service"),
        ),
        funds=(q.Fund("MONEY", F(510)),),
        budgets=(
            q.Budget(
                "BUY",
                FIRST_DAY,
                FIRST_DAY + 6,
                F(290),
                "purchase",
                reserve=F(10),
                priority=1,
                fund="MONEY",
            ),
            q.Budget("LATE", FIRST_DAY, FIRST_DAY + 30, F(100), "overtime", overrun_cost=F(1, 2)),
            q.Budget(
                "LAB",
                FIRST_DAY,
                FIRST_DAY + 8,
                F(150),
                "inspection",
                reserve=F(60),
                reserve_rule=q.ReserveRule.DATED,
                reserve_from=FIRST_DAY + 8,
                priority=2,
                fund="MONEY",
            ),
            q.Budget("ALL", FIRST_DAY + 5, FIRST_DAY + 13, F(50), overrun_cost=F(2), spent=F(7)),
        ),
        locks=(
            q.Lock("LOCK1", q.LockKind.RUN, "B1/mix", "MIX", 2010, 2110),
            q.Lock("LOCK2", q.LockKind.ORDER, "O1", end=3 * DAY),
            q.Lock("LOCK3", q.LockKind.ITEM, "KIT", start=440, end=8 * DAY - 1),
            q.Lock("LOCK4", q.LockKind.ITEM, "FIN", expires=0),
        ),
    )


def plan() -> p.Plan:
    return p.Plan(
        p.Provenance("works", ""),
        lots=(
            p.Lot("WIP1", "KIT", 40, receipt="WIP1"),
            p.Lot("B1", "BULK", 100),
            p.Lot("B2", "BULK", 60),
            p.Lot("B3", "BULK", 100),
            p.Lot("F1", "FIN", 80),
            p.Lot("F2", "FIN", 80),
            p.Lot("K1", "KIT", 50),
        ),
        runs=(
            p.Run("WIP1", "fit", "MIX", 30, 400, 400, 430),
            p.Run("B1", "mix", "MIX", 100, 1980, 2010, 2110),
            p.Run("B2", "mix", "MIX", 60, 2110, 2120, 2180),
            p.Run("B1", "bake", "OVEN", 85, 2150, 2150, 2270),
            p.Run("B2", "bake", "OVEN", 57, 2270, 2270, 2390),
            p.Run("F1", "pack", "PACK", 80, 2270, 2270, 2350),
            p.Run("F1", "repack", "PACK", 8, 3850, 3850, 3863),
        ),
        bucket_runs=(
            p.BucketRun("B3", "mix", "MIX", 100, ((6, 110),)),
            p.BucketRun("B3", "bake", "OVEN", 85, ((7, 0),)),
            p.BucketRun("K1", "fit", "MIX", 50, ((7, 50),)),
            p.BucketRun("F2", "pack", "PACK", 80, ((7, 30), (8, 50))),
            p.BucketRun("F2", "repack", "PACK", 8, ((9, 13),)),
        ),
        bucket_setups=(p.BucketSetups("MIX", 6, ("g2",)), p.BucketSetups("MIX", 7, ("g1",))),
        inspections=(
            p.InspectionRun("P1", "I-IN", "LAB", 1920, 1980),
            p.InspectionRun("B1", "I-MIX", "LAB", 2110, 2140),
            p.InspectionRun("F1", "I-FIN", "LAB", 2350, 2410),
        ),
        bucket_inspections=(
            p.BucketInspection("B3", "I-MIX", "LAB", 6, 6),
            p.BucketInspection("F2", "I-FIN", "LAB", 8, 9),
        ),
        purchases=(p.Purchase("P1", "SUP", "RAW2", 300, 0, 1920),),
        overtime=(p.Overtime("MIX", 4200, 4260),),
        bucket_overtime=(p.BucketOvertime("MIX", 6, 30),),
        maintenance=(p.Maintenance("CLEAN", "MIX", 300, 360),),
        deliveries=(
            p.Delivery("O3", "KIT", 20, 430, 430),
            p.Delivery("O1", "FIN", 70, 3900, 3900),
            p.Delivery("O2", "FIN", 70, 14400, 15840),
        ),
        lost=(p.Lost("O4", 10),),
    )


def with_bills() -> tuple[q.Plant, p.Plan]:
    """The same with a substitute for what BULK is made of, and SLAG that BULK and KIT leave."""
    base = plant()
    first, *others = base.bill_of_materials
    lines = (
        replace(first, alternative="raw"),
        q.BomLine("BULK", "RAW3", F(3, 2), alternative="raw", share=F(1, 3), scrap_fraction=F(1, 20)),
        *others,
        q.BomLine("BULK", "SLAG", F(1, 7), by_product=True, operation="bake"),
        q.BomLine("KIT", "SLAG", F(1), per_quantity=F(4), by_product=True, scrap_fraction=F(1, 9)),
    )
    slag = q.Item(
        "SLAG", q.ItemKind.RAW, precision=1, unit_value=F(1), holding_cost_per_day=F(1, 30), max_stock=20,
        safety_stock=3, shelf_life_days=4, salvage_value=F(1, 8),
    )  # fmt: skip
    raw = q.Item("RAW3", q.ItemKind.RAW, precision=2, holding_cost_per_day=F(1, 90))
    mixed = replace(
        base, items=(*base.items, raw, slag), bill_of_materials=lines,
        stock=(*base.stock, q.Stock("S-RAW3", "RAW3", 3500)),
        orders=(*base.orders, q.Order("O5", "SLAG", 60, 2 * DAY, lost_cost=F(1))),
    )  # fmt: skip
    made = alter(plan(), "lots", "B2", version="[raw: RAW1 200/3% + RAW3 100/3%]")
    return mixed, add(made, "deliveries", p.Delivery("O5", "SLAG", 60, 2500, 2500))


def with_certificates() -> tuple[q.Plant, p.Plan]:
    """The same with certificates for FIN and KIT, which one person signs in an office."""
    base = plant()
    papers = tuple(
        q.Inspection(
            f"C-{item}", q.Stage.CERTIFICATE, "OFFICE", item=item, lab_minutes=minutes, analysts=1,
            labour="QP", certificate="certificate of analysis",
        )
        for item, minutes in (("FIN", 30), ("KIT", 20))
    )  # fmt: skip
    people = (
        q.Resource("QP", q.ResourceKind.LABOUR, calendar="SHIFT", cost_per_hour=F(2)),
        q.Resource("OFFICE", q.ResourceKind.LAB, calendar="SHIFT"),
    )
    issued = add(
        alter(plan(), "deliveries", "O3", ship=450, arrive=450), "inspections",
        p.InspectionRun("MO1", "C-KIT", "OFFICE", 400, 420),
        p.InspectionRun("WIP1", "C-KIT", "OFFICE", 430, 450),
        p.InspectionRun("F1", "C-FIN", "OFFICE", 3863, 3893),
    )  # fmt: skip
    issued = add(
        issued, "bucket_inspections",
        p.BucketInspection("K1", "C-KIT", "OFFICE", 8, 8), p.BucketInspection("F2", "C-FIN", "OFFICE", 9, 9),
    )  # fmt: skip
    whole = replace(base, inspections=(*base.inspections, *papers), resources=(*base.resources, *people))
    return whole, issued


def alter(document: Any, table: str, key: str, **fields: Any) -> Any:
    """Change the rows of a table (plant or plan) that are named ``a/b`` by their first fields."""
    rows, found = [], 0
    for row in getattr(document, table):
        if named(row, key):
            row, found = replace(row, **fields), found + 1
        rows.append(row)
    assert found, f"{table} has no {key}"
    return replace(document, **{table: tuple(rows)})


def drop(document: Any, table: str, key: str) -> Any:
    rows = getattr(document, table)
    kept = tuple(row for row in rows if not named(row, key))
    assert len(kept) < len(rows), f"{table} has no {key}"
    return replace(document, **{table: kept})


def add(document: Any, table: str, *rows: Any) -> Any:
    return replace(document, **{table: (*getattr(document, table), *rows)})


def named(row: Any, key: str) -> bool:
    fields = [getattr(row, name) for name in type(row).__dataclass_fields__]
    return all(str(value) == part for value, part in zip(fields, key.split("/"), strict=False))


def variants() -> list[p.Plan]:
    """All plans that leave out or move some of five things; every one of them is valid."""

    def without_f2(plan: p.Plan) -> p.Plan:
        for table, key in (
            ("lots", "F2"),
            ("bucket_runs", "F2"),
            ("bucket_inspections", "F2"),
            ("deliveries", "O2"),
        ):
            plan = drop(plan, table, key)
        return plan

    def later_b2(plan: p.Plan) -> p.Plan:
        plan = alter(plan, "runs", "B2/mix", setup_start=2140, start=2155, end=2215)
        return alter(plan, "runs", "B2/bake", setup_start=2300, start=2305, end=2425)

    def less_overtime(plan: p.Plan) -> p.Plan:
        return drop(drop(plan, "overtime", "MIX"), "bucket_overtime", "MIX")

    def late_o3(plan: p.Plan) -> p.Plan:
        return alter(plan, "deliveries", "O3", ship=5000, arrive=5000)

    def larger_k1(plan: p.Plan) -> p.Plan:
        plan = alter(plan, "lots", "K1", quantity=60)
        return alter(plan, "bucket_runs", "K1", quantity=60, load=((7, 40), (8, 20)))

    def listed(plan: p.Plan) -> p.Plan:
        return add(plan, "bucket_setups", p.BucketSetups("MIX", 8, ("g1",)))

    edits = (without_f2, later_b2, less_overtime, late_o3, lambda plan: listed(larger_k1(plan)))
    plans = [plan()]
    for edit in edits:
        plans += [edit(one) for one in plans]
    return plans
