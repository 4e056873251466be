"""A plan that stands the futures it is made for: commit now, decide the rest when it is known.

Two stages: lots, purchases and overtime are committed; who is served from what is there is decided in
every future (`scenario.replay`). From the plan for what is expected, first stages are planned with safety
stocks of several heights, and for demand in tranches priced by their chance (`scenario.tranches`). Sampled
futures choose the one with the lowest mean cost, then earlier and larger purchases where they lower it
(sample average approximation; Kleywegt, Shapiro and Homem-de-Mello 2002). Other futures, not used in
choosing, say what the result is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.scenario.buffers import Buffer, buffers
from capacityplan.scenario.fitted import fitted
from capacityplan.scenario.futures import Floats, Uncertainty
from capacityplan.scenario.improve import improved
from capacityplan.scenario.stress import Spread, replayed
from capacityplan.scenario.tranches import with_tranches
from capacityplan.solve.certify import certificate
from capacityplan.solve.solve import Settings, solve
from capacityplan.solve.types import Start
from capacityplan.verify import check

_HEIGHTS = (1.0, 2.0)
_SHARES = (0.5, 0.75, 1.0)
_EXPECTED = "as expected"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A first stage: the plan, and its mean cost in the futures that choose."""

    name: str
    plan: Plan
    planned: Fraction
    mean: float


@dataclass(frozen=True, slots=True)
class Hedge:
    """What hedging came to.

    Attributes
    ----------
    chosen : Candidate
        Lowest mean cost in the futures that choose.
    candidates : tuple of Candidate
    expected, hedged, saving : Spread
        Cost of the plan for what is expected, of the chosen plan, and the difference future by future
        (positive: the chosen plan is cheaper), all in futures that did not choose.
    service_expected, service_hedged : Spread
    buffers : tuple of Buffer
        Safety stocks of full height.
    """

    chosen: Candidate
    candidates: tuple[Candidate, ...]
    expected: Spread
    hedged: Spread
    saving: Spread
    service_expected: Spread
    service_hedged: Spread
    buffers: tuple[Buffer, ...]


def hedge(
    plant: Plant,
    settings: Settings,
    samples: int = 1000,
    training: int = 1000,
    uncertainty: Uncertainty | None = None,
    progress: Callable[[str], None] = lambda _: None,
    carried: Callable[[Plant, Plan], Start | None] = lambda *_: None,
) -> Hedge | None:
    """Choose the plan with the lowest expected cost among first stages; None where no plan was found.

    Parameters
    ----------
    plant : Plant
    settings : Settings
        ``seconds`` for the first plan, and for each first stage that begins with it; the plan for what is
        expected is searched a second time too.
    samples, training : int
        Futures that judge, and futures that choose.
    carried : callable
        What a version of the plant begins with, given the first plan; None: with nothing.
    """
    uncertainty = uncertainty or Uncertainty()
    stocks = buffers(plant, uncertainty)
    first = _first_stage(plant, plant, settings, None)
    if first is None:
        return None
    found: list[Candidate] = []

    def tried(name: str, plan: Plan) -> None:
        costs = replayed(plant, plan, training, settings.seed, uncertainty).cost
        planned = sum((row.amount for row in plan.ledger), Fraction(0))
        found.append(Candidate(name, plan, planned, float(costs.mean())))
        progress(f"{name}: planned {float(planned):,.0f}, expected {costs.mean():,.0f}")

    for name, version in _versions(plant, stocks, uncertainty, training, settings.seed):
        plan = _first_stage(plant, version, settings, carried(version, first))
        if version is plant:
            plan = plan or first
        if plan is None:
            progress(f"{name}: no verified plan")
        else:
            tried(name, plan)
    base, chosen = found[0], min(found, key=lambda row: row.mean)
    plan = improved(plant, chosen.plan, stocks, training, settings.seed, uncertainty, settings.seconds)
    if plan is not chosen.plan:
        tried(f"{chosen.name}, purchases improved", plan)
        chosen = found[-1]
    return _judged(plant, base, chosen, tuple(found), samples, settings.seed + 1, uncertainty, stocks)


def _versions(
    plant: Plant, stocks: tuple[Buffer, ...], uncertainty: Uncertainty, training: int, seed: int
) -> Iterator[tuple[str, Plant]]:
    """Plants that are planned in place of the plant itself, which comes first."""
    yield _EXPECTED, plant
    for height in _HEIGHTS:
        yield f"safety stocks at {height:.0%}", with_buffers(plant, stocks, height)
    for share in _SHARES:
        more = with_tranches(plant, uncertainty, training, seed, share)
        if more is not plant:
            yield f"demand by its chance, {share:.0%}", more


def with_buffers(plant: Plant, stocks: tuple[Buffer, ...], height: float = 1.0) -> Plant:
    """Return the plant with safety stocks of a height, where they are above its own."""
    wanted = {row.item: round(row.quantity * height) for row in stocks}
    items = tuple(
        replace(row, safety_stock=max(row.safety_stock, wanted.get(row.item, 0))) for row in plant.items
    )
    phases = tuple(
        row
        if row.safety_stock is None
        else replace(row, safety_stock=max(row.safety_stock, wanted.get(row.item, 0)))
        for row in plant.life_cycle
    )
    return replace(plant, items=items, life_cycle=phases)


def _first_stage(plant: Plant, version: Plant, settings: Settings, start: Start | None) -> Plan | None:
    """Plan a version and make it a plan of the plant itself, verified."""
    outcome = solve(version, settings, start=start)
    if outcome.plan is None:
        return None
    bare = replace(outcome.plan, ledger=(), certificate=None)
    plan = bare if version is plant else fitted(plant, bare)
    verdict = check(plant, plan)
    # What it is at least worth is not asked here.
    certified = replace(plan, ledger=verdict.ledger, certificate=certificate(verdict, None))
    return certified if verdict.verified else None


def _judged(
    plant: Plant, base: Candidate, chosen: Candidate, found: tuple[Candidate, ...], samples: int, seed: int,
    uncertainty: Uncertainty, stocks: tuple[Buffer, ...],
) -> Hedge:  # fmt: skip
    """Compare in futures that did not choose; equal seeds give both plans the same futures."""
    first = replayed(plant, base.plan, samples, seed, uncertainty)
    second = first if chosen is base else replayed(plant, chosen.plan, samples, seed, uncertainty)
    saving: Floats = np.asarray(first.cost - second.cost)
    return Hedge(
        chosen, found, Spread.of(first.cost), Spread.of(second.cost), Spread.of(saving),
        Spread.of(first.service), Spread.of(second.service), stocks,
    )  # fmt: skip
