"""The rule routing."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="routing",
    statement=(
        "Every operation of a lot that is not done yet is run once, on one of its modes, with the "
        "quantity that enters it."
    ),
    equation=(
        "q_1 = q; g_k = floor(q_k yield_k); q_{k+1} = accept(g_k); sum of run quantities of operation"
        " k = q_k (order in progress: q_k - done)"
    ),
    fields=(
        "Operation.sequence, yield_fraction, batch_size; OperationResource.resource; "
        "Receipt.operation, done_quantity, resource"
    ),
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="Quantities are continuous in the bound, so floors are rounded in the plan's favour.",
    sources="ISA-95 part 3 (routing, operations segment)",
)
