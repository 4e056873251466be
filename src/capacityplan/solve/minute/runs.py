"""Compiled runs: the earliest place on every mode, batches joined where they can be.

Says the same as `solve.dispatch.machines`; the tests hold them equal.
"""

from __future__ import annotations

from capacityplan.solve.minute.arrays import (
    BATCH,
    BATCH_SIZE,
    BATCH_WIDTH,
    BATCHES,
    CHANGE_MINUTES,
    GROUP_OF,
    GROUPS,
    IN_BREAKS,
    LAST,
    MATRIX,
    MINUTES,
    MODE_AT,
    MODE_FULL,
    MODE_RESOURCE,
    MODE_REST,
    MODE_SETUP,
    NEVER,
    OPERATION,
    PAUSABLE,
    POOL_OF,
    QUANTITY,
    RUN,
    RUN_END,
    RUN_FROM,
    RUN_LOT,
    RUN_MODE,
    RUN_NODE,
    RUN_QUANTITY,
    RUN_SETUP,
    RUN_START,
    RUN_WIDTH,
    RUN_WORK,
    RUNS,
    STATE_GROUP,
    UNARY,
    USE_AT,
    USE_POOL,
    USE_UNITS,
    Ints,
)
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.floor import (
    begin,
    clash,
    finish,
    next_open,
    next_whole,
    note_machine,
    occupy,
    short_in,
    take,
    take_room,
)
from capacityplan.solve.minute.stream import WHOLE, Passing, earliest

_TRIES = 400
_JOINED = -2
NO_SLOT = (-1, -1, -1)
Slot = tuple[int, int, int]
"""Setup start, start, end."""


@compiled
def _changeover(p: Ints, s: Ints, r: int, group: int) -> int:
    """Minutes of the changeover from what a resource ran last."""
    before = s[s[STATE_GROUP] + r]
    matrix = p[p[MATRIX] + r]
    if p[p[UNARY] + r] == 0 or matrix < 0 or before < 0:
        return 0
    return int(p[p[CHANGE_MINUTES] + (matrix * p[GROUPS] + before) * p[GROUPS] + group])


@compiled
def _slot(p: Ints, node: int, r: int, start: int, free: int, setup: int, work: int) -> Slot:
    if setup > 0 and p[p[IN_BREAKS] + r] == 0:
        opened = next_open(p, r, free)
        done = finish(p, r, opened, setup) if opened >= 0 else -1
        if done < 0:
            return NO_SLOT
        start = max(start, done)
    elif setup > 0:
        start = max(start, free + setup)
    first = next_open(p, r, start) if p[p[PAUSABLE] + node] else next_whole(p, r, start, work)
    end = finish(p, r, first, work) if first >= 0 else -1
    if end < 0 or end > p[MINUTES]:
        return NO_SLOT
    if setup == 0:
        return first, first, end
    before = first - setup if p[p[IN_BREAKS] + r] else begin(p, r, first, setup)
    return (before, first, end) if before >= 0 or p[p[IN_BREAKS] + r] else NO_SLOT


@compiled
def _pool_clash(p: Ints, s: Ints, pool: int, r: int, slot: Slot, units: int) -> int:
    """Last minute of a run in which a pool has too few units; -1 if none."""
    if not p[p[IN_BREAKS] + r] or slot[0] >= slot[1]:
        return clash(p, s, pool, r, slot[0], slot[2], units)
    found = clash(p, s, pool, r, slot[1], slot[2], units)
    return found if found >= 0 else short_in(p, s, pool, slot[0], slot[1], units)


@compiled
def _clash(p: Ints, s: Ints, mode: int, r: int, slot: Slot) -> int:
    found = -1
    if p[p[UNARY] + r] == 0:
        found = _pool_clash(p, s, p[p[POOL_OF] + r], r, slot, 1)
    for k in range(p[p[USE_AT] + mode], p[p[USE_AT] + mode + 1]):
        if found < 0:
            found = _pool_clash(p, s, p[p[POOL_OF] + p[p[USE_POOL] + k]], r, slot, p[p[USE_UNITS] + k])
    return found


@compiled
def _fit(p: Ints, s: Ints, node: int, mode: int, work: int, ready: int, floor: int, latest: int) -> Slot:
    """Earliest place of a run on a mode's resource, after what is there; none that ends after ``latest``."""
    r = p[p[MODE_RESOURCE] + mode]
    free = max(s[s[LAST] + r] if p[p[UNARY] + r] else 0, floor)
    setup = p[p[MODE_SETUP] + mode] + _changeover(p, s, r, p[p[GROUP_OF] + node])
    start = max(ready, free)
    for _ in range(_TRIES):
        slot = _slot(p, node, r, start, free, setup, work)
        if slot[2] < 0 or slot[2] > latest:
            return NO_SLOT
        found = _clash(p, s, mode, r, slot)
        if found < 0:
            return slot
        following = next_open(p, r, found + 1)
        if following < 0:
            return NO_SLOT
        start = max(following, slot[1] + 1)
    return NO_SLOT


@compiled
def _fill(p: Ints, s: Ints, pool: int, r: int, slot: Slot, units: int) -> None:
    if p[p[IN_BREAKS] + r] and slot[0] < slot[1]:
        take(p, s, pool, slot[0], slot[1], units)
        occupy(p, s, pool, r, slot[1], slot[2], units)
    else:
        occupy(p, s, pool, r, slot[0], slot[2], units)


@compiled
def _write_run(
    s: Ints, lot: int, node: int, mode: int, quantity: int, slot: Slot, before: int, work: int
) -> None:
    row = s[RUN] + s[RUNS] * RUN_WIDTH
    s[row + RUN_LOT], s[row + RUN_NODE], s[row + RUN_MODE] = lot, node, mode
    s[row + RUN_QUANTITY], s[row + RUN_FROM], s[row + RUN_WORK] = quantity, before, work
    s[row + RUN_SETUP], s[row + RUN_START], s[row + RUN_END] = slot[0], slot[1], slot[2]
    s[RUNS] += 1


@compiled
def _book(p: Ints, s: Ints, lot: int, node: int, mode: int, quantity: int, work: int, slot: Slot) -> None:
    r = p[p[MODE_RESOURCE] + mode]
    if p[p[UNARY] + r] == 0:
        _fill(p, s, p[p[POOL_OF] + r], r, slot, 1)
    for k in range(p[p[USE_AT] + mode], p[p[USE_AT] + mode + 1]):
        _fill(p, s, p[p[POOL_OF] + p[p[USE_POOL] + k]], r, slot, p[p[USE_UNITS] + k])
    _write_run(s, lot, node, mode, quantity, slot, s[s[STATE_GROUP] + r], work)
    note_machine(s, r)
    s[s[LAST] + r], s[s[STATE_GROUP] + r] = slot[2], p[p[GROUP_OF] + node]


@compiled
def _best(
    p: Ints, s: Ints, node: int, full: bool, ready: int, floor: int, forced: int, passing: Passing
) -> tuple[int, int, Slot]:
    """Mode on which an operation ends first: (mode, run minutes, slot); mode -1 if none."""
    best, best_work, chosen = -1, 0, NO_SLOT
    for mode in range(p[p[MODE_AT] + node], p[p[MODE_AT] + node + 1]):
        if forced >= 0 and p[p[MODE_RESOURCE] + mode] != forced:
            continue
        work = p[p[MODE_FULL] + mode] if full else p[p[MODE_REST] + mode]
        able = max(ready, earliest(p, passing, mode, work))
        slot = _fit(p, s, node, mode, work, able, floor, NEVER if best < 0 else chosen[2])
        if slot[2] < 0:
            continue
        setup, known = slot[1] - slot[0], chosen[1] - chosen[0]
        if (
            best < 0
            or slot[2] < chosen[2]
            or (slot[2] == chosen[2] and setup < known and p[p[BATCH_SIZE] + node] == 0)
        ):
            best, best_work, chosen = mode, work, slot
    return best, best_work, chosen


@compiled
def _joinable(p: Ints, s: Ints, node: int, part: int, ready: int, forced: int) -> tuple[int, int]:
    """Return the first batch with room, and its mode; -1 if there is none."""
    for mode in range(p[p[MODE_AT] + node], p[p[MODE_AT] + node + 1]):
        r = p[p[MODE_RESOURCE] + mode]
        if forced >= 0 and r != forced:
            continue
        for k in range(s[BATCHES]):
            row = s[BATCH] + k * BATCH_WIDTH
            same = s[row] == r and s[row + 1] == p[p[OPERATION] + node]
            same = same and s[row + 2] == p[p[GROUP_OF] + node]
            if same and s[row + 3] >= ready and s[row + 6] >= part:
                return k, mode
    return -1, -1


@compiled
def _open_batch(p: Ints, s: Ints, node: int, mode: int, slot: Slot, room: int) -> None:
    row = s[BATCH] + s[BATCHES] * BATCH_WIDTH
    s[row], s[row + 1] = p[p[MODE_RESOURCE] + mode], p[p[OPERATION] + node]
    s[row + 2], s[row + 3], s[row + 4] = p[p[GROUP_OF] + node], slot[1], slot[2]
    s[row + 5], s[row + 6] = slot[0], room
    s[BATCHES] += 1


@compiled
def _batch(p: Ints, s: Ints, lot: int, node: int, ready: int, floor: int, forced: int) -> Slot:
    left, size = p[p[QUANTITY] + node], p[p[BATCH_SIZE] + node]
    setup, start, end = NO_SLOT
    while left > 0:
        part = min(left, size)
        k, mode = _joinable(p, s, node, part, ready, forced)
        if k >= 0:
            row = s[BATCH] + k * BATCH_WIDTH
            slot = (s[row + 5], s[row + 3], s[row + 4])
            take_room(s, k, part)
            _write_run(s, lot, node, mode, part, slot, _JOINED, 0)
        else:
            mode, work, slot = _best(p, s, node, part == size, ready, floor, forced, WHOLE)
            if mode < 0:
                return NO_SLOT
            _book(p, s, lot, node, mode, part, work, slot)
            _open_batch(p, s, node, mode, slot, size - part)
        first = end < 0
        setup = slot[0] if first else min(setup, slot[0])
        start = slot[1] if first else min(start, slot[1])
        end = max(end, slot[2])
        left -= part
    return setup, start, end


@compiled
def operate(
    p: Ints, s: Ints, lot: int, node: int, ready: int, floor: int, forced: int, passing: Passing
) -> Slot:
    """Place an operation where it ends first: (first setup start, first start, last end)."""
    if p[p[BATCH_SIZE] + node] > 0:
        return _batch(p, s, lot, node, ready, floor, forced)
    mode, work, slot = _best(p, s, node, True, ready, floor, forced, passing)
    if mode >= 0:
        _book(p, s, lot, node, mode, p[p[QUANTITY] + node], work, slot)
    return slot
