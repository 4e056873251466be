"""The flat arrays of a project (`minute.arrays` says how such arrays are laid out)."""

from __future__ import annotations

(
    OPS, PROMISES, WIDTH, SEGMENTS, FLOOR,
    # Operations (each after those it waits for): earliest start, a rank of urgency, modes.
    RELEASE, RANK, MODE_AT, MODE_SETUP, MODE_WORK, USE_AT, USE_POOL, USE_UNITS,
    # What operations wait for, and what waits for them, with the least wait between.
    BEFORE_AT, BEFORE, BEFORE_WAIT, AFTER_AT, AFTER, AFTER_WAIT,
    # Promises: operations that complete them, due times.
    PROMISE_AT, PROMISE_OP, DUE,
    # Nodes of the profile to begin with.
    SEGMENT,
    # Where rates begin.
    F_MODE, F_LATE, F_MAKESPAN,
) = range(26)  # fmt: skip
"""Header of a problem ``g``."""

(
    LUCK, NODES_USED, NODES,
    # Operations in order, modes wanted (-1: whichever ends first), modes taken, times, profile nodes there.
    LIST, WANTED, MODE, BEGIN, END, BEGIN_NODE, END_NODE,
    # Scratch room: keys and marks by operation; latest ends.
    KEY, MARK, LATEST,
) = range(13)  # fmt: skip
"""Header of a state ``s``."""

TIME, NEXT, BACK, FREE = range(4)
"""Columns of a profile node: when it begins, the nodes behind and before it, free units of each pool."""
