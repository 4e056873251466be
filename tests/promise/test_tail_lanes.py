"""A setup group put into the tail's lists of a resource: against changeovers counted one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from capacityplan.solve.insert.tails import TailLane

BUCKETS, WINDOW = 6, 2
GROUPS = st.sampled_from("ABC")
LISTS = st.dictionaries(
    st.integers(WINDOW, BUCKETS - 1), st.lists(GROUPS, max_size=3, unique=True).map(tuple)
)
STARTS = st.lists(st.tuples(st.integers(0, 3), GROUPS), max_size=4).map(lambda rows: tuple(sorted(rows)))
MINUTES = {("A", "B"): 10, ("B", "A"): 30, ("A", "C"): 20, ("C", "A"): 5, ("B", "C"): 15}


def changeover(before: str | None, after: str) -> int | None:
    """From C to B there is no way."""
    return 0 if before in (None, after) else MINUTES.get((before, after))


def one_by_one(lists: dict[int, tuple[str, ...]], starts: tuple[tuple[int, str], ...]) -> list[int] | None:
    spent, state = [0] * BUCKETS, None
    for bucket in range(BUCKETS):
        if bucket not in lists:
            continue
        earlier = max((one for one in lists if one < bucket), default=-1)
        for begun, group in starts:
            state = group if earlier < begun <= bucket else state
        for group in lists[bucket]:
            minutes = changeover(state, group)
            if minutes is None:
                return None
            spent[bucket] += minutes
            state = group
    return spent


@given(LISTS, STARTS, st.integers(WINDOW, BUCKETS - 1), GROUPS, st.lists(st.integers(0, 50), min_size=BUCKETS,
       max_size=BUCKETS))  # fmt: skip
def test_an_offer_is_the_most_that_any_place_leaves(
    lists: dict[int, tuple[str, ...]], starts: tuple[tuple[int, str], ...], bucket: int, group: str,
    free: list[int],
) -> None:  # fmt: skip
    room = np.array(free, dtype=np.int64)
    lane = TailLane(None, True, True, room, np.zeros_like(room), lists, {})
    own = lists.get(bucket, ())
    places = [lists] if group in own else [
        {**lists, bucket: (*own[:at], group, *own[at:])} for at in range(len(own) + 1)
    ]  # fmt: skip
    kept = bool(own) and any(begun <= bucket and name == own[0] for begun, name in starts)
    if kept and group not in own:
        places = places[1:]
    most = 0
    for one in places:
        spent = one_by_one(one, starts)
        if spent is not None and all(spent[t] <= free[t] for t in range(WINDOW, BUCKETS) if t != bucket):
            most = max(most, free[bucket] - spent[bucket])
    left, made = lane.offer(bucket, group, starts, changeover, WINDOW)
    assert left == most
    if most:
        assert group in made[bucket]
