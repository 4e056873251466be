"""Compiled moves of an annealing over machine sequences, each with its change of runs and setups."""

from __future__ import annotations

from capacityplan.solve.minute.arrays import Floats, Ints
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.shop.floor import arc, at, fits, gain, moved
from capacityplan.solve.minute.shop.tables import (
    DUE,
    END,
    F_MAKESPAN,
    GROUP,
    GROUPS,
    JOB_AT,
    JOB_OF,
    LATE,
    LENGTH,
    LUCK,
    MACHINES,
    MODE,
    MODE_AT,
    MODE_MACHINE,
    MOST_MOVES,
    OPS,
    PATH,
    PLACE,
    ROOM,
    SEQUENCE,
    START,
    UNDONE,
    WAIT,
)

_TRIES = 6
_LONGEST_BLOCK = 4
_SKIPS = 3


@compiled
def lucky(s: Ints, below: int) -> int:
    """Return a number from 0 to below another, by chance."""
    s[LUCK] = s[LUCK] * 6364136223846793005 + 1442695040888963407
    return int(((s[LUCK] >> 33) & 0x3FFFFFFF) % max(below, 1))


@compiled
def _place_for(g: Ints, s: Ints, n: int, minute: int) -> int:
    """Place in a machine's sequence at which operations begin at or after a minute."""
    low, high = 0, s[s[LENGTH] + n]
    row = s[SEQUENCE] + n * s[ROOM]
    while low < high:
        middle = (low + high) // 2
        if s[s[START] + s[row + middle]] < minute:
            low = middle + 1
        else:
            high = middle
    return int(low)


@compiled
def _relocation(g: Ints, s: Ints, f: Floats, op: int) -> float:
    """Move an operation to the cheapest of a few places near its time."""
    modes = g[g[MODE_AT] + op + 1] - g[g[MODE_AT] + op]
    old = s[s[MODE] + op]
    mode = old
    if modes > 1 and lucky(s, 3) > 0:
        mode = g[g[MODE_AT] + op] + lucky(s, modes)
    n = g[g[MODE_MACHINE] + mode]
    length = s[s[LENGTH] + n] - (1 if n == g[g[MODE_MACHINE] + old] else 0)
    kind = lucky(s, 4)
    reach = 2 if kind == 0 else (8 if kind == 1 else (30 if kind == 2 else length))
    tries = 1 + lucky(s, _TRIES)
    middle = _place_for(g, s, n, s[s[START] + op])
    best, least = -1, 0.0
    for _ in range(tries):
        place = min(max(middle - reach + lucky(s, 2 * reach + 1), 0), length)
        if (mode == old and place == s[s[PLACE] + op]) or not fits(g, s, op, n, place):
            continue
        cost = gain(g, s, f, op, mode, place)
        if best < 0 or cost < least:
            best, least = place, cost
    if best < 0:
        return 0.0
    return moved(g, s, f, op, mode, best)


@compiled
def _swap(g: Ints, s: Ints, f: Floats, op: int) -> float:
    """Exchange two operations of a machine."""
    m, here = g[g[MODE_MACHINE] + s[s[MODE] + op]], s[s[PLACE] + op]
    length = s[s[LENGTH] + m]
    reach = 3 if lucky(s, 2) == 0 else 20
    other = min(max(here - reach + lucky(s, 2 * reach + 1), 0), length - 1)
    low, high = min(here, other), max(here, other)
    if low == high:
        return 0.0
    a, b = at(g, s, m, low), at(g, s, m, high)
    if not fits(g, s, b, m, low):
        return 0.0
    total = moved(g, s, f, b, s[s[MODE] + b], low)
    if high > low + 1 and fits(g, s, a, m, high):
        total += moved(g, s, f, a, s[s[MODE] + a], high)
    return total


@compiled
def _carried(g: Ints, s: Ints, f: Floats, m: int, here: int, size: int, to: int) -> float:
    """Move operations of a machine that follow each other, as many as fit."""
    total = 0.0
    for k in range(size):
        one = at(g, s, m, here + k) if to < here else at(g, s, m, here)
        place = to + k if to < here else to + size - 1
        if to == here or not fits(g, s, one, m, place):
            return total
        total += moved(g, s, f, one, s[s[MODE] + one], place)
    return total


@compiled
def _joining(g: Ints, s: Ints, f: Floats, op: int) -> float:
    """Move an operation beside one of the next of its setup group, seen from its time on."""
    old = s[s[MODE] + op]
    mode = g[g[MODE_AT] + op] + lucky(s, g[g[MODE_AT] + op + 1] - g[g[MODE_AT] + op])
    n = g[g[MODE_MACHINE] + mode]
    step = 1 if lucky(s, 2) == 0 else -1
    skip = lucky(s, _SKIPS)
    place = _place_for(g, s, n, s[s[START] + op])
    while 0 <= place < s[s[LENGTH] + n]:
        other = at(g, s, n, place)
        if other != op and g[g[GROUP] + other] == g[g[GROUP] + op]:
            if skip == 0:
                break
            skip -= 1
        place += step
    if not 0 <= place < s[s[LENGTH] + n]:
        return 0.0
    to = place + lucky(s, 2)
    if n == g[g[MODE_MACHINE] + old] and s[s[PLACE] + op] < to:
        to -= 1
    if (mode == old and to == s[s[PLACE] + op]) or not fits(g, s, op, n, to):
        return 0.0
    return moved(g, s, f, op, mode, to)


@compiled
def _block(g: Ints, s: Ints, f: Floats, op: int) -> float:
    """Move a few operations of a machine that follow each other."""
    m, here = g[g[MODE_MACHINE] + s[s[MODE] + op]], s[s[PLACE] + op]
    length = s[s[LENGTH] + m]
    size = min(2 + lucky(s, _LONGEST_BLOCK - 1), length - here)
    reach = 4 if lucky(s, 2) == 0 else 25
    to = min(max(here - reach + lucky(s, 2 * reach + 1), 0), length - size)
    return _carried(g, s, f, m, here, size, to)


@compiled
def _first_of_group(g: Ints, s: Ints, m: int, place: int) -> int:
    """Place at which the stretch of one setup group begins that a place of a machine is in."""
    group = g[g[GROUP] + at(g, s, m, place)]
    while place > 0 and g[g[GROUP] + at(g, s, m, place - 1)] == group:
        place -= 1
    return place


@compiled
def _behind_group(g: Ints, s: Ints, m: int, place: int) -> int:
    """Place behind the stretch of one setup group that a place of a machine is in."""
    group = g[g[GROUP] + at(g, s, m, place)]
    while place < s[s[LENGTH] + m] and g[g[GROUP] + at(g, s, m, place)] == group:
        place += 1
    return place


@compiled
def _campaign(g: Ints, s: Ints, f: Floats, op: int) -> float:
    """Take an operation and its neighbours of the same setup group to others of that group on its machine."""
    m, here = g[g[MODE_MACHINE] + s[s[MODE] + op]], s[s[PLACE] + op]
    low, behind = _first_of_group(g, s, m, here), _behind_group(g, s, m, here)
    size = behind - low
    if size > MOST_MOVES:
        return 0.0
    step = 1 if lucky(s, 2) == 0 else -1
    place = behind + 1 if step > 0 else low - 2
    while 0 <= place < s[s[LENGTH] + m]:
        if g[g[GROUP] + at(g, s, m, place)] == g[g[GROUP] + op]:
            return _carried(g, s, f, m, low, size, place - size if step > 0 else place + 1)
        place += step
    return 0.0


@compiled
def _campaign_moved(g: Ints, s: Ints, f: Floats, op: int) -> float:
    """Take an operation and its neighbours of the same setup group between two other groups."""
    m, here = g[g[MODE_MACHINE] + s[s[MODE] + op]], s[s[PLACE] + op]
    low, behind = _first_of_group(g, s, m, here), _behind_group(g, s, m, here)
    size, length = behind - low, s[s[LENGTH] + m]
    n = g[g[MODE_MACHINE] + g[g[MODE_AT] + op] + lucky(s, g[g[MODE_AT] + op + 1] - g[g[MODE_AT] + op])]
    if size > MOST_MOVES:
        return 0.0
    if n != m:
        return _carried_over(g, s, f, m, low, size, n)
    if lucky(s, 2) == 0:
        to = _behind_group(g, s, m, behind) if behind < length else length
    else:
        to = _first_of_group(g, s, m, low - 1) if low > 0 else 0
    for _ in range(lucky(s, _SKIPS)):
        to = _behind_group(g, s, m, to) if to >= behind and to < length else to
        to = _first_of_group(g, s, m, to - 1) if 0 < to <= low else to
    return _carried(g, s, f, m, low, size, to - size if to >= behind else to)


@compiled
def _carried_over(g: Ints, s: Ints, f: Floats, m: int, low: int, size: int, n: int) -> float:
    """Move operations that follow each other to a border of groups on another machine, as many as fit."""
    total = 0.0
    to = _place_for(g, s, n, s[s[START] + at(g, s, m, low)])
    if 0 < to < s[s[LENGTH] + n]:
        to = _first_of_group(g, s, n, to) if lucky(s, 2) == 0 else _behind_group(g, s, n, to)
    for k in range(size):
        one = at(g, s, m, low)
        mine = -1
        for mode in range(g[g[MODE_AT] + one], g[g[MODE_AT] + one + 1]):
            if g[g[MODE_MACHINE] + mode] == n:
                mine = mode
        if mine < 0 or not fits(g, s, one, n, to + k):
            return total
        total += moved(g, s, f, one, mine, to + k)
    return total


@compiled
def _exchange(g: Ints, s: Ints, f: Floats, op: int) -> float:
    """Exchange two operations of two machines."""
    other = lucky(s, g[OPS])
    m, n = g[g[MODE_MACHINE] + s[s[MODE] + op]], g[g[MODE_MACHINE] + s[s[MODE] + other]]
    mine, its = -1, -1
    for mode in range(g[g[MODE_AT] + op], g[g[MODE_AT] + op + 1]):
        if g[g[MODE_MACHINE] + mode] == n:
            mine = mode
    for mode in range(g[g[MODE_AT] + other], g[g[MODE_AT] + other + 1]):
        if g[g[MODE_MACHINE] + mode] == m:
            its = mode
    if m == n or mine < 0 or its < 0:
        return 0.0
    here, there = s[s[PLACE] + op], s[s[PLACE] + other]
    if not fits(g, s, op, n, there):
        return 0.0
    total = moved(g, s, f, op, mine, there)
    if fits(g, s, other, m, here):
        total += moved(g, s, f, other, its, here)
    return total


@compiled
def _critical(g: Ints, s: Ints) -> int:
    """Choose an operation on a path that decides the last end."""
    op = -1
    for m in range(g[MACHINES]):
        last = at(g, s, m, s[s[LENGTH] + m] - 1)
        if last >= 0 and (op < 0 or s[s[END] + last] > s[s[END] + op]):
            op = last
    count = 0
    while op >= 0 and count < g[OPS]:
        s[s[PATH] + count] = op
        count += 1
        m = g[g[MODE_MACHINE] + s[s[MODE] + op]]
        before = at(g, s, m, s[s[PLACE] + op] - 1)
        first = g[g[JOB_AT] + g[g[JOB_OF] + op]] == op
        by_job = not first and s[s[END] + op - 1] + g[g[WAIT] + op - 1] >= s[s[START] + op]
        by_machine = before >= 0 and s[s[END] + before] > (0 if first else s[s[END] + op - 1])
        op = op - 1 if by_job and (not by_machine or lucky(s, 2) == 0) else before
    return int(s[s[PATH] + lucky(s, count)])


@compiled
def chosen(g: Ints, s: Ints, f: Floats, h: Floats) -> int:
    """Choose an operation: on a critical path, late, or set up for, more often than another."""
    if f[g[F_MAKESPAN]] > 0.0 and lucky(s, 10) > 0:
        return _critical(g, s)
    op = lucky(s, g[OPS])
    kind = lucky(s, 4)
    for _ in range(4):
        job = g[g[JOB_OF] + op]
        if kind == 0 and h[LATE] > 0.0:
            if s[s[END] + g[g[JOB_AT] + job + 1] - 1] > g[g[DUE] + job]:
                break
        elif kind == 1:
            m = g[g[MODE_MACHINE] + s[s[MODE] + op]]
            if arc(g, f, m, at(g, s, m, s[s[PLACE] + op] - 1), op, s[s[MODE] + op]) > 0.0:
                break
        else:
            break
        op = lucky(s, g[OPS])
    return op


@compiled
def proposed(g: Ints, s: Ints, f: Floats, op: int) -> float:
    """Make a move around an operation; return the change of runs and setups."""
    s[UNDONE] = 0
    if 1 < g[GROUPS] < g[OPS] // 3 and lucky(s, 3) == 0:
        way = lucky(s, 6)
        if way < 2:
            return _campaign(g, s, f, op) if way == 0 else _campaign_moved(g, s, f, op)
        return _joining(g, s, f, op)
    kind = lucky(s, 100)
    if kind < 60:
        return _relocation(g, s, f, op)
    if kind < 75:
        return _swap(g, s, f, op)
    if kind < 90:
        return _block(g, s, f, op)
    return _exchange(g, s, f, op)
