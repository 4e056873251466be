"""A linear model as plain arrays: named rows, bounded columns, money by ledger category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from capacityplan.verify.relaxation.arrays import Floats, Ints
from capacityplan.verify.relaxation.rounding import Cut, Echelon

Bools = npt.NDArray[np.bool_]
INFINITY = float("inf")
_OUTWARD = 1e-12
_NONE = Fraction(0)


class Relation(StrEnum):
    """How a family stands to its rule: only these two may be part of a bound."""

    EXACT = "exact"
    RELAXED = "relaxed"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A finished model: minimize ``cost @ x`` with ``row_low <= A x <= row_high``, ``low <= x <= high``.

    Attributes
    ----------
    cost, low, high : (columns,) float
        Money per unit; bounds, all finite.
    integer : (columns,) bool
        Columns that are whole in every plan.
    grain : (columns,) float
        What a column is at least in a plan in which it is not 0; 0 where nothing is known.
    row_names : tuple of str
    row_low, row_high : (rows,) float
    row, column : (entries,) int
    value : (entries,) float
        Coefficients as posted; those at equal places add up.
    charges : tuple of (category, columns, money)
        How ``cost`` is made up by ledger category.
    limit : Fraction
        The column bounds hold for plans that cost at most this: no bound may exceed it.
    echelons, views : tuple of Echelon
        What cuts can be made of (`rounding`, `views`).
    """

    cost: Floats
    low: Floats
    high: Floats
    integer: Bools
    grain: Floats
    row_names: tuple[str, ...]
    row_low: Floats
    row_high: Floats
    row: Ints
    column: Ints
    value: Floats
    charges: tuple[tuple[str, Ints, Floats], ...]
    limit: Fraction
    echelons: tuple[Echelon, ...] = ()
    views: tuple[Echelon, ...] = ()


def extended(model: Relaxation, cuts: Sequence[Cut]) -> Relaxation:
    """Add cuts as further rows."""
    if not cuts:
        return model
    counts = [len(cut.columns) for cut in cuts]
    first = len(model.row_low)
    return replace(
        model,
        row_names=(*model.row_names, *(cut.name for cut in cuts)),
        row_low=np.concatenate([model.row_low, [float(cut.low) for cut in cuts]]),
        row_high=np.concatenate([model.row_high, np.full(len(cuts), INFINITY)]),
        row=np.concatenate([model.row, np.repeat(np.arange(first, first + len(cuts)), counts)]),
        column=np.concatenate([model.column, *(np.array(cut.columns, dtype=np.int64) for cut in cuts)]),
        value=np.concatenate([model.value, *(_spread(cut.values) for cut in cuts)]),
    )


def without(model: Relaxation, names: Sequence[str]) -> Relaxation:
    """Leave out rows by name: a relaxation of it, with all columns."""
    kept = np.array([name.partition("[")[0] not in names for name in model.row_names], dtype=bool)
    place = np.cumsum(kept) - 1
    inside = kept[model.row]
    return replace(
        model,
        row_names=tuple(name for name, keep in zip(model.row_names, kept.tolist(), strict=True) if keep),
        row_low=model.row_low[kept],
        row_high=model.row_high[kept],
        row=place[model.row[inside]],
        column=model.column[inside],
        value=model.value[inside],
        echelons=(),
        views=(),
    )


class Builder:
    """Collects blocks of columns and rows, and coefficients between them."""

    def __init__(self) -> None:
        self._columns: list[tuple[Floats, Floats, Bools, Floats]] = []
        self._rows: list[tuple[Floats, Floats]] = []
        self._names: list[str] = []
        self._triples: list[tuple[Ints, Ints, Floats]] = []
        self._charges: dict[str, list[tuple[Ints, Floats]]] = {}
        self.column_count = 0
        self.row_count = 0

    def columns(
        self, count: int, high: Any, low: Any = 0, integer: bool = False, grain: Fraction = _NONE
    ) -> Ints:
        """Add columns; their bounds are widened by more than conversion to floating point can err.

        Raises
        ------
        ValueError
            If a bound is not finite: every column of a certified bound needs both.
        """
        lows, highs = _floats(low, count), _floats(high, count)
        if not (np.isfinite(lows).all() and np.isfinite(highs).all()):
            raise ValueError("a column of the relaxation has no finite bound")
        if not integer:
            lows, highs = lows - np.abs(lows) * _OUTWARD, highs + np.abs(highs) * _OUTWARD
        least = 1.0 if integer else float(grain) * (1 - _OUTWARD)
        self._columns.append((lows, highs, np.full(count, integer), np.full(count, least)))
        self.column_count += count
        return np.arange(self.column_count - count, self.column_count, dtype=np.int64)

    def rows(self, name: str, keys: Sequence[Any], low: Any = -INFINITY, high: Any = INFINITY) -> Ints:
        """Add rows ``low <= ... <= high`` named ``name[key]``."""
        count = len(keys)
        self._rows.append((_floats(low, count), _floats(high, count)))
        self._names += [f"{name}[{key}]" for key in keys]
        self.row_count += count
        return np.arange(self.row_count - count, self.row_count, dtype=np.int64)

    def post(self, rows: Any, columns: Any, values: Any) -> None:
        """Add coefficients; equal places add up."""
        row, column, value = np.broadcast_arrays(
            np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64), _spread(values)
        )
        self._triples.append((row.ravel(), column.ravel(), value.ravel()))

    def charge(self, category: str, columns: Any, money: Any) -> None:
        """Charge money per unit of columns to a ledger category."""
        column, value = np.broadcast_arrays(np.asarray(columns, dtype=np.int64), _spread(money))
        self._charges.setdefault(category, []).append((column.ravel(), value.ravel()))

    def relaxation(
        self, limit: Fraction, echelons: tuple[Echelon, ...] = (), views: tuple[Echelon, ...] = ()
    ) -> Relaxation:
        """Assemble the model."""
        low, high = _join([part[0] for part in self._columns]), _join([part[1] for part in self._columns])
        integer = np.concatenate([np.zeros(0, dtype=np.bool_), *(part[2] for part in self._columns)])
        cost = np.zeros(self.column_count)
        charges = []
        for category, parts in sorted(self._charges.items()):
            columns = np.concatenate([part[0] for part in parts])
            money = np.concatenate([part[1] for part in parts])
            np.add.at(cost, columns, money)
            charges.append((category, columns, money))
        none = np.zeros(0, dtype=np.int64)
        row = np.concatenate([none, *(part[0] for part in self._triples)])
        column = np.concatenate([none, *(part[1] for part in self._triples)])
        value = _join([part[2] for part in self._triples])
        return Relaxation(
            cost, low, high, integer, _join([part[3] for part in self._columns]), tuple(self._names),
            _join([part[0] for part in self._rows]), _join([part[1] for part in self._rows]),
            row, column, value, tuple(charges), limit, echelons, views,
        )  # fmt: skip


def _join(parts: list[Floats]) -> Floats:
    return np.concatenate([np.zeros(0), *parts])


def _spread(values: Any) -> Floats:
    if isinstance(values, np.ndarray):
        return values.astype(np.float64)
    if isinstance(values, (list, tuple)):
        return np.array([float(one) for one in values])
    return np.asarray(float(values))


def _floats(values: Any, count: int) -> Floats:
    return np.array(np.broadcast_to(_spread(values), (count,)), dtype=np.float64)
