"""One demand planned again: its late deliveries and the lots behind them, as early as they fit now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from capacityplan.demand import Demand
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import BucketRun, Delivery, Lost, Lot, Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.stoppages import stoppages
from capacityplan.domain.timeline import Timeline
from capacityplan.prepare.runway import Runway
from capacityplan.solve.insert import Board, Supply, assembled
from capacityplan.solve.insert.levels import DELIVERY, Event
from capacityplan.verify import Verdict, check
from capacityplan.verify.case import Case, in_time

_MOST_LOTS = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """A verified plan of a plant (perhaps a relaxed one) with one demand planned again.

    Attributes
    ----------
    cost : Fraction
        Of the whole plan.
    penalty : Fraction
        What the lateness and the loss of the demand cost.
    arrives : int or None
        Minute at which the last of it arrives; None where nothing does.
    lost : int
        Base units that never arrive.
    late : int
        Base units that do not arrive in time, the lost ones among them.
    """

    plant: Plant
    plan: Plan
    cost: Fraction
    penalty: Fraction
    arrives: int | None
    lost: int
    late: int

    @property
    def rank(self) -> tuple[Fraction, int]:
        """How badly the demand is served: by what that costs, then by what is not in time."""
        return self.penalty, self.late


def as_it_is(plant: Plant, plan: Plan, verdict: Verdict, demand: Demand) -> Trial:
    """Return the plan's own way of serving a demand."""
    return _trial(plant, plan, verdict, demand)


@dataclass(frozen=True, slots=True)
class Arrears:
    """What of a plan is taken out to plan a demand again: its late deliveries, and the lots behind them."""

    demand: Demand
    late: tuple[Delivery, ...]
    lots: tuple[Lot, ...]


def arrears(plant: Plant, plan: Plan, demand: Demand) -> Arrears:
    """Return what a plan delivers late of a demand, and what that waited for."""
    case = Case(plant, plan)
    bucket_of = case.timeline.bucket_of_end
    own = [row for row in plan.deliveries if row.demand == demand.demand]
    late = [row for row in own if bucket_of(row.arrive) > demand.bucket]
    return Arrears(demand, tuple(late), tuple(_behind(case, late)))


def replanned(plant: Plant, plan: Plan, taken_out: Arrears, known: Plan | None = None) -> Trial | None:
    """Plan one demand again on a plant; None where no plan that the checker accepts comes of it.

    Parameters
    ----------
    plant : Plant
        The plan's own plant, or one with a constraint relaxed.
    taken_out : Arrears
        On the plan's own plant.
    known : Plan, optional
        A plan that is not worth verifying once more: None where the same one comes of it.
    """
    demand, lots = taken_out.demand, taken_out.lots
    rest = _without(plant, plan, taken_out)
    board = Board(plant, rest)
    taken = frozenset(row.lot for row in plan.lots) | {row.purchase for row in plan.purchases}
    supply = Supply("AGAIN-", taken)
    for lot in lots:
        if not supply.place(board, lot):
            return None
    missing = demand.quantity - sum(row.quantity for row in rest.deliveries if row.demand == demand.demand)
    deliveries, lost = _served(board, supply, demand, missing, rest)
    again = assembled(board, deliveries, lost)
    if again == known:
        return None
    verdict = check(plant, again)
    return None if verdict.violations else _trial(plant, again, verdict, demand)


def _trial(plant: Plant, plan: Plan, verdict: Verdict, demand: Demand) -> Trial:
    timeline = Timeline.of(plant)
    rows = [row for row in plan.deliveries if row.demand == demand.demand]
    penalty = verdict.pain.get(demand.demand, Fraction(0))
    last = max((row.arrive for row in rows), default=None)
    lost = demand.quantity - sum(row.quantity for row in rows)
    late = lost + sum(row.quantity for row in rows if not in_time(plant, timeline, demand, row))
    return Trial(plant, plan, verdict.cost, penalty, last, lost, late)


def _behind(case: Case, late: list[Delivery]) -> list[Lot]:
    """The lots whose release the late deliveries waited for: the last ones before they were shipped."""
    found: dict[str, Lot] = {}
    for row in late:
        before = [
            one
            for one in case.flow.held
            if one.item == row.item
            and one.kind == "lot"
            and one.release is not None
            and one.release.minute <= row.ship
        ]
        if before:
            last = max(before, key=lambda one: one.release.minute if one.release is not None else 0)
            lot = case.flow.lots[last.object].lot
            if not lot.receipt:
                found[lot.lot] = lot
    return list(found.values())[:_MOST_LOTS]


def _without(plant: Plant, plan: Plan, taken_out: Arrears) -> Plan:
    gone = set(map(id, taken_out.late))
    names = {lot.lot for lot in taken_out.lots}
    plan = fitted(plant, plan)
    rest = replace(
        plan,
        lots=tuple(row for row in plan.lots if row.lot not in names),
        runs=tuple(row for row in plan.runs if row.lot not in names),
        bucket_runs=tuple(row for row in plan.bucket_runs if row.lot not in names),
        inspections=tuple(row for row in plan.inspections if row.object not in names),
        bucket_inspections=tuple(row for row in plan.bucket_inspections if row.object not in names),
        deliveries=tuple(row for row in plan.deliveries if id(row) not in gone),
        lost=tuple(row for row in plan.lost if row.demand != taken_out.demand.demand),
    )
    rest = _listed(Lookup(plant), rest, plan)
    return _set_up(Case(plant, rest), rest) if names else rest


def fitted(plant: Plant, plan: Plan) -> Plan:
    """Return a plan as it is on a plant that may have something relaxed.

    Maintenance that is no longer due is left out, and inspections end earlier where their lab is open longer.
    """
    stops = {row.downtime for row in stoppages(plant)}
    kept = tuple(row for row in plan.maintenance if row.downtime in stops)
    rest = replace(plan, maintenance=kept, ledger=(), certificate=None)
    return _inspected(Case(plant, rest), rest)


def _listed(lookup: Lookup, rest: Plan, plan: Plan) -> Plan:
    """Take setup groups that nothing loads any more off the lists of the tail."""
    items = {lot.lot: lot.item for lot in plan.lots}

    def loaded(rows: Iterable[BucketRun]) -> set[tuple[str, int, str]]:
        return {
            (row.resource, bucket, lookup.setup_group(items[row.lot]))
            for row in rows
            if row.lot in items
            for bucket, _ in row.load
        }

    gone = loaded(plan.bucket_runs) - loaded(rest.bucket_runs)
    if not gone:
        return rest
    lists = []
    for row in rest.bucket_setups:
        groups = tuple(group for group in row.groups if (row.resource, row.bucket, group) not in gone)
        if groups:
            lists.append(replace(row, groups=groups))
    return replace(rest, bucket_setups=tuple(lists))


def _set_up(case: Case, plan: Plan) -> Plan:
    """Let setups begin earlier where a run follows another one now and needs longer."""
    never = case.timeline.horizon_end
    moved: dict[tuple[str, str, int], int] = {}
    for resource, sequence in case.occupations.items():
        runway = Runway(case.working(resource), never)
        in_breaks = case.lookup.resources[resource].setup_in_breaks
        for one in sequence:
            needed = one.setup_minutes
            begin = one.start - needed if in_breaks else runway.back(one.start, needed)
            if begin is not None and begin < one.setup_start:
                moved |= {(work.row.lot, work.row.operation, one.start): begin for work in one.members}
    runs = tuple(
        replace(run, setup_start=moved.get((run.lot, run.operation, run.start), run.setup_start))
        for run in plan.runs
    )
    return replace(plan, runs=runs)


def _inspected(case: Case, plan: Plan) -> Plan:
    """Let inspections end earlier where their lab is open longer now: they pause in breaks only."""
    runways: dict[str, Runway] = {}
    rows = []
    for row in plan.inspections:
        working, needed = case.working(row.lab), case.lookup.inspection_rows[row.inspection].lab_minutes
        if working.open_minutes(row.start, row.end) != needed:
            runway = runways.setdefault(row.lab, Runway(working, case.timeline.horizon_end))
            row = replace(row, end=runway.finish(row.start, needed))
        rows.append(row)
    return replace(plan, inspections=tuple(rows))


def _served(
    board: Board, supply: Supply, demand: Demand, missing: int, rest: Plan
) -> tuple[tuple[Delivery, ...], tuple[Lost, ...]]:
    """Deliver what is missing as early as it can be had, or give it up where that costs less."""
    timeline = board.timeline
    if missing <= 0:
        return rest.deliveries, rest.lost
    trial = board.copy()
    earliest = max(int(timeline.starts[demand.bucket]) + 1 - demand.transit, 1)
    minute = supply.obtain(trial, demand.item, missing, earliest, DELIVERY)
    arrive = None if minute is None else minute + demand.transit
    if minute is None or arrive is None or timeline.bucket_of_end(arrive) >= len(timeline):
        return rest.deliveries, (*rest.lost, Lost(demand.demand, missing))
    board.become(trial)
    row = Delivery(demand.demand, demand.item, missing, minute, arrive)
    board.event(demand.item, Event(minute, timeline.bucket_of_end(minute), DELIVERY, missing))
    return (*rest.deliveries, row), rest.lost
