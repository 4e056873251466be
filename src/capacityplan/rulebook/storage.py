"""The rule storage."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="storage",
    statement="Everything in stock has a place, released or not.",
    equation=(
        "at every bucket end: sum over items of the storage of (unrestricted + hold) / 10^precision "
        "<= capacity"
    ),
    fields="Item.storage; Storage.capacity",
    given=("material_balance",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
)
