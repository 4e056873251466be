"""Lots that are not where the previous plan has them cost money (docs/model.md, section 10).

Formulation: made[i,t] - more[i,t] + less[i,t] = previous[i,t], both in typical lots and charged by
the zone of t; of an item the dearer of all that is more and all that is less is paid, since a lot
that is moved is one change and not two. In the tail neither quantities nor new lots matter: there
only fewer lots than before are less.
Relation: estimate. A lot that is changed a little costs a little here and all in the ledger; cutting
lots out keeps previous sizes where little speaks against it.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from capacityplan.formulate.builder import INFINITY, Builder, Ints
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.prepare.stability import Formerly, Stability


def applies(grid: Grid) -> bool:
    """Only where there is a previous plan, and changing it costs money."""
    return bool(grid.plant.previous_runs) and any(Stability(grid.plant).rates)


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """Charge what is made more and less than before, item by item."""
    stability = Stability(grid.plant)
    former = formerly(grid, stability)
    starts: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, start in enumerate(grid.starts):
        starts[start.item][start.flow.start].append(index)
    sizes = _sizes(stability)
    for item, by_bucket in starts.items():
        typical = sizes.get(grid.plant.items[item].item, 0.0)
        paid = builder.columns(1, cost=1.0)
        dearest = builder.rows(2, low=0.0)
        builder.post(dearest, paid, 1.0)
        for bucket, indices in by_bucket.items():
            lots = former.get((item, bucket), [])
            _compare(builder, grid, x, stability, bucket, np.array(indices), lots, dearest, typical)


def _compare(
    builder: Builder, grid: Grid, x: Variables, stability: Stability, bucket: int,
    indices: Ints, lots: list[Formerly], dearest: Ints,
    typical: float,
) -> None:  # fmt: skip
    """Post what is more and less than before in a bucket of an item to the item's two rows."""
    start = grid.starts[int(indices[0])]
    process, unit = grid.processes[start.process], float(grid.unit[start.item])
    in_window = bucket < grid.timeline.window_buckets
    if not in_window and not lots:
        return
    before = sum(lot.quantity for lot in lots) / unit
    typical = (typical or process.lot) / unit
    operations = lots[0].operations if lots else len(process.phases)
    begin = int(grid.timeline.starts[bucket])
    minute = min([begin, *(max(lot.start, 0) for lot in lots)])
    rate = stability.rate(minute) * operations
    counted = not in_window and bool((x.lots[indices] >= 0).all())
    columns = x.lots[indices] if counted else x.made[indices]
    previous, rate = (float(len(lots)), rate) if counted else (before, rate / max(typical, 1e-9))
    less = builder.columns(1)
    row = builder.rows(1, previous, previous if in_window else INFINITY)
    builder.post(row, columns, 1.0)
    builder.post(row, less, 1.0)
    builder.post(dearest[1], less, -rate)
    if in_window:
        more = builder.columns(1)
        builder.post(row, more, -1.0)
        builder.post(dearest[0], more, -rate)


def _sizes(stability: Stability) -> dict[str, float]:
    """Size of an average lot of the previous plan by item."""
    found: dict[str, list[int]] = defaultdict(list)
    for lot in stability.lots:
        found[lot.item].append(lot.quantity)
    return {item: sum(sizes) / len(sizes) for item, sizes in found.items()}


def formerly(grid: Grid, stability: Stability) -> dict[tuple[int, int], list[Formerly]]:
    """Lots of the previous plan by item and the bucket in which they begin."""
    found: dict[tuple[int, int], list[Formerly]] = defaultdict(list)
    for lot in stability.lots:
        bucket = grid.timeline.bucket_of_start(max(lot.start, 0))
        if lot.item in grid.items and bucket < grid.buckets:
            found[grid.items[lot.item], bucket].append(lot)
    return found
