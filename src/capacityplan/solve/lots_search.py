"""Search on the lots model: slope scaling for a start, then fix-and-optimize."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from capacityplan.formulate.builder import INFINITY, Bools, Floats, Ints, Model
from capacityplan.solve.highs import Effort, Linear, Solution, solve_mixed
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
_SETTLED = 5e-4
"""Slope scaling ends where a round brings less than this share."""
_TOO_LITTLE = 0.4
"""Share of the least amount below which a lot or an order is not begun: others take it over."""
_BLOCKS = 12
_REPAIRS = 3
_OVERFULL = 0.5
"""Minutes over capacity that do not matter."""
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
        self._by_row: dict[int, list[tuple[int, float]]] = defaultdict(list)
        excess = set(model.excess_row.tolist())
        for column in np.unique(model.link_column).tolist():
            for place in range(int(model.begin[column]), int(model.begin[column + 1])):
                if int(model.index[place]) in excess and model.value[place] > 0:
                    self._by_row[int(model.index[place])].append((column, float(model.value[place])))
        self.big = -model.value[model.link_place]
        self.tied = np.zeros(len(model.cost), dtype=bool)
        self.tied[model.link_column] = True

    def amounts(self, values: Floats) -> Floats:
        """What is tied to each link's whole number."""
        weights = self._value * values[self._column]
        total = np.bincount(self._row, weights=weights, minlength=len(self.model.link_row))
        return np.maximum(total, 0.0)

    def spare(self, values: Floats, whole: Floats) -> Floats:
        """By how much each whole number is more than its amounts need."""
        need = self.amounts(values) / np.maximum(self.big, _USED)
        out = np.zeros(len(self.model.cost))
        np.maximum.at(out, self.model.link_column, need)
        return whole - out

    def loads_of(self, row: int) -> tuple[Ints, Floats]:
        """Tied whole numbers in a row, with their positive coefficients."""
        found = self._by_row.get(row)
        if found is None:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        return np.array([pair[0] for pair in found]), np.array([pair[1] for pair in found])

    def whole(self, values: Floats) -> Floats:
        """Smallest whole numbers that allow the amounts of a solution."""
        need = np.ceil(self.amounts(values) / np.maximum(self.big, _USED) - _USED)
        little = np.maximum(_USED * np.maximum(self.big, 1.0), _TOO_LITTLE * self.model.link_least)
        need[self.amounts(values) <= little] = 0.0
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
    relaxed = Linear(replace(model, high=np.where(links.tied, _FAR, model.high)))
    size = _first_sizes(links, used)
    relaxed.scale(model.link_row, model.link_column, -size)
    best: tuple[float, Floats] | None = None
    until = budget.share(_SLOPE_SHARE)
    for _ in range(_ROUNDS):
        found = relaxed.solve(max(budget.left(), 0.05), fresh=True)
        if found is None:
            break
        cost = _true_cost(links, found.values)
        settled = best is not None and cost > best[0] * (1 - _SETTLED)
        if best is None or cost < best[0]:
            best = (cost, found.values)
        if settled or (budget.work is None and budget.left(until) <= 0):
            break
        size = _learn(links, size, found.values, relaxed)
    return None if best is None else _completed(links, best[1], relaxed, budget)


def _first_sizes(links: _Links, used: Bools | None) -> Floats:
    """What a whole number is expected to allow: all it can, at first."""
    if used is None:
        return links.big.copy()
    return np.where(used[links.model.link_column], links.big, links.big / 20)


def _learn(links: _Links, size: Floats, values: Floats, relaxed: Linear) -> Floats:
    """Put what was really used into the linear program: sizes between the last ones and it."""
    amount = links.amounts(values)
    seen = amount > _USED * np.maximum(links.big, 1.0)
    per_whole = amount / np.maximum(np.ceil(amount / links.big - _USED), 1.0)
    target = np.clip(0.3 * size + 0.7 * per_whole, links.big * 1e-4, links.big)
    change = seen & (np.abs(target - size) > 0.01 * size)
    model = links.model
    relaxed.scale(model.link_row[change], model.link_column[change], -target[change])
    return np.where(change, target, size)


def _true_cost(links: _Links, values: Floats) -> float:
    """Cost of a linear solution with its whole numbers rounded up."""
    model = links.model
    whole = links.whole(values)
    rounded = np.where(links.tied, whole, values)
    return float(model.cost @ rounded)


def _completed(links: _Links, values: Floats, relaxed: Linear, budget: Budget) -> Found:
    """Make a linear solution whole, block by block in time: what follows adapts to what is fixed."""
    model = links.model
    whole = links.whole(values)
    for block in _blocks(links):
        inside = np.zeros(len(model.cost), dtype=bool)
        inside[block] = True
        tie = inside[model.link_column]
        relaxed.scale(model.link_row[tie], model.link_column[tie], -links.big[tie])
        whole[block] = links.whole(values)[block]
        for _ in range(_REPAIRS):
            relaxed.bound(block, whole[block], whole[block])
            found = relaxed.solve(max(budget.left(), 0.05))
            if found is None:
                return Found(np.where(links.tied, whole, values), INFINITY, "slope scaling, rounded", False)
            values = found.values
            if not _drop(links, values, whole, inside):
                break
    low, high = np.where(links.tied, whole, model.low), np.where(links.tied, whole, model.high)
    effort = budget.effort(max(0.1 * budget.left(), 1.0), _DIRECT_NODES // 10, gap=2e-3)
    mixed = solve_mixed(replace(model, low=low, high=high), effort)
    if mixed is not None:
        return Found(mixed.values, mixed.objective, "slope scaling", True)
    return Found(np.where(links.tied, whole, values), INFINITY, "slope scaling, rounded", False)


def _blocks(links: _Links) -> list[Ints]:
    """Tied whole numbers in blocks of buckets, in order of time."""
    tied = np.flatnonzero(links.tied)
    if not len(tied):
        return []
    order = tied[np.argsort(links.model.bucket[tied], kind="stable")]
    buckets = links.model.bucket[order]
    edges = np.flatnonzero(np.diff(buckets)) + 1
    groups = np.split(order, edges)
    blocks: list[Ints] = []
    for group in groups:
        if blocks and len(blocks[-1]) + len(group) <= len(tied) // _BLOCKS:
            blocks[-1] = np.concatenate([blocks[-1], group])
        else:
            blocks.append(group)
    return blocks


def _drop(links: _Links, values: Floats, whole: Floats, inside: Bools) -> bool:
    """Take away whole numbers of a block that nothing uses, or that overfill a resource.

    Where a resource is overfull, those that are used least go first.
    """
    model = links.model
    needed = np.where(inside, np.minimum(whole, links.whole(values)), whole)
    dropped = bool(np.any(needed < whole))
    whole[inside] = needed[inside]
    over = values[model.excess_column]
    spare = links.spare(values, whole)
    for number in np.flatnonzero(over > _OVERFULL).tolist():
        columns, loads = links.loads_of(int(model.excess_row[number]))
        left = float(over[number])
        for k in np.argsort(-spare[columns], kind="stable").tolist():
            column = int(columns[k])
            if left <= _OVERFULL:
                break
            if inside[column] and whole[column] >= 1 and spare[column] >= 0:
                whole[column] -= 1
                spare[column] = -1.0
                left -= float(loads[k])
                dropped = True
    return dropped


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
            if better.optimal:
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
