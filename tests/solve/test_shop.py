"""Plain shops searched by machine sequences: valid, priced as the checker does, optimal where small."""

from __future__ import annotations

import math
import random
import time
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, permutations, product

import numpy as np
import pytest

from capacityplan.bench.shop import Job, Machine, Shop, plant_of
from capacityplan.domain.plan import Provenance
from capacityplan.domain.plant import Plant
from capacityplan.solve.dispatch import Ground
from capacityplan.solve.minute import second
from capacityplan.solve.minute.second import Helper
from capacityplan.solve.minute.shop import applies, search
from capacityplan.solve.minute.shop.flow import is_flow
from capacityplan.solve.minute.shop.path import Path, only_the_end_counts
from capacityplan.solve.minute.shop.problem import Problem
from capacityplan.solve.minute.shop.staged import Staged, is_staged
from capacityplan.solve.minute.shop.tables import BEST
from capacityplan.solve.minute.shop.ways import improve
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle_once
from capacityplan.solve.types import Limits, WindowSchedule
from capacityplan.verify import Verdict, check


def shop(seed: int, jobs: int = 12, makespan: int = 0) -> Shop:
    """Alternative machines with changeovers, calendars with breaks, releases, due dates."""
    luck = random.Random(seed)
    groups = ["A", "B", "C"]
    calendars = {"day": [(day, 360, 1320) for day in range(5)], "week": [(day, 0, 1440) for day in range(5)]}
    machines = [Machine(f"M{k}", "change", "A", ["", "day", "week"][k]) for k in range(3)]
    setups = {
        ("change", a, b): 0 if a == b else 10 * luck.randint(1, 9)
        for a in ["A", "B", "C"]
        for b in ["A", "B", "C"]
    }
    rows = [
        Job(
            f"J{k:02d}",
            [
                {f"M{m}": luck.randint(20, 300) for m in luck.sample(range(3), luck.randint(1, 3))}
                for _ in range(luck.randint(1, 3))
            ],
            luck.randint(500, 5000),
            luck.randint(0, 5),
            luck.randint(0, 1500),
            luck.choice(groups),
        )
        for k in range(jobs)
    ]
    return Shop("own", machines, rows, setups, 5, makespan, calendars)


def searched(plant: Plant, work: float, seed: int = 0) -> tuple[WindowSchedule, Verdict]:
    """Search under a work limit, settle and verify."""
    lots = net_requirements(plant)
    ground = Ground(plant, lots)
    assert applies(ground)
    window = search(ground, Limits(math.inf, seed, 1, work))
    assert window is not None
    plan = settle_once(plant, window, lots, Provenance(plant.name, plant.hash(), start=plant.start))
    return window, check(plant, plan)


@pytest.mark.parametrize("seed", range(8))
def test_schedules_are_valid_and_cost_what_the_search_says(seed: int) -> None:
    plant = plant_of(shop(seed, makespan=seed % 2))
    plant = replace(
        plant,
        resources=tuple(replace(row, setup_in_breaks=seed % 3 > 0) for row in plant.resources),
        operations=tuple(
            replace(row, min_wait_minutes=30 if seed % 4 == 0 else 0) for row in plant.operations
        ),
    )
    window, verdict = searched(plant, work=0.2, seed=seed)
    assert verdict.violations == ()
    assert window.cost_estimate == pytest.approx(float(verdict.cost))
    assert len(window.runs) == len(plant.operations)


def test_the_same_work_gives_the_same_schedule() -> None:
    plant = plant_of(shop(3))
    assert searched(plant, work=0.1)[0] == searched(plant, work=0.1)[0]


@pytest.mark.parametrize("seed", range(4))
def test_a_small_machine_is_sequenced_as_brute_force_does(seed: int) -> None:
    luck = random.Random(seed)
    jobs = [
        Job(f"J{k}", [{"M0": luck.randint(10, 90)}], luck.randint(50, 250), luck.randint(1, 9), 0, f"J{k}")
        for k in range(6)
    ]
    names = ["start", *(job.name for job in jobs)]
    setups = {("m", a, b): luck.randint(0, 40) for a in names for b in names if a != b}
    setups |= {("m", name, name): 0 for name in names}
    best = min(_cost(order, setups) for order in permutations(jobs))
    _, verdict = searched(plant_of(Shop("own", [Machine("M0", "m", "start")], jobs, setups)), work=2)
    assert verdict.violations == ()
    assert verdict.cost == best


def _cost(order: tuple[Job, ...], setups: dict[tuple[str, str, str], int]) -> Fraction:
    clock, cost = 0, 0
    for before, job in pairwise((None, *order)):
        assert job is not None
        clock += setups["m", before.name if before else "start", job.name] + job.steps[0]["M0"]
        cost += job.weight * max(0, clock - job.due)
    return Fraction(cost)


def test_other_features_are_left_to_the_general_search() -> None:
    plant = plant_of(shop(0))
    assert applies(Ground(plant, net_requirements(plant)))
    others = [
        replace(plant, resources=(replace(plant.resources[0], capacity=2), *plant.resources[1:])),
        replace(plant, operations=tuple(replace(row, max_wait_minutes=60) for row in plant.operations)),
        replace(plant, orders=(*plant.orders, replace(plant.orders[0], order="again"))),
        replace(plant, operations=tuple(replace(row, pausable=False) for row in plant.operations)),
    ]
    for other in others:
        assert not applies(Ground(other, net_requirements(other)))


def test_the_second_process_answers_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "_GRACE_SECONDS", 60.0)  # a busy machine may be late in starting it
    plant = plant_of(shop(1))
    problem = Problem(Ground(plant, net_requirements(plant)), 0)
    problem.start(Limits(math.inf, work=1.0))
    helper = Helper(improve, problem.arrays, 1000, time.monotonic() + 2)
    found = helper.close(at_once=False)
    assert found is not None
    assert found.cost <= problem.cost


@pytest.mark.parametrize("seed", range(4))
def test_a_flow_shop_is_at_least_as_good_as_its_best_order_of_jobs(seed: int) -> None:
    luck = random.Random(seed)
    group = ["A", "B"] if seed % 2 else [""]
    jobs = [
        Job(
            f"J{k}",
            [{f"M{m}": luck.randint(5, 90)} for m in range(3)],
            luck.randint(100, 300),
            luck.randint(1, 4),
            luck.randint(0, 40),
            luck.choice(group),
        )
        for k in range(6)
    ]
    setups = {("m", a, b): 0 if a == b else 15 for a in group for b in group} if seed % 2 else {}
    matrix = "m" if setups else ""
    machines = [Machine(f"M{m}", matrix, group[0], "day" if seed == 3 else "") for m in range(3)]
    calendars = {"day": [(day, 0, 720) for day in range(7)]}
    plant = plant_of(Shop("own", machines, jobs, setups, 0, seed // 2, calendars))
    ground = Ground(plant, net_requirements(plant))
    arrays = Problem(ground, 0).arrays
    assert is_flow(arrays.g)
    _, verdict = searched(plant, work=1, seed=seed)
    assert verdict.violations == ()
    least = []
    for order in permutations(range(6)):
        arrays.best[:] = np.repeat([3 * job + m for m in range(3) for job in order], 2)
        arrays.take(arrays.kept())
        least.append(arrays.h[:BEST].sum())
    assert float(verdict.cost) <= min(least) + 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_a_shop_of_stages_is_listed_by_one_order(seed: int) -> None:
    luck = random.Random(seed)
    sizes = [2, 1, 3]
    jobs = [
        Job(
            f"J{k}", [{f"S{s}M{m}": luck.randint(5, 90) for m in range(size)} for s, size in enumerate(sizes)]
        )
        for k in range(8)
    ]
    machines = [Machine(f"S{s}M{m}") for s, size in enumerate(sizes) for m in range(size)]
    plant = plant_of(Shop("own", machines, jobs, {}, makespan_cost=2))
    arrays = Problem(Ground(plant, net_requirements(plant)), 0).arrays
    assert is_staged(arrays.g)
    arrays.h[BEST] = math.inf
    staged = Staged(arrays, seed)
    staged.anneal(2000, *staged.heats())
    staged.write_down()
    listed = arrays.kept().cost
    # What is written down is timed anew, from sequences and modes alone.
    arrays.take(arrays.kept())
    assert float(arrays.h[:BEST].sum()) == listed
    _, verdict = searched(plant, work=1, seed=seed)
    assert verdict.violations == ()
    assert float(verdict.cost) <= listed
    late = plant_of(Shop("own", machines, [replace(job, weight=1) for job in jobs], {}))
    assert not only_the_end_counts(*_rates(late))


def _rates(plant: Plant) -> tuple[np.ndarray, np.ndarray]:
    arrays = Problem(Ground(plant, net_requirements(plant)), 0).arrays
    return arrays.g, arrays.f


@pytest.mark.parametrize("seed", range(4))
def test_a_small_job_shop_ends_as_early_as_brute_force_does(seed: int) -> None:
    luck = random.Random(seed)
    jobs = [
        Job(f"J{k}", [{f"M{m}": luck.randint(1, 60)} for m in luck.sample(range(3), 3)]) for k in range(4)
    ]
    plant = plant_of(Shop("own", [Machine(f"M{m}") for m in range(3)], jobs, {}, makespan_cost=1))
    _, verdict = searched(plant, work=0.5)
    assert verdict.violations == ()
    assert verdict.cost == _least_end(jobs)


def _least_end(jobs: list[Job]) -> int:
    """Least end of all, over all orders of jobs on all machines."""
    routes = [[next(iter(step.items())) for step in job.steps] for job in jobs]
    least = 1 << 30
    orders = list(permutations(range(len(jobs))))
    for rows in product(orders, repeat=3):
        done = [0] * len(jobs)
        ends, free, turn = [0] * len(jobs), [0] * 3, [0] * 3
        moved = True
        while moved:
            moved = False
            for m, row in enumerate(rows):
                while turn[m] < len(jobs) and _waits_for(routes, done, row[turn[m]], f"M{m}"):
                    job = row[turn[m]]
                    ends[job] = free[m] = max(ends[job], free[m]) + routes[job][done[job]][1]
                    done[job] += 1
                    turn[m] += 1
                    moved = True
        if min(turn) == len(jobs):
            least = min(least, max(ends))
    return least


def _waits_for(routes: list[list[tuple[str, int]]], done: list[int], job: int, machine: str) -> bool:
    return done[job] < len(routes[job]) and routes[job][done[job]][0] == machine


@pytest.mark.parametrize("seed", range(5))
def test_the_path_to_the_last_end_is_searched_with_alternatives_and_setups(seed: int) -> None:
    made = shop(seed, jobs=10, makespan=1)
    machines = [replace(row, calendar="") for row in made.machines]
    jobs = [replace(job, weight=0, due=0) for job in made.jobs]
    plant = plant_of(replace(made, machines=machines, jobs=jobs, setup_cost_per_minute=0))
    problem = Problem(Ground(plant, net_requirements(plant)), seed)
    arrays = problem.arrays
    assert only_the_end_counts(arrays.g, arrays.f)
    problem.start(Limits(math.inf, work=1.0))
    before = problem.cost
    Path(arrays).search(3000)
    found = arrays.kept()
    arrays.take(found)
    assert arrays.h[:BEST].sum() == found.cost < before
    _, verdict = searched(plant, work=0.3, seed=seed)
    assert verdict.violations == ()
    assert float(verdict.cost) <= before
