"""What is inspected before it is used: the inspection plan, and stock with its status."""

from __future__ import annotations

from fractions import Fraction

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from capacityplan.domain.kinds import Stage, StockStatus
from capacityplan.units import Id, Instant, Minutes, Money, Number, Quantity

_ROW = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_ROW)
class Inspection:
    """A row of the inspection plan: what is inspected, where, how long, how often.

    ``slots`` units of the lab's capacity are occupied for ``lab_minutes``; ``analysts`` units of
    the labour resource ``labour`` work on it for the same time; then ``wait_minutes`` of
    incubation pass without the lab before the usage decision. At stage ``certificate`` what is done is
    writing and signing an object's certificate, after all its other inspections.
    """

    inspection: Id
    stage: Stage
    lab: Id
    slots: int = 1
    lab_minutes: Minutes = 60
    item: Id = ""
    operation: str = ""
    supplier: Id = ""
    every_lots: int = 1
    sample_quantity: Quantity = 0
    destructive: bool = False
    wait_minutes: Minutes = 0
    analysts: int = 0
    labour: Id = ""
    skill: str = ""
    reject_fraction: Number = Fraction(0)
    rework_operation: str = ""
    cost_per_lot: Money = Fraction(0)
    certificate: str = ""

    @property
    def is_last(self) -> bool:
        """Whether it begins only when all other inspections of its object have released it."""
        return self.stage is Stage.CERTIFICATE

    @property
    def rank(self) -> tuple[bool, str]:
        """Its place among an object's inspections: by id, the certificate last."""
        return self.is_last, self.inspection


@dataclass(frozen=True, slots=True, config=_ROW)
class Stock:
    """A quantity on hand at the start; ``stock`` is the lot's name (given or numbered).

    In inspection it needs all its item's inspections, unless it is stated when it is available. Tested it
    needs the certificate only, which can be written from ``available`` on.
    """

    stock: Id
    item: Id
    quantity: Quantity
    status: StockStatus = StockStatus.UNRESTRICTED
    expires: Instant | None = None
    available: Instant | None = None

    @property
    def is_free(self) -> bool:
        """Whether it needs no inspection any more: it can be used from ``since`` on."""
        waits = self.status is StockStatus.IN_INSPECTION and self.available is not None
        return waits or self.status is StockStatus.UNRESTRICTED

    @property
    def since(self) -> int:
        """Minute from which it can be used or, where it needs inspections, be inspected."""
        return max(self.available or 0, 0)
