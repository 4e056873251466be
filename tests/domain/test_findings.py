"""Findings as lines for people."""

from capacityplan.errors import Finding


def test_the_place_is_told_as_far_as_it_is_known() -> None:
    assert Finding("x", "too late").text().startswith("too late")
    assert (
        Finding("x", "too late", "a.csv", row=3, column="due")
        .text()
        .startswith("a.csv, row 3, column due: too late")
    )
