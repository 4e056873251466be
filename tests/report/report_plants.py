"""A valid plant and plan of any size, scheduled by a simple rule, for trying the report."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from fractions import Fraction

from capacityplan.domain.plan import (
    BucketInspection,
    BucketRun,
    BucketSetups,
    Certificate,
    Delivery,
    InspectionRun,
    Lost,
    Lot,
    Plan,
    Provenance,
    Purchase,
    Run,
)
from capacityplan.domain.plant import (
    BomLine,
    CalendarRow,
    Changeover,
    Customer,
    Downtime,
    Horizon,
    Inspection,
    Item,
    ItemKind,
    Operation,
    OperationResource,
    Order,
    Plant,
    Resource,
    ResourceKind,
    Stage,
    Stock,
    SupplierOffer,
)
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.verify import check

STEPS = ("mix", "fill", "pack")
FAMILIES = ("Aurora", "Borealis", "Cirrus", "Dune", "Ember", "Fjord")
_DAY = 1440
_QUANTITY = 100
_SETUP = 20
_INCUBATION = 24 * 60


@dataclass(slots=True)
class _Draft:
    lots: list[Lot] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    inspections: list[InspectionRun] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)


def build(
    lots: int = 24, lines: int = 2, items: int = 6, seed: int = 1, name: str = "Try"
) -> tuple[Plant, Plan]:
    """Make a plant of parallel lines and a plan of ``3 * lots`` operations in its window.

    The last 5 percent of the orders get nothing; one lot of every item lies in the tail.
    """
    plant = _plant(lines, items, name)
    timeline = Timeline.of(plant)
    draft = _Draft()
    _schedule(plant, timeline, draft, lots, lines, items, random.Random(seed))
    tail = _tail(timeline, items, draft, max(lots, items))
    lost = draft.orders[-max(1, lots // 20) :]
    gone = {order.order for order in lost}
    plant = replace(plant, orders=tuple(draft.orders))
    plan = replace(
        tail,
        provenance=Provenance(plant.name, plant.hash(), "try", seed),
        lots=(*draft.lots, *tail.lots),
        runs=tuple(draft.runs),
        inspections=tuple(draft.inspections),
        purchases=(Purchase("P-1", "Supplier", "powder", 500 * 1000, 0, 5 * _DAY - 360),),
        deliveries=tuple(row for row in draft.deliveries if row.demand not in gone),
        lost=tuple(Lost(order.order, order.quantity) for order in lost),
    )
    verdict = check(plant, plan)
    bound = verdict.cost * 9 / 10
    certificate = Certificate(
        True, 0, verdict.cost, bound, bound - 1, "linear relaxation", verdict.cost / 2,
        float((verdict.cost - bound) / verdict.cost), 0.2,
        (("late", Fraction(10), Fraction(2)), ("purchase", Fraction(100), Fraction(100)),
         ("setup", Fraction(50), None)),
    )  # fmt: skip
    return plant, replace(plan, ledger=verdict.ledger, certificate=certificate)


def _plant(lines: int, items: int, name: str) -> Plant:
    products = [
        Item(
            f"FG-{number:03d}", ItemKind.FINISHED, f"{FAMILIES[number % 6]} {number}",
            family=FAMILIES[number % 6], unit_value=Fraction(10 + number), price=Fraction(20 + number),
            setup_group=f"G{number % 6}",
            safety_stock=50,
        )
        for number in range(items)
    ]  # fmt: skip
    machines = [f"{step.upper()}-{line:02d}" for line in range(lines) for step in STEPS]
    return Plant(
        name, "2027-03-01T06:00", "Europe/Berlin", "EUR", horizon=Horizon(28, 4, 0, 14),
        items=(*products, Item("powder", ItemKind.RAW, "Base powder", "kg", 3, unit_value=Fraction(2))),
        bill_of_materials=tuple(BomLine(row.item, "powder", Fraction(1, 10)) for row in products),
        operations=tuple(
            Operation(row.item, step, 10 * index, fixed_minutes=30 + 10 * index, run_minutes=Fraction(1, 2))
            for row in products
            for index, step in enumerate(STEPS)
        ),
        operation_resources=tuple(
            OperationResource(row.item, step, f"{step.upper()}-{line:02d}", labour="crew")
            for row in products
            for step in STEPS
            for line in range(lines)
        ),
        resources=(
            *(
                Resource(row, ResourceKind.MACHINE, calendar="shifts", cost_per_hour=Fraction(60),
                         changeover_matrix="wash" if row.startswith("MIX") else "", initial_setup_group="G0")
                for row in machines
            ),
            Resource("crew", ResourceKind.LABOUR, capacity=4 * lines, calendar="shifts",
                     cost_per_hour=Fraction(35)),
            Resource("HPLC", ResourceKind.LAB, capacity=4 + lines, calendar="always"),
        ),
        calendars=(
            *(CalendarRow("shifts", day, None, 0, 1440) for day in range(6)),
            *(CalendarRow("always", day, None, 0, 1440) for day in range(7)),
        ),
        downtime=(Downtime("D-1", machines[0], 5 * _DAY, 5 * _DAY + 480, "Filter change"),),
        changeovers=tuple(
            Changeover("wash", f"G{a}", f"G{b}", _SETUP, Fraction(5))
            for a in range(6)
            for b in range(6)
            if a != b
        ),
        inspections=tuple(
            Inspection(f"assay {row.item}", Stage.FINAL, "HPLC", lab_minutes=45, item=row.item,
                       wait_minutes=_INCUBATION)
            for row in products
        ),
        suppliers=(SupplierOffer("Supplier", "powder", 3, price=Fraction(3, 2)),),
        stock=(Stock("S-1", "powder", 10**9),),
        customers=(Customer("Shop", transit_days=1),),
    )  # fmt: skip


def _schedule(
    plant: Plant, timeline: Timeline, draft: _Draft, lots: int, lines: int, items: int, chance: random.Random
) -> None:
    working = WorkingTime(plant, timeline)
    free: dict[str, int] = {}
    state: dict[str, str] = {}
    slots = [0] * (4 + lines)
    group = {row.item: row.setup_group for row in plant.items}
    for number in range(lots):
        item = f"FG-{(number // 4) % items:03d}"
        lot = f"L-{number:05d}"
        draft.lots.append(Lot(lot, item, _QUANTITY))
        ready = 0
        for index, step in enumerate(STEPS):
            resource = f"{step.upper()}-{number % lines:02d}"
            steps = working.regular(resource)
            minutes = 30 + 10 * index + _QUANTITY // 2
            changing = step == "mix" and state.get(resource, "G0") != group[item]
            begin = _open(steps, max(ready - (_SETUP if changing else 0), free.get(resource, 0)))
            start = _after(steps, begin, _SETUP) if changing else begin
            start = _open(steps, max(start, ready))
            end = _after(steps, start, minutes)
            draft.runs.append(Run(lot, step, resource, _QUANTITY, begin if changing else start, start, end))
            state[resource], free[resource], ready = group[item], end, end
        slot = min(range(len(slots)), key=slots.__getitem__)
        tested = max(ready, slots[slot])
        slots[slot] = tested + 45
        draft.inspections.append(InspectionRun(lot, f"assay {item}", "HPLC", tested, tested + 45))
        released = tested + 45 + _INCUBATION
        due = min(released + _DAY + chance.randrange(-2, 6) * _DAY, timeline.horizon_end)
        ship = max(released, due - _DAY)
        order = f"O-{number:05d}"
        draft.orders.append(Order(order, item, _QUANTITY, due, "Shop", late_cost_per_day=Fraction(1)))
        draft.deliveries.append(Delivery(order, item, _QUANTITY, ship, ship + _DAY))


def _tail(timeline: Timeline, items: int, draft: _Draft, first: int) -> Plan:
    """One lot of every item, all in one weekly bucket, inspected in the next one."""
    bucket = 29
    lots, runs, tested, order = [], [], [], {}
    for number in range(items):
        lot, item = f"L-{first + number:05d}", f"FG-{number:03d}"
        lots.append(Lot(lot, item, _QUANTITY))
        for index, step in enumerate(STEPS):
            load = ((bucket, 30 + 10 * index + _QUANTITY // 2),)
            runs.append(BucketRun(lot, step, f"{step.upper()}-00", _QUANTITY, load))
        order.setdefault(f"G{number % 6}", None)
        tested.append(BucketInspection(lot, f"assay {item}", "HPLC", bucket, bucket + 1))
    return Plan(
        Provenance("", ""), lots=tuple(lots), bucket_runs=tuple(runs), bucket_inspections=tuple(tested),
        bucket_setups=(BucketSetups("MIX-00", bucket, tuple(order)),),
    )  # fmt: skip


def _open(steps, minute):  # type: ignore[no-untyped-def]
    """First working minute at or after a minute."""
    for start, end, _ in steps.intervals():
        if end > minute:
            return max(start, minute)
    raise AssertionError("the plan does not fit the horizon")


def _after(steps, minute, minutes):  # type: ignore[no-untyped-def]
    """Minute by which a number of working minutes have passed since a working minute."""
    for start, end, _ in steps.intervals():
        if end <= minute:
            continue
        begin = max(start, minute)
        if end - begin >= minutes:
            return begin + minutes
        minutes -= end - begin
    raise AssertionError("the plan does not fit the horizon")


def renamed(plant: Plant, plan: Plan, names: dict[str, str]) -> tuple[Plant, Plan]:
    """Give objects other names, everywhere they are named."""

    def swap(text: bytes) -> str:
        found = text.decode()
        for old, new in names.items():
            found = found.replace(f'"{old}"', json.dumps(new))
        return found

    plant = Plant.from_json(swap(plant.to_json()))
    plan = Plan.from_json(swap(replace(plan, ledger=()).to_json()))
    return plant, replace(plan, ledger=check(plant, plan).ledger)


HOSTILE = (
    "<script>document.documentElement.dataset.pwned=1</script>",
    "</script><script>document.documentElement.dataset.pwned=2</script>",
    "</SCRIPT ><script>document.documentElement.dataset.pwned=3</script>",
    "<img src=x onerror=document.documentElement.dataset.pwned=4>",
    "<svg onload=document.documentElement.dataset.pwned=5>",
    "<svg><script>document.documentElement.dataset.pwned=6</script></svg>",
    "<iframe srcdoc='<script>parent.document.documentElement.dataset.pwned=7</script>'></iframe>",
    "<body onload=document.documentElement.dataset.pwned=8>",
    "<details open ontoggle=document.documentElement.dataset.pwned=9>x</details>",
    "<video><source onerror=document.documentElement.dataset.pwned=10></video>",
    "<audio src=x onerror=document.documentElement.dataset.pwned=11>",
    "<input autofocus onfocus=document.documentElement.dataset.pwned=12>",
    "<marquee onstart=document.documentElement.dataset.pwned=13>x</marquee>",
    "<math><mtext><script>document.documentElement.dataset.pwned=14</script>",
    "<a href='javascript:document.documentElement.dataset.pwned=15'>x</a>",
    "<object data='javascript:document.documentElement.dataset.pwned=16'></object>",
    "<embed src='javascript:document.documentElement.dataset.pwned=17'>",
    "<link rel=stylesheet href='http://attacker.invalid/18.css'>",
    "<meta http-equiv=refresh content='0;url=http://attacker.invalid/19'>",
    "<base href='http://attacker.invalid/20/'>",
    "<form action='http://attacker.invalid/21'><button>x</button></form>",
    '"><script>document.documentElement.dataset.pwned=22</script>',
    "'><script>document.documentElement.dataset.pwned=23</script>",
    '" onmouseover="document.documentElement.dataset.pwned=24',
    "' onfocus='document.documentElement.dataset.pwned=25' autofocus='",
    "--><script>document.documentElement.dataset.pwned=26</script>",
    "<!--<script>document.documentElement.dataset.pwned=27</script>",
    "]]><script>document.documentElement.dataset.pwned=28</script>",
    '";document.documentElement.dataset.pwned=29;//',
    '\\";document.documentElement.dataset.pwned=30;//',
    "';document.documentElement.dataset.pwned=31;//",
    "\u2028document.documentElement.dataset.pwned=32;//",
    "\u2029document.documentElement.dataset.pwned=33;//",
    "${document.documentElement.dataset.pwned=34}",
    "{{constructor.constructor('document.documentElement.dataset.pwned=35')()}}",
    "@@SCRIPT@@@@DATA@@",
    "&lt;script&gt;document.documentElement.dataset.pwned=37&lt;/script&gt;",
    "<style>@import 'http://attacker.invalid/38.css';</style>",
    "<template><script>document.documentElement.dataset.pwned=39</script></template>",
    "</style><script>document.documentElement.dataset.pwned=40</script>",
    '<noscript><p title="</noscript><img src=x onerror=document.documentElement.dataset.pwned=41>">',
    "<title></title><script>document.documentElement.dataset.pwned=42</script>",
)
"""Names that try to run as script, to load something or to end their place in the page."""
