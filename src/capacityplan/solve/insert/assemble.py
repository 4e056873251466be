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
    plan = board.plan
    moved = board.setups_moved
    runs = tuple(
        replace(run, setup_start=moved[run.lot, run.operation, run.start])
        if (run.lot, run.operation, run.start) in moved
        else run
        for run in (*plan.runs, *board.runs)
    )
    setups = tuple(
        BucketSetups(name, bucket, groups)
        for name, lane in sorted(board.tails.items())
        for bucket, groups in sorted(lane.lists.items())
    )
    made = replace(
        plan,
        lots=(*plan.lots, *board.lots),
        runs=runs,
        bucket_runs=(*plan.bucket_runs, *board.bucket_runs),
        bucket_setups=setups,
        inspections=(*plan.inspections, *board.inspections),
        bucket_inspections=(*plan.bucket_inspections, *board.bucket_inspections),
        purchases=(*plan.purchases, *board.purchases),
        deliveries=deliveries,
        lost=lost,
        ledger=(),
        certificate=None,
    )
    return spared(board.plant, made)
