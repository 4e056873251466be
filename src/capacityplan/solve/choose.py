"""Choose among proposed promotions and launches, by profit, within everything that a plan must keep.

Every set of choices makes a plant of its own. Its linear bound, with the least that the choices add, says
what a plan with them costs at the very least; the sets are planned in the order of these bounds until the
next bound is above the best plan's cost (branch and bound over the sets). With at most `_EVERY` sets all
are bounded, so what is proven holds for every choice; with more, sets are built greedily by their bounds and
the result is a good choice without a proof over all of them.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from capacityplan.demand.choice import Option, faults, fix, least_effect, options
from capacityplan.domain.plant import Plant
from capacityplan.solve.bound import BoundResult, certify
from capacityplan.solve.certify import certificate
from capacityplan.solve.solve import Outcome, Settings, solve
from capacityplan.solve.types import Progress, Start
from capacityplan.verify import check

Choices = tuple[str, ...]
_EVERY = 16
"""Sets of choices that are all bounded."""
_PLANNED = 4
"""Sets among which the time for planning is divided."""
_BOUND_SHARE = 0.3
_LEAST_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Set:
    choices: Choices
    bound: Fraction | None
    result: BoundResult


def solve_choosing(
    plant: Plant,
    settings: Settings | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: threading.Event | None = None,
    start: Start | None = None,
) -> Outcome:
    """Plan a plant, taking up those of its proposals that lower the total (cost less revenue added).

    Parameters
    ----------
    plant, settings, progress, stop, start
        As for `solve`; with a work limit, that limit counts for every set of choices planned.

    Returns
    -------
    Outcome
        Its plan names the choices. ``certificate.bound`` holds for all choices where every set was bounded
        (None where not); ``bound_certified`` for the choices made.
    """
    settings, stop = settings or Settings(), stop or threading.Event()
    offered = options(plant)
    if not offered:
        return solve(plant, settings, progress, stop, start)
    return _Choosing(plant, settings, progress, stop, offered, start).run()


class _Choosing:
    def __init__(
        self,
        plant: Plant,
        settings: Settings,
        progress: Callable[[Progress], None],
        stop: threading.Event,
        offered: tuple[Option, ...],
        start: Start | None,
    ) -> None:
        self._start = start
        self._plant, self._settings, self._progress, self._stop = plant, settings, progress, stop
        self._offered = offered
        self._began = time.monotonic()
        self._bounds: dict[Choices, _Set] = {}

    def run(self) -> Outcome:
        sets = list(_sets(self._plant, self._offered))
        complete = len(sets) <= _EVERY
        if complete:
            for position, choices in enumerate(sets):
                self._bound(choices, len(sets) - position)
        else:
            self._greedy()
        ranked = sorted(self._bounds.values(), key=lambda row: (row.bound is None, row.bound or 0))
        # The plan without any proposal is what the others are measured by: it comes second at the latest.
        first = ranked[0]
        ranked.sort(key=lambda row: (row is not first, row.choices != ()))
        best = self._plan(ranked)
        overall = min((row.bound for row in ranked if row.bound is not None), default=None)
        if not complete or any(row.bound is None for row in ranked):
            overall = None
        return self._certified(best, overall)

    def _seconds_left(self) -> float:
        return self._settings.seconds - (time.monotonic() - self._began)

    def _bound(self, choices: Choices, waiting: int) -> _Set:
        """Bound one set; None where nothing is proven in its time."""
        if choices not in self._bounds:
            spent = time.monotonic() - self._began
            seconds = max(1.0, (self._settings.seconds * _BOUND_SHARE - spent) / max(waiting, 1))
            result = certify(fix(self._plant, choices), seconds, search=False, report=lambda _: None)
            proven = result.bound_certified
            total = None if proven is None else proven + least_effect(self._plant, choices)
            self._bounds[choices] = _Set(choices, total, result)
            self._say(f"bound with {_named(choices)}", total)
        return self._bounds[choices]

    def _greedy(self) -> None:
        """Add the option that lowers the bound most, as long as one does."""
        current = self._bound((), len(self._offered) ** 2)
        while not self._stop.is_set():
            trials = [
                tuple(sorted((*current.choices, row.choice)))
                for row in self._offered
                if row.choice not in current.choices
            ]
            allowed = [row for row in trials if not faults(self._plant, row)]
            found = [self._bound(row, len(allowed)) for row in allowed]
            better = [row for row in found if row.bound is not None]
            best = min(better, key=lambda row: row.bound or 0, default=None)
            if best is None or current.bound is None or (best.bound or 0) >= current.bound:
                return
            current = best

    def _plan(self, ranked: list[_Set]) -> tuple[Choices, Outcome]:
        """Plan sets from the lowest bound up, until no other can be cheaper; yesterday's set first."""
        start = self._start
        ranked = sorted(ranked, key=lambda row: start is None or row.choices != start.choices)
        best: tuple[Choices, Outcome] | None = None
        for position, row in enumerate(ranked):
            known = best[1].verdict if best else None
            if known is not None and row.bound is not None and row.bound >= known.cost:
                continue
            share = max(1, min(_PLANNED - position, len(ranked) - position))
            seconds = max(_LEAST_SECONDS, self._seconds_left() / share)
            if best is not None and (self._stop.is_set() or self._seconds_left() < _LEAST_SECONDS):
                break
            settings = replace(self._settings, seconds=seconds)
            begin = start if start is not None and start.choices == row.choices else None
            found = solve(fix(self._plant, row.choices), settings, self._progress, self._stop, begin)
            outcome = self._recast(row.choices, found)
            cost = outcome.verdict.cost if outcome.verdict else None
            self._say(f"plan with {_named(row.choices)}", None if cost is None else cost)
            if best is None or (cost is not None and (known is None or cost < known.cost)):
                best = (row.choices, outcome)
        assert best is not None, "there is always the set without any choice"
        return best

    def _recast(self, choices: Choices, outcome: Outcome) -> Outcome:
        """Make the plan of a fixed plant a plan of the plant itself, checked as such."""
        if outcome.plan is None:
            return outcome
        provenance = replace(outcome.plan.provenance, plant_hash=self._plant.hash())
        plan = replace(outcome.plan, choices=choices, provenance=provenance, ledger=(), certificate=None)
        verdict = check(self._plant, plan)
        return replace(outcome, plan=plan, verdict=verdict)

    def _certified(self, best: tuple[Choices, Outcome], overall: Fraction | None) -> Outcome:
        choices, outcome = best
        if outcome.plan is None or outcome.verdict is None:
            return outcome
        chosen = self._bounds[choices]
        effect = least_effect(self._plant, choices)
        own = chosen.result
        shifted = replace(
            own,
            bound=overall,
            bound_certified=chosen.bound,
            unavoidable=None if own.unavoidable is None else own.unavoidable + effect,
            method=f"{own.method}; over {len(self._bounds)} set(s) of choices",
        )
        certified = certificate(outcome.verdict, shifted)
        if overall is None:
            certified = replace(certified, bound=None, gap=None, gap_controllable=None)
        plan = replace(outcome.plan, ledger=outcome.verdict.ledger)
        plan_id = hashlib.sha256(plan.to_json()).hexdigest()[:12]
        plan = replace(plan, provenance=replace(plan.provenance, plan_id=plan_id), certificate=certified)
        closed = certified.gap is not None and certified.gap <= self._settings.gap
        seconds = {**outcome.seconds, "total": time.monotonic() - self._began}
        return replace(outcome, plan=plan, status="optimal" if closed else "feasible", seconds=seconds)

    def _say(self, phase: str, value: Fraction | None) -> None:
        note = "nothing proven yet" if value is None else f"{float(value):,.2f}"
        self._progress(Progress(phase, time.monotonic() - self._began, note=note))


def _named(choices: Choices) -> str:
    return ", ".join(choices) or "no proposal"


def _sets(plant: Plant, offered: tuple[Option, ...]) -> Iterator[Choices]:
    """Yield every allowed set of choices, at most one more than `_EVERY` of them."""
    ways: dict[str, list[str]] = {}
    for row in offered:
        ways.setdefault(row.proposal, [""]).append(row.choice)
    count = 0
    for combination in product(*ways.values()):
        choices = tuple(sorted(filter(None, combination)))
        if not faults(plant, choices):
            yield choices
            count += 1
            if count > _EVERY:
                return
