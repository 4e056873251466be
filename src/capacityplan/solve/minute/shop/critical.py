"""Compiled tabu search of shops in which only the last end counts, around the path that decides it.

No calendars: what lies behind an operation until the last end (its *tail*) is then known like what lies in
front of it (its start), and a move's effect is estimated from both without timing anything else.

Sources
-------
Nowicki and Smutnicki 1996; Balas and Vazacopoulos 1998 (moves and estimates within a block of a machine);
Mastrolilli and Gambardella 2000 (places on another machine).
"""

from __future__ import annotations

from capacityplan.solve.minute.arrays import Floats, Ints, Shorts
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.shop.floor import at, change, put, ready_at, span
from capacityplan.solve.minute.shop.moves import lucky
from capacityplan.solve.minute.shop.search import keep, restored
from capacityplan.solve.minute.shop.tables import (
    BEST,
    CHANGE,
    END,
    F_MAKESPAN,
    FLOOR,
    JOB_AT,
    JOB_OF,
    JOBS,
    LENGTH,
    MACHINES,
    MODE,
    MODE_AT,
    MODE_MACHINE,
    MODE_SETUP,
    MODE_WORK,
    OPS,
    ORDER,
    PATH,
    PLACE,
    ROOM,
    SEQUENCE,
    SPAN,
    START,
    TURN,
    WAIT,
    WAITING,
)

(
    TAIL, STRETCH, STARTS, MEMORY, TURNS, STALE, WILD, LAST, LEAST,
    # The best move of a step, and one of those forbidden: operation, mode, place, estimate, how many alike.
    MOVE, FORBIDDEN,
) = range(11)  # fmt: skip
"""Header of the memory ``k``: tails, a stretch of a sequence as it would be and its starts, until when what
is forbidden; steps so far, steps since the best, wild steps to make, the last end, the least."""
SLOT = 5
MEMORY_SIZE = 1 << 16
_TENURE = 10
WILDEST = 20


@compiled
def _gap(g: Ints, m: int, before: int, op: int, mode: int) -> int:
    """Setup between the end of an operation (-1: none) and the start of another."""
    minutes = g[g[MODE_SETUP] + mode]
    k = change(g, m, before, op)
    if k >= 0:
        minutes += g[g[CHANGE] + k]
    return int(minutes)


@compiled
def _work(g: Ints, s: Ints, op: int) -> int:
    return int(g[g[MODE_WORK] + s[s[MODE] + op]])


@compiled
def _is_first(g: Ints, op: int) -> bool:
    return bool(g[g[JOB_AT] + g[g[JOB_OF] + op]] == op)


@compiled
def _is_last(g: Ints, op: int) -> bool:
    return bool(g[g[JOB_AT] + g[g[JOB_OF] + op] + 1] - 1 == op)


@compiled
def _behind(g: Ints, s: Ints, k: Ints, op: int) -> int:
    """Minutes from an operation's end to the last end by its job."""
    if _is_last(g, op):
        return 0
    return int(g[g[WAIT] + op] + _work(g, s, op + 1) + k[k[TAIL] + op + 1])


@compiled
def _start(g: Ints, s: Ints, m: int, before: int, free: int, op: int) -> int:
    """Start of an operation on a machine that another (-1: none) leaves at a minute."""
    return int(max(ready_at(g, s, op), max(free, g[FLOOR]) + _gap(g, m, before, op, s[s[MODE] + op])))


@compiled
def _tail(g: Ints, s: Ints, k: Ints, m: int, op: int, after: int, its: int) -> int:
    """Tail of an operation in front of another (-1: none) that has a tail."""
    rest = _behind(g, s, k, op)
    if after < 0:
        return rest
    return max(rest, _gap(g, m, op, after, s[s[MODE] + after]) + _work(g, s, after) + its)


@compiled
def _timed(g: Ints, s: Ints) -> bool:
    """Time all operations, each after what it waits for; False where they wait for each other."""
    count = 0
    for op in range(g[OPS]):
        waits = (0 if _is_first(g, op) else 1) + (0 if s[s[PLACE] + op] == 0 else 1)
        s[s[WAITING] + op] = waits
        if waits == 0:
            s[s[ORDER] + count] = op
            count += 1
    turn = 0
    while turn < count:
        op = s[s[ORDER] + turn]
        s[s[TURN] + op] = turn
        turn += 1
        m, place = g[g[MODE_MACHINE] + s[s[MODE] + op]], s[s[PLACE] + op]
        before, after = at(g, s, m, place - 1), at(g, s, m, place + 1)
        s[s[START] + op] = _start(g, s, m, before, s[s[END] + before] if before >= 0 else 0, op)
        s[s[END] + op] = s[s[START] + op] + _work(g, s, op)
        for other in (after, -1 if _is_last(g, op) else op + 1):
            if other >= 0:
                s[s[WAITING] + other] -= 1
                if s[s[WAITING] + other] == 0:
                    s[s[ORDER] + count] = other
                    count += 1
    return bool(turn == g[OPS])


@compiled
def _tailed(g: Ints, s: Ints, k: Ints) -> None:
    """Find the tails of all operations and the last end."""
    for turn in range(g[OPS] - 1, -1, -1):
        op = s[s[ORDER] + turn]
        m = g[g[MODE_MACHINE] + s[s[MODE] + op]]
        after = at(g, s, m, s[s[PLACE] + op] + 1)
        k[k[TAIL] + op] = _tail(g, s, k, m, op, after, k[k[TAIL] + after] if after >= 0 else 0)
    k[LAST] = span(g, s)


@compiled
def _path(g: Ints, s: Ints, k: Ints) -> int:
    """Write down a path that decides the last end, from its end; return its length."""
    op, seen = -1, 0
    for m in range(g[MACHINES]):
        last = at(g, s, m, s[s[LENGTH] + m] - 1)
        if last >= 0 and s[s[END] + last] == k[LAST]:
            seen += 1
            op = last if lucky(s, seen) == 0 else op
    count = 0
    while op >= 0:
        s[s[PATH] + count] = op
        count += 1
        m = g[g[MODE_MACHINE] + s[s[MODE] + op]]
        before = at(g, s, m, s[s[PLACE] + op] - 1)
        by_job = not _is_first(g, op) and s[s[END] + op - 1] + g[g[WAIT] + op - 1] == s[s[START] + op]
        by_machine = (
            before >= 0 and s[s[END] + before] + _gap(g, m, before, op, s[s[MODE] + op]) == s[s[START] + op]
        )
        if by_job and (not by_machine or lucky(s, 2) == 0):
            op -= 1
        else:
            op = before if by_machine else -1
    return count


@compiled
def _cell(k: Ints, a: int, b: int) -> int:
    return int(k[MEMORY] + ((a * 1000003 + b * 10007 + (a ^ b)) & (MEMORY_SIZE - 1)))


@compiled
def _consider(s: Ints, k: Ints, op: int, mode: int, place: int, value: int, tabu: bool) -> None:
    """Take a move for the step's best, or for one of those forbidden; by chance among equals."""
    if k[WILD] > 0:
        value = lucky(s, 1 << 20)
    slot = MOVE
    if tabu and k[WILD] == 0:
        slot, value = FORBIDDEN, 0
    row = k[slot]
    if k[row] >= 0 and value > k[row + 3]:
        return
    if k[row] < 0 or value < k[row + 3]:
        k[row + 4] = 0
    k[row + 4] += 1
    if lucky(s, k[row + 4]) == 0:
        k[row], k[row + 1], k[row + 2], k[row + 3] = op, mode, place, value


@compiled
def _estimate(g: Ints, s: Ints, k: Ints, m: int, low: int, count: int) -> int:
    """Longest path through a stretch of a machine's sequence that begins at a place."""
    before = at(g, s, m, low - 1)
    free = s[s[END] + before] if before >= 0 else 0
    for i in range(count):
        op = k[k[STRETCH] + i]
        k[k[STARTS] + i] = _start(g, s, m, before, free, op)
        before, free = op, k[k[STARTS] + i] + _work(g, s, op)
    after = at(g, s, m, low + count)
    tail = k[k[TAIL] + after] if after >= 0 else 0
    most = 0
    for i in range(count - 1, -1, -1):
        op = k[k[STRETCH] + i]
        tail = _tail(g, s, k, m, op, after, tail)
        most = max(most, k[k[STARTS] + i] + _work(g, s, op) + tail)
        after = op
    return most


@compiled
def _precedes(g: Ints, s: Ints, op: int, other: int) -> bool:
    """Whether the next operation of a job may have to come before another; never wrongly False."""
    if _is_last(g, op):
        return False
    return bool(s[s[START] + other] >= s[s[END] + op + 1] and s[s[TURN] + other] >= s[s[TURN] + op + 1])


@compiled
def _follows(g: Ints, s: Ints, op: int, other: int) -> bool:
    """Whether the operation before in a job may have to come after another; never wrongly False."""
    if _is_first(g, op):
        return False
    return bool(s[s[START] + op - 1] >= s[s[END] + other] and s[s[TURN] + op - 1] >= s[s[TURN] + other])


@compiled
def _shift(g: Ints, s: Ints, k: Ints, m: int, here: int, to: int) -> None:
    """Consider an operation of a machine at another place."""
    row = s[SEQUENCE] + m * s[ROOM]
    op, other = s[row + here], s[row + to]
    if _precedes(g, s, op, other) if here < to else _follows(g, s, op, other):
        return
    low, high = min(here, to), max(here, to)
    step = 1 if here < to else 0
    tabu = False
    for place in range(low, high):
        mate = s[row + place + step]
        k[k[STRETCH] + place - low + 1 - step] = mate
        cell = _cell(k, mate, op) if here < to else _cell(k, op, mate)
        tabu = tabu or k[cell] > k[TURNS]
    k[k[STRETCH] + to - low] = op
    value = _estimate(g, s, k, m, low, high - low + 1) if k[WILD] == 0 else 0
    _consider(s, k, op, s[s[MODE] + op], to, value, tabu and value >= k[LEAST])


@compiled
def _elsewhere(g: Ints, s: Ints, k: Ints, op: int) -> None:
    """Consider an operation on its other machines, at places that delay the others least."""
    old = s[s[MODE] + op]
    ready, rest = ready_at(g, s, op), _behind(g, s, k, op)
    for mode in range(g[g[MODE_AT] + op], g[g[MODE_AT] + op + 1]):
        m = g[g[MODE_MACHINE] + mode]
        if m == g[g[MODE_MACHINE] + old]:
            continue
        row, length = s[SEQUENCE] + m * s[ROOM], s[s[LENGTH] + m]
        first, last = 0, length
        while first < length and s[s[END] + s[row + first]] <= ready:
            first += 1
        while last > 0 and k[k[TAIL] + s[row + last - 1]] + _work(g, s, s[row + last - 1]) <= rest:
            last -= 1
        tabu = k[_cell(k, g[OPS] + op, m)] > k[TURNS]
        for place in range(min(first, last), max(first, last) + 1):
            _insertion(g, s, k, op, mode, place, tabu)


@compiled
def _insertion(g: Ints, s: Ints, k: Ints, op: int, mode: int, place: int, tabu: bool) -> None:
    """Consider an operation at a place of another machine."""
    m = g[g[MODE_MACHINE] + mode]
    before, after = at(g, s, m, place - 1), at(g, s, m, place)
    if (before >= 0 and _precedes(g, s, op, before)) or (after >= 0 and _follows(g, s, op, after)):
        return
    free = s[s[END] + before] if before >= 0 else 0
    start = max(ready_at(g, s, op), max(free, g[FLOOR]) + _gap(g, m, before, op, mode))
    tail = _tail(g, s, k, m, op, after, k[k[TAIL] + after] if after >= 0 else 0)
    value = start + g[g[MODE_WORK] + mode] + tail
    _consider(s, k, op, mode, place, value, tabu and value >= k[LEAST])


@compiled
def _block(g: Ints, s: Ints, k: Ints, m: int, low: int, high: int) -> None:
    """Consider the operations of a block behind its last, before its first; its ends inside."""
    for place in range(low, high):
        _shift(g, s, k, m, place, high)
    if high == low + 1:
        return
    for place in range(low + 1, high + 1):
        _shift(g, s, k, m, place, low)
    for place in range(low + 1, high):
        _shift(g, s, k, m, low, place)
        _shift(g, s, k, m, high, place)


@compiled
def _neighbours(g: Ints, s: Ints, k: Ints) -> None:
    """Consider all moves of a path that decides the last end, block by block."""
    k[k[MOVE]], k[k[FORBIDDEN]] = -1, -1
    count = _path(g, s, k)
    i = 0
    while i < count:
        op = s[s[PATH] + i]
        m, high = g[g[MODE_MACHINE] + s[s[MODE] + op]], s[s[PLACE] + op]
        low = high
        while i < count and at(g, s, m, low) == s[s[PATH] + i]:
            if g[g[MODE_AT] + s[s[PATH] + i] + 1] - g[g[MODE_AT] + s[s[PATH] + i]] > 1:
                _elsewhere(g, s, k, s[s[PATH] + i])
            i += 1
            low -= 1
        _block(g, s, k, m, low + 1, high)


@compiled
def _forbid(g: Ints, s: Ints, k: Ints, op: int, mode: int, place: int) -> None:
    """Forbid for a while what would take a move back."""
    base = _TENURE + g[JOBS] // g[MACHINES]
    until = k[TURNS] + base + lucky(s, base // 2 + 1)
    m, here = g[g[MODE_MACHINE] + s[s[MODE] + op]], s[s[PLACE] + op]
    if m != g[g[MODE_MACHINE] + mode]:
        k[_cell(k, g[OPS] + op, m)] = until
        return
    for other in range(min(here, place), max(here, place) + 1):
        mate = at(g, s, m, other)
        if mate != op:
            k[_cell(k, op, mate) if here < place else _cell(k, mate, op)] = until


@compiled
def _step(g: Ints, s: Ints, k: Ints) -> None:
    """Make the best move that is not forbidden, or a forbidden one by chance where all are."""
    k[TURNS] += 1
    _neighbours(g, s, k)
    row = k[MOVE] if k[k[MOVE]] >= 0 else k[FORBIDDEN]
    k[WILD] = max(k[WILD] - 1, 0)
    if k[row] < 0:
        return
    op, mode, place = k[row], k[row + 1], k[row + 2]
    old, here = s[s[MODE] + op], s[s[PLACE] + op]
    _forbid(g, s, k, op, mode, place)
    put(g, s, op, mode, place)
    if not _timed(g, s):
        put(g, s, op, old, here)
        _timed(g, s)
    _tailed(g, s, k)


@compiled
def searched(
    g: Ints, s: Ints, f: Floats, c: Shorts, h: Floats, best: Ints, k: Ints, count: int, patience: int
) -> None:
    """Make a number of steps; after ``patience`` steps without a better end go back and step wildly.

    Parameters
    ----------
    g, s, f, c : flat arrays
        Shop, state, rates, calendars.
    h : (4,) float64
        Costs of the state and the best.
    best : int64
        Operations and their modes, machine by machine, of the best state found.
    k : flat array
        What the search remembers.
    """
    _timed(g, s)
    _tailed(g, s, k)
    for _ in range(count):
        _step(g, s, k)
        k[STALE] += 1
        k[LEAST] = min(k[LEAST], k[LAST])
        h[SPAN] = k[LAST] * f[g[F_MAKESPAN]]
        if h[SPAN] < h[BEST] - 1e-6:
            h[BEST] = h[SPAN]
            keep(g, s, best)
            k[STALE] = 0
        elif k[STALE] > patience:
            restored(g, s, f, c, h, best)
            _timed(g, s)
            _tailed(g, s, k)
            k[STALE], k[WILD] = 0, 1 + lucky(s, WILDEST)
