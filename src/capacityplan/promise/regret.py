"""What a plan with an order in it does to others, and what it seems to cost: quick, before it is verified."""

from __future__ import annotations

from fractions import Fraction

from capacityplan.demand import Demand
from capacityplan.domain.plan import BucketRun, Plan, Purchase, Run
from capacityplan.promise.serve import Served
from capacityplan.solve.insert import Board
from capacityplan.units import MINUTES_PER_HOUR


class Regret:
    """Weighs ways on a plan.

    Parameters
    ----------
    board : Board
        Of the plan.
    """

    def __init__(self, board: Board, plan: Plan) -> None:
        self._board, self._plan, self._hours = board, plan, _hours(board, plan)

    def of(self, served: Served) -> tuple[Fraction, Fraction]:
        """Return the further cost of lateness and loss to others, and about what the plan costs more.

        Returns
        -------
        harm, cost : Fraction
            Money; the cost counts lateness, loss, purchases and hours of machines.
        """
        board, demands = self._board, served.demands
        before, after = (_pain(board, one, demands) for one in (self._plan, served.plan))
        change = {
            name: after[name] - before[name]
            for name in after
            if name != served.order.order and after[name] != before[name]
        }
        harm = sum((more for more in change.values() if more > 0), Fraction(0))
        bought = sum((_price(board, row) for row in served.board.purchases), Fraction(0))
        more = _hours(board, served.plan) - self._hours
        return harm, sum(change.values(), Fraction(0)) + bought + more


def _hours(board: Board, plan: Plan) -> Fraction:
    """Cost of the minutes that machines run and are set up, without changeovers of the tail."""
    made, total = {lot.lot: (lot.item, lot.version) for lot in plan.lots}, Fraction(0)
    minutes: dict[tuple[str, str, str, str], int] = {}
    rows: list[tuple[Run | BucketRun, int]] = [(run, run.end - run.setup_start) for run in plan.runs]
    rows += [(load, sum(some for _, some in load.load)) for load in plan.bucket_runs]
    for row, some in rows:
        key = (*made.get(row.lot, ("", "")), row.operation, row.resource)
        minutes[key] = minutes.get(key, 0) + some
    for (item, version, operation, resource), some in minutes.items():
        modes = board.lookup.modes.get((item, version, operation), ())
        own = next((mode.cost_per_hour for mode in modes if mode.resource == resource), None)
        total += some * (board.lookup.resources[resource].cost_per_hour if own is None else own)
    return total / MINUTES_PER_HOUR


def _pain(board: Board, plan: Plan, demands: dict[str, Demand]) -> dict[str, Fraction]:
    """Cost of lateness and loss by demand."""
    found = dict.fromkeys(demands, Fraction(0))
    for row in plan.deliveries:
        demand = demands.get(row.demand)
        arrival = min(board.timeline.bucket_of_end(row.arrive), len(board.timeline))
        if demand is not None and arrival > demand.bucket:
            late = sum(board.case.days_late(demand.due)[demand.bucket : arrival])
            found[row.demand] += demand.late_rate * late * row.quantity / board.lookup.scale[row.item]
    for gone in plan.lost:
        demand = demands.get(gone.demand)
        if demand is not None:
            found[gone.demand] += demand.lost_rate * gone.quantity / board.lookup.scale[demand.item]
    return found


def _price(board: Board, row: Purchase) -> Fraction:
    offers = board.lookup.offers[row.supplier, row.item]
    tier = max(
        (one for one in offers if one.from_quantity <= row.quantity), key=lambda one: one.from_quantity
    )
    return tier.order_cost + tier.price * row.quantity / board.lookup.scale[row.item]
