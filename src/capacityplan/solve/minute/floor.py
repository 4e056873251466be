"""Compiled time and stock: calendars by bisection, pools by the minute, stock by events, undo.

Says the same as `solve.dispatch.resources` and `solve.dispatch.floor`; the tests hold them equal.
"""

from __future__ import annotations

from capacityplan.solve.minute.arrays import (
    BATCH,
    BATCH_WIDTH,
    CAL_AT,
    CAL_BEFORE,
    CAL_END,
    CAL_START,
    CAL_TOTAL,
    COUNTERS,
    COUNTS,
    DATED_ROOM,
    DATED_WIDTH,
    EVENT_AT,
    EVENT_CHANGE,
    EVENT_COUNT,
    EVENT_MINUTE,
    GATES,
    IN_COUNT,
    IN_ROWS,
    JOURNAL,
    JOURNAL_ROWS,
    JOURNAL_WIDTH,
    LAST,
    LEFT,
    MINUTES,
    OUT_COUNT,
    OUT_ROWS,
    REST,
    STATE_GROUP,
    Ints,
)
from capacityplan.solve.minute.compiled import compiled

_POOL, _MACHINE, _STOCK, _INFLOW, _OUTFLOW, _ROOM, _COUNT, _GATE = range(8)


@compiled
def interval(p: Ints, r: int, minute: int) -> int:
    """Return the last interval that starts at or before a minute; one below the first if none."""
    low, high = p[p[CAL_AT] + r], p[p[CAL_AT] + r + 1]
    while low < high:
        middle = (low + high) // 2
        if p[p[CAL_START] + middle] <= minute:
            low = middle + 1
        else:
            high = middle
    return int(low - 1)


@compiled
def next_open(p: Ints, r: int, minute: int) -> int:
    """First working minute at or after an instant; -1 if there is none."""
    k = interval(p, r, minute)
    if k >= p[p[CAL_AT] + r] and minute < p[p[CAL_END] + k]:
        return minute
    return p[p[CAL_START] + k + 1] if k + 1 < p[p[CAL_AT] + r + 1] else -1


@compiled
def interval_of(p: Ints, r: int, total: int, low: int) -> int:
    """Return the interval in which the working minute number ``total`` (from 0) lies."""
    high = p[p[CAL_AT] + r + 1]
    while low < high:
        middle = (low + high) // 2
        if p[p[CAL_BEFORE] + middle] <= total:
            low = middle + 1
        else:
            high = middle
    return low - 1


@compiled
def finish(p: Ints, r: int, start: int, work: int) -> int:
    """End of ``work`` working minutes from a working minute; -1 beyond the calendar."""
    if work == 0:
        return start
    k = interval(p, r, start)
    total = p[p[CAL_BEFORE] + k] + start - p[p[CAL_START] + k] + work
    if total > p[p[CAL_TOTAL] + r]:
        return -1
    j = interval_of(p, r, total - 1, k)
    return int(p[p[CAL_START] + j] + total - p[p[CAL_BEFORE] + j])


@compiled
def begin(p: Ints, r: int, end: int, work: int) -> int:
    """Latest instant from which ``work`` working minutes fit before ``end``; -1 if none."""
    if work == 0:
        return end
    k = interval(p, r, end - 1)
    if k < p[p[CAL_AT] + r]:
        return -1
    total = p[p[CAL_BEFORE] + k] + min(end, p[p[CAL_END] + k]) - p[p[CAL_START] + k] - work
    if total < 0:
        return -1
    j = interval_of(p, r, total, p[p[CAL_AT] + r])
    return int(p[p[CAL_START] + j] + total - p[p[CAL_BEFORE] + j])


@compiled
def next_whole(p: Ints, r: int, minute: int, work: int) -> int:
    """First instant from which ``work`` minutes are open without a break; -1 if none."""
    start = next_open(p, r, minute)
    while start >= 0:
        end = finish(p, r, start, work)
        if end < 0 or end - start == work:
            return start if end >= 0 else -1
        k = interval(p, r, start)
        start = p[p[CAL_START] + k + 1] if k + 1 < p[p[CAL_AT] + r + 1] else -1
    return -1


@compiled
def note(s: Ints, kind: int, a: int, b: int, c: int, d: int) -> None:
    """Write down a change so that it can be taken back."""
    row = s[JOURNAL_ROWS] + s[JOURNAL] * JOURNAL_WIDTH
    s[row], s[row + 1], s[row + 2], s[row + 3], s[row + 4] = kind, a, b, c, d
    s[JOURNAL] += 1


@compiled
def short_in(p: Ints, s: Ints, pool: int, a: int, b: int, units: int) -> int:
    """Last minute of ``a..b`` with fewer than ``units`` left in a pool; -1 if all have enough."""
    left = s[LEFT] + pool * p[MINUTES]
    for minute in range(b - 1, a - 1, -1):
        if s[left + minute] < units:
            return minute
    return -1


@compiled
def clash(p: Ints, s: Ints, pool: int, r: int, start: int, end: int, units: int) -> int:
    """Last working minute of resource ``r`` in ``start..end`` with too few units in a pool; or -1."""
    if end > p[MINUTES]:
        return end
    if end <= start:
        return -1
    k = interval(p, r, end - 1)
    while k >= p[p[CAL_AT] + r] and p[p[CAL_END] + k] > start:
        found = short_in(p, s, pool, max(p[p[CAL_START] + k], start), min(p[p[CAL_END] + k], end), units)
        if found >= 0:
            return found
        k -= 1
    return -1


@compiled
def _give(p: Ints, s: Ints, pool: int, a: int, b: int, units: int) -> None:
    left = s[LEFT] + pool * p[MINUTES]
    for minute in range(left + a, left + b):
        s[minute] += units


@compiled
def take(p: Ints, s: Ints, pool: int, a: int, b: int, units: int) -> None:
    """Occupy units of a pool in every minute of ``a..b``."""
    _give(p, s, pool, a, b, -units)
    note(s, _POOL, pool, a, b, units)


@compiled
def occupy(p: Ints, s: Ints, pool: int, r: int, start: int, end: int, units: int) -> None:
    """Occupy units of a pool in the working minutes of resource ``r`` in ``start..end``."""
    if end <= start:
        return
    k = interval(p, r, end - 1)
    while k >= p[p[CAL_AT] + r] and p[p[CAL_END] + k] > start:
        take(p, s, pool, max(p[p[CAL_START] + k], start), min(p[p[CAL_END] + k], end), units)
        k -= 1


@compiled
def _change(s: Ints, item: int, minute: int, quantity: int) -> None:
    """Change an item's stock from a minute on; events stay sorted, empty ones vanish."""
    at, by = s[EVENT_MINUTE] + s[s[EVENT_AT] + item], s[EVENT_CHANGE] + s[s[EVENT_AT] + item]
    count = s[s[EVENT_COUNT] + item]
    k = count
    while k > 0 and s[at + k - 1] >= minute:
        k -= 1
    if k < count and s[at + k] == minute:
        s[by + k] += quantity
        if s[by + k] == 0:
            for j in range(k, count - 1):
                s[at + j], s[by + j] = s[at + j + 1], s[by + j + 1]
            s[s[EVENT_COUNT] + item] -= 1
        return
    for j in range(count, k, -1):
        s[at + j], s[by + j] = s[at + j - 1], s[by + j - 1]
    s[at + k], s[by + k] = minute, quantity
    s[s[EVENT_COUNT] + item] += 1


@compiled
def change(s: Ints, item: int, minute: int, quantity: int) -> None:
    """Change an item's stock from a minute on."""
    if quantity != 0:
        _change(s, item, minute, quantity)
        note(s, _STOCK, item, minute, quantity, 0)


@compiled
def available(p: Ints, s: Ints, item: int, quantity: int, minute: int) -> int:
    """First minute at or after which a quantity stays free; -1 if never."""
    at, by = s[EVENT_MINUTE] + s[s[EVENT_AT] + item], s[EVENT_CHANGE] + s[s[EVENT_AT] + item]
    count = s[s[EVENT_COUNT] + item]
    level = 0
    for k in range(count):
        level += s[by + k]
    if level < quantity:
        return -1
    for k in range(count - 1, -1, -1):
        if s[at + k] <= minute:
            break
        level -= s[by + k]
        if level < quantity:
            return s[at + k] if s[at + k] < p[MINUTES] else -1
    return minute


@compiled
def _insert(s: Ints, table: int, count: int, a: int, b: int, c: int) -> None:
    """Insert a triple into a table kept in ascending order."""
    row = table + count * DATED_WIDTH
    while row > table:
        x, y, z = s[row - 3], s[row - 2], s[row - 1]
        if x < a or (x == a and (y < b or (y == b and z <= c))):
            break
        s[row], s[row + 1], s[row + 2] = x, y, z
        row -= DATED_WIDTH
    s[row], s[row + 1], s[row + 2] = a, b, c


@compiled
def _remove(s: Ints, table: int, count: int, a: int, b: int, c: int) -> None:
    """Remove a triple from a table; the rows behind it close up."""
    end = table + (count - 1) * DATED_WIDTH
    row = end
    while s[row] != a or s[row + 1] != b or s[row + 2] != c:
        row -= DATED_WIDTH
    for k in range(row, end):
        s[k] = s[k + DATED_WIDTH]


@compiled
def _table(s: Ints, base: int, dated: int) -> int:
    return int(base + dated * s[DATED_ROOM] * DATED_WIDTH)


@compiled
def _put(s: Ints, dated: int, a: int, b: int, c: int) -> None:
    _insert(s, _table(s, s[IN_ROWS], dated), s[s[IN_COUNT] + dated], a, b, c)
    s[s[IN_COUNT] + dated] += 1


@compiled
def _take_out(s: Ints, dated: int, a: int, b: int, c: int) -> None:
    _remove(s, _table(s, s[IN_ROWS], dated), s[s[IN_COUNT] + dated], a, b, c)
    s[s[IN_COUNT] + dated] -= 1


@compiled
def _take(s: Ints, dated: int, a: int, b: int, c: int) -> None:
    _insert(s, _table(s, s[OUT_ROWS], dated), s[s[OUT_COUNT] + dated], a, b, c)
    s[s[OUT_COUNT] + dated] += 1


@compiled
def _put_back(s: Ints, dated: int, a: int, b: int, c: int) -> None:
    _remove(s, _table(s, s[OUT_ROWS], dated), s[s[OUT_COUNT] + dated], a, b, c)
    s[s[OUT_COUNT] + dated] -= 1


@compiled
def dated_inflow(s: Ints, dated: int, key: int, quantity: int, expiry: int) -> None:
    """Note a batch of an item that expires (rows by expiry, quantity, key)."""
    _put(s, dated, expiry, quantity, key)
    note(s, _INFLOW, dated, expiry, quantity, key)


@compiled
def dated_outflow(s: Ints, dated: int, key: int, quantity: int, need: int) -> None:
    """Note a taking of an item that expires (rows by key, quantity, need)."""
    _take(s, dated, key, quantity, need)
    note(s, _OUTFLOW, dated, key, quantity, need)


@compiled
def next_inflow(s: Ints, dated: int, minute: int, phases: int) -> int:
    """First minute after one at which a batch of an item that expires comes in; -1 if none."""
    table = _table(s, s[IN_ROWS], dated)
    later = -1
    for row in range(table, table + s[s[IN_COUNT] + dated] * DATED_WIDTH, DATED_WIDTH):
        at = s[row + 2] // phases
        if at > minute and (later < 0 or at < later):
            later = at
    return later


@compiled
def _short(s: Ints, dated: int) -> int:
    """Quantity that cannot be served, first expired first out."""
    batches, count = _table(s, s[IN_ROWS], dated), s[s[IN_COUNT] + dated]
    for k in range(count):
        s[s[REST] + k] = s[batches + k * DATED_WIDTH + 1]
    takings = _table(s, s[OUT_ROWS], dated)
    short = 0
    for row in range(takings, takings + s[s[OUT_COUNT] + dated] * DATED_WIDTH, DATED_WIDTH):
        wanted = s[row + 1]
        for k in range(count):
            if wanted == 0:
                break
            batch = batches + k * DATED_WIDTH
            rest = s[s[REST] + k]
            if rest > 0 and s[batch + 2] < s[row] and s[batch] >= s[row + 2]:
                s[s[REST] + k] -= min(rest, wanted)
                wanted -= min(rest, wanted)
        short += wanted
    return short


@compiled
def covers(s: Ints, dated: int, key: int, quantity: int, need: int) -> bool:
    """Whether one more taking can be served without taking anything from the others."""
    before = _short(s, dated)
    _take(s, dated, key, quantity, need)
    after = _short(s, dated)
    _put_back(s, dated, key, quantity, need)
    return bool(after <= before)


@compiled
def note_machine(s: Ints, r: int) -> None:
    """Write down what a resource ran last before that changes."""
    note(s, _MACHINE, r, s[s[LAST] + r], s[s[STATE_GROUP] + r], 0)


@compiled
def take_room(s: Ints, batch: int, quantity: int) -> None:
    """Put a quantity into a batch."""
    s[s[BATCH] + batch * BATCH_WIDTH + 6] -= quantity
    note(s, _ROOM, batch, quantity, 0, 0)


@compiled
def count_up(s: Ints, row: int) -> None:
    """Count an object against an inspection row."""
    s[s[COUNTS] + row] += 1
    note(s, _COUNT, row, 0, 0, 0)


@compiled
def gate_up(s: Ints, item: int) -> None:
    """Count a lot of an item against its validation."""
    s[s[GATES] + item] += 1
    note(s, _GATE, item, 0, 0, 0)


@compiled
def _back(p: Ints, s: Ints, kind: int, a: int, b: int, c: int, d: int) -> None:
    if kind == _POOL:
        _give(p, s, a, b, c, d)
    elif kind == _MACHINE:
        s[s[LAST] + a], s[s[STATE_GROUP] + a] = b, c
    elif kind == _STOCK:
        _change(s, a, b, -c)
    elif kind == _INFLOW:
        _take_out(s, a, b, c, d)
    elif kind == _OUTFLOW:
        _put_back(s, a, b, c, d)
    elif kind == _ROOM:
        s[s[BATCH] + a * BATCH_WIDTH + 6] += b
    elif kind == _COUNT:
        s[s[COUNTS] + a] -= 1
    else:
        s[s[GATES] + a] -= 1


@compiled
def take_back(p: Ints, s: Ints, counters: Ints) -> None:
    """Return to the state in which the counters were these."""
    for k in range(s[JOURNAL] - 1, counters[JOURNAL] - 1, -1):
        row = s[JOURNAL_ROWS] + k * JOURNAL_WIDTH
        _back(p, s, s[row], s[row + 1], s[row + 2], s[row + 3], s[row + 4])
    for k in range(COUNTERS):
        s[k] = counters[k]


@compiled
def empty_pools(p: Ints, s: Ints) -> None:
    """Give back everything taken from pools since the journal began."""
    for k in range(s[JOURNAL]):
        row = s[JOURNAL_ROWS] + k * JOURNAL_WIDTH
        if s[row] == _POOL:
            _give(p, s, s[row + 1], s[row + 2], s[row + 3], s[row + 4])
