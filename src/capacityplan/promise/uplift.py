"""A promotion at one uplift put into a plan: what it adds is to be there in full and in time."""

from __future__ import annotations

from collections.abc import Mapping

from capacityplan.demand import Demand
from capacityplan.domain.plan import Delivery, Lost, Plan
from capacityplan.domain.plant import Plant
from capacityplan.promise.displace import shipped
from capacityplan.promise.serve import first_ship, given_way, meant, names_of
from capacityplan.solve.insert import Board, Supply, assembled
from capacityplan.solve.insert.levels import DELIVERY
from capacityplan.solve.insert.supply import Window
from capacityplan.verify.case import in_time

Open = tuple[Demand, int]
"""A demand with the base units of it that are not planned."""


def delivered_in_time(
    plant: Plant, plan: Plan, board: Board, demands: Mapping[str, Demand]
) -> dict[str, int]:
    """Return what of each demand arrives in time, in base units."""
    found: dict[str, int] = {}
    for row in plan.deliveries:
        demand = demands.get(row.demand)
        if demand is not None and in_time(plant, board.timeline, demand, row):
            found[row.demand] = found.get(row.demand, 0) + row.quantity
    return found


class Filling:
    """Puts more demand into a plan; nothing that is planned is moved.

    Parameters
    ----------
    board : Board
        Of the plan; not changed.
    plant : Plant
        With the promotion at its uplift.
    demands : mapping
        Of that plant.
    """

    def __init__(
        self, board: Board, plant: Plant, plan: Plan, demands: dict[str, Demand], window: Window, whole: bool
    ) -> None:
        self._board, self._plant, self._plan, self._demands = board.copy(), plant, plan, demands
        self._supply, self._whole = Supply("PROMOTION-", names_of(plan), window), whole
        self._served: list[Delivery] = []

    def plan(self, strict: dict[str, int], given_back: dict[str, int]) -> Plan | Demand:
        """Return the plan with what is missing; or the first demand that cannot be had in time.

        Parameters
        ----------
        strict : dict of str to int
            Base units by demand that must come in time.
        given_back : dict of str to int
            Of demand that a smaller uplift leaves to another item: lost where it cannot come in time.
        """
        excess = {}
        for name, units in meant(self._plan).items():
            asked = self._demands[name].quantity if name in self._demands else 0
            excess[name] = units - (asked - strict.get(name, 0) - given_back.get(name, 0))
        kept, lost = given_way(self._board, self._plan, excess)
        wanted = sorted(
            ((self._demands[name], quantity) for name, quantity in strict.items()),
            key=lambda row: (row[0].bucket, row[0].due, row[0].demand),
        )
        for item in dict.fromkeys(row.item for row, _ in wanted):
            short = self._fill([row for row in wanted if row[0].item == item])
            if short is not None:
                return short
        for name, quantity in given_back.items():
            if self._fill([(self._demands[name], quantity)]) is not None:
                lost = (*lost, Lost(name, quantity))
        return assembled(self._board, (*kept, *self._served), lost)

    def _fill(self, rows: list[Open]) -> Demand | None:
        """Serve demands of an item: by what is made for all of them, else in two halves, and so on."""
        if self._whole or len(rows) == 1:
            trial = self._board.copy()
            demand = rows[0][0]
            total = sum(quantity for _, quantity in rows)
            at = first_ship(trial.timeline, demand, demand.bucket)
            self._supply.obtain(trial, demand.item, total, at, DELIVERY)
            served = self._shipped(trial, rows)
            if served is not None:
                self._board.become(trial)
                self._served += served
                return None
        if len(rows) == 1:
            return rows[0][0]
        half = len(rows) // 2
        return self._fill(rows[:half]) or self._fill(rows[half:])

    def _shipped(self, board: Board, rows: list[Open]) -> list[Delivery] | None:
        """Ship what is free now (the board changes); None where some of it would not be in time."""
        timeline, served = board.timeline, []
        for demand, quantity in rows:
            at = first_ship(timeline, demand, demand.bucket)
            minute = board.levels[demand.item].earliest(quantity, at, DELIVERY)
            if minute is None:
                return None
            row = Delivery(demand.demand, demand.item, quantity, minute, minute + demand.transit)
            if not in_time(self._plant, timeline, demand, row):
                return None
            board.event(row.item, shipped(board, row))
            served.append(row)
        return served
