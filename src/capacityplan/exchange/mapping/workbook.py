"""A sheet of a workbook as text cells, read in the guarded process."""

from __future__ import annotations

from pathlib import Path

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.files_xlsx import run_guarded
from capacityplan.exchange.mapping.dialect import Text, named
from capacityplan.exchange.texts import did_you_mean


def read_sheet(path: Path, file: str, sheet: str = "", skip: int = 0) -> Text:
    """Read one sheet; dates stand as ISO dates and numbers with a decimal point.

    Parameters
    ----------
    sheet : str
        Empty: the first one.
    skip : int
        Rows above the header.

    Raises
    ------
    DataError
        If the workbook or the sheet cannot be read.
    """
    answer = run_guarded(path)
    if "refused" in answer:
        code, message = answer["refused"]
        raise DataError((Finding(code, message, file, expected="an Excel workbook of ordinary size"),))
    sheets = {found["name"]: found["columns"] for found in answer["sheets"]}
    chosen = sheet or next(iter(sheets), "")
    if chosen not in sheets:
        names = list(sheets)
        hint = did_you_mean(chosen, names)
        message, expected = "the workbook has no such sheet", ", ".join(names)
        raise DataError((Finding("missing_sheet", message, file, chosen, expected=expected, hint=hint),))
    rows = [(line, row) for line, row in enumerate(zip(*sheets[chosen], strict=True), start=1) if line > skip]
    rows = [(line, row) for line, row in rows if any(cell.strip() for cell in row)]
    if not rows:
        finding = Finding("empty_file", "the sheet is empty", file, chosen, skip + 1, expected="a header row")
        raise DataError((finding,))
    header = tuple(name.strip() for name in rows[0][1])
    cells = tuple(row for _, row in rows[1:])
    return named(Text(file, "workbook", "-", header, cells, tuple(line for line, _ in rows[1:]), chosen))
