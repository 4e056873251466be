"""The rule plan_integrity."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="plan_integrity",
    statement="A plan names only what exists, each thing once, at times within the horizon.",
    equation=(
        "ids unique; references resolve; 0 <= setup_start <= start <= end <= H; tail buckets only in "
        "bucket rows; a lot is to the minute (first setup < W, or in progress) or in buckets; every order in "
        "progress is present as a lot with its id, item and quantity"
    ),
    fields="all ids, start, end, bucket, Receipt.operation",
    given=(),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="Every model only has variables for what exists.",
)
