"""Rough-cut capacity: what the projections load every resource with, and the cheapest way to make room.

A linear programme over all buckets of the plan: production of every version, its operations on their
modes, stock carried ahead of demand (within its shelf life), and for every resource the hours beyond its
calendar that serving all demand takes. It knows no lots' borders, changeovers, waits and lead times, so it is
a promise of enough capacity, not a plan; `proven` plans with what it proposes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import coo_array

from capacityplan.demand import net
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Inspection, Plant, ResourceKind, StockStatus
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.errors import SolverBug
from capacityplan.explain.extra import extra_shift, more_in_pool, second_machine
from capacityplan.explain.relax import CUMULATIVE
from capacityplan.prepare.process import Phase, Process, Rates, processes
from capacityplan.prepare.requirements import gross_per_day
from capacityplan.units import MINUTES_PER_HOUR

SHIFT_FACTOR, HIRE_FACTOR = 1.5, 2.0
"""What an hour in closed time costs against a normal one where no overtime price is stated, and one hired."""
_LEAST_RATE = 1.0
"""Money per hour where a resource has no price: hours are not for nothing."""
OPTIONS = ("overtime", "extra shift", "hire")
_NEGLIGIBLE = 0.5

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Room:
    """A resource over the buckets: (buckets,) minutes each.

    Attributes
    ----------
    load : float64
        Work that serving all demand takes.
    capacity : float64
        Minutes of its calendar.
    extra : dict of option to float64
        Minutes beyond: overtime that it offers, shifts in closed hours, hired.
    rates : dict of option to money per hour
    value : float or None
        What it would save if this resource alone had no limit (of those that need extra).
    """

    resource: str
    kind: ResourceKind
    load: Floats
    capacity: Floats
    extra: dict[str, Floats]
    rates: dict[str, float]
    value: float | None = None

    @property
    def cost(self) -> float:
        """Money that its extra minutes cost."""
        return sum(float(self.extra[name].sum()) * self.rates[name] / MINUTES_PER_HOUR for name in self.extra)

    @property
    def peak(self) -> float:
        """Highest load over capacity in a bucket in which its calendar is open."""
        opened = self.capacity > 0
        return float((self.load[opened] / self.capacity[opened]).max(initial=0.0))


@dataclass(frozen=True, slots=True)
class RoughCut:
    """All resources, the dearest bottleneck first."""

    rooms: tuple[Room, ...]
    buckets: int

    @property
    def cost(self) -> float:
        """Money that all extra minutes cost."""
        return sum(room.cost for room in self.rooms)


def rough_cut(plant: Plant) -> RoughCut:
    """Load a plant with all its demand and find the cheapest extra hours that make room for it.

    Raises
    ------
    SolverBug
        If the linear programme is not solved (it always has a solution: hours can be hired).
    """
    model = _Model(plant)
    values, least = model.solve()
    found = []
    for name in model.resources:
        room = model.room(name, values)
        if room.cost > _NEGLIGIBLE:
            _, without = model.solve(free=name)
            room = replace(room, value=least - without)
        found.append(room)
    found.sort(key=lambda room: (-(room.value or 0.0), -room.peak, room.resource))
    return RoughCut(tuple(found), len(model.timeline))


def with_room(plant: Plant, cut: RoughCut) -> Plant:
    """Return the plant with what a rough cut proposes, each option open at any time, at its price.

    Overtime is the plant's own already; people, tools and places are added for every shift.
    """
    rows = {row.resource: row for row in plant.resources}
    for room in cut.rooms:
        row = rows[room.resource]
        beyond = sum((room.extra[name] for name in room.extra if name != "overtime"), np.zeros(cut.buckets))
        if row.kind in CUMULATIVE and beyond.any():
            one = np.maximum(room.capacity, 1.0) / row.capacity
            plant = more_in_pool(plant, row, int(np.ceil((beyond / one).max())))
        elif "extra shift" in room.extra:
            plant = extra_shift(plant, row, Fraction(room.rates["extra shift"]).limit_denominator(100))
        if row.kind not in CUMULATIVE and "hire" in room.extra:
            plant = second_machine(plant, row, Fraction(room.rates["hire"]).limit_denominator(100))
    return plant


class _Model:
    def __init__(self, plant: Plant) -> None:
        self._plant, self.timeline = plant, Timeline.of(plant)
        self._lookup = Lookup(plant)
        self._working = WorkingTime(plant, self.timeline)
        self._size = len(self.timeline)
        demands = net(plant, self.timeline)
        self._made = processes(self._lookup, gross_per_day(self._lookup, self.timeline, demands))
        self._items = sorted({one.item for one in self._made})
        self._demand = {item: np.zeros(self._size) for item in self._items}
        for row in demands:
            if row.item in self._demand:
                self._demand[row.item][row.bucket] += row.quantity
        self._cost: list[float] = []
        self._upper: list[float] = []
        self._rows: list[tuple[float, bool]] = []
        self._entries: list[tuple[int, int, float]] = []
        self._balance = {item: [self._row(0.0) for _ in range(self._size)] for item in self._items}
        self.resources: list[str] = []
        self._load: dict[str, list[int]] = {}
        self._used: dict[str, list[list[tuple[int, float]]]] = {}
        self._extra: dict[tuple[str, str], list[int]] = {}
        self._rates: dict[str, dict[str, float]] = {}
        self._rights()
        for one in self._made:
            self._process(one)

    def _row(self, side: float, equal: bool = True) -> int:
        self._rows.append((side, equal))
        return len(self._rows) - 1

    def _column(self, cost: float, upper: float = np.inf) -> int:
        self._cost.append(cost)
        self._upper.append(upper)
        return len(self._cost) - 1

    def _rights(self) -> None:
        """Stock, supply and demand of every item that is made: what is carried from bucket to bucket."""
        for item in self._items:
            supply = self._supply(item)
            limit = self._carried(item) + np.cumsum(supply)
            rate = float(self._lookup.holding_rate(item)) / self._lookup.scale[item]
            stock = [self._column(rate * int(self.timeline.days[t]), limit[t]) for t in range(self._size)]
            for t, row in enumerate(self._balance[item]):
                # Supply that nobody wants may be left: what must come in is at most what is missing.
                self._rows[row] = (float(self._demand[item][t] - supply[t]), True)
                self._entries.append((row, stock[t], -1.0))
                if t:
                    self._entries.append((row, stock[t - 1], 1.0))
                self._entries.append((row, self._column(0.0), -1.0))

    def _supply(self, item: str) -> Floats:
        found = np.zeros(self._size)
        for row in self._plant.stock:
            if row.item == item and row.status is not StockStatus.BLOCKED:
                at = min(row.available or 0, self.timeline.horizon_end - 1)
                found[self.timeline.bucket_of_start(at)] += row.quantity
        for receipt in self._plant.receipts:
            if receipt.item == item and receipt.due < self.timeline.horizon_end:
                found[self.timeline.bucket_of_start(max(receipt.due, 0))] += receipt.quantity
        return found

    def _carried(self, item: str) -> Floats:
        """Most that may be in stock at a bucket's end: what is wanted within the rest of its life."""
        row = self._lookup.items[item]
        used = any(line.component == item for line in self._plant.bill_of_materials)
        if row.shelf_life_days is None or used:
            return np.full(self._size, np.inf)
        days = max(row.shelf_life_days - row.min_remaining_life_days, 0)
        last = self.timeline.first_day + self.timeline.days
        demand = self._demand[item]
        return np.array([
            sum(demand[u] for u in range(t + 1, self._size) if self.timeline.first_day[u] <= last[t] + days)
            for t in range(self._size)
        ], dtype=np.float64)  # fmt: skip

    def _process(self, one: Process) -> None:
        """Start so much of a version in every bucket; its operations run in the same bucket."""
        # Of what an item is made by as it learns, each bucket has what holds at its start.
        started = [
            self._column(
                0.0, np.inf if self._lookup.learnt(one.item, one.version, begin) == one.version else 0
            )
            for begin in self.timeline.starts.tolist()
        ]
        for t, column in enumerate(started):
            self._entries.append((self._balance[one.item][t], column, max(one.share, 1e-6)))
        for phase in one.phases:
            for component, ratio in self._components(one, phase):
                if component in self._balance:
                    for t, column in enumerate(started):
                        self._entries.append((self._balance[component][t], column, -ratio))
            self._operation(one, phase, started)
        for component, ratio in self._beside(one):
            for t, column in enumerate(started):
                self._entries.append((self._balance[component][t], column, ratio))
        for row in one.final:
            self._tested(row, one.lot, 1.0, started)

    def _beside(self, one: Process) -> list[tuple[str, float]]:
        """Base units of by-products per base unit started."""
        scale, entering = self._lookup.scale, one.phases[-1].share
        return [
            (line.component, entering * scale[line.component] / scale[one.item]
             * float(line.quantity / line.per_quantity * (1 - line.scrap_fraction)))
            for line in self._lookup.by_products.get((one.item, one.version), ())
            if line.component in self._balance
        ]  # fmt: skip

    def _components(self, one: Process, phase: Phase) -> list[tuple[str, float]]:
        """Base units of components per base unit started."""
        scale = self._lookup.scale
        key = one.item, one.version, phase.operation.operation
        return [
            (line.component, phase.share * scale[line.component] / scale[one.item]
             * float(line.quantity / line.per_quantity / (1 - line.scrap_fraction)))
            for line in self._lookup.components.get(key, ())
        ]  # fmt: skip

    def _operation(self, one: Process, phase: Phase, started: Sequence[int]) -> None:
        """Share an operation's work among its modes, in base units that enter it."""
        for t, column in enumerate(started):
            row = self._row(0.0)
            self._entries.append((row, column, phase.share))
            for rates in phase.modes:
                part = self._column(0.0)
                self._entries.append((row, part, -1.0))
                minutes = self._minutes(one, phase, rates)
                self._use(rates.mode.resource, t, part, minutes)
                for pool, units in self._lookup.pools(rates.mode):
                    self._use(pool, t, part, minutes * units)
        for row_of in phase.inspections:
            self._tested(row_of, one.lot, phase.share, started)

    def _minutes(self, one: Process, phase: Phase, rates: Rates) -> float:
        """Minutes per base unit entering: run, and setup of an ordinary lot."""
        lot = max(one.lot * phase.share, 1.0)
        per_batch = rates.minutes_per_batch / max(phase.operation.batch_size, 1)
        return rates.minutes_per_unit / max(phase.share, 1e-6) + rates.minutes_per_lot / lot + per_batch

    def _tested(self, row: Inspection, lot: float, share: float, started: Sequence[int]) -> None:
        """Lab and analysts for an ordinary lot."""
        lots = share / max(lot, 1.0) / row.every_lots
        for t, column in enumerate(started):
            self._use(row.lab, t, column, row.lab_minutes * row.slots * lots)
            if row.labour and row.analysts:
                self._use(row.labour, t, column, row.lab_minutes * row.analysts * lots)

    def _use(self, resource: str, bucket: int, column: int, minutes: float) -> None:
        if resource not in self._load:
            self._open(resource)
        self._entries.append((self._load[resource][bucket], column, minutes))
        self._used[resource][bucket].append((column, minutes))

    def _open(self, name: str) -> None:
        """Rows of a resource's minutes, and columns of what can be added."""
        row = self._lookup.resources[name]
        steps, borders = (
            self._working.regular(name),
            list(zip(self.timeline.starts, self.timeline.ends, strict=True)),
        )
        room = [float(steps.capacity_minutes(int(a), int(b))) for a, b in borders]
        over = [float(self._working.overtime(name).capacity_minutes(int(a), int(b))) for a, b in borders]
        weekly = row.max_overtime_hours_per_week
        if weekly is not None:
            over = [
                min(one, float(weekly) * MINUTES_PER_HOUR * int(d) / 7)
                for one, d in zip(over, self.timeline.days, strict=True)
            ]
        most = max([row.capacity, *(capacity for _, _, capacity in steps.intervals())])
        closed = [
            max(0.0, most * (int(b) - int(a)) - r - o)
            for (a, b), r, o in zip(borders, room, over, strict=True)
        ]
        normal = float(row.cost_per_hour) or _LEAST_RATE
        stated = float(row.overtime_cost_per_hour)
        shift = max(normal * SHIFT_FACTOR, stated)
        hire = max(normal * HIRE_FACTOR, stated * SHIFT_FACTOR)
        rates = {"overtime": stated or shift, "extra shift": shift, "hire": hire}
        limits = {"overtime": over, "extra shift": closed, "hire": [np.inf] * self._size}
        self.resources.append(name)
        self._rates[name] = rates
        self._load[name] = [self._row(minutes, equal=False) for minutes in room]
        self._used[name] = [[] for _ in range(self._size)]
        for option in OPTIONS:
            columns = [
                self._column(rates[option] / MINUTES_PER_HOUR, limits[option][t]) for t in range(self._size)
            ]
            self._extra[name, option] = columns
            for t, column in enumerate(columns):
                self._entries.append((self._load[name][t], column, -1.0))

    def solve(self, free: str = "") -> tuple[Floats, float]:
        """Return the cheapest values; ``free`` names a resource whose extra minutes cost nothing."""
        cost = np.array(self._cost)
        if free:
            for option in OPTIONS:
                cost[self._extra[free, option]] = 0.0
        sides = np.array([side for side, _ in self._rows])
        equal = np.array([one for _, one in self._rows], dtype=bool)
        table = np.array(self._entries)
        places = table[:, 0].astype(int), table[:, 1].astype(int)
        whole: Any = coo_array((table[:, 2], places), shape=(len(self._rows), len(cost))).tocsr()
        bounds = [(0.0, None if np.isinf(most) else most) for most in self._upper]
        found: Any = linprog(cost, whole[~equal], sides[~equal], whole[equal], sides[equal], bounds, "highs")
        if found.x is None:
            raise SolverBug(f"the rough-cut model was not solved: {found.message}")
        return np.asarray(found.x, dtype=np.float64), float(found.fun)

    def room(self, name: str, values: Floats) -> Room:
        """Read a resource's load and extra minutes."""
        load = np.array(
            [sum(values[column] * minutes for column, minutes in rows) for rows in self._used[name]]
        )
        steps = self._working.regular(name)
        capacity = np.array(
            [float(steps.capacity_minutes(int(a), int(b)))
             for a, b in zip(self.timeline.starts, self.timeline.ends, strict=True)]
        )  # fmt: skip
        extra: dict[str, Floats] = {}
        for option in OPTIONS:
            minutes = values[self._extra[name, option]]
            if minutes.sum() > _NEGLIGIBLE:
                extra[option] = minutes
        return Room(name, self._lookup.resources[name].kind, load, capacity, extra, self._rates[name])
