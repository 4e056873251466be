"""Operations, routings, alternatives and transports, read as ways to fill buffers."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from itertools import product

from capacityplan.exchange.frepple.network import Buffer, Choice, Make, Step, Use
from capacityplan.exchange.frepple.strict import Row
from capacityplan.exchange.frepple.tables import Tables, moment, number, ranked, seconds
from capacityplan.exchange.importing import Journal

_GROUPED = ("alternate", "split")
_MOST_VERSIONS = 12
"""Combinations of alternative materials taken over for one operation."""
_FOREVER = datetime(2030, 1, 1)
"""The other system writes an end in 2030 where the user stated none."""
_ALWAYS = datetime(1972, 1, 1)


class Operations:
    """Every operation of the model with its steps, materials and resources."""

    def __init__(self, tables: Tables, start: datetime, journal: Journal) -> None:
        self._journal, self._start = journal, start
        self.rows = {row["name"]: row for row in tables["operation"] if self._lives(row)}
        self._children: dict[str, list[str]] = {}
        self._read_owners(tables)
        self._materials = self._by_operation(tables, "operationmaterial")
        self._resources = self._by_operation(tables, "operationresource")
        self._pools = _Pools(tables)
        self.used: set[str] = set()

    def _lives(self, row: Row) -> bool:
        end = row["effective_end"]
        if end and moment(end) <= self._start:
            self._journal.ignore("operation", "no longer effective at the start", row["name"])
            return False
        return True

    def _read_owners(self, tables: Tables) -> None:
        for row in ranked(tables["operation"]):
            if row["owner"] and row["name"] in self.rows:
                self._children.setdefault(row["owner"], []).append(row["name"])
        for row in ranked(tables["suboperation"]):
            kids = self._children.setdefault(row["operation"], [])
            if row["suboperation"] not in kids and row["suboperation"] in self.rows:
                kids.append(row["suboperation"])

    def _by_operation(self, tables: Tables, table: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in tables[table]:
            if row["effective_end"] and moment(row["effective_end"]) <= self._start:
                self._journal.ignore(table, "no longer effective at the start", row["operation"])
            elif row["operation"] not in self.rows:
                self._journal.ignore(table, "its operation is not in the model", row["operation"])
            else:
                found.setdefault(row["operation"], []).append(row)
        return found

    def producers(self) -> dict[Buffer, list[str]]:
        """Operations that nothing owns, by the buffer they fill."""
        owned = {kid for kids in self._children.values() for kid in kids}
        found: dict[Buffer, list[str]] = {}
        for name in self.rows:
            if name not in owned:
                for buffer in self._fills(name):
                    found.setdefault(buffer, []).append(name)
        return {buffer: self._by_priority(names) for buffer, names in found.items()}

    def _by_priority(self, names: list[str]) -> list[str]:
        return [row["name"] for row in ranked([self.rows[name] for name in names])]

    def _fills(self, name: str) -> list[Buffer]:
        row = self.rows[name]
        if row["item"]:
            return [Buffer(row["item"], row["location"])]
        kids = self._children.get(name, [])
        if kids:
            ends = kids if row["type"] in _GROUPED else kids[-1:]
            return list(dict.fromkeys(buffer for kid in ends for buffer in self._fills(kid)))
        return [self._place(material) for material in self._materials.get(name, ())
                if number(material["quantity"]) > 0]  # fmt: skip

    def _place(self, material: Row) -> Buffer:
        return Buffer(material["item"], material["location"] or self.rows[material["operation"]]["location"])

    def makes(self, name: str, buffer: Buffer, preference: int = 0) -> list[Make]:
        """All ways in which an operation fills a buffer.

        Parameters
        ----------
        name : str
            An operation, a routing, or a group of alternatives.
        buffer : Buffer
            What it makes (an operation that only delivers does not say it itself).
        preference : int
            Rank of the operation among others for the buffer.
        """
        row = self.rows[name]
        self.used.add(name)
        kids = self._children.get(name, [])
        if row["type"] in _GROUPED:
            if row["type"] == "split":
                self._journal.change("operation", "a split in fixed shares became a free choice", name)
            return [make for rank, kid in enumerate(kids)
                    for make in self.makes(kid, buffer, preference + rank)]  # fmt: skip
        if row["type"] == "routing" and not kids:
            self._journal.ignore("operation", "the routing has no steps", name)
            return []
        steps = kids if row["type"] == "routing" else [name]
        self.used.update(steps)
        per_run = self._output(steps, buffer)
        sets = self._material_sets(steps)
        lots = [number(row[column]) * per_run for column in ("sizeminimum", "sizemultiple", "sizemaximum")]
        made = []
        for rank, chosen in enumerate(sets):
            parts = tuple(self._step(step, chosen, per_run) for step in steps)
            label = name if len(sets) == 1 else f"{name} ({rank + 1})"
            made.append(Make(buffer, label, parts, lots[0], lots[1], lots[2], preference + rank))
        return made

    def _output(self, steps: list[str], buffer: Buffer) -> Fraction:
        """Units of the buffer that one unit of the operation yields (1 where no row says it)."""
        found = Fraction(0)
        for step in steps:
            for material in self._materials.get(step, ()):
                quantity = number(material["quantity"])
                if quantity <= 0:
                    continue
                if material["item"] != buffer.item:
                    self._journal.ignore("operationmaterial", "a by-product is not planned", step)
                    continue
                found += quantity
                if material["type"].startswith("start"):
                    reason = "produced at the start of the operation: taken to be ready at its end"
                    self._journal.change("operationmaterial", reason, step)
        return found or Fraction(1)

    def _material_sets(self, steps: list[str]) -> list[list[Row]]:
        """Consumed materials: one list for every combination of alternatives (rows of equal name)."""
        groups: dict[tuple[str, str], list[Row]] = {}
        for step in steps:
            for place, row in enumerate(self._materials.get(step, ())):
                if number(row["quantity"]) < 0:
                    groups.setdefault((step, row["name"] or f"#{place}"), []).append(row)
        sets = [list(chosen) for chosen in product(*(ranked(rows) for rows in groups.values()))]
        if len(sets) > _MOST_VERSIONS:
            self._journal.change(
                "operationmaterial", f"only {_MOST_VERSIONS} combinations are taken", steps[0]
            )
        return sets[:_MOST_VERSIONS]

    def _step(self, name: str, chosen: list[Row], per_run: Fraction) -> Step:
        row = self.rows[name]
        uses = []
        for material in chosen:
            if material["operation"] != name:
                continue
            if material["type"].startswith("end"):
                reason = "consumed at the end of the operation: taken at its start"
                self._journal.change("operationmaterial", reason, name)
            first, last = validity(material)
            uses.append(Use(self._place(material), -number(material["quantity"]) / per_run, first, last))
        per_unit = Fraction(0) if row["type"] == "fixed_time" else seconds(row["duration_per"] or "0")
        loads = self._loads(name)
        setups = [load["setup"] for load in self._resources.get(name, ()) if load["setup"]]
        return Step(
            name, seconds(row["duration"] or "0"), per_unit / per_run, loads, tuple(uses),
            (row["location"],) if row["location"] else (), row["available"],
            seconds(row["posttime"] or "0"), setups[0] if setups else "",
        )  # fmt: skip

    def _loads(self, name: str) -> tuple[tuple[Choice, ...], ...]:
        groups: dict[str, list[Row]] = {}
        for place, row in enumerate(self._resources.get(name, ())):
            groups.setdefault(row["name"] or f"#{place}", []).append(row)
        loads = []
        for rows in groups.values():
            choices: list[Choice] = []
            for row in ranked(rows):
                quantity = number(row["quantity"], Fraction(1))
                for resource in self._pools.members(row["resource"], row["skill"]):
                    choices.append(Choice(resource, quantity, len(choices)))
                if not self._pools.members(row["resource"], row["skill"]):
                    reason = "nobody in the pool has the skill"
                    self._journal.ignore("operationresource", reason, f"{name}, {row['skill']}")
            if choices:
                loads.append(tuple(choices))
        return tuple(loads)


def validity(row: Row) -> tuple[datetime | None, datetime | None]:
    """Read effective dates (the other system writes 1971 and 2030 where the user stated none)."""
    first = moment(row["effective_start"]) if row["effective_start"] else _ALWAYS
    last = moment(row["effective_end"]) if row["effective_end"] else _FOREVER
    return (first if first > _ALWAYS else None), (last if last < _FOREVER else None)


class _Pools:
    """A resource that others name as their owner stands for those of them that have the skill."""

    def __init__(self, tables: Tables) -> None:
        self._members: dict[str, list[str]] = {}
        for row in tables["resource"]:
            if row["owner"]:
                self._members.setdefault(row["owner"], []).append(row["name"])
        self._skilled: dict[str, list[str]] = {}
        for row in ranked(tables["resourceskill"]):
            self._skilled.setdefault(row["skill"], []).append(row["resource"])

    def members(self, resource: str, skill: str) -> list[str]:
        everybody = self._leaves(resource)
        if not skill:
            return everybody
        return [name for name in self._skilled.get(skill, ()) if name in everybody]

    def _leaves(self, resource: str) -> list[str]:
        found = [leaf for kid in self._members.get(resource, ()) for leaf in self._leaves(kid)]
        return found or [resource]
