"""The minute engine: dispatch starts, then any-time local search over turns and earliest days.

Every candidate is decoded by the dispatcher, the single source of truth for times; the search
only chooses each lot's turn and the bucket from which it may start.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from dataclasses import replace

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.solve.dispatch import schedule as dispatch
from capacityplan.solve.minute import exact
from capacityplan.solve.minute.estimate import Estimator
from capacityplan.solve.types import Limits, LotPlan, PlannedLot, WindowSchedule

_SLACKS = (0, 1, 2)
"""Days before its planned bucket at which a start rule lets a lot begin."""
_HEAT_START, _HEAT_END = 0.002, 0.00002
"""Annealing temperatures as shares of the first schedule's cost."""
_HEAT_WORK = 200.0
"""Candidates over which the temperature falls where no work limit says otherwise."""
_SHIFT_BUCKETS = 3
Turn = tuple[int, PlannedLot]
"""A lot's earliest bucket with the lot; the order in the list is the order of dispatch."""


def schedule(plant: Plant, plan: LotPlan, limits: Limits) -> WindowSchedule:
    """Schedule the window's lots to the minute, at the lowest estimated cost found in time.

    Parameters
    ----------
    plant : Plant
    plan : LotPlan
        Lots with ``start_bucket`` in the window are placed, orders in progress always.
    limits : Limits
        ``work`` counts candidate schedules (CP-SAT's deterministic seconds for small job shops).

    Returns
    -------
    WindowSchedule
        Satisfies docs/model.md, sections 1 to 4 and 6; at least the first dispatch schedule,
        whatever the deadline.
    """
    search = _Search(plant, plan, limits)
    search.starts()
    best = search.best
    if exact.applies(plant, plan, Timeline.of(plant)) and not search.finished():
        found = exact.improve(plant, plan, best, limits)
        return replace(found, cost_estimate=search.estimator.cost(found))
    search.anneal()
    return search.best


class _Search:
    def __init__(self, plant: Plant, plan: LotPlan, limits: Limits) -> None:
        self._plant, self._plan, self._limits = plant, plan, limits
        self._lookup = Lookup(plant)
        window = Timeline.of(plant).window_buckets
        self._last_bucket = window - 1
        self._wishes = {
            wish.lot.lot: wish for wish in plan.lots if wish.start_bucket < window and not wish.lot.receipt
        }
        self._rest = tuple(wish for wish in plan.lots if wish.lot.lot not in self._wishes)
        self._random = random.Random(limits.seed)
        self.estimator = Estimator(plant, plan)
        self._seconds = 0.0
        self._decoded = 0
        self._turns: list[Turn] = []
        self._cost = math.inf
        self.best: WindowSchedule
        self._best_cost = math.inf

    def finished(self) -> bool:
        """Whether time or work is used up, or somebody asked to stop."""
        if self._limits.stop():
            return True
        if self._limits.work is not None:
            return self._decoded >= self._limits.work
        return time.monotonic() + self._seconds >= self._limits.deadline

    def starts(self) -> None:
        """Dispatch by several rules and keep the best."""
        for number, turns in enumerate(self._rules()):
            if number and self.finished():
                return
            cost = self._decode(turns)
            if cost < self._cost:
                self._turns, self._cost = turns, cost

    def _rules(self) -> list[list[Turn]]:
        """Planned buckets with little slack, by urgency or grouped by setup."""
        rules = []
        for slack in _SLACKS:
            early = [(max(0, wish.start_bucket - slack), wish) for wish in self._wishes.values()]
            rules.append(sorted(early, key=lambda turn: (turn[0], turn[1].need, turn[1].lot.lot)))
            rules.append(sorted(early, key=self._grouped))
        return rules

    def _grouped(self, turn: Turn) -> tuple[int, str, int, str]:
        return turn[0], self._lookup.setup_group(turn[1].lot.item), turn[1].need, turn[1].lot.lot

    def _decode(self, turns: Sequence[Turn]) -> float:
        """Dispatch in a given order; remember the best schedule."""
        began = time.monotonic()
        # The dispatcher sorts by start bucket, then need: the rank in the order stands in for it.
        ordered = tuple(
            replace(wish, start_bucket=bucket, need=rank) for rank, (bucket, wish) in enumerate(turns)
        )
        found = dispatch(self._plant, replace(self._plan, lots=(*ordered, *self._rest)), self._limits)
        found = replace(found, dropped=tuple(self._wishes[wish.lot.lot] for wish in found.dropped))
        cost = self.estimator.cost(found)
        self._seconds = max(self._seconds, time.monotonic() - began)
        self._decoded += 1
        if cost < self._best_cost:
            self.best, self._best_cost = replace(found, cost_estimate=cost), cost
        return cost

    def anneal(self) -> None:
        """Move lots to other turns and days while time lasts; worse ones by luck and heat."""
        if len(self._wishes) < 2:
            return
        first = max(self._best_cost, 1.0)
        budget = self._limits.work if self._limits.work is not None else _HEAT_WORK
        while not self.finished():
            share = min(self._decoded / budget, 1.0)
            heat = first * _HEAT_START * (_HEAT_END / _HEAT_START) ** share
            turns = self._moved()
            cost = self._decode(turns)
            if cost <= self._cost or self._random.random() < math.exp((self._cost - cost) / heat):
                self._turns, self._cost = turns, cost

    def _moved(self) -> list[Turn]:
        """Return the current order with one lot relocated: swapped, shifted, or beside its group."""
        turns = list(self._turns)
        place = self._random.randrange(len(turns))
        kind = self._random.randrange(3)
        if kind == 0:
            other = self._random.randrange(len(turns))
            (a, first), (b, second) = turns[place], turns[other]
            turns[place], turns[other] = (a, second), (b, first)
            return turns
        bucket, wish = turns.pop(place)
        if kind == 1:
            shift = self._random.choice([k for k in range(-_SHIFT_BUCKETS, _SHIFT_BUCKETS + 1) if k])
            bucket = min(max(bucket + shift, 0), self._last_bucket)
            same = [k for k, turn in enumerate(turns) if turn[0] == bucket]
            at = self._random.choice(same) if same else sum(turn[0] < bucket for turn in turns)
        else:
            group = self._lookup.setup_group(wish.lot.item)
            mates = [k for k, turn in enumerate(turns) if self._lookup.setup_group(turn[1].lot.item) == group]
            at = self._random.choice(mates) if mates else self._random.randrange(len(turns))
            bucket = turns[at][0]
        turns.insert(at, (bucket, wish))
        return turns
