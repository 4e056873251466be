"""The rule setup_state."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="setup_state",
    statement=(
        "In the tail a resource with a changeover matrix lists the setup groups it runs in a bucket, "
        "each once, in order."
    ),
    equation=(
        "groups listed for (r, t) = groups of the loads of r in t (that of a run to the minute in t "
        "may come first); the state carries over from bucket to bucket"
    ),
    fields="Item.setup_group; Resource.changeover_matrix, initial_setup_group",
    given=("changeover",),
    window=Relation.OMITTED,
    tail=Relation.EXACT,
    remark="In the window the sequence itself is the state.",
    sources="Suerie and Stadtler, The capacitated lot-sizing problem with linked lot sizes, 2003",
)
