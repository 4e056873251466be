"""Compiled decoding: an order of lots becomes a schedule, counted inspections settled.

Says the same as `solve.dispatch.dispatch.dispatched`; the tests hold them equal.
"""

from __future__ import annotations

from capacityplan.solve.minute.arrays import (
    ARRIVAL_COUNTED,
    ARRIVAL_EXPIRY,
    ARRIVAL_ITEM,
    ARRIVAL_MINUTE,
    ARRIVAL_NODE,
    ARRIVALS,
    COMPLETED,
    COMPLETION,
    COMPLETION_WIDTH,
    COUNTERS,
    COUNTS,
    EVENT_COUNT,
    EVERY,
    GATES,
    IN_COUNT,
    INITIAL,
    INSPECTION_ROWS,
    ITEMS,
    KNOWN,
    LAST,
    LOTS,
    OBJECTS,
    OUT_COUNT,
    OUT_GOOD,
    OUTCOME_AT,
    PLACED,
    PLACED_WIDTH,
    RANK,
    RESOURCES,
    STATE_GROUP,
    STEP_AT,
    STOCK_EXPIRY,
    STOCK_ITEM,
    STOCK_MINUTE,
    STOCK_QUANTITY,
    STOCKS,
    USED,
    WINDOW_END,
    Ints,
)
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.floor import empty_pools
from capacityplan.solve.minute.place import inspected, note_object, place, stock_in, subject

_RECOUNTS = 6


@compiled
def _fill(s: Ints, begin: int, count: int, value: int) -> None:
    for k in range(begin, begin + count):
        s[k] = value


@compiled
def _reset(p: Ints, s: Ints) -> None:
    """Take everything off the floor again."""
    empty_pools(p, s)
    _fill(s, 0, COUNTERS, 0)
    _fill(s, s[LAST], p[RESOURCES], 0)
    for r in range(p[RESOURCES]):
        s[s[STATE_GROUP] + r] = p[p[INITIAL] + r]
    _fill(s, s[EVENT_COUNT], p[ITEMS], 0)
    _fill(s, s[IN_COUNT], p[ITEMS], 0)
    _fill(s, s[OUT_COUNT], p[ITEMS], 0)
    _fill(s, s[COUNTS], p[INSPECTION_ROWS], 0)
    _fill(s, s[GATES], p[ITEMS], 0)
    _fill(s, s[PLACED], p[OBJECTS] * PLACED_WIDTH, 0)


@compiled
def _arrive(p: Ints, s: Ints) -> None:
    """Take in stock, open orders and purchases, inspected where they must be."""
    for k in range(p[STOCKS]):
        item, quantity = p[p[STOCK_ITEM] + k], p[p[STOCK_QUANTITY] + k]
        stock_in(p, s, item, quantity, p[p[STOCK_MINUTE] + k], p[p[STOCK_EXPIRY] + k])
    for k in range(p[ARRIVALS]):
        minute, node, name = p[p[ARRIVAL_MINUTE] + k], p[p[ARRIVAL_NODE] + k], p[LOTS] + k
        bits = p[p[OUTCOME_AT] + node + 1] - p[p[OUTCOME_AT] + node] - 1
        if p[p[ARRIVAL_COUNTED] + k]:
            bits = subject(p, s, node, name, minute)
        later = p[p[ARRIVAL_COUNTED] + k] > 0 and minute >= p[WINDOW_END]
        outcome = p[p[OUTCOME_AT] + node] + bits
        if later and p[p[STEP_AT] + outcome] < p[p[STEP_AT] + outcome + 1]:
            continue
        released = inspected(p, s, -1, name, outcome, minute)
        if released >= 0:
            item, good = p[p[ARRIVAL_ITEM] + k], p[p[OUT_GOOD] + outcome]
            stock_in(p, s, item, good, released, p[p[ARRIVAL_EXPIRY] + k])
            if not later:
                # What arrives after the window is charged with the tail.
                note_object(s, name, minute, released, good)


@compiled
def _before(p: Ints, s: Ints, a: int, b: int) -> bool:
    """Whether one completion of an inspection row comes before another: by minute, then name."""
    if s[a + 1] != s[b + 1]:
        return bool(s[a + 1] < s[b + 1])
    return bool(p[p[RANK] + s[a + 2]] < p[p[RANK] + s[b + 2]])


@compiled
def _recount(p: Ints, s: Ints) -> bool:
    """Note who is subject to what by the real order of completion; whether it was so."""
    _fill(s, s[KNOWN], p[INSPECTION_ROWS] * p[OBJECTS], -1)
    same = True
    first = s[COMPLETION]
    end = first + s[COMPLETED] * COMPLETION_WIDTH
    for a in range(first, end, COMPLETION_WIDTH):
        place_of = 0
        for b in range(first, end, COMPLETION_WIDTH):
            if s[b] == s[a] and _before(p, s, b, a):
                place_of += 1
        hit = 1 if place_of % p[p[EVERY] + s[a]] == 0 else 0
        at = s[a] * p[OBJECTS] + s[a + 2]
        s[s[KNOWN] + at] = hit
        same = same and s[s[USED] + at] == hit
    return same


@compiled
def _begin(p: Ints, s: Ints, started: int, forced: Ints) -> None:
    _reset(p, s)
    _arrive(p, s)
    width = len(forced) // p[LOTS]
    for lot in range(started):
        place(p, s, lot, 0, forced[lot * width : (lot + 1) * width])


@compiled
def open_floor(p: Ints, s: Ints, started: int, forced: Ints) -> None:
    """Take everything off the floor, take in what arrives, place the orders in progress."""
    _fill(s, s[KNOWN], p[INSPECTION_ROWS] * p[OBJECTS], -1)
    _begin(p, s, started, forced)


@compiled
def decode(p: Ints, s: Ints, order: Ints, earliest: Ints, forced: Ints) -> None:
    """Place all orders in progress, then the lots in the given order.

    Parameters
    ----------
    p, s : flat arrays
        Problem and state; the state holds the schedule afterwards.
    order : (wishes,) int64
        Numbers of lots, orders in progress left out.
    earliest : (lots,) int64, minutes
    forced : (lots x operations) int64, flat
        Resource of each operation, -1 leaves the choice open.
    """
    width = len(forced) // p[LOTS]
    _fill(s, s[KNOWN], p[INSPECTION_ROWS] * p[OBJECTS], -1)
    for _ in range(_RECOUNTS):
        _begin(p, s, p[LOTS] - len(order), forced)
        for lot in order:
            place(p, s, lot, earliest[lot], forced[lot * width : (lot + 1) * width])
        if _recount(p, s):
            break
