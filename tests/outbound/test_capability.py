"""Capability for sales: its parts add up to the calendar, and what may be promised comes of it."""

import csv
import sys
from fractions import Fraction as F
from pathlib import Path
from xml.etree import ElementTree

import pytest
from export_plants import with_progress

sys.path.insert(0, str(Path(__file__).parents[1] / "verify"))
sys.path.insert(0, str(Path(__file__).parents[2]))  # what the smallest plant judges is judged in SQL as well

import tiny

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.outbound.capability import available_to_promise
from capacityplan.outbound.export import export
from capacityplan.promise import Desk, Request
from capacityplan.report.facts import Facts
from capacityplan.report.load import loads
from capacityplan.verify import check
from capacityplan.verify.case import Case
from capacityplan.verify.kpis import capabilities

DAY = 1440
SPACE = {"b": "http://www.mesa.org/xml/B2MML"}


def shop() -> tuple[Plant, Plan]:
    """Two people and a machine, eight hours a day; 100 are made on Tuesday, and 60 of them sold."""
    plant = tiny.plant(
        resources=(
            q.Resource("M", q.ResourceKind.MACHINE, calendar="day"),
            q.Resource("crew", q.ResourceKind.LABOUR, capacity=2, calendar="day"),
        ),
        operation_resources=(q.OperationResource("A", "make", "M", labour="crew"),),
        calendars=tuple(q.CalendarRow("day", day, None, 480, 960) for day in range(7)),
        downtime=(q.Downtime("stop", "M", 2 * DAY + 480, 2 * DAY + 540),),
        orders=(q.Order("O", "A", 60, 3 * DAY),),
        horizon=q.Horizon(daily=7, weekly=1, schedule_days=7),
    )
    lot = tiny.lot("L1", DAY + 480, quantity=100)
    plan = tiny.plan(**lot, deliveries=(p.Delivery("O", "A", 60, 2 * DAY + 700, 2 * DAY + 700),))
    assert check(plant, plan).violations == ()
    return plant, plan


def test_committed_available_and_unattainable_by_hand() -> None:
    machine, crew = capabilities(Case(*shop()))
    assert machine.committed.tolist()[:3] == [0, 100, 0]
    assert machine.available.tolist()[:3] == [480, 380, 420]
    assert machine.unattainable.tolist()[:3] == [960, 960, 1020]
    assert (crew.units, crew.committed[1], crew.available[1], crew.unattainable[1]) == (2, 100, 860, 1920)


@pytest.mark.parametrize("made", [shop(), with_progress()], ids=["shop", "everything"])
def test_parts_add_up_to_the_calendar_and_none_is_negative(made: tuple[Plant, Plan]) -> None:
    facts = Facts(*made)
    used = {row.resource: row.used.tolist() for row in loads(facts)}
    minutes = facts.timeline.ends - facts.timeline.starts
    found = capabilities(facts.case)
    assert {row.resource for row in found} >= set(used)
    for row in found:
        assert (row.total == minutes * row.units).all()
        assert min(row.committed.min(), row.available.min(), row.unattainable.min()) >= 0
        assert row.committed.tolist() == used.get(row.resource, [0] * len(minutes))


def test_what_is_left_of_a_lot_may_be_promised_from_the_week_it_comes_in() -> None:
    plant, plan = shop()
    first, second = available_to_promise(plant, plan)
    assert (first.first, first.last, second.first, second.last) == (0, 6, 7, 7)
    assert (first.promised, first.new, second.promised, second.new) == (40, 40, 40, 0)
    # A minute a piece on one machine: 7 days of 480, less 100 made and an hour of maintenance.
    assert first.capable == 7 * 480 - 100 - 60
    answer = Desk(plant, plan).promise(Request("A", 40, 7 * DAY), alternatives=False).answer
    assert answer is not None
    assert answer.lots == ()
    more = Desk(plant, plan).promise(Request("A", 41, 7 * DAY), alternatives=False).answer
    assert more is not None
    assert more.lots


def test_what_is_planned_for_later_is_not_promised_before() -> None:
    plant, plan = shop()
    (first, *_) = available_to_promise(plant, tiny.plan(
        lots=plan.lots, runs=plan.runs, deliveries=(p.Delivery("O", "A", 60, 8 * DAY, 8 * DAY),)
    ))  # fmt: skip
    assert first.promised == 40


def test_the_export_has_it_as_xml_and_csv(tmp_path: Path) -> None:
    made = with_progress()
    export("b2mml", *made, tmp_path / "out")
    root = ElementTree.parse(tmp_path / "out" / "operations_capability.xml").getroot()
    assert root.tag == f"{{{SPACE['b']}}}OperationsCapabilityInformation"
    sums: dict[tuple[str, str], int] = {}
    for part in root.findall("b:OperationsCapability", SPACE):
        kind, start = part.findtext("b:CapabilityType", "", SPACE), part.findtext("b:StartTime", "", SPACE)
        assert kind in ("Committed", "Available", "Unattainable")
        for name, holder in (("PersonnelClassID", "Personnel"), ("EquipmentID", "Equipment")):
            for one in part.findall(f"b:{holder}Capability", SPACE):
                key = one.findtext(f"b:{name}", "", SPACE), start[:10]
                minutes = int(one.findtext("b:Quantity/b:QuantityString", "", SPACE))
                sums[key] = sums.get(key, 0) + minutes
    with (tmp_path / "out" / "capability.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["resource"], row["from"]): int(row["calendar"]) for row in rows} == sums
    for row in rows:
        parts = sum(int(row[name]) for name in ("committed", "available", "unattainable"))
        assert parts == int(row["calendar"])
    with (tmp_path / "out" / "atp.csv").open(newline="") as file:
        promised = list(csv.DictReader(file))
    scale = {row.item: 10**row.precision for row in made[0].items}
    found = available_to_promise(*made)
    assert [(row["item"], F(row["available_to_promise"])) for row in promised] == [
        (row.item, F(row.promised, scale[row.item])) for row in found
    ]
