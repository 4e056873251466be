"""What a constraint costs: an hour of a resource, a place in a lab, a unit of a material, a day of lead time.

Two answers. *Verified*: each constraint behind the demands that hurt most is loosened alone, the demand is
planned again and the checker accepts the plan (`causes`); what that saves, over the hours or days that were
used of it, is a price that is really reached. *In the bound*: the multiplier of a constraint's row in the
plan's certificate: by how much the proven lower bound falls for the next unit. What has no price there
is not what keeps the bound up, or a cut made of it carries the price.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.demand import Demand
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.explain.causes import Cause, causes
from capacityplan.units import MINUTES_PER_HOUR
from capacityplan.verify import Verdict, check
from capacityplan.verify.case import Case

_UNITS = {"resource": "hour", "lead_time": "day", "incubation": "hour"}
_ROWS = {
    "load": ("hour", MINUTES_PER_HOUR),
    "pool": ("hour", MINUTES_PER_HOUR),
    "supplier_week": ("unit", 1),
    "storage": ("unit", 1),
    "balance": ("unit", 1),
}
"""Rows of the certificate that are limits of the plant: what their side counts, and how many in that."""


@dataclass(frozen=True, slots=True)
class Price:
    """What was reached by loosening one constraint.

    Attributes
    ----------
    kind : str
        As of the relaxation.
    text : str
        What was made easier, for people.
    amount : Fraction or None
        How much of it was used, in ``unit``; None where that is not counted.
    saved : Fraction
        What the verified plan costs less.
    demand : str
        The demand that was planned again.
    """

    kind: str
    object: str
    text: str
    amount: Fraction | None
    unit: str
    saved: Fraction
    demand: str

    @property
    def per_unit(self) -> Fraction | None:
        """What a unit of it saved."""
        return self.saved / self.amount if self.amount else None


@dataclass(frozen=True, slots=True)
class Multiplier:
    """What the next unit of a limit is worth in the bound: object, bucket (None: no bucket), unit, money."""

    limit: str
    object: str
    bucket: int | None
    unit: str
    money: Fraction


def prices(plant: Plant, plan: Plan, verdict: Verdict | None = None, top: int = 5) -> tuple[Price, ...]:
    """Price what holds up the demands that hurt most, dearest first.

    Parameters
    ----------
    plan : Plan
        Verified.
    top : int
        How many demands are looked at.

    Returns
    -------
    tuple of Price
        For each constraint the demand for which it saves most.
    """
    verdict = verdict or check(plant, plan)
    best: dict[tuple[str, str], Price] = {}
    lookup = Lookup(plant)
    for demand in _hurting(Case(plant, plan), verdict)[:top]:
        found = causes(plant, plan, demand)
        planned_anew = Fraction(0) if found.again is None else found.now.cost - found.again.cost
        for cause in found.causes:
            price = _price(lookup, cause, demand, max(planned_anew, Fraction(0)))
            key = price.kind, price.object
            if price.saved > 0 and (key not in best or price.saved > best[key].saved):
                best[key] = price
    return tuple(sorted(best.values(), key=lambda one: (-one.saved, one.kind, one.object)))


def _hurting(case: Case, verdict: Verdict) -> list[Demand]:
    """Demands by what their lateness and loss cost."""
    pain = verdict.pain
    names = sorted((name for name in pain if name in case.demand), key=lambda name: (-pain[name], name))
    return [case.demand[name] for name in names]


def _price(lookup: Lookup, cause: Cause, demand: Demand, planned_anew: Fraction) -> Price:
    """Price a cause: what planning anew alone would save is not the constraint's doing."""
    one = cause.relaxation
    amount = _amount(lookup, cause)
    saved = cause.saved - planned_anew
    unit = lookup.items[one.object].unit if one.kind == "lot_size" else _UNITS.get(one.kind, "")
    return Price(one.kind, one.object, one.text, amount, unit, saved, demand.demand)


def _amount(lookup: Lookup, cause: Cause) -> Fraction | None:
    """How much was used of what was made easier."""
    one = cause.relaxation
    if one.kind == "resource":
        return Fraction(cause.minutes, MINUTES_PER_HOUR) if cause.minutes else None
    if one.kind == "lead_time":
        days = [row.lead_time_days for row in lookup.plant.suppliers if row.item == one.object]
        return Fraction(max(min(days) - 1, 0)) or None if days else None
    if one.kind == "incubation":
        waits = [row.wait_minutes for row in lookup.plant.inspections if row.item == one.object]
        return Fraction(max(waits), MINUTES_PER_HOUR)
    if one.kind == "lot_size":
        row = lookup.items[one.object]
        return Fraction(max(row.min_lot, row.lot_multiple), lookup.scale[one.object])
    return None


def multipliers(plan: Plan) -> tuple[Multiplier, ...]:
    """Return what the plan's certificate says of limits, dearest first; none where there is no certificate.

    For a material (``balance``) the money is what a unit less costs, its price included.
    """
    rows = () if plan.certificate is None else plan.certificate.multipliers
    return tuple(sorted(_read(rows), key=lambda one: (-one.money, one.limit, one.object, one.bucket or 0)))


def _read(rows: tuple[tuple[str, float], ...]) -> Iterator[Multiplier]:
    """The dearest row of each limit and object."""
    best: dict[tuple[str, str], Multiplier] = {}
    for name, value in rows:
        limit, _, rest = name.removesuffix("]").partition("[")
        if limit not in _ROWS or not value:
            continue
        unit, many = _ROWS[limit]
        thing, _, place = rest.rpartition(",")
        bucket = int(place) if limit != "supplier_week" and place.isdigit() else None
        one = Multiplier(limit, thing or rest, bucket, unit, abs(Fraction(value)) * many)
        key = limit, one.object
        if key not in best or one.money > best[key].money:
            best[key] = one
    yield from best.values()
