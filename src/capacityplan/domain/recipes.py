"""Recipes: the mixes that a lot may be made by where a bill has alternative components.

Lines of one item, version and operation with the same ``alternative`` form a group: together they
meet one requirement, each at most its ``share`` of it. A lot takes one mix from each group: as many
lines as possible at their share, at most one for the rest (the corners of what shares allow; lots
side by side reach everything in between). A recipe is one mix from every group of a version; to a
plan it is a production version of its own. The first, which prefers lines in the order in which they
are listed, carries the version's name; the others add what they take in brackets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import prod

from capacityplan.domain.plant import BomLine

MOST_LINES = 6
"""Lines in a group."""
MOST_RECIPES = 24
"""Recipes of a version."""
_ONE = Fraction(1)

Group = tuple[BomLine, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Lines of a bill by operation, with the quantities that this mix takes."""

    version: str
    components: dict[str, tuple[BomLine, ...]]


def mixes(shares: Sequence[Fraction]) -> list[tuple[Fraction, ...]]:
    """Corners of all ways to divide a requirement, the one that prefers the first lines first.

    Parameters
    ----------
    shares : sequence of Fraction
        Most that each line may have of the requirement.

    Returns
    -------
    list of tuple of Fraction
        Parts of 1 by line; none where the shares do not reach it.
    """
    found = set()
    for full in product((False, True), repeat=len(shares)):
        parts = [share if taken else Fraction(0) for share, taken in zip(shares, full, strict=True)]
        rest = _ONE - sum(parts)
        if rest == 0:
            found.add(tuple(parts))
        for line, share in enumerate(shares):
            if not full[line] and 0 < rest <= share:
                found.add((*parts[:line], rest, *parts[line + 1 :]))
    return sorted(found, reverse=True)


def groups_of(lines: Iterable[BomLine]) -> dict[str, Group]:
    """Lines of one operation by the group of alternatives that they are in."""
    found: dict[str, Group] = {}
    for line in lines:
        if line.alternative:
            found[line.alternative] = (*found.get(line.alternative, ()), line)
    return found


def is_planned(components: dict[str, tuple[BomLine, ...]]) -> bool:
    """Whether a version's bill has recipes, and not too many of them."""
    groups = [group for lines in components.values() for group in groups_of(lines).values()]
    if any(len(group) > MOST_LINES for group in groups):
        return False
    return 0 < prod(len(mixes([line.share for line in group])) for group in groups) <= MOST_RECIPES


def recipes(version: str, components: dict[str, tuple[BomLine, ...]]) -> Iterator[Recipe]:
    """All recipes of a version.

    Parameters
    ----------
    components : dict of operation to lines
        The version's bill.
    """
    groups = [
        (operation, name, group)
        for operation, lines in components.items()
        for name, group in groups_of(lines).items()
    ]
    choices = [mixes([line.share for line in group]) for _, _, group in groups]
    for number, chosen in enumerate(product(*choices)):
        parts = {
            (operation, line): part
            for (operation, _, group), mix in zip(groups, chosen, strict=True)
            for line, part in zip(group, mix, strict=True)
        }
        taken = {operation: tuple(_taken(lines, operation, parts)) for operation, lines in components.items()}
        yield Recipe(_name(version, groups, chosen) if number else version, taken)


def _taken(
    lines: tuple[BomLine, ...], operation: str, parts: dict[tuple[str, BomLine], Fraction]
) -> Iterator[BomLine]:
    """Lines of an operation with their parts of the requirement; those without a part are left out."""
    for line in lines:
        part = parts[operation, line] if line.alternative else _ONE
        if part:
            yield line if part == 1 else replace(line, quantity=line.quantity * part)


def _name(
    version: str, groups: list[tuple[str, str, Group]], chosen: tuple[tuple[Fraction, ...], ...]
) -> str:
    texts = []
    for (_, name, group), mix in zip(groups, chosen, strict=True):
        used = [(line.component, part) for line, part in zip(group, mix, strict=True) if part]
        parts = [component if part == 1 else f"{component} {_percent(part)}" for component, part in used]
        texts.append(f"{name}: {' + '.join(parts)}")
    return f"{version} [{'; '.join(texts)}]".lstrip()


def _percent(part: Fraction) -> str:
    share = part * 100
    exact = Fraction(str(float(share))) == share
    return f"{float(share):g}%" if exact else f"{share}%"
