"""Errors and findings.

::

    CapacityPlanError (exit 1)
    ├── DataError            (exit 3)  bad input; carries all findings of the run
    ├── VerificationError    (exit 6)  a plan broke a rule; carries all violations
    ├── StoreBusy            (exit 7)  another run holds the store
    ├── OutputError          (exit 8)  a file could not be read or written
    └── SolverBug            (exit 1)  a solver refused a model that we built

Expected outcomes (infeasible: exit 4, no plan in time: exit 5) are values, not exceptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status means."""

    VERIFIED = 0
    BUG = 1
    USAGE = 2
    DATA = 3
    INFEASIBLE = 4
    NO_PLAN = 5
    VERIFICATION = 6
    BUSY = 7
    OUTPUT = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault (or warning) in the input, with its place and what to do.

    ``file`` is the file's name, ``sheet`` the table, ``row`` the row as the user counts it in
    that file (header included), ``column`` the column's name, ``value`` what stands there.
    """

    code: str
    message: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    expected: str = ""
    hint: str = ""
    severity: str = "error"

    def text(self) -> str:
        """Write the finding as one line for a person."""
        place = [self.file]
        if self.sheet:
            place.append(f"sheet {self.sheet}")
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column:
            place.append(f"column {self.column}")
        line = ": ".join(part for part in (", ".join(filter(None, place)), self.message) if part)
        if self.value:
            line += f" (found {self.value!r})"
        if self.expected:
            line += f"{_stop(line)} Expected {self.expected}."
        if self.hint:
            line += f"{_stop(line)} Hint: {self.hint}"
        return f"{line} [{self.code}]"


def _stop(line: str) -> str:
    """Full stop for a sentence that has none."""
    return "" if line.endswith((".", "?", "!")) else "."


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule in a plan: which rule, on which objects, what was found and required."""

    rule: str
    subjects: tuple[str, ...]
    message: str
    found: str = ""
    required: str = ""
    unit: str = ""

    def text(self) -> str:
        """Write the violation as one line for a person."""
        line = f"{self.rule} ({', '.join(self.subjects)}): {self.message}"
        if self.found or self.required:
            line += f"; found {self.found or '-'}, required {self.required or '-'} {self.unit}".rstrip()
        return line


class CapacityPlanError(Exception):
    """Anything this package raises on purpose."""

    exit_code = ExitCode.BUG


class DataError(CapacityPlanError):
    """The input is broken. All findings of the run are in ``findings``."""

    exit_code = ExitCode.DATA

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__("\n".join(finding.text() for finding in findings))


class VerificationError(CapacityPlanError):
    """A plan that was to be used breaks a rule. All violations are in ``violations``.

    ``note`` says what they probably come from, where that is known.
    """

    exit_code = ExitCode.VERIFICATION

    def __init__(self, violations: tuple[Violation, ...], note: str = "") -> None:
        self.violations = violations
        self.note = note
        super().__init__("\n".join(violation.text() for violation in violations))


class StoreBusy(CapacityPlanError):
    """Another process holds the store or the output folder."""

    exit_code = ExitCode.BUSY


class OutputError(CapacityPlanError):
    """A file or folder could not be read or written."""

    exit_code = ExitCode.OUTPUT


class SolverBug(CapacityPlanError):
    """A solver refused or mishandled a model that we built."""
