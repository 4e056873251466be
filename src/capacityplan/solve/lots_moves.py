"""Improving whole lots and orders: reduced costs say which are one too many or one too few.

With every lot and order fixed, the linear program's reduced costs bound what a change of them can
save (its value is convex in the bounds): ``saving <= - sum of reduced cost * step``. The most
promising changes are tried together; what does not pay alone is tried as a shift to or from
another bucket of its series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacityplan.formulate.builder import Floats, Ints
from capacityplan.solve.highs import Solution
from capacityplan.solve.lots_budget import Budget
from capacityplan.solve.lots_search import Sloped

_TOGETHER = 16
_PROMISING = 1e-5
"""Share of the cost that a change must promise."""
_SHIFTS = 2
"""Shifts tried for a change that did not pay alone."""
_BETTER = 1e-7


@dataclass(frozen=True, slots=True)
class _Move:
    """Columns and by how much they change."""

    columns: Ints
    steps: Floats


def improve(sloped: Sloped, whole: Floats, found: Solution, budget: Budget) -> Solution:
    """Change lots and orders by one while it pays and there is time.

    Parameters
    ----------
    whole : (columns,) float
        Values of the chosen columns; changed in place.
    found : Solution
        The linear program with them fixed.
    """
    moves = _Moves(sloped, whole)
    together, limit, trials = _TOGETHER, budget.moves(), 0
    while budget.left() > 0 and (limit is None or trials < limit):
        move = moves.promising(found, together)
        if move is None:
            break
        trials += 1
        better = moves.attempt(move, budget)
        if better is not None and better.objective < found.objective - _BETTER * abs(found.objective):
            found, together = better, min(_TOGETHER, together * 2)
            moves.forget(move)
            continue
        moves.take_back(move)
        if len(move.columns) == 1 or together == 1:
            moves.failed(move)
        together = max(1, together // 4)
    return found


class _Moves:
    """What can be changed, and how often a change has failed since something near it changed."""

    def __init__(self, sloped: Sloped, whole: Floats) -> None:
        self._linear, self._whole = sloped.linear, whole
        model = sloped.links.model
        self._columns = np.flatnonzero(sloped.links.chosen)
        self._high = model.high[self._columns]
        self._series, self._bucket = model.series[self._columns], model.bucket[self._columns]
        self._failures = np.zeros(len(self._columns), dtype=np.int64)

    def promising(self, found: Solution, count: int) -> _Move | None:
        """The changes that promise most, one of a series; a shift where they failed alone."""
        reduced, now = found.reduced[self._columns], self._whole[self._columns]
        step = np.where(reduced < 0, 1.0, -1.0)
        gain = np.where(np.where(step > 0, now < self._high, now >= 1), np.abs(reduced), 0.0)
        least = _PROMISING * abs(found.objective)
        fresh = np.where(self._failures == 0, gain, 0.0)
        order = np.argsort(-fresh, kind="stable")
        order = order[fresh[order] > least]
        if len(order):
            _, first = np.unique(self._series[order], return_index=True)
            chosen = order[np.sort(first)][:count]
            return _Move(self._columns[chosen], step[chosen])
        again = np.where(self._failures <= _SHIFTS, gain, 0.0)
        order = np.argsort(-again, kind="stable")
        for place in order[again[order] > least].tolist():
            move = self._shift(place, float(step[place]), reduced, now, least)
            if move is not None:
                return move
            self._failures[place] = _SHIFTS + 1
        return None

    def _shift(self, place: int, step: float, reduced: Floats, now: Floats, least: float) -> _Move | None:
        """Change one bucket up and another of the series down, the cheapest other or the next nearest."""
        same = self._series == self._series[place]
        same[place] = False
        possible = same & (now >= 1 if step > 0 else now < self._high)
        promise = -step * reduced[place] + step * reduced
        others = np.flatnonzero(possible & (promise > least))
        if not len(others):
            return None
        distance = np.abs(self._bucket[others] - self._bucket[place])
        order = np.lexsort((-promise[others], distance))
        tried = int(self._failures[place]) - 1
        if tried >= len(order):
            return None
        other = int(others[order[tried]])
        return _Move(self._columns[[place, other]], np.array([step, -step]))

    def attempt(self, move: _Move, budget: Budget) -> Solution | None:
        """Solve with a change made."""
        self._change(move.columns, move.steps)
        return self._linear.solve(max(budget.left(), 0.05))

    def take_back(self, move: _Move) -> None:
        """Undo a change."""
        self._change(move.columns, -move.steps)

    def failed(self, move: _Move) -> None:
        """Remember that the first column's change did not pay."""
        self._failures[np.searchsorted(self._columns, move.columns[0])] += 1

    def forget(self, move: _Move) -> None:
        """Let what is near a change be tried again."""
        for column in np.searchsorted(self._columns, move.columns).tolist():
            self._failures[self._series == self._series[column]] = 0

    def _change(self, columns: Ints, step: Floats) -> None:
        self._whole[columns] += step
        self._linear.bound(columns, self._whole[columns], self._whole[columns])
