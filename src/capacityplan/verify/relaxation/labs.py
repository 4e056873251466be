"""Labs and analysts: a lot is free only when its final inspections have been worked on.

RELAXED (inspections of every lot after its last operation, of routings with a largest lot; all others are
left out, and so is what else an analyst does).

Validity. Take a plan and a routing whose lots are at most ``most`` accepted units each. A lot is *due* in the
earliest bucket in which it may be released (`Grid.earliest_release`), and released then or later: released[t]
lots are released in t, waiting[t] are due and not released by the end of t (row `released_lots`). Likewise
units: what is released in t is at least 0 and at most released[t] * most (rows `released_units`); row `free`
has those that wait taken off. used[t] are minutes of a lab, or of analysts, that are worked in bucket t on
these inspections: at most what it can work. A lot that is released has been inspected: row `inspected`, with
``ahead`` what was worked on others. A lot is not inspected before it is complete: row `inspectable`, with
``left`` what is still to be worked on complete lots. In the tail an inspection takes its minutes in its
bucket, which is not before the lot's completion and not after its release.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.builder import INFINITY, Builder, Relation
from capacityplan.verify.relaxation.capacity import room
from capacityplan.verify.relaxation.chains import Chain
from capacityplan.verify.relaxation.columns import Columns, Supply
from capacityplan.verify.relaxation.grid import Grid

RELATION = Relation.RELAXED


def build(builder: Builder, grid: Grid, shared: Columns) -> None:
    """Post the final inspections of every routing."""
    done: dict[str, list[tuple[Chain, Fraction, Supply, Ints]]] = {}
    for item, supplies in shared.supplies.items():
        for supply in supplies:
            if supply.blocks and supply.counts[0][1] is not None:
                chain = supply.blocks[0].chain
                minutes = dict(_minutes(chain))
                if minutes:
                    released = _released(builder, grid, shared, item, chain, supply, supply.counts[0][1])
                    for name, each in minutes.items():
                        done.setdefault(name, []).append((chain, each, supply, released))
    for name, rows in done.items():
        _resource(builder, grid, name, rows)


def _minutes(chain: Chain) -> Iterator[tuple[str, Fraction]]:
    """Minutes of labs and analysts for a lot."""
    total: dict[str, Fraction] = {}
    for row in chain.final:
        if row.every_lots <= 1:
            uses = [(row.lab, row.slots), (row.labour, row.analysts)]
            for name, count in uses:
                if name and count and row.lab_minutes:
                    total[name] = total.get(name, Fraction(0)) + row.lab_minutes * count
    yield from total.items()


def _released(
    builder: Builder, grid: Grid, shared: Columns, item: str, chain: Chain, supply: Supply, most: Fraction
) -> Ints:
    """Let lots and what is in them wait; return the columns of lots released by bucket."""
    size, number = grid.size, grid.caps.lots(chain) * grid.size
    released, waiting = builder.columns(size, number), builder.columns(size, number)
    units = builder.columns(size, grid.caps.total(item))
    keys = [f"{chain.name},{t}" for t in range(size)]
    by_lot = builder.rows("released_lots", keys, 0, 0)
    some = builder.rows("released_units", [f"{key},least" for key in keys], 0, INFINITY)
    all_of = builder.rows("released_units", keys, -INFINITY, 0)
    builder.post(by_lot, released, 1)
    builder.post(all_of, released, -most)
    for rows, columns, sign in ((by_lot, waiting, 1), (some, units, -1), (all_of, units, -1)):
        builder.post(rows, columns, sign)
        builder.post(rows[1:], columns[:-1], -sign)
    free = shared.free[item]
    builder.post(free, units, 1)
    builder.post(free[1:], units[:-1], -1)
    for bucket in range(size):
        due = grid.earliest_release(bucket, supply.hold)
        if due < size:
            for block in supply.blocks:
                builder.post(by_lot[due], block.lots[bucket], -1)
            for columns, share in supply.terms:
                builder.post([some[due], all_of[due]], columns[bucket], share)
    return released


def _resource(
    builder: Builder, grid: Grid, name: str, rows: list[tuple[Chain, Fraction, Supply, Ints]]
) -> None:
    """Tie lots to the minutes of a lab or of analysts."""
    size, most = grid.size, room(grid, name)
    # Bounds wide enough that only rows have a price.
    used, ahead = (builder.columns(size, most.sum()) for _ in range(2))
    left = builder.columns(size, sum(each * grid.caps.lots(chain) * size for chain, each, _, _ in rows))
    keys = [f"{name},{t}" for t in range(size)]
    lab = builder.rows("lab", keys, -INFINITY, most)
    builder.post(lab, used, 1)
    inspected, inspectable = (builder.rows(one, keys, 0, 0) for one in ("inspected", "inspectable"))
    for line, columns, sign in ((inspected, ahead, -1), (inspectable, left, 1)):
        builder.post(line, columns, 1)
        builder.post(line[1:], columns[:-1], -1)
        builder.post(line, used, sign)
    for _, each, supply, released in rows:
        builder.post(inspected, released, each)
        for block in supply.blocks:
            builder.post(inspectable, block.lots, -each)
