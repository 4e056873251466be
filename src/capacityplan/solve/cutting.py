"""Separation: the cuts of every echelon that a point of the relaxation breaks most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import highspy
import numpy as np

from capacityplan.verify.relaxation.arrays import Floats, Ints
from capacityplan.verify.relaxation.builder import Relaxation, extended
from capacityplan.verify.relaxation.rounding import Cut, Echelon, count_cut, setup_cut, spend_cut
from capacityplan.verify.relaxation.spending import Basket, baskets

_BROKEN = 1e-4
"""Share of the net requirement by which a cut must be broken."""
_UNITS = 4
"""Most units of rounding tried for an echelon."""
_EACH, _ROUND = 60, 3000
"""Most cuts of an echelon and of all in a round, besides spend cuts."""
_SPENDS = 8
"""Most spend cuts of an echelon in a round: what they lack is money, whatever their norm."""
_IDLE, _KEPT = 1e-7, 3
"""A cut without a multiplier is kept for so many rounds."""
_NEVER = 1e30


class Cutting:
    """A linear relaxation that is cut in rounds: cuts that a solution does not need are dropped again.

    Parameters
    ----------
    model : Relaxation
    engine : highspy.Highs
        Its linear relaxation, solved.
    """

    def __init__(self, model: Relaxation, engine: highspy.Highs) -> None:
        self._model, self.engine = model, engine
        self._separators = [Separator(one) for one in model.echelons]
        self._cuts: list[Cut] = []
        self._rounds = np.zeros(0, dtype=np.int64)

    @property
    def extended(self) -> Relaxation:
        """The model with its cuts, rows in the order of the engine."""
        return extended(self._model, self._cuts)

    def add(self) -> int:
        """Drop cuts without a multiplier, add those that the engine's solution breaks; return how many."""
        solution = self.engine.getSolution()
        values = np.array(solution.col_value, dtype=np.float64)
        self._drop(np.array(solution.row_dual, dtype=np.float64))
        kept = {cut.name for cut in self._cuts}
        broken = (one for each in self._separators for one in each.find(values, _EACH))
        found = [one for one in broken if one.cut.name not in kept]
        found.sort(key=lambda one: (-one.depth, one.cut.name))
        spends = (one for each in self._separators for one in each.spends(values))
        cuts = [one.cut for one in spends if one.cut.name not in kept]
        cuts += [one.cut for one in found[:_ROUND]]
        return self.place(cuts)

    def place(self, cuts: list[Cut]) -> int:
        """Add cuts; return how many."""
        if not cuts:
            return 0
        begin = np.cumsum([0, *(len(cut.columns) for cut in cuts[:-1])])
        columns = np.concatenate([np.array(cut.columns) for cut in cuts])
        values = np.concatenate([np.array([float(one) for one in cut.values]) for cut in cuts])
        self.engine.addRows(
            len(cuts), np.array([float(cut.low) for cut in cuts]), np.full(len(cuts), highspy.kHighsInf),
            len(columns), begin.astype(np.int32), columns.astype(np.int32), values,
        )  # fmt: skip
        self._cuts += cuts
        self._rounds = np.concatenate([self._rounds, np.zeros(len(cuts), dtype=np.int64)])
        return len(cuts)

    def _drop(self, dual: Floats) -> None:
        first = len(self._model.row_low)
        needed = np.abs(dual[first:]) >= _IDLE
        self._rounds = np.where(needed, 0, self._rounds + 1)
        idle = np.flatnonzero(self._rounds > _KEPT)
        if len(idle):
            self.engine.deleteRows(len(idle), (idle + first).astype(np.int32))
            gone = set(idle.tolist())
            self._cuts = [cut for number, cut in enumerate(self._cuts) if number not in gone]
            self._rounds = np.delete(self._rounds, idle)


@dataclass(frozen=True, slots=True)
class Found:
    """A broken cut, by how much, and how far the point is from it by its norm."""

    cut: Cut
    broken: float
    depth: float


class Separator:
    """What separation needs of an echelon, as arrays.

    Attributes
    ----------
    bucket : (sources,) int
    most : (sources, counts) float
        Infinite where a count has no most; ``_NEVER`` marks counts that a source lacks.
    """

    def __init__(self, echelon: Echelon) -> None:
        self.echelon = echelon
        self.net = np.array([float(one) for one in echelon.net])
        self.size = len(self.net)
        sources = echelon.sources
        self.bucket = np.array([source.bucket for source in sources], dtype=np.int64)
        width = max((len(source.counts) for source in sources), default=0)
        self.most = np.full((len(sources), max(width, 1)), -1.0)
        for row, source in enumerate(sources):
            for place, count in enumerate(source.counts):
                self.most[row, place] = np.inf if count.most is None else float(count.most)
        self.missing = self.most < 0
        self.most[self.missing] = np.inf
        finite = {count.most for source in sources for count in source.counts if count.most is not None}
        largest = max([*echelon.net, Fraction(1)])
        self.units = [*sorted(finite, reverse=True)[: _UNITS - 1], Fraction(-(-largest // 1) + 1)]
        self._terms = [_flat([source.terms for source in sources]), *self._counted()]
        one = Fraction(1)
        self._states = [
            _flat([[(column, one) for column in columns] for columns in kind])
            for kind in ([source.held for source in sources], [source.changes for source in sources])
        ]
        self.stateless = np.array([not source.changes for source in sources], dtype=bool)
        self.chains = _chains(echelon)
        self.before = np.maximum(np.concatenate([[0.0], self.net[:-1]]), 0)
        self.baskets = baskets(echelon.offers)

    def _counted(self) -> Iterator[tuple[Ints, Ints, Floats]]:
        for place in range(self.most.shape[1]):
            yield _flat([
                [(column, Fraction(1)) for column in source.counts[place].columns]
                if place < len(source.counts) else []
                for source in self.echelon.sources
            ])  # fmt: skip

    def states(self, values: Floats) -> tuple[Floats, Floats]:
        """States held at the beginning of every source's bucket, and changes in it."""
        held, changed = (self._summed(*flat, values) for flat in self._states)
        held[self.stateless] = changed[self.stateless] = _NEVER
        return held, changed

    def find(self, values: Floats, kept: int) -> list[Found]:
        """Find broken cuts at a point, at most so many, the deepest first."""
        point = _Point(self, values)
        found = [*point.setups(), *point.counts()]
        found.sort(key=lambda one: -one.depth)
        return found[:kept]

    def spends(self, values: Floats) -> list[Found]:
        """Find the spend cuts that most money is lacking in."""
        return sorted(_Point(self, values).spends(), key=lambda one: -one.broken)[:_SPENDS]

    def _summed(self, rows: Ints, columns: Ints, shares: Floats, values: Floats) -> Floats:
        found = np.zeros(len(self.bucket))
        np.add.at(found, rows, values[columns] * shares)
        return found

    def quantities(self, values: Floats) -> tuple[Floats, Floats]:
        """Quantity of every source, and its counts."""
        sums = [self._summed(*flat, values) for flat in self._terms]
        counts = np.stack(sums[1:], axis=1)
        counts[self.missing] = _NEVER
        return sums[0], counts


class _Point:
    """A point of the relaxation seen by an echelon."""

    def __init__(self, separator: Separator, values: Floats) -> None:
        self._s = separator
        self._values = values
        self._supplied = np.maximum(values[separator.echelon.supplied], 0)
        self._short = np.maximum(values[separator.echelon.short], 0)
        self._forgone = np.maximum(values[separator.echelon.forgone], 0)
        self._held, self._changed = (np.maximum(one, 0) for one in separator.states(values))
        quantity, counts = separator.quantities(values)
        self._quantity, self._counts = np.maximum(quantity, 0), np.maximum(counts, 0)
        self._owed = np.where(separator.before > 0, np.concatenate([[0.0], self._short[:-1]]), 0)

    def setups(self) -> Iterator[Found]:
        """Broken setup cuts, one a bucket: the cheapest choice by dynamic programming along each supply."""
        s = self._s
        lasts = np.flatnonzero(s.net > 0)
        if not len(lasts):
            return
        letters = np.full((len(s.bucket), len(lasts)), "0")
        left = self._supplied[lasts] + self._short[lasts] + self._forgone[lasts]
        for chain in s.chains:
            left -= self._choose(chain, lasts, letters)
        for place in np.flatnonzero(s.net[lasts] - left > _BROKEN * np.maximum(s.net[lasts], 1)).tolist():
            last = int(lasts[place])
            choice = "".join(letters[s.bucket <= last, place].tolist())
            yield from self._measured(setup_cut(s.echelon, last, choice))

    def _choose(self, chain: Ints, lasts: Ints, letters: Any) -> Floats:
        """Choose for the sources of a supply; return by how much that lowers the row, by last bucket."""
        s = self._s
        bucket = s.bucket[chain]
        before, owed = s.before[bucket], self._owed[bucket]
        share = np.maximum(s.net[lasts][None, :] - before[:, None], 0)
        share[bucket[:, None] > lasts[None, :]] = 0
        ahead = np.maximum.accumulate(share[::-1], axis=0)[::-1]
        best, count = self._counts[chain].min(axis=1), self._counts[chain].argmin(axis=1)
        size = len(chain)
        out, inside = np.zeros(len(lasts)), np.full(len(lasts), np.inf)
        took = np.zeros((size, len(lasts)), dtype=np.int8)
        began = np.zeros((size, len(lasts)), dtype=bool)
        for k in range(size):
            entered = np.minimum(out, inside)
            quantity, counted = self._quantity[chain[k]], share[k] * best[k] + owed[k]
            counted = np.where(best[k] < _NEVER, counted, np.inf)
            first = out + ahead[k] * (self._held[chain[k]] + self._changed[chain[k]]) + owed[k]
            onward = inside + ahead[k] * self._changed[chain[k]] + owed[k]
            began[k] = first <= onward
            took[k] = np.where(counted < quantity, 1, 0) + np.where(inside < out, 2, 0)
            within = bucket[k] <= lasts
            inside = np.where(within, np.minimum(first, onward), inside)
            out = np.where(within, entered + np.minimum(counted, quantity), out)
        self._trace(chain, lasts, letters, (took, began, count, inside < out))
        total = np.array([self._quantity[chain[bucket <= last]].sum() for last in lasts])
        return np.asarray(total - np.minimum(out, inside))

    def _trace(self, chain: Ints, lasts: Ints, letters: Any, taken: tuple[Any, Any, Any, Any]) -> None:
        """Follow the choices back from the last source."""
        took, began, count, at = taken
        bucket = self._s.bucket[chain]
        for k in range(len(chain) - 1, -1, -1):
            within = bucket[k] <= lasts
            here = np.where(at, np.where(began[k], "s", "c"), np.where(took[k] & 1, str(count[k] + 1), "0"))
            letters[chain[k]] = np.where(within, here, letters[chain[k]])
            # A block's first source follows what was outside; outside follows the cheaper of both.
            before = np.where(at, ~began[k], (took[k] & 2) > 0)
            at = np.where(within, before, at)

    def counts(self) -> Iterator[Found]:
        """Broken count cuts, the deepest of every last bucket."""
        best: dict[int, tuple[float, int, Fraction]] = {}
        for unit in self._s.units:
            for first in range(self._s.size):
                for last, depth in self._windows(first, float(unit)):
                    if depth > best.get(last, (0.0,))[0]:
                        best[last] = (depth, first, unit)
        for last, (_, first, unit) in best.items():
            cost, place, inside = self._costs(first, last, float(unit))
            use = cost < self._quantity
            letters = [str(place[i] + 1) if use[i] else "0" for i in np.flatnonzero(inside)]
            yield from self._measured(count_cut(self._s.echelon, first, last, unit, "".join(letters)))

    def _entering(self, first: int) -> float:
        supplied = self._supplied[first - 1] if first else 0.0
        return max(float(supplied + self._owed[first] - self._s.before[first]), 0.0)

    def spends(self) -> Iterator[Found]:
        """Broken spend cuts, the deepest of every last bucket."""
        s = self._s
        if not s.baskets:
            return
        spent = np.zeros(s.size)
        for offer in s.echelon.offers:
            for bucket, units, orders in offer.columns:
                money = self._values[units] * float(offer.price * offer.share)
                spent[bucket] += money + self._values[orders] * float(offer.cost)
        by_then = np.concatenate([[0.0], np.cumsum(spent)])
        entering = np.array([self._entering(first) for first in range(s.size)])
        for last in range(s.size):
            need = s.net[last] - s.before[: last + 1]
            more = entering[: last + 1] + self._short[last] + self._forgone[last]
            least, rate = _least_costs(s.baskets, need)
            missing = least - rate * more - (by_then[last + 1] - by_then[: last + 1])
            first = int(missing.argmax())
            if missing[first] > _BROKEN * max(by_then[-1], 1):
                yield from self._measured(spend_cut(s.echelon, first, last))

    def _windows(self, first: int, unit: float) -> Iterator[tuple[int, float]]:
        """Last buckets with a broken cut, and by what share of the requirement."""
        s = self._s
        before = s.before[first]
        entering = self._entering(first)
        lasts = np.arange(first, s.size)
        need = s.net[first:] - before
        whole = np.ceil(need / unit - 1e-9)
        part = need / unit - (whole - 1)
        worth = unit * part * whole - entering - self._short[first:] - self._forgone[first:]
        keep = (need > 0) & (part < 1 - 1e-6) & (part > 1e-6) & (worth > 0)
        if not keep.any():
            return
        inside = s.bucket >= first
        bucket, most = s.bucket[inside], s.most[inside]
        quantity, counts = self._quantity[inside], self._counts[inside]
        for at in np.flatnonzero(keep).tolist():
            cost = np.minimum(
                (_rounded(most, unit, part[at], whole[at]) * counts).min(axis=1) * unit * part[at], quantity
            )
            broken = worth[at] - cost[bucket <= lasts[at]].sum()
            if broken > _BROKEN * max(need[at], 1):
                yield int(lasts[at]), broken / need[at]

    def _costs(self, first: int, last: int, unit: float) -> tuple[Floats, Ints, Any]:
        s = self._s
        need = s.net[last] - s.before[first]
        whole = np.ceil(need / unit - 1e-9)
        part = need / unit - (whole - 1)
        cost = _rounded(s.most, unit, part, whole) * self._counts * unit * part
        inside = (s.bucket >= first) & (s.bucket <= last)
        return cost.min(axis=1), cost.argmin(axis=1), inside

    def _measured(self, cut: Cut | None) -> Iterator[Found]:
        if cut is None:
            return
        values = np.array([float(one) for one in cut.values])
        broken = float(cut.low) - float(values @ self._values[list(cut.columns)])
        norm = float(np.sqrt((values * values).sum()))
        if broken > 0 and norm > 0:
            yield Found(cut, broken, broken / norm)


def _least_costs(sets: tuple[Basket, ...], need: Floats) -> tuple[Floats, Floats]:
    """Least money for needs, and for a unit less (`spending.least_cost`, `spending.slope`)."""
    wanted = np.maximum(need, 1e-9)
    found = np.full(len(need), np.inf)
    for one in sets:
        found = np.minimum(found, float(one.base) + float(one.price) * _steps(one, wanted))
    rate = found / wanted
    for one in sets:
        price, step = float(one.price), float(one.step)
        more = wanted - float(one.brought)
        part = more - (_steps(one, wanted) - step) if step else np.ones(len(need))
        steep = price * step / np.maximum(part, 1e-9) if step else np.full(len(need), price)
        rate = np.where((more > 0) & (float(one.base) <= found), np.maximum(rate, steep), rate)
    return np.where(need > 0, found, 0.0), np.where(need > 0, rate, 0.0)


def _steps(one: Basket, need: Floats) -> Floats:
    """What is needed beyond what a basket brings, in whole steps."""
    more, step = np.maximum(need - float(one.brought), 0), float(one.step)
    return np.ceil(more / step - 1e-9) * step if step else more


def _rounded(most: Floats, unit: float, part: float, whole: float) -> Floats:
    ratio = np.where(np.isfinite(most), most, 0) / unit
    floor = np.floor(ratio + 1e-12)
    found = np.minimum(floor + np.minimum(1.0, (ratio - floor) / part), whole)
    return np.where(np.isfinite(most), found, whole)


def _chains(echelon: Echelon) -> list[Ints]:
    """Sources by supply, in the order of completion: those with setup states, and each other alone."""
    found: list[list[int]] = []
    at: dict[int, int] = {}
    for number, source in enumerate(echelon.sources):
        if source.follows is None:
            at[number] = len(found)
            found.append([number])
        else:
            at[number] = at[source.follows]
            found[at[number]].append(number)
    return [np.array(one, dtype=np.int64) for one in found]


def _flat(blocks: list) -> tuple[Ints, Ints, Floats]:  # type: ignore[type-arg]
    rows = [row for row, block in enumerate(blocks) for _ in block]
    columns = [column for block in blocks for column, _ in block]
    shares = [float(share) for block in blocks for _, share in block]
    return np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64), np.array(shares)
