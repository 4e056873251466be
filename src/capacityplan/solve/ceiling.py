"""The largest uplift that any plan can serve: HiGHS proposes multipliers, safe arithmetic proves it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from capacityplan.solve.linear import Linear, run
from capacityplan.solve.relaxed import engine
from capacityplan.verify.ceiling import Model, Question, build, highest
from capacityplan.verify.relaxation.arrays import Floats
from capacityplan.verify.relaxation.served import STEPS

_PRICED = 1e-7
"""Least price, in thousandths of the base for a unit or minute, that counts."""
_SLIGHT = 0.05
"""Share of the dearest constraint's gain below which one is not told."""
_PERCENT = 100
_ROWS = {
    "load": "resource", "pool": "resource", "lab": "resource", "supplier_week": "supplier_capacity",
    "storage": "storage",
}  # fmt: skip
"""Rows that are constraints of the plant, by the kind they are told as."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A constraint that the ceiling would be higher without.

    Attributes
    ----------
    kind : str
        ``resource``, ``supplier_capacity``, ``storage``; ``lead_time``: no purchase arrives sooner;
        ``lot``: no new lot is complete sooner.
    object : str
        Resource, supplier and item, storage, or item.
    first, last : int or None
        Buckets in which it counts; None where it is told by the week.
    gain : float
        What one percent more of it would add to the ceiling, at first, as a share of the base.
    """

    kind: str
    object: str
    first: int | None
    last: int | None
    gain: float


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What is proven of the uplifts that plans can serve.

    Attributes
    ----------
    uplift : Fraction or None
        No plan serves more (`capacityplan.verify.ceiling.evaluate` derives it from ``multipliers``); None: no
        limit below ``looked_at`` is proven.
    limits : tuple of Limit
        The dearest first, without those that hardly count.
    cost : Fraction
        It is said of plans that cost at most this (what other proposals cost and earn not counted).
    is_optimal : bool
        Whether the solver came to its end; else there was no time.
    """

    uplift: Fraction | None
    looked_at: Fraction
    limits: tuple[Limit, ...]
    multipliers: tuple[tuple[str, float], ...]
    cost: Fraction
    is_optimal: bool


def ceiling(question: Question, seconds: float) -> Ceiling:
    """Prove an uplift that no plan exceeds.

    Parameters
    ----------
    seconds : float
        Wall time for the solver.
    """
    model = build(question)
    deadline = time.monotonic() + seconds
    found = run(engine(model.relaxation, seconds), model.relaxation, deadline)
    uplift = highest(model, found.dual)
    names = model.relaxation.row_names
    multipliers = tuple((names[row], float(found.dual[row])) for row in np.flatnonzero(found.dual).tolist())
    is_below = uplift < model.most
    return Ceiling(
        uplift if is_below else None, model.most,
        _limits(model, found) if is_below else (), multipliers if is_below else (),
        model.limit, found.optimal,
    )  # fmt: skip


def _limits(model: Model, found: Linear) -> tuple[Limit, ...]:
    relaxation = model.relaxation
    parts = relaxation.value * found.dual[relaxation.row]
    weights = np.bincount(relaxation.column, weights=parts, minlength=len(relaxation.cost))
    reduced = relaxation.cost - weights
    rows = [*_scarce(model, found.dual, reduced), *_closed(model, found.values, reduced)]
    least = _SLIGHT * max((one.gain for one in rows), default=0.0)
    dear = [one for one in rows if one.gain >= least]
    return tuple(sorted(dear, key=lambda one: (-one.gain, one.kind, one.object)))


def _scarce(model: Model, dual: Floats, reduced: Floats) -> Iterator[Limit]:
    """Yield what is used up at a price: rows, and minutes of machines; those of an object together."""
    relaxation = model.relaxation
    known: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for row in np.flatnonzero(dual < -_PRICED).tolist():
        family, _, key = relaxation.row_names[row].partition("[")
        if family in _ROWS:
            name, _, bucket = key[:-1].rpartition(",")
            spent = -float(dual[row] * relaxation.row_high[row])
            known.setdefault((_ROWS[family], name), []).append((int(bucket), spent))
    for (name, _), columns in model.shared.worked.items():
        worth = -reduced[columns] * relaxation.high[columns]
        full = np.flatnonzero((reduced[columns] < -_PRICED) & (relaxation.high[columns] > 0))
        known.setdefault(("resource", name), []).extend((t, float(worth[t])) for t in full.tolist())
    for (kind, name), found in known.items():
        if found:
            at = [bucket for bucket, _ in found]
            by_week = kind == "supplier_capacity"
            gain = sum(worth for _, worth in found) / STEPS / _PERCENT
            yield Limit(kind, name, None if by_week else min(at), None if by_week else max(at), gain)


def _closed(model: Model, values: Floats, reduced: Floats) -> Iterator[Limit]:
    """Yield what would be bought or made sooner, if it could be."""
    blocks = [("lead_time", one.item, one.units) for one in model.shared.purchases]
    blocks += [
        ("lot", one.chain.item, one.units) for one in model.shared.steps if one.step is one.chain.steps[-1]
    ]
    known: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for kind, item, columns in blocks:
        closed = np.flatnonzero((model.relaxation.high[columns] == 0) & (reduced[columns] < -_PRICED))
        worth = -reduced[columns] * values[columns].sum()
        known.setdefault((kind, item), []).extend((t, float(worth[t])) for t in closed.tolist())
    for (kind, item), rows in known.items():
        if rows:
            at = [bucket for bucket, _ in rows]
            yield Limit(kind, item, min(at), max(at), max(worth for _, worth in rows) / STEPS / _PERCENT)
