"""Demand first: where time is short, lots that serve all of it are found before cheap ones are."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from capacityplan.bench.periods import Product, Works, plant_of
from capacityplan.formulate.builder import Floats, Model
from capacityplan.formulate.lots import formulate
from capacityplan.prepare.grid import Ground, grid_of
from capacityplan.solve import lots
from capacityplan.solve.lots_budget import Budget
from capacityplan.solve.lots_fix import polished
from capacityplan.solve.lots_search import Sloped
from capacityplan.solve.patterns import Patterned
from capacityplan.solve.types import Limits

DEMAND = ((20, 0, 30, 10), (0, 30, 0, 40), (30, 10, 20, 0))
SETUP_TIME, SETUP_COST = 15, 500


def works(minutes: int) -> Works:
    """Three products on a machine that has so many minutes a week; a piece takes one of them."""
    products = [
        Product(f"P{k}", [Fraction(one) for one in row], Fraction(1), Fraction(SETUP_COST),
                Fraction(SETUP_TIME), Fraction(1), "machine")
        for k, row in enumerate(DEMAND)
    ]  # fmt: skip
    return Works("tight", products, {"machine": [Fraction(minutes)] * len(DEMAND[0])})


def modelled(minutes: int) -> Model:
    ground = Ground(plant_of(works(minutes)))
    grid = grid_of(ground, ground.facts(frozenset()).facts, None)
    return Sloped.of(formulate(grid)[0]).settled(grid.timeline.window_buckets)


def nothing_made(model: Model) -> Floats:
    values = polished(model, np.zeros(len(model.cost)), 10)
    assert values is not None
    return values


def pain(model: Model, values: Floats) -> float:
    return float(model.cost[model.painful] @ values[model.painful])


def budget(seconds: float = 20) -> Budget:
    return Budget(Limits(time.monotonic() + seconds), time.monotonic())


def test_all_demand_is_served_where_there_is_just_time_enough_for_it() -> None:
    # The first week has just time for both of its lots: 50 pieces and two setups.
    model = modelled(80)
    start = nothing_made(model)
    assert pain(model, start) > 0
    served = lots._served(model, start, budget())
    assert served is not None
    assert pain(model, served) == pytest.approx(0)
    whole = served[model.integer]
    assert np.array_equal(whole, np.round(whole))


def test_what_cannot_be_served_is_as_little_as_can_be() -> None:
    # No lot fits the first week beside another: 20 or 30 of its 50 pieces are late.
    model = modelled(60)
    served = lots._served(model, nothing_made(model), budget())
    assert served is not None
    assert 0 < pain(model, served) < pain(model, nothing_made(model))


def test_nothing_better_is_nothing() -> None:
    model = modelled(80)
    served = lots._served(model, nothing_made(model), budget())
    assert served is not None
    best = lots.polished(model, served, 10)
    assert best is not None
    assert lots._served(model, best, budget()) is None


def test_what_deters_is_left_out_once_all_is_served() -> None:
    model = modelled(80)
    served = lots._served(model, nothing_made(model), budget())
    assert served is not None
    slim = lots._undeterred(model, served)
    deters = model.painful[model.cost[model.painful] > model.cost @ served]
    assert model.high[deters].max() > 0
    assert slim.high[deters].max() == 0
    assert (np.flatnonzero(slim.high != model.high)[:, None] == deters).any(axis=1).all()
    cheap = replace(model, cost=np.where(model.cost > model.cost @ served, 1.0, model.cost))
    assert np.array_equal(lots._undeterred(cheap, served).high, cheap.high)


def test_what_deters_stays_where_it_cannot_be_helped() -> None:
    model = modelled(60)
    late = nothing_made(model)
    assert np.array_equal(lots._undeterred(model, late).high, model.high)


def test_a_search_whose_patterns_are_short_goes_on_from_lots_that_serve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = []

    def short(model: Model, *_: object) -> Patterned:
        begun.append(nothing_made(model))
        return Patterned(begun[-1], None, short=True)

    monkeypatch.setattr(lots, "patterned", short)
    found = plant_of(works(80))
    plan = lots.plan_lots(found, Limits(time.monotonic() + 6))
    assert begun
    assert plan is not None
    assert sum(one.lot.quantity for one in plan.lots) >= sum(row.quantity for row in found.orders) > 0
