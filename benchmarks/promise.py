"""Promise requests for `benchmarks.answers`, and what a full re-solve says of an answer."""

from __future__ import annotations

import random
from typing import TypeVar

from capacityplan.domain.plant import ItemKind, Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.promise import Answer, Request
from capacityplan.solve.solve import Settings, solve

_T = TypeVar("_T")


def requests(plant: Plant, count: int, seed: int) -> list[Request]:
    """Return requests for sold items: sizes as ordered, half of them or several times as much."""
    luck = random.Random(seed)
    sold = [row.item for row in plant.items if row.kind is ItemKind.FINISHED]
    found = []
    for number in range(count):
        item = luck.choice(sold)
        usual = [row.quantity for row in plant.orders if row.item == item] or [100]
        quantity = max(1, int(luck.choice(usual) * luck.choice([0.5, 1, 2, 5])))
        by = None if luck.random() < 0.3 else luck.randrange(1, 40) * 1440
        found.append(Request(item, quantity, by, order=f"NEW-{number}"))
    return found


def kept_when_solved_again(answer: Answer, seconds: float) -> bool:
    """Whether the plant with the order, solved from nothing, serves it in full by the promised date."""
    outcome = solve(answer.plant, Settings(seconds=seconds, workers=1))
    if outcome.plan is None:
        return False
    bucket_of = Timeline.of(answer.plant).bucket_of_end
    order = answer.orders[0]
    rows = [row for row in outcome.plan.deliveries if row.demand == order.order]
    last = bucket_of(answer.promised)
    return sum(row.quantity for row in rows if bucket_of(row.arrive) <= last) == order.quantity


def spread(rows: list[_T], count: int) -> list[_T]:
    """So many of the rows, from all over."""
    return rows[:: max(1, len(rows) // count)][:count] if count else []
