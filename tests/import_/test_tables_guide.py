"""The worked example of docs/importing.md does what the page says."""

import re
from pathlib import Path

import pytest

from capacityplan.cli.main import main
from capacityplan.exchange import read_or_raise

PAGE = Path(__file__).parents[2] / "docs" / "importing.md"
SOURCES = ("articles.csv", "order_book.csv", "paint.toml")


def blocks() -> dict[str, str]:
    """Code blocks by the file name that the text names last before them."""
    text = PAGE.read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for block in re.finditer(r"^```[a-z]*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        names = re.findall(r"`([a-z_]+\.(?:csv|toml))`", text[: block.start()])
        if names:
            found.setdefault(names[-1], block[1])
    return found


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    for name in SOURCES:
        (folder / name).write_text(blocks()[name], encoding="utf-8")
    return folder


def test_the_worked_example_prints_the_report_of_the_page(
    exports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    instance = exports.parent / "paint"
    with pytest.raises(SystemExit) as done:
        main(["import", "tables", str(exports), str(instance), "--profile", str(exports / "paint.toml")])
    assert done.value.code == 0
    printed = capsys.readouterr().out
    report = printed[: printed.index(str(instance))]
    assert report in PAGE.read_text(encoding="utf-8")
    plant = read_or_raise(instance)
    assert [item.item for item in plant.items] == ["100", "200"]
    assert [(order.order, order.item, order.quantity) for order in plant.orders] == [
        ("4711", "100", 2500),
        ("4712", "200", 900),
    ]
    assert [row.quantity for row in plant.stock] == [1200, 350]
