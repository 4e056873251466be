"""Tables of what is made and inspected: operations, lots, inspections, load."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from capacityplan.domain.plan import BucketInspection, Run
from capacityplan.report.facts import Facts
from capacityplan.report.load import Load
from capacityplan.report.table import Column, Kind, Row, Table
from capacityplan.verify.facts import Occasion, Work


def schedule_table(facts: Facts) -> Table:
    """Return every operation run, to the minute and then by bucket, in order of time."""
    columns = (
        Column("resource"),
        Column("setup start", Kind.TIME),
        Column("start", Kind.TIME),
        Column("end", Kind.TIME),
        Column("lot"),
        Column("operation"),
        Column("item"),
        Column("description"),
        Column("quantity", Kind.QUANTITY),
        Column("unit"),
        Column("setup", Kind.INTEGER, "min"),
        Column("run", Kind.INTEGER, "min"),
        Column("setup group"),
        Column("labour"),
        Column("labour units", Kind.INTEGER),
        Column("tool"),
        Column("planned to"),
    )
    setups = {
        id(one.charged.row): one.setup_minutes
        for sequence in facts.case.occupations.values()
        for one in sequence
    }
    works = sorted(facts.case.flow.works, key=lambda work: (work.begins, work.row.resource, work.name))
    rows = tuple(_run(facts, work, setups.get(id(work.row), work.setup_minutes)) for work in works)
    return Table("schedule", "Schedule of operations", columns, rows)


def _run(facts: Facts, work: Work, setup: int) -> Row:
    row, mode = work.row, work.mode
    labour, tools = (facts.lookup.labour(mode), facts.lookup.tools(mode)) if mode else ((), ())
    exact = isinstance(row, Run)
    begin = row.setup_start if isinstance(row, Run) else work.begins
    return (
        row.resource, facts.time(begin), facts.time(work.begins), facts.time(work.ends), row.lot,
        row.operation, work.item, facts.lookup.items[work.item].description,
        facts.units(work.item, row.quantity), facts.unit(work.item), setup, work.minutes,
        facts.lookup.setup_group(work.item), ", ".join(name for name, _ in labour),
        sum(units for _, units in labour) or None, ", ".join(name for name, _ in tools),
        "minute" if exact else "bucket",
    )  # fmt: skip


def lots_table(facts: Facts) -> Table:
    """Return the lots with their start, completion, release and accepted quantity."""
    columns = (
        Column("lot"),
        Column("item"),
        Column("description"),
        Column("version"),
        Column("order in progress"),
        Column("quantity started", Kind.QUANTITY),
        Column("quantity accepted", Kind.QUANTITY),
        Column("unit"),
        Column("start", Kind.TIME),
        Column("completed", Kind.TIME),
        Column("released", Kind.TIME),
        Column("time on hold", Kind.HOURS, "h"),
        Column("expires", Kind.TIME),
        Column("planned to"),
    )
    rows = []
    for name, flow in facts.case.flow.lots.items():
        lot, first, held = flow.lot, flow.first, facts.held.get(name)
        start = first.begins if first is not None else None
        done = held.completion.minute if held is not None else None
        free = held.release.minute if held is not None and held.release is not None else None
        waits = Fraction(free - done, 60) if free is not None and done is not None else None
        accepted = facts.units(lot.item, held.accepted) if held is not None else None
        rows.append((
            lot.lot, lot.item, facts.lookup.items[lot.item].description, lot.version, lot.receipt,
            facts.units(lot.item, lot.quantity), accepted, facts.unit(lot.item), facts.time(start),
            facts.time(done), facts.time(free), waits, facts.time(held.expires if held else None),
            "bucket" if flow.in_buckets else "minute",
        ))  # fmt: skip
    rows.sort(key=lambda row: (str(row[8]), row[0]))
    return Table("lots", "Lots to make", columns, tuple(rows))


def inspections_table(facts: Facts) -> Table:
    """Return the inspections on the labs with the time of the usage decision."""
    columns = (
        Column("object"),
        Column("inspection"),
        Column("stage"),
        Column("item"),
        Column("lab"),
        Column("start", Kind.TIME),
        Column("end", Kind.TIME),
        Column("usage decision", Kind.TIME),
        Column("waited for the lab", Kind.HOURS, "h"),
        Column("slots", Kind.INTEGER),
        Column("lab time", Kind.INTEGER, "min"),
        Column("incubation", Kind.HOURS, "h"),
        Column("quantity presented", Kind.QUANTITY),
        Column("quantity accepted", Kind.QUANTITY),
        Column("unit"),
        Column("planned to"),
    )
    rows = [row for one in facts.case.flow.occasions if (row := _inspection(facts, one)) is not None]
    rows.sort(key=lambda row: (str(row[5]), str(row[0]), str(row[1])))
    return Table("inspections", "Inspections", columns, tuple(rows))


def _inspection(facts: Facts, one: Occasion) -> Row | None:
    record, rule = one.record, one.row
    if record is None:
        return None
    if isinstance(record, BucketInspection):
        start = int(facts.timeline.starts[record.bucket])
        end = int(facts.timeline.ends[record.bucket])
    else:
        start, end = record.start, record.end
    ready = one.ready.minute if one.ready is not None else start
    return (
        one.object, rule.inspection, str(rule.stage), one.item, record.lab, facts.time(start),
        facts.time(end), facts.time(one.decided.minute if one.decided else None),
        Fraction(max(0, start - ready), 60), rule.slots, rule.lab_minutes, Fraction(rule.wait_minutes, 60),
        facts.units(one.item, one.before), facts.units(one.item, one.after), facts.unit(one.item),
        "bucket" if isinstance(record, BucketInspection) else "minute",
    )  # fmt: skip


def load_table(facts: Facts, loads: tuple[Load, ...]) -> Table:
    """Return load against capacity of every resource used, by bucket."""
    columns = (
        Column("resource"),
        Column("kind"),
        Column("from", Kind.DAY),
        Column("days", Kind.INTEGER),
        Column("run", Kind.INTEGER, "min"),
        Column("setup", Kind.INTEGER, "min"),
        Column("regular capacity", Kind.INTEGER, "min"),
        Column("overtime", Kind.INTEGER, "min"),
        Column("utilisation", Kind.SHARE),
    )
    rows = tuple(row for load in loads for row in _load(facts, load))
    return Table("load", "Load against capacity", columns, rows)


def _load(facts: Facts, load: Load) -> Iterator[Row]:
    for bucket in facts.buckets:
        capacity = int(load.capacity[bucket])
        share = Fraction(int(load.used[bucket]), capacity) if capacity else None
        yield (
            load.resource, str(load.kind), facts.day(bucket), int(facts.timeline.days[bucket]),
            int(load.run[bucket]), int(load.setup[bucket]), int(load.regular[bucket]),
            int(load.overtime[bucket]), share,
        )  # fmt: skip
