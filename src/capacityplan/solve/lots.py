"""Bucket-level lot sizing: what to make and buy, how much and when, over the whole horizon.

Slope scaling (Kim and Pardalos 1999) with setup times gives a start from a few linear programs, a
dive in time makes lots and orders whole, and fix and optimize improves them, at last with whole
changeovers; small models then go to branch and bound. With a settled plan to begin with, only the
last step is needed: where linear programs are slow, it is the better use of the time. Identical machines are
one in the model (`lots_pooled`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from capacityplan.domain.identical import Pooled, pooled
from capacityplan.domain.plan import Purchase
from capacityplan.domain.plant import Plant
from capacityplan.formulate.builder import Floats, Ints, Model
from capacityplan.formulate.lots import formulate
from capacityplan.formulate.lots.echelon import with_echelons, with_locations
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid, Ground, grid_of
from capacityplan.solve.highs import Effort, solve_mixed
from capacityplan.solve.lots_budget import Budget
from capacityplan.solve.lots_extract import extract
from capacityplan.solve.lots_fix import FixAndOptimize, polished
from capacityplan.solve.lots_pooled import joined, named, spread, standing_still
from capacityplan.solve.lots_search import GRACE_SECONDS, Sloped, dive, resume, slope_scaling
from capacityplan.solve.lots_steps import Steps, amounts, counted, in_steps, numbers
from capacityplan.solve.lots_window import begun, count_in
from capacityplan.solve.patterns import Patterned, applies, patterned
from capacityplan.solve.types import Limits, LotPlan, WindowSchedule

_Found = tuple[list[Floats], str]
"""Ways to make a solution's amounts whole, the one expected to be the best first, and how it was found."""
_SLOPE_SHARE, _DIVE_SHARE, _LOOSE_SHARE, _BRANCHING_SHARE = 0.35, 0.8, 0.6, 0.85
"""Shares of the time after which slope scaling, the dive, fix and optimize without changeovers and, on
small models, all of it end."""
_LINEARS, _AFFORDED = 16, 0.5
"""Linear programs of slope scaling and the dive, in times that the first of them takes, and the share
of the time that they may take where there is a plan to begin with."""
_PATTERN_SHARE, _ONE_LEVEL_PATTERN_SHARE = 0.8, 0.5
"""Shares of the time after which the search of setup patterns ends: on large plants nothing gains as much; on
one level branch and bound gains more."""
_SERVED_SHARE, _AFTERWARDS_SHARE = 0.65, 0.8
"""Shares of the time after which branch and bound stops looking for lots that serve what is demanded, and
fix and optimize from there."""
_STEPS_SHARE = 0.85
"""Share of its time after which fix and optimize goes on in whole steps."""
_WORTH, _RECOVERED = 0.02, 0.2
"""Shares of the cost that whole steps may cost more, after a search in them and before it."""
_ONE_LEVEL_SHARE = 0.1
"""The same on one level, where branch and bound is the better search."""
_MOST_LOCATIONS = 20_000
_NOTHING = 1e-6
"""Units up to which nothing is late or lost: what linear programs leave."""
_TELLING = 1e-3
"""Share of the cost by which a plan has to be cheaper than the last to be told of."""


def plan_lots(
    plant: Plant,
    limits: Limits,
    window: WindowSchedule | None = None,
    kept: tuple[Purchase, ...] = (),
    start: LotPlan | None = None,
    spare: LotPlan | None = None,
    rival: LotPlan | None = None,
    told: Callable[[LotPlan], object] | None = None,
) -> LotPlan | None:
    """Decide lots, purchases and overtime over the horizon at the lowest cost.

    Parameters
    ----------
    plant : Plant
    limits : Limits
        With ``work``, the numbers of solves and branch-and-bound nodes are fixed instead of time.
    window : WindowSchedule, optional
        A schedule of the window: its lots are facts, only what starts and arrives after it is
        decided.
    kept : tuple of Purchase
        With a window, what arrives in it; part of the answer.
    start : LotPlan, optional
        A plan to begin with, in place of slope scaling and the dive.
    spare : LotPlan, optional
        The same where these would take too long.
    rival : LotPlan, optional
        The same where they find nothing cheaper.
    told : callable, optional
        Told of a good plan before the part of the search that takes longest, where branch and bound has it.

    Returns
    -------
    LotPlan or None
        None where no plan was found in the time.
    """
    pool = pooled(plant)
    if not pool.machines:
        return _planned(_grid(pool, window, kept), limits, kept, _Known(start, spare, rival), told)

    def tell(lots: LotPlan) -> None:
        if told is not None:
            told(spread(plant, pool, lots))

    grid = _grid(pool, joined(window, pool), kept, standing_still(plant, pool))
    known = _Known(*(named(lots, pool) for lots in (start, spare, rival)))
    lots = _planned(grid, limits, kept, known, tell if told else None)
    return lots and spread(plant, pool, lots)


@dataclass(frozen=True, slots=True)
class _Known:
    """Plans that are known before."""

    start: LotPlan | None
    spare: LotPlan | None
    rival: LotPlan | None


def _planned(
    grid: Grid, limits: Limits, kept: tuple[Purchase, ...], known: _Known,
    told: Callable[[LotPlan], object] | None,
) -> LotPlan | None:  # fmt: skip
    """Plan lots on a grid."""
    began, start = time.monotonic(), known.start
    model, x = formulate(grid)
    sloped, budget = Sloped.of(model), Budget(limits, began)
    searched = _by_patterns(sloped, grid, x, budget) if start is None and applies(grid) else None
    budget = Budget(limits, time.monotonic()) if searched is None else budget
    if searched is None and start is None and known.spare is not None and not _affords(sloped, budget):
        start = known.spare

    def tell(values: Floats) -> None:
        if told is not None:
            told(extract(grid, x, values, ""))

    if (found := _search(sloped, grid, x, budget, start, searched, known.rival, tell)) is None:
        return None
    lots = [extract(grid, x, values, found[1]) for values in found[0]]
    best, *others = (replace(way, purchases=(*kept, *way.purchases)) for way in lots)
    return replace(best, other=others[0]) if others else best


def _grid(
    pool: Pooled, window: WindowSchedule | None, kept: tuple[Purchase, ...],
    down: Mapping[tuple[str, int], float] | None = None,
) -> Grid:  # fmt: skip
    """What the model is made of, with the window's schedule and purchases as facts."""
    ground = Ground(pool.plant)
    scheduled = frozenset(lot.receipt for lot in window.lots) if window is not None else frozenset()
    reader = ground.facts(scheduled)
    if window is not None:
        count_in(reader, ground, window)
        for purchase in kept:
            reader.purchased(purchase)
    return grid_of(ground, reader.facts, pool, down)


def _by_patterns(sloped: Sloped, grid: Grid, x: Variables, budget: Budget) -> Patterned | None:
    """The best that a search of setup patterns finds; None where linear programs take too long.

    On one level, where branch and bound goes on from it, lots that serve what is demanded are found first;
    None where there are none.
    """
    model = sloped.settled(grid.timeline.window_buckets)
    share = _PATTERN_SHARE if grid.tables.taken else _ONE_LEVEL_PATTERN_SHARE

    def worth(whole: Floats, fixed: Ints | None) -> Floats | None:
        return polished(model, whole, max(budget.left(), GRACE_SECONDS), fixed)

    found = patterned(sloped.links.model, grid, x, budget, budget.share(share), worth)
    if found is None or not found.short or grid.tables.taken:
        return found
    served = _served(model, found.values, budget)
    return None if served is None else Patterned(served, None, short=True)


def _served(model: Model, values: Floats, budget: Budget) -> Floats | None:
    """Serve more of what is demanded: branch and bound where nothing else costs; None where it finds no way.

    With all costs it does not find out of a plan that lacks time: what lots cost leads it.
    """
    pain, price = np.zeros(len(model.cost)), model.cost[model.painful]
    pain[model.painful] = price / max(float(price.max(initial=0.0)), 1.0)
    effort = budget.effort(budget.left(budget.share(_SERVED_SHARE)))
    found = solve_mixed(replace(model, cost=pain, offset=0.0), effort, values)
    if found is None:
        return None
    whole = np.where(model.integer, np.round(found.values), found.values)
    better = polished(model, whole, max(budget.left(), GRACE_SECONDS))
    return better if better is not None and model.cost @ better < model.cost @ values else None


def _affords(sloped: Sloped, budget: Budget) -> bool:
    """Whether there is time for slope scaling and the dive: their first linear program tells."""
    seconds = budget.left(budget.share(_AFFORDED)) / _LINEARS
    return budget.work is not None or sloped.linear.solve(seconds) is not None


def _search(
    sloped: Sloped, grid: Grid, x: Variables, budget: Budget, start: LotPlan | None,
    searched: Patterned | None, rival: LotPlan | None, told: Callable[[Floats], None],
) -> _Found | None:  # fmt: skip
    """Values of the model's columns with whole numbers whole, and how they were found.

    Parameters
    ----------
    searched : Patterned, optional
        What the search of setup patterns has found, to begin with.
    """
    model = sloped.links.model
    levels = bool(grid.tables.taken)
    branches = budget.branches(int(model.integer.sum()), levels)
    share = (_BRANCHING_SHARE if levels else _ONE_LEVEL_SHARE) if branches else 1.0
    if searched is not None and searched.short and branches and not levels:
        share = _AFTERWARDS_SHARE
    over = None
    if start is not None:
        begin = resume(sloped, begun(grid, x, model, start), budget)
        if begin is None:
            return None
        over = np.maximum(begin[model.excess_column], 0.0)
    elif searched is not None:
        begin = searched.values
    else:
        scaled = slope_scaling(sloped, budget, budget.share(_SLOPE_SHARE))
        if scaled is None:
            return None
        dived = dive(sloped, scaled, x.lots[x.lots >= 0], budget, budget.share(_DIVE_SHARE))
        if dived is None:
            return [sloped.links.rounded(scaled.values)], "slope scaling"
        begin = _loosely(sloped, grid, x, dived.values, budget, min(_LOOSE_SHARE, share))
    settled = sloped.settled(grid.timeline.window_buckets, over)
    against = None if rival is None else begun(grid, x, model, rival)
    values = _amounts(sloped, settled, begin, budget, against)
    if values is None:
        return None if start is not None else ([sloped.links.rounded(begin)], "fix and optimize")
    model, settled = (_undeterred(one, values) for one in (model, settled))
    steps = Steps.of(grid, x)
    search = FixAndOptimize(settled, grid, x, values, budget)
    stepped = None if searched is None else searched.stepped
    ways = [sloped.links.rounded(way) for way in _improved(search, budget, share, steps, stepped)]
    if not branches:
        return _worthiest(model, ways), "fix and optimize"
    told(ways[0])
    step = steps.sizes(len(model.cost)) if ways[1:] else np.zeros(len(model.cost))
    cost = float(model.cost @ ways[0])
    better = _Better(model, cost, step, lambda found: told(sloped.links.rounded(found)))
    # The smaller model gets further from patterns; from a plain start, which is far off, the stronger one.
    form = model if searched is not None else _strong(model, grid, x)
    exact = _branched(form, ways[0], budget.effort(budget.left()), better)
    if exact is None or float(model.cost @ exact) > cost:
        return _worthiest(model, ways), "fix and optimize"
    return [exact], "branch and bound"


def _undeterred(model: Model, values: Floats) -> Model:
    """Leave out what is late or lost at a price of which a unit costs more than all of a plan without it."""
    painful = model.painful
    far = painful[(model.cost[painful] > model.cost @ values) & (values[painful] <= _NOTHING)]
    high = model.high.copy()
    high[far] = np.maximum(model.low[far], 0.0)
    return replace(model, high=high)


def _amounts(
    sloped: Sloped, settled: Model, begin: Floats, budget: Budget, rival: Floats | None = None
) -> Floats | None:
    """Best amounts for the lots and orders of a solution, or of another where that comes to less.

    Parameters
    ----------
    rival : (columns,) float, optional
        Lots, splits and orders of the other.
    """
    whole = np.where(settled.integer, sloped.links.rounded(begin), begin)
    values = polished(settled, whole, budget.left())
    resumed = None if rival is None or values is None else resume(sloped, rival, budget)
    if values is None or resumed is None:
        return values
    other = _amounts(sloped, settled, resumed, budget)
    return values if other is None or settled.cost @ values <= settled.cost @ other else other


def _improved(
    search: FixAndOptimize, budget: Budget, share: float, steps: Steps, stepped: Floats | None
) -> list[Floats]:
    """Fix and optimize: amounts in whole steps and before they were; only the latter where there are none.

    Parameters
    ----------
    stepped : (columns,) float, optional
        Another solution in whole steps.
    """
    end = budget.share(share)
    loose = end - budget.left(end) / 2 if stepped is not None else budget.share(share * _STEPS_SHARE)
    search.run(loose if len(steps) else end)
    ways = [stepped, in_steps(search.model, steps, search.values, budget) if len(steps) else None]
    best = min(
        (way for way in ways if way is not None), key=lambda way: search.model.cost @ way, default=None
    )
    if best is None or _much_dearer(search.model, best, search.cost):
        search.run(end)
        return [search.values]
    step = steps.sizes(len(search.model.cost))
    onward = FixAndOptimize(search.model, search.grid, search.x, best, budget, step)
    onward.run(end)
    return [onward.values, search.values]


def _much_dearer(model: Model, values: Floats, cost: float) -> bool:
    """Whether amounts in steps cost so much more that a search in steps would not win it back."""
    return float(model.cost @ values) + model.offset > cost + _RECOVERED * abs(cost)


def _worthiest(model: Model, ways: list[Floats]) -> list[Floats]:
    """Whole steps last where they cost much more: it is for what lots lack then, which rounding may avoid."""
    first, *others = (float(model.cost @ way) + model.offset for way in ways)
    return ways[::-1] if others and first > others[0] + _WORTH * abs(others[0]) else ways


def _loosely(sloped: Sloped, grid: Grid, x: Variables, begin: Floats, budget: Budget, share: float) -> Floats:
    """Fix and optimize with changeovers that cost as learnt: programs with whole ones are much harder."""
    if not grid.tables.groups:
        return begin
    search = FixAndOptimize(sloped.settled(), grid, x, begin, budget)
    search.run(budget.share(share))
    return search.values


@dataclass(slots=True)
class _Better:
    """Hands on what is cheaper than the last by a share that matters."""

    model: Model
    cost: float
    step: Floats
    told: Callable[[Floats], None]

    def __call__(self, values: Floats) -> None:
        """Hear of a solution of the model in steps, or of one with more columns."""
        found = amounts(values[: len(self.model.cost)], self.step)
        cost = float(self.model.cost @ found)
        if cost < self.cost - _TELLING * abs(self.cost):
            self.cost = cost
            self.told(found)


def _strong(model: Model, grid: Grid, x: Variables) -> Model:
    """The model in which, on one level, lots are tied to what they serve."""
    if grid.tables.taken:
        return model
    return with_locations(*with_echelons(model, grid, x), grid, x, _MOST_LOCATIONS) or model


def _branched(strong: Model, start: Floats, effort: Effort, better: _Better) -> Floats | None:
    """Branch and bound on the whole model."""
    step = better.step
    form = counted(strong, np.pad(step, (0, len(strong.cost) - len(step))))
    found = solve_mixed(form, effort, numbers(start, step), better)
    return None if found is None else amounts(found.values[: len(start)], step)
