"""Search of a plain shop as an object: starts, annealing, the schedule found."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from capacityplan.domain.plan import Run
from capacityplan.solve.dispatch import Ground
from capacityplan.solve.minute.arrays import Ints
from capacityplan.solve.minute.compiled import ready
from capacityplan.solve.minute.shop import tables as t
from capacityplan.solve.minute.shop.arrays import Arrays
from capacityplan.solve.minute.shop.build import Build
from capacityplan.solve.minute.shop.floor import change
from capacityplan.solve.minute.shop.search import dispatched, keep
from capacityplan.solve.types import Limits, WindowSchedule

_START_SHARE = 0.02
"""Share of the time for starts, after the first: annealing soon leaves any behind."""
_STARTS = (
    (0.0, 0.0), (1.0, 0.05), (4.0, 0.05), (16.0, 0.05), (4.0, 0.5), (16.0, 0.5), (64.0, 0.5), (0.0, 1.0),
    (4.0, 2.0),
)  # fmt: skip
"""Weights of setups and of slack in the dispatch rules that are tried."""


@dataclass(frozen=True, slots=True)
class _Times:
    """Starts and ends by operation, modes, and the operations before on their machines (-1: none)."""

    start: Ints
    end: Ints
    mode: Ints
    before: Ints


class Problem:
    """A plain shop with the state of its search.

    Parameters
    ----------
    ground : Ground
        One for which `applies` holds.
    seed : int
    """

    def __init__(self, ground: Ground, seed: int) -> None:
        ready(__name__)
        self._ground = ground
        self._build = Build(ground)
        g, f, c = self._build.tables()
        best = np.zeros(2 * len(self._build.steps), dtype=np.int64)
        self.arrays = Arrays(g, self._build.state(seed), f, c, np.zeros(4), best)
        self._g, self._s, self._h, self._best = g, self.arrays.s, self.arrays.h, best

    @property
    def size(self) -> int:
        """Number of operations."""
        return len(self._build.steps)

    @property
    def cost(self) -> float:
        """Cost of the best schedule found."""
        return float(self._h[t.BEST])

    def start(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        """Dispatch by several rules, the first always, while a share of the time lasts; keep the best."""
        until = math.inf if limits.work is not None else clock() + _START_SHARE * (limits.deadline - clock())
        arrays = self.arrays
        self._h[t.BEST] = np.inf
        for weights in _STARTS:
            dispatched(self._g, self._s, arrays.f, arrays.c, self._h, *weights)
            if (cost := float(self._h[: t.BEST].sum())) < self._h[t.BEST]:
                keep(self._g, self._s, self._best)
                self._h[t.BEST] = cost
            if clock() >= until or limits.stop():
                break
        arrays.take(arrays.kept())

    def schedule(self) -> WindowSchedule | None:
        """The best schedule found; None if it leaves the window or the horizon."""
        self.arrays.take(self.arrays.kept())
        times = self._times()
        runs = []
        for k, (lot, operation) in enumerate(self._build.steps):
            mode = self._build.modes[times.mode[k]]
            setup = self._setup_start(k, times)
            run = Run(
                lot.lot, operation.operation, mode.resource, lot.quantity, setup, int(times.start[k]),
                int(times.end[k]),
            )  # fmt: skip
            runs.append(run)
        window, end = self._ground.timeline.window_end, self._ground.minutes
        if any(run.setup_start >= window or run.end > end for run in runs):
            return None
        return WindowSchedule(tuple(self._build.lots), tuple(runs), (), cost_estimate=self.cost)

    def _times(self) -> _Times:
        before = np.full(self.size, -1, dtype=np.int64)
        g, s = self._g, self._s
        for m in range(int(g[t.MACHINES])):
            begin = s[t.SEQUENCE] + m * s[t.ROOM]
            row = s[begin : begin + s[s[t.LENGTH] + m]]
            before[row[1:]] = row[:-1]
        return _Times(self.arrays.table(t.START), self.arrays.table(t.END), self.arrays.table(t.MODE), before)

    def _setup_start(self, op: int, times: _Times) -> int:
        """Latest minute at which an operation's setup can begin."""
        mode = int(times.mode[op])
        minutes = self._setup_minutes(op, mode, int(times.before[op]))
        resource = self._build.modes[mode].resource
        start = int(times.start[op])
        if not minutes:
            return start
        if self._ground.lookup.resources[resource].setup_in_breaks:
            return start - minutes
        begun = self._ground.clocks[resource].begin(start, minutes)
        return start - minutes if begun is None else begun

    def _setup_minutes(self, op: int, mode: int, before: int) -> int:
        g = self._g
        minutes = int(g[g[t.MODE_SETUP] + mode])
        k = change(g, int(g[g[t.MODE_MACHINE] + mode]), before, op)
        return minutes if k < 0 else minutes + int(g[g[t.CHANGE] + k])
