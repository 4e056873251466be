"""Tablets: fixed batches, cleaning between products, and a release through a busy HPLC lab.

docs/instances/tablets.md describes the plant and says where its figures come from.
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
    Receipt,
    ReceiptKind,
    Resource,
    ResourceKind,
    Stage,
    Storage,
)
from capacityplan.templates.coverage import Policy, cover
from capacityplan.templates.draft import Draft
from capacityplan.templates.tablets_products import (
    BATCH,
    Bulk,
    Pack,
    add_purchased,
    cents,
    packs_of,
)

NAME = "tablets"
_FIRST = date(2027, 1, 11)
_BATCHES_PER_GRANULATOR = 6.7
_YIELD = 0.96
_SEASON = (1.06, 1.06, 1.05, 1.05, 1.04, 1.02, 1.0, 1.0, 0.98, 0.98, 0.97, 0.97, 0.96, 0.95, 0.95, 0.95)
_HOLIDAYS = ("2027-03-26", "2027-03-29", "2027-05-01")
_LAUNCH_DAY = 28
_ARTWORK_DAY = 17
_SEGMENTS = {
    "DE": (("wholesale", 0.75), ("hospital", 0.25)), "AT": (("export", 1.0),), "CH": (("export", 1.0),),
}  # fmt: skip
# stage: minutes of major cleaning (other molecule), of minor cleaning (other strength)
_CLEANING = {"granulation": (200, 60), "compression": (150, 45), "coating": (120, 40)}


def build(size: float = 1.0, seed: int = 0) -> Plant:
    """Build the tablet plant.

    Parameters
    ----------
    size : float
        1 is the committed plant; lines, staff, labs and packs grow in proportion.
    seed : int
        Draws the demand and the orders.

    Returns
    -------
    Plant
    """
    draft = Draft(
        NAME, _FIRST, seed, horizon=Horizon(28, 12, 0, 14), fences=Fences(48, 14),
        costs=Costs(holding_rate_per_year=Fraction(20, 100)),
    )  # fmt: skip
    packs = packs_of(size)
    bulks = sorted({pack.bulk for pack in packs}, key=lambda bulk: bulk.name)
    lines = max(1, round(2 * size))
    two_shifts = size >= 0.5
    _calendars(draft, two_shifts)
    _cleaning(draft, bulks, packs)
    _resources(draft, lines, bulks, packs)
    add_purchased(draft, bulks, packs)
    for bulk in bulks:
        _bulk(draft, bulk)
    for pack in packs:
        _pack(draft, pack)
    _demand(draft, packs, _BATCHES_PER_GRANULATOR * _YIELD * BATCH * lines * (1.0 if two_shifts else 0.5))
    _events(draft, lines, bulks, packs)
    cover(draft, _policies(draft))
    return draft.plant()


def _calendars(draft: Draft, two_shifts: bool) -> None:
    week = range(5)
    late = 22 if two_shifts else 14
    draft.shifts("lines", week, [(6, late, None)])
    draft.shifts("saturday", [5], [(6, 14, None)], CalendarKind.OVERTIME)
    draft.shifts("staff", week, [(6, late, None)])
    draft.shifts("staff", [5], [(6, 14, None)])
    draft.shifts("lab", week, [(6, late, None)])
    draft.shifts("deliveries", week, [(6, 18, None)])
    draft.holidays(["lines", "saturday", "staff", "lab", "deliveries"], _HOLIDAYS)


def _resources(draft: Draft, lines: int, bulks: list[Bulk], packs: list[Pack]) -> None:
    machine, labour = ResourceKind.MACHINE, ResourceKind.LABOUR
    matrices = {row.matrix for row in draft.rows("changeovers")}

    def stage(prefix: str, text: str, number: int, rate: int, matrix: str, initial: str, speed: int) -> None:
        draft.add(
            Resource(
                f"{prefix}{number}", machine, text, prefix, calendar="lines", efficiency=Fraction(speed, 100),
                cost_per_hour=Fraction(rate), overtime_calendar="saturday",
                overtime_cost_per_hour=Fraction(75), max_overtime_hours_per_week=Fraction(8),
                changeover_matrix=matrix if matrix in matrices else "", initial_setup_group=initial,
            )
        )  # fmt: skip

    for number in range(1, lines + 1):
        bulk, pack = bulks[(number - 1) % len(bulks)], packs[(number - 1) % len(packs)]
        # A newer press and line run at full speed, older ones below it.
        speed = 97 if number % 2 else 90
        stage("GRAN", "Fluid bed granulator, 300 kg", number, 95, "granulation", bulk.name, 100)
        stage("PRESS", "Rotary press", number, 70, "compression", bulk.name, speed)
        stage("BLIST", "Blister and cartoning line", number, 120, "blister", pack.group, speed)
    coated = [bulk.name for bulk in bulks if bulk.coated]
    if coated:
        for number in range(1, (lines + 1) // 2 + 1):
            stage("COAT", "Pan coater, 300 kg", number, 80, "coating", coated[0], 100)
    if len(coated) < len(bulks):
        draft.add(
            Resource("SORT", machine, "Metal check and sorting", capacity=(lines + 1) // 2, calendar="lines",
                     cost_per_hour=Fraction(25))
        )  # fmt: skip
    for size in sorted({pack.tablets for pack in packs}):
        draft.add(
            Resource(f"format-{size}", ResourceKind.TOOL, f"Format parts, {size} tablets",
                     capacity=(lines + 1) // 2, calendar="staff")
        )  # fmt: skip
    draft.add(
        Resource("operators", labour, "Production staff", capacity=4 * lines, calendar="staff",
                 cost_per_hour=Fraction(34)),
        Resource("analysts", labour, "HPLC analysts", capacity=lines, calendar="lab",
                 cost_per_hour=Fraction(48)),
        Resource("HPLC", ResourceKind.LAB, "HPLC systems", capacity=lines + 1, calendar="lab",
                 cost_per_hour=Fraction(35)),
        Storage("warehouse", Fraction(200_000 * lines), "packs", Fraction(3, 10_000)),
    )  # fmt: skip


def _cleaning(draft: Draft, bulks: list[Bulk], packs: list[Pack]) -> None:
    for matrix, (major, minor) in _CLEANING.items():
        for before in bulks:
            for after in bulks:
                if before is not after and (matrix != "coating" or (before.coated and after.coated)):
                    minutes = minor if before.molecule == after.molecule else major
                    draft.add(Changeover(matrix, before.name, after.name, minutes, Fraction(minutes, 2)))
    groups = sorted({(pack.bulk.name, pack.tablets): pack for pack in packs}.items())
    for (bulk, tablets), before_pack in groups:
        for (other, others), after_pack in groups:
            if (bulk, tablets) != (other, others):
                same = before_pack.bulk.molecule == after_pack.bulk.molecule
                minutes = (0 if bulk == other else (30 if same else 70)) + (0 if tablets == others else 45)
                draft.add(
                    Changeover("blister", before_pack.group, after_pack.group, minutes, Fraction(minutes, 2))
                )


def _bulk(draft: Draft, bulk: Bulk) -> None:
    item = bulk.item
    groups: dict[str, list[str]] = {}
    for row in draft.rows("resources"):
        groups.setdefault(row.group, []).append(row.resource)
    thousand = Fraction(1000)
    draft.add(
        Item(item, ItemKind.INTERMEDIATE, f"Released bulk tablets, {bulk.name}", "tab", family=bulk.molecule,
             unit_value=cents(bulk.tablet_cost, 4), min_lot=BATCH, lot_multiple=BATCH, max_lot=BATCH,
             setup_group=bulk.name),
        BomLine(item, bulk.api, bulk.api_grams, per_quantity=thousand, operation="granulate"),
        BomLine(item, "CELLULOSE", bulk.filler_grams / 2, per_quantity=thousand, operation="granulate"),
        BomLine(item, "LACTOSE", bulk.filler_grams / 2, per_quantity=thousand, operation="granulate"),
        BomLine(item, "STEARATE", Fraction(6, 1000), per_quantity=thousand, operation="compress"),
        Operation(item, "granulate", 10, fixed_minutes=420, yield_fraction=Fraction(985, 1000),
                  min_wait_minutes=240, max_wait_minutes=7200, pausable=False),
        *_modes(item, "granulate", groups["GRAN"], 30),
        Operation(item, "compress", 20, run_minutes=Fraction(1), per_quantity=thousand,
                  yield_fraction=Fraction(985, 1000)),
        *_modes(item, "compress", groups["PRESS"], 20),
        Inspection(f"IPC-{bulk.name}", Stage.IN_PROCESS, "HPLC", lab_minutes=160, item=item,
                   operation="compress", sample_quantity=200, destructive=True, analysts=1, labour="analysts",
                   cost_per_lot=Fraction(60)),
        Inspection(f"QC-{bulk.name}", Stage.FINAL, "HPLC", lab_minutes=240, item=item, sample_quantity=300,
                   destructive=True, analysts=1, labour="analysts", cost_per_lot=Fraction(140)),
    )  # fmt: skip
    if bulk.coated:
        draft.add(
            BomLine(item, "FILMCOAT", Fraction(2, 100), per_quantity=thousand, operation="coat"),
            Operation(
                item, "coat", 30, fixed_minutes=330, yield_fraction=Fraction(995, 1000), pausable=False
            ),
            *_modes(item, "coat", groups["COAT"], 20),
        )
    else:
        draft.add(
            Operation(item, "sort", 30, run_minutes=Fraction(3, 10), per_quantity=thousand),
            OperationResource(item, "sort", "SORT", setup_minutes=10),
        )


def _modes(item: str, operation: str, resources: list[str], setup: int) -> list[OperationResource]:
    return [
        OperationResource(item, operation, resource, setup_minutes=setup, labour="operators")
        for resource in resources
    ]


def _pack(draft: Draft, pack: Pack) -> None:
    item, tablets = pack.item, Fraction(pack.tablets)
    gate = _LAUNCH_DAY - 7 if pack.launch else (_ARTWORK_DAY if pack.new_artwork else None)
    lost = Fraction(1, 100)
    step = 500 if pack.tablets < 100 else 250
    draft.add(
        Item(item, ItemKind.FINISHED, f"{pack.bulk.name}, {pack.tablets} tablets, {pack.market}", "pack",
             family=pack.bulk.molecule, unit_value=pack.value, price=cents(pack.value * 19 / 10, 2),
             min_lot=4 * step, lot_multiple=step, max_lot=32 * step, safety_stock=2 * step,
             storage="warehouse", setup_group=pack.group, shelf_life_days=1095,
             phase_in=draft.at(_LAUNCH_DAY - 7) if pack.launch else None),
        BomLine(item, pack.bulk.item, tablets, operation="blister"),
        BomLine(item, "PVC", tablets / 4000, operation="blister", scrap_fraction=lost),
        BomLine(item, "FOIL", tablets / 16_000, operation="blister", scrap_fraction=lost),
        BomLine(item, f"BOX-{item}", Fraction(1), operation="blister", scrap_fraction=lost),
        BomLine(item, f"LEAFLET-{pack.bulk.molecule}", Fraction(1), operation="blister", scrap_fraction=lost),
        Operation(item, "blister", 10, run_minutes=tablets * Fraction(9, 10), per_quantity=Fraction(1000),
                  fixed_minutes=20, yield_fraction=Fraction(99, 100),
                  artwork_approved_on=None if gate is None else draft.at(gate)),
        *(
            OperationResource(item, "blister", row.resource, setup_minutes=20, labour="operators",
                              labour_units=2, tool=f"format-{pack.tablets}")
            for row in draft.rows("resources") if row.group == "BLIST"
        ),
        Inspection(f"COA-{item}", Stage.FINAL, "HPLC", lab_minutes=60, item=item, sample_quantity=5,
                   destructive=True, wait_minutes=720, analysts=1, labour="analysts",
                   cost_per_lot=Fraction(45), certificate="certificate of analysis"),
    )  # fmt: skip


def _demand(draft: Draft, packs: list[Pack], tablets: float) -> None:
    draft.add(
        Customer("wholesale", priority=2, transit_days=1),
        Customer("hospital", priority=1, transit_days=1),
        Customer("export", priority=3, transit_days=3),
        Customer("PharmaGross", "wholesale", transit_days=1, priority=2),
        Customer("Klinikverbund", "hospital", transit_days=1, priority=1),
        Customer("AlpinMed", "export", transit_days=3),
    )
    whole = sum(pack.share for pack in packs)
    number = 0
    for pack in packs:
        base = tablets * pack.share / whole / pack.tablets * draft.random.uniform(0.92, 1.08)
        first = _LAUNCH_DAY // 7 + 1 if pack.launch else 0
        for segment, part in _SEGMENTS[pack.market]:
            for week in range(first, len(_SEASON)):
                _project(draft, pack.item, segment, week, base * part * _SEASON[week])
        for week in () if pack.launch else (0, 1, 2):
            number += 1
            customer = draft.random.choice(("PharmaGross", "Klinikverbund"))
            customer = customer if pack.market == "DE" else "AlpinMed"
            quantity = max(50, round(base * draft.random.uniform(0.15, 0.4) / 50) * 50)
            due = draft.at(7 * week + draft.random.choice((3, 4)) + 1)
            penalty = Fraction(8, 100) if customer == "Klinikverbund" else None
            draft.add(
                Order(f"SO-{number:04d}", pack.item, quantity, due, customer, late_cost_per_day=penalty)
            )


def _project(draft: Draft, item: str, segment: str, week: int, quantity: float) -> None:
    transit = 3 if segment == "export" else 1
    # What had to leave before the plan begins has left already.
    days = (7 * week + (transit if week == 0 else 0), 7 * week + 4)
    amount = quantity * (days[1] - days[0] + 1) / 5
    draft.project(item, segment, days, draft.near(amount, 0.05), stream="marketing", weight=0.5,
                  author="marketing", spread=0.1)  # fmt: skip
    draft.project(item, segment, days, draft.near(amount, 0.03), stream="statistics", weight=0.5,
                  author="supply chain", spread=0.1)  # fmt: skip


def _events(draft: Draft, lines: int, bulks: list[Bulk], packs: list[Pack]) -> None:
    """Work in progress, maintenance and locks."""
    production = ReceiptKind.PRODUCTION
    approved = [pack for pack in packs if not pack.launch and not pack.new_artwork]
    for number in range(1, lines + 1):
        bulk, pack = bulks[(number - 1) % len(bulks)], approved[(number - 1) % len(approved)]
        draft.add(
            Receipt(f"WO-PRESS{number}", production, bulk.item, BATCH * 98 // 100, draft.at(3, 12),
                    operation="compress", done_quantity=BATCH * 30 // 100, resource=f"PRESS{number}"),
            Receipt(f"WO-BLIST{number}", production, pack.item, 4000, draft.at(1, 12), "released",
                    operation="blister", done_quantity=1500, resource=f"BLIST{number}"),
        )  # fmt: skip
    last = bulks[-1]
    draft.add(
        Receipt("WO-LAST", production, last.item, BATCH * 97 // 100, draft.at(3, 12), "released",
                operation="coat" if last.coated else "sort"),
        Downtime("requalification-PRESS1", "PRESS1", draft.at(8, 6), draft.at(8, 14), "requalification"),
        Downtime("filters-GRAN1", "GRAN1", reason="filter change", flexible_from=draft.at(3, 6),
                 flexible_to=draft.at(12, 22), minutes=180),
        Downtime("columns-HPLC", "HPLC", draft.at(10, 6), draft.at(10, 10), "column change and suitability"),
        Lock("L1", LockKind.RUN, "WO-PRESS1/compress", "PRESS1", reason="batch is on the press",
             author="production"),
        Lock("L2", LockKind.ITEM, packs[-1].item, start=draft.at(35), end=draft.at(37),
             reason="inspection by the authority", author="quality"),
    )  # fmt: skip


def _policies(draft: Draft) -> dict[str, Policy]:
    """Opening stock and open orders: weeks of packs, a batch or so of bulk, months of actives."""
    leads = {row.item: row.lead_time_days for row in draft.rows("suppliers")}
    packs = {row.item: row.order_multiple for row in draft.rows("suppliers")}
    policies: dict[str, Policy] = {}
    for number, row in enumerate(draft.rows("items")):
        item = row.item
        if row.kind is ItemKind.FINISHED:
            held = number % 3 == 0
            policies[item] = Policy(13, 5, batches=2, age_days=9, in_inspection=held)
        elif item.startswith("BULK"):
            policies[item] = Policy(5, 6)
        elif item.startswith("API"):
            # A shipment of ibuprofen was held at customs: its second delivery comes two weeks late.
            slips = {2: 14} if item == "API-IBU" else {}
            policies[item] = Policy(16, 6, every_days=21, pack=packs[item], until_day=leads[item] + 6,
                                    slips=slips)  # fmt: skip
        else:
            policies[item] = Policy(12, 4, every_days=14, pack=packs[item], until_day=leads[item] + 4)
    return policies
