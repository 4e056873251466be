"""Places that a mutation run of the checker found unguarded, each with its exact answer."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import pytest
import tiny
from tiny import DAY, LAB, MAKE, MODE, M, broken, join, lot

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check

H = 11 * DAY
MOST = 10**15


def in_tail(name: str, bucket: int, quantity: int = 10) -> dict[str, Any]:
    run = p.BucketRun(name, "make", "M", quantity, ((bucket, quantity),))
    return {"lots": (p.Lot(name, "A", quantity),), "bucket_runs": (run,)}


# --- plan_integrity

RICH = tiny.plant(
    items=(tiny.ITEM, q.Item("R", q.ItemKind.RAW)),
    resources=(M, LAB),
    suppliers=(q.SupplierOffer("S", "R", 0),),
    stock=(q.Stock("ST", "R", 1),),
    receipts=(q.Receipt("PO", q.ReceiptKind.PURCHASE, "R", 5, 100),),
    orders=(q.Order("O", "A", MOST, H),),
    inspections=(
        q.Inspection("I", q.Stage.FINAL, "LAB", item="A", lab_minutes=10, wait_minutes=5, every_lots=9),
    ),
    downtime=(q.Downtime("D", "M", flexible_from=0, minutes=10),),
)


def integrity(**tables: Any) -> list[tuple[str, ...]]:
    """Subjects of the integrity violations."""
    found = check(RICH, tiny.plan(**tables)).violations
    return [one.subjects for one in found if one.rule == "plan_integrity"]


def run(**fields: Any) -> dict[str, Any]:
    one = p.Run("L1", "make", "M", 10, 0, 0, 10)
    return {"lots": (p.Lot("L1", "A", 10),), "runs": (replace(one, **fields),)}


@pytest.mark.parametrize("name", ["ST", "PO", "P1"])
def test_ids_of_lots_are_their_own(name: str) -> None:
    purchases = {"purchases": (p.Purchase("P1", "S", "R", 1, 0, 0),)}
    assert integrity(**join(lot(name, 0), purchases)) == [(name,)]
    assert integrity(**join(lot("L1", 0), purchases)) == []


@pytest.mark.parametrize(("quantity", "good"), [(-1, False), (0, True), (MOST, True), (MOST + 1, False)])
def test_quantities_of_runs(quantity: int, good: bool) -> None:
    assert integrity(**run(quantity=quantity)) == ([] if good else [("L1/make",)])
    bucket = p.BucketRun("L1", "make", "M", quantity, ((2, 0),))
    rows = {"lots": (p.Lot("L1", "A", 10),), "bucket_runs": (bucket,)}
    assert integrity(**rows) == ([] if good else [("L1/make",)])


@pytest.mark.parametrize(
    ("quantity", "good"), [(-1, False), (0, False), (1, True), (MOST, True), (MOST + 1, False)]
)
def test_quantities_of_everything_else(quantity: int, good: bool) -> None:
    def expected(name: str) -> list[tuple[str, ...]]:
        return [] if good else [(name,)]

    assert integrity(lots=(p.Lot("L1", "A", quantity),)) == expected("L1")
    assert integrity(purchases=(p.Purchase("P1", "S", "R", quantity, 0, 0),)) == expected("P1")
    assert integrity(deliveries=(p.Delivery("O", "A", quantity, 0, 0),)) == expected("O")
    assert integrity(lost=(p.Lost("O", quantity),)) == expected("O")


@pytest.mark.parametrize(("minute", "good"), [(-1, False), (0, True), (H - 1, True), (H, False)])
def test_arrivals_lie_in_the_horizon(minute: int, good: bool) -> None:
    assert integrity(purchases=(p.Purchase("P1", "S", "R", 1, 0, minute),)) == ([] if good else [("P1",)])


def test_times_lie_in_the_horizon_and_in_order() -> None:
    assert integrity(**run(end=H)) == []
    for wrong in ({"end": H + 1}, {"setup_start": -1}, {"setup_start": 1}, {"start": 11, "setup_start": 0}):
        assert integrity(**run(**wrong)) == [("L1/make",)]
    for start, end, good in ((0, H, True), (0, H + 1, False), (-1, 5, False), (6, 5, False), (5, 5, True)):
        assert integrity(overtime=(p.Overtime("M", start, end),)) == ([] if good else [("M",)])
        assert integrity(maintenance=(p.Maintenance("D", "M", start, end),)) == ([] if good else [("M",)])
        rows = {"inspections": (p.InspectionRun("L1", "I", "LAB", start, end - 5),)}
        if end != 5:
            assert integrity(**join(lot("L1", 0), rows)) == ([] if good else [("L1/I",)])
        assert integrity(deliveries=(p.Delivery("O", "A", 1, start, end),)) == ([] if good else [("O",)])


@pytest.mark.parametrize(("minutes", "good"), [(-1, False), (0, True), (H, True), (H + 1, False)])
def test_minutes_of_the_tail_are_minutes(minutes: int, good: bool) -> None:
    assert integrity(bucket_overtime=(p.BucketOvertime("M", 2, minutes),)) == ([] if good else [("M",)])
    bucket = p.BucketRun("L1", "make", "M", 10, ((2, minutes),))
    assert integrity(lots=(p.Lot("L1", "A", 10),), bucket_runs=(bucket,)) == ([] if good else [("L1/make",)])


def test_lots_to_the_minute_start_in_the_window_and_others_are_inspected_in_buckets() -> None:
    assert integrity(**lot("L1", 2 * DAY - 1)) == []
    assert integrity(**lot("L1", 2 * DAY)) == [("L1",)]
    record = p.InspectionRun("L1", "I", "LAB", 0, 10)
    assert integrity(**join(in_tail("L1", 2), {"inspections": (record,)})) == [("L1",)]
    later = p.BucketInspection("L1", "I", "LAB", 2, 4)
    assert integrity(**join(in_tail("L1", 2), {"bucket_inspections": (later,)})) == []
    for bucket, released in ((1, 2), (3, 2), (2, 5)):
        rows = {"bucket_inspections": (replace(later, bucket=bucket, released=released),)}
        assert integrity(**join(in_tail("L1", 2), rows)) == [("L1/I",)]


def test_everything_named_exists() -> None:
    for wrong in ({"lot": "?"}, {"operation": "?"}, {"resource": "?"}):
        row = replace(p.Run("L1", "make", "M", 10, 0, 0, 10), **wrong)
        assert integrity(lots=(p.Lot("L1", "A", 10),), runs=(row,)) == [(f"{row.lot}/{row.operation}",)]
    assert integrity(lots=(p.Lot("L1", "A", 10, "v2"),)) == [("L1",)]
    assert integrity(purchases=(p.Purchase("P1", "S", "A", 1, 0, 0),)) == [("P1",)]
    for row in (
        p.InspectionRun("?", "I", "LAB", 0, 10),
        p.InspectionRun("L1", "?", "LAB", 0, 10),
        p.InspectionRun("L1", "I", "?", 0, 10),
    ):
        assert integrity(**join(lot("L1", 0), {"inspections": (row,)})) == [
            (f"{row.object}/{row.inspection}",)
        ]
    assert integrity(maintenance=(p.Maintenance("?", "M", 0, 10),)) == [("?",)]
    assert integrity(deliveries=(p.Delivery("?", "A", 1, 0, 0),)) == [("?",)]
    assert integrity(deliveries=(p.Delivery("O", "?", 1, 0, 0),)) == [("O",)]
    assert integrity(lost=(p.Lost("?", 1),)) == [("?",)]
    for row in (p.Overtime("?", 0, 1),):
        assert integrity(overtime=(row,)) == [("?",)]
    assert integrity(bucket_overtime=(p.BucketOvertime("?", 2, 1),)) == [("?",)]
    assert integrity(bucket_setups=(p.BucketSetups("?", 2, ("A",)),)) == [("?",)]
    for bucket in (1, 5):
        assert integrity(bucket_setups=(p.BucketSetups("M", bucket, ("A",)),)) == [("M",)]


def in_progress(**fields: Any) -> q.Plant:
    """Two versions of a routing, and an order in progress of one of them."""
    steps = tuple(replace(MAKE, version=version) for version in ("v1", "v2"))
    receipt = q.Receipt("W", q.ReceiptKind.PRODUCTION, "A", 10, 100, version="v1", operation="make")
    return tiny.plant(operations=steps, receipts=(replace(receipt, **fields),))


def going(name: str = "W", **fields: Any) -> p.Plan:
    one = replace(p.Lot(name, "A", 10, "v1", "W"), **fields)
    return tiny.plan(lots=(one,), runs=(p.Run(name, "make", "M", 10, 0, 0, 10),))


def test_orders_in_progress_are_there_as_they_are() -> None:
    assert broken(in_progress(), going()) == []
    assert broken(in_progress(), tiny.plan()) == [("plan_integrity", ("W",), "", "")]
    assert broken(in_progress(), going("X")) == [("plan_integrity", ("X", "W"), "", "")]
    assert broken(in_progress(), going(version="v2")) == [("plan_integrity", ("W",), "", "")]
    # Without a version it is of the item's first: the bound counts what that one takes.
    assert broken(in_progress(version=""), going()) == []
    assert broken(in_progress(version=""), going(version="v2")) == [("plan_integrity", ("W",), "", "")]
    assert broken(in_progress(), going(quantity=9)) == [("plan_integrity", ("W",), "9", "10")]
    bought = in_progress(kind=q.ReceiptKind.PURCHASE)
    assert broken(bought, going()) == [("plan_integrity", ("W",), "", "")]
    assert broken(in_progress(operation=""), going()) == [("plan_integrity", ("W",), "", "")]
    two = in_progress()
    two = replace(two, items=(*two.items, q.Item("B", q.ItemKind.FINISHED)))
    two = replace(two, operations=(*two.operations, q.Operation("B", "make", 10, run_minutes=F(1))))
    assert broken(two, going(item="B", version="")) == [("plan_integrity", ("W",), "", "")]


# --- resources


def test_a_lot_is_not_split() -> None:
    runs = (p.Run("L1", "make", "M", 4, 0, 0, 4), p.Run("L1", "make", "M", 6, 4, 4, 10))
    assert broken(tiny.plant(), tiny.plan(lots=(p.Lot("L1", "A", 10),), runs=runs)) == [
        ("routing", ("L1/make",), "2", "1")
    ]


def test_a_run_of_no_minutes_later_in_the_day() -> None:
    plant = tiny.plant(operations=(replace(MAKE, run_minutes=F(0)),))
    plan = tiny.plan(lots=(p.Lot("L1", "A", 10),), runs=(p.Run("L1", "make", "M", 10, 7, 7, 7),))
    assert broken(plant, plan) == []


def crewed(**changes: Any) -> q.Plant:
    """A machine and its people: both from 0 to 20, the machine again from 30 on, people all day from 40."""
    rows = [(0, 20, "C"), (30, 1440, "C"), (0, 20, "P"), (30, 1440, "P")]
    return tiny.plant(
        resources=(
            replace(M, calendar="C", changeover_matrix="X", initial_setup_group="Z", **changes),
            q.Resource("CREW", q.ResourceKind.LABOUR, calendar="P"),
        ),
        calendars=tuple(q.CalendarRow(name, 0, None, a, b) for a, b, name in rows),
        changeovers=(q.Changeover("X", "Z", "A", 15),),
        operation_resources=(replace(MODE, labour="CREW"),),
    )


def test_people_rest_when_the_machine_does() -> None:
    plan = tiny.plan(lots=(p.Lot("L1", "A", 10),), runs=(p.Run("L1", "make", "M", 10, 10, 35, 45),))
    assert broken(crewed(), plan) == []
    assert broken(crewed(setup_in_breaks=True), plan) == [("labour", ("CREW", "L1/make"), "1", "<= 0")]


def test_setups_in_breaks_take_their_minutes_all_the_same() -> None:
    plan = tiny.plan(lots=(p.Lot("L1", "A", 10),), runs=(p.Run("L1", "make", "M", 10, 31, 45, 55),))
    assert broken(crewed(setup_in_breaks=True), plan) == [("changeover", ("M", "L1/make"), "14", ">= 15")]


def test_tools_of_the_tail() -> None:
    jig = q.Resource("JIG", q.ResourceKind.TOOL)
    modes = (replace(MODE, tool="JIG"), q.OperationResource("A", "make", "N", tool="JIG"))
    plant = tiny.plant(resources=(M, q.Resource("N", q.ResourceKind.MACHINE), jig), operation_resources=modes)
    lots = (p.Lot("L1", "A", 720), p.Lot("L2", "A", 720), p.Lot("L3", "A", 1))
    runs = tuple(
        p.BucketRun(one.lot, "make", name, one.quantity, ((2, one.quantity),))
        for one, name in zip(lots, "MNN", strict=True)
    )
    assert broken(plant, tiny.plan(lots=lots[:2], bucket_runs=runs[:2])) == []
    assert broken(plant, tiny.plan(lots=lots, bucket_runs=runs)) == [("tool", ("JIG",), "1441", "<= 1440")]


def test_the_list_after_a_run_to_the_minute_stands() -> None:
    step = q.Operation("B", "make", 10, run_minutes=F(1))
    plant = tiny.plant(
        items=(tiny.ITEM, q.Item("B", q.ItemKind.FINISHED)),
        operations=(MAKE, step),
        operation_resources=(MODE, q.OperationResource("B", "make", "M")),
        resources=(replace(M, changeover_matrix="X"),),
        changeovers=(q.Changeover("X", "A", "B", 30, F(2)), q.Changeover("X", "B", "A", 40, F(3))),
    )
    tables: dict[str, Any] = {
        "lots": (p.Lot("L0", "A", 100), p.Lot("L1", "B", 20), p.Lot("L2", "A", 30)),
        "runs": (p.Run("L0", "make", "M", 100, 2879, 2880, 2980),),
        "bucket_runs": (p.BucketRun("L1", "make", "M", 20, ((2, 10), (3, 10))),),
    }
    tables["lots"] = tables["lots"][:2]
    lists = (p.BucketSetups("M", 2, ("B",)), p.BucketSetups("M", 3, ("B",)))
    verdict = check(plant, tiny.plan(**tables, bucket_setups=lists))
    assert verdict.violations == ()
    assert [(row.bucket, row.amount) for row in verdict.ledger if row.category == "setup"] == [(2, 2)]
    # the run to the minute is over in bucket 2: its group is not to be listed in bucket 3
    longer = (lists[0], p.BucketSetups("M", 3, ("A", "B")))
    assert broken(plant, tiny.plan(**tables, bucket_setups=longer)) == [("setup_state", ("M",), "A, B", "B")]


def test_a_bucket_has_one_list() -> None:
    plant = tiny.plant(resources=(replace(M, changeover_matrix="X"),))
    twice = (p.BucketSetups("M", 2, ("A",)),) * 2
    found = check(plant, tiny.plan(**in_tail("L1", 2), bucket_setups=twice)).violations
    assert [one.text() for one in found] == [
        "setup_state (M): bucket 2 has several lists; found 2, required 1"
    ]


# --- overtime and maintenance


def test_overtime_may_touch_and_counts_where_it_is() -> None:
    rows = tuple(q.CalendarRow("O", day, None, 0, 60, None, q.CalendarKind.OVERTIME) for day in range(7))
    shut = q.CalendarRow("C", None, 1, 0, 1)
    plant = tiny.plant(resources=(replace(M, calendar="C", overtime_calendar="O"),), calendars=(*rows, shut))
    touching = (p.Overtime("M", 0, 30), p.Overtime("M", 30, 60))
    assert broken(plant, tiny.plan(overtime=touching)) == []
    assert broken(plant, tiny.plan(overtime=(touching[0], p.Overtime("M", 29, 60)))) == [
        ("overtime", ("M",), "29", ">= 30")
    ]
    full = (p.BucketOvertime("M", 3, 60),)
    assert broken(plant, tiny.plan(overtime=touching, bucket_overtime=full)) == []
    assert broken(plant, tiny.plan(overtime=touching, bucket_overtime=(p.BucketOvertime("M", 3, 61),))) == [
        ("overtime", ("M",), "61", "<= 60")
    ]


def test_overtime_over_the_end_of_a_week() -> None:
    rows = (
        q.CalendarRow("O", 6, None, 1380, 1440, None, q.CalendarKind.OVERTIME),
        q.CalendarRow("O", 0, None, 0, 60, None, q.CalendarKind.OVERTIME),
    )
    resource = replace(M, calendar="C", overtime_calendar="O", max_overtime_hours_per_week=F(1, 2))
    plant = tiny.plant(resources=(resource,), calendars=(*rows, q.CalendarRow("C", None, 1, 0, 1)))

    def opened(before: int, after: int) -> list[str]:
        plan = tiny.plan(overtime=(p.Overtime("M", 7 * DAY - before, 7 * DAY + after),))
        return [one.text() for one in check(plant, plan).violations]

    assert opened(30, 30) == []
    assert opened(31, 30) == ["overtime (M): overtime of the week from 0; found 31, required <= 30 minutes"]
    assert opened(30, 31) == [
        f"overtime (M): overtime of the week from {7 * DAY}; found 31, required <= 30 minutes"
    ]


def test_overtime_of_the_tail_fills_its_week() -> None:
    rows = tuple(q.CalendarRow("O", day, None, 0, 60, None, q.CalendarKind.OVERTIME) for day in range(7))
    resource = replace(M, calendar="C", overtime_calendar="O", max_overtime_hours_per_week=F(1, 2))
    plant = tiny.plant(resources=(resource,), calendars=(*rows, q.CalendarRow("C", None, 1, 0, 1)))
    # the week from Friday to Thursday: three days of seven in the first ISO week, four in the second
    for minutes, expected in ((52, []), (53, [("overtime", ("M",), "212/7", "<= 30")])):
        plan = tiny.plan(bucket_overtime=(p.BucketOvertime("M", 4, minutes),))
        assert broken(plant, plan) == expected
    full = tiny.plan(bucket_overtime=(p.BucketOvertime("M", 3, 30),))
    assert broken(plant, full) == []


def test_the_length_of_maintenance_is_told() -> None:
    plan = tiny.plan(maintenance=(p.Maintenance("D", "M", 100, 109),))
    assert broken(RICH, plan) == [("downtime", ("D",), "9", "10")]


# --- fences and locks


def test_a_lock_counts_until_it_expires() -> None:
    def locked(expires: int | None) -> list[str]:
        plant = tiny.plant(locks=(q.Lock("K", q.LockKind.ITEM, "A", expires=expires),))
        return [one[0] for one in broken(plant, tiny.plan(**lot("L1", 0)))]

    assert locked(0) == locked(-1) == []
    assert locked(1) == locked(None) == ["locks"]


def test_locks_tell_what_they_hold() -> None:
    plant = tiny.plant(locks=(q.Lock("K", q.LockKind.RUN, "L1/make", "M", 5),))
    assert broken(plant, tiny.plan(**lot("L1", 4))) == [
        ("locks", ("K", "L1/make"), "M 4 to 14", "M 5 to any")
    ]


def test_phases_ask_only_lots_that_start() -> None:
    item = replace(tiny.ITEM, phase_in=DAY, phase_out=DAY + 5)
    receipt = q.Receipt("W", q.ReceiptKind.PRODUCTION, "A", 10, 100, operation="make")
    plant = tiny.plant(items=(item,), receipts=(receipt,))
    going = {"lots": (p.Lot("W", "A", 10, receipt="W"),), "runs": (p.Run("W", "make", "M", 10, 0, 0, 10),)}
    assert broken(plant, tiny.plan(**going)) == []
    unborn = join(going, {"lots": (p.Lot("L1", "A", 10),)})
    assert broken(plant, tiny.plan(**unborn)) == [("routing", ("L1/make",), "0", "1")]
    assert [one[0] for one in broken(plant, tiny.plan(**join(going, lot("L1", 10))))] == ["phase"]


# --- ledger


def test_given_up_to_the_minute_is_not_late() -> None:
    plant = tiny.plant(
        stock=(q.Stock("S", "A", 4),),
        orders=(q.Order("O", "A", 10, DAY, late_cost_per_day=F(1), lost_cost=F(5)),),
        costs=q.Costs(lateness=q.Lateness.MINUTE),
    )
    tables = {"deliveries": (p.Delivery("O", "A", 4, 100, 100),), "lost": (p.Lost("O", 3),)}
    rows = [(row.category, row.bucket, row.amount) for row in check(plant, tiny.plan(**tables)).ledger]
    # 4 on time, 3 given up, 3 never delivered: ten days late and lost
    assert rows == [("late", 4, 30), ("lost", 0, 15), ("lost", 4, 15)]


def test_salvage_is_what_is_left_at_the_very_end() -> None:
    item = replace(tiny.ITEM, salvage_value=F(2))
    plant = tiny.plant(items=(item,), stock=(q.Stock("S", "A", 10),), orders=(q.Order("O", "A", 4, H),))
    plan = tiny.plan(deliveries=(p.Delivery("O", "A", 4, H, H),))
    rows = [(row.category, row.amount) for row in check(plant, plan).ledger]
    assert rows == [("salvage", -12)]
