"""Searching a project until time or work is used up, in a second process too where there is one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from capacityplan.domain.plan import Run
from capacityplan.solve.minute.arrays import Floats, Ints, packed
from capacityplan.solve.minute.compiled import ready
from capacityplan.solve.minute.cooling import Pace, cooled
from capacityplan.solve.minute.project import tables as t
from capacityplan.solve.minute.project.build import Build
from capacityplan.solve.minute.project.evolve import evolve, peopled
from capacityplan.solve.minute.second import Kept, improve_twice
from capacityplan.solve.types import Limits, WindowSchedule

_PACE = Pace(work=5_000, first=10, growth=5.0)
_CHILDREN = 150
"""Children per individual by which the individuals have become alike: with more of them than that it is
still too early when time is over, with fewer it stops at a poorer schedule."""
_FEWEST, _MOST = 10, 3000
_MOST_ROOM = 4_000_000
"""Operations of all individuals together, at most."""
_PILOTS = 10


@dataclass(slots=True)
class Arrays:
    """Everything the search works on (as for `evolve.evolve`), and a cost that no schedule can beat."""

    g: Ints
    s: Ints
    f: Floats
    h: Floats
    best: Ints
    least: float

    def kept(self) -> Kept:
        """Copy the best schedule found."""
        return Kept(float(self.h[0]), self.best.copy())

    def take(self, kept: Kept) -> None:
        """Keep a schedule as the best."""
        self.h[0] = kept.cost
        self.best[:] = kept.best


class _Crowd:
    """Individuals of a search."""

    def __init__(self, arrays: Arrays, people: int, given: bool) -> None:
        self._arrays = arrays
        self._crowd = np.zeros(2 * people * int(arrays.g[t.OPS]), dtype=np.int64)
        self._costs = np.zeros(people)
        self._people(given)

    def _people(self, given: bool) -> None:
        a = self._arrays
        peopled(a.g, a.s, a.f, a.h, a.best, self._crowd, self._costs, given)

    def evolve(self, count: int, _hot: float = 0.0, _cold: float = 0.0) -> None:
        """Make children; begin anew once all individuals are alike."""
        a = self._arrays
        if np.ptp(self._costs) < 1e-6:
            self._people(given=False)
        evolve(a.g, a.s, a.f, a.h, a.best, self._crowd, self._costs, count)


def improve(arrays: Arrays, limits: Limits, seed: int, clock: Callable[[], float] = time.monotonic) -> None:
    """Search from the schedule written down until time or work is used up, or nothing better can exist.

    Parameters
    ----------
    arrays : Arrays
    limits : Limits
    seed : int
        Another one than the limits' in a second process.
    clock : callable
        What the deadline is read on.
    """
    arrays.s[t.LUCK] = 2 * seed + 1
    if limits.work is not None:
        children = limits.work * _PACE.work
    else:
        begun = clock()
        _Crowd(arrays, _PILOTS, given=True)
        now = clock()
        children = _PILOTS * (limits.deadline - now) / max(now - begun, 1e-4)
    most = min(_MOST, _MOST_ROOM // int(arrays.g[t.OPS]))
    crowd = _Crowd(arrays, max(_FEWEST, min(int(children / _CHILDREN), most)), given=True)
    until = replace(limits, stop=lambda: limits.stop() or arrays.h[0] <= arrays.least + 1e-6)
    cooled(crowd.evolve, until, (1.0, 1.0), _PACE, clock)


class Problem:
    """A project with the state of its search.

    Parameters
    ----------
    build : Build
    hint : WindowSchedule
        Where to begin; lots that it has not are begun with by urgency.
    """

    def __init__(self, build: Build, hint: WindowSchedule) -> None:
        ready(__name__)
        self._build = build
        g, f = build.tables()
        ops, nodes = len(build.tasks), 2 * len(build.tasks) + int(g[t.SEGMENTS]) + 1
        table = np.zeros(ops, dtype=np.int64)
        entries: dict[int, int | Ints] = {place: table for place in range(t.LIST, t.LATEST + 1)}
        entries |= {t.LUCK: 1, t.NODES_USED: 0, t.NODES: np.zeros(nodes * int(g[t.WIDTH]), dtype=np.int64)}
        self.arrays = Arrays(g, packed(entries), f, np.full(1, np.inf), self._begun(g, hint), build.least())

    def _begun(self, g: Ints, hint: WindowSchedule) -> Ints:
        """Modes (-1: any) and begins of a schedule to begin with."""
        build, runs = self._build, {(run.lot, run.operation): run for run in hint.runs}
        rank = g[g[t.RANK] : g[t.RANK] + g[t.OPS]] + build.axis.length
        found = np.full((len(build.tasks), 2), -1, dtype=np.int64)
        for op, task in enumerate(build.tasks):
            run = runs.get((task.lot.lot, task.operation.operation))
            found[op, 1] = rank[op] if run is None else build.axis.before(run.setup_start)
            for mode in range(int(g[g[t.MODE_AT] + op]), int(g[g[t.MODE_AT] + op + 1])):
                if run is not None and build.modes[mode].resource == run.resource:
                    found[op, 0] = mode
        return found.ravel()

    def schedule(self) -> WindowSchedule | None:
        """The best schedule found; None if it leaves the window or the horizon."""
        build, g = self._build, self.arrays.g
        if not np.isfinite(self.arrays.h[0]):
            return None
        runs = []
        for task, (mode, begin) in zip(build.tasks, self.arrays.best.reshape(-1, 2).tolist(), strict=True):
            start = begin + int(g[g[t.MODE_SETUP] + mode])
            end = start + int(g[g[t.MODE_WORK] + mode])
            if end > build.axis.length or start > build.last_start(task):
                return None
            axis = build.axis
            begun = axis.start(start)
            runs.append(
                Run(task.lot.lot, task.operation.operation, build.modes[mode].resource, task.quantity,
                    axis.start(begin), begun, axis.end(end) if end > start else begun)
            )  # fmt: skip
        return WindowSchedule(tuple(build.lots), tuple(runs), ())


def search(
    build: Build, hint: WindowSchedule, limits: Limits, clock: Callable[[], float] = time.monotonic
) -> WindowSchedule | None:
    """Schedule a project at the least cost of lateness, modes and last end found in time.

    Parameters
    ----------
    build : Build
    hint : WindowSchedule
    limits : Limits
        ``work`` counts five thousand children.
    clock : callable
        What the deadline is read on; a processor's clock counts this process alone, so that there is
        no other then.

    Returns
    -------
    WindowSchedule or None
        None where the best schedule found leaves the window or the horizon.
    """
    problem = Problem(build, hint)
    improve_twice(improve, problem.arrays, limits, clock)
    return problem.schedule()
