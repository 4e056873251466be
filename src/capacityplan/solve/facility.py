"""What every lot is for: an echelon's supply split by the requirements it serves (facility location).

RELAXED (Krarup and Bilde 1977, here with shortage).

Validity. With N, P, W, G, the sources s and their counts n as in `verify.relaxation.rounding`, let M[u] be
the largest of 0 and N[0..u], and n[u] = M[u] - M[u - 1]; n[u] > 0 only where M[u] = N[u]. Let what comes in
serve these requirements first come, first served, in the order of u; z[s, u] is what s brings for u, 0 where
r(s) > u. Then sum over u of z[s, u] <= X[s], z[s, u] <= n[u], and z[s, u] > 0 only where every count of s is
at least 1, so z[s, u] <= n[u] * count[s]. What u lacks by its end is
at most M[u] - P[u] = N[u] - P[u] <= W[u] + G[u], hence

    sum over s of z[s, u] + W[u] + G[u] >= n[u].

Every plan thus has such a z: rows and columns may be added to the relaxation.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from capacityplan.verify.relaxation.arrays import Floats, Ints
from capacityplan.verify.relaxation.builder import INFINITY, Relaxation
from capacityplan.verify.relaxation.rounding import Echelon

_ONE = 1 + 1e-12
"""Outward: requirements are rounded to the nearest number."""


def increments(net: Floats) -> Floats:
    """Increase of the largest requirement so far, by bucket."""
    return np.asarray(np.diff(np.maximum.accumulate(np.maximum(net, 0.0)), prepend=0.0))


def size(model: Relaxation) -> int:
    """Number of columns that `located` adds."""
    total = 0
    for echelon in model.echelons:
        need = increments(np.array([float(one) for one in echelon.net]))
        served = np.flatnonzero(need > 0)
        total += sum(int((served >= source.bucket).sum()) for source in echelon.sources)
    return total


def located(model: Relaxation) -> Relaxation:
    """Add to a relaxation what every source brings for every requirement."""
    rows = _Rows(len(model.row_low), len(model.cost))
    for echelon in model.echelons:
        _add(rows, echelon)
    return rows.onto(model)


def _add(rows: _Rows, echelon: Echelon) -> None:
    need = increments(np.array([float(one) for one in echelon.net]))
    served = np.flatnonzero(need > 0)
    meets: list[list[int]] = [[] for _ in served]
    for source in echelon.sources:
        later = np.flatnonzero(served >= source.bucket)
        if not len(later):
            continue
        amounts = need[served[later]]
        first = rows.columns(amounts * _ONE)
        columns = np.arange(first, first + len(later))
        brings = rows.row(-INFINITY, 0.0)
        rows.post(np.full(len(later), brings), columns, np.ones(len(later)))
        for column, share in source.terms:
            rows.post(np.array([brings]), np.array([column]), np.array([-float(share)]))
        for count in source.counts:
            tied = rows.rows(len(later), -INFINITY, 0.0)
            rows.post(tied, columns, np.ones(len(later)))
            for column in count.columns:
                rows.post(tied, np.full(len(later), column), -amounts * _ONE)
        for place, column in zip(later.tolist(), columns.tolist(), strict=True):
            meets[place].append(column)
    for bucket, columns_of in zip(served.tolist(), meets, strict=True):
        met = rows.row(need[bucket] / _ONE, INFINITY)
        mine = np.array([*columns_of, int(echelon.short[bucket]), int(echelon.forgone[bucket])])
        rows.post(np.full(len(mine), met), mine, np.ones(len(mine)))


class _Rows:
    """Rows and columns under construction behind those of a model."""

    def __init__(self, rows: int, columns: int) -> None:
        self._rows, self._columns = rows, columns
        self._high: list[Floats] = []
        self._sides: list[tuple[Floats, Floats]] = []
        self._triples: list[tuple[Ints, Ints, Floats]] = []

    def columns(self, high: Floats) -> int:
        """Add columns from 0 up; return the first."""
        self._high.append(high)
        self._columns += len(high)
        return self._columns - len(high)

    def rows(self, count: int, low: float, high: float) -> Ints:
        """Add rows."""
        self._sides.append((np.full(count, low), np.full(count, high)))
        self._rows += count
        return np.arange(self._rows - count, self._rows)

    def row(self, low: float, high: float) -> int:
        """Add one row."""
        return int(self.rows(1, low, high)[0])

    def post(self, rows: Ints, columns: Ints, values: Floats) -> None:
        """Add coefficients."""
        self._triples.append((rows, columns, values))

    def onto(self, model: Relaxation) -> Relaxation:
        """Append all to a model."""
        if not self._triples:
            return model
        high = np.concatenate(self._high) if self._high else np.zeros(0)
        low_sides, high_sides = (np.concatenate(one) for one in zip(*self._sides, strict=True))
        row, column, value = (np.concatenate(one) for one in zip(*self._triples, strict=True))
        names = tuple(f"facility[{number}]" for number in range(len(low_sides)))
        zeros = np.zeros(len(high))
        return replace(
            model,
            cost=np.concatenate([model.cost, zeros]), low=np.concatenate([model.low, zeros]),
            high=np.concatenate([model.high, high]),
            integer=np.concatenate([model.integer, np.zeros(len(high), dtype=np.bool_)]),
            grain=np.concatenate([model.grain, zeros]),
            row_names=(*model.row_names, *names),
            row_low=np.concatenate([model.row_low, low_sides]),
            row_high=np.concatenate([model.row_high, high_sides]),
            row=np.concatenate([model.row, row]), column=np.concatenate([model.column, column]),
            value=np.concatenate([model.value, value.astype(np.float64)]),
        )  # fmt: skip
