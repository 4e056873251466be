"""Small random plants with identical machines, which the relaxation counts together."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from capacityplan.domain import plant as q

COPIES = 3


def with_copies(plant: q.Plant, rng: Random) -> q.Plant:
    """Give machines of one unit copies that begin in states and stand still at times of their own."""
    groups = sorted({row.setup_group for row in plant.items if row.setup_group})
    again = {row.rework_operation for row in plant.inspections if row.rework_operation}
    # Plans are built with one place where rejects are worked on again.
    single = {mode.resource for mode in plant.operation_resources if mode.operation in again}
    ends: dict[str, list[str]] = {row.resource: [] for row in plant.resources}
    for row in plant.resources:
        if row.kind is q.ResourceKind.MACHINE and row.capacity == 1 and row.resource not in single:
            ends[row.resource] = [f"{row.resource}-{number}" for number in range(COPIES)]
    resources = list(plant.resources)
    for row in plant.resources:
        for name in ends[row.resource]:
            begins = rng.choice(["", *groups]) if row.changeover_matrix else ""
            resources.append(replace(row, resource=name, initial_setup_group=begins))
    modes, pools = list(plant.operation_resources), list(plant.operation_pools)
    for mode in plant.operation_resources:
        modes += [replace(mode, resource=name) for name in ends[mode.resource]]
    for pool in plant.operation_pools:
        pools += [replace(pool, resource=name) for name in ends[pool.resource]]
    still = [
        q.Downtime(f"D-{name}", name, start=begin, end=begin + 60 * rng.randrange(1, 12))
        for names in ends.values()
        for name in names
        if rng.random() < 0.3
        for begin in [60 * rng.randrange(72)]
    ]
    return replace(
        plant, resources=tuple(resources), operation_resources=tuple(modes), operation_pools=tuple(pools),
        downtime=(*plant.downtime, *still),
    )  # fmt: skip
