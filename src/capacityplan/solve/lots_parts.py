"""Where lots and orders would change if they came in parts: what a neighbourhood is cut around.

After the relaxation induced neighbourhoods of Danna, Rothberg and Le Pape (2005), with two differences: only
items of a bill are relaxed, and a part of a lot costs as much of it as of the largest so far, as in
slope scaling. One more lot far from where it is missed, and the order and the lots that it takes and feeds,
are found by one linear program where no stretch of time or bill that is small enough holds them all.
"""

from __future__ import annotations

import numpy as np

from capacityplan.formulate.builder import Floats, Ints, Model
from capacityplan.solve.highs import Linear
from capacityplan.solve.lots_search import Links

_PART = 0.01
"""Change of a whole number that counts."""
_PROMISE = 0.002
"""Share of the cost that the program has to gain at least where only more is allowed: whole numbers will
gain part of it."""
_BESIDE = 3
"""Whole numbers of a neighbourhood for each one that changes: it and those of the buckets beside it."""


class Parts:
    """The linear program in which whole numbers of some items may be parts.

    Parameters
    ----------
    model : Model
    chosen : (k,) int
        Columns of the whole numbers that may change.

    Attributes
    ----------
    slow : bool
        Whether the program was not solved in its time: it will not be the next time either.
    """

    def __init__(self, model: Model, chosen: Ints) -> None:
        self._model, self._links = model, Links(model)
        self._chosen = chosen[np.lexsort((model.bucket[chosen], model.series[chosen]))]
        self._whole = np.flatnonzero(model.integer)
        self._linear = Linear(model)
        self._size = self._links.big.copy()
        self.slow = False

    def changed(self, values: Floats, items: list[int], more: bool, most: int, seconds: float) -> Ints:
        """Columns that change most, with those of the buckets beside them; none where little is gained.

        Parameters
        ----------
        values : (columns,) float
            A solution in which whole numbers are whole.
        items : list of int
            Whose lots and orders may be parts.
        more : bool
            Whether what there is stands and more may be added; else it may be less too.
        most : int
            Columns at most.
        """
        model, whole = self._model, np.round(values)
        self._scale(values)
        free = np.isin(model.item[self._chosen], items)
        inside = self._chosen[free]
        self._linear.bound(self._whole, whole[self._whole], whole[self._whole])
        self._linear.bound(inside, (whole if more else model.low)[inside], model.high[inside])
        found = self._linear.solve(seconds)
        self.slow = found is None
        cost = float(model.cost @ values) + model.offset
        if found is None or (more and found.objective > cost - _PROMISE * abs(cost)):
            return np.zeros(0, dtype=np.int64)
        change = np.zeros(len(self._chosen))
        change[free] = np.abs(found.values[inside] - whole[inside])
        places = np.argsort(-change, kind="stable")[: max(1, most // _BESIDE)]
        places = places[change[places] > _PART]
        series = model.series[self._chosen]
        kept = [places]
        for step in (-1, 1):
            beside = np.clip(places + step, 0, len(self._chosen) - 1)
            kept.append(beside[series[beside] == series[places]])
        return self._chosen[np.unique(np.concatenate(kept))]

    def _scale(self, values: Floats) -> None:
        """Let a whole number be worth the largest amount of its series so far, or its least amount."""
        model, links = self._model, self._links
        series, whole = model.series[model.link_column], np.round(values[model.link_column])
        counted = np.flatnonzero((series >= 0) & (whole >= 1))
        each = links.amounts(values) / np.maximum(whole, 1.0)
        largest = np.zeros(int(series.max(initial=-1)) + 1)
        np.maximum.at(largest, series[counted], each[counted])
        known = np.where(series >= 0, largest[series], 0.0)
        wanted = np.where(known > 0, known, np.where(model.link_least > 0, model.link_least, links.big))
        size = np.where(links.of_chosen, np.clip(wanted, model.link_least, links.big), links.big)
        other = np.flatnonzero(size != self._size)
        self._linear.scale(model.link_row[other], model.link_column[other], -size[other])
        self._size = size
