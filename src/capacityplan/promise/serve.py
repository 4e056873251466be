"""One order put into a plan: projections it consumes give way, the rest comes from free capacity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

from capacityplan.demand import Demand, net
from capacityplan.demand.choice import fix
from capacityplan.demand.netting import Netting
from capacityplan.domain.plan import Delivery, Lost, Plan
from capacityplan.domain.plant import Order, Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.promise.displace import shipped
from capacityplan.solve.insert import Board, Supply, assembled
from capacityplan.solve.insert.levels import DELIVERY, Event
from capacityplan.solve.insert.supply import Window

_ROUNDS = 5
_TRIES = 4
"""Dates before the one on which all could be made anew that are tried though something has to be made."""
_MUCH_LESS = 0.8
"""Share of what had to be made on the date tried last."""


@dataclass(frozen=True)
class Basis:
    """A plan that orders are put into.

    Attributes
    ----------
    plant : Plant
        Of the plan, with the orders in it already.
    board : Board
        What the plan leaves free; never changed.
    """

    plant: Plant
    plan: Plan
    board: Board

    @cached_property
    def meant(self) -> dict[str, int]:
        """Base units that are delivered or given up, by demand."""
        return meant(self.plan)

    @cached_property
    def demands(self) -> dict[str, dict[str, Demand]]:
        """Demand of the plant before another order, by item and name."""
        found: dict[str, dict[str, Demand]] = {}
        for row in self.netting.demands:
            found.setdefault(row.item, {})[row.demand] = row
        return found

    @cached_property
    def netting(self) -> Netting:
        """Demand as the plan's choices of proposals make it."""
        return Netting(fix(self.plant, self.plan.choices), self.board.timeline)


@dataclass(frozen=True, slots=True)
class Served:
    """An order in a plan that is not verified yet.

    Attributes
    ----------
    demands : dict of str to Demand
        Of the plant with the order.
    delivery : Delivery
        To the order.
    """

    plant: Plant
    plan: Plan
    board: Board
    order: Order
    demands: dict[str, Demand]
    delivery: Delivery
    bucket: int

    @property
    def basis(self) -> Basis:
        """The plan as one to put further orders into."""
        return Basis(self.plant, self.plan, self.board)


@dataclass(frozen=True, slots=True)
class Entered:
    """An order with its due date in the plant, and a board on which projections have given way to it."""

    board: Board
    plant: Plant
    order: Order
    demands: dict[str, Demand]
    deliveries: tuple[Delivery, ...]
    lost: tuple[Lost, ...]

    @property
    def demand(self) -> Demand:
        """What the order asks for."""
        return self.demands[self.order.order]


def serve(basis: Basis, order: Order, by: int | None, window: Window, prefix: str) -> Served | None:
    """Serve a whole order in one shipment, as early as it can be but not before it is wanted.

    Parameters
    ----------
    basis : Basis
    order : Order
        Its due date is set to what is found where it cannot be served by ``by``.
    """
    timeline = basis.board.timeline
    if by is not None and by > timeline.horizon_end:
        return None
    supply = partial(Supply, prefix, names_of(basis.plan), window)
    asked = 0 if by is None else timeline.bucket_of_end(max(by, 0))
    first, wanted = None, asked
    for _ in range(_ROUNDS):
        dated = replace(order, due=by if by is not None and wanted == asked else int(timeline.ends[wanted]))
        found = _served(entered(basis, dated), wanted, supply)
        if isinstance(found, Served):
            first = found
            break
        if found >= len(timeline):
            break
        wanted = found
    last = len(timeline) if first is None else first.bucket
    return _sooner(basis, order, range(asked + 1, last), supply) or first


def _served(start: Entered, wanted: int, supply: Callable[[], Supply]) -> Served | int:
    """Serve an order in a bucket, the one it is due in; where that cannot be: the first bucket for it.

    The order's board is changed.
    """
    trial, demand, order, timeline = start.board, start.demand, start.order, start.board.timeline
    minute = supply().obtain(
        trial, order.item, order.quantity, first_ship(timeline, demand, wanted), DELIVERY
    )
    bucket = len(timeline) if minute is None else timeline.bucket_of_end(minute + demand.transit)
    if minute is None or bucket > wanted:
        return bucket
    delivery = Delivery(order.order, order.item, order.quantity, minute, minute + demand.transit)
    trial.event(order.item, shipped(trial, delivery))
    made = assembled(trial, (*start.deliveries, delivery), start.lost)
    return Served(start.plant, made, trial, order, start.demands, delivery, bucket)


def _sooner(basis: Basis, order: Order, buckets: range, supply: Callable[[], Supply]) -> Served | None:
    """Serve an order in the first of some buckets in which projections leave more of it than before.

    The date on which all of it could be made anew leaves out that around an earlier one projections may
    give way, so that nothing, or less, has to be made.
    """
    timeline, least, tried, possible, made = basis.board.timeline, None, 0, 0, 0
    for bucket in buckets:
        start = entered(basis, replace(order, due=int(timeline.ends[bucket])))
        latest = int(timeline.ends[bucket]) - start.demand.transit
        missing = max(order.quantity - start.board.levels[order.item].free(latest, DELIVERY), 0)
        if least is None or missing < least:
            least = missing
            # Before the date that the last one came to, only much less to be made makes a difference.
            if missing and (tried == _TRIES or (bucket < possible and missing > _MUCH_LESS * made)):
                continue
            tried += 1
            found = _served(start, bucket, supply)
            if isinstance(found, Served):
                return found
            possible, made = found, missing
    return None


def entered(basis: Basis, order: Order) -> Entered:
    """Put an order into a plant."""
    ordered = replace(basis.plant, orders=(*basis.plant.orders, order))
    demands = {row.demand: row for row in basis.netting.with_order(order)}
    trial = basis.board.copy()
    # Orders consume projections of their own item: all other demand is what it was.
    excess = {
        name: basis.meant[name] - (demands[name].quantity if name in demands else 0)
        for name in basis.demands.get(order.item, ())
        if name in basis.meant
    }
    return Entered(trial, ordered, order, demands, *given_way(trial, basis.plan, excess))


def first_ship(timeline: Timeline, demand: Demand, bucket: int) -> int:
    """Return the first minute of shipping that arrives in a bucket."""
    return max(int(timeline.starts[bucket]) + 1 - demand.transit, 1)


def names_of(plan: Plan) -> frozenset[str]:
    """Names of lots and purchases that are in use."""
    return frozenset(row.lot for row in plan.lots) | {row.purchase for row in plan.purchases}


def demands_of(plant: Plant, plan: Plan, timeline: Timeline) -> dict[str, Demand]:
    """Demand of a plant as the plan's choices of proposals make it."""
    return {row.demand: row for row in net(fix(plant, plan.choices), timeline)}


def meant(plan: Plan) -> dict[str, int]:
    """Base units that a plan delivers or gives up, by demand."""
    found: Counter[str] = Counter()
    for row in plan.deliveries:
        found[row.demand] += row.quantity
    for gone in plan.lost:
        found[gone.demand] += gone.quantity
    return dict(found)


def given_way(
    board: Board, plan: Plan, excess: Mapping[str, int]
) -> tuple[tuple[Delivery, ...], tuple[Lost, ...]]:
    """Cut what was meant for demand down by an excess (base units by demand); the stock is free again.

    What was given up goes first, then the latest deliveries.
    """
    more = {name: units for name, units in excess.items() if units > 0}
    lost = tuple(_less(plan.lost, more))
    cuts: dict[int, Delivery | None] = {}
    given = [(number, row) for number, row in enumerate(plan.deliveries) if row.demand in more]
    for number, row in sorted(given, key=lambda pair: -pair[1].ship):
        cut = min(more[row.demand], row.quantity)
        if not cut:
            continue
        more[row.demand] -= cut
        bucket = board.timeline.bucket_of_end(row.ship)
        board.event(row.item, Event(row.ship, bucket, DELIVERY, row.quantity), -1)
        cuts[number] = None
        if cut < row.quantity:
            left = cuts[number] = replace(row, quantity=row.quantity - cut)
            board.event(row.item, Event(row.ship, bucket, DELIVERY, left.quantity))
    rows = (cuts.get(number, row) for number, row in enumerate(plan.deliveries)) if cuts else plan.deliveries
    return tuple(row for row in rows if row is not None), lost


def _less(rows: Iterable[Lost], excess: dict[str, int]) -> Iterable[Lost]:
    for row in rows:
        cut = min(excess.get(row.demand, 0), row.quantity)
        if cut:
            excess[row.demand] -= cut
        if cut < row.quantity:
            yield replace(row, quantity=row.quantity - cut)
