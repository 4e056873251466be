"""The rule locks."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="locks",
    statement="What the planner holds fast stays as it is.",
    equation=(
        "run: a run of the operation on the resource, at the start and end stated (tail: in their "
        "buckets); item: no lot starts in start..end; order: delivered in full by end; resource: "
        "closed (its working time); expired locks (expires <= 0) count for nothing"
    ),
    fields="Lock",
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound may leave run locks out.",
)
