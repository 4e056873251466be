"""Annealing in portions that fit the clock: the colder, the more of the time is gone."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from capacityplan.solve.types import Limits

_CHUNK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Pace:
    """How many moves an annealing makes.

    Attributes
    ----------
    work : int
        Moves in one unit of work.
    first : int
        Moves of the first portion, before their time is known.
    growth : float
        How many times as large as the last one a portion may be.
    """

    work: int
    first: int
    growth: float


def cooled(
    anneal: Callable[[int, float, float], object],
    limits: Limits,
    heats: tuple[float, float],
    pace: Pace,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Anneal until time or work is used up, or somebody asks to stop.

    Parameters
    ----------
    anneal : callable
        Tries a number of moves while it cools from one temperature to another.
    heats : (float, float)
        Temperatures to begin and to end with.
    clock : callable
        What the deadline is read on.
    """
    hot, cold = heats
    if limits.work is not None:
        anneal(int(limits.work * pace.work), hot, cold)
        return
    begun = now = clock()
    span = max(limits.deadline - begun, 1e-3)
    count = pace.first
    while now < limits.deadline and not limits.stop():
        heat = hot * (cold / hot) ** min((now - begun) / span, 1.0)
        anneal(count, heat, heat)
        spent, now = clock() - now, clock()
        left = min(_CHUNK_SECONDS, limits.deadline - now)
        count = max(1, math.ceil(count * min(left / max(spent, 1e-6), pace.growth)))
