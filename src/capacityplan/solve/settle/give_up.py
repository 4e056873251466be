"""Which demand to give up where not all of it can be served in time.

Served oldest first, a shortage is handed on: every delivery after it is late, and what is short at the
horizon's end is lost besides. Given up where it begins, the rest is on time. What comes into stock and
what is wanted make a transportation problem (Hitchcock 1941), a flow at the lowest cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from capacityplan.domain.timeline import Ints
from capacityplan.errors import SolverBug
from capacityplan.solve.settle.stock import Inflow

_PARTS = 1_000_000
"""Whole numbers into which the dearest cost is divided."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A demand, and what each bucket means for it.

    Attributes
    ----------
    quantity : int
        Base units.
    lost : float
        Money per unit lost.
    stocked : (buckets,) int
        Bucket by whose end the stock of a shipment must be free.
    fresh : (buckets,) int
        Minute beyond which what is shipped has to keep.
    late : (buckets,) float
        Money per unit of a shipment; infinite where none is possible.
    """

    demand: str
    item: str
    quantity: int
    lost: float
    stocked: Ints
    fresh: Ints
    late: np.ndarray


def given_up(wanted: Iterable[Wanted], supply: Mapping[str, list[Inflow]]) -> dict[str, int]:
    """Return base units of every demand that are better not served at all.

    Parameters
    ----------
    supply : dict of item to list of Inflow
        What there is to deliver.
    """
    by_item: dict[str, list[Wanted]] = defaultdict(list)
    for row in wanted:
        by_item[row.item].append(row)
    found: dict[str, int] = {}
    for item, rows in by_item.items():
        found.update(_given_up(rows, supply.get(item, [])))
    return found


def _given_up(rows: list[Wanted], supply: list[Inflow]) -> dict[str, int]:
    quantity = np.array([row.quantity for row in rows], dtype=np.int64)
    lost = np.array([row.lost for row in rows])
    served = len(supply) + np.arange(len(rows))
    nothing = len(supply) + len(rows)
    tails, heads, costs = [np.full(len(rows), nothing)], [served], [lost]
    bucket = np.array([inflow.bucket for inflow in supply], dtype=np.int64)
    expiry = np.array([inflow.expiry for inflow in supply], dtype=np.int64)
    for node, row in zip(served.tolist(), rows, strict=True):
        ships = np.searchsorted(row.stocked, np.maximum(bucket, row.stocked[_first(row)]), side="left")
        inside = np.flatnonzero(ships < len(row.late))
        inside = inside[expiry[inside] >= row.fresh[ships[inside]]]
        cost = row.late[ships[inside]]
        worth = cost < row.lost
        tails.append(inside[worth])
        heads.append(np.full(int(worth.sum()), node))
        costs.append(cost[worth])
    flow = SimpleMinCostFlow()
    tail, head = np.concatenate(tails), np.concatenate(heads)
    cost = np.concatenate(costs)
    whole = np.round(cost * (_PARTS / max(float(lost.max()), 1e-9))).astype(np.int64)
    most = np.concatenate([quantity, np.full(len(tail) - len(rows), int(quantity.sum()))])
    arcs = flow.add_arcs_with_capacity_and_unit_cost(tail, head, most, whole)
    idle = int(quantity.sum())
    for node, inflow in enumerate(supply):
        flow.set_node_supply(node, inflow.quantity)
    flow.set_nodes_supplies(served, -quantity)
    flow.set_node_supply(nothing, idle)
    # What is left over goes to a node of its own.
    rest = nothing + 1
    every = np.append(np.arange(len(supply)), nothing)
    total = int(quantity.sum()) + sum(inflow.quantity for inflow in supply)
    flow.add_arcs_with_capacity_and_unit_cost(
        every, np.full(len(every), rest), np.full(len(every), total), np.zeros(len(every), dtype=np.int64)
    )
    flow.set_node_supply(rest, int(quantity.sum()) - total)
    if flow.solve() != flow.OPTIMAL:
        raise SolverBug("no flow of deliveries at the lowest cost")
    lacking = flow.flows(arcs[: len(rows)])
    return {row.demand: int(amount) for row, amount in zip(rows, lacking, strict=True) if amount}


def _first(row: Wanted) -> int:
    """First bucket in which a shipment is possible."""
    return int(np.argmax(np.isfinite(row.late)))
