"""A sheet of a workbook as text cells, read in the guarded process."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.files_xlsx import run_guarded
from capacityplan.exchange.mapping.dialect import Finder, Text, named
from capacityplan.exchange.texts import did_you_mean, number_text
from capacityplan.exchange.xlsx_child import NUMBER, PERCENT


def read_sheet(path: Path, file: str, sheet: str = "", skip: int = 0, finder: Finder | None = None) -> Text:
    """Read one sheet; dates stand as ISO dates, numbers with a decimal point, percentages with their sign.

    Parameters
    ----------
    sheet : str
        Empty: the first one.
    skip : int
        Rows above the header.
    finder : callable, optional
        Tells the header; rows above it are titles.

    Raises
    ------
    DataError
        If the workbook or the sheet cannot be read.
    """
    answer = run_guarded(path)
    if "refused" in answer:
        code, message = answer["refused"]
        raise DataError((Finding(code, message, file, expected="an Excel workbook of ordinary size"),))
    sheets = {found["name"]: found for found in answer["sheets"]}
    chosen = sheet or next(iter(sheets), "")
    if chosen not in sheets:
        names = list(sheets)
        hint = did_you_mean(chosen, names)
        message, expected = "the workbook has no such sheet", ", ".join(names)
        raise DataError((Finding("missing_sheet", message, file, chosen, expected=expected, hint=hint),))
    columns, kinds = sheets[chosen]["columns"], sheets[chosen]["kinds"]
    shown = [_as_shown(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    rows = [(line, row) for line, row in enumerate(zip(*shown, strict=True), start=1) if line > skip]
    rows = [(line, row) for line, row in rows if any(cell.strip() for cell in row)]
    if not rows:
        finding = Finding("empty_file", "the sheet is empty", file, chosen, skip + 1, expected="a header row")
        raise DataError((finding,))
    head = next((n for n, (_, row) in enumerate(rows[:50]) if finder is not None and finder(row)), 0)
    header = tuple(name.strip() for name in rows[head][1])
    rest = rows[head + 1 :]
    _refuse_faults(file, chosen, header, rest)
    numbers = {
        name: frozenset(line for line, one in enumerate(kind, start=1) if one in (NUMBER, PERCENT))
        for name, kind in zip(header, kinds, strict=True)
    }
    lines = [line for line, _ in rest]
    return named(Text(file, "workbook", "-", header, [row for _, row in rest], lines, chosen, head, numbers))


def _as_shown(column: list[str], kinds: str) -> list[str]:
    """Write numbers that are shown as percentages as they are shown: 0.95 is 95%."""
    return [
        f"{number_text(Fraction(cell) * 100)}%" if kind == PERCENT else cell
        for cell, kind in zip(column, kinds, strict=True)
    ]


_FAULTS = {"#FORMULA", "#ERROR", "#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"}
"""How the guarded reader shows a formula without a stored value, and a cell's error."""


def _refuse_faults(
    file: str, sheet: str, header: tuple[str, ...], rows: list[tuple[int, tuple[str, ...]]]
) -> None:
    findings = [
        Finding(
            "formula_without_value" if cell == "#FORMULA" else "cell_error",
            "the formula has no stored value" if cell == "#FORMULA" else "the cell shows an error",
            file, sheet, line, name, cell,
            hint="open the workbook in a spreadsheet program and save it again",
        )
        for line, row in rows
        for name, cell in zip(header, row, strict=True)
        if cell in _FAULTS
    ]  # fmt: skip
    if findings:
        raise DataError(tuple(findings[:20]))
