"""Compiled overlap: when a run may begin on what the one before passes on.

Says the same as `prepare.overlap`; the tests hold them equal.
"""

from __future__ import annotations

from capacityplan.solve.minute.arrays import (
    BEGUN,
    BEGUN_AT,
    CAL_AT,
    CAL_BEFORE,
    CAL_END,
    CAL_START,
    DONE,
    DONE_AT,
    MODE_RESOURCE,
    Ints,
)
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.floor import finish, interval, interval_of

WHOLE = (-1, 0, 0, 0)
Passing = tuple[int, int, int, int]
"""Mode, start, end of a run that passes on to the next operation, and the wait; `WHOLE`: nothing does."""


@compiled
def passes(p: Ints, mode: int, start: int, end: int, wait: int) -> Passing:
    """Return what a run passes on."""
    if p[p[DONE_AT] + mode + 1] == p[p[DONE_AT] + mode]:
        return WHOLE
    return mode, start, end, wait


@compiled
def _comes(p: Ints, passing: Passing, batch: int) -> int:
    """When a transfer batch is there, waited; -1: before the plan."""
    mode, start, _, wait = passing
    minutes = p[p[DONE] + p[p[DONE_AT] + mode] + batch]
    return -1 if minutes < 0 else finish(p, p[p[MODE_RESOURCE] + mode], start, minutes) + wait


@compiled
def first(p: Ints, passing: Passing) -> int:
    """When the first transfer batch is there."""
    return max(_comes(p, passing, 0), 0)


@compiled
def _worked(p: Ints, r: int, minute: int) -> int:
    """Working minutes of a resource before an instant."""
    k = interval(p, r, minute)
    if k < p[p[CAL_AT] + r]:
        return 0
    return int(p[p[CAL_BEFORE] + k] + min(minute, p[p[CAL_END] + k]) - p[p[CAL_START] + k])


@compiled
def earliest(p: Ints, passing: Passing, mode: int, work: int) -> int:
    """Earliest start on a mode at which a run of so many minutes never runs short."""
    if passing[0] < 0:
        return 0
    if work == 0:
        return passing[2] + passing[3]
    r, least, before = p[p[MODE_RESOURCE] + mode], 0, passing[0]
    for k in range(p[p[DONE_AT] + before + 1] - p[p[DONE_AT] + before]):
        comes = _comes(p, passing, k)
        if comes >= 0:
            # The last minute is worked after all has come.
            begun = min(p[p[BEGUN] + p[p[BEGUN_AT] + mode] + k], work - 1)
            least = max(least, _worked(p, r, comes) - begun)
    if least == 0:
        return first(p, passing)
    at = interval_of(p, r, least - 1, p[p[CAL_AT] + r])
    return int(max(first(p, passing), p[p[CAL_START] + at] + least - p[p[CAL_BEFORE] + at]))
