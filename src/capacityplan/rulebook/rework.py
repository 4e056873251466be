"""The rule rework."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="rework",
    statement=(
        "Rejects of an inspection that names a rework operation are worked on again after the usage "
        "decision, before the release."
    ),
    equation=(
        "rejects = tested - floor(tested (1 - reject_fraction)) > 0: a run of rework_operation with "
        "that quantity, start >= decision; accepted = tested - rejects + floor(rejects yield)"
    ),
    fields="Inspection.rework_operation, reject_fraction; Operation.yield_fraction",
    given=("inspection", "run_time"),
    window=Relation.EXACT,
    tail=Relation.EXACT,
)
