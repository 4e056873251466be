"""The window's scheduling problem: turns in, schedules out, decoded by the compiled code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from capacityplan.domain.plan import InspectionRun, Run
from capacityplan.solve.dispatch import Ground, Turn, used_overtime
from capacityplan.solve.minute import arrays
from capacityplan.solve.minute.arrays import Ints, rows
from capacityplan.solve.minute.build import Builder
from capacityplan.solve.minute.decode import decode
from capacityplan.solve.minute.state import blank_state
from capacityplan.solve.types import PlannedLot, WindowSchedule


class Problem:
    """Schedules the lots of a plan in any order.

    Attributes
    ----------
    ground : Ground
    wishes : list of PlannedLot
        Lots of the window, orders in progress left out, by name.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._builder = Builder(ground)
        self.wishes = self._builder.wishes
        self._first = self._builder.started
        self._number = {wish.lot.lot: self._first + k for k, wish in enumerate(self.wishes)}
        self._resources = list(ground.lookup.resources)
        self.p = self._builder.problem()
        self.s = blank_state(self.p, self._builder.pools())
        longest = [len(row) for row in map(self.choices, self.wishes)]
        self._operations = max(longest, default=0) + 1

    def choices(self, wish: PlannedLot) -> list[list[str]]:
        """Resources that could run each operation of a lot."""
        lot, lookup = wish.lot, self.ground.lookup
        return [
            [mode.resource for mode in lookup.modes.get((lot.item, lot.version, row.operation), ())]
            for row in lookup.routings.get((lot.item, lot.version), ())
        ]

    def arrays(self, turns: Sequence[Turn]) -> tuple[Ints, Ints, Ints]:
        """Order, earliest minutes by lot, and forced resources by lot and operation."""
        lots = len(self._builder.lots)
        earliest = np.zeros(lots, dtype=np.int64)
        forced = np.full((lots, self._operations), -1, dtype=np.int64)
        order = np.array([self._number[turn.wish.lot.lot] for turn in turns], dtype=np.int64)
        for number, turn in zip(order, turns, strict=True):
            earliest[number] = turn.earliest
            for place, name in enumerate(turn.resources):
                forced[number, place] = self._resources.index(name) if name else -1
        return order, earliest, forced

    def schedule(self, turns: Sequence[Turn]) -> WindowSchedule:
        """Place all orders in progress, then lots in a given order."""
        order, earliest, forced = self.arrays(turns)
        decode(self.p, self.s, order, earliest, forced)
        placed = self._rows(arrays.PLACED, len(self._builder.names), arrays.PLACED_WIDTH)[:, arrays.IS_PLACED]
        lots = self._builder.lots
        numbers = [*range(self._first), *order.tolist()]
        runs = self._runs()
        return WindowSchedule(
            tuple(lots[number] for number in numbers if placed[number]),
            runs,
            self._inspections(),
            used_overtime(self.ground.opened, runs),
            self.ground.maintenance,
            tuple(turn.wish for number, turn in zip(order, turns, strict=True) if not placed[number]),
        )

    def _rows(self, table: int, count: int, width: int) -> Ints:
        return rows(self.s, int(self.s[table]), count, width)

    def _runs(self) -> tuple[Run, ...]:
        lots, operations = self._builder.lots, list(self._builder.nodes.operations)
        found = self._rows(arrays.RUN, int(self.s[arrays.RUNS]), arrays.RUN_WIDTH).tolist()
        return tuple(
            Run(
                lots[row[arrays.RUN_LOT]].lot,
                operations[self.p[self.p[arrays.OPERATION] + row[arrays.RUN_NODE]]],
                self._resources[self.p[self.p[arrays.MODE_RESOURCE] + row[arrays.RUN_MODE]]],
                row[arrays.RUN_QUANTITY],
                row[arrays.RUN_SETUP],
                row[arrays.RUN_START],
                row[arrays.RUN_END],
            )
            for row in found
        )

    def _inspections(self) -> tuple[InspectionRun, ...]:
        names, rows_of = self._builder.names, list(self.ground.lookup.inspection_rows.values())
        found = self._rows(
            arrays.INSPECTION, int(self.s[arrays.INSPECTIONS]), arrays.INSPECTION_WIDTH
        ).tolist()
        return tuple(
            InspectionRun(names[name], rows_of[row].inspection, rows_of[row].lab, start, end)
            for name, row, start, end in found
        )
