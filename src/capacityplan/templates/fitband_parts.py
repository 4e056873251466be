"""What the fitness bands are made of: price classes, colours and purchased parts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.plant import Inspection, Item, ItemKind, Stage, SupplierOffer
from capacityplan.templates.draft import Draft

COLOURS = (("BLK", 0.40), ("WHT", 0.25), ("COR", 0.20), ("TEA", 0.15))
LAUNCH_COLOUR = "LIM"


@dataclass(frozen=True, slots=True)
class Tier:
    """A price class of band: values, share of sales, and the parts that differ."""

    name: str
    share: float
    value: str
    core_value: str
    board_value: str
    price: str
    board_minutes: str
    mcu: str
    sensor: str
    battery: str
    display: str
    gps: bool = False

    def parts(self) -> tuple[str, ...]:
        """Parts that several models share."""
        cell = self.battery.replace("BAT", "CELL")
        return (self.mcu, self.sensor, self.display, cell, *(("GPS-1",) if self.gps else ()))


TIERS = (
    Tier("LITE", 0.42, "23.00", "19.00", "9.40", "42.00", "1.0", "MCU-S", "HRS-S", "BAT-80", "OLED-10"),
    Tier("SPORT", 0.36, "33.00", "28.00", "13.50", "64.00", "1.2", "MCU-M", "HRS-M", "BAT-80", "OLED-14"),
    Tier(
        "PRO", 0.22, "51.00", "44.00", "20.00", "99.00", "1.5", "MCU-M", "HRS-M", "BAT-110", "AMOLED-16", True
    ),
)

# value, lead days, supplier, price tiers (from quantity, price), pack, order cost
_Part = tuple[str, int, str, tuple[tuple[int, str], ...], int, str]
_PARTS: dict[str, _Part] = {
    "MCU-S": ("2.10", 84, "ArrowChip", ((0, "2.35"), (10_000, "2.10"), (25_000, "1.95")), 2500, "180"),
    "MCU-M": ("3.20", 84, "ArrowChip", ((0, "3.55"), (10_000, "3.20"), (25_000, "2.95")), 2500, "180"),
    "HRS-S": ("2.20", 84, "OptoSense", ((0, "2.45"), (10_000, "2.20")), 2000, "150"),
    "HRS-M": ("4.10", 84, "OptoSense", ((0, "4.50"), (10_000, "4.10")), 2000, "150"),
    "GPS-1": ("5.20", 84, "NavSilicon", ((0, "5.60"), (5000, "5.20"), (10_000, "4.80")), 500, "150"),
    "PMIC-1": ("0.90", 70, "ArrowChip", ((0, "1.02"), (10_000, "0.90"), (30_000, "0.82")), 5000, "180"),
    "OLED-10": ("2.40", 42, "BrightView", ((0, "2.60"), (5000, "2.40")), 500, "220"),
    "OLED-14": ("5.50", 42, "BrightView", ((0, "5.90"), (5000, "5.50")), 500, "220"),
    "AMOLED-16": ("11.00", 42, "BrightView", ((0, "11.80"), (3000, "11.00")), 250, "220"),
    "CELL-80": ("2.10", 35, "VoltaCell", ((0, "2.30"), (10_000, "2.10")), 960, "260"),
    "CELL-110": ("2.60", 35, "VoltaCell", ((0, "2.85"), (5000, "2.60")), 960, "260"),
    "GIFTBOX": ("1.10", 14, "CartonWerk", ((0, "1.25"), (10_000, "1.10"), (20_000, "1.00")), 1000, "90"),
    "LEAFLET": ("0.12", 10, "CartonWerk", ((0, "0.15"), (20_000, "0.12")), 5000, "60"),
    "CABLE": ("1.30", 28, "WireTech", ((0, "1.42"), (10_000, "1.30")), 1000, "110"),
}
PACKAGING = ("GIFTBOX", "LEAFLET")
SEMICONDUCTORS = ("MCU-S", "MCU-M", "HRS-S", "HRS-M", "GPS-1", "PMIC-1")


def purchased(draft: Draft, models: list[tuple[Tier, str]]) -> None:
    """Add the purchased parts of the models with their offers and incoming inspections."""
    parts = dict(_PARTS)
    for tier, number in models:
        model = tier.name + number
        kit, housing = ("1.80", "4.20") if tier.gps else ("1.30", "2.60")
        parts[f"PCB-{model}"] = _part("1.90", 21, "PrintPlatte", 5000, "140")
        parts[f"KIT-{model}"] = _part(kit, 28, "PassiveHub", 5000, "120")
        parts[f"HSG-{model}"] = _part(housing, 21, "MoldForm", 4000, "130")
    for colour in [colour for colour, _ in COLOURS] + [LAUNCH_COLOUR]:
        parts[f"STRAP-{colour}"] = _part("2.20", 28, "SoftFlex", 3000, "130", 250)
    shared = {part for tier, _ in models for part in tier.parts()} | set(PACKAGING) | {"CABLE", "PMIC-1"}
    for item, (value, lead, supplier, tiers, pack, order_cost) in parts.items():
        if item in _PARTS and item not in shared:
            continue
        kind = ItemKind.PACKAGING if item in PACKAGING else ItemKind.RAW
        draft.add(Item(item, kind, unit_value=Fraction(value), safety_stock=pack // 2))
        draft.offers(
            SupplierOffer(supplier, item, lead, min_order=pack, order_multiple=pack,
                          order_cost=Fraction(order_cost), calendar="deliveries"),
            *tiers,
        )  # fmt: skip
        if item in SEMICONDUCTORS or item.startswith("CELL"):
            cells = item.startswith("CELL")
            draft.add(
                Inspection(
                    f"IN-{item}", Stage.INCOMING, "QALAB", lab_minutes=120 if cells else 90, item=item,
                    sample_quantity=32, destructive=cells, wait_minutes=1440 if cells else 0, analysts=1,
                    labour="inspectors", cost_per_lot=Fraction(35),
                )
            )  # fmt: skip


def _part(value: str, lead: int, supplier: str, break_at: int, order_cost: str, pack: int = 500) -> _Part:
    """Describe a part whose price is a tenth higher below its price break."""
    dear = str(round(float(value) * 1.1, 2))
    return (value, lead, supplier, ((0, dear), (break_at, value)), pack, order_cost)
