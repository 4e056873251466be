"""``result.json``: what a solve came to, for machines."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from capacityplan import __version__
from capacityplan.demand import net
from capacityplan.demand.choice import fix
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.units import decimal_text, round_down

if TYPE_CHECKING:
    from capacityplan.solve.solve import Outcome, Settings
    from capacityplan.verify import Verdict

_PHASES = ("read", "prepare", "plan", "schedule", "verify", "write", "total")


def result_record(plant: Plant, outcome: Outcome, settings: Settings) -> dict[str, Any]:
    """Return the record of a solve.

    Parameters
    ----------
    plant : Plant
    outcome : Outcome
        With or without a plan.
    settings : Settings

    Returns
    -------
    dict
        Numbers of JSON; what is not known is None. Bounds are rounded down, all else to the nearest.
    """
    plan, verdict = outcome.plan, outcome.verdict
    found = plan.certificate if plan is not None else None
    return {
        "status": outcome.status,
        "verified": bool(found is not None and found.verified),
        "violations": len(verdict.violations) if verdict is not None else None,
        "cost": money(found.cost if found is not None else None),
        "bound": bound(found.bound if found is not None else None),
        "bound_certified": bound(found.bound_certified if found is not None else None),
        "unavoidable": bound(found.unavoidable if found is not None else None),
        "gap": found.gap if found is not None else None,
        "gap_controllable": found.gap_controllable if found is not None else None,
        "currency": plant.currency,
        "counts": _counts(plant, plan),
        "service": _service(verdict),
        "seconds": {
            name: round(outcome.seconds[name], 3) if name in outcome.seconds else None for name in _PHASES
        },
        "peak_memory_mb": outcome.peak_memory_mb,
        "plant_hash": plant.hash() if plan is None else plan.provenance.plant_hash,
        "seed": settings.seed,
        "workers": settings.workers,
        "version": __version__,
    }


def money(value: Fraction | None) -> float | None:
    """Return an amount as JSON shows it, rounded to the nearest."""
    return None if value is None else float(decimal_text(value))


def bound(value: Fraction | None) -> float | None:
    """Return a bound as JSON shows it, rounded down."""
    return None if value is None else float(round_down(value))


def _counts(plant: Plant, plan: Plan | None) -> dict[str, int | None]:
    timeline = Timeline.of(plant)
    counts: dict[str, int | None] = {
        "items": len(plant.items),
        "demands": len(net(fix(plant, plan.choices if plan is not None else ()), timeline)),
        "lots": None,
        "operations": None,
        "inspections": None,
        "purchases": None,
        "resources": len(plant.resources),
        "buckets": len(timeline),
    }
    if plan is not None:
        counts["lots"] = len(plan.lots)
        counts["operations"] = len(plan.runs) + len(plan.bucket_runs)
        counts["inspections"] = len(plan.inspections) + len(plan.bucket_inspections)
        counts["purchases"] = len(plan.purchases)
    return counts


def _service(verdict: Verdict | None) -> dict[str, float | None]:
    if verdict is None:
        return {"on_time": None, "late_quantity_days": None, "lost_quantity": None}
    return {
        "on_time": round(float(verdict.on_time_share), 6),
        "late_quantity_days": float(decimal_text(verdict.late_unit_days, 3)),
        "lost_quantity": float(decimal_text(verdict.lost_units, 3)),
    }
