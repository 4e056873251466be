"""What the families share: rows into which they post, and blocks of columns that others read.

Rows of stock, work and capacity are made once, before any family; a family posts its own columns
into them and never sees another family. Only blocks of columns (lots, overtime, work) are read by
families that come later.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from capacityplan.domain.plant import OperationResource, Resource
from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.builder import INFINITY, Builder
from capacityplan.verify.relaxation.chains import Chain, Hold, Step
from capacityplan.verify.relaxation.grid import Grid
from capacityplan.verify.relaxation.rounding import Echelon
from capacityplan.verify.relaxation.spending import Offer


@dataclass(frozen=True, slots=True)
class StepColumns:
    """Columns of an operation on a mode: (buckets,) started units and lots that end it there."""

    chain: Chain
    step: Step
    mode: OperationResource
    units: Ints
    lots: Ints


@dataclass(frozen=True, slots=True)
class Supply:
    """What comes in of an item: ``sum of share * columns`` by bucket of completion or arrival.

    Attributes
    ----------
    hold : Hold
        Minutes from there to the release at least.
    counts : tuple of (blocks of columns, units or None)
        What counts the lots or orders that bring it (their sum is whole), and the most that one brings.
    blocks : tuple of StepColumns
        The last operation on its modes, where it is made.
    fixed : bool
        Whether it comes once whatever the plan does (an order in progress).
    offer : Offer or None
        Of a purchase, where its money can be part of a cut.
    """

    terms: tuple[tuple[Ints, Fraction], ...]
    hold: Hold
    counts: tuple[tuple[tuple[Ints, ...], Fraction | None], ...] = ()
    blocks: tuple[StepColumns, ...] = ()
    fixed: bool = False
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class Debt:
    """Demand that costs more if it leaves stock after buckets, and columns that add up what does.

    Attributes
    ----------
    due : tuple of Fraction
        Units by bucket, cumulative; where it is 0 no column counts.
    later, lost : tuple of tuple of int
        What leaves later, and what was given up of it by then.
    """

    due: tuple[Fraction, ...]
    later: tuple[tuple[int, ...], ...]
    lost: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class State:
    """Columns of a setup state, of a group or of a family of groups: held, changed to.

    Attributes
    ----------
    before : tuple of (buckets,) int
        By group, held at the beginning of a bucket.
    change : (buckets,) int
        Changes to it in a bucket.
    unlisted : tuple of (buckets from ``tail`` on,) int
        By group, changes that no list charges.
    """

    before: tuple[Ints, ...]
    change: Ints
    unlisted: tuple[Ints, ...]
    tail: int

    def held(self, bucket: int) -> tuple[int, ...]:
        """Columns of what is held when a bucket begins."""
        return tuple(int(columns[bucket]) for columns in self.before)

    def changes(self, bucket: int) -> tuple[int, ...]:
        """Columns of changes in a bucket."""
        free = self.unlisted if bucket >= self.tail else ()
        return (int(self.change[bucket]), *(int(columns[bucket - self.tail]) for columns in free))


class Columns:
    """Shared rows and columns.

    Attributes
    ----------
    balance : dict of item to (buckets,) rows
        ``stock - stock before - inflows + outflows = fixed inflows``; stock is everything that is
        charged: free, on hold, and in unfinished lots.
    free : dict of item to (buckets,) rows
        The same for stock that is free to use at the latest moments of use and the earliest of
        release: an upper estimate of the unrestricted stock.
    loss : dict of item to (buckets,) rows
        What may get lost in roundings, samples and rejects: ``loss - allowance <= fixed``.
    expiry : dict of item to (buckets,) rows
        What is old enough to have expired.
    work : dict of (resource, setup group) to (buckets,) rows
        ``ahead - ahead before - worked + work of what is complete = 0``.
    load : dict of resource to (buckets,) rows
        ``worked + setups <= capacity``.
    pool : dict of resource to (buckets,) rows
        Labour and tools: ``use <= capacity``.
    supplies, debts : dict of item to lists
        What comes in, and what must go out.
    gone : dict of item to lists of (buckets,) columns
        What gets lost or expires.
    drawn : dict of item to list of Fraction
        Most that may have been delivered, or taken by orders in progress, by the end of each bucket.
    states : dict of (resource, setup group) to list of State
        Of the group, then of the families that it is in, the smallest first.
    active : dict of (resource, setup group) to (buckets,) columns
        Whether the group is worked on.
    done : dict of order in progress to (buckets,) columns
        Whether it is complete in a bucket.
    echelons, views : list of Echelon
        What cuts are made of.
    """

    def __init__(self, builder: Builder, grid: Grid) -> None:
        self._builder = builder
        self._grid = grid
        self.steps: list[StepColumns] = []
        self.purchases: list[PurchaseColumns] = []
        self.supplies: dict[str, list[Supply]] = {}
        self.debts: dict[str, list[Debt]] = {}
        self.states: dict[tuple[str, str], list[State]] = {}
        self.active: dict[tuple[str, str], Ints] = {}
        self.done: dict[str, Ints] = {}
        self.echelons: list[Echelon] = []
        self.views: list[Echelon] = []
        self.gone: dict[str, list[Ints]] = {}
        self.drawn: dict[str, list[Fraction]] = {}
        self.stock: dict[str, Ints] = {}
        self.free_stock: dict[str, Ints] = {}
        self.losing: set[str] = set()
        self.worked: dict[tuple[str, str], Ints] = {}
        self.overtime: dict[str, Ints] = {}
        self.balance: dict[str, Ints] = {}
        self.free: dict[str, Ints] = {}
        self.loss: dict[str, Ints] = {}
        self.expiry: dict[str, Ints] = {}
        for item in grid.items:
            self._rows_of_item(item)
        self.work: dict[tuple[str, str], Ints] = {}
        self.load: dict[str, Ints] = {}
        self.pool: dict[str, Ints] = {}
        self._rows_of_resources()

    def inflow(self, item: str, supply: Supply) -> None:
        """Post accepted units that come in."""
        if item not in self.balance:
            return
        self.supplies.setdefault(item, []).append(supply)
        for columns, share in supply.terms:
            self._inflow(item, columns, share, supply.hold)

    def _inflow(self, item: str, columns: Ints, share: Fraction, hold: Hold) -> None:
        grid, builder = self._grid, self._builder
        life = grid.lookup.items[item].shelf_life_days
        builder.post(self.balance[item], columns, -share)
        for bucket in range(grid.size):
            released = grid.earliest_release(bucket, hold)
            if released < grid.size:
                builder.post(self.free[item][released], columns[bucket], -share)
            if life is not None and item in self.expiry:
                expired = grid.earliest_expiry(bucket, life)
                if expired < grid.size:
                    builder.post(self.expiry[item][expired], columns[bucket], -share)

    def outflow(self, item: str, bucket: int, column: int) -> None:
        """Post units that a column takes out of stock in a bucket."""
        if item in self.balance:
            self._builder.post(self.balance[item][bucket], column, 1)
            self._builder.post(self.free[item][bucket], column, 1)

    def may_lose(self, item: str, columns: Ints, units: Fraction) -> None:
        """Allow units to get lost with columns (one per bucket)."""
        if item in self.loss and units > 0:
            self.losing.add(item)
            self._builder.post(self.loss[item], columns, -units)

    def may_draw(self, item: str, bucket: int, units: Fraction) -> None:
        """Say that units may be drawn from a bucket on, without a lot that takes them."""
        total = self.drawn.setdefault(item, [Fraction(0)] * self._grid.size)
        for t in range(bucket, self._grid.size):
            total[t] += units

    def _rows_of_item(self, item: str) -> None:
        grid, builder = self._grid, self._builder
        fixed, free, lost, old = (np.zeros(grid.size) for _ in range(4))
        totals = [[Fraction(0)] * grid.size for _ in range(4)]
        for one in grid.inflows:
            if one.item != item:
                continue
            totals[0][one.bucket] += one.most
            totals[2][one.bucket] += one.most - one.least
            if one.released < grid.size:
                totals[1][one.released] += one.most
            if one.expires is not None and one.expires < grid.size:
                totals[3][max(one.expires, one.bucket)] += one.most
        for array, values in zip((fixed, free, lost, old), totals, strict=True):
            array[:] = [float(value) for value in values]
        keys = [f"{item},{t}" for t in range(grid.size)]
        if lost.any():
            self.losing.add(item)
        self.balance[item] = builder.rows("balance", keys, fixed, fixed)
        self.free[item] = builder.rows("free", keys, free, free)
        self.loss[item] = builder.rows("loss", keys, -INFINITY, lost)
        life = grid.lookup.items[item].shelf_life_days
        if old.any() or (life is not None and grid.earliest_expiry(0, life) < grid.size):
            self.expiry[item] = builder.rows("expiry", keys, old, old)

    def _rows_of_resources(self) -> None:
        grid, builder = self._grid, self._builder
        for resource in machines(grid):
            room = grid.capacity(resource.resource)
            keys = [f"{resource.resource},{t}" for t in range(grid.size)]
            self.load[resource.resource] = builder.rows("load", keys, -INFINITY, np.array(room, dtype=float))
            for group in groups(grid, resource):
                keys = [f"{resource.resource},{group},{t}" for t in range(grid.size)]
                self.work[resource.resource, group] = builder.rows("work", keys, 0, 0)
        for name in pools(grid):
            keys = [f"{name},{t}" for t in range(grid.size)]
            room = grid.capacity(name)
            self.pool[name] = builder.rows("pool", keys, -INFINITY, np.array(room, dtype=float))


@dataclass(frozen=True, slots=True)
class PurchaseColumns:
    """Columns of a price tier: (buckets,) units, orders and multiples (of ``pack`` units) that arrive."""

    supplier: str
    item: str
    units: Ints
    orders: Ints
    packs: Ints | None
    pack: Fraction


def machines(grid: Grid) -> list[Resource]:
    """Resources on which operations run."""
    used = {mode.resource for modes in grid.lookup.modes.values() for mode in modes}
    return [row for row in grid.plant.resources if row.resource in used]


def pools(grid: Grid) -> list[str]:
    """Labour pools, tools and pools of people with skills that modes need."""
    modes = [mode for found in grid.lookup.modes.values() for mode in found]
    used = {pool for mode in modes for pool, _ in grid.lookup.pools(mode)}
    return [name for name in grid.lookup.resources if name in used]


def groups(grid: Grid, resource: Resource) -> list[str]:
    """Setup groups that are told apart on a resource: without a matrix, one for all."""
    if not resource.changeover_matrix:
        return [""]
    found: dict[str, None] = {}
    for (item, _, _), modes in grid.lookup.modes.items():
        if any(mode.resource == resource.resource for mode in modes):
            found[grid.lookup.setup_group(item)] = None
    return list(found)


def group_on(grid: Grid, resource: str, item: str) -> str:
    """Setup group under which work of an item is booked on a resource."""
    return grid.lookup.setup_group(item) if grid.lookup.resources[resource].changeover_matrix else ""
