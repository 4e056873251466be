"""One lot or order more or less at a time, each judged by the linear program of all amounts.

What lacks a lot shows in prices: what a unit of its amount would be worth. A mixed-integer program that is
large enough to find it takes seconds; from the last basis a linear program with one whole number changed
takes hundredths of one. Of every series of lots or orders the most promising bucket is tried first, then
the next that is some way from it: neighbouring buckets have much the same price.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np

from capacityplan.formulate.builder import Floats, Ints, Model
from capacityplan.solve.highs import Linear, Solution
from capacityplan.solve.lots_budget import Budget
from capacityplan.solve.lots_search import GRACE_SECONDS, Links, either_side

_APART = 3
"""Buckets between two of a series that are tried in one go."""
_HOPE = 0.01
"""Share of the cost up to which one more lot may be a loss for buckets beside it to be tried as well."""
_VAIN, _VAIN_COUNTED = 100, 20
"""Trials in a row that gain nothing after which the search ends, and where work is counted."""
_GAIN = 5e-5
"""Share of the cost that counts as a gain."""
_USED = 1e-6
_Way = tuple[tuple[int, int], ...]
"""Columns and what is added to each."""


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
        self._before, self._after = either_side(model, chosen)

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
        """Change whole numbers; None, and no change, where that gains nothing.

        One more lot is moved to neighbouring buckets as long as that is better.
        """
        least = found.objective - _GAIN * abs(found.objective)
        best, chosen = self._tried(whole, way, budget), way
        hope = found.objective + _HOPE * abs(found.objective)
        if best is not None and way[0][1] > 0 and best.objective < hope:
            for beside in (self._after, self._before):
                column = int(beside[way[0][0]])
                while column >= 0 and whole[column] < self._model.high[column]:
                    other = self._tried(whole, ((column, 1),), budget)
                    if other is None or other.objective >= best.objective:
                        break
                    best, chosen, column = other, ((column, 1),), int(beside[column])
        if best is None or best.objective >= least:
            return None
        for column, change in chosen:
            whole[column] += change
        self._stand(whole, chosen)
        return best

    def _tried(self, whole: Floats, way: _Way, budget: Budget) -> Solution | None:
        """Best amounts with whole numbers changed, which are put back."""
        at = np.array([column for column, _ in way])
        changed = whole[at] + np.array([change for _, change in way])
        self._linear.bound(at, changed, changed)
        found = self._linear.solve(max(budget.left(), GRACE_SECONDS))
        self._stand(whole, way)
        return found

    def _stand(self, whole: Floats, way: _Way) -> None:
        """Put the whole numbers of a way into the program."""
        at = np.array([column for column, _ in way])
        self._linear.bound(at, whole[at], whole[at])

    def _promising(self, found: Solution, whole: Floats) -> list[_Way]:
        """Ways to change whole numbers, by what prices promise, of all series in turn."""
        model, chosen = self._model, self._chosen
        worth = self._worth(found, whole)
        more = np.where(whole[chosen] < model.high[chosen], worth[chosen], 0.0)
        less = np.where(whole[chosen] > model.low[chosen], found.reduced[chosen], 0.0)
        ways = [self._ranked(more, lambda column: ((column, 1),))]
        ways.append(self._ranked(less, lambda column: ((column, -1),)))
        for beside in (self._after, self._before):
            ways.append(self._ranked(*self._moved(whole, worth, beside)))
        return [way for _, _, way in sorted(row for rows in ways for row in rows)]

    def _moved(self, whole: Floats, worth: Floats, beside: Ints) -> tuple[Floats, Callable[[int], _Way]]:
        """What it promises to move lots to the bucket beside, and how."""
        model, chosen = self._model, self._chosen
        other = beside[chosen]
        may = (whole[chosen] > model.low[chosen]) & (other >= 0)
        may &= whole[other] < model.high[other]
        promise = np.where(may, worth[other] - worth[chosen], 0.0)
        return promise, lambda column: ((column, -1), (int(beside[column]), 1))

    def _ranked(self, promise: Floats, way: Callable[[int], _Way]) -> list[tuple[int, float, _Way]]:
        """Ways with their rank in their series and what they promise, some buckets apart."""
        model, chosen = self._model, self._chosen
        found: list[tuple[int, float, _Way]] = []
        taken: dict[int, list[int]] = defaultdict(list)
        for place in np.argsort(-promise, kind="stable").tolist():
            if promise[place] <= _USED:
                break
            column = int(chosen[place])
            bucket, before = int(model.bucket[column]), taken[int(model.series[column])]
            if all(abs(bucket - other) > _APART for other in before):
                found.append((len(before), -float(promise[place]), way(column)))
                before.append(bucket)
        return found

    def _worth(self, found: Solution, whole: Floats) -> Floats:
        """What one more of each whole number promises, at the largest amount of its series (if any)."""
        model, links = self._model, self._links
        usual = links.largest(found.values, whole)
        known = np.where(usual > 0, usual, links.big)
        cost = model.cost[model.link_column]
        price = (cost - found.reduced[model.link_column]) / np.maximum(links.big, _USED)
        worth = np.zeros(len(model.cost))
        np.maximum.at(worth, model.link_column, price * np.clip(known, model.link_least, links.big) - cost)
        return worth
