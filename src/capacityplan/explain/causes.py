"""Causes of a late or lost demand: what, made easier alone, would have served it better."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from capacityplan.demand import Demand
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.explain.relax import Relaxation, both, relaxations
from capacityplan.explain.relax_waits import of_waits
from capacityplan.explain.replan import Trial, arrears, as_it_is, replanned
from capacityplan.explain.used import used_of
from capacityplan.explain.waits import Wait, waits
from capacityplan.verify import check
from capacityplan.verify.case import Case

Proof = TypeVar("Proof")
_SHARE = Fraction(1, 10)
"""Of what serving a demand better costs more (or else of what its arrears cost): a constraint with which it
is served no better, and for hardly less, is not worth naming."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A constraint that holds a demand up, with the proof.

    Attributes
    ----------
    trial : Trial
        The verified plan without the constraint.
    minutes : int
        Minutes that were used of what was added; 0 where that is not counted.
    first, last : int or None
        From when to when they were used.
    saved : Fraction
        By how much the whole plan gets cheaper than it is (than it is on that plant, where that differs).
    penalty : Fraction
        By how much the demand's own lateness and loss cost less.
    on_time : bool
        Whether the demand is served in full and in time then.
    """

    relaxation: Relaxation
    trial: Trial
    minutes: int
    first: int | None
    last: int | None
    saved: Fraction
    penalty: Fraction
    on_time: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """A demand with what the plan does about it, and why not better.

    Attributes
    ----------
    now : Trial
        The plan as it is.
    again : Trial or None
        The plan with only this demand planned again, nothing relaxed, where that serves it better;
        if it costs more, price is the reason why it is not done.
    causes : tuple of Cause
        Best first.
    """

    demand: Demand
    now: Trial
    again: Trial | None
    causes: tuple[Cause, ...]


def causes(plant: Plant, plan: Plan, demand: Demand, chosen: Iterable[Relaxation] | None = None) -> Explained:
    """Explain a demand: relax one constraint after the other and plan it again.

    First what the schedule shows it to have waited for; if none of that is a cause, whatever stands along its
    bill of material; if that is none either, all of a kind together, and where nothing serves it better, all.
    Causes that only make it less dear, none of them enough alone, are tried together as well.

    Parameters
    ----------
    demand : Demand
        Late or lost, wholly or in part.
    chosen : iterable of Relaxation, optional
        The constraints to try instead.

    Returns
    -------
    Explained
        Causes are only those with which the demand is served better than without, or as well for less.
    """
    trials = _Trials(plant, plan, demand)
    if chosen is not None:
        found = list(trials.proven(chosen))
    else:
        seen = list(of_waits(plant, trials.waits()))
        found, waited = sifted(trials.proven, seen)
        if found and trials.is_dear and all(one.saved < 0 for one in found):
            found += trials.proven([both(one.relaxation for one in found)] if len(found) > 1 else [])
        if not found:
            tried = {(one.kind, one.object) for one in seen if one.kind != "resource"}
            single = [one for one in relaxations(plant, demand) if (one.kind, one.object) not in tried]
            found, of_kinds = sifted(trials.proven, single)
            found = found or waited or of_kinds
            if not found and trials.again is None and len(single) > 1:
                found = list(trials.proven([both(single)]))
    found.sort(key=lambda one: (-one.penalty, -one.saved, one.relaxation.object))
    return Explained(demand, trials.now, trials.again, tuple(found))


def sifted(
    proven: Callable[[Iterable[Relaxation]], Iterable[Proof]], chosen: list[Relaxation]
) -> tuple[list[Proof], list[Proof]]:
    """Return what is proven of relaxations alone, and of all of a kind together.

    Most constraints are no causes. Where all of a kind together are none, each of them is not tried.

    Parameters
    ----------
    proven : callable
        Yields a proof for each of some relaxations that has one.
    chosen : list of Relaxation
    """
    found: list[Proof] = []
    of_kinds: list[Proof] = []
    for kind in dict.fromkeys(one.kind for one in chosen):
        rows = [one for one in chosen if one.kind == kind]
        if len(rows) > 1:
            of_kind = list(proven([both(rows)]))
            of_kinds += of_kind
            rows = rows if of_kind else []
        found += proven(rows)
    return found, of_kinds


class _Trials:
    """A demand planned again, on its own plant and on plants with something relaxed."""

    def __init__(self, plant: Plant, plan: Plan, demand: Demand) -> None:
        self._plant, self._plan, self._demand = plant, plan, demand
        self.now = as_it_is(plant, plan, check(plant, plan), demand)
        self._arrears = arrears(plant, plan, demand)
        plain = replanned(plant, plan, self._arrears)
        self.again = plain if plain is not None and plain.rank < self.now.rank else None
        self._plain = None if plain is None else plain.plan
        self._reference = self.again or self.now
        self._least = min(self._reference.cost, self.now.cost if plain is None else plain.cost)
        """Cost below which a plan that serves the demand no better is better."""
        more = self.again.cost - self.now.cost if self.again is not None else Fraction(0)
        self.is_dear = more > 0
        self._worth = (more if self.is_dear else self.now.penalty) * _SHARE

    def waits(self) -> tuple[Wait, ...]:
        """What late deliveries (where none is late: all) wait for, and what is made and bought for them."""
        case = Case(self._plant, self._reference.plan)
        own = [row for row in self._reference.plan.deliveries if row.demand == self._demand.demand]
        late = [row for row in own if not case.in_time(self._demand, row)]
        return waits(case, late or own, self._plan if self.is_dear else None)

    def proven(self, chosen: Iterable[Relaxation]) -> Iterator[Cause]:
        """Relaxations with which the demand is served better than without, or as well for less."""
        for relaxation in chosen:
            eased = relaxation.apply(self._plant)
            # Where what is relaxed changes nothing, not even prices, the plan is the one verified already.
            known = None if relaxation.reprices else self._plain
            trial = replanned(eased, self._plan, self._arrears, known)
            if trial is None:
                continue
            # What the plan as it is costs less there is not the demand's doing.
            cheaper = self._cheaper(eased) if relaxation.reprices else Fraction(0)
            better = trial.rank < self._reference.rank
            saves = self._least - cheaper - trial.cost
            if better or (trial.rank == self._reference.rank and saves > self._worth):
                yield _cause(self._plant, relaxation, trial, self.now, cheaper)

    def _cheaper(self, eased: Plant) -> Fraction:
        """By how much the plan as it is costs less on another plant."""
        return self.now.cost - check(eased, replace(self._plan, ledger=(), certificate=None)).cost


def _cause(plant: Plant, relaxation: Relaxation, trial: Trial, now: Trial, cheaper: Fraction) -> Cause:
    used = list(used_of(plant, relaxation, trial.plant, trial.plan))
    return Cause(
        relaxation, trial, sum(stop - start for start, stop in used),
        min((start for start, _ in used), default=None), max((stop for _, stop in used), default=None),
        now.cost - cheaper - trial.cost, now.penalty - trial.penalty, not trial.late,
    )  # fmt: skip
