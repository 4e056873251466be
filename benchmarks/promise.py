"""Promise requests on each own plant: time, and whether the checker accepts every answer.

``python -m benchmarks.promise [--requests 50] [--seconds 30] [--resolve 2]`` prints a Markdown table. With
``--resolve`` the plant of that many answers is solved again from nothing, to see whether the new plan
serves the order by its promised date too.
"""

from __future__ import annotations

import argparse
import random
from typing import TypeVar

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import ItemKind, Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.promise import Answer, Desk, Promise, Request
from capacityplan.solve.solve import Settings, solve
from capacityplan.templates import NAMES, build
from capacityplan.verify import check

_T = TypeVar("_T")


def requests(plant: Plant, count: int, seed: int) -> list[Request]:
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
    outcome = solve(answer.plant, Settings(seconds=seconds, workers=1))
    if outcome.plan is None:
        return False
    bucket_of = Timeline.of(answer.plant).bucket_of_end
    order = answer.orders[0]
    rows = [row for row in outcome.plan.deliveries if row.demand == order.order]
    last = bucket_of(answer.promised)
    return sum(row.quantity for row in rows if bucket_of(row.arrive) <= last) == order.quantity


def asked(plant: Plant, plan: Plan, count: int) -> list[Promise]:
    """What one desk promises on so many requests."""
    desk = Desk(plant, plan)
    return [desk.promise(request, alternatives=False) for request in requests(plant, count, 7)]


def accepted(answers: list[Answer]) -> int:
    """How many of the answers' plans the checker accepts once more."""
    return sum(not check(one.plant, one.plan).violations for one in answers)


def spread(rows: list[_T], count: int) -> list[_T]:
    """So many of the rows, from all over."""
    return rows[:: max(1, len(rows) // count)][:count] if count else []


def median_and_most(times: list[float]) -> tuple[str, str]:
    """Median and 95 % quantile."""
    times = sorted(times) or [0.0]
    return f"{times[len(times) // 2]:.2f}", f"{times[int(len(times) * 0.95)]:.2f}"


def measure(name: str, size: float, count: int, seconds: float, resolve: int) -> str:
    plant = build(name, size=size)
    outcome = solve(plant, Settings(seconds=seconds, workers=1))
    assert outcome.plan is not None
    replies = asked(plant, outcome.plan, count)
    answered = [reply for reply in replies if reply.answer is not None]
    answers = [reply.answer for reply in answered if reply.answer is not None]
    again = [kept_when_solved_again(answer, seconds) for answer in spread(answers, resolve)]
    cells = (
        f"{name} {size:g}", len(outcome.plan.lots), f"{len(answers)} of {count}",
        sum(reply.in_time for reply in answered), sum(bool(one.lots) for one in answers), accepted(answers),
        *median_and_most([reply.seconds["answer"] for reply in replies]),
        f"{sum(again)} of {len(again)}",
    )  # fmt: skip
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--resolve", type=int, default=2)
    parser.add_argument("--size", type=float, default=1.0)
    parser.add_argument("--names", nargs="*", default=list(NAMES))
    given = parser.parse_args()
    heads = ("plant", "lots", "answered", "in time", "with new lots", "accepted by the checker",
             "median CPU s", "95 % CPU s", "kept by a full re-solve")  # fmt: skip
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
    for name in given.names:
        print(measure(name, given.size, given.requests, given.seconds, given.resolve), flush=True)


if __name__ == "__main__":
    main()
