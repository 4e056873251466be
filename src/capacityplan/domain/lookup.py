"""Indexes over a plant's rows, built once and shared: plain dictionaries by id."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cached_property

import numpy as np

from capacityplan.domain.learning import Stretch, stretches, without_stretch
from capacityplan.domain.plant import (
    BomLine,
    Changeover,
    Customer,
    Inspection,
    Item,
    LifePhase,
    Operation,
    OperationResource,
    Plant,
    Resource,
    ResourceKind,
    Stage,
    Stock,
    StockStatus,
    SupplierOffer,
)
from capacityplan.domain.recipes import is_planned, recipes
from capacityplan.domain.skills import skill_pools
from capacityplan.domain.tariffs import EnergyPrices
from capacityplan.domain.timeline import Ints, Timeline, WorkingTime

Routing = tuple[Operation, ...]
Pools = tuple[tuple[str, int], ...]
"""Pools of labour or tools with units."""
DAYS_PER_YEAR = 365


class Lookup:
    """A plant's rows by id.

    Attributes
    ----------
    phases : dict of item to tuple of LifePhase
        In the order of their dates.
    versions : dict of item to tuple of str
        Production versions, each followed by its further recipes (`capacityplan.domain.recipes`) and these by
        what they are later on, as they are learnt (`capacityplan.domain.learning`): versions like others to
        all who read routings, modes and components.
    routings : dict of (item, version) to tuple of Operation
        Operations in sequence; rework operations are not part of it.
    rework : dict of (item, version, operation) to Operation
    modes : dict of (item, version, operation) to tuple of OperationResource
    components : dict of (item, version, operation) to tuple of BomLine
        Lines without an operation belong to the routing's first.
    by_products : dict of (item, version) to tuple of BomLine
        What comes out of the routing's last operation beside the item.
    resources : dict of str to Resource
        With the pools that the plant's skills make (`capacityplan.domain.skills`) after its own.
    offers : dict of (supplier, item) to tuple of SupplierOffer
        Price tiers, ascending by ``from_quantity``.
    """

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.items: dict[str, Item] = {row.item: row for row in plant.items}
        self.phases: dict[str, tuple[LifePhase, ...]] = {}
        for phase in sorted(plant.life_cycle, key=lambda row: row.date):
            self.phases[phase.item] = (*self.phases.get(phase.item, ()), phase)
        self.scale: dict[str, int] = {row.item: 10**row.precision for row in plant.items}
        self.resources: dict[str, Resource] = {row.resource: row for row in plant.resources}
        self.skill_pools = skill_pools(plant)
        self.resources |= {pool.name: pool.resource() for pool in self.skill_pools}
        self.customers: dict[str, Customer] = {row.customer: row for row in plant.customers}
        self.versions: dict[str, tuple[str, ...]] = _versions(plant)
        self.routings: dict[tuple[str, str], Routing] = {}
        self.rework: dict[tuple[str, str, str], Operation] = {}
        self._read_operations(plant)
        self.modes: dict[tuple[str, str, str], tuple[OperationResource, ...]] = {}
        for mode in plant.operation_resources:
            for version in self._versions_of(mode.item, mode.version):
                key = (mode.item, version, mode.operation)
                self.modes[key] = (*self.modes.get(key, ()), mode)
        self._further: dict[tuple[str, str, str, str], tuple[tuple[str, int], ...]] = {}
        for pool in plant.operation_pools:
            place = (pool.item, pool.version, pool.operation, pool.resource)
            self._further[place] = (*self._further.get(place, ()), (pool.pool, pool.units))
        self.components: dict[tuple[str, str, str], tuple[BomLine, ...]] = {}
        self.by_products: dict[tuple[str, str], tuple[BomLine, ...]] = {}
        for line in plant.bill_of_materials:
            for version in self._versions_of(line.item, line.version):
                if line.by_product:
                    pair = (line.item, version)
                    self.by_products[pair] = (*self.by_products.get(pair, ()), line)
                    continue
                routing = self.routings.get((line.item, version), ())
                operation = line.operation or (routing[0].operation if routing else "")
                key = (line.item, version, operation)
                self.components[key] = (*self.components.get(key, ()), line)
        self._base: dict[tuple[str, str], str] = {}
        self._learning = {row.item for row in plant.learning}
        self._read_recipes(plant)
        self._spans: dict[tuple[str, str], tuple[int | None, int | None]] = {}
        self._read_learning(plant)
        self.offers: dict[tuple[str, str], tuple[SupplierOffer, ...]] = {}
        for offer in sorted(plant.suppliers, key=lambda row: row.from_quantity):
            source = (offer.supplier, offer.item)
            self.offers[source] = (*self.offers.get(source, ()), offer)
        self.changeovers: dict[tuple[str, str, str], Changeover] = {
            (row.matrix, row.from_group, row.to_group): row for row in plant.changeovers
        }
        self._inspections = _by_stage(plant)
        self.inspection_rows: dict[str, Inspection] = {row.inspection: row for row in plant.inspections}

    @cached_property
    def perishable(self) -> frozenset[str]:
        """Items of which something can expire: by their shelf life, or by the date of a stock lot."""
        kept = {row.item for row in self.plant.items if row.shelf_life_days is not None}
        return frozenset(kept | {row.item for row in self.plant.stock if row.expires is not None})

    def wants_safety(self, item: str) -> bool:
        """Whether an item ever has a safety stock."""
        return bool(
            self.items[item].safety_stock or any(row.safety_stock for row in self.phases.get(item, ()))
        )

    def safety_stocks(self, item: str, timeline: Timeline) -> Ints:
        """Base units wanted in hand at every bucket's end: those of the phase of life on its last day."""
        own = self.items[item].safety_stock
        wanted = np.full(len(timeline), own, dtype=np.int64)
        for phase in self.phases.get(item, ()):
            begun = timeline.first_day + timeline.days > phase.date
            wanted[begun] = own if phase.safety_stock is None else phase.safety_stock
        return wanted

    def _versions_of(self, item: str, version: str) -> tuple[str, ...]:
        """Versions a row applies to: its own, or all of the item's where it names none."""
        known = self.versions.get(item, ())
        return (version,) if version in known else (known if not version else ())

    def base_version(self, item: str, version: str) -> str:
        """Production version that a recipe is of, as the plant's tables name it."""
        known = self._base.get((item, version))
        return self.unlearnt(item, version) if known is None else known

    def unlearnt(self, item: str, version: str) -> str:
        """Name of a version as it is at the start of a plan, whatever it is called later on."""
        return without_stretch(version) if item in self._learning else version

    def recipes_of(self, item: str, version: str) -> tuple[str, ...]:
        """Recipes of the version that a version is of, itself among them."""
        base = self.base_version(item, version)
        return tuple(one for one in self.versions[item] if self.base_version(item, one) == base)

    def made_from(self, item: str, version: str) -> int | None:
        """First minute at which a lot of a version may start; None: from the beginning on."""
        return self._span(item, version)[0]

    def made_until(self, item: str, version: str) -> int | None:
        """First minute at which no lot of a version may start any more; None: to the end."""
        return self._span(item, version)[1]

    def may_start(self, item: str, version: str, begin: int, end: int) -> bool:
        """Whether a lot of a version may start in a stretch of time, by its dates."""
        since, until = self._span(item, version)
        return (since is None or since < end) and (until is None or until > begin)

    def learnt(self, item: str, version: str, minute: int) -> str:
        """Return what a version is to a lot that starts at a minute: itself, where nothing is learnt."""
        name = self.unlearnt(item, version)
        for one in self.versions.get(item, ()) if item in self._learning else ():
            since, until = self._spans.get((item, one), (None, None))
            begun = (since is None or since <= minute) and (until is None or minute < until)
            if begun and self.unlearnt(item, one) == name:
                return one
        return version

    def from_then_on(self, item: str, version: str) -> tuple[str, ...]:
        """Return a version, and what becomes of it later on."""
        if item not in self._learning:
            return (version,)
        name = self.unlearnt(item, version)
        known = [one for one in self.versions[item] if self.unlearnt(item, one) == name]
        return tuple(known[known.index(version) :]) if version in known else (version,)

    def _span(self, item: str, version: str) -> tuple[int | None, int | None]:
        row = self.items[item]
        since, until = self._spans.get((item, version), (None, None))
        begins = [minute for minute in (since, row.phase_in) if minute is not None]
        ends = [minute for minute in (until, row.phase_out) if minute is not None]
        return max(begins, default=None), min(ends, default=None)

    def _read_learning(self, plant: Plant) -> None:
        """Make a version of every stretch in which run times differ, and let each have its own."""
        for item, found in stretches(plant).items():
            names = {row.operation: None for row in plant.operations if row.item == item}
            versions: list[str] = []
            for version in self.versions.get(item, ()):
                base = self.base_version(item, version)
                for stretch in found[1:]:
                    learnt = version + stretch.mark
                    self._base[item, learnt] = base
                    self._copy(item, version, learnt, names)
                    for name in names:
                        if (item, version, name) in self.components:
                            self.components[item, learnt, name] = self.components[item, version, name]
                for stretch in found:
                    learnt = version + stretch.mark
                    versions.append(learnt)
                    self._spans[item, learnt] = (stretch.since, stretch.until)
                    self._slow_down(item, learnt, stretch)
            self.versions[item] = tuple(versions)

    def _slow_down(self, item: str, version: str, stretch: Stretch) -> None:
        """Give a version the run times of a stretch."""
        routing = self.routings.get((item, version))
        if routing is None:
            return
        self.routings[item, version] = tuple(map(stretch.operation, routing))
        for row in routing:
            key = (item, version, row.operation)
            if key in self.modes:
                self.modes[key] = tuple(map(stretch.mode, self.modes[key]))

    def _read_recipes(self, plant: Plant) -> None:
        """Make a version of every recipe of the items whose bills have alternatives.

        A bill that is beyond what is planned with (a finding in reading) is left as it stands.
        """
        mixed: dict[str, dict[str, None]] = {
            line.item: {}
            for line in plant.bill_of_materials
            if line.alternative and line.item in self.versions
        }
        for row in plant.operations if mixed else ():
            if row.item in mixed:
                mixed[row.item][row.operation] = None
        for item, names in mixed.items():
            versions: list[str] = []
            for version in self.versions[item]:
                bill = {name: self.components.get((item, version, name), ()) for name in names}
                found = list(recipes(version, bill)) if is_planned(bill) else []
                versions += [recipe.version for recipe in found] or [version]
                for recipe in found:
                    self._base[item, recipe.version] = version
                    for name, lines in recipe.components.items():
                        self.components[item, recipe.version, name] = lines
                    self._copy(item, version, recipe.version, names)
            self.versions[item] = tuple(versions)

    def _copy(self, item: str, base: str, version: str, names: Iterable[str]) -> None:
        """Let a recipe have all of the version that it is made from but its components."""
        if (item, base) in self.routings:
            self.routings[item, version] = self.routings[item, base]
        if (item, base) in self.by_products:
            self.by_products[item, version] = self.by_products[item, base]
        for name in names:
            key, own = (item, base, name), (item, version, name)
            if key in self.modes:
                self.modes[own] = self.modes[key]
            if key in self.rework:
                self.rework[own] = self.rework[key]

    def _read_operations(self, plant: Plant) -> None:
        reworking = {(row.item, row.rework_operation) for row in plant.inspections if row.rework_operation}
        steps: dict[tuple[str, str], list[Operation]] = {}
        for operation in plant.operations:
            for version in self._versions_of(operation.item, operation.version):
                if (operation.item, operation.operation) in reworking:
                    self.rework[operation.item, version, operation.operation] = operation
                else:
                    steps.setdefault((operation.item, version), []).append(operation)
        for key, found in steps.items():
            self.routings[key] = tuple(sorted(found, key=lambda row: row.sequence))

    def pools(self, mode: OperationResource) -> Pools:
        """Labour and tools that a mode occupies beside its resource, and people who have skills."""
        return (*self.labour(mode), *self.tools(mode), *self.skilled(mode))

    def skilled(self, mode: OperationResource) -> Pools:
        """Derived pools of people with skills that a mode occupies, with the units of them."""
        if not self.skill_pools:
            return ()
        labour = self.labour(mode)
        units = ((pool.name, pool.units(mode, labour)) for pool in self.skill_pools)
        return tuple((name, count) for name, count in units if count)

    def labour(self, mode: OperationResource) -> Pools:
        """Pools of labour that a mode occupies, each once, with the units of it."""
        own = ((mode.labour, mode.labour_units),) if mode.labour else ()
        return self._with_further(mode, own, is_tool=False)

    def tools(self, mode: OperationResource) -> Pools:
        """Tools that a mode occupies, each once, with the units of it."""
        return self._with_further(mode, ((mode.tool, 1),) if mode.tool else (), is_tool=True)

    def _with_further(self, mode: OperationResource, own: Pools, is_tool: bool) -> Pools:
        further = self._further.get((mode.item, mode.version, mode.operation, mode.resource), ())
        if not further:
            return own
        units = dict(own)
        for name, count in further:
            if (self.resources[name].kind is ResourceKind.TOOL) == is_tool:
                units[name] = units.get(name, 0) + count
        return tuple(units.items())

    def power(self, resource: Resource) -> Fraction:
        """Power in kW that a resource draws in runs and setups: only machines do."""
        return resource.energy_kw if resource.kind is ResourceKind.MACHINE else Fraction(0)

    @cached_property
    def _mean_kwh(self) -> Fraction:
        """Price of a kWh in the horizon's mean minute."""
        if not self.plant.tariffs:
            return self.plant.costs.energy_cost_per_kwh
        timeline = Timeline.of(self.plant)
        return EnergyPrices(self.plant, timeline, WorkingTime(self.plant, timeline)).mean

    @cached_property
    def lowest_kwh(self) -> Fraction:
        """A price of a kWh that no minute is below."""
        return min([self.plant.costs.energy_cost_per_kwh, *(row.cost_per_kwh for row in self.plant.tariffs)])

    def energy_hour(self, resource: Resource, lowest: bool = False) -> Fraction:
        """Cost of the energy that a resource draws in an hour of run or setup.

        Parameters
        ----------
        lowest : bool
            At the lowest price of any time, which no plan can be below; else at the mean price.
        """
        power = self.power(resource)
        return power * (self.lowest_kwh if lowest else self._mean_kwh) if power else power

    def machine_hour(self, resource: Resource, lowest: bool = False) -> Fraction:
        """Cost of an hour of a resource at its own rate, with its energy (see `energy_hour`)."""
        return resource.cost_per_hour + self.energy_hour(resource, lowest)

    def run_hour(self, mode: OperationResource, lowest: bool = False) -> Fraction:
        """Cost of an hour of run in a mode, with its energy (see `energy_hour`); labour comes on top."""
        resource = self.resources[mode.resource]
        own = resource.cost_per_hour if mode.cost_per_hour is None else mode.cost_per_hour
        return own + self.energy_hour(resource, lowest)

    def wage(self, mode: OperationResource) -> Fraction:
        """Cost of an hour of all the labour of a mode."""
        return sum(
            (units * self.resources[pool].cost_per_hour for pool, units in self.labour(mode)), Fraction(0)
        )

    def inspections(self, stage: Stage, item: str) -> tuple[Inspection, ...]:
        """Rows of the inspection plan for an item at a stage.

        Its certificate is the last at incoming and at final: what is bought and what is made needs it.
        """
        return self._inspections.get((stage, item), ())

    def pending(self, row: Stock) -> tuple[Inspection, ...]:
        """Rows of the inspection plan that a stock lot still needs, those for a supplier's goods aside."""
        if row.is_free or row.status is StockStatus.BLOCKED:
            return ()
        rows = self.inspections(Stage.FINAL if row.item in self.versions else Stage.INCOMING, row.item)
        return tuple(
            one for one in rows if not one.supplier and (one.is_last or row.status is not StockStatus.TESTED)
        )

    def holding_rate(self, item: str) -> Fraction:
        """Cost of holding one unit of an item for a day."""
        row = self.items[item]
        if row.holding_cost_per_day is not None:
            return row.holding_cost_per_day
        return row.unit_value * self.plant.costs.holding_rate_per_year / DAYS_PER_YEAR

    def changeover(self, resource: Resource, before: str | None, after: str) -> tuple[int, Fraction]:
        """Minutes and cost of changing a resource over.

        Parameters
        ----------
        before : str or None
            Group set up now; None where the state is unknown (the first changeover is free).
        after : str

        Raises
        ------
        KeyError
            If the matrix lacks the pair (reading a plant reports it as a finding).
        """
        if not resource.changeover_matrix or before is None:
            return 0, Fraction(0)
        row = self.changeovers.get((resource.changeover_matrix, before, after))
        if row is None:
            if before == after:
                return 0, Fraction(0)
            raise KeyError((resource.changeover_matrix, before, after))
        return row.minutes, row.cost

    def initial_group(self, resource: Resource) -> str | None:
        """Group a resource is set up for at the start; None where it is not stated."""
        return resource.initial_setup_group or None

    def setup_group(self, item: str) -> str:
        """Setup group of an item: its own id where none is stated."""
        return self.items[item].setup_group or item


def _versions(plant: Plant) -> dict[str, tuple[str, ...]]:
    """Production versions by item: those its operations name, or the unnamed one."""
    named: dict[str, dict[str, None]] = {}
    for operation in plant.operations:
        found = named.setdefault(operation.item, {})
        if operation.version:
            found[operation.version] = None
    return {item: tuple(versions) or ("",) for item, versions in named.items()}


def _by_stage(plant: Plant) -> dict[tuple[Stage, str], tuple[Inspection, ...]]:
    """Rows of the inspection plan by stage and item."""
    found: dict[tuple[Stage, str], tuple[Inspection, ...]] = {}
    for row in sorted(plant.inspections, key=lambda row: row.is_last):
        for stage in (Stage.INCOMING, Stage.FINAL) if row.is_last else (row.stage,):
            found[stage, row.item] = (*found.get((stage, row.item), ()), row)
    return found
