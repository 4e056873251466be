"""Learning: run times that come down by steps are versions of a routing, each for the days that it holds."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction as F

import pytest
import tiny
import works
from corruptors import CORRUPTORS, each
from tiny import DAY, MAKE, MODE, broken, join

from capacityplan.demand.choice import fix
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.verify import check

FIRST = 739257  # 2025-01-06; days 0 to 3 are buckets, then a week of 4 to 10
TUESDAY = "@2025-01-07"


def step(day: int, factor: F, operation: str = "", item: str = "A") -> q.LearningStep:
    return q.LearningStep(item, factor, operation, FIRST + day)


def taken(plant: q.Plant, operation: str = "make") -> dict[str, F]:
    """Run minutes of an operation by version."""
    lookup = Lookup(plant)
    assert list(lookup.versions["A"]) == [version for _, version in lookup.routings]
    return {
        version: row.run_minutes
        for (_, version), routing in lookup.routings.items()
        for row in routing
        if row.operation == operation
    }


def lot(version: str, start: int, minutes: int) -> dict[str, object]:
    return {
        "lots": (p.Lot("L1", "A", 10, version),),
        "runs": (p.Run("L1", "make", "M", 10, start, start, start + minutes),),
    }


def in_tail(version: str, bucket: int, minutes: int) -> dict[str, object]:
    return {
        "lots": (p.Lot("L1", "A", 10, version),),
        "bucket_runs": (p.BucketRun("L1", "make", "M", 10, ((bucket, minutes),)),),
    }


LEARNS = tiny.plant(learning=(step(-30, F(2)), step(1, F(3, 2)), step(3, F(1))))


@pytest.mark.parametrize(
    ("steps", "minutes"),
    [
        ([], {"": 1}),
        # Before its first step an item is made as at it; rows need not be sorted.
        ([step(3, F(1)), step(1, F(2))], {"": 2, "@2025-01-09": 1}),
        # What is over is forgotten, what comes after the horizon is not planned with.
        ([step(-9, F(3)), step(0, F(2)), step(2, F(1)), step(11, F(1, 2))], {"": 2, "@2025-01-08": 1}),
        ([step(10, F(1, 2)), step(-2, F(1))], {"": 1, "@2025-01-16": F(1, 2)}),
        # A step that changes nothing is none; an operation with rows of its own has no others.
        ([step(-1, F(2)), step(1, F(2)), step(2, F(1))], {"": 2, "@2025-01-08": 1}),
        ([step(0, F(9)), step(1, F(7), "make"), step(2, F(5), "make")], {"": 7, "@2025-01-08": 5}),
    ],
)
def test_a_version_for_each_stretch_of_equal_run_times(
    steps: list[q.LearningStep], minutes: dict[str, F]
) -> None:
    assert taken(tiny.plant(learning=tuple(steps))) == minutes


def test_minutes_of_a_mode_come_down_too_and_fixed_ones_stay() -> None:
    plant = replace(
        LEARNS,
        operations=(replace(MAKE, fixed_minutes=30),), operation_resources=(replace(MODE, run_minutes=F(4)),),
    )  # fmt: skip
    assert broken(plant, tiny.plan(**lot("", 0, 30 + 80))) == []
    assert broken(plant, tiny.plan(**lot(TUESDAY, DAY, 30 + 60))) == []


@pytest.mark.parametrize(
    ("version", "start", "minutes", "rules"),
    [
        ("", 0, 20, []),
        ("", 0, 19, ["run_time"]),
        ("", DAY - 1, 20, []),
        ("", DAY, 20, ["phase"]),
        (TUESDAY, DAY, 15, []),
        (TUESDAY, DAY - 1, 15, ["phase"]),
        (TUESDAY, DAY, 20, ["run_time"]),
        ("@2025-01-08", DAY, 10, ["plan_integrity"]),
    ],
)
def test_a_lot_takes_what_holds_when_it_begins(
    version: str, start: int, minutes: int, rules: list[str]
) -> None:
    found = check(LEARNS, tiny.plan(**lot(version, start, minutes))).violations
    assert list(dict.fromkeys(one.rule for one in found)) == rules
    if "plan_integrity" not in rules:
        assert [one[0] for one in broken(LEARNS, tiny.plan(**lot(version, start, minutes)))] == rules


def test_the_tail_needs_a_minute_of_the_stretch() -> None:
    plant = tiny.plant(learning=(step(0, F(2)), step(3, F(3, 2)), step(6, F(1))))
    thursday, sunday = "@2025-01-09", "@2025-01-12"
    for version, bucket, minutes in (("", 2, 20), (thursday, 3, 15), (thursday, 4, 15), (sunday, 4, 10)):
        assert broken(plant, tiny.plan(**in_tail(version, bucket, minutes))) == []
    for version, bucket, minutes in (("", 3, 20), (thursday, 2, 15), (sunday, 3, 10)):
        assert [one[0] for one in broken(plant, tiny.plan(**in_tail(version, bucket, minutes)))] == ["phase"]


def test_phases_of_the_item_hold_as_well() -> None:
    item = replace(tiny.ITEM, phase_in=100, phase_out=DAY + 100)
    plant = replace(LEARNS, items=(item,))
    for version, start, minutes, rules in (
        ("", 100, 20, []), ("", 99, 20, ["phase"]),
        (TUESDAY, DAY + 99, 15, []), (TUESDAY, DAY + 100, 15, ["phase"]),
    ):  # fmt: skip
        assert [one[0] for one in broken(plant, tiny.plan(**lot(version, start, minutes)))] == rules


def test_an_order_in_progress_takes_what_holds_at_the_start() -> None:
    receipt = q.Receipt("W", q.ReceiptKind.PRODUCTION, "A", 10, 100, operation="make")
    plant = replace(LEARNS, receipts=(receipt,))
    for minutes, rules in ((20, []), (15, ["run_time"])):
        run = p.Run("W", "make", "M", 10, DAY, DAY, DAY + minutes)
        plan = tiny.plan(lots=(p.Lot("W", "A", 10, receipt="W"),), runs=(run,))
        assert [one[0] for one in broken(plant, plan)] == rules


def test_components_and_by_products_are_those_of_the_version_that_it_comes_of() -> None:
    plant = replace(
        LEARNS,
        items=(tiny.ITEM, q.Item("R", q.ItemKind.RAW), q.Item("W", q.ItemKind.RAW)),
        bill_of_materials=(
            q.BomLine("A", "R", F(1)), q.BomLine("A", "W", F(1, 2), by_product=True),
        ),
        stock=(q.Stock("S", "R", 10),), orders=(q.Order("O", "W", 5, 3 * DAY, lost_cost=F(9)),),
    )  # fmt: skip
    delivered = {"deliveries": (p.Delivery("O", "W", 5, 2 * DAY + 1, 2 * DAY + 1),)}
    assert broken(plant, tiny.plan(**join(lot(TUESDAY, DAY, 15), delivered))) == []
    short = replace(plant, stock=(q.Stock("S", "R", 9),))
    assert broken(short, tiny.plan(**lot(TUESDAY, DAY, 15))) == [("material_balance", ("R",), "-1", ">= 0")]


def test_days_after_a_launch_are_counted_once_it_is_approved() -> None:
    rows = tuple(q.LearningStep("A", factor, launch_day=day) for day, factor in ((0, F(2)), (2, F(1))))
    launches = tuple(
        q.Launch("go", "A", FIRST + day, status=status)
        for day, status in ((1, "proposed"), (5, "proposed"), (-9, "refused"))
    )
    plant = tiny.plant(learning=rows, launches=launches)
    assert taken(plant) == {"": 1}
    assert taken(fix(plant, ["go@2025-01-07"])) == {"": 2, "@2025-01-09": 1}
    assert taken(fix(plant, ["go@2025-01-11"])) == {"": 2, "@2025-01-13": 1}
    # Segments of an item may be served one after the other: production begins for the first.
    both = fix(plant, ["go@2025-01-07", "go@2025-01-11"])
    assert taken(both) == {"": 2, "@2025-01-09": 1}


def test_names_of_versions_go_back_to_those_of_the_tables() -> None:
    lookup = Lookup(LEARNS)
    assert [lookup.base_version("A", one) for one in ("", TUESDAY, "@2024-12-01")] == ["", "", ""]
    assert [lookup.learnt("A", "@2024-12-01", minute) for minute in (0, DAY - 1, DAY, 9 * DAY)] == [
        "", "", TUESDAY, "@2025-01-09",
    ]  # fmt: skip
    assert lookup.from_then_on("A", TUESDAY) == (TUESDAY, "@2025-01-09")
    # Of an item that does not learn a name is what it is.
    plain = Lookup(tiny.plant())
    assert plain.base_version("A", "V@2025-01-07") == plain.learnt("A", "V@2025-01-07", 0) == "V@2025-01-07"


def learning_works() -> q.Plant:
    """The plant with every feature; BULK is made faster after all of its lots, FIN before."""
    bulk = (step(-3, F(1), item="BULK"), step(20, F(1, 2), item="BULK"))
    return replace(works.plant(), learning=(*bulk, step(-9, F(2), item="FIN"), step(-8, F(1), item="FIN")))


def test_a_plan_with_every_feature_is_judged_alike_where_nothing_changes_in_its_time() -> None:
    plain, learning = check(works.plant(), works.plan()), check(learning_works(), works.plan())
    assert plain.violations == learning.violations == ()
    assert plain.ledger == learning.ledger
    assert broken(learning_works(), works.plan()) == []


@pytest.mark.parametrize("kind", CORRUPTORS)
def test_spoiled_plans_of_a_plant_that_learns_are_rejected(kind: str) -> None:
    plant = learning_works()
    for plan, rules in list(CORRUPTORS[kind](plant, works.plan()))[::5]:
        found = {violation.rule for violation in check(plant, plan).violations}
        assert found & rules, (kind, found, plan)


def moved_in_time(plan: p.Plan, lookup: Lookup, date: str) -> Iterator[p.Plan]:
    """Each lot that begins as what it is from a date on."""
    for row, spoiled in each(plan, "lots", lambda row: replace(row, version=row.version + date)):
        if not row.receipt and (row.item, row.version + date) in lookup.routings:
            yield spoiled


def test_a_lot_is_of_no_other_time() -> None:
    plant = learning_works()
    spoiled = list(moved_in_time(works.plan(), Lookup(plant), "@2025-01-26"))
    assert len(spoiled) >= 3
    for plan in spoiled:
        assert "phase" in {one[0] for one in broken(plant, plan)}
