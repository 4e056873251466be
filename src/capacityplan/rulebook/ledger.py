"""The rule ledger."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="ledger",
    statement="The costs that a plan states are the costs it has.",
    equation="stated rows = recomputed rows (docs/model.md, section 8); a plan without rows states nothing",
    fields="all prices and rates",
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
)
