"""Annealing a plain shop until time or work is used up, on a second core too where there is one."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace

from capacityplan.solve.children import end_with_parent
from capacityplan.solve.dispatch import Ground
from capacityplan.solve.minute.arrays import Ints
from capacityplan.solve.minute.compiled import ready
from capacityplan.solve.minute.shop import tables as t
from capacityplan.solve.minute.shop.problem import Arrays, Problem
from capacityplan.solve.minute.shop.search import BEST
from capacityplan.solve.types import Limits, WindowSchedule

_CHUNK_SECONDS = 0.1
_FIRST_CHUNK = 200
_MOVES = 20_000
"""Moves in one unit of work."""
_CHILD = "from capacityplan.solve.minute.shop.run import child; child()"
_GRACE_SECONDS = 0.5
_WORTH_SECONDS = 4.0
"""Less time than this is not worth a second process."""


def search(
    ground: Ground, limits: Limits, clock: Callable[[], float] = time.monotonic
) -> WindowSchedule | None:
    """Schedule a plain shop at the lowest cost found in time.

    Parameters
    ----------
    ground : Ground
        One for which `applies` holds.
    limits : Limits
        ``work`` counts twenty thousand moves.
    clock : callable
        What the deadline is read on; a processor's clock counts this process alone, so that there
        is no other then.

    Returns
    -------
    WindowSchedule or None
        None where the best schedule found does not end within the horizon.
    """
    problem = Problem(ground, limits.seed)
    problem.start()
    seconds = limits.deadline - clock()
    helped = (
        limits.work is None and limits.workers > 1 and seconds > _WORTH_SECONDS and clock is time.monotonic
    )
    helper = _Helper(problem.arrays, limits.seed + 1000, seconds) if helped else None
    _anneal(problem.arrays, limits, clock)
    if helper is not None:
        found = helper.close(limits.stop())
        if found is not None:
            problem.adopt(*found)
    return problem.schedule()


def _anneal(arrays: Arrays, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
    hot, cold = arrays.heats()
    if limits.work is not None:
        arrays.anneal(int(limits.work * _MOVES), hot, cold)
        return
    begun = now = clock()
    span = max(limits.deadline - begun, 1e-3)
    count = _FIRST_CHUNK
    while now < limits.deadline and not limits.stop():
        heat = hot * (cold / hot) ** min((now - begun) / span, 1.0)
        arrays.anneal(count, heat, heat)
        spent, now = clock() - now, clock()
        left = min(_CHUNK_SECONDS, limits.deadline - now)
        count = max(1, math.ceil(count * min(left / max(spent, 1e-6), 5.0)))


class _Helper:
    """Anneals the same shop with other luck in a process of its own."""

    def __init__(self, arrays: Arrays, seed: int, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._result = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        with tempfile.TemporaryFile() as task:
            pickle.dump((arrays, seed, seconds), task)
            task.seek(0)
            self._process = subprocess.Popen(
                [sys.executable, "-c", _CHILD], stdin=task, stdout=self._result, start_new_session=True
            )

    def close(self, at_once: bool) -> tuple[float, Ints] | None:
        """End the child; return the cost and the schedule it wrote, if it did."""
        left = 0.0 if at_once else max(self._until - time.monotonic(), 0.0) + _GRACE_SECONDS
        try:
            code = self._process.wait(left)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        with self._result as result:
            if code != 0:
                return None
            result.seek(0)
            found: tuple[float, Ints] = pickle.load(result)
            return found


def child() -> None:
    """Anneal the shop of standard input for its time; write the best to standard output."""
    begun = time.monotonic()
    end_with_parent()
    arrays, seed, seconds = pickle.load(sys.stdin.buffer)
    ready(__name__)
    arrays.s[t.LUCK] = 2 * seed + 1
    _anneal(arrays, replace(Limits(begun + seconds), seed=seed))
    pickle.dump((float(arrays.h[BEST]), arrays.best), sys.stdout.buffer)


__all__ = ["child", "search"]
