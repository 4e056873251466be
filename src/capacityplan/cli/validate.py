"""``capacityplan validate``: is an instance sound, and if not, where not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacityplan.domain.plant import Plant
    from capacityplan.errors import Finding
    from capacityplan.exchange import ReadResult

_SHOWN = 200


@click.command("validate")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path),
              help="Write all findings into this file.")  # fmt: skip
def validate(instance: Path, json_file: Path | None) -> None:
    """Check INSTANCE (a folder, .xlsx or .json) and show every finding. Exit 0 or 3."""
    from capacityplan.errors import ExitCode
    from capacityplan.exchange import read

    found = _with_scenarios(instance, read(instance))
    if json_file is not None:
        _write_json(found, json_file)
    _show(found.findings)
    if found.plant is None:
        click.echo(f"{instance}: {_counted(found)}; not sound", err=True)
        sys.exit(ExitCode.DATA)
    _summarise(found.plant)
    click.echo(f"{instance}: {_counted(found)}; sound")


def _with_scenarios(instance: Path, found: ReadResult) -> ReadResult:
    """Apply every scenario of a sound instance by itself, and add what is found."""
    from capacityplan.errors import DataError
    from capacityplan.exchange import ReadResult
    from capacityplan.exchange.scenario_files import read_scenarios
    from capacityplan.scenario import apply

    scenarios, findings = read_scenarios(instance)
    more = list(findings)
    plant = found.plant
    if plant is None:
        return ReadResult(None, (*found.findings, *findings))
    for scenario in scenarios:
        try:
            apply(plant, scenario)
        except DataError as error:
            more += error.findings
    return ReadResult(None if more else found.plant, (*found.findings, *more))


def _counted(found: ReadResult) -> str:
    return f"{len(found.errors)} error(s), {len(found.warnings)} warning(s)"


def _show(findings: Sequence[Finding]) -> None:
    """Print findings on standard error, coloured on a terminal; errors come first."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    ordered = sorted(findings, key=lambda finding: finding.severity != "error")
    for finding in ordered[:_SHOWN]:
        style = "red" if finding.severity == "error" else "yellow"
        console.print(Text.assemble((f"{finding.severity}: ", style), finding.text()))
    if len(ordered) > _SHOWN:
        console.print(f"... and {len(ordered) - _SHOWN} more (all of them with --json FILE)")


def _summarise(plant: Plant) -> None:
    from rich.table import Table
    from rich.text import Text

    from capacityplan.cli.printing import console

    horizon = plant.horizon
    rows = [
        ("plant", plant.name),
        ("start", f"{plant.start} {plant.timezone}"),
        ("horizon", f"{horizon.daily} days, {horizon.weekly} weeks, {horizon.monthly} months"),
        ("to the minute", f"{horizon.schedule_days} days"),
        ("items", f"{len(plant.items)}, {len(plant.bill_of_materials)} lines of bills"),
        ("operations", f"{len(plant.operations)} on {len(plant.resources)} resources"),
        ("inspections", str(len(plant.inspections))),
        ("demand", f"{len(plant.orders)} orders, {len(plant.projections)} projections"),
        ("supply", f"{len(plant.stock)} stock lots, {len(plant.receipts)} receipts, "
                   f"{len(plant.suppliers)} price tiers"),
    ]  # fmt: skip
    table = Table(show_header=False, box=None)
    for label, text in rows:
        table.add_row(Text(label, style="bold"), Text(text))
    console().print(table)


def _write_json(found: ReadResult, path: Path) -> None:
    import dataclasses
    import json

    from capacityplan.errors import OutputError

    document = {
        "valid": found.plant is not None,
        "errors": len(found.errors),
        "warnings": len(found.warnings),
        "findings": [dataclasses.asdict(finding) for finding in found.findings],
    }
    try:
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
