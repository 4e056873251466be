"""A lots model read as sources: what each column of lots or orders gives, takes, fills and costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from capacityplan.formulate.builder import Bools, Floats, Ints, Model
from capacityplan.formulate.lots.demand_fulfilment import days_charged
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.prepare.levels import low_level_order
from capacityplan.solve.lots_steps import Steps
from capacityplan.solve.minute.arrays import Rates, ints, offsets, packed
from capacityplan.solve.patterns import tables as t
from capacityplan.solve.patterns.anneal import anneal, fill

_LITTLE = 1e-6
_ANY = 1e15
"""Most of a lot that has no most."""


@dataclass(frozen=True, slots=True)
class _Way:
    """Columns by which an item is had: its amount, the number of lots (-1: none), parts on modes."""

    item: int
    amount: int
    whole: int
    parts: tuple[int, ...] = ()


@dataclass(slots=True)
class _Source:
    """What a way gives, takes and fills, each for a unit and for a lot."""

    row: int
    way: _Way
    gives: float
    loses: float
    takes: dict[int, list[float]]
    loads: dict[int, list[float]]


class Problem:
    """A lots model in flat arrays, and patterns in its columns.

    Attributes
    ----------
    g, f : array
        The problem (`tables`).
    spread : float
        Money for a minute that is made a bucket earlier (median of all sources).
    places : int
        Rows that have a source.
    overtime : (loads,) float
        Money for a minute of overtime.
    stepped : (k,) int
        Columns that come in whole steps.
    lot : float
        Money for a lot or an order and the minutes it takes (mean of those that cost something).
    """

    def __init__(self, model: Model, grid: Grid, x: Variables) -> None:
        self._model, self._grid, self._x = model, grid, x
        order = low_level_order(grid.lookup)
        rank = {grid.items[name]: place for place, name in enumerate(order)}
        self._rank: Ints = np.array([rank[item] for item in range(len(order))], dtype=np.int64)
        self._places: Ints = self._rank[:, None] * grid.buckets + np.arange(grid.buckets)[None, :]
        self._load: Ints = np.full(len(model.row_low), -1, dtype=np.int64)
        self._load[model.excess_row] = np.arange(len(model.excess_row))
        self._sources = sorted(self._read(), key=lambda one: (one.row, one.way.amount))
        self._hold = self._by_row(model.cost[x.stock])
        self._steps = Steps.of(grid, x)
        self.stepped = self._steps.column
        self.spread = self._spread()
        self.lot = self._mean_lot()
        self.g, self.f = self._arrays()
        self.places = int(self.g[t.PLACES])

    def _by_row(self, table: Floats) -> Floats:
        out = np.zeros(table.size)
        out[self._places.ravel()] = table.ravel()
        return out

    def _read(self) -> Iterator[_Source]:
        """All ways that give something."""
        model = self._model
        stock = np.full(len(model.row_low), -1, dtype=np.int64)
        stock[self._x.stock_row.ravel()] = self._places.ravel()
        load = self._load
        for way in self._ways():
            takes: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
            loads: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
            for column, by_lot in [(way.amount, 0), *((part, 0) for part in way.parts), (way.whole, 1)]:
                for place in range(*model.begin[column : column + 2].tolist()) if column >= 0 else ():
                    row, value = model.index[place], float(model.value[place])
                    if stock[row] >= 0:
                        takes[int(stock[row])][by_lot] -= value
                    elif load[row] >= 0:
                        loads[int(load[row])][by_lot] += value
            # What comes out beside the item is taken with less than nothing.
            own = [row for row in takes if row // self._grid.buckets == self._rank[way.item]]
            given = min(own, key=lambda row: takes[row][0], default=-1)
            if given >= 0 and takes[given][0] < 0:
                gives, loses = takes.pop(given)
                yield _Source(given, way, -gives, max(loses, 0.0), takes, loads)

    def _ways(self) -> Iterator[_Way]:
        """Lots with the cheapest mode of every operation, and orders."""
        x, cost = self._x, self._model.cost
        modes: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for column, choice in zip(x.split.tolist(), self._grid.tables.choices, strict=True):
            modes[choice.start][choice.phase].append(column)
        for start in range(len(self._grid.starts)):
            parts = tuple(min(columns, key=lambda one: cost[one]) for columns in modes[start].values())
            yield _Way(self._grid.starts[start].item, int(x.made[start]), int(x.lots[start]), parts)
        for (arrival, _), amount, whole in zip(
            x.tiers.tolist(), x.bought.tolist(), x.ordered.tolist(), strict=True
        ):
            yield _Way(self._grid.items[self._grid.arrivals[arrival].item], amount, whole)

    def _spread(self) -> float:
        money = [
            self._hold[one.row] * one.gives / minutes
            for one in self._sources
            if (minutes := sum(each for each, _ in one.loads.values())) > 0
        ]
        return float(np.median(money)) if money else 0.0

    def _mean_lot(self) -> float:
        money = [
            self._model.cost[one.way.whole] + self.spread * sum(each for _, each in one.loads.values())
            for one in self._sources
            if one.way.whole >= 0
        ]
        return float(np.mean([one for one in money if one > 0] or [0.0]))

    def _arrays(self) -> tuple[Ints, Floats]:
        rates = Rates()
        room, more, price = self._room()
        self.overtime = price
        entries: dict[int, int | Ints] = {
            t.ITEMS: len(self._rank),
            t.BUCKETS: self._grid.buckets,
            t.F_HOLD: rates.add(self._hold),
            t.F_FLOW: rates.add(self._by_row(self._grid.inflow - self._grid.taken)),
            t.F_SHORT: rates.add(self._of_items(self._model.cost[self._x.short[:, 0]])),
            t.F_ROOM: rates.add(room),
            t.F_MORE: rates.add(more),
            t.F_MORE_PRICE: rates.add(price),
            t.F_OVER_PRICE: rates.add(price),
            **self._of_sources(rates),
            **{place: rates.add(values) for place, values in self._demand().items()},
        }
        return packed(entries), rates.array()

    def _of_sources(self, rates: Rates) -> dict[int, int | Ints]:
        """What sources give, take, fill and cost."""
        sources, cost = self._sources, self._model.cost
        row = np.array([one.row for one in sources], dtype=np.int64)
        places = np.unique(row)
        entries: dict[int, int | Ints] = {
            t.SOURCE_AT: np.searchsorted(row, np.arange(self._places.size + 1)),
            t.PLACE: places,
            t.PLACES: len(places),
            t.F_UNIT: rates.add([cost[[one.way.amount, *one.way.parts]].sum() for one in sources]),
            t.F_GIVES: rates.add([one.gives for one in sources]),
            t.F_LOSES: rates.add([one.loses for one in sources]),
            **{place: rates.add(values) for place, values in self._sizes().items()},
        }
        flows = ([one.takes for one in sources], (t.TAKE_AT, t.TAKE_ROW, t.F_TAKE_UNIT, t.F_TAKE_LOT))
        loads = ([one.loads for one in sources], (t.LOAD_AT, t.LOAD_ROW, t.F_LOAD_UNIT, t.F_LOAD_LOT))
        for tables, (begins, rows, unit, lot) in (flows, loads):
            entries[begins] = offsets([len(table) for table in tables])
            entries[rows] = ints(one for table in tables for one in table)
            entries[unit] = rates.add([each for table in tables for each, _ in table.values()])
            entries[lot] = rates.add([each for table in tables for _, each in table.values()])
        return entries

    def _sizes(self) -> dict[int, Floats]:
        """What lots of sources cost, and how large and how many they may be."""
        model = self._model
        whole = np.array([one.way.whole for one in self._sources], dtype=np.int64)
        step = self._steps.sizes(len(model.cost))[[one.way.amount for one in self._sources]]
        big, least = np.full(len(model.cost), _ANY), np.zeros(len(model.cost))
        big[model.link_column] = -model.value[model.link_place]
        least[model.link_column] = model.link_least
        counted = whole >= 0
        most = np.where(counted, big[whole], _ANY)
        # Of a lot that is smaller than a step nothing comes.
        most = np.where(step > 0, np.floor(most / np.where(step > 0, step, 1.0) + _LITTLE) * step, most)
        return {
            t.F_LOT: np.where(counted, model.cost[whole], 0.0),
            t.F_LEAST: np.where(counted, least[whole], 0.0),
            t.F_STEP: step,
            t.F_MOST: np.maximum(most, _LITTLE),
            t.F_LOTS: np.where(counted & (most > 0), model.high[whole], np.where(counted, 0.0, _ANY)),
        }

    def _of_items(self, values: Floats) -> Floats:
        out = np.zeros(len(values))
        out[self._rank] = values
        return out

    def _room(self) -> tuple[Floats, Floats, Floats]:
        """Minutes of every load, overtime beyond, and what a minute of that costs."""
        model = self._model
        more, price = np.zeros(len(model.excess_row)), np.zeros(len(model.excess_row))
        for column in self._x.opened[self._x.opened >= 0].tolist():
            for at in range(*model.begin[column : column + 2].tolist()):
                load, minutes = int(self._load[model.index[at]]), -float(model.value[at])
                if load >= 0 and minutes > 0:
                    more[load] += model.high[column] * minutes
                    price[load] = model.cost[column] / minutes
        return model.row_high[model.excess_row].copy(), more, price

    def _demand(self) -> dict[int, Floats]:
        """Demand by the bucket it leaves in, and prices of lateness, weighted by quantity."""
        grid = self._grid
        classes, size = grid.classes, self._places.shape
        due, newly, late, lost = np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size[0])
        ships = {(one, arrives): leaves for one, arrives, leaves, _ in self._x.delivered.tolist()}
        row, bucket = np.nonzero(classes.quantity > 0)
        at_once, _ = days_charged(grid, row, bucket)
        for one, arrives, days in zip(row.tolist(), bucket.tolist(), at_once.tolist(), strict=True):
            item, quantity = classes.item[one], classes.quantity[one, arrives]
            leaves = ships.get((one, arrives), arrives)
            due[item, leaves] += quantity
            newly[item, leaves] += quantity * classes.late[one] * days
            late[item] += quantity * classes.late[one]
            lost[item] += quantity * classes.lost[one]
        total = np.maximum(due.sum(axis=1), 1e-9)
        late = late / total[:, None] * grid.timeline.days[None, :]
        tables = {t.F_DUE: due, t.F_NEWLY: newly / np.maximum(due, 1e-9), t.F_LATE: late}
        return {
            **{place: self._by_row(table) for place, table in tables.items()},
            t.F_LOST: self._of_items(lost / total),
        }

    def price(self, minute: Floats, beyond: Floats) -> None:
        """Say what a minute beyond each load's time costs, within overtime at most, and beyond that."""
        loads = len(self.overtime)
        for place, most in ((t.F_MORE_PRICE, np.minimum(self.overtime, minute)), (t.F_OVER_PRICE, beyond)):
            self.f[self.g[place] : self.g[place] + loads] = most

    def all_sources(self) -> Ints:
        """The first source of every row that has one."""
        begins = self.g[self.g[t.SOURCE_AT] : self.g[t.SOURCE_AT] + self._places.size + 1]
        return np.where(np.diff(begins) > 0, begins[:-1], -1)

    def amounts(self, state: State) -> Floats:
        """Lots, orders and their amounts in the model's columns; 0 elsewhere."""
        out = np.zeros(len(self._model.cost))
        filled, amounts, lots = state.filling()
        for row in np.flatnonzero(amounts > 0).tolist():
            way = self._sources[int(filled[row])].way
            out[way.amount] = amounts[row]
            if way.whole >= 0:
                out[way.whole] = lots[row]
        return out


class State:
    """A pattern with what follows from it, and the best one found."""

    def __init__(self, problem: Problem, pattern: Ints, seed: int) -> None:
        g = problem.g
        items, rows = int(g[t.ITEMS]), int(g[t.ITEMS] * g[t.BUCKETS])
        takes, loads = (int(g[g[at] + g[g[t.SOURCE_AT] + rows]]) for at in (t.TAKE_AT, t.LOAD_AT))
        load = len(problem.overtime)
        # Every change of a row: its amount, lots, stock and cost, what both sources take and fill.
        marks = items + 4 * rows + 2 * (takes + 2 * loads) + 8
        by_row = dict.fromkeys((t.V_COST, t.V_STOCK, t.V_AMOUNT, t.V_LOTS, t.V_NEED), rows)
        sizes = {**by_row, t.V_LOAD: load, t.V_BEFORE: marks}
        begins = dict(zip(sizes, accumulate(sizes.values(), initial=2), strict=False))
        nothing = np.full(rows, -1, dtype=np.int64)
        self.s = packed({
            t.LUCK: seed + 1, t.CHANGES: 0, t.MARKS: 0, t.PATTERN: pattern, t.FILLED: nothing,
            t.BEST: pattern, t.FIRST: np.zeros(items, dtype=np.int64),
            t.LAST: np.full(items, problem.g[t.BUCKETS] - 1, dtype=np.int64),
            t.CHANGED: np.zeros(3 * rows + 64, dtype=np.int64),
            t.BEFORE: np.zeros(3 * rows + 64, dtype=np.int64),
            t.MARKED: np.zeros(marks, dtype=np.int64), **begins,
        })  # fmt: skip
        self.v = np.zeros(2 + sum(sizes.values()))
        self.v[t.LEAST] = np.inf
        self._problem, self._rows = problem, rows
        fill(problem.g, problem.f, self.s, self.v, 0)

    @property
    def cost(self) -> float:
        """What the pattern costs."""
        return float(self.v[t.TOTAL])

    def crowded(self) -> Bools:
        """Whether each load has more minutes than its time and all overtime."""
        g, f, loads = self._problem.g, self._problem.f, len(self._problem.overtime)
        room, more = (f[g[place] : g[place] + loads] for place in (t.F_ROOM, t.F_MORE))
        return np.asarray(self.v[self.s[t.V_LOAD] : self.s[t.V_LOAD] + loads] > (room + more) * (1 + _LITTLE))

    def anneal(self, moves: int, hot: float, cold: float) -> None:
        """Try a number of moves while cooling."""
        problem = self._problem
        anneal(problem.g, problem.f, self.s, self.v, moves, hot, cold)

    def best(self) -> Ints:
        """Sources by row of the best pattern found."""
        return self.s[self.s[t.BEST] : self.s[t.BEST] + self._rows].copy()

    def filling(self) -> tuple[Ints, Floats, Floats]:
        """Sources by row, their amounts and numbers of lots."""
        amounts, lots = (self.v[self.s[at] : self.s[at] + self._rows] for at in (t.V_AMOUNT, t.V_LOTS))
        return self.s[self.s[t.FILLED] : self.s[t.FILLED] + self._rows], amounts, lots
