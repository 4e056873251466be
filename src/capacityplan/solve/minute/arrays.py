"""The window's scheduling problem and the state of a decoding, each in one flat array of integers.

Quantities are exact integers, worked out before (a *node* is an operation entered with a quantity;
an *outcome* is what a set of inspections makes of it), so that the compiled code needs no rational
arithmetic. ``-1`` stands for none, ``NEVER`` for no limit.

A flat array begins with a header: ``p[X]`` is a number, or where the table of x begins, so that
``p[p[X] + k]`` is entry ``k``. Tables whose names end in ``_AT`` hold where the rows of an entry
begin: the rows of ``k`` are ``p[p[X_AT] + k]`` up to ``p[p[X_AT] + k + 1]``, left out. One array
each, since compiled functions take arrays by value: with a hundred of them compiling took minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Shorts = npt.NDArray[np.int32]
NEVER = 1 << 60

(
    # Numbers.
    MINUTES, WINDOW_END, LOTS, OBJECTS, RESOURCES, ITEMS, GROUPS, INSPECTION_ROWS, STOCKS, ARRIVALS,
    # Resources: working time, setup state, pools of units by the minute, overtime opened.
    CAL_AT, CAL_START, CAL_END, CAL_BEFORE, CAL_TOTAL, UNARY, IN_BREAKS, MATRIX, INITIAL, CHANGE_MINUTES,
    POOL_OF, OVER_AT, OVER_START, OVER_END,
    # Nodes, their modes and components.
    OPERATION, QUANTITY, BATCH_SIZE, PAUSABLE, GROUP_OF, ARTWORK, MIN_WAIT, MAX_WAIT, TAKES, GATE_ITEM,
    GATE_BIT, MODE_AT, MODE_RESOURCE, MODE_SETUP, MODE_FULL, MODE_REST, USE_AT, USE_POOL,
    USE_UNITS, NEED_AT, NEED_ITEM, NEED_QUANTITY, NEED_FROM, NEED_TO,
    # Transfer batches by mode: minutes after which they are done (to pass on), and begun (by what follows).
    DONE_AT, DONE, BEGUN_AT, BEGUN,
    # Inspections of nodes, outcomes, inspection rows.
    ROW_AT, ROW_ROW, ROW_BIT, OUTCOME_AT, OUT_NEXT, OUT_GOOD, STEP_AT, STEP_ROW, STEP_REWORK,
    LAB, LAB_LABOUR, SLOTS, ANALYSTS, LAB_MINUTES, LAB_WAIT, LAB_LATEST, LAB_LAST, EVERY,
    # Lots, arrivals, stock, items.
    LOT_NODE, LOT_ITEM, LOT_RECEIPT, LOT_FLOOR, LOT_PHASE_OUT, LOCK_AT, LOCK_START, LOCK_END,
    ARRIVAL_MINUTE, ARRIVAL_ITEM, ARRIVAL_NODE, ARRIVAL_COUNTED, ARRIVAL_EXPIRY,
    STOCK_ITEM, STOCK_QUANTITY, STOCK_MINUTE, STOCK_EXPIRY, PERISHABLE, LIFE, RANK,
) = range(90)  # fmt: skip
"""Header of a problem ``p``."""

(
    # Counters of rows written; the wait by which a lot failed; the minute before which runs must begin.
    RUNS, INSPECTIONS, TAKINGS, COMPLETED, JOURNAL, BATCHES, DELAY,
    # Units left in pools by the minute; what resources ran last, and of which setup group.
    LEFT, LAST, STATE_GROUP, DATED_ROOM,
    # Stock by item as changes at minutes; flows of items that expire.
    EVENT_AT, EVENT_COUNT, EVENT_MINUTE, EVENT_CHANGE, IN_COUNT, IN_ROWS, OUT_COUNT, OUT_ROWS, REST,
    # Batches open; objects counted by inspection row; lots by item; who is subject to what.
    BATCH, COUNTS, GATES, KNOWN, USED,
    # Rows: changes to take back, runs, inspections, takings, completions, what became of lots and arrivals.
    JOURNAL_ROWS, RUN, INSPECTION, TAKING, COMPLETION, PLACED,
) = range(31)  # fmt: skip
"""Header of a state ``s``."""

COUNTERS = 6
"""The counters at the head of a state: what is written since can be taken back with the journal."""
RUN_LOT, RUN_NODE, RUN_MODE, RUN_QUANTITY, RUN_SETUP, RUN_START, RUN_END, RUN_FROM, RUN_WORK, RUN_WIDTH = (
    range(10)
)
"""Columns of a run; from: the setup group before (-2: it joined a batch that paid)."""
BATCH_WIDTH, JOURNAL_WIDTH, INSPECTION_WIDTH, TAKING_WIDTH, COMPLETION_WIDTH, DATED_WIDTH = 7, 5, 4, 4, 3, 3
IS_PLACED, PLACED_END, PLACED_RELEASED, PLACED_GOOD, PLACED_WIDTH = range(5)
"""Columns of what became of an object: one row per lot, arrivals after the lots."""


def packed(entries: Mapping[int, int | Ints]) -> Ints:
    """Put numbers and tables into one flat array behind a header.

    Parameters
    ----------
    entries : mapping of header place to number or table
        One for every place of the header.
    """
    if sorted(entries) != list(range(len(entries))):
        raise ValueError("a place of the header is missing")
    tables: list[Ints] = []
    header = np.zeros(len(entries), dtype=np.int64)
    end = len(entries)
    for place in range(len(entries)):
        value = entries[place]
        if isinstance(value, int):
            header[place] = value
        else:
            header[place] = end
            tables.append(np.asarray(value, dtype=np.int64).ravel())
            end += value.size
    return np.concatenate([header, *tables])


def rows(array: Ints, begin: int, count: int, width: int) -> Ints:
    """View of a table of rows in a flat array."""
    return array[begin : begin + count * width].reshape(count, width)


class Rates:
    """Rates of all tables in one flat array, since compiled functions take arrays by value."""

    def __init__(self) -> None:
        self._rows: list[Floats] = []
        self._size = 0

    def add(self, values: Floats | Sequence[float]) -> int:
        """Append a table and return where it begins."""
        row = np.asarray(values, dtype=np.float64).ravel()
        self._rows.append(row)
        self._size += row.size
        return self._size - row.size

    def array(self) -> Floats:
        """All tables, one after the other."""
        return np.concatenate(self._rows)


def ints(values: Iterable[int]) -> Ints:
    """Table of numbers."""
    return np.array(list(values), dtype=np.int64)


def offsets(counts: Sequence[int]) -> Ints:
    """Where the rows of each entry begin, and where the last end."""
    return np.cumsum([0, *counts]).astype(np.int64)
