"""The ways of searching a plain shop: by an order of jobs, by what decides the last end, by annealing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from capacityplan.solve.minute.cooling import Pace, cooled
from capacityplan.solve.minute.shop import tables as t
from capacityplan.solve.minute.shop.arrays import Arrays
from capacityplan.solve.minute.shop.flow import Flow, is_flow
from capacityplan.solve.minute.shop.path import Path, only_the_end_counts
from capacityplan.solve.minute.shop.staged import Staged, is_staged
from capacityplan.solve.types import Limits

_ANNEALING = Pace(work=20_000, first=200, growth=5.0)
_STEPS = Pace(work=5_000, first=50, growth=5.0)
_ORDERS = Pace(work=10_000, first=100, growth=5.0)
_NO_HEATS = (1.0, 1.0)
_TRIAL_SHARE = 0.1
"""Share of the time in which a way is tried before one of two is chosen."""
_LISTED_SHARE = 0.6
"""Share of the time for listing the jobs of a shop of stages, before its sequences are searched."""


def improve(arrays: Arrays, limits: Limits, seed: int, clock: Callable[[], float] = time.monotonic) -> None:
    """Search from the best schedule known until time or work is used up, in the way that suits the shop.

    Parameters
    ----------
    arrays : Arrays
        The best schedule is written there.
    limits : Limits
    seed : int
        Another one than the limits' in a second process.
    clock : callable
        What the deadline is read on.
    """
    arrays.s[t.LUCK] = 2 * seed + 1
    if is_flow(arrays.g):
        flow = Flow(arrays, seed)
        cooled(flow.anneal, limits, flow.heats(), _ORDERS, clock)
        flow.write_down()
        return
    if not only_the_end_counts(arrays.g, arrays.f):
        cooled(arrays.anneal, limits, arrays.heats(), _ANNEALING, clock)
        return
    if is_staged(arrays.g):
        staged = Staged(arrays, seed)
        cooled(staged.anneal, _part(limits, _LISTED_SHARE, clock), staged.heats(), _ORDERS, clock)
        staged.write_down()
        rest = limits if limits.work is None else replace(limits, work=limits.work * (1 - _LISTED_SHARE))
        cooled(Path(arrays).search, rest, _NO_HEATS, _STEPS, clock)
        return
    _better_of_two(arrays, limits, clock)


def _better_of_two(arrays: Arrays, limits: Limits, clock: Callable[[], float]) -> None:
    """Try tabu search and annealing for a while each from the same start, then go on with the better."""
    path, start = Path(arrays), arrays.kept()
    cooled(path.search, _part(limits, _TRIAL_SHARE, clock), _NO_HEATS, _STEPS, clock)
    by_path = arrays.kept()
    arrays.take(start)
    left = 1.0 if limits.work is not None else 1 - _TRIAL_SHARE
    trial = _part(limits, _TRIAL_SHARE / left, clock)
    cooled(arrays.anneal, trial, arrays.heats(), _ANNEALING, clock)
    rest = limits if limits.work is None else replace(limits, work=limits.work * (1 - 2 * _TRIAL_SHARE))
    if by_path.cost <= arrays.kept().cost:
        arrays.take(by_path)
        cooled(path.search, rest, _NO_HEATS, _STEPS, clock)
    else:
        cooled(arrays.anneal, rest, arrays.heats(), _ANNEALING, clock)


def _part(limits: Limits, share: float, clock: Callable[[], float]) -> Limits:
    """A share of what is left of the time (of all the work)."""
    if limits.work is not None:
        return replace(limits, work=limits.work * share)
    now = clock()
    return replace(limits, deadline=now + (limits.deadline - now) * share)
