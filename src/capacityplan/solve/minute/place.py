"""Compiled placing of lots: components, runs, inspections, rework.

Says the same as `solve.dispatch.dispatch`; the tests hold them equal.
"""

from __future__ import annotations

from capacityplan.solve.minute.arrays import (
    ANALYSTS,
    ARTWORK,
    COMPLETED,
    COMPLETION,
    COMPLETION_WIDTH,
    COUNTERS,
    COUNTS,
    DELAY,
    EVERY,
    GATE_BIT,
    GATES,
    INSPECTION,
    INSPECTION_WIDTH,
    INSPECTIONS,
    IS_PLACED,
    KNOWN,
    LAB,
    LAB_LABOUR,
    LAB_LAST,
    LAB_LATEST,
    LAB_MINUTES,
    LAB_WAIT,
    LIFE,
    LOCK_AT,
    LOCK_END,
    LOCK_START,
    LOT_FLOOR,
    LOT_ITEM,
    LOT_NODE,
    LOT_PHASE_OUT,
    LOT_RECEIPT,
    MAX_WAIT,
    MIN_WAIT,
    MINUTES,
    NEED_AT,
    NEED_FROM,
    NEED_ITEM,
    NEED_QUANTITY,
    NEED_TO,
    OBJECTS,
    OUT_GOOD,
    OUT_NEXT,
    OUTCOME_AT,
    PERISHABLE,
    PLACED,
    PLACED_END,
    PLACED_GOOD,
    PLACED_RELEASED,
    PLACED_WIDTH,
    POOL_OF,
    ROW_AT,
    ROW_BIT,
    ROW_ROW,
    RUN,
    RUN_MODE,
    RUN_WIDTH,
    RUNS,
    SLOTS,
    STEP_AT,
    STEP_REWORK,
    STEP_ROW,
    TAKES,
    TAKING,
    TAKING_WIDTH,
    TAKINGS,
    USED,
    WINDOW_END,
    Ints,
)
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.floor import (
    available,
    change,
    clash,
    count_up,
    covers,
    dated_inflow,
    dated_outflow,
    finish,
    gate_up,
    next_inflow,
    next_open,
    occupy,
    take_back,
)
from capacityplan.solve.minute.runs import NO_SLOT, Slot, operate
from capacityplan.solve.minute.stream import WHOLE, Passing, first, passes

_TRIES, _DELAYS = 400, 40
_PHASES, _CONSUMPTION = 4, 1


@compiled
def _valid(p: Ints, k: int, minute: int) -> bool:
    return bool(p[p[NEED_FROM] + k] <= minute and minute < p[p[NEED_TO] + k])


@compiled
def _fresh(p: Ints, s: Ints, item: int, quantity: int, minute: int) -> int:
    """First minute from which a quantity stays free and has not expired when taken; or -1."""
    first = available(p, s, item, quantity, minute)
    dated = p[p[PERISHABLE] + item]
    if first < 0 or dated < 0:
        return first
    moment = first
    while moment >= 0:
        if (
            covers(s, dated, moment * _PHASES + _CONSUMPTION, quantity, moment + 1)
            and available(p, s, item, quantity, moment) == moment
        ):
            return moment
        moment = next_inflow(s, dated, moment, _PHASES)
    return -1


@compiled
def _changed(p: Ints, node: int, one: int, other: int) -> bool:
    """Whether an operation's bill has other lines at one minute than at another."""
    for k in range(p[p[NEED_AT] + node], p[p[NEED_AT] + node + 1]):
        if _valid(p, k, one) != _valid(p, k, other):
            return True
    return False


@compiled
def _components_from(p: Ints, s: Ints, node: int, ready: int) -> int:
    """First minute at which an operation's components are there, by the bill of then; -1 if never."""
    while True:
        asked = ready
        for k in range(p[p[NEED_AT] + node], p[p[NEED_AT] + node + 1]):
            if _valid(p, k, asked):
                ready = _fresh(p, s, p[p[NEED_ITEM] + k], p[p[NEED_QUANTITY] + k], ready)
                if ready < 0:
                    return -1
        if not _changed(p, node, asked, ready):
            return ready


@compiled
def _take(p: Ints, s: Ints, lot: int, node: int, start: int) -> bool:
    """Take components at a run's start; False where they would have expired by then."""
    for k in range(p[p[NEED_AT] + node], p[p[NEED_AT] + node + 1]):
        if not _valid(p, k, start):
            continue
        item, quantity = p[p[NEED_ITEM] + k], p[p[NEED_QUANTITY] + k]
        dated = p[p[PERISHABLE] + item]
        if dated >= 0:
            key = start * _PHASES + _CONSUMPTION
            if not covers(s, dated, key, quantity, start + 1):
                return False
            dated_outflow(s, dated, key, quantity, start + 1)
        change(s, item, start, -quantity)
        _note_taking(s, item, quantity, start, lot)
    return True


@compiled
def _note_taking(s: Ints, item: int, quantity: int, minute: int, lot: int) -> None:
    row = s[TAKING] + s[TAKINGS] * TAKING_WIDTH
    s[row], s[row + 1], s[row + 2], s[row + 3] = item, quantity, minute, lot
    s[TAKINGS] += 1


@compiled
def _step(
    p: Ints, s: Ints, lot: int, node: int, ready: int, floor: int, forced: int, passing: Passing
) -> Slot:
    """Place an operation with its components."""
    if p[p[TAKES] + node] == 0:
        return operate(p, s, lot, node, max(ready, p[p[ARTWORK] + node]), floor, forced, passing)
    moment = _components_from(p, s, node, ready)
    if moment < 0:
        return NO_SLOT
    slot = operate(p, s, lot, node, max(moment, p[p[ARTWORK] + node]), floor, forced, passing)
    if slot[2] < 0:
        return NO_SLOT
    # Where the bill has changed by then, what it takes now has to be there too.
    if _changed(p, node, moment, slot[1]) and _components_from(p, s, node, slot[1]) != slot[1]:
        return NO_SLOT
    return slot if _take(p, s, lot, node, slot[1]) else NO_SLOT


@compiled
def _inspect(p: Ints, s: Ints, name: int, row: int, ready: int) -> int:
    """Release of an object by an inspection on its lab; -1 if there is no place."""
    r = p[p[LAB] + row]
    pool = p[p[POOL_OF] + r]
    start = next_open(p, r, ready)
    for _ in range(_TRIES):
        end = finish(p, r, start, p[p[LAB_MINUTES] + row]) if start >= 0 else -1
        if end < 0 or end > p[p[LAB_LATEST] + row]:
            return -1
        found = clash(p, s, pool, r, start, end, p[p[SLOTS] + row])
        staffed = p[p[ANALYSTS] + row] > 0 and p[p[LAB_LABOUR] + row] >= 0
        if found < 0 and staffed:
            found = clash(p, s, p[p[POOL_OF] + p[p[LAB_LABOUR] + row]], r, start, end, p[p[ANALYSTS] + row])
        if found < 0:
            occupy(p, s, pool, r, start, end, p[p[SLOTS] + row])
            if staffed:
                occupy(p, s, p[p[POOL_OF] + p[p[LAB_LABOUR] + row]], r, start, end, p[p[ANALYSTS] + row])
            at = s[INSPECTION] + s[INSPECTIONS] * INSPECTION_WIDTH
            s[at], s[at + 1], s[at + 2], s[at + 3] = name, row, start, end
            s[INSPECTIONS] += 1
            return int(end + p[p[LAB_WAIT] + row])
        start = next_open(p, r, found + 1)
    return -1


@compiled
def subject(p: Ints, s: Ints, node: int, name: int, completed: int) -> int:
    """Set (as bits) of inspections that an object is subject to, by the last count or by turn."""
    bits = 0
    for k in range(p[p[ROW_AT] + node], p[p[ROW_AT] + node + 1]):
        row = p[p[ROW_ROW] + k]
        if p[p[ROW_BIT] + k] < 0:
            continue
        done = s[COMPLETION] + s[COMPLETED] * COMPLETION_WIDTH
        s[done], s[done + 1], s[done + 2] = row, completed, name
        s[COMPLETED] += 1
        hit = s[s[COUNTS] + row] % p[p[EVERY] + row] == 0
        if s[s[KNOWN] + row * p[OBJECTS] + name] >= 0:
            hit = s[s[KNOWN] + row * p[OBJECTS] + name] == 1
        s[s[USED] + row * p[OBJECTS] + name] = hit
        if hit:
            bits |= 1 << p[p[ROW_BIT] + k]
        count_up(s, row)
    return bits


@compiled
def inspected(p: Ints, s: Ints, lot: int, name: int, outcome: int, end: int) -> int:
    """Release of an object after an outcome's inspections and reworks (lot -1: none); or -1."""
    released = end
    for k in range(p[p[STEP_AT] + outcome], p[p[STEP_AT] + outcome + 1]):
        row = p[p[STEP_ROW] + k]
        after = _inspect(p, s, name, row, released if p[p[LAB_LAST] + row] else end)
        if after >= 0 and p[p[STEP_REWORK] + k] >= 0 and lot >= 0:
            after = operate(p, s, lot, p[p[STEP_REWORK] + k], after, 0, -1, WHOLE)[2]
        if after < 0:
            return -1
        released = max(released, after)
    return released


@compiled
def stock_in(p: Ints, s: Ints, item: int, quantity: int, minute: int, expiry: int) -> None:
    """Make a quantity free from a minute on."""
    if minute >= p[MINUTES]:
        return
    change(s, item, minute, quantity)
    dated = p[p[PERISHABLE] + item]
    if dated >= 0:
        dated_inflow(s, dated, minute * _PHASES, quantity, expiry)


@compiled
def note_object(s: Ints, name: int, end: int, released: int, good: int) -> None:
    """Note what became of a lot or an arrival."""
    row = s[PLACED] + name * PLACED_WIDTH
    s[row + IS_PLACED], s[row + PLACED_END] = 1, end
    s[row + PLACED_RELEASED], s[row + PLACED_GOOD] = released, good


@compiled
def _complete(p: Ints, s: Ints, lot: int, node: int, end: int) -> bool:
    item = p[p[LOT_ITEM] + lot]
    bits = subject(p, s, node, lot, end)
    if p[p[GATE_BIT] + node] >= 0 and s[s[GATES] + item] == 0:
        bits |= 1 << p[p[GATE_BIT] + node]
    gate_up(s, item)
    outcome = p[p[OUTCOME_AT] + node] + bits
    released = inspected(p, s, lot, lot, outcome, end)
    if released < 0:
        return False
    stock_in(p, s, item, p[p[OUT_GOOD] + outcome], released, end + p[p[LIFE] + item])
    note_object(s, lot, end, released, p[p[OUT_GOOD] + outcome])
    for k in range(p[p[NEED_AT] + node], p[p[NEED_AT] + node + 1]):
        # By-products: free at the end of the last run, noted as taken with less than nothing.
        beside, coming = p[p[NEED_ITEM] + k], p[p[NEED_QUANTITY] + k]
        stock_in(p, s, beside, coming, end, end + p[p[LIFE] + beside])
        _note_taking(s, beside, -coming, end, lot)
    return True


@compiled
def _may_start(p: Ints, lot: int, slot: Slot) -> bool:
    if slot[0] >= p[WINDOW_END] or slot[1] >= p[p[LOT_PHASE_OUT] + lot]:
        return False
    for k in range(p[p[LOCK_AT] + lot], p[p[LOCK_AT] + lot + 1]):
        if p[p[LOCK_START] + k] <= slot[1] and slot[1] < p[p[LOCK_END] + k]:
            return False
    return True


@compiled
def _try(p: Ints, s: Ints, lot: int, earliest: int, forced: Ints) -> bool:
    node = p[p[LOT_NODE] + lot]
    floor = max(earliest, p[p[LOT_FLOOR] + lot])
    ready, latest, index = floor, -1, 0
    end, passing = floor, WHOLE
    while p[p[TAKES] + node] >= 0:
        slot = _step(p, s, lot, node, ready, floor, forced[min(index, len(forced) - 1)], passing)
        if slot[2] < 0:
            return False
        if latest >= 0 and slot[1] > latest:
            s[DELAY] = slot[1] - latest
            return False
        if index == 0 and p[p[LOT_RECEIPT] + lot] == 0 and not _may_start(p, lot, slot):
            return False
        end = slot[2]
        last = s[RUN] + (s[RUNS] - 1) * RUN_WIDTH
        passing = passes(p, s[last + RUN_MODE], slot[1], end, p[p[MIN_WAIT] + node])
        outcome = p[p[OUTCOME_AT] + node] + subject(p, s, node, lot, end)
        released = inspected(p, s, lot, lot, outcome, end)
        if released < 0:
            return False
        latest = end + p[p[MAX_WAIT] + node] if p[p[MAX_WAIT] + node] >= 0 and released == end else -1
        ready = released + p[p[MIN_WAIT] + node] if passing[0] < 0 else max(floor, first(p, passing))
        node = p[p[OUT_NEXT] + outcome]
        index += 1
    return _complete(p, s, lot, node, end)


@compiled
def place(p: Ints, s: Ints, lot: int, earliest: int, forced: Ints) -> bool:
    """Place a lot with everything it needs; leave no trace where that fails.

    Where a longest wait would be exceeded, the lot is tried again later by the excess.
    """
    before = s[:COUNTERS].copy()
    for _ in range(_DELAYS):
        s[DELAY] = 0
        if _try(p, s, lot, earliest, forced):
            return True
        delay = s[DELAY]
        take_back(p, s, before)
        if delay == 0:
            return False
        earliest += delay
    return False
