"""The plan: what to buy, make, inspect and ship, and when.

Two parts share one set of lots (docs/model.md): the window is planned to the minute
(``runs``, ``inspections``, ``overtime``), the tail in buckets (``bucket_runs``,
``bucket_inspections``, ``bucket_overtime``, ``bucket_setups``). Minutes count from the plant's
start, quantities are base units of the item, bucket numbers are those of the `Timeline`.
"""

from __future__ import annotations

from fractions import Fraction

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from capacityplan.units import Id, Instant, Minutes, Money, Quantity

_ROW = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_ROW)
class Lot:
    """A quantity of an item started together; ``receipt`` names the order in progress it is."""

    lot: Id
    item: Id
    quantity: Quantity
    version: str = ""
    receipt: Id = ""


@dataclass(frozen=True, slots=True, config=_ROW)
class Run:
    """An operation of a lot on a resource: set up from ``setup_start``, run ``start`` to ``end``."""

    lot: Id
    operation: str
    resource: Id
    quantity: Quantity
    setup_start: Instant
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True, config=_ROW)
class BucketRun:
    """An operation of a lot in the tail: its minutes (setup per lot included) by bucket."""

    lot: Id
    operation: str
    resource: Id
    quantity: Quantity
    load: tuple[tuple[int, int], ...]
    """Pairs of bucket and minutes, buckets ascending."""


@dataclass(frozen=True, slots=True, config=_ROW)
class BucketSetups:
    """The setup groups a resource runs in a bucket of the tail, in order."""

    resource: Id
    bucket: int
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True, config=_ROW)
class InspectionRun:
    """An inspection of a lot, purchase, receipt or stock lot, to the minute."""

    object: Id
    inspection: Id
    lab: Id
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True, config=_ROW)
class BucketInspection:
    """An inspection in the tail: done in ``bucket``, decided in bucket ``released``."""

    object: Id
    inspection: Id
    lab: Id
    bucket: int
    released: int


@dataclass(frozen=True, slots=True, config=_ROW)
class Purchase:
    """A purchase order line: ordered by ``order_by``, available to receive at ``arrives``."""

    purchase: Id
    supplier: Id
    item: Id
    quantity: Quantity
    order_by: Instant
    arrives: Instant


@dataclass(frozen=True, slots=True, config=_ROW)
class Overtime:
    """Overtime opened on a resource, paid for every minute of it."""

    resource: Id
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True, config=_ROW)
class BucketOvertime:
    """Overtime minutes of a resource in a bucket of the tail."""

    resource: Id
    bucket: int
    minutes: Minutes


@dataclass(frozen=True, slots=True, config=_ROW)
class Maintenance:
    """A flexible downtime placed by the plan."""

    downtime: Id
    resource: Id
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True, config=_ROW)
class Delivery:
    """A shipment to a demand: leaves at ``ship``, reaches the customer at ``arrive``."""

    demand: Id
    item: Id
    quantity: Quantity
    ship: Instant
    arrive: Instant


@dataclass(frozen=True, slots=True, config=_ROW)
class Lost:
    """Demand given up at its due date, at the price of losing it."""

    demand: Id
    quantity: Quantity


@dataclass(frozen=True, slots=True, config=_ROW)
class LedgerRow:
    """One line of the cost ledger; ``amount`` is exact."""

    category: str
    object: str
    bucket: int
    quantity: Fraction
    rate: Money
    amount: Money


@dataclass(frozen=True, slots=True, config=_ROW)
class Certificate:
    """What the independent checker found, and how far the plan can be from the cheapest.

    ``multipliers`` are the dual multipliers of the relaxation's named rows from which
    ``bound_certified`` is re-derived without any solver (``capacityplan check --bound``).
    """

    verified: bool
    violations: int
    cost: Money
    bound: Money | None = None
    bound_certified: Money | None = None
    bound_method: str = ""
    unavoidable: Money | None = None
    gap: float | None = None
    gap_controllable: float | None = None
    parts: tuple[tuple[str, Money, Money | None], ...] = ()
    """Cost and bound by ledger category, where the bound has parts: (category, cost, bound)."""
    multipliers: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, config=_ROW)
class Provenance:
    """Where a plan comes from; ``start`` is the local date-time from which its minutes count."""

    plant_name: str
    plant_hash: str
    plan_id: str = ""
    seed: int = 0
    workers: int = 1
    version: str = ""
    seconds: tuple[tuple[str, float], ...] = ()
    start: str = ""
    previous: str = ""
    """The plan it was made from by replanning."""


@dataclass(frozen=True, slots=True, config=_ROW)
class Plan:
    """All of a plan. Frozen; edit with ``dataclasses.replace``."""

    provenance: Provenance
    lots: tuple[Lot, ...] = ()
    runs: tuple[Run, ...] = ()
    bucket_runs: tuple[BucketRun, ...] = ()
    bucket_setups: tuple[BucketSetups, ...] = ()
    inspections: tuple[InspectionRun, ...] = ()
    bucket_inspections: tuple[BucketInspection, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    overtime: tuple[Overtime, ...] = ()
    bucket_overtime: tuple[BucketOvertime, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    lost: tuple[Lost, ...] = ()
    ledger: tuple[LedgerRow, ...] = ()
    certificate: Certificate | None = None
    choices: tuple[str, ...] = ()
    """Proposed promotions and launches that the plan takes up (docs/demand.md)."""

    def to_json(self) -> bytes:
        """Write the plan as one JSON document."""
        return PLAN.dump_json(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Plan:
        """Read a plan written by `to_json`.

        Raises
        ------
        pydantic.ValidationError
            If the document is not a plan.
        """
        return PLAN.validate_json(text)


PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)
