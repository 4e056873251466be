"""What production columns take and give, as flat coefficient tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import BomLine
from capacityplan.domain.timeline import Timeline
from capacityplan.prepare.flow import Flow, Passage
from capacityplan.prepare.process import Phase, Process, Rates

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Start(NamedTuple):
    """A process started in a bucket: one column of production."""

    process: int
    item: int
    flow: Flow


class Choice(NamedTuple):
    """Part of a start that runs an operation on one of several modes: one column."""

    start: int
    phase: int
    rates: Rates


class Load(NamedTuple):
    """Minutes on a resource in a bucket.

    ``source`` is a start (below the number of starts) or a choice (from there on); ``group`` is
    the setup group for resources with a changeover matrix, else -1.
    """

    source: int
    start: int
    resource: int
    bucket: int
    per_unit: float
    per_lot: float
    group: int


class Batched(NamedTuple):
    """Model units that go through a batch operation in a bucket."""

    source: int
    key: int
    bucket: int
    per_unit: float


class BatchKey(NamedTuple):
    """A resource filled with one operation and setup group at a time (docs/model.md, section 3)."""

    resource: int
    group: int
    pools: tuple[tuple[int, int], ...]
    size: float
    minutes: float
    cost: float


class Flowing(NamedTuple):
    """Model units of an item that a start gives or takes in a bucket."""

    start: int
    item: int
    bucket: int
    per_unit: float
    per_lot: float


@dataclass(frozen=True, slots=True)
class Tables:
    """All coefficient tables of a grid, each a tuple of rows."""

    choices: tuple[Choice, ...]
    loads: tuple[Load, ...]
    pools: tuple[Load, ...]
    batched: tuple[Batched, ...]
    batch_keys: tuple[BatchKey, ...]
    given: tuple[Flowing, ...]
    taken: tuple[Flowing, ...]
    groups: tuple[str, ...]


def ints(rows: Sequence[tuple[object, ...]], field: int) -> Ints:
    """One whole-number field of a table as an array."""
    return np.array([row[field] for row in rows], dtype=np.int64)


def floats(rows: Sequence[tuple[object, ...]], field: int) -> Floats:
    """One field of a table as an array of floats."""
    return np.array([row[field] for row in rows], dtype=np.float64)


class TableMaker:
    """Builds the tables start by start."""

    def __init__(
        self,
        lookup: Lookup,
        timeline: Timeline,
        made: tuple[Process, ...],
        items: dict[str, int],
        resources: dict[str, int],
        unit: Floats,
    ) -> None:
        self._lookup, self._timeline = lookup, timeline
        self._processes = made
        self._items, self._resources, self._unit = items, resources, unit
        self._groups: dict[str, int] = {}
        self._keys: dict[tuple[str, str, str, int], int] = {}
        self._key_rows: list[BatchKey] = []
        self._choices: list[Choice] = []
        self._loads: list[Load] = []
        self._pools: list[Load] = []
        self._batched: list[Batched] = []
        self._given: list[Flowing] = []
        self._taken: list[Flowing] = []
        self._used = {
            line.component
            for line in lookup.plant.bill_of_materials
            if line.item in lookup.versions and not line.by_product
        }

    def make(self, starts: tuple[Start, ...]) -> Tables:
        """Fill the tables for all starts."""
        for index, start in enumerate(starts):
            process = self._processes[start.process]
            passages = start.flow.passages
            for position, (phase, passage) in enumerate(zip(process.phases, passages, strict=True)):
                self._phase(len(starts), index, position, process, phase, passage)
                self._needs(index, start, process, phase, passage)
            self._output(index, start, process)
        return Tables(
            tuple(self._choices), tuple(self._loads), tuple(self._pools), tuple(self._batched),
            tuple(self._key_rows), tuple(self._given), tuple(self._taken), tuple(self._groups),
        )  # fmt: skip

    def _output(self, index: int, start: Start, process: Process) -> None:
        flow = start.flow
        bucket = flow.usable if process.item in self._used else flow.released
        lost = process.loss / self._unit[start.item]
        per_unit, per_lot = process.share, -lost
        if not process.counted:
            per_unit, per_lot = process.share - process.loss / process.lot, 0.0
        self._given.append(Flowing(index, start.item, bucket, per_unit, per_lot))
        self._beside(index, start, process)

    def _beside(self, index: int, start: Start, process: Process) -> None:
        """What comes out beside the item: counted on from its release, or from the bucket of completion."""
        last, flow = process.phases[-1], start.flow
        later = flow.usable > flow.released and flow.completed == flow.released
        for line in self._lookup.by_products.get((process.item, process.version), ()):
            component = self._items[line.component]
            scales = self._lookup.scale[line.component], self._lookup.scale[process.item]
            per = line.quantity / line.per_quantity * (1 - line.scrap_fraction)
            ratio = float(per * scales[0] / scales[1])
            bucket = flow.usable if later and line.component in self._used else flow.completed
            per_unit = ratio * last.share * self._unit[start.item] / self._unit[component]
            per_lot = -(ratio * last.loss + 1) / self._unit[component]
            if not process.counted:
                per_unit = max(per_unit + per_lot * self._unit[start.item] / process.lot, 0.0)
                per_lot = 0.0
            self._given.append(Flowing(index, component, bucket, per_unit, per_lot))

    def _needs(self, index: int, start: Start, process: Process, phase: Phase, passage: Passage) -> None:
        tail = start.flow.start >= self._timeline.window_buckets
        bucket = start.flow.start if tail else passage.bucket
        key = (process.item, process.version, phase.operation.operation)
        for line in self._lookup.components.get(key, ()):
            late = line.valid_from is not None and line.valid_from > passage.begin
            if late or (line.valid_to is not None and line.valid_to <= passage.begin):
                continue
            component = self._items[line.component]
            ratio, rounding = self._ratio(process, line)
            per_unit = ratio * phase.share * self._unit[start.item] / self._unit[component]
            per_lot = (rounding - phase.loss * ratio) / self._unit[component]
            if not process.counted:
                per_unit += max(per_lot, 0.0) * self._unit[start.item] / process.lot
                per_lot = 0.0
            self._taken.append(Flowing(index, component, bucket, per_unit, max(per_lot, 0.0)))

    def _ratio(self, process: Process, line: BomLine) -> tuple[float, int]:
        """Base units of a component per base unit, and what rounding may add per lot."""
        scales = self._lookup.scale[line.component], self._lookup.scale[process.item]
        exact = line.quantity / line.per_quantity / (1 - line.scrap_fraction) * scales[0] / scales[1]
        return float(exact), 0 if exact.denominator == 1 else 1

    def _phase(
        self, count: int, index: int, position: int, process: Process, phase: Phase, passage: Passage
    ) -> None:
        alone = len(phase.modes) == 1
        for rates in phase.modes:
            source = index
            if not alone:
                source = count + len(self._choices)
                self._choices.append(Choice(index, position, rates))
            if phase.operation.batch_size:
                self._batch(source, process, phase, passage, rates)
            else:
                self._minutes(source, index, process, passage, rates, alone)

    def _minutes(
        self, source: int, index: int, process: Process, passage: Passage, rates: Rates, alone: bool
    ) -> None:
        unit = self._unit[self._items[process.item]]
        per_unit, per_lot = rates.minutes_per_unit * unit, rates.minutes_per_lot
        if not process.dear:
            per_lot = 0.0
        if not alone:
            per_unit, per_lot = per_unit + per_lot * unit / process.lot, 0.0
        mode = rates.mode
        group = self._group(mode.resource, process.item)
        resource = self._resources[mode.resource]
        for bucket, share in passage.shares:
            row = Load(source, index, resource, bucket, per_unit * share, per_lot * share, group)
            self._loads.append(row)
            for pool, units in self._lookup.pools(mode):
                self._pool(row, pool, units)

    def _pool(self, row: Load, pool: str, units: int) -> None:
        self._pools.append(
            row._replace(
                resource=self._resources[pool], per_unit=row.per_unit * units, per_lot=row.per_lot * units
            )
        )

    def _batch(self, source: int, process: Process, phase: Phase, passage: Passage, rates: Rates) -> None:
        mode, operation = rates.mode, phase.operation
        name = self._lookup.setup_group(process.item)
        key = (mode.resource, operation.operation, name, mode.setup_minutes + operation.fixed_minutes)
        if key not in self._keys:
            self._keys[key] = len(self._key_rows)
            pools = self._resources
            self._key_rows.append(
                BatchKey(
                    pools[mode.resource],
                    self._group(mode.resource, process.item),
                    tuple((pools[pool], units) for pool, units in self._lookup.pools(mode)),
                    float(operation.batch_size),
                    rates.minutes_per_batch,
                    rates.cost_per_batch,
                )
            )
        per_unit = phase.share * self._unit[self._items[process.item]]
        bucket = passage.shares[0][0]
        self._batched.append(Batched(source, self._keys[key], bucket, per_unit))

    def _group(self, resource: str, item: str) -> int:
        if not self._lookup.resources[resource].changeover_matrix:
            return -1
        return self._groups.setdefault(self._lookup.setup_group(item), len(self._groups))
