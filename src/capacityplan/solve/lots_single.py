"""One lot or order more or less at a time, each judged by the linear program of all amounts.

What lacks a lot shows in prices: what a unit of its amount would be worth. A mixed-integer program that is
large enough to find it takes seconds; from the last basis a linear program with one whole number changed
takes hundredths of one. Of every series of lots or orders the most promising bucket is tried first, then
the next that is some way from it: neighbouring buckets have much the same price.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from capacityplan.formulate.builder import Floats, Ints, Model
from capacityplan.solve.highs import Linear, Solution
from capacityplan.solve.lots_budget import Budget
from capacityplan.solve.lots_search import GRACE_SECONDS, Links

_APART = 3
"""Buckets between two of a series that are tried in one go."""
_VAIN, _VAIN_COUNTED = 40, 20
"""Trials in a row that gain nothing after which the search ends, and where work is counted."""
_GAIN = 2e-5
"""Share of the cost that counts as a gain."""
_USED = 1e-6
_Way = tuple[int, int]
"""A column and what is added to it."""


class Singles:
    """Changes single whole numbers of a solution.

    Parameters
    ----------
    model : Model
    chosen : (k,) int
        Columns of the whole numbers that may change.
    """

    def __init__(self, model: Model, chosen: Ints) -> None:
        self._model, self._chosen = model, chosen
        self._linear = Linear(model)
        self._whole = np.flatnonzero(model.integer)
        self._links = Links(model)

    def search(self, values: Floats, budget: Budget, until: float) -> Floats | None:
        """Change whole numbers one by one as long as that gains; None where nothing was gained.

        Parameters
        ----------
        values : (columns,) float
            A solution in which whole numbers are whole.
        until : float
            Instant at which the time is used up.
        """
        whole = np.round(values)
        self._linear.bound(self._whole, whole[self._whole], whole[self._whole])
        found = self._linear.solve(max(budget.left(until), GRACE_SECONDS))
        if found is None:
            return None
        # Amounts that adapt are a gain as well.
        before = float(self._model.cost @ values) + self._model.offset
        most = _VAIN if budget.work is None else _VAIN_COUNTED
        ways, failed, gained, vain = iter(self._promising(found, whole)), set[_Way](), False, 0
        while vain < most and budget.left(until) > 0:
            way = next((one for one in ways if one not in failed), None)
            other = None if way is None else self._changed(found, whole, way, budget)
            if other is not None:
                found, gained, vain = other, True, 0
            elif way is not None:
                failed.add(way)
                vain += 1
                continue
            elif not gained:
                break
            else:
                # What was in vain may have become worth while.
                gained = False
                failed.clear()
            ways = iter(self._promising(found, whole))
        return found.values if found.objective < before - _GAIN * abs(before) else None

    def _changed(self, found: Solution, whole: Floats, way: _Way, budget: Budget) -> Solution | None:
        """Change a whole number; None, and no change, where that gains nothing."""
        at, change = np.array([way[0]]), way[1]
        self._linear.bound(at, whole[at] + change, whole[at] + change)
        other = self._linear.solve(max(budget.left(), GRACE_SECONDS))
        if other is not None and other.objective < found.objective - _GAIN * abs(found.objective):
            whole[at] += change
            return other
        self._linear.bound(at, whole[at], whole[at])
        return None

    def _promising(self, found: Solution, whole: Floats) -> list[_Way]:
        """Columns and what is added to them, by what prices promise, of all series in turn."""
        model, chosen = self._model, self._chosen
        worth = self._worth(found, whole)[chosen]
        price = found.reduced[chosen]
        more = np.where(whole[chosen] < model.high[chosen], worth, 0.0)
        less = np.where(whole[chosen] > model.low[chosen], price, 0.0)
        ranked: list[tuple[int, float, int, int]] = []
        for change, promise in ((1, more), (-1, less)):
            taken: dict[int, list[int]] = defaultdict(list)
            for place in np.argsort(-promise, kind="stable").tolist():
                if promise[place] <= _USED:
                    break
                column = int(chosen[place])
                bucket, before = int(model.bucket[column]), taken[int(model.series[column])]
                if all(abs(bucket - other) > _APART for other in before):
                    ranked.append((len(before), -float(promise[place]), column, change))
                    before.append(bucket)
        return [(column, change) for _, _, column, change in sorted(ranked)]

    def _worth(self, found: Solution, whole: Floats) -> Floats:
        """What one more of each whole number promises, at the largest amount of its series (if any)."""
        model, links = self._model, self._links
        each = links.amounts(found.values) / np.maximum(whole[model.link_column], 1.0)
        series = model.series[model.link_column]
        usual = np.zeros(int(series.max(initial=-1)) + 1)
        counted = (series >= 0) & (whole[model.link_column] >= 1)
        np.maximum.at(usual, series[counted], each[counted])
        known = np.where((series >= 0) & (usual[series] > 0), usual[series], links.big)
        cost = model.cost[model.link_column]
        price = (cost - found.reduced[model.link_column]) / np.maximum(links.big, _USED)
        worth = np.zeros(len(model.cost))
        np.maximum.at(worth, model.link_column, price * np.clip(known, model.link_least, links.big) - cost)
        return worth
