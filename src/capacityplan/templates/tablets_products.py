"""What the tablet plant makes: molecules, bulks, packs, and the materials they need."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.plant import Inspection, Item, ItemKind, Stage, SupplierOffer
from capacityplan.templates.draft import Draft
from capacityplan.units import ceil_fraction

BATCH = 500_000
_CONVERSION_PER_TABLET = Fraction(7, 1000)


def cents(value: Fraction, places: int) -> Fraction:
    """Round a price up to a number of decimals."""
    scale: int = 10**places
    return Fraction(ceil_fraction(value * scale), scale)


@dataclass(frozen=True, slots=True)
class Bulk:
    """A tablet: molecule, strength, grams of active and of everything, price of the active."""

    molecule: str
    strength: str
    api_grams: Fraction
    grams: Fraction
    api_price: Fraction
    coated: bool

    @property
    def name(self) -> str:
        """Its setup group: the product that must be cleaned away."""
        return f"{self.molecule}-{self.strength}"

    @property
    def item(self) -> str:
        """Its item."""
        return f"BULK-{self.name}"

    @property
    def api(self) -> str:
        """Item of its active ingredient."""
        return f"API-{self.molecule}"

    @property
    def filler_grams(self) -> Fraction:
        """Grams that are not active."""
        return self.grams - self.api_grams

    @property
    def tablet_cost(self) -> Fraction:
        """Materials and conversion of one tablet."""
        filler = self.filler_grams * Fraction(4) / 1000
        return self.api_grams * self.api_price / 1000 + filler + _CONVERSION_PER_TABLET


def _bulk(molecule: str, strength: str, api: str, grams: str, price: int, coated: bool) -> Bulk:
    return Bulk(molecule, strength, Fraction(api), Fraction(grams), Fraction(price), coated)


BULKS = {
    bulk.name: bulk
    for bulk in (
        _bulk("MET", "500", "0.5", "0.60", 6, True),
        _bulk("MET", "850", "0.85", "1.00", 6, True),
        _bulk("IBU", "400", "0.4", "0.58", 15, True),
        _bulk("IBU", "600", "0.6", "0.85", 15, True),
        _bulk("PAR", "500", "0.5", "0.60", 7, False),
        _bulk("BIS", "5", "0.005", "0.15", 380, False),
        _bulk("BIS", "10", "0.010", "0.15", 380, False),
        _bulk("AML", "5", "0.007", "0.16", 110, False),
        _bulk("AML", "10", "0.014", "0.20", 110, False),
        _bulk("SER", "50", "0.056", "0.20", 130, True),
    )
}


@dataclass(frozen=True, slots=True)
class Pack:
    """A finished pack: bulk, tablets in it, market, share of all tablets."""

    bulk: Bulk
    tablets: int
    market: str
    share: float
    label: str = ""
    launch: bool = False
    new_artwork: bool = False

    @property
    def item(self) -> str:
        """Its item."""
        return f"{self.bulk.name}-{self.tablets}{self.market}{self.label}"

    @property
    def group(self) -> str:
        """Its setup group on the blister lines."""
        return f"{self.bulk.name}/{self.tablets}"

    @property
    def value(self) -> Fraction:
        """Cost of one pack."""
        packing = Fraction(18, 100) + Fraction(4, 1000) * self.tablets
        return cents(self.tablets * self.bulk.tablet_cost + packing, 2)


# bulk, tablets, market, share of all tablets
_PACKS = (
    ("MET-500", 100, "DE", 0.14), ("BIS-5", 30, "DE", 0.05), ("IBU-400", 30, "DE", 0.08),
    ("PAR-500", 30, "DE", 0.09), ("AML-5", 100, "DE", 0.08), ("MET-850", 100, "DE", 0.09),
    ("IBU-600", 100, "DE", 0.10), ("BIS-5", 100, "DE", 0.07), ("SER-50", 100, "DE", 0.05),
    ("AML-10", 100, "DE", 0.05), ("BIS-10", 100, "DE", 0.04), ("MET-500", 30, "AT", 0.03),
    ("IBU-400", 30, "AT", 0.03), ("PAR-500", 30, "AT", 0.04), ("AML-5", 30, "DE", 0.03),
    ("SER-50", 30, "DE", 0.03),
)  # fmt: skip
_NEW_ARTWORK = 15


def packs_of(size: float) -> list[Pack]:
    """Packs of a plant of some size, the launch last; private labels repeat the list."""
    out = []
    for index in range(max(2, round(len(_PACKS) * size))):
        name, tablets, market, share = _PACKS[index % len(_PACKS)]
        label = "" if index < len(_PACKS) else f"-L{index // len(_PACKS) + 1}"
        changed = index % len(_PACKS) == _NEW_ARTWORK
        out.append(Pack(BULKS[name], tablets, market, share, label, new_artwork=changed))
    first = out[-1].bulk
    return [*out, Pack(first, 30, "CH", 0.02, launch=True)]


def add_purchased(draft: Draft, bulks: list[Bulk], packs: list[Pack]) -> None:
    """Add actives, excipients and packaging with their offers and incoming inspections."""
    for molecule in sorted({bulk.molecule for bulk in bulks}):
        price = next(bulk.api_price for bulk in bulks if bulk.molecule == molecule)
        # Potent actives come in small drums (5 kg), others on pallets (50 kg).
        drum = 50 if price > 100 else 500
        item = f"API-{molecule}"
        draft.add(
            Item(item, ItemKind.RAW, f"Active ingredient {molecule}", "kg", precision=1, unit_value=price,
                 safety_stock=drum, shelf_life_days=730)
        )  # fmt: skip
        _offer(draft, item, "ActivaChem" if price > 100 else "BulkActives", 56, drum, 2 * drum, "320",
               ((0, str(price * Fraction(112, 100))), (6 * drum, str(price)),
                (20 * drum, str(price * Fraction(94, 100)))))  # fmt: skip
        _incoming(draft, item, 240, 1, "95")
    coats = (("FILMCOAT", "16.00", 28, 25),) if any(bulk.coated for bulk in bulks) else ()
    for item, price_text, lead, pack in (
        ("CELLULOSE", "5.20", 21, 100), ("LACTOSE", "2.40", 21, 200), ("STEARATE", "9.00", 21, 20), *coats,
    ):  # fmt: skip
        draft.add(
            Item(item, ItemKind.RAW, "Excipient", "kg", unit_value=Fraction(price_text), safety_stock=pack)
        )
        _offer(draft, item, "ExcipientHaus", lead, pack, pack, "90",
               ((0, str(Fraction(price_text) * Fraction(108, 100))), (10 * pack, price_text)))  # fmt: skip
        _incoming(draft, item, 60, 2, "30")
    for item, price_text, lead, pack in (("PVC", "3.60", 21, 250), ("FOIL", "8.50", 28, 100)):
        draft.add(Item(item, ItemKind.PACKAGING, "Blister material", "kg", unit_value=Fraction(price_text)))
        _offer(draft, item, "BlisterFilm", lead, pack, 2 * pack, "120",
               ((0, str(Fraction(price_text) * Fraction(106, 100))), (10 * pack, price_text)))  # fmt: skip
    for item, price_text, lead in (
        *((f"BOX-{pack.item}", "0.06", 21) for pack in packs),
        *((f"LEAFLET-{molecule}", "0.03", 14) for molecule in sorted({bulk.molecule for bulk in bulks})),
    ):
        draft.add(Item(item, ItemKind.PACKAGING, "Printed packaging", unit_value=Fraction(price_text)))
        _offer(draft, item, "PharmaPrint", lead, 1000, 5000, "110",
               ((0, str(Fraction(price_text) * Fraction(125, 100))), (20_000, price_text)))  # fmt: skip


def _offer(
    draft: Draft, item: str, supplier: str, lead: int, pack: int, least: int, order_cost: str,
    tiers: tuple[tuple[int, str], ...],
) -> None:  # fmt: skip
    draft.offers(
        SupplierOffer(supplier, item, lead, min_order=least, order_multiple=pack,
                      order_cost=Fraction(order_cost), calendar="deliveries"),
        *tiers,
    )  # fmt: skip


def _incoming(draft: Draft, item: str, minutes: int, every: int, cost: str) -> None:
    draft.add(
        Inspection(f"IN-{item}", Stage.INCOMING, "HPLC", lab_minutes=minutes, item=item, every_lots=every,
                   analysts=1, labour="analysts", cost_per_lot=Fraction(cost),
                   certificate="supplier certificate" if every == 1 else "")
    )  # fmt: skip
