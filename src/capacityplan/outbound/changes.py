"""Telling new, changed and dropped orders apart, so that every order keeps its key from plan to plan."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from capacityplan.exchange.texts import number_text
from capacityplan.outbound.orders import Order

ACTIONS = ("create", "change", "cancel", "same", "past")
"""What becomes of an order; ``past``: it was to start before this plan begins, and is left alone."""


@dataclass(frozen=True, slots=True)
class Told:
    """An order with what the other system has to do about it, and what is different about it."""

    action: str
    order: Order
    differences: tuple[tuple[str, str, str], ...] = ()
    """Field, before, after."""


def tell(orders: Iterable[Order], published: Iterable[Order] | None, begin: datetime) -> tuple[Told, ...]:
    """Compare a plan's orders with those that the other system got from the published plan.

    Parameters
    ----------
    published : iterable of Order or None
        None: nothing has been published, every order is new.
    begin : datetime
        Start of the plan; published orders that were to start before it are under way or done.

    Returns
    -------
    tuple of Told
        Every order of the plan under its lasting key, then the published ones that it lacks.
    """
    fresh = list(orders)
    if published is None:
        return tuple(Told(_first_action(order), order) for order in fresh)
    former = list(published)
    taken = {order.key for order in former}
    told: dict[int, Told] = {}
    left: list[Order] = []
    places = _by_group(fresh)
    for group, olds in _by_group(former).items():
        pairs, lonely = _paired([former[n] for n in olds], [(n, fresh[n]) for n in places.pop(group, [])])
        left += lonely
        for place, order, old in pairs:
            told[place] = _compared(order, old, taken)
    for group_places in places.values():
        for place in group_places:
            told[place] = _compared(fresh[place], None, taken)
    gone = [Told("past" if order.start < begin else "cancel", order) for order in _dropped(left)]
    return (*(told[place] for place in range(len(fresh))), *gone)


def _first_action(order: Order) -> str:
    return "change" if order.kind == "progress" else "create"


def _dropped(orders: Iterable[Order]) -> list[Order]:
    """Published orders that the plan lacks; orders in progress are the other system's own to close."""
    rest = [order for order in orders if order.kind != "progress"]
    return sorted(rest, key=lambda order: (order.kind, order.start, order.key))


def _by_group(orders: Iterable[Order]) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, order in enumerate(orders):
        found[order.group].append(place)
    return found


def _paired(
    olds: list[Order], fresh: list[tuple[int, Order]]
) -> tuple[list[tuple[int, Order, Order | None]], list[Order]]:
    """Pair orders of one item: first what is equal, then by nearness of their ends."""
    pairs: list[tuple[int, Order, Order | None]] = []
    equal: dict[tuple[object, ...], list[Order]] = defaultdict(list)
    for old in sorted(olds, key=lambda order: order.key, reverse=True):
        equal[_content(old)].append(old)
    rest = []
    for place, order in fresh:
        found = equal[_content(order)]
        if found:
            pairs.append((place, order, found.pop()))
        else:
            rest.append((place, order))
    open_olds = sorted((old for found in equal.values() for old in found), key=lambda row: (row.end, row.key))
    ends = [old.end for old in open_olds]
    for place, order in sorted(rest, key=lambda pair: (pair[1].end, pair[1].id)):
        near = _nearest(ends, order.end)
        pairs.append((place, order, None if near is None else open_olds.pop(near)))
        if near is not None:
            ends.pop(near)
    return pairs, open_olds


def _nearest(ends: list[datetime], end: datetime) -> int | None:
    if not ends:
        return None
    place = bisect_left(ends, end)
    around = [n for n in (place - 1, place) if 0 <= n < len(ends)]
    return min(around, key=lambda n: abs(ends[n] - end))


def _compared(order: Order, old: Order | None, taken: set[str]) -> Told:
    if old is None:
        return Told(_first_action(order), replace(order, key=_free(order.key, taken)))
    order = replace(order, key=old.key)
    differences = tuple(
        (name, before, after)
        for (name, before), (_, after) in zip(_facts(old), _facts(order), strict=True)
        if before != after
    )
    return Told("change" if differences else "same", order, differences)


def _free(key: str, taken: set[str]) -> str:
    """Keep a key from naming two orders: one published as another order is never taken again."""
    found, number = key, 1
    while found in taken:
        number += 1
        found = f"{key}-{number}"
    taken.add(found)
    return found


def _content(order: Order) -> tuple[object, ...]:
    return tuple(_facts(order))


def _facts(order: Order) -> list[tuple[str, str]]:
    """What the other system is told of an order, as texts."""
    steps = [
        f"{step.operation} on {step.resource} {moment(step.start)} to {moment(step.end)}"
        for step in order.steps
    ]
    parts = [f"{number_text(part.quantity)} {part.item} at {part.operation}" for part in order.components]
    return [
        ("quantity", number_text(order.quantity)),
        ("start", moment(order.start)),
        ("end", moment(order.end)),
        ("price", "" if order.price is None else number_text(order.price)),
        ("operations", "; ".join(steps)),
        ("components", "; ".join(parts)),
    ]


def moment(value: datetime) -> str:
    """Write a local date-time to the minute."""
    return value.isoformat(timespec="minutes")
