"""A linear model in blocks of columns and rows, built from numpy index arrays.

Families post coefficient triples; blocks keep their numbers, so the order of families does not
matter. `Link` names rows that tie an amount to an integer by a big coefficient: the places where
slope scaling puts in what it has learnt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
INFINITY = float("inf")


@dataclass(frozen=True, slots=True)
class Model:
    """A finished model, rows by column (compressed sparse columns).

    Attributes
    ----------
    cost, low, high : (columns,) float
    integer : (columns,) bool
    row_low, row_high : (rows,) float
    begin, index, value
        Coefficients of column c are ``value[begin[c]:begin[c + 1]]`` in rows ``index[...]``.
    link_row, link_column : (links,) int
        Rows ``sum(amounts) - big * integer <= 0``.
    link_place : (links,) int
        Where the coefficient ``-big`` lies in ``value``.
    link_least : (links,) float
        Smallest amount that goes with one.
    bucket, item, resource : (columns,) int
        What integer columns and those that should be 0 are about (-1: nothing), for neighbourhoods.
    series : (columns,) int
        Integer columns that mean the same in different buckets (a process's lots, a supplier's
        orders of an item) share a number; -1: nothing.
    excess_column, excess_row : (elastic,) int
        Columns that measure by how much a row of loads is overfull.
    painful : (k,) int
        Columns that a good plan has at 0 nearly everywhere: what is overfull, short, late, lost.
    """

    cost: Floats
    low: Floats
    high: Floats
    integer: Bools
    row_low: Floats
    row_high: Floats
    begin: Ints
    index: Ints
    value: Floats
    link_row: Ints
    link_column: Ints
    link_place: Ints
    link_least: Floats
    bucket: Ints
    item: Ints
    resource: Ints
    series: Ints
    excess_column: Ints
    excess_row: Ints
    painful: Ints
    offset: float = 0.0


class Builder:
    """Collects columns, rows and coefficients."""

    def __init__(self) -> None:
        self._columns: list[tuple[Floats, Floats, Floats, Bools]] = []
        self._rows: list[tuple[Floats, Floats]] = []
        self._triples: list[tuple[Ints, Ints, Floats]] = []
        self._links: list[tuple[Ints, Ints, Floats]] = []
        self._places: list[tuple[Ints, Ints, Ints, Ints, Ints]] = []
        self._series: dict[tuple[str, int, int], int] = {}
        self._excess: list[tuple[Ints, Ints]] = []
        self._painful: list[tuple[Ints]] = []
        self._costs: list[tuple[Ints, Floats]] = []
        self.column_count = 0
        self.row_count = 0

    def columns(
        self, count: int, low: Any = 0.0, high: Any = INFINITY, cost: Any = 0.0, integer: Any = False
    ) -> Ints:
        """Add a block of columns; scalars or arrays of bounds, money per unit, whole or not."""
        shape = (count,)
        self._columns.append(
            (
                np.array(np.broadcast_to(cost, shape), dtype=np.float64),
                np.array(np.broadcast_to(low, shape), dtype=np.float64),
                np.array(np.broadcast_to(high, shape), dtype=np.float64),
                np.array(np.broadcast_to(integer, shape), dtype=np.bool_),
            )
        )
        self.column_count += count
        return np.arange(self.column_count - count, self.column_count, dtype=np.int64)

    def rows(self, count: int, low: Any = -INFINITY, high: Any = INFINITY) -> Ints:
        """Add a block of rows ``low <= ... <= high``."""
        shape = (count,)
        self._rows.append(
            (
                np.array(np.broadcast_to(low, shape), dtype=np.float64),
                np.array(np.broadcast_to(high, shape), dtype=np.float64),
            )
        )
        self.row_count += count
        return np.arange(self.row_count - count, self.row_count, dtype=np.int64)

    def post(self, rows: Any, columns: Any, values: Any) -> None:
        """Add coefficients; equal places add up."""
        row, column, value = np.broadcast_arrays(
            np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64), np.asarray(values, float)
        )
        if row.size:
            self._triples.append((row.ravel(), column.ravel(), value.ravel()))

    def charge(self, columns: Any, money: Any) -> None:
        """Add money per unit to columns."""
        column, value = np.broadcast_arrays(np.asarray(columns, dtype=np.int64), np.asarray(money, float))
        self._costs.append((column.ravel(), value.ravel()))

    def link(self, rows: Ints, columns: Ints, big: Floats, least: Any = 0.0) -> None:
        """Post ``-big`` for integer columns and remember the place for slope scaling.

        Parameters
        ----------
        least : float or (links,) float
            Smallest amount that goes with one (posted by the caller as a row of its own).
        """
        self.post(rows, columns, -big)
        self._links.append((rows, columns, np.array(np.broadcast_to(least, rows.shape), dtype=np.float64)))

    def place(self, columns: Ints, bucket: Ints, item: Ints, resource: Ints, series: Ints) -> None:
        """Say which bucket, item, resource and series integer columns are about (-1: none)."""
        self._places.append((columns.ravel(), bucket.ravel(), item.ravel(), resource.ravel(), series.ravel()))

    def series(self, keys: list[tuple[str, int, int]]) -> Ints:
        """Number kinds of decisions that recur: equal keys, equal numbers."""
        return np.array([self._series.setdefault(key, len(self._series)) for key in keys], dtype=np.int64)

    def hurts(self, columns: Ints, bucket: Ints, item: Ints) -> None:
        """Say which bucket and item columns are about that should be 0."""
        nothing = np.full(len(columns), -1, dtype=np.int64)
        self.place(columns, bucket, item, nothing, nothing)
        self._painful.append((columns,))

    def excess(self, rows: Ints, cost: float, bucket: Ints) -> None:
        """Let rows ``... <= high`` be exceeded at a price."""
        columns = self.columns(len(rows), cost=cost)
        self.post(rows, columns, -1.0)
        self._excess.append((columns, rows))
        self.hurts(columns, bucket, np.full(len(rows), -1, dtype=np.int64))

    def model(self) -> Model:
        """Assemble the model."""
        cost, low, high, integer = _joined(self._columns, (float, float, float, bool))
        row_low, row_high = _joined(self._rows, (float, float))
        for column, money in self._costs:
            np.add.at(cost, column, money)
        row_of, column_in, values = _joined(self._triples, (np.int64, np.int64, float))
        place = column_in * max(self.row_count, 1) + row_of
        unique, inverse = np.unique(place, return_inverse=True)
        total = np.bincount(inverse, weights=values, minlength=len(unique)).astype(np.float64)
        column_of = unique // max(self.row_count, 1)
        begin = np.searchsorted(column_of, np.arange(self.column_count + 1)).astype(np.int64)
        link_row, link_column, link_least = _joined(self._links, (np.int64, np.int64, float))
        link_place = np.searchsorted(unique, link_column * max(self.row_count, 1) + link_row)
        about = np.full((4, self.column_count), -1, dtype=np.int64)
        for columns, *values_of in self._places:
            about[:, columns] = np.array(values_of)
        return Model(
            cost, low, high, integer, row_low, row_high,
            begin, (unique % max(self.row_count, 1)).astype(np.int64), total,
            link_row, link_column, link_place.astype(np.int64), link_least, *about,
            *_joined(self._excess, (np.int64, np.int64)), *_joined(self._painful, (np.int64,)),
        )  # fmt: skip


def _joined(parts: list[Any], kinds: tuple[Any, ...]) -> list[Any]:
    """Concatenate the fields of a list of tuples of arrays."""
    if not parts:
        return [np.zeros(0, dtype=kind) for kind in kinds]
    return [np.concatenate([part[field] for part in parts]).astype(kind) for field, kind in enumerate(kinds)]
