"""Launch readiness: what is there on the day, when all of it is, what holds it up, and how sure it is."""

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from pathlib import Path

import pytest
from click.testing import CliRunner
from launch_plants import DAY, LAUNCH, late, launched

from capacityplan.cli.explain import explain
from capacityplan.cli.show import show
from capacityplan.cli.stress import stress as stress_command
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.explain.readiness import readiness
from capacityplan.report import write_outputs
from capacityplan.report.facts import Facts
from capacityplan.report.page import page
from capacityplan.report.tables import contents
from capacityplan.scenario.futures import Uncertainty
from capacityplan.scenario.stress import stress
from capacityplan.verify import check
from capacityplan.verify.case import Case


def test_what_is_made_before_the_day_is_ready_with_a_day_to_spare() -> None:
    plant, plan = launched(DAY)
    (found,) = readiness(Case(plant, plan))
    # 30 a day from Wednesday to Friday; made on Tuesday until 01:30.
    assert (found.wanted, found.ready, found.served, found.state) == (90, 90, 90, "ready")
    assert found.by == 2 * DAY
    assert found.ready_on == DAY + 90
    assert found.spare == DAY - 90


def test_what_is_made_as_it_sells_is_not_ready_but_served() -> None:
    plant, plan = launched(DAY, DAY + 700, 2 * DAY + 700)
    (found,) = readiness(Case(plant, plan))
    assert (found.wanted, found.ready, found.served, found.state) == (90, 60, 90, "as it sells")
    assert found.spare == -730


def test_what_is_late_says_so_and_is_there_afterwards() -> None:
    plant, plan = late()
    (found,) = readiness(Case(plant, plan))
    assert (found.wanted, found.ready, found.served, found.state) == (90, 0, 60, "late")
    assert found.ready_on == 3 * DAY + 90


def test_transit_has_to_be_over_by_the_launch() -> None:
    plant, plan = launched(DAY, transit=1)
    (found,) = readiness(Case(plant, plan))
    assert (found.by, found.ready) == (DAY, 0)


def test_what_others_take_is_not_ready() -> None:
    plant, plan = launched(DAY)
    plant = replace(
        plant, launches=(replace(LAUNCH, segment="shops"),), consumption=q.Consumption(0, 0),
        orders=(q.Order("O", "A", 20, 2 * DAY, "web"),),
    )  # fmt: skip
    given = (*(replace(row, quantity=10) if row.demand.endswith(":2") else row for row in plan.deliveries),
             p.Delivery("O", "A", 20, DAY + 100, DAY + 100))  # fmt: skip
    plan = replace(plan, deliveries=given)
    assert check(plant, plan).violations == ()
    (found,) = readiness(Case(plant, plan))
    assert (found.name, found.wanted, found.ready, found.served) == ("GO/shops", 90, 70, 70)
    assert found.ready_on is None


def test_only_launches_within_the_horizon_that_are_planned_are_told_of_in_full() -> None:
    plant, plan = launched(DAY)
    other = replace(LAUNCH, launch="LATER", item="B", date=LAUNCH.date + 1, status="proposed")
    past, beyond = replace(other, launch="PAST", date=LAUNCH.date - 9), replace(other, date=LAUNCH.date + 400)
    plant = replace(
        plant, items=(*plant.items, q.Item("B", q.ItemKind.FINISHED)),
        launches=(LAUNCH, other, replace(LAUNCH, date=LAUNCH.date + 1, status="proposed"), past, beyond),
    )  # fmt: skip
    found = readiness(Case(plant, plan))
    assert [(row.name, row.state) for row in found] == [("GO", "ready"), ("LATER", "not planned")]
    chosen = replace(plant, launches=(replace(LAUNCH, status="proposed"),))
    plan = replace(plan, choices=("GO@2025-01-08",))
    assert [row.state for row in readiness(Case(chosen, plan))] == ["ready"]
    table = contents(Facts(plant, replace(plan, choices=()))).tables["launches"]
    assert table.column("held up by") == ("", "proposed, and not chosen by the plan")


def test_the_table_names_what_holds_a_late_launch_up() -> None:
    found = contents(Facts(*late()))
    (row,) = found.tables["launches"].rows
    assert row[:5] == ("GO", "A", "", date(2025, 1, 8), "late")
    assert row[9] == 60
    assert "late" in str(row[-1])
    assert found.tables["launches"].column("share ready") == (0,)
    data = json.loads(page(found).decode().split('id="data">')[1].split("</script>")[0])
    assert data["launches"]["rows"][0][4] == "late"


def test_the_cause_is_proven_by_planning_again(tmp_path: Path) -> None:
    write_outputs(*late(), None, tmp_path)
    start = [str(tmp_path / "instance.json"), str(tmp_path)]
    done = CliRunner().invoke(explain, [*start, "launch", "GO"])
    assert done.exit_code == 0, done.output
    assert "of 90 pcs of A wanted in the first week 0 pcs are released" in done.output
    assert "in time come 60 pcs" in done.output
    assert "if C came the day after it is ordered it is in time" in done.output
    shown = CliRunner().invoke(show, [str(tmp_path), "launches", "--json"])
    assert json.loads(shown.output)[0]["state"] == "late"
    assert CliRunner().invoke(explain, [*start, "launch", "GONE"]).exit_code == 2
    futures = CliRunner().invoke(stress_command, [*start, "--samples", "20"])
    assert "launch   GO: all of its first week in time in 0.0% of futures" in futures.output


def test_what_is_in_time_has_nothing_that_holds_it_up(tmp_path: Path) -> None:
    write_outputs(*launched(DAY), None, tmp_path)
    done = CliRunner().invoke(explain, [str(tmp_path / "instance.json"), str(tmp_path), "launch", "GO"])
    assert "Nothing holds it up" in done.output


def test_the_risk_of_a_launch_is_the_share_of_futures_that_miss_it() -> None:
    plant, plan = launched(DAY)
    plan = replace(plan, ledger=check(plant, plan).ledger)
    calm = stress(plant, plan, 50, 1, Uncertainty(sources=()))
    assert calm.launches == (("GO", 1.0),)
    wide = stress(plant, plan, 400, 1, Uncertainty(sources=("demand",), range_share=0.3))
    ((_, share),) = wide.launches
    # More than planned is wanted in about half of the futures.
    assert share == pytest.approx(0.5, abs=0.1)
    assert F(wide.samples) == 400
