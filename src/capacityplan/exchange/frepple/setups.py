"""Setup matrices: rules with wildcards written out as pairs of setup groups."""

from __future__ import annotations

from fnmatch import fnmatchcase

from capacityplan.domain.plant import Changeover, Item, OperationResource, Resource
from capacityplan.exchange.frepple.strict import Row
from capacityplan.exchange.frepple.tables import Tables, number, ranked, seconds
from capacityplan.exchange.importing import Journal
from capacityplan.units import ceil_fraction


def changeovers(
    tables: Tables, resources: tuple[Resource, ...], items: tuple[Item, ...],
    modes: list[OperationResource], journal: Journal,
) -> tuple[Changeover, ...]:  # fmt: skip
    """Write every pair of setup groups that can follow each other on a resource.

    The rule with the lowest priority number that fits a pair wins; a pair without a rule costs
    nothing here, where the other system would forbid it.
    """
    groups = {item.item: item.setup_group or item.item for item in items}
    on_matrix: dict[str, set[str]] = {}
    matrix_of = {row.resource: row.changeover_matrix for row in resources if row.changeover_matrix}
    for row in resources:
        if row.changeover_matrix and row.initial_setup_group:
            on_matrix.setdefault(row.changeover_matrix, set()).add(row.initial_setup_group)
    for mode in modes:
        if mode.resource in matrix_of:
            on_matrix.setdefault(matrix_of[mode.resource], set()).add(groups[mode.item])
    rows = []
    for matrix, names in sorted(on_matrix.items()):
        rules = [rule for rule in ranked(tables["setuprule"]) if rule["setupmatrix"] == matrix]
        for before in sorted(names):
            for after in sorted(names - {before}):
                rows.append(_pair(matrix, before, after, rules, journal))
    for rule in tables["setuprule"]:
        if rule["setupmatrix"] not in on_matrix:
            journal.ignore("setuprule", "no resource that is needed has this matrix", rule["setupmatrix"])
    return tuple(rows)


def _pair(matrix: str, before: str, after: str, rules: list[Row], journal: Journal) -> Changeover:
    for rule in rules:
        if _fits(rule["fromsetup"], before) and _fits(rule["tosetup"], after):
            minutes = ceil_fraction(seconds(rule["duration"] or "0") / 60)
            return Changeover(matrix, before, after, minutes, number(rule["cost"]))
    journal.change("setuprule", "no rule for a pair of setups: taken as free", f"{before} to {after}")
    return Changeover(matrix, before, after, 0)


def _fits(pattern: str, group: str) -> bool:
    return not pattern or fnmatchcase(group, pattern.replace("%", "*"))
