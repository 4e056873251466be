"""Who waits for which lot: deliveries with their due instants, pegged to lots before they are timed.

Demand of an item is served in order of its due instants, first by what is there anyway, then by
the item's lots in their order. Exact where the demands of an item cost the same to be late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.demand.netting import Demand
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Lateness, Plant, ReceiptKind, StockStatus
from capacityplan.domain.timeline import Timeline
from capacityplan.solve.types import LotPlan
from capacityplan.units import MINUTES_PER_DAY

WHOLE_SHARE = Fraction(1, 5)
"""What being late with a demand of several deliveries counts until the last of them, beside what
the ledger charges for each: it guides the search to lots of one demand in a row."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A delivery that leaves once the last of its lots is complete.

    Attributes
    ----------
    demand : str
    lots : tuple of (lot, money)
        With the price of a minute for which the lot's part is held.
    due : int
        Latest completion that is not late.
    earliest : int
        No delivery is accepted before: what is ready earlier is held.
    late_price : Fraction
        Money per minute of being late.
    """

    demand: str
    lots: tuple[tuple[str, Fraction], ...]
    due: int
    earliest: int
    late_price: Fraction


def standing_supply(plant: Plant, plan: LotPlan) -> dict[str, list[tuple[int, int]]]:
    """What becomes free whatever is scheduled: (minute, base units) by item."""
    supply: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for stock in plant.stock:
        if stock.status is not StockStatus.BLOCKED:
            supply[stock.item].append((stock.since, stock.quantity))
    for receipt in plant.receipts:
        if not receipt.operation or receipt.kind is ReceiptKind.PURCHASE:
            supply[receipt.item].append((max(receipt.due, 0), receipt.quantity))
    for row in plan.purchases:
        supply[row.item].append((row.arrives, row.quantity))
    return supply


def promises(
    plant: Plant,
    timeline: Timeline,
    demands: Sequence[Demand],
    outputs: Sequence[tuple[str, str, int]],
    supply: dict[str, list[tuple[int, int]]],
) -> list[Promise]:
    """Peg demand to lots.

    Parameters
    ----------
    plant : Plant
    timeline : Timeline
    demands : sequence of Demand
    outputs : sequence of (lot, item, quantity)
        Lots in the order in which they are to be used up.
    supply : dict
        As `standing_supply` gives it.

    Returns
    -------
    list of Promise
    """
    lookup = Lookup(plant)
    queues: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for item, rows in supply.items():
        queues[item].append(("", sum(quantity for _, quantity in rows)))
    for lot, item, quantity in outputs:
        queues[item].append((lot, quantity))
    for queue in queues.values():
        queue.reverse()
    found = []
    for demand in sorted(demands, key=lambda row: (row.due, -row.late_rate, row.priority, row.demand)):
        per_minute = Fraction(1, lookup.scale[demand.item] * MINUTES_PER_DAY)
        holding = lookup.holding_rate(demand.item) * per_minute
        for pieces in _shipments(demand, _served(queues.get(demand.item, []), demand.quantity)):
            lots = tuple((lot, quantity * holding) for lot, quantity in pieces if lot)
            if lots:
                found.append(
                    Promise(
                        demand.demand,
                        lots,
                        _latest(plant, timeline, demand) - demand.transit,
                        int(timeline.starts[demand.bucket]) - demand.transit,
                        sum(quantity for _, quantity in pieces) * per_minute * demand.late_rate,
                    )
                )
    return found


def _latest(plant: Plant, timeline: Timeline, demand: Demand) -> int:
    """Latest arrival that costs nothing."""
    if plant.costs.lateness is Lateness.MINUTE or demand.due < 0:
        return demand.due
    return int(timeline.ends[demand.bucket])


def _served(queue: list[tuple[str, int]], wanted: int) -> list[tuple[str, int]]:
    """Take a quantity from the front of a queue kept with its front last."""
    taken = []
    while wanted > 0 and queue:
        lot, quantity = queue.pop()
        part = min(quantity, wanted)
        if quantity > part:
            queue.append((lot, quantity - part))
        taken.append((lot, part))
        wanted -= part
    return taken


def _shipments(demand: Demand, pieces: list[tuple[str, int]]) -> list[list[tuple[str, int]]]:
    """Join pieces to shipments of at least the demand's smallest."""
    joined: list[list[tuple[str, int]]] = [[]]
    for piece in pieces:
        joined[-1].append(piece)
        if sum(quantity for _, quantity in joined[-1]) >= demand.min_shipment:
            joined.append([])
    return [shipment for shipment in joined if shipment]
