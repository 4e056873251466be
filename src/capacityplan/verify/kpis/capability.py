"""Operations capability by resource and bucket, in the parts of ISA-95: committed, available, unattainable.

The parts add up to the calendar: every minute of every unit of a resource, day and night.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacityplan.domain.plant import CalendarKind, ResourceKind
from capacityplan.domain.timeline import Ints
from capacityplan.verify import tail
from capacityplan.verify.case import Case

_KINDS = (ResourceKind.MACHINE, ResourceKind.SUBCONTRACTOR, ResourceKind.LABOUR, ResourceKind.TOOL,
          ResourceKind.LAB)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Capability:
    """Minutes of a resource: (buckets,) int64 each.

    Attributes
    ----------
    units : int
        Most units that its calendar, or the plan's overtime, ever opens.
    committed : (buckets,) int64
        What the plan uses: runs, setups, inspections.
    available : (buckets,) int64
        Working minutes, with the overtime that the plan opens and without maintenance, that are left.
    unattainable : (buckets,) int64
        All others: closed, or maintenance.
    """

    resource: str
    kind: ResourceKind
    units: int
    committed: Ints
    available: Ints
    unattainable: Ints

    @property
    def total(self) -> Ints:
        """All minutes of all units."""
        return self.committed + self.available + self.unattainable


def capabilities(case: Case) -> tuple[Capability, ...]:
    """Return the capability of every resource that works, in the order of the table.

    Parameters
    ----------
    case : Case
        Of a verified plan.
    """
    used: dict[str, Ints] = {}
    for table in (tail.loads(case), tail.labs(case), tail.labour(case), tail.tools(case)):
        used |= table
    none = np.zeros(len(case.timeline), dtype=np.int64)
    length = case.timeline.ends - case.timeline.starts
    found = []
    for row in case.plant.resources:
        if row.kind not in _KINDS:
            continue
        opened = case.time.calendar(row.calendar, CalendarKind.WORK, row.capacity).intervals()
        working = case.working(row.resource).intervals()
        units = max([row.capacity, *(capacity for _, _, capacity in (*opened, *working))])
        committed = used.get(row.resource, none)
        available = np.maximum(tail.room(case, row.resource) - committed, 0)
        rest = length * units - committed - available
        found.append(Capability(row.resource, row.kind, units, committed, available, rest))
    return tuple(found)
