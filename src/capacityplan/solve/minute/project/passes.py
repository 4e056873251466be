"""Schedules of a project from lists of its operations, and their double justification.

A list is scheduled one operation after the other, each as early as what it waits for and the pools allow
(serial generation). Justification takes the operations from the last end on and moves each as late as
possible without any promise coming later, then from the first start on as early as possible: no cost of
lateness or of the last end ever rises by that, and mostly it falls.

Sources
-------
Kolisch and Hartmann 2006 (lists, serial generation); Valls, Ballestin and Quintanilla 2005 (double
justification).
"""

from __future__ import annotations

import numpy as np

from capacityplan.solve.minute.arrays import NEVER, Floats, Ints
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.project.profile import earliest, latest, occupied, opened
from capacityplan.solve.minute.project.tables import (
    AFTER,
    AFTER_AT,
    AFTER_WAIT,
    BEFORE,
    BEFORE_AT,
    BEFORE_WAIT,
    BEGIN,
    BEGIN_NODE,
    DUE,
    END,
    END_NODE,
    F_LATE,
    F_MAKESPAN,
    F_MODE,
    FLOOR,
    LATEST,
    LIST,
    MODE,
    MODE_AT,
    MODE_SETUP,
    MODE_WORK,
    OPS,
    PROMISE_AT,
    PROMISE_OP,
    PROMISES,
    RELEASE,
    WANTED,
)


@compiled
def _ready(g: Ints, s: Ints, op: int) -> tuple[int, int]:
    """Earliest start of an operation, and a profile node near it."""
    at, near = g[g[RELEASE] + op], 0
    latest_end = -1
    for k in range(g[g[BEFORE_AT] + op], g[g[BEFORE_AT] + op + 1]):
        before = g[g[BEFORE] + k]
        end = s[s[END] + before]
        at = max(at, end + g[g[BEFORE_WAIT] + k])
        if end > latest_end:
            latest_end, near = end, s[s[END_NODE] + before]
    return at, near


@compiled
def _placed(g: Ints, s: Ints, op: int, mode: int, node: int, begin: int) -> None:
    first, last = occupied(g, s, mode, node, begin)
    s[s[MODE] + op], s[s[BEGIN] + op] = mode, begin
    s[s[END] + op] = begin + g[g[MODE_SETUP] + mode] + g[g[MODE_WORK] + mode]
    s[s[BEGIN_NODE] + op], s[s[END_NODE] + op] = first, last


@compiled
def forward(g: Ints, s: Ints) -> None:
    """Schedule the operations of the list in turn, each as early as possible, in the modes wanted."""
    opened(g, s)
    for place in range(g[OPS]):
        op = s[s[LIST] + place]
        ready, near = _ready(g, s, op)
        wanted = s[s[WANTED] + op]
        first, behind = g[g[MODE_AT] + op], g[g[MODE_AT] + op + 1]
        if wanted >= 0:
            first, behind = wanted, wanted + 1
        chosen, begin, node, least = -1, 0, 0, NEVER
        for mode in range(first, behind):
            setup = g[g[MODE_SETUP] + mode]
            at, there = earliest(g, s, mode, near, max(ready - setup, g[FLOOR]))
            end = at + setup + g[g[MODE_WORK] + mode]
            if chosen < 0 or end < least:
                chosen, begin, node, least = mode, at, there, end
        _placed(g, s, op, chosen, node, begin)


@compiled
def _deadlines(g: Ints, s: Ints) -> None:
    """Latest end of each operation by which no promise comes later than it does, nor the last end."""
    last = 0
    for op in range(g[OPS]):
        last = max(last, s[s[END] + op])
    for op in range(g[OPS]):
        s[s[LATEST] + op] = last
    for promise in range(g[PROMISES]):
        done = _done(g, s, promise)
        until = max(done, g[g[DUE] + promise])
        for k in range(g[g[PROMISE_AT] + promise], g[g[PROMISE_AT] + promise + 1]):
            op = g[g[PROMISE_OP] + k]
            s[s[LATEST] + op] = min(s[s[LATEST] + op], until)


@compiled
def _done(g: Ints, s: Ints, promise: int) -> int:
    done = 0
    for k in range(g[g[PROMISE_AT] + promise], g[g[PROMISE_AT] + promise + 1]):
        done = max(done, s[s[END] + g[g[PROMISE_OP] + k]])
    return int(done)


@compiled
def _backward(g: Ints, s: Ints) -> None:
    """Schedule the operations from the last end on, each as late as possible, in the modes taken."""
    _deadlines(g, s)
    ops = g[OPS]
    order = s[s[LIST] : s[LIST] + ops][::-1].copy()
    order = order[np.argsort(-s[s[END] : s[END] + ops][order], kind="mergesort")]
    opened(g, s)
    for place in range(ops):
        op = order[place]
        until, near = s[s[LATEST] + op], 0
        first = NEVER
        for k in range(g[g[AFTER_AT] + op], g[g[AFTER_AT] + op + 1]):
            after = g[g[AFTER] + k]
            begin = s[s[BEGIN] + after]
            start = begin + g[g[MODE_SETUP] + s[s[MODE] + after]]
            until = min(until, start - g[g[AFTER_WAIT] + k])
            if begin < first:
                first, near = begin, s[s[BEGIN_NODE] + after]
        mode = s[s[MODE] + op]
        begin, node = latest(g, s, mode, near, until)
        _placed(g, s, op, mode, node, begin)


@compiled
def in_order(g: Ints, s: Ints) -> None:
    """List the operations by their starts; those that start together keep their order."""
    ops = g[OPS]
    start = np.empty(ops, dtype=np.int64)
    for place in range(ops):
        op = s[s[LIST] + place]
        start[place] = s[s[BEGIN] + op] + g[g[MODE_SETUP] + s[s[MODE] + op]]
    order = s[s[LIST] : s[LIST] + ops][np.argsort(start, kind="mergesort")]
    s[s[LIST] : s[LIST] + ops] = order


@compiled
def justified(g: Ints, s: Ints) -> None:
    """Move all operations as late, then as early as possible, in the modes taken; list them by starts."""
    _backward(g, s)
    in_order(g, s)
    for op in range(g[OPS]):
        s[s[WANTED] + op] = s[s[MODE] + op]
    forward(g, s)
    in_order(g, s)


@compiled
def cost(g: Ints, s: Ints, f: Floats) -> float:
    """What lateness, modes and the last end of a schedule cost."""
    total, last = 0.0, 0
    for op in range(g[OPS]):
        last = max(last, s[s[END] + op])
        total += f[g[F_MODE] + s[s[MODE] + op]]
    for promise in range(g[PROMISES]):
        late = _done(g, s, promise) - g[g[DUE] + promise]
        if late > 0:
            total += late * f[g[F_LATE] + promise]
    return float(total + last * f[g[F_MAKESPAN]])
