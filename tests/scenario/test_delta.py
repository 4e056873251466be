"""Named deltas: what a scenario says is what its plant holds, and nothing else moves."""

import shutil
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from capacityplan.cli.validate import validate
from capacityplan.domain.plant import Plant, ResourceKind
from capacityplan.errors import DataError
from capacityplan.exchange import read_or_raise, write
from capacityplan.exchange.scenario_files import read_scenario, read_scenarios
from capacityplan.scenario import apply, read_with_scenarios

FITBAND = Path(__file__).parents[2] / "instances" / "fitband"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FITBAND, tmp_path / "fitband")
    (tmp_path / "fitband" / "scenarios").mkdir(exist_ok=True)
    for path in (tmp_path / "fitband" / "scenarios").iterdir():
        path.unlink()
    return tmp_path / "fitband"


@pytest.fixture(scope="module")
def base() -> Plant:
    return read_or_raise(FITBAND)


def scenario(folder: Path, text: str, name: str = "trial") -> Plant:
    (folder / "scenarios" / f"{name}.toml").write_text(text, encoding="utf-8")
    return read_with_scenarios(folder, [name])


def test_demand_of_a_segment_is_scaled_and_nothing_else(folder: Path, base: Plant) -> None:
    plant = scenario(folder, """
probability = 0.25
[[change]]
table = "projections"
where = { segment = "retail", from = ">=2027-10-01" }
scale = { quantity = 1.25 }
""")  # fmt: skip
    rows, before = plant.projections, base.projections
    retail = before.segment == before.names.index("retail")
    meant = retail & (before.start >= date(2027, 10, 1).toordinal())
    assert 0 < meant.sum() < len(before)
    assert (rows.quantity[~meant] == before.quantity[~meant]).all()
    assert (rows.quantity[meant] == (before.quantity[meant] * 5 * 2 // 4 + 1) // 2).all()
    assert replace(plant, projections=before) == base


def test_set_add_remove_shift_and_settings(folder: Path, base: Plant) -> None:
    order = base.orders[0]
    plant = scenario(folder, f"""
[[change]]
table = "plant"
set = {{ "costs.late_rate_per_day" = 0.02 }}
scale = {{ fences.frozen_hours = 2 }}

[[change]]
table = "orders"
where = {{ order = "{order.order}" }}
shift = {{ due = 3 }}
scale = {{ quantity = "3/2" }}
set = {{ priority = 1 }}

[[change]]
table = "promotions"
remove = true

[[change]]
table = "orders"
add = [{{ order = "NEW-1", item = "{order.item}", quantity = 40, due = 2027-09-20 }}]
""")  # fmt: skip
    moved = next(row for row in plant.orders if row.order == order.order)
    assert moved == replace(order, due=order.due + 3 * 1440, quantity=order.quantity * 3 // 2, priority=1)
    assert [row.order for row in plant.orders[len(base.orders) :]] == ["NEW-1"]
    assert not plant.promotions
    assert plant.costs.late_rate_per_day == Fraction(1, 50)
    assert plant.fences.frozen_hours == 2 * base.fences.frozen_hours


def test_scenarios_apply_in_the_order_given(folder: Path, base: Plant) -> None:
    (folder / "scenarios" / "twice.toml").write_text(
        '[[change]]\ntable = "resources"\nwhere = { kind = "lab" }\nscale = { capacity = 2 }\n',
        encoding="utf-8",
    )
    plant = read_with_scenarios(folder, ["twice", "twice"])
    for after, before in zip(plant.resources, base.resources, strict=True):
        assert after.capacity == before.capacity * (4 if before.kind is ResourceKind.LAB else 1)


def test_a_document_keeps_its_scenarios_beside_it(folder: Path, base: Plant) -> None:
    (folder / "scenarios" / "none.toml").write_text('description = "as it is"\n', encoding="utf-8")
    write(base, folder / "plant.json")
    assert read_with_scenarios(folder / "plant.json", ["none"]) == base


@pytest.mark.parametrize(
    ("text", "row", "column", "code"),
    [
        ('[[change]]\ntable = "promos"\nremove = true\n', 1, "table", "unknown_table"),
        ('\n[[change]]\ntable = "orders"\nwhere = { order = "SO-9999" }\nremove = true\n', 2, "order",
         "nothing_matches"),
        ('[[change]]\ntable = "orders"\nset = { amount = 3 }\n', 1, "amount", "unknown_column"),
        ('[[change]]\ntable = "orders"\nset = { quantity = -3 }\n', 1, "quantity", "out_of_range"),
        ('[[change]]\ntable = "orders"\nset = { quantity = "many" }\n', 1, "quantity", "not_a_number"),
        ('[[change]]\ntable = "orders"\nset = { item = "NOPE" }\n', 1, "item", "unknown_id"),
        ('[[change]]\ntable = "orders"\nscale = { due = 2 }\n', 1, "due", "not_scalable"),
        ('[[change]]\ntable = "orders"\nshift = { quantity = 2 }\n', 1, "quantity", "not_a_date"),
        ('[[change]]\ntable = "orders"\nset = { priority = 2 }\nremove = true\n', 1, "", "not_a_change"),
        ('[[change]]\ntable = "plant"\nset = { costs.late = 2 }\n', 1, "costs.late", "unknown_key"),
        ('[[change]]\ntable = "plant"\nset = { name = "x" }\n', 1, "name", "unknown_key"),
        ('[[change]]\ntable = "items"\nset = { precision = 2 }\n', 1, "precision", "unknown_column"),
        ('[[change]]\ntable = "calendars"\nremove = true\n', None, "calendar", "unknown_id"),
        ('probability = 1.5\n', 1, "probability", "out_of_range"),
        ('[[change]\n', 1, "", "not_toml"),
        ('odds = 1\n', 1, "odds", "unknown_key"),
        ('change = 1\n', 1, "change", "not_a_change"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_found_at_its_line(
    folder: Path, text: str, row: int, column: str, code: str
) -> None:
    with pytest.raises(DataError) as error:
        scenario(folder, text)
    found = {(finding.file, finding.row, finding.column, finding.code) for finding in error.value.findings}
    assert ("scenarios/trial.toml", row, column, code) in found


def test_an_unknown_scenario_names_the_known_ones(folder: Path) -> None:
    scenario(folder, "", "crisis")
    with pytest.raises(DataError) as error:
        read_scenario(folder, "crises")
    (finding,) = error.value.findings
    assert (finding.code, finding.hint) == ("unknown_scenario", "did you mean 'crisis'?")


def test_probabilities_over_one_and_broken_scenarios_are_found_by_validate(folder: Path) -> None:
    for name in ("a", "b"):
        scenario(folder, "probability = 0.6\n", name)
    _, findings = read_scenarios(folder)
    assert [finding.code for finding in findings] == ["probabilities_over_one"]
    done = CliRunner().invoke(validate, [str(folder)])
    assert done.exit_code == 3
    assert "probabilities_over_one" in done.output


def test_the_plant_itself_stays(folder: Path, base: Plant) -> None:
    before = base.hash()
    (folder / "scenarios" / "x.toml").write_text(
        '[[change]]\ntable = "projections"\nset = { quantity = 1 }\n', encoding="utf-8"
    )
    changed = apply(base, read_scenario(folder, "x"))
    assert base.hash() == before
    assert changed.hash() != before


def test_the_example_of_the_page_fits_fitband(folder: Path) -> None:
    page = (FITBAND.parents[1] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    scenario(folder, example, "viral")
    done = CliRunner().invoke(validate, [str(folder)])
    assert done.exit_code == 0, done.output
