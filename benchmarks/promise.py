"""Promise requests for `benchmarks.answers`, and what a full re-solve says of an answer."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import ItemKind, Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.promise import Answer, Promise, Request
from capacityplan.replan.carry import carry_forward
from capacityplan.solve.solve import Settings, solve
from capacityplan.units import MINUTES_PER_DAY

_T = TypeVar("_T")
_LATE, _LOST = 5, 500
"""What a re-solve pays for the order per day late and for losing it, in values of what is ordered."""


def requests(plant: Plant, count: int, seed: int) -> list[Request]:
    """Return requests for sold items: sizes as ordered, half of them or several times as much."""
    luck = random.Random(seed)
    sold = [row.item for row in plant.items if row.kind is ItemKind.FINISHED]
    found = []
    for number in range(count):
        item = luck.choice(sold)
        usual = [row.quantity for row in plant.orders if row.item == item] or [100]
        quantity = max(1, int(luck.choice(usual) * luck.choice([0.5, 1, 2, 5])))
        by = None if luck.random() < 0.3 else luck.randrange(1, 40) * MINUTES_PER_DAY
        found.append(Request(item, quantity, by, order=f"NEW-{number}"))
    return found


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a full re-solve makes of a promised order.

    Attributes
    ----------
    kept : {"from nothing", "from the promise", "no", "no plan"}
        Which re-solve delivers the whole order by its promised date.
    days_earlier : int
        By how many days the re-solve from nothing delivers before the promised date, where that was later
        than asked.
    days_beyond : int
        The same against the earliest way that harms nobody: the promise, or its alternative of others giving
        way unharmed.
    others : float
        By how much lateness and loss of all other demand cost more in that plan than where the plant is
        solved from nothing in the same time without the order.
    """

    kept: str
    days_earlier: int
    days_beyond: int
    others: float


def arrears_of(plant: Plant, seconds: float) -> Fraction:
    """Return what lateness and loss cost where a plant is solved from nothing."""
    found = solve(plant, Settings(seconds=seconds, workers=1))
    return sum(found.verdict.pain.values(), Fraction(0)) if found.verdict is not None else Fraction(0)


def agreement(promise: Promise, answer: Answer, seconds: float, alone: Fraction) -> Agreement:
    """Plan the plant with the order from nothing, as if no plan were there; late is very dear for it.

    It is due on the day asked for, so that the search goes for an earlier date than was promised. Where its
    plan comes later, it is planned again for the promised date beginning with the promise's own plan.

    Parameters
    ----------
    alone : Fraction
        `arrears_of` the plant without the order, in the same time.
    """
    by, order, timeline = promise.request.by, answer.orders[0], Timeline.of(answer.plant)
    bucket_of, wanted = timeline.bucket_of_end, 1 if by is None else max(by, 1)
    promised = bucket_of(answer.promised)
    unharmed = [row.answer.promised for row in promise.alternatives if row.kind == "sooner"]
    asked = _urgent(answer, min(order.due, int(timeline.ends[bucket_of(wanted)])))
    found = solve(asked, Settings(seconds=seconds, workers=1))
    arrives = None if found.plan is None else _arrives(found.plan, order.order, order.quantity)
    if arrives is not None and bucket_of(arrives) <= promised and found.verdict is not None:
        until = int(timeline.ends[max(bucket_of(arrives), bucket_of(wanted))])
        earlier, beyond = (
            max(int(timeline.ends[bucket_of(one)]) - until, 0) // MINUTES_PER_DAY
            for one in (answer.promised, min([answer.promised, *unharmed]))
        )
        others = sum((cost for name, cost in found.verdict.pain.items() if name != order.order), Fraction(0))
        return Agreement("from nothing", earlier, beyond, float(others - alone))
    urgent = _urgent(answer, order.due)
    start = carry_forward(urgent, replace(answer.plan, ledger=(), certificate=None))
    again = solve(urgent, Settings(seconds=seconds, workers=1), start=start)
    arrives = None if again.plan is None else _arrives(again.plan, order.order, order.quantity)
    kept = arrives is not None and bucket_of(arrives) <= promised
    return Agreement("from the promise" if kept else "no" if again.plan else "no plan", 0, 0, 0.0)


def _urgent(answer: Answer, due: int) -> Plant:
    """The plant with the promised order due then, at a price that no plan pays where it can do without."""
    (order,) = answer.orders
    item = next(row for row in answer.plant.items if row.item == order.item)
    worth = order.price or item.price or item.unit_value or Fraction(1)
    dear = replace(order, due=due, late_cost_per_day=_LATE * worth, lost_cost=_LOST * worth)
    return replace(
        answer.plant,
        orders=tuple(dear if row.order == order.order else row for row in answer.plant.orders),
    )


def _arrives(plan: Plan, order: str, quantity: int) -> int | None:
    """Minute at which the last of an order arrives; None where not all of it does."""
    rows = [row for row in plan.deliveries if row.demand == order]
    return max(row.arrive for row in rows) if sum(row.quantity for row in rows) == quantity else None


def spread(rows: list[_T], count: int) -> list[_T]:
    """So many of the rows, from all over."""
    return rows[:: max(1, len(rows) // count)][:count] if count else []
