"""An instance as one JSON document: the plant as `Plant.to_json` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from capacityplan.domain.plant import FORMAT, Plant
from capacityplan.domain.timeline import Clock
from capacityplan.errors import Finding
from capacityplan.exchange.draft import Draft
from capacityplan.exchange.tables import BY_NAME
from capacityplan.exchange.texts import Unreadable, did_you_mean
from capacityplan.exchange.times import open_clock


def read_document(path: Path) -> tuple[Draft | None, list[Finding]]:
    """Read a plant from JSON; rows are counted from 1 in each table."""
    try:
        plant = Plant.from_json(path.read_bytes())
    except ValidationError as error:
        return None, findings_of(error, path.name, _known())
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        return None, [Finding("unreadable_file", message, path.name)]
    findings: list[Finding] = []

    def refuse(column: str, value: str, code: str, message: str, expected: str) -> None:
        findings.append(Finding(code, message, path.name, "plant", None, column, value, expected))

    clock, timed = Clock("2000-01-01T00:00", "UTC"), False
    try:
        clock, timed = open_clock(plant.start, plant.timezone), True
    except Unreadable as problem:
        key = "timezone" if problem.code == "unknown_timezone" else "start"
        refuse(key, getattr(plant, key), problem.code, problem.message, problem.expected)
    if plant.format != FORMAT:
        refuse("format", plant.format, "unknown_format", "this version cannot read the format", FORMAT)
    for name in ("name", "currency"):
        if not getattr(plant, name):
            refuse(name, "", "missing_value", "the plant needs this", f"a {name}")
    files = dict.fromkeys([*BY_NAME, "plant"], path.name)
    return Draft(plant, clock, files=files, timed=timed), findings


def findings_of(error: ValidationError, file: str, known: dict[str, list[str]]) -> list[Finding]:
    """Turn what pydantic found into findings.

    Parameters
    ----------
    known : dict
        Field names by table; the top level's under the empty name.
    """
    findings = []
    for problem in error.errors(include_url=False):
        place = list(problem["loc"])
        table = str(place[0]) if place else ""
        row = next((part + 1 for part in place if isinstance(part, int)), None)
        column = str(place[-1]) if len(place) > 1 and isinstance(place[-1], str) else ""
        hint = ""
        if problem["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            word = column or table
            hint = did_you_mean(word, known.get(table if column else "", []))
        code = "not_json" if problem["type"].startswith("json_") else problem["type"]
        value = "" if isinstance(problem["input"], dict | list | bytes) else str(problem["input"])
        findings.append(Finding(code, problem["msg"], file, table, row, column, value[:80], hint=hint))
    return findings


def _known() -> dict[str, list[str]]:
    fields: dict[str, Any] = Plant.__dataclass_fields__
    known = {"": list(fields)}
    for table in BY_NAME.values():
        known[table.name] = [column.attribute for column in table.columns]
    return known
