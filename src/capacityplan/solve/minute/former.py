"""Where the previous plan has the operations of a window's lots, in the search's numbers."""

from __future__ import annotations

from collections import defaultdict

from capacityplan.domain.replanning import PreviousRun
from capacityplan.solve.dispatch import Ground
from capacityplan.solve.minute.arrays import NEVER
from capacityplan.solve.minute.build import Builder

Row = tuple[int, int, int, int, int, int]
"""Operation, first and last minute at which it has not moved, its start, resource and quantity (-1: any)."""
_ANY = -1


def former_rows(ground: Ground, builder: Builder) -> list[list[Row]]:
    """Return rows by lot: nothing where the lot is new."""
    plant, nodes = ground.plant, builder.nodes
    standing = {(row.order, row.operation) for row in plant.receipts}
    in_progress = {row.order for row in plant.receipts}
    before: dict[str, list[PreviousRun]] = defaultdict(list)
    for row in plant.previous_runs:
        before[row.lot].append(row)
    found: list[list[Row]] = []
    for lot in builder.lots:
        rows = []
        for row in before[lot.lot]:
            if row.operation in nodes.operations and (row.lot, row.operation) not in standing:
                rows.append(_row(ground, builder, row, row.lot in in_progress))
        rows += [
            (nodes.operations[operation], -NEVER, NEVER, 0, _ANY, _ANY)
            for order, operation in sorted(standing)
            if order == lot.lot and operation in nodes.operations
        ]
        found.append(rows)
    return found


def _row(ground: Ground, builder: Builder, row: PreviousRun, in_progress: bool) -> Row:
    slack = ground.plant.costs.change_tolerance_minutes
    to_the_minute = row.start == row.until
    resource = builder.nodes.resources.get(row.resource, len(builder.nodes.resources))
    return (
        builder.nodes.operations[row.operation], row.start - slack, row.until + slack, max(row.start, 0),
        resource if to_the_minute else _ANY, row.quantity if to_the_minute and not in_progress else _ANY,
    )  # fmt: skip
