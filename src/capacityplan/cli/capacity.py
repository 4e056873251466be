"""``capacityplan capacity``: load over the horizon, bottlenecks, and the cheapest way to make room."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capacityplan.cli.options import with_scenarios

if TYPE_CHECKING:
    from capacityplan.domain.plant import Plant
    from capacityplan.report.table import Table
    from capacityplan.scenario.roughcut import RoughCut


@click.command("capacity")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@with_scenarios
@click.option("--demand", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True,
              help="Multiply all orders and projections.")  # fmt: skip
@click.option("--prove", type=click.FloatRange(min=1), metavar="SECONDS",
              help="Plan as it is and with what is proposed, so long each.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes to use.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def capacity(
    instance: Path,
    scenarios: tuple[str, ...],
    demand: float,
    prove: float | None,
    workers: int,
    as_json: bool,
) -> None:
    """Load every resource of INSTANCE with all demand, rank bottlenecks, and find the cheapest extra hours.

    A rough cut over all buckets, without changeovers and lead times. With --prove the proposal is
    planned in full and verified.
    """
    import json

    from capacityplan.cli.printing import print_table
    from capacityplan.report.table import records
    from capacityplan.scenario import read_with_scenarios
    from capacityplan.scenario.playbook import scaled_demand
    from capacityplan.scenario.roughcut import rough_cut

    plant = read_with_scenarios(instance, scenarios)
    if demand != 1.0:
        plant = scaled_demand(plant, Fraction(demand).limit_denominator(1000))
    cut = rough_cut(plant)
    tables = [_resources(plant, cut), _options(plant, cut)]
    if prove is not None:
        tables.append(_proof(plant, cut, prove, workers))
    if as_json:
        click.echo(json.dumps({table.name: records(table) for table in tables}, indent=2))
        return
    for table in tables:
        print_table(table, len(table.rows))
    if not tables[1].rows:
        click.echo("All demand fits into the calendars.")


def _resources(plant: Plant, cut: RoughCut) -> Table:
    from capacityplan.report.table import Column, Kind, Table

    money = plant.currency
    columns = (
        Column("resource"), Column("load", Kind.HOURS, "h"), Column("calendar", Kind.HOURS, "h"),
        Column("busiest bucket", Kind.SHARE), Column("extra", Kind.HOURS, "h"),
        Column("without its limit", Kind.MONEY, money),
    )  # fmt: skip
    rows = tuple(
        (
            room.resource, _hours(room.load.sum()), _hours(room.capacity.sum()), Fraction(room.peak),
            _hours(sum(one.sum() for one in room.extra.values())),
            None if room.value is None else Fraction(room.value),
        )
        for room in cut.rooms
    )  # fmt: skip
    return Table("resources", "Rough-cut capacity, bottlenecks first", columns, rows)


def _options(plant: Plant, cut: RoughCut) -> Table:
    from capacityplan.domain.timeline import Timeline
    from capacityplan.report.table import Column, Kind, Table

    timeline, money = Timeline.of(plant), plant.currency
    columns = (Column("month"), Column("resource"), Column("option"), Column("hours", Kind.HOURS, "h"),
               Column("rate", Kind.MONEY, f"{money}/h"), Column("cost", Kind.MONEY, money))  # fmt: skip
    sums: dict[tuple[str, str, str], float] = {}
    rates: dict[tuple[str, str], float] = {}
    for room in cut.rooms:
        for option, minutes in room.extra.items():
            rates[room.resource, option] = room.rates[option]
            for bucket, amount in enumerate(minutes.tolist()):
                month = timeline.clock.local(int(timeline.starts[bucket])).strftime("%Y-%m")
                key = month, room.resource, option
                sums[key] = sums.get(key, 0.0) + amount
    rows = tuple(
        (*key, _hours(minutes), Fraction(rates[key[1:]]), Fraction(minutes * rates[key[1:]]) / 60)
        for key, minutes in sorted(sums.items())
        if minutes >= 1
    )
    return Table("options", "The cheapest set of extra hours that makes room for all demand", columns, rows)


def _hours(minutes: float) -> Fraction:
    return Fraction(float(minutes)) / 60


def _proof(plant: Plant, cut: RoughCut, seconds: float, workers: int) -> Table:
    from capacityplan.cli.printing import results_table
    from capacityplan.scenario.roughcut import with_room
    from capacityplan.scenario.whatif import side_by_side
    from capacityplan.solve.solve import Settings

    plants = [("as it is", None, plant), ("with the proposal", None, with_room(plant, cut))]
    results = side_by_side(plants, Settings(seconds=seconds, workers=workers))
    return results_table("proof", "Planned in full and verified", results)
