"""Echelon stocks, and the Wagner-Whitin inequalities that tie them to lots.

Formulation. What item i and all items made of it need by the end of v is R[i,v] (demand through the
bills, less what is there already); gamma[i,v] is what of it is not met. The echelon stock
E[i,v] = produced[i,v] - R[i,v] + gamma[i,v] is never negative. With r the increase of R and y the
lots (or orders) usable in a bucket (Pochet and Wolsey 1994, here with backlog):

    E[i,k-1] + sum over v = k..l of gamma[i,v] >= sum over v = k..l of r[i,v] * (1 - sum y[i,k..v])

Validity. If no lot becomes usable in k..l, production by v is that by k-1, and it is at least
R[i,v] - gamma[i,v] by definition. If the first one becomes usable in u, only terms before u are
positive, and they are covered by E[i,k-1] + gamma[i,u-1]. What a parent takes by v is at least its
ratio times what it has usable by the last bucket all whose starts take by v; its production is in
turn at least its R less its gamma. Where receipts come late, R is the smallest of what is needed
from then on. Buckets from which on an item can be had without a whole number have no part in it.
Relation: EXACT (implied by whole numbers; the linear program becomes stronger).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from capacityplan.formulate.builder import INFINITY, Floats, Ints, Model
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.prepare.process import after_inspections
from capacityplan.prepare.tables import floats, ints

Triples = tuple[Ints, Ints, Floats]


@dataclass(frozen=True, slots=True)
class Echelon:
    """What the inequalities are made of.

    Attributes
    ----------
    need : (items, buckets) float
        Increase of the requirement, model units; 0 from where on supply needs no whole number.
    stock, unmet : (items, buckets) column
        E and gamma.
    lot_item, lot_bucket, lot_column : (k,) int
        Lots and orders by item and the bucket in which they become usable.
    """

    need: Floats
    stock: Ints
    unmet: Ints
    lot_item: Ints
    lot_bucket: Ints
    lot_column: Ints


def with_echelons(model: Model, grid: Grid, x: Variables) -> tuple[Model, Echelon]:
    """Add echelon stocks to a model.

    Returns
    -------
    model : Model
        With columns and rows appended.
    echelon : Echelon
    """
    needs = _Needs(grid, x)
    need = np.diff(needs.total, axis=1, prepend=0.0)
    stock = np.arange(len(model.cost), len(model.cost) + need.size).reshape(need.shape)
    unmet = stock + need.size
    rows = _Rows()
    balance = rows.more(-need)
    for column, sign in ((stock, 1.0), (unmet, -1.0)):
        rows.post(balance, column, sign)
        rows.post(balance[:, 1:], column[:, :-1], -sign)
    _produced(grid, x, rows, balance)
    _unmet(grid, x, rows, unmet, needs)
    more = _with_columns(model, 2 * need.size)
    owner = np.repeat(np.arange(len(need)), need.shape[1])
    more.item[stock.ravel()], more.item[unmet.ravel()] = owner, owner
    lots = _lots(grid, x)
    need[np.arange(need.shape[1])[None, :] >= needs.untied[:, None]] = 0.0
    return rows.onto(more), Echelon(need, stock, unmet, *lots)


def _with_columns(model: Model, count: int) -> Model:
    """Append columns that cost nothing and are not negative."""
    none = np.full(count, -1, dtype=np.int64)
    return replace(
        model,
        cost=np.append(model.cost, np.zeros(count)),
        low=np.append(model.low, np.zeros(count)),
        high=np.append(model.high, np.full(count, INFINITY)),
        integer=np.append(model.integer, np.zeros(count, dtype=bool)),
        begin=np.append(model.begin, np.full(count, model.begin[-1])),
        bucket=np.append(model.bucket, none), item=np.append(model.item, none),
        resource=np.append(model.resource, none), series=np.append(model.series, none),
    )  # fmt: skip


def with_rows(model: Model, triples: Triples, low: Floats, high: Floats) -> Model:
    """Append rows to a model."""
    row, column, value = triples
    shape = (len(model.row_low), len(model.cost))
    old = sparse.csc_array((model.value, model.index, model.begin), shape=shape)
    new = sparse.coo_array((value, (row, column)), shape=(len(low), len(model.cost)))
    both = sparse.vstack([old, new], format="csc")
    both.sort_indices()
    begin, index = both.indptr.astype(np.int64), both.indices.astype(np.int64)
    height = len(model.row_low) + len(low)
    key = np.repeat(np.arange(len(model.cost)), np.diff(begin)) * height + index
    return replace(
        model,
        row_low=np.append(model.row_low, low), row_high=np.append(model.row_high, high),
        begin=begin, index=index, value=both.data,
        link_place=np.searchsorted(key, model.link_column * height + model.link_row).astype(np.int64),
    )  # fmt: skip


class _Rows:
    """Rows under construction."""

    def __init__(self) -> None:
        self._sides: list[Floats] = []
        self._parts: list[Triples] = []
        self._count = 0

    def more(self, sides: Floats) -> Ints:
        """Add equations with these right-hand sides."""
        self._sides.append(sides.ravel())
        self._count += sides.size
        return np.arange(self._count - sides.size, self._count, dtype=np.int64).reshape(sides.shape)

    def post(self, rows: npt.ArrayLike, columns: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Add coefficients."""
        row, column, value = np.broadcast_arrays(
            np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64), np.asarray(values, float)
        )
        self._parts.append((row.ravel(), column.ravel(), value.ravel()))

    def onto(self, model: Model) -> Model:
        """Append the rows to a model."""
        row, column, value = zip(*self._parts, strict=True)
        sides = np.concatenate(self._sides)
        return with_rows(
            model, (np.concatenate(row), np.concatenate(column), np.concatenate(value)), sides, sides
        )


class _Needs:
    """Requirements of all items through the bills.

    Attributes
    ----------
    total : (items, buckets) float
        R.
    ratio, reach : dict of (parent, component)
        Least units taken per unit usable, and by bucket the last one of the parent that counts (-1: none).
    untied : (items,) int
        First bucket from which on supply needs no whole number.
    """

    def __init__(self, grid: Grid, x: Variables) -> None:
        self._grid = grid
        shape = (len(grid.items), grid.buckets)
        self.untied, self._bought = _untied(grid, x), _first_bought(grid)
        self.ratio: dict[tuple[int, int], float] = {}
        self.reach: dict[tuple[int, int], Ints] = {}
        self._parents: dict[int, list[int]] = defaultdict(list)
        self._read_bills()
        self.total = np.zeros(shape)
        demand = np.zeros(shape)
        served, arrives, ships = x.delivered[:, 0], x.delivered[:, 1], x.delivered[:, 2]
        np.add.at(demand, (grid.classes.item[served], ships), grid.classes.quantity[served, arrives])
        self.demand = demand
        self._net = np.cumsum(demand + grid.taken - grid.inflow, axis=1)
        self._done: set[int] = set()
        for item in range(len(grid.items)):
            self._settle(item)

    def _settle(self, item: int) -> None:
        if item in self._done:
            return
        self._done.add(item)
        raw = self._net[item].copy()
        for parent in self._parents[item]:
            self._settle(parent)
            reach = self.reach[parent, item]
            taken = np.where(reach >= 0, self.total[parent, np.maximum(reach, 0)], 0.0)
            raw += self.ratio[parent, item] * taken
        self.total[item] = np.minimum.accumulate(np.maximum(raw, 0.0)[::-1])[::-1]

    def _read_bills(self) -> None:
        grid = self._grid
        given: dict[int, tuple[int, float]] = {
            row.start: (row.bucket, row.per_unit)
            for row in grid.tables.given
            if row.item == grid.starts[row.start].item
        }
        # What may come as a by-product of other lots need not be made, nor what it is made of.
        beside = {row.item for row in grid.tables.given if row.item != grid.starts[row.start].item}
        takes: dict[tuple[int, int], dict[int, tuple[int, float]]] = defaultdict(dict)
        starts: dict[int, list[int]] = defaultdict(list)
        for index, start in enumerate(grid.starts):
            starts[start.item].append(index)
        for row in grid.tables.taken:
            table = takes[grid.starts[row.start].item, row.item]
            bucket, amount = table.get(row.start, (0, 0.0))
            table[row.start] = (max(bucket, row.bucket), amount + row.per_unit)
        for (parent, component), table in takes.items():
            if len(table) < len(starts[parent]) or parent in beside:
                continue
            ratio = min(amount / given[one][1] for one, (_, amount) in table.items() if given[one][1] > 0)
            # The parent's usable buckets up to which every start has taken by the end of a bucket.
            last = np.full(grid.buckets, self._bought[parent] - 1, dtype=np.int64)
            for one, (bucket, _) in table.items():
                last[:bucket] = np.minimum(last[:bucket], given[one][0] - 1)
            self.ratio[parent, component], self.reach[parent, component] = ratio, last
            self._parents[component].append(parent)


def _untied(grid: Grid, x: Variables) -> Ints:
    """First bucket from which on an item can be had without a whole number."""
    found = np.full(len(grid.items), grid.buckets, dtype=np.int64)
    for row in grid.tables.given:
        if x.lots[row.start] < 0:
            found[row.item] = min(found[row.item], row.bucket)
    for position, (arrival, _) in enumerate(x.tiers.tolist()):
        if x.ordered[position] < 0:
            row_item = grid.items[grid.arrivals[arrival].item]
            found[row_item] = min(found[row_item], grid.arrivals[arrival].released)
    return found


def _first_bought(grid: Grid) -> Ints:
    """First bucket in which a purchase of an item is usable (the number of buckets: none)."""
    found = np.full(len(grid.items), grid.buckets, dtype=np.int64)
    for arrival in grid.arrivals:
        item = grid.items[arrival.item]
        found[item] = min(found[item], arrival.released)
    return found


def _lots(grid: Grid, x: Variables) -> tuple[Ints, Ints, Ints]:
    """Item, bucket of use and column of all lots and orders."""
    rows = [(row.item, row.bucket, int(x.lots[row.start])) for row in grid.tables.given]
    for position, (arrival, _) in enumerate(x.tiers.tolist()):
        bought = grid.arrivals[arrival]
        rows.append((grid.items[bought.item], bought.released, int(x.ordered[position])))
    table = np.array([row for row in rows if row[2] >= 0], dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _produced(grid: Grid, x: Variables, rows: _Rows, balance: Ints) -> None:
    """What becomes usable: lots and purchases as in the material balance."""
    table = grid.tables.given
    start, place = ints(table, 0), balance[ints(table, 1), ints(table, 2)]
    rows.post(place, x.made[start], -floats(table, 3))
    lots, per_lot = x.lots[start], floats(table, 4)
    live = (lots >= 0) & (per_lot != 0)
    rows.post(place[live], lots[live], -per_lot[live])
    for position, (arrival, _) in enumerate(x.tiers.tolist()):
        row = grid.arrivals[arrival]
        item, ordered = grid.items[row.item], int(x.ordered[position])
        share, loss = after_inspections(grid.lookup, row.item, "", row.inspections, 1.0, 0.0)
        rows.post([balance[item, row.released]], [x.bought[position]], [-share])
        if ordered >= 0 and loss:
            rows.post([balance[item, row.released]], [ordered], [loss / grid.unit[item]])


def _unmet(grid: Grid, x: Variables, rows: _Rows, unmet: Ints, needs: _Needs) -> None:
    """Tie gamma to demand not shipped, to shortages and to the parents' gamma."""
    change = rows.more(needs.demand)
    rows.post(change, unmet, 1.0)
    rows.post(change[:, 1:], unmet[:, :-1], -1.0)
    rows.post(change, x.short, -1.0)
    served, ships, delivered = x.delivered[:, 0], x.delivered[:, 2], x.delivered[:, 3]
    rows.post(change[grid.classes.item[served], ships], delivered, 1.0)
    for (parent, component), reach in needs.reach.items():
        ratio = needs.ratio[parent, component]
        now = np.flatnonzero(reach >= 0)
        rows.post(change[component, now], unmet[parent, reach[now]], -ratio)
        later = now[now + 1 < grid.buckets] + 1
        rows.post(change[component, later], unmet[parent, reach[later - 1]], ratio)


def with_locations(model: Model, echelon: Echelon, grid: Grid, x: Variables, most: int) -> Model | None:
    """Say which lot serves which requirement (facility location, Krarup and Bilde 1977).

    z[s,v] is what lot s gives to the increase of the requirement in v: sum over s of z[s,v] + gamma[v]
    >= r[v], z[s,v] <= r[v] * lots[s], sum over v of z[s,v] <= what s gives. As strong as all
    inequalities of `Echelon` together where nothing is made of an item.

    Parameters
    ----------
    most : int
        None is returned where more columns than this were needed.
    """
    table = [row for row in grid.tables.given if x.lots[row.start] >= 0]
    pairs = [
        (number, bucket)
        for number, row in enumerate(table)
        for bucket in range(row.bucket, grid.buckets)
        if echelon.need[row.item, bucket] > 0
    ]
    if not pairs or len(pairs) > most:
        return None
    number, bucket = np.array(pairs, dtype=np.int64).T
    item = np.array([row.item for row in table], dtype=np.int64)
    start = np.array([row.start for row in table], dtype=np.int64)
    first = len(model.cost)
    more = _with_columns(model, len(pairs))
    serve = np.arange(first, first + len(pairs))
    more.item[serve] = item[number]
    need = echelon.need[item[number], bucket]
    lots = np.arange(len(pairs))
    place, served = np.unique(item[number] * grid.buckets + bucket, return_inverse=True)
    gives = len(pairs) + np.arange(len(table))
    meets = len(pairs) + len(table) + np.arange(len(place))
    parts: list[Triples] = []

    def post(rows: Ints, columns: Ints, values: Floats) -> None:
        parts.append((rows, columns, np.broadcast_to(values, rows.shape)))

    post(lots, serve, np.array(-1.0))
    post(lots, x.lots[start[number]], need)
    post(gives[number], serve, np.array(-1.0))
    post(gives, x.made[start], floats(table, 3))
    post(gives, x.lots[start], floats(table, 4))
    post(meets[served], serve, np.array(1.0))
    post(meets, echelon.unmet.ravel()[place], np.array(1.0))
    row, column, value = (np.concatenate([part[k] for part in parts]) for k in range(3))
    low = np.concatenate([np.zeros(len(pairs) + len(table)), echelon.need.ravel()[place]])
    return with_rows(more, (row, column, value), low, np.full(len(low), INFINITY))
