"""A small profile and its tables, for tests to write down in any dialect and to damage."""

from __future__ import annotations

import csv
import io
from pathlib import Path

PROFILE = """
[plant]
name = "Paint shop"
start = "{start}T06:00"
timezone = "Europe/Berlin"
currency = "EUR"

[horizon]
daily = 14
weekly = 2
schedule_days = 7

[constants]
start = 2027-01-04

[[read]]
table = "articles"
file = "articles.csv"
columns = ["Article", "Machine"]
numbers = ["Value", "Minutes"]
rename = { Article = "article", Text = "text", Value = "value", Minutes = "minutes", Machine = "machine" }

[[read]]
table = "order_book"
file = "orders.csv"
numbers = ["Open"]
dates = ["Requested"]
rename = { Order = "order", Article = "article", Open = "open", Requested = "requested" }
where = "open > 0"

[[make]]
table = "machines"
from = "articles"
group = { by = ["machine"] }

[[make]]
table = "week"
rows = [{ day = "mon" }, { day = "tue" }, { day = "wed" }, { day = "thu" }, { day = "fri" }]

[[make]]
table = "known_orders"
from = "order_book"
join = [{ table = "articles", on = ["article"] }]

[[fill]]
table = "items"
from = "articles"

[fill.columns]
item = "article"
kind = "'finished'"
description = "text"
unit_value = "value"
price = "2 * value"

[[fill]]
table = "operations"
from = "articles"

[fill.columns]
item = "article"
operation = "'mix'"
sequence = 10
run_minutes = "minutes"
per_quantity = 100

[[fill]]
table = "operation_resources"
from = "articles"
columns = { item = "article", operation = "'mix'", resource = "machine" }

[[fill]]
table = "resources"
from = "machines"
columns = { resource = "machine", kind = "'machine'", calendar = "'day'" }

[[fill]]
table = "calendars"
from = "week"
columns = { calendar = "'day'", weekday = "day", from = "'06:00'", to = "'22:00'" }

[[fill]]
table = "orders"
from = "known_orders"
columns = { order = "order", item = "article", quantity = "open", due = "requested" }
"""

ARTICLES = [
    ["Article", "Text", "Value", "Minutes", "Machine"],
    ["P1", "Primer, white", "12.50", "4.5", "Mixer 1"],
    ["T2", "Top coat für außen", "1014.00", "6.25", "Mixer 2"],
]
ORDERS = [
    ["Order", "Article", "Open", "Requested"],
    ["4711", "P1", "2500", "2027-01-06"],
    ["4712", "T2", "1234.0", "2027-01-18"],
    ["4713", "T2", "0.0", "2027-01-19"],
]
"""The tables in the plainest dialect: decimal points and ISO dates."""


def german(cells: list[list[str]]) -> list[list[str]]:
    """Write numbers as 1.014,00 and dates as 18.01.2027."""
    return [[_german(cell) for cell in row] for row in cells]


def _german(cell: str) -> str:
    if len(cell) == 10 and cell[4] == "-":
        return f"{cell[8:]}.{cell[5:7]}.{cell[:4]}"
    if "." in cell and cell.replace(".", "").isdigit():
        return f"{float(cell):,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")
    return cell


def text(cells: list[list[str]], separator: str = ",") -> str:
    """Write a table with a separator."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator, lineterminator="\r\n").writerows(cells)
    return stream.getvalue()


def exports(folder: Path) -> Path:
    """Write profile and tables in the plainest dialect."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profile.toml").write_text(PROFILE, encoding="utf-8")
    (folder / "articles.csv").write_text(text(ARTICLES), encoding="utf-8", newline="")
    (folder / "orders.csv").write_text(text(ORDERS), encoding="utf-8", newline="")
    return folder
