"""The window's scheduling problem: turns in, schedules out, decoded by the compiled code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from capacityplan.domain.plan import InspectionRun, Run
from capacityplan.solve.dispatch import Ground, Turn, used_overtime
from capacityplan.solve.minute import arrays
from capacityplan.solve.minute.arrays import Ints, rows
from capacityplan.solve.minute.build import Builder
from capacityplan.solve.minute.charge import charged, scratch_size
from capacityplan.solve.minute.compiled import ready
from capacityplan.solve.minute.decode import decode
from capacityplan.solve.minute.prices import Prices
from capacityplan.solve.minute.search import BEST, anneal, begun
from capacityplan.solve.minute.state import blank_state
from capacityplan.solve.types import PlannedLot, WindowSchedule


class Problem:
    """Schedules the lots of a plan in any order.

    Attributes
    ----------
    ground : Ground
    wishes : list of PlannedLot
        Lots of the window, orders in progress left out, by name.
    width : int
        Operations of the longest routing.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._builder = Builder(ground)
        self.wishes = self._builder.wishes
        self._first = self._builder.started
        self._number = {wish.lot.lot: self._first + k for k, wish in enumerate(self.wishes)}
        self._resources = list(ground.lookup.resources)
        self.p = self._builder.problem()
        self.prices = Prices(ground, self._builder).tables(self.p)
        self.s = blank_state(self.p, self._builder.pools())
        longest = [len(row) for row in map(self.choices, self.wishes)]
        self.width = max(longest, default=0) + 1

    def choices(self, wish: PlannedLot) -> list[list[str]]:
        """Resources that could run each operation of a lot."""
        lot, lookup = wish.lot, self.ground.lookup
        return [
            [mode.resource for mode in lookup.modes.get((lot.item, lot.version, row.operation), ())]
            for row in lookup.routings.get((lot.item, lot.version), ())
        ]

    def search(self, seed: int) -> Search:
        """Annealing over the turns of this problem."""
        return Search(self, seed)

    def arrays(self, turns: Sequence[Turn]) -> tuple[Ints, Ints, Ints]:
        """Order, earliest minutes by lot, and forced resources by lot and operation."""
        lots = len(self._builder.lots)
        earliest = np.zeros(lots, dtype=np.int64)
        forced = np.full((lots, self.width), -1, dtype=np.int64)
        order = np.array([self._number[turn.wish.lot.lot] for turn in turns], dtype=np.int64)
        for number, turn in zip(order, turns, strict=True):
            earliest[number] = turn.earliest
            for place, name in enumerate(turn.resources):
                forced[number, place] = self._resources.index(name) if name else -1
        return order, earliest, forced.ravel()

    def decode(self, turns: Sequence[Turn]) -> tuple[Ints, Ints, Ints]:
        """Place lots in a given order; the state holds what came of it."""
        order, earliest, forced = self.arrays(turns)
        ready(__name__)
        decode(self.p, self.s, order, earliest, forced)
        return order, earliest, forced

    def schedule(self, turns: Sequence[Turn]) -> WindowSchedule:
        """Place all orders in progress, then lots in a given order."""
        order, _, _ = self.decode(turns)
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

    def turns(self, order: Ints, earliest: Ints, forced: Ints) -> list[Turn]:
        """Turns by their arrays."""
        named = forced.reshape(-1, self.width)
        return [
            Turn(
                self.wishes[number - self._first],
                int(earliest[number]),
                tuple(self._resources[r] if r >= 0 else "" for r in named[number].tolist()),
            )
            for number in order.tolist()
        ]

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


class Search:
    """Annealing from given turns; everything it needs is laid out once.

    Attributes
    ----------
    best : float
        Cost of the best turns found.
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        self._problem = problem
        self._q, self._f = problem.prices
        size = scratch_size(problem.p, self._q)
        self._w, self._v = np.zeros(size[0], dtype=np.int64), np.zeros(size[1])
        timeline = problem.ground.timeline
        self._starts = timeline.starts[: timeline.window_buckets].astype(np.int64)
        self._r = np.array([seed * 2 + 1, 0, timeline.window_buckets - 1, problem.width], dtype=np.int64)
        self._h = np.zeros(2)
        self._order, self._earliest, self._forced = problem.arrays(())
        self._trial, self._marks, self._best = self._order, self._order, self._order
        self._home = np.zeros(0, dtype=np.int64)

    @property
    def best(self) -> float:
        """Cost of the best turns found."""
        return float(self._h[BEST])

    def cost(self, turns: Sequence[Turn]) -> float:
        """Cost of a schedule by its turns."""
        problem = self._problem
        problem.decode(turns)
        return float(charged(problem.p, problem.s, self._q, self._f, self._w, self._v))

    def begin(self, turns: Sequence[Turn]) -> float:
        """Start from given turns; return their cost."""
        problem = self._problem
        self._order, self._earliest, self._forced = problem.arrays(turns)
        self._trial = self._order.copy()
        self._marks = np.zeros((len(turns) + 1) * arrays.COUNTERS, dtype=np.int64)
        ready(__name__)
        cost = begun(
            problem.p, problem.s, self._q, self._f, self._w, self._v, self._order, self._earliest,
            self._forced, self._marks, self._r,
        )  # fmt: skip
        self._h[:] = cost
        self._best = np.concatenate([self._order, self._earliest, self._forced])
        return float(cost)

    def return_to(self, turns: Sequence[Turn]) -> None:
        """Let lots go back to given turns."""
        order, earliest, forced = self._problem.arrays(turns)
        known = np.zeros(len(earliest), dtype=bool)
        known[order] = True
        self._home = np.concatenate([np.where(known, earliest, -1), forced])

    def anneal(self, count: int, hot: float, cold: float) -> int:
        """Try a number of moves between two temperatures; return how many were accepted."""
        problem = self._problem
        return int(
            anneal(
                problem.p, problem.s, self._q, self._f, self._w, self._v, self._order, self._trial,
                self._earliest, self._forced, self._home, self._starts, self._marks, self._best, self._r,
                self._h, count, hot, cold,
            )
        )  # fmt: skip

    def turns(self) -> list[Turn]:
        """The best turns found."""
        lots, orders = len(self._earliest), len(self._order)
        order, earliest, forced = np.split(self._best, [orders, orders + lots])
        return self._problem.turns(order, earliest, forced)
