"""``capacityplan prices``: what an hour, a place, a unit, a day and shorter setups are worth on a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fractions import Fraction

    from capacityplan.domain.plant import Plant
    from capacityplan.explain.prices import Multiplier, Price
    from capacityplan.report.facts import Facts
    from capacityplan.report.table import Table


@click.command("prices")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.option("--top", type=click.IntRange(min=1), default=5, show_default=True,
              help="How many of the dearest arrears to look behind, and limits to show.")  # fmt: skip
@click.option("--setups", "seconds", type=click.FloatRange(min=1), metavar="SECONDS",
              help="Solve again, so long each, with shorter setups on the --top resources.")  # fmt: skip
@click.option("--shorter", type=click.FloatRange(min=0, min_open=True, max=1), default=0.5, show_default=True,
              help="Share by which setups are shorter.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True,
              help="Processes to use with --setups.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def prices(
    instance: Path, plan: Path, top: int, seconds: float | None, shorter: float, workers: int, as_json: bool
) -> None:
    """Price the constraints of PLAN: an hour of a resource or of setups, a unit of a material, a day.

    Each price is reached by a plan in which that constraint alone is loosened, made anew and verified;
    beside it, what the next unit is worth in the plan's lower bound.
    """
    import json
    from fractions import Fraction

    from capacityplan.cli.printing import print_table
    from capacityplan.exchange import read_or_raise, read_plan
    from capacityplan.explain.prices import multipliers
    from capacityplan.explain.prices import prices as priced
    from capacityplan.report.facts import Facts
    from capacityplan.report.table import records

    facts = Facts(read_or_raise(instance), read_plan(plan))
    reached = _reached(facts.plant, priced(facts.stated, facts.plan, facts.verdict, top))
    bound = _bound(facts, multipliers(facts.plan))
    tables = [reached, bound]
    if seconds is not None:
        tables.append(_setups(facts, top, seconds, Fraction(str(shorter)), workers))
    if as_json:
        click.echo(json.dumps({table.name: records(table) for table in tables}, indent=2))
        return
    if reached.rows:
        print_table(reached, len(reached.rows))
    else:
        click.echo(
            f"Nothing behind the {top} dearest arrears is worth loosening by itself: it would cost more."
        )
    print_table(bound, 2 * top)
    for table in tables[2:]:
        print_table(table, len(table.rows))


def _reached(plant: Plant, rows: tuple[Price, ...]) -> Table:
    from capacityplan.report.table import Column, Kind, Table

    money = plant.currency
    columns = (
        Column("constraint"), Column("used", Kind.HOURS), Column("unit"), Column("saved", Kind.MONEY, money),
        Column("per unit", Kind.MONEY, money), Column("demand"),
    )  # fmt: skip
    cells = tuple((row.text, row.amount, row.unit, row.saved, row.per_unit, row.demand) for row in rows)
    return Table("reached", "What loosening a constraint saves, verified", columns, cells)


def _bound(facts: Facts, rows: tuple[Multiplier, ...]) -> Table:
    from capacityplan.report.table import Column, Kind, Table

    columns = (Column("limit"), Column("object"), Column("from", Kind.DAY), Column("unit"),
               Column("next unit", Kind.MONEY, facts.currency))  # fmt: skip
    cells = tuple(
        (row.limit, row.object, None if row.bucket is None else facts.day(row.bucket), row.unit, row.money)
        for row in rows
    )
    return Table("bound", "What the next unit is worth in the lower bound", columns, cells)


def _setups(facts: Facts, top: int, seconds: float, share: Fraction, workers: int) -> Table:
    from fractions import Fraction

    from capacityplan.replan.carry import carry_forward
    from capacityplan.report.table import Column, Kind, Table
    from capacityplan.scenario.setups import shorter_setups
    from capacityplan.solve.solve import Settings

    rows = shorter_setups(
        facts.stated, facts.plan, Settings(seconds=seconds, workers=workers), carry_forward, top, share
    )
    money = facts.currency
    columns = (
        Column("resource"), Column("setups", Kind.HOURS, "h"), Column("less", Kind.HOURS, "h"),
        Column("saved", Kind.MONEY, money), Column("per hour", Kind.MONEY, money),
    )  # fmt: skip
    cells = tuple(
        (row.resource, Fraction(row.setup, 60), Fraction(row.less, 60), row.saved, row.per_hour)
        for row in rows
    )
    title = f"What setups a share of {float(share):g} shorter save, solved again"
    return Table("setups", title, columns, cells)
