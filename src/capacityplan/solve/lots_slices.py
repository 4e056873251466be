"""Parts of a lots model in which some columns are free and all others stand at given values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from capacityplan.formulate.builder import Bools, Floats, Ints, Model
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.solve.lots_steps import counted

_PASSES = 3
_NONE = np.zeros(0, dtype=np.int64)


class Slices:
    """Cuts sub-models out of a model.

    Attributes
    ----------
    owner : (columns,) int
        Item that a column is about; -1 where it is about several (overtime, setup states).
    bucket : (columns,) int
        Bucket that a column is about; where it is about none, the first of what it shares rows with.
    step : (columns,) float
        Steps in which a column comes, 0 where it comes in any amount.
    """

    def __init__(self, model: Model, grid: Grid, x: Variables, step: Floats) -> None:
        self.model, self.step = model, step
        shape = (len(model.row_low), len(model.cost))
        self._by_column = sparse.csc_array((model.value.copy(), model.index, model.begin), shape=shape)
        self._row, self._column = model.index, np.repeat(np.arange(len(model.cost)), np.diff(model.begin))
        self.owner = self._owners(grid, x)
        self._loose = self.owner < 0
        self.bucket = self._buckets(grid, x)

    def _owners(self, grid: Grid, x: Variables) -> Ints:
        """Items by column: known for quantities, else that of the only item it shares rows with."""
        owner = self.model.item.copy()
        owner[x.stock] = np.arange(len(grid.items))[:, None]
        made = np.array([start.item for start in grid.starts], dtype=np.int64)
        owner[x.made] = made
        owner[x.split] = made[[choice.start for choice in grid.tables.choices]]
        arrived = [grid.items[grid.arrivals[arrival].item] for arrival in x.tiers[:, 0].tolist()]
        owner[x.bought] = np.array(arrived, dtype=np.int64)
        row, column = self._row, self._column
        for _ in range(_PASSES):
            known = owner[column] >= 0
            least = np.full(len(self.model.row_low), len(grid.items), dtype=np.int64)
            most = np.full(len(self.model.row_low), -1, dtype=np.int64)
            np.minimum.at(least, row[known], owner[column[known]])
            np.maximum.at(most, row[known], owner[column[known]])
            taught = ~known & (least[row] == most[row])
            owner[column[taught]] = most[row[taught]]
        return owner

    def _buckets(self, grid: Grid, x: Variables) -> Ints:
        when = self.model.bucket.copy()
        when[x.stock] = np.arange(grid.buckets)
        begun = np.array([start.flow.start for start in grid.starts], dtype=np.int64)
        when[x.made] = begun
        when[x.split] = begun[[choice.start for choice in grid.tables.choices]]
        known = when[self._column] >= 0
        first = np.full(len(self.model.row_low), grid.buckets, dtype=np.int64)
        np.minimum.at(first, self._row[known], when[self._column[known]])
        least = np.full(len(when), grid.buckets, dtype=np.int64)
        np.minimum.at(least, self._column, first[self._row])
        return np.where(when >= 0, when, least)

    def near(self, whole: Ints, most: int) -> Bools:
        """As many columns as there may be, those next to a stretch of whole numbers first."""
        begin, end = int(self.bucket[whole].min()), int(self.bucket[whole].max())
        away: Ints = np.maximum(np.maximum(begin - self.bucket, self.bucket - end), 0)
        reach = int(np.partition(away, most)[most]) if most < len(away) else len(away)
        return away < max(reach, 1)

    def around(self, whole: Ints, items: Bools, inside: Bools | None = None) -> Ints:
        """Columns of a neighbourhood: whole numbers, the amounts of items, and what they share rows with.

        Parameters
        ----------
        whole : (k,) int
            Columns of whole numbers that are free.
        items : (items,) bool
            Whose amounts are free.
        inside : (columns,) bool, optional
            To which columns of amounts that is confined.
        """
        model = self.model
        free = np.zeros(len(model.cost), dtype=bool)
        owned = ~self._loose
        free[owned] = items[self.owner[owned]] & ~model.integer[owned]
        if inside is not None:
            free &= inside
        free[whole] = True
        shared = self._touching(np.flatnonzero(free))
        free[shared] = True
        states = shared[model.integer[shared]]
        if len(states):
            free[self._touching(states)] = True
        return np.flatnonzero(free)

    def allow(self, links: Ints, most: Floats) -> None:
        """Put in how much a whole number allows at most in the models that are cut out from now on."""
        self._by_column.data[self.model.link_place[links]] = -most

    def sharing(self, column: int) -> Ints:
        """Items that share a row with a column."""
        begin, end = self.model.begin[column : column + 2]
        rows = self.model.index[begin:end]
        owner = self.owner[self._column[np.isin(self._row, rows)]]
        return np.unique(owner[owner >= 0])

    def _touching(self, columns: Ints) -> Ints:
        """Columns about no single item that share a row with some of the columns."""
        rows = np.zeros(len(self.model.row_low), dtype=bool)
        rows[self._by_column[:, columns].indices] = True
        here = np.zeros(len(self.model.cost), dtype=bool)
        here[self._column[rows[self._row]]] = True
        return np.flatnonzero(here & self._loose)

    def cut(self, columns: Ints, values: Floats) -> Model:
        """Return the model of some columns, all others at their values; what these cost is left out.

        What comes in steps is counted in them (`counted`).
        """
        model = self.model
        part = self._by_column[:, columns]
        rows = np.unique(part.indices)
        moved = values.copy()
        moved[columns] = 0.0
        fixed = np.asarray(self._by_column @ moved)[rows]
        sliced = replace(
            model,
            cost=model.cost[columns], low=model.low[columns], high=model.high[columns],
            integer=model.integer[columns],
            row_low=model.row_low[rows] - fixed, row_high=model.row_high[rows] - fixed,
            begin=part.indptr.astype(np.int64), index=np.searchsorted(rows, part.indices).astype(np.int64),
            value=part.data,
            link_row=_NONE, link_column=_NONE, link_place=_NONE, link_least=np.zeros(0),
            offset=0.0,
        )  # fmt: skip
        return counted(sliced, self.step[columns])
