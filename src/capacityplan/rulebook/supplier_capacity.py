"""The rule supplier_capacity."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="supplier_capacity",
    statement="A supplier delivers no more of an item in an ISO week than it can.",
    equation="sum of quantities arriving in the week <= smallest capacity_per_week of the tiers used",
    fields="SupplierOffer.capacity_per_week",
    given=("purchasing",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound adds up the weeks that a bucket touches.",
)
