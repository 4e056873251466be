"""What every lot is for: an echelon's supply split by the requirements it serves (facility location).

RELAXED (Krarup and Bilde 1977, here with shortage).

Validity. With N, P, W, G, the sources s and their counts n as in `verify.relaxation.rounding`, let M[u] be
the largest of 0 and N[0..u], and n[u] = M[u] - M[u - 1]; n[u] > 0 only where M[u] = N[u]. Let what comes in
serve these requirements first come, first served, in the order of u; n[u] z[s, u] is what s brings for u, 0
where r(s) > u, and w[s] what it brings beyond all of them. Then X[s] = sum over u of n[u] z[s, u] + w[s],
z[s, u] <= 1, and z[s, u] > 0 only where every count of s is at least 1, so z[s, u] <= count[s]. What u lacks
by its end is at most M[u] - P[u] = N[u] - P[u] <= W[u] + G[u], hence

    sum over s of z[s, u] + (W[u] + G[u]) / n[u] >= 1.

Every plan thus has such z and w: rows and columns may be added to the relaxation, and where X[s] is one
column this sum is put in for it everywhere: rows of capacity then hold what is tied to lots by its own
requirement, which the solver's cuts live on. What follows from these rows is left out (which only admits
more): `setup_cut`; and where nothing can be short, `cover` and the sign of the stock of what no other item
is made of.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from capacityplan.solve.forms import uncut
from capacityplan.verify.relaxation.arrays import Floats, Ints
from capacityplan.verify.relaxation.builder import INFINITY, Relaxation
from capacityplan.verify.relaxation.rounding import Echelon, Source

_ONE = 1 + 1e-12
"""Outward: requirements are rounded to the nearest number."""
_ENOUGH = 1e-6
"""Units by which a sum of bounds may differ from the number it stands for."""


def increments(net: Floats) -> Floats:
    """Increase of the largest requirement so far, by bucket."""
    return np.asarray(np.diff(np.maximum.accumulate(np.maximum(net, 0.0)), prepend=0.0))


def size(model: Relaxation) -> int:
    """Number of requirements that sources may serve, over all of these."""
    total = 0
    for echelon in model.echelons:
        served = np.flatnonzero(_needs(echelon) > 0)
        total += sum(int((served >= source.bucket).sum()) for source in echelon.sources)
    return total


def located(model: Relaxation) -> Relaxation:
    """Say of a relaxation what every source brings for every requirement."""
    model = uncut(model)
    split = _Split(len(model.row_low), len(model.cost))
    once = _once(model)
    for echelon in model.echelons:
        _add(split, echelon, model.high, once)
    return _loosened(split.of(model), model)


def _needs(echelon: Echelon) -> Floats:
    return increments(np.array([float(one) for one in echelon.net]))


def _once(model: Relaxation) -> set[int]:
    """Columns that are all that a source brings, and of no other source."""
    columns = [column for one in model.echelons for source in one.sources for column, _ in source.terms]
    found, count = np.unique(np.array(columns, dtype=np.int64), return_counts=True)
    alone = {source.terms[0][0] for one in model.echelons for source in one.sources if len(source.terms) == 1}
    return alone & set(found[count == 1].tolist())


def _add(split: _Split, echelon: Echelon, high: Floats, once: set[int]) -> None:
    need = _needs(echelon)
    served = np.flatnonzero(need > 0)
    meets: list[list[int]] = [[] for _ in served]
    for source in echelon.sources:
        later = np.flatnonzero(served >= source.bucket)
        if len(later) and any(high[column] > 0 for column, _ in source.terms):
            columns = _bring(split, source, need[served[later]], high, once)
            for place, column in zip(later.tolist(), columns.tolist(), strict=True):
                meets[place].append(column)
    for bucket, columns_of in zip(served.tolist(), meets, strict=True):
        met = split.row(1.0 / _ONE, INFINITY)
        split.post(met, np.array(columns_of, dtype=np.int64), 1.0)
        lacking = np.array([echelon.short[bucket], echelon.forgone[bucket]])
        split.post(met, lacking[high[lacking] > 0], 1.0 / need[bucket])


def _bring(split: _Split, source: Source, need: Floats, high: Floats, once: set[int]) -> Ints:
    """Columns of what a source brings for requirements, as shares of these."""
    columns = split.columns(np.full(len(need), _ONE))
    column, share = source.terms[0]
    if column in once and share > 0:
        spare = split.columns(np.array([high[column] * float(share)]))
        split.put(column, np.append(columns, spare), np.append(need, 1.0) / float(share))
    else:
        brings = split.row(-INFINITY, 0.0)
        split.post(brings, columns, need)
        for part, of_it in source.terms:
            split.post(brings, np.array([part]), -float(of_it))
    for count in source.counts:
        for one in columns.tolist():
            tied = split.row(-INFINITY, 0.0)
            split.post(tied, np.array([one]), 1.0)
            split.post(tied, np.array(count.columns), -_ONE)
    return columns


@dataclass(slots=True)
class _Split:
    """Rows and columns under construction behind those of a model, and columns that others stand for."""

    rows: int
    width: int
    _high: list[Floats] = field(default_factory=list)
    _sides: list[tuple[float, float]] = field(default_factory=list)
    _triples: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    _put: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)

    def columns(self, high: Floats) -> Ints:
        """Add columns from 0 up."""
        self._high.append(high)
        self.width += len(high)
        return np.arange(self.width - len(high), self.width, dtype=np.int64)

    def row(self, low: float, high: float) -> int:
        """Add a row."""
        self._sides.append((low, high))
        self.rows += 1
        return self.rows - 1

    def post(self, row: int, columns: Ints, value: Floats | float) -> None:
        """Add coefficients to a row."""
        self._triples.append((np.full(len(columns), row), columns, np.broadcast_to(value, len(columns))))

    def put(self, column: int, columns: Ints, shares: Floats) -> None:
        """Let columns stand for one: it is the sum of their shares."""
        self._put.append((columns, np.full(len(columns), column), shares))

    def of(self, model: Relaxation) -> Relaxation:
        """Put all into the model."""
        gone = np.array([column for _, columns, _ in self._put for column in columns[:1]], dtype=np.int64)
        stands = np.ones(self.width)
        stands[gone] = 0.0
        every = np.arange(self.width)
        new, for_it, share = _joined([*self._put, (every, every, stands)])
        put = sparse.csr_array((share, (for_it, new)), shape=(self.width, self.width))
        row, column, value = _joined([(model.row, model.column, model.value), *self._triples])
        matrix = sparse.csr_array((value, (row, column)), shape=(self.rows, self.width)) @ put
        places = sparse.coo_array(matrix)
        low, high = np.array(self._sides, dtype=np.float64).reshape(-1, 2).T
        more = np.zeros(self.width - len(model.cost))
        most = np.concatenate([model.high, *self._high])
        most[gone] = 0.0
        return replace(
            model,
            cost=np.asarray(put.T @ np.append(model.cost, more)), low=np.append(model.low, more), high=most,
            integer=np.append(model.integer, more > 0), grain=np.append(model.grain, more),
            row_names=(*model.row_names, *(f"facility[{number}]" for number in range(len(low)))),
            row_low=np.append(model.row_low, low), row_high=np.append(model.row_high, high),
            row=places.row.astype(np.int64), column=places.col.astype(np.int64), value=places.data,
        )  # fmt: skip


def _joined(parts: list[tuple[Ints, Ints, Floats]]) -> tuple[Ints, Ints, Floats]:
    row, column, value = (np.concatenate(one) for one in zip(*parts, strict=True))
    return row.astype(np.int64), column.astype(np.int64), value.astype(np.float64)


def _loosened(model: Relaxation, before: Relaxation) -> Relaxation:
    """Leave out what is implied where nothing can be short.

    Parameters
    ----------
    before : Relaxation
        Without locations: its rows of stock have what comes in as one column.
    """
    here = {name: number for number, name in enumerate(model.row_names)}
    stocks = _Stocks(before)
    row_low, low, high = model.row_low.copy(), model.low.copy(), model.high.copy()
    for echelon in model.echelons:
        if before.high[echelon.short].any() or before.high[echelon.forgone].any():
            continue
        row_low[[here[f"cover[{echelon.item},{t}]"] for t in range(len(echelon.net))]] = -INFINITY
        for kind in ("balance", "free"):
            stock = stocks.implied(kind, echelon)
            low[stock], high[stock] = -INFINITY, INFINITY
    return replace(model, row_low=row_low, low=low, high=high)


class _Stocks:
    """Rows of stock by bucket."""

    def __init__(self, model: Relaxation) -> None:
        self._model = model
        self._at = {name: number for number, name in enumerate(model.row_names)}
        shape = (len(model.row_low), len(model.cost))
        self._matrix = sparse.csr_array((model.value, (model.row, model.column)), shape=shape)

    def implied(self, kind: str, echelon: Echelon) -> Ints:
        """Columns of an item's stock that is never negative where `cover` holds; none where it might be."""
        size = len(echelon.net)
        rows = [self._at[f"{kind}[{echelon.item},{t}]"] for t in range(size)]
        table = sparse.coo_array(self._matrix[rows])
        carried = np.intersect1d(_with(table, 0, 1.0), _with(table, min(1, size - 1), -1.0))
        if len(carried) != 1:
            return np.zeros(0, dtype=np.int64)
        stock = carried[0] + np.arange(size)
        out = ~np.isin(table.col, stock) & (table.data > 0)
        most = table.data[out] * self._model.high[table.col[out]]
        leaves = np.bincount(table.row[out], weights=most, minlength=size) - self._model.row_high[rows]
        net = np.maximum(np.array([float(one) for one in echelon.net]), 0.0)
        found: Ints = stock if (np.cumsum(leaves) <= net + _ENOUGH).all() else stock[:0]
        return found


def _with(table: sparse.coo_array, row: int, value: float) -> Ints:
    """Columns with a coefficient in a row."""
    return np.asarray(table.col[(table.row == row) & (table.data == value)], dtype=np.int64)
