"""The compiled decoder places every lot exactly where the plain dispatcher does."""

from __future__ import annotations

import random

import numpy as np
import pytest
from minute_plants import mixed, shaken

from capacityplan.domain.plan import Provenance
from capacityplan.solve.dispatch import Ground, Turn, dispatched
from capacityplan.solve.minute.problem import Problem
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle
from capacityplan.verify import check


def turns(problem: Problem, luck: random.Random) -> list[Turn]:
    """Lots in a random order, on random days, some on named machines."""
    found = []
    for wish in mixed(problem.wishes, luck):
        bucket = max(0, wish.start_bucket - luck.randrange(4))
        modes = problem.choices(wish)
        named = tuple(luck.choice(["", *row]) for row in modes) if luck.random() < 0.3 else ()
        found.append(Turn(wish, int(problem.ground.timeline.starts[bucket]), named))
    return found


@pytest.mark.parametrize("seed", range(24))
def test_compiled_schedules_are_the_dispatchers(seed: int) -> None:
    plant = shaken(seed)
    ground = Ground(plant, net_requirements(plant))
    problem = Problem(ground)
    luck = random.Random(seed)
    for _ in range(3):
        order = turns(problem, luck)
        expected = dispatched(ground, order)
        found = problem.schedule(order)
        assert found.runs == expected.runs
        assert found.inspections == expected.inspections
        assert found == expected


def test_compiled_schedules_settle_to_valid_plans() -> None:
    plant = shaken(1)
    lots = net_requirements(plant)
    problem = Problem(Ground(plant, lots))
    window = problem.schedule(turns(problem, random.Random(5)))
    plan = settle(plant, window, lots, Provenance(plant.name, ""))
    assert check(plant, plan).violations == ()
    assert len(window.runs) > 5


def test_a_decoding_leaves_nothing_behind() -> None:
    plant = shaken(2)
    problem = Problem(Ground(plant, net_requirements(plant)))
    luck = random.Random(1)
    first, second = turns(problem, luck), turns(problem, luck)
    before = problem.schedule(first)
    problem.schedule(second)
    assert problem.schedule(first) == before
    assert np.array_equal(problem.arrays(first)[0], problem.arrays(first)[0])
