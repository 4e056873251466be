"""``capacityplan runs``: what the nightly runs did."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click


@click.group("runs")
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def runs(ctx: click.Context, config: Path) -> None:
    """Look at, publish and tidy up the runs of the nightly configuration CONFIG."""
    ctx.obj = config


@runs.command("list")
@click.option("--count", default=20, show_default=True, type=click.IntRange(min=1))
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def list_(config: Path, count: int, as_json: bool) -> None:
    """List runs, the latest first."""
    import json
    from dataclasses import asdict

    from capacityplan.nightly.config import read_config
    from capacityplan.nightly.store import Store

    found = read_config(config)
    with closing(Store(found.url)) as store:
        rows = store.runs(found.plant, count)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    for row in rows:
        cost = "" if row.cost is None else f"{row.cost:,.2f}"
        changes = "" if row.changes is None else f"{row.changes} to the minute"
        code = "-" if row.code is None else str(row.code)
        message = " ".join(row.message.split())[:100]
        click.echo(f"{row.run}  {row.status:<9} {code:>2}  {cost:>16}  {changes:<18} {message}")


@runs.command("show")
@click.argument("run")
@click.pass_obj
def show(config: Path, run: str) -> None:
    """Show a RUN: its row, its steps and the audit log of it."""
    import json
    from dataclasses import asdict

    from capacityplan.nightly.config import read_config
    from capacityplan.nightly.store import Store

    found = read_config(config)
    with closing(Store(found.url)) as store:
        rows = [row for row in store.runs(found.plant) if row.run == run]
        if not rows:
            raise click.UsageError(f"there is no run {run}; see: capacityplan runs {config} list")
        told = {
            **asdict(rows[0]),
            "steps": store.done(run),
            "not_delivered": store.unsent(run),
            "audit": [row for row in store.audit(found.plant) if row["run"] == run],
        }
    click.echo(json.dumps(told, indent=2))


@runs.command("publish")
@click.argument("plan")
@click.option("--by", "author", required=True, help="Who decides so, for the audit log.")
@click.option("--reason", required=True)
@click.pass_obj
def publish(config: Path, plan: str, author: str, reason: str) -> None:
    """Make a PLAN that was published before the current one again."""
    from capacityplan.nightly.config import read_config
    from capacityplan.nightly.lock import locked
    from capacityplan.nightly.publish import PLANS, point
    from capacityplan.nightly.store import Store

    found = read_config(config)
    plans = found.folder / PLANS
    if plan not in {path.name for path in (plans.iterdir() if plans.is_dir() else ())}:
        raise click.UsageError(f"there is no published plan {plan} in {plans}")
    with locked(found.folder), closing(Store(found.url)) as store:
        point(found.folder, plan)
        store.say(found.plant, "", "published", f"{plan}: {reason}", author)
    click.echo(f"plan {plan} is current")


@runs.command("prune")
@click.pass_obj
def prune(config: Path) -> None:
    """Delete plans and working folders beyond what the configuration keeps."""
    from capacityplan.nightly import publish as published
    from capacityplan.nightly.config import read_config
    from capacityplan.nightly.lock import locked
    from capacityplan.nightly.store import Store

    found = read_config(config)
    with locked(found.folder), closing(Store(found.url)) as store:
        gone = published.prune(found.folder, found.keep.plans, found.keep.runs, found.keep.inputs)
        store.say(found.plant, "", "pruned", ", ".join(gone) or "nothing", "runs prune")
    click.echo("\n".join(gone) or "nothing to delete")
