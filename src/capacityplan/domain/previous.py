"""The previous plan in the minutes of today's plant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.replanning import PreviousRun
from capacityplan.domain.timeline import Clock, Timeline


def minutes_since(plant: Plant, plan: Plan) -> int:
    """Minutes from the start of a plan to the start of a plant (a plan that tells none: 0)."""
    start = plan.provenance.start or plant.start
    return Clock(start, plant.timezone).minute(Clock(plant.start, plant.timezone).start)


def previous_runs(plant: Plant, plan: Plan, gone: Iterable[str] = ()) -> tuple[PreviousRun, ...]:
    """Return where a previous plan has every operation that is still to begin.

    Parameters
    ----------
    plant : Plant
        Today's; the previous plan's buckets are those of the same horizon at its own start.
    plan : Plan
        The previous plan.
    gone : iterable of str
        Lots that are finished or cancelled.

    Returns
    -------
    tuple of PreviousRun
        In minutes of the plant; of items and lots that are still there.
    """
    passed = minutes_since(plant, plan)
    known, left_out = {row.item for row in plant.items}, set(gone)
    items = {lot.lot: lot.item for lot in plan.lots if lot.item in known and lot.lot not in left_out}
    done = _done(plant)
    rows = [
        PreviousRun(
            run.lot, run.operation, items[run.lot], run.resource, run.quantity,
            run.start - passed, run.start - passed,
        )
        for run in plan.runs
        if run.lot in items and run.start >= passed and (run.lot, run.operation) not in done
    ]  # fmt: skip
    timeline = Timeline.of(replace(plant, start=plan.provenance.start or plant.start))
    for row in plan.bucket_runs:
        gone_by = row.lot not in items or (row.lot, row.operation) in done
        if gone_by or not row.load or row.load[0][0] >= len(timeline):
            continue
        bucket = row.load[0][0]
        begin, end = int(timeline.starts[bucket]) - passed, int(timeline.ends[bucket]) - passed
        if end > 0:
            rows.append(
                PreviousRun(row.lot, row.operation, items[row.lot], row.resource, row.quantity, begin, end)
            )
    return tuple(sorted(rows, key=lambda row: (row.start, row.lot, row.operation, row.resource)))


def _done(plant: Plant) -> set[tuple[str, str]]:
    """Operations that orders in progress have behind them."""
    routings = Lookup(plant).routings
    done = set()
    for row in plant.receipts:
        routing = routings.get((row.item, row.version), ())
        at = next((step.sequence for step in routing if step.operation == row.operation), None)
        done |= {(row.order, step.operation) for step in routing if at is None or step.sequence < at}
    return done
