"""Projects searched by lists: accepted by the checker, never worse by justification, optimal where small."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction as F
from itertools import permutations
from random import Random

import numpy as np
import pytest
from plain_shops import judged, limits, shop

from capacityplan.domain import plant as q
from capacityplan.solve.dispatch import schedule as dispatch
from capacityplan.solve.minute import project, second
from capacityplan.solve.minute.engine import schedule
from capacityplan.solve.minute.estimate import Estimator
from capacityplan.solve.minute.project import passes
from capacityplan.solve.minute.project import tables as t
from capacityplan.solve.minute.project.build import Build
from capacityplan.solve.minute.project.run import Problem, improve
from capacityplan.solve.minute.second import Helper
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.types import WindowSchedule

Activity = tuple[int, dict[str, int], list[int]]
"""Minutes, units of each pool, the activities that it waits for."""


def activities(seed: int, count: int) -> list[Activity]:
    luck = Random(seed)
    return [
        (
            luck.randint(1, 9) * 10,
            {pool: luck.randint(1, 3) for pool in luck.sample(["X", "Y"], luck.randint(1, 2))},
            luck.sample(range(k), min(k, luck.randint(0, 2))),
        )
        for k in range(count)
    ]


def plant_of(rows: list[Activity], due: list[int] | None = None) -> q.Plant:
    """Activities as lots that wait for each other and share two pools of four units.

    All are delivered at the end with the makespan as objective, or each is sold with its own due minute.
    """
    names = [f"A{k:02d}" for k in range(len(rows))]
    taken = {k for _, _, before in rows for k in before}
    needs = {names[k]: [names[j] for j in before] for k, (_, _, before) in enumerate(rows)}
    if due is None:
        needs["END"] = [name for k, name in enumerate(names) if k not in taken]
    users = {name: max(sum(name in parts for parts in needs.values()), 1) for name in needs}
    minutes = {name: length for name, (length, _, _) in zip(names, rows, strict=True)} | {"END": 0}
    late = F(0) if due is None else F(1440)
    sold = [("END", 0)] if due is None else list(zip(names, due, strict=True))
    return q.Plant(
        "project", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(5, 0, 0, 5),
        costs=q.Costs(
            holding_rate_per_year=F(0), lateness=q.Lateness.MINUTE,
            makespan_cost_per_minute=F(due is None),
        ),
        items=tuple(
            q.Item(name, q.ItemKind.FINISHED, min_lot=size, lot_multiple=size, max_lot=size)
            for name, size in users.items()
        ),
        bill_of_materials=tuple(
            q.BomLine(name, part, F(1), operation="o", per_quantity=F(users[name]))
            for name, parts in needs.items()
            for part in parts
        ),
        operations=tuple(
            q.Operation(name, "o", 1, fixed_minutes=minutes[name], run_minutes=F(0)) for name in needs
        ),
        operation_resources=tuple(q.OperationResource(name, "o", "FLOOR") for name in needs),
        operation_pools=tuple(
            q.OperationPool(name, "o", "FLOOR", pool, units=units)
            for name, (_, pools, _) in zip(names, rows, strict=True)
            for pool, units in pools.items()
        ),
        resources=(
            q.Resource("FLOOR", q.ResourceKind.MACHINE, capacity=len(needs)),
            q.Resource("X", q.ResourceKind.LABOUR, capacity=4),
            q.Resource("Y", q.ResourceKind.TOOL, capacity=4),
        ),
        orders=tuple(
            q.Order(f"D{item}", item, 1, minute, late_cost_per_day=late, lost_cost=F(100_000))
            for item, minute in sold
        ),
    )  # fmt: skip


def built(plant: q.Plant) -> tuple[Build, WindowSchedule]:
    lots = net_requirements(plant)
    made = project.build(plant, lots)
    assert made is not None
    return made, dispatch(plant, lots, limits(1))


def least_end(rows: list[Activity]) -> int:
    """Least last end over all lists, scheduled minute by ten minutes."""
    best = 10**6
    for order in permutations(range(len(rows))):
        place = {k: turn for turn, k in enumerate(order)}
        if any(place[j] > place[k] for k, (_, _, before) in enumerate(rows) for j in before):
            continue
        used = {pool: [0] * 200 for pool in "XY"}
        ends = [0] * len(rows)
        for k in order:
            length, pools, before = rows[k]
            at = max([ends[j] for j in before], default=0) // 10
            while any(
                used[pool][at + i] + units > 4 for pool, units in pools.items() for i in range(length // 10)
            ):
                at += 1
            for pool, units in pools.items():
                for i in range(length // 10):
                    used[pool][at + i] += units
            ends[k] = 10 * at + length
        best = min(best, max(ends))
    return best


@pytest.mark.parametrize("seed", range(6))
def test_a_small_project_ends_as_early_as_brute_force_does(seed: int) -> None:
    rows = activities(seed, 7)
    plant = plant_of(rows)
    made, hint = built(plant)
    found = project.search(made, hint, limits(0.05))
    assert found is not None
    assert max(run.end for run in found.runs) == least_end(rows)
    verdict = judged(plant, net_requirements(plant), found)
    assert not verdict.violations
    assert verdict.cost == least_end(rows) >= made.least()


def test_schedules_of_random_shops_are_accepted() -> None:
    seen = better = 0
    for seed in range(50):
        plant = shop(seed)
        lots = net_requirements(plant)
        made = project.build(plant, lots)
        if made is None:
            continue
        hint = dispatch(plant, lots, limits(1))
        found = project.search(made, hint, limits(0.02))
        assert found is not None, seed
        verdict = judged(plant, lots, found)
        assert not verdict.violations, (seed, [row.text() for row in verdict.violations[:3]])
        estimate = Estimator(plant, lots).cost
        seen, better = seen + 1, better + (estimate(found) < estimate(hint))
    assert seen >= 15
    assert better >= 8


@pytest.mark.parametrize("seed", range(5))
def test_justification_makes_nothing_later_that_costs(seed: int) -> None:
    luck = Random(seed)
    rows = activities(seed, 25)
    plant = plant_of(
        [(length, pools, []) for length, pools, _ in rows], [luck.randint(50, 900) for _ in rows]
    )
    made, hint = built(plant)
    arrays = Problem(made, hint).arrays
    g, s, f = arrays.g, arrays.s, arrays.f
    order, wanted = s[s[t.LIST] :], s[s[t.WANTED] :]
    costs = []
    for _ in range(20):
        order[: g[t.OPS]] = luck.sample(range(int(g[t.OPS])), int(g[t.OPS]))
        wanted[: g[t.OPS]] = -1
        passes.forward(g, s)
        before = passes.cost(g, s, f)
        passes.in_order(g, s)
        passes.justified(g, s)
        costs.append((before, passes.cost(g, s, f)))
    assert all(after <= before for before, after in costs)
    assert any(after < before for before, after in costs)
    assert min(after for _, after in costs) >= made.least()


def test_the_search_says_what_the_checker_charges() -> None:
    luck = Random(5)
    rows = [(length, pools, []) for length, pools, _ in activities(5, 25)]
    plant = plant_of(rows, [luck.randint(50, 900) for _ in rows])
    made, hint = built(plant)
    problem = Problem(made, hint)
    improve(problem.arrays, limits(0.1), 0)
    found = problem.schedule()
    assert found is not None
    verdict = judged(plant, net_requirements(plant), found)
    assert not verdict.violations
    assert float(verdict.cost) == pytest.approx(problem.arrays.kept().cost)


def test_the_same_work_gives_the_same_schedule() -> None:
    made, hint = built(plant_of(activities(3, 20)))
    assert project.search(made, hint, limits(0.05)) == project.search(made, hint, limits(0.05))


def test_it_stops_where_nothing_better_can_exist() -> None:
    rows = [(60, {"X": 1}, []), (30, {"Y": 1}, [0])]
    made, hint = built(plant_of(rows))
    begun = time.monotonic()
    found = project.search(made, hint, replace(limits(1), work=None, deadline=begun + 60))
    assert found is not None
    assert max(run.end for run in found.runs) == 90
    assert time.monotonic() - begun < 50


def test_the_engine_is_no_worse_than_dispatch() -> None:
    plant = plant_of(activities(8, 30))
    lots = net_requirements(plant)
    hint = dispatch(plant, lots, limits(1))
    found = schedule(plant, lots, limits(0.2), hint)
    assert max(run.end for run in found.runs) < max(run.end for run in hint.runs)
    assert not judged(plant, lots, found).violations


def test_what_is_no_project_is_left_to_other_searches() -> None:
    plant = plant_of(activities(2, 5))
    others = [
        replace(plant, operations=tuple(replace(row, max_wait_minutes=60) for row in plant.operations)),
        replace(
            plant,
            resources=(*plant.resources[:1], replace(plant.resources[1], capacity=0), plant.resources[2]),
        ),
        replace(plant, downtime=(q.Downtime("D", "FLOOR", 0, 60),)),
    ]
    assert project.build(plant, net_requirements(plant)) is not None
    for other in others:
        assert project.build(other, net_requirements(other)) is None


def test_the_second_process_answers_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "_GRACE_SECONDS", 60.0)  # a busy machine may be late in starting it
    made, hint = built(plant_of(activities(1, 20)))
    arrays = Problem(made, hint).arrays
    improve(arrays, limits(0.01), 0)
    found = Helper(improve, arrays, 1000, time.monotonic() + 2).close(at_once=False)
    assert found is not None
    assert np.isfinite(found.cost)
    assert found.cost <= arrays.kept().cost
