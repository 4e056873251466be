"""Promise requests for `benchmarks.answers`, and what a full re-solve says of an answer."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Customer, ItemKind, Order, Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.promise import Promise, Request
from capacityplan.replan.carry import carry_forward
from capacityplan.solve.solve import Settings, solve
from capacityplan.units import MINUTES_PER_DAY
from capacityplan.verify import check

_T = TypeVar("_T")
_DAY, _LOST = Fraction(1, 10), Fraction(2)
"""What a day sooner, and having the order at all, are worth in re-solves, in values of what is ordered."""
_NEW = "customer of the new order"
_CONTROLS = 2
"""Runs of the search on the plan without the order."""


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
    """What a full re-solve makes of a request.

    Attributes
    ----------
    verdict : str
        ``as asked``: promised for the date asked for (without one: the first bucket); ``at a price``: later,
        and the way offered by that date, where others give way, is better with what days are worth. Later:
        ``no sooner``, where the re-solve that begins with the promise's plan serves the order no sooner;
        ``sooner, dearer``, where it does, at a cost above what the days are worth; ``sooner``, at a cost
        below: the promise is later than it need be. Not promised at all: ``none``, or ``none, served`` where
        the re-solve serves the whole order.
    late : int
        By how many days the promise is later than asked.
    days : int
        By how many days that re-solve serves the order sooner than the promise.
    gain : float
        By how much its plan is better than the promise's, with what days are worth, beyond what the search
        gains on the plan without the order.
    seconds : float
        Processor time of the re-solve (without the process that bounds).
    """

    verdict: str
    late: int
    days: int
    gain: float
    seconds: float


def waits(plant: Plant, promise: Promise) -> bool:
    """Whether an order comes later than it is wanted, or not at all."""
    bucket_of, answer = Timeline.of(plant).bucket_of_end, promise.answer
    return answer is None or bucket_of(answer.promised) > bucket_of(max(promise.request.by or 0, 0))


@dataclass(frozen=True, slots=True)
class Judge:
    """Solves a plant again with an order in it.

    Attributes
    ----------
    gained : Fraction
        What the search gains on the plan without the order, in the same time (the most of several runs).
    """

    plant: Plant
    plan: Plan
    seconds: float
    gained: Fraction

    @classmethod
    def of(cls, plant: Plant, plan: Plan, seconds: float) -> Judge:
        """Return the judge of a plan, with what the search gains on it alone."""
        base, free = check(plant, replace(plan, ledger=(), certificate=None)).cost, _free(plant)
        start = carry_forward(free, replace(plan, ledger=(), certificate=None))
        found = [solve(free, Settings(seconds=seconds, seed=seed, workers=1), start=start)
                 for seed in range(_CONTROLS)]  # fmt: skip
        return cls(plant, plan, seconds, max(base - row.verdict.cost for row in found if row.verdict))

    def agreement(self, promise: Promise) -> Agreement:
        """Solve again with the order in, and compare with the best way offered to serve all of it."""
        whole = [row.answer for row in promise.alternatives if row.kind in ("sooner", "forced", "cheaper")]
        ways = [*([promise.answer] if promise.answer is not None else []), *whole]
        timeline, request = Timeline.of(self.plant), promise.request
        bucket_of, starts = timeline.bucket_of_end, timeline.starts
        asked = 0 if request.by is None else bucket_of(max(request.by, 0))
        due = int(starts[asked])
        if not ways:
            arrives, _, seconds = self._solved(self._urgent(request, due, 0)[0], request, self.plan)
            return Agreement("none" if arrives is None else "none, served", 0, 0, 0.0, seconds)

        counted = timeline.all_days_late(due)

        def later(bucket: int) -> int:
            """Days that are charged where the order arrives in a bucket."""
            return int(counted[: max(bucket, asked)].sum())

        most = max(later(bucket_of(way.promised)) for way in ways)
        urgent, price = self._urgent(request, due, most)
        best = min(ways, key=lambda way: way.cost + later(bucket_of(way.promised)) * price)
        days = later(bucket_of(best.promised))
        cost = (
            check(self.plant, replace(self.plan, ledger=(), certificate=None)).cost + best.cost + days * price
        )
        arrives, reached, seconds = self._solved(urgent, request, best.plan)
        gain = float(cost - self.gained - reached)
        if not most:
            return Agreement("as asked", 0, 0, gain, seconds)
        if not days:
            return Agreement("at a price", most, 0, gain, seconds)
        if (sooner := 0 if arrives is None else days - later(arrives)) <= 0:
            return Agreement("no sooner", days, 0, gain, seconds)
        return Agreement("sooner" if gain > 0 else "sooner, dearer", days, sooner, gain, seconds)

    def _solved(self, urgent: Plant, request: Request, begin: Plan) -> tuple[int | None, Fraction, float]:
        """Bucket in which the last of the order arrives (None: not all does), cost of the plan, seconds."""
        start = carry_forward(urgent, replace(begin, ledger=(), certificate=None))
        begun = time.process_time()
        found = solve(urgent, Settings(seconds=self.seconds, workers=1), start=start)
        seconds = time.process_time() - begun
        if found.plan is None or found.verdict is None:
            return None, Fraction(0), seconds
        minute = _arrives(found.plan, request.order, request.quantity)
        bucket = None if minute is None else Timeline.of(urgent).bucket_of_end(minute)
        return bucket, found.verdict.cost, seconds

    def _urgent(self, request: Request, due: int, days: int) -> tuple[Plant, Fraction]:
        """The plant with the order, with a price of each day after the asked one; that price.

        The order consumes projections so many days later as well: those that give way to the promise. It
        is to come in one shipment, as all ways do that are compared.
        """
        lookup, rules = Lookup(self.plant), self.plant.consumption
        item, customer = lookup.items[request.item], lookup.customers.get(request.customer, Customer(_NEW))
        worth = request.price or item.price or item.unit_value or Fraction(1)
        order = Order(
            request.order, request.item, request.quantity, due, _NEW, price=request.price,
            late_cost_per_day=worth * _DAY, lost_cost=_LOST * worth, min_shipment=request.quantity,
        )  # fmt: skip
        forward = rules.forward_days if customer.forward_days is None else customer.forward_days
        customer = replace(customer, customer=_NEW, parent=request.customer, forward_days=forward + days)
        plant = replace(
            _free(self.plant), orders=(*self.plant.orders, order), customers=(*self.plant.customers, customer)
        )
        return plant, request.quantity * worth * _DAY / lookup.scale[request.item]


def _free(plant: Plant) -> Plant:
    """The plant without the least saving below which a plan to begin with stands."""
    return replace(plant, solve=replace(plant.solve, min_saving=Fraction(0)))


def _arrives(plan: Plan, order: str, quantity: int) -> int | None:
    """Minute at which the last of an order arrives; None where not all of it does."""
    rows = [row for row in plan.deliveries if row.demand == order]
    return max(row.arrive for row in rows) if sum(row.quantity for row in rows) == quantity else None


def spread(rows: list[_T], count: int) -> list[_T]:
    """So many of the rows, from all over."""
    return rows[:: max(1, len(rows) // count)][:count] if count else []
