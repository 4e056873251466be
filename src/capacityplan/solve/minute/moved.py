"""What a schedule changes of the previous plan, and what that costs (docs/model.md, section 10).

As the ledger counts it, for what lies in the window: lots that the plan does not make at all cost the
same whatever the schedule is.
"""

from __future__ import annotations

from capacityplan.solve.minute.arrays import (
    IS_PLACED,
    LOTS,
    MODE_RESOURCE,
    OPERATION,
    PLACED,
    PLACED_WIDTH,
    RUN,
    RUN_LOT,
    RUN_MODE,
    RUN_NODE,
    RUN_QUANTITY,
    RUN_START,
    RUN_WIDTH,
    RUNS,
    WINDOW_END,
    Floats,
    Ints,
)
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.prices import (
    F_ZONES,
    FORMER_AT,
    FORMER_FROM,
    FORMER_OPERATION,
    FORMER_QUANTITY,
    FORMER_RESOURCE,
    FORMER_START,
    FORMER_TO,
    FROZEN_END,
    REPLANNED,
    SLUSHY_END,
)


@compiled
def _zone(q: Ints, f: Floats, minute: int) -> float:
    """Money for a change at a minute."""
    if minute < q[FROZEN_END]:
        return float(f[q[F_ZONES]])
    return float(f[q[F_ZONES] + 1] if minute < q[SLUSHY_END] else f[q[F_ZONES] + 2])


@compiled
def _former(q: Ints, lot: int, operation: int) -> int:
    """Where the previous plan has an operation of a lot; -1: nowhere."""
    for k in range(q[q[FORMER_AT] + lot], q[q[FORMER_AT] + lot + 1]):
        if q[q[FORMER_OPERATION] + k] == operation:
            return int(k)
    return -1


@compiled
def _stays(q: Ints, k: int, start: int, resource: int, quantity: int) -> bool:
    """Whether a run is where it was."""
    if start < q[q[FORMER_FROM] + k] or start > q[q[FORMER_TO] + k]:
        return False
    before, was = q[q[FORMER_RESOURCE] + k], q[q[FORMER_QUANTITY] + k]
    return bool((before < 0 or before == resource) and (was < 0 or was == quantity))


@compiled
def moved(p: Ints, s: Ints, q: Ints, f: Floats) -> float:
    """Charge operations that are not where the previous plan has them."""
    total = 0.0
    if q[REPLANNED] == 0:
        return total
    for row in range(s[RUN], s[RUN] + s[RUNS] * RUN_WIDTH, RUN_WIDTH):
        k = _former(q, s[row + RUN_LOT], p[p[OPERATION] + s[row + RUN_NODE]])
        start, resource = s[row + RUN_START], p[p[MODE_RESOURCE] + s[row + RUN_MODE]]
        if k < 0:
            total += _zone(q, f, start)
        elif not _stays(q, k, start, resource, s[row + RUN_QUANTITY]):
            total += _zone(q, f, min(start, q[q[FORMER_START] + k]))
    for lot in range(p[LOTS]):
        if s[s[PLACED] + lot * PLACED_WIDTH + IS_PLACED]:
            continue
        for k in range(q[q[FORMER_AT] + lot], q[q[FORMER_AT] + lot + 1]):
            if q[q[FORMER_TO] + k] < p[WINDOW_END]:
                total += _zone(q, f, q[q[FORMER_START] + k])
    return total
