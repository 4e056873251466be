"""Orders keep their keys from plan to plan; what is new, changed, dropped or past is told apart."""

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from capacityplan.outbound.changes import Told, tell
from capacityplan.outbound.orders import Order, slug

BEGIN = datetime(2027, 3, 1, 6)


def order(name: str, day: int, quantity: int = 10, item: str = "A", plan: str = "one", **more: str) -> Order:
    start = BEGIN + timedelta(days=day)
    return Order(f"{plan}-{name}", "production", name, item, Fraction(quantity), start,
                 start + timedelta(hours=4), **more)  # type: ignore[arg-type]  # fmt: skip


def told(rows: tuple[Told, ...]) -> list[tuple[str, str]]:
    return [(row.action, row.order.key) for row in rows]


def carried(rows: tuple[Told, ...]) -> list[Order]:
    return [row.order for row in rows if row.action not in ("cancel", "past")]


def test_everything_is_new_where_nothing_was_published() -> None:
    assert told(tell([order("L1", 0), order("L2", 1)], None, BEGIN)) == [
        ("create", "one-L1"),
        ("create", "one-L2"),
    ]


def test_the_same_plan_again_changes_nothing() -> None:
    orders = [order("L1", 0), order("L2", 1), order("L3", 1, item="B")]
    assert told(tell(orders, orders, BEGIN)) == [("same", row.key) for row in orders]


def test_an_inserted_lot_does_not_rename_the_others() -> None:
    # A fresh solve numbers its lots anew: what was L1 is now L2.
    before = [order("L1", 1), order("L2", 2)]
    after = [order("L1", 0, plan="two"), order("L2", 1, plan="two"), order("L3", 2, plan="two")]
    assert told(tell(after, before, BEGIN)) == [("create", "two-L1"), ("same", "one-L1"), ("same", "one-L2")]


def test_a_moved_and_grown_order_is_a_change_that_says_what() -> None:
    [row] = tell([order("L9", 2, 12, plan="two")], [order("L1", 1, 10)], BEGIN)
    assert (row.action, row.order.key) == ("change", "one-L1")
    assert row.differences == (
        ("quantity", "10", "12"),
        ("start", "2027-03-02T06:00", "2027-03-03T06:00"),
        ("end", "2027-03-02T10:00", "2027-03-03T10:00"),
    )


def test_neighbours_that_move_together_keep_their_keys_and_quantities() -> None:
    """The nearest end alone is the neighbour's, as every day when buckets begin a day later."""
    before = [order("L1", 1, 640), order("L2", 2, 260), order("L3", 30, 500)]
    after = [
        replace(row, key=f"two-{row.id}", start=row.start + shift, end=row.end + shift)
        for row, shift in zip(before, [timedelta(hours=14)] * 2 + [timedelta(days=9)], strict=True)
    ]
    rows = tell(after, before, BEGIN)
    assert told(rows) == [("change", "one-L1"), ("change", "one-L2"), ("change", "one-L3")]
    assert {name for row in rows for name, *_ in row.differences} == {"start", "end"}


def test_an_order_of_the_same_size_weeks_later_is_another_one() -> None:
    before = [order("L1", 1, 10), order("L2", 40, 12)]
    after = [order("L9", 2, 12, plan="two")]
    assert told(tell(after, before, BEGIN)) == [("change", "one-L1"), ("cancel", "one-L2")]


def test_the_nearest_published_order_is_the_one_that_moved() -> None:
    before = [order("L1", 1), order("L2", 10)]
    after = [order("L1", 9, plan="two")]
    assert told(tell(after, before, BEGIN)) == [("change", "one-L2"), ("cancel", "one-L1")]


def test_another_item_or_version_is_another_order() -> None:
    before = [order("L1", 1), order("L2", 1, version="old")]
    after = [order("L1", 1, item="B", plan="two"), order("L2", 1, version="new", plan="two")]
    assert told(tell(after, before, BEGIN)) == [
        ("create", "two-L1"), ("create", "two-L2"), ("cancel", "one-L1"), ("cancel", "one-L2"),
    ]  # fmt: skip


def test_what_was_to_start_before_the_plan_is_left_alone() -> None:
    before = [order("L1", -1), order("L2", 0)]
    assert told(tell([], before, BEGIN)) == [("past", "one-L1"), ("cancel", "one-L2")]


def test_keys_last_over_several_plans() -> None:
    first = carried(tell([order("L1", 3), order("L2", 5)], None, BEGIN))
    second = carried(tell([order("L1", 1, plan="two"), order("L2", 3, plan="two")], first, BEGIN))
    third = tell([order("L7", 3, plan="six")], second, BEGIN)
    assert [row.key for row in second] == ["one-L2", "one-L1"]
    assert told(third) == [("same", "one-L1"), ("cancel", "one-L2")]


def test_a_key_never_names_two_orders() -> None:
    # The same lot name as a published one, but another item: its key is taken.
    rows = tell([order("L1", 1, item="B")], [order("L1", 1)], BEGIN)
    assert told(rows) == [("create", "one-L1-2"), ("cancel", "one-L1")]


def test_orders_in_progress_keep_the_other_systems_number_and_are_never_cancelled() -> None:
    running = replace(order("4711", 0), key="4711", kind="progress")
    assert told(tell([running], None, BEGIN)) == [("change", "4711")]
    assert told(tell([running], [running], BEGIN)) == [("same", "4711")]
    assert told(tell([], [running], BEGIN)) == []


def progress(name: str, day: int, quantity: int = 10) -> Order:
    return replace(order(name, day, quantity), key=name, kind="progress")


def test_an_own_order_keeps_its_key_when_it_is_in_progress() -> None:
    # The plant knows it by its lot, the other system by the key with which it was created.
    first = carried(tell([order("L1", 0), order("L2", 1)], None, BEGIN))
    later = BEGIN + timedelta(hours=1)
    rows = tell([progress("L1", 0), order("L2", 1, plan="two")], first, later)
    assert told(rows) == [("same", "one-L1"), ("same", "one-L2")]
    assert [row.order.created for row in rows] == [True, False]
    # And in the nights after that, also where what is planned next to it is of the same item.
    third = tell([progress("L1", 0, 9), order("L7", 0, plan="six")], carried(rows), later)
    assert told(third) == [("change", "one-L1"), ("change", "one-L2")]
    assert third[0].order.created


def test_an_own_order_that_the_other_system_names_by_its_key_is_the_same() -> None:
    first = carried(tell([order("L1", 5)], None, BEGIN))
    [row] = tell([progress("one-L1", 4)], first, BEGIN)
    assert (row.action, row.order.key, row.order.created) == ("change", "one-L1", True)


def test_an_order_in_progress_of_the_other_system_keeps_its_number_beside_ours() -> None:
    rows = tell([progress("4711", 0)], [order("L1", 1)], BEGIN)
    assert told(rows) == [("change", "4711"), ("cancel", "one-L1")]
    assert not rows[0].order.created


def test_what_has_begun_lends_its_key_to_nothing_that_is_still_to_begin() -> None:
    # Yesterday's lot is done; today's plan has one more of the item at its end.
    rows = tell([order("L9", 6, plan="two")], [order("L1", -1)], BEGIN)
    assert told(rows) == [("create", "two-L9"), ("past", "one-L1")]


def test_what_is_there_already_is_not_cancelled_whenever_it_was_to_start() -> None:
    before = [order("L1", 1), order("L2", 2), order("L3", 3)]
    rows = tell([], before, BEGIN, known={"one-L1", "L3"})
    assert told(rows) == [("past", "one-L1"), ("cancel", "one-L2"), ("past", "one-L3")]


def test_different_names_have_different_slugs() -> None:
    assert slug("L-0_1") == "L-0_1"
    assert len({slug(name) for name in ("a b", "a/b", "a-b", "ä", "ö", "")}) == 6
