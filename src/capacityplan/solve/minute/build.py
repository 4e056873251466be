"""Builds the flat arrays of a window's scheduling problem from plant and lot plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacityplan.domain.plant import Inspection, LockKind, Receipt, ReceiptKind, Stage, StockStatus
from capacityplan.prepare.lotflow import in_progress, is_reworked
from capacityplan.solve.dispatch import Ground, window_wishes
from capacityplan.solve.minute import arrays
from capacityplan.solve.minute.arrays import NEVER, Ints, ints, offsets, packed
from capacityplan.solve.minute.nodes import Nodes
from capacityplan.solve.types import PlannedLot
from capacityplan.units import MINUTES_PER_DAY


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What is inspected before it can be used; ``is_counted``: every n-th one, where inspections say so."""

    minute: int
    name: str
    item: str
    quantity: int
    rows: list[Inspection]
    is_counted: bool = True
    expires: int | None = None


class Builder:
    """Builds a problem and keeps the names behind its numbers.

    Attributes
    ----------
    lots : list of Lot
        Orders in progress first, then ``wishes``, in the order of their numbers.
    names : list of str
        Of lots, then of arrivals.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._lookup = ground.lookup
        self.nodes = Nodes(ground.lookup)
        started = in_progress(ground.plant, ground.lookup)
        wishes = window_wishes(ground.plan, ground.timeline.window_buckets)
        self.started = len(started)
        self.wishes: list[PlannedLot] = sorted(wishes, key=lambda wish: wish.lot.lot)
        self.lots = [*started, *(wish.lot for wish in self.wishes)]
        self._receipts = {row.order: row for row in ground.plant.receipts}
        self._life = {
            row.item: NEVER if row.shelf_life_days is None else row.shelf_life_days * MINUTES_PER_DAY
            for row in ground.plant.items
        }
        self._arrivals = self._arrive()
        self.names = [lot.lot for lot in self.lots] + [row.name for row in self._arrivals]

    def problem(self) -> Ints:
        """Build the flat array that a decoding reads."""
        entries: dict[int, int | Ints] = {}
        entries.update(self._lots())
        entries.update(self._arrived())
        entries.update(self._stock())
        entries.update(self._machines())
        entries.update(self._labs())
        entries.update(self.nodes.tables())
        return packed(entries)

    def pools(self) -> Ints:
        """Units of each pool by the minute, nothing taken."""
        pools = self._ground.pools()
        left = [pools[name].left for name in self._pooled()]
        return np.array(left, dtype=np.int64).reshape(len(left), self._ground.minutes)

    def _machines(self) -> dict[int, int | Ints]:
        ground, rows = self._ground, list(self._lookup.resources.values())
        steps = [ground.steps[row.resource] for row in rows]
        opened = [ground.opened.get(row.resource, []) for row in rows]
        used, group = self._pooled(), self.nodes.group
        lengths = [step.ends - step.starts for step in steps]
        matrices = sorted({row.changeover_matrix for row in rows if row.changeover_matrix})
        known = [self._lookup.initial_group(row) for row in rows]
        initial = ints(-1 if name is None else group(name) for name in known)
        changes = self._changeovers(matrices)
        return {
            arrays.MINUTES: ground.minutes,
            arrays.WINDOW_END: ground.timeline.window_end,
            arrays.RESOURCES: len(rows),
            arrays.CAL_AT: offsets([len(step) for step in steps]),
            arrays.CAL_START: np.concatenate([step.starts for step in steps]),
            arrays.CAL_END: np.concatenate([step.ends for step in steps]),
            arrays.CAL_BEFORE: np.concatenate([np.cumsum(length) - length for length in lengths]),
            arrays.CAL_TOTAL: ints(int(length.sum()) for length in lengths),
            arrays.UNARY: ints(row.capacity == 1 for row in rows),
            arrays.IN_BREAKS: ints(row.setup_in_breaks for row in rows),
            arrays.MATRIX: ints(
                matrices.index(row.changeover_matrix) if row.changeover_matrix else -1 for row in rows
            ),
            arrays.INITIAL: initial,
            arrays.CHANGE_MINUTES: changes,
            arrays.GROUPS: changes.shape[1],
            arrays.POOL_OF: ints(used.index(row.resource) if row.resource in used else -1 for row in rows),
            arrays.OVER_AT: offsets([len(row) for row in opened]),
            arrays.OVER_START: ints(a for row in opened for a, _ in row),
            arrays.OVER_END: ints(b for row in opened for _, b in row),
        }

    def _pooled(self) -> list[str]:
        """Resources of which several units are counted: groups, labour, tools, labs."""
        named = {row.resource for row in self._lookup.resources.values() if row.capacity != 1}
        for modes in self._lookup.modes.values():
            for mode in modes:
                named |= {pool for pool, _ in self._lookup.pools(mode)}
        for row in self._lookup.inspection_rows.values():
            named |= {row.lab, row.labour}
        return [name for name in self._lookup.resources if name in named]

    def _changeovers(self, matrices: list[str]) -> Ints:
        """Minutes by matrix, group before and group after."""
        groups = self.nodes.groups
        for row in self._lookup.changeovers.values():
            self.nodes.group(row.from_group)
            self.nodes.group(row.to_group)
        minutes = np.zeros((max(len(matrices), 1), len(groups), len(groups)), dtype=np.int64)
        for row in self._lookup.changeovers.values():
            if row.matrix in matrices:
                at = (matrices.index(row.matrix), groups[row.from_group], groups[row.to_group])
                minutes[at] = row.minutes
        return minutes

    def _labs(self) -> dict[int, int | Ints]:
        rows = list(self._lookup.inspection_rows.values())
        number = self.nodes.resources
        until, horizon = self._ground.minutes, self._ground.timeline.horizon_end
        return {
            arrays.INSPECTION_ROWS: len(rows),
            arrays.LAB: ints(number[row.lab] for row in rows),
            arrays.LAB_LABOUR: ints(number[row.labour] if row.labour else -1 for row in rows),
            arrays.SLOTS: ints(row.slots for row in rows),
            arrays.ANALYSTS: ints(row.analysts for row in rows),
            arrays.LAB_MINUTES: ints(row.lab_minutes for row in rows),
            arrays.LAB_WAIT: ints(row.wait_minutes for row in rows),
            arrays.LAB_LAST: ints(row.is_last for row in rows),
            arrays.LAB_LATEST: ints(min(until, horizon - row.wait_minutes) for row in rows),
            arrays.EVERY: ints(row.every_lots for row in rows),
        }

    def _arrive(self) -> list[_Arrival]:
        """What is inspected before it can be used, in order."""
        found = [
            _Arrival(
                row.since, row.stock, row.item, row.quantity, list(self._lookup.pending(row)), False,
                self._life[row.item] if row.expires is None else row.expires,
            )
            for row in self._ground.plant.stock
            if not row.is_free and row.status is not StockStatus.BLOCKED
        ]  # fmt: skip
        later = [self._receipt(row) for row in self._ground.plant.receipts if not row.operation]
        # Of what is there before nothing is worked on again here: the settlement does that.
        found, later = (
            [one for one in rows if not is_reworked(one.rows, one.quantity)] for rows in (found, later)
        )
        for buy in self._ground.plan.purchases:
            rows = self._rows(Stage.INCOMING, buy.item, buy.supplier)
            later.append(_Arrival(buy.arrives, buy.purchase, buy.item, buy.quantity, rows))
        return found + sorted(later, key=lambda one: (one.minute, one.name))

    def _receipt(self, row: Receipt) -> _Arrival:
        stage = Stage.INCOMING if row.kind is ReceiptKind.PURCHASE else Stage.FINAL
        rows = self._rows(stage, row.item, None)
        return _Arrival(max(row.due, 0), row.order, row.item, row.quantity, rows)

    def _rows(self, stage: Stage, item: str, supplier: str | None) -> list[Inspection]:
        rows = self._lookup.inspections(stage, item)
        return [row for row in rows if not row.supplier or row.supplier == supplier]

    def _node(self, number: int) -> int:
        lot = self.lots[number]
        if number >= self.started:
            return self.nodes.lot(lot.item, lot.version, lot.quantity)
        row = self._receipts[lot.receipt]
        return self.nodes.in_progress(
            lot.item, lot.version, row.operation, lot.quantity, row.done_quantity, row.resource
        )

    def _lots(self) -> dict[int, int | Ints]:
        since = [self._lookup.made_from(lot.item, lot.version) for lot in self.lots]
        until = [self._lookup.made_until(lot.item, lot.version) for lot in self.lots]
        frozen = self._ground.plant.fences.frozen_hours * 60
        locks = [self._locks(lot.item) for lot in self.lots]
        started = range(self.started)
        return {
            arrays.LOTS: len(self.lots),
            arrays.OBJECTS: len(self.names),
            arrays.LOT_NODE: ints(self._node(number) for number in range(len(self.lots))),
            arrays.LOT_ITEM: ints(self.nodes.items[lot.item] for lot in self.lots),
            arrays.LOT_RECEIPT: ints(number in started for number in range(len(self.lots))),
            arrays.LOT_FLOOR: ints(
                0 if number in started else max(begins or 0, frozen) for number, begins in enumerate(since)
            ),
            arrays.LOT_PHASE_OUT: ints(NEVER if ends is None else ends for ends in until),
            arrays.LOCK_AT: offsets([len(rows) for rows in locks]),
            arrays.LOCK_START: ints(a for rows in locks for a, _ in rows),
            arrays.LOCK_END: ints(b for rows in locks for _, b in rows),
            arrays.RANK: np.argsort(sorted(range(len(self.names)), key=self.names.__getitem__)),
        }

    def _arrived(self) -> dict[int, int | Ints]:
        found, nodes = self._arrivals, self.nodes
        return {
            arrays.ARRIVALS: len(found),
            arrays.ARRIVAL_MINUTE: ints(row.minute for row in found),
            arrays.ARRIVAL_ITEM: ints(nodes.items[row.item] for row in found),
            arrays.ARRIVAL_NODE: ints(nodes.arrival(row.item, row.rows, row.quantity) for row in found),
            arrays.ARRIVAL_COUNTED: ints(row.is_counted for row in found),
            arrays.ARRIVAL_EXPIRY: ints(
                row.minute + self._life[row.item] if row.expires is None else row.expires for row in found
            ),
        }

    def _stock(self) -> dict[int, int | Ints]:
        plant, items = self._ground.plant, self.nodes.items
        life = self._life
        free = [row for row in plant.stock if row.is_free]
        dated = [row.item for row in plant.items if row.item in self._ground.lookup.perishable]
        places = {item: place for place, item in enumerate(dated)}
        return {
            arrays.ITEMS: len(items),
            arrays.STOCKS: len(free),
            arrays.STOCK_ITEM: ints(items[row.item] for row in free),
            arrays.STOCK_QUANTITY: ints(row.quantity for row in free),
            arrays.STOCK_MINUTE: ints(row.since for row in free),
            arrays.STOCK_EXPIRY: ints(life[row.item] if row.expires is None else row.expires for row in free),
            arrays.PERISHABLE: ints(places.get(name, -1) for name in items),
            arrays.LIFE: ints(life[name] for name in items),
        }

    def _locks(self, item: str) -> list[tuple[int, int]]:
        return [
            (lock.start or 0, NEVER if lock.end is None else lock.end)
            for lock in self._ground.plant.locks
            if lock.kind is LockKind.ITEM and lock.object == item and lock.counts
        ]
