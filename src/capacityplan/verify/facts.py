"""The facts the checker reasons with: moments, runs, inspections, lots, held quantities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.plan import BucketInspection, BucketRun, InspectionRun, Lot, Run
from capacityplan.domain.plant import BomLine, Inspection, Operation, OperationResource, Receipt
from capacityplan.units import ceil_div, floor_fraction


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happens: its minute (in the tail the bucket's end) and its bucket."""

    minute: int
    bucket: int


@dataclass(frozen=True, slots=True)
class Work:
    """A run in common terms, to the minute or in the tail.

    Attributes
    ----------
    mode : OperationResource or None
        None where the resource is no mode of the operation.
    minutes : int
        Run minutes that the quantity takes (batch: one batch).
    first, last : int
        Buckets of start and end.
    begins, ends : int
        Minutes of start and end; in the tail the borders of these buckets.
    latest : int
        Latest minute at which it may start: its start; in the tail the last minute of that bucket.
    """

    row: Run | BucketRun
    item: str
    operation: Operation
    mode: OperationResource | None
    rework: bool
    minutes: int
    first: int
    last: int
    begins: int
    ends: int
    latest: int

    @property
    def setup_minutes(self) -> int:
        """Minutes of setup that the mode asks for, changeover not included."""
        return self.mode.setup_minutes if self.mode is not None else 0

    @property
    def setup_cost(self) -> Fraction:
        """Money that a setup on the mode costs beside its minutes."""
        return self.mode.setup_cost if self.mode is not None else Fraction(0)

    @property
    def name(self) -> str:
        """The run as it is named in violations and in the ledger."""
        return f"{self.row.lot}/{self.row.operation}"


@dataclass(frozen=True, slots=True)
class Occasion:
    """An inspection that an object is subject to, with what the plan does about it.

    Attributes
    ----------
    ready : Moment or None
        When it may begin: the object's completion; of a certificate the release by all other inspections,
        None where that never comes.
    before, rejects, after : int
        Quantity presented, quantity rejected (of a row with rework), quantity that passes.
    decided, release : Moment or None
        Usage decision, and the release after rework; None where the plan never gets there.
    """

    object: str
    item: str
    row: Inspection
    ready: Moment | None
    record: InspectionRun | BucketInspection | None
    before: int
    rejects: int
    after: int
    rework: Work | None
    decided: Moment | None
    release: Moment | None

    @property
    def needs_rework(self) -> bool:
        """Whether rejects have to be worked on again before the release."""
        return bool(self.row.rework_operation) and self.rejects > 0


@dataclass(frozen=True, slots=True)
class Leg:
    """An operation of a lot still to be done.

    Attributes
    ----------
    entering, to_run : int
        Quantity that enters, and what of it is to be run (less for an order in progress).
    resumed : bool
        The operation at which an order in progress stands: components are consumed already.
    ended, ready : Moment or None
        End of the last run, and release of the in-process inspections.
    """

    operation: Operation
    entering: int
    to_run: int
    resumed: bool
    works: tuple[Work, ...]
    occasions: tuple[Occasion, ...]
    ended: Moment | None
    ready: Moment | None


@dataclass(frozen=True, slots=True)
class LotFlow:
    """A lot on its way through the routing."""

    lot: Lot
    receipt: Receipt | None
    in_buckets: bool
    legs: tuple[Leg, ...]

    @property
    def first(self) -> Work | None:
        """The lot's first run, if it has one."""
        works = [work for leg in self.legs for work in leg.works]
        return min(works, key=lambda work: work.begins, default=None)


@dataclass(frozen=True, slots=True)
class Held:
    """A quantity that comes into stock: when it is there, when it is free, how much passes.

    Attributes
    ----------
    object : str
        The lot, purchase, receipt or stock lot; of a by-product ``lot/component``.
    kind : str
        ``lot``, ``purchase``, ``receipt``, ``stock`` or ``by-product``.
    own, release : Moment or None
        Release by the object's own inspections, and with the validation of its item.
    expires : int or None
        Minute at which it may no longer be used.
    """

    object: str
    item: str
    kind: str
    completion: Moment
    occasions: tuple[Occasion, ...]
    own: Moment | None
    release: Moment | None
    accepted: int
    expires: int | None


def run_minutes(
    operation: Operation, mode: OperationResource | None, efficiency: Fraction, quantity: int, scale: int
) -> int:
    """Whole minutes that a quantity takes (`work_minutes`, rounded up)."""
    if operation.batch_size:
        return operation.fixed_minutes
    # Whole numbers, since this is asked for every run of a plan.
    per = operation.run_minutes if mode is None or mode.run_minutes is None else mode.run_minutes
    many = operation.per_quantity
    top = quantity * per.numerator * many.denominator * efficiency.denominator
    bottom = per.denominator * many.numerator * efficiency.numerator * scale
    return operation.fixed_minutes + ceil_div(top, bottom)


def work_minutes(
    operation: Operation, mode: OperationResource | None, efficiency: Fraction, quantity: int, scale: int
) -> Fraction:
    """Minutes of work of a quantity (batch operations: of one batch).

    Parameters
    ----------
    quantity : int
        Base units.
    scale : int
        Base units per unit of the item.
    """
    if operation.batch_size:
        return Fraction(operation.fixed_minutes)
    per = operation.run_minutes if mode is None or mode.run_minutes is None else mode.run_minutes
    return operation.fixed_minutes + Fraction(quantity * per / (operation.per_quantity * scale * efficiency))


def yielded(line: BomLine, quantity: int, scale: int, component_scale: int) -> int:
    """Base units of a by-product of a quantity (base units) that enters its item's last operation."""
    per = line.quantity / line.per_quantity * (1 - line.scrap_fraction)
    return floor_fraction(quantity * per * component_scale / scale)


def latest(moments: Iterable[Moment | None]) -> Moment | None:
    """Return the moment by which all have happened; None where one never does."""
    minute, bucket = 0, 0
    for moment in moments:
        if moment is None:
            return None
        minute, bucket = max(minute, moment.minute), max(bucket, moment.bucket)
    return Moment(minute, bucket)
