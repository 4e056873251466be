"""The solver's branch and bound below a known plan is never above the optimum found by enumeration."""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import replace
from fractions import Fraction as F
from random import Random

import numpy as np
import pytest
from constructed import cheapest
from small_plants import plant as draw

from capacityplan.bench.periods import MINUTES, Product, Works, plant_of
from capacityplan.domain import plan as p
from capacityplan.domain.plant import Plant
from capacityplan.solve import tree
from capacityplan.solve.bound import BoundResult, certify
from capacityplan.solve.facility import located
from capacityplan.solve.forms import uncut
from capacityplan.solve.lots_tried import tried
from capacityplan.solve.relaxed import engine
from capacityplan.solve.settle import settle
from capacityplan.solve.types import WindowSchedule
from capacityplan.verify import check
from capacityplan.verify.relaxation import build
from capacityplan.verify.relaxation.builder import Relaxation

PERIODS = 3
SECONDS = 20.0


def works(seed: int) -> Works:
    """Draw two products on one machine for three periods; half of them may be late."""
    rng = Random(seed)
    products = [
        Product(
            name, [F(rng.choice([0, 1, 2, 3])) for _ in range(PERIODS - 1)] + [F(rng.choice([1, 2]))],
            holding=F(rng.choice([1, 2, 7])), setup_cost=F(rng.choice([0, 5, 20])),
            setup_time=F(rng.choice([0, 1, 2])), unit_time=F(1), resource="R",
            backlog=F(rng.choice([7, 21])) if seed % 2 else None,
        )
        for name in ("A", "B")
    ]  # fmt: skip
    return Works(f"tiny {seed}", products, {"R": [F(rng.choice([5, 6, 8])) for _ in range(PERIODS)]})


def optimum(works: Works, plant: Plant) -> F | None:
    """Cost of the cheapest plan by enumeration, which the checker accepts."""
    choices = [_choices(row) for row in works.products]
    capacity = works.capacity["R"]
    best: tuple[F, tuple[tuple[int, ...], ...]] | None = None
    for both in itertools.product(*choices):
        loads = [
            sum(made[t] + (row.setup_time if made[t] else 0)
                for (_, made), row in zip(both, works.products, strict=True))
            for t in range(PERIODS)
        ]  # fmt: skip
        cost = sum((one for one, _ in both), F(0))
        fits = all(load <= most for load, most in zip(loads, capacity, strict=True))
        if fits and (best is None or cost < best[0]):
            best = cost, tuple(made for _, made in both)
    if best is None:
        return None
    verdict = check(plant, _plan(works, plant, best[1]))
    assert verdict.violations == ()
    assert verdict.cost == best[0]
    return best[0]


def _choices(row: Product) -> list[tuple[F, tuple[int, ...]]]:
    """Quantities by period with what they cost in the ledger: a unit is late for six days, then for weeks."""
    total = int(sum(row.demand))
    found = []
    for made in itertools.product(range(total + 1), repeat=PERIODS):
        if sum(made) > total or (row.backlog is None and sum(made) < total):
            continue
        ahead = np.cumsum(made) - np.cumsum([int(one) for one in row.demand])
        if row.backlog is None and min(ahead) < 0:
            continue
        cost = row.setup_cost * sum(one > 0 for one in made)
        for t, one in enumerate(ahead.tolist()):
            cost += row.holding * max(one, 0)
            new = min(max(-one, 0), int(row.demand[t]))
            cost += (row.backlog or 0) * (max(-one, 0) - F(new, 7))
        found.append((cost, made))
    return found


def _plan(works: Works, plant: Plant, made: tuple[tuple[int, ...], ...]) -> p.Plan:
    lots, runs, deliveries, bought = [], [], [], []
    setup = {row.item: row.setup_minutes for row in plant.operation_resources}
    times = {row.item: row.run_minutes for row in plant.operations}
    for row, quantities in zip(works.products, made, strict=True):
        supply = [t for t, one in enumerate(quantities) for _ in range(one)]
        late = int(sum(row.demand)) - len(supply)
        if late:
            bought.append(p.Purchase(f"S{row.name}", "end", row.name, late, 0, PERIODS * MINUTES))
        supply += [PERIODS] * late
        for t, one in enumerate(quantities):
            if one:
                name = f"{row.name}{t}"
                minutes = setup[row.name] + math.ceil(one * times[row.name])
                lots.append(p.Lot(name, row.name, one))
                runs.append(p.BucketRun(name, "make", "R", one, ((t, minutes),)))
        served: dict[tuple[int, int], int] = {}
        wanted = [t for t in range(PERIODS) for _ in range(int(row.demand[t]))]
        for due, there in zip(wanted, supply, strict=True):
            served[due, max(due, there)] = served.get((due, max(due, there)), 0) + 1
        deliveries += [
            p.Delivery(f"{row.name}-{due + 1:03d}", row.name, one, (at + 1) * MINUTES, (at + 1) * MINUTES)
            for (due, at), one in served.items()
        ]
    return p.Plan(
        p.Provenance(plant.name, ""), lots=tuple(lots), bucket_runs=tuple(runs), purchases=tuple(bought),
        deliveries=tuple(deliveries),
    )  # fmt: skip


@pytest.mark.parametrize("alone", [None, located, uncut])
def test_the_tree_comes_to_the_optimum_and_never_above_it(
    alone: tree.Form | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the form that does best, and by each of those that lose nothing."""
    for name in ("lean", "located", "uncut") if alone else ():
        monkeypatch.setattr(tree, name, alone)
    solved = 0
    for seed in range(24):
        problem = works(seed)
        plant = plant_of(problem)
        best = optimum(problem, plant)
        if best is None:
            continue
        found = _below(plant, best + F(1, 100))
        assert found.bound is not None
        assert found.bound <= best
        solved += 1
        if seed % 2 == 0:
            assert found.bound >= best - F(1, 1000), seed
    assert solved > 12


def test_points_of_the_tree_are_plans_of_the_least_cost() -> None:
    tried_out = 0
    for seed in range(0, 24, 2):
        plant = plant_of(works(seed))
        best = optimum(works(seed), plant)
        if best is None or not (lots := _below(plant, best + F(1, 100)).lots):
            continue
        wish = tried(plant, lots, time.monotonic() + SECONDS)
        assert wish is not None
        assert {(lot.lot.item, lot.start_bucket) for lot in wish.lots} <= set(lots)
        verdict = check(plant, settle(plant, WindowSchedule((), (), ()), wish, p.Provenance(plant.name, "")))
        assert verdict.violations == ()
        assert verdict.cost == best
        tried_out += 1
    assert tried_out > 5


def test_lots_say_too_little_where_anything_is_bought() -> None:
    assert tried(plant_of(works(1)), [("A", 0)], time.monotonic() + SECONDS) is None


def test_lots_that_may_go_on_are_bounded_lower() -> None:
    problem = works(0)
    within = plant_of(problem)
    free = replace(within, horizon=replace(within.horizon, lots_within_buckets=False))
    best = optimum(problem, within)
    assert best is not None
    bounds = [_below(plant, best + F(1, 100)).bound for plant in (free, within)]
    assert bounds[0] is not None
    assert bounds[1] is not None
    assert bounds[0] <= bounds[1]


def test_other_small_plants_have_no_plan_below_the_tree() -> None:
    compared = 0
    for seed in range(6):
        plant = draw(seed)
        found = cheapest(plant, seed, 40)
        if found.cost is None:
            continue
        bound = _below(plant, found.cost + F(1, 100), 3.0).bound
        assert bound is not None
        assert bound <= found.cost
        compared += 1
    assert compared > 3


def test_facility_location_leaves_every_whole_point() -> None:
    for seed in range(6):
        model = build(plant_of(works(seed)))
        more = located(model)
        assert len(more.cost) > len(model.cost)
        assert optimum_of(more) == pytest.approx(optimum_of(model), abs=1e-5)


def optimum_of(model: Relaxation) -> float:
    """Optimum with whole numbers, by the solver."""
    highs = engine(model, SECONDS)
    whole = np.flatnonzero(model.integer).astype(np.int32)
    highs.changeColsIntegrality(len(whole), whole, np.ones(len(whole), dtype=np.uint8))
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.run()
    return float(highs.getInfo().objective_function_value)


def _below(plant: Plant, cost: F, seconds: float = SECONDS) -> BoundResult:
    began = time.monotonic()
    found = certify(plant, seconds, ceiling=lambda: cost)
    assert time.monotonic() - began < seconds + 5
    return found
