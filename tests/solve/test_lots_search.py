"""The search for lots: what it begins with, and what it repairs first."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from lot_plants import order, plant, with_component

from capacityplan.domain.plant import Plant, SupplierOffer
from capacityplan.formulate.builder import Floats, Model
from capacityplan.formulate.lots import formulate
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid, Ground, grid_of
from capacityplan.solve import lots
from capacityplan.solve.lots_budget import Budget
from capacityplan.solve.lots_fix import FixAndOptimize, polished
from capacityplan.solve.lots_parts import Parts
from capacityplan.solve.lots_search import Sloped, dive, slope_scaling
from capacityplan.solve.lots_single import Singles
from capacityplan.solve.lots_slices import Slices
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.types import Limits

PACK = 40


def packed() -> Plant:
    """Five orders of ten pieces; their component comes in packs of forty."""
    base = plant([order("A", day, 10) for day in (3, 4, 5, 7, 8)], setup=30)
    offer = SupplierOffer(
        "S", "C", lead_time_days=1, price=Fraction(2), min_order=PACK, order_multiple=PACK,
        order_cost=Fraction(3),
    )  # fmt: skip
    return with_component(base, (offer,))


def modelled(found: Plant) -> tuple[Model, Grid, Variables]:
    ground = Ground(found)
    grid = grid_of(ground, ground.facts(frozenset()).facts, None)
    model, x = formulate(grid)
    return model, grid, x


def budget(seconds: float = 20.0) -> Budget:
    return Budget(Limits(time.monotonic() + seconds), time.monotonic())


def bought(grid: Grid, x: Variables, values: Floats) -> list[float]:
    """Base units of every order line of C."""
    amounts = values[x.bought] * float(grid.unit[grid.items["C"]])
    return [float(one) for one in amounts if one > 1e-6]


def test_a_search_from_nothing_made_repairs_what_hurts() -> None:
    model, grid, x = modelled(packed())
    settled = Sloped.of(model).settled()
    nothing = polished(settled, np.zeros(len(model.cost)), 10)
    assert nothing is not None
    hurt = float(model.cost[model.painful] @ nothing[model.painful])
    search = FixAndOptimize(settled, grid, x, nothing, budget())
    search.run(time.monotonic() + 15)
    left = float(model.cost[model.painful] @ search.values[model.painful])
    # Five orders lost at 1,000 a piece; made in full they are late by no day.
    assert hurt > 40_000
    assert left < 0.01 * hurt
    assert sum(bought(grid, x, search.values)) >= 50 - 1e-6


def test_a_plan_to_begin_with_is_taken_where_linear_programs_are_too_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*_: object) -> bool:
        return False

    monkeypatch.setattr(lots, "applies", never)
    monkeypatch.setattr(lots, "_affords", never)
    monkeypatch.delattr(lots, "slope_scaling")
    found = packed()
    planned = lots.plan_lots(found, Limits(time.monotonic() + 2), spare=net_requirements(found))
    assert planned is not None
    assert sum(row.lot.quantity for row in planned.lots if row.lot.item == "A") == 50


def test_what_a_settled_plan_takes_of_a_machine_is_not_too_much() -> None:
    model, _, _ = modelled(packed())
    sloped = Sloped.of(model)
    over = np.zeros(len(model.excess_column))
    over[3] = 12.5
    limits = sloped.settled(over=over).row_high
    assert limits[model.excess_row[3]] == model.row_high[model.excess_row[3]] + 12.5
    rest = np.delete(np.arange(len(limits)), model.excess_row[3])
    assert np.array_equal(limits[rest], model.row_high[rest])
    assert np.array_equal(sloped.settled().row_high, model.row_high)


def test_pain_begins_where_it_is_first_felt() -> None:
    model, grid, x = modelled(packed())
    settled = Sloped.of(model).settled()
    nothing = polished(settled, np.zeros(len(model.cost)), 10)
    assert nothing is not None
    search = FixAndOptimize(settled, grid, x, nothing, budget())
    first = min(
        int(model.bucket[column])
        for column in model.painful.tolist()
        if model.item[column] == grid.items["A"] and model.cost[column] * nothing[column] > 1
    )
    around = model.bucket[search._of_pain(6)]
    assert len(around) == 6
    assert int(np.abs(around - first).max()) <= 3


def test_a_wide_neighbourhood_lies_near_in_time() -> None:
    model, grid, x = modelled(packed())
    slices = Slices(model, grid, x, np.zeros(len(model.cost)))
    when = slices.bucket
    whole = np.flatnonzero(model.integer & (when == 4))[:1]
    few = slices.near(whole, len(when) // 3)
    assert 0 < few.sum() <= len(when) // 3
    # A stretch around the bucket, and all columns of it.
    inside = np.unique(when[few])
    assert 4 in inside
    assert np.array_equal(inside, np.arange(inside[0], inside[-1] + 1))
    assert not np.isin(when[~few], inside).any()
    assert slices.near(whole, 2 * len(when)).all()


def test_an_order_larger_than_what_is_wanted_soon_is_placed_where_lots_would_wait_for_it() -> None:
    """A hundred and twenty pieces at least, and two wanted a day: without them nothing is made at all."""
    base = plant([order("A", day, 2) for day in range(2, 42)])
    base = replace(base, horizon=replace(base.horizon, daily=44))
    offer = SupplierOffer("S", "C", lead_time_days=1, price=Fraction(1), min_order=120)
    model, grid, x = modelled(with_component(base, (offer,)))
    sloped, time_left = Sloped.of(model), budget()
    scaled = slope_scaling(sloped, time_left, time_left.share(0.3))
    assert scaled is not None
    dived = dive(sloped, scaled, x.lots[x.lots >= 0], time_left, time_left.share(0.9))
    assert dived is not None
    assert bought(grid, x, dived.values) == [120]
    hurts = float(model.cost[model.painful] @ dived.values[model.painful])
    # Eighty pieces are lost at 1,000 each without the order; with it, the first are some days late.
    assert hurts < 4_000


def test_a_single_change_is_found_by_what_it_is_worth() -> None:
    base = plant([order("A", 5, 10), order("A", 7, 10)], holding=1, setup=30)
    model, grid, x = modelled(base)
    settled = Sloped.of(model).settled()
    chosen = np.flatnonzero(settled.integer & (settled.item >= 0))
    nothing = polished(settled, np.zeros(len(model.cost)), 10)
    assert nothing is not None
    singles, time_left = Singles(settled, chosen), budget()
    found = singles.search(nothing, time_left, time_left.share(0.9))
    assert found is not None
    assert float(settled.cost @ found) < 0.1 * float(settled.cost @ nothing)
    assert np.array_equal(np.round(found[chosen]), found[chosen])
    # Two lots in time for both orders; nothing is left to be gained one by one.
    assert sum(float(found[x.made[k]]) * float(grid.unit[0]) for k in range(len(grid.starts))) >= 20 - 1e-6
    assert singles.search(found, time_left, time_left.share(0.9)) is None


def test_a_lot_is_moved_to_the_bucket_in_which_it_costs_least() -> None:
    """A lot on the first day pays for four days in stock; none is wanted but one."""
    base = plant([order("A", 5, 10)], holding=5, setup=30)
    model, grid, x = modelled(base)
    settled = Sloped.of(model).settled()
    early = np.zeros(len(model.cost))
    early[x.lots[0]] = 1
    values = polished(settled, early, 10)
    assert values is not None
    time_left = budget()
    found = Singles(settled, x.lots[x.lots >= 0]).search(values, time_left, time_left.share(0.9))
    assert found is not None
    assert [grid.starts[k].flow.start for k in np.flatnonzero(found[x.lots] > 0.5)] == [5]


def test_an_order_and_the_lots_that_take_it_are_found_together() -> None:
    model, grid, _ = modelled(packed())
    settled = Sloped.of(model).settled()
    chosen = np.flatnonzero(settled.integer & (settled.item >= 0))
    nothing = polished(settled, np.zeros(len(model.cost)), 10)
    assert nothing is not None
    parts = Parts(settled, chosen)
    # Without the order no lot of A is worth anything, without lots of A no order of C.
    both = parts.changed(nothing, [grid.items["A"], grid.items["C"]], True, 90, 5)
    assert {grid.items["A"], grid.items["C"]} == set(settled.item[both].tolist())
    assert not len(parts.changed(nothing, [grid.items["A"]], True, 90, 5))
    assert len(parts.changed(nothing, [grid.items["A"], grid.items["C"]], True, 9, 5)) <= 9
    assert not parts.slow


def test_lots_that_would_be_less_in_parts_are_found_where_less_is_allowed() -> None:
    """Two lots of ten for one order of ten."""
    base = plant([order("A", 5, 10)], holding=5, setup=30)
    model, grid, x = modelled(base)
    settled = Sloped.of(model).settled()
    twice = np.zeros(len(model.cost))
    starts = [start.flow.start for start in grid.starts]
    twice[x.lots[[starts.index(0), starts.index(5)]]] = 1
    values = polished(settled, twice, 10)
    assert values is not None
    parts = Parts(settled, x.lots[x.lots >= 0])
    less = parts.changed(values, [grid.items["A"]], False, 9, 5)
    assert x.lots[starts.index(0)] in less
    assert not len(parts.changed(values, [grid.items["A"]], True, 9, 5))
