"""``capacityplan advance``: a plant at a later moment, with what really happened."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("advance")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--to", required=True, help="Local date-time, the new start, for example 2027-03-02T06:00.")
@click.option("--tables", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Folder of CSV tables (actuals, orders, ...) that replace those of INSTANCE.")  # fmt: skip
@click.option("--as-planned", is_flag=True, help="What nobody confirmed otherwise happened as planned.")
def advance(instance: Path, plan: Path, out: Path, to: str, tables: Path | None, as_planned: bool) -> None:
    """Write INSTANCE as it stands at a later moment of its PLAN into OUT (a folder, .xlsx or .json).

    Started orders have taken their components, finished ones are stock or wait for inspection,
    purchases placed are open receipts, delivered orders are gone; what is due in the frozen zone is
    released. Go on with: capacityplan solve OUT --previous PLAN
    """
    from datetime import datetime
    from tempfile import TemporaryDirectory

    from capacityplan.exchange import read_or_raise, read_plan, write
    from capacityplan.replan.advance import advance as run
    from capacityplan.replan.merge import merged

    try:
        moment = datetime.fromisoformat(to)
    except ValueError as error:
        raise click.BadParameter(
            "expected a local date-time like 2027-03-02T06:00", param_hint="--to"
        ) from error
    plant = read_or_raise(instance)
    told = merged(plant, tables) if tables is not None else None
    found = run(plant, read_plan(plan), moment, as_planned, told)
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    with TemporaryDirectory(prefix="capacityplan-") as place:
        # What could not be read again tomorrow is not written.
        whole = Path(place) / "plant.json"
        write(found.plant, whole)
        read_or_raise(whole)
    write(found.plant, out)
    in_progress = sum(bool(row.operation) for row in found.plant.receipts)
    others = len(found.plant.receipts) - in_progress
    click.echo(
        f"{out}: at {to} {in_progress} orders in progress, {others} open receipts, "
        f"{len(found.plant.orders)} orders"
    )
