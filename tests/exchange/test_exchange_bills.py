"""Bills with alternatives and by-products: read and written without loss; what makes no sense is found."""

from fractions import Fraction as F
from pathlib import Path

import pytest
from small_instance import TABLES, write_small

from capacityplan.domain.lookup import Lookup
from capacityplan.exchange import read, write
from capacityplan.exchange.read import ReadResult

HEAD = "item,component,quantity,version,operation,per_quantity,scrap_fraction,valid_from,valid_to,"
FIRST = len(TABLES["bill_of_materials"].splitlines()) + 1
"""Row of the first line that is added."""
BESIDE = ["lantern,lights,0.5,,,,,,,,,true", "lamp,lights,1,,cure,2,0.1,,,,,yes"]
EITHER = ["lantern,shade,1,,assemble,,,,,shades,", "lantern,shade_red,2,,,,0.1,,,shades,1/3"]


def write_bill(folder: Path, lines: list[str]) -> Path:
    """The small instance with more lines in its bill."""
    write_small(folder)
    _, *rows = TABLES["bill_of_materials"].splitlines()
    head = f"{HEAD}alternative,share,by_product"
    full = [row + "," * (head.count(",") - row.count(",")) for row in (*rows, *lines)]
    text = [head, *full]
    (folder / "bill_of_materials.csv").write_text("\n".join(text), encoding="utf-8")
    return folder


def faults(found: ReadResult) -> list[tuple[int | None, str, str]]:
    assert all(row.sheet == "bill_of_materials" for row in found.errors)
    return [(row.row, row.column, row.code) for row in found.errors]


@pytest.mark.parametrize("name", ["again", "plant.xlsx", "plant.json"])
def test_by_products_are_read_and_written_without_loss(name: str, tmp_path: Path) -> None:
    plant = read(write_bill(tmp_path / "plant", BESIDE)).plant
    assert plant is not None
    found = Lookup(plant).by_products
    assert {key: [line.quantity for line in lines] for key, lines in found.items()} == {
        ("lantern", ""): [F(1, 2)], ("lamp", ""): [F(1)],
    }  # fmt: skip
    write(plant, tmp_path / name)
    assert read(tmp_path / name).plant == plant


@pytest.mark.parametrize("name", ["again", "plant.xlsx", "plant.json"])
def test_alternatives_are_read_and_written_without_loss(name: str, tmp_path: Path) -> None:
    plant = read(write_bill(tmp_path / "plant", EITHER)).plant
    assert plant is not None
    lines = [line for line in plant.bill_of_materials if line.item == "lantern"]
    assert [(line.alternative, line.share) for line in lines] == [("shades", F(1)), ("shades", F(1, 3))]
    write(plant, tmp_path / name)
    assert read(tmp_path / name).plant == plant


def test_the_recipes_of_a_bill_are_versions_of_its_item(tmp_path: Path) -> None:
    plant = read(write_bill(tmp_path / "plant", EITHER)).plant
    assert plant is not None
    lookup = Lookup(plant)
    mixed = "[shades: shade 200/3% + shade_red 100/3%]"
    assert lookup.versions["lantern"] == ("", mixed)
    taken = lookup.components["lantern", mixed, "assemble"]
    assert [(line.component, line.quantity) for line in taken] == [("shade", F(2, 3)), ("shade_red", F(2, 3))]
    assert lookup.routings["lantern", mixed] == lookup.routings["lantern", ""]
    assert lookup.base_version("lantern", mixed) == ""


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["lantern,shade,1,,,,,,,,0.5"], [(FIRST, "share", "share_without_alternative")]),
        (
            ["lantern,shade,1,,,,,,,a,0.5", "lantern,shade_red,1,,,,,,,a,0.4"],
            [(FIRST + 1, "share", "shares_too_small")],
        ),
        (["lantern,shade,1,,,,,,,a,0"], [(FIRST, "share", "out_of_range")]),
        (["lantern,shade,1,,,,,,,a,1.5"], [(FIRST, "share", "out_of_range")]),
        (
            ["lantern,shade,1,,,,,2027-01-01,,a,", "lantern,shade_red,1,,,,,,,a,"],
            [(FIRST, "valid_from", "not_supported")],
        ),
        (["lantern,lights,1,,,,,,,a,,true"], [(FIRST, "alternative", "by_product_alternative")]),
        (["lantern,lights,1,,,,,2027-01-01,,,,true"], [(FIRST, "valid_from", "not_supported")]),
        (["lamp,lights,1,,assemble,,,,,,,true"], [(FIRST, "operation", "not_the_last_operation")]),
        (["lamp,glue,1,,repair,,,,,,,"], [(FIRST, "operation", "not_supported")]),
        (["glue,lights,1,,,,,,,,,true"], [(FIRST, "item", "no_source")]),
        (["lantern,lamp,1,,,,,,,,,true"], [(FIRST, "component", "inspected_by_product")] * 2),
        (["lantern,lantern,1,,,,,,,,,true"], [(FIRST, "component", "cyclic_bill")]),
        (
            ["lantern,shade,1,,,,,,,,,true", "shade,lantern,1,,,,,,,,,true"],
            [(FIRST, "component", "cyclic_bill")],
        ),
        (["lantern,lights,1,,,,,,,,,perhaps"], [(FIRST, "by_product", "unknown_word")]),
        (
            ["lantern,shade,1,,assemble,,,,,a,", "lantern,shade,2,,,,,,,a,"],
            [(FIRST + 1, "component", "duplicate_alternative")],
        ),
        (
            ["lantern,shade,1,,,,,,,a,", "lantern,lantern,2,,,,,,,a,"],
            [(FIRST + 1, "component", "cyclic_bill")],
        ),
    ],
)
def test_what_makes_no_sense_is_found(
    lines: list[str], wanted: list[tuple[int, str, str]], tmp_path: Path
) -> None:
    assert faults(read(write_bill(tmp_path / "plant", lines))) == wanted


def test_more_recipes_than_are_planned_with_are_found(tmp_path: Path) -> None:
    parts = ["shade", "shade_red", "glue", "lamp", "lights"]
    halves = [f"lantern,{part},1,,,,,,,a,0.5" for part in parts]
    assert faults(read(write_bill(tmp_path / "plant", halves))) == []  # ten pairs
    thirds = [f"lantern,{part},1,,,,,,,a,2/5" for part in parts]
    assert faults(read(write_bill(tmp_path / "plant", thirds))) == [
        (FIRST + 4, "alternative", "too_many_alternatives")
    ]  # thirty of two at two fifths and one at a fifth


def test_an_order_in_progress_may_name_a_recipe(tmp_path: Path) -> None:
    folder = write_bill(tmp_path / "plant", EITHER)
    receipts = (folder / "receipts.csv").read_text(encoding="utf-8")
    recipe = "[shades: shade 200/3% + shade_red 100/3%]"
    row = f"WO2,production,lantern,5,2027-01-05,,{recipe},assemble,0,,true\n"
    (folder / "receipts.csv").write_text(receipts + row, encoding="utf-8")
    plant = read(folder).plant
    assert plant is not None
    assert plant.receipts[-1].version == recipe
    (folder / "receipts.csv").write_text(receipts + row.replace("200/3", "50"), encoding="utf-8")
    assert [(one.sheet, one.column, one.code) for one in read(folder).errors] == [
        ("receipts", "version", "unknown_id")
    ]
