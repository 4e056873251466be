"""Fix and optimize: part of the lots and orders is decided anew, everything else stands.

After Helber and Sahling 2010. Neighbourhoods are cut around what is overfull, short, late or lost, by
resource, by a stretch of time, by an item with its components, by what a linear program would change and
at random; which kind comes next depends on what it has gained per second, how large it is on how hard the
last one was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from capacityplan.formulate.builder import Bools, Floats, Ints, Model
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.solve.highs import Effort, Linear, solve_mixed
from capacityplan.solve.lots_budget import Budget
from capacityplan.solve.lots_parts import Parts
from capacityplan.solve.lots_search import Links
from capacityplan.solve.lots_single import Singles
from capacityplan.solve.lots_slices import Slices
from capacityplan.solve.lots_steps import amounts, numbers

_SECONDS, _SHARE = 2.0, 0.03
"""Time of one neighbourhood at least, and as a share of what is left."""
_SINGLES_SHARE = 0.2
"""Share of the time left that changes of single whole numbers may take at a time."""
_WIDE, _LONG = 3.0, 5.0
"""Times as long for neighbourhoods in which all amounts are free, and for those of which a linear program
promises much."""
_NODES = 60
"""Branch-and-bound nodes of one neighbourhood where work is counted."""
_GAP = 5e-4
_FIRST, _LEAST, _MOST = 48.0, 12.0, 2000.0
"""Whole numbers of a neighbourhood at first, at least, at most."""
_GUIDED = 144.0
"""The same at first where a linear program chooses: what belongs together lies far apart."""
_MUCH_HARDER, _HARDER, _EASIER = 2.0, 1.25, 0.8
_QUICK, _SLOW = 0.1, 0.5
"""Shares of a neighbourhood's time within which it counts as much too easy, and as easy."""
_STRETCH = (3, 9)
"""Buckets of a neighbourhood that is cut out of time."""
_CURIOSITY = 0.25
"""Share of the best kind's merit that every kind has."""
_SMALL = 3000
"""Columns up to which all amounts are free in every neighbourhood."""
_AMOUNTS = 8000
"""Columns up to which the amounts of components further down the bills are free too."""
_ROOM = 2.0
"""How much larger than the largest lot so far of its kind a lot may become."""
_WORTH, _MATTERS = 0.01, 5e-4
"""Shares of all that hurts, and of all cost, below which nothing is done about an item's pain."""
_FELT = 0.1
"""Share of what hurts most of an item's that counts as the beginning of its pain."""
_FADE = 0.85
_POLISH = 12
_BETTER = 1e-7
_STALE = 3
"""Neighbourhoods of a kind in a row that gained nothing until the kind counts as exhausted."""


@dataclass(slots=True)
class _Kind:
    """A way of choosing neighbourhoods, with what it has brought.

    Attributes
    ----------
    wide : bool
        Whether all amounts are free: other items can make room on the machines they share, which
        makes for fewer and slower neighbourhoods.
    times : float
        How many times as long as others its neighbourhoods may take.
    """

    choose: Callable[[int], Ints]
    wide: bool = False
    times: float = 1.0
    size: float = _FIRST
    merit: float = 0.0
    failures: int = 0
    tried: int = 0
    known: bool = False
    """Whether its size has come to what is hard, or to all there is."""


@dataclass(slots=True)
class FixAndOptimize:
    """Improves a solution in which all whole numbers are whole.

    Attributes
    ----------
    values : (columns,) float
        The best solution.
    step : (columns,) float, optional
        Steps in which amounts come: those of a solution that is in whole steps stay so.
    cost : float
    """

    model: Model
    grid: Grid
    x: Variables
    values: Floats
    budget: Budget
    step: Floats | None = None
    cost: float = 0.0
    _slices: Slices = field(init=False)
    _links: Links = field(init=False)
    _random: np.random.Generator = field(init=False)
    _kinds: list[_Kind] = field(init=False)
    _below: list[set[int]] = field(init=False)
    _chosen: Ints = field(init=False)
    _singles: Singles | None = None
    _parts: Parts | None = None
    _changed: int = 0
    _pains: list[int] = field(default_factory=list)
    _lacking: list[int] = field(default_factory=list)
    _tried: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        step = np.zeros(len(self.model.cost)) if self.step is None else self.step
        self._slices = Slices(self.model, self.grid, self.x, step)
        self._random = np.random.default_rng(self.budget.seed)
        self._chosen = np.flatnonzero(self.model.integer & (self.model.item >= 0))
        self._below = _components(self.grid)
        self.cost = float(self.model.cost @ self.values) + self.model.offset
        self._links = Links(self.model)
        self._tighten()
        kinds = [self._of_pain, self._of_resource, self._of_time, self._of_chain, self._of_items]
        wide = len(self.model.cost) <= _AMOUNTS
        self._kinds = [
            _Kind(self._of_lack, wide, _LONG, _GUIDED), _Kind(self._of_parts, wide, _WIDE, _GUIDED)
        ]  # fmt: skip
        self._kinds += [_Kind(choose) for choose in kinds]
        if not self._all_free:
            self._kinds += [_Kind(choose, True, _WIDE) for choose in (self._of_pain, self._of_time)]

    def run(self, until: float) -> None:
        """Search until an instant, or (where work is counted) for its number of neighbourhoods.

        Ends early when no kind gains any more.
        """
        self._singly(until)
        limit, trials = self.budget.moves(), 0
        while len(self._chosen) and self.budget.left(until) > 0 and (limit is None or trials < limit):
            if all(kind.failures >= _STALE * self._rounds(kind) for kind in self._kinds):
                break
            self._attempt(self._next(), until)
            trials += 1
            if self._changed >= _POLISH:
                self.polish()
                self._singly(until)
        if self._changed:
            self.polish()

    def polish(self) -> None:
        """Let all amounts adapt to the whole numbers."""
        self._changed = 0
        self._tighten()
        if self._all_free:
            return
        fixed = np.flatnonzero(self._slices.step)
        better = polished(self.model, self.values, max(self.budget.left(), 0.5), fixed)
        if better is not None:
            self._take(better)

    def _singly(self, until: float) -> None:
        """Change single whole numbers while that gains: with all amounts free, they tell where one lacks."""
        if self._all_free or self._slices.step.any() or not len(self._chosen):
            return
        if self._singles is None:
            self._singles = Singles(self.model, self._chosen)
        left = self.budget.left(until)
        end = until - left + max(_SECONDS, _SINGLES_SHARE * left)
        better = self._singles.search(self.values, self.budget, min(end, until))
        if better is not None:
            self._take(better)
            self._tighten()

    def _tighten(self) -> None:
        """Let a lot be so much larger than the largest of its series so far, but no more.

        What a start could make at most is many times a lot: relaxations would use small parts of lots.
        """
        model, links = self.model, self._links
        series = model.series[model.link_column]
        decided = np.flatnonzero(model.integer[model.link_column] & (series >= 0))
        largest = links.largest(self.values, np.round(self.values))
        usual = np.maximum(largest, model.link_least)[decided]
        wide = links.big[decided]
        self._slices.allow(decided, np.where(usual > 0, np.minimum(_ROOM * usual, wide), wide))

    @property
    def _all_free(self) -> bool:
        return len(self.model.cost) <= _SMALL

    def _rounds(self, kind: _Kind) -> float:
        """How many neighbourhoods of a kind cover the model."""
        return max(1.0, len(self._chosen) / kind.size)

    def _next(self) -> _Kind:
        """The kinds that gain most per second are drawn most often."""
        unknown = [kind for kind in self._kinds if not kind.known]
        if unknown:
            return min(unknown, key=lambda kind: kind.tried)
        merit = np.array([kind.merit for kind in self._kinds])
        weight = merit + max(_CURIOSITY * float(merit.max()), 1e-12)
        return self._kinds[int(self._random.choice(len(weight), p=weight / weight.sum()))]

    def _attempt(self, kind: _Kind, until: float) -> None:
        """Decide a neighbourhood anew."""
        began = time.process_time()
        kind.tried += 1
        whole = kind.choose(int(kind.size))
        if not len(whole):
            kind.failures, kind.known = kind.failures + 1, True
            return
        inside = self._slices.near(whole, _AMOUNTS) if kind.wide else None
        columns = self._slices.around(whole, self._items_of(whole, kind.wide), inside)
        part, step = self._slices.cut(columns, self.values), self._slices.step[columns]
        start = numbers(self.values[columns], step)
        found = solve_mixed(part, self._effort(kind, until), start)
        seconds = max(time.process_time() - began, 1e-3)
        gain = 0.0
        before = float(part.cost @ start)
        if found is not None and found.objective < before - _BETTER * abs(self.cost):
            gain = before - found.objective
            values = self.values.copy()
            values[columns] = amounts(found.values, step)
            self._take(values)
            self._changed += 1
        kind.failures = 0 if gain else kind.failures + 1
        if self.budget.work is None:
            kind.merit = _FADE * kind.merit + (1 - _FADE) * gain / seconds
        else:
            kind.merit = _FADE * kind.merit + (1 - _FADE) * gain
        self._resize(kind, seconds, found is not None and found.optimal)

    def _resize(self, kind: _Kind, seconds: float, solved: bool) -> None:
        """Make the kind's next neighbourhood smaller where this was hard, larger where it was easy."""
        counted = self.budget.work is not None
        if not solved:
            kind.known = True
            kind.size *= _EASIER
        elif counted or seconds < _SLOW * _SECONDS:
            kind.size *= _MUCH_HARDER if not counted and seconds < _QUICK * _SECONDS else _HARDER
        most = min(_MOST, float(len(self._chosen)))
        kind.known = kind.known or counted or seconds >= _SLOW * _SECONDS or kind.size >= most
        kind.size = max(min(kind.size, most), _LEAST)

    def _effort(self, kind: _Kind, until: float) -> Effort:
        if self.budget.work is not None:
            return Effort(self.budget.left(), nodes=_NODES, gap=_GAP)
        left = self.budget.left(until)
        seconds = max(_SECONDS, _SHARE * left) * kind.times
        return Effort(min(seconds, left + 0.1), gap=_GAP)

    def _take(self, values: Floats) -> None:
        cost = float(self.model.cost @ values) + self.model.offset
        if cost < self.cost:
            whole = self.model.integer
            values[whole] = np.round(values[whole])
            self.values, self.cost = values, cost

    def _items_of(self, whole: Ints, wide: bool) -> Bools:
        """Items whose amounts are free: those of the lots and, while there is room, their components."""
        free = np.zeros(len(self.grid.items), dtype=bool)
        if self._all_free or wide:
            free[:] = True
            return free
        layer = set(self.model.item[whole].tolist())
        per_item = len(self.model.cost) / max(len(self.grid.items), 1)
        first = True
        while layer and (first or (free.sum() + len(layer)) * per_item <= _AMOUNTS):
            first = False
            free[list(layer)] = True
            layer = {one for item in layer for one in self._below[item] if not free[one]}
        return free

    def _of_pain(self, size: int) -> Ints:
        """Lots and orders around what costs most that a better plan would not pay; one after the other."""
        self._pains = self._pains or self._painful(self._tried)
        if not self._pains:
            self._tried.clear()
            return self._of_chain(size)
        column = self._pains.pop()
        self._tried.add(column)
        model = self.model
        if model.item[column] >= 0:
            items = _closure(self._below, int(model.item[column]))
        else:
            items = set(self._slices.sharing(column).tolist())
        inside = self._chosen[np.isin(model.item[self._chosen], list(items))]
        away = np.abs(model.bucket[inside] - model.bucket[column])
        nearest: Ints = inside[np.argsort(away, kind="stable")[:size]]
        return nearest

    def _of_lack(self, size: int) -> Ints:
        """What would be added, were it in parts, for an item that is late or lost; one after the other."""
        if not self._lacking:
            items = self.model.item[self._painful(set())]
            self._lacking = items[items >= 0].tolist()
        if not self._lacking:
            return np.zeros(0, dtype=np.int64)
        return self._parted(_closure(self._below, self._lacking.pop()), True, size)

    def _of_parts(self, size: int) -> Ints:
        """What would change, were an item and everything it is made of in parts."""
        items = np.unique(self.model.item[self._chosen])
        return self._parted(_closure(self._below, int(self._random.choice(items))), False, size)

    def _parted(self, items: set[int], more: bool, size: int) -> Ints:
        if self._parts is None:
            self._parts = Parts(self.model, self._chosen)
        if self._parts.slow:
            return np.zeros(0, dtype=np.int64)
        seconds = max(_SECONDS, _SHARE * self.budget.left())
        return self._parts.changed(self.values, sorted(items), more, size, seconds)

    def _painful(self, tried: set[int]) -> list[int]:
        """Where every item's pain begins, and all that is overfull, but not tried yet; the dearest last."""
        model, columns = self.model, self.model.painful
        paid = np.maximum(model.cost[columns] * self.values[columns], 0.0)
        paid[np.isin(columns, list(tried))] = 0.0
        item = model.item[columns]
        kind = np.where(item >= 0, item, len(self.grid.items) + np.arange(len(columns)))
        total = np.bincount(kind, weights=paid)
        most = np.zeros(len(total))
        np.maximum.at(most, kind, paid)
        # What is late costs day after day: its reason lies at the first of them.
        felt = np.flatnonzero((paid > 0) & (paid >= _FELT * most[kind]))
        felt = felt[np.argsort(-model.bucket[columns[felt]], kind="stable")]
        first = dict(zip(kind[felt].tolist(), columns[felt].tolist(), strict=True))
        worth = np.flatnonzero(total > max(_WORTH * float(total.sum()), _MATTERS * abs(self.cost)))
        return [first[place] for place in worth[np.argsort(total[worth], kind="stable")].tolist()]

    def _of_resource(self, size: int) -> Ints:
        """Lots of a resource, of several while there is room; of one within a stretch of time."""
        resource = self.model.resource[self._chosen]
        inside = np.zeros(len(resource), dtype=bool)
        for one in self._random.permutation(np.unique(resource)).tolist():
            mine = resource == one
            if inside.any() and inside.sum() + mine.sum() > size:
                break
            inside |= mine
        return self._within(self._chosen[inside], size)

    def _of_time(self, size: int) -> Ints:
        """Lots and orders of a stretch of time, of as many items as there is room for."""
        buckets = self.model.bucket[self._chosen]
        first = int(self._random.choice(buckets))
        length = int(self._random.integers(*_STRETCH))
        inside = self._chosen[(buckets >= first) & (buckets < first + length)]
        item = self.model.item[inside]
        return inside[np.isin(item, self._some_items(item, size))]

    def _of_chain(self, size: int) -> Ints:
        """An item with everything it is made of; several of them while there is room."""
        item = self.model.item[self._chosen]
        names, counts = np.unique(item, return_counts=True)
        lots = dict(zip(names.tolist(), counts.tolist(), strict=True))
        tops = [name for name in names.tolist() if self._below[name]] or names.tolist()
        inside: set[int] = set()
        for top in self._random.permutation(tops).tolist():
            chain = inside | _closure(self._below, top)
            if inside and sum(lots.get(one, 0) for one in chain) > size:
                break
            inside = chain
        return self._within(self._chosen[np.isin(item, list(inside))], size)

    def _of_items(self, size: int) -> Ints:
        """Some items at random, over the whole horizon."""
        item = self.model.item[self._chosen]
        return self._within(self._chosen[np.isin(item, self._some_items(item, size))], size)

    def _some_items(self, item: Ints, size: int) -> Ints:
        """Items at random, as many as have so many columns, one at least."""
        names, counts = np.unique(item, return_counts=True)
        order = self._random.permutation(len(names))
        fits = max(1, int(np.searchsorted(np.cumsum(counts[order]), size, side="right")))
        return np.asarray(names[order[:fits]], dtype=np.int64)

    def _within(self, columns: Ints, size: int) -> Ints:
        """Cut a stretch of time (and, where even a bucket has too many, some columns) out of columns."""
        if len(columns) <= size:
            return columns
        buckets = self.model.bucket[columns]
        first = int(self._random.choice(buckets))
        order = np.argsort(buckets, kind="stable")
        begin = int(np.searchsorted(buckets[order], first))
        begin = max(0, min(begin, len(columns) - size))
        last = buckets[order][min(begin + size, len(columns)) - 1]
        inside: Ints = columns[(buckets >= buckets[order][begin]) & (buckets <= last)]
        if len(inside) > 1.5 * size:
            items = np.unique(self.model.item[inside])
            kept = self._random.permutation(items)[: max(1, len(items) * size // len(inside))]
            return np.asarray(inside[np.isin(self.model.item[inside], kept)], dtype=np.int64)
        return inside


def polished(model: Model, values: Floats, seconds: float, fixed: Ints | None = None) -> Floats | None:
    """Best amounts for the whole numbers of a solution; None where there was no time for them.

    Parameters
    ----------
    fixed : (k,) int, optional
        Columns besides that stay as they are.
    """
    linear = Linear(model)
    whole = np.flatnonzero(model.integer)
    stands = np.round(values[whole])
    linear.bound(whole, stands, stands)
    if fixed is not None:
        linear.bound(fixed, values[fixed], values[fixed])
    found = linear.solve(seconds)
    return None if found is None else found.values


def _components(grid: Grid) -> list[set[int]]:
    """Components of every item, over all its versions."""
    below: list[set[int]] = [set() for _ in grid.items]
    for flow in grid.tables.taken:
        below[grid.starts[flow.start].item].add(flow.item)
    return below


def _closure(below: list[set[int]], top: int) -> set[int]:
    """An item and everything under it."""
    found, stack = {top}, [top]
    while stack:
        for one in below[stack.pop()]:
            if one not in found:
                found.add(one)
                stack.append(one)
    return found
