"""The stress test: how a published plan fares in thousands of futures, and what fails it first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.scenario.futures import SOURCES, Floats, Uncertainty
from capacityplan.scenario.replay import Replay, replay

_NORMAL_95 = 1.959964
_CHUNK = 500
"""Samples replayed together: their arrays stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution: mean with the half width of its 95 % confidence interval, and quantiles."""

    mean: float
    plus_minus: float
    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Floats) -> Spread:
        """Describe samples by mean, 5 %, 50 % and 95 % quantiles."""
        wide = _NORMAL_95 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0
        low, median, high = (float(np.quantile(values, share)) for share in (0.05, 0.5, 0.95))
        return cls(float(values.mean()), wide, low, median, high)


@dataclass(frozen=True, slots=True)
class Link:
    """A weak link: an item, a supplier or a resource.

    Attributes
    ----------
    kind : str
        ``item``: what its late and lost demand costs on average. ``delay``: what the delays of a resource or
        supplier go along with in cost (regression of cost on its delay, times its mean delay).
    days : float
        Mean delay; 0 for items.
    """

    kind: str
    name: str
    cost: float
    days: float


@dataclass(frozen=True, slots=True)
class Stress:
    """What the stress test found.

    Attributes
    ----------
    planned : float
        Cost of the plan if everything goes as planned.
    replayed : float
        The replay's cost of the same; how near it is says how far its buckets can be trusted.
    sources : tuple of (source, money)
        What the mean cost falls by if this source did not vary, dearest first.
    launches : tuple of (launch, share)
        Share of futures in which all that is wanted in its first week is served in time.
    """

    samples: int
    seed: int
    planned: float
    replayed: float
    cost: Spread
    service: Spread
    sources: tuple[tuple[str, float], ...]
    links: tuple[Link, ...]
    uncertainty: Uncertainty
    launches: tuple[tuple[str, float], ...] = ()


def stress(
    plant: Plant, plan: Plan, samples: int = 1000, seed: int = 0, uncertainty: Uncertainty | None = None
) -> Stress:
    """Replay a plan in sampled futures.

    Parameters
    ----------
    plant : Plant
    plan : Plan
        Verified, with its ledger.
    samples, seed : int
        Equal seeds give equal futures.
    uncertainty : Uncertainty, optional
    """
    uncertainty = uncertainty or Uncertainty()
    found = replayed(plant, plan, samples, seed, uncertainty)
    calm = replay(plant, plan, 1, seed, replace(uncertainty, sources=()))
    sources = []
    for source in uncertainty.sources:
        others = tuple(name for name in uncertainty.sources if name != source)
        without = replayed(plant, plan, samples, seed, replace(uncertainty, sources=others))
        sources.append((source, float(found.cost.mean() - without.cost.mean())))
    planned = float(sum((row.amount for row in plan.ledger), Fraction(0)))
    return Stress(
        samples, seed, planned, float(calm.cost[0]), Spread.of(found.cost), Spread.of(found.service),
        tuple(sorted(sources, key=lambda row: -row[1])), weakest(found), uncertainty,
        tuple((name, float(rows.mean())) for name, rows in found.launches.items()),
    )  # fmt: skip


def replayed(plant: Plant, plan: Plan, samples: int, seed: int, uncertainty: Uncertainty) -> Replay:
    """Replay in parts that fit the memory; the parts have seeds of their own, drawn from ``seed``."""
    sizes = [min(_CHUNK, samples - begin) for begin in range(0, samples, _CHUNK)]
    seeds = np.random.SeedSequence(seed).generate_state(len(sizes)).tolist()
    parts = [replay(plant, plan, size, one, uncertainty) for size, one in zip(sizes, seeds, strict=True)]
    tables: list[dict[str, Floats]] = []
    for name in ("late", "lost", "delays", "expired", "launches"):
        keys = sorted({key for part in parts for key in getattr(part, name)})
        tables.append({
            key: np.concatenate([
                getattr(part, name).get(key, np.zeros(size)) for part, size in zip(parts, sizes, strict=True)
            ])
            for key in keys
        })  # fmt: skip
    cost = np.concatenate([part.cost for part in parts])
    return Replay(cost, np.concatenate([part.service for part in parts]), *tables)


def weakest(found: Replay) -> tuple[Link, ...]:
    """Rank items by what their late and lost demand costs, suppliers and resources by their delays."""
    nothing = np.zeros(len(found.cost))
    links = [
        Link("item", item, float((found.late.get(item, nothing) + found.lost.get(item, nothing)).mean()), 0.0)
        for item in sorted({*found.late, *found.lost})
    ]
    for name, days in found.delays.items():
        variance = float(days.var())
        if variance > 0:
            slope = float(np.cov(days, found.cost, ddof=0)[0, 1]) / variance
            links.append(Link("delay", name, slope * float(days.mean()), float(days.mean())))
    return tuple(sorted((row for row in links if row.cost > 0), key=lambda row: -row.cost))


__all__ = ["SOURCES", "Link", "Spread", "Stress", "replayed", "stress", "weakest"]
