"""The change list: before, after, because; biggest effect first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

from capacityplan.demand import net
from capacityplan.domain.plan import Plan, Run
from capacityplan.domain.plant import Plant
from capacityplan.domain.previous import minutes_since, previous_runs
from capacityplan.domain.timeline import Clock
from capacityplan.units import MINUTES_PER_DAY, decimal_text
from capacityplan.verify.case import Case
from capacityplan.verify.changes import Change, changes
from capacityplan.verify.facts import Work

_STATE: dict[str, Any] = {"initial_setup_group": "", "campaign_hours_before": Fraction(0)}
"""How a resource stands at the start, which is no change of it."""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line of the change list.

    Attributes
    ----------
    kind : str
        ``moved``, ``added``, ``dropped`` (operations), ``later`` (operations planned in buckets before
        and after), ``delivery`` (of an order), ``purchase``.
    zone : str
        ``frozen``, ``slushy`` or ``open``.
    effect : Fraction
        Money at stake: value of what is made, bought or delivered, times days moved.
    """

    kind: str
    object: str
    item: str
    zone: str
    before: str
    after: str
    because: str
    effect: Fraction

    def record(self) -> dict[str, str]:
        """Return the line as texts."""
        return {**asdict(self), "effect": decimal_text(self.effect)}


def change_list(
    plant: Plant,
    plan: Plan,
    previous: Plan,
    reasons: dict[str, str] | None = None,
    tolerance_minutes: int = 0,
    least_effect: Fraction = Fraction(0),
) -> tuple[ChangeRow, ...]:
    """List what differs between a plan and the previous one.

    Parameters
    ----------
    plant : Plant
        Today's.
    plan, previous : Plan
    reasons : dict of object to text, optional
        What changed in the data, by item, resource, order or lot (`reasons`).
    tolerance_minutes : int
        Starts that move by no more are left out.
    least_effect : Fraction
        Changes of less effect are left out.

    Returns
    -------
    tuple of ChangeRow
        Biggest effect first.
    """
    known = reasons or {}
    costs = replace(plant.costs, change_tolerance_minutes=tolerance_minutes)
    case = Case(replace(plant, costs=costs, previous_runs=previous_runs(plant, previous)), plan)
    teller = _Teller(case, plan, previous, known)
    rows = [teller.operation(change) for change in changes(case)]
    rows += [*teller.purchases(), *teller.deliveries()]
    kept = (row for row in rows if row.effect >= least_effect)
    return tuple(sorted(kept, key=lambda row: (-row.effect, row.kind, row.object)))


class _Teller:
    def __init__(self, case: Case, plan: Plan, previous: Plan, reasons: dict[str, str]) -> None:
        self._case, self._plan, self._previous, self._reasons = case, plan, previous, reasons
        self._clock = Clock(case.plant.start, case.plant.timezone)
        self._passed = minutes_since(case.plant, previous)
        self._items = {lot.lot: lot.item for lot in (*previous.lots, *plan.lots)}
        self._demand_of: dict[str, str] = {row.demand: row.item for row in plan.deliveries}

    def operation(self, change: Change) -> ChangeRow:
        """Tell of an operation that was moved, added or dropped."""
        item = self._items.get(change.lot, change.before[0].item if change.before else "")
        before = "; ".join(
            f"{row.resource} {self._when(row.start, row.start != row.until)}" for row in change.before
        )
        after = "; ".join(self._place(work) for work in change.after)
        kind = "moved" if change.before and change.after else ("added" if change.after else "dropped")
        if not _to_the_minute(change):
            kind = "later"
        quantity = change.after[0].row.quantity if change.after else change.before[0].quantity
        days = Fraction(1)
        if change.before and change.after:
            days = Fraction(abs(change.after[0].begins - change.before[0].start), MINUTES_PER_DAY)
        resources = [row.resource for row in change.before] + [work.row.resource for work in change.after]
        because = self._because([change.lot, *resources, item, *self._wanted_by(item)])
        effect = self._value(item, quantity) * days
        return ChangeRow(
            kind, f"{change.lot}/{change.operation}", item, change.zone, before, after, because, effect
        )

    def purchases(self) -> Iterator[ChangeRow]:
        """Tell of items of which more or less is bought, or at other times."""
        before: dict[str, dict[int, int]] = {}
        for row in self._previous.purchases:
            if row.order_by >= self._passed:
                days = before.setdefault(row.item, {})
                day = self._clock.ordinal(row.arrives - self._passed)
                days[day] = days.get(day, 0) + row.quantity
        after: dict[str, dict[int, int]] = {}
        for row in self._plan.purchases:
            days, day = after.setdefault(row.item, {}), self._clock.ordinal(row.arrives)
            days[day] = days.get(day, 0) + row.quantity
        for item in sorted({*before, *after} & set(self._case.lookup.items)):
            was, now = before.get(item, {}), after.get(item, {})
            moved = sum(abs(now.get(day, 0) - was.get(day, 0)) for day in {*was, *now})
            if moved:
                effect = self._value(item, moved)
                bought, buys = (self._units(item, sum(days.values())) for days in (was, now))
                yield ChangeRow("purchase", item, item, "open", bought, buys, self._because([item]), effect)

    def deliveries(self) -> Iterator[ChangeRow]:
        """Tell of orders that are delivered earlier or later than before."""
        was, now = self._last_delivery(self._previous, self._passed), self._last_delivery(self._plan, 0)
        orders = {row.order: row for row in self._case.plant.orders}
        for name in sorted({*was, *now} & set(orders)):
            old, new = was.get(name), now.get(name)
            if old == new or (old is not None and old < 0):
                continue
            row = orders[name]
            days = Fraction(1)
            if old is not None and new is not None:
                days = Fraction(abs(new - old), MINUTES_PER_DAY)
            before, after = ("never" if at is None else self._when(at, True) for at in (old, new))
            because = self._because([name, row.item])
            effect = self._value(row.item, row.quantity) * days
            yield ChangeRow("delivery", name, row.item, "open", before, after, because, effect)

    def _last_delivery(self, plan: Plan, passed: int) -> dict[str, int]:
        last: dict[str, int] = {}
        for row in plan.deliveries:
            last[row.demand] = max(last.get(row.demand, row.arrive - passed), row.arrive - passed)
        return last

    def _place(self, work: Work) -> str:
        return f"{work.row.resource} {self._when(work.begins, not isinstance(work.row, Run))}"

    def _when(self, minute: int, only_day: bool) -> str:
        local = self._clock.local(minute)
        return local.strftime("%Y-%m-%d" if only_day else "%Y-%m-%d %H:%M")

    def _value(self, item: str, quantity: int) -> Fraction:
        row = self._case.lookup.items.get(item)
        if row is None:
            return Fraction(0)
        worth = row.price if row.price is not None else row.unit_value
        return Fraction(quantity, self._case.lookup.scale[item]) * worth

    def _units(self, item: str, quantity: int) -> str:
        units = Fraction(quantity, self._case.lookup.scale[item])
        return f"{decimal_text(units, self._case.lookup.items[item].precision)}"

    def _wanted_by(self, item: str) -> list[str]:
        """Items that are made from an item, at any level."""
        users: list[str] = []
        level = [item]
        while level:
            level = [
                line.item
                for line in self._case.plant.bill_of_materials
                if line.component in level and line.item not in users
            ]
            users += level
        return users

    def _because(self, names: list[str]) -> str:
        for name in names:
            if name in self._reasons:
                return self._reasons[name]
        return "a cheaper plan was found"


def _to_the_minute(change: Change) -> bool:
    return any(row.start == row.until for row in change.before) or any(
        isinstance(work.row, Run) for work in change.after
    )


def reasons(plant: Plant, expected: Plant, former: Plant | None = None) -> dict[str, str]:
    """Say what differs between today's plant and the one the previous plan expected, by object.

    Parameters
    ----------
    plant : Plant
        Today's.
    expected : Plant
        The former plant, advanced as planned to the same start (or the former plant itself).
    former : Plant, optional
        The former plant at its own start; default: ``expected``.

    Returns
    -------
    dict of name to text
        Names of lots, orders, resources and items.
    """
    found: dict[str, str] = {}
    _demand_reasons(plant, expected, former or expected, found)
    _resource_reasons(plant, expected, found)
    _supply_reasons(plant, expected, found)
    return found


def _demand_reasons(plant: Plant, expected: Plant, former: Plant, found: dict[str, str]) -> None:
    now, was = ({row.order: row for row in one.orders} for one in (plant, expected))
    known = {row.order for row in former.orders}
    for name in sorted({*now, *was}):
        new, old = now.get(name), was.get(name)
        if new == old:
            continue
        item = (new or was[name]).item
        fresh = "was not delivered as planned" if name in known else "is new"
        what = fresh if old is None else ("is gone" if new is None else "has changed")
        found.setdefault(name, f"order {name} {what}")
        found.setdefault(item, f"order {name} of {item} {what}")
    totals = []
    for one in (plant, expected):
        sums: dict[str, int] = {}
        for demand in net(one):
            if not demand.is_order:
                sums[demand.item] = sums.get(demand.item, 0) + demand.quantity
        totals.append(sums)
    for item in sorted({*totals[0], *totals[1]}):
        new_sum, old_sum = totals[0].get(item, 0), totals[1].get(item, 0)
        if abs(new_sum - old_sum) * 100 > old_sum:
            share = 100 * Fraction(new_sum - old_sum, max(old_sum, 1))
            found.setdefault(item, f"projections of {item} changed by {decimal_text(share, 0)} %")


def _resource_reasons(plant: Plant, expected: Plant, found: dict[str, str]) -> None:
    was = {(row.resource, row.start, row.end, row.minutes) for row in expected.downtime}
    for row in plant.downtime:
        if (row.resource, row.start, row.end, row.minutes) not in was:
            found.setdefault(row.resource, f"{row.resource} is down ({row.reason or 'new downtime'})")
    before = {row.resource: row for row in expected.resources}
    for resource in plant.resources:
        old = before.get(resource.resource)
        if old is None or replace(old, **_STATE) != replace(resource, **_STATE):
            found.setdefault(resource.resource, f"{resource.resource} has changed")
    if plant.calendars != expected.calendars:
        for resource in plant.resources:
            rows = [
                {row for row in one.calendars if row.calendar == resource.calendar}
                for one in (plant, expected)
            ]
            if rows[0] != rows[1]:
                found.setdefault(resource.resource, f"the calendar of {resource.resource} has changed")


def _supply_reasons(plant: Plant, expected: Plant, found: dict[str, str]) -> None:
    now, was = ({row.order: row for row in one.receipts} for one in (plant, expected))
    for name in sorted({*now, *was}):
        new, old = now.get(name), was.get(name)
        if new is None or old is None:
            continue
        if new.due != old.due:
            late = Fraction(new.due - old.due, MINUTES_PER_DAY)
            word = "later" if late > 0 else "earlier"
            text = f"{name} ({new.item}) comes {decimal_text(abs(late), 1)} days {word}"
        elif (new.operation, new.done_quantity, new.quantity) != (
            old.operation,
            old.done_quantity,
            old.quantity,
        ):
            text = f"{name} ({new.item}) is not as far as planned, or further"
        else:
            continue
        found.setdefault(name, text)
        found.setdefault(new.item, text)
    stocks = []
    for one in (plant, expected):
        sums: dict[str, int] = {}
        for row in one.stock:
            sums[row.item] = sums.get(row.item, 0) + row.quantity
        stocks.append(sums)
    for item in sorted({*stocks[0], *stocks[1]}):
        new_sum, old_sum = stocks[0].get(item, 0), stocks[1].get(item, 0)
        if new_sum != old_sum:
            word = "more" if new_sum > old_sum else "less"
            found.setdefault(item, f"there is {word} {item} in stock than planned")
