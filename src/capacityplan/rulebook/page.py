"""The page of rules: docs/rules.md is what `page` writes."""

from __future__ import annotations

from collections.abc import Iterable

from capacityplan.rulebook.card import Card

_HEAD = """# Rules

Every rule that a plan has to satisfy, by the name under which the checker reports it. Written
from the cards in `capacityplan.rulebook` by `python -m capacityplan.rulebook`; the full text is
in [model.md](model.md).
"""


def page(cards: Iterable[Card]) -> str:
    """Write the cards as one Markdown page."""
    return "\n".join([_HEAD, *(_section(card) for card in cards)])


def _section(card: Card) -> str:
    lines = [
        f"## {card.id}",
        "",
        card.statement,
        "",
        f"- Demands: `{card.equation}`",
        f"- Reads: {card.fields}",
        f"- Window: {card.window}; tail: {card.tail}",
    ]
    if card.given:
        lines.append(f"- Takes as given: {', '.join(card.given)}")
    if card.remark:
        lines.append(f"- Remark: {card.remark}")
    if card.sources:
        lines.append(f"- Source: {card.sources}")
    return "\n".join([*lines, ""])
