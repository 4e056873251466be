"""What replanning adds to a plant: where the published plan had every run, and what really happened."""

from __future__ import annotations

from enum import StrEnum

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from capacityplan.domain.kinds import LockKind
from capacityplan.units import Id, Instant, Quantity

_ROW = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_ROW)
class PreviousRun:
    """Where the previous plan has an operation of a lot, in minutes of this plant.

    It begins in ``start .. until``: to the minute both are equal; in a bucket of the tail these
    are the bucket's borders.
    """

    lot: Id
    operation: str
    item: Id
    resource: Id
    quantity: Quantity
    start: Instant
    until: Instant


class ActualKind(StrEnum):
    """What has really happened."""

    RUN = "run"
    RECEIPT = "receipt"
    EXPECTED = "expected"
    INSPECTION = "inspection"
    DECISION = "decision"
    DELIVERY = "delivery"
    MAINTENANCE = "maintenance"
    COUNT = "count"


@dataclass(frozen=True, slots=True, config=_ROW)
class Actual:
    """A confirmation from the shop floor, the dock or the laboratory.

    Attributes
    ----------
    object : str
        Lot, order in progress, purchase, receipt, stock lot or demand; kind count: the item;
        kind maintenance: the downtime.
    operation : str
        Operation (run), or inspection row (inspection).
    resource : str
        Where it ran; the supplier of a receipt.
    quantity : int
        Good units of a run, received, accepted (decision), delivered, or counted.
    rejected : int
        Bad units.
    start : int or None
        When a run began (its setup not included).
    at : int
        When it ended or happened; kind expected: when it is expected now.
    minutes : int
        Working minutes that a run took; 0: not recorded.
    finished : bool
        Whether the operation is done; else a part of it is confirmed.
    """

    kind: ActualKind
    object: Id
    item: Id
    at: Instant
    operation: str = ""
    resource: Id = ""
    quantity: Quantity = 0
    rejected: Quantity = 0
    start: Instant | None = None
    minutes: int = 0
    finished: bool = True


@dataclass(frozen=True, slots=True, config=_ROW)
class Lock:
    """Something the planner holds fast, with reason and author (docs/model.md, locks)."""

    lock: Id
    kind: LockKind
    object: str
    resource: Id = ""
    start: Instant | None = None
    end: Instant | None = None
    reason: str = ""
    author: str = ""
    expires: Instant | None = None

    @property
    def counts(self) -> bool:
        """Whether it has not expired."""
        return self.expires is None or self.expires > 0
