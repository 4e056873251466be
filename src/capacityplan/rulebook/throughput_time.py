"""The rule throughput_time."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="throughput_time",
    statement="In the tail a lot has the time that its operations, waits and inspections take.",
    equation=(
        "E(k) <= B(k+1); end(E(l)) - start(B(k)) >= sum_{k..l} run minutes + sum_{k..l-1} (min wait +"
        " slowest inspection with its incubation and rework); start(B(k+1)) - end(E(k)) <= max_wait_k"
        " (without in-process inspection at k); lots_within_buckets: E(k) = B(k);"
        " after k with overlap_quantity: share of k+1's load by the end of each bucket <= share of k's;"
        " run minutes and waits overlap: S' = S + m_1 + min wait, F' = max(S' + run minutes, F + min wait"
        " + run minutes - w_s)"
    ),
    fields="Operation.min_wait_minutes, max_wait_minutes, overlap_quantity; "
    "Inspection.lab_minutes, wait_minutes; Horizon.lots_within_buckets",
    given=("routing", "run_time"),
    window=Relation.OMITTED,
    tail=Relation.EXACT,
    remark="Lots to the minute obey waits and run_time. The bound rounds lags down to buckets.",
)
