"""Searching a plain shop until time or work is used up, on a second core too where there is one."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from capacityplan.solve.children import begin, end_with_parent
from capacityplan.solve.dispatch import Ground
from capacityplan.solve.minute.compiled import ready
from capacityplan.solve.minute.shop import tables as t
from capacityplan.solve.minute.shop.arrays import Arrays, Kept
from capacityplan.solve.minute.shop.problem import Problem
from capacityplan.solve.minute.shop.ways import improve
from capacityplan.solve.types import Limits, WindowSchedule

_CHILD = "from capacityplan.solve.minute.shop.run import child; child()"
_GRACE_SECONDS = 0.05
"""How long after the deadline its answer is waited for: more would take the time for settlement."""
_AHEAD_SECONDS = 0.3
"""How long before the deadline the second process stops, to have written when it is asked."""
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
        ``work`` counts twenty thousand moves of an annealing.
    clock : callable
        What the deadline is read on; a processor's clock counts this process alone, so that there
        is no other then.

    Returns
    -------
    WindowSchedule or None
        None where the best schedule found does not end within the horizon.
    """
    problem = Problem(ground, limits.seed)
    problem.start(limits, clock)
    seconds = limits.deadline - clock()
    helped = (
        limits.work is None and limits.workers > 1 and seconds > _WORTH_SECONDS and clock is time.monotonic
    )
    helper = Helper(problem.arrays, limits.seed + 1000, limits.deadline) if helped else None
    improve(problem.arrays, limits, limits.seed, clock)
    if helper is not None:
        found = helper.close(limits.stop())
        if found is not None and found.cost < problem.cost:
            problem.arrays.take(found)
    return problem.schedule()


class Helper:
    """Searches the same shop with other luck in a process of its own."""

    def __init__(self, arrays: Arrays, seed: int, deadline: float) -> None:
        self._deadline = deadline
        self._result = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        self._process = begin(_CHILD, (arrays, seed, deadline), self._result)

    def close(self, at_once: bool) -> Kept | None:
        """End the child; return the cost and the schedule it wrote, if it did."""
        left = 0.0 if at_once else max(self._deadline - time.monotonic(), 0.0) + _GRACE_SECONDS
        try:
            code = self._process.wait(left)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        with self._result as result:
            if code != 0:
                return None
            result.seek(0)
            found: Kept = pickle.load(result)
            return found


def child() -> None:
    """Search the shop of standard input until its deadline; write the best to standard output."""
    end_with_parent()
    arrays, seed, deadline = pickle.load(sys.stdin.buffer)
    ready(__name__)
    arrays.s[t.LUCK] = 2 * seed + 1
    improve(arrays, Limits(deadline - _AHEAD_SECONDS), seed)
    pickle.dump(arrays.kept(), sys.stdout.buffer)


__all__ = ["Helper", "child", "search"]
