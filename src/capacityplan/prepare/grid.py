"""The grid: a plant as index arrays, the one input of the bucket-level models.

Quantities are in *model units*: ``unit[i]`` base units of item i, a power of ten that brings
typical lots near 10 to 100, so that models are well scaled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from capacityplan.demand import Demand, net
from capacityplan.domain.identical import Pooled
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Ints, Timeline, WorkingTime
from capacityplan.prepare.classes import DemandClasses, classify
from capacityplan.prepare.facts import FactReader, Facts
from capacityplan.prepare.flow import Clockwork
from capacityplan.prepare.process import Process, processes
from capacityplan.prepare.purchasing import Arrival, arrivals
from capacityplan.prepare.requirements import gross_per_day
from capacityplan.prepare.tables import Start, TableMaker, Tables

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grid:
    """Everything the rule families read.

    Attributes
    ----------
    items, resources : dict of id to index
    unit : (items,) float
        Base units per model unit.
    starts : tuple of Start
        Production columns, by process and bucket.
    capacity : (resources, buckets) float
        Regular capacity-minutes, less what facts take.
    overtime : (resources, buckets) float
        Capacity-minutes a plan may open.
    inflow, taken : (items, buckets) float, model units
        Flows that no decision changes.
    pool : Pooled
        Which machines a resource stands for.
    """

    plant: Plant
    lookup: Lookup
    timeline: Timeline
    clockwork: Clockwork
    items: dict[str, int]
    resources: dict[str, int]
    unit: Floats
    scale: Floats
    processes: tuple[Process, ...]
    starts: tuple[Start, ...]
    tables: Tables
    capacity: Floats
    overtime: Floats
    inflow: Floats
    taken: Floats
    facts: Facts
    classes: DemandClasses
    arrivals: tuple[Arrival, ...]
    pool: Pooled

    @property
    def buckets(self) -> int:
        """Number of buckets."""
        return len(self.timeline)

    def per_unit(self, rate: Fraction | float, item: int) -> float:
        """Turn money per unit of an item into money per model unit."""
        return float(rate) * float(self.unit[item]) / float(self.scale[item])


class Ground:
    """The parts of a plant that do not depend on a schedule; shared between grids."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.lookup = Lookup(plant)
        self.timeline = Timeline.of(plant)
        self.working = WorkingTime(plant, self.timeline)
        self.clockwork = Clockwork(plant, self.lookup, self.timeline, self.working)
        self.demands: tuple[Demand, ...] = net(plant, self.timeline)
        daily = gross_per_day(self.lookup, self.timeline, self.demands)
        # In a window a schedule chooses modes.
        by_mode = not self.timeline.window_buckets
        self.processes = processes(self.lookup, daily, by_mode, self._room())
        self.unit = _units(plant, self.processes, daily)

    def _room(self) -> dict[str, float]:
        """Minutes of every resource a day on average."""
        end = self.timeline.horizon_end
        days = float(self.timeline.days.sum())
        return {
            name: self.working.regular(name).capacity_minutes(0, end) / days for name in self.lookup.resources
        }

    def facts(self, scheduled: frozenset[str] = frozenset()) -> FactReader:
        """Return a reader that has counted in stock and receipts."""
        reader = FactReader(self.lookup, self.clockwork)
        reader.read(scheduled)
        return reader


def grid_of(
    ground: Ground, facts: Facts, pool: Pooled | None = None,
    down: Mapping[tuple[str, int], float] | None = None,
) -> Grid:  # fmt: skip
    """Build the grid of a plant.

    Parameters
    ----------
    ground : Ground
    facts : Facts
        Stock, receipts and, where there is one, the schedule of the window.
    pool : Pooled, optional
        What the ground's plant was made by, where its machines stand for several.
    down : mapping of (resource, bucket) to float, optional
        Capacity-minutes that single ones of such machines are down.
    """
    plant, timeline = ground.plant, ground.timeline
    items = {row.item: index for index, row in enumerate(plant.items)}
    resources = {name: index for index, name in enumerate(ground.lookup.resources)}
    capacity, overtime = _capacities(ground, facts, down or {})
    inflow, taken = _flows(ground, facts, items)
    starts = _starts(ground, facts.first, items)
    maker = TableMaker(ground.lookup, timeline, ground.processes, items, resources, ground.unit)
    return Grid(
        plant=plant,
        lookup=ground.lookup,
        timeline=timeline,
        clockwork=ground.clockwork,
        items=items,
        resources=resources,
        unit=ground.unit,
        scale=np.array([float(10**row.precision) for row in plant.items]),
        processes=ground.processes,
        starts=starts,
        tables=maker.make(starts),
        capacity=capacity,
        overtime=overtime,
        inflow=inflow,
        taken=taken,
        facts=facts,
        classes=classify(plant, timeline, ground.demands, items, ground.unit),
        arrivals=arrivals(ground.lookup, timeline, ground.working, ground.clockwork, facts.first),
        pool=pool or Pooled(plant),
    )


def _units(plant: Plant, made: tuple[Process, ...], daily: dict[str, float]) -> Floats:
    lots = {process.item: process.lot for process in made}
    typical = [lots.get(row.item, max(daily.get(row.item, 0.0) * 7, row.min_lot)) for row in plant.items]
    return np.array([10.0 ** max(0, math.floor(math.log10(max(size, 1.0) / 10))) for size in typical])


def _starts(ground: Ground, first: int, items: dict[str, int]) -> tuple[Start, ...]:
    found = []
    for index, process in enumerate(ground.processes):
        for bucket in range(first, len(ground.timeline)):
            flow = ground.clockwork.flow(process, bucket)
            if flow is not None and flow.released < len(ground.timeline):
                found.append(Start(index, items[process.item], flow))
    return tuple(found)


def _capacities(ground: Ground, facts: Facts, down: Mapping[tuple[str, int], float]) -> tuple[Floats, Floats]:
    """Regular capacity left by facts, and possible overtime, by resource and bucket."""
    timeline = ground.timeline
    shape = (len(ground.lookup.resources), len(timeline))
    regular, extra = np.zeros(shape), np.zeros(shape)
    for row, resource in enumerate(ground.lookup.resources.values()):
        steps = ground.working.regular(resource.resource)
        more = ground.working.overtime(resource.resource)
        for bucket in range(len(timeline)):
            begin, end = int(timeline.starts[bucket]), int(timeline.ends[bucket])
            held = facts.load.get((resource.resource, bucket), 0.0)
            open_minutes = steps.capacity_minutes(begin, end) - down.get((resource.resource, bucket), 0.0)
            regular[row, bucket] = max(0.0, open_minutes - held)
            beyond = max(0.0, held - open_minutes)
            extra[row, bucket] = max(0.0, more.capacity_minutes(begin, end) - beyond)
    return regular, extra


def _flows(ground: Ground, facts: Facts, items: dict[str, int]) -> tuple[Floats, Floats]:
    shape = (len(items), len(ground.timeline))
    inflow, taken = np.zeros(shape), np.zeros(shape)
    for row in facts.inflows:
        inflow[items[row.item], row.bucket] += row.quantity
    for (item, bucket), quantity in facts.taken.items():
        taken[items[item], bucket] += quantity
    return inflow / ground.unit[:, None], taken / ground.unit[:, None]


def days_between(timeline: Timeline, first: int, last: int) -> int:
    """Calendar days of the buckets ``first .. last - 1``."""
    total: int = int(timeline.days[first:last].sum())
    return total


__all__ = ["Floats", "Grid", "Ground", "Ints", "Start", "days_between", "grid_of"]
