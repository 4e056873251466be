"""Where a run fits earliest on a resource, whether a machine or a group of identical ones."""

from __future__ import annotations

from capacityplan.solve.insert.board import Board
from capacityplan.solve.insert.lanes import Place, Wanted


def earliest_place(board: Board, resource: str, wanted: Wanted) -> Place | None:
    """Return the first place of a run that begins in the horizon; None where there is none."""
    lane = board.lanes.get(resource)
    if lane is None:
        return _in_group(board, resource, wanted)
    return next(lane.places(wanted, board.changeover(resource), board.short), None)


def _in_group(board: Board, resource: str, wanted: Wanted) -> Place | None:
    """A group of machines has no setup state: any minute with a machine free will do."""
    if resource not in board.pools:
        return None
    runway = board.runway(resource)
    units = ((resource, 1), *wanted.units)
    ready = wanted.ready
    while ready < runway.never:
        opened = runway.finish(wanted.floor, wanted.setup_minutes) if wanted.setup_minutes else wanted.floor
        begin = max(ready, opened)
        start = runway.begin(begin) if wanted.pausable or not wanted.minutes else (
            runway.unbroken(begin, wanted.minutes))  # fmt: skip
        if start >= runway.never:
            return None
        end = runway.finish(start, wanted.minutes) if wanted.minutes else start
        setup = runway.back(start, wanted.setup_minutes)
        if end >= runway.never or setup is None:
            return None
        lack = board.short(units, runway.pieces(setup, end))
        if lack is None:
            return Place(setup, start, end, 0)
        ready = max(lack[1], start + 1)
    return None
