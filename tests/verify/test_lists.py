"""Cards, checks, folders and the page of rules agree."""

from __future__ import annotations

from pathlib import Path

from capacityplan import rulebook, verify
from capacityplan.rulebook import CARDS, Relation, page
from capacityplan.verify import CHECKS

IDS = [card.id for card in CARDS]
DOCS = Path(__file__).parents[2] / "docs"


def modules(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py") if not path.stem.startswith("__")}


def test_every_rule_has_card_and_check_under_its_name() -> None:
    assert len(set(IDS)) == len(IDS)
    assert [name for name, _ in CHECKS] == IDS
    for name, check in CHECKS:
        assert check.__module__ == f"capacityplan.verify.rules.{name}"


def test_no_module_is_left_out_of_the_lists() -> None:
    assert modules(Path(rulebook.__file__).parent) - {"card", "page"} == set(IDS)
    assert modules(Path(verify.__file__).parent / "rules") == set(IDS)


def test_cards_are_complete() -> None:
    for card in CARDS:
        assert card.statement.endswith((".", ").")), card.id
        assert card.equation, card.id
        assert card.fields, card.id
        assert set(card.given) <= set(IDS) - {card.id}, card.id
        assert card.remark or {card.window, card.tail} == {Relation.EXACT}, card.id


def test_the_page_of_rules_is_current() -> None:
    assert (DOCS / "rules.md").read_text(encoding="utf-8") == page(CARDS)
