"""The schedule as a B2MML OperationsSchedule: a request per order, a segment per operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.exchange.texts import number_text
from capacityplan.outbound import capability
from capacityplan.outbound.changes import Told
from capacityplan.outbound.layout import Layout
from capacityplan.outbound.orders import Order, Step, plan_mark
from capacityplan.outbound.shifts import B2MML_FILE, b2mml_definitions
from capacityplan.outbound.xml import add

NAMESPACE = "http://www.mesa.org/xml/B2MML"
FILE = "operations_schedule.xml"
SETTINGS = Layout(title="B2MML OperationsSchedule, OperationsCapability and WorkCalendarInformation", file=[])


def write(plant: Plant, plan: Plan, told: Sequence[Told], settings: Mapping[str, str]) -> dict[str, bytes]:
    """Write calendars, capability and the whole schedule; B2MML knows no schedule without production."""
    files = {B2MML_FILE: b2mml_definitions(plant, NAMESPACE)} | capability.write(plant, plan, NAMESPACE)
    orders = [
        row.order for row in told if row.order.kind != "purchase" and row.action not in ("cancel", "past")
    ]
    if not orders:
        return files
    zone = ZoneInfo(plant.timezone)
    root = ElementTree.Element("OperationsSchedule", {"xmlns": NAMESPACE})
    add(root, "ID", plan.provenance.plan_id or plan_mark(plan))
    add(root, "Description", plant.name)
    add(root, "StartTime", _moment(min(order.start for order in orders), zone))
    add(root, "EndTime", _moment(max(order.end for order in orders), zone))
    add(root, "OperationsType", "Production")
    for order in orders:
        _request(root, order, zone)
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return files | {FILE: content + b"\n"}


def _request(root: ElementTree.Element, order: Order, zone: ZoneInfo) -> None:
    request = ElementTree.SubElement(root, "OperationsRequest")
    add(request, "ID", order.key)
    if order.description:
        add(request, "Description", order.description)
    add(request, "StartTime", _moment(order.start, zone))
    add(request, "EndTime", _moment(order.end, zone))
    add(request, "OperationsType", "Production")
    add(request, "OperationsDefinitionID", _definition(order))
    for number, step in enumerate(order.steps, start=1):
        _segment(request, order, step, number, zone)


def _definition(order: Order) -> str:
    return f"{order.item}/{order.version}" if order.version else order.item


def _segment(root: ElementTree.Element, order: Order, step: Step, number: int, zone: ZoneInfo) -> None:
    segment = ElementTree.SubElement(root, "SegmentRequirement")
    add(segment, "ID", f"{order.key}/{number}")
    add(segment, "EarliestStartTime", _moment(step.start, zone))
    add(segment, "LatestEndTime", _moment(step.end, zone))
    add(segment, "ProcessSegmentID", step.operation)
    add(segment, "Duration", _duration(step, zone))
    add(segment, "OperationsDefinitionID", _definition(order))
    add(segment, "OperationsSegmentID", step.operation)
    equipment = ElementTree.SubElement(segment, "EquipmentRequirement")
    add(equipment, "EquipmentID", step.resource)
    first = all(other.operation != step.operation for other in order.steps[: number - 1])
    for part in order.components if first else ():
        if part.operation == step.operation:
            _material(segment, part.item, "Consumed", number_text(part.quantity), part.unit)
    if number == len(order.steps):
        _material(segment, order.item, "Produced", number_text(order.quantity), order.unit)


def _material(segment: ElementTree.Element, item: str, use: str, quantity: str, unit: str) -> None:
    material = ElementTree.SubElement(segment, "MaterialRequirement")
    add(material, "MaterialDefinitionID", item)
    add(material, "MaterialUse", use)
    amount = ElementTree.SubElement(material, "Quantity")
    add(amount, "QuantityString", quantity)
    add(amount, "DataType", "decimal")
    add(amount, "UnitOfMeasure", unit)


def _moment(local: datetime, zone: ZoneInfo) -> str:
    return local.replace(tzinfo=zone).isoformat(timespec="seconds")


def _duration(step: Step, zone: ZoneInfo) -> str:
    """Elapsed minutes, also over the night in which the clocks change."""
    start, end = (moment.replace(tzinfo=zone).timestamp() for moment in (step.start, step.end))
    minutes = int(timedelta(seconds=end - start) / timedelta(minutes=1))
    return f"PT{minutes}M"
