"""How far to plan: until everything demanded can be delivered, with room for being late."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from math import ceil

from capacityplan.domain.plant import Horizon
from capacityplan.exchange.frepple.network import Buffer, Make, Network

_DAY_SECONDS = 86400
_ROOM = Fraction(5, 4)
_ROOM_DAYS = 5
_MOST_WORK_DAYS = 365
"""Work is never taken to need more room than this after the last due date."""
_MINUTE_DAYS, _MINUTE_LOTS, _MANY_DEMANDS = 92, 1200, 1000
"""Up to so many days and steps of lots everything is planned to the minute; with many demands, few days."""
_DAILY_DAYS, _NEAR_DAYS = 126, 28


def work_of(network: Network, wanted: dict[Buffer, Fraction]) -> tuple[dict[str, Fraction], int]:
    """Explode demand through the first way to make everything.

    Parameters
    ----------
    network : Network
    wanted : dict of Buffer to Fraction
        Units demanded.

    Returns
    -------
    work : dict of str to Fraction
        Seconds of work by resource.
    steps : int
        Steps of lots, at the largest lots allowed.
    """
    need = dict(wanted)
    work: dict[str, Fraction] = {}
    steps = 0
    for buffer in _top_down(network):
        quantity = need.get(buffer, Fraction(0))
        if not quantity or buffer not in network.makes:
            continue
        make = network.makes[buffer][0]
        lots = ceil(quantity / make.maximum) if make.maximum else 1
        steps += lots * len(make.steps)
        for step in make.steps:
            for use in step.uses:
                need[use.buffer] = need.get(use.buffer, Fraction(0)) + quantity * use.quantity
            for group in step.loads:
                for choice in group:
                    seconds = (step.unit_seconds * quantity + step.fixed_seconds * lots) / len(group)
                    work[choice.resource] = work.get(choice.resource, Fraction(0)) + seconds * choice.quantity
    return work, steps


def _top_down(network: Network) -> list[Buffer]:
    """Buffers, each before its components."""
    order: list[Buffer] = []
    done: set[Buffer] = set()
    for root in network.makes:
        stack = [(root, False)]
        while stack:
            buffer, finished = stack.pop()
            if finished:
                order.append(buffer)
            elif buffer not in done:
                done.add(buffer)
                stack.append((buffer, True))
                for make in network.makes.get(buffer, ()):
                    stack.extend((use.buffer, False) for use in make.uses())
    return order[::-1]


def longest(network: Network) -> Fraction:
    """Seconds that the slowest way from purchase to delivery takes for one unit (cycles cut)."""
    length: dict[Buffer, Fraction] = {}
    for buffer in reversed(_top_down(network)):
        ways = [_length(make, length) for make in network.makes.get(buffer, ())]
        bought = [Fraction(offer.lead_days * _DAY_SECONDS) for offer in network.offers.get(buffer, ())]
        length[buffer] = min(ways + bought, default=Fraction(0))
    return max(length.values(), default=Fraction(0))


def _length(make: Make, length: dict[Buffer, Fraction]) -> Fraction:
    own = sum(
        (step.fixed_seconds + step.unit_seconds + step.wait_seconds for step in make.steps), Fraction(0)
    )
    return own + max((length.get(use.buffer, Fraction(0)) for use in make.uses()), default=Fraction(0))


def horizon(
    network: Network, wanted: dict[Buffer, Fraction], demands: int, capacity: dict[str, int],
    orders_until: datetime, all_until: datetime, start: datetime,
) -> Horizon:  # fmt: skip
    """Choose buckets and the days planned to the minute.

    Parameters
    ----------
    network : Network
    wanted : dict of Buffer to Fraction
    demands : int
        Number of orders and forecasts.
    capacity : dict of str to int
        Identical units of every resource.
    orders_until, all_until : datetime
        Last due date of an order, and of anything.
    start : datetime
    """
    work, steps = work_of(network, wanted)
    busiest = max((load / max(1, capacity.get(name, 1)) for name, load in work.items()), default=Fraction(0))
    late = ceil(min(busiest / _DAY_SECONDS, Fraction(_MOST_WORK_DAYS)) + longest(network) / _DAY_SECONDS)
    due_days = max(1, (all_until - start).days + 1)
    total = ceil(max(due_days, late) * _ROOM) + _ROOM_DAYS
    few = steps <= _MINUTE_LOTS and demands <= _MANY_DEMANDS
    if total <= _MINUTE_DAYS and few:
        return Horizon(total, 0, 0, total)
    order_days = max(1, (orders_until - start).days + 1) + _NEAR_DAYS
    daily = min(total, order_days, _DAILY_DAYS) if few else min(total, _NEAR_DAYS)
    daily = max(daily, min(total, _NEAR_DAYS))
    return Horizon(
        daily, ceil(max(0, total - daily) / 7), 0, min(daily, _NEAR_DAYS if few else _NEAR_DAYS // 2)
    )
