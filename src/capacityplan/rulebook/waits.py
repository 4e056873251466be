"""The rule waits."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="waits",
    statement=(
        "An operation starts after the one before is ready and its minimum wait has passed, and "
        "before its maximum wait has. After an operation with transfer batches it never runs short of them, "
        "and ends no earlier than the last one has come."
    ),
    equation=(
        "ready_k + min_wait_k <= start_{k+1} <= end_k + max_wait_k (the latter without in-process "
        "inspection at k); ready_k = release of the in-process inspections, else end_k;"
        " overlap_quantity b: arrive_j = when m_j working minutes of k are over + min_wait_k, j = 1..s;"
        " start_{k+1} >= arrive_1; working minutes of k+1 before arrive_j <= w_j; end_{k+1} >= end_k +"
        " min_wait_k; m_j = run minutes of min(j b, q_k), w_1 = 0, w_j = floor(run minutes of"
        " floor((j - 1) b yield_k))"
    ),
    fields="Operation.min_wait_minutes, max_wait_minutes, overlap_quantity, fixed_minutes, yield_fraction",
    given=("routing", "inspection"),
    window=Relation.EXACT,
    tail=Relation.OMITTED,
    remark="Waits to the minute exist in the window only; throughput_time takes their place in the tail.",
    sources="Brucker, Scheduling Algorithms, 2007 (time lags); Trietsch and Baker, Basic Techniques "
    "for Lot Streaming, 1993",
)
