"""The plant at a later moment: what was confirmed has happened, the rest is still to do.

A pure function: the start moves to now; started operations have taken their components; lots under
way become orders in progress with what is done of them; orders placed are open purchases; finished
lots are stock, or wait for their inspection; delivered orders are gone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from capacityplan.demand import net
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import ActualKind, Downtime, Lock, LockKind, Order, Plant, Stage
from capacityplan.domain.previous import previous_runs
from capacityplan.domain.projections import Projections
from capacityplan.domain.timeline import Clock, Timeline
from capacityplan.errors import DataError, Finding
from capacityplan.exchange.contracts import TEMPORAL
from capacityplan.exchange.tables import TABLES
from capacityplan.replan.confirmed import Confirmed
from capacityplan.replan.objects import Objects
from capacityplan.replan.progress import Progress
from capacityplan.replan.shelf import Shelf
from capacityplan.replan.strays import fitting, named, since_the_start
from capacityplan.replan.upkeep import cleanings, counted_on
from capacityplan.verify import check
from capacityplan.verify.case import Case

_MILLION = 10**6


@dataclass(frozen=True, slots=True)
class Advanced:
    """The plant at the later moment.

    Attributes
    ----------
    notes : tuple of str
        What did not fit together and how it was taken.
    """

    plant: Plant
    notes: tuple[str, ...]


def advance(
    plant: Plant, plan: Plan, to: datetime, as_planned: bool = False, told: Plant | None = None
) -> Advanced:
    """Advance a plant to a later moment within the window of its plan.

    Parameters
    ----------
    plant : Plant
        What the plan was made for.
    plan : Plan
        Verified against it.
    to : datetime
        Local time of the plant; the new start.
    as_planned : bool
        Whether what is planned before ``to`` and was not confirmed otherwise has happened as
        planned; else only what is confirmed has happened (and purchases were ordered).
    told : Plant, optional
        The same plant as it is described now: its actuals, orders, projections, downtime and so on
        count from here on; its stock too, where that is not what the plan was made for. Default:
        ``plant`` itself.

    Returns
    -------
    Advanced
        With ``previous_runs`` of the plan, without ``actuals``.

    Raises
    ------
    DataError
        If the moment lies before the start or after the window, an actual lies after it, or the
        plan is not one of this plant.
    """
    now = Clock(plant.start, plant.timezone).minute(to)
    told, notes = since_the_start(told or plant, plant)
    _refuse(plant, plan, told, now)
    case = Case(_with_new_items(plant, told), plan)
    told, more = fitting(case, told)
    notes += more
    confirmed = Confirmed(told, now, as_planned)
    shelf = Shelf(case.lookup, now, notes)
    objects = Objects(case, confirmed, shelf, told.receipts)
    objects.supplies()
    progress = Progress(case, confirmed, shelf, objects)
    progress.lots()
    found = replace(
        _shifted(_left(told, case, confirmed, shelf, objects, progress), now), start=to.isoformat()
    )
    dated = replace(plan, provenance=replace(plan.provenance, start=plan.provenance.start or plant.start))
    return Advanced(replace(found, previous_runs=previous_runs(found, dated, progress.over)), tuple(notes))


def _with_new_items(plant: Plant, told: Plant) -> Plant:
    """Return the plant of the plan with the items that were new since, as goods of them may have come in."""
    known = {row.item for row in plant.items}
    items = tuple(row for row in told.items if row.item not in known)
    new = {row.item for row in items}
    inspections = tuple(row for row in told.inspections if row.item in new)
    return replace(plant, items=(*plant.items, *items), inspections=(*plant.inspections, *inspections))


def _left(
    told: Plant, case: Case, confirmed: Confirmed, shelf: Shelf, objects: Objects, progress: Progress
) -> Plant:
    """Return what is left of the plant, its minutes still counted from its former start."""
    plan, now = case.plan, confirmed.now
    delivered = _deliver(case, confirmed, shelf)
    shelf.settle(confirmed.counts())
    receipts = (*objects.receipts, *progress.receipts())
    campaigns, being_cleaned = cleanings(told, case, confirmed)
    stock = (*shelf.rows(), *objects.held) if told.stock == case.plant.stock else told.stock
    return replace(
        told,
        stock=stock,
        receipts=receipts,
        orders=_orders(told, plan, delivered, now),
        projections=_projections(case.plant, told, delivered, now),
        downtime=(*_downtime(told, confirmed, case), *being_cleaned),
        inspections=tuple(
            row
            for row in told.inspections
            if row.stage is not Stage.VALIDATION or row.item not in objects.validated
        ),
        resources=tuple(
            replace(
                row,
                initial_setup_group=progress.groups.get(row.resource, row.initial_setup_group),
                campaign_hours_before=campaigns.get(row.resource, row.campaign_hours_before),
            )
            for row in told.resources
        ),
        locks=_locks(told, plan, progress.over, now),
        actuals=(),
        previous_runs=(),
    )


def _refuse(plant: Plant, plan: Plan, told: Plant, now: int) -> None:
    findings = []
    clock = Clock(plant.start, plant.timezone)
    window = Timeline.of(plant).window_end
    if not 0 <= now <= window:
        message = "the moment is not within the days that are planned to the minute"
        last = clock.local(window)
        findings.append(
            Finding("out_of_window", message, expected=f"from {plant.start} to {last:%Y-%m-%dT%H:%M}")
        )
    for row in told.actuals:
        if row.at > now and row.kind is not ActualKind.EXPECTED:
            findings.append(
                Finding("future_actual", f"the {named(row)} has not happened yet",
                        sheet="actuals", column="at", value=f"{clock.local(row.at):%Y-%m-%dT%H:%M}",
                        expected=f"at most the new start, {clock.local(now):%Y-%m-%dT%H:%M}")
            )  # fmt: skip
    broken = [row for row in check(plant, plan).violations if row.rule == "plan_integrity"]
    if broken:
        message = f"the plan is not one of this plant ({broken[0].text()})"
        findings.append(Finding("other_plant", message, "plan.json"))
    if findings:
        raise DataError(tuple(findings))


def _deliver(case: Case, confirmed: Confirmed, shelf: Shelf) -> dict[str, int]:
    """Ship what was shipped; base units by demand."""
    delivered: dict[str, int] = {}
    for row in confirmed.deliveries():
        shelf.take(row.item, row.quantity, row.at, f"delivery to {row.object}", last=True)
        delivered[row.object] = delivered.get(row.object, 0) + row.quantity
    if confirmed.as_planned:
        told = set(delivered)
        for planned in case.plan.deliveries:
            if planned.demand in told or planned.ship > confirmed.now:
                continue
            shelf.take(
                planned.item, planned.quantity, planned.ship, f"delivery to {planned.demand}", last=True
            )
            delivered[planned.demand] = delivered.get(planned.demand, 0) + planned.quantity
    return delivered


def _orders(told: Plant, plan: Plan, delivered: dict[str, int], now: int) -> tuple[Order, ...]:
    """Orders less what was delivered, or given up by the plan at a due date that has passed."""
    given_up = {row.demand: row.quantity for row in plan.lost}
    rows = []
    for row in told.orders:
        gone = delivered.get(row.order, 0) + (given_up.get(row.order, 0) if row.due <= now else 0)
        if gone < row.quantity:
            rows.append(replace(row, quantity=row.quantity - gone) if gone else row)
    return tuple(rows)


def _projections(plant: Plant, told: Plant, delivered: dict[str, int], now: int) -> Projections:
    """Projections less what delivered orders have consumed of the days to come.

    Without its order, a projection that it had consumed would stand there again.
    """
    gone = [row for row in plant.orders if delivered.get(row.order)]
    if not gone or not len(told.projections):
        return told.projections
    timeline = Timeline.of(plant)
    left = {row.order: row.quantity - delivered.get(row.order, 0) for row in plant.orders}
    rest = tuple(replace(row, quantity=left[row.order]) for row in plant.orders if left[row.order] > 0)
    before = {row.demand: row.quantity for row in net(plant, timeline) if not row.is_order}
    today = timeline.clock.ordinal(now)
    columns = told.projections.columns()
    names = columns["names"]
    for row in net(replace(plant, orders=rest), timeline):
        freed = 0 if row.is_order else row.quantity - before.get(row.demand, 0)
        first = int(timeline.first_day[row.bucket])
        last = first + int(timeline.days[row.bucket]) - 1
        if freed <= 0 or last < today:
            continue
        _lessen(columns, names, row.item, row.customer, first, last, freed)
    return Projections.from_columns(columns)


def _lessen(
    columns: dict[str, Any], names: list[str], item: str, segment: str, first: int, last: int, freed: int
) -> None:
    """Take a quantity out of the projection rows that cover some days."""
    for k in range(len(columns["item"])):
        weight = columns["weight_millionths"][k]
        same = names[columns["item"][k]] == item and names[columns["segment"][k]] == segment
        if not same or not weight or columns["start"][k] > last or columns["end"][k] < first:
            continue
        taken = min(columns["quantity"][k], -(-freed * _MILLION // weight))
        columns["quantity"][k] -= taken
        freed -= taken * weight // _MILLION
        if freed <= 0:
            return


def _downtime(plant: Plant, confirmed: Confirmed, case: Case) -> tuple[Downtime, ...]:
    """Downtime that is not over; maintenance that has begun is fixed."""
    now = confirmed.now
    placed = {row.downtime: row for row in case.plan.maintenance}
    rows = []
    for row in plant.downtime:
        if row.every_run_hours is not None:
            rows += counted_on(row, case, confirmed)
            continue
        if row.end is not None:
            if row.end > now:
                rows.append(row)
            continue
        stop = placed.get(row.downtime)
        if confirmed.maintained(row.downtime) or (
            confirmed.as_planned and stop is not None and stop.end <= now
        ):
            continue
        if confirmed.as_planned and stop is not None and stop.start < now:
            row = replace(
                row, start=stop.start, end=stop.end, flexible_from=None, flexible_to=None, minutes=0
            )
        elif row.flexible_from is not None and row.flexible_to is not None:
            # What is overdue is to be done at once.
            latest = max(row.flexible_to, now + row.minutes)
            row = replace(row, flexible_from=max(row.flexible_from, now), flexible_to=latest)
        rows.append(row)
    return tuple(rows)


def _locks(plant: Plant, plan: Plan, over: set[str], now: int) -> tuple[Lock, ...]:
    """Locks that still count."""
    begun = {f"{run.lot}/{run.operation}" for run in plan.runs if run.start < now}
    rows = []
    for row in plant.locks:
        expired = row.expires is not None and row.expires <= now
        past = row.end is not None and row.end <= now and row.kind is not LockKind.ORDER
        gone = row.kind is LockKind.RUN and (row.object in begun or row.object.rpartition("/")[0] in over)
        if not (expired or past or gone):
            rows.append(row)
    return tuple(rows)


def _shifted(plant: Plant, now: int) -> Plant:
    """Count all minutes from now."""
    moved: dict[str, Any] = {}
    for table in TABLES:
        fields = [column.attribute for column in table.columns if column.kind in TEMPORAL]
        if not fields or table.row is None:
            continue
        moved[table.name] = tuple(
            replace(
                row,
                **{name: getattr(row, name) - now for name in fields if getattr(row, name) is not None},
            )
            for row in getattr(plant, table.name)
        )
    return replace(plant, **moved)
