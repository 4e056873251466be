"""The plant: everything a plan is made from, as frozen rows of exact numbers.

One class per table of the instance format (docs/instance_format.md). Field types carry their
unit (`capacityplan.units`): ``Quantity`` is in base units of the row's item, ``Instant`` is
minutes since the plant's start, ``Money`` and ``Number`` are exact rationals. Defaults mean
"feature off". Rates are per *unit* of the item (not per base unit); ``Plant.scale`` gives the
base units per unit.
"""

from __future__ import annotations

import hashlib
from dataclasses import field
from fractions import Fraction

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from capacityplan.domain.budgets import Budget, Fund, ReserveRule, Spending, Target, TargetFigure
from capacityplan.domain.feedback import Complaint, ComplaintKind, Market
from capacityplan.domain.kinds import (
    CalendarKind,
    ItemKind,
    Lateness,
    LockKind,
    ReceiptKind,
    ResourceKind,
    Stage,
    StockStatus,
)
from capacityplan.domain.marketing import (
    History,
    Launch,
    LifePhase,
    MarketEvent,
    PlanningShare,
    Price,
    Promotion,
    Signal,
    Signature,
)
from capacityplan.domain.people import LearningStep, Skill
from capacityplan.domain.projections import Projections
from capacityplan.domain.quality import Inspection, Stock
from capacityplan.domain.replanning import Actual, ActualKind, Lock, PreviousRun
from capacityplan.domain.settings import (
    Consumption,
    Costs,
    Fences,
    Horizon,
    Marketing,
    SolveDefaults,
    Tariff,
)
from capacityplan.units import Id, Instant, Minutes, Money, Number, Quantity

__all__ = [
    "FORMAT", "PLANT", "Actual", "ActualKind", "BomLine", "Budget", "CalendarKind", "CalendarRow",
    "Changeover", "Complaint", "ComplaintKind", "Consumption", "Costs", "Customer", "Downtime",
    "Fences", "Fund", "History", "Horizon", "Inspection", "Item", "ItemKind", "Lateness", "Launch",
    "LearningStep", "LifePhase", "Lock", "LockKind", "Market", "MarketEvent", "Marketing",
    "Operation", "OperationResource", "Order", "PlanningShare", "Plant", "PreviousRun", "Price",
    "Promotion", "Receipt", "ReceiptKind", "ReserveRule", "Resource", "ResourceKind", "Signal", "Signature",
    "Skill", "SolveDefaults", "Spending", "Stage", "Stock", "StockStatus", "Storage", "SupplierOffer",
    "Target", "TargetFigure", "Tariff",
]  # fmt: skip

_ROW = ConfigDict(extra="forbid")
FORMAT = "1.0"


@dataclass(frozen=True, slots=True, config=_ROW)
class Item:
    """Something that is bought, made, stocked or sold."""

    item: Id
    kind: ItemKind
    description: str = ""
    unit: str = "pcs"
    precision: int = 0
    family: str = ""
    brand: str = ""
    unit_value: Money = Fraction(0)
    holding_cost_per_day: Money | None = None
    price: Money | None = None
    min_lot: Quantity = 0
    lot_multiple: Quantity = 0
    max_lot: Quantity = 0
    safety_stock: Quantity = 0
    max_stock: Quantity | None = None
    storage: Id = ""
    shelf_life_days: int | None = None
    min_remaining_life_days: int = 0
    setup_group: str = ""
    attributes: str = ""
    phase_in: Instant | None = None
    phase_out: Instant | None = None
    salvage_value: Money = Fraction(0)
    escape_cost: Money = Fraction(0)
    positioning: str = ""
    positioning_weight: Number = Fraction(1)
    """What the late and lost rates of all of the item's demand are multiplied by."""


@dataclass(frozen=True, slots=True, config=_ROW)
class BomLine:
    """``quantity`` units of component for every ``per_quantity`` units of the item.

    A by-product comes out of the item's last operation; every other component goes into its operation.
    """

    item: Id
    component: Id
    quantity: Number
    version: str = ""
    operation: str = ""
    per_quantity: Number = Fraction(1)
    scrap_fraction: Number = Fraction(0)
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    alternative: str = ""
    share: Number = Fraction(1)
    by_product: bool = False


@dataclass(frozen=True, slots=True, config=_ROW)
class Operation:
    """One step of an item's routing (``run_minutes`` for every ``per_quantity`` units).

    ``per_quantity`` and ``batch_size`` are in units and base units of the item.
    """

    item: Id
    operation: str
    sequence: int
    version: str = ""
    run_minutes: Number = Fraction(0)
    per_quantity: Number = Fraction(1)
    fixed_minutes: Minutes = 0
    batch_size: Quantity = 0
    min_batch: Quantity = 0
    yield_fraction: Number = Fraction(1)
    min_wait_minutes: Minutes = 0
    max_wait_minutes: Minutes | None = None
    pausable: bool = True
    artwork_approved_on: Instant | None = None
    overlap_quantity: Quantity = 0
    """Base units that pass on to the next operation at a time while the rest is run; 0: the whole lot."""


@dataclass(frozen=True, slots=True, config=_ROW)
class OperationResource:
    """A mode: one resource on which an operation can run, with its labour pool and tool."""

    item: Id
    operation: str
    resource: Id
    version: str = ""
    setup_minutes: Minutes = 0
    setup_cost: Money = Fraction(0)
    run_minutes: Number | None = None
    cost_per_hour: Money | None = None
    preference: int = 0
    labour: Id = ""
    labour_units: int = 1
    tool: Id = ""
    skill: str = ""
    """Skill that its people have: of ``labour``, or of any labour where it names none."""


@dataclass(frozen=True, slots=True, config=_ROW)
class OperationPool:
    """A further pool of labour or tools that a mode occupies, beside those that it names itself."""

    item: Id
    operation: str
    resource: Id
    pool: Id
    version: str = ""
    units: int = 1


@dataclass(frozen=True, slots=True, config=_ROW)
class Resource:
    """A machine, a pool of labour or tools, a lab, a subcontractor or a dock."""

    resource: Id
    kind: ResourceKind
    description: str = ""
    group: str = ""
    capacity: int = 1
    calendar: Id = ""
    efficiency: Number = Fraction(1)
    cost_per_hour: Money = Fraction(0)
    overtime_calendar: Id = ""
    overtime_cost_per_hour: Money = Fraction(0)
    max_overtime_hours_per_week: Number | None = None
    changeover_matrix: Id = ""
    initial_setup_group: str = ""
    setup_in_breaks: bool = False
    energy_kw: Number = Fraction(0)
    campaign_max_hours: Number | None = None
    cleaning_minutes: Minutes = 0
    campaign_hours_before: Number = Fraction(0)


@dataclass(frozen=True, slots=True, config=_ROW)
class CalendarRow:
    """A working (or overtime, or closed) stretch of a weekday or of one date.

    ``from_minute`` and ``to_minute`` count from local midnight (0 to 1440); ``to <= from`` runs
    over midnight. Weekday 0 is Monday; ``date``, ``valid_from`` and ``valid_to`` are proleptic
    ordinals of the local date; a row with a date replaces all weekday rows of that date.
    """

    calendar: Id
    weekday: int | None
    date: int | None
    from_minute: int
    to_minute: int
    capacity: int | None = None
    kind: CalendarKind = CalendarKind.WORK
    valid_from: int | None = None
    valid_to: int | None = None


@dataclass(frozen=True, slots=True, config=_ROW)
class Downtime:
    """Time a resource is not available.

    Fixed: ``start`` to ``end``. Flexible: ``minutes`` at a moment the plan chooses between
    ``flexible_from`` and ``flexible_to``. By running hours: ``minutes`` as often as the plan
    places it, so that its resource never runs more than ``every_run_hours`` in between; it has run
    ``run_hours_before`` since the last one when the plan starts. ``downtime`` is the row's name.
    """

    downtime: Id
    resource: Id
    start: Instant | None = None
    end: Instant | None = None
    reason: str = ""
    flexible_from: Instant | None = None
    flexible_to: Instant | None = None
    minutes: Minutes = 0
    every_run_hours: Number | None = None
    run_hours_before: Number = Fraction(0)


@dataclass(frozen=True, slots=True, config=_ROW)
class Changeover:
    """Minutes and cost of changing a resource from one setup group to another."""

    matrix: Id
    from_group: str
    to_group: str
    minutes: Minutes
    cost: Money = Fraction(0)


@dataclass(frozen=True, slots=True, config=_ROW)
class SupplierOffer:
    """A price tier of a supplier's offer for an item (all-units breaks at ``from_quantity``)."""

    supplier: Id
    item: Id
    lead_time_days: int
    price: Money = Fraction(0)
    from_quantity: Quantity = 0
    min_order: Quantity = 0
    order_multiple: Quantity = 0
    order_cost: Money = Fraction(0)
    capacity_per_week: Quantity | None = None
    calendar: Id = ""
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    quality_rating: Number | None = None


@dataclass(frozen=True, slots=True, config=_ROW)
class Receipt:
    """A scheduled receipt: an open purchase order, or a production order in progress."""

    order: Id
    kind: ReceiptKind
    item: Id
    quantity: Quantity
    due: Instant
    status: str = ""
    version: str = ""
    operation: str = ""
    done_quantity: Quantity = 0
    resource: Id = ""
    firm: bool = True


@dataclass(frozen=True, slots=True, config=_ROW)
class Order:
    """A customer order with its due date and prices of being late or lost."""

    order: Id
    item: Id
    quantity: Quantity
    due: Instant
    customer: Id = ""
    priority: int = 5
    price: Money | None = None
    late_cost_per_day: Money | None = None
    lost_cost: Money | None = None
    min_shipment: Quantity = 0
    ship_from: Id = ""
    quality_class: str = ""


@dataclass(frozen=True, slots=True, config=_ROW)
class Customer:
    """A customer or a segment: priority, prices of lateness, transit."""

    customer: Id
    parent: Id = ""
    priority: int | None = None
    late_cost_per_day: Money | None = None
    lost_cost: Money | None = None
    service_target: Number | None = None
    complaint_cost: Money | None = None
    transit_days: int = 0
    ship_calendar: Id = ""
    backward_days: int | None = None
    forward_days: int | None = None


@dataclass(frozen=True, slots=True, config=_ROW)
class Storage:
    """A storage area with its capacity in units and its price of space."""

    storage: Id
    capacity: Number
    unit: str = ""
    cost_per_unit_day: Money = Fraction(0)


@dataclass(frozen=True, slots=True, config=_ROW)
class Plant:
    """A whole instance. Frozen; edit with ``dataclasses.replace``.

    Attributes
    ----------
    start : str
        Local date-time (ISO, no offset) from which minutes are counted.
    timezone : str
        IANA name.
    projections : Projections
        Marketing's sales projections, columnar because there may be millions.
    """

    name: str
    start: str
    timezone: str
    currency: str
    format: str = FORMAT
    horizon: Horizon = Horizon()
    fences: Fences = Fences()
    costs: Costs = Costs()
    consumption: Consumption = Consumption()
    marketing: Marketing = Marketing()
    solve: SolveDefaults = SolveDefaults()
    items: tuple[Item, ...] = ()
    bill_of_materials: tuple[BomLine, ...] = ()
    operations: tuple[Operation, ...] = ()
    operation_resources: tuple[OperationResource, ...] = ()
    operation_pools: tuple[OperationPool, ...] = ()
    resources: tuple[Resource, ...] = ()
    skills: tuple[Skill, ...] = ()
    learning: tuple[LearningStep, ...] = ()
    calendars: tuple[CalendarRow, ...] = ()
    tariffs: tuple[Tariff, ...] = ()
    downtime: tuple[Downtime, ...] = ()
    changeovers: tuple[Changeover, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    suppliers: tuple[SupplierOffer, ...] = ()
    stock: tuple[Stock, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    orders: tuple[Order, ...] = ()
    projections: Projections = field(default_factory=Projections.empty)
    customers: tuple[Customer, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    storages: tuple[Storage, ...] = ()
    locks: tuple[Lock, ...] = ()
    launches: tuple[Launch, ...] = ()
    life_cycle: tuple[LifePhase, ...] = ()
    prices: tuple[Price, ...] = ()
    market_events: tuple[MarketEvent, ...] = ()
    signals: tuple[Signal, ...] = ()
    planning_bills: tuple[PlanningShare, ...] = ()
    history: tuple[History, ...] = ()
    signatures: tuple[Signature, ...] = ()
    previous_runs: tuple[PreviousRun, ...] = ()
    actuals: tuple[Actual, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    market: tuple[Market, ...] = ()
    funds: tuple[Fund, ...] = ()
    budgets: tuple[Budget, ...] = ()
    spending: tuple[Spending, ...] = ()
    targets: tuple[Target, ...] = ()

    def to_json(self) -> bytes:
        """Write the plant as one JSON document (exact; numbers that are rational as text)."""
        return PLANT.dump_json(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Plant:
        """Read a plant written by `to_json`.

        Raises
        ------
        pydantic.ValidationError
            If the document is not a plant.
        """
        return PLANT.validate_json(text)

    def hash(self) -> str:
        """Return the SHA-256 of the plant's content, the identity a plan refers to."""
        return hashlib.sha256(self.to_json()).hexdigest()


PLANT: TypeAdapter[Plant] = TypeAdapter(Plant)
