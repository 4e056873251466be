"""What a schedule of the window will cost, estimated fast enough to compare thousands.

The same events as the ledger (docs/model.md, section 8) in floating point: supplies serve what
consumes them first, then demand by due date, each piece charged for waiting or for being late.
The settlement decides the real deliveries and the checker charges them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from capacityplan.demand.netting import Demand, net
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot, Run
from capacityplan.domain.plant import Lateness, Plant, StockStatus
from capacityplan.domain.timeline import Timeline
from capacityplan.prepare.lotflow import accept, components_taken, in_process, run_minutes
from capacityplan.solve.types import LotPlan, PlannedLot, WindowSchedule
from capacityplan.units import MINUTES_PER_DAY, MINUTES_PER_HOUR, floor_product

_DROPPED_DAYS = 7
"""How long after the window a lot without a place in it is taken to be ready."""


@dataclass(frozen=True, slots=True)
class _Taking:
    """Something that takes stock: wanted at ``minute``, held (at component rate) to ``until``."""

    minute: int
    quantity: int
    until: int


class Estimator:
    """Estimates the cost of schedules of one plan; everything constant is read once.

    Parameters
    ----------
    plant : Plant
    plan : LotPlan
    """

    def __init__(self, plant: Plant, plan: LotPlan) -> None:
        self._plant, self._plan = plant, plan
        self._lookup = Lookup(plant)
        self._timeline = Timeline.of(plant)
        self._demand: dict[str, list[Demand]] = defaultdict(list)
        for row in sorted(net(plant, self._timeline), key=lambda row: (row.due, -row.late_rate, row.demand)):
            self._demand[row.item].append(row)
        self._modes = {
            (item, version, operation, mode.resource): mode
            for (item, version, operation), modes in self._lookup.modes.items()
            for mode in modes
        }
        self._fixed = self._fixed_supplies()
        border = self._timeline.window_buckets
        self._tail = [wish for wish in plan.lots if wish.start_bucket >= border and not wish.lot.receipt]

    def cost(self, window: WindowSchedule) -> float:
        """Estimate what a schedule costs: runs, setups, overtime, waiting and lateness."""
        lots = {lot.lot: lot for lot in window.lots}
        return (
            self._runs(window.runs, lots)
            + self._overtime(window)
            + self._makespan(window.runs)
            + self._material(window, lots)
        )

    def _fixed_supplies(self) -> dict[str, list[tuple[int, int]]]:
        supplies: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for stock in self._plant.stock:
            if stock.status is not StockStatus.BLOCKED:
                supplies[stock.item].append((stock.since, stock.quantity))
        for receipt in self._plant.receipts:
            if not receipt.operation:
                supplies[receipt.item].append((max(receipt.due, 0), receipt.quantity))
        for row in self._plan.purchases:
            supplies[row.item].append((row.arrives, row.quantity))
        return supplies

    def _runs(self, runs: tuple[Run, ...], lots: dict[str, Lot]) -> float:
        total = 0.0
        seen: set[tuple[str, str, int, int, str]] = set()
        state = {name: self._lookup.initial_group(row) for name, row in self._lookup.resources.items()}
        for run in sorted(runs, key=lambda run: (run.start, run.end, run.lot, run.operation)):
            lot = lots[run.lot]
            group = self._lookup.setup_group(lot.item)
            batch = (run.resource, run.operation, run.start, run.end, group)
            mode = self._modes.get((lot.item, lot.version, run.operation, run.resource))
            if batch in seen or mode is None:
                continue
            seen.add(batch)
            resource = self._lookup.resources[run.resource]
            minutes, price = self._lookup.changeover(resource, state[run.resource], group)
            state[run.resource] = group
            setup = minutes + mode.setup_minutes
            worked = self._work(lot, run)
            total += (
                float(price + mode.setup_cost)
                + setup * float(self._lookup.machine_hour(resource)) / MINUTES_PER_HOUR
            )
            total += worked * float(self._lookup.run_hour(mode)) / MINUTES_PER_HOUR
            total += (setup + worked) * float(self._lookup.wage(mode)) / MINUTES_PER_HOUR
        return total

    def _work(self, lot: Lot, run: Run) -> int:
        steps = (
            *self._lookup.routings.get((lot.item, lot.version), ()),
            *(row for key, row in self._lookup.rework.items() if key[:2] == (lot.item, lot.version)),
        )
        operation = next(row for row in steps if row.operation == run.operation)
        mode = self._modes[lot.item, lot.version, run.operation, run.resource]
        return run_minutes(self._lookup, operation, mode, run.quantity)

    def _overtime(self, window: WindowSchedule) -> float:
        return sum(
            (row.end - row.start)
            * float(self._lookup.resources[row.resource].overtime_cost_per_hour)
            / MINUTES_PER_HOUR
            for row in window.overtime
        )

    def _makespan(self, runs: tuple[Run, ...]) -> float:
        last = max((run.end for run in runs), default=0)
        return last * float(self._plant.costs.makespan_cost_per_minute)

    def _material(self, window: WindowSchedule, lots: dict[str, Lot]) -> float:
        supplies = {item: list(rows) for item, rows in self._fixed.items()}
        takings: dict[str, list[_Taking]] = defaultdict(list)
        starts: dict[tuple[str, str], int] = {}
        ends: dict[str, int] = defaultdict(int)
        released: dict[str, int] = defaultdict(int)
        for run in window.runs:
            key = (run.lot, run.operation)
            starts[key] = min(starts.get(key, run.start), run.start)
            ends[run.lot] = max(ends[run.lot], run.end)
        for done in window.inspections:
            wait = self._lookup.inspection_rows[done.inspection].wait_minutes
            released[done.object] = max(released[done.object], done.end + wait)
        for name, lot in lots.items():
            accepted = self._flow(lot, starts, ends[name], takings)
            supplies.setdefault(lot.item, []).append((max(ends[name], released[name]), accepted))
        for wish, start, end in self._later(window):
            nowhere: dict[tuple[str, str], int] = defaultdict(lambda start=start: start)  # type: ignore[misc]
            accepted = self._flow(wish.lot, nowhere, end, takings)
            supplies.setdefault(wish.lot.item, []).append((end, accepted))
        items = sorted({*supplies, *takings, *self._demand})
        return sum(self._item(item, supplies.get(item, []), takings.get(item, [])) for item in items)

    def _later(self, window: WindowSchedule) -> list[tuple[PlannedLot, int, int]]:
        """Lots of the tail and lots without a place, with the instants they are taken to run."""
        grid = self._timeline
        last = len(grid) - 1
        rows = [
            (wish, int(grid.starts[min(wish.start_bucket, last)]), int(grid.ends[min(wish.end_bucket, last)]))
            for wish in self._tail
        ]
        after = min(grid.horizon_end, grid.window_end + _DROPPED_DAYS * MINUTES_PER_DAY)
        return rows + [(wish, min(grid.window_end, after), after) for wish in window.dropped]

    def _flow(
        self, lot: Lot, starts: dict[tuple[str, str], int], end: int, takings: dict[str, list[_Taking]]
    ) -> int:
        """Note what a lot takes; return the quantity it gives (every inspection counted)."""
        receipt = next((row for row in self._plant.receipts if row.order == lot.receipt), None)
        quantity = lot.quantity
        done = receipt is not None
        for operation in self._lookup.routings.get((lot.item, lot.version), ()):
            if done:
                if receipt is None or operation.operation != receipt.operation:
                    continue
                done = False
            else:
                start = starts[lot.lot, operation.operation]
                for component, needed in components_taken(
                    self._lookup, lot.item, lot.version, operation.operation, quantity, start
                ):
                    takings[component].append(_Taking(start, needed, end))
            quantity = floor_product(quantity, operation.yield_fraction)
            quantity = accept(quantity, in_process(self._lookup, lot.item, operation.operation))
        return quantity

    def _item(self, item: str, supplies: list[tuple[int, int]], takings: list[_Taking]) -> float:
        """Serve an item's takings and demand from its supplies in time order; charge waiting."""
        holding = float(self._lookup.holding_rate(item)) / self._lookup.scale[item] / MINUTES_PER_DAY
        queue = sorted(supplies, reverse=True)
        total = 0.0
        for taking in sorted(takings, key=lambda row: row.minute):
            for minute, quantity in _serve(queue, taking.quantity):
                total += quantity * holding * (taking.until - min(minute, taking.minute))
        horizon = self._timeline.horizon_end
        for demand in self._demand.get(item, ()):
            open_quantity = demand.quantity
            wanted = demand.due - demand.transit
            for minute, quantity in _serve(queue, open_quantity):
                open_quantity -= quantity
                total += quantity * holding * max(wanted - minute, 0)
                total += quantity * self._late(demand, minute + demand.transit)
            gone = float(demand.lost_rate) / self._lookup.scale[item] + self._late(demand, horizon)
            total += open_quantity * gone
        return total + sum(quantity * holding * max(horizon - minute, 0) for minute, quantity in queue)

    def _late(self, demand: Demand, arrive: int) -> float:
        """Cost of a base unit of a demand arriving at an instant."""
        if self._plant.costs.lateness is Lateness.BUCKET:
            bucket = min(self._timeline.bucket_of_end(arrive), len(self._timeline) - 1)
            if bucket <= demand.bucket and demand.due >= 0:
                return 0.0
            arrive = int(self._timeline.starts[bucket])
        rate = float(demand.late_rate) / self._lookup.scale[demand.item] / MINUTES_PER_DAY
        return rate * max(arrive - demand.due, 0)


def _serve(queue: list[tuple[int, int]], wanted: int) -> list[tuple[int, int]]:
    """Take a quantity from the front of a queue of supplies (kept with the earliest last)."""
    pieces = []
    while wanted > 0 and queue:
        minute, quantity = queue.pop()
        taken = min(quantity, wanted)
        if quantity > taken:
            queue.append((minute, quantity - taken))
        pieces.append((minute, taken))
        wanted -= taken
    return pieces
