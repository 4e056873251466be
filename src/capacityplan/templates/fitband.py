"""Fitness bands: electronics with long-lead semiconductors, battery racks and late customisation.

docs/instances/fitband.md describes the plant and says where its figures come from.
"""

from __future__ import annotations

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
)
from capacityplan.templates.coverage import Policy, cover
from capacityplan.templates.draft import Draft
from capacityplan.templates.fitband_parts import (
    COLOURS,
    LAUNCH_COLOUR,
    PACKAGING,
    SEMICONDUCTORS,
    TIERS,
    Tier,
    purchased,
)

NAME = "fitband"
_FIRST = date(2027, 9, 6)
_WEEKS = 16
_BANDS_PER_LINE = 2900
_SEASON = (0.90, 0.92, 0.94, 0.96, 0.98, 1.0, 1.0, 1.02, 1.04, 1.06, 1.10, 1.12, 1.10, 1.04, 0.92, 0.75)
_LAUNCH_DAY = 35
_LAUNCH_RAMP = (0.7, 1.3, 1.2, 1.0, 0.9, 0.9, 0.8, 0.8, 0.8, 0.7, 0.6)
_SEGMENTS = (("retail", 0.55), ("online", 0.35), ("corporate", 0.10))


_HOLIDAYS = ("2027-12-24", "2027-12-25", "2027-12-26")


def build(size: float = 1.0, seed: int = 0) -> Plant:
    """Build the fitness band plant.

    Parameters
    ----------
    size : float
        1 is the committed plant; lines, staff, labs and items grow in proportion.
    seed : int
        Draws the demand and the orders.

    Returns
    -------
    Plant
    """
    draft = Draft(
        NAME, _FIRST, seed, horizon=Horizon(28, 12, 0, 14), fences=Fences(24, 14),
        costs=Costs(holding_rate_per_year=Fraction(18, 100)),
    )  # fmt: skip
    lines = max(1, round(2 * size))
    models = [
        (TIERS[index % 3], "" if index < 3 else str(index // 3 + 1))
        for index in range(max(1, round(3 * size)))
    ]
    two_shifts = size >= 0.5
    _calendars(draft, lines, two_shifts)
    _resources(draft, lines, [tier.name + number for tier, number in models])
    purchased(draft, models)
    for tier, number in models:
        _board(draft, tier, number, lines)
        _core(draft, tier, number, lines)
        for colour, _ in COLOURS:
            _band(draft, tier, number, colour, lines)
    _batteries(draft)
    _launch(draft, models[-1], lines)
    weekly = _BANDS_PER_LINE * lines * (1.0 if two_shifts else 0.5)
    _demand(draft, models, weekly)
    _events(draft, models, lines)
    cover(draft, _policies(draft))
    return draft.plant()


def _calendars(draft: Draft, lines: int, two_shifts: bool) -> None:
    week = range(5)
    late = 22 if two_shifts else 14
    draft.shifts("lines", week, [(6, late, None)])
    draft.shifts("lines_saturday", [5], [(6, 14, None)], CalendarKind.OVERTIME)
    draft.shifts("day", week, [(6, 14, None)])
    draft.shifts("office", week, [(7, 12, None), (13, 17, None)])
    # In the afternoon half of the benches belong to development.
    draft.shifts("lab", week, [(7, 12, lines), (13, 17, (lines + 1) // 2)])
    draft.shifts("around", week, [(0, 24, None)])
    draft.shifts("staff", week, [(6, late, None)])
    draft.shifts("staff", [5], [(6, 14, None)])
    draft.shifts("deliveries", week, [(6, 18, None)])
    draft.holidays(
        ["lines", "lines_saturday", "day", "office", "lab", "around", "staff", "deliveries"], _HOLIDAYS
    )


def _resources(draft: Draft, lines: int, boards: list[str]) -> None:
    machine, labour, lab = ResourceKind.MACHINE, ResourceKind.LABOUR, ResourceKind.LAB
    for number in range(1, lines + 1):
        draft.add(
            Resource(
                f"SMT{number}", machine, "Placement line with printer and reflow oven", "SMT",
                calendar="lines", efficiency=Fraction(92, 100) if number % 2 else Fraction(85, 100),
                cost_per_hour=Fraction(110), overtime_calendar="lines_saturday",
                overtime_cost_per_hour=Fraction(55), max_overtime_hours_per_week=Fraction(8),
                changeover_matrix="feeders" if len(boards) > 1 else "",
                initial_setup_group=f"board-{boards[(number - 1) % len(boards)]}",
            ),
            Resource(
                f"ASM{number}", machine, "Assembly line with four work places", "ASM", calendar="lines",
                cost_per_hour=Fraction(28), overtime_calendar="lines_saturday",
                overtime_cost_per_hour=Fraction(70), max_overtime_hours_per_week=Fraction(8),
            ),
            Resource(
                f"PACK{number}", machine, "Packing line", "PACK", calendar="day", cost_per_hour=Fraction(35),
                overtime_calendar="lines_saturday", overtime_cost_per_hour=Fraction(60),
                max_overtime_hours_per_week=Fraction(8), changeover_matrix="packs",
            ),
            Resource(f"RACK{number}", machine, "Charging rack, 160 cells", "RACK", calendar="around",
                     cost_per_hour=Fraction(6)),
        )  # fmt: skip
    draft.add(
        Resource("AOI", machine, "Optical inspection after soldering", capacity=lines, calendar="lines",
                 cost_per_hour=Fraction(38)),
        Resource("FLASH", machine, "Programming stations", capacity=lines, calendar="lines",
                 cost_per_hour=Fraction(18)),
        Resource("FT", machine, "Functional testers with four fixtures", capacity=lines, calendar="lines",
                 cost_per_hour=Fraction(30), overtime_calendar="lines_saturday",
                 overtime_cost_per_hour=Fraction(40), max_overtime_hours_per_week=Fraction(8)),
        Resource("BENCH", machine, "Touch-up", capacity=lines, calendar="lines", cost_per_hour=Fraction(8)),
        Resource("smt_operators", labour, capacity=lines, calendar="staff", cost_per_hour=Fraction(36)),
        Resource("assemblers", labour, capacity=5 * lines, calendar="staff", cost_per_hour=Fraction(31)),
        Resource("technicians", labour, capacity=lines, calendar="staff", cost_per_hour=Fraction(38)),
        Resource("inspectors", labour, capacity=lines, calendar="office", cost_per_hour=Fraction(44)),
        Resource("QALAB", lab, "Electrical, drop and cell tests", capacity=lines, calendar="lab",
                 cost_per_hour=Fraction(25)),
        Storage("warehouse", Fraction(7500 * lines), "pcs", Fraction(4, 1000)),
    )  # fmt: skip
    for before in boards:
        for after in boards:
            if before != after:
                near = before.rstrip("0123456789") == after.rstrip("0123456789")
                minutes = 25 if near else (70 if "PRO" in before + after else 50)
                draft.add(
                    Changeover("feeders", f"board-{before}", f"board-{after}", minutes, Fraction(minutes, 2))
                )
    colours = [colour for colour, _ in COLOURS] + [LAUNCH_COLOUR]
    for before in colours:
        for after in colours:
            if before != after:
                draft.add(Changeover("packs", before, after, 20, Fraction(8)))


def _board(draft: Draft, tier: Tier, number: str, lines: int) -> None:
    model = tier.name + number
    item = f"PCBA-{model}"
    draft.add(
        Item(item, ItemKind.INTERMEDIATE, f"Tested board, {model}", unit_value=Fraction(tier.board_value),
             min_lot=120, lot_multiple=20, max_lot=800, setup_group=f"board-{model}")
    )  # fmt: skip
    gps = ["GPS-1"] if tier.gps else []
    for part in (tier.mcu, tier.sensor, "PMIC-1", f"PCB-{model}", f"KIT-{model}", *gps):
        scrap = Fraction(0) if part.startswith("PCB") else Fraction(5, 1000)
        draft.add(BomLine(item, part, Fraction(1), operation="smt", scrap_fraction=scrap))
    draft.add(
        Operation(item, "smt", 10, run_minutes=Fraction(tier.board_minutes), fixed_minutes=10),
        *(
            OperationResource(item, "smt", f"SMT{line}", preference=line % 2, labour="smt_operators")
            for line in range(1, lines + 1)
        ),
    )
    draft.add(
        Operation(item, "aoi", 20, run_minutes=Fraction(1, 2), yield_fraction=Fraction(985, 1000)),
        OperationResource(item, "aoi", "AOI", setup_minutes=10),
    )
    draft.add(
        Operation(item, "program", 30, run_minutes=Fraction(2, 5)),
        OperationResource(item, "program", "FLASH", setup_minutes=5),
    )
    draft.add(
        Operation(item, "touch_up", 90, run_minutes=Fraction(4), yield_fraction=Fraction(9, 10)),
        OperationResource(item, "touch_up", "BENCH", labour="technicians"),
    )
    draft.add(
        Inspection(
            f"ICT-{model}", Stage.IN_PROCESS, "QALAB", lab_minutes=60, item=item, operation="aoi",
            sample_quantity=20, analysts=1, labour="inspectors", reject_fraction=Fraction(3, 100),
            rework_operation="touch_up", cost_per_lot=Fraction(12),
        )
    )  # fmt: skip


def _core(draft: Draft, tier: Tier, number: str, lines: int) -> None:
    model = tier.name + number
    item = f"CORE-{model}"
    draft.add(
        Item(item, ItemKind.INTERMEDIATE, f"Tested band without strap, {model}",
             unit_value=Fraction(tier.core_value), min_lot=100, lot_multiple=20, max_lot=800)
    )  # fmt: skip
    for part in (f"PCBA-{model}", tier.battery, tier.display, f"HSG-{model}"):
        draft.add(BomLine(item, part, Fraction(1), operation="assemble"))
    draft.add(
        Operation(item, "assemble", 10, run_minutes=Fraction(5, 4), yield_fraction=Fraction(997, 1000)),
        *(
            OperationResource(item, "assemble", f"ASM{line}", setup_minutes=15, labour="assemblers",
                              labour_units=4)
            for line in range(1, lines + 1)
        ),
    )  # fmt: skip
    draft.add(
        Operation(item, "functional_test", 20, run_minutes=Fraction(7, 5), yield_fraction=Fraction(985, 1000),
                  max_wait_minutes=7200),
        OperationResource(item, "functional_test", "FT", setup_minutes=10),
    )  # fmt: skip


def _batteries(draft: Draft) -> None:
    used = {line.component for line in draft.rows("bill_of_materials")}
    for battery, cell, value in (("BAT-80", "CELL-80", "2.40"), ("BAT-110", "CELL-110", "2.95")):
        if battery not in used:
            continue
        draft.add(
            Item(battery, ItemKind.INTERMEDIATE, "Charged and graded battery", unit_value=Fraction(value),
                 min_lot=80, lot_multiple=80, max_lot=640),
            BomLine(battery, cell, Fraction(1), operation="charge"),
        )  # fmt: skip
        racks = [row.resource for row in draft.rows("resources") if row.group == "RACK"]
        draft.add(
            Operation(battery, "charge", 10, fixed_minutes=240, batch_size=160, min_batch=40,
                      yield_fraction=Fraction(995, 1000)),
            *(OperationResource(battery, "charge", rack, setup_minutes=15) for rack in racks),
        )  # fmt: skip


def _band(draft: Draft, tier: Tier, number: str, colour: str, lines: int, launch: bool = False) -> None:
    model = tier.name + number
    item = f"FB-{model}-{colour}"
    gate = draft.at(_LAUNCH_DAY - 14) if launch else None
    draft.add(
        Item(item, ItemKind.FINISHED, f"Fitness band {model}, {colour}", family=model,
             unit_value=Fraction(tier.value), price=Fraction(tier.price), min_lot=50, lot_multiple=10,
             max_lot=600, safety_stock=40, storage="warehouse", setup_group=colour,
             phase_in=draft.at(_LAUNCH_DAY - 14) if launch else None)
    )  # fmt: skip
    for part in (f"CORE-{model}", f"STRAP-{colour}", "GIFTBOX", "LEAFLET", "CABLE"):
        scrap = Fraction(1, 100) if part in PACKAGING else Fraction(0)
        draft.add(BomLine(item, part, Fraction(1), operation="pack", scrap_fraction=scrap))
    draft.add(
        Operation(item, "pack", 10, run_minutes=Fraction(3, 5), fixed_minutes=10, artwork_approved_on=gate),
        *(
            OperationResource(item, "pack", f"PACK{line}", labour="assemblers", labour_units=3)
            for line in range(1, lines + 1)
        ),
    )
    draft.add(
        Inspection(
            f"QA-{item}", Stage.FINAL, "QALAB", lab_minutes=90, item=item, sample_quantity=2,
            destructive=True, analysts=1, labour="inspectors", cost_per_lot=Fraction(18),
        )
    )  # fmt: skip


def _launch(draft: Draft, model: tuple[Tier, str], lines: int) -> None:
    tier, number = model
    _band(draft, tier, number, LAUNCH_COLOUR, lines, launch=True)
    item = f"FB-{tier.name}{number}-{LAUNCH_COLOUR}"
    draft.add(
        Inspection(
            f"VAL-{item}", Stage.VALIDATION, "QALAB", lab_minutes=240, item=item, sample_quantity=10,
            wait_minutes=1440, analysts=1, labour="inspectors", cost_per_lot=Fraction(400),
        )
    )  # fmt: skip


def _demand(draft: Draft, models: list[tuple[Tier, str]], weekly: float) -> None:
    for segment, priority, transit in (("retail", 2, 1), ("online", 3, 0), ("corporate", 1, 1)):
        draft.add(Customer(segment, priority=priority, transit_days=transit))
    draft.add(
        Customer("SportHaus", "retail", transit_days=1),
        Customer("ElektroMarkt", "retail", transit_days=1),
        Customer("VitalKasse", "corporate", transit_days=1, priority=1),
    )
    whole = sum(tier.share for tier, _ in models)
    number = 0
    for tier, suffix in models:
        for colour, share in COLOURS:
            item = f"FB-{tier.name}{suffix}-{colour}"
            base = weekly * tier.share / whole * share * draft.random.uniform(0.9, 1.1)
            for segment, part in _SEGMENTS:
                _project(draft, item, segment, [base * part * season for season in _SEASON], 0)
            for week in range(3):
                number += 1
                _order(draft, f"SO-{number:04d}", item, base * draft.random.uniform(0.15, 0.35), week)
    tier, suffix = models[-1]
    item = f"FB-{tier.name}{suffix}-{LAUNCH_COLOUR}"
    base = weekly * tier.share / whole * 0.15
    for segment, part in _SEGMENTS[:2]:
        _project(draft, item, segment, [base * part * ramp for ramp in _LAUNCH_RAMP], _LAUNCH_DAY // 7)


def _project(draft: Draft, item: str, segment: str, weekly: list[float], first_week: int) -> None:
    transit = 0 if segment == "online" else 1
    for offset, quantity in enumerate(weekly):
        week = first_week + offset
        # What had to leave before the plan begins has left: retail week 0 starts after its transit.
        days = (7 * week + (transit if week == 0 else 0), 7 * week + 4)
        amount = quantity * (days[1] - days[0] + 1) / 5
        draft.project(item, segment, days, draft.near(amount, 0.08), stream="marketing", weight=0.6,
                      author="marketing")  # fmt: skip
        draft.project(item, segment, days, draft.near(amount, 0.04), stream="statistics", weight=0.4,
                      author="forecasting")  # fmt: skip


def _order(draft: Draft, order: str, item: str, quantity: float, week: int) -> None:
    customer = draft.random.choice(("SportHaus", "ElektroMarkt", "VitalKasse"))
    units = max(10, round(quantity / 10) * 10)
    due = draft.at(7 * week + draft.random.choice((2, 3, 4)) + 1)
    penalty = Fraction(3, 2) if customer == "VitalKasse" else None
    draft.add(Order(order, item, units, due, customer, 1 if customer == "VitalKasse" else 5,
                    late_cost_per_day=penalty))  # fmt: skip


def _events(draft: Draft, models: list[tuple[Tier, str]], lines: int) -> None:
    """Work in progress, maintenance, locks and the Black Friday promotion."""
    for line in range(1, lines + 1):
        tier, number = models[(line - 1) % len(models)]
        item = f"PCBA-{tier.name}{number}"
        draft.add(
            Receipt(f"WO-SMT{line}", ReceiptKind.PRODUCTION, item, 400, draft.at(1, 14), "released",
                    operation="smt", done_quantity=160, resource=f"SMT{line}"),
            Receipt(f"WO-FT{line}", ReceiptKind.PRODUCTION, f"CORE-{tier.name}{number}", 300, draft.at(0, 18),
                    "released", operation="functional_test", done_quantity=100),
        )  # fmt: skip
    tier, number = models[0]
    draft.add(
        Receipt("WO-SUB1", ReceiptKind.PRODUCTION, f"PCBA-{tier.name}{number}", 300, draft.at(2, 8)),
        Downtime("service-SMT1", "SMT1", draft.at(9, 6), draft.at(9, 12), "feeder service"),
        Downtime("calibration-RACK1", "RACK1", reason="calibration", flexible_from=draft.at(2, 6),
                 flexible_to=draft.at(10, 18), minutes=240),
        Lock("L1", LockKind.RUN, "WO-SMT1/smt", "SMT1", draft.at(0, 6), reason="running at shift start",
             author="foreman"),
        Lock("L2", LockKind.RESOURCE, "QALAB", start=draft.at(3, 13), end=draft.at(3, 17),
             reason="customer audit", author="quality"),
    )  # fmt: skip
    promoted = models[min(1, len(models) - 1)]
    for colour, _ in COLOURS:
        item = f"FB-{promoted[0].name}{promoted[1]}-{colour}"
        draft.add(
            Promotion(f"black-friday-{item}", item, draft.at(77), draft.at(84), Fraction(6, 10), "retail",
                      Fraction(1500), Fraction(15, 100), 14)
        )  # fmt: skip


def _policies(draft: Draft) -> dict[str, Policy]:
    """Opening stock and open orders: a week of bands, days of parts, a pipeline of components."""
    policies: dict[str, Policy] = {}
    leads = {row.item: row.lead_time_days for row in draft.rows("suppliers")}
    packs = {row.item: row.order_multiple for row in draft.rows("suppliers")}
    for row in draft.rows("items"):
        item = row.item
        if row.kind is ItemKind.FINISHED:
            held = item.endswith("BLK")
            policies[item] = Policy(7.5, 2, batches=2 if held else 1, in_inspection=held)
        elif item in leads:
            inspected = item in SEMICONDUCTORS or item.startswith("CELL")
            every = 14 if leads[item] >= 42 else 7
            # The navigation chip is on allocation: two deliveries come late, in week 8.
            slips = {3: 20, 4: 6} if item == "GPS-1" else {}
            policies[item] = Policy(10 if inspected else 8, 4 if inspected else 2, every_days=every,
                                    pack=packs[item], until_day=leads[item] + 4, slips=slips)  # fmt: skip
        else:
            policies[item] = Policy({"CORE": 2.0, "PCBA": 2.5, "BAT-": 3.0}[item[:4]], 2)
    return policies
