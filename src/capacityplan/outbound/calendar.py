"""The schedule as iCalendar files, one per resource, for people's own calendars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Clock
from capacityplan.exchange.texts import number_text
from capacityplan.outbound.changes import Told
from capacityplan.outbound.layout import Layout
from capacityplan.outbound.orders import Order, Step, slug
from capacityplan.outbound.shifts import icalendar_files

SETTINGS = Layout(title="iCalendar, a file per resource and per working calendar", file=[])


def write(plant: Plant, plan: Plan, told: Sequence[Told], settings: Mapping[str, str]) -> dict[str, bytes]:
    """Write what each resource does in the part that is planned to the minute, and the shifts."""
    zone, clock = ZoneInfo(plant.timezone), Clock(plant.start, plant.timezone)
    # A calendar must say when it was made; the plan's start keeps equal exports equal.
    made = clock.start.replace(tzinfo=zone).astimezone(UTC)
    events: dict[str, list[Event]] = defaultdict(list)
    for row in told:
        if row.action in ("cancel", "past"):
            continue
        for number, step in enumerate(row.order.steps, start=1):
            if step.to_the_minute:
                events[step.resource].append(_run(row.order, step, number, zone, made))
    times: dict[str, int] = defaultdict(int)
    for work in sorted(plan.maintenance, key=lambda work: work.start):
        start, end = clock.local(work.start), clock.local(work.end)
        times[work.downtime] += 1
        # What comes by running hours comes several times, each an event of its own.
        again = f"-{times[work.downtime]}" if times[work.downtime] > 1 else ""
        events[work.resource].append(
            _event(
                f"{slug(work.downtime)}-{slug(work.resource)}{again}",
                f"maintenance {work.downtime}",
                start,
                end,
                zone,
                made,
            )
        )
    files = {
        f"{slug(resource)}.ics": _calendar(resource, found) for resource, found in sorted(events.items())
    }
    return files | icalendar_files(plant)


def _calendar(resource: str, events: list[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//CapacityPlan//schedule//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", resource)
    for event in sorted(events, key=lambda event: (event.DTSTART, event.uid)):
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _run(order: Order, step: Step, number: int, zone: ZoneInfo, made: datetime) -> Event:
    title = f"{order.item} {step.operation} {number_text(step.quantity)} {order.unit}".rstrip()
    event = _event(f"{order.key}-{number}", title, step.start, step.end, zone, made)
    event.add("description", f"order {order.key}, lot {order.id}, {order.description}".rstrip(", "))
    event.add("location", step.resource)
    return event


def _event(uid: str, title: str, start: datetime, end: datetime, zone: ZoneInfo, made: datetime) -> Event:
    event = Event()
    event.add("uid", f"{uid}@capacityplan")
    event.add("dtstamp", made)
    event.add("dtstart", start.replace(tzinfo=zone).astimezone(UTC))
    event.add("dtend", end.replace(tzinfo=zone).astimezone(UTC))
    event.add("summary", title)
    return event
