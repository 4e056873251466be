"""Whether musts fit into working time: a maximal flow of minutes, exact in whole numbers.

Every must is a number of minutes that has to be worked within windows on resources. Work may be cut up and
spread at will here, so what does not fit this way fits in no plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from capacityplan.conflict.times import Times

_MOST = 2**31 - 1
Place = tuple[str, int, int]
"""Resource, first and last instant."""


@dataclass(frozen=True, slots=True)
class Must:
    """Work that every plan has to do.

    Attributes
    ----------
    text : str
        What it is, for people.
    minutes : int
    places : tuple of (resource, start, end)
        Windows in which it can be worked on; none: it cannot be done at all.
    """

    text: str
    minutes: int
    places: tuple[Place, ...]


def misfits(times: Times, musts: Sequence[Must]) -> tuple[Must, ...]:
    """Return musts that together need more than there is; none if they fit.

    Those of a minimal cut: the resources they can use are full with them alone.
    """
    impossible = (
        one for one in musts if one.minutes and not any(end > start for _, start, end in one.places)
    )
    if (first := next(impossible, None)) is not None:
        return (first,)
    wanted = [one for one in musts if one.minutes]
    if not wanted:
        return ()
    borders = sorted({edge for one in wanted for _, start, end in one.places for edge in (start, end)})
    slots: dict[tuple[str, int], int] = {}
    edges: list[tuple[int, int, int]] = []
    for number, one in enumerate(wanted):
        edges.append((0, number + 1, min(one.minutes, _MOST)))
        for resource, start, end in one.places:
            for begin in [edge for edge in borders if start <= edge < end]:
                node = slots.setdefault((resource, begin), len(wanted) + 1 + len(slots))
                edges.append((number + 1, node, min(one.minutes, _MOST)))
    sink = len(wanted) + 1 + len(slots)
    following = dict(pairwise(borders))
    for (resource, begin), node in slots.items():
        room = times.steps(resource).capacity_minutes(begin, following[begin])
        edges.append((node, sink, min(room, _MOST)))
    return _cut(wanted, edges, sink)


def _cut(wanted: Sequence[Must], edges: list[tuple[int, int, int]], sink: int) -> tuple[Must, ...]:
    table = np.array(edges, dtype=np.int32)
    graph = csr_array(coo_array((table[:, 2], (table[:, 0], table[:, 1])), shape=(sink + 1, sink + 1)))
    found = maximum_flow(graph, 0, sink)
    if found.flow_value >= sum(min(one.minutes, _MOST) for one in wanted):
        return ()
    left = csr_array(graph - found.flow)
    left.data[left.data < 0] = 0
    left.eliminate_zeros()
    seen = set(breadth_first_order(left, 0, return_predecessors=False).tolist())
    return tuple(one for number, one in enumerate(wanted) if number + 1 in seen)
