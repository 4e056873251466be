"""Launches: what is ready on the day, when all of it is, and what the plan shows to hold it up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from capacityplan.explain.readiness import Readiness, readiness
from capacityplan.report.facts import Facts
from capacityplan.report.service import Served
from capacityplan.report.table import Column, Kind, Row, Table
from capacityplan.units import MINUTES_PER_DAY


def launches_table(facts: Facts, service: tuple[Served, ...], why: Mapping[str, str]) -> Table:
    """Return every launch within the horizon with its readiness.

    Parameters
    ----------
    why : mapping
        Why demand is late or lost, by demand.
    """
    columns = (
        Column("launch"), Column("item"), Column("segment"), Column("date", Kind.DAY), Column("state"),
        Column("wanted", Kind.QUANTITY), Column("ready", Kind.QUANTITY), Column("unit"),
        Column("share ready", Kind.SHARE), Column("served in time", Kind.QUANTITY),
        Column("ready on", Kind.TIME), Column("spare", Kind.HOURS, "days"), Column("held up by"),
    )  # fmt: skip
    short = {row.demand.demand: row.late + row.lost for row in service}
    rows = tuple(_row(facts, one, short, why) for one in readiness(facts.case))
    return Table("launches", "Launches, and whether they are ready", columns, rows)


def _row(facts: Facts, one: Readiness, short: Mapping[str, int], why: Mapping[str, str]) -> Row:
    row = one.launch
    head = (row.launch, row.item, row.segment, date.fromordinal(row.date), one.state)
    unit = facts.unit(row.item)
    if not one.is_planned:
        return (*head, None, None, unit, None, None, None, None, "proposed, and not chosen by the plan")
    worst = max((demand.demand for demand in one.demands), key=lambda name: short[name], default="")
    return (
        *head, facts.units(row.item, one.wanted), facts.units(row.item, one.ready), unit,
        Fraction(one.ready, one.wanted) if one.wanted else None, facts.units(row.item, one.served),
        facts.time(one.ready_on), None if one.spare is None else Fraction(one.spare, MINUTES_PER_DAY),
        why.get(worst, ""),
    )  # fmt: skip
