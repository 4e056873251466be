"""What the compiled search charges: the ledger's rates and everything it cannot change, as tables.

``q`` is a flat array of integers with a header, as a problem is (`arrays`); ``f`` holds all rates in
one array of floating-point numbers, and ``q[F_X]`` says where the rates of x begin in it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from capacityplan.demand.netting import Demand, net
from capacityplan.domain.plant import Lateness, Receipt, ReceiptKind, Stage
from capacityplan.prepare.lotflow import accept, comes_beside, components_taken, in_process, usual_hold
from capacityplan.prepare.stability import Stability
from capacityplan.solve.dispatch import Ground
from capacityplan.solve.minute import arrays
from capacityplan.solve.minute.arrays import NEVER, Floats, Ints, Rates, ints, offsets, packed
from capacityplan.solve.minute.build import Builder
from capacityplan.solve.minute.former import former_rows
from capacityplan.solve.minute.state import longest
from capacityplan.solve.types import PlannedLot
from capacityplan.units import MINUTES_PER_DAY, MINUTES_PER_HOUR, floor_product

_DROPPED_DAYS = 7
"""How long after the window a lot without a place in it is taken to be ready."""
_CLOCK_CHANGE = 60

(
    BUCKETS, ENDS, DAYS, DAYS_BEFORE, BY_MINUTE, AFTER,
    # Items: stock targets (the highest safety stock, then by bucket); where they are stored; room for
    # supplies and takings; what is fixed of both.
    SAFETY, MOST, STORED, STORAGES, SUPPLY_AT, TAKING_AT, FIXED_AT, FIXED_MINUTE, FIXED_QUANTITY,
    TAKEN_AT, TAKEN_MINUTE, TAKEN_QUANTITY, TAKEN_UNTIL,
    # Demands by item.
    DEMAND_AT, WANTED, DUE, DUE_BUCKET, FIRST_LATE, TRANSIT, FIRST_SHIP, ARRIVAL,
    # Whether changes cost; zones; where the previous plan has the operations of each lot.
    REPLANNED, FROZEN_END, SLUSHY_END, FORMER_AT, FORMER_OPERATION, FORMER_FROM, FORMER_TO, FORMER_START,
    FORMER_RESOURCE, FORMER_QUANTITY,
    # Where rates begin.
    F_RUN, F_SETUP, F_CHANGE, F_OVERTIME, F_HOLDING, F_SHORT, F_OVER, F_STORAGE, F_VOLUME, F_ROOM, F_LATE,
    F_LOST, F_MAKESPAN, F_OVERFULL, F_SETUP_COST, F_ZONES,
) = range(53)  # fmt: skip
"""Header of the tables ``q``."""


@dataclass(slots=True)
class _Fixed:
    """Supplies (minute, quantity) and takings (minute, quantity, until) that no order of lots changes."""

    supplies: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    takings: dict[str, list[tuple[int, int, int]]] = field(default_factory=lambda: defaultdict(list))


class Prices:
    """Reads the rates of a plant and the fixed part of a lot plan.

    Parameters
    ----------
    ground : Ground
    builder : Builder
        Its numbers of items, resources, groups and modes are used.
    """

    def __init__(self, ground: Ground, builder: Builder) -> None:
        self._ground, self._builder = ground, builder
        self._plant, self._lookup, self._timeline = ground.plant, ground.lookup, ground.timeline
        self._items = list(builder.nodes.items)
        self._rates = Rates()

    def tables(self, p: Ints) -> tuple[Ints, Floats]:
        """Build ``q`` and ``f`` for a problem."""
        fixed = self._fixed()
        entries: dict[int, int | Ints] = {}
        entries.update(self._grid())
        entries.update(self._stock_targets())
        entries.update(self._fixed_tables(fixed))
        entries.update(self._room(p, fixed))
        entries.update(self._demands())
        entries.update(self._works())
        entries.update(self._former())
        q = packed(entries)
        return q, self._rates.array()

    def _grid(self) -> dict[int, int | Ints]:
        grid = self._timeline
        after = min(grid.horizon_end, grid.window_end + _DROPPED_DAYS * MINUTES_PER_DAY)
        return {
            BUCKETS: len(grid),
            ENDS: grid.ends,
            DAYS: grid.days,
            DAYS_BEFORE: np.concatenate([[0], np.cumsum(grid.days)]),
            BY_MINUTE: int(self._plant.costs.lateness is Lateness.MINUTE),
            AFTER: after,
            F_MAKESPAN: self._rates.add([float(self._plant.costs.makespan_cost_per_minute)]),
        }

    def _stock_targets(self) -> dict[int, int | Ints]:
        lookup, costs = self._lookup, self._plant.costs
        rows = [lookup.items[name] for name in self._items]
        storages = {row.storage: k for k, row in enumerate(self._plant.storages)}
        space = {row.storage: float(row.cost_per_unit_day) for row in self._plant.storages}
        unit = [1.0 / lookup.scale[name] for name in self._items]
        value = [float(row.unit_value) * part for row, part in zip(rows, unit, strict=True)]
        dearest = max((float(row.unit_value) for row in rows), default=1.0)
        return {
            SAFETY: self._safety(),
            MOST: ints(NEVER if row.max_stock is None else row.max_stock for row in rows),
            STORED: ints(storages.get(row.storage, -1) for row in rows),
            STORAGES: len(storages),
            F_HOLDING: self._rates.add(
                [
                    float(lookup.holding_rate(name)) * part
                    for name, part in zip(self._items, unit, strict=True)
                ]
            ),
            F_SHORT: self._rates.add([each * float(costs.safety_stock_rate_per_day) for each in value]),
            F_OVER: self._rates.add([each * float(costs.overstock_rate_per_day) for each in value]),
            F_STORAGE: self._rates.add(
                [space.get(row.storage, 0.0) * part for row, part in zip(rows, unit, strict=True)]
            ),
            F_VOLUME: self._rates.add(unit),
            F_ROOM: self._rates.add([float(row.capacity) for row in self._plant.storages]),
            F_OVERFULL: self._rates.add([dearest]),
        }

    def _safety(self) -> Ints:
        """Every item's highest safety stock, then by item its safety stock at every bucket's end."""
        levels = [self._lookup.safety_stocks(name, self._timeline) for name in self._items]
        return np.concatenate([ints(row.max() for row in levels), *levels])

    def _former(self) -> dict[int, int | Ints]:
        stability, rows = Stability(self._plant), former_rows(self._ground, self._builder)
        columns = list(zip(*(row for found in rows for row in found), strict=True)) or [()] * 6
        operation, first, last, start, resource, quantity = (ints(column) for column in columns)
        return {
            REPLANNED: int(bool(self._plant.previous_runs) and any(stability.rates)),
            FROZEN_END: stability.frozen,
            SLUSHY_END: stability.slushy,
            FORMER_AT: offsets([len(found) for found in rows]),
            FORMER_OPERATION: operation,
            FORMER_FROM: first,
            FORMER_TO: last,
            FORMER_START: start,
            FORMER_RESOURCE: resource,
            FORMER_QUANTITY: quantity,
            F_ZONES: self._rates.add(stability.rates),
        }

    def _works(self) -> dict[int, int | Ints]:
        lookup, groups = self._lookup, self._builder.nodes.groups
        resources = list(lookup.resources.values())
        hourly = {row.resource: float(lookup.machine_hour(row)) / MINUTES_PER_HOUR for row in resources}
        run, setup, fixed = [], [], []
        for mode in self._builder.nodes.mode_rows():
            wage = float(lookup.wage(mode)) / MINUTES_PER_HOUR
            run.append(float(lookup.run_hour(mode)) / MINUTES_PER_HOUR + wage)
            setup.append(hourly[mode.resource] + wage)
            fixed.append(float(mode.setup_cost))
        matrices = sorted({row.changeover_matrix for row in resources if row.changeover_matrix})
        changes = np.zeros((max(len(matrices), 1), len(groups), len(groups)))
        for change in lookup.changeovers.values():
            if change.matrix in matrices:
                at = (matrices.index(change.matrix), groups[change.from_group], groups[change.to_group])
                changes[at] = float(change.cost)
        return {
            F_RUN: self._rates.add(run),
            F_SETUP: self._rates.add(setup),
            F_SETUP_COST: self._rates.add(fixed),
            F_CHANGE: self._rates.add(changes),
            F_OVERTIME: self._rates.add(
                [float(row.overtime_cost_per_hour) / MINUTES_PER_HOUR for row in resources]
            ),
        }

    def _demands(self) -> dict[int, int | Ints]:
        lookup, grid = self._lookup, self._timeline
        rows: dict[str, list[Demand]] = defaultdict(list)
        for row in sorted(net(self._plant, grid), key=lambda row: (row.due, -row.late_rate, row.demand)):
            rows[row.item].append(row)
        found = [row for name in self._items for row in rows[name]]
        transits = sorted({row.transit for row in found} | {0})
        arrival = [[self._arrives(bucket, transit) for bucket in range(len(grid))] for transit in transits]
        first = [np.searchsorted(arrival[transits.index(row.transit)], row.bucket) for row in found]
        return {
            DEMAND_AT: offsets([len(rows[name]) for name in self._items]),
            WANTED: ints(row.quantity for row in found),
            DUE: ints(row.due for row in found),
            DUE_BUCKET: ints(row.bucket for row in found),
            FIRST_LATE: ints(grid.days_late(row.due, row.bucket) for row in found),
            TRANSIT: ints(transits.index(row.transit) for row in found),
            FIRST_SHIP: ints(int(bucket) for bucket in first),
            ARRIVAL: ints(bucket for row in arrival for bucket in row),
            F_LATE: self._rates.add([float(row.late_rate) / lookup.scale[row.item] for row in found]),
            F_LOST: self._rates.add([float(row.lost_rate) / lookup.scale[row.item] for row in found]),
        }

    def _arrives(self, bucket: int, transit: int) -> int:
        """Bucket in which a shipment at a bucket's end arrives (`settle.deliver` leaves an hour)."""
        end = int(self._timeline.ends[bucket])
        inside = bucket < self._timeline.window_buckets
        ship = end if not transit else end - (_CLOCK_CHANGE if inside else transit)
        return min(self._timeline.bucket_of_end(ship + transit), len(self._timeline))

    def _fixed(self) -> _Fixed:
        """Everything that comes or goes beyond the window, as the lot plan wishes."""
        fixed, grid = _Fixed(), self._timeline
        border, last = grid.window_end, len(grid) - 1
        for receipt in self._plant.receipts:
            if not receipt.operation and receipt.due >= border:
                fixed.supplies[receipt.item].append(self._received(receipt))
        for buy in self._ground.plan.purchases:
            if buy.arrives >= border:
                rows = self._lookup.inspections(Stage.INCOMING, buy.item)
                fixed.supplies[buy.item].append((buy.arrives + usual_hold(rows), accept(buy.quantity, rows)))
        for wish in self._ground.plan.lots:
            if wish.start_bucket >= grid.window_buckets and not wish.lot.receipt:
                start = int(grid.starts[min(wish.start_bucket, last)])
                end = int(grid.ends[min(wish.end_bucket, last)])
                self._later(fixed, wish, start, end)
        return fixed

    def _received(self, receipt: Receipt) -> tuple[int, int]:
        stage = Stage.INCOMING if receipt.kind is ReceiptKind.PURCHASE else Stage.FINAL
        rows = self._lookup.inspections(stage, receipt.item)
        return receipt.due + usual_hold(rows), accept(receipt.quantity, rows)

    def _later(self, fixed: _Fixed, wish: PlannedLot, start: int, end: int) -> None:
        lot, lookup = wish.lot, self._lookup
        quantity = lot.quantity
        for operation in lookup.routings.get((lot.item, lot.version), ()):
            for component, needed in components_taken(
                lookup, lot.item, lot.version, operation.operation, quantity, start
            ):
                fixed.takings[component].append((start, needed, end))
            quantity = floor_product(quantity, operation.yield_fraction)
            quantity = accept(quantity, in_process(lookup, lot.item, operation.operation))
        for component, coming in comes_beside(lookup, lot.item, lot.version, lot.quantity):
            fixed.supplies[component].append((end, coming))
        fixed.supplies[lot.item].append((end, accept(quantity, lookup.inspections(Stage.FINAL, lot.item))))

    def _fixed_tables(self, fixed: _Fixed) -> dict[int, int | Ints]:
        supplies = [fixed.supplies[name] for name in self._items]
        takings = [fixed.takings[name] for name in self._items]
        return {
            FIXED_AT: offsets([len(rows) for rows in supplies]),
            FIXED_MINUTE: ints(row[0] for rows in supplies for row in rows),
            FIXED_QUANTITY: ints(row[1] for rows in supplies for row in rows),
            TAKEN_AT: offsets([len(rows) for rows in takings]),
            TAKEN_MINUTE: ints(row[0] for rows in takings for row in rows),
            TAKEN_QUANTITY: ints(row[1] for rows in takings for row in rows),
            TAKEN_UNTIL: ints(row[2] for rows in takings for row in rows),
        }

    def _room(self, p: Ints, fixed: _Fixed) -> dict[int, int | Ints]:
        """Where each item's supplies and takings are gathered: as many as there can be."""
        count = len(self._items)
        coming = np.concatenate([
            _entry(p, arrays.LOT_ITEM, int(p[arrays.LOTS])),
            _entry(p, arrays.ARRIVAL_ITEM, int(p[arrays.ARRIVALS])),
            _entry(p, arrays.STOCK_ITEM, int(p[arrays.STOCKS])),
        ])  # fmt: skip
        supplies = np.bincount(coming, minlength=count)
        takings = np.zeros(count, dtype=np.int64)
        for lot in range(int(p[arrays.LOTS])):
            for item in longest(p, int(p[p[arrays.LOT_NODE] + lot])).items:
                takings[item] += 1
                supplies[item] += 1
        more = [(len(fixed.supplies[name]), len(fixed.takings[name])) for name in self._items]
        return {
            SUPPLY_AT: offsets([int(n) + a for n, (a, _) in zip(supplies, more, strict=True)]),
            TAKING_AT: offsets([int(n) + b for n, (_, b) in zip(takings, more, strict=True)]),
        }


def _entry(p: Ints, place: int, size: int) -> Ints:
    begin = int(p[place])
    return p[begin : begin + size]
