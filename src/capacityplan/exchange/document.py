"""The page docs/instance_format.md, made from the column contracts.

Run ``python -m capacityplan.exchange.document > docs/instance_format.md`` after a change.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from fractions import Fraction
from typing import Any

from capacityplan.domain.plant import FORMAT
from capacityplan.exchange.contracts import NO_DEFAULT, Column, Kind, Table
from capacityplan.exchange.tables import HEAD, SECTIONS, TABLES, UNSUPPORTED_TABLES
from capacityplan.exchange.texts import number_text

_INTRODUCTION = f"""# The instance format, version {FORMAT}

This page is made from the column contracts in `exchange/tables.py`
(`python -m capacityplan.exchange.document > docs/instance_format.md`).

An instance is one of three things with the same content:

- a **folder** with `plant.toml` and one CSV file per table (`items.csv`, ...): UTF-8, commas, ISO dates,
  a header row; rows without any text are skipped;
- an **Excel workbook** (`.xlsx`) with one sheet per table and a sheet `plant` with the columns `key` and
  `value`, keys as in `plant.toml` with the section in front (`horizon.daily`);
- a **JSON document** (`.json`): the plant as the software holds it (quantities in base units, times in
  minutes from the start), for machines.

Reading is strict: nothing is guessed, and all findings of a run are shown at once with file, sheet, row,
column, value, what is expected and a hint (`capacityplan validate`). Rows are counted as a spreadsheet
counts them: the header is row 1. In JSON the first row of a table is 1. Errors block, warnings do not.
What is written is read back exactly.

- **Quantities** are decimals in the item's unit with at most `items.precision` decimals; a finer one is an
  error, never rounded. **Numbers** and **money** are exact: `0.1` is one tenth, `1/3` one third.
- **Dates**: `2027-01-31`; **date-times**: `2027-01-31T14:30`, local to the plant. A date alone means the
  beginning of the day or its end, as the column says. In the hour that the clocks repeat, an offset
  (`+01:00`) says which one is meant.
- **Texts** that begin with `=`, `+`, `-`, `@` or a tab, or that have blanks at their ends, are written
  behind a single quote, so that no spreadsheet takes them for formulas; reading removes it. A quote alone
  is the empty text.
- An empty cell means the default. A column that is left out is empty in every row, a table that is left out
  has no rows: the feature is off. Needed are the tables marked so, and `orders` or `projections`.
- A workbook is read in a process of its own: at most 2,000 parts, 200 MB unpacked, no macros. A cell that
  shows an error (`#DIV/0!`) or a formula that was never calculated is a finding.
"""


def instance_format() -> str:
    """Write the page that describes every table and column."""
    parts = [_INTRODUCTION, "## plant.toml\n", _columns(HEAD)]
    parts += [f"### [{section.name}]\n\n{_columns(section)}" for section in SECTIONS]
    parts += [_table(table) for table in TABLES]
    names = ", ".join(f"`{name}`" for name in UNSUPPORTED_TABLES)
    parts.append(
        f"## Known, but not read as tables\n\n{names}: files of their own ([scenarios](scenarios.md)). "
        "A table of that name may only be empty:\n"
        "a value there is an error, not something silently left out.\n"
    )
    return "\n".join(parts)


def _table(table: Table) -> str:
    needed = " Needed." if table.needed else ""
    lines = [f"## {table.name}\n", f"{table.meaning[0].upper()}{table.meaning[1:]}.{needed}"]
    if table.key:
        lines[-1] += f" One row for each {', '.join(table.key)}."
    lines += ["", _columns(table)]
    return "\n".join(lines)


def _columns(table: Table) -> str:
    lines = ["| column | type | default | meaning |", "|---|---|---|---|"]
    for column in table.columns:
        alias = f" (or `{column.aliases[0]}`)" if column.aliases else ""
        lines.append(
            f"| `{column.name}`{alias} | {_type(column)} | {_default(table, column)} | {column.meaning} |"
        )
    return "\n".join(lines) + "\n"


def _type(column: Column) -> str:
    if column.kind is Kind.CHOICE:
        text = ", ".join(f"`{option}`" for option in column.options)
    else:
        text = column.kind.value
    if column.refs:
        text += f" in `{column.refs}`"
    limits = column.range_text()
    return f"{text}; {limits}" if limits and column.kind not in (Kind.WEEKDAY, Kind.CLOCK) else text


def _default(table: Table, column: Column) -> str:
    if column.required:
        return "**required**"
    if table.numbered == column.name:
        return f"`{table.name}-1`, ..."
    value: Any = table.default(column)
    if value is NO_DEFAULT or value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Fraction):
        return number_text(value)
    return f"`{value.value if isinstance(value, StrEnum) else value}`"


if __name__ == "__main__":
    sys.stdout.write(instance_format())
