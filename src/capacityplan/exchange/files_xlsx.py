"""An instance as one Excel workbook: a sheet per table, and ``plant`` with key and value rows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from capacityplan.errors import Finding
from capacityplan.exchange.files_csv import refuse_rows
from capacityplan.exchange.raw import RawPlant, RawTable, Setting, from_columns
from capacityplan.exchange.tables import BY_NAME, UNSUPPORTED_TABLES
from capacityplan.exchange.texts import did_you_mean, unquote

CHILD = Path(__file__).with_name("xlsx_child.py")
HEAD_SHEET = "plant"
LONGEST_SECONDS = 120


def read_workbook(path: Path) -> RawPlant:
    """Read every sheet of a workbook as it stands, through a guarded process."""
    raw = RawPlant(path.name)
    answer = run_guarded(path)
    if "refused" in answer:
        code, message = answer["refused"]
        raw.broken |= {"plant", *BY_NAME}
        raw.findings.append(Finding(code, message, path.name, expected="an Excel workbook of ordinary size"))
        return raw
    seen = set()
    for sheet in answer["sheets"]:
        seen.add(sheet["name"])
        _take_sheet(sheet["name"], sheet["columns"], path.name, raw)
    if HEAD_SHEET not in seen:
        raw.broken.add("plant")
        message = f"the sheet {HEAD_SHEET} is missing"
        raw.findings.append(
            Finding("missing_table", message, path.name, HEAD_SHEET, expected="rows key, value")
        )
    return raw


def run_guarded(path: Path) -> dict[str, Any]:
    """Run the reading process (it limits its own memory and time); its death is an answer too."""
    command = [sys.executable, "-P", str(CHILD), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LONGEST_SECONDS, check=False)
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError, UnicodeDecodeError):
        answer = {"refused": ["hostile_file", "reading the workbook took too much memory or time"]}
    return answer


def _take_sheet(name: str, columns: list[list[str]], file: str, raw: RawPlant) -> None:
    if name != HEAD_SHEET and name not in BY_NAME and name not in UNSUPPORTED_TABLES:
        hint = (
            did_you_mean(name, [HEAD_SHEET, *BY_NAME]) or "take it out: every sheet is a table of an instance"
        )
        raw.findings.append(Finding("unknown_table", "this sheet is not known", file, name, hint=hint))
        return
    if not columns:
        raw.broken.add(name)
        raw.findings.append(
            Finding("empty_file", "the sheet is empty", file, name, 1, expected="a header row")
        )
        return
    table = from_columns(name, file, [np.array(column, dtype=object) for column in columns])
    if name == HEAD_SHEET:
        _read_head(table, raw)
    elif name in UNSUPPORTED_TABLES:
        refuse_rows(table, raw)
    else:
        raw.tables[name] = table


def _read_head(table: RawTable, raw: RawPlant) -> None:
    if table.header[:2] != ("key", "value"):
        raw.broken.add("plant")
        found = ", ".join(table.header)
        raw.findings.append(
            Finding("missing_column", "the sheet needs two columns", table.file, table.table, 1, value=found,
                    expected="key, value")
        )  # fmt: skip
        return
    for key, value, row in zip(table.cells[0], table.cells[1], table.rows.tolist(), strict=True):
        raw.settings.append(Setting(str(key).strip(), unquote(str(value)), row))
