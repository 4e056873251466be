"""Views of echelons: what is made seen at an operation before the last, setup states seen by families.

RELAXED. A view is an echelon (`rounding`) with the requirement of an item's own and other sources: of what is
made, those at the end of an earlier operation (`sources`), in the states of that operation's resources; and
at any operation the states of families of setup groups, which are held where one of their groups
is, and entered by some of the changes to it (`changeover`). Cuts of setups follow from each view: without
them nothing asks for setups in operations before the last, nor for what it costs to come into a family.

Validity. P[l] of a view, what has ended the operation early enough to be released by l, is at least
what is released by l, so P[l] + W[l] + G[l] >= N[l]. What has been through the operation and is not released,
`passed`, is a column of its own, not negative (row `passed`): P of the view is that much more than the
echelon's, and with it in E, E + U is at least P of the view. Lots count in views of groups, for those of
families they would say the same again.
"""

from __future__ import annotations

from dataclasses import replace

from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.builder import Builder, Relation
from capacityplan.verify.relaxation.columns import Columns, Supply
from capacityplan.verify.relaxation.grid import Grid
from capacityplan.verify.relaxation.rounding import Echelon
from capacityplan.verify.relaxation.sources import Stage, at_end, at_step, listed, states, step_blocks

RELATION = Relation.RELAXED
PASSED = "passed"


def build(builder: Builder, grid: Grid, shared: Columns) -> None:
    """Add the views of every echelon."""
    for echelon in shared.echelons:
        supplies = [one for one in shared.supplies[echelon.item] if not one.fixed]
        places = [_places(grid, shared, supply) for supply in supplies]
        for depth in range(max(map(len, places), default=0)):
            at = [found[min(depth, len(found) - 1)] if found else None for found in places]
            _views(builder, grid, shared, echelon, depth, list(zip(supplies, at, strict=True)))


def _places(grid: Grid, shared: Columns, supply: Supply) -> list[int | None]:
    """Operations of a supply that need setup states, the last one (None) first."""
    if not supply.blocks:
        return []
    chain = supply.blocks[0].chain
    found: list[int | None] = [None] if states(grid, shared, supply.blocks) else []
    for place in range(len(chain.steps) - 2, -1, -1):
        if states(grid, shared, step_blocks(shared, chain, place)):
            found.append(place)
    return found


def _views(
    builder: Builder, grid: Grid, shared: Columns, echelon: Echelon, depth: int,
    supplies: list[tuple[Supply, int | None]],
) -> None:  # fmt: skip
    """Add the views at one operation of every supply: with states of groups, then of families."""
    early = any(place is not None for _, place in supplies)
    through = (_passed(builder, grid, shared, echelon, depth, supplies),) if early else ()
    for level in range(_levels(grid, shared, supplies)):
        stages = [_stage(grid, shared, supply, place, level) for supply, place in supplies]
        if level or early:
            shared.views.append(
                replace(
                    echelon, view=f"@{depth}.{level}", sources=listed(stages, grid.size), offers=(),
                    supplied=(*echelon.supplied, *through),
                    stock=(*echelon.stock, *through) if echelon.stock else (),
                )
            )  # fmt: skip


def _levels(grid: Grid, shared: Columns, supplies: list[tuple[Supply, int | None]]) -> int:
    """One, and one for each family around the group that is in most of them."""
    most = 1
    for supply, place in supplies:
        if not supply.blocks:
            continue
        chain = supply.blocks[0].chain
        blocks = supply.blocks if place is None else step_blocks(shared, chain, place)
        for block in blocks:
            known = shared.states.get((block.mode.resource, grid.lookup.setup_group(chain.item)), [])
            most = max(most, len(known))
    return most


def _stage(grid: Grid, shared: Columns, supply: Supply, place: int | None, level: int) -> Stage:
    if place is None:
        return at_end(grid, shared, supply, level)
    return at_step(grid, shared, supply, place, level)


def _passed(
    builder: Builder, grid: Grid, shared: Columns, echelon: Echelon, depth: int,
    supplies: list[tuple[Supply, int | None]],
) -> Ints:  # fmt: skip
    """Post what has been through the operation by the end of a bucket and is not released."""
    columns = builder.columns(grid.size, grid.caps.total(echelon.item))
    rows = builder.rows(PASSED, [f"{echelon.item}@{depth},{t}" for t in range(grid.size)], 0, 0)
    builder.post(rows, columns, 1)
    builder.post(rows[1:], columns[:-1], -1)
    for supply, place in supplies:
        if place is None:
            continue
        for sign, one in ((-1, at_step(grid, shared, supply, place, 0)), (1, at_end(grid, shared, supply))):
            for blocks, share in one.terms:
                for bucket, released in enumerate(one.released):
                    if released < grid.size:
                        builder.post(rows[released], blocks[bucket], sign * share)
    return columns
