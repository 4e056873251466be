"""Telling new, changed and dropped orders apart, so that every order keeps its key from plan to plan."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from capacityplan.exchange.texts import number_text
from capacityplan.outbound.orders import Order

ACTIONS = ("create", "change", "cancel", "same", "past")
"""What becomes of an order; ``past``: it was to start before this plan begins, and is left alone."""

_NEAR = timedelta(days=7)
"""Orders of one size that end at most so far apart are taken for the same one, moved."""


@dataclass(frozen=True, slots=True)
class Told:
    """An order with what the other system has to do about it, and what is different about it."""

    action: str
    order: Order
    differences: tuple[tuple[str, str, str], ...] = ()
    """Field, before, after."""


def tell(
    orders: Iterable[Order],
    published: Iterable[Order] | None,
    begin: datetime,
    known: Collection[str] = (),
) -> tuple[Told, ...]:
    """Compare a plan's orders with those that the other system got from the published plan.

    Parameters
    ----------
    published : iterable of Order or None
        None: nothing has been published, every order is new.
    begin : datetime
        Start of the plan; published orders that were to start before it are under way or done.
    known : collection of str
        Names of receipts and stock of the plant: a published order of such a name is there already,
        whenever it was to start.

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
    told, rest = _in_progress(fresh, former)
    # What has begun stays what it is: no lot that is still to begin takes its key.
    past: list[Order] = []
    movable: list[Order] = []
    for order in rest:
        begun = order.start < begin or order.key in known or order.id in known
        (past if begun else movable).append(order)
    left: list[Order] = []
    places = _by_group(fresh, told)
    for group, olds in _by_group(movable).items():
        pairs, lonely = _paired([movable[n] for n in olds], [(n, fresh[n]) for n in places.pop(group, [])])
        left += lonely
        for place, order, old in pairs:
            told[place] = _compared(order, old, taken)
    for group_places in places.values():
        for place in group_places:
            told[place] = _compared(fresh[place], None, taken)
    gone = [*(Told("past", order) for order in past), *(Told("cancel", order) for order in left)]
    gone.sort(key=lambda row: (row.order.kind, row.order.start, row.order.key))
    return (*(told[place] for place in range(len(fresh))), *gone)


def _first_action(order: Order) -> str:
    return "change" if order.kind == "progress" else "create"


def _in_progress(fresh: list[Order], former: list[Order]) -> tuple[dict[int, Told], list[Order]]:
    """Tell orders in progress, by place; and return the published orders that are still to begin.

    An order in progress goes by the number that the other system has for it, which is the key where
    that system took it over, or by the lot it was planned as.
    """
    made = [order for order in former if order.kind != "purchase"]
    names = {(order.item, order.id): order for order in made}
    names |= {(order.item, order.key): order for order in made}
    told: dict[int, Told] = {}
    found: set[str] = set()
    for place, order in enumerate(fresh):
        if order.kind != "progress":
            continue
        old = names.get((order.item, order.id))
        told[place] = Told("change", order) if old is None else _compared(order, old, set())
        found.add(told[place].order.key)
    # Orders in progress that the plan lacks are the other system's own to close.
    return told, [order for order in former if order.kind != "progress" and order.key not in found]


def _by_group(orders: list[Order], told: Collection[int] = ()) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, order in enumerate(orders):
        if place not in told:
            found[order.group].append(place)
    return found


def _paired(
    olds: list[Order], fresh: list[tuple[int, Order]]
) -> tuple[list[tuple[int, Order, Order | None]], list[Order]]:
    """Pair orders of one item: what is equal, then what is as large and near, then what ends nearest."""
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
    rest.sort(key=lambda pair: (pair[1].end, pair[1].id))
    lonely = [old for found in equal.values() for old in found]
    # Buckets begin a day later every day: an order that moves with them keeps its size, so that nearness
    # alone would swap neighbours and tell their quantities as changed.
    alike: dict[Fraction, list[Order]] = defaultdict(list)
    for old in lonely:
        alike[old.quantity].append(old)
    queues = {quantity: _Nearest(found) for quantity, found in alike.items()}
    nearest = [
        queues[order.quantity].take(order.end, _NEAR) if order.quantity in queues else None
        for _, order in rest
    ]
    taken = {old.key for old in nearest if old is not None}
    queue = _Nearest([old for old in lonely if old.key not in taken])
    for (place, order), moved in zip(rest, nearest, strict=True):
        pairs.append((place, order, moved or queue.take(order.end)))
    return pairs, queue.olds


class _Nearest:
    """Published orders by their ends; each is taken once.

    Parameters
    ----------
    olds : list of Order
    """

    def __init__(self, olds: list[Order]) -> None:
        self.olds = sorted(olds, key=lambda row: (row.end, row.key))
        self._ends = [old.end for old in self.olds]

    def take(self, end: datetime, within: timedelta = timedelta.max) -> Order | None:
        """Take the one whose end is nearest; None where there is none so near."""
        place = bisect_left(self._ends, end)
        around = [n for n in (place - 1, place) if 0 <= n < len(self._ends)]
        near = min(around, key=lambda n: abs(self._ends[n] - end), default=None)
        if near is None or abs(self._ends[near] - end) > within:
            return None
        self._ends.pop(near)
        return self.olds.pop(near)


def _compared(order: Order, old: Order | None, taken: set[str]) -> Told:
    if old is None:
        return Told(_first_action(order), replace(order, key=_free(order.key, taken)))
    ours = order.kind == "progress" and (old.created or old.kind == "production")
    order = replace(order, key=old.key, created=ours)
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
