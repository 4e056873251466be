"""Shorter setups: what an hour less saves is the difference of two solved plans."""

import json
from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from capacityplan.cli.prices import prices
from capacityplan.domain import plant as q
from capacityplan.domain.plan import Plan
from capacityplan.replan.carry import carry_forward
from capacityplan.report import write_outputs
from capacityplan.scenario.setups import setup_minutes, shorter_setups, with_shorter_setups
from capacityplan.solve.solve import Settings, solve
from capacityplan.templates import build
from capacityplan.verify import check
from capacityplan.verify.case import Case

DAY = 1440
SETTINGS = Settings(work=0.05)


def dyer(schedule_days: int = 4) -> q.Plant:
    """Two and a half hours a day; white and red take an hour each, and an hour to change over.

    Both are due today, and tomorrow is closed: with the whole changeover one of them is late by a day that
    costs 60; with half of it both fit.
    """
    colours = ("white", "red")
    return q.Plant(
        "dyer", "2027-01-04T00:00", "UTC", "EUR", horizon=q.Horizon(6, 0, 0, schedule_days),
        items=tuple(
            q.Item(one, q.ItemKind.FINISHED, unit_value=F(5), min_lot=60, max_lot=60) for one in colours
        ),
        operations=tuple(q.Operation(one, "dye", 10, run_minutes=F(1)) for one in colours),
        operation_resources=tuple(q.OperationResource(one, "dye", "VAT") for one in colours),
        resources=(
            q.Resource("VAT", q.ResourceKind.MACHINE, calendar="day", cost_per_hour=F(6),
                       changeover_matrix="m", initial_setup_group="white"),
        ),
        calendars=tuple(q.CalendarRow("day", day, None, 480, 630) for day in range(7) if day != 1),
        changeovers=(q.Changeover("m", "white", "red", 60), q.Changeover("m", "red", "white", 60)),
        orders=tuple(
            q.Order(one, one, 60, DAY, late_cost_per_day=F(1), lost_cost=F(50)) for one in colours
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def made() -> tuple[q.Plant, Plan]:
    plant = dyer()
    plan = solve(plant, SETTINGS).plan
    assert plan is not None
    return plant, plan


def test_half_a_changeover_saves_the_late_day_and_its_own_half_hour(made: tuple[q.Plant, Plan]) -> None:
    plant, plan = made
    (found,) = shorter_setups(plant, plan, SETTINGS, carry_forward)
    assert (found.resource, found.setup, found.less) == ("VAT", 60, 30)
    # 60 late for a day at 1 each, and half an hour of the vat at 6.
    assert found.saved == 63
    assert found.per_hour == 126
    assert found.plan is not None
    eased = with_shorter_setups(plant, "VAT", F(1, 2))
    verdict = check(eased, found.plan)
    assert verdict.violations == ()
    assert check(plant, plan).cost - verdict.cost == 63


def test_without_setups_there_is_nothing_to_shorten(made: tuple[q.Plant, Plan]) -> None:
    plant, plan = made
    alone = replace(plant, changeovers=tuple(replace(row, minutes=0) for row in plant.changeovers))
    assert shorter_setups(alone, plan, SETTINGS, carry_forward) == ()


def test_setups_of_lots_are_shorter_too_and_other_resources_keep_theirs() -> None:
    plant = dyer()
    second = replace(plant.resources[0], resource="VAT2")
    modes = tuple(replace(row, setup_minutes=5) for row in plant.operation_resources)
    plant = replace(
        plant, resources=(*plant.resources, second),
        operation_resources=(*modes, *(replace(row, resource="VAT2") for row in modes)),
    )  # fmt: skip
    eased = with_shorter_setups(plant, "VAT", F(1, 2))
    minutes = {(row.resource, row.setup_minutes) for row in eased.operation_resources}
    assert minutes == {("VAT", 3), ("VAT2", 5)}
    first, other = eased.resources
    assert other.changeover_matrix == "m"
    assert {row.minutes for row in eased.changeovers if row.matrix == "m"} == {60}
    assert {row.minutes for row in eased.changeovers if row.matrix == first.changeover_matrix} == {30}


def test_setups_of_the_tail_count_along_its_lists() -> None:
    plant = dyer(schedule_days=0)
    plan = solve(plant, SETTINGS).plan
    assert plan is not None
    groups = ["white", *(one for row in plan.bucket_setups for one in row.groups)]
    changes = sum(before != after for before, after in pairwise(groups))
    assert changes
    assert setup_minutes(Case(plant, plan)) == {"VAT": 60 * changes}


def test_minutes_of_an_own_plant_fall_by_half_on_the_resource_alone() -> None:
    plant = build("tablets", 0.1)
    plan = solve(plant, Settings(work=0.2)).plan
    assert plan is not None
    before = setup_minutes(Case(plant, plan))
    name = max(before, key=lambda one: before[one])
    after = setup_minutes(Case(with_shorter_setups(plant, name, F(1, 2)), plan))
    assert before[name] / 2 <= after[name] < before[name]
    assert {key: value for key, value in after.items() if key != name} == {
        key: value for key, value in before.items() if key != name
    }


def test_the_command_shows_them_beside_the_hours(made: tuple[q.Plant, Plan], tmp_path: Path) -> None:
    write_outputs(*made, None, tmp_path)
    start = [str(tmp_path / "instance.json"), str(tmp_path)]
    done = CliRunner().invoke(prices, [*start, "--setups", "2", "--workers", "1", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert set(found) == {"reached", "bound", "setups"}
    assert found["setups"] == [
        {"resource": "VAT", "setups [h]": "1.00", "less [h]": "0.50", "saved [EUR]": "63.00",
         "per hour [EUR]": "126.00"}
    ]  # fmt: skip
    assert set(json.loads(CliRunner().invoke(prices, [*start, "--json"]).stdout)) == {"reached", "bound"}
