"""Capable to promote: the largest uplift of a promotion that a plan can serve, and what stops more."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import inf

from capacityplan.demand import Demand
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant, Promotion
from capacityplan.explain.relax import Relaxation
from capacityplan.promise.ceiling import ceiling_of, told
from capacityplan.promise.stops import Stop, Stops
from capacityplan.promise.trials import STEPS, Ground, Trials, Uplift, raised, searched, tops
from capacityplan.solve.ceiling import Ceiling

_ROUNDS = 3
"""How often the search goes on from a larger uplift that turned up while causes were tried."""
_FOR_CEILING = 0.5
"""Share of the time for what stops more that the ceiling may take."""


@dataclass(frozen=True, slots=True)
class Promoted:
    """What a plan can do for a promotion.

    Attributes
    ----------
    planned : Fraction
        The uplift that the plan is made for; 0: the promotion is only proposed.
    asked : int
        Base units that the promotion as stated adds within the horizon; 0: it concerns nothing planned.
    best : Uplift or None
        The largest uplift found; None: not even one unit.
    short : Demand or None
        The first demand that a larger uplift leaves short; None: no larger one was tried.
    tried : Fraction
        The uplift that is not reached: all larger ones that were tried are not either.
    stops : tuple of Stop
        Best first; each alone (or all of a kind, or all together where none helps alone).
    untried : tuple of Relaxation
        Constraints of which nothing is known: there was no time for them, or the checker refused the plans.
    refused : tuple of str
        What the checker found in plans for larger uplifts.
    ceiling : Ceiling or None
        What is proven of all plans; None: it was not looked for, for want of time.
    """

    promotion: Promotion
    planned: Fraction
    asked: int
    best: Uplift | None
    short: Demand | None = None
    tried: Fraction | None = None
    stops: tuple[Stop, ...] = ()
    untried: tuple[Relaxation, ...] = ()
    refused: tuple[str, ...] = ()
    ceiling: Ceiling | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def served(self) -> Fraction:
        """Largest uplift found."""
        return Fraction(0) if self.best is None else self.best.fraction

    @property
    def most(self) -> Fraction | None:
        """Largest uplift, in whole steps, that is not proven to be more than any plan serves."""
        return told(self.ceiling, self.served)

    @property
    def is_largest(self) -> bool:
        """Whether no plan serves more than was found, or at most a step more."""
        return self.most is not None and self.most - self.served <= Fraction(1, STEPS)


def promote(plant: Plant, plan: Plan, promotion: str, seconds: float = inf) -> Promoted:
    """Find the largest uplift of a promotion that can be served on a plan, in full and in time.

    All that the promotion adds arrives in the buckets it is due in, nobody else gets less in time than in
    the plan as it is, and nothing that is planned is moved. It is the largest that this way of filling gaps
    finds by halving; the ceiling is what is proven of all plans (`capacityplan.promise.ceiling`).

    Parameters
    ----------
    plant : Plant
    plan : Plan
        Verified.
    promotion : str
        Approved or proposed.
    seconds : float
        Processor seconds for what stops more: none is tried after that; those not tried are told. Before
        that, at most half as long by the clock for the ceiling; 0: neither.

    Raises
    ------
    KeyError
        If the plant has no such promotion.
    VerificationError
        If the plan breaks a rule.
    """
    began = time.process_time()
    row = next((one for one in plant.promotions if one.promotion == promotion), None)
    if row is None:
        raise KeyError(promotion)
    ground = Ground.of(plant, replace(plan, ledger=(), certificate=None), row)
    if not ground.asked:
        return Promoted(row, ground.planned, 0, None, seconds=time.process_time() - began)
    trials, steps = Trials(ground), tops(row, ground.planned)
    best, tried = searched(trials, steps, ground.planned)
    # So little that it rounds to nothing is not an uplift.
    best = trials.at(best.fraction, all_ways=True) if best is not None and best.quantity else None
    until = time.process_time() + seconds
    ceiling = ceiling_of(ground, _FOR_CEILING * seconds) if seconds else None
    stops: list[Stop] = []
    untried: list[Relaxation] = []
    for _ in range(_ROUNDS):
        if tried is None:
            break
        # What falls short is of this uplift, not of the last one that was tried.
        trials.at(tried)
        search = Stops(ground, trials, until)
        stops, untried = search.of(tried), search.untried
        if search.better is None:
            break
        best, tried = raised(trials, steps, search.better)
        stops = [one for one in stops if best is not None and one.uplift.fraction > best.fraction]
    if tried is not None:
        trials.at(tried)
    return Promoted(
        row, ground.planned, ground.asked, best, None if tried is None else trials.short, tried, tuple(stops),
        tuple(untried), tuple(dict.fromkeys(trials.refused)), ceiling, time.process_time() - began,
    )  # fmt: skip
