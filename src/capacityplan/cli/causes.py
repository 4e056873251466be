"""``capacityplan causes``: what made demand late, counted over plans."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("causes")
@click.argument("log", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--last", type=click.IntRange(min=1), help="Only so many plans, the latest; default: all.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def causes(log: Path, last: int | None, as_json: bool) -> None:
    """Rank the causes of late and lost demand over the plans in LOG.

    The log is written by: capacityplan explain INSTANCE PLAN --causes LOG
    """
    import json

    from capacityplan.cli.printing import print_table
    from capacityplan.errors import DataError, Finding
    from capacityplan.explain.tally import tallied
    from capacityplan.report.table import Column, Kind, Table, records

    try:
        lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        found = tallied(lines, last)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise DataError((Finding("broken_log", "this is no log of causes", log.name),)) from error
    columns = (
        Column("cause"), Column("object"), Column("plans", Kind.INTEGER), Column("demands", Kind.INTEGER),
        Column("so far", Kind.SHARE), Column("named for", Kind.INTEGER), Column("arrears", Kind.MONEY),
        Column("avoided without it", Kind.MONEY),
    )  # fmt: skip
    rows = tuple(
        (row.kind.replace("_", " "), row.object, row.plans, row.demands, row.share, row.named, row.arrears,
         row.avoided)
        for row in found
    )  # fmt: skip
    table = Table("causes", "Main causes of late and lost demand", columns, rows)
    if as_json:
        click.echo(json.dumps(records(table), indent=2))
    else:
        print_table(table, len(table.rows))
