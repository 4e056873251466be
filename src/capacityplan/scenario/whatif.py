"""Scenarios side by side: each one solved and verified, with what it costs and how it serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.solve.choose import solve_choosing
from capacityplan.solve.solve import Outcome, Settings
from capacityplan.solve.types import Start
from capacityplan.verify import Verdict


@dataclass(frozen=True, slots=True)
class Result:
    """A scenario solved.

    Attributes
    ----------
    status : str
        Of the solve: ``optimal``, ``feasible``, ``infeasible``, ``no_plan``.
    bound : Fraction or None
        Proven lowest cost.
    categories : dict of str to Fraction
        Cost by ledger category.
    rejected : tuple of str
        What the checker found in candidates that were not used.
    failure : str
        Traceback of a bug in an engine.
    """

    name: str
    probability: Fraction | None
    plant: Plant
    status: str
    plan: Plan | None
    verdict: Verdict | None
    bound: Fraction | None
    categories: dict[str, Fraction]
    rejected: tuple[str, ...] = ()
    failure: str = ""

    @property
    def cost(self) -> Fraction | None:
        """Cost of the plan found; None where there is none."""
        return None if self.verdict is None else self.verdict.cost


def side_by_side(
    plants: Iterable[tuple[str, Fraction | None, Plant]],
    settings: Settings,
    start: Callable[[Plant], Start | None] = lambda _: None,
    tell: Callable[[Result], None] = lambda _: None,
) -> list[Result]:
    """Solve plants one after the other.

    Parameters
    ----------
    plants : iterable of (name, probability, plant)
    settings : Settings
        For each of them.
    start : callable
        Gives the plan with which a plant's search begins: a plan of the plant as it is, fitted to this one.
    tell : callable
        Told of each result when it is there.
    """
    found: list[Result] = []
    for name, probability, plant in plants:
        row = _result(name, probability, plant, solve_choosing(plant, settings, start=start(plant)))
        tell(row)
        found.append(row)
    return found


def _result(name: str, probability: Fraction | None, plant: Plant, outcome: Outcome) -> Result:
    sums = {} if outcome.verdict is None else outcome.verdict.by_category
    certificate = outcome.plan.certificate if outcome.plan is not None else None
    bound = certificate.bound if certificate is not None else None
    return Result(
        name, probability, plant, outcome.status, outcome.plan, outcome.verdict, bound, sums,
        tuple(outcome.rejected), outcome.failure,
    )  # fmt: skip


def expected_cost(results: list[Result]) -> Fraction | None:
    """Sum of probability times cost; what is left to one belongs to the first, the plant as it stands.

    None where no scenario has a probability, they exceed one, or one that counts has no plan.
    """
    shares = [row.probability or Fraction(0) for row in results]
    if not any(shares) or sum(shares) > 1:
        return None
    shares[0] += 1 - sum(shares)
    total = Fraction(0)
    for share, row in zip(shares, results, strict=True):
        if share and row.cost is None:
            return None
        total += share * (row.cost or Fraction(0))
    return total
