"""Recipes: the corners of what shares allow."""

from fractions import Fraction as F

import pytest

from capacityplan.domain.plant import BomLine
from capacityplan.domain.recipes import MOST_LINES, is_planned, mixes, recipes


@pytest.mark.parametrize(
    ("shares", "wanted"),
    [
        ([F(1)], [(F(1),)]),
        ([F(1), F(1)], [(F(1), F(0)), (F(0), F(1))]),
        ([F(1), F(1, 3)], [(F(1), F(0)), (F(2, 3), F(1, 3))]),
        ([F(7, 10), F(3, 10)], [(F(7, 10), F(3, 10))]),
        ([F(7, 10), F(1, 2)], [(F(7, 10), F(3, 10)), (F(1, 2), F(1, 2))]),
        ([F(1, 2), F(1, 3)], []),
    ],
)
def test_a_mix_takes_lines_at_their_share_and_one_for_the_rest(
    shares: list[F], wanted: list[tuple[F, ...]]
) -> None:
    assert mixes(shares) == wanted


def line(component: str, group: str, share: F = F(1)) -> BomLine:
    return BomLine("A", component, F(3), alternative=group, share=share)


def test_recipes_combine_the_groups_of_all_operations() -> None:
    bill = {
        "mix": (line("x", "fat"), line("y", "fat", F(1, 4)), BomLine("A", "salt", F(1))),
        "pack": (line("box", "case"), line("bag", "case")),
    }
    found = {one.version: one.components for one in recipes("V1", bill)}
    assert list(found) == [
        "V1", "V1 [fat: x; case: bag]", "V1 [fat: x 75% + y 25%; case: box]",
        "V1 [fat: x 75% + y 25%; case: bag]",
    ]  # fmt: skip
    last = found["V1 [fat: x 75% + y 25%; case: bag]"]
    taken = {operation: [(one.component, one.quantity) for one in last[operation]] for operation in last}
    assert taken == {"mix": [("x", F(9, 4)), ("y", F(3, 4)), ("salt", F(1))], "pack": [("bag", F(3))]}


def test_a_bill_with_too_many_lines_or_recipes_is_not_planned() -> None:
    letters = "abcdefgh"
    assert is_planned({"mix": tuple(line(one, "g") for one in letters[:MOST_LINES])})
    assert not is_planned({"mix": tuple(line(one, "g") for one in letters[: MOST_LINES + 1])})
    pairs = tuple(line(one, f"g{at // 2}") for at, one in enumerate(letters))
    assert is_planned({"mix": pairs})
    assert not is_planned({"mix": (*pairs, line("i", "g9"), line("j", "g9"))})
    assert not is_planned({"mix": (line("a", "g", F(1, 2)),)})
