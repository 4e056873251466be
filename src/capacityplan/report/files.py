"""Tables as CSV that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

from capacityplan.exchange.atomic import write_file
from capacityplan.exchange.texts import quote
from capacityplan.report.table import Table, text


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes to a file, whole or not at all.

    Raises
    ------
    OutputError
        If the disk is full, the folder is read-only, and so on; the old file stays as it was.
    """

    def fill(draft: Path) -> None:
        draft.write_bytes(content)

    write_file(path, fill)


def csv_text(table: Table) -> str:
    """Write a table as CSV; texts that a spreadsheet would run get a single quote in front."""
    out = StringIO()
    # CR LF: with LF alone the writer leaves a CR within a text unquoted, and readers end the row there.
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([quote(column.heading) for column in table.columns])
    for row in table.rows:
        cells = []
        for value, column in zip(row, table.columns, strict=True):
            written = text(value, column.kind)
            cells.append(quote(written) if isinstance(value, str) else written)
        writer.writerow(cells)
    return out.getvalue()


def write_csv(path: Path, table: Table) -> None:
    """Write a table to a CSV file (UTF-8, comma).

    Raises
    ------
    OutputError
    """
    write_bytes(path, csv_text(table).encode("utf-8"))
