"""``capacityplan check``: nothing that a plan file says of itself is taken at its word."""

import json
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from capacityplan.cli.check import check as command
from capacityplan.domain import plant as q
from capacityplan.domain.plan import Certificate, Delivery, Lot, Plan, Provenance, Run
from capacityplan.exchange.write import write, write_plan
from capacityplan.solve.bound import certify
from capacityplan.solve.solve import certificate
from capacityplan.verify import check
from capacityplan.verify.certificate import controllable

PLANT = q.Plant(
    "lost", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(2, 0, 0, 1),
    items=(q.Item("A", q.ItemKind.FINISHED, unit_value=F(5)), q.Item("R", q.ItemKind.RAW)),
    bill_of_materials=(q.BomLine("A", "R", F(1)),),
    operations=(q.Operation("A", "make", 10, run_minutes=F(30)),),
    operation_resources=(q.OperationResource("A", "make", "M"),),
    resources=(q.Resource("M", q.ResourceKind.MACHINE, calendar="day", cost_per_hour=F(10)),),
    calendars=tuple(q.CalendarRow("day", day, None, 0, 1440) for day in range(7)),
    suppliers=(q.SupplierOffer("S", "R", 0, F(2)),),
    orders=(q.Order("O", "A", 10, 1440, lost_cost=F(30), late_cost_per_day=F(1)),),
)  # fmt: skip


@pytest.fixture(scope="module")
def stated() -> Plan:
    """A plan that makes nothing, a day late before all is lost, with its certificate."""
    plan = Plan(Provenance(PLANT.name, PLANT.hash()))
    verdict = check(PLANT, plan)
    return replace(plan, ledger=verdict.ledger, certificate=certificate(verdict, certify(PLANT, 5)))


def judged(plan: Plan, folder: Path, *options: str) -> tuple[int, str]:
    write(PLANT, folder / "plant.json")
    write_plan(plan, folder / "plan.json")
    done = CliRunner().invoke(command, [str(folder / "plant.json"), str(folder / "plan.json"), *options])
    return done.exit_code, done.output


def test_what_a_plan_states_of_itself_is_confirmed(stated: Plan, tmp_path: Path) -> None:
    code, said = judged(stated, tmp_path, "--bound")
    assert code == 0
    assert said.endswith("verified; cost 310.00 EUR\n")
    # Ten units of material at 2 and five hours at 10: what any plan costs that does not lose them.
    assert "bound re-derived from the plant: 70.00 EUR" in said or "69.99" in said
    record = json.loads(judged(stated, tmp_path, "--bound", "--json")[1])
    assert record["verified"] is True
    assert record["certificate"] == []


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        ({"cost": F(70)}, (), "ledger (certificate)"),
        ({"gap": 0.0}, (), "a gap of 0.0000"),
        ({"gap_controllable": 0.0}, (), "a controllable gap of 0.0000"),
        ({"bound": F(299)}, (), "a gap of"),
        ({"bound": F(311), "gap": -1 / 310}, (), "above the plan's cost"),
        ({"bound_certified": F(299)}, ("--bound",), "a bound of 299.00 that its multipliers do not prove"),
        ({"unavoidable": F(299)}, ("--bound",), "an unavoidable cost of 299.00"),
        ({"multipliers": ()}, ("--bound",), "that its multipliers do not prove"),
    ],
)
def test_a_certificate_that_does_not_hold_is_refused(
    change: dict[str, Any], options: tuple[str, ...], says: str, stated: Plan, tmp_path: Path
) -> None:
    assert isinstance(stated.certificate, Certificate)
    plan = replace(stated, certificate=replace(stated.certificate, **change))
    code, said = judged(plan, tmp_path, *options)
    assert code == 6
    assert says in said
    assert "NOT verified" in said
    assert json.loads(judged(plan, tmp_path, *options, "--json")[1])["verified"] is False


def test_a_plan_that_names_what_does_not_exist_has_no_cost(stated: Plan, tmp_path: Path) -> None:
    run = Run("L1", "make", "M", 10, 0, 0, 300)
    plan = replace(stated, runs=(run,))
    code, said = judged(plan, tmp_path, "--bound")
    assert code == 6
    assert said.endswith(
        "NOT verified, 1 violation(s); cost not stated: the plan does not hold together (plan_integrity)\n"
    )
    assert json.loads(judged(plan, tmp_path, "--bound", "--json")[1])["cost"] is None


def test_a_plan_that_breaks_a_rule_is_not_held_against_the_bound(stated: Plan, tmp_path: Path) -> None:
    # Made of nothing and delivered in time: for less than any plan that keeps the rules.
    plan = replace(
        stated, lots=(Lot("L1", "A", 10),), runs=(Run("L1", "make", "M", 10, 0, 0, 300),),
        deliveries=(Delivery("O", "A", 10, 1440, 1440),),
    )  # fmt: skip
    verdict = check(PLANT, plan)
    assert "material_balance" in {row.rule for row in verdict.violations}
    code, said = judged(replace(plan, ledger=verdict.ledger), tmp_path, "--bound")
    assert code == 6
    assert "cost 50.00 EUR as it stands" in said
    assert "the plan costs less than the bound" not in said
    assert "above the plan's cost" not in said


def test_what_a_bound_loses_by_rounding_is_no_share_of_what_could_be_saved() -> None:
    cost, rounded = F(125), F(125) - F(1, 10**6)
    assert controllable(cost, rounded, rounded) == 0.0
    assert controllable(cost, F(120), F(115)) == 0.5
