"""Resources, their calendars, pools and downtime."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import CalendarKind, Downtime, OperationResource, Resource, ResourceKind
from capacityplan.domain.stoppages import cleaning_of
from capacityplan.errors import Finding
from capacityplan.exchange.draft import Draft
from capacityplan.exchange.texts import number_text
from capacityplan.units import MINUTES_PER_HOUR, decimal_text

_WARNING = "warning"
_WORKING = (ResourceKind.MACHINE, ResourceKind.LAB, ResourceKind.LABOUR)
_RUNNING = (ResourceKind.MACHINE, ResourceKind.SUBCONTRACTOR)


def check_resources(draft: Draft) -> Iterator[Finding]:
    """Machines, labs and labour have a calendar; groups have no setup state; only machines draw energy."""
    for position, row in draft.trusted("resources"):
        if row.kind in _WORKING and not row.calendar:
            yield draft.finding("resources", position, "calendar", "resource_without_calendar",
                                f"a {row.kind} needs a calendar", expected="a calendar",
                                hint="00:00 to 24:00 on every weekday means always open")  # fmt: skip
        if row.kind is ResourceKind.MACHINE and row.capacity > 1 and row.changeover_matrix:
            yield draft.finding("resources", position, "capacity", "group_with_matrix",
                                "a group of machines cannot have a changeover matrix",
                                expected="capacity 1, or no matrix",
                                hint="give every machine a row of its own")  # fmt: skip
        if row.energy_kw and row.kind is not ResourceKind.MACHINE:
            yield draft.finding("resources", position, "energy_kw", "energy_of_no_machine",
                                f"the energy of a {row.kind} is not planned with",
                                expected="an empty cell, or kind machine")  # fmt: skip


def check_calendars(draft: Draft) -> Iterator[Finding]:
    """The calendar of a resource or a tariff opens some time."""
    if "calendars" in draft.broken:
        return
    kinds: dict[str, set[CalendarKind]] = defaultdict(set)
    for row in draft.plant.calendars:
        kinds[row.calendar].add(row.kind)
    for position, row in draft.trusted("resources"):
        if kinds.get(row.calendar) and CalendarKind.WORK not in kinds[row.calendar]:
            yield draft.finding("resources", position, "calendar", "calendar_never_open",
                                "the calendar has no row of kind work")  # fmt: skip
    for position, row in draft.trusted("tariffs"):
        if kinds.get(row.calendar) and CalendarKind.WORK not in kinds[row.calendar]:
            yield draft.finding("tariffs", position, "calendar", "calendar_never_open",
                                "the calendar has no row of kind work")  # fmt: skip


def check_calendar_rows(draft: Draft) -> Iterator[Finding]:
    """A calendar row is for a weekday or for a date."""
    for position, row in draft.trusted("calendars"):
        if (row.weekday is None) == (row.date is None):
            yield draft.finding("calendars", position, "weekday", "weekday_or_date",
                                "the row needs a weekday or a date, not both",
                                expected="one of the columns weekday and date")  # fmt: skip


def check_downtime(draft: Draft) -> Iterator[Finding]:
    """Downtime is fixed (from, to), to be placed (flexible_from, flexible_to), or by running hours."""
    resources = {row.resource: row for _, row in draft.trusted("resources")}
    for position, row in draft.trusted("downtime"):
        fault = (
            _downtime_fault(row)
            if row.every_run_hours is None
            else _run_hours_fault(row, resources.get(row.resource))
        )
        if fault:
            column, message = fault
            yield draft.finding("downtime", position, column, "unreadable_downtime", message)
        elif row.every_run_hours is not None and row.run_hours_before > row.every_run_hours:
            yield _overdue(draft, "downtime", position, "run_hours_before", row.every_run_hours)


def _overdue(draft: Draft, table: str, position: int, column: str, limit: Fraction) -> Finding:
    """Warn of hours beyond what may be run: it happens, and the plan then begins with the maintenance."""
    return draft.finding(table, position, column, "overdue_maintenance",
                         "more hours were run than may be: nothing runs there before it is maintained",
                         expected=f"at most {number_text(limit)}", severity=_WARNING)  # fmt: skip


def check_campaigns(draft: Draft) -> Iterator[Finding]:
    """A resource with a longest campaign has its cleaning, and its runs fit into one."""
    named = {row.downtime for _, row in draft.trusted("downtime")}
    for position, row in draft.trusted("resources"):
        fault = _campaign_fault(row, named)
        if fault:
            column, message, expected = fault
            yield draft.finding("resources", position, column, "unreadable_campaign", message,
                                expected=expected)  # fmt: skip
        elif row.campaign_max_hours is not None and row.campaign_hours_before > row.campaign_max_hours:
            yield _overdue(draft, "resources", position, "campaign_hours_before", row.campaign_max_hours)
    yield from _too_long_for_a_campaign(draft)


def _campaign_fault(row: Resource, named: set[str]) -> tuple[str, str, str] | None:
    cleaning = cleaning_of(row)
    if cleaning is None:
        for column, value in (("cleaning_minutes", row.cleaning_minutes),
                              ("campaign_hours_before", row.campaign_hours_before)):  # fmt: skip
            if value:
                return column, "the row says no longest campaign", "an empty cell, or campaign_max_hours"
        return None
    if row.kind not in _RUNNING or (row.capacity > 1 and not row.changeover_matrix):
        return "campaign_max_hours", "campaigns are counted of single machines only", "an empty cell"
    if row.cleaning_minutes <= 0:
        return "cleaning_minutes", "a longest campaign needs the minutes of its cleaning", "at least 1"
    limit = (row.campaign_max_hours or 0) * MINUTES_PER_HOUR
    if row.cleaning_minutes > limit:
        return "cleaning_minutes", "the cleaning takes longer than a campaign", f"at most {int(limit)}"
    if cleaning.downtime in named:
        return ("resource", f"a row of downtime has the name of its cleaning, {cleaning.downtime}",
                "another name there")  # fmt: skip
    return None


def _too_long_for_a_campaign(draft: Draft) -> Iterator[Finding]:
    """Find modes whose smallest run neither pauses for a cleaning nor fits into a campaign."""
    if not draft.whole("items", "operations", "resources"):
        return
    lookup = Lookup(replace(draft.plant, learning=()))
    for position, mode in draft.trusted("operation_resources"):
        resource = lookup.resources.get(mode.resource)
        if resource is None or resource.campaign_max_hours is None or mode.item not in lookup.items:
            continue
        versions = (mode.version,) if mode.version else lookup.versions.get(mode.item, ())
        minutes = min((_least_minutes(lookup, mode, version) for version in versions), default=Fraction(0))
        if minutes > resource.campaign_max_hours * MINUTES_PER_HOUR:
            yield draft.finding("operation_resources", position, "resource", "longer_than_a_campaign",
                                f"its smallest lot runs {decimal_text(minutes, 0)} minutes without a pause",
                                expected=f"at most {resource.campaign_max_hours} hours, the longest "
                                         f"campaign of {mode.resource}",
                                hint="let the operation pause, or make lots smaller")  # fmt: skip


def _least_minutes(lookup: Lookup, mode: OperationResource, version: str) -> Fraction:
    """Minutes in one piece that any lot runs at least; earlier steps may leave one base unit of it."""
    routing = lookup.routings.get((mode.item, version), ())
    for place, operation in enumerate(routing):
        if operation.operation == mode.operation and not operation.pausable:
            least = max(lookup.items[mode.item].min_lot, 1) if place == 0 else 1
            units = Fraction(0 if operation.batch_size else least, lookup.scale[mode.item])
            each = operation.run_minutes if mode.run_minutes is None else mode.run_minutes
            speed = operation.per_quantity * lookup.resources[mode.resource].efficiency
            return operation.fixed_minutes + each * units / speed
    return Fraction(0)


def _run_hours_fault(row: Downtime, resource: Resource | None) -> tuple[str, str] | None:
    for column, value in (("from", row.start), ("to", row.end), ("flexible_from", row.flexible_from),
                          ("flexible_to", row.flexible_to)):  # fmt: skip
        if value is not None:
            return column, "maintenance by running hours has no time of its own"
    if row.minutes <= 0:
        return "minutes", "downtime to be placed needs its minutes"
    if row.minutes > (row.every_run_hours or 0) * MINUTES_PER_HOUR:
        return "every_run_hours", "the maintenance takes longer than the work from one to the next"
    if resource is not None and resource.kind not in _RUNNING:
        return "resource", f"hours of a {resource.kind} are not counted, only those of a machine"
    if resource is not None and resource.capacity > 1:
        return "resource", "a group of machines has no running hours: give every machine a row of its own"
    return None


def _downtime_fault(row: Downtime) -> tuple[str, str] | None:
    if row.run_hours_before:
        return "run_hours_before", "hours run before count for maintenance by running hours only"
    if row.start is not None or row.end is not None:
        if row.start is None or row.end is None:
            return ("from" if row.start is None else "to"), "fixed downtime needs both from and to"
        return ("to", "the end is not after the beginning") if row.end <= row.start else None
    if row.flexible_from is None or row.flexible_to is None:
        column = "from" if row.flexible_to is None and row.flexible_from is None else "flexible_from"
        return column, "the row says neither from and to nor flexible_from and flexible_to"
    if row.minutes <= 0:
        return "minutes", "downtime to be placed needs its minutes"
    if row.flexible_to - row.flexible_from < row.minutes:
        return "flexible_to", "the minutes do not fit between flexible_from and flexible_to"
    if row.flexible_to < row.minutes:
        return "flexible_to", "the minutes do not fit between the plan's start and flexible_to"
    return None


def check_further_pools(draft: Draft) -> Iterator[Finding]:
    """A mode that occupies further pools exists, and names none of them itself."""
    if not draft.whole("operation_resources"):
        return
    modes = {
        (row.item, row.version, row.operation, row.resource): row for row in draft.plant.operation_resources
    }
    for position, row in draft.trusted("operation_pools"):
        mode = modes.get((row.item, row.version, row.operation, row.resource))
        if mode is None:
            yield draft.finding("operation_pools", position, "resource", "unknown_id",
                                "there is no such row in operation_resources",
                                expected="item, version, operation and resource of one")  # fmt: skip
        elif row.pool in (mode.labour, mode.tool):
            yield draft.finding("operation_pools", position, "pool", "pool_named_twice",
                                "operation_resources names this pool for the mode already",
                                expected="another pool, or more labour_units there")  # fmt: skip


def check_pools(draft: Draft) -> Iterator[Finding]:
    """Nobody asks for more people or slots than there are."""
    most: dict[str, int] = {}
    calendars: dict[str, int] = defaultdict(int)
    for row in draft.plant.calendars:
        calendars[row.calendar] = max(calendars[row.calendar], row.capacity or 0)
    for _, row in draft.trusted("resources"):
        most[row.resource] = max(row.capacity, calendars[row.calendar])
    asked = (
        ("operation_resources", "labour", "labour_units"),
        ("operation_pools", "pool", "units"),
        ("inspections", "lab", "slots"),
        ("inspections", "labour", "analysts"),
    )
    for table, pool, units in asked:
        for position, row in draft.trusted(table):
            available = most.get(getattr(row, pool))
            if available is not None and getattr(row, units) > available:
                yield draft.finding(table, position, units, "more_than_there_are",
                                    f"{getattr(row, pool)} never has that many",
                                    expected=f"at most {available}")  # fmt: skip
    for position, row in draft.trusted("inspections"):
        if row.analysts and not row.labour:
            yield draft.finding("inspections", position, "labour", "missing_value",
                                "analysts need their labour pool", expected="a labour resource")  # fmt: skip
