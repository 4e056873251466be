"""The tables say what plan and ledger say."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from report_plants import build

from capacityplan.domain.plan import BucketRun, Plan
from capacityplan.domain.plant import Budget, Fund, Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.errors import VerificationError
from capacityplan.report.facts import Facts
from capacityplan.report.money import figures
from capacityplan.report.table import Kind, text
from capacityplan.report.tables import Contents, contents
from capacityplan.verify import stock_curves


@pytest.fixture(scope="module")
def made() -> tuple[Plant, Plan]:
    return build(lots=40, lines=2, items=6)


@pytest.fixture(scope="module")
def found(made: tuple[Plant, Plan]) -> Contents:
    return contents(Facts(*made))


def test_ledger_adds_up_to_the_cost(found: Contents) -> None:
    amounts = found.tables["ledger"].column("amount")
    assert sum(amounts) == found.facts.verdict.cost == found.facts.plan.certificate.cost
    kpis = dict(row[:2] for row in found.tables["kpis"].rows)
    assert Decimal(kpis["cost"]) == round(Decimal(float(found.facts.verdict.cost)), 2)


def test_every_operation_lot_and_inspection_is_listed(found: Contents) -> None:
    plan = found.facts.plan
    schedule = found.tables["schedule"]
    assert len(schedule.rows) == len(plan.runs) + len(plan.bucket_runs)
    listed = set(zip(schedule.column("lot"), schedule.column("operation"), strict=True))
    assert listed == {(row.lot, row.operation) for row in (*plan.runs, *plan.bucket_runs)}
    assert set(found.tables["lots"].column("lot")) == {row.lot for row in plan.lots}
    assert len(found.tables["inspections"].rows) == len(plan.inspections) + len(plan.bucket_inspections)


def test_budgets_tell_what_is_spent_and_left(made: tuple[Plant, Plan], found: Contents) -> None:
    plant, plan = made
    first = Timeline.of(plant).first_day
    spent = found.facts.verdict.by_category["production"]
    ample = Budget("ample", int(first[0]), int(first[-1]) + 999, spent, "production", "plant",
                   reserve=Fraction(9), spent=Fraction(5))  # fmt: skip
    tight = replace(ample, budget="tight", reserve=Fraction(3), overrun_cost=Fraction(2))
    budgeted = replace(plant, budgets=(tight, ample))
    rows = contents(Facts(budgeted, replace(plan, ledger=(), certificate=None))).tables["budgets"]
    assert list(rows.column("budget")) == ["ample", "tight"]
    assert list(rows.column("spent")) == [spent + 5] * 2
    assert list(rows.column("of it from the reserve")) == [5, 3]
    assert list(rows.column("left")) == [4, 0]
    assert list(rows.column("overrun")) == [0, 2]


def test_funds_reconcile_with_their_budgets(made: tuple[Plant, Plan]) -> None:
    plant, plan = made
    first = int(Timeline.of(plant).first_day[0])
    wages = Budget("wages", first, first + 99, Fraction(50), "labour", overrun_cost=Fraction(1), priority=2,
                   fund="bank", spent=Fraction(8))  # fmt: skip
    lab = replace(wages, budget="lab", category="inspection", priority=1, spent=Fraction(0))
    plant = replace(plant, funds=(Fund("bank", Fraction(70)),), budgets=(wages, lab))
    tables = contents(Facts(plant, replace(plan, ledger=(), certificate=None))).tables
    lines, (fund,) = tables["budgets"], tables["funds"].rows
    assert list(lines.column("budget")) == ["lab", "wages"]
    assert list(lines.column("granted")) == [50, 20]
    assert list(lines.column("cut")) == [0, 30]
    spent = sum(lines.column("spent"), Fraction(0))
    assert fund == ("bank", "", 70, 100, 70, 30, 0, spent, 70 - spent)


def test_times_are_local(made: tuple[Plant, Plan], found: Contents) -> None:
    plan = made[1]
    first = min(plan.runs, key=lambda run: (run.start, run.resource, run.lot))
    row = found.tables["schedule"].rows[0]
    assert first.start == 0
    assert row[2] == datetime(2027, 3, 1, 6, 0)
    # The clocks go forward on 28 March: the horizon's end is 19:00 h of elapsed time earlier.
    facts = found.facts
    assert facts.time(27 * 1440) == datetime(2027, 3, 28, 7, 0)


def test_what_is_due_on_a_date_is_due_on_that_date(made: tuple[Plant, Plan], found: Contents) -> None:
    """As the instance states it: a planner who wrote 8 March is not told midnight of the 9th."""
    facts = found.facts
    assert facts.due(18 * 60) == date(2027, 3, 1)
    assert facts.due(18 * 60 + 1440 * 27 - 60) == date(2027, 3, 28)  # a day of 23 hours
    assert facts.due(18 * 60 + 1) == datetime(2027, 3, 2, 0, 1)
    due = {row.order: facts.due(row.due) for row in made[0].orders}
    for name in ("demand", "deliveries"):
        table = found.tables[name]
        assert dict(zip(table.column("demand"), table.column("due"), strict=True)).items() <= due.items()
    assert text(date(2027, 3, 1), Kind.TIME) == "2027-03-01"


def test_stock_balances_and_equals_the_checkers(made: tuple[Plant, Plan], found: Contents) -> None:
    curves = stock_curves(*made)
    assert len(found.stock) == 7
    for one in found.stock:
        assert (one.opening + one.inflow - one.outflow == one.closing).all()
        assert (one.closing == curves[one.item].unrestricted).all()
        assert (one.opening[1:] == one.closing[:-1]).all()
        assert (one.outflow >= 0).all()
    powder = next(one for one in found.stock if one.item == "powder")
    assert powder.opening[0] == 10**9
    assert powder.inflow[5] == 500_000  # the purchase arrives at the midnight that begins 6 March
    bought = found.tables["purchases"].rows[0]
    assert bought[5] == Decimal("500.000")
    assert bought[10] == Fraction(750)


def test_stock_turns_are_a_years_deliveries_over_the_stock_that_is_kept(
    made: tuple[Plant, Plan], found: Contents
) -> None:
    plant, plan = made
    value = {row.item: row.unit_value / 10**row.precision for row in plant.items}
    shipped = sum(value[row.item] * row.quantity for row in plan.deliveries)
    days = found.facts.timeline.days
    kept = sum(value[one.item] * int(((one.closing + one.hold) * days).sum()) for one in found.stock)
    assert shipped > 0
    (turns,) = (row.value for row in found.figures if row.name == "stock turns")
    assert turns == shipped / (kept / int(days.sum())) * Fraction(365, int(days.sum()))


def test_demand_is_on_time_late_or_lost(found: Contents) -> None:
    table = found.tables["demand"]
    columns = [table.column(name) for name in ("quantity", "on time", "late", "lost")]
    for quantity, on_time, late, lost in zip(*columns, strict=True):
        assert quantity == on_time + late + lost
    share = Fraction(sum(columns[1])) / Fraction(sum(columns[0]))
    assert share == found.facts.verdict.on_time_share
    assert sum(columns[3]) == found.facts.verdict.lost_units == 200
    statuses = table.column("status")
    assert {"on time", "late", "lost"} == set(statuses)
    for status, days, why in zip(statuses, table.column("late by"), table.column("why"), strict=True):
        assert bool(why) == (status != "on time")
        assert (days > 0) == (status == "late")


def test_reasons_name_what_the_plan_shows(found: Contents) -> None:
    plan = found.facts.plan
    late = [row for row in found.service if row.status == "late"]
    for row in late:
        reason = found.why[row.demand.demand]
        assert reason.startswith(f"Arrived {row.days_late} day")
        assert any(lot.lot in reason for lot in plan.lots)
        assert "incubated 24.0 h" in reason
    # With two lines some lot started only after another one had left its machine.
    assert any("was free of L-" in reason for reason in found.why.values())
    lost = next(row for row in found.service if row.status == "lost")
    assert "not served, at" in found.why[lost.demand.demand]


def test_projected_available_balance_falls_by_what_is_overdue(found: Contents) -> None:
    facts = found.facts
    lost = {row.demand for row in facts.plan.lost}
    item = next(row.demand.item for row in found.service if row.demand.demand in lost)
    one = next(one for one in found.stock if one.item == item)
    missing = sum(row.lost for row in found.service if row.demand.item == item)
    assert int((one.closing - one.available)[-1]) == missing > 0


def test_load_holds_every_minute_of_work(made: tuple[Plant, Plan], found: Contents) -> None:
    plan = made[1]
    load = {one.resource: one for one in found.loads}
    mine = [run for run in plan.runs if run.resource == "MIX-00"]
    bucket_minutes = sum(m for row in plan.bucket_runs if row.resource == "MIX-00" for _, m in row.load)
    changeovers = 20 * 5  # six groups in the tail; the first one is set up already or a group of the window
    tail = load["MIX-00"].used[14:].sum()
    assert bucket_minutes + changeovers <= tail <= bucket_minutes + changeovers + 20
    # The plant works around the clock Monday to Saturday, so here elapsed time is working time.
    assert load["MIX-00"].run[:14].sum() == sum(run.end - run.start for run in mine)
    assert load["MIX-00"].setup[:14].sum() == sum(run.start - run.setup_start for run in mine)
    assert load["HPLC"].run[:14].sum() == 45 * len(plan.inspections)
    crew = [run for run in plan.runs]
    assert load["crew"].run[:14].sum() == sum(run.end - run.setup_start for run in crew)
    assert (load["MIX-00"].used <= load["MIX-00"].capacity).all()
    assert load["MIX-00"].regular[6] == 0  # Sunday


def test_utilisation_is_used_over_capacity(found: Contents) -> None:
    table = found.tables["load"]
    for row in table.rows:
        run, setup, regular, overtime, share = row[4:]
        assert share == (Fraction(run + setup, regular + overtime) if regular + overtime else None)


def test_nothing_unverified_is_reported(made: tuple[Plant, Plan]) -> None:
    plant, plan = made
    late_run = replace(plan.runs[0], start=plan.runs[0].start + 1)
    with pytest.raises(VerificationError):
        Facts(plant, replace(plan, runs=(late_run, *plan.runs[1:])))


def test_a_plan_without_a_bound_says_so(made: tuple[Plant, Plan]) -> None:
    plant, plan = made
    bare = contents(Facts(plant, replace(plan, certificate=None)))
    assert "gap" not in dict(row[:2] for row in bare.tables["kpis"].rows)
    known = replace(plan.certificate, bound=None, gap=None, gap_controllable=None)
    half = contents(Facts(plant, replace(plan, certificate=known)))
    assert dict(row[:2] for row in half.tables["kpis"].rows)["gap"] == "not known"
    assert dict(half.tables["certificate"].rows)["no plan can cost less than"] == "not known"


def test_figures_of_an_empty_plan() -> None:
    plant, plan = build(lots=8, lines=1, items=2)
    empty = Plan(plan.provenance)
    done = contents(Facts(plant, empty))
    assert done.tables["schedule"].rows == ()
    assert {row.status for row in done.service} == {"lost"}
    assert figures(done.facts, done.service, done.loads, done.stock) == done.figures


def test_values_are_written_exactly() -> None:
    assert text(Decimal("0.000001"), Kind.QUANTITY) == "0.000001"
    assert text(Decimal("1E+2"), Kind.QUANTITY) == "100"
    assert text(Fraction(2, 3), Kind.MONEY) == "0.67"
    assert text(datetime(2027, 3, 1, 6, 5), Kind.TIME) == "2027-03-01T06:05"
    assert text(None, Kind.TIME) == ""


def test_the_tail_is_in_the_schedule_by_bucket(found: Contents) -> None:
    table = found.tables["schedule"]
    tail = [row for row in table.rows if row[-1] == "bucket"]
    assert len(tail) == len([row for row in found.facts.plan.bucket_runs if isinstance(row, BucketRun)]) == 18
    assert tail[0][2] == datetime(2027, 4, 5, 0, 0)
