"""The rule quality_hold."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="quality_hold",
    statement="Nothing is consumed or shipped before its inspections and its certificate have released it.",
    equation="stock of released quantities >= 0 wherever stock of all quantities that are there is",
    fields="Inspection; Stock.status, available",
    given=("material_balance", "inspection"),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound rounds hold times down to buckets.",
    sources="GxP (quarantine)",
)
