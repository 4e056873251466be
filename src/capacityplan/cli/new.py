"""``capacityplan new``: a runnable instance to start from."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("new")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--template", default="fitband", show_default=True, help="Which plant: fitband, dairy, tablets."
)
@click.option("--size", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True,
              help="Size of the plant relative to the template's own.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of its figures.")
def new(directory: Path, template: str, size: float, seed: int) -> None:
    """Write a new instance into DIRECTORY (which must be empty or not there yet)."""
    from capacityplan import templates
    from capacityplan.exchange import write

    if template not in templates.NAMES:
        raise click.BadParameter(f"choose one of {', '.join(templates.NAMES)}", param_hint="--template")
    if directory.is_dir() and any(directory.iterdir()):
        raise click.UsageError(f"{directory} is not empty; choose another folder")
    plant = templates.build(template, size=size, seed=seed)
    write(plant, directory)
    click.echo(f"{directory}: {plant.name}, {len(plant.items)} items, {len(plant.resources)} resources")
    click.echo(f"next: capacityplan solve {directory}")
