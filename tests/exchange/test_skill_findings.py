"""What skills of a plant cannot be planned with is named where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_instance import write_small

from capacityplan.exchange import read

CREW_PACKS = ("skills", "crew,moulding,,,1\n", "crew,moulding,,,1\ncrew,packing,,,1\n")
OVERTIME = ("resources", "crew,labour,,,4,day,1,22,,0", "crew,labour,,,4,day,1,22,extra,0")


@pytest.mark.parametrize(
    ("edits", "found"),
    [
        ((CREW_PACKS,), [("inspections", 3, "labour", "shared_analysts")]),
        (
            (CREW_PACKS, OVERTIME, ("inspections", "1,crew,moulding", "0,,")),
            [("resources", 5, "overtime_calendar", "shared_overtime")],
        ),
        (
            (OVERTIME, ("skills", "crew,moulding,,,1", "crew,moulding,,2027-02-01,1"),
             ("inspections", "1,crew,moulding", "0,,")),
            [("resources", 5, "overtime_calendar", "skill_ends_in_overtime")],
        ),
        (
            (("downtime", ",oven,,,cleaning", ",packer,,,cleaning"),),
            [("downtime", 3, "flexible_from", "flexible_downtime_of_skilled")],
        ),
    ],
)  # fmt: skip
def test_what_is_not_planned_with_is_named(
    edits: tuple[tuple[str, str, str], ...], found: list[tuple[str, int, str, str]], tmp_path: Path
) -> None:
    folder = write_small(tmp_path / "plant")
    for table, before, after in edits:
        path = folder / f"{table}.csv"
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))
    errors = read(folder).errors
    assert [(one.sheet, one.row, one.column, one.code) for one in errors] == found


@pytest.mark.parametrize(
    ("last", "alone", "found"),
    [
        ("2027-01-15", "moulding", [("skills", 2, "valid_to", "skill_ends_within_bucket")]),
        ("2027-01-17", "moulding", []),
        ("2027-01-06T12:00", "moulding", []),
        ("2027-01-15", "packing", []),
    ],
)
def test_a_skill_of_two_kinds_of_work_ends_with_a_bucket_of_the_tail(
    last: str, alone: str, found: list[tuple[str, int, str, str]], tmp_path: Path
) -> None:
    """In a week that has the skill for five days, named and unnamed work could each take all five."""
    folder = write_small(tmp_path / "plant")
    for table, before, after in (
        ("operation_resources", "0,,1,,packing", f"0,,1,,{alone}"),
        ("skills", "crew,moulding,,,1", f"crew,moulding,,{last},1"),
        ("inspections", "1,crew,moulding", "0,,"),
    ):
        path = folder / f"{table}.csv"
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after))
    assert [(one.sheet, one.row, one.column, one.code) for one in read(folder).errors] == found


def test_too_many_skills_that_share_people_are_named(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "plant")
    names = [f"s{number}" for number in range(7)]
    modes, skills = folder / "operation_resources.csv", folder / "skills.csv"
    rows = modes.read_text().splitlines()
    rows[1:8] = [
        ",".join([*row.split(",")[:9], "", "1", "", name]) for row, name in zip(rows[1:8], names, strict=True)
    ]
    modes.write_text("\n".join(rows) + "\n")
    skills.write_text(skills.read_text() + "".join(f"packer,{name},,,1\n" for name in names))
    found = [(one.sheet, one.row, one.column, one.code) for one in read(folder).errors]
    assert ("operation_resources", 2, "skill", "too_many_shared_skills") in found
