"""Room for a decoding: as much as the lots of a problem can come to, whatever is decided."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from capacityplan.solve.minute import arrays
from capacityplan.solve.minute.arrays import Ints, offsets, packed


@dataclass(slots=True)
class _Chain:
    """Most runs, inspections and takings (by item) that a lot can come to, over all outcomes."""

    runs: int = 0
    tests: int = 0
    items: list[int] = field(default_factory=list)


def blank_state(p: Ints, pools: Ints) -> Ints:
    """Make room for decoding a problem.

    Parameters
    ----------
    p : flat array
    pools : (pools, minutes) int64
        Units of each pool by the minute, nothing taken.
    """
    lots, objects, rows = int(p[arrays.LOTS]), int(p[arrays.OBJECTS]), int(p[arrays.INSPECTION_ROWS])
    resources, items, arrivals = int(p[arrays.RESOURCES]), int(p[arrays.ITEMS]), int(p[arrays.ARRIVALS])
    chains = [longest(p, int(node)) for node in _table(p, arrays.LOT_NODE, lots)]
    runs = sum(chain.runs for chain in chains) + 1
    tests = sum(chain.tests for chain in chains) + arrivals * rows + 1
    taken = np.array([item for chain in chains for item in chain.items], dtype=np.int64)
    moving = np.concatenate([
        taken, _table(p, arrays.LOT_ITEM, lots), _table(p, arrays.ARRIVAL_ITEM, arrivals),
        _table(p, arrays.STOCK_ITEM, int(p[arrays.STOCKS])),
    ])  # fmt: skip
    room = np.bincount(moving, minlength=items) + 1
    dated = _table(p, arrays.PERISHABLE, items) >= 0
    most = int(room[dated].max(initial=1))
    starts = _table(p, arrays.CAL_AT, resources + 1)
    breaks = int(np.diff(starts).max(initial=1)) + 1
    journal = (4 * runs + 2 * tests) * breaks + 4 * (runs + tests + int(room.sum()) + lots)
    tables: dict[int, int | Ints] = {
        arrays.LEFT: pools,
        arrays.LAST: resources,
        arrays.STATE_GROUP: resources,
        arrays.EVENT_AT: offsets(room.tolist()),
        arrays.EVENT_COUNT: items,
        arrays.EVENT_MINUTE: int(room.sum()),
        arrays.EVENT_CHANGE: int(room.sum()),
        arrays.IN_COUNT: items,
        arrays.IN_ROWS: int(dated.sum()) * most * arrays.DATED_WIDTH,
        arrays.OUT_COUNT: items,
        arrays.OUT_ROWS: int(dated.sum()) * most * arrays.DATED_WIDTH,
        arrays.REST: most,
        arrays.BATCH: runs * arrays.BATCH_WIDTH,
        arrays.COUNTS: rows,
        arrays.GATES: items,
        arrays.KNOWN: rows * objects,
        arrays.USED: rows * objects,
        arrays.JOURNAL_ROWS: journal * arrays.JOURNAL_WIDTH,
        arrays.RUN: runs * arrays.RUN_WIDTH,
        arrays.INSPECTION: tests * arrays.INSPECTION_WIDTH,
        arrays.TAKING: (len(taken) + 1) * arrays.TAKING_WIDTH,
        arrays.COMPLETION: tests * arrays.COMPLETION_WIDTH,
        arrays.PLACED: objects * arrays.PLACED_WIDTH,
    }
    entries: dict[int, int | Ints] = {place: 0 for place in range(arrays.LEFT)}
    entries[arrays.DATED_ROOM] = most
    for place, size in tables.items():
        entries[place] = np.zeros(size, dtype=np.int64) if isinstance(size, int) else size
    return packed(entries)


def _table(p: Ints, place: int, size: int) -> Ints:
    begin = int(p[place])
    return p[begin : begin + size]


def longest(p: Ints, first: int) -> _Chain:
    """Count what a lot whose first node is given can come to."""
    chain = _Chain()
    seen: set[int] = set()
    live = [first]
    while live:
        node = live.pop()
        if node < 0 or node in seen:
            continue
        seen.add(node)
        size, quantity = int(p[p[arrays.BATCH_SIZE] + node]), int(p[p[arrays.QUANTITY] + node])
        chain.runs += 1 + (quantity // size + 1 if size else 0)
        a, b = p[p[arrays.NEED_AT] + node], p[p[arrays.NEED_AT] + node + 1]
        chain.items += p[p[arrays.NEED_ITEM] + a : p[arrays.NEED_ITEM] + b].tolist()
        chain.tests += int(p[p[arrays.ROW_AT] + node + 1] - p[p[arrays.ROW_AT] + node]) + 1
        for outcome in range(p[p[arrays.OUTCOME_AT] + node], p[p[arrays.OUTCOME_AT] + node + 1]):
            live.append(int(p[p[arrays.OUT_NEXT] + outcome]))
            a, b = p[p[arrays.STEP_AT] + outcome], p[p[arrays.STEP_AT] + outcome + 1]
            chain.tests += int(b - a)
            live += p[p[arrays.STEP_REWORK] + a : p[arrays.STEP_REWORK] + b].tolist()
    return chain
