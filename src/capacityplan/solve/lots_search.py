"""Search on the lots model: slope scaling for a start, then fix-and-optimize."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from capacityplan.formulate.builder import INFINITY, Bools, Floats, Ints, Model
from capacityplan.solve.highs import Effort, Solution, solve_linear, solve_mixed
from capacityplan.solve.types import Limits

_SMALL = 1500
"""Whole numbers up to which the whole model goes to branch and bound at once."""
_FREE = 250
"""Whole numbers freed in a neighbourhood."""
_ROUNDS = 12
_SLOPE_SHARE = 0.35
_DIRECT_SHARE = 0.6
_MOVE_SECONDS = 2.5
_MOVE_NODES = 60
_DIRECT_NODES = 2000
_WORK_PER_MOVE = 2.0
_USED = 1e-6
_FAR = 1e6


@dataclass(frozen=True, slots=True)
class Found:
    """A solution of the lots model, and how it came about.

    ``whole`` says that its whole numbers are whole: it can be improved by branch and bound.
    """

    values: Floats
    objective: float
    method: str
    whole: bool


class Budget:
    """What is left of time or work."""

    def __init__(self, limits: Limits, began: float) -> None:
        self._limits = limits
        self._began = began
        self.work = limits.work

    def share(self, share: float) -> float:
        """Instant at which a share of the time is used up."""
        return self._began + (self._limits.deadline - self._began) * share

    def left(self, until: float | None = None) -> float:
        """Seconds left until an instant (the deadline); 0 once somebody asked to stop."""
        if self._limits.stop():
            return 0.0
        end = self._limits.deadline if until is None else until
        return max(0.0, end - time.monotonic())

    def effort(self, seconds: float, nodes: int, gap: float = 1e-4) -> Effort:
        """Limits of one solve: by nodes where work is counted, else by seconds."""
        if self.work is None:
            return Effort(min(seconds, self.left()), gap=gap)
        return Effort(self.left(), nodes=nodes, gap=gap)

    def moves(self) -> int | None:
        """Number of neighbourhoods to search where work is counted."""
        return None if self.work is None else max(1, round(self.work / _WORK_PER_MOVE))

    @property
    def seed(self) -> int:
        """Seed of the order of neighbourhoods."""
        return self._limits.seed


class _Links:
    """The rows that tie amounts to whole numbers."""

    def __init__(self, model: Model) -> None:
        self.model = model
        position = np.full(len(model.row_low), -1, dtype=np.int64)
        position[model.link_row] = np.arange(len(model.link_row))
        amount = position[model.index] >= 0
        amount[model.link_place] = False
        self._row = position[model.index[amount]]
        self._column = np.repeat(np.arange(len(model.cost)), np.diff(model.begin))[amount]
        self._value = model.value[amount]
        self.big = -model.value[model.link_place]
        self.tied = np.zeros(len(model.cost), dtype=bool)
        self.tied[model.link_column] = True

    def amounts(self, values: Floats) -> Floats:
        """What is tied to each link's whole number."""
        weights = self._value * values[self._column]
        total = np.bincount(self._row, weights=weights, minlength=len(self.model.link_row))
        return np.maximum(total, 0.0)

    def whole(self, values: Floats) -> Floats:
        """Smallest whole numbers that allow the amounts of a solution."""
        need = np.ceil(self.amounts(values) / np.maximum(self.big, _USED) - _USED)
        need[self.amounts(values) <= _USED * np.maximum(self.big, 1.0)] = 0.0
        out = np.zeros(len(self.model.cost))
        np.maximum.at(out, self.model.link_column, need)
        return np.minimum(out, self.model.high)


def slope_scaling(model: Model, budget: Budget, used: Bools | None = None) -> Found | None:
    """Find a start: linear programs in which whole numbers cost by their last use.

    Parameters
    ----------
    used : (columns,) bool, optional
        Whole numbers that an earlier plan used: they begin cheap.

    Returns
    -------
    Found or None
        None where not even the linear program has a solution in the time.
    """
    links = _Links(model)
    relaxed = replace(model, high=np.where(model.integer & links.tied, _FAR, model.high))
    big = _first_sizes(links, used)
    best: tuple[float, Floats] | None = None
    until = budget.share(_SLOPE_SHARE)
    for number in range(_ROUNDS):
        value = model.value.copy()
        value[model.link_place] = -big
        found = solve_linear(replace(relaxed, value=value), Effort(max(budget.left(), 0.05)))
        if found is None:
            break
        cost = _true_cost(links, found.values)
        if best is None or cost < best[0]:
            best = (cost, found.values)
        if budget.work is None and (budget.left(until) <= 0 or not budget.left()):
            break
        renewed = _learn(links, big, found.values)
        if number > 2 and np.allclose(renewed, big, rtol=0.02):
            break
        big = renewed
    if best is None:
        return None
    return _completed(links, best[1], budget)


def _first_sizes(links: _Links, used: Bools | None) -> Floats:
    """What a whole number is expected to allow: all it can, at first."""
    if used is None:
        return links.big.copy()
    return np.where(used[links.model.link_column], links.big, links.big / 20)


def _learn(links: _Links, big: Floats, values: Floats) -> Floats:
    """Sizes for the next round: between the last ones and what was really used."""
    amount = links.amounts(values)
    seen = amount > _USED * np.maximum(links.big, 1.0)
    per_whole = amount / np.maximum(np.ceil(amount / links.big - _USED), 1.0)
    target = np.where(seen, per_whole, big)
    return np.clip(0.3 * big + 0.7 * target, links.big * 1e-4, links.big)


def _true_cost(links: _Links, values: Floats) -> float:
    """Cost of a linear solution with its whole numbers rounded up."""
    model = links.model
    whole = links.whole(values)
    rounded = np.where(links.tied, whole, values)
    return float(model.cost @ rounded)


def _completed(links: _Links, values: Floats, budget: Budget) -> Found:
    """Make a linear solution whole: its support fixed, the rest optimized again."""
    model = links.model
    whole = links.whole(values)
    high = np.where(links.tied, whole, model.high)
    small = replace(model, high=np.maximum(high, model.low))
    seconds = max(0.25 * budget.left(), 1.0)
    found = solve_mixed(small, budget.effort(seconds, _DIRECT_NODES // 10, gap=2e-3))
    if found is not None:
        return Found(found.values, found.objective, "slope scaling", True)
    return Found(np.where(links.tied, whole, values), INFINITY, "slope scaling, rounded", False)


def improve(model: Model, found: Found, budget: Budget) -> Found:
    """Improve a whole solution until the time is up.

    Parameters
    ----------
    found : Found
        What is not whole is tried as a whole once, and else returned as it is.
    """
    whole = np.flatnonzero(model.integer)
    if not len(whole):
        return found
    if len(whole) <= _SMALL or not found.whole:
        seconds = budget.left(budget.share(_DIRECT_SHARE if len(whole) > _SMALL // 3 else 1.0))
        better = solve_mixed(
            model, budget.effort(seconds, _DIRECT_NODES), found.values if found.whole else None
        )
        if better is not None and better.objective < found.objective:
            found = Found(better.values, better.objective, "branch and bound", True)
        if better is not None and better.optimal:
            return found
    return _neighbourhoods(model, found, budget) if found.whole else found


def _neighbourhoods(model: Model, found: Found, budget: Budget) -> Found:
    """Free one part of the whole numbers after the other; keep what is better."""
    limit = budget.moves()
    for number, free in enumerate(_parts(model, budget.seed)):
        if budget.left() < 0.2 or (limit is not None and number >= limit):
            break
        better = _move(model, found, free, budget)
        if better is not None and better.objective < found.objective - 1e-9 * abs(found.objective):
            found = Found(better.values, better.objective, "fix and optimize", True)
    return found


def _move(model: Model, found: Found, free: Ints, budget: Budget) -> Solution | None:
    fixed = model.integer.copy()
    fixed[free] = False
    at = np.round(found.values)
    part = replace(
        model,
        low=np.where(fixed, np.minimum(at, model.high), model.low),
        high=np.where(fixed, np.minimum(at, model.high), model.high),
    )
    return solve_mixed(part, budget.effort(_MOVE_SECONDS, _MOVE_NODES, gap=1e-3), found.values)


def _parts(model: Model, seed: int) -> Iterator[Ints]:
    """Endless neighbourhoods: by time, by resource and time, by items."""
    rng = np.random.default_rng(seed)
    whole = np.flatnonzero(model.integer)
    bucket, item, resource = model.bucket[whole], model.item[whole], model.resource[whole]
    items, resources = np.unique(item[item >= 0]), np.unique(resource[resource >= 0])
    last = int(bucket.max(initial=0)) + 1
    while True:
        begin = int(rng.integers(last))
        order = np.argsort(np.where(bucket >= begin, bucket - begin, last + begin - bucket), kind="stable")
        yield whole[order[:_FREE]]
        if len(resources):
            chosen = int(resources[rng.integers(len(resources))])
            near = np.abs(bucket - int(rng.integers(last))) + np.where(resource == chosen, 0, _FAR)
            order = np.argsort(near, kind="stable")[:_FREE]
            yield whole[order[resource[order] == chosen]]
        if len(items):
            shuffled = rng.permutation(items)
            chosen_items = shuffled[: max(1, _FREE * len(items) // max(len(whole), 1))]
            yield whole[np.isin(item, chosen_items)]
