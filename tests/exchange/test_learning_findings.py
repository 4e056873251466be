"""Curves that are not planned with: of too many steps, of items with versions that are called like one."""

from pathlib import Path

from small_instance import TABLES as TEXTS
from small_instance import write_small

from capacityplan.exchange import read


def codes(folder: Path) -> list[tuple[str, int | None, str, str]]:
    return [(row.sheet, row.row, row.column, row.code) for row in read(folder).errors]


def test_no_more_steps_than_are_planned_with(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    head = TEXTS["learning"].splitlines()[0]

    def write(steps: int) -> None:
        # The first two begin before the plan: the second is the one that it begins with.
        rows = [f"shade,{30 - day},,2027-01-{day + 3:02d}," for day in range(steps + 1)]
        (folder / "learning.csv").write_text("\n".join([head, *rows]), encoding="utf-8")

    write(12)
    assert codes(folder) == []
    write(13)
    assert codes(folder) == [("learning", 2, "item", "too_many_steps")]


def test_no_version_is_called_like_one_that_is_learnt_later(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    for table in ("operations", "operation_resources", "bill_of_materials"):
        head, *rows = TEXTS[table].splitlines()
        place = head.split(",").index("version")
        cells = [row.split(",") for row in rows]
        for row in cells:
            row[place] = "new@2027-02-01" if row[0] == "shade" else row[place]
        text = "\n".join([head, *(",".join(row) for row in cells)])
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    found = codes(folder)
    assert [row[2:] for row in found] == [("version", "reserved_name")]
    (folder / "learning.csv").unlink()
    assert codes(folder) == []
