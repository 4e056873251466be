"""All tables of a plan, made together because they share facts."""

from __future__ import annotations

from dataclasses import dataclass

from capacityplan.domain.plant import Plant
from capacityplan.report.facts import Facts
from capacityplan.report.launches import launches_table
from capacityplan.report.load import Load, loads
from capacityplan.report.money import Figure, certificate_table, figures, kpis_table, ledger_table
from capacityplan.report.review import is_recorded, review, review_tables
from capacityplan.report.scorecards import scorecards
from capacityplan.report.service import Served, served
from capacityplan.report.stock import ItemStock, stocks
from capacityplan.report.supply import deliveries_table, demand_table, purchases_table, stock_table
from capacityplan.report.table import Table
from capacityplan.report.why import reasons
from capacityplan.report.work import inspections_table, load_table, lots_table, schedule_table


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything a report shows.

    Attributes
    ----------
    why : dict of str to str
        By demand that is late or lost: what the plan shows about it.
    tables : dict of str to Table
        By name, in the order of a workbook's sheets.
    """

    facts: Facts
    service: tuple[Served, ...]
    why: dict[str, str]
    loads: tuple[Load, ...]
    stock: tuple[ItemStock, ...]
    figures: tuple[Figure, ...]
    tables: dict[str, Table]


def contents(facts: Facts, told: Plant | None = None, baseline: Facts | None = None) -> Contents:
    """Make the contents of a report.

    Parameters
    ----------
    facts : Facts
    told : Plant, optional
        With what happened since; default: the plan's own plant. Where anything is recorded, plan and
        actual are compared.
    baseline : Facts, optional
        A former plan to stand beside them.

    Returns
    -------
    Contents
    """
    service = served(facts)
    load = loads(facts)
    stock = stocks(facts, service)
    why = reasons(facts, service, load)
    found = figures(facts, service, load, stock)
    told = facts.stated if told is None else told
    looked_back = review_tables(review(facts, told, baseline=baseline)) if is_recorded(told) else ()
    tables = (
        schedule_table(facts),
        lots_table(facts),
        inspections_table(facts),
        purchases_table(facts),
        deliveries_table(facts),
        demand_table(facts, service, why),
        stock_table(facts, stock),
        load_table(facts, load),
        ledger_table(facts),
        kpis_table(found),
        *scorecards(facts, told),
        launches_table(facts, service, why),
        *looked_back,
        certificate_table(facts),
    )
    return Contents(facts, service, why, load, stock, found, {table.name: table for table in tables})
