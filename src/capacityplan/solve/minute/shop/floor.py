"""Compiled times and costs of operations in machine sequences."""

from __future__ import annotations

from capacityplan.solve.minute.arrays import Floats, Ints, Shorts
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.shop.tables import (
    CALENDAR,
    CALENDAR_AT,
    CHANGE,
    CHANGED,
    DUE,
    END,
    END_OF_TIME,
    F_CHANGE,
    F_FIXED,
    F_LATE,
    F_MAKESPAN,
    F_RUN,
    F_SETUP,
    FIRST,
    FLOOR,
    GROUP,
    GROUPS,
    IN_BREAKS,
    INITIAL,
    JOB_AT,
    JOB_OF,
    JOBS,
    LENGTH,
    MACHINES,
    MATRIX,
    MODE,
    MODE_MACHINE,
    MODE_SETUP,
    MODE_WORK,
    MOVE_WIDTH,
    MOVES,
    OLD_END,
    OLD_OP,
    OLD_START,
    OPS,
    ORDER,
    PENDING,
    PLACE,
    READY,
    ROOM,
    SEQUENCE,
    START,
    TURN,
    UNDONE,
    WAIT,
    WAITING,
)


@compiled
def opened(g: Ints, c: Shorts, m: int, minute: int) -> int:
    """First working minute at or after an instant."""
    calendar = g[g[CALENDAR] + m]
    if calendar < 0 or minute >= g[END_OF_TIME]:
        return minute
    return int(c[g[g[CALENDAR_AT] + calendar] + minute])


@compiled
def finished(g: Ints, c: Shorts, m: int, start: int, work: int) -> int:
    """End of work begun in a working minute; what does not fit ends after the end of time."""
    calendar = g[g[CALENDAR] + m]
    if calendar < 0 or work == 0 or start >= g[END_OF_TIME]:
        return start + work
    size = g[END_OF_TIME] + 1
    base = g[g[CALENDAR_AT] + calendar]
    total = c[base + size + start] + work
    if total > c[base + size + g[END_OF_TIME]]:
        return int(g[END_OF_TIME] + total)
    return int(c[base + 2 * size + total - 1]) + 1


@compiled
def change(g: Ints, m: int, before: int, op: int) -> int:
    """Return the changeover from an operation (-1: none yet) as a place in its tables, or -1."""
    matrix = g[g[MATRIX] + m]
    group = g[g[INITIAL] + m] if before < 0 else g[g[GROUP] + before]
    if matrix < 0 or group < 0:
        return -1
    return int((matrix * g[GROUPS] + group) * g[GROUPS] + g[g[GROUP] + op])


@compiled
def at(g: Ints, s: Ints, m: int, place: int) -> int:
    """Operation at a place in a machine's sequence; -1 before and behind it."""
    if place < 0 or place >= s[s[LENGTH] + m]:
        return -1
    return int(s[s[SEQUENCE] + m * s[ROOM] + place])


@compiled
def arc(g: Ints, f: Floats, m: int, before: int, op: int, mode: int) -> float:
    """Cost of setting a machine up for an operation after another; 0 for no operation."""
    if op < 0:
        return 0.0
    minutes = g[g[MODE_SETUP] + mode]
    total = f[g[F_FIXED] + mode]
    k = change(g, m, before, op)
    if k >= 0:
        minutes += g[g[CHANGE] + k]
        total += f[g[F_CHANGE] + k]
    return float(total + minutes * f[g[F_SETUP] + mode])


@compiled
def timed(
    g: Ints, c: Shorts, m: int, mode: int, op: int, before: int, free: int, ready: int
) -> tuple[int, int]:
    """Start and end of an operation on a machine free from a minute on, after another operation."""
    setup = g[g[MODE_SETUP] + mode]
    k = change(g, m, before, op)
    if k >= 0:
        setup += g[g[CHANGE] + k]
    free = max(free, g[FLOOR])
    if setup > 0:
        free = free + setup if g[g[IN_BREAKS] + m] else finished(g, c, m, opened(g, c, m, free), setup)
    start = opened(g, c, m, max(free, ready))
    return start, finished(g, c, m, start, g[g[MODE_WORK] + mode])


@compiled
def ready_at(g: Ints, s: Ints, op: int) -> int:
    """Minute from which an operation's lot is there."""
    ready = g[g[READY] + op]
    if g[g[JOB_AT] + g[g[JOB_OF] + op]] != op:
        ready = max(ready, s[s[END] + op - 1] + g[g[WAIT] + op - 1])
    return int(ready)


@compiled
def late(g: Ints, f: Floats, job: int, end: int) -> float:
    """Cost of completing a job at a minute; far beyond any price after the end of time."""
    total = max(0, end - g[g[DUE] + job]) * f[g[F_LATE] + job]
    if end > g[END_OF_TIME]:
        total += 1e9 + 1e6 * (end - g[END_OF_TIME])
    return float(total)


@compiled
def span(g: Ints, s: Ints) -> int:
    """Last end of all."""
    last = 0
    for m in range(g[MACHINES]):
        op = at(g, s, m, s[s[LENGTH] + m] - 1)
        if op >= 0:
            last = max(last, s[s[END] + op])
    return last


@compiled
def fixed_cost(g: Ints, s: Ints, f: Floats) -> float:
    """Runs and setups."""
    total = 0.0
    for m in range(g[MACHINES]):
        for k in range(s[s[LENGTH] + m]):
            op = at(g, s, m, k)
            mode = s[s[MODE] + op]
            total += arc(g, f, m, at(g, s, m, k - 1), op, mode) + g[g[MODE_WORK] + mode] * f[g[F_RUN] + mode]
    return total


@compiled
def late_cost(g: Ints, s: Ints, f: Floats) -> float:
    """Lateness of all jobs."""
    total = 0.0
    for job in range(g[JOBS]):
        total += late(g, f, job, s[s[END] + g[g[JOB_AT] + job + 1] - 1])
    return total


@compiled
def span_cost(g: Ints, s: Ints, f: Floats) -> float:
    """Price of the last end."""
    if f[g[F_MAKESPAN]] == 0.0:
        return 0.0
    return float(span(g, s) * f[g[F_MAKESPAN]])


@compiled
def _flag(s: Ints, op: int) -> None:
    """Note that an operation has to be timed again."""
    if op >= 0 and s[s[WAITING] + op] == 0:
        s[s[WAITING] + op] = 1
        s[PENDING] += 1
        s[FIRST] = min(s[FIRST], s[s[TURN] + op])


@compiled
def settled(g: Ints, s: Ints, f: Floats, c: Shorts, most: float) -> float:
    """Time everything behind what moved again, each once; return the change in lateness.

    Gives up (with a change beyond ``most``) as soon as lateness has risen by more than ``most``.
    """
    s[CHANGED] = 0
    total = 0.0
    turn = s[FIRST]
    while s[PENDING] > 0:
        op = s[s[ORDER] + turn]
        turn += 1
        if s[s[WAITING] + op] == 0:
            continue
        s[s[WAITING] + op] = 0
        s[PENDING] -= 1
        if total > most:
            continue
        mode = s[s[MODE] + op]
        m = g[g[MODE_MACHINE] + mode]
        place = s[s[PLACE] + op]
        before = at(g, s, m, place - 1)
        free = s[s[END] + before] if before >= 0 else 0
        start, end = timed(g, c, m, mode, op, before, free, ready_at(g, s, op))
        if start == s[s[START] + op] and end == s[s[END] + op]:
            continue
        k = s[CHANGED]
        s[s[OLD_OP] + k], s[s[OLD_START] + k], s[s[OLD_END] + k] = op, s[s[START] + op], s[s[END] + op]
        s[CHANGED] += 1
        if end != s[s[END] + op]:
            job = g[g[JOB_OF] + op]
            if g[g[JOB_AT] + job + 1] - 1 == op:
                total += late(g, f, job, end) - late(g, f, job, s[s[END] + op])
            else:
                _flag(s, op + 1)
            _flag(s, at(g, s, m, place + 1))
        s[s[START] + op], s[s[END] + op] = start, end
    s[FIRST] = g[OPS]
    return float(total)


@compiled
def untimed(s: Ints) -> None:
    """Take back what `settled` changed."""
    for k in range(s[CHANGED] - 1, -1, -1):
        op = s[s[OLD_OP] + k]
        s[s[START] + op], s[s[END] + op] = s[s[OLD_START] + k], s[s[OLD_END] + k]
    s[CHANGED] = 0


@compiled
def _shifted(g: Ints, s: Ints, m: int, low: int, high: int, by: int) -> None:
    """Move a stretch of a machine's sequence by one place."""
    row = s[SEQUENCE] + m * s[ROOM]
    if by > 0:
        for k in range(high - 1, low - 1, -1):
            s[row + k + 1] = s[row + k]
            s[s[PLACE] + s[row + k]] = k + 1
    else:
        for k in range(low, high):
            s[row + k - 1] = s[row + k]
            s[s[PLACE] + s[row + k]] = k - 1


@compiled
def put(g: Ints, s: Ints, op: int, mode: int, place: int) -> None:
    """Take an operation out of its sequence and put it at a place of a mode's machine."""
    m, n = g[g[MODE_MACHINE] + s[s[MODE] + op]], g[g[MODE_MACHINE] + mode]
    here = s[s[PLACE] + op]
    row = s[SEQUENCE] + n * s[ROOM]
    if m == n and here < place:
        _shifted(g, s, m, here + 1, place + 1, -1)
    elif m == n:
        _shifted(g, s, m, place, here, 1)
    else:
        _shifted(g, s, m, here + 1, s[s[LENGTH] + m], -1)
        s[s[LENGTH] + m] -= 1
        _shifted(g, s, n, place, s[s[LENGTH] + n], 1)
        s[s[LENGTH] + n] += 1
    s[row + place] = op
    s[s[PLACE] + op] = place
    s[s[MODE] + op] = mode


@compiled
def gain(g: Ints, s: Ints, f: Floats, op: int, mode: int, place: int) -> float:
    """Change of runs and setups if an operation went to a place of a mode's machine."""
    old = s[s[MODE] + op]
    m, n = g[g[MODE_MACHINE] + old], g[g[MODE_MACHINE] + mode]
    here = s[s[PLACE] + op]
    before, after = at(g, s, m, here - 1), at(g, s, m, here + 1)
    total = -arc(g, f, m, before, op, old)
    if after >= 0:
        behind = s[s[MODE] + after]
        total += arc(g, f, m, before, after, behind) - arc(g, f, m, op, after, behind)
    if m == n and place == here:
        return 0.0
    k = place + 1 if m == n and place > here else place
    left, right = at(g, s, n, k - 1), at(g, s, n, k)
    total += arc(g, f, n, left, op, mode)
    if right >= 0:
        behind = s[s[MODE] + right]
        total += arc(g, f, n, op, right, behind) - arc(g, f, n, left, right, behind)
    work = g[g[MODE_WORK] + mode] * f[g[F_RUN] + mode] - g[g[MODE_WORK] + old] * f[g[F_RUN] + old]
    return float(total + work)


@compiled
def _turned(s: Ints, op: int, to: int) -> None:
    """Give an operation another turn in the order of all."""
    order, turn = s[ORDER], s[s[TURN] + op]
    step = 1 if to > turn else -1
    for k in range(turn, to, step):
        other = s[order + k + step]
        s[order + k] = other
        s[s[TURN] + other] = k
    s[order + to] = op
    s[s[TURN] + op] = to


@compiled
def fits(g: Ints, s: Ints, op: int, n: int, place: int) -> bool:
    """Whether an operation can surely go to a place (after it is taken out) of a machine.

    Its own job's neighbours may be on that machine: it never goes before the one or behind the other.
    """
    m, here = g[g[MODE_MACHINE] + s[s[MODE] + op]], s[s[PLACE] + op]
    k = place + 1 if m == n and place > here else place
    left, right = at(g, s, n, k - 1), at(g, s, n, k)
    job = g[g[JOB_OF] + op]
    if right >= 0 and op > g[g[JOB_AT] + job] and s[s[TURN] + op - 1] >= s[s[TURN] + right]:
        return False
    return not (left >= 0 and op + 1 < g[g[JOB_AT] + job + 1] and s[s[TURN] + left] >= s[s[TURN] + op + 1])


@compiled
def moved(g: Ints, s: Ints, f: Floats, op: int, mode: int, place: int) -> float:
    """Move an operation where it `fits`, note how to undo it; return the change of runs and setups."""
    total = gain(g, s, f, op, mode, place)
    old, here = s[s[MODE] + op], s[s[PLACE] + op]
    row = s[MOVES] + s[UNDONE] * MOVE_WIDTH
    s[row], s[row + 1], s[row + 2], s[row + 3] = op, old, here, s[s[TURN] + op]
    s[UNDONE] += 1
    after = at(g, s, g[g[MODE_MACHINE] + old], here + 1)
    put(g, s, op, mode, place)
    n, job = g[g[MODE_MACHINE] + mode], g[g[JOB_OF] + op]
    left, right = at(g, s, n, place - 1), at(g, s, n, place + 1)
    low, high = -1, g[OPS]
    if left >= 0:
        low = s[s[TURN] + left]
    if right >= 0:
        high = s[s[TURN] + right]
    if op > g[g[JOB_AT] + job]:
        low = max(low, s[s[TURN] + op - 1])
    if op + 1 < g[g[JOB_AT] + job + 1]:
        high = min(high, s[s[TURN] + op + 1])
    if s[s[TURN] + op] < low:
        _turned(s, op, low)
    elif s[s[TURN] + op] > high:
        _turned(s, op, high)
    _flag(s, after)
    _flag(s, op)
    _flag(s, right)
    return total


@compiled
def unflagged(s: Ints) -> None:
    """Forget what has to be timed again."""
    turn = s[FIRST]
    while s[PENDING] > 0:
        op = s[s[ORDER] + turn]
        s[PENDING] -= s[s[WAITING] + op]
        s[s[WAITING] + op] = 0
        turn += 1


@compiled
def unmoved(g: Ints, s: Ints) -> None:
    """Undo all moves since they were last counted from none."""
    for k in range(s[UNDONE] - 1, -1, -1):
        row = s[MOVES] + k * MOVE_WIDTH
        put(g, s, s[row], s[row + 1], s[row + 2])
        _turned(s, s[row], s[row + 3])
    s[UNDONE] = 0
