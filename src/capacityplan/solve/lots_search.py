"""Whole numbers of the lots model and the amounts they allow: slope scaling and rounding in time.

Slope scaling (Kim and Pardalos 1999): a linear program in which a whole number costs by what it
was last used for. A dive then fixes lots and orders block by block in time, so that what follows
adapts to what is fixed. Changeovers and fillings stay scaled in it: they follow from the lots.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from capacityplan.formulate.builder import Bools, Floats, Ints, Model
from capacityplan.solve.highs import Linear, Solution
from capacityplan.solve.lots_budget import Budget

_ROUNDS, _RESUMED = 16, 4
_SETTLED = 5e-4
"""Slope scaling ends where so many rounds in a row bring less than this share."""
_PATIENCE = 3
"""The first rounds cost more: what begins as a part of the largest lot is learnt to be small, in every
bucket at once, before amounts come together."""
_TOO_LITTLE = 0.5
"""Share of the least amount below which a lot or an order is not begun."""
_REACHES = (9, 10_000, 2, 0)
"""Buckets ahead whose amounts a lot may take over to reach its least amount: what a lot too early or an
order too late costs is seen when each is tried."""
_BLOCKS = 12
_REPAIRS, _REMOVALS = 4, 8
_OVERFULL = 0.5
"""Minutes over capacity that do not matter."""
GRACE_SECONDS = 1.0
"""What the last program of a dive may take beyond the time: without it the dive was for nothing."""
_LACKING = 1e-3
"""Share of the least amount by which a lot may be smaller."""
_USED = 1e-6
_FREE = 1e-9
"""Share of the cost below which what was learnt costs nothing."""
_FAR = 1e6


class Links:
    """The rows that tie amounts to whole numbers.

    ``chosen`` are the columns that a search decides (numbers of lots, orders); the other tied
    columns (fillings, runs of a setup group) follow from them.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        position = np.full(len(model.row_low), -1, dtype=np.int64)
        position[model.link_row] = np.arange(len(model.link_row))
        amount = position[model.index] >= 0
        amount[model.link_place] = False
        self._row = position[model.index[amount]]
        self._column = np.repeat(np.arange(len(model.cost)), np.diff(model.begin))[amount]
        self._value = model.value[amount]
        self.big = -model.value[model.link_place]
        self.tied = np.zeros(len(model.cost), dtype=bool)
        self.tied[model.link_column] = True
        self.chosen: Bools = self.tied & (model.item >= 0)
        self.of_chosen: Bools = self.chosen[model.link_column]

    def amounts(self, values: Floats) -> Floats:
        """What is tied to each link's whole number."""
        weights = self._value * values[self._column]
        total = np.bincount(self._row, weights=weights, minlength=len(self.model.link_row))
        return np.maximum(total, 0.0)

    def largest(self, values: Floats, whole: Floats) -> Floats:
        """What one of each link's series is tied to at most in a solution; 0 where there is none.

        Parameters
        ----------
        whole : (columns,) float
            The solution's whole numbers.
        """
        series, number = self.model.series[self.model.link_column], whole[self.model.link_column]
        counted = np.flatnonzero((series >= 0) & (number >= 1))
        found = np.zeros(int(series.max(initial=-1)) + 2)
        np.maximum.at(found, series[counted], self.amounts(values)[counted] / number[counted])
        # Links of no series find the last place, which nothing is put into.
        return found[series]

    def whole(self, values: Floats) -> Floats:
        """Smallest whole numbers that allow the amounts of a solution."""
        amounts = self.amounts(values)
        need = np.ceil(amounts / np.maximum(self.big, _USED) - _USED)
        need[amounts <= _USED * np.maximum(self.big, 1.0)] = 0.0
        out = np.zeros(len(self.model.cost))
        np.maximum.at(out, self.model.link_column, need)
        return np.minimum(out, self.model.high)

    def limits(self, whole: Floats) -> Floats:
        """What whole numbers allow every column."""
        limit = self.model.high.copy()
        some = self._value > 0
        allowed = (self.big * whole[self.model.link_column])[self._row[some]] / self._value[some]
        np.minimum.at(limit, self._column[some], allowed)
        return limit

    def rounded(self, values: Floats) -> Floats:
        """A solution with its whole numbers rounded up."""
        return np.where(self.tied, self.whole(values), values)


def either_side(model: Model, chosen: Ints) -> tuple[Ints, Ints]:
    """Columns one bucket before and after in their series, -1 where there is none: (columns,) each."""
    order = chosen[np.lexsort((model.bucket[chosen], model.series[chosen]))]
    together = model.series[order[1:]] == model.series[order[:-1]]
    before = np.full(len(model.cost), -1, dtype=np.int64)
    after = before.copy()
    before[order[1:]] = np.where(together, order[:-1], -1)
    after[order[:-1]] = np.where(together, order[1:], -1)
    return before, after


@dataclass(slots=True)
class Sloped:
    """The linear program with the sizes learnt so far."""

    links: Links
    linear: Linear
    size: Floats

    @staticmethod
    def of(model: Model) -> Sloped:
        """Begin with all that a whole number can allow."""
        links = Links(model)
        linear = Linear(replace(model, high=np.where(links.tied, _FAR, model.high)))
        size = links.big.copy()
        linear.scale(model.link_row, model.link_column, -size)
        return Sloped(links, linear, size)

    def settled(self, first: int | None = None, over: Floats | None = None) -> Model:
        """The model in which lots, orders and, from a bucket on, runs of setup groups are whole.

        Before that bucket a schedule decides which changeovers there are, and how lots share
        fillings follows from when they meet: whole in the buckets' bounds, both would forbid what a
        schedule can do. They cost as learnt.

        Parameters
        ----------
        over : (elastic,) float, optional
            Minutes beyond capacity that a settled plan takes by the model's estimate of when its lots
            are where: they have proven to be there.
        """
        model, links = self.links.model, self.links
        runs = links.tied & ~links.chosen & (model.high <= 1.0)
        whole = links.chosen if first is None else links.chosen | (runs & (model.bucket >= first))
        follows = ~whole[model.link_column]
        value = model.value.copy()
        value[model.link_place[follows]] = -self.size[follows]
        loose = links.tied & ~whole
        limit = model.row_high.copy()
        if over is not None:
            limit[model.excess_row] += over
        return replace(
            model, value=value, integer=whole, high=np.where(loose, _FAR, model.high), row_high=limit
        )

    def learn(self, values: Floats, which: Bools) -> None:
        """Take what whole numbers were used for into the program: sizes between the last ones and it."""
        model, links = self.links.model, self.links
        amount = links.amounts(values)
        seen = which & (amount > _USED * np.maximum(links.big, 1.0))
        per_whole = amount / np.maximum(np.ceil(amount / np.maximum(links.big, _USED) - _USED), 1.0)
        target = np.clip(0.3 * self.size + 0.7 * per_whole, links.big * 1e-3, links.big)
        # Less than the least amount would forbid the lot.
        target = np.maximum(target, model.link_least)
        change = seen & (np.abs(target - self.size) > 0.01 * self.size)
        self.set(np.flatnonzero(change), target[change])

    def set(self, links: Ints, size: Floats) -> None:
        """Put sizes of links into the program."""
        model = self.links.model
        self.linear.scale(model.link_row[links], model.link_column[links], -size)
        self.size[links] = size


def slope_scaling(sloped: Sloped, budget: Budget, until: float) -> Solution | None:
    """Learn sizes in a few rounds; return the last linear solution.

    Returns
    -------
    Solution or None
        None where not even the linear program has a solution in the time.
    """
    links, last = sloped.links, None
    best, idle, least = np.inf, 0, np.inf
    for number in range(_ROUNDS):
        found = sloped.linear.solve(max(budget.left(), 0.05), fresh=number > 0)
        if found is None:
            return last
        last = found
        cost = float(links.model.cost @ links.rounded(found.values))
        idle = idle + 1 if cost > best * (1 - _SETTLED) else 0
        best = min(best, cost)
        # Where whole numbers take neither money nor time, there is nothing to be learnt.
        free = number > 0 and found.objective - least <= _FREE * abs(least)
        least = min(least, found.objective)
        if idle >= _PATIENCE or free or (budget.work is None and budget.left(until) <= 0):
            break
        sloped.learn(found.values, np.ones(len(sloped.size), dtype=bool))
    return last


def resume(sloped: Sloped, begin: Floats, budget: Budget) -> Floats | None:
    """Learn what follows from the lots and orders of an earlier plan; these stand.

    Parameters
    ----------
    begin : (columns,) float
        Lots, splits and orders of the plan.

    Returns
    -------
    (columns,) float or None
        None where not even the first linear program was solved in the time.
    """
    links, linear = sloped.links, sloped.linear
    chosen = np.flatnonzero(links.chosen)
    whole = links.rounded(begin)[chosen]
    linear.bound(chosen, whole, whole)
    values = None
    for _ in range(_RESUMED):
        sloped.learn(begin if values is None else values, ~links.of_chosen)
        found = linear.solve(max(budget.left(), GRACE_SECONDS))
        if found is None:
            break
        values = found.values
    return values


def dive(sloped: Sloped, found: Solution, lots: Ints, budget: Budget, until: float) -> Solution | None:
    """Fix lots and orders block by block in time; all that is left at once where time runs out.

    Parameters
    ----------
    lots : (k,) int
        Columns of numbers of lots.
    until : float
        Instant after which no more blocks are solved one by one.

    Returns
    -------
    Solution or None
        The linear program with all of them fixed; None where it was not solved in the time.
    """
    links, linear = sloped.links, sloped.linear
    model = links.model
    whole = np.zeros(len(model.cost))
    rounding, crowd = _Rounding(links), _Crowd(links)
    blocks = _blocks(links)
    while blocks:
        begin, end = blocks.pop(0)
        if blocks and budget.work is None and budget.left(until) <= 0:
            end, blocks = blocks[-1][1], []
        block = np.flatnonzero(links.chosen & (model.bucket >= begin) & (model.bucket < end))
        ways = rounding.ways(found.values, begin, end, block)
        ties = np.flatnonzero(links.of_chosen & np.isin(model.link_column, block))
        sloped.set(ties, links.big[ties])
        solved = _cheapest(linear, whole, block, ways, budget, until)
        if solved is None:
            return None
        found = solved
        for _ in range(_REPAIRS if budget.left(until) > 0 else 0):
            fewer = np.union1d(_unused(links, found, whole, block), crowd.out(found, whole, block))
            if not len(fewer):
                break
            solved = _lowered(linear, whole, fewer, budget)
            if solved is None:
                return None
            found = solved
    return _reached(sloped, found, whole, lots, budget, until)


def _cheapest(
    linear: Linear, whole: Floats, block: Ints, ways: list[Floats], budget: Budget, until: float
) -> Solution | None:
    """Fix a block in the way with which all costs least; in the first where there is no time for more."""
    best: Solution | None = None
    for number, way in enumerate(ways):
        if number and budget.work is None and budget.left(until) <= 0:
            break
        linear.bound(block, way, way)
        found = linear.solve(max(budget.left(), GRACE_SECONDS))
        if found is not None and (best is None or found.objective < best.objective):
            best, whole[block] = found, way
    if len(ways) > 1:
        linear.bound(block, whole[block], whole[block])
    return best


def _reached(
    sloped: Sloped, found: Solution, whole: Floats, lots: Ints, budget: Budget, until: float
) -> Solution:
    """Take lots out whose amounts do not reach their minimum now that all else is decided."""
    for _ in range(_REMOVALS):
        fewer = _too_small(sloped.links, found, whole, lots)
        if not len(fewer) or (budget.work is None and budget.left(until) <= 0):
            break
        solved = _lowered(sloped.linear, whole, fewer, budget)
        if solved is None:
            break
        found = solved
    return found


def _lowered(linear: Linear, whole: Floats, fewer: Ints, budget: Budget) -> Solution | None:
    """Lower some whole numbers by one and solve again."""
    whole[fewer] -= 1
    linear.bound(fewer, whole[fewer], whole[fewer])
    return linear.solve(max(budget.left(), GRACE_SECONDS))


def _unused(links: Links, found: Solution, whole: Floats, block: Ints) -> Ints:
    """Columns of a block that allow more than is used."""
    return block[links.whole(found.values)[block] < whole[block]]


def _too_small(links: Links, found: Solution, whole: Floats, lots: Ints) -> Ints:
    """Lots whose amounts do not reach their minimum: of each series what lacks most."""
    model = links.model
    inside = np.zeros(len(whole), dtype=bool)
    inside[lots] = whole[lots] >= 1
    least = model.link_least * whole[model.link_column]
    lacks = np.where(inside[model.link_column], least - links.amounts(found.values), 0.0)
    worst: dict[int, int] = {}
    for link in np.flatnonzero(lacks > _LACKING * model.link_least).tolist():
        series = int(model.series[model.link_column[link]])
        if series not in worst or lacks[link] > lacks[worst[series]]:
            worst[series] = link
    return np.asarray(model.link_column[list(worst.values())], dtype=np.int64)


class _Crowd:
    """Chosen columns by the row of loads that they fill."""

    def __init__(self, links: Links) -> None:
        model = links.model
        self._model = model
        excess = np.full(len(model.row_low), -1, dtype=np.int64)
        excess[model.excess_row] = np.arange(len(model.excess_row))
        column = np.repeat(np.arange(len(model.cost)), np.diff(model.begin))
        here = (excess[model.index] >= 0) & links.chosen[column] & (model.value > 0)
        order = np.argsort(excess[model.index[here]], kind="stable")
        self._row = excess[model.index[here]][order]
        self._column = column[here][order]
        self._minutes = model.value[here][order]

    def out(self, found: Solution, whole: Floats, block: Ints) -> Ints:
        """Columns to lower by one so that no row of loads is overfull: what is worth least goes first."""
        inside = np.zeros(len(whole), dtype=bool)
        inside[block] = whole[block] >= 1
        chosen: list[int] = []
        over = found.values[self._model.excess_column]
        for row in np.flatnonzero(over > _OVERFULL).tolist():
            begin, end = np.searchsorted(self._row, [row, row + 1]).tolist()
            left = float(over[row])
            columns = self._column[begin:end]
            for place in np.argsort(-found.reduced[columns], kind="stable").tolist():
                column = int(columns[place])
                if left <= _OVERFULL or found.reduced[column] <= 0:
                    break
                if inside[column]:
                    inside[column] = False
                    chosen.append(column)
                    left -= float(self._minutes[begin + place])
        return np.array(chosen, dtype=np.int64)


def _blocks(links: Links) -> list[tuple[int, int]]:
    """Spans of buckets with about equally many chosen columns."""
    model = links.model
    buckets = np.sort(model.bucket[links.chosen])
    if not len(buckets):
        return []
    cuts = np.unique(np.append(buckets[:: max(1, len(buckets) // _BLOCKS)], buckets[-1] + 1))
    return list(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True))


class _Rounding:
    """Rounds series of lots and orders: small amounts that follow each other make one whole."""

    def __init__(self, links: Links) -> None:
        self._links = links
        model = links.model
        self._series: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for link in np.flatnonzero(links.of_chosen).tolist():
            column = int(model.link_column[link])
            self._series[int(model.series[column])][int(model.bucket[column])].append(link)

    def ways(self, values: Floats, begin: int, end: int, block: Ints) -> list[Floats]:
        """Whole numbers of a block's columns by how far ahead amounts count; no two alike."""
        found: list[Floats] = []
        for reach in _REACHES:
            whole = np.zeros(len(values))
            self._fix(values, whole, begin, end, reach)
            if not any(np.array_equal(whole[block], way) for way in found):
                found.append(whole[block])
        return found

    def _fix(self, values: Floats, whole: Floats, begin: int, end: int, reach: int) -> None:
        """Decide the whole numbers of all series in a span of buckets."""
        amounts = self._links.amounts(values)
        for by_bucket in self._series.values():
            buckets = sorted(bucket for bucket in by_bucket if bucket >= begin)
            sums = [sum(float(amounts[link]) for link in by_bucket[bucket]) for bucket in buckets]
            covered = 0.0
            for place, bucket in enumerate(buckets):
                if bucket >= end:
                    break
                wanted = sums[place] - covered
                covered = max(0.0, covered - sums[place])
                if wanted > _USED:
                    ahead = sum(sums[place + 1 : place + 1 + reach])
                    covered += self._choose(by_bucket[bucket], amounts, wanted, ahead, whole)

    def _choose(self, links: list[int], amounts: Floats, wanted: float, ahead: float, whole: Floats) -> float:
        """Decide one bucket; return what its whole numbers allow beyond what is wanted in it."""
        model, big = self._links.model, self._links.big
        used = [link for link in links if amounts[link] > _USED] or links
        if len(links) > 1:
            # Alternatives (price tiers): the largest least amount that is worth reaching.
            reached = [link for link in links if model.link_least[link] * _TOO_LITTLE <= wanted + ahead]
            used = [max(reached or links, key=lambda link: (amounts[link] > _USED, model.link_least[link]))]
        spare = 0.0
        for link in used:
            least = float(model.link_least[link])
            number = np.floor(wanted / big[link] + _USED)
            rest = wanted - number * big[link]
            if rest > _USED * max(1.0, big[link]) and (
                rest >= _TOO_LITTLE * least or rest + ahead >= _TOO_LITTLE * least
            ):
                number += 1
            column = model.link_column[link]
            whole[column] = min(number, model.high[column])
            spare += max(0.0, max(least, 0.0) * whole[column] - wanted)
        return spare
