"""An item has one certificate; what it cannot have is told at its cell."""

from __future__ import annotations

from pathlib import Path

from small_instance import write_small

from capacityplan.exchange import read


def test_a_second_certificate_of_an_item_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    write_small(folder)
    path = folder / "inspections.csv"
    path.write_text(path.read_text() + "lamp_other,certificate,lab,1,20,lamp,,,1,0,false,0,0,,,0,,2,CE\n")
    found = read(folder).errors
    assert [(one.code, one.row, one.column, one.value) for one in found] == [
        ("second_certificate", 6, "item", "lamp")
    ]
    assert "lamp_paper" in found[0].message
    path.write_text(path.read_text().replace("lamp_other,certificate", "lamp_other,final"))
    assert not read(folder).errors
