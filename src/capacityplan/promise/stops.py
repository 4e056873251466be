"""What stops more of a promotion: constraints, each proven by a verified plan of the plant without it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from capacityplan.explain.causes import sifted
from capacityplan.explain.relax import Relaxation, both, relaxations
from capacityplan.explain.used import used_of
from capacityplan.promise.trials import STEPS, Ground, Trials, Uplift, raised, tops

_NEAR = Fraction(1, 20)
"""How near the largest uplift without a constraint is sought, as a share of what is asked for."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A constraint that stops a larger uplift, with the proof: a large one found without it.

    Attributes
    ----------
    minutes : int
        Minutes that were used of what was added, between ``first`` and ``last``; 0 where not counted.
    is_enough : bool
        Whether it reaches the largest uplift that was tried.
    failed : Fraction or None
        The next uplift that is not reached without it either; None: no larger one was tried.
    """

    relaxation: Relaxation
    uplift: Uplift
    minutes: int
    first: int | None
    last: int | None
    is_enough: bool
    failed: Fraction | None


@dataclass(frozen=True, slots=True)
class _Proof:
    """A relaxation with which an uplift works that does not without; the plants it is tried on."""

    relaxation: Relaxation
    trials: Trials
    uplift: Uplift


class Stops:
    """Searches for what stops an uplift.

    Parameters
    ----------
    trials : Trials
        On the plant as it is.
    until : float
        Processor time (seconds) after which no further constraint is tried.

    Attributes
    ----------
    better : Uplift or None
        A larger uplift than was thought possible, which turned up and needs nothing relaxed after all:
        what can be served need not grow smoothly with the uplift. The search ends with it.
    untried : list of Relaxation
        Of which nothing is known: there was no time left, or the checker refused the plans made without it.
    """

    def __init__(self, ground: Ground, trials: Trials, until: float) -> None:
        self._ground, self._trials, self._until = ground, trials, until
        self.better: Uplift | None = None
        self.untried: list[Relaxation] = []
        self._refused: set[str] = set()
        """What was relaxed together though the checker refused the plans; each may be proven alone."""

    def of(self, tried: Fraction) -> list[Stop]:
        """Return what stops an uplift, largest first: each constraint along the bill relaxed alone.

        Where none helps alone: all of a kind, then all together.
        """
        assert self._trials.short is not None
        chosen = list(relaxations(self._ground.plant, self._trials.short))

        def proven(rows: Iterable[Relaxation]) -> Iterator[_Proof]:
            for relaxation in rows:
                proof = self._proof(relaxation, tried)
                if proof is not None:
                    yield proof

        alone, of_kinds = sifted(proven, chosen)
        for kind in dict.fromkeys(one.kind for one in chosen):
            rows = [one for one in chosen if one.kind == kind]
            if both(rows).object in self._refused:
                alone += proven(rows)
        proofs = alone or of_kinds
        if not proofs and not self._is_over() and len(chosen) > 1:
            proofs = list(proven([both(chosen)]))
        top = min(one for one in tops(self._ground.promotion, self._ground.planned) if one >= tried)
        found = [stop for proof in proofs if (stop := self._stop(proof, top)) is not None]
        return sorted(found, key=lambda one: (-one.uplift.fraction, one.uplift.cost, one.relaxation.object))

    def _is_over(self) -> bool:
        return self.better is not None or time.process_time() >= self._until

    def _proof(self, relaxation: Relaxation, tried: Fraction) -> _Proof | None:
        if self._is_over():
            self.untried.append(relaxation)
            return None
        eased = Trials(self._ground, relaxation.apply)
        found = eased.at(tried)
        if found is None:
            if eased.refused and relaxation.kind == "together":
                self._refused.add(relaxation.object)
            elif eased.refused:
                self.untried.append(relaxation)
            return None
        return _Proof(relaxation, eased, found) if self._is_needed(found) else None

    def _is_needed(self, found: Uplift) -> bool:
        """Whether an uplift needs what is relaxed; one that does not is noted as better."""
        same = self._trials.taken(found)
        if same is not None and (self.better is None or same.fraction > self.better.fraction):
            self.better = same
        return same is None

    def _stop(self, proof: _Proof, top: Fraction) -> Stop | None:
        """Go on to about the largest uplift without a constraint, as long as there is time."""
        best, failed, relaxation = proof.uplift, None, proof.relaxation
        if not self._is_over():
            near = max(floor(_NEAR * self._ground.promotion.uplift_fraction * STEPS), 1)
            found, failed = raised(proof.trials, [top], best, near)
            assert found is not None
            if found is not best and not self._is_needed(found):
                return None
            best = found
        used = list(used_of(self._ground.plant, relaxation, best.plant, best.plan))
        return Stop(
            relaxation, best, sum(stop - start for start, stop in used),
            min((start for start, _ in used), default=None), max((stop for _, stop in used), default=None),
            best.fraction >= top, failed,
        )  # fmt: skip
