"""The next morning run times are further down their curve, and versions are named anew."""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction as F

import pytest
from yard import DAY, made, yard

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.replan import carry_forward
from capacityplan.replan.advance import advance
from capacityplan.replan.learn import proposals
from capacityplan.solve.solve import Settings, solve
from capacityplan.verify import check

FIRST = 739257  # 2025-01-06
WEDNESDAY = "@2025-01-08"
CURVE = tuple(q.LearningStep("A", factor, "make", FIRST + day) for day, factor in ((0, F(2)), (2, F(1))))


@pytest.fixture(scope="module")
def plant() -> q.Plant:
    orders = tuple(q.Order(f"O{day}", "A", 600, day * DAY) for day in range(1, 8))
    return yard(learning=CURVE, orders=orders, stock=(q.Stock("s", "R", 9000),))


@pytest.fixture(scope="module")
def plan(plant: q.Plant) -> p.Plan:
    return made(plant)


@pytest.mark.parametrize("days", [1, 2, 3])
def test_the_plan_goes_on_on_another_day(plant: q.Plant, plan: p.Plan, days: int) -> None:
    versions = {row.lot: row.version for row in plan.lots}
    assert set(versions.values()) == {"", WEDNESDAY}
    found = advance(plant, plan, datetime(2025, 1, 6 + days), as_planned=True).plant
    assert {row.version for row in found.receipts} <= {""}
    today = {"", WEDNESDAY} if days < 2 else {""}
    assert set(Lookup(found).versions["A"]) == today
    start = carry_forward(found, plan)
    assert check(found, start.plan).violations == ()
    # What was to begin later still does, as what it is by then.
    kept = {row.lot: row.version for row in start.plan.lots if not row.receipt and row.lot in versions}
    assert any(versions[name] == WEDNESDAY for name in kept)
    for name, version in kept.items():
        assert version == (versions[name] if days < 2 else "")
    outcome = solve(found, Settings(work=0.5), start=start)
    assert outcome.plan is not None
    assert outcome.verdict is not None
    assert outcome.verdict.violations == ()
    assert outcome.verdict.cost <= check(found, start.plan).cost


def test_an_order_in_progress_goes_on_at_what_is_learnt_by_then(plant: q.Plant) -> None:
    run = p.Run("L", "make", "M", 600, 2 * DAY - 600, 2 * DAY - 600, 2 * DAY + 600)
    pack = p.Run("L", "pack", "P", 600, 3 * DAY, 3 * DAY, 3 * DAY + 600)
    plan = p.Plan(p.Provenance("yard", "", "first"), lots=(p.Lot("L", "A", 600),), runs=(run, pack))
    assert {one.rule for one in check(plant, plan).violations} <= {"demand_fulfilment"}
    found = advance(plant, plan, datetime(2025, 1, 8), as_planned=True).plant
    (receipt,) = found.receipts
    # Half of it is done in half of its time; the other 300 take 300 minutes now.
    assert (receipt.operation, receipt.done_quantity, receipt.version) == ("make", 300, "")
    rest = replace(run, quantity=300, setup_start=0, start=0, end=300)
    later = replace(pack, setup_start=300, start=300, end=900)
    under_way = p.Plan(
        p.Provenance("yard", ""), lots=(p.Lot("L", "A", 600, receipt="L"),), runs=(rest, later)
    )
    assert check(found, under_way).violations == ()


def test_nothing_is_learnt_of_run_times_that_have_a_curve(plant: q.Plant) -> None:
    lots = tuple(p.Lot(f"L{n}", "A", 100) for n in range(5))
    told = tuple(
        q.Actual(q.ActualKind.RUN, lot.lot, "A", 200 + n, "make", "M", 90, 10, n, 400)
        for n, lot in enumerate(lots)
    )
    curve, made_so = replace(plant, actuals=told), p.Plan(p.Provenance("yard", ""), lots=lots)
    columns = [
        {row.column for row in proposals(one, made_so)} for one in (curve, replace(curve, learning=()))
    ]
    assert columns == [{"yield_fraction"}, {"yield_fraction", "run_minutes"}]
