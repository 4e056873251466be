"""Families of setup groups: sets of groups between which changes are cheap.

Shares. The groups of a matrix and its families form a tree (two families are apart, or one is inside the
other). The share of a group is the least of the entries into it; the share of a family, smallest first, is
the least, over entries from a group outside to one inside, of the entry less the shares of what is
inside the family and holds the group that is changed to; at least 0. All of these are entered by such
a change. So for a change from i to j the shares of what is entered (what holds j and not i) add up to
the entry of (i, j) at most: in the largest of them, (i, j) is one of the entries of which the
share is the least. This holds for money and for minutes, each by itself.

Families are the sets that single linkage joins (Sneath 1957), by the lesser of the entries of two groups,
except those whose share is small, and those of groups that are in some already: they make the model large and
prove little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from capacityplan.domain.plant import Changeover, Resource
from capacityplan.verify.relaxation.grid import Grid

_WORTH, _DEEPEST = Fraction(1, 10), 3
"""Least share of a family, as a part of the mean entry, and the most families that a group is in."""
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Least:
    """Least money and least minutes of a change."""

    money: Fraction
    minutes: int


@dataclass(frozen=True, slots=True)
class Family:
    """A family, and its share of the changes that enter it."""

    groups: tuple[str, ...]
    least: Least


def cheapest(grid: Grid, resource: Resource, group: str) -> Least:
    """Say what a change into a group costs and takes at least."""
    rows = [row for row in _rows(grid, resource) if row.to_group == group]
    rate = grid.rate(resource.resource)
    money = min((row.cost + row.minutes * rate for row in rows), default=_ZERO)
    return Least(money, min((row.minutes for row in rows), default=0))


def families(grid: Grid, resource: Resource, known: Sequence[str]) -> list[Family]:
    """Find the families of a resource's groups, smaller ones first.

    Parameters
    ----------
    known : sequence of str
        Groups that are worked on there.
    """
    rows = [row for row in _rows(grid, resource) if row.to_group in known]
    rate = grid.rate(resource.resource)

    def money(row: Changeover) -> Fraction:
        return row.cost + row.minutes * rate

    between = [money(row) for row in rows if row.from_group in known]
    if not any(between):
        return []
    worth = _WORTH * sum(between) / len(between)
    shares = {frozenset([group]): cheapest(grid, resource, group) for group in known}
    found: list[Family] = []
    for members in _joined(known, rows, money):
        if max(sum(group in one.groups for one in found) for group in members) >= _DEEPEST:
            continue
        least = Least(
            _share(members, rows, {inside: one.money for inside, one in shares.items()}, money),
            int(_share(members, rows, {inside: Fraction(one.minutes) for inside, one in shares.items()},
                       lambda row: Fraction(row.minutes))),
        )  # fmt: skip
        if least.money >= worth:
            shares[members] = least
            found.append(Family(tuple(group for group in known if group in members), least))
    return found


def _rows(grid: Grid, resource: Resource) -> list[Changeover]:
    """Changes between different groups of the resource's matrix."""
    return [
        row
        for row in grid.plant.changeovers
        if row.matrix == resource.changeover_matrix and row.from_group != row.to_group
    ]


def _joined(
    known: Sequence[str], rows: Iterable[Changeover], weight: Callable[[Changeover], Fraction]
) -> list[frozenset[str]]:
    """Sets that single linkage joins, smaller before larger ones that hold them; without that of all."""
    near: dict[frozenset[str], Fraction] = {}
    for row in rows:
        pair = frozenset((row.from_group, row.to_group))
        near[pair] = min(near.get(pair, weight(row)), weight(row))
    member = {group: frozenset([group]) for group in known}
    found: dict[frozenset[str], None] = {}
    levels = sorted({near[pair] for pair in map(frozenset, combinations(known, 2)) if pair in near})
    for level in levels:
        for pair in map(frozenset, combinations(known, 2)):
            first, second = (member[group] for group in sorted(pair))
            if near.get(pair) == level and first != second:
                for group in first | second:
                    member[group] = first | second
        for group in known:
            if 1 < len(member[group]) < len(known):
                found[member[group]] = None
    return list(found)


def _share(
    members: frozenset[str],
    rows: Iterable[Changeover],
    shares: dict[frozenset[str], Fraction],
    weight: Callable[[Changeover], Fraction],
) -> Fraction:
    """Least of the entries from outside, less the shares of what is inside and holds the group changed to."""
    within: dict[str, Fraction] = {}
    for inside, share in shares.items():
        if inside < members:
            for group in inside:
                within[group] = within.get(group, _ZERO) + share
    entries = [
        weight(row) - within[row.to_group]
        for row in rows
        if row.to_group in members and row.from_group not in members
    ]
    return max(min(entries, default=_ZERO), _ZERO)
