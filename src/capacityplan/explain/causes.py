"""Causes of a late or lost demand: what, made easier alone, would have served it better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.demand import Demand
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.explain.relax import Relaxation, relaxations, together
from capacityplan.explain.replan import Arrears, Trial, arrears, as_it_is, replanned
from capacityplan.verify import check


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
        By how much the whole plan gets cheaper.
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

    Parameters
    ----------
    demand : Demand
        Late or lost, wholly or in part.
    chosen : iterable of Relaxation, optional
        The constraints to try; default: all along its bill of material.

    Returns
    -------
    Explained
        Causes are only those with which the demand is served better than without.
    """
    now = as_it_is(plant, plan, check(plant, plan), demand)
    taken_out = arrears(plant, plan, demand)
    again = replanned(plant, plan, taken_out, now)
    if again is not None and again.penalty >= now.penalty:
        again = None
    single = list(relaxations(plant, demand) if chosen is None else chosen)
    found = list(_proven(plant, plan, taken_out, single, now, again))
    if not found and again is None:
        found = list(_proven(plant, plan, taken_out, together(single), now, again))
    found.sort(key=lambda one: (-one.penalty, -one.saved, one.relaxation.object))
    return Explained(demand, now, again, tuple(found))


def _proven(
    plant: Plant,
    plan: Plan,
    taken_out: Arrears,
    chosen: Iterable[Relaxation],
    now: Trial,
    again: Trial | None,
) -> Iterator[Cause]:
    """Relaxations with which the demand is served better than without, or as well but cheaper."""
    reference = again or now
    for relaxation in chosen:
        trial = replanned(relaxation.apply(plant), plan, taken_out, reference)
        if trial is None:
            continue
        sooner = trial.penalty < reference.penalty
        if sooner or (trial.penalty == reference.penalty and trial.cost < min(now.cost, reference.cost)):
            yield _cause(relaxation, trial, now)


def _cause(relaxation: Relaxation, trial: Trial, now: Trial) -> Cause:
    used = list(_used(relaxation, trial))
    return Cause(
        relaxation, trial, sum(stop - start for start, stop in used),
        min((start for start, _ in used), default=None), max((stop for _, stop in used), default=None),
        now.cost - trial.cost, now.penalty - trial.penalty, trial.penalty == 0 and trial.lost == 0,
    )  # fmt: skip


def _used(relaxation: Relaxation, trial: Trial) -> Iterator[tuple[int, int]]:
    """Stretches in which the added resource is set up or runs."""
    for run in trial.plan.runs:
        if run.resource in relaxation.extra:
            yield run.setup_start, run.end
    starts = Timeline.of(trial.plant).starts
    for row in trial.plan.bucket_runs:
        if row.resource in relaxation.extra:
            for bucket, minutes in row.load:
                yield int(starts[bucket]), int(starts[bucket]) + minutes
