"""Choosing among proposals: the same profit as trying every set of choices."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest

from capacityplan.demand.choice import changes, faults, fix, least_effect, options
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import (
    CalendarRow,
    Horizon,
    Item,
    ItemKind,
    Launch,
    Marketing,
    Operation,
    OperationResource,
    Plant,
    Promotion,
    Resource,
    ResourceKind,
)
from capacityplan.domain.projections import Projections
from capacityplan.solve.choose import solve_choosing
from capacityplan.solve.solve import Settings, solve
from capacityplan.verify import check
from capacityplan.verify.bound import evaluate_chosen

FIRST = 738522  # 2023-01-02, a Monday
DAY = 1440


def projections(items: str, quantity: int, days: int) -> Projections:
    rows = [(item, day) for item in items for day in range(days)]
    names = ("", *items)
    zero = [0] * len(rows)
    return Projections(
        names, item=[names.index(item) for item, _ in rows], start=[FIRST + day for _, day in rows],
        end=[FIRST + day for _, day in rows], quantity=[quantity] * len(rows), stream=zero, segment=zero,
        certainty=zero, weight_millionths=[10**6] * len(rows), low=[-1] * len(rows), high=[-1] * len(rows),
        author=zero, dated=zero,
    )  # fmt: skip


@pytest.fixture
def plant() -> Plant:
    """Two items on a machine of 48 pieces a day; 20 + 20 are projected, prices 20, running costs 10 each."""
    calendar = tuple(CalendarRow("shift", day, None, 480, 960) for day in range(7))
    return Plant(
        "choices", "2023-01-02T00:00", "UTC", "EUR", horizon=Horizon(8, 0, 0, 0),
        items=tuple(
            Item(name, ItemKind.FINISHED, holding_cost_per_day=Fraction(1, 10), unit_value=Fraction(10),
                 price=Fraction(20))
            for name in "AB"
        ),
        operations=tuple(Operation(name, "make", 1, run_minutes=Fraction(10)) for name in "AB"),
        operation_resources=tuple(OperationResource(name, "make", "M") for name in "AB"),
        resources=(Resource("M", ResourceKind.MACHINE, calendar="shift", cost_per_hour=Fraction(60)),),
        calendars=calendar, projections=projections("AB", 20, 8),
        promotions=(
            Promotion("sound", "A", 5 * DAY, 7 * DAY, Fraction(1, 5), cost=Fraction(10), status="proposed"),
            Promotion("dear", "B", 4 * DAY, 6 * DAY, Fraction(1, 5), cost=Fraction(300), status="proposed"),
            Promotion("greedy", "B", 3 * DAY, 7 * DAY, Fraction(3), cost=Fraction(20), status="proposed",
                      min_uplift=Fraction(1, 10)),
        ),
    )  # fmt: skip


def every_set(plant: Plant) -> list[tuple[str, ...]]:
    ways: dict[str, list[str]] = {}
    for row in options(plant):
        ways.setdefault(row.proposal, [""]).append(row.choice)
    sets = [tuple(sorted(filter(None, combination))) for combination in product(*ways.values())]
    return [row for row in sets if not faults(plant, row)]


def planned(plant: Plant, choices: tuple[str, ...]) -> Fraction:
    outcome = solve(fix(plant, choices), Settings(seconds=1, workers=1))
    assert outcome.plan is not None
    verdict = check(plant, replace(outcome.plan, choices=choices, ledger=(), certificate=None))
    assert verdict.verified
    return verdict.cost


def test_the_choice_is_that_of_brute_force(plant: Plant) -> None:
    costs = {choices: planned(plant, choices) for choices in every_set(plant)}
    assert len(costs) == 12
    outcome = solve_choosing(plant, Settings(work=4, workers=1))
    assert outcome.plan is not None
    assert outcome.verdict is not None
    assert outcome.verdict.cost == min(costs.values())
    assert costs[outcome.plan.choices] == min(costs.values())
    assert "sound" in outcome.plan.choices
    assert "dear" not in outcome.plan.choices
    assert "greedy" not in outcome.plan.choices, "three times the demand cannot be made"
    certified = outcome.plan.certificate
    assert certified is not None
    assert certified.bound is not None
    assert certified.bound <= min(costs.values())
    assert certified.bound_certified is not None
    multipliers = dict(certified.multipliers)
    assert evaluate_chosen(plant, outcome.plan.choices, multipliers).bound >= certified.bound_certified
    assert check(plant, outcome.plan).verified


def test_revenue_is_for_what_is_delivered_beyond_the_demand_without_choices(plant: Plant) -> None:
    outcome = solve(fix(plant, ["sound"]), Settings(seconds=1, workers=1))
    assert outcome.plan is not None
    rows = check(plant, replace(outcome.plan, choices=("sound",), ledger=())).ledger
    # A fifth more of 20 on two days is 8 pieces of 20 each, less the campaign's 10.
    assert sum(row.amount for row in rows if row.category == "revenue") == -160
    assert sum(row.amount for row in rows if row.category == "promotion") == 10
    assert least_effect(plant, ("sound",)) == -150
    without = replace(outcome.plan, choices=("sound",), deliveries=(), ledger=())
    lost = check(plant, without).ledger
    assert not [row for row in lost if row.category == "revenue"]


def test_what_a_campaign_takes_from_another_item_is_revenue_foregone(plant: Plant) -> None:
    taking = Promotion("taking", "A", 0, DAY, Fraction(1), status="proposed", cannibalises="B",
                       cannibal_fraction=Fraction(1, 2))  # fmt: skip
    plant = replace(plant, promotions=(taking,))
    found = {row.item: row.quantity for row in changes(plant, ("taking",))}
    assert found == {"A": 20, "B": -10}
    assert least_effect(plant, ("taking",)) == -20 * 20 + 10 * 20


def test_a_launch_is_one_of_its_dates_or_none(plant: Plant) -> None:
    dates = tuple(Launch("start", "B", FIRST + day, cost=Fraction(5), status="proposed") for day in (2, 5))
    plant = replace(plant, promotions=(), launches=dates)
    names = [row.choice for row in options(plant)]
    assert names == ["start@2023-01-04", "start@2023-01-07"]
    sold = {choice: sum(row.quantity for row in changes(plant, (choice,))) for choice in names}
    assert sold == {"start@2023-01-04": 6 * 20, "start@2023-01-07": 3 * 20}
    assert faults(plant, tuple(names))


@pytest.mark.parametrize(
    ("choices", "budget"),
    [
        (("nobody",), None),
        (("greedy", "greedy@min"), None),
        (("sound", "sound"), None),
        (("dear", "sound"), Fraction(300)),
    ],
)
def test_the_checker_refuses_choices_that_cannot_be_made(
    plant: Plant, choices: tuple[str, ...], budget: Fraction | None
) -> None:
    plant = replace(plant, marketing=Marketing(budget))
    outcome = solve(plant, Settings(seconds=1, workers=1))
    assert isinstance(outcome.plan, Plan)
    verdict = check(plant, replace(outcome.plan, choices=choices, ledger=(), certificate=None))
    assert {row.rule for row in verdict.violations} == {"plan_integrity"}


def test_a_plant_without_proposals_is_planned_as_ever(plant: Plant) -> None:
    plant = replace(plant, promotions=())
    outcome = solve_choosing(plant, Settings(seconds=1, workers=1))
    assert outcome.plan is not None
    assert outcome.plan.choices == ()
    assert not [row for row in outcome.plan.ledger if row.category in ("promotion", "revenue")]
