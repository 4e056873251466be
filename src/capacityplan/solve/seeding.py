"""Cuts to begin with: those that each item's lot sizes alone would need, whatever else is on the machines.

A large relaxation takes long to solve once it has cuts, so rounds that find them one by one are few. By
itself, with echelon holding costs and all windows of buckets as inequalities (Pochet and Wolsey 1994),
an item is a linear program of some dozen columns (no backlog, no capacity) with whole lots at its
optimum; the windows that have a multiplier in it are where the relaxation will need its setup cuts.
Costs only decide which cuts these are: every cut holds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import highspy
import numpy as np

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.solve.separation import largest_lots
from capacityplan.verify.relaxation.arrays import Floats
from capacityplan.verify.relaxation.builder import Relaxation
from capacityplan.verify.relaxation.rounding import (
    Cut,
    Echelon,
    Source,
    before,
    count_cut,
    setup_cut,
    stock_cut,
)

_WINDOWS = 1500
"""Most windows of an item: with many buckets only the shorter ones."""
_NEEDED = 1e-7
_FREE = 1e-6
"""Money for a lot below which it counts as costing nothing."""


def seeds(plant: Plant, model: Relaxation, until: float = math.inf) -> Iterator[Cut]:
    """Setup and stock cuts of every echelon that lots would need if its item were alone.

    Parameters
    ----------
    until : float
        Monotonic instant after which no more items are looked at.
    """
    days = Timeline.of(plant).days.astype(float)
    rates = _echelon_rates(plant)
    for echelon in model.echelons:
        rate = rates.get(echelon.item, 0.0)
        if time.monotonic() > until:
            return
        if rate <= 0:
            continue
        costs, letters = _lots(model, echelon)
        drawn = _drawn(echelon)
        for first, last in _windows(_needs(echelon), drawn, costs, rate * days):
            stocked = first > 0 and drawn[first] > before(echelon, first)
            begin = first if stocked else 0
            inside = [
                letters[number] if first <= source.bucket else "0"
                for number, source in enumerate(echelon.sources)
                if begin <= source.bucket <= last
            ]
            choice = "".join(inside)
            cut = stock_cut(echelon, first, last, choice) if stocked else setup_cut(echelon, last, choice)
            if cut is not None:
                yield cut


def whole_lots(model: Relaxation) -> Iterator[Cut]:
    """Count cuts of every echelon's lots over the whole horizon, for every largest lot."""
    for echelon in model.echelons:
        letters = [
            next((str(number) for number, one in enumerate(source.counts, start=1) if one.most), "0")
            for source in echelon.sources
        ]
        for unit in largest_lots(echelon):
            cut = count_cut(echelon, 0, len(echelon.net) - 1, unit, "".join(letters))
            if cut is not None:
                yield cut


def _echelon_rates(plant: Plant) -> dict[str, float]:
    """Money per unit and day in stock, less what its components cost there: the least of the bills."""
    lookup = Lookup(plant)
    rates = {row.item: float(lookup.holding_rate(row.item)) for row in plant.items}
    below: dict[tuple[str, str], float] = {}
    for (item, version, _), lines in lookup.components.items():
        content = sum(float(line.quantity / line.per_quantity) * rates[line.component] for line in lines)
        below[item, version] = below.get((item, version), 0.0) + content
    found = dict(rates)
    for (item, _), content in below.items():
        found[item] = min(found[item], rates[item] - content)
    return found


def _needs(echelon: Echelon) -> Floats:
    """Net requirement by the end of each bucket, never falling."""
    return np.maximum.accumulate(np.maximum([float(one) for one in echelon.net], 0.0))


def _drawn(echelon: Echelon) -> Floats:
    """What may have been drawn before each bucket, no less than what is needed by then."""
    need = np.concatenate([[0.0], _needs(echelon)[:-1]])
    if not echelon.drawn:
        return need
    return np.asarray(np.maximum(need, [0.0, *(float(one) for one in echelon.drawn[:-1])]))


def _lots(model: Relaxation, echelon: Echelon) -> tuple[Floats, list[str]]:
    """Least money for a lot that is released in a bucket (none: infinite); the letter of each source."""
    costs, letters = np.full(len(echelon.net), np.inf), []
    for source in echelon.sources:
        cost, letter = _counted(model, source)
        letters.append(letter)
        costs[source.bucket] = min(costs[source.bucket], cost)
    return costs, letters


def _counted(model: Relaxation, source: Source) -> tuple[float, str]:
    """Money for a lot or an order of a source, and the letter of the count that costs most."""
    if not source.counts:
        return 0.0, "0"
    money = [float(min(model.cost[column] for column in count.columns)) for count in source.counts]
    dearest = int(np.argmax(money))
    return money[dearest], str(dearest + 1)


def _windows(need: Floats, drawn: Floats, costs: Floats, held: Floats) -> list[tuple[int, int]]:
    """Windows of buckets whose inequalities have a multiplier where an item is alone.

    With lots y, stock s and U = drawn[k], of a window k .. l:
    ``s[k - 1] + sum over u in k .. l of (need[l] - max(need[u - 1], U)) y[u] >= need[l] - U``.
    """
    size = len(need)
    earlier = np.concatenate([[0.0], need[:-1]])
    usable = np.isfinite(costs)
    if not (costs[usable] > _FREE).any():
        return []
    # What is needed before anything can come is short whatever the lots are.
    rising = np.flatnonzero((need > earlier) & (np.cumsum(usable) > 0))
    longest = _WINDOWS // max(len(rising), 1)
    windows = [
        (first, last)
        for last in rising.tolist()
        for first in range(max(last - longest, 0), last + 1)
        if need[last] > drawn[first]
    ]
    rows: list[tuple[list[int], list[float]]] = []
    for first, last in windows:
        inside = np.flatnonzero(usable[first : last + 1]) + first
        columns = inside.tolist() + ([size + first - 1] if first else [])
        share = np.maximum(need[last] - np.maximum(earlier[inside], drawn[first]), 0.0)
        rows.append((columns, share.tolist() + ([1.0] if first else [])))
    dual = _duals(
        np.concatenate([np.where(usable, costs, 0.0), held]),
        rows,
        np.array([need[last] - drawn[first] for first, last in windows]),
    )
    return [window for window, value in zip(windows, dual.tolist(), strict=True) if value > _NEEDED]


def _duals(cost: Floats, rows: list[tuple[list[int], list[float]]], low: Floats) -> Floats:
    """Multipliers of rows >= low over columns >= 0."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    begin = np.cumsum([0, *(len(columns) for columns, _ in rows)]).astype(np.int32)
    index = np.array([column for columns, _ in rows for column in columns], dtype=np.int32)
    value = np.array([one for _, values in rows for one in values], dtype=np.float64)
    highs.passModel(
        len(cost), len(rows), len(value), int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMinimize),
        0.0, cost, np.zeros(len(cost)), np.full(len(cost), highspy.kHighsInf), low,
        np.full(len(rows), highspy.kHighsInf), begin[:-1], index, value, np.zeros(len(cost), dtype=np.int32),
    )  # fmt: skip
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return np.zeros(len(rows))
    return np.array(highs.getSolution().row_dual, dtype=np.float64)
