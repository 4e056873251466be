"""Proposed promotions and launches: what a plan may choose, and what a choice changes and earns.

A plan names its choices; `fix` turns them into approved rows, and everything else is as in any plan. A choice
costs what the campaign costs and earns the price of what is delivered of the demand it adds; demand that
it takes from other items is revenue foregone (docs/demand.md, "Choice").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from capacityplan.demand.netting import net
from capacityplan.demand.segments import price_at
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Launch, Plant, Promotion
from capacityplan.domain.timeline import Timeline

_APPROVED, _PROPOSED = "approved", "proposed"


@dataclass(frozen=True, slots=True)
class Option:
    """One way of taking up a proposal.

    Attributes
    ----------
    choice : str
        What a plan calls it: the promotion's name (with ``@min`` for its smallest uplift), or the launch's
        with its date.
    proposal : str
        The promotion or launch; of each at most one option is chosen.
    day : int
        Ordinal of the day on which it begins.
    """

    choice: str
    proposal: str
    cost: Fraction
    day: int


@dataclass(frozen=True, slots=True)
class Change:
    """How choices change a demand element: ``quantity`` base units more (or less) than ``before``.

    ``price`` is per unit, at the start of the bucket.
    """

    demand: str
    item: str
    bucket: int
    before: int
    quantity: int
    price: Fraction


def options(plant: Plant) -> tuple[Option, ...]:
    """Return what a plan may choose from."""
    clock = Timeline.of(plant).clock
    out = []
    for row in plant.promotions:
        if row.status == _PROPOSED:
            day = clock.ordinal(row.start)
            out.append(Option(row.promotion, row.promotion, row.cost, day))
            if row.min_uplift is not None and row.min_uplift < row.uplift_fraction:
                out.append(Option(f"{row.promotion}@min", row.promotion, row.cost, day))
    launches: dict[str, Option] = {}
    for launch in plant.launches:
        if launch.status == _PROPOSED:
            name = _launch_choice(launch)
            cost = launch.cost + (launches[name].cost if name in launches else 0)
            launches[name] = Option(name, launch.launch, cost, launch.date)
    return (*out, *launches.values())


def _launch_choice(launch: Launch) -> str:
    return f"{launch.launch}@{date.fromordinal(launch.date).isoformat()}"


def fix(plant: Plant, choices: Iterable[str]) -> Plant:
    """Return the plant with the chosen proposals approved; names it does not know change nothing."""
    chosen = set(choices)
    if not chosen:
        return plant
    launches = tuple(
        replace(row, status=_APPROVED) if row.status == _PROPOSED and _launch_choice(row) in chosen else row
        for row in plant.launches
    )
    return replace(
        plant, promotions=tuple(_taken(row, chosen) for row in plant.promotions), launches=launches
    )


def _taken(row: Promotion, chosen: set[str]) -> Promotion:
    if row.status != _PROPOSED:
        return row
    if row.promotion in chosen:
        return replace(row, status=_APPROVED)
    if f"{row.promotion}@min" in chosen and row.min_uplift is not None:
        return replace(row, status=_APPROVED, uplift_fraction=row.min_uplift)
    return row


def at_uplift(plant: Plant, promotion: str, uplift: Fraction) -> Plant:
    """Return the plant with a promotion approved at an uplift."""
    rows = (
        replace(row, status=_APPROVED, uplift_fraction=uplift, min_uplift=None)
        if row.promotion == promotion
        else row
        for row in plant.promotions
    )
    return replace(plant, promotions=tuple(rows))


def without_promotion(plant: Plant, promotion: str) -> Plant:
    """Return the plant without a promotion."""
    return replace(plant, promotions=tuple(row for row in plant.promotions if row.promotion != promotion))


def faults(plant: Plant, choices: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Say what is wrong with choices: (choice, message) each."""
    known = {row.choice: row for row in options(plant)} if choices else {}
    out = [(name, "the plan chooses what is not proposed") for name in choices if name not in known]
    taken: dict[str, str] = {}
    for name in choices:
        if name in known and taken.setdefault(known[name].proposal, name) != name:
            out.append((name, f"the proposal is taken up already, as {taken[known[name].proposal]}"))
    if len(set(choices)) < len(choices):
        out.append((", ".join(choices), "the plan chooses something twice"))
    budget, spent = plant.marketing.choice_budget, campaign_cost(plant, choices)
    if budget is not None and spent > budget:
        out.append((", ".join(choices), f"the choices cost {float(spent):,.2f}, more than their budget"))
    return tuple(out)


def campaign_cost(plant: Plant, choices: Iterable[str]) -> Fraction:
    """Return what the campaigns of some choices cost."""
    chosen = set(choices)
    if not chosen:
        return Fraction(0)
    return sum((row.cost for row in options(plant) if row.choice in chosen), Fraction(0))


def changes(plant: Plant, choices: Sequence[str], timeline: Timeline | None = None) -> tuple[Change, ...]:
    """Return the demand elements that choices change."""
    if not choices:
        return ()
    timeline = timeline or Timeline.of(plant)
    before = {row.demand: row for row in net(plant, timeline) if not row.is_order}
    after = {row.demand: row for row in net(fix(plant, choices), timeline) if not row.is_order}
    lookup = Lookup(plant)
    out = []
    for name in sorted({*before, *after}):
        row = after.get(name) or before[name]
        old = before[name].quantity if name in before else 0
        new = after[name].quantity if name in after else 0
        if old != new:
            price = price_at(lookup, row.item, row.customer, int(timeline.starts[row.bucket]))
            out.append(Change(name, row.item, row.bucket, old, new - old, price))
    return tuple(out)


def least_effect(plant: Plant, choices: Sequence[str]) -> Fraction:
    """Return the least that choices can add to a plan's cost besides the cost of its demand.

    The campaigns, less the price of all added demand (as if all of it were delivered), plus the revenue
    foregone: a bound for the plant with the choices fixed, plus this, bounds every plan with these choices.
    """
    scale = {row.item: 10**row.precision for row in plant.items}
    moved = sum(
        (row.price * Fraction(row.quantity, scale[row.item]) for row in changes(plant, choices)), Fraction(0)
    )
    return campaign_cost(plant, choices) - moved
