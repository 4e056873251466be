"""The order of a resource's setup groups in each bucket of the tail: the cheapest changeovers.

Within a bucket every group is listed once, in any order (docs/model.md, section 5), so the order is
a path through the groups of each bucket, bucket after bucket: a dynamic programme over subsets
(Held and Karp 1962, eq. 1), with the state that each bucket hands on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from capacityplan.domain.lookup import Lookup
from capacityplan.units import MINUTES_PER_HOUR

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_MOST_GROUPS = 12
"""Groups in a bucket up to which all orders are compared (more keep the order they were run in)."""
_PER_MINUTE = 1e-3
"""Money per minute of changeover between orders of equal cost: time saved is overtime saved."""
_NEVER = np.inf
State = str | None
Order = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Path:
    """The cheapest way to a state: its cost, and the orders of the buckets so far, last one first."""

    cost: float
    orders: tuple[Any, ...]


class Changeovers:
    """Money and minutes of changeovers on one resource."""

    def __init__(self, lookup: Lookup, resource: str) -> None:
        self._lookup, self._row = lookup, lookup.resources[resource]
        self._hourly = float(lookup.machine_hour(self._row))
        self._known: dict[tuple[State, str], tuple[float, int]] = {}

    def of(self, before: State, after: str) -> tuple[float, int]:
        """Money, and minutes that capacity loses."""
        found = self._known.get((before, after))
        if found is None:
            minutes, money = self._lookup.changeover(self._row, before, after)
            cost = float(money) + minutes * (self._hourly / MINUTES_PER_HOUR + _PER_MINUTE)
            found = self._known[before, after] = cost, 0 if self._row.setup_in_breaks else minutes
        return found

    def minutes(self, before: State, order: Sequence[str]) -> int:
        """Minutes that an order takes after a state."""
        return sum(self.of(a, b)[1] for a, b in zip((before, *order[:-1]), order, strict=True))


def cheapest_orders(
    costs: Changeovers, state: State, groups: Mapping[int, Order], room: Callable[[int], int]
) -> dict[int, Order]:
    """Order the setup groups of every bucket so that changeovers cost least.

    Parameters
    ----------
    costs : Changeovers
    state : str or None
        Group set up before the first bucket.
    groups : mapping of bucket to groups
        In the order in which they were run.
    room : callable
        Regular minutes of the resource that are left over in a bucket.

    Returns
    -------
    dict of bucket to groups
        In no bucket do changeovers take more minutes than in the given order and what is left over.
    """
    paths: dict[State, _Path] = {state: _Path(0.0, ())}
    before, paid = state, 0.0
    for bucket in sorted(groups):
        given = groups[bucket]
        spent = costs.minutes(before, given)
        paid += _cost(costs, before, given)
        before = given[-1]
        paths = _within(costs, paths, given, spent + max(room(bucket), 0))
    best = min(paths.values(), key=lambda path: path.cost, default=None)
    # The cheapest way to a state may have no time left for what follows, where a dearer one had.
    if best is None or best.cost >= paid:
        return dict(groups)
    orders, found = best.orders, []
    while orders:
        order, orders = orders
        found.append(order)
    return dict(zip(sorted(groups), reversed(found), strict=True))


def _within(costs: Changeovers, paths: Mapping[State, _Path], groups: Order, most: int) -> dict[State, _Path]:
    """Cheapest paths through one bucket, by the group they end with."""
    if not paths:
        return {}
    if len(groups) > _MOST_GROUPS:
        return _as_given(costs, paths, groups, most)
    count = len(groups)
    between = np.array([[costs.of(a, b) for b in groups] for a in groups], dtype=np.float64)
    cost = np.full((1 << count, count), _NEVER)
    spent = np.zeros((1 << count, count))
    parent = np.full((1 << count, count), -1, dtype=np.int64)
    origin: list[State] = []
    for place, group in enumerate(groups):
        first = min(paths, key=lambda state: paths[state].cost + costs.of(state, group)[0])
        cost[1 << place, place] = paths[first].cost + costs.of(first, group)[0]
        spent[1 << place, place] = costs.of(first, group)[1]
        origin.append(first)
    for masks in _layers(count):
        for place in range(count):
            _append(masks[masks >> place & 1 == 0], place, between, most, (cost, spent, parent))
    full = (1 << count) - 1
    found: dict[State, _Path] = {}
    for last, group in enumerate(groups):
        if cost[full, last] < _NEVER and spent[full, last] <= most:
            order = _walked(parent, full, last)
            orders = (tuple(groups[place] for place in order), paths[origin[order[0]]].orders)
            found[group] = _Path(float(cost[full, last]), orders)
    return found


def _as_given(
    costs: Changeovers, paths: Mapping[State, _Path], groups: Order, most: int
) -> dict[State, _Path]:
    """Cheapest path through one bucket in the order in which its groups were run."""
    fits = [before for before in paths if costs.minutes(before, groups) <= most]
    walked = [_Path(paths[b].cost + _cost(costs, b, groups), (groups, paths[b].orders)) for b in fits]
    return {groups[-1]: min(walked, key=lambda path: path.cost)} if walked else {}


@lru_cache(maxsize=_MOST_GROUPS)
def _layers(count: int) -> tuple[Ints, ...]:
    """Sets of some, but not all, of a number of groups as bit masks: (sets,) each, by size."""
    masks = np.arange(1, (1 << count) - 1, dtype=np.int64)
    size = (masks[:, None] >> np.arange(count) & 1).sum(axis=1)
    return tuple(masks[size == number] for number in range(1, count))


def _append(masks: Ints, place: int, between: Floats, most: int, tables: tuple[Floats, Floats, Ints]) -> None:
    """Add a group at the end of all sets of one size that lack it."""
    cost, spent, parent = tables
    reached = masks | 1 << place
    ways = np.where(spent[masks] <= most, cost[masks] + between[:, place, 0], _NEVER)
    last = ways.argmin(axis=1)
    cost[reached, place] = ways[np.arange(len(masks)), last]
    spent[reached, place] = spent[masks, last] + between[last, place, 1]
    parent[reached, place] = last


def _walked(parent: Ints, mask: int, last: int) -> list[int]:
    order = []
    while last >= 0:
        order.append(last)
        mask, last = mask & ~(1 << last), int(parent[mask, last])
    return order[::-1]


def _cost(costs: Changeovers, before: State, order: Order) -> float:
    return sum(costs.of(a, b)[0] for a, b in zip((before, *order[:-1]), order, strict=True))
