"""Searching a plain shop until time or work is used up, on a second core too where there is one."""

from __future__ import annotations

import time
from collections.abc import Callable

from capacityplan.solve.dispatch import Ground
from capacityplan.solve.minute.second import improve_twice
from capacityplan.solve.minute.shop.problem import Problem
from capacityplan.solve.minute.shop.ways import improve
from capacityplan.solve.types import Limits, WindowSchedule


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
    improve_twice(improve, problem.arrays, limits, clock)
    return problem.schedule()
