"""The minute engine's search: what it charges, what it finds, what it promises."""

from __future__ import annotations

import math
import random
import time
from dataclasses import replace
from fractions import Fraction

import pytest
from minute_plants import mixed, shaken

from capacityplan.bench.shop import Job, Machine, Shop, plant_of
from capacityplan.domain.plan import Provenance
from capacityplan.domain.plant import (
    Horizon,
    Item,
    ItemKind,
    Operation,
    OperationResource,
    Order,
    Plant,
    Resource,
    ResourceKind,
)
from capacityplan.solve.dispatch import Ground, Turn
from capacityplan.solve.dispatch import schedule as dispatch
from capacityplan.solve.minute import schedule
from capacityplan.solve.minute.problem import Problem
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle
from capacityplan.solve.types import Limits, LotPlan, WindowSchedule
from capacityplan.templates import build
from capacityplan.verify import check

DAY, MACHINE = 1440, ResourceKind.MACHINE


def shop(seed: int) -> Plant:
    """Jobs of one or two steps on three machines with changeovers, breaks and weights."""
    luck = random.Random(seed)
    groups = ["red", "blue", "green"]
    jobs = [
        Job(
            f"J{k:02d}",
            [
                {m: luck.randint(20, 200) for m in luck.sample("ABC", luck.randint(1, 3))}
                for _ in range(1 + k % 2)
            ],
            due=luck.randint(100, 2000),
            weight=luck.randint(1, 9),
            group=luck.choice(groups),
        )
        for k in range(12)
    ]
    setups = {("m", a, b): 0 if a == b else luck.randint(10, 60) for a in groups for b in groups}
    machines = [Machine(name, "m", luck.choice(groups), "day") for name in "ABC"]
    opened = [(day, 360, 1320) for day in range(6)]
    return plant_of(Shop("shop", machines, jobs, setups, 5, calendars={"day": opened}))


def settled_cost(plant: Plant, window: WindowSchedule, lots: LotPlan) -> Fraction:
    verdict = check(plant, settle(plant, window, lots, Provenance(plant.name, "")))
    assert verdict.violations == ()
    return verdict.cost


@pytest.mark.parametrize("seed", range(4))
def test_the_search_charges_what_the_checker_charges(seed: int) -> None:
    plant = shop(seed)
    lots = net_requirements(plant)
    problem = Problem(Ground(plant, lots))
    search = problem.search(0)
    luck = random.Random(seed)
    for _ in range(3):
        turns = [Turn(wish, luck.randrange(500)) for wish in mixed(problem.wishes, luck)]
        assert math.isclose(search.cost(turns), settled_cost(plant, problem.schedule(turns), lots))


@pytest.mark.parametrize("seed", range(6))
def test_turns_placed_again_from_the_middle_are_placed_as_from_the_start(seed: int) -> None:
    plant = shaken(seed)
    plant = replace(plant, inspections=tuple(replace(row, every_lots=1) for row in plant.inspections))
    problem = Problem(Ground(plant, net_requirements(plant)))
    search = problem.search(seed)
    search.begin(
        [Turn(wish, int(problem.ground.timeline.starts[wish.start_bucket])) for wish in problem.wishes]
    )
    for _ in range(10):
        search.anneal(20, 100.0, 1.0)
        assert math.isclose(search.cost(search.turns()), search.best, rel_tol=1e-9)
        search.begin(search.turns())


def test_the_answer_is_at_most_dispatchs_cost_and_the_same_every_time() -> None:
    plant = shop(9)
    lots = net_requirements(plant)
    limits = Limits(math.inf, seed=3, work=20)
    found = schedule(plant, lots, limits)
    assert found == schedule(plant, lots, limits)
    assert settled_cost(plant, found, lots) < settled_cost(plant, dispatch(plant, lots, limits), lots)


def test_a_search_ends_at_its_deadline_and_when_asked() -> None:
    plant = shop(1)
    lots = net_requirements(plant)
    schedule(plant, lots, Limits(0.0))
    begun = time.monotonic()
    schedule(plant, lots, Limits(begun + 0.5))
    schedule(plant, lots, Limits(begun + 1000, stop=lambda: True))
    assert time.monotonic() - begun < 3


def test_a_single_lot_goes_to_the_cheaper_machine() -> None:
    # The dispatcher takes the machine that ends first, whatever it costs.
    dear, cheap = Resource("DEAR", MACHINE, cost_per_hour=Fraction(40)), Resource("CHEAP", MACHINE)
    plant = Plant(
        "one", "2025-01-06T00:00:00", "UTC", "EUR", horizon=Horizon(3, 0, 0, 3),
        items=(Item("A", ItemKind.FINISHED, shelf_life_days=9),),
        operations=(Operation("A", "make", 10, run_minutes=Fraction(10)),),
        operation_resources=(
            OperationResource("A", "make", "DEAR"),
            OperationResource("A", "make", "CHEAP", run_minutes=Fraction(12)),
        ),
        resources=(dear, cheap), orders=(Order("O", "A", 10, DAY),),
    )  # fmt: skip
    lots = net_requirements(plant)
    assert {run.resource for run in dispatch(plant, lots, Limits(math.inf, work=1)).runs} == {"DEAR"}
    assert {run.resource for run in schedule(plant, lots, Limits(math.inf, work=1)).runs} == {"CHEAP"}


def test_without_a_window_the_dispatcher_answers() -> None:
    plant = build("fitband", size=0.1)
    plant = replace(plant, horizon=replace(plant.horizon, schedule_days=0))
    lots = net_requirements(plant)
    assert schedule(plant, lots, Limits(math.inf, work=1)) == dispatch(plant, lots, Limits(math.inf, work=1))
