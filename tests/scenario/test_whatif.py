"""Scenarios side by side, each verified and never dearer than its start; crises; two plans compared."""

import json
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from click.testing import CliRunner
from whatif_plant import DAY, bakery

from capacityplan.cli.compare import compare
from capacityplan.cli.whatif import whatif
from capacityplan.domain import plant as q
from capacityplan.domain.plan import Lot, Plan, Provenance, Run
from capacityplan.exchange import read_or_raise, write
from capacityplan.replan.carry import carry_forward
from capacityplan.replan.changes import reasons
from capacityplan.report.compare import InputChange, input_changes
from capacityplan.report.compare import compare as compared
from capacityplan.report.facts import Facts
from capacityplan.scenario.playbook import playbook
from capacityplan.scenario.whatif import Result, expected_cost, side_by_side
from capacityplan.solve.solve import Settings, solve
from capacityplan.verify import check

SETTINGS = Settings(work=0.05)


@pytest.fixture(scope="module")
def made() -> tuple[q.Plant, Plan]:
    plant = bakery()
    outcome = solve(plant, SETTINGS)
    assert outcome.plan is not None
    return plant, outcome.plan


def test_a_scenario_begins_with_the_plan_as_it_is(made: tuple[q.Plant, Plan]) -> None:
    plant, plan = made
    more = replace(plant, orders=tuple(replace(row, quantity=row.quantity + 20) for row in plant.orders))
    told: list[str] = []
    (row,) = side_by_side(
        [("more", F(1, 4), more)],
        SETTINGS,
        lambda of: carry_forward(of, plan),
        lambda one: told.append(one.name),
    )
    assert told == ["more"]
    assert row.plan is not None
    assert check(more, row.plan).violations == ()
    carried = check(more, carry_forward(more, plan).plan)
    assert not carried.violations
    assert row.cost is not None
    assert row.cost <= carried.cost
    assert row.cost == sum(row.categories.values())


def test_expected_cost_gives_the_rest_to_the_plant_as_it_is(made: tuple[q.Plant, Plan]) -> None:
    plant, plan = made
    verdict = check(plant, plan)

    def result(probability: F | None, cost: int | None) -> Result:
        found = None if cost is None else replace(verdict, cost=F(cost))
        return Result("", probability, plant, "feasible", plan, found, None, {})

    assert expected_cost([result(None, 100), result(F(1, 4), 200)]) == 125
    assert expected_cost([result(None, 100), result(None, 200)]) is None
    assert expected_cost([result(None, 100), result(F(1, 4), None)]) is None


def test_the_playbook_names_the_busiest_machine_and_the_sole_supplier(made: tuple[q.Plant, Plan]) -> None:
    plant, plan = made
    crises = {name: one for name, _, one in playbook(plant, plan)}
    assert list(crises) == [
        "demand +20 %", "demand -20 %", "OVEN down for a week", "labour -20 %", "Mill four weeks later",
    ]  # fmt: skip
    assert [row.quantity for row in crises["demand +20 %"].orders] == [
        round(row.quantity * F(6, 5)) for row in plant.orders
    ]
    crew = next(row for row in crises["labour -20 %"].resources if row.resource == "crew")
    rows = [row.capacity for row in crises["labour -20 %"].calendars if row.calendar == crew.calendar]
    assert (crew.capacity, set(rows)) == (4, {None})
    assert crises["OVEN down for a week"].downtime[-1].end == 7 * 1440
    assert crises["Mill four weeks later"].suppliers[0].lead_time_days == 29


def test_the_busiest_machine_is_that_of_most_working_time() -> None:
    evening, morning = 17 * 60, DAY + 7 * 60
    runs = (
        Run("L", "mix", "MIXER", 60, evening, evening, morning),
        Run("L", "bake", "OVEN", 60, morning, morning, morning + 180),
    )
    plan = Plan(Provenance("", ""), lots=(Lot("L", "bread", 60),), runs=runs)
    names = [name for name, _, _ in playbook(bakery(), plan)]
    assert "OVEN down for a week" in names


def test_two_plans_compared_name_the_change_of_the_data(made: tuple[q.Plant, Plan]) -> None:
    plant, plan = made
    dear = replace(plant, suppliers=(replace(plant.suppliers[0], price=F(3)),))
    outcome = solve(dear, SETTINGS)
    assert outcome.plan is not None
    found = compared(Facts(plant, plan), Facts(dear, outcome.plan), reasons(dear, plant))
    figures = {row[0]: row for row in found.figures.rows}
    assert {"lead time", "on time in full", "spent"} <= set(figures)
    for name, unit, before, after, change, trend in found.figures.rows:
        if before is not None and after is not None:
            assert isinstance(change, F)
            assert abs(change - (after - before)) <= F(1, 100), name
            worse = change > 0 if name in ("spent", "lead time") else change < 0
            assert trend == ("same" if not change else "worse" if worse else "better"), (name, unit)
    (change,) = found.inputs
    assert (change.table, change.name, change.text) == ("suppliers", "Mill/flour/0", "price 1 to 3")
    first = found.places.rows[0]
    assert first[:2] == ("Material bought", "flour")
    assert first[4] == first[3] - first[2] > 0
    assert first[5] == "suppliers Mill/flour/0: price 1 to 3"
    *parts, total = found.costs.rows
    assert (
        sum(row[3] for row in parts) == total[3] == check(dear, outcome.plan).cost - check(plant, plan).cost
    )
    effects = [abs(row[4]) for row in found.places.rows]
    assert effects == sorted(effects, reverse=True)


def test_a_later_start_alone_changes_no_row(tmp_path: Path) -> None:
    offer = bakery().suppliers[0]
    dear = replace(offer, price=F(2), valid_from=3 * DAY)
    stop = q.Downtime("stop", "OVEN", DAY, 2 * DAY)
    plant = replace(bakery(), suppliers=(replace(offer, valid_to=3 * DAY), dear), downtime=(stop,))
    write(plant, tmp_path)
    head = tmp_path / "plant.toml"
    head.write_text(head.read_text().replace("2027-01-04T00:00", "2027-01-05T00:00"))
    later = read_or_raise(tmp_path)
    assert later.orders[0].due == plant.orders[0].due - DAY
    moved = InputChange("plant", "start", "2027-01-04T00:00 to 2027-01-05T00:00")
    assert list(input_changes(plant, later)) == [moved]


def test_changed_rows_and_settings_are_told_in_units_and_dates() -> None:
    offer = bakery().suppliers[0]
    dear = replace(offer, price=F(2), valid_from=3 * DAY)
    bread, flour = bakery().items
    plant = replace(bakery(), items=(bread, replace(flour, precision=2)), suppliers=(offer, dear))
    after = replace(
        plant,
        costs=replace(plant.costs, late_rate_per_day=F(1, 50)),
        suppliers=(offer, replace(dear, price=F(3))),
        stock=(replace(plant.stock[0], quantity=250, expires=5 * DAY),),
        prices=(q.Price("bread", 2 * DAY, F(9)),),
    )
    assert set(input_changes(plant, after)) == {
        InputChange("plant", "costs.late_rate_per_day", "0.01 to 0.02"),
        InputChange("suppliers", "Mill/flour/0/2027-01-07", "price 2 to 3"),
        InputChange("stock", "S", "quantity 1 to 2.5, expires empty to 2027-01-08"),
        InputChange("prices", "bread/2027-01-06", "new"),
    }


def test_what_is_lost_is_told_in_the_items_unit(made: tuple[q.Plant, Plan]) -> None:
    plant, plan = made
    bread, flour = plant.items
    orders = tuple(replace(row, quantity=15) for row in plant.orders)
    exact = replace(plant, items=(replace(bread, precision=1, unit="kg"), flour), orders=orders)
    nothing = replace(plan, lots=(), runs=(), bucket_runs=(), purchases=(), deliveries=(), ledger=(),
                      certificate=None)  # fmt: skip
    found = compared(Facts(plant, plan), Facts(exact, nothing))
    assert {row[2] for row in found.service.rows} == {"1.5 kg lost"}


def test_the_commands_show_scenarios_and_their_differences(tmp_path: Path) -> None:
    write(bakery(), tmp_path / "bakery")
    (tmp_path / "bakery" / "scenarios").mkdir()
    (tmp_path / "bakery" / "scenarios" / "late.toml").write_text(
        'probability = 0.5\n[[change]]\ntable = "suppliers"\nset = { lead_time_days = 9 }\n'
    )
    start = [str(tmp_path / "bakery"), "--time-limit", "2", "--workers", "1"]
    done = CliRunner().invoke(whatif, [*start, "--out", str(tmp_path / "plans"), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    base, late = found["scenarios"]
    assert (base["scenario"], late["scenario"], late["probability"]) == ("as it is", "late", 0.5)
    assert base["verified"]
    assert late["verified"]
    assert late["cost"] > base["cost"]
    assert found["expected_cost"] == pytest.approx((base["cost"] + late["cost"]) / 2, abs=0.01)
    folders = [str(tmp_path / "plans" / name) for name in ("as_it_is", "late")]
    done = CliRunner().invoke(compare, [*folders, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["inputs"] == [{"table": "suppliers", "name": "Mill/flour/0", "text": "lead_time_days 1 to 9"}]
    assert {"before", "after", "because"} <= set(told["service"][0])
    assert "Cost by category" in CliRunner().invoke(compare, folders).output
