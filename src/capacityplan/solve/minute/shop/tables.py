"""The flat arrays of a plain shop (`arrays` says how such arrays are laid out)."""

from __future__ import annotations

(
    OPS, MACHINES, JOBS, GROUPS, FLOOR, END_OF_TIME,
    # Jobs and operations (numbered job by job), their modes.
    JOB_AT, JOB_OF, DUE, READY, WAIT, REST, GROUP, MODE_AT, MODE_MACHINE, MODE_WORK, MODE_SETUP,
    # Machines: changeovers, calendar (-1: always open), where a calendar's tables begin.
    MATRIX, INITIAL, IN_BREAKS, CHANGE, CALENDAR, CALENDAR_AT,
    # Where rates begin.
    F_RUN, F_SETUP, F_FIXED, F_CHANGE, F_LATE, F_MAKESPAN,
) = range(29)  # fmt: skip
"""Header of a problem ``g``."""

(
    ROOM, UNDONE, CHANGED, LUCK, FIRST, PENDING,
    # Operations by machine in sequence, their number, places, chosen modes, times.
    SEQUENCE, LENGTH, PLACE, MODE, START, END,
    # All operations in an order in which each comes after what it waits for, and their turns in it.
    ORDER, TURN,
    # The search's scratch room.
    WAITING, OLD_OP, OLD_START, OLD_END, MOVES, PATH,
) = range(20)  # fmt: skip
"""Header of a state ``s``."""

MOVE_WIDTH = 4
MOST_MOVES = 40

FIXED, LATE, SPAN, BEST = range(4)
"""Places of the costs ``h``: runs and setups, lateness, makespan, and the best sum so far."""
