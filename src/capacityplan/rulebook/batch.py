"""The rule batch."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="batch",
    statement="A batch is neither larger nor smaller than the operation allows.",
    equation=(
        "runs of a batch operation with equal resource, start, end, operation and setup group form "
        "one batch; min_batch <= sum of quantities <= batch_size; tail: n = ceil(sum / batch_size) "
        "batches, sum >= n min_batch; with a lot of an order in progress min_batch = 0"
    ),
    fields="Operation.batch_size, min_batch, fixed_minutes",
    given=("routing",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound counts batches continuously.",
    sources="Potts and Kovalyov, Scheduling with batching: a review, 2000",
)
