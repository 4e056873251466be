"""Rough-cut capacity: loads by hand, the cheapest hours, bottlenecks by cost, a proposal that holds."""

import json
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from click.testing import CliRunner
from whatif_plant import bakery

from capacityplan.cli.capacity import capacity
from capacityplan.domain import plant as q
from capacityplan.exchange import write
from capacityplan.scenario.roughcut import RoughCut, rough_cut, with_room
from capacityplan.solve.solve import Settings, solve
from capacityplan.verify import Verdict, check

DAY = 1440


def tight(overtime: bool = False) -> q.Plant:
    """The bakery with 300 loaves a day from the third day on: 900 oven minutes a day where there are 720."""
    plant = bakery()
    orders = tuple(replace(row, quantity=300) for row in plant.orders)
    resources = tuple(
        replace(row, overtime_calendar="evening", overtime_cost_per_hour=F(40))
        if row.resource == "OVEN" and overtime
        else row
        for row in plant.resources
    )
    evening = tuple(q.CalendarRow("evening", day, None, 1080, 1140) for day in range(7))
    return replace(plant, orders=orders, resources=resources, calendars=(*plant.calendars, *evening))


def rooms(cut: RoughCut) -> dict[str, float]:
    return {room.resource: sum(float(one.sum()) for one in room.extra.values()) for room in cut.rooms}


def arrears(verdict: Verdict) -> F:
    """What late and lost demand costs."""
    return sum((row.amount for row in verdict.ledger if row.category in ("late", "lost")), F(0))


def test_what_fits_needs_nothing() -> None:
    cut = rough_cut(bakery())
    assert cut.cost == 0
    assert {room.resource: round(float(room.load.sum())) for room in cut.rooms} == {
        "OVEN": 1080, "MIXER": 360, "crew": 360,
    }  # fmt: skip
    assert with_room(bakery(), cut) == bakery()


def test_the_oven_is_the_bottleneck_and_lacks_what_is_left_by_working_ahead() -> None:
    cut = rough_cut(tight())
    first = cut.rooms[0]
    assert first.resource == "OVEN"
    # Six orders of 900 minutes, and seven days of 720: orders are due at the ends of the days 2 to 7.
    assert sum(float(one.sum()) for one in first.extra.values()) == pytest.approx(6 * 900 - 7 * 720)
    assert set(first.extra) == {"extra shift"}
    assert first.cost == pytest.approx(360 / 60 * 45)
    assert 1 < first.peak < 2
    # Without its limit the hours are saved, and the stock that working ahead takes.
    assert first.value is not None
    assert first.cost <= first.value <= 1.5 * first.cost
    assert {name for name, minutes in rooms(cut).items() if minutes} == {"OVEN"}


def test_overtime_that_is_offered_comes_first_as_far_as_it_goes() -> None:
    """An hour of overtime a day is offered; working ahead to use more of it would cost more stock."""
    cut = rough_cut(tight(overtime=True))
    extra = cut.rooms[0].extra
    assert float(extra["overtime"].max()) == pytest.approx(60)
    assert rooms(cut)["OVEN"] == pytest.approx(360)
    assert cut.cost < rough_cut(tight()).cost


def test_the_proposal_makes_a_plan_with_less_arrears() -> None:
    plant = tight()
    roomy = with_room(plant, rough_cut(plant))
    assert "OVEN (extra shift)" in {row.resource for row in roomy.resources}
    before, after = (solve(one, Settings(seconds=4, workers=1)) for one in (plant, roomy))
    assert before.verdict is not None
    assert after.plan is not None
    assert after.verdict is not None
    assert check(roomy, after.plan).violations == ()
    assert arrears(after.verdict) < arrears(before.verdict) / 2


def test_the_command_shows_bottlenecks_and_options(tmp_path: Path) -> None:
    write(bakery(), tmp_path / "bakery")
    done = CliRunner().invoke(capacity, [str(tmp_path / "bakery")])
    assert done.exit_code == 0, done.output
    assert "All demand fits into the calendars." in done.output
    done = CliRunner().invoke(capacity, [str(tmp_path / "bakery"), "--demand", "5", "--json"])
    found = json.loads(done.output)
    assert found["resources"][0]["resource"] == "OVEN"
    assert {row["resource"] for row in found["options"]} == {"OVEN"}
    assert sum(float(row["hours [h]"]) for row in found["options"]) == pytest.approx(6, abs=0.1)
