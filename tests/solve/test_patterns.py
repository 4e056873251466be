"""Setup patterns: what follows from one, and the search among them."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from lot_plants import order, plant, with_component, with_overtime

from capacityplan.bench.plant_lots import read
from capacityplan.domain.plant import Plant, Storage, SupplierOffer
from capacityplan.formulate.builder import Floats, Ints, Model
from capacityplan.formulate.lots import formulate
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid, Ground, grid_of
from capacityplan.solve.lots import plan_lots
from capacityplan.solve.lots_budget import Budget
from capacityplan.solve.lots_fix import polished
from capacityplan.solve.lots_search import Sloped
from capacityplan.solve.lots_steps import Steps
from capacityplan.solve.minute.warm import wait_for_patterns
from capacityplan.solve.patterns import applies, patterned
from capacityplan.solve.patterns import tables as t
from capacityplan.solve.patterns.problem import Problem, State
from capacityplan.solve.types import Limits

ORDERS = [order("A", day, 10) for day in (3, 4, 5, 7, 8)]
A, C = 0, 1
"""Items by their level."""


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    assert wait_for_patterns(Limits(time.monotonic() + 120))


def modelled(found: Plant) -> tuple[Model, Grid, Variables]:
    ground = Ground(found)
    grid = grid_of(ground, ground.facts(frozenset()).facts, None)
    model, x = formulate(grid)
    return model, grid, x


def offers(pack: int = 1, least: int = 0) -> tuple[SupplierOffer, ...]:
    """C comes after a day, for 2 a piece and 3 an order."""
    return (
        SupplierOffer("S", "C", lead_time_days=1, price=Fraction(2), min_order=least, order_multiple=pack,
                      order_cost=Fraction(3)),
    )  # fmt: skip


def problem_of(found: Plant) -> Problem:
    problem = Problem(*modelled(found))
    problem.price(1e3, 1e4)
    return problem


def pattern_of(problem: Problem, places: dict[int, set[int]]) -> Ints:
    """Lots of items in buckets."""
    every, buckets = problem.all_sources(), int(problem.g[t.BUCKETS])
    found = np.full(every.size, -1)
    rows = [item * buckets + bucket for item, inside in places.items() for bucket in inside]
    found[rows] = every[rows]
    assert (found[rows] >= 0).all()
    return found


def lots_of(problem: Problem, state: State, item: int) -> dict[int, float]:
    """Model units by bucket of an item's lots."""
    buckets = int(problem.g[t.BUCKETS])
    amounts = state.filling()[1][item * buckets : (item + 1) * buckets]
    return {int(bucket): float(amounts[bucket]) for bucket in np.flatnonzero(amounts > 0)}


def exactly(found: Plant, state: State, problem: Problem) -> float:
    """What the linear program makes of the same lots and orders, in whole steps."""
    model, _, _ = modelled(found)
    values = polished(Sloped.of(model).settled(), problem.amounts(state), 20, problem.stepped)
    assert values is not None
    return float(model.cost @ values)


def test_lots_last_until_the_next_one_and_components_follow() -> None:
    found = with_component(plant(ORDERS, setup=30), offers())
    problem = problem_of(found)
    state = State(problem, pattern_of(problem, {A: {3, 7}, C: {3}}), 0)
    assert lots_of(problem, state, A) == {3: 30, 7: 20}
    assert lots_of(problem, state, C) == {3: 50}
    # Ten minutes a piece at 1, two setups of 30 minutes; 2 a piece and an order; 20 and 10 pieces of A for a
    # day, then 10 for one; 20 of C for four days.
    assert state.cost == pytest.approx(500 + 60 + 100 + 3 + 40 + 40)
    assert exactly(found, state, problem) == pytest.approx(state.cost)


def test_what_is_due_just_before_a_lot_waits_for_it_where_that_is_cheaper() -> None:
    found = plant([order("A", day, 10) for day in (3, 6)], holding=1, setup=30)
    problem = problem_of(found)
    waits = State(problem, pattern_of(problem, {A: {3, 7}}), 0)
    assert lots_of(problem, waits, A) == {3: 10, 7: 10}
    # A hundredth of a day at 50 a day is cheaper than three days in stock.
    assert waits.cost == pytest.approx(200 + 60 + 10 * 0.5)
    on_time = State(problem, pattern_of(problem, {A: {3}}), 0)
    assert lots_of(problem, on_time, A) == {3: 20}
    assert on_time.cost == pytest.approx(200 + 30 + 30)


def test_orders_come_in_packs_and_not_below_the_least() -> None:
    problem = problem_of(with_component(plant(ORDERS, setup=30), offers(pack=15, least=30)))
    state = State(problem, pattern_of(problem, {A: {3, 7}, C: {3, 7}}), 0)
    # The second order brings 20 pieces that are needed, 30 at least.
    assert lots_of(problem, state, C) == {3: 30, 7: 30}


def test_minutes_beyond_the_shift_cost_what_is_said() -> None:
    found = with_overtime(plant([order("A", 4, 60)]), 30)
    problem = problem_of(found)
    pattern = pattern_of(problem, {A: {4}})
    costs = []
    for minute, beyond in ((0.0, 0.0), (0.25, 0.0), (1.0, 0.0), (0.25, 2.0)):
        problem.price(minute, beyond)
        costs.append(State(problem, pattern, 0).cost)
    free, cheap, dear, over = costs
    # 600 minutes of work in a shift of 480 with 240 of overtime, which costs half a unit of money each.
    assert cheap - free == pytest.approx(120 * 0.25)
    assert dear - free == pytest.approx(120 * 0.5, rel=1e-3)
    assert over == pytest.approx(cheap)


def generated(name: str = "10x6") -> Plant:
    return next(iter(read(Path(), [name]))).plant


@pytest.mark.parametrize("seed", range(3))
def test_what_moves_leave_behind_is_what_the_pattern_costs_from_scratch(seed: int) -> None:
    problem = problem_of(generated(f"12x8_{seed}"))
    problem.price(problem.spread, 3 * problem.spread)
    state = State(problem, problem.all_sources(), seed)
    before = state.cost
    state.anneal(20_000, 2 * problem.lot, 0.05 * problem.lot)
    best = State(problem, state.best(), seed)
    assert best.cost == pytest.approx(float(state.v[t.LEAST]), rel=1e-9)
    assert best.cost < before
    now = State(problem, state.s[state.s[t.PATTERN] :][: len(state.best())].copy(), seed)
    assert now.cost == pytest.approx(state.cost, rel=1e-9)
    rows = len(state.best())
    sizes = {t.V_NEED: rows, t.V_STOCK: rows, t.V_COST: rows, t.V_LOAD: len(problem.overtime)}
    for place, size in sizes.items():
        there, here = (one.v[one.s[place] :][:size] for one in (state, now))
        assert there == pytest.approx(here, abs=1e-6)


def test_annealing_finds_the_best_of_all_patterns() -> None:
    found = with_component(plant(ORDERS, setup=30), offers())
    problem = problem_of(found)
    days = [3, 4, 5, 7, 8]
    chosen = [
        {one for one, there in zip(days, bits, strict=True) if there} for bits in product((0, 1), repeat=5)
    ]
    best = min(
        State(problem, pattern_of(problem, {A: a, C: c}), 0).cost for a in chosen for c in chosen if a and c
    )
    state = State(problem, problem.all_sources(), 1)
    state.anneal(30_000, 2 * problem.lot, 0.02 * problem.lot)
    assert float(state.v[t.LEAST]) <= best + 1e-6


def test_equal_seeds_and_moves_make_equal_patterns() -> None:
    problem = problem_of(generated())
    first, again, other = (State(problem, problem.all_sources(), seed) for seed in (4, 4, 5))
    for state in (first, again, other):
        state.anneal(3_000, problem.lot, 0.05 * problem.lot)
    assert (first.s == again.s).all()
    assert (first.v == again.v).all()
    assert (first.s != other.s).any()


def test_solutions_have_whole_lots_and_whole_packs() -> None:
    model, grid, x = modelled(generated())
    settled = Sloped.of(model).settled()
    budget = Budget(Limits(time.monotonic() + 60, work=2), time.monotonic())
    solved: list[Floats] = []

    def worth(whole: Floats, fixed: Ints | None) -> Floats | None:
        values = polished(settled, whole, 20, fixed)
        assert values is not None
        solved.append(values)
        return values

    found = patterned(model, grid, x, budget, budget.share(1.0), worth)
    assert found is not None
    assert found.stepped is not None
    steps = Steps.of(grid, x)
    packs = found.stepped[steps.column] / steps.size
    assert packs == pytest.approx(np.round(packs), abs=1e-6)
    whole = found.values[settled.integer]
    assert whole == pytest.approx(np.round(whole), abs=1e-6)
    assert float(model.cost @ found.stepped) == min(float(model.cost @ values) for values in solved[1::2])


def test_no_time_for_a_linear_program_means_no_answer() -> None:
    model, grid, x = modelled(generated())
    budget = Budget(Limits(time.monotonic() + 60, work=1), time.monotonic())
    assert patterned(model, grid, x, budget, budget.share(1.0), lambda whole, fixed: None) is None


def test_patterns_apply_where_lots_cost_and_nothing_is_unknown_to_them() -> None:
    found = generated()
    assert applies(modelled(found)[1])
    assert applies(modelled(plant(ORDERS, setup=30))[1])
    first = replace(found.items[0], shelf_life_days=5)
    assert not applies(modelled(replace(found, items=(first, *found.items[1:])))[1])
    store = Storage("S", 10**6)
    assert not applies(modelled(replace(found, storages=(store,)))[1])


def test_lots_begin_with_patterns_and_equal_work_makes_equal_lots() -> None:
    found = generated("10x3")
    first, again = (plan_lots(found, Limits(time.monotonic() + 120, work=1)) for _ in range(2))
    assert first is not None
    assert again is not None
    assert (first.lots, first.purchases) == (again.lots, again.purchases)
