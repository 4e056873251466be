"""Resources, their roles and working time, and the modes of every operation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from capacityplan.domain.plant import OperationResource, Resource, ResourceKind
from capacityplan.exchange.frepple.calendars import Calendars
from capacityplan.exchange.frepple.network import Choice, Network, Step
from capacityplan.exchange.frepple.strict import Row
from capacityplan.exchange.frepple.tables import Tables, number
from capacityplan.exchange.importing import Journal

UNLIMITED = 1000
"""Capacity of what the other system does not limit: more lots at once than any plan has."""
_NO = frozenset({"f", "false", "0", "no"})
_FREE_TYPES = frozenset({"infinite", "buckets", "buckets_day", "buckets_week", "buckets_month"})


@dataclass(slots=True)
class Roles:
    """Which resource of an operation is its machine, and which go along with it.

    A run stands on one resource and takes along at most one labour pool and one tool. So where
    there are alternatives (members of a pool, resources of equal name), they are what the run
    stands on: the plan then says who does it, and nobody is booked twice. Else it is the
    resource that serves the fewest operations; what is loaded in other amounts than one goes
    along.
    """

    machines: set[str] = field(default_factory=set)
    helpers: set[str] = field(default_factory=set)
    tools: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, steps: list[Step]) -> Roles:
        """Decide the roles from all operations together."""
        roles = cls()
        usage: Counter[str] = Counter()
        for step in steps:
            for group in step.loads:
                usage.update(choice.resource for choice in group)
                if len(group) > 1:
                    roles.machines.update(choice.resource for choice in group)
        for step in steps:
            for group in step.loads:
                if group[0].quantity != 1 and group[0].resource not in roles.machines:
                    roles.helpers.add(group[0].resource)
        for step in sorted(steps, key=lambda step: -len(step.loads)):
            roles._split(step, usage)
        return roles

    def machine_of(self, step: Step) -> tuple[Choice, ...]:
        """Return the alternatives a step stands on (none: it has helpers only, or no resource)."""
        groups = [group for group in step.loads if group[0].resource not in self.helpers]
        return max(groups, key=len, default=())

    def _split(self, step: Step, usage: Counter[str]) -> None:
        rest = [group for group in step.loads if group[0].resource not in self.helpers]
        chosen = [group for group in rest if group[0].resource in self.machines]
        if not chosen and rest:
            rest.sort(key=lambda group: usage[group[0].resource])
            chosen = rest[:1]
            self.machines.add(chosen[0][0].resource)
        for group in rest:
            if group[0].resource not in self.machines:
                self.helpers.add(group[0].resource)
        helpers = [group[0] for group in step.loads if group[0].resource in self.helpers]
        helpers.sort(key=lambda choice: (choice.quantity == 1, -usage[choice.resource]))
        people_chosen = any(len(group) > 1 for group in chosen)
        self.tools.update(choice.resource for choice in helpers[0 if people_chosen else 1 :][:1]
                          if choice.quantity == 1)  # fmt: skip


class Resources:
    """Writes the resources that the network's steps need."""

    def __init__(self, network: Network, tables: Tables, calendars: Calendars, journal: Journal) -> None:
        self._tables, self._calendars, self._journal = tables, calendars, journal
        self._rows = {row["name"]: row for row in tables["resource"]}
        self._places = {row["name"]: row for row in tables["location"]}
        steps = [step for makes in network.makes.values() for make in makes for step in make.steps]
        self._roles = Roles.of(steps)
        self._units: dict[str, tuple[str, ...]] = {}
        self.written: dict[str, Resource] = {}

    def modes(self, step: Step, item: str, version: str) -> list[OperationResource]:
        """Every resource on which a step can run, with the people and the tool it takes along."""
        machine = self._roles.machine_of(step)
        person, tool = self._helpers(step, machine)
        return [
            OperationResource(
                item, step.name, unit, version, preference=choice.preference,
                labour=self._write(person.resource, step)[0] if person else "",
                labour_units=max(1, ceil(person.quantity)) if person else 1,
                tool=self._write(tool.resource, step)[0] if tool else "",
            )
            for choice in machine or (Choice(_bench(step), Fraction(1)),)
            for unit in self._write(choice.resource, step)
        ]  # fmt: skip

    def _helpers(self, step: Step, machine: tuple[Choice, ...]) -> tuple[Choice | None, Choice | None]:
        found: dict[bool, Choice] = {}
        for group in step.loads:
            first = group[0]
            if group == machine:
                continue
            is_tool = first.resource in self._roles.tools
            if first.resource in self._roles.machines or is_tool in found:
                reason = "more resources at once than a machine, people and a tool"
                self._journal.ignore("operationresource", reason, f"{step.name}, {first.resource}")
            else:
                found[is_tool] = first
        return found.get(False), found.get(True)

    def _write(self, name: str, step: Step) -> tuple[str, ...]:
        """Ids of a resource: one, or one for every unit of a group that has setups."""
        if name not in self._units:
            row = self._rows.get(name)
            self._units[name] = self._free(name, step) if row is None else self._real(row)
        return self._units[name]

    def _free(self, name: str, step: Step) -> tuple[str, ...]:
        places = tuple(self._places[place]["available"] for place in step.places if place in self._places)
        available = tuple(dict.fromkeys(name for name in (*places, step.available) if name))
        kind = ResourceKind.SUBCONTRACTOR if step.transport else ResourceKind.MACHINE
        wanted = available[0] if len(available) == 1 else f"calendar of {name}"
        calendar = self._calendars.name(wanted if available else "always", available, "", UNLIMITED)
        self.written[name] = Resource(name, kind, capacity=UNLIMITED, calendar=calendar)
        return (name,)

    def _real(self, row: Row) -> tuple[str, ...]:
        name, free = row["name"], self._is_free(row)
        maximum = "" if free else row["maximum_calendar"]
        stated = UNLIMITED if free else floor(number(row["maximum"], Fraction(1)))
        capacity = max(1, self._calendars.highest(maximum, stated))
        place = self._places.get(row["location"])
        available = tuple(
            dict.fromkeys(name for name in (place["available"] if place else "", row["available"]) if name)
        )
        helper = name in self._roles.helpers
        kind = ResourceKind.MACHINE
        if helper:
            kind = ResourceKind.TOOL if name in self._roles.tools else ResourceKind.LABOUR
        units, size = [name], capacity
        if row["setupmatrix"] and capacity > 1 and not helper:
            units, size = [f"{name} #{number}" for number in range(1, capacity + 1)], 1
            self._journal.change("resource", "a group with setups became single machines", name)
            maximum = ""
        wanted = f"calendar of {name}" if maximum or len(available) != 1 else available[0]
        if not maximum and not available:
            wanted = "always"
        calendar = self._calendars.name(wanted, available, maximum, size)
        for unit in units:
            self.written[unit] = Resource(
                unit, kind, row["description"], name if len(units) > 1 else "", size, calendar,
                efficiency=number(row["efficiency"], Fraction(100)) / 100 or Fraction(1),
                cost_per_hour=number(row["cost"]),
                changeover_matrix="" if helper else row["setupmatrix"],
                initial_setup_group="" if helper else row["setup"],
            )  # fmt: skip
        return tuple(units)

    def _is_free(self, row: Row) -> bool:
        if row["constrained"].strip().lower() in _NO or row["type"] in _FREE_TYPES:
            if row["type"].startswith("buckets"):
                reason = "capacity per time bucket is not planned: taken as unlimited"
                self._journal.change("resource", reason, row["name"])
            return True
        return False

    def report_unused(self) -> None:
        """Account for resources on which nothing of the plan runs."""
        pools = {row["owner"] for row in self._tables["resource"]}
        for name in self._rows:
            if name in self._units:
                continue
            reason = (
                "a pool: its members are planned" if name in pools else "nothing that is needed runs on it"
            )
            self._journal.ignore("resource", reason, name)


def _bench(step: Step) -> str:
    """Name of the unlimited resource of a step that loads none."""
    if step.transport:
        return f"Transport {step.places[0]} - {step.places[-1]}"
    place = step.places[0] if step.places else ""
    return " ".join(part for part in ("No machine", f"at {place}" if place else "",
                                      f"({step.available})" if step.available else "") if part)  # fmt: skip
