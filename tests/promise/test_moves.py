"""Planned lots are moved for an order where that serves it sooner or cheaper, and nobody else worse."""

import random
from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest
import tiny
from promise_plants import odd, small

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import ItemKind, Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.promise import Answer, Desk, Moved, Promise, Request, promise
from capacityplan.promise.text import Words
from capacityplan.solve.insert import Board, assembled
from capacityplan.solve.insert.removal import Movable
from capacityplan.templates import NAMES
from capacityplan.verify import check

DAY = 1440
HOUR = (480, 600)


def two_of_one(stock: int, offered: bool = True, **tables: object) -> Plant:
    """A and B of one C each, a minute a piece, two hours every second day; C can be had after five days."""
    items = (replace(tiny.ITEM, min_lot=60), q.Item("B", q.ItemKind.FINISHED), q.Item("C", q.ItemKind.RAW))
    default: dict[str, object] = {
        "items": items,
        "operations": (tiny.MAKE, replace(tiny.MAKE, item="B")),
        "operation_resources": (tiny.MODE, replace(tiny.MODE, item="B")),
        "bill_of_materials": (q.BomLine("A", "C", F(1)), q.BomLine("B", "C", F(1))),
        "resources": (q.Resource("M", q.ResourceKind.MACHINE, calendar="hours"),),
        "calendars": tuple(q.CalendarRow("hours", day, None, *HOUR) for day in (0, 2, 4, 6)),
        "horizon": q.Horizon(daily=14, weekly=0, schedule_days=14),
        "stock": (q.Stock("S", "C", stock),),
        "suppliers": (q.SupplierOffer("US", "C", 5, price=F(1)),) if offered else (),
    }
    return tiny.plant(**(default | tables))


def order(name: str, item: str, quantity: int, day: int) -> q.Order:
    return q.Order(name, item, quantity, day * DAY, late_cost_per_day=F(2), lost_cost=F(50))


def way(found: Promise, kind: str) -> Answer:
    (answer,) = (row.answer for row in found.alternatives if row.kind == kind)
    assert check(answer.plant, answer.plan).violations == ()
    return answer


def served(plan: Plan, demand: str) -> list[tuple[int, int]]:
    return [(row.quantity, row.arrive) for row in plan.deliveries if row.demand == demand]


def later_lot(item: str, stock: int, **tables: object) -> tuple[Plant, Plan]:
    """60 of an item are made on Friday, for an order of Sunday."""
    plant = two_of_one(stock, orders=(order("SECOND", item, 60, 7),), **tables)
    shipped = p.Delivery("SECOND", item, 60, 6 * DAY + 1, 6 * DAY + 1)
    plan = tiny.plan(**tiny.lot("L2", 4 * DAY + HOUR[0], 60, item=item), deliveries=(shipped,))
    assert check(plant, plan).violations == ()
    return plant, plan


def test_a_lot_that_is_taken_out_begins_its_setups_anew_where_it_is_put_back() -> None:
    plant, plan = later_lot("A", 90)
    board = Board(plant, plan)
    board.setups_moved = {("L2", "MAKE", 9): 5, ("L1", "MAKE", 9): 5}
    out = Movable(board).take_out(board, "L2")
    assert out is not None
    assert set(out.setups_moved) == {("L1", "MAKE", 9)}
    assert len(board.setups_moved) == 2


def test_the_next_lot_is_made_larger_and_earlier_where_components_are_short_for_a_lot_of_its_own() -> None:
    """Of 90 C the next lot has 60: what is left is not enough for a lot of 60, but for 30 more in it."""
    plant, plan = later_lot("A", 90)
    found = promise(plant, plan, Request("A", 30, 3 * DAY))
    assert found.answer is not None
    assert found.answer.promised > 4 * DAY
    sooner = way(found, "sooner")
    assert sooner.promised == 3 * DAY
    assert sooner.moved == (Moved("L2", "A", 60, 90, 4 * DAY + HOUR[0], 2 * DAY + HOUR[0]),)
    assert (sooner.lots, sooner.purchases, sooner.displaced) == ((), (), ())
    assert served(sooner.plan, "SECOND") == served(plan, "SECOND")
    told = "\n".join(Words(plant).lines(found))
    assert "L2 of A: 60 pcs become 90 pcs, begins 2025-01-08 08:00 instead of 2025-01-10 08:00" in told


def test_the_next_lot_is_made_larger_where_a_lot_of_its_own_costs_more() -> None:
    """Five more are five minutes in Friday's lot; a lot of 60 of their own costs 60 C and a setup too."""
    mode = replace(tiny.MODE, setup_cost=F(100))
    plant, plan = later_lot("A", 120, operation_resources=(mode, replace(tiny.MODE, item="B")))
    found = promise(plant, plan, Request("A", 5, 6 * DAY))
    assert found.answer is not None
    assert found.in_time
    assert [row.quantity for row in found.answer.lots] == [60]
    cheaper = way(found, "cheaper")
    assert [(row.lot, row.before, row.quantity) for row in cheaper.moved] == [("L2", 60, 65)]
    assert (cheaper.lots, cheaper.displaced) == ((), ())
    assert cheaper.cost <= found.answer.cost - 100
    assert served(cheaper.plan, "SECOND") == served(plan, "SECOND")


def test_a_lot_of_another_item_gives_its_components_and_waits_for_new_ones() -> None:
    """The 60 C are for B on Friday; B is made on Sunday of those that come on Saturday."""
    plant, plan = later_lot("B", 60)
    found = promise(plant, plan, Request("A", 60, 3 * DAY))
    assert found.answer is not None
    assert found.answer.promised > 4 * DAY
    sooner = way(found, "sooner")
    assert sooner.promised == 3 * DAY
    assert [(row.item, row.quantity) for row in sooner.purchases] == [("C", 60)]
    assert sooner.displaced == ()
    assert sum(quantity for quantity, _ in served(sooner.plan, "SECOND")) == 60
    assert all(arrive <= 7 * DAY for _, arrive in served(sooner.plan, "SECOND"))


def test_who_loses_components_for_good_is_named() -> None:
    plant, plan = later_lot("B", 60, offered=False)
    found = promise(plant, plan, Request("A", 60, 3 * DAY))
    assert found.answer is None
    forced = way(found, "forced")
    assert forced.promised == 3 * DAY
    assert [(row.lot, row.quantity, row.begins) for row in forced.moved] == [("L2", 0, None)]
    assert [(row.demand, row.lost, row.amount) for row in forced.displaced] == [("SECOND", 60, 3000)]
    assert "planned lot L2 of B: left out" in "\n".join(Words(plant).lines(found))


def test_a_lot_that_others_wait_for_is_put_back_smaller() -> None:
    """B's lot gives up 60 of 100 C and keeps 40: 60 of its order are lost, not all 100."""
    plant = two_of_one(100, offered=False, orders=(order("SECOND", "B", 100, 7),))
    shipped = p.Delivery("SECOND", "B", 100, 6 * DAY + 1, 6 * DAY + 1)
    plan = tiny.plan(**tiny.lot("L2", 4 * DAY + HOUR[0], 100, item="B"), deliveries=(shipped,))
    assert check(plant, plan).violations == ()
    forced = way(promise(plant, plan, Request("A", 60, 3 * DAY)), "forced")
    assert [(row.lot, row.before, row.quantity) for row in forced.moved] == [("L2", 100, 40)]
    assert [(row.demand, row.lost) for row in forced.displaced] == [("SECOND", 60)]


def test_what_is_frozen_locked_or_in_progress_stays() -> None:
    plant, plan = later_lot("B", 60)
    assert set(Movable(Board(plant, plan)).lots) == {"L2"}
    frozen = replace(plant, fences=q.Fences(frozen_hours=4 * 24 + 9))
    assert not Movable(Board(frozen, plan)).lots
    lock = q.Lock("K", q.LockKind.RUN, "L2/make", "M", 4 * DAY + HOUR[0], 4 * DAY + HOUR[0] + 60)
    locked = replace(plant, locks=(lock,))
    assert check(locked, plan).violations == ()
    assert not Movable(Board(locked, plan)).lots
    found = promise(locked, plan, Request("A", 60, 3 * DAY))
    assert found.answer is not None
    assert all(row.answer.promised > 3 * DAY for row in found.alternatives if row.answer.quantity == 60)
    receipt = q.Receipt("L2", q.ReceiptKind.PRODUCTION, "B", 60, 5 * DAY, operation="make")
    begun = replace(plant, receipts=(receipt,))
    assert not Movable(Board(begun, replace(plan, lots=(replace(plan.lots[0], receipt="L2"),)))).lots


@pytest.mark.parametrize("case", [*NAMES, 0, 1, 2, 3])
def test_a_lot_taken_out_leaves_the_board_of_the_plan_without_it(case: str | int) -> None:
    plant, plan = small(case) if isinstance(case, str) else odd(case)
    board = Board(plant, plan)
    movable = Movable(board)
    first, tried = board.timeline.window_buckets, 0
    for name in sorted(movable.lots)[::5]:
        without = movable.take_out(board, name)
        if without is None:
            continue
        movable.forget(without, name)
        other = Board(plant, assembled(without, plan.deliveries, plan.lost))
        tried += 1
        for pool, free in other.pools.items():
            assert np.array_equal(free._free, without.pools[pool]._free), (name, pool)
        for resource, lane in other.lanes.items():
            assert lane.runs == without.lanes[resource].runs, (name, resource)
        for resource, tail in other.tails.items():
            mine = without.tails[resource]
            assert np.array_equal(tail.load[first:], mine.load[first:]), (name, resource)
            assert dict(tail.lists) == dict(mine.lists), (name, resource)
        for resource, left in other.left.items():
            assert np.array_equal(left[first:], without.left[resource][first:]), (name, resource)
        for item, level in other.levels.items():
            assert np.array_equal(level._buckets, without.levels[item]._buckets), (name, item)
            assert level._events == without.levels[item]._events, (name, item)
    assert tried or not movable.lots


def fixed(plant: Plant, plan: Plan) -> set[tuple[str, str, int, int]]:
    """Runs of lots that are not movable."""
    movable = Movable(Board(plant, plan)).lots
    return {(row.lot, row.operation, row.start, row.end) for row in plan.runs if row.lot not in movable}


def ways(plant: Plant, plan: Plan, count: int) -> tuple[int, int]:
    """Ways found for some large requests, and those in which planned lots are moved."""
    desk, luck, stays = Desk(plant, plan), random.Random(5), fixed(plant, plan)
    bucket_of = Timeline.of(plant).bucket_of_end
    sold = [row.item for row in plant.items if row.kind is ItemKind.FINISHED]
    total = moved = 0
    for number in range(count):
        item = luck.choice(sold)
        usual = [row.quantity for row in plant.orders if row.item == item] or [100]
        request = Request(item, 3 * max(usual), luck.randrange(2, 12) * DAY, order=f"NEW-{number}")
        found = desk.promise(request)
        for other in found.alternatives:
            answer = other.answer
            verdict = check(answer.plant, answer.plan)
            assert verdict.violations == ()
            assert answer.cost == verdict.cost - desk.cost
            runs = {(row.lot, row.operation, row.start, row.end) for row in answer.plan.runs}
            assert stays <= runs
            if other.kind == "sooner":
                assert all(row.amount <= 0 for row in answer.displaced)
            if other.kind in ("sooner", "forced") and found.answer is not None:
                assert bucket_of(answer.promised) < bucket_of(found.answer.promised)
            total += 1
            moved += bool(answer.moved)
    return total, moved


def test_ways_on_own_plants_are_accepted_and_touch_only_what_may_be_moved() -> None:
    counts = [ways(*small(name), 4) for name in NAMES]
    assert all(total for total, _ in counts)
    assert sum(moved for _, moved in counts)


@pytest.mark.parametrize("seed", [5, 6, 9])
def test_ways_on_odd_plants_are_accepted_and_touch_only_what_may_be_moved(seed: int) -> None:
    assert ways(*odd(seed), 3)[0]
