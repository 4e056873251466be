"""Works out every quantity a lot can have on its way, exactly, before the search begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Inspection, Operation, OperationResource, Stage
from capacityplan.prepare.lotflow import beside, consumption, passed, run_minutes
from capacityplan.prepare.overlap import Transfers, transfers
from capacityplan.solve.minute import arrays
from capacityplan.solve.minute.arrays import NEVER, Ints, ints, offsets
from capacityplan.solve.settle.facts import after_inspection
from capacityplan.units import floor_product

_MOST_COUNTED = 8
"""Inspections of one operation that count lots, at most (each doubles the outcomes)."""


_HEAD = (
    arrays.OPERATION, arrays.QUANTITY, arrays.BATCH_SIZE, arrays.PAUSABLE, arrays.GROUP_OF, arrays.ARTWORK,
    arrays.MIN_WAIT, arrays.MAX_WAIT, arrays.TAKES, arrays.GATE_ITEM, arrays.GATE_BIT,
)  # fmt: skip
_MODE = (
    arrays.MODE_RESOURCE, arrays.MODE_SETUP, arrays.MODE_FULL, arrays.MODE_REST,
)  # fmt: skip
_NEED = (arrays.NEED_ITEM, arrays.NEED_QUANTITY, arrays.NEED_FROM, arrays.NEED_TO)


class Nodes:
    """Collects nodes; each operation entered with the same quantity is one node.

    Parameters
    ----------
    lookup : Lookup
    """

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self.resources = {name: k for k, name in enumerate(lookup.resources)}
        self.items = {name: k for k, name in enumerate(lookup.items)}
        self.rows = {name: k for k, name in enumerate(lookup.inspection_rows)}
        self.groups: dict[str, int] = {}
        self.operations: dict[str, int] = {}
        self._known: dict[tuple[object, ...], int] = {}
        self._modes: list[list[tuple[int, ...]]] = []
        self._mode_rows: list[list[OperationResource]] = []
        self._done: list[list[list[int]]] = []
        self._begun: list[list[list[int]]] = []
        self._needs: list[list[tuple[int, ...]]] = []
        self._rows: list[list[tuple[int, int]]] = []
        self._heads: list[tuple[int, ...]] = []
        self._outcomes: list[list[tuple[int, int, list[tuple[int, int]]]]] = []

    def group(self, name: str) -> int:
        """Number of a setup group."""
        return self.groups.setdefault(name, len(self.groups))

    def lot(self, item: str, version: str, quantity: int) -> int:
        """Node of a lot's first operation."""
        return self._chain(item, version, 0, quantity)

    def in_progress(self, item: str, version: str, operation: str, quantity: int, done: int, on: str) -> int:
        """Node of an order in progress: the rest of its operation, on its resource where it has one."""
        routing = self._lookup.routings[item, version]
        index = [row.operation for row in routing].index(operation)
        return self._chain(item, version, index, quantity, (quantity - done, on))

    def arrival(self, item: str, rows: Sequence[Inspection], quantity: int) -> int:
        """Node of something that arrives or is held: its inspections only, without rework."""
        key = ("arrival", item, tuple(row.inspection for row in rows), quantity)
        if key not in self._known:
            node = self._new(key, (0, 0, 0, 0, self.group(item), 0, 0, -1, -1, -1, -1))
            self._finish(node, item, "", rows, (), quantity, lambda _: -1, rework=False)
        return self._known[key]

    def _chain(
        self, item: str, version: str, index: int, quantity: int, rest: tuple[int, str] | None = None,
        entering: int = 0, stream: Transfers | None = None,
    ) -> int:  # fmt: skip
        routing = self._lookup.routings[item, version]
        key: tuple[object, ...] = (item, version, index, quantity, rest, stream and stream.begun)
        if index == len(routing):
            key = (*key, entering)
        if key in self._known:
            return self._known[key]
        if index == len(routing):
            return self._terminal(key, item, version, quantity, entering)
        operation = routing[index]
        work, resource = (quantity, "") if rest is None else rest
        node = self._operation(key, item, version, operation, work, 1 if rest is None else 0, resource)
        following = transfers(operation, quantity, quantity - work)
        self._streams(node, operation, stream, following)
        if rest is None:
            self._needs[node] = self._components(item, version, operation.operation, quantity)
        rows = [
            row
            for row in self._lookup.inspections(Stage.IN_PROCESS, item)
            if row.operation == operation.operation
        ]
        good = floor_product(quantity, operation.yield_fraction)
        came = quantity if (item, version) in self._lookup.by_products else 0
        self._finish(
            node, item, version, rows, (), good,
            lambda q: self._chain(item, version, index + 1, q, entering=came, stream=following),
        )  # fmt: skip
        return node

    def _terminal(
        self, key: tuple[object, ...], item: str, version: str, quantity: int, entering: int
    ) -> int:
        """Node of a lot's completion; what it needs is what comes out of it beside the item."""
        gates = self._lookup.inspections(Stage.VALIDATION, item)
        rows = self._lookup.inspections(Stage.FINAL, item)
        group = self.group(self._lookup.setup_group(item))
        bits = sum(row.every_lots > 1 for row in rows)
        gate = (self.items[item], bits) if gates else (-1, -1)
        node = self._new(key, (0, 0, 0, 0, group, 0, 0, -1, -1, *gate))
        self._needs[node] = [
            (self.items[component], amount, -NEVER, NEVER)
            for component, amount in beside(self._lookup, item, version, entering)
        ]
        self._finish(node, item, version, rows, gates, quantity, lambda _: -1)
        return node

    def _operation(
        self,
        key: tuple[object, ...],
        item: str,
        version: str,
        operation: Operation,
        quantity: int,
        takes: int,
        resource: str = "",
    ) -> int:
        longest = -1 if operation.max_wait_minutes is None else operation.max_wait_minutes
        head = (
            self.operations.setdefault(operation.operation, len(self.operations)),
            quantity,
            operation.batch_size or 0,
            int(operation.pausable),
            self.group(self._lookup.setup_group(item)),
            operation.artwork_approved_on or 0,
            operation.min_wait_minutes,
            longest,
            takes,
            -1,
            -1,
        )
        node = self._new(key, head)
        modes = self._lookup.modes.get((item, version, operation.operation), ())
        able = [mode for mode in modes if not resource or mode.resource == resource]
        self._modes[node] = [self._mode(operation, mode, quantity) for mode in able]
        self._mode_rows[node] = able
        self._streams(node, operation, None, None)
        return node

    def _streams(
        self, node: int, operation: Operation, before: Transfers | None, after: Transfers | None
    ) -> None:
        """Note the transfer batches that come to an operation, and those that it passes on."""
        modes, lookup = self._mode_rows[node], self._lookup
        self._begun[node] = [
            [] if before is None else before.begun_minutes(lookup, operation, m) for m in modes
        ]
        self._done[node] = [[] if after is None else after.done_minutes(lookup, operation, m) for m in modes]

    def _mode(self, operation: Operation, mode: OperationResource, quantity: int) -> tuple[int, ...]:
        size = operation.batch_size
        full = min(quantity, size) if size and quantity < size else (size or quantity)
        rest = quantity % size if size else quantity
        return (
            self.resources[mode.resource],
            mode.setup_minutes,
            run_minutes(self._lookup, operation, mode, full),
            run_minutes(self._lookup, operation, mode, rest),
        )

    def _components(self, item: str, version: str, operation: str, quantity: int) -> list[tuple[int, ...]]:
        whole = self._lookup.items[item]
        return [
            (
                self.items[line.component],
                consumption(
                    self._lookup,
                    whole,
                    quantity,
                    line.quantity / line.per_quantity,
                    line.scrap_fraction,
                    line.component,
                ),
                -NEVER if line.valid_from is None else line.valid_from,
                NEVER if line.valid_to is None else line.valid_to,
            )
            for line in self._lookup.components.get((item, version, operation), ())
        ]

    def _new(self, key: tuple[object, ...], head: tuple[int, ...]) -> int:
        self._known[key] = len(self._heads)
        self._heads.append(head)
        self._modes.append([])
        self._mode_rows.append([])
        self._done.append([])
        self._begun.append([])
        self._needs.append([])
        self._rows.append([])
        self._outcomes.append([])
        return len(self._heads) - 1

    def _finish(
        self,
        node: int,
        item: str,
        version: str,
        rows: Iterable[Inspection],
        gates: Sequence[Inspection],
        quantity: int,
        following: Callable[[int], int],
        rework: bool = True,
    ) -> None:
        """List a node's inspections and what each set of those that count makes of the quantity."""
        ordered = sorted(rows, key=lambda row: row.rank)
        bits = 0
        for row in ordered:
            counted = row.every_lots > 1
            self._rows[node].append((self.rows[row.inspection], bits if counted else -1))
            bits += counted
        if bits > _MOST_COUNTED:
            raise OverflowError(f"{item}: more than {_MOST_COUNTED} inspections of one operation count lots")
        chosen = {row: bit for row, bit in self._rows[node]}
        for mask in range(1 << (bits + bool(gates))):
            hit = [
                row
                for row in ordered
                if chosen[self.rows[row.inspection]] < 0 or mask >> chosen[self.rows[row.inspection]] & 1
            ]
            if mask >> bits & 1:
                hit = sorted([*hit, *gates], key=lambda row: row.rank)
            left, steps = quantity, []
            for row in hit:
                rejects = passed(left, row)[1] if rework else 0
                again = self._rework(item, version, row.rework_operation, rejects) if rejects else -1
                steps.append((self.rows[row.inspection], again))
                left = after_inspection(self._lookup, item, version, row.inspection, left)
            self._outcomes[node].append((following(left), left, steps))

    def _rework(self, item: str, version: str, operation: str, quantity: int) -> int:
        key = ("rework", item, version, operation, quantity)
        if key not in self._known:
            step = self._lookup.rework[item, version, operation]
            self._operation(key, item, version, step, quantity, 0)
        return self._known[key]

    def mode_rows(self) -> list[OperationResource]:
        """Modes of all nodes, in the order of their numbers."""
        return [mode for rows in self._mode_rows for mode in rows]

    def good(self, node: int) -> int:
        """Quantity of a lot or arrival if it is subject to everything that does not count lots."""
        while True:
            following, left, _ = self._outcomes[node][0]
            if following < 0:
                return left
            node = following

    def tables(self) -> dict[int, int | Ints]:
        """All nodes as tables of a problem."""
        head = np.array(self._heads, dtype=np.int64).reshape(-1, 11).T
        modes = _columns([row for rows in self._modes for row in rows], len(_MODE))
        pools = [self._lookup.pools(mode) for mode in self.mode_rows()]
        needs = _columns([row for rows in self._needs for row in rows], 4)
        rows = _columns([row for rows in self._rows for row in rows], 2)
        outcomes = [row for rows in self._outcomes for row in rows]
        steps = _columns([step for row in outcomes for step in row[2]], 2)
        return {
            **dict(zip(_HEAD, head, strict=True)),
            arrays.MODE_AT: offsets([len(row) for row in self._modes]),
            **dict(zip(_MODE, modes, strict=True)),
            arrays.USE_AT: offsets([len(row) for row in pools]),
            arrays.USE_POOL: ints(self.resources[name] for row in pools for name, _ in row),
            arrays.USE_UNITS: ints(units for row in pools for _, units in row),
            **_batches(arrays.DONE_AT, arrays.DONE, self._done),
            **_batches(arrays.BEGUN_AT, arrays.BEGUN, self._begun),
            arrays.NEED_AT: offsets([len(row) for row in self._needs]),
            **dict(zip(_NEED, needs, strict=True)),
            arrays.ROW_AT: offsets([len(row) for row in self._rows]),
            **dict(zip((arrays.ROW_ROW, arrays.ROW_BIT), rows, strict=True)),
            arrays.OUTCOME_AT: offsets([len(row) for row in self._outcomes]),
            arrays.OUT_NEXT: ints(row[0] for row in outcomes),
            arrays.OUT_GOOD: ints(row[1] for row in outcomes),
            arrays.STEP_AT: offsets([len(row[2]) for row in outcomes]),
            **dict(zip((arrays.STEP_ROW, arrays.STEP_REWORK), steps, strict=True)),
        }


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> Ints:
    return np.array(rows, dtype=np.int64).reshape(-1, width).T


def _batches(at: int, table: int, found: Iterable[list[list[int]]]) -> dict[int, int | Ints]:
    """Minutes of transfer batches, the rows of one mode after those of the other."""
    modes = [minutes for node in found for minutes in node]
    return {at: offsets([len(row) for row in modes]), table: ints(one for row in modes for one in row)}
