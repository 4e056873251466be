"""Load of every resource against its capacity, by bucket."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacityplan.domain.plant import ResourceKind
from capacityplan.domain.timeline import Ints, Steps
from capacityplan.report.facts import Facts
from capacityplan.verify import tail


@dataclass(frozen=True, slots=True)
class Load:
    """Minutes of a resource: (buckets,) each.

    Attributes
    ----------
    run : int64
        Work on lots and inspections (labour and tools: all they are occupied).
    setup : int64
        Setups in working time.
    regular, overtime : int64
        Capacity without overtime (less planned maintenance), and overtime opened.
    """

    resource: str
    kind: ResourceKind
    run: Ints
    setup: Ints
    regular: Ints
    overtime: Ints

    @property
    def used(self) -> Ints:
        """Run and setup minutes."""
        return self.run + self.setup

    @property
    def capacity(self) -> Ints:
        """Regular and overtime minutes."""
        return self.regular + self.overtime


def loads(facts: Facts) -> tuple[Load, ...]:
    """Return the load of every resource that has work in the plan, machines first.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    tuple of Load
    """
    case = facts.case
    tables = (tail.loads(case), tail.labs(case), tail.labour(case), tail.tools(case))
    used = {name: minutes for table in tables for name, minutes in table.items()}
    setups = _setups(facts)
    none = np.zeros(len(facts.timeline), dtype=np.int64)
    found = []
    for row in facts.plant.resources:
        total = used.get(row.resource)
        if total is not None:
            setup = np.minimum(setups.get(row.resource, none), total)
            room = tail.room(case, row.resource)
            regular = np.minimum(case.bucket_minutes(_regular(facts, row.resource)), room)
            found.append(Load(row.resource, row.kind, total - setup, setup, regular, room - regular))
    order = list(ResourceKind)
    return tuple(sorted(found, key=lambda load: order.index(load.kind)))


def _regular(facts: Facts, resource: str) -> Steps:
    cuts = [(row.start, row.end) for row in facts.plan.maintenance if row.resource == resource]
    steps = facts.case.time.regular(resource)
    return steps.without(cuts) if cuts else steps


def _setups(facts: Facts) -> dict[str, Ints]:
    """Setup minutes by resource and bucket; setups outside working time take no capacity."""
    case = facts.case
    found: dict[str, Ints] = {}

    def add(resource: str, bucket: int, minutes: int) -> None:
        row = found.setdefault(resource, np.zeros(len(facts.timeline), dtype=np.int64))
        row[bucket] += minutes

    for resource, sequence in case.occupations.items():
        for one in sequence:
            for bucket, minutes in case.by_bucket(resource, one.setup_start, one.start):
                add(resource, bucket, minutes)
    for row, work in case.bucket_works:
        if not work.operation.batch_size:
            add(row.resource, work.first, work.setup_minutes)
    for change in case.tail_changeovers:
        if change.cost is not None and not facts.lookup.resources[change.resource].setup_in_breaks:
            add(change.resource, change.bucket, change.cost[0])
    return found
