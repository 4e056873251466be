"""Our own plants are sound: references, loads and materials by a rough cut of their own."""

from __future__ import annotations

import math
from collections import defaultdict
from functools import cache

import pytest

from capacityplan import templates
from capacityplan.demand.netting import net
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import (
    CalendarKind,
    ItemKind,
    LockKind,
    Plant,
    ReceiptKind,
    ResourceKind,
    Stage,
    StockStatus,
)
from capacityplan.domain.timeline import Timeline, WorkingTime

SIZES = (0.1, 1.0, 3.0)
EVERY = [(name, size) for name in templates.NAMES for size in SIZES]


@cache
def plant_of(name: str, size: float = 1.0, seed: int = 0) -> Plant:
    return templates.build(name, size, seed)


def weekly_demand(plant: Plant) -> dict[str, list[float]]:
    """Base units by item and week of the horizon."""
    timeline = Timeline.of(plant)
    weeks = math.ceil(int(sum(timeline.days)) / 7)
    need: dict[str, list[float]] = defaultdict(lambda: [0.0] * weeks)
    for demand in net(plant, timeline):
        day = int(timeline.first_day[demand.bucket] - timeline.first_day[0])
        need[demand.item][day // 7] += demand.quantity
    return need


def made_and_bought(plant: Plant) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Base units to start of each made item, and gross weekly need of each bought one."""
    lookup = Lookup(plant)
    need = weekly_demand(plant)
    supply: dict[str, float] = defaultdict(float)
    for row in plant.stock:
        supply[row.item] += row.quantity
    for receipt in plant.receipts:
        if receipt.kind is ReceiptKind.PRODUCTION:
            supply[receipt.item] += receipt.quantity
    made: dict[str, float] = {}
    bought: dict[str, list[float]] = {}
    open_parents = {
        item.item: {row.item for row in plant.bill_of_materials if row.component == item.item}
        for item in plant.items
    }
    waiting = list(open_parents)
    while waiting:
        ready = [item for item in waiting if not open_parents[item] & set(waiting)]
        assert ready, f"the bill of materials has a cycle among {waiting}"
        for item in ready:
            waiting.remove(item)
            gross = list(need[item])
            if not lookup.versions.get(item):
                bought[item] = gross
                continue
            net_need, left = [], supply[item]
            for quantity in gross:
                used = min(left, quantity)
                left -= used
                net_need.append(quantity - used)
            routing = lookup.routings[item, lookup.versions[item][0]]
            survival = math.prod(float(row.yield_fraction) for row in routing)
            made[item] = sum(net_need) / survival
            for line in (row for row in plant.bill_of_materials if row.item == item):
                factor = float(line.quantity / line.per_quantity / (1 - line.scrap_fraction)) / survival
                factor *= lookup.scale[line.component] / lookup.scale[item]
                for week, quantity in enumerate(net_need):
                    need[line.component][week] += quantity * factor
    return made, bought


def lots_of(plant: Plant, item: str, quantity: float) -> float:
    """A guess at the number of lots: full ones, or one a week where that is less than a full lot."""
    row = Lookup(plant).items[item]
    full = quantity / row.max_lot if row.max_lot else 0.0
    smallest = quantity / max(row.min_lot, 1)
    return max(1.2 * full, min(16.0, smallest))


def loads(plant: Plant) -> dict[str, float]:
    """Minutes needed over the horizon by resource group, lab and labour pool."""
    lookup = Lookup(plant)
    made, _ = made_and_bought(plant)
    minutes: dict[str, float] = defaultdict(float)
    for item, quantity in made.items():
        version = lookup.versions[item][0]
        lots = lots_of(plant, item, quantity)
        flowing = quantity
        for operation in lookup.routings[item, version]:
            modes = lookup.modes[item, version, operation.operation]
            mode, scale = modes[0], lookup.scale[item]
            speed = float(lookup.resources[mode.resource].efficiency)
            run = float(operation.run_minutes if mode.run_minutes is None else mode.run_minutes)
            fixed = operation.fixed_minutes * (
                flowing / operation.batch_size if operation.batch_size else lots
            )
            work = fixed + flowing / scale * run / float(operation.per_quantity) / speed
            setup = mode.setup_minutes * lots
            matrix = lookup.resources[mode.resource].changeover_matrix
            if matrix:
                known = [row.minutes for row in plant.changeovers if row.matrix == matrix]
                setup += 0.7 * lots * sum(known) / max(len(known), 1)
            group = lookup.resources[mode.resource].group or mode.resource
            minutes[group] += work + setup
            if mode.labour:
                minutes[mode.labour] += (work + setup) * mode.labour_units
            flowing *= float(operation.yield_fraction)
        for stage in (Stage.IN_PROCESS, Stage.FINAL):
            for row in lookup.inspections(stage, item):
                minutes[row.lab] += lots / row.every_lots * row.lab_minutes * row.slots
                if row.labour:
                    minutes[row.labour] += lots / row.every_lots * row.lab_minutes * row.analysts
    add_incoming(plant, minutes)
    return minutes


def add_incoming(plant: Plant, minutes: dict[str, float]) -> None:
    for row in plant.inspections:
        if row.stage is Stage.INCOMING:
            deliveries = deliveries_of(plant, row.item) / row.every_lots
            minutes[row.lab] += deliveries * row.lab_minutes * row.slots
            if row.labour:
                minutes[row.labour] += deliveries * row.lab_minutes * row.analysts


def deliveries_of(plant: Plant, item: str) -> float:
    opened = [row for row in plant.receipts if row.kind is ReceiptKind.PURCHASE and row.item == item]
    days = int(sum(Timeline.of(plant).days))
    last = max((row.due // 1440 for row in opened), default=0)
    rhythm = 2 if (Lookup(plant).items[item].shelf_life_days or 99) < 7 else 10
    return len(opened) + max(0, days - last) / rhythm


def utilisation(plant: Plant) -> dict[str, float]:
    """Load over regular capacity of the horizon, by resource group."""
    timeline = Timeline.of(plant)
    working = WorkingTime(plant, timeline)
    capacity: dict[str, float] = defaultdict(float)
    for row in plant.resources:
        if row.kind is not ResourceKind.STORAGE:
            regular = working.regular(row.resource)
            capacity[row.group or row.resource] += regular.capacity_minutes(0, timeline.horizon_end)
    return {name: need / capacity[name] for name, need in loads(plant).items()}


@pytest.mark.parametrize(("name", "size"), EVERY)
def test_every_reference_resolves(name: str, size: float) -> None:
    plant = plant_of(name, size)
    items = {row.item for row in plant.items}
    resources = {row.resource for row in plant.resources}
    operations = {(row.item, row.operation) for row in plant.operations}
    calendars = {row.calendar for row in plant.calendars}
    customers = {row.customer for row in plant.customers}
    storages = {row.storage for row in plant.storages}
    matrices = {row.matrix for row in plant.changeovers}
    wanted = [
        *((line.item, items) for line in plant.bill_of_materials),
        *((line.component, items) for line in plant.bill_of_materials),
        *(((line.item, line.operation), operations) for line in plant.bill_of_materials if line.operation),
        *(((mode.item, mode.operation), operations) for mode in plant.operation_resources),
        *((mode.resource, resources) for mode in plant.operation_resources),
        *((mode.labour, resources) for mode in plant.operation_resources if mode.labour),
        *((mode.tool, resources) for mode in plant.operation_resources if mode.tool),
        *((row.calendar, calendars) for row in plant.resources),
        *((row.overtime_calendar, calendars) for row in plant.resources if row.overtime_calendar),
        *((row.changeover_matrix, matrices) for row in plant.resources if row.changeover_matrix),
        *((row.calendar, calendars) for row in plant.suppliers if row.calendar),
        *((row.item, items) for row in plant.suppliers),
        *((row.lab, resources) for row in plant.inspections),
        *((row.labour, resources) for row in plant.inspections if row.labour),
        *(((row.item, row.operation), operations) for row in plant.inspections if row.operation),
        *(
            ((row.item, row.rework_operation), operations)
            for row in plant.inspections
            if row.rework_operation
        ),
        *((row.item, items) for row in plant.stock),
        *((row.item, items) for row in plant.receipts),
        *((row.item, items) for row in plant.orders),
        *((row.item, items) for row in plant.promotions),
        *(((row.item, row.operation), operations) for row in plant.receipts if row.operation),
        *((row.customer, customers) for row in plant.orders),
        *((row.parent, customers) for row in plant.customers if row.parent),
        *((row.storage, storages) for row in plant.items if row.storage),
        *((row.resource, resources) for row in plant.downtime),
        *((row.object, resources) for row in plant.locks if row.kind is LockKind.RESOURCE),
    ]
    assert [reference for reference, known in wanted if reference not in known] == []
    modes = {(mode.item, mode.operation) for mode in plant.operation_resources}
    assert operations == modes


@pytest.mark.parametrize(("name", "size"), EVERY)
def test_ids_are_unique(name: str, size: float) -> None:
    plant = plant_of(name, size)
    for ids in (
        [row.item for row in plant.items],
        [row.resource for row in plant.resources],
        [row.inspection for row in plant.inspections],
        [row.stock for row in plant.stock],
        [row.order for row in plant.orders],
        [row.order for row in plant.receipts],
        [row.downtime for row in plant.downtime],
        [row.lock for row in plant.locks],
        [row.customer for row in plant.customers],
        [(row.matrix, row.from_group, row.to_group) for row in plant.changeovers],
        [(row.item, row.operation, row.version) for row in plant.operations],
        [(row.item, row.operation, row.resource) for row in plant.operation_resources],
        [(row.supplier, row.item, row.from_quantity) for row in plant.suppliers],
    ):
        assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(("name", "size"), EVERY)
def test_every_changeover_pair_is_listed(name: str, size: float) -> None:
    plant = plant_of(name, size)
    lookup = Lookup(plant)
    groups: dict[str, set[str]] = defaultdict(set)
    for mode in plant.operation_resources:
        groups[mode.resource].add(lookup.setup_group(mode.item))
    with_matrix = [row for row in plant.resources if row.changeover_matrix]
    assert with_matrix
    for resource in with_matrix:
        known = groups[resource.resource] | (
            {resource.initial_setup_group} if resource.initial_setup_group else set()
        )
        for before in known:
            for after in known:
                assert lookup.changeover(resource, before, after)[0] >= 0


@pytest.mark.parametrize(("name", "size"), EVERY)
def test_every_item_can_be_made_or_bought(name: str, size: float) -> None:
    plant = plant_of(name, size)
    lookup = Lookup(plant)
    bought = {item for _, item in lookup.offers}
    assert [
        row.item for row in plant.items if row.item not in bought and row.item not in lookup.versions
    ] == []
    finished = {row.item for row in plant.items if row.kind is ItemKind.FINISHED}
    used = {line.component for line in plant.bill_of_materials} | finished
    assert [row.item for row in plant.items if row.item not in used] == []


@pytest.mark.parametrize("name", templates.NAMES)
def test_the_committed_plant_is_as_large_as_promised(name: str) -> None:
    plant = plant_of(name)
    made, _ = made_and_bought(plant)
    finished = [row for row in plant.items if row.kind is ItemKind.FINISHED]
    assert 10 <= len(finished) <= 40
    assert (plant.horizon.daily, plant.horizon.weekly, plant.horizon.schedule_days) == (28, 12, 14)
    assert 200 <= sum(lots_of(plant, item, quantity) for item, quantity in made.items()) <= 900


@pytest.mark.parametrize("name", templates.NAMES)
def test_the_bottleneck_is_tight_and_nothing_is_overloaded(name: str) -> None:
    load = utilisation(plant_of(name))
    assert max(load.values()) <= 0.92, load
    assert max(load.values()) >= 0.75, load
    labs = [load[row.resource] for row in plant_of(name).resources if row.kind is ResourceKind.LAB]
    assert 0.5 <= max(labs) <= 0.92, load


@pytest.mark.parametrize(("name", "size"), EVERY)
def test_no_size_is_overloaded(name: str, size: float) -> None:
    load = utilisation(plant_of(name, size))
    assert max(load.values()) <= 0.95, load
    assert max(load.values()) >= 0.4, load


@pytest.mark.parametrize(("name", "size"), EVERY)
def test_material_is_there_until_new_orders_can_arrive(name: str, size: float) -> None:
    """Stock and open orders cover most of each week's running need within the lead time."""
    plant = plant_of(name, size)
    _, bought = made_and_bought(plant)
    for item, weekly in bought.items():
        lead = min(row.lead_time_days for row in plant.suppliers if row.item == item)
        have = sum(row.quantity for row in plant.stock if row.item == item)
        arriving = [row for row in plant.receipts if row.item == item]
        needed = 0.0
        for week in range(min(lead // 7, len(weekly))):
            needed += weekly[week]
            come = have + sum(row.quantity for row in arriving if row.due < (week + 1) * 7 * 1440)
            assert come >= 0.7 * needed, (item, week, come, needed)


@pytest.mark.parametrize("name", templates.NAMES)
def test_finished_goods_cover_the_first_days(name: str) -> None:
    plant = plant_of(name)
    timeline = Timeline.of(plant)
    needed: dict[str, int] = defaultdict(int)
    for demand in net(plant, timeline):
        if demand.bucket < 3:
            needed[demand.item] += demand.quantity
    for item, quantity in needed.items():
        usable = [row for row in plant.stock if row.item == item]
        free = sum(row.quantity for row in usable if row.status is StockStatus.UNRESTRICTED)
        assert sum(row.quantity for row in usable) >= quantity, item
        assert free >= 0.4 * quantity, item


@pytest.mark.parametrize("name", templates.NAMES)
def test_equal_seeds_build_equal_plants_and_others_differ(name: str) -> None:
    assert templates.build(name, 0.1, 5).hash() == templates.build(name, 0.1, 5).hash()
    assert templates.build(name, 0.1, 5).hash() != templates.build(name, 0.1, 6).hash()


@pytest.mark.parametrize("name", templates.NAMES)
def test_sizes_grow(name: str) -> None:
    plants = [plant_of(name, size) for size in SIZES]
    counts = [(len(plant.items), len(plant.resources), len(plant.projections)) for plant in plants]
    assert counts[0] < counts[1] < counts[2]
    finished = [sum(row.kind is ItemKind.FINISHED for row in plant.items) for plant in plants]
    assert finished[0] <= 0.4 * finished[1]
    assert finished[2] == pytest.approx(3 * finished[1], rel=0.1)


@pytest.mark.parametrize("name", templates.NAMES)
def test_orders_consume_rather_than_add(name: str) -> None:
    """The net demand is the projections', not the projections' plus the orders'."""
    plant = plant_of(name)
    whole = sum(demand.quantity for demand in net(plant))
    orders = sum(order.quantity for order in plant.orders)
    projected = sum(
        int(quantity) * int(weight) / 1_000_000
        for quantity, weight in zip(
            plant.projections.quantity, plant.projections.weight_millionths, strict=True
        )
    )
    assert orders > 0.02 * projected
    assert whole < projected + 0.5 * orders or plant.promotions
    assert whole == pytest.approx(projected, rel=0.06)


@pytest.mark.parametrize("name", templates.NAMES)
def test_plants_have_what_a_plan_must_cope_with(name: str) -> None:
    plant = plant_of(name)
    assert any(row.kind is ReceiptKind.PRODUCTION and row.operation for row in plant.receipts)
    assert any(row.start is not None for row in plant.downtime)
    assert any(row.flexible_from is not None for row in plant.downtime)
    assert plant.locks
    assert any(row.kind is CalendarKind.OVERTIME for row in plant.calendars)
    assert {row.stage for row in plant.inspections} >= {Stage.INCOMING, Stage.FINAL}
    assert any(row.from_quantity > 0 for row in plant.suppliers)
    assert plant.start.endswith("T06:00")
    assert Timeline.of(plant).clock.start.weekday() == 0
