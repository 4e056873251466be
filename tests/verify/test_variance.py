"""Plan against actual: parts by hand that a controller would accept, and sums that always hold."""

from dataclasses import replace
from fractions import Fraction as F

import pytest
import tiny

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check
from capacityplan.verify.case import Case
from capacityplan.verify.kpis import Comparison, PeriodFigure, compared, period_figures
from capacityplan.verify.kpis.variance import PARTS

DAY = 1440
KIND = q.ActualKind


def shop(**tables: object) -> tuple[q.Plant, p.Plan]:
    """60 of A and 40 of B made on one machine from 100 of C, all sold on the second day."""
    names = ("A", "B")
    default: dict[str, object] = {
        "items": (
            q.Item("A", q.ItemKind.FINISHED, price=F(10)),
            q.Item("B", q.ItemKind.FINISHED, price=F(20)),
            q.Item("C", q.ItemKind.RAW),
        ),
        "operations": tuple(q.Operation(name, "make", 10, run_minutes=F(1)) for name in names),
        "operation_resources": tuple(
            q.OperationResource(name, "make", "M", labour="crew", setup_minutes=10) for name in names
        ),
        "bill_of_materials": tuple(q.BomLine(name, "C", F(1)) for name in names),
        "resources": (
            q.Resource("M", q.ResourceKind.MACHINE, cost_per_hour=F(60)),
            q.Resource("crew", q.ResourceKind.LABOUR, cost_per_hour=F(30)),
        ),
        "suppliers": (q.SupplierOffer("S", "C", 0, price=F(2), order_cost=F(3)),),
        "orders": (q.Order("OA", "A", 60, 2 * DAY), q.Order("OB", "B", 40, 2 * DAY)),
        "budgets": (
            q.Budget("material", 739257, 739265, F(150), "purchase", "buying", overrun_cost=F(1)),
            q.Budget("all", 739257, 739265, F(900), overrun_cost=F(1), spent=F(100)),
        ),
    }
    plant = tiny.plant(**(default | tables))
    plan = tiny.plan(
        lots=(p.Lot("LA", "A", 60), p.Lot("LB", "B", 40)),
        runs=(p.Run("LA", "make", "M", 60, 0, 10, 70), p.Run("LB", "make", "M", 40, 70, 80, 120)),
        purchases=(p.Purchase("P", "S", "C", 100, 0, 0),),
        deliveries=(p.Delivery("OA", "A", 60, 1500, 1500), p.Delivery("OB", "B", 40, 1500, 1500)),
    )
    assert check(plant, plan).violations == ()
    return plant, plan


def told(*actuals: q.Actual, spending: tuple[q.Spending, ...] = (), last: int = 1) -> Comparison:
    plant, plan = shop()
    case = Case(plant, plan)
    first = int(case.timeline.first_day[0])
    happened = replace(plant, actuals=actuals, spending=spending)
    return compared(case, happened, check(plant, plan).ledger, first, first + last)


def parts(found: Comparison) -> dict[tuple[str, str], tuple[F, ...]]:
    return {
        (row.line.category, row.line.item): tuple(getattr(row, name) for name in PARTS) for row in found.lines
    }


def run(lot: str, item: str, good: int, minutes: int, rejected: int = 0, day: int = 0) -> q.Actual:
    return q.Actual(KIND.RUN, lot, item, day * DAY + 200, "make", "M", good, rejected, 10, minutes)


def first_day() -> int:
    return int(Case(*shop()).timeline.first_day[0])


def test_minutes_are_split_into_volume_mix_and_efficiency() -> None:
    # 50 of A in 66 minutes (standard 50), 30 of B in 30; the plan had 60 and 40. At 1 EUR a minute.
    found = parts(told(run("LA", "A", 50, 66), run("LB", "B", 30, 30)))
    # 80 of 100 units: a fifth less. Of 80 the plan's mix has 48 of A and 32 of B.
    assert found["production", "A"] == (F(-12), F(2), F(16), F(0), F(0))
    assert found["production", "B"] == (F(-8), F(-2), F(0), F(0), F(0))
    # Labour attends the planned setups too: (10 + 60) x 0.5 = 35 planned, (10 + 66) x 0.5 = 38 real.
    assert found["labour", "A"][:2] == (F(-7), F("1.17"))
    assert sum(found["labour", "A"]) == F(38) - F(35)


def test_rejects_cost_efficiency() -> None:
    # 60 minutes for 60 pieces of which 50 are good: good ones should have taken 50.
    found = parts(told(run("LA", "A", 50, 60, rejected=10), run("LB", "B", 40, 40)))
    assert found["production", "A"][2] == F(10)


def test_price_of_what_is_bought_and_sold() -> None:
    spending = (
        q.Spending("purchase", first_day() + 1, F(270), "P"),
        q.Spending("revenue", first_day() + 1, F(1000), "OA"),
    )
    came = q.Actual(KIND.RECEIPT, "P", "C", 0, quantity=90)
    sold = (
        q.Actual(KIND.DELIVERY, "OA", "A", 1500, quantity=80),
        q.Actual(KIND.DELIVERY, "OB", "B", 1500, quantity=20),
    )
    found = parts(told(came, *sold, spending=spending))
    # 90 instead of 100 at 2; billed at 3.
    assert found["purchase", "C"] == (F(-20), F(0), F(0), F(90), F(0))
    # As many units in all; 20 more of A and 20 fewer of B; A sold at 12.50 instead of 10.
    assert found["revenue", "A"] == (F(0), F(200), F(0), F(200), F(0))
    assert found["revenue", "B"] == (F(0), F(-400), F(0), F(0), F(0))


def test_a_bill_for_a_resource_goes_to_its_work() -> None:
    bill = q.Spending("production", first_day(), F(165), "M")
    found = told(run("LA", "A", 60, 60), run("LB", "B", 40, 50), spending=(bill,))
    assert parts(found)["production", "A"] == (F(0), F(0), F(0), F(30), F(0))
    assert parts(found)["production", "B"] == (F(0), F(0), F(10), F(25), F(0))


def test_an_unplanned_purchase_and_what_has_no_quantity() -> None:
    spending = (
        q.Spending("purchase", first_day(), F(50), "spot", "C", 20),
        q.Spending("inspection", first_day(), F(7)),
    )
    found = told(q.Actual(KIND.RECEIPT, "P", "C", 0, quantity=100), spending=spending)
    # 20 more at 2, and 10 too dear.
    assert parts(found)["purchase", "C"] == (F(40), F(0), F(0), F(10), F(0))
    assert parts(found)["inspection", ""] == (F(0), F(0), F(0), F(0), F(7))
    assert dict(found.unrecorded) == {
        "labour": 60,
        "ordering": 3,
        "production": 100,
        "revenue": 1400,
        "setup": 20,
    }


def test_budgets_count_what_was_spent_before() -> None:
    found = told(q.Actual(KIND.RECEIPT, "P", "C", 0, quantity=90))
    material, whole = found.budgets
    assert (material.budget.limit, material.whole, material.to_date, material.actual) == (150, 200, 200, 180)
    assert material.parts["volume"] == -20
    assert (material.expected, material.left) == (180, -30)
    # Nothing but the purchase is recorded: the rest is expected as planned.
    assert (whole.whole, whole.to_date, whole.actual, whole.expected) == (483, 300, 280, 463)


def test_open_orders_from_before_are_not_compared() -> None:
    plant, plan = shop(receipts=(q.Receipt("OLD", q.ReceiptKind.PURCHASE, "C", 10, 0),))
    case = Case(plant, plan)
    happened = replace(
        plant,
        actuals=(q.Actual(KIND.RECEIPT, "OLD", "C", 0, quantity=10),),
        spending=(q.Spending("purchase", first_day(), F(20), "OLD"),),
    )
    found = compared(case, happened, check(plant, plan).ledger, first_day(), first_day())
    assert found.earlier == 20
    assert [row for row in found.lines if row.actual] == []


@pytest.mark.parametrize("seed", range(20))
def test_parts_always_add_up(seed: int) -> None:
    odd = (seed * 7919) % 97
    actuals = (
        run("LA", "A", 60 - odd % 13, 60 + odd % 31, odd % 5), run("LB", "B", odd % 41, odd % 53, odd % 3),
        q.Actual(KIND.RECEIPT, "P", "C", odd * 13, quantity=100 - odd % 17),
        q.Actual(KIND.DELIVERY, "OA", "A", 1500, quantity=odd % 60 + 1),
    )  # fmt: skip
    spending = (
        q.Spending("purchase", first_day(), F(odd * 3) / 7, "P"),
        q.Spending("labour", first_day(), F(odd) / 3, "crew"),
        q.Spending("storage", first_day(), F(odd) / 9),
    )
    found = told(*actuals, spending=spending)
    assert found.lines
    for row in found.lines:
        assert row.total == row.volume + row.mix + row.efficiency + row.price + row.other
        assert row.total * 100 == int(row.total * 100)
    for use in found.budgets:
        assert use.actual - use.to_date == sum(use.parts.values())
    whole = found.budgets[1]
    spent = [row for row in found.lines if row.line.category != "revenue"]
    assert whole.actual - 100 == sum(row.actual for row in spent)


def figures(*actuals: q.Actual, **tables: object) -> dict[str, PeriodFigure]:
    plant, plan = shop()
    case = Case(plant, plan)
    happened = replace(plant, actuals=actuals, **tables)  # type: ignore[arg-type]
    ledger = check(plant, plan).ledger
    rows = period_figures(case, happened, ledger, first_day(), first_day() + 1, (case, ledger))
    return {row.name: row for row in rows}


def test_key_figures_beside_baseline_plan_and_target() -> None:
    targets = (
        q.Target(q.TargetFigure.ADHERENCE, first_day(), first_day() + 30, F(9, 10)),
        q.Target(q.TargetFigure.SPENT, first_day(), first_day() + 30, F(200)),
        q.Target(q.TargetFigure.SPENT, first_day() - 30, first_day() - 1, F(1)),
    )
    found = figures(
        run("LA", "A", 54, 80, rejected=6), run("LB", "B", 40, 40, day=1),
        q.Actual(KIND.RECEIPT, "P", "C", DAY, quantity=100),
        q.Actual(KIND.DELIVERY, "OA", "A", 1500, quantity=60),
        q.Actual(KIND.DELIVERY, "OB", "B", 1500, quantity=39), targets=targets,
    )  # fmt: skip
    told = {name: (row.plan, row.actual) for name, row in found.items()}
    assert told["operations_finished"] == (2, 2)
    # LB was to end on the first day.
    assert told["adherence"] == (1, F(1, 2))
    assert told["quality_ratio"] == (1, F(94, 100))
    assert told["effectiveness"] == (1, F(94, 120))
    assert told["run_hours"] == (F(100, 60), F(2))
    assert told["receipts_on_time"] == (1, 0)
    assert told["on_time_in_full"] == told["promises_kept"] == (1, F(1, 2))
    assert told["units_delivered"] == (100, 99)
    assert told["revenue"] == (60 * 10 + 40 * 20, 60 * 10 + 39 * 20)
    # Material 200, machine 100 and labour 60 are recorded; ordering and setups are not.
    assert told["spent"] == (360, 200 + 120 + 70)
    assert all(row.baseline == row.plan for row in found.values())
    assert (found["adherence"].meets_target, found["spent"].meets_target) == (False, False)
    assert found["revenue"].meets_target is None


def test_nothing_known_is_no_figure() -> None:
    found = figures(q.Actual(KIND.RECEIPT, "P", "C", 0, quantity=100))
    assert found["adherence"].actual is None
    assert found["on_time_in_full"].actual is None
    assert found["promises_kept"].actual is None
    assert (found["receipts_on_time"].actual, found["spent"].actual, found["spent"].plan) == (1, 200, 200)
