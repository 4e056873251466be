"""Closing a period: its key figures, targets and variances kept in a log that nobody can change unseen.

Every line of the log holds the hash of the line before it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from capacityplan.domain.plan import Plan
from capacityplan.errors import DataError, Finding
from capacityplan.exchange.atomic import append_lines
from capacityplan.report.review import Review, figure_unit, figure_value, trend_word
from capacityplan.report.table import Column, Kind, Row, Table
from capacityplan.verify.kpis import nearest
from capacityplan.verify.kpis.period import FIGURES
from capacityplan.verify.kpis.variance import PARTS

Record = dict[str, Any]


def close_period(log: Path, cycle: str, author: str, plan: Plan, found: Review) -> Record:
    """Append what a period came to.

    Raises
    ------
    ValueError
        If the cycle is closed already.
    DataError
        If the log is not what was written.
    OutputError
        If it cannot be written.
    """
    former = closed_periods(log)
    if any(row["cycle"] == cycle for row in former):
        raise ValueError(f"{cycle} is closed already")
    record = _record(cycle, author, plan, found)
    record["before"] = _digest(former[-1]) if former else ""
    append_lines(log, [json.dumps(record)])
    return record


def closed_periods(log: Path) -> list[Record]:
    """Read a log, the oldest period first; empty if it does not exist.

    Raises
    ------
    DataError
        If a line is damaged, or was changed or taken out after it was written.
    """
    if not log.exists():
        return []
    found: list[Record] = []
    for number, line in enumerate(log.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
            before = record["before"]
        except (ValueError, KeyError, TypeError) as error:
            raise _broken(log, number, "this is no closed period") from error
        if before != (_digest(found[-1]) if found else ""):
            raise _broken(log, number, "what stands before it is not what was written")
        found.append(record)
    return found


def _broken(log: Path, number: int, message: str) -> DataError:
    return DataError((Finding("broken_log", message, log.name, row=number),))


def _digest(record: Record) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def _record(cycle: str, author: str, plan: Plan, found: Review) -> Record:
    compared, best = found.comparison, nearest(found.scenarios)
    categories: dict[str, dict[str, Fraction]] = {}
    for row in compared.lines:
        sums = categories.setdefault(row.line.category, {})
        for name in ("planned", "actual", *PARTS):
            sums[name] = sums.get(name, Fraction(0)) + getattr(row, name)
    return {
        "cycle": cycle, "closed": datetime.now(UTC).isoformat(timespec="seconds"), "by": author,
        "plant": plan.provenance.plant_name, "plan": plan.provenance.plan_id, "currency": found.currency,
        "from": date.fromordinal(compared.first).isoformat(),
        "to": date.fromordinal(compared.last).isoformat(),
        "figures": {
            row.name: {
                "baseline": _text(row.baseline), "plan": _text(row.plan), "actual": _text(row.actual),
                "target": _text(row.target), "meets": row.meets_target,
            }
            for row in found.figures
        },
        "variance": {
            category: {name: str(value) for name, value in sums.items()}
            for category, sums in categories.items()
        },
        "scenarios": [
            {"scenario": row.name, "demand": _text(row.demand), "supply": _text(row.supply),
             "off": _text(row.off), "nearest": row is best}
            for row in found.scenarios
        ],
        "budgets": {
            row.budget.budget: {
                "limit": str(row.limit), "plan": str(row.to_date), "actual": str(row.actual),
            }
            for row in compared.budgets
        },
    }  # fmt: skip


def cycles_table(records: list[Record]) -> Table:
    """Return the key figures of closed periods, each against its plan, its target and the periods before.

    The trend is the slope of the least squares line through all periods up to this one.
    """
    columns = (
        Column("cycle"), Column("to"), Column("figure"), Column("unit"),
        *(Column(name, Kind.HOURS) for name in ("plan", "actual", "target")), Column("meets it"),
        Column("change", Kind.HOURS), Column("against the cycle before"),
        Column("trend per cycle", Kind.HOURS), Column("trend"),
    )  # fmt: skip
    rows: list[Row] = []
    past: dict[str, list[Fraction]] = {name: [] for name in FIGURES}
    for record in records:
        for name in FIGURES:
            figure = record["figures"].get(name)
            if figure is None or figure["actual"] is None:
                continue
            past[name].append(Fraction(figure["actual"]))
            change = past[name][-1] - past[name][-2] if len(past[name]) > 1 else None
            trend = _slope(past[name])
            meets = {None: "", True: "yes", False: "no"}[figure["meets"]]
            rows.append((
                record["cycle"], record["to"], name.replace("_", " "),
                figure_unit(name, record["currency"]),
                *(_read(name, figure[column]) for column in ("plan", "actual", "target")), meets,
                figure_value(name, change), trend_word(name, change), figure_value(name, trend),
                trend_word(name, trend),
            ))  # fmt: skip
    return Table("cycles", "Closed periods", columns, tuple(rows))


def nearest_table(records: list[Record]) -> Table:
    """Return how far plan and scenarios of each closed period were off, where they were judged."""
    columns = (
        Column("cycle"), Column("to"), Column("scenario"),
        *(Column(name, Kind.SHARE) for name in ("demand off", "supply off", "off")), Column("nearest"),
    )  # fmt: skip
    rows = tuple(
        (
            record["cycle"], record["to"], row["scenario"],
            *(None if row[name] is None else Fraction(row[name]) for name in ("demand", "supply", "off")),
            "yes" if row["nearest"] else "",
        )
        for record in records for row in record.get("scenarios", [])
    )  # fmt: skip
    return Table("scenarios", "Which scenario came nearest", columns, rows)


def _read(name: str, value: str | None) -> Fraction | None:
    return None if value is None else figure_value(name, Fraction(value))


def _slope(values: list[Fraction]) -> Fraction | None:
    """Change per step of the least squares line; None for a single value."""
    steps = range(len(values))
    middle = Fraction(len(values) - 1, 2)
    spread = sum(((n - middle) ** 2 for n in steps), Fraction(0))
    drift = sum(((n - middle) * value for n, value in zip(steps, values, strict=True)), Fraction(0))
    return drift / spread if spread else None
