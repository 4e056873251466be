"""What is written is read back exactly: folder, workbook and document."""

import dataclasses
import tempfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_instance import write_small

from capacityplan.domain import plant as domain
from capacityplan.domain.plan import Lost, Plan, Provenance
from capacityplan.domain.plant import Plant
from capacityplan.domain.projections import Projections
from capacityplan.domain.timeline import Clock
from capacityplan.exchange import read, read_plan, write, write_plan
from capacityplan.exchange.contracts import Kind
from capacityplan.exchange.texts import needs_quote, number_text, quote, read_number, unquote
from capacityplan.exchange.times import moment_text, read_moment

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)
NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=8)
MONEY = st.fractions(0, 1000, max_denominator=1000) | st.decimals(0, 9999, places=4).map(Fraction)
INSTANT = st.integers(-300_000, 600_000)
DAY = st.integers(738_900, 739_600)
WHOLE = st.integers(0, 10**6)


@st.composite
def plants(draw: st.DrawFn) -> Plant:
    """Sound plants with odd names, odd numbers and instants around the clock changes."""
    names = draw(st.lists(NAMES, min_size=2, max_size=4, unique=True))
    items = tuple(
        domain.Item(
            name, draw(st.sampled_from(domain.ItemKind)), draw(TEXT), draw(TEXT), draw(st.integers(0, 6)),
            draw(TEXT), draw(TEXT), draw(MONEY), draw(st.none() | MONEY), draw(st.none() | MONEY),
            safety_stock=draw(WHOLE), setup_group=draw(TEXT), phase_in=draw(st.none() | INSTANT),
            shelf_life_days=draw(st.none() | st.integers(1, 99)), attributes=draw(TEXT),
        )
        for name in names
    )  # fmt: skip
    item = st.sampled_from(names)
    orders = tuple(
        domain.Order(name, draw(item), draw(WHOLE) + 1, draw(INSTANT), draw(TEXT), draw(st.integers(-9, 9)),
                     draw(st.none() | MONEY), lost_cost=draw(st.none() | MONEY))
        for name in draw(st.lists(NAMES, max_size=3, unique=True))
    )  # fmt: skip
    offers = tuple(
        domain.SupplierOffer(draw(NAMES), name, draw(st.integers(0, 99)), draw(MONEY),
                             capacity_per_week=draw(st.none() | WHOLE), quality_rating=Fraction(2, 3),
                             valid_to=draw(st.none() | INSTANT))
        for name in names
    )  # fmt: skip
    stock = tuple(
        domain.Stock(name, draw(item), draw(WHOLE), draw(st.sampled_from(domain.StockStatus)),
                     draw(st.none() | INSTANT), draw(st.none() | INSTANT))
        for name in draw(st.lists(NAMES, max_size=3, unique=True))
    )  # fmt: skip
    calendars = tuple(
        domain.CalendarRow(draw(NAMES), day, None, draw(st.integers(0, 1440)), draw(st.integers(0, 1440)))
        for day in draw(st.lists(st.integers(0, 6), max_size=3, unique=True))
    )
    return Plant(
        draw(NAMES), "2027-01-04T06:00", draw(st.sampled_from(["Europe/Berlin", "UTC", "America/New_York"])),
        "EUR", costs=domain.Costs(draw(MONEY), lateness=draw(st.sampled_from(domain.Lateness))),
        items=items, orders=orders, suppliers=offers, stock=stock, calendars=calendars,
        projections=draw(projections(names)),
    )  # fmt: skip


@st.composite
def projections(draw: st.DrawFn, items: list[str]) -> Projections:
    rows = draw(st.integers(0, 5))
    texts = ["", *items, "make", *draw(st.lists(TEXT, max_size=3))]

    def column(values: st.SearchStrategy[int]) -> list[int]:
        return draw(st.lists(values, min_size=rows, max_size=rows))

    start = column(DAY)
    words = st.integers(0, len(texts) - 1)
    return Projections(
        texts, item=column(st.integers(1, len(items))), start=start, end=[day + 6 for day in start],
        quantity=column(WHOLE), stream=column(words), segment=column(words),
        certainty=column(st.sampled_from([0, len(items) + 1])), weight_millionths=column(WHOLE),
        low=column(st.just(-1)), high=column(st.integers(-1, 10**6)), author=column(words),
        dated=column(words),
    )  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(plants(), st.sampled_from(["plant", "plant.xlsx", "plant.json"]))
def test_reading_gives_what_was_written(plant: Plant, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(plant, path)
        found = read(path)
    assert found.errors == ()
    assert found.plant == plant
    assert found.plant.hash() == plant.hash()


@given(st.text(max_size=6) | st.text("'=+-@\t\r ab", max_size=6))
def test_quoting_is_undone_and_leaves_no_formula(text: str) -> None:
    cell = quote(text)
    assert unquote(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
    assert needs_quote(text) == (cell != text)


@given(st.fractions())
def test_numbers_are_exact(number: Fraction) -> None:
    assert read_number(number_text(number)) == number


@given(st.decimals(-999, 999, places=3))
def test_decimals_may_be_written_without_what_is_zero(number: Decimal) -> None:
    short = str(number).replace("0.", ".", 1) if abs(number) < 1 else str(number)
    assert read_number(short) == Fraction(number)
    assert [read_number(cell) for cell in (".0", "-.00", "0.", "+.5")] == [0, 0, 0, Fraction(1, 2)]


@given(
    st.sampled_from(["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.sampled_from([Kind.BEGIN, Kind.END]),
    st.integers(-2_000_000, 2_000_000),
)
def test_instants_are_exact_also_when_the_clocks_change(zone: str, kind: Kind, instant: int) -> None:
    clock = Clock("2027-01-04T06:00", zone)
    assert read_moment(clock, kind, moment_text(clock, kind, instant)) == instant


def test_a_date_alone_is_its_days_beginning_or_end() -> None:
    clock = Clock("2027-01-04T06:00", "Europe/Berlin")
    assert read_moment(clock, Kind.BEGIN, "2027-01-05") == 18 * 60
    assert read_moment(clock, Kind.END, "2027-01-05") == 42 * 60
    assert read_moment(clock, Kind.END, "2027-01-05T00:00") == 18 * 60
    first, second = (read_moment(clock, Kind.BEGIN, f"2027-10-31T02:30+0{hours}:00") for hours in (2, 1))
    assert second - first == 60
    assert moment_text(clock, Kind.BEGIN, first) == "2027-10-31T02:30"
    assert moment_text(clock, Kind.BEGIN, second) == "2027-10-31T02:30+01:00"


def test_ten_thousand_projections_and_zeros_in_names_survive(tmp_path: Path) -> None:
    rows = 10_000
    generator = np.random.default_rng(7)
    zero = np.zeros(rows, dtype=np.int64)
    names = ["", "00012", "NA", "1e5", "null"]
    table = Projections(
        names, item=generator.integers(1, 5, rows), start=zero + 739_300, end=zero + 739_306,
        quantity=generator.integers(0, 10**7, rows), stream=zero + 2, segment=zero + 4, certainty=zero,
        weight_millionths=zero + 333_333, low=zero - 1, high=zero - 1, author=zero + 1, dated=zero + 3,
    )  # fmt: skip
    items = tuple(
        domain.Item(name, domain.ItemKind.FINISHED, precision=2, unit_value=Fraction(1)) for name in names[1:]
    )
    offers = tuple(domain.SupplierOffer("NA", item.item, 1) for item in items)
    plant = Plant("p", "2025-01-01", "UTC", "EUR", items=items, suppliers=offers, projections=table)
    for name in ("plant", "plant.xlsx"):
        write(plant, tmp_path / name)
        assert read(tmp_path / name).plant == plant


def test_unknown_weights_multiply_with_probabilities(tmp_path: Path) -> None:
    plant = read(write_small(tmp_path / "plant")).plant
    assert plant is not None
    assert plant.projections.weight_millionths.tolist() == [600_000, 200_000]
    assert [row.downtime for row in plant.downtime] == ["belt", "downtime-2", "oil"]
    assert plant.items[1].safety_stock == 250
    assert plant.bill_of_materials[3].quantity == Fraction(1, 3)


def test_a_plan_is_read_as_written(tmp_path: Path) -> None:
    plan = Plan(Provenance("p", "hash"), lost=(Lost("A1", 3),))
    write_plan(plan, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == plan
    again = dataclasses.replace(plan, lost=())
    write_plan(again, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == again
