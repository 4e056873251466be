"""Safe lower bounds from dual multipliers, without any solver (Neumaier and Shcherbina 2004).

For any multipliers y, ``min c x`` over ``row_low <= A x <= row_high``, ``low <= x <= high`` is at least

    sum_i (y_i > 0 ? y_i * row_low_i : y_i * row_high_i) + sum_j min over [low_j, high_j] of (c - A'y)_j x_j

whatever y is: a poor y gives a poor bound, never a wrong one. The rows are rebuilt from the plant,
so nothing a solver or a plan file says is trusted. Every coefficient is the nearest floating-point
number to an exact rational, or a sum and product of a few; each operation below carries a bound
of its rounding error, and everything is rounded downward.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from capacityplan.demand.choice import fix, least_effect
from capacityplan.domain.plant import Plant
from capacityplan.units import round_down
from capacityplan.verify import unavoidable
from capacityplan.verify.relaxation import build
from capacityplan.verify.relaxation.arrays import Floats
from capacityplan.verify.relaxation.builder import Bools, Relaxation, extended
from capacityplan.verify.relaxation.rounding import rebuild

_UNIT = 2.0**-53
_SLACK = 16.0
"""Roundings that a stored coefficient may carry: conversion, and a handful of sums and products."""
_PLACES = 4


def evaluate(plant: Plant, multipliers: Mapping[str, float]) -> Fraction:
    """Derive a lower bound on the cost of every plan from multipliers of named rows.

    Parameters
    ----------
    plant : Plant
    multipliers : mapping of row name to float
        Rows of the plant's models, and cuts that their names rebuild (`relaxation.rounding`). Other
        names count for nothing; so do values that are not finite.

    Returns
    -------
    Fraction
        Rounded down to 4 decimals. At least what the time-free model proves with them.
    """
    return max(safe_bound(one, multipliers) for one in (build(plant), unavoidable.build(plant)))


@dataclass(frozen=True, slots=True)
class Derived:
    """What multipliers prove: a bound on every plan's cost, and what of it nothing can avoid."""

    bound: Fraction
    unavoidable: Fraction


def evaluate_chosen(plant: Plant, choices: Sequence[str], multipliers: Mapping[str, float]) -> Derived:
    """Derive lower bounds on the cost of every plan that makes these choices of proposals.

    The plant with the choices fixed is a plant like any other; the rest of the cost is at least
    `capacityplan.demand.choice.least_effect`.
    """
    fixed, effect = fix(plant, choices), least_effect(plant, choices)
    least = safe_bound(unavoidable.build(fixed), multipliers)
    found = max(safe_bound(build(fixed), multipliers), least)
    return Derived(round_down(found + effect, _PLACES), least + effect)


def safe_bound(relaxation: Relaxation, multipliers: Mapping[str, float]) -> Fraction:
    """Derive a lower bound from multipliers of a model's rows and of cuts."""
    echelons = {one.name: one for one in (*relaxation.views, *relaxation.echelons)}
    known = set(relaxation.row_names)
    cuts = [rebuild(echelons, name) for name in multipliers if name not in known]
    relaxation = extended(relaxation, [cut for cut in cuts if cut is not None])
    names = relaxation.row_names
    dual = np.array([float(multipliers.get(name, 0.0)) for name in names], dtype=np.float64)
    return safe_value(relaxation, dual)


@np.errstate(over="ignore", invalid="ignore")
def safe_value(relaxation: Relaxation, dual: Floats) -> Fraction:
    """Derive a lower bound from (rows,) dual multipliers, in the order of the rows.

    Multipliers too large to add up prove nothing: the least bound there is.
    """
    y = _usable(relaxation, dual)
    side = np.where(y > 0, relaxation.row_low, relaxation.row_high)
    products = np.where(y == 0, 0.0, y * np.where(y == 0, 0.0, side))
    row_terms = products - np.abs(products) * (_SLACK * _UNIT)
    reduced, error = _reduced(relaxation, y)
    column_terms = _least(reduced - error, reduced + error, relaxation.low, relaxation.high)
    column_terms -= np.abs(column_terms) * (4 * _UNIT)
    try:
        total = math.fsum([*row_terms.tolist(), *column_terms.tolist()])
    except (OverflowError, ValueError):  # the sum, or infinity less infinity
        return -relaxation.limit
    if not math.isfinite(total):
        return -relaxation.limit
    # fsum rounds once; two units in the last place are taken off for it.
    exact = Fraction(math.nextafter(math.nextafter(total, -math.inf), -math.inf))
    return round_down(min(exact, relaxation.limit), _PLACES)


def unused(relaxation: Relaxation, dual: Floats, ceiling: Fraction) -> Bools:
    """Columns that are 0 in every plan that costs at most a ceiling, by (rows,) dual multipliers.

    If such a column is not 0 it is at least its grain, and costs at least that many times its
    reduced cost on top of what the multipliers prove.
    """
    if ceiling >= relaxation.limit:
        return np.zeros(len(relaxation.cost), dtype=np.bool_)
    missing = float(ceiling - safe_value(relaxation, dual))
    reduced, error = _reduced(relaxation, _usable(relaxation, dual))
    worth = (reduced - error) * relaxation.grain * (1 - _SLACK * _UNIT)
    found: Bools = (relaxation.low == 0) & (worth > max(missing, 0.0) * (1 + _SLACK * _UNIT))
    return found


def _reduced(relaxation: Relaxation, y: Floats) -> tuple[Floats, Floats]:
    """Reduced costs, and by how much rounding may have them wrong."""
    size = len(relaxation.cost)
    parts = relaxation.value * y[relaxation.row]
    weights = np.bincount(relaxation.column, weights=parts, minlength=size)
    sizes = np.bincount(relaxation.column, weights=np.abs(parts), minlength=size)
    entries = np.bincount(relaxation.column, minlength=size)
    cost_size, cost_entries = _cost_sizes(relaxation)
    reduced = relaxation.cost - weights
    return reduced, (sizes + cost_size) * ((entries + cost_entries + _SLACK) * (2 * _UNIT))


def _usable(relaxation: Relaxation, dual: Floats) -> Floats:
    """Multipliers with those set to 0 that are not finite or pull at a side that a row lacks."""
    y = np.where(np.isfinite(dual), dual, 0.0)
    y = np.where((y > 0) & ~np.isfinite(relaxation.row_low), 0.0, y)
    return np.where((y < 0) & ~np.isfinite(relaxation.row_high), 0.0, y)


def _cost_sizes(relaxation: Relaxation) -> tuple[Floats, Floats]:
    """Sum of the sizes of the charges of each column, and their number."""
    size = len(relaxation.cost)
    total, count = np.zeros(size), np.zeros(size)
    for _, columns, money in relaxation.charges:
        total += np.bincount(columns, weights=np.abs(money), minlength=size)
        count += np.bincount(columns, minlength=size)
    return total, count


def _least(below: Floats, above: Floats, low: Floats, high: Floats) -> Floats:
    """Least of d * x for d in below .. above and x in low .. high."""
    corners = (below * low, below * high, above * low, above * high)
    return np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
