"""Certificates: written when all tests of a lot are over, by people who are finite, before it is used."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import pytest
import tiny
import works
from corruptors import CERTIFICATE_CORRUPTORS, CORRUPTORS
from tiny import DAY, LAB, MAKE, MODE, M, broken, join, lot

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check, releases

OFFICE = q.Resource("OFFICE", q.ResourceKind.LAB)
TEST = q.Inspection("I", q.Stage.FINAL, "LAB", item="A", lab_minutes=10, wait_minutes=5)
PAPER = q.Inspection("C", q.Stage.CERTIFICATE, "OFFICE", item="A", lab_minutes=20, certificate="of analysis")
ORDER = q.Order("O1", "A", 10, DAY)
RAW = q.Item("R", q.ItemKind.RAW)


def plant(**tables: Any) -> q.Plant:
    default = {"orders": (ORDER,), "inspections": (TEST, PAPER), "resources": (M, LAB, OFFICE)}
    return tiny.plant(**(default | tables))


def delivered(minute: int) -> dict[str, Any]:
    return {"deliveries": (p.Delivery("O1", "A", 10, minute, minute),)}


def run(name: str, row: str, start: int, end: int) -> dict[str, Any]:
    return {"inspections": (p.InspectionRun(name, row, "OFFICE" if row == "C" else "LAB", start, end),)}


MADE = join(lot("L1", 0), run("L1", "I", 10, 20))


def test_it_begins_when_the_tests_are_over_and_not_a_minute_sooner() -> None:
    assert broken(plant(), tiny.plan(**join(MADE, run("L1", "C", 25, 45)))) == []
    assert broken(plant(), tiny.plan(**join(MADE, run("L1", "C", 24, 44)))) == [
        ("inspection", ("L1/C",), "24", ">= 25")
    ]
    (told,) = check(plant(), tiny.plan(**join(MADE, run("L1", "C", 24, 44)))).violations
    assert told.message == "before all other inspections have ended"


def test_nothing_is_shipped_before_it_is_issued() -> None:
    plan = join(MADE, run("L1", "C", 25, 45))
    assert broken(plant(), tiny.plan(**join(plan, delivered(45)))) == []
    assert broken(plant(), tiny.plan(**join(plan, delivered(44)))) == [
        ("quality_hold", ("A", "L1"), "-10", ">= 0")
    ]
    found = releases(plant(), tiny.plan(**plan))["L1"]
    assert (found.completed, found.released) == (10, 45)


def test_without_one_nothing_is_shipped_at_all() -> None:
    assert broken(plant(), tiny.plan(**MADE)) == [("inspection", ("L1/C",), "0", "1")]
    missing = broken(plant(), tiny.plan(**join(MADE, delivered(DAY))))
    assert {rule for rule, *_ in missing} == {"inspection", "quality_hold"}


def test_one_of_a_lot_that_is_never_tested_never_begins() -> None:
    plan = tiny.plan(**join(lot("L1", 0), run("L1", "C", 25, 45)))
    assert broken(plant(), plan) == [
        ("inspection", ("L1/I",), "0", "1"),
        ("inspection", ("L1/C",), "25", "never"),
    ]


def test_a_person_writes_one_at_a_time() -> None:
    signs = q.Resource("QP", q.ResourceKind.LABOUR)
    paper = replace(PAPER, analysts=1, labour="QP")
    wide = (M, replace(LAB, capacity=2), replace(OFFICE, capacity=2), signs)
    two = plant(inspections=(TEST, paper), resources=wide)
    made = join(MADE, lot("L2", 10), run("L2", "I", 20, 30), run("L1", "C", 25, 45))
    assert broken(two, tiny.plan(**join(made, run("L2", "C", 45, 65)))) == []
    assert [one[0] for one in broken(two, tiny.plan(**join(made, run("L2", "C", 44, 64))))] == ["labour"]
    desk = replace(two, resources=(M, replace(LAB, capacity=2), OFFICE, signs), inspections=(TEST, PAPER))
    assert broken(desk, tiny.plan(**join(made, run("L2", "C", 45, 65)))) == []
    at_once = broken(desk, tiny.plan(**join(made, run("L2", "C", 44, 64))))
    assert [one[0] for one in at_once] == ["lab_capacity"]


def test_rework_comes_first() -> None:
    row = replace(TEST, reject_fraction=F(1, 2), rework_operation="mend")
    mend = q.Operation("A", "mend", 15, run_minutes=F(1))
    again = plant(
        inspections=(row, PAPER), operations=(MAKE, mend), orders=(),
        operation_resources=(MODE, q.OperationResource("A", "mend", "M")),
    )  # fmt: skip
    made = join(MADE, {"runs": (p.Run("L1", "mend", "M", 5, 25, 25, 30),)})
    assert broken(again, tiny.plan(**join(made, run("L1", "C", 30, 50)))) == []
    assert broken(again, tiny.plan(**join(made, run("L1", "C", 29, 49)))) == [
        ("inspection", ("L1/C",), "29", ">= 30")
    ]


def test_so_does_the_validation_of_the_first_lot() -> None:
    first = q.Inspection("V", q.Stage.VALIDATION, "LAB", item="A", lab_minutes=10, wait_minutes=100)
    new = plant(inspections=(TEST, PAPER, first), resources=(M, replace(LAB, capacity=2), OFFICE))
    made = join(MADE, run("L1", "V", 10, 20))
    assert broken(new, tiny.plan(**join(made, run("L1", "C", 120, 140)))) == []
    assert broken(new, tiny.plan(**join(made, run("L1", "C", 119, 139)))) == [
        ("inspection", ("L1/C",), "119", ">= 120")
    ]


def test_what_is_bought_needs_it_as_well() -> None:
    paper = replace(PAPER, item="R")
    test = q.Inspection("IN", q.Stage.INCOMING, "LAB", item="R", lab_minutes=10)
    line, buy = q.BomLine("A", "R", F(1)), p.Purchase("P1", "S", "R", 10, 0, 0)
    offer = q.SupplierOffer("S", "R", 0)
    shop = plant(
        items=(tiny.ITEM, RAW), inspections=(test, paper), bill_of_materials=(line,), suppliers=(offer,),
        orders=(),
    )  # fmt: skip
    came = join({"purchases": (buy,)}, run("P1", "IN", 0, 10), run("P1", "C", 10, 30))
    assert broken(shop, tiny.plan(**join(came, lot("L1", 30)))) == []
    assert broken(shop, tiny.plan(**join(came, lot("L1", 29)))) == [
        ("quality_hold", ("R", "P1"), "-10", ">= 0")
    ]
    early = join({"purchases": (buy,)}, run("P1", "IN", 0, 10), run("P1", "C", 9, 29))
    assert broken(shop, tiny.plan(**early)) == [("inspection", ("P1/C",), "9", ">= 10")]


def test_one_that_takes_no_time_frees_what_comes_at_midnight_on_the_day_that_begins() -> None:
    wanted = replace(RAW, unit_value=F(3), safety_stock=4)
    shop = plant(
        items=(tiny.ITEM, wanted), orders=(), inspections=(replace(PAPER, item="R", lab_minutes=0),),
        receipts=(q.Receipt("B", q.ReceiptKind.PURCHASE, "R", 6, DAY),),
    )  # fmt: skip
    plan = tiny.plan(**run("B", "C", DAY, DAY))
    assert broken(shop, plan) == []
    assert releases(shop, plan)["B"].released_bucket == 1
    assert {row.bucket for row in check(shop, plan).ledger if row.category == "safety_stock"} == {0}


def test_in_the_tail_it_is_of_a_bucket_not_before_the_tests_release() -> None:
    slow = replace(TEST, wait_minutes=DAY)
    later = q.Order("O1", "A", 10, 4 * DAY)
    tail = plant(inspections=(slow, PAPER), orders=(later,))
    load = p.BucketRun("L1", "make", "M", 10, ((2, 10),))
    made = {"lots": (p.Lot("L1", "A", 10),), "bucket_runs": (load,)}
    tested = {"bucket_inspections": (p.BucketInspection("L1", "I", "LAB", 2, 3),)}

    def issued(bucket: int) -> dict[str, Any]:
        return {"bucket_inspections": (p.BucketInspection("L1", "C", "OFFICE", bucket, bucket),)}

    assert broken(tail, tiny.plan(**join(made, tested, issued(3), delivered(4 * DAY)))) == []
    assert broken(tail, tiny.plan(**join(made, tested, issued(2)))) == [
        ("inspection", ("L1/C",), "2", ">= 3")
    ]
    assert broken(tail, tiny.plan(**join(made, tested, issued(4), delivered(4 * DAY)))) == [
        ("quality_hold", ("A", "L1"), "-10", ">= 0")
    ]


def test_stock_in_inspection_needs_all_and_tested_stock_the_certificate_only() -> None:
    held = plant(stock=(q.Stock("S", "A", 10, q.StockStatus.IN_INSPECTION),))
    both = join(run("S", "I", 0, 10), run("S", "C", 15, 35), delivered(35))
    assert broken(held, tiny.plan(**both)) == []
    assert broken(held, tiny.plan()) == []  # it may stay where it is
    tested = plant(stock=(q.Stock("S", "A", 10, q.StockStatus.TESTED, available=15),))
    assert broken(tested, tiny.plan(**join(run("S", "C", 15, 35), delivered(35)))) == []
    assert broken(tested, tiny.plan(**join(run("S", "C", 15, 35), delivered(34)))) == [
        ("quality_hold", ("A", "S"), "-10", ">= 0")
    ]
    assert broken(tested, tiny.plan(**run("S", "C", 14, 34))) == [("inspection", ("S/C",), "14", ">= 15")]
    assert broken(tested, tiny.plan(**run("S", "I", 15, 25))) == [("inspection", ("S/I",), "", "")]
    assert broken(tested, tiny.plan(**delivered(DAY))) == [("quality_hold", ("A", "S"), "-10", ">= 0")]
    plain = replace(tested, inspections=(TEST,))
    assert broken(plain, tiny.plan(**delivered(15))) == []
    assert broken(plain, tiny.plan(**delivered(14))) == [("quality_hold", ("A", "S"), "-10", ">= 0")]


@pytest.mark.parametrize("kind", CERTIFICATE_CORRUPTORS)
def test_spoiled_certificates_are_rejected_for_the_right_reason(kind: str) -> None:
    whole, valid = works.with_certificates()
    spoiled = list(CERTIFICATE_CORRUPTORS[kind](whole, valid))
    assert spoiled
    for plan, rules in spoiled:
        found = {violation.rule for violation in check(whole, plan).violations}
        assert found & rules, (kind, found, plan)


@pytest.mark.parametrize("kind", CORRUPTORS)
def test_what_spoils_a_plan_spoils_one_with_certificates(kind: str) -> None:
    whole, valid = works.with_certificates()
    assert [one.text() for one in check(whole, valid).violations] == []
    valid = works.drop(valid, "inspections", "MO1")  # What is received may stay on hold.
    for plan, rules in list(CORRUPTORS[kind](whole, valid))[::3]:
        # Moved, a certificate may lie before the start; of other inspections the second, it is there twice.
        found = {violation.rule for violation in check(whole, plan).violations}
        assert found & (rules | {"plan_integrity"}), (kind, found, plan)
