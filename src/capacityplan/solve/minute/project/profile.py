"""What is free of each pool along time: a chain of nodes, each from its time to that of the next."""

from __future__ import annotations

from capacityplan.solve.minute.arrays import Ints
from capacityplan.solve.minute.compiled import compiled
from capacityplan.solve.minute.project.tables import (
    BACK,
    FREE,
    MODE_SETUP,
    MODE_WORK,
    NEXT,
    NODES,
    NODES_USED,
    SEGMENT,
    SEGMENTS,
    TIME,
    USE_AT,
    USE_POOL,
    USE_UNITS,
    WIDTH,
)


@compiled
def opened(g: Ints, s: Ints) -> None:
    """Free all pools."""
    for k in range(g[SEGMENTS] * g[WIDTH]):
        s[s[NODES] + k] = g[g[SEGMENT] + k]
    s[NODES_USED] = g[SEGMENTS]


@compiled
def _fits(g: Ints, row: int, s: Ints, mode: int) -> bool:
    """Whether a mode finds its units at a node (given by where its row begins)."""
    for k in range(g[g[USE_AT] + mode], g[g[USE_AT] + mode + 1]):
        if s[row + FREE + g[g[USE_POOL] + k]] < g[g[USE_UNITS] + k]:
            return False
    return True


@compiled
def earliest(g: Ints, s: Ints, mode: int, near: int, begin: int) -> tuple[int, int]:
    """First time from ``begin`` on at which a mode finds its units throughout, and the node there.

    Parameters
    ----------
    near : int
        Any node: where the search for ``begin`` starts.
    """
    length = g[g[MODE_SETUP] + mode] + g[g[MODE_WORK] + mode]
    width = g[WIDTH]
    node = near
    row = s[NODES] + node * width
    while s[row + TIME] > begin and s[row + BACK] >= 0:
        node = s[row + BACK]
        row = s[NODES] + node * width
    while s[row + NEXT] >= 0 and s[s[NODES] + s[row + NEXT] * width + TIME] <= begin:
        node = s[row + NEXT]
        row = s[NODES] + node * width
    if length == 0:
        return begin, node
    first, at = node, begin
    while True:
        following = s[row + NEXT]
        if not _fits(g, row, s, mode):
            if following < 0:
                return 1 << 60, -1
            first = following
            row = s[NODES] + following * width
            at = s[row + TIME]
            continue
        if following < 0:
            return at, first
        row = s[NODES] + following * width
        if s[row + TIME] >= at + length:
            return at, first


@compiled
def latest(g: Ints, s: Ints, mode: int, near: int, end: int) -> tuple[int, int]:
    """Last time from which a mode finds its units throughout and ends by ``end``, and the node there."""
    length = g[g[MODE_SETUP] + mode] + g[g[MODE_WORK] + mode]
    width = g[WIDTH]
    node = near
    row = s[NODES] + node * width
    while s[row + NEXT] >= 0 and s[s[NODES] + s[row + NEXT] * width + TIME] < end:
        node = s[row + NEXT]
        row = s[NODES] + node * width
    while s[row + TIME] >= end and s[row + BACK] >= 0:
        node = s[row + BACK]
        row = s[NODES] + node * width
    if length == 0:
        return end, node
    until = end
    while True:
        before = s[row + BACK]
        fits = _fits(g, row, s, mode)
        if fits and s[row + TIME] <= until - length:
            return until - length, node
        if before < 0:
            return -1, -1
        if not fits:
            until = s[row + TIME]
        node = before
        row = s[NODES] + node * width


@compiled
def _split(g: Ints, s: Ints, node: int, time: int) -> int:
    """Have a node begin at a time within ``node``; return it."""
    width = g[WIDTH]
    row = s[NODES] + node * width
    if s[row + TIME] == time:
        return node
    new = s[NODES_USED]
    s[NODES_USED] += 1
    at = s[NODES] + new * width
    for k in range(width):
        s[at + k] = s[row + k]
    s[at + TIME], s[at + BACK] = time, node
    if s[row + NEXT] >= 0:
        s[s[NODES] + s[row + NEXT] * width + BACK] = new
    s[row + NEXT] = new
    return int(new)


@compiled
def occupied(g: Ints, s: Ints, mode: int, node: int, begin: int) -> tuple[int, int]:
    """Take the units of a mode from a time in a node on; return the nodes of its begin and its end."""
    end = begin + g[g[MODE_SETUP] + mode] + g[g[MODE_WORK] + mode]
    if end == begin:
        return node, node
    width = g[WIDTH]
    first = _split(g, s, node, begin)
    k = first
    while True:
        row = s[NODES] + k * width
        following = s[row + NEXT]
        if following < 0 or s[s[NODES] + following * width + TIME] > end:
            following = _split(g, s, k, end)
        for use in range(g[g[USE_AT] + mode], g[g[USE_AT] + mode + 1]):
            s[row + FREE + g[g[USE_POOL] + use]] -= g[g[USE_UNITS] + use]
        k = following
        if s[s[NODES] + k * width + TIME] >= end:
            return first, k
