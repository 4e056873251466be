"""The checker's verdict on a plan, and the facts behind it for reports and explanations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.plan import LedgerRow, Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Ints
from capacityplan.errors import VerificationError, Violation
from capacityplan.units import total
from capacityplan.verify.case import Case
from capacityplan.verify.ledger import ledger
from capacityplan.verify.rules import (
    artwork_gate,
    batch,
    budgets,
    capacity,
    changeover,
    demand_fulfilment,
    dock,
    downtime,
    frozen_zone,
    inspection,
    lab_capacity,
    labour,
    locks,
    lot_size,
    material_balance,
    overtime,
    phase,
    plan_integrity,
    purchasing,
    quality_hold,
    rework,
    routing,
    run_time,
    setup_state,
    shelf_life,
    skill,
    storage,
    supplier_capacity,
    throughput_time,
    tool,
    validation_gate,
    waits,
)
from capacityplan.verify.rules import ledger as ledger_rule

Check = Callable[[Case], Iterator[Violation]]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("plan_integrity", plan_integrity.check),
    ("routing", routing.check),
    ("waits", waits.check),
    ("throughput_time", throughput_time.check),
    ("run_time", run_time.check),
    ("capacity", capacity.check),
    ("changeover", changeover.check),
    ("setup_state", setup_state.check),
    ("labour", labour.check),
    ("skill", skill.check),
    ("tool", tool.check),
    ("batch", batch.check),
    ("lot_size", lot_size.check),
    ("material_balance", material_balance.check),
    ("overtime", overtime.check),
    ("downtime", downtime.check),
    ("inspection", inspection.check),
    ("rework", rework.check),
    ("lab_capacity", lab_capacity.check),
    ("quality_hold", quality_hold.check),
    ("validation_gate", validation_gate.check),
    ("artwork_gate", artwork_gate.check),
    ("frozen_zone", frozen_zone.check),
    ("phase", phase.check),
    ("locks", locks.check),
    ("purchasing", purchasing.check),
    ("supplier_capacity", supplier_capacity.check),
    ("storage", storage.check),
    ("shelf_life", shelf_life.check),
    ("dock", dock.check),
    ("demand_fulfilment", demand_fulfilment.check),
    ("budgets", budgets.check),
    ("ledger", ledger_rule.check),
)
"""Every rule with its check, in the order of the rulebook's cards."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker found.

    Attributes
    ----------
    ledger : tuple of LedgerRow
        Empty where the plan names things that do not exist (`plan_integrity`).
    cost : Fraction
        Sum of the ledger.
    on_time_share : Fraction
        Share of the demanded units that arrive in time; 1 where nothing is demanded.
    late_unit_days : Fraction
        Units times days after the due date, until delivery or the horizon's end.
    lost_units : Fraction
        Units given up, or not delivered by the horizon's end.
    """

    violations: tuple[Violation, ...]
    ledger: tuple[LedgerRow, ...]
    cost: Fraction
    on_time_share: Fraction
    late_unit_days: Fraction
    lost_units: Fraction

    @property
    def verified(self) -> bool:
        """Whether the plan satisfies every rule."""
        return not self.violations

    @property
    def charged(self) -> bool:
        """Whether there is a ledger: the plan holds together."""
        return all(row.rule != "plan_integrity" for row in self.violations)

    @property
    def keeps_rules(self) -> bool:
        """Whether the plan itself breaks no rule, whatever it states of its costs."""
        return all(row.rule == "ledger" for row in self.violations)

    @property
    def by_category(self) -> dict[str, Fraction]:
        """Cost by category of the ledger, largest first."""
        amounts: dict[str, list[Fraction]] = {}
        for row in self.ledger:
            amounts.setdefault(row.category, []).append(row.amount)
        sums = {category: total(some) for category, some in amounts.items()}
        return dict(sorted(sums.items(), key=lambda pair: -pair[1]))

    @property
    def pain(self) -> dict[str, Fraction]:
        """What lateness and loss cost, by demand."""
        sums: dict[str, Fraction] = {}
        for row in self.ledger:
            if row.category in ("late", "lost"):
                sums[row.object] = sums.get(row.object, Fraction(0)) + row.amount
        return sums


@dataclass(frozen=True, slots=True)
class StockCurve:
    """Stock of an item at bucket ends: (buckets,) base units each."""

    unrestricted: Ints
    hold: Ints
    wip: Ints


@dataclass(frozen=True, slots=True)
class Release:
    """When an object is complete and when it is free to use.

    Attributes
    ----------
    kind : str
        ``lot``, ``purchase``, ``receipt`` or ``stock``.
    completed, released : int or None
        Minutes; in the tail the end of the bucket. None: not within the plan.
    completed_bucket, released_bucket : int or None
    accepted : int
        Base units that pass.
    expires : int or None
        Minute.
    """

    object: str
    item: str
    kind: str
    completed: int
    completed_bucket: int
    released: int | None
    released_bucket: int | None
    accepted: int
    expires: int | None


def check(plant: Plant, plan: Plan) -> Verdict:
    """Check a plan against every rule and charge it.

    Parameters
    ----------
    plant : Plant
    plan : Plan
        Any plan, however wrong.

    Returns
    -------
    Verdict
        With all violations; if references are broken, those only.
    """
    case = Case(plant, plan)
    broken = tuple(plan_integrity.check(case))
    if broken:
        zero = Fraction(0)
        return Verdict(broken, (), zero, zero, zero, zero)
    violations = tuple(violation for _, rule in CHECKS[1:] for violation in rule(case))
    rows = ledger(case)
    cost = total(row.amount for row in rows)
    return Verdict(violations, rows, cost, *_service(case))


def other_data(plant: Plant, plan: Plan) -> str:
    """Say that a plan was made from other data than this plant's; empty where it was not."""
    made = plan.provenance
    if made.plant_hash == plant.hash():
        return ""
    if made.plant_name != plant.name:
        return f"the plan was made for plant {made.plant_name!r}, this instance is {plant.name!r}"
    return (
        "the plan was made from other data than this instance (hash differs): solve again, or name the "
        "instance.json that lies beside the plan"
    )


def require_verified(plant: Plant, plan: Plan, verdict: Verdict) -> None:
    """Refuse a plan that breaks a rule.

    Parameters
    ----------
    plant : Plant
    plan : Plan
    verdict : Verdict
        The checker's verdict on this plan.

    Raises
    ------
    VerificationError
        If it has violations.
    """
    if verdict.violations:
        raise VerificationError(verdict.violations, other_data(plant, plan))


def _service(case: Case) -> tuple[Fraction, Fraction, Fraction]:
    """On-time share, late unit-days and lost units of all demand."""
    # Base units by scale (base units per unit): thousands of demands share a few of them.
    demanded, on_time, late, lost = (Counter[int]() for _ in range(4))
    for name, demand in case.demand.items():
        scale = case.lookup.scale[demand.item]
        found = case.deliveries.get(name, [])
        demanded[scale] += demand.quantity
        on_time[scale] += sum(row.quantity for row in found if case.in_time(demand, row))
        late[scale] += sum(units for _, units in case.late.get(name, ()))
        lost[scale] += max(0, demand.quantity - sum(row.quantity for row in found))
    share = _units(on_time) / _units(demanded) if any(demanded.values()) else Fraction(1)
    return share, _units(late), _units(lost)


def _units(quantities: Mapping[int, int]) -> Fraction:
    """Add base units by scale up to units."""
    return sum((Fraction(base, scale) for scale, base in quantities.items()), Fraction(0))


def stock_curves(plant: Plant, plan: Plan) -> dict[str, StockCurve]:
    """Return the stock of every item at every bucket's end.

    Parameters
    ----------
    plant : Plant
    plan : Plan
        With references in order (`check` says so).
    """
    stocks = Case(plant, plan).stocks
    return {
        item: StockCurve(free, stocks.hold[item], stocks.wip[item])
        for item, free in stocks.unrestricted.items()
    }


def releases(plant: Plant, plan: Plan) -> dict[str, Release]:
    """Return when everything that comes into stock is complete and released.

    Parameters
    ----------
    plant : Plant
    plan : Plan
        With references in order (`check` says so).
    """
    found = {}
    for one in Case(plant, plan).flow.held:
        minute = one.release.minute if one.release is not None else None
        bucket = one.release.bucket if one.release is not None else None
        found[one.object] = Release(
            one.object, one.item, one.kind, one.completion.minute, one.completion.bucket,
            minute, bucket, one.accepted, one.expires,
        )  # fmt: skip
    return found
