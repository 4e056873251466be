"""Tables of whole sets: stored after each instance, so that a run that was stopped goes on."""

from __future__ import annotations

import csv
import resource
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Measured:
    """A row of a table: numbers of an instance, None where there is none."""

    instance: str


R = TypeVar("R", bound=Measured)


def stored(table: Path, kind: type[R]) -> list[R]:
    """Rows of a table; none where there is none yet."""
    if not table.is_file():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        names = [field.name for field in fields(kind)[1:]]
        return [
            kind(row["instance"], *(float(row[name]) if row[name] else None for name in names))
            for row in csv.DictReader(file)
        ]


def store(table: Path, rows: Sequence[Measured]) -> None:
    """Write a table; what stood there before stays whole until then."""
    part = table.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(field.name for field in fields(rows[0]))
        writer.writerows(astuple(row) for row in rows)
    part.replace(table)


def used() -> tuple[float, float]:
    """Processor seconds of this process and of its children that have ended."""
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return found[0].ru_utime + found[0].ru_stime, found[1].ru_utime + found[1].ru_stime
