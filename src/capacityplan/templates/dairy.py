"""Yoghurt: fermentation tanks, allergen changeovers, short shelf life and a 48 h microbiology hold.

docs/instances/dairy.md describes the plant and says where its figures come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from capacityplan.domain.plant import (
    BomLine,
    CalendarKind,
    Changeover,
    Costs,
    Customer,
    Downtime,
    Fences,
    Horizon,
    Inspection,
    Item,
    ItemKind,
    Lock,
    LockKind,
    Operation,
    OperationResource,
    Order,
    Plant,
    Promotion,
    Receipt,
    ReceiptKind,
    Resource,
    ResourceKind,
    Stage,
    Storage,
    SupplierOffer,
)
from capacityplan.templates.coverage import Policy, cover
from capacityplan.templates.draft import Draft

NAME = "dairy"
_FIRST = date(2027, 3, 1)
_TRAYS_PER_SMALL_LINE = 17_400
_TRAYS_PER_LARGE_LINE = 6_600
_TANK_KG = 4000
_SEASON = (0.92, 0.93, 0.95, 0.96, 0.97, 0.98, 1.0, 1.0, 1.02, 1.03, 1.04, 1.06, 1.07, 1.08, 1.10, 1.10)
_HOLIDAYS = ("2027-03-26", "2027-03-29", "2027-05-06", "2027-05-17")
_PHASE_OUT_DAY = 35
_SEGMENTS = {"150": (("north", 0.55), ("south", 0.45)),
             "500": (("north", 0.35), ("south", 0.35), ("foodservice", 0.30))}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Flavour:
    """What goes into the white mass, and how hard it is to clean away."""

    name: str
    kind: str
    preparation: str = ""
    price: str = "0"
    kg_per_kg: str = "0"


_FLAVOURS = {
    flavour.name: flavour
    for flavour in (
        _Flavour("NAT", "plain"),
        _Flavour("VAN", "plain", "PREP-VAN", "2.60", "0.10"),
        _Flavour("STR", "fruit", "PREP-STR", "2.20", "0.15"),
        _Flavour("CHE", "fruit", "PREP-CHE", "2.45", "0.15"),
        _Flavour("PEA", "fruit", "PREP-PEA", "2.10", "0.15"),
        _Flavour("APC", "fruit", "PREP-APC", "1.90", "0.15"),
        _Flavour("MUE", "gluten", "PREP-MUE", "2.90", "0.14"),
        _Flavour("HAZ", "nut", "PREP-HAZ", "4.60", "0.10"),
        _Flavour("WAL", "nut", "PREP-WAL", "5.20", "0.10"),
    )
}
# flavour, fat class, cup, share within its cup size
_RECIPES = (
    ("STR", "35", "150", 0.17), ("NAT", "35", "500", 0.40), ("HAZ", "35", "150", 0.07),
    ("CHE", "35", "150", 0.12), ("VAN", "35", "150", 0.12), ("VAN", "35", "500", 0.20),
    ("NAT", "35", "150", 0.09), ("PEA", "35", "150", 0.10), ("STR", "15", "150", 0.09),
    ("NAT", "15", "500", 0.20), ("MUE", "35", "150", 0.06), ("WAL", "35", "150", 0.04),
    ("PEA", "15", "150", 0.06), ("NAT", "15", "150", 0.05), ("STR", "35", "500", 0.20),
    ("APC", "35", "150", 0.03),
)  # fmt: skip
# minutes of cleaning from a row's kind to a column's
_CLEANING = {
    "plain": {"plain": 15, "fruit": 15, "gluten": 20, "nut": 20},
    "fruit": {"plain": 45, "fruit": 20, "gluten": 20, "nut": 20},
    "gluten": {"plain": 90, "fruit": 90, "gluten": 25, "nut": 45},
    "nut": {"plain": 150, "fruit": 150, "gluten": 120, "nut": 30},
}
_KG_PER_TRAY = {"150": Fraction(18, 10), "500": Fraction(3)}
_CUPS_PER_TRAY = {"150": 12, "500": 6}


@dataclass(frozen=True, slots=True)
class _Product:
    """A finished yoghurt: flavour, fat class, cup and its share of sales."""

    item: str
    flavour: _Flavour
    fat: str
    cup: str
    share: float


def build(size: float = 1.0, seed: int = 0) -> Plant:
    """Build the dairy.

    Parameters
    ----------
    size : float
        1 is the committed plant; lines, tanks, staff, labs and items grow in proportion.
    seed : int
        Draws the demand and the orders.

    Returns
    -------
    Plant
    """
    draft = Draft(
        NAME, _FIRST, seed, horizon=Horizon(28, 12, 0, 14), fences=Fences(12, 7),
        costs=Costs(holding_rate_per_year=Fraction(15, 100), late_rate_per_day=Fraction(3, 100),
                    overstock_rate_per_day=Fraction(1, 200)),
    )  # fmt: skip
    products = _products(size)
    small, large = max(1, round(2 * size)), max(1, round(size))
    two_shifts = size >= 0.5
    _calendars(draft, two_shifts)
    _resources(draft, small, large)
    _cleaning(draft, sorted({product.flavour.name for product in products}))
    _purchased(draft, products, small if two_shifts else 0.5)
    for fat in sorted({product.fat for product in products}):
        _mass(draft, fat)
    for product in products:
        _yoghurt(draft, product)
    _demand(draft, products, small, large, 1.0 if two_shifts else 0.5)
    _events(draft, products)
    cover(draft, _policies(draft))
    return draft.plant()


def _products(size: float) -> list[_Product]:
    out = []
    for index in range(max(2, round(len(_RECIPES) * size))):
        flavour, fat, cup, share = _RECIPES[index % len(_RECIPES)]
        brand = "" if index < len(_RECIPES) else f"-B{index // len(_RECIPES) + 1}"
        out.append(_Product(f"YOG-{flavour}{fat}-{cup}{brand}", _FLAVOURS[flavour], fat, cup, share))
    return out


def _calendars(draft: Draft, two_shifts: bool) -> None:
    week = range(5)
    late = 22 if two_shifts else 14
    draft.shifts("lines", week, [(6, late, None)])
    draft.shifts("day", week, [(6, 14, None)])
    draft.shifts("saturday", [5], [(6, 14, None)], CalendarKind.OVERTIME)
    draft.shifts("tanks", range(6), [(0, 24, None)])
    draft.shifts("staff", week, [(6, late, None)])
    draft.shifts("staff", [5], [(6, 14, None)])
    draft.shifts("lab", week, [(6, 10, None), (11, 14, None)])
    draft.shifts("lab", [5], [(6, 11, None)])
    draft.shifts("milk_round", range(6), [(4, 12, None)])
    draft.shifts("deliveries", week, [(6, 18, None)])
    draft.holidays(["lines", "day", "saturday", "staff", "lab", "deliveries"], _HOLIDAYS)


def _resources(draft: Draft, small: int, large: int) -> None:
    machine, labour = ResourceKind.MACHINE, ResourceKind.LABOUR
    for number in range(1, small + large + 1):
        is_small = number <= small
        draft.add(
            Resource(
                f"FILL{number}", machine, f"Cup filler, {150 if is_small else 500} g",
                "FILL150" if is_small else "FILL500", calendar="lines" if is_small else "day",
                efficiency=Fraction(95, 100), cost_per_hour=Fraction(85 if is_small else 70),
                overtime_calendar="saturday", overtime_cost_per_hour=Fraction(95),
                max_overtime_hours_per_week=Fraction(8), changeover_matrix="flavours",
                initial_setup_group="STR" if is_small else "NAT",
            )
        )  # fmt: skip
    for number in range(1, small + 1):
        draft.add(
            Resource(f"TANK{number}", machine, f"Fermentation tank, {_TANK_KG} kg", "TANK",
                     calendar="tanks", cost_per_hour=Fraction(14)),
        )  # fmt: skip
    draft.add(
        Resource("PASTEUR", machine, "Pasteuriser and homogeniser", capacity=(small + 1) // 2,
                 calendar="tanks", cost_per_hour=Fraction(120)),
        Resource("SMOOTHER", machine, "Smoother and plate cooler", capacity=(small + 1) // 2,
                 calendar="tanks", cost_per_hour=Fraction(45)),
        Resource("fillers", labour, "Fillers", capacity=3 * small + 2 * large - (1 if small > 1 else 0),
                 calendar="staff", cost_per_hour=Fraction(29)),
        Resource("microbiologists", labour, capacity=(small + 1) // 2, calendar="lab",
                 cost_per_hour=Fraction(42)),
        Resource("LAB", ResourceKind.LAB, "Microbiology and milk receiving lab", capacity=(small + 1) // 2,
                 calendar="lab", cost_per_hour=Fraction(18)),
        Storage("cold_store", Fraction(24_000 * small + 6000 * large), "trays", Fraction(6, 1000)),
        Storage("silo", Fraction(25_000 * small), "kg", Fraction(1, 2000)),
    )  # fmt: skip


def _cleaning(draft: Draft, flavours: list[str]) -> None:
    for before in sorted({*flavours, "STR", "NAT"}):
        for after in flavours:
            if before != after:
                minutes = _CLEANING[_FLAVOURS[before].kind][_FLAVOURS[after].kind]
                draft.add(Changeover("flavours", before, after, minutes, Fraction(20 + minutes)))


def _purchased(draft: Draft, products: list[_Product], scale: float) -> None:
    raw, packaging = ItemKind.RAW, ItemKind.PACKAGING
    draft.add(
        Item("MILK", raw, "Raw milk", "kg", unit_value=Fraction("0.47"), storage="silo", shelf_life_days=3),
        Item("SKIM", raw, "Skim milk powder", "kg", unit_value=Fraction("2.50"), safety_stock=250),
        Item("CULTURE", raw, "Frozen yoghurt culture", unit_value=Fraction(18), safety_stock=20,
             shelf_life_days=180),
        Item("CARTON", packaging, "Tray", unit_value=Fraction("0.11")),
        Inspection("IN-MILK", Stage.INCOMING, "LAB", lab_minutes=20, item="MILK", sample_quantity=1,
                   destructive=True, cost_per_lot=Fraction(15)),
        Inspection("IN-CULTURE", Stage.INCOMING, "LAB", lab_minutes=60, item="CULTURE", wait_minutes=1440,
                   analysts=1, labour="microbiologists", cost_per_lot=Fraction(40)),
    )  # fmt: skip
    for supplier, price, weekly, rating in (
        ("Alpenhof", "0.47", 32_000, 98),
        ("Nordmilch", "0.53", 24_000, 95),
    ):
        draft.add(
            SupplierOffer(supplier, "MILK", 2, Fraction(price), min_order=2000, order_multiple=1000,
                          order_cost=Fraction(45), capacity_per_week=round(weekly * scale / 1000) * 1000,
                          calendar="milk_round", quality_rating=Fraction(rating, 100))
        )  # fmt: skip
    _offer(draft, "SKIM", "PulverAG", 14, 250, "60", ((0, "2.65"), (5000, "2.50")))
    _offer(draft, "CULTURE", "BioFerment", 21, 20, "80", ((0, "18.50"), (100, "18.00")))
    _offer(draft, "CARTON", "CartonWerk", 14, 5000, "50", ((0, "0.12"), (50_000, "0.11")))
    for cup, value in (("150", "0.034"), ("500", "0.058")):
        if any(product.cup == cup for product in products):
            item = f"CUP-{cup}"
            draft.add(Item(item, packaging, f"Cup {cup} g", unit_value=Fraction(value)))
            dear = str(float(value) + 0.004)
            _offer(draft, item, "CupForm", 21, 20_000, "140", ((0, dear), (300_000, value)))
    for name in sorted({product.flavour.name for product in products}):
        flavour, lid = _FLAVOURS[name], f"LID-{name}"
        draft.add(Item(lid, packaging, f"Printed lid, {name}", unit_value=Fraction("0.012")))
        _offer(draft, lid, "FoilPrint", 28, 40_000, "180", ((0, "0.014"), (160_000, "0.012")))
        if flavour.preparation:
            draft.add(
                Item(flavour.preparation, raw, f"Preparation for {name}", "kg", safety_stock=100,
                     unit_value=Fraction(flavour.price), shelf_life_days=90)
            )  # fmt: skip
            dear = str(round(float(flavour.price) * 1.08, 2))
            _offer(draft, flavour.preparation, "FruitPrep" if flavour.kind == "fruit" else "NutMill", 10, 500,
                   "75", ((0, dear), (3000, flavour.price)))  # fmt: skip


def _offer(
    draft: Draft,
    item: str,
    supplier: str,
    lead: int,
    pack: int,
    order_cost: str,
    tiers: tuple[tuple[int, str], ...],
) -> None:
    draft.offers(
        SupplierOffer(supplier, item, lead, min_order=pack, order_multiple=pack,
                      order_cost=Fraction(order_cost), calendar="deliveries"),
        *tiers,
    )  # fmt: skip


def _mass(draft: Draft, fat: str) -> None:
    item = f"MASS-{fat}"
    tanks = [row.resource for row in draft.rows("resources") if row.group == "TANK"]
    draft.add(
        Item(item, ItemKind.INTERMEDIATE, f"White mass, {int(fat) / 10} % fat", "kg",
             unit_value=Fraction("0.62"), min_lot=2000, lot_multiple=500, max_lot=_TANK_KG,
             shelf_life_days=3),
        BomLine(item, "MILK", Fraction(1), operation="pasteurise"),
        BomLine(item, "SKIM", Fraction(3), per_quantity=Fraction(100), operation="pasteurise"),
        BomLine(item, "CULTURE", Fraction(1), per_quantity=Fraction(500), operation="ferment"),
        Operation(item, "pasteurise", 10, run_minutes=Fraction(1), per_quantity=Fraction(100),
                  max_wait_minutes=180),
        OperationResource(item, "pasteurise", "PASTEUR", setup_minutes=15),
        Operation(item, "ferment", 20, fixed_minutes=540, batch_size=_TANK_KG, min_batch=1500,
                  yield_fraction=Fraction(99, 100), pausable=False),
        *(OperationResource(item, "ferment", tank, setup_minutes=60) for tank in tanks),
        Operation(item, "smooth", 30, run_minutes=Fraction(3, 4), per_quantity=Fraction(100)),
        OperationResource(item, "smooth", "SMOOTHER", setup_minutes=10),
        Inspection(f"PH-{item}", Stage.IN_PROCESS, "LAB", lab_minutes=15, item=item, operation="ferment",
                   every_lots=2, sample_quantity=1, destructive=True, cost_per_lot=Fraction(6)),
    )  # fmt: skip


def _yoghurt(draft: Draft, product: _Product) -> None:
    item, flavour, cup = product.item, product.flavour, product.cup
    kg, cups, lost = _KG_PER_TRAY[cup], Fraction(_CUPS_PER_TRAY[cup]), Fraction(1, 100)
    share = Fraction(flavour.kg_per_kg)
    dear = Fraction("0.9") if flavour.kind == "nut" else Fraction(0)
    value = Fraction("2.70" if cup == "150" else "2.75") + dear / 2
    price = Fraction("4.60" if cup == "150" else "4.70") + dear
    leaves = flavour.name == "APC"
    draft.add(
        Item(item, ItemKind.FINISHED, f"Yoghurt {flavour.name}, {int(product.fat) / 10} %, {cup} g", "tray",
             family=flavour.kind, unit_value=value, price=price,
             min_lot=300, lot_multiple=50, max_lot=3000, safety_stock=100, storage="cold_store",
             shelf_life_days=21 if flavour.kind == "gluten" else 28,
             min_remaining_life_days=12 if flavour.kind == "gluten" else 16, setup_group=flavour.name,
             phase_out=draft.at(_PHASE_OUT_DAY) if leaves else None),
        BomLine(item, f"MASS-{product.fat}", kg * (1 - share), operation="fill"),
        BomLine(item, f"CUP-{cup}", cups, operation="fill", scrap_fraction=lost),
        BomLine(item, f"LID-{flavour.name}", cups, operation="fill", scrap_fraction=lost),
        BomLine(item, "CARTON", Fraction(1), operation="fill"),
    )  # fmt: skip
    if flavour.preparation:
        draft.add(BomLine(item, flavour.preparation, kg * share, operation="fill"))
    lines = [row.resource for row in draft.rows("resources") if row.group == f"FILL{cup}"]
    draft.add(
        Operation(item, "fill", 10, run_minutes=Fraction(1, 5) if cup == "150" else Fraction(1, 4),
                  fixed_minutes=10, yield_fraction=Fraction(985, 1000)),
        *(
            OperationResource(item, "fill", line, labour="fillers", labour_units=3 if cup == "150" else 2)
            for line in lines
        ),
        Inspection(f"MICRO-{item}", Stage.FINAL, "LAB", lab_minutes=60, item=item, sample_quantity=1,
                   destructive=True, wait_minutes=2880, analysts=1, labour="microbiologists",
                   cost_per_lot=Fraction(22)),
    )  # fmt: skip


def _demand(draft: Draft, products: list[_Product], small: int, large: int, level: float) -> None:
    draft.add(
        Customer("north", priority=2, transit_days=1),
        Customer("south", priority=2, transit_days=1),
        Customer("foodservice", priority=3),
        Customer("Kaufgut", "north", priority=1, transit_days=1),
        Customer("Marktfrisch", "south", priority=2, transit_days=1),
    )
    number = 0
    for product in products:
        of_cup = sum(other.share for other in products if other.cup == product.cup)
        trays = _TRAYS_PER_SMALL_LINE * small if product.cup == "150" else _TRAYS_PER_LARGE_LINE * large
        base = trays * level * product.share / of_cup * draft.random.uniform(0.92, 1.08)
        weeks = _PHASE_OUT_DAY // 7 if product.flavour.name == "APC" else len(_SEASON)
        for segment, part in _SEGMENTS[product.cup]:
            for week in range(weeks):
                _project(draft, product.item, segment, week, base * part * _SEASON[week])
        for week in range(2):
            for customer in ("Kaufgut", "Marktfrisch"):
                number += 1
                wanted = max(50, round(base * draft.random.uniform(0.08, 0.2) / 10) * 10)
                due = draft.at(7 * week + draft.random.choice((2, 3, 4)) + 1)
                draft.add(Order(f"SO-{number:04d}", product.item, wanted, due, customer))


def _project(draft: Draft, item: str, segment: str, week: int, quantity: float) -> None:
    transit = 0 if segment == "foodservice" else 1
    # Trays for the first days have left already; shops take deliveries from Monday to Saturday.
    days = (7 * week + (transit if week == 0 else 0), 7 * week + 5)
    amount = quantity * (days[1] - days[0] + 1) / 6
    draft.project(item, segment, days, draft.near(amount, 0.06), stream="marketing", weight=0.5,
                  author="marketing", spread=0.12)  # fmt: skip
    draft.project(item, segment, days, draft.near(amount, 0.04), stream="retailers", weight=0.5,
                  author="category management", spread=0.1)  # fmt: skip


def _events(draft: Draft, products: list[_Product]) -> None:
    """Work in progress, cleaning, locks and the Easter promotion."""
    first = products[0]
    draft.add(
        Receipt("WO-TANK1", ReceiptKind.PRODUCTION, f"MASS-{first.fat}", _TANK_KG, draft.at(0, 16),
                operation="ferment", resource="TANK1"),
        Receipt("WO-FILL1", ReceiptKind.PRODUCTION, first.item, 1500, draft.at(0, 9),
                operation="fill", done_quantity=600, resource="FILL1"),
        Downtime("inspection-TANK1", "TANK1", draft.at(8, 6), draft.at(8, 18), "pressure vessel inspection"),
        Downtime("service-FILL1", "FILL1", reason="seal change", flexible_from=draft.at(2, 6),
                 flexible_to=draft.at(12, 22), minutes=240),
        Lock("L1", LockKind.RUN, "WO-FILL1/fill", "FILL1", draft.at(0, 6), reason="running at shift start",
             author="filling"),
        Promotion("easter", first.item, draft.at(14), draft.at(28), Fraction(35, 100), "north",
                  Fraction(4000), Fraction(10, 100), 7),
    )  # fmt: skip
    nuts = [product.item for product in products if product.flavour.kind == "nut"]
    if nuts:
        draft.add(
            Lock("L2", LockKind.ITEM, nuts[0], start=draft.at(3), end=draft.at(4),
                 reason="allergen audit on the filling floor", author="quality")
        )  # fmt: skip


def _policies(draft: Draft) -> dict[str, Policy]:
    """Opening stock and open orders: fresh goods for days, packaging for weeks."""
    leads = {row.item: row.lead_time_days for row in draft.rows("suppliers")}
    packs = {row.item: row.order_multiple for row in draft.rows("suppliers")}
    policies: dict[str, Policy] = {}
    for row in draft.rows("items"):
        item = row.item
        if row.kind is ItemKind.FINISHED:
            policies[item] = Policy(6.0, 4, batches=3, age_days=1, held_until=1)
        elif item == "MILK":
            policies[item] = Policy(1.2, 0, age_days=1, every_days=1, pack=1000, until_day=4)
        elif item in leads:
            policies[item] = Policy(9, 3 if item == "CULTURE" else 1, every_days=7, pack=packs[item],
                                    until_day=leads[item] + 3)  # fmt: skip
        else:
            policies[item] = Policy(0.8, 1, age_days=1)
    return policies
