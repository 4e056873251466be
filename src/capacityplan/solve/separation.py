"""Separation: the cuts of an echelon that a point of the relaxation breaks most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from capacityplan.verify.relaxation.arrays import Floats, Ints
from capacityplan.verify.relaxation.rounding import (
    Cut,
    Echelon,
    count_cut,
    setup_cut,
    spend_cut,
    stock_cut,
)
from capacityplan.verify.relaxation.spending import Basket, baskets

_BROKEN = 1e-4
"""Share of the net requirement by which a cut must be broken."""
_UNITS = 3
"""Most largest lots of an echelon that are units of rounding."""
_SPENDS = 8
"""Most spend cuts of an echelon in a round: what they lack is money, whatever their norm."""
_ENDS = 3
"""Windows of count cuts to the horizon's end for each unit, besides the longest."""
_NEVER = 1e30


@dataclass(frozen=True, slots=True)
class Found:
    """A broken cut, by how much, and how far the point is from it by its norm."""

    cut: Cut
    broken: float
    depth: float


@dataclass(frozen=True, slots=True)
class _Start:
    """A beginning of windows (`rounding`): its first bucket, whether stock counts, what was due by then."""

    first: int
    stocked: bool
    due: float
    floor: float


@dataclass(frozen=True, slots=True)
class _Windows:
    """(windows,) first and last buckets, what was due before, and what counts as asked for beyond it."""

    first: Ints
    last: Ints
    due: Floats
    floor: Floats


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
        largest = max([*echelon.net, Fraction(1)])
        self.units = [*largest_lots(echelon), Fraction(-(-largest // 1) + 1)]
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
        self.starts = self._starts()
        self.windows = self._windows()

    def _counted(self) -> Iterator[tuple[Ints, Ints, Floats]]:
        for place in range(self.most.shape[1]):
            yield _flat([
                [(column, Fraction(1)) for column in source.counts[place].columns]
                if place < len(source.counts) else []
                for source in self.echelon.sources
            ])  # fmt: skip

    def _starts(self) -> list[_Start]:
        """Ways to begin a window: with all that was supplied before a bucket, or with what is in stock then.

        The latter where more may have been drawn than had to be: both ask for the same otherwise.
        """
        found = [_Start(first, False, due, due) for first, due in enumerate(self.before.tolist())]
        for first, units in enumerate(self.echelon.drawn[:-1], start=1):
            due = float(units)
            if due > self.before[first] + _BROKEN:
                found.append(_Start(first, True, due, max(due, 0.0)))
        return found

    def _windows(self) -> _Windows:
        """Windows of setup cuts: from the first bucket on, and of stock."""
        starts = [_Start(0, False, 0.0, 0.0), *(one for one in self.starts if one.stocked)]
        pairs = [
            (place, last)
            for place, one in enumerate(starts)
            for last in range(one.first, self.size)
            if self.net[last] > one.floor
        ]
        place, last = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        first, due, floor = (
            np.array([getattr(one, name) for one in starts])[place] for name in ("first", "due", "floor")
        )
        return _Windows(first, last, due, floor)

    def stock(self, values: Floats) -> Floats:
        """Echelon stock by the end of each bucket."""
        return self._total(self.echelon.stock, values)

    def supplied(self, values: Floats) -> Floats:
        """What was supplied by the end of each bucket."""
        return self._total(self.echelon.supplied, values)

    def _total(self, blocks: tuple[Ints, ...], values: Floats) -> Floats:
        return sum((np.maximum(values[columns], 0) for columns in blocks), np.zeros(self.size))

    def states(self, values: Floats) -> tuple[Floats, Floats]:
        """States held at the beginning of every source's bucket, and changes in it."""
        held, changed = (self._summed(*flat, values) for flat in self._states)
        held[self.stateless] = changed[self.stateless] = _NEVER
        return held, changed

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


@dataclass(frozen=True, slots=True)
class _Window:
    """A window whose count cut a point breaks, by how many units and what share of the requirement."""

    start: _Start
    last: int
    unit: Fraction
    broken: float
    share: float


class Point:
    """A point of the relaxation seen by an echelon: the cuts that it breaks."""

    def __init__(self, separator: Separator, values: Floats) -> None:
        self._s = separator
        self._values = values
        self._supplied = separator.supplied(values)
        self._short = np.maximum(values[separator.echelon.short], 0)
        self._forgone = np.maximum(values[separator.echelon.forgone], 0)
        self._held, self._changed = (np.maximum(one, 0) for one in separator.states(values))
        quantity, counts = separator.quantities(values)
        self._quantity, self._counts = np.maximum(quantity, 0), np.maximum(counts, 0)
        self._owed = np.where(separator.before > 0, np.concatenate([[0.0], self._short[:-1]]), 0)
        self._stock_before = np.concatenate([[0.0], separator.stock(values)[:-1]])

    def deepest(self, kept: int) -> list[Found]:
        """Find broken cuts, at most so many, the deepest first."""
        found = [*self.setups(), *self.counts()]
        found.sort(key=lambda one: -one.depth)
        return found[:kept]

    def lacking(self) -> list[Found]:
        """Find broken cuts that matter whatever their norm: by money, and of whole lots over the horizon."""
        return [*sorted(self.spends(), key=lambda one: -one.broken)[:_SPENDS], *self.ends()]

    def setups(self) -> Iterator[Found]:
        """Broken setup and stock cuts: the cheapest choice by dynamic programming along each supply."""
        s, windows = self._s, self._s.windows
        if not len(windows.first):
            return
        letters = np.full((len(s.bucket), len(windows.first)), "0")
        left = self._stock_before[windows.first] + self._short[windows.last] + self._forgone[windows.last]
        for chain in s.chains:
            left += self._choose(chain, letters)
        need = s.net[windows.last] - windows.due
        broken = (need - left) / np.maximum(need, 1)
        for place in _deepest(windows, np.where(broken > _BROKEN, broken, 0.0)):
            first, last = int(windows.first[place]), int(windows.last[place])
            choice = "".join(letters[(s.bucket >= first) & (s.bucket <= last), place].tolist())
            cut = stock_cut(s.echelon, first, last, choice) if first else setup_cut(s.echelon, last, choice)
            yield from self._measured(cut)

    def _choose(self, chain: Ints, letters: Any) -> Floats:
        """Choose for the sources of a supply; return what they come to in the row of each window."""
        s, windows = self._s, self._s.windows
        bucket = s.bucket[chain]
        within = (bucket[:, None] >= windows.first[None, :]) & (bucket[:, None] <= windows.last[None, :])
        before = s.before[bucket]
        owed = np.where(before[:, None] > windows.floor[None, :], self._owed[bucket][:, None], 0.0)
        counted = np.maximum(before[:, None], windows.due[None, :])
        share = np.where(within, np.maximum(s.net[windows.last][None, :] - counted, 0), 0.0)
        ahead = np.maximum.accumulate(share[::-1], axis=0)[::-1]
        best, count = self._counts[chain].min(axis=1), self._counts[chain].argmin(axis=1)
        size = len(chain)
        out, inside = np.zeros(len(windows.first)), np.full(len(windows.first), np.inf)
        took = np.zeros((size, len(windows.first)), dtype=np.int8)
        began = np.zeros((size, len(windows.first)), dtype=bool)
        for k in range(size):
            entered = np.minimum(out, inside)
            quantity = self._quantity[chain[k]]
            counts = share[k] * best[k] + owed[k] if best[k] < _NEVER else np.full(len(out), np.inf)
            first = out + ahead[k] * (self._held[chain[k]] + self._changed[chain[k]]) + owed[k]
            onward = inside + ahead[k] * self._changed[chain[k]] + owed[k]
            began[k] = first <= onward
            took[k] = np.where(counts < quantity, 1, 0) + np.where(inside < out, 2, 0)
            inside = np.where(within[k], np.minimum(first, onward), inside)
            out = np.where(within[k], entered + np.minimum(counts, quantity), out)
        self._trace(chain, within, letters, (took, began, count, inside < out))
        return np.asarray(np.minimum(out, inside))

    def _trace(self, chain: Ints, within: Any, letters: Any, taken: tuple[Any, Any, Any, Any]) -> None:
        """Follow the choices back from the last source."""
        took, began, count, at = taken
        for k in range(len(chain) - 1, -1, -1):
            here = np.where(at, np.where(began[k], "s", "c"), np.where(took[k] & 1, str(count[k] + 1), "0"))
            letters[chain[k]] = np.where(within[k], here, letters[chain[k]])
            # A block's first source follows what was outside; outside follows the cheaper of both.
            before = np.where(at, ~began[k], (took[k] & 2) > 0)
            at = np.where(within[k], before, at)

    def counts(self) -> Iterator[Found]:
        """Broken count cuts, the deepest of every last bucket."""
        best: dict[int, _Window] = {}
        for one in self._windows:
            if one.last not in best or one.share > best[one.last].share:
                best[one.last] = one
        for one in best.values():
            yield from self._count_cut(one.start, one.last, one.unit)

    def ends(self) -> Iterator[Found]:
        """Broken count cuts to the horizon's end, for every unit the longest and those that lack most.

        What part of a lot costs, or what is lost for want of it, is little beside all that is made, but
        no shorter window tells of it.
        """
        last, whole = self._s.size - 1, self._s.starts[0]
        for unit in self._s.units:
            found = [one for one in self._windows if one.last == last and one.unit == unit]
            for one in sorted(found, key=lambda one: -one.broken)[:_ENDS]:
                yield from self._count_cut(one.start, last, unit)
            if found:
                yield from self._count_cut(whole, last, unit)
                yield from self._count_cut(whole, last, unit, lots_only=True)

    @cached_property
    def _windows(self) -> list[_Window]:
        """Windows whose count cut is broken; none where a view sees the echelon."""
        if self._s.echelon.view:
            return []
        return [
            one for unit in self._s.units for start in self._s.starts for one in self._broken(start, unit)
        ]

    def _count_cut(
        self, start: _Start, last: int, unit: Fraction, lots_only: bool = False
    ) -> Iterator[Found]:
        """Build the count cut of a window, with the cheapest of quantity and counts of every source.

        Of lots only: what other counts are for a while is not what they stay at.
        """
        cost, place, inside = self._costs(start, last, float(unit), lots_only)
        use = cost < self._quantity
        choice = "".join(str(place[i] + 1) if use[i] else "0" for i in np.flatnonzero(inside))
        yield from self._measured(count_cut(self._s.echelon, start.first, last, unit, choice, start.stocked))

    def _entering(self, start: _Start) -> float:
        """What there is when a window begins, beyond what was due."""
        first = start.first
        if start.stocked:
            return float(self._stock_before[first])
        supplied = self._supplied[first - 1] if first else 0.0
        return max(float(supplied + self._owed[first] - start.due), 0.0)

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
        first = np.array([start.first for start in s.starts])
        due = np.array([start.due for start in s.starts])
        entering = np.array([self._entering(start) for start in s.starts])
        for last in range(s.size):
            more = entering + self._short[last] + self._forgone[last]
            least, rate = _least_costs(s.baskets, s.net[last] - due)
            missing = least - rate * more - (by_then[last + 1] - by_then[np.minimum(first, last + 1)])
            missing[first > last] = -np.inf
            best = int(missing.argmax())
            if missing[best] > _BROKEN * max(by_then[-1], 1):
                start = s.starts[best]
                yield from self._measured(spend_cut(s.echelon, start.first, last, start.stocked))

    def _broken(self, start: _Start, rounded: Fraction) -> Iterator[_Window]:
        """Windows with a beginning whose cut, in units of ``rounded``, is broken."""
        s, first, unit = self._s, start.first, float(rounded)
        lasts = np.arange(first, s.size)
        need = s.net[first:] - start.due
        whole = np.ceil(need / unit - 1e-9)
        part = need / unit - (whole - 1)
        worth = unit * part * whole - self._entering(start) - self._short[first:] - self._forgone[first:]
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
                yield _Window(start, int(lasts[at]), rounded, broken, broken / need[at])

    def _costs(
        self, start: _Start, last: int, unit: float, lots_only: bool = False
    ) -> tuple[Floats, Ints, Any]:
        s = self._s
        need = s.net[last] - start.due
        whole = np.ceil(need / unit - 1e-9)
        part = need / unit - (whole - 1)
        cost = _rounded(s.most, unit, part, whole) * self._counts * unit * part
        if lots_only:
            cost = np.where(np.isfinite(s.most), cost, np.inf)
        inside = (s.bucket >= start.first) & (s.bucket <= last)
        return cost.min(axis=1), cost.argmin(axis=1), inside

    def _measured(self, cut: Cut | None) -> Iterator[Found]:
        if cut is None:
            return
        values = np.array([float(one) for one in cut.values])
        broken = float(cut.low) - float(values @ self._values[list(cut.columns)])
        norm = float(np.sqrt((values * values).sum()))
        if broken > 0 and norm > 0:
            yield Found(cut, broken, broken / norm)


def largest_lots(echelon: Echelon) -> list[Fraction]:
    """What a lot or an order brings at most, the largest first: some of all that sources state."""
    finite = {count.most for source in echelon.sources for count in source.counts if count.most is not None}
    return sorted(finite, reverse=True)[:_UNITS]


def _deepest(windows: _Windows, broken: Floats) -> list[int]:
    """Windows that are broken most of all with an equal last bucket, and with an equal first one."""
    order = np.argsort(-broken, kind="stable")
    found: set[int] = set()
    for bucket in (windows.first, windows.last):
        _, places = np.unique(bucket[order], return_index=True)
        found |= {int(place) for place in order[places] if broken[place] > 0}
    return sorted(found)


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
