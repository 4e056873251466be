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
from capacityplan.solve.lots_search import Links, either_side

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
        self._chosen, self._beside = chosen, either_side(model, chosen)
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
        inside = self._chosen[np.isin(model.item[self._chosen], items)]
        self._linear.bound(self._whole, whole[self._whole], whole[self._whole])
        self._linear.bound(inside, (whole if more else model.low)[inside], model.high[inside])
        found = self._linear.solve(seconds)
        self.slow = found is None
        cost = float(model.cost @ values) + model.offset
        if found is None or (more and found.objective > cost - _PROMISE * abs(cost)):
            return np.zeros(0, dtype=np.int64)
        change = np.abs(found.values[inside] - whole[inside])
        first = np.argsort(-change, kind="stable")[: max(1, most // _BESIDE)]
        columns = inside[first[change[first] > _PART]]
        near = np.unique(np.concatenate([columns, *(other[columns] for other in self._beside)]))
        return near[near >= 0]

    def _scale(self, values: Floats) -> None:
        """Let a whole number be worth the largest amount of its series so far, or its least amount."""
        model, links = self._model, self._links
        largest = links.largest(values, np.round(values))
        wanted = np.where(largest > 0, largest, np.where(model.link_least > 0, model.link_least, links.big))
        size = np.where(links.of_chosen, np.clip(wanted, model.link_least, links.big), links.big)
        other = np.flatnonzero(size != self._size)
        self._linear.scale(model.link_row[other], model.link_column[other], -size[other])
        self._size = size
