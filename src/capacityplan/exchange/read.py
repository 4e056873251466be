"""Reading an instance or a plan: all findings at once, or exactly what was written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.previous import previous_runs
from capacityplan.errors import DataError, Finding
from capacityplan.exchange.build import build
from capacityplan.exchange.consistency import check
from capacityplan.exchange.files_csv import read_folder
from capacityplan.exchange.files_json import findings_of, read_document
from capacityplan.exchange.files_xlsx import read_workbook

PREVIOUS_PLAN = "previous_plan.json"
"""The published plan in an instance folder: what replanning compares with."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """A plant (None where there are errors) and everything that was found on the way."""

    plant: Plant | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that block."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that do not block."""
        return tuple(finding for finding in self.findings if finding.severity != "error")


def read(path: str | Path) -> ReadResult:
    """Read an instance: a folder (plant.toml and CSV), an .xlsx or a .json.

    A ``previous_plan.json`` in the folder fills the table ``previous_runs`` where that has no rows.

    Returns
    -------
    ReadResult
        All findings of the run; the plant if none of them is an error.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if path.is_dir():
        draft, findings = build(read_folder(path))
    elif not path.is_file():
        return ReadResult(None, (Finding("missing_file", "there is no such file or folder", path.name),))
    elif suffix == ".xlsx":
        draft, findings = build(read_workbook(path))
    elif suffix == ".json":
        read_draft, findings = read_document(path)
        if read_draft is None:
            return ReadResult(None, tuple(findings))
        draft = read_draft
    else:
        expected = "a folder with plant.toml, an .xlsx or a .json"
        return ReadResult(
            None, (Finding("unknown_file", "this is not an instance", path.name, expected=expected),)
        )
    if "plant" not in draft.broken or draft.plant.items:
        findings = [*findings, *check(draft)]
    found = ReadResult(draft.plant, tuple(findings))
    if found.errors:
        return ReadResult(None, found.findings)
    return _with_previous_plan(found, path / PREVIOUS_PLAN) if path.is_dir() else found


def _with_previous_plan(found: ReadResult, file: Path) -> ReadResult:
    """Take the published plan that lies in an instance folder as what changes are charged against."""
    plant = found.plant
    if plant is None or plant.previous_runs or not file.is_file():
        return found
    try:
        rows = previous_runs(plant, read_plan(file))
    except DataError as error:
        return ReadResult(None, (*found.findings, *error.findings))
    return ReadResult(replace(plant, previous_runs=rows), found.findings)


def read_or_raise(path: str | Path) -> Plant:
    """Read an instance that must be sound.

    Raises
    ------
    DataError
        With all findings, if any of them is an error.
    """
    found = read(path)
    if found.plant is None:
        raise DataError(found.findings)
    return found.plant


def read_plan(path: str | Path) -> Plan:
    """Read a plan written by `write_plan`.

    Parameters
    ----------
    path : str or Path
        The file, or a folder of outputs with its ``plan.json``.

    Raises
    ------
    DataError
        If the file is not a plan.
    """
    path = Path(path)
    if path.is_dir():
        path /= "plan.json"
    try:
        return Plan.from_json(path.read_bytes())
    except OSError as error:
        message = f"the plan cannot be read: {error.strerror}"
        raise DataError((Finding("unreadable_file", message, path.name),)) from error
    except ValidationError as error:
        raise DataError(
            tuple(findings_of(error, path.name, {"": list(Plan.__dataclass_fields__)}))
        ) from error
