"""The rule waits."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="waits",
    statement=(
        "An operation starts after the one before is ready and its minimum wait has passed, and "
        "before its maximum wait has."
    ),
    equation=(
        "ready_k + min_wait_k <= start_{k+1} <= end_k + max_wait_k (the latter without in-process "
        "inspection at k); ready_k = release of the in-process inspections, else end_k"
    ),
    fields="Operation.min_wait_minutes, max_wait_minutes",
    given=("routing", "inspection"),
    window=Relation.EXACT,
    tail=Relation.OMITTED,
    remark="Waits to the minute exist in the window only; throughput_time takes their place in the tail.",
    sources="Brucker, Scheduling Algorithms, 2007 (time lags)",
)
