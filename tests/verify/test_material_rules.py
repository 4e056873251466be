"""Material, quality, purchasing, demand and fences on the smallest plants that show them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from math import ceil
from typing import Any

import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st
from tiny import DAY, LAB, MAKE, MODE, M, broken, join, lot

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check, releases, stock_curves
from capacityplan.verify.stock import need

RAW = q.Item("R", q.ItemKind.RAW)
ORDER = q.Order("O1", "A", 10, 2 * DAY)


def delivered(minute: int, quantity: int = 10, demand: str = "O1", item: str = "A") -> dict[str, Any]:
    return {"deliveries": (p.Delivery(demand, item, quantity, minute, minute),)}


def in_tail(name: str, bucket: int, quantity: int = 10) -> dict[str, Any]:
    run = p.BucketRun(name, "make", "M", quantity, ((bucket, quantity),))
    return {"lots": (p.Lot(name, "A", quantity),), "bucket_runs": (run,)}


# --- material


@given(
    st.fractions(min_value=0, max_value=1000), st.fractions(min_value=F(1, 1000), max_value=1000),
    st.fractions(min_value=0, max_value=F(999, 1000)), st.integers(0, 10**9), st.integers(0, 6),
    st.integers(0, 6),
)  # fmt: skip
def test_what_a_quantity_takes_is_rounded_up_exactly(
    taken: F, per: F, scrap: F, quantity: int, digits: int, component_digits: int
) -> None:
    line = q.BomLine("A", "R", taken, per_quantity=per, scrap_fraction=scrap)
    found = need(line, quantity, 10**digits, 10**component_digits)
    assert found == ceil(F(quantity, 10**digits) * taken / per / (1 - scrap) * 10**component_digits)


def test_inflows_come_before_outflows_of_the_same_minute() -> None:
    plant = tiny.plant(orders=(replace(ORDER, due=DAY),))
    assert broken(plant, tiny.plan(**join(lot("L1", 100), delivered(110)))) == []
    assert broken(plant, tiny.plan(**join(lot("L1", 100), delivered(109)))) == [
        ("material_balance", ("A",), "-10", ">= 0")
    ]


def test_an_arrival_at_midnight_belongs_to_the_day_that_begins() -> None:
    plant = tiny.plant(
        orders=(replace(ORDER, due=DAY),), receipts=(q.Receipt("R1", q.ReceiptKind.PURCHASE, "A", 10, DAY),)
    )
    assert broken(plant, tiny.plan(**delivered(DAY))) == [("material_balance", ("A",), "-10", ">= 0")]
    assert broken(plant, tiny.plan(**delivered(DAY + 1))) == []
    made = replace(plant, receipts=(q.Receipt("R1", q.ReceiptKind.PRODUCTION, "A", 10, DAY),))
    assert broken(made, tiny.plan(**delivered(DAY))) == []


def test_in_the_tail_a_bucket_is_one_moment() -> None:
    plant = tiny.plant(orders=(replace(ORDER, due=2 * DAY + 1),))
    assert broken(plant, tiny.plan(**join(in_tail("L1", 2), delivered(2 * DAY + 1)))) == []
    assert broken(plant, tiny.plan(**join(in_tail("L1", 3), delivered(3 * DAY)))) == [
        ("material_balance", ("A",), "-10", ">= 0")
    ]


def test_components_round_up_with_scrap_and_validity() -> None:
    line = q.BomLine("A", "R", F(1), per_quantity=F(3), scrap_fraction=F(1, 10), valid_to=100)
    other = replace(line, quantity=F(2), valid_from=100, valid_to=None)
    items = (replace(tiny.ITEM, precision=1), replace(RAW, precision=2))
    plant = tiny.plant(
        items=items, bill_of_materials=(line, other), stock=(q.Stock("S", "R", 38),),
        operations=(replace(MAKE, run_minutes=F(10)),),
    )  # fmt: skip
    # 1 unit / 3 / 0.9 = 0.370 units -> 38 of 100; twice that from minute 100 on -> 75
    assert broken(plant, tiny.plan(**lot("L1", 99))) == []
    assert broken(plant, tiny.plan(**lot("L1", 100))) == [("material_balance", ("R",), "-37", ">= 0")]
    assert broken(replace(plant, stock=(q.Stock("S", "R", 37),)), tiny.plan(**lot("L1", 99))) == [
        ("material_balance", ("R",), "-1", ">= 0")
    ]


def test_blocked_stock_and_stock_to_come() -> None:
    def with_stock(**fields: Any) -> q.Plant:
        return tiny.plant(orders=(replace(ORDER, due=DAY),), stock=(q.Stock("S", "A", 10, **fields),))

    plan = tiny.plan(**delivered(100))
    assert broken(with_stock(), plan) == []
    assert broken(with_stock(status=q.StockStatus.BLOCKED), plan)[0][0] == "material_balance"
    assert broken(with_stock(available=100), plan) == []
    assert broken(with_stock(available=101), plan) == [("quality_hold", ("A", "S"), "-10", ">= 0")]
    assert broken(with_stock(status=q.StockStatus.IN_INSPECTION, available=100), plan) == []
    assert broken(with_stock(status=q.StockStatus.IN_INSPECTION), plan) == []


def final(**fields: Any) -> q.Inspection:
    default = {"inspection": "I", "stage": q.Stage.FINAL, "lab": "LAB", "item": "A", "lab_minutes": 10}
    return q.Inspection(**(default | fields))


def test_stock_in_inspection_is_inspected_before_use() -> None:
    stock = (q.Stock("S", "A", 20, q.StockStatus.IN_INSPECTION),)
    row = final(every_lots=2, reject_fraction=F(1, 2))
    plant = tiny.plant(orders=(replace(ORDER, due=DAY),), stock=stock, inspections=(row,), resources=(M, LAB))
    assert broken(plant, tiny.plan()) == []  # it may stay where it is
    assert broken(plant, tiny.plan(**delivered(100))) == [("quality_hold", ("A", "S"), "-10", ">= 0")]
    made = join(lot("L1", 0), {"inspections": (p.InspectionRun("L1", "I", "LAB", 10, 20),)})
    assert broken(replace(plant, stock=()), tiny.plan(**join(made, delivered(10, 5)))) == [
        ("quality_hold", ("A", "L1"), "-5", ">= 0")
    ]
    record = p.InspectionRun("S", "I", "LAB", 90, 100)
    assert broken(plant, tiny.plan(**delivered(100), inspections=(record,))) == []
    assert broken(plant, tiny.plan(**delivered(99), inspections=(record,))) == [
        ("quality_hold", ("A", "S"), "-10", ">= 0")
    ]
    # a lot is the first of its kind all the same: stock is not numbered
    tables = join(lot("L1", 0), {"inspections": (p.InspectionRun("L1", "I", "LAB", 10, 20),)})
    assert broken(plant, tiny.plan(**tables)) == []


def test_stock_of_bought_items_takes_incoming_rows_without_supplier() -> None:
    rows = (
        q.Inspection("IN", q.Stage.INCOMING, "LAB", item="R"),
        q.Inspection("SUP", q.Stage.INCOMING, "LAB", item="R", supplier="S1"),
    )
    stock = (q.Stock("S", "R", 20, q.StockStatus.IN_INSPECTION),)
    plant = tiny.plant(items=(tiny.ITEM, RAW), stock=stock, inspections=rows, resources=(M, LAB))
    assert broken(plant, tiny.plan(inspections=(p.InspectionRun("S", "IN", "LAB", 0, 60),))) == []
    extra = p.InspectionRun("S", "SUP", "LAB", 60, 120)
    assert broken(plant, tiny.plan(inspections=(extra,))) == [("inspection", ("S/SUP",), "", "")]


def test_receipts_are_inspected_and_numbered() -> None:
    receipts = (
        q.Receipt("R1", q.ReceiptKind.PRODUCTION, "A", 10, -5),
        q.Receipt("R2", q.ReceiptKind.PRODUCTION, "A", 10, 50),
        q.Receipt("R3", q.ReceiptKind.PRODUCTION, "A", 10, 60),
        q.Receipt("R4", q.ReceiptKind.PRODUCTION, "A", 10, 20 * DAY),
    )
    plant = tiny.plant(receipts=receipts, inspections=(final(every_lots=2),), resources=(M, LAB))
    found = releases(plant, tiny.plan(inspections=(p.InspectionRun("R1", "I", "LAB", 0, 10),)))
    assert {name: (one.completed, one.released) for name, one in found.items()} == {
        "R1": (0, 10), "R2": (50, 50), "R3": (60, None),
    }  # fmt: skip
    curves = stock_curves(plant, tiny.plan())
    assert (curves["A"].unrestricted[0], curves["A"].hold[0]) == (10, 20)


def test_incoming_rows_of_purchases_and_open_orders() -> None:
    rows = (
        q.Inspection("ANY", q.Stage.INCOMING, "LAB", item="R", lab_minutes=10),
        q.Inspection("OWN", q.Stage.INCOMING, "LAB", item="R", supplier="S1", lab_minutes=10, every_lots=2),
    )
    offers = (q.SupplierOffer("S1", "R", 0), q.SupplierOffer("S2", "R", 0))
    receipts = (q.Receipt("PO", q.ReceiptKind.PURCHASE, "R", 5, 11 * DAY - 1),)
    plant = tiny.plant(
        items=(tiny.ITEM, RAW), inspections=rows, suppliers=offers, receipts=receipts,
        resources=(M, replace(LAB, capacity=9)),
    )  # fmt: skip
    purchases = tuple(
        p.Purchase(name, supplier, "R", 5, 0, 100)
        for name, supplier in (("P1", "S1"), ("P2", "S2"), ("P3", "S1"))
    )
    needed = ("P1/ANY", "P1/OWN", "P2/ANY", "P3/ANY")
    assert [one[1] for one in broken(plant, tiny.plan(purchases=purchases))] == [(name,) for name in needed]
    records = tuple(p.InspectionRun(*name.split("/"), "LAB", 100, 110) for name in needed)
    assert broken(plant, tiny.plan(purchases=purchases, inspections=records)) == []
    assert releases(plant, tiny.plan())["PO"].released is None
    later = replace(plant, receipts=(replace(receipts[0], due=11 * DAY),))
    assert "PO" not in releases(later, tiny.plan())


def test_every_second_lot_across_the_windows_end() -> None:
    plant = tiny.plant(inspections=(final(every_lots=2),), resources=(M, LAB))
    tables = join(lot("L3", 0), lot("L2", 10), in_tail("L1", 2), in_tail("L0", 3))
    first = {"inspections": (p.InspectionRun("L3", "I", "LAB", 10, 20),)}
    third = {"bucket_inspections": (p.BucketInspection("L1", "I", "LAB", 2, 2),)}
    assert broken(plant, tiny.plan(**join(tables, first, third))) == []
    assert [one[:2] for one in broken(plant, tiny.plan(**tables))] == [
        ("inspection", ("L3/I",)), ("inspection", ("L1/I",)),
    ]  # fmt: skip


def test_ties_are_numbered_by_id() -> None:
    plant = tiny.plant(inspections=(final(every_lots=2),), resources=(replace(M, capacity=2), LAB))
    tables = join(lot("L2", 0), lot("L1", 0))
    assert [one[1] for one in broken(plant, tiny.plan(**tables))] == [("L1/I",)]


def test_inspections_follow_each_other_in_the_order_of_their_ids() -> None:
    rows = (
        final(inspection="I2", reject_fraction=F(1, 2)),
        final(inspection="I1", sample_quantity=3, destructive=True),
    )
    plant = tiny.plant(
        inspections=tuple(replace(row) for row in rows), resources=(M, replace(LAB, capacity=2))
    )
    records = tuple(p.InspectionRun("L1", name, "LAB", 10, 20) for name in ("I1", "I2"))
    found = releases(plant, tiny.plan(**lot("L1", 0), inspections=records))
    assert found["L1"].accepted == 3  # (10 - 3) / 2
    few = releases(plant, tiny.plan(**lot("L1", 0, 2), inspections=records))
    assert few["L1"].accepted == 0  # no more than there is can be destroyed
    kept = replace(plant, inspections=(replace(rows[1], destructive=False),))
    assert releases(kept, tiny.plan(**lot("L1", 0)))["L1"].accepted == 10


def test_labs_pause_in_breaks_and_have_slots_and_analysts() -> None:
    shift = (q.CalendarRow("C", 0, None, 0, 15), q.CalendarRow("C", 0, None, 25, 600))
    chemist = q.Resource("ANA", q.ResourceKind.LABOUR)
    row = final(analysts=1, labour="ANA")
    plant = tiny.plant(
        inspections=(row,),
        calendars=shift,
        resources=(replace(M, capacity=2), replace(LAB, capacity=2, calendar="C"), chemist),
    )
    tables = join(lot("L1", 0), lot("L2", 0))

    def records(one: tuple[int, int], two: tuple[int, int]) -> dict[str, Any]:
        return {
            "inspections": (p.InspectionRun("L1", "I", "LAB", *one), p.InspectionRun("L2", "I", "LAB", *two))
        }

    assert broken(plant, tiny.plan(**join(tables, records((10, 30), (30, 40))))) == []
    assert broken(plant, tiny.plan(**join(tables, records((10, 30), (29, 39))))) == [
        ("labour", ("ANA", "L1/I", "L2/I"), "2", "<= 1")
    ]
    single = replace(
        plant,
        inspections=(replace(row, analysts=0),),
        resources=(plant.resources[0], replace(LAB, calendar="C")),
    )
    assert broken(single, tiny.plan(**join(tables, records((10, 30), (29, 39))))) == [
        ("lab_capacity", ("LAB", "L1/I", "L2/I"), "2", "<= 1")
    ]


def test_an_inspection_takes_place_in_its_lab() -> None:
    plant = tiny.plant(inspections=(final(),), resources=(M, LAB, replace(LAB, resource="LAB2")))
    for lab, found in (("LAB", []), ("LAB2", [("inspection", ("L1/I",), "LAB2", "LAB")])):
        tables = join(lot("L1", 0), {"inspections": (p.InspectionRun("L1", "I", lab, 10, 20),)})
        assert broken(plant, tiny.plan(**tables)) == found


def test_the_lab_has_its_minutes_in_the_tail() -> None:
    chemist = q.Resource("ANA", q.ResourceKind.LABOUR)
    row = final(lab_minutes=700, slots=2, analysts=1, labour="ANA")
    plant = tiny.plant(inspections=(row,), resources=(M, replace(LAB, capacity=2), chemist))
    tables = join(in_tail("L1", 2), in_tail("L2", 2))
    records = {
        "bucket_inspections": tuple(p.BucketInspection(name, "I", "LAB", 2, 2) for name in ("L1", "L2"))
    }
    assert broken(plant, tiny.plan(**join(tables, records))) == []
    longer = replace(plant, inspections=(replace(row, lab_minutes=721),))
    assert broken(longer, tiny.plan(**join(tables, records))) == [
        ("labour", ("ANA",), "1442", "<= 1440"), ("lab_capacity", ("LAB",), "2884", "<= 2880"),
    ]  # fmt: skip


def test_inspections_to_the_minute_take_from_the_tail() -> None:
    row = final(lab_minutes=720)
    plant = tiny.plant(inspections=(row,), resources=(M, LAB))
    tables = join(lot("L0", 0), in_tail("L1", 2), in_tail("L2", 2))
    buckets = {
        "bucket_inspections": tuple(p.BucketInspection(name, "I", "LAB", 2, 2) for name in ("L1", "L2"))
    }
    for start, used in ((2 * DAY - 720, None), (2 * DAY - 719, "1441")):
        minute = {"inspections": (p.InspectionRun("L0", "I", "LAB", start, start + 720),)}
        expected = [] if used is None else [("lab_capacity", ("LAB",), used, "<= 1440")]
        assert broken(plant, tiny.plan(**join(tables, buckets, minute))) == expected


def test_stock_that_comes_after_the_horizon_is_of_no_use() -> None:
    stock = (q.Stock("S", "A", 10, available=12 * DAY),)
    plant = tiny.plant(items=(replace(tiny.ITEM, shelf_life_days=30),), stock=stock, orders=(ORDER,))
    assert broken(plant, tiny.plan()) == []
    assert broken(plant, tiny.plan(**delivered(11 * DAY))) == [("quality_hold", ("A", "S"), "-10", ">= 0")]
    assert stock_curves(plant, tiny.plan())["A"].unrestricted.tolist() == [0] * 5


def test_a_single_reject_is_reworked() -> None:
    plant = tiny.plant(
        operations=(MAKE, q.Operation("A", "mend", 15, run_minutes=F(1))),
        operation_resources=(MODE, q.OperationResource("A", "mend", "M")),
        resources=(M, LAB), inspections=(final(reject_fraction=F(1, 10), rework_operation="mend"),),
    )  # fmt: skip
    tables = join(lot("L1", 0), {"inspections": (p.InspectionRun("L1", "I", "LAB", 10, 20),)})
    assert broken(plant, tiny.plan(**tables)) == [("rework", ("L1/mend",), "0", "1")]
    two = p.Run("L1", "mend", "M", 2, 20, 20, 22)
    assert broken(plant, tiny.plan(**join(tables, {"runs": (two,)}))) == [("rework", ("L1/mend",), "2", "1")]
    assert (
        broken(plant, tiny.plan(**join(tables, {"runs": (p.Run("L1", "mend", "M", 1, 20, 20, 21),)}))) == []
    )


def test_a_unit_too_many_is_a_matter_of_what_is_on_hold() -> None:
    """L1 is released at 20, when L2 has just been made."""
    order = replace(ORDER, due=DAY, quantity=20)
    plant = tiny.plant(inspections=(final(),), resources=(M, LAB), orders=(order,))
    tests = tuple(p.InspectionRun(f"L{n}", "I", "LAB", 10 * n, 10 * n + 10) for n in (1, 2))
    tables = join(lot("L1", 0), lot("L2", 10), {"inspections": tests})
    assert broken(plant, tiny.plan(**join(tables, delivered(20, 10)))) == []
    assert broken(plant, tiny.plan(**join(tables, delivered(20, 11)))) == [
        ("quality_hold", ("A", "L2"), "-1", ">= 0")
    ]
    assert broken(plant, tiny.plan(**join(tables, delivered(19, 1)))) == [
        ("quality_hold", ("A", "L1"), "-1", ">= 0")
    ]


def test_what_is_short_in_the_tail_is_so_at_its_buckets_end() -> None:
    plan = tiny.plan(**delivered(2 * DAY + 100))
    plant = tiny.plant(orders=(replace(ORDER, due=2 * DAY + 1),))
    assert broken(plant, plan) == [("material_balance", ("A",), "-10", ">= 0")]
    assert [row.message for row in check(plant, plan).violations] == [f"stock runs out at minute {3 * DAY}"]


def test_the_first_lot_opens_the_gate() -> None:
    row = q.Inspection(
        "V", q.Stage.VALIDATION, "LAB", item="A", lab_minutes=10, wait_minutes=100, cost_per_lot=F(9)
    )
    plant = tiny.plant(orders=(replace(ORDER, due=DAY),), inspections=(row,), resources=(M, LAB))
    tables = join(lot("L2", 0), lot("L1", 10), {"inspections": (p.InspectionRun("L2", "V", "LAB", 10, 20),)})
    assert broken(plant, tiny.plan(**join(tables, delivered(120)))) == []
    second = replace(plant, orders=(replace(ORDER, due=DAY, quantity=5),))
    assert broken(second, tiny.plan(**join(tables, delivered(119, 5)))) == [
        ("validation_gate", ("A", "L2", "L1"), "-5", ">= 0")
    ]
    missing = tiny.plan(**join(lot("L2", 0), lot("L1", 10)))
    assert broken(plant, missing) == [("inspection", ("L2/V",), "0", "1")]
    assert releases(plant, missing)["L1"].released is None


# --- shelf life

MILK = q.Item("A", q.ItemKind.FINISHED, shelf_life_days=1, min_remaining_life_days=0)


def test_first_expired_goes_first() -> None:
    stock = (q.Stock("S1", "A", 10, expires=500), q.Stock("S2", "A", 10, expires=200))
    orders = (replace(ORDER, due=DAY), q.Order("O2", "A", 10, DAY))
    plant = tiny.plant(stock=stock, orders=orders)
    both = join(delivered(199), delivered(499, demand="O2"))
    assert broken(plant, tiny.plan(**both)) == []
    for late in (
        join(delivered(200), delivered(499, demand="O2")),
        join(delivered(199), delivered(500, demand="O2")),
    ):
        assert broken(plant, tiny.plan(**late)) == [("shelf_life", ("A",), "-10", ">= 0")]
    curve = stock_curves(plant, tiny.plan(**delivered(100, 4)))["A"]
    assert curve.unrestricted.tolist() == [0, 0, 0, 0, 0]
    long = replace(plant, stock=(replace(stock[0], expires=DAY), replace(stock[1], expires=DAY + 1)))
    assert stock_curves(long, tiny.plan())["A"].unrestricted.tolist() == [10, 0, 0, 0, 0]


def test_what_has_expired_is_told_once() -> None:
    orders = (replace(ORDER, due=DAY), q.Order("O2", "A", 10, DAY))
    plant = tiny.plant(stock=(q.Stock("S1", "A", 20, expires=200),), orders=orders)
    both = join(delivered(200), delivered(201, demand="O2"))
    assert broken(plant, tiny.plan(**both)) == [("shelf_life", ("A",), "-10", ">= 0")]


def test_stock_without_a_date_lives_from_the_start() -> None:
    plant = tiny.plant(items=(MILK,), stock=(q.Stock("S1", "A", 10),), orders=(ORDER,))
    assert broken(plant, tiny.plan(**delivered(DAY + 1)))[0][0] == "shelf_life"
    early = replace(plant, orders=(replace(ORDER, due=DAY),))
    assert broken(early, tiny.plan(**delivered(DAY - 1))) == []
    assert broken(early, tiny.plan(**delivered(DAY)))[0][0] == "shelf_life"


def test_customers_ask_for_remaining_life() -> None:
    item = replace(MILK, shelf_life_days=3, min_remaining_life_days=2)
    plant = tiny.plant(items=(item,), orders=(replace(ORDER, due=DAY),))
    made = lot("L1", 0)  # complete at 10
    assert broken(plant, tiny.plan(**join(made, delivered(10 + DAY)))) == []
    assert broken(plant, tiny.plan(**join(made, delivered(11 + DAY)))) == [
        ("shelf_life", ("A",), "-10", ">= 0")
    ]


def test_what_comes_later_is_not_taken_earlier() -> None:
    receipts = (q.Receipt("R1", q.ReceiptKind.PURCHASE, "A", 10, 300),)
    item = replace(MILK, shelf_life_days=1)
    orders = (q.Order("O1", "A", 10, DAY), q.Order("O2", "A", 10, 3 * DAY))
    plant = tiny.plant(
        items=(item,), receipts=receipts, stock=(q.Stock("S", "A", 10, expires=3 * DAY),), orders=orders
    )
    # at 299 the stock goes out; what comes at 300 has expired when O2 wants it
    late = delivered(2 * DAY + 1, demand="O2")
    assert broken(plant, tiny.plan(**join(late, delivered(299))))[0][0] == "shelf_life"
    assert broken(plant, tiny.plan(**join(late, delivered(300)))) == []


def test_remaining_life_beyond_the_horizon() -> None:
    item = replace(MILK, shelf_life_days=20, min_remaining_life_days=20)
    plant = tiny.plant(items=(item,), orders=(replace(ORDER, due=DAY),))
    assert broken(plant, tiny.plan(**join(lot("L1", 0), delivered(10)))) == []
    assert broken(plant, tiny.plan(**join(lot("L1", 0), delivered(11)))) == [
        ("shelf_life", ("A",), "-10", ">= 0")
    ]


def test_consumption_takes_what_lives_longer_than_now() -> None:
    raw = replace(RAW, shelf_life_days=1, min_remaining_life_days=5)
    plant = tiny.plant(
        items=(tiny.ITEM, raw), bill_of_materials=(q.BomLine("A", "R", F(1)),), stock=(q.Stock("S", "R", 10),)
    )
    assert broken(plant, tiny.plan(**lot("L1", DAY - 1))) == []
    assert broken(plant, tiny.plan(**lot("L1", DAY))) == [("shelf_life", ("R",), "-10", ">= 0")]


def test_what_comes_in_the_minute_may_be_consumed_in_it() -> None:
    receipts = (
        q.Receipt("R1", q.ReceiptKind.PURCHASE, "R", 5, 500),
        q.Receipt("R2", q.ReceiptKind.PURCHASE, "R", 10, 100),
    )
    plant = tiny.plant(
        items=(tiny.ITEM, replace(RAW, shelf_life_days=1)),
        bill_of_materials=(q.BomLine("A", "R", F(1)),),
        receipts=receipts,
    )
    assert broken(plant, tiny.plan(**lot("L1", 100))) == []
    assert broken(plant, tiny.plan(**lot("L1", 99))) == [("material_balance", ("R",), "-10", ">= 0")]


def test_shelf_life_in_the_tail_goes_by_buckets() -> None:
    plant = tiny.plant(items=(replace(MILK, shelf_life_days=1),), orders=(replace(ORDER, due=2 * DAY + 1),))
    # complete at the end of day 2, good until the end of day 3: usable in bucket 3, not in 4
    for ship, ok in ((3 * DAY, True), (4 * DAY, True), (4 * DAY + 1, False)):
        found = broken(plant, tiny.plan(**join(in_tail("L1", 2), delivered(ship))))
        assert found == ([] if ok else [("shelf_life", ("A",), "-10", ">= 0")])


def test_expired_stock_is_gone_at_the_buckets_end() -> None:
    stock = (q.Stock("S1", "A", 10, expires=DAY),)
    receipts = (q.Receipt("R1", q.ReceiptKind.PURCHASE, "A", 10, DAY),)
    plant = tiny.plant(stock=stock, receipts=receipts, orders=(replace(ORDER, due=DAY),))
    # at midnight the old stock has expired and the new one belongs to the next day
    assert broken(plant, tiny.plan(**delivered(DAY))) == [("shelf_life", ("A",), "-10", ">= 0")]


# --- tail


SEW = q.Operation("A", "sew", 20, run_minutes=F(1))


def two_steps(**fields: Any) -> q.Plant:
    modes = (MODE, q.OperationResource("A", "sew", "N"))
    return tiny.plant(
        operations=(replace(MAKE, **fields), SEW),
        operation_resources=modes,
        resources=(M, q.Resource("N", q.ResourceKind.MACHINE), LAB),
    )


def steps(make: tuple[tuple[int, int], ...], sew: tuple[tuple[int, int], ...], quantity: int = 700) -> p.Plan:
    runs = (p.BucketRun("L1", "make", "M", quantity, make), p.BucketRun("L1", "sew", "N", quantity, sew))
    return tiny.plan(lots=(p.Lot("L1", "A", quantity),), bucket_runs=runs)


def test_operations_of_the_tail_follow_each_other() -> None:
    assert broken(two_steps(), steps(((2, 700),), ((2, 700),))) == []
    assert broken(two_steps(), steps(((2, 350), (3, 350)), ((3, 700),))) == []
    found = broken(two_steps(), steps(((3, 700),), ((2, 700),)))
    assert found[0] == ("throughput_time", ("L1/sew",), "2", ">= 3")
    both = broken(two_steps(min_wait_minutes=41), steps(((2, 700),), ((2, 700),)))
    assert both == [("throughput_time", ("L1/make", "L1/sew"), "1440", ">= 1441")]
    assert broken(two_steps(min_wait_minutes=40), steps(((2, 700),), ((2, 700),))) == []


def test_a_run_takes_its_minutes_in_the_tail() -> None:
    long = steps(((2, 1441),), ((4, 1441),), 1441)
    assert ("throughput_time", ("L1/make", "L1/make"), "1440", ">= 1441") in broken(two_steps(), long)
    short = steps(((2, 1441),), ((2, 1441),), 1441)
    assert [one[1:] for one in broken(two_steps(), short) if one[0] == "throughput_time"] == [
        (("L1/make", "L1/make"), "1440", ">= 1441"), (("L1/sew", "L1/sew"), "1440", ">= 1441"),
    ]  # fmt: skip


def test_lots_that_are_to_be_made_within_a_bucket() -> None:
    plan = steps(((2, 350), (3, 350)), ((3, 700),))
    assert broken(two_steps(), plan) == []
    within = replace(two_steps(), horizon=replace(two_steps().horizon, lots_within_buckets=True))
    assert broken(within, plan) == [("throughput_time", ("L1/make",), "3", "2")]
    assert broken(within, steps(((2, 700),), ((3, 700),))) == []


def test_longest_waits_of_the_tail() -> None:
    apart = steps(((2, 700),), ((4, 700),))
    assert broken(two_steps(max_wait_minutes=1440), apart) == []
    assert broken(two_steps(max_wait_minutes=1439), apart) == [
        ("throughput_time", ("L1/sew",), "1440", "<= 1439")
    ]


def test_in_process_inspections_of_the_tail_take_time() -> None:
    row = q.Inspection(
        "I", q.Stage.IN_PROCESS, "LAB", item="A", operation="make", lab_minutes=10, wait_minutes=30
    )
    plant = replace(two_steps(max_wait_minutes=0), inspections=(row,))
    plan = replace(
        steps(((2, 700),), ((2, 700),)), bucket_inspections=(p.BucketInspection("L1", "I", "LAB", 2, 2),)
    )
    assert broken(plant, plan) == []
    slower = replace(plant, inspections=(replace(row, wait_minutes=31),))
    assert broken(slower, plan) == [("throughput_time", ("L1/make", "L1/sew"), "1440", ">= 1441")]
    later = replace(plan, bucket_inspections=(p.BucketInspection("L1", "I", "LAB", 2, 3),))
    assert broken(plant, later) == [("throughput_time", ("L1/sew",), "2", ">= 3")]


def test_rework_between_operations_takes_time() -> None:
    row = q.Inspection(
        "I", q.Stage.IN_PROCESS, "LAB", item="A", operation="make", lab_minutes=10, reject_fraction=F(1, 10),
        rework_operation="mend",
    )  # fmt: skip
    base = two_steps()
    mend = q.Operation("A", "mend", 15, fixed_minutes=30, yield_fraction=F(1))
    plant = replace(
        base,
        operations=(*base.operations, mend),
        operation_resources=(*base.operation_resources, q.OperationResource("A", "mend", "M")),
        inspections=(row,),
    )
    plan = steps(((2, 700),), ((2, 700),))
    plan = replace(
        plan,
        bucket_runs=(*plan.bucket_runs, p.BucketRun("L1", "mend", "M", 70, ((2, 30),))),
        bucket_inspections=(p.BucketInspection("L1", "I", "LAB", 2, 2),),
    )
    assert broken(plant, plan) == []
    missing = replace(plan, bucket_runs=plan.bucket_runs[:2])
    assert broken(plant, missing) == [("rework", ("L1/mend",), "0", "1")]
    longer = replace(plant, operations=(*base.operations, replace(mend, fixed_minutes=31)))
    runs = (*plan.bucket_runs[:2], replace(plan.bucket_runs[2], load=((2, 31),)))
    assert broken(longer, replace(plan, bucket_runs=runs)) == [
        ("throughput_time", ("L1/make", "L1/sew"), "1440", ">= 1441")
    ]
    early = (*plan.bucket_runs[:2], replace(plan.bucket_runs[2], load=((2, 30),)))
    decided = (p.BucketInspection("L1", "I", "LAB", 2, 3),)
    found = broken(plant, replace(plan, bucket_runs=early, bucket_inspections=decided))
    assert ("rework", ("L1/mend",), "2", "3") in found
    glue = replace(
        plant, items=(tiny.ITEM, RAW), bill_of_materials=(q.BomLine("A", "R", F(1), operation="mend"),)
    )
    for there, short in ((70, []), (69, [("material_balance", ("R",), "-1", ">= 0")])):
        assert broken(replace(glue, stock=(q.Stock("S", "R", there),)), plan) == short


@pytest.mark.parametrize(
    ("fields", "last", "first"),
    [({"phase_in": 3 * DAY}, 3, 2), ({"phase_out": 2 * DAY + 1}, 2, 3)],
)
def test_phases_of_the_tail_need_one_minute(fields: dict[str, int], last: int, first: int) -> None:
    plant = tiny.plant(items=(replace(tiny.ITEM, **fields),))
    assert broken(plant, tiny.plan(**in_tail("L1", last))) == []
    assert [one[0] for one in broken(plant, tiny.plan(**in_tail("L1", first)))] == ["phase"]


def test_artwork_and_frozen_zone_of_the_tail_need_one_minute() -> None:
    approved = tiny.plant(operations=(replace(MAKE, artwork_approved_on=3 * DAY - 1),))
    assert broken(approved, tiny.plan(**in_tail("L1", 2))) == []
    approved = tiny.plant(operations=(replace(MAKE, artwork_approved_on=3 * DAY),))
    assert broken(approved, tiny.plan(**in_tail("L1", 2))) == [
        ("artwork_gate", ("L1/make",), str(3 * DAY - 1), f">= {3 * DAY}")
    ]
    frozen = tiny.plant(fences=q.Fences(frozen_hours=71))
    assert broken(frozen, tiny.plan(**in_tail("L1", 2))) == []
    frozen = tiny.plant(fences=q.Fences(frozen_hours=72))
    assert [one[0] for one in broken(frozen, tiny.plan(**in_tail("L1", 2)))] == ["frozen_zone"]
    locked = replace(frozen, locks=(q.Lock("K", q.LockKind.RUN, "L1/make"),))
    assert broken(locked, tiny.plan(**in_tail("L1", 2))) == []


def test_locked_runs_of_the_tail_lie_in_their_buckets() -> None:
    plan = tiny.plan(**in_tail("L1", 2))

    def locked(**fields: Any) -> list[tuple[str, tuple[str, ...], str, str]]:
        return broken(tiny.plant(locks=(q.Lock("K", q.LockKind.RUN, "L1/make", **fields),)), plan)

    assert locked(resource="M", start=2 * DAY, end=3 * DAY) == []
    for fields in (
        {"resource": "N"},
        {"start": 3 * DAY},
        {"start": 2 * DAY - 1},
        {"end": 2 * DAY},
        {"end": 3 * DAY + 1},
    ):
        assert [one[0] for one in locked(**fields)] == ["locks"]


def test_locked_items_may_start_around_the_lock() -> None:
    def locked(begin: int | None, end: int | None, tables: dict[str, Any]) -> list[str]:
        plant = tiny.plant(locks=(q.Lock("K", q.LockKind.ITEM, "A", start=begin, end=end),))
        return [one[0] for one in broken(plant, tiny.plan(**tables))]

    assert locked(100, 200, lot("L1", 99)) == locked(100, 200, lot("L1", 200)) == []
    assert locked(100, 200, lot("L1", 100)) == locked(100, 200, lot("L1", 199)) == ["locks"]
    assert locked(None, None, lot("L1", 0)) == ["locks"]
    assert locked(2 * DAY, 3 * DAY, in_tail("L1", 2)) == ["locks"]
    assert (
        locked(2 * DAY + 1, 3 * DAY, in_tail("L1", 2)) == locked(2 * DAY, 3 * DAY - 1, in_tail("L1", 2)) == []
    )


def test_locked_orders_beyond_the_horizon_are_left_alone() -> None:
    order = q.Order("O1", "A", 10, 12 * DAY)
    plant = tiny.plant(orders=(order,), locks=(q.Lock("K", q.LockKind.ORDER, "O1"),))
    assert broken(plant, tiny.plan()) == []
    near = replace(plant, orders=(replace(order, due=DAY),))
    assert broken(near, tiny.plan()) == [("locks", ("K", "O1"), "0", ">= 10")]


# --- purchasing and shipping


def bought(day: int, quantity: int, name: str = "P1", order_by: int = 0) -> dict[str, Any]:
    return {"purchases": (p.Purchase(name, "S", "R", quantity, order_by, day * DAY + 600),)}


def test_suppliers_deliver_on_their_days_and_by_their_weeks() -> None:
    days = tuple(q.CalendarRow("C", day, None, 0, 60) for day in (0, 1, 6))
    offer = q.SupplierOffer("S", "R", 0, calendar="C", capacity_per_week=10)
    plant = tiny.plant(items=(tiny.ITEM, RAW), suppliers=(offer,), calendars=days)
    assert broken(plant, tiny.plan(**join(bought(6, 10), bought(7, 10, "P2")))) == []
    for day in (2, 5):
        assert [one[0] for one in broken(plant, tiny.plan(**bought(day, 1)))] == ["purchasing"]
    minute = replace(plant, calendars=tuple(replace(row, to_minute=1) for row in days))
    assert broken(minute, tiny.plan(**bought(6, 10))) == []
    assert broken(plant, tiny.plan(**join(bought(0, 6), bought(6, 5, "P2")))) == [
        ("supplier_capacity", ("S", "R", "P1", "P2"), "11", "<= 10")
    ]


def test_price_tiers_and_their_validity() -> None:
    offers = (
        q.SupplierOffer("S", "R", 0, price=F(3), valid_to=100),
        q.SupplierOffer("S", "R", 0, price=F(2), from_quantity=10, valid_to=100, order_cost=F(7)),
        q.SupplierOffer("S", "R", 0, price=F(5), from_quantity=5, valid_from=100),
    )
    plant = tiny.plant(items=(tiny.ITEM, RAW), suppliers=offers)

    def price(quantity: int, order_by: int = 0) -> list[F]:
        rows = check(plant, tiny.plan(**bought(1, quantity, order_by=order_by))).ledger
        return [row.amount for row in rows if row.category in ("purchase", "ordering")]

    assert (price(9), price(10), price(10, 99), price(10, 100)) == ([27], [7, 20], [7, 20], [50])
    assert broken(plant, tiny.plan(**bought(1, 4, order_by=100))) == [("purchasing", ("P1",), "", "")]


def test_docks_by_day_and_by_open_days_of_a_bucket() -> None:
    customers = tuple(q.Customer(name) for name in ("C1", "C2", "C3"))
    orders = tuple(q.Order(f"O{n}", "A", 1, 1, f"C{n}", ship_from="D") for n in (1, 2, 3))
    shift = tuple(q.CalendarRow("C", day, None, 0, 60) for day in (0, 4, 5))
    plant = tiny.plant(
        customers=customers, orders=orders, stock=(q.Stock("S", "A", 9),), calendars=shift,
        resources=(M, q.Resource("D", q.ResourceKind.DOCK, calendar="C")),
    )  # fmt: skip

    def shipped(*minutes: int) -> list[tuple[str, tuple[str, ...], str, str]]:
        rows = [delivered(minute, 1, f"O{n + 1}") for n, minute in enumerate(minutes)]
        return broken(plant, tiny.plan(**join(*rows)))

    assert shipped(DAY) == []
    assert shipped(DAY, DAY) == [("dock", ("D", "C1", "C2"), "2", "<= 1")]
    assert shipped(DAY + 1) == [("dock", ("D", "C1"), "1", "<= 0")]  # closed on Tuesdays
    # the week from Friday on: Friday, Saturday and Monday are open
    assert shipped(5 * DAY, 9 * DAY, 11 * DAY) == []
    fewer = replace(plant, calendars=shift[:2])
    rows = [delivered(5 * DAY, 1, f"O{n}") for n in (1, 2, 3)]
    assert broken(fewer, tiny.plan(**join(*rows))) == [("dock", ("D", "C1", "C2", "C3"), "3", "<= 2")]


# --- orders in progress


def progress(**fields: Any) -> q.Plant:
    receipt = q.Receipt(
        "W", q.ReceiptKind.PRODUCTION, "A", 10, 500, operation="sew", done_quantity=4, **fields
    )
    line = (q.BomLine("A", "R", F(1)), q.BomLine("A", "R", F(1), operation="sew"))
    return replace(
        two_steps(), items=(replace(tiny.ITEM, min_lot=50), RAW), receipts=(receipt,), bill_of_materials=line
    )


def going(**fields: Any) -> p.Plan:
    lots = (replace(p.Lot("W", "A", 10, receipt="W"), **fields),)
    return tiny.plan(lots=lots, runs=(p.Run("W", "sew", "N", 6, 0, 0, 6),))


def test_an_order_in_progress_goes_on_where_it_stands() -> None:
    assert broken(progress(), going()) == []
    assert broken(progress(resource="N"), going()) == []
    assert broken(progress(resource="M"), going()) == [("routing", ("W/sew",), "N", "M")]
    assert releases(progress(), going())["W"].accepted == 10
    again = replace(going(), runs=(*going().runs, p.Run("W", "make", "M", 10, 20, 20, 30)))
    assert [one[:2] for one in broken(progress(), again)] == [("routing", ("W/make",))]


@pytest.mark.parametrize(
    "fields", [{"quantity": 11}, {"receipt": ""}, {"lot": "X"}, {"item": "R"}, {"receipt": "?"}]
)
def test_an_order_in_progress_is_itself(fields: dict[str, Any]) -> None:
    assert {one[0] for one in broken(progress(), going(**fields))} == {"plan_integrity"}


def test_an_order_in_progress_knows_its_routing() -> None:
    plant = replace(progress(), receipts=(replace(progress().receipts[0], operation="fly"),))
    assert broken(plant, going()) == [("plan_integrity", ("W",), "", "")]
    version = replace(progress(), receipts=(replace(progress().receipts[0], version="v2"),))
    assert broken(version, going()) == [("plan_integrity", ("W",), "", "")]


def test_an_order_in_progress_goes_on_to_the_minute_after_the_window_but_not_within_buckets() -> None:
    plan = replace(going(), runs=(p.Run("W", "sew", "N", 6, 2 * DAY, 2 * DAY, 2 * DAY + 6),))
    assert broken(progress(), plan) == []
    within = replace(progress(), horizon=replace(progress().horizon, lots_within_buckets=True))
    assert broken(within, plan) == [("plan_integrity", ("W",), str(2 * DAY), f"< {2 * DAY}")]


def test_ids_of_purchases_are_their_own() -> None:
    offer = (q.SupplierOffer("S", "R", 0),)
    plant = tiny.plant(items=(tiny.ITEM, RAW), suppliers=offer, stock=(q.Stock("P1", "R", 1),))
    assert broken(plant, tiny.plan(**bought(1, 5))) == [("plan_integrity", ("P1",), "", "")]


def test_only_rework_is_done_to_what_is_not_a_lot() -> None:
    plant = tiny.plant(stock=(q.Stock("S", "A", 10),))
    plan = tiny.plan(runs=(p.Run("S", "make", "M", 10, 0, 0, 10),))
    assert broken(plant, plan) == [("plan_integrity", ("S/make",), "", "")]
    assert [row.message for row in check(plant, plan).violations] == ["item 'A' has no operation 'make'"]


def test_receipts_and_stock_may_be_reworked() -> None:
    row = final(reject_fraction=F(1, 2), rework_operation="mend")
    mend = q.Operation("A", "mend", 15, run_minutes=F(1))
    plant = tiny.plant(
        operations=(MAKE, mend),
        operation_resources=(MODE, q.OperationResource("A", "mend", "M")),
        resources=(M, LAB),
        inspections=(row,),
        receipts=(q.Receipt("R1", q.ReceiptKind.PRODUCTION, "A", 10, 0),),
        orders=(replace(ORDER, due=DAY),),
    )
    inspected = {"inspections": (p.InspectionRun("R1", "I", "LAB", 0, 10),)}
    mended = {"runs": (p.Run("R1", "mend", "M", 5, 10, 10, 15),)}
    assert broken(plant, tiny.plan(**join(inspected, mended, delivered(15)))) == []
    assert broken(plant, tiny.plan(**join(inspected, mended, delivered(14))))[0][0] == "quality_hold"
    assert broken(plant, tiny.plan(**inspected)) == [("rework", ("R1/mend",), "0", "1")]
    assert broken(plant, tiny.plan(**mended)) == [("rework", ("R1/mend",), "", "")]
    wrong = replace(plant, operation_resources=(MODE,))
    assert ("rework", ("R1/mend",), "", "") in broken(wrong, tiny.plan(**join(inspected, mended)))


def test_components_are_taken_by_the_first_batch_whatever_the_order_of_the_rows() -> None:
    plant = tiny.plant(
        items=(tiny.ITEM, RAW), operations=(replace(MAKE, batch_size=10, fixed_minutes=60),),
        bill_of_materials=(q.BomLine("A", "R", F(1)),),
        receipts=(q.Receipt("R1", q.ReceiptKind.PURCHASE, "R", 20, 100),),
    )  # fmt: skip
    for first, found in ((100, []), (99, [("material_balance", ("R",), "-20", ">= 0")])):
        runs = [p.Run("L1", "make", "M", 10, at, at, at + 60) for at in (first, 200)]
        for rows in (runs, runs[::-1]):
            assert broken(plant, tiny.plan(lots=(p.Lot("L1", "A", 20),), runs=tuple(rows))) == found


@pytest.mark.parametrize(("version", "minutes"), [("", 5), ("v1", 5), ("v2", 15)])
def test_what_is_reworked_goes_by_its_version_or_the_first_one(version: str, minutes: int) -> None:
    """Mending takes a minute a unit in the first version and three in the second."""
    steps = tuple(
        replace(step, version=name, run_minutes=F(each))
        for name, each in (("v1", 1), ("v2", 3))
        for step in (MAKE, q.Operation("A", "mend", 15))
    )
    modes = tuple(q.OperationResource("A", step.operation, "M", step.version) for step in steps)
    plant = tiny.plant(
        operations=steps, operation_resources=modes, resources=(M, LAB),
        inspections=(final(reject_fraction=F(1, 2), rework_operation="mend"),),
        receipts=(q.Receipt("R1", q.ReceiptKind.PRODUCTION, "A", 10, 0, version=version),),
    )  # fmt: skip
    mended = p.Run("R1", "mend", "M", 5, 10, 10, 10 + minutes)
    plan = tiny.plan(inspections=(p.InspectionRun("R1", "I", "LAB", 0, 10),), runs=(mended,))
    assert broken(plant, plan) == []


def test_without_rejects_nothing_is_reworked() -> None:
    mend = q.Operation("A", "mend", 15, run_minutes=F(1))
    plant = tiny.plant(
        operations=(MAKE, mend),
        operation_resources=(MODE, q.OperationResource("A", "mend", "M")),
        resources=(M, LAB),
        inspections=(final(rework_operation="mend"),),
    )
    tables = join(lot("L1", 0), {"inspections": (p.InspectionRun("L1", "I", "LAB", 10, 20),)})
    assert broken(plant, tiny.plan(**tables)) == []


def test_every_rework_has_its_own_run() -> None:
    rows = tuple(
        final(inspection=name, reject_fraction=F(1, 2), rework_operation="mend") for name in ("I1", "I2")
    )
    mend = q.Operation("A", "mend", 15, fixed_minutes=5)
    plant = tiny.plant(
        operations=(MAKE, mend),
        operation_resources=(MODE, q.OperationResource("A", "mend", "M")),
        resources=(M, replace(LAB, capacity=2)),
        inspections=rows,
    )
    records = tuple(p.InspectionRun("L1", row.inspection, "LAB", 10, 20) for row in rows)
    runs = tuple(p.Run("L1", "mend", "M", 5, start, start, start + 5) for start in (20, 25, 30))
    made = lot("L1", 0)
    for number, expected in (
        (1, [("rework", ("L1/mend",), "0", "1")]),
        (2, []),
        (3, [("rework", ("L1/mend",), "", "")]),
    ):
        plan = tiny.plan(**join(made, {"runs": runs[:number], "inspections": records}))
        assert broken(plant, plan) == expected


def test_a_delivery_is_on_its_way_as_long_as_its_customer_is_away() -> None:
    order = replace(ORDER, due=2 * DAY, customer="C")
    plant = tiny.plant(
        stock=(q.Stock("S", "A", 10),), orders=(order,), customers=(q.Customer("C", transit_days=1),)
    )
    row = p.Delivery("O1", "A", 10, 100, DAY + 100)
    assert broken(plant, tiny.plan(deliveries=(row,))) == []
    for minutes in (-1, 1):
        other = tiny.plan(deliveries=(replace(row, ship=100 - minutes),))
        assert broken(plant, other) == [("demand_fulfilment", ("O1",), str(DAY + minutes), str(DAY))]


def test_another_item_is_no_delivery() -> None:
    plant = tiny.plant(
        items=(tiny.ITEM, replace(tiny.ITEM, item="B")), stock=(q.Stock("S", "B", 10),),
        orders=(replace(ORDER, due=DAY),),
    )  # fmt: skip
    assert broken(plant, tiny.plan(**delivered(100, item="B"))) == [("demand_fulfilment", ("O1",), "B", "A")]


def test_small_shipments_only_complete() -> None:
    plant = tiny.plant(stock=(q.Stock("S", "A", 10),), orders=(replace(ORDER, due=DAY, min_shipment=6),))
    assert broken(plant, tiny.plan(**join(delivered(10, 6), delivered(20, 4)))) == []
    assert broken(plant, tiny.plan(**join(delivered(10, 4), delivered(20, 6)))) == [
        ("demand_fulfilment", ("O1",), "4", ">= 6")
    ]
    assert broken(plant, tiny.plan(**delivered(10, 4), lost=(p.Lost("O1", 6),)))[0][0] == "demand_fulfilment"
    late = q.Order("O1", "A", 10, -500)
    assert broken(replace(plant, orders=(late,)), tiny.plan(**delivered(0))) == []
    assert check(replace(plant, orders=(late,)), tiny.plan(**delivered(0))).on_time_share == 0


def test_a_cheaper_mode_and_the_makespan() -> None:
    plant = tiny.plant(
        resources=(replace(M, cost_per_hour=F(60)),),
        operation_resources=(replace(MODE, cost_per_hour=F(0), setup_minutes=3),),
        costs=q.Costs(makespan_cost_per_minute=F(2)),
    )
    rows = [
        (row.category, row.bucket, row.amount)
        for row in check(plant, tiny.plan(**lot("L1", 3, 10, 3))).ledger
    ]
    assert rows == [("makespan", 0, 26), ("setup", 0, 3)]
