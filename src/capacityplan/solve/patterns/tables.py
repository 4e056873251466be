"""The flat arrays of a search of setup patterns (`minute.arrays` says how such arrays are laid out).

A *row* is an item's bucket; items come before their components. A *source* is a way to have an item in
a bucket: lots of a process, or an order at a price tier. A *load* is a resource's bucket.
"""

from __future__ import annotations

(
    # Numbers.
    ITEMS, BUCKETS, PLACES,
    # Sources by row, and the rows that have one; what sources take and which loads they fill.
    SOURCE_AT, PLACE, TAKE_AT, TAKE_ROW, LOAD_AT, LOAD_ROW,
    # Where decimals of sources begin: money a lot and a unit, what a unit gives and a lot loses, amounts
    # of a lot, most lots.
    F_LOT, F_UNIT, F_GIVES, F_LOSES, F_LEAST, F_STEP, F_MOST, F_LOTS,
    # Of takings and loads by source: for each unit and lot.
    F_TAKE_UNIT, F_TAKE_LOT, F_LOAD_UNIT, F_LOAD_LOT,
    # Of rows: money for stock, demand, fixed flows, money for what is newly late and what was late before.
    F_HOLD, F_DUE, F_FLOW, F_NEWLY, F_LATE,
    # Of items: money for what is never delivered, and for what is taken and not there.
    F_LOST, F_SHORT,
    # Of loads: minutes, overtime, money for a minute of it, and beyond.
    F_ROOM, F_MORE, F_MORE_PRICE, F_OVER_PRICE,
) = range(32)  # fmt: skip
"""Header of a problem ``g``; decimals are in ``f``."""

(
    # Numbers: luck, entries of the two journals.
    LUCK, CHANGES, MARKS,
    # The pattern: sources by row (-1: none), those of the last filling, of the best pattern; by item the
    # first and the last bucket that have changed since (the first after the last: none).
    PATTERN, FILLED, BEST, FIRST, LAST,
    # Journals: places in this array and what was there; places in ``v``.
    CHANGED, BEFORE, MARKED,
    # Where decimals begin: costs, stock at the end, amounts, lots and components needed by row, minutes by
    # load.
    V_COST, V_STOCK, V_AMOUNT, V_LOTS, V_NEED, V_LOAD, V_BEFORE,
) = range(18)  # fmt: skip
"""Header of a state ``s``; decimals are in ``v``."""

TOTAL, LEAST = range(2)
"""Places of ``v``: the pattern's cost and the least one found."""
