"""Sources of an echelon: what comes in with the lots or orders of a bucket, seen at the end of an operation.

Validity. What lots of a chain bring is at most ``high * q - sure`` each, and not negative. A lot that is
released by the end of a bucket has ended every operation before: the bucket of that end is `lots.ended_by`,
from one operation to the one before it. So what has ended an operation early enough (`Stage.released`) brings
at least what is released, and what of it is not released yet is not negative. Sources at an operation
are in the order of its ends. Lots (of other than batch operations) end it in a setup state of its mode's
resource: a run of at least a minute works in the bucket in which it ends (in the tail: has a load there).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.chains import Chain
from capacityplan.verify.relaxation.columns import Columns, State, StepColumns, Supply, group_on
from capacityplan.verify.relaxation.grid import Grid
from capacityplan.verify.relaxation.lots import ended_by
from capacityplan.verify.relaxation.rounding import Count, Source

Counted = tuple[tuple[Ints, ...], Fraction | None]


@dataclass(frozen=True, slots=True)
class Stage:
    """A supply at the end of an operation.

    Attributes
    ----------
    terms : tuple of ((buckets,) columns, units)
        What it brings, by bucket of that end.
    released : tuple of int
        Earliest bucket of its release by bucket of that end; the number of buckets where it is not released.
    """

    terms: tuple[tuple[Ints, Fraction], ...]
    counts: tuple[Counted, ...]
    states: tuple[State, ...]
    released: tuple[int, ...]


def at_end(grid: Grid, shared: Columns, supply: Supply, level: int = 0) -> Stage:
    """See a supply at its completion or arrival; ``level`` chooses states (`states`)."""
    released = tuple(grid.earliest_release(bucket, supply.hold) for bucket in range(grid.size))
    counts = () if level else (*supply.counts, *_worked(grid, shared, supply.blocks))
    return Stage(supply.terms, counts, states(grid, shared, supply.blocks, level), released)


def at_step(grid: Grid, shared: Columns, supply: Supply, place: int, level: int) -> Stage:
    """See what is made at the end of an operation before the last."""
    chain = supply.blocks[0].chain
    blocks = step_blocks(shared, chain, place)
    terms = [(block.units, chain.out.high) for block in blocks]
    terms += [(block.lots, -chain.out.sure) for block in blocks if chain.out.sure]
    ((_, most),) = supply.counts
    lots = (tuple(block.lots for block in blocks), most)
    counts = () if level else (lots, *_worked(grid, shared, blocks))
    released = _released(grid, chain, place)
    return Stage(tuple(terms), counts, states(grid, shared, blocks, level), released)


def step_blocks(shared: Columns, chain: Chain, place: int) -> tuple[StepColumns, ...]:
    """Columns of an operation on its modes."""
    return tuple(row for row in shared.steps if row.chain is chain and row.step is chain.steps[place])


def states(grid: Grid, shared: Columns, blocks: Iterable[StepColumns], level: int = 0) -> tuple[State, ...]:
    """Setup states in which all of an operation is worked on; none where some of it needs none.

    ``level`` 0 are those of groups, higher ones those of families, the largest where there are fewer.
    """
    found = []
    for block in blocks:
        resource = block.mode.resource
        known = shared.states.get((resource, group_on(grid, resource, block.chain.item)))
        if known is None or block.step.operation.batch_size or not block.step.minutes:
            return ()
        found.append(known[min(level, len(known) - 1)])
    return tuple(found)


def listed(stages: Iterable[Stage], size: int) -> tuple[Source, ...]:
    """List the sources of an echelon, supply by supply in the order of their ends."""
    found: list[Source] = []
    for stage in stages:
        follows = None
        for bucket, released in enumerate(stage.released):
            if released >= size:
                break
            source = _source(stage, bucket, released, follows)
            if stage.states:
                follows = len(found)
            found.append(source)
    return tuple(found)


def _source(stage: Stage, bucket: int, released: int, follows: int | None) -> Source:
    terms = tuple((int(columns[bucket]), share) for columns, share in stage.terms)
    counts = tuple(
        Count(tuple(int(block[bucket]) for block in blocks), most) for blocks, most in stage.counts
    )
    held = tuple(column for state in stage.states for column in state.held(bucket))
    changes = tuple(column for state in stage.states for column in state.changes(bucket))
    return Source(released, terms, counts, held, changes, follows)


def _worked(grid: Grid, shared: Columns, blocks: tuple[StepColumns, ...]) -> list[Counted]:
    """Setups of the machines as a count, where all is worked on in setup states."""
    if not states(grid, shared, blocks):
        return []
    active = tuple(
        shared.active[block.mode.resource, group_on(grid, block.mode.resource, block.chain.item)]
        for block in blocks
    )
    return [(active, None)]


def _released(grid: Grid, chain: Chain, place: int) -> tuple[int, ...]:
    """Earliest release of a lot by the bucket in which it ends an operation."""
    ended = []
    for completed in range(grid.size):
        bucket = completed
        for later in range(len(chain.steps) - 1, place, -1):
            bucket = ended_by(grid, chain, later, bucket)
        ended.append(bucket)
    found = []
    for bucket in range(grid.size):
        first = next((v for v in range(grid.size) if ended[v] >= bucket), grid.size)
        found.append(grid.earliest_release(first, chain.hold))
    return tuple(found)
