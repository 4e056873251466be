"""A tail lot under way, from bucket to bucket."""

from __future__ import annotations

from dataclasses import dataclass, field

from capacityplan.domain.plan import BucketRun
from capacityplan.domain.plant import Operation, OperationResource
from capacityplan.solve.types import PlannedLot


@dataclass(slots=True, eq=False)
class Job:
    """A tail lot under way."""

    wish: PlannedLot
    routing: tuple[Operation, ...]
    quantity: int
    step: int = 0
    entered: int = 0
    """Base units that entered the operation that was run last."""
    ready: int = 0
    mode: OperationResource | None = None
    open_minutes: int = 0
    known_minutes: dict[tuple[int, int, str], int] = field(default_factory=dict)
    """Run and setup minutes by (step, quantity, resource): asked for in every pass over a bucket."""
    load: list[tuple[int, int]] = field(default_factory=list)
    reserved: list[tuple[int, str, int, int]] = field(default_factory=list)
    """(step, component, quantity, bucket) taken at the start of the lot for later steps."""
    runs: list[BucketRun] = field(default_factory=list)
    elapsed: list[tuple[int, int]] = field(default_factory=list)
    """(first bucket, minutes that must lie after its start) by step."""
