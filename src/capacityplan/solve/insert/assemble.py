"""A plan with everything a board took on."""

from __future__ import annotations

from dataclasses import replace

from capacityplan.domain.plan import BucketSetups, Delivery, Lost, Plan
from capacityplan.solve.insert.board import Board
from capacityplan.solve.upkeep import spared


def assembled(board: Board, deliveries: tuple[Delivery, ...], lost: tuple[Lost, ...]) -> Plan:
    """Write the plan of a board, with these deliveries and losses.

    Returns
    -------
    Plan
        Without ledger and certificate.
    """
    plan, gone = board.plan, board.taken
    moved = board.setups_moved
    runs = tuple(
        replace(run, setup_start=moved[run.lot, run.operation, run.start])
        if (run.lot, run.operation, run.start) in moved
        else run
        for run in (*(run for run in plan.runs if run.lot not in gone), *board.runs)
    )
    setups = tuple(
        BucketSetups(name, bucket, groups)
        for name, lane in sorted(board.tails.items())
        for bucket, groups in sorted(lane.lists.items())
    )
    made = replace(
        plan,
        lots=(*(lot for lot in plan.lots if lot.lot not in gone), *board.lots),
        runs=runs,
        bucket_runs=(*(run for run in plan.bucket_runs if run.lot not in gone), *board.bucket_runs),
        bucket_setups=setups,
        inspections=(*(row for row in plan.inspections if row.object not in gone), *board.inspections),
        bucket_inspections=(
            *(row for row in plan.bucket_inspections if row.object not in gone), *board.bucket_inspections,
        ),
        purchases=(*plan.purchases, *board.purchases),
        deliveries=deliveries,
        lost=lost,
        ledger=(),
        certificate=None,
    )  # fmt: skip
    return spared(board.plant, made)
