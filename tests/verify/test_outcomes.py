"""Lead time, first pass yield, scores of lots, complaints and returns: by hand from events."""

from dataclasses import replace
from fractions import Fraction as F

import pytest
import tiny
from test_variance import KIND, first_day, run, shop

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.verify import check
from capacityplan.verify.case import Case
from capacityplan.verify.kpis import (
    Feedback,
    LotOutcome,
    PeriodFigure,
    feedback,
    lot_outcomes,
    period_figures,
    quality_costs,
    together,
)
from capacityplan.verify.kpis.outcomes import escape_cost, planned_outcomes

DAY = tiny.DAY
COMPLAINT, RETURN = q.ComplaintKind.COMPLAINT, q.ComplaintKind.RETURN


def decision(lot: str, good: int, rejected: int, at: int, inspection: str = "final") -> q.Actual:
    return q.Actual(KIND.DECISION, lot, "A", at, inspection, "", good, rejected)


def complaint(name: str, quantity: int, kind: q.ComplaintKind = COMPLAINT, **fields: object) -> q.Complaint:
    told: dict[str, object] = {"item": "A", "customer": "ann", "day": first_day() + 1} | fields
    return q.Complaint(name, kind, quantity=quantity, **told)  # type: ignore[arg-type]


def lots(*actuals: q.Actual, complaints: tuple[q.Complaint, ...] = (), last: int = 3) -> list[LotOutcome]:
    plant, plan = shop()
    told = replace(plant, actuals=actuals, complaints=complaints)
    return list(lot_outcomes(Case(plant, plan), told, first_day(), first_day() + last))


def test_only_the_first_decision_counts_for_what_passed_the_first_time() -> None:
    (lot,) = lots(
        run("LA", "A", 54, 60, rejected=6), decision("LA", 50, 4, 300), decision("LA", 54, 0, 900),
        decision("LA", 53, 1, 400, "label"),
    )  # fmt: skip
    # 60 were started; 6 fell out of the run, 4 of the first final test, 1 of the other test.
    assert (lot.made, lot.rejected, lot.first_pass_yield) == (60, 11, F(49, 60))
    assert not lot.right_first_time
    # From minute 10, when the run began, to minute 200.
    assert (lot.minutes, lot.day) == (190, first_day())


def test_a_lot_counts_when_its_last_operation_is_finished() -> None:
    part = replace(run("LA", "A", 20, 20), finished=False)
    assert lots(part) == []
    rest = replace(run("LA", "A", 40, 40, day=1), start=DAY + 20)
    (lot,) = lots(part, rest)
    assert (lot.day, lot.made, lot.minutes) == (first_day() + 1, 60, DAY + 190)
    assert lot.right_first_time
    assert lots(part, rest, last=0) == []


def test_a_lot_worked_on_again_is_not_right_the_first_time() -> None:
    """A has a rework operation, to which the final test sends its rejects."""
    test = q.Inspection(
        "final", q.Stage.FINAL, "LAB", item="A", reject_fraction=F(1, 10), rework_operation="again"
    )
    again = q.Operation("A", "again", 99, run_minutes=F(1))
    plant = tiny.plant(
        operations=(tiny.MAKE, again), resources=(tiny.M, tiny.LAB), inspections=(test,),
        operation_resources=(tiny.MODE, q.OperationResource("A", "again", "M")),
    )  # fmt: skip
    assert "again" not in [row.operation for row in Lookup(plant).routings["A", ""]]
    actuals = (
        q.Actual(KIND.RUN, "L", "A", 40, "make", "M", 40, 0, 0, 40), decision("L", 30, 10, 60),
        q.Actual(KIND.RUN, "L", "A", 99, "again", "M", 9, 1, 80, 19), decision("L", 39, 0, 120),
    )  # fmt: skip
    plan = tiny.plan(**tiny.lot("L", 0, 40))
    case = Case(plant, plan)
    (lot,) = lot_outcomes(case, replace(plant, actuals=actuals), first_day(), first_day())
    assert (lot.made, lot.rejected, lot.reworked, lot.first_pass_yield) == (40, 10, True, F(3, 4))
    # The plan expects a tenth of 40 to be rejected, and takes 40 minutes.
    (planned,) = planned_outcomes(case, first_day(), first_day())
    assert (planned.made, planned.rejected, planned.minutes) == (40, 4, 40)
    assert planned_outcomes(case, first_day() + 1, first_day() + 9) == ()


def test_the_score_falls_with_what_comes_back() -> None:
    """10 units complained of, 8 of them sent back: 10 came back, and 6 never passed."""
    told = (complaint("c1", 10, lot="LA"), complaint("c2", 8, RETURN, lot="LA"), complaint("c3", 5, lot="LX"))
    (lot,) = lots(run("LA", "A", 54, 60, rejected=6), complaints=told)
    assert (lot.complaints, lot.came_back, lot.score) == (2, 10, F(44, 60))
    worst = replace(lot, came_back=100)
    assert worst.score == 0


def told_of(*complaints: q.Complaint, **tables: object) -> tuple[Case, q.Plant]:
    customers = (
        q.Customer("trade", complaint_cost=F(4)),
        q.Customer("ann", parent="trade"),
        q.Customer("bob"),
    )
    items = (
        q.Item("A", q.ItemKind.FINISHED, price=F(10), escape_cost=F(3)),
        q.Item("B", q.ItemKind.FINISHED, price=F(20)), q.Item("C", q.ItemKind.RAW),
    )  # fmt: skip
    orders = (q.Order("OA", "A", 60, 2 * DAY, "ann"), q.Order("OB", "B", 40, 2 * DAY, "bob"))
    plant, plan = shop(customers=customers, items=items, orders=orders)
    shipped = (
        q.Actual(KIND.DELIVERY, "OA", "A", 1500, quantity=20),
        q.Actual(KIND.DELIVERY, "OA", "A", 1600, quantity=30),
        q.Actual(KIND.DELIVERY, "OB", "B", 1500, quantity=40),
    )
    return Case(plant, plan), replace(plant, actuals=shipped, complaints=complaints, **tables)


def test_rates_are_per_delivery_and_per_unit_delivered() -> None:
    case, told = told_of(
        complaint("c1", 2), complaint("r1", 2, RETURN), complaint("late", 9, day=first_day() + 2),
        complaint("c2", 0, item="B", customer="bob", cost=F(25)),
    )  # fmt: skip
    found = {(row.item, row.customer): row for row in feedback(case, told, first_day(), first_day() + 1)}
    ann = found["A", "ann"]
    # Twice 4 for a complaint of trade's customers, and twice 2 units at 3.
    assert ann == Feedback("A", "ann", 2, F(50), 1, F(2), F(20), 2)
    assert (ann.complaint_rate, ann.return_rate) == (F(1, 2), F(1, 25))
    bob = found["B", "bob"]
    assert (bob.complaint_rate, bob.return_rate, bob.cost) == (1, 0, 25)
    whole = together(found.values())
    assert (whole.complaint_rate, whole.return_rate, whole.cost) == (F(2, 3), F(2, 90), 45)


def test_without_deliveries_there_are_no_rates() -> None:
    case, told = told_of(complaint("c", 2))
    (only,) = feedback(case, replace(told, actuals=()), first_day(), first_day() + 1)
    assert (only.complaint_rate, only.return_rate, only.cost) == (None, None, 10)


@pytest.mark.parametrize(
    ("fields", "cost"), [({}, 10), ({"cost": F(1, 2)}, F(1, 2)), ({"customer": "bob"}, 6)]
)
def test_what_a_complaint_costs(fields: dict[str, object], cost: F) -> None:
    _, told = told_of()
    assert escape_cost(Lookup(told), complaint("c", 2, **fields)) == cost


def test_external_failure_is_what_was_recorded_and_the_plan_assumes_none() -> None:
    case, told = told_of(complaint("c1", 2), complaint("old", 99, day=first_day() - 1))
    ledger = check(case.plant, case.plan).ledger
    (none,) = [row for row in quality_costs(case, ledger) if row.part == "external failure"]
    assert (none.what, none.amount) == ("returns and complaints: none recorded", 0)
    (found,) = [row for row in quality_costs(case, ledger, told) if row.part == "external failure"]
    assert (found.what, found.amount, found.in_ledger) == ("returns and complaints of A, ann", 10, False)
    # Nothing of it is in the ledger: the plan costs the same.
    assert check(replace(case.plant, complaints=told.complaints), case.plan).ledger == ledger


def figures(told: q.Plant, case: Case) -> dict[str, PeriodFigure]:
    rows = period_figures(case, told, check(case.plant, case.plan).ledger, first_day(), first_day() + 1)
    return {row.name: row for row in rows}


def test_key_figures_of_the_period_with_targets() -> None:
    goals = {q.TargetFigure.COMPLAINT_RATE: F(1, 10), q.TargetFigure.LEAD_TIME: F(1, 2)}
    targets = tuple(q.Target(name, first_day(), first_day(), value) for name, value in goals.items())
    case, told = told_of(complaint("c1", 2), complaint("r1", 5, RETURN), targets=targets)
    made = (run("LA", "A", 54, 60, rejected=6), replace(run("LB", "B", 40, 40), start=60))
    found = figures(replace(told, actuals=(*told.actuals, *made)), case)
    values = {name: (row.plan, row.actual) for name, row in found.items()}
    # 190 and 140 minutes; planned from 10 to 70 and from 80 to 120.
    assert values["lead_time"] == (F(50, 1440), F(165, 1440))
    assert values["first_pass_yield"] == (1, F(94, 100))
    assert values["right_first_time"] == (None, F(1, 2))
    assert values["complaint_rate"] == (0, F(1, 3))
    assert values["return_rate"] == (0, F(5, 90))
    assert values["escape_cost"] == (0, 4 + 6 + 4 + 15)
    assert found["complaint_rate"].meets_target is False
    assert found["lead_time"].meets_target is True


def test_where_no_complaints_are_kept_their_figures_are_unknown() -> None:
    case, told = told_of()
    found = figures(told, case)
    for name in ("complaint_rate", "return_rate", "escape_cost"):
        assert (found[name].plan, found[name].actual) == (None, None)


def test_a_plan_without_finished_lots_has_no_lead_time() -> None:
    plant = tiny.plant()
    found = figures(plant, Case(plant, p.Plan(p.Provenance("tiny", ""))))
    assert (found["lead_time"].plan, found["lead_time"].actual) == (None, None)
