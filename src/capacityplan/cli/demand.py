"""``capacityplan demand``: the consensus, the record of its streams, and a statistical baseline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capacityplan.cli.options import with_scenarios

if TYPE_CHECKING:
    from capacityplan.domain.plant import Plant

Rows = list[dict[str, Any]]
_SHARES = frozenset(
    {"MAPE", "WAPE", "bias", "value added", "growth", "share", "market share", "market share before"}
)


@click.command("demand")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.option("--consensus", "what", flag_value="consensus", default="consensus",
              help="What each stream contributes to the consensus (the default).")  # fmt: skip
@click.option("--accuracy", "what", flag_value="accuracy", help="How good each stream was, from history.")
@click.option("--baseline", "what", flag_value="baseline", help="A statistical baseline from history.")
@click.option("--sales", "what", flag_value="sales", help="Turnover, growth, share, new customers.")
@click.option("--by", type=click.Choice(("item", "family", "segment")), default="item", show_default=True,
              help="What sales are told of.")  # fmt: skip
@click.option("--from", "first", type=click.DateTime(formats=["%Y-%m-%d"]),
              help="First day of sales; default: 91 days before the last one.")  # fmt: skip
@click.option("--to", "last", type=click.DateTime(formats=["%Y-%m-%d"]),
              help="Last day of sales; default: the last one of the history.")  # fmt: skip
@click.option("--season", type=click.IntRange(min=0), default=0, show_default=True,
              help="Periods of a season, for the baseline.")  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the baseline as rows of projections (CSV).")  # fmt: skip
@with_scenarios
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def demand(
    instance: Path, what: str, by: str, first: datetime | None, last: datetime | None, season: int,
    out: Path | None, scenarios: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Review the demand of INSTANCE: streams, consensus, signatures, accuracy, baseline, sales."""
    import json

    from capacityplan.scenario import read_with_scenarios

    plant = read_with_scenarios(instance, scenarios)
    views: dict[str, Callable[[], tuple[Rows, dict[str, Any]]]] = {
        "consensus": lambda: _consensus(plant),
        "accuracy": lambda: _accuracy(plant),
        "baseline": lambda: _baseline(plant, season, out),
        "sales": lambda: _sales(plant, by, first, last),
    }
    rows, facts = views[what]()
    if as_json:
        click.echo(json.dumps({**facts, what: rows}, indent=2))
        return
    _print(rows)
    for name, fact in facts.items():
        click.echo(f"{name}: {fact}")


def _consensus(plant: Plant) -> tuple[Rows, dict[str, Any]]:
    from capacityplan.demand.consensus import contributions, demand_hash, signed

    scale = {row.item: 10**row.precision for row in plant.items}
    rows: Rows = []
    for part in contributions(plant):
        row: dict[str, Any] = {"item": part.item, "segment": part.segment}
        for stream, stated, weighted in part.streams:
            row[f"{stream or 'projected'}"] = _round(stated / scale[part.item])
            row[f"{stream or 'projected'} weighted"] = _round(weighted / scale[part.item])
        row["effects"] = _round(part.effects / scale[part.item])
        row["consensus"] = _round(Fraction(part.consensus, scale[part.item]))
        rows.append(row)
    state = [
        f"{row.author} for {row.cycle} ({'as it stands' if same else 'the consensus has changed since'})"
        for row, same in signed(plant)
    ]
    return rows, {"hash": demand_hash(plant), "signed": "; ".join(state) or "by nobody"}


def _accuracy(plant: Plant) -> tuple[Rows, dict[str, Any]]:
    from capacityplan.demand.accuracy import accuracy

    rows: Rows = [
        {
            "stream": row.stream, "item": row.item or "(all)", "segment": row.segment, "periods": row.periods,
            "MAPE": _share(row.mape), "WAPE": _share(row.wape), "bias": _share(row.bias),
            "value added": _share(row.value_added),
        }
        for row in accuracy(plant)
    ]  # fmt: skip
    return rows, {} if rows else {"note": "the table history holds no projections of streams"}


def _baseline(plant: Plant, season: int, out: Path | None) -> tuple[Rows, dict[str, Any]]:
    import csv
    from datetime import date

    from capacityplan.exchange.texts import scaled_text
    from capacityplan.forecast import baseline

    places = {row.item: row.precision for row in plant.items}

    def text(item: str, quantity: int) -> str:
        return scaled_text(quantity, places[item])

    found = baseline(plant, season)
    rows: Rows = [
        {
            "item": row.item, "from": date.fromordinal(row.start).isoformat(),
            "to": date.fromordinal(row.end).isoformat(), "quantity": text(row.item, row.quantity),
            "stream": "statistics", "segment": row.segment, "certainty": "forecast",
            "low": text(row.item, row.low), "high": text(row.item, row.high),
            "author": row.method,
        }
        for row in found
    ]  # fmt: skip
    if out is not None and rows:
        from capacityplan.errors import OutputError

        try:
            with out.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        except OSError as error:
            raise OutputError(f"{out}: cannot be written ({error.strerror})") from error
    return rows, {} if rows else {"note": "the table history holds no sales"}


def _sales(
    plant: Plant, by: str, first: datetime | None, last: datetime | None
) -> tuple[Rows, dict[str, Any]]:
    from capacityplan.demand.sales import sales

    begin, end = (None if day is None else day.date().toordinal() for day in (first, last))
    if begin is not None and end is not None and end < begin:
        raise click.UsageError("--to is before --from")
    found = sales(plant, by, begin, end)
    rows: Rows = [
        {
            by: row.name or ("(all)" if row is found[-1] else "(none)"), "turnover": _round(row.turnover),
            "before": _round(row.before) if row.complete else None, "growth": _share(row.growth),
            "share": _share(row.share),
            "market share": _share(row.market), "market share before": _share(row.market_before),
            "customers": row.customers, "new customers": row.new_customers,
        }
        for row in found
    ]  # fmt: skip
    return rows, {"currency": plant.currency} if rows else {"note": "the table history holds no sales"}


def _round(value: Fraction) -> float:
    return round(float(value), 2)


def _share(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 4)


def _print(rows: Rows) -> None:
    from rich.table import Table

    from capacityplan.cli.printing import console

    table = Table(box=None, header_style="bold")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    ends = [name for name in columns if name in ("effects", "consensus")]
    columns = [*(name for name in columns if name not in ends), *ends]
    for name in columns:
        numeric = any(isinstance(row.get(name), int | float) for row in rows)
        table.add_column(name, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(_text(row.get(name), name in _SHARES) for name in columns))
    console().print(table)


def _text(value: Any, share: bool) -> str:
    if value is None:
        return "-"
    if share:
        return f"{value:.1%}"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
