"""What actuals teach: run times, yields, reject rates, lead times, forecast bias.

Every estimate is shrunk towards the parameter that stands: it counts as ``prior`` observations, so
a few odd days move little and a steady difference moves all the way. Nothing is changed here;
people accept or refuse.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from statistics import pstdev
from typing import Any

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Actual, ActualKind, OperationResource, Plant
from capacityplan.domain.projections import Projections
from capacityplan.domain.timeline import Timeline
from capacityplan.errors import DataError, Finding
from capacityplan.exchange.texts import number_text
from capacityplan.prepare.lotflow import run_minutes
from capacityplan.replan.strays import named, since_the_start
from capacityplan.units import ceil_fraction

PRIOR = 5
_LEAST_SHARE = Fraction(2, 100)
LEAST_COUNT = 3
_DIGITS = 10**4
_MILLION = 10**6


@dataclass(frozen=True, slots=True)
class Proposal:
    """A parameter that should change, and the evidence.

    Attributes
    ----------
    key : tuple of str
        Names the rows of the table, in the order of ``_KEYS``.
    before, after : str
        Exact numbers as in the instance format.
    observations : int
    observed : str
        Mean of what was observed, before shrinking.
    spread : float
        Standard deviation of the observations.
    evidence : str
        Mark of the actuals that were observed: of the same ones, always the same.
    """

    table: str
    key: tuple[str, ...]
    column: str
    before: str
    after: str
    observations: int
    observed: str
    spread: float
    evidence: str = ""

    @property
    def id(self) -> str:
        """Name of the proposal: the same as long as it says the same."""
        told = "|".join((self.table, *self.key, self.column, self.before, self.after))
        return hashlib.sha256(told.encode()).hexdigest()[:10]

    def record(self) -> dict[str, Any]:
        """Return the proposal for a file."""
        return {"id": self.id, **asdict(self)}

    def text(self) -> str:
        """Write the proposal as one line."""
        place = f"{self.table} {'/'.join(filter(None, self.key))}: {self.column}"
        before, after = number_text(Fraction(self.before)), number_text(Fraction(self.after))
        return (
            f"{self.id}  {place} {before} -> {after} "
            f"({self.observations} observations, mean {self.observed}, spread {self.spread:.3g})"
        )


_KEYS = {
    "operations": ("item", "version", "operation"),
    "operation_resources": ("item", "version", "operation", "resource"),
    "inspections": ("inspection",),
    "suppliers": ("supplier", "item"),
    "projections": ("item",),
}


def proposals(plant: Plant, plan: Plan, prior: int = PRIOR) -> tuple[Proposal, ...]:
    """Propose parameter changes from a plant's actuals.

    Parameters
    ----------
    plant : Plant
        With ``actuals`` since the plan was made.
    plan : Plan
    prior : int
        Observations that the present parameter counts for.

    Returns
    -------
    tuple of Proposal
        Those with at least three observations and a change of 2 %; by table and key.

    Raises
    ------
    DataError
        If there are no actuals.
    """
    if not plant.actuals:
        raise DataError(
            (
                Finding(
                    "no_actuals", "nothing is confirmed that could teach anything", sheet="actuals",
                    expected="rows of what has happened since the plan was made",
                    hint="put the table actuals into the instance that the plan was made from",
                ),
            )
        )  # fmt: skip
    teacher = _Teacher(_taught(plant)[0], plan, prior)
    found = [
        *teacher.run_times(), *teacher.yields(), *teacher.rejects(), *teacher.lead_times(), *teacher.bias(),
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda row: (row.table, row.key, row.column)))


def _taught(plant: Plant) -> tuple[Plant, list[str]]:
    """Leave out what is confirmed of other days than the plan's, and say so."""
    plant, notes = since_the_start(plant, plant)
    end = Timeline.of(plant).horizon_end
    known = tuple(row for row in plant.actuals if row.kind is not ActualKind.EXPECTED)
    late = [row for row in known if row.at > end]
    if late:
        first = named(late[0])
        notes.append(f"{len(late)} confirmations are of after the horizon: left out (the first: {first})")
    return replace(plant, actuals=tuple(row for row in known if row.at <= end)), notes


def strangers(plant: Plant, plan: Plan) -> Iterator[str]:
    """Say which actuals belong to nothing of the plan or to other days, and so teach nothing."""
    within, notes = _taught(plant)
    yield from notes
    lots = {lot.lot for lot in plan.lots}
    bought = {row.purchase for row in plan.purchases} | {row.order for row in plant.receipts}
    for kind, known, what in (
        (ActualKind.RUN, lots, "confirmed runs are of no lot"),
        (ActualKind.RECEIPT, bought, "receipts are of no purchase"),
    ):
        names = [row.object for row in within.actuals if row.kind is kind]
        unknown = [name for name in names if name not in known]
        if unknown:
            yield f"{len(unknown)} of {len(names)} {what} of this plan (the first: {unknown[0]})"


def accepted(plant: Plant, proposal: Proposal) -> Plant:
    """Return a plant with a proposal put into effect.

    Raises
    ------
    ValueError
        If the parameter is not what the proposal found any more.
    """
    value = Fraction(proposal.after)
    if proposal.table == "projections":
        return replace(plant, projections=_weighted(plant, proposal.key[0], value))
    rows, hits = [], 0
    for row in getattr(plant, proposal.table):
        named = tuple(getattr(row, name) for name in _KEYS[proposal.table]) == proposal.key
        if named and Fraction(getattr(row, proposal.column)) == Fraction(proposal.before):
            whole = proposal.column == "lead_time_days"
            row = replace(row, **{proposal.column: int(value) if whole else value})
            hits += 1
        rows.append(row)
    if not hits:
        raise ValueError(
            f"{proposal.table} {'/'.join(proposal.key)}: {proposal.column} is not {proposal.before}"
        )
    changes: dict[str, Any] = {proposal.table: tuple(rows)}
    return replace(plant, **changes)


_Seen = tuple[Fraction, str]
"""An observed value, and what it was observed from."""


class _Teacher:
    def __init__(self, plant: Plant, plan: Plan, prior: int) -> None:
        self._plant, self._plan, self._prior = plant, plan, prior
        self._lookup = Lookup(plant)
        self._lots = {
            lot.lot: (lot.item, self._lookup.base_version(lot.item, lot.version)) for lot in plan.lots
        }
        self._by_kind: dict[ActualKind, list[Actual]] = defaultdict(list)
        for row in plant.actuals:
            self._by_kind[row.kind].append(row)

    def _operations(self) -> Iterator[tuple[Actual, ...]]:
        """Yield the confirmations of each finished operation of a lot: all its parts, each once."""
        parts: dict[tuple[str, str], dict[Actual, None]] = defaultdict(dict)
        for row in self._by_kind[ActualKind.RUN]:
            if row.object in self._lots:
                parts[row.object, row.operation][row] = None
        for rows in parts.values():
            if any(row.finished for row in rows):
                yield tuple(rows)

    def run_times(self) -> Iterator[Proposal]:
        """Working minutes that operations took, against those that were planned."""
        ratios: dict[tuple[str, ...], list[_Seen]] = defaultdict(list)
        now: dict[tuple[str, ...], Fraction] = {}
        for rows in self._operations():
            modes = {self._mode(row) for row in rows}
            mode = modes.pop()
            if mode is None or modes or any(row.minutes <= 0 for row in rows):
                continue
            if any(row.item == mode.item for row in self._plant.learning):
                # What it takes is told by its curve: one figure for all of its days would mix them.
                continue
            routing = self._lookup.routings[mode.item, mode.version]
            operation = next(step for step in routing if step.operation == mode.operation)
            worked = sum(row.quantity + row.rejected for row in rows)
            variable = run_minutes(self._lookup, operation, mode, worked) - operation.fixed_minutes
            if operation.batch_size or variable <= 0:
                continue
            key: tuple[str, ...] = (mode.item, mode.version, mode.operation)
            if mode.run_minutes is not None:
                key = (*key, mode.resource)
            now[key] = operation.run_minutes if mode.run_minutes is None else mode.run_minutes
            took = sum(row.minutes for row in rows) - operation.fixed_minutes
            ratios[key].append((now[key] * Fraction(max(took, 0), variable), repr(rows)))
        for key, found in ratios.items():
            table = "operations" if len(key) == 3 else "operation_resources"
            yield from self._proposal(table, key, "run_minutes", now[key], found)

    def yields(self) -> Iterator[Proposal]:
        """Good shares of finished operations."""
        shares: dict[tuple[str, str, str], list[_Seen]] = defaultdict(list)
        for rows in self._operations():
            good = sum(row.quantity for row in rows)
            whole = good + sum(row.rejected for row in rows)
            if whole:
                key = (*self._lots[rows[0].object], rows[0].operation)
                shares[key].append((Fraction(good, whole), repr(rows)))
        for key, found in shares.items():
            steps = self._lookup.routings.get(key[:2], ())
            step = next((one for one in steps if one.operation == key[2]), None)
            if step is not None:
                yield from self._proposal("operations", key, "yield_fraction", step.yield_fraction, found)

    def rejects(self) -> Iterator[Proposal]:
        """Rejected shares of inspected lots, by the last decision on each."""
        last = {
            (row.object, row.operation): row
            for row in sorted(self._by_kind[ActualKind.DECISION], key=lambda row: row.at)
        }
        shares: dict[str, list[_Seen]] = defaultdict(list)
        for row in last.values():
            whole = row.quantity + row.rejected
            if whole and row.operation in self._lookup.inspection_rows:
                shares[row.operation].append((Fraction(row.rejected, whole), repr(row)))
        for name, found in shares.items():
            if self._lookup.inspection_rows[name].is_last:
                continue  # A certificate rejects nothing, its lot was decided on before.
            now = self._lookup.inspection_rows[name].reject_fraction
            yield from self._proposal("inspections", (name,), "reject_fraction", now, found)

    def lead_times(self) -> Iterator[Proposal]:
        """Days from order to receipt: what comes on the day that was planned is in time."""
        ordered = {row.purchase: row for row in self._plan.purchases}
        parts: dict[str, dict[Actual, None]] = defaultdict(dict)
        for row in self._by_kind[ActualKind.RECEIPT]:
            if row.object in ordered and row.quantity + row.rejected:
                parts[row.object][row] = None
        day = Timeline.of(self._plant).clock.ordinal
        days: dict[tuple[str, str], list[_Seen]] = defaultdict(list)
        for name, rows in parts.items():
            purchase = ordered[name]
            offers = self._lookup.offers.get((purchase.supplier, purchase.item), ())
            if offers:
                # What was ordered later than it had to be still arrives when it was to arrive, or late.
                came = sum((row.quantity + row.rejected) * day(row.at) for row in rows)
                mean = Fraction(came, sum(row.quantity + row.rejected for row in rows))
                took = offers[0].lead_time_days + mean - day(purchase.arrives)
                days[purchase.supplier, purchase.item].append((took, repr(tuple(rows))))
        for key, found in days.items():
            now = Fraction(self._lookup.offers[key][0].lead_time_days)
            yield from self._proposal("suppliers", key, "lead_time_days", now, found, whole=True)

    def bias(self) -> Iterator[Proposal]:
        """Demand that came, against what was projected for the same days."""
        shipped = self._by_kind[ActualKind.DELIVERY]
        if not shipped:
            return
        timeline = Timeline.of(self._plant)
        last = timeline.clock.ordinal(max(row.at for row in shipped) - 1)
        first = int(timeline.first_day[0])
        came: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        orders = {row.order: row for row in self._plant.orders}
        for order in orders.values():
            came[order.item][timeline.clock.ordinal(order.due - 1)] += order.quantity
        for row in shipped:
            if row.object not in orders:
                came[row.item][timeline.clock.ordinal(row.at - 1)] += row.quantity
        projected = _daily(self._plant.projections, first, last)
        for item, days in projected.items():
            told = repr([*(row for row in shipped if row.item == item), *sorted(came[item].items())])
            found: list[_Seen] = [
                (Fraction(came[item].get(day, 0)) / expected, told)
                for day, expected in days.items()
                if expected > 0
            ]
            yield from self._proposal("projections", (item,), "weight", Fraction(1), found)

    def _mode(self, row: Actual) -> OperationResource | None:
        item, version = self._lots.get(row.object, ("", ""))
        modes = self._lookup.modes.get((item, version, row.operation), ())
        return next((mode for mode in modes if mode.resource == row.resource or len(modes) == 1), None)

    def _proposal(
        self,
        table: str,
        key: tuple[str, ...],
        column: str,
        now: Fraction,
        seen: list[_Seen],
        whole: bool = False,
    ) -> Iterator[Proposal]:
        if len(seen) < LEAST_COUNT:
            return
        found = [value for value, _ in seen]
        mean = sum(found, Fraction(0)) / len(found)
        shrunk = (now * self._prior + sum(found, Fraction(0))) / (self._prior + len(found))
        after = (
            Fraction(max(ceil_fraction(shrunk - Fraction(1, 4)), 0))
            if whole
            else Fraction(round(shrunk * _DIGITS), _DIGITS)
        )
        if abs(after - now) > _LEAST_SHARE * max(abs(now), Fraction(1, 100)):
            observed = f"{float(mean):.4g}"
            spread = pstdev([float(one) for one in found])
            evidence = hashlib.sha256("\n".join(sorted(told for _, told in seen)).encode()).hexdigest()
            yield Proposal(
                table, key, column, str(now), str(after), len(found), observed, spread, evidence[:10]
            )


def _daily(rows: Projections, first: int, last: int) -> dict[str, dict[int, Fraction]]:
    """Weighted projections by item and day."""
    found: dict[str, dict[int, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for k in range(len(rows)):
        start, end = int(rows.start[k]), int(rows.end[k])
        amount = Fraction(
            int(rows.quantity[k]) * int(rows.weight_millionths[k]), _MILLION * (end - start + 1)
        )
        for day in range(max(start, first), min(end, last) + 1):
            found[rows.names[rows.item[k]]][day] += amount
    return found


def _weighted(plant: Plant, item: str, factor: Fraction) -> Projections:
    columns = plant.projections.columns()
    for k, code in enumerate(columns["item"]):
        if columns["names"][code] == item:
            columns["weight_millionths"][k] = round(columns["weight_millionths"][k] * factor)
    return Projections.from_columns(columns)
