"""What a family makes of each instance, and what all families share in reading files."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.errors import DataError, Finding

BEST_KNOWN = "bks.csv"


def total(plan: Plan) -> Fraction:
    """Sum of a plan's ledger."""
    return sum((row.amount for row in plan.ledger), Fraction(0))


@dataclass(frozen=True, slots=True)
class Case:
    """One instance of a public benchmark as a plant.

    Attributes
    ----------
    instance : str
    plant : Plant
    best_known_lower, best_known_upper : float or None
        In the benchmark's own units.
    objective : callable
        The benchmark's objective of a verified plan, from its ledger.
    cost_per_unit : Fraction
        Ledger cost of one unit of the objective, by which a bound on the cost is divided.
    solves : callable
        Whether a verified plan also keeps what the benchmark asks beyond the plant's rules.
    """

    instance: str
    plant: Plant
    best_known_lower: float | None = None
    best_known_upper: float | None = None
    objective: Callable[[Plan], Fraction] = total
    cost_per_unit: Fraction = Fraction(1)
    solves: Callable[[Plan], bool] = lambda _: True


def broken(path: Path, message: str, expected: str = "", row: int | None = None) -> DataError:
    """Say what is wrong with a benchmark file."""
    return DataError((Finding("benchmark", message, file=path.name, row=row, expected=expected),))


def text_of(path: Path) -> str:
    """Text of a benchmark file.

    Raises
    ------
    DataError
        If the file is missing or not text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise broken(path, "the file is not there") from None
    except (UnicodeDecodeError, IsADirectoryError):
        raise broken(path, "the file is not text") from None


class Numbers:
    """The whole numbers of a file, one after the other.

    Parameters
    ----------
    path : Path
    text : str, optional
        The file's text, where it is read already.
    """

    def __init__(self, path: Path, text: str | None = None) -> None:
        self._path = path
        self._words = (text_of(path) if text is None else text).split()
        self._next = 0

    def __bool__(self) -> bool:
        return self._next < len(self._words)

    def one(self, least: int = 0) -> int:
        """Return the next number.

        Raises
        ------
        DataError
            If there is none, or it is not a whole number of at least ``least``.
        """
        if not self:
            raise broken(self._path, "the file ends too early", "more numbers")
        word = self._words[self._next]
        self._next += 1
        try:
            number = int(word)
        except ValueError:
            raise broken(self._path, f"{word!r} is not a number", "a whole number") from None
        if number < least:
            raise broken(self._path, f"{number} is too small", f"at least {least}")
        return number

    def many(self, count: int, least: int = 0) -> list[int]:
        """Return the next numbers."""
        return [self.one(least) for _ in range(count)]

    def end(self) -> None:
        """Hold that nothing is left.

        Raises
        ------
        DataError
        """
        if self:
            raise broken(self._path, f"{len(self._words) - self._next} numbers too many")


def files(data: Path, names: Sequence[str], suffixes: Sequence[str]) -> Iterator[Path]:
    """Files of a folder that hold one instance each, or the file itself.

    Parameters
    ----------
    data : Path
        A folder, or one instance's file.
    names : sequence of str
        Instances wanted, with or without suffix; empty: all.
    suffixes : sequence of str

    Raises
    ------
    DataError
        If nothing is found, or a name is not.
    """
    if data.is_file():
        yield data
        return
    found = {path.name: path for path in sorted(data.glob("*")) if path.suffix in suffixes}
    if not found:
        raise broken(data, "no instance is there", f"files ending in {', '.join(suffixes)}")
    for name in names or found:
        match = [found[name + suffix] for suffix in ("", *suffixes) if name + suffix in found]
        if not match:
            raise broken(data, f"there is no instance {name}", ", ".join(list(found)[:5]) + ", ...")
        yield match[0]


def named(data: Path, found: Mapping[str, Path], names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Instances by the names wanted, all where none is, with their files.

    Raises
    ------
    DataError
        If a name is unknown.
    """
    for name in names or found:
        if name not in found:
            raise broken(data, f"there is no instance {name}", ", ".join(list(found)[:5]) + ", ...")
        yield name, found[name]


def best_known(data: Path) -> dict[str, tuple[float | None, float | None]]:
    """Best known bounds by instance (file name with and without suffix), from ``bks.csv`` beside it."""
    path = (data if data.is_dir() else data.parent) / BEST_KNOWN
    if not path.is_file():
        return {}
    known = {}
    for number, row in enumerate(csv.DictReader(text_of(path).splitlines()), start=2):
        try:
            lower, upper = row["lower_bound"], row["upper_bound"]
            values = (float(lower) if lower else None, float(upper) if upper else None)
        except (KeyError, TypeError, ValueError):
            expected = "instance, lower_bound, upper_bound"
            raise broken(path, "the row cannot be read", expected, number) from None
        for key in (row["instance"], row["instance"].rpartition(".")[0] or row["instance"]):
            known[key] = values
    return known
