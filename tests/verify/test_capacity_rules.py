"""Resources, setups, batches, overtime, maintenance on the smallest plants that show them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import tiny
from tiny import DAY, MAKE, MODE, M, broken, join, lot

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check

B_ITEM = q.Item("B", q.ItemKind.FINISHED)
B_MAKE = q.Operation("B", "make", 10, run_minutes=F(1))
B_MODE = q.OperationResource("B", "make", "M")
TWO = {"items": (tiny.ITEM, B_ITEM), "operations": (MAKE, B_MAKE), "operation_resources": (MODE, B_MODE)}


def bucket(
    name: str, load: tuple[tuple[int, int], ...], quantity: int = 10, item: str = "A"
) -> dict[str, tuple[object, ...]]:
    return {
        "lots": (p.Lot(name, item, quantity),),
        "bucket_runs": (p.BucketRun(name, "make", "M", quantity, load),),
    }


def setups(*rows: tuple[int, tuple[str, ...]]) -> tuple[p.BucketSetups, ...]:
    return tuple(p.BucketSetups("M", number, groups) for number, groups in rows)


def test_a_group_of_two_machines_takes_two_runs() -> None:
    plant = tiny.plant(resources=(replace(M, capacity=2),))
    two = join(lot("L1", 0), lot("L2", 5))
    assert broken(plant, tiny.plan(**join(two, lot("L3", 10)))) == []
    assert broken(plant, tiny.plan(**join(two, lot("L3", 9)))) == [
        ("capacity", ("M", "L1/make", "L2/make", "L3/make"), "3", "<= 2")
    ]


def test_a_group_counts_only_while_it_works() -> None:
    shift = (q.CalendarRow("C", None, 739257, 0, 10), q.CalendarRow("C", None, 739257, 20, 40))
    plant = tiny.plant(resources=(replace(M, capacity=1, calendar="C"),), calendars=shift)
    paused = p.Run("L1", "make", "M", 10, 5, 5, 25)
    plan = tiny.plan(lots=(p.Lot("L1", "A", 10),), runs=(paused,))
    assert broken(plant, plan) == []
    grouped = replace(plant, resources=(replace(M, capacity=2, calendar="C"),))
    three = tiny.plan(
        lots=tuple(p.Lot(f"L{n}", "A", 10) for n in (1, 2, 3)),
        runs=(paused, replace(paused, lot="L2"), replace(paused, lot="L3")),
    )
    assert {one[0] for one in broken(grouped, three)} == {"capacity"}


def test_a_long_run_hides_no_overlap_behind_a_short_one() -> None:
    plan = tiny.plan(**join(lot("L1", 0, 100), lot("L2", 20, 5), lot("L3", 90, 5)))
    assert broken(tiny.plant(), plan) == [
        ("capacity", ("M", "L1/make", "L2/make"), "20", ">= 100"),
        ("capacity", ("M", "L1/make", "L3/make"), "90", ">= 100"),
    ]


def test_a_run_of_no_minutes_starts_and_ends_at_once() -> None:
    none = replace(MAKE, run_minutes=F(0))
    shut = (q.CalendarRow("C", 0, None, 60, 120),)
    plant = tiny.plant(operations=(none,), resources=(replace(M, calendar="C"),), calendars=shut)
    run = p.Run("L1", "make", "M", 10, 0, 0, 0)
    assert broken(plant, tiny.plan(lots=(p.Lot("L1", "A", 10),), runs=(run,))) == []
    long = replace(run, end=1)
    assert broken(plant, tiny.plan(lots=(p.Lot("L1", "A", 10),), runs=(long,)))[0] == (
        "run_time", ("L1/make",), "1", "0",
    )  # fmt: skip


def test_run_minutes_round_up_and_follow_mode_and_efficiency() -> None:
    item = replace(tiny.ITEM, precision=1)
    step = replace(MAKE, run_minutes=F(3), per_quantity=F(2), fixed_minutes=4)
    plant = tiny.plant(items=(item,), operations=(step,), resources=(replace(M, efficiency=F(4, 5)),))
    # 2.5 units x 3 / 2 / 0.8 = 4.6875 -> 5, and 4
    run = p.Run("L1", "make", "M", 25, 0, 0, 9)
    plan = tiny.plan(lots=(p.Lot("L1", "A", 25),), runs=(run,))
    assert broken(plant, plan) == []
    quick = replace(plant, operation_resources=(replace(MODE, run_minutes=F(1)),))
    assert broken(quick, plan) == [("run_time", ("L1/make",), "9", "6")]  # 1.5625 -> 2, and 4


def test_runs_begin_and_end_at_work() -> None:
    shift = (q.CalendarRow("C", 0, None, 0, 10), q.CalendarRow("C", 0, None, 20, 40))
    plant = tiny.plant(resources=(replace(M, calendar="C"),), calendars=shift)
    lots = (p.Lot("L1", "A", 10),)

    def run(start: int, end: int) -> list[tuple[str, tuple[str, ...], str, str]]:
        return broken(plant, tiny.plan(lots=lots, runs=(p.Run("L1", "make", "M", 10, start, start, end),)))

    assert run(0, 10) == run(20, 30) == run(9, 29) == []
    assert run(0, 11) == run(15, 30) == run(10, 30) == [("run_time", ("L1/make",), "", "")]
    no_pause = replace(plant, operations=(replace(MAKE, pausable=False),))
    plan = tiny.plan(lots=lots, runs=(p.Run("L1", "make", "M", 10, 9, 9, 29),))
    assert broken(no_pause, plan) == [("run_time", ("L1/make",), "", "")]


def test_the_rest_of_an_order_in_progress_is_a_batch_however_little_it_is() -> None:
    oven = replace(MAKE, batch_size=10, min_batch=5, fixed_minutes=60)
    for done in (9, 10):
        order = q.Receipt("W", q.ReceiptKind.PRODUCTION, "A", 10, 500, operation="make", done_quantity=done)
        plant = tiny.plant(operations=(oven,), receipts=(order,))
        run = p.Run("W", "make", "M", 10 - done, 0, 0, 60)
        assert broken(plant, tiny.plan(lots=(p.Lot("W", "A", 10, receipt="W"),), runs=(run,))) == []


def matrix(**changes: object) -> q.Plant:
    rows = (q.Changeover("X", "A", "B", 30, F(2)), q.Changeover("X", "B", "A", 40, F(3)))
    machine = replace(M, changeover_matrix="X", cost_per_hour=F(60), **changes)
    return tiny.plant(**TWO, resources=(machine,), changeovers=rows)


def test_an_unknown_state_is_free_and_a_known_one_is_not() -> None:
    plan = tiny.plan(**lot("L1", 0))
    assert broken(matrix(), plan) == []
    assert broken(matrix(initial_setup_group="B"), plan) == [("changeover", ("M", "L1/make"), "0", ">= 40")]


def test_runs_follow_each_other_in_time_whatever_the_order_of_their_rows() -> None:
    rows = (lot("L1", 0), lot("L2", 40, setup=30, item="B"))
    assert broken(matrix(), tiny.plan(**join(*rows))) == []
    assert broken(matrix(), tiny.plan(**join(*reversed(rows)))) == []


def test_a_missing_pair_is_an_error() -> None:
    plant = replace(matrix(initial_setup_group="B"), changeovers=())
    assert broken(plant, tiny.plan(**lot("L1", 0))) == [("changeover", ("M", "L1/make"), "", "")]
    tail = tiny.plan(**bucket("L1", ((2, 10),)), bucket_setups=setups((2, ("A",))))
    assert broken(plant, tail) == [("changeover", ("M",), "", "")]


def test_the_same_group_costs_only_if_listed() -> None:
    plan = tiny.plan(**join(lot("L1", 0), lot("L2", 10)))
    assert broken(matrix(), plan) == []
    plant = replace(matrix(), changeovers=(q.Changeover("X", "A", "A", 5),))
    assert broken(plant, plan) == [("changeover", ("M", "L2/make"), "0", ">= 5")]


def test_setups_in_breaks_count_elapsed_minutes() -> None:
    shift = (q.CalendarRow("C", 0, None, 40, 100),)
    plan = tiny.plan(**lot("L1", 40, setup=40))
    for in_breaks, expected in ((True, []), (False, [("changeover", ("M", "L1/make"), "0", ">= 40")])):
        plant = matrix(initial_setup_group="B", setup_in_breaks=in_breaks, calendar="C")
        assert broken(replace(plant, calendars=shift), plan) == expected


def test_people_attend_setups_in_breaks() -> None:
    shift = (q.CalendarRow("C", 0, None, 40, 100),)
    plant = matrix(initial_setup_group="B", setup_in_breaks=True, calendar="C")
    crew = q.Resource("CREW", q.ResourceKind.LABOUR, calendar="C")
    plant = replace(
        plant,
        calendars=shift,
        resources=(*plant.resources, crew),
        operation_resources=(replace(MODE, labour="CREW"), B_MODE),
    )
    plan = tiny.plan(**lot("L1", 40, setup=40))
    assert broken(plant, plan) == [("labour", ("CREW", "L1/make"), "1", "<= 0")]
    always = replace(plant, resources=(plant.resources[0], replace(crew, calendar="")))
    assert broken(always, plan) == []


def test_people_are_shared_between_machines_and_shifts() -> None:
    shift = (q.CalendarRow("C", 0, None, 0, 15, 2), q.CalendarRow("C", 0, None, 15, 600, 1))
    crew = q.Resource("CREW", q.ResourceKind.LABOUR, calendar="C", capacity=9)
    jig = q.Resource("JIG", q.ResourceKind.TOOL)
    second = q.Resource("N", q.ResourceKind.MACHINE)
    modes = (replace(MODE, labour="CREW"), q.OperationResource("A", "make", "N", labour="CREW"))
    plant = tiny.plant(resources=(M, second, crew, jig), operation_resources=modes, calendars=shift)
    runs = (p.Run("L1", "make", "M", 10, 0, 0, 10), p.Run("L2", "make", "N", 10, 5, 5, 15))
    lots = (p.Lot("L1", "A", 10), p.Lot("L2", "A", 10))
    assert broken(plant, tiny.plan(lots=lots, runs=runs)) == []
    late = (
        replace(runs[0], setup_start=6, start=6, end=16),
        replace(runs[1], setup_start=6, start=6, end=16),
    )
    assert broken(plant, tiny.plan(lots=lots, runs=late)) == [
        ("labour", ("CREW", "L1/make", "L2/make"), "2", "<= 1")
    ]
    tooled = tuple(replace(mode, labour="", tool="JIG") for mode in modes)
    plant = replace(plant, operation_resources=tooled)
    assert broken(plant, tiny.plan(lots=lots, runs=runs)) == [
        ("tool", ("JIG", "L1/make", "L2/make"), "2", "<= 1")
    ]
    apart = (runs[0], replace(runs[1], setup_start=10, start=10, end=20))
    assert broken(plant, tiny.plan(lots=lots, runs=apart)) == []


def helped(*pools: tuple[str, str, int], capacity: int = 2) -> q.Plant:
    """Two machines that share fitters and jigs, beside a crew for each."""
    modes = (replace(MODE, labour="CREW"), q.OperationResource("A", "make", "N", labour="CREW"))
    resources = (
        M,
        q.Resource("N", q.ResourceKind.MACHINE),
        q.Resource("CREW", q.ResourceKind.LABOUR, capacity=3, cost_per_hour=F(60)),
        q.Resource("FITTER", q.ResourceKind.LABOUR, capacity=capacity, cost_per_hour=F(6)),
        q.Resource("JIG", q.ResourceKind.TOOL, capacity=capacity),
    )
    rows = tuple(q.OperationPool("A", "make", resource, pool, units=units) for resource, pool, units in pools)
    return tiny.plant(resources=resources, operation_resources=modes, operation_pools=rows)


def test_further_pools_of_a_mode_are_occupied_and_paid() -> None:
    runs = (p.Run("L1", "make", "M", 10, 0, 0, 10), p.Run("L2", "make", "N", 10, 5, 5, 15))
    plan = tiny.plan(lots=(p.Lot("L1", "A", 10), p.Lot("L2", "A", 10)), runs=runs)
    both = helped(("M", "FITTER", 1), ("N", "FITTER", 1), ("M", "JIG", 1), ("N", "JIG", 1))
    verdict = check(both, plan)
    assert verdict.violations == ()
    paid = [(row.object, row.amount) for row in verdict.ledger if row.category == "labour"]
    assert sorted(paid) == [("L1/make", 1), ("L1/make", 10), ("L2/make", 1), ("L2/make", 10)]
    three = helped(("M", "FITTER", 1), ("N", "FITTER", 2), ("M", "JIG", 2), ("N", "JIG", 1))
    assert broken(three, plan) == [
        ("labour", ("FITTER", "L1/make", "L2/make"), "3", "<= 2"),
        ("tool", ("JIG", "L1/make", "L2/make"), "3", "<= 2"),
    ]
    more = helped(("M", "CREW", 2))
    assert broken(more, plan) == [("labour", ("CREW", "L1/make", "L2/make"), "4", "<= 3")]


def test_further_pools_count_in_the_tail() -> None:
    day = 1440
    lots = (p.Lot("L1", "A", day), p.Lot("L2", "A", day))
    runs = tuple(
        p.BucketRun(lot, "make", machine, day, ((2, day),)) for lot, machine in (("L1", "M"), ("L2", "N"))
    )
    plan = tiny.plan(lots=lots, bucket_runs=runs)
    assert broken(helped(("M", "FITTER", 1), ("N", "FITTER", 1)), plan) == []
    assert broken(helped(("M", "FITTER", 2), ("N", "JIG", 3)), plan) == [
        ("tool", ("JIG",), "4320", "<= 2880")
    ]
    assert broken(helped(("M", "FITTER", 1), ("N", "FITTER", 2)), plan) == [
        ("labour", ("FITTER",), "4320", "<= 2880")
    ]


def test_the_tail_has_its_minutes() -> None:
    plan = tiny.plan(**bucket("L1", ((2, 1440),), 1440))
    assert broken(tiny.plant(), plan) == []
    over = tiny.plan(**join(bucket("L1", ((2, 1440),), 1440), bucket("L2", ((2, 1),), 1)))
    assert broken(tiny.plant(), over) == [("capacity", ("M",), "1441", "<= 1440")]


def test_overtime_maintenance_and_overhanging_runs_count_in_the_tail() -> None:
    rows = tuple(q.CalendarRow("C", day, None, 0, 600) for day in range(7))
    late = tuple(q.CalendarRow("O", day, None, 600, 700, None, q.CalendarKind.OVERTIME) for day in range(7))
    clean = q.Downtime("CLEAN", "M", flexible_from=0, flexible_to=20000, minutes=50)
    plant = tiny.plant(
        resources=(replace(M, calendar="C", overtime_calendar="O"),), calendars=rows + late, downtime=(clean,)
    )
    hanging = p.Run("L0", "make", "M", 110, 1940, 1940, 2 * DAY + 10)  # 100 minutes on day 1, 10 on day 2
    tables = join(
        {"lots": (p.Lot("L0", "A", 110),), "runs": (hanging,)},
        {"maintenance": (p.Maintenance("CLEAN", "M", 2 * DAY + 100, 2 * DAY + 150),)},
        {"overtime": (p.Overtime("M", 2 * DAY + 600, 2 * DAY + 620),)},
        {"bucket_overtime": (p.BucketOvertime("M", 2, 80),)},
    )
    room = 600 - 50 + 20 + 80 - 10
    assert broken(plant, tiny.plan(**join(tables, bucket("L1", ((2, room),), room)))) == []
    assert broken(plant, tiny.plan(**join(tables, bucket("L1", ((2, room + 1),), room + 1)))) == [
        ("capacity", ("M",), str(600 - 50 + 100 + 1), str(f"<= {600 - 50 + 100}"))
    ]
    more = join(tables, {"bucket_overtime": (p.BucketOvertime("M", 2, 1),)})
    assert broken(plant, tiny.plan(**more)) == [("overtime", ("M",), "101", "<= 100")]


def test_tail_changeovers_carry_over_and_take_time() -> None:
    plant = matrix(initial_setup_group="B")
    tables = join(
        bucket("L1", ((2, 700),), 700),
        bucket("L2", ((2, 670), (3, 10)), 680, "B"),
        bucket("L3", ((4, 10),), 10),
        {"bucket_setups": setups((2, ("A", "B")), (3, ("B",)), (4, ("A",)))},
    )
    verdict = check(plant, tiny.plan(**tables))
    assert [one.text() for one in verdict.violations] == []
    rows = [(row.object, row.bucket, row.amount) for row in verdict.ledger if row.category == "setup"]
    # B to A 40 minutes and 3, A to B 30 and 2 in bucket 2; B to A in bucket 4
    assert rows == [("M", 2, 2), ("M", 2, 3), ("M", 2, 30), ("M", 2, 40), ("M", 4, 3), ("M", 4, 40)]
    fuller = join(tables, bucket("L4", ((2, 1),), 1))
    assert broken(plant, tiny.plan(**fuller)) == [("capacity", ("M",), "1441", "<= 1440")]
    in_breaks = matrix(initial_setup_group="B", setup_in_breaks=True)
    assert broken(in_breaks, tiny.plan(**fuller)) == []


def test_a_run_to_the_minute_sets_the_state_of_the_tail() -> None:
    plant = matrix(initial_setup_group="B")
    hanging = p.Run("L0", "make", "M", 100, 2740, 2800, 2900)
    tables = join({"lots": (p.Lot("L0", "A", 100),), "runs": (hanging,)}, bucket("L1", ((2, 10),), 10, "B"))
    for groups in (("B",), ("A", "B")):
        verdict = check(plant, tiny.plan(**tables, bucket_setups=setups((2, groups))))
        assert [one.text() for one in verdict.violations] == []
        assert [row.amount for row in verdict.ledger if (row.category, row.object) == ("setup", "M")] == [
            2,
            30,
        ]
    wrong = tiny.plan(**tables, bucket_setups=setups((2, ("B", "A"))))
    assert broken(plant, wrong) == [("setup_state", ("M",), "", "")]
    assert {one[0] for one in broken(plant, tiny.plan(**tables))} == {"setup_state"}


def test_a_run_to_the_minute_in_the_tail_comes_before_the_list() -> None:
    plant = matrix(initial_setup_group="A")
    step = q.Operation("A", "more", 20, run_minutes=F(1))
    plant = replace(plant, operations=(*plant.operations, step))
    plant = replace(
        plant, operation_resources=(*plant.operation_resources, q.OperationResource("A", "more", "M"))
    )
    runs = (p.Run("L0", "make", "M", 10, 0, 0, 10), p.Run("L0", "more", "M", 10, 4400, 4400, 4410))
    tables = join(
        {"lots": (p.Lot("L0", "A", 10),), "runs": runs},
        bucket("L1", ((2, 10),), 10, "B"),
        bucket("L2", ((3, 10),), 10, "B"),
        {"bucket_setups": setups((2, ("B",)), (3, ("B",)))},
    )
    verdict = check(plant, tiny.plan(**tables))
    assert verdict.violations == ()
    rows = [(row.bucket, row.amount) for row in verdict.ledger if row.category == "setup"]
    assert rows == [(2, 2), (2, 30), (3, 2), (3, 30)]  # back to A for the run to the minute, then B again


def oven(**changes: object) -> q.Plant:
    step = replace(MAKE, run_minutes=F(0), fixed_minutes=60, batch_size=100, min_batch=20)
    group = {"setup_group": "same"} | changes
    items = (replace(tiny.ITEM, **group), replace(B_ITEM, **group))
    crew = q.Resource("CREW", q.ResourceKind.LABOUR, cost_per_hour=F(30))
    return tiny.plant(
        items=items,
        operations=(step, replace(step, item="B")),
        operation_resources=(
            replace(MODE, labour="CREW", setup_minutes=5),
            replace(B_MODE, labour="CREW", setup_minutes=5),
        ),
        resources=(replace(M, cost_per_hour=F(60)), crew),
    )


def charge(*parts: tuple[str, str, int, int]) -> p.Plan:
    lots = {name: p.Lot(name, item, 0) for name, item, _, _ in parts}
    for name, _, quantity, _ in parts:
        lots[name] = replace(lots[name], quantity=lots[name].quantity + quantity)
    runs = tuple(
        p.Run(name, "make", "M", quantity, start - 5, start, start + 60) for name, _, quantity, start in parts
    )
    return tiny.plan(lots=tuple(lots.values()), runs=runs)


def test_lots_share_a_batch() -> None:
    verdict = check(oven(), charge(("L2", "B", 40, 5), ("L1", "A", 60, 5)))
    assert verdict.violations == ()
    rows = [(row.category, row.object, row.amount) for row in verdict.ledger if row.category != "lost"]
    assert rows == [("labour", "L1/make", F(65, 2)), ("production", "L1/make", 60), ("setup", "L1/make", 5)]


def test_a_setup_costs_money_beside_its_minutes() -> None:
    modes = (replace(MODE, setup_minutes=5, setup_cost=F(7)), replace(B_MODE, setup_cost=F(1, 3)))
    plant = tiny.plant(items=(tiny.ITEM, B_ITEM), operations=(MAKE, replace(MAKE, item="B")))
    plant = replace(plant, operation_resources=modes, resources=(replace(M, cost_per_hour=F(60)),))
    plan = tiny.plan(
        **join(lot("L1", 5, 10, 5), bucket("L2", ((2, 12), (3, 3)), 10), bucket("L3", ((3, 10),), 10, "B"))
    )
    verdict = check(plant, plan)
    assert verdict.violations == ()
    rows = [(row.object, row.bucket, row.amount) for row in verdict.ledger if row.category == "setup"]
    assert rows == [
        ("L1/make", 0, 7), ("L1/make", 0, 5), ("L2/make", 2, 7), ("L2/make", 2, 5), ("L3/make", 3, F(1, 3)),
    ]  # fmt: skip


def test_energy_is_charged_by_the_kwh_of_runs_and_setups() -> None:
    modes = (replace(MODE, setup_minutes=5, cost_per_hour=F(1)), B_MODE)
    rows = (q.Changeover("X", "A", "B", 30, F(2)), q.Changeover("X", "B", "A", 40, F(3)))
    machine = replace(M, energy_kw=F(12), changeover_matrix="X", initial_setup_group="B")
    plant = tiny.plant(
        **(TWO | {"operation_resources": modes}), resources=(machine,), changeovers=rows,
        costs=q.Costs(energy_cost_per_kwh=F(1, 4)),
    )  # fmt: skip
    plan = tiny.plan(
        **join(lot("L1", 50, 10, 50), bucket("L3", ((3, 10),), 10, "B")), bucket_setups=setups((3, ("B",)))
    )
    verdict = check(plant, plan)
    assert verdict.violations == ()
    drawn = [row[1:] for row in map(_parts, verdict.ledger) if row[0] == "energy"]
    assert drawn == [
        ("L1/make", 0, F(2), F(1, 4)), ("L1/make", 0, F(9), F(1, 4)), ("L3/make", 3, F(2), F(1, 4)),
        ("M", 3, F(6), F(1, 4)),
    ]  # fmt: skip
    outside = replace(plant, resources=(replace(machine, kind=q.ResourceKind.SUBCONTRACTOR),))
    assert not [row for row in check(outside, plan).ledger if row.category == "energy"]


def _parts(row: p.LedgerRow) -> tuple[str, str, int, F, F]:
    return row.category, row.object, row.bucket, row.quantity, row.rate


def test_a_batch_pays_for_one_setup() -> None:
    plant = oven()
    dear = tuple(replace(row, setup_cost=F(9)) for row in plant.operation_resources)
    plant = replace(plant, operation_resources=dear)
    verdict = check(plant, charge(("L2", "B", 40, 5), ("L1", "A", 60, 5)))
    assert [row.amount for row in verdict.ledger if row.category == "setup"] == [9, 5]
    run = p.BucketRun("L1", "make", "M", 60, ((2, 0),))
    tail = check(plant, tiny.plan(lots=(p.Lot("L1", "A", 60),), bucket_runs=(run,)))
    assert not [row for row in tail.ledger if row.category == "setup"]


def test_batches_have_their_limits() -> None:
    assert broken(oven(), charge(("L2", "B", 41, 5), ("L1", "A", 60, 5))) == [
        ("batch", ("M", "L1/make", "L2/make"), "101", "20 to 100")
    ]
    assert broken(oven(), charge(("L1", "A", 20, 5))) == []
    assert broken(oven(), charge(("L1", "A", 19, 5))) == [("batch", ("M", "L1/make"), "19", "20 to 100")]


def test_what_is_left_of_an_order_in_progress_is_no_batch_too_small() -> None:
    order = q.Receipt("R", q.ReceiptKind.PRODUCTION, "A", 50, 60, operation="make", done_quantity=45)
    plan = charge(("R", "A", 5, 5))
    plan = replace(plan, lots=(p.Lot("R", "A", 50, receipt="R"),))
    assert broken(replace(oven(), receipts=(order,)), plan) == []
    late = p.BucketRun("R", "make", "M", 5, ((2, 0),))
    assert broken(replace(oven(), receipts=(order,)), replace(plan, runs=(), bucket_runs=(late,))) == []


def test_a_lot_may_take_several_batches() -> None:
    assert broken(oven(), charge(("L1", "A", 100, 5), ("L1", "A", 50, 70))) == []
    assert broken(oven(), charge(("L1", "A", 100, 5), ("L1", "A", 50, 69)))[0][0] == "capacity"


def test_other_groups_and_other_times_are_other_batches() -> None:
    apart = charge(("L2", "B", 40, 5), ("L1", "A", 60, 5))
    found = {one[0] for one in broken(oven(setup_group=""), apart)}
    assert found == {"capacity", "labour"}


def test_batches_of_the_tail() -> None:
    lots = (p.Lot("L1", "A", 130), p.Lot("L2", "B", 70))
    runs = (p.BucketRun("L2", "make", "M", 70, ((2, 0),)), p.BucketRun("L1", "make", "M", 130, ((2, 0),)))
    verdict = check(oven(), tiny.plan(lots=lots, bucket_runs=runs))
    assert verdict.violations == ()
    rows = [
        (row.category, row.object, row.bucket, row.amount) for row in verdict.ledger if row.category != "lost"
    ]
    assert rows == [("labour", "L1/make", 2, 60), ("production", "L1/make", 2, 120)]  # two batches, once
    shift = tuple(q.CalendarRow("C", day, None, 0, 119) for day in range(7))
    short = replace(oven(), calendars=shift, resources=(replace(M, calendar="C"), oven().resources[1]))
    assert broken(short, tiny.plan(lots=lots, bucket_runs=runs)) == [("capacity", ("M",), "120", "<= 119")]
    crew = replace(oven().resources[1], calendar="C")
    short = replace(oven(), calendars=shift, resources=(M, crew))
    assert broken(short, tiny.plan(lots=lots, bucket_runs=runs)) == [("labour", ("CREW",), "120", "<= 119")]


def test_small_batches_of_the_tail() -> None:
    def one(quantity: int) -> p.Plan:
        run = p.BucketRun("L1", "make", "M", quantity, ((2, 0),))
        return tiny.plan(lots=(p.Lot("L1", "A", quantity),), bucket_runs=(run,))

    plant = replace(oven(), operations=tuple(replace(row, min_batch=60) for row in oven().operations))
    assert broken(plant, one(120)) == []
    assert broken(plant, one(119)) == [("batch", ("M", "L1/make"), "119", ">= 120")]
    split = p.BucketRun("L1", "make", "M", 100, ((2, 0), (3, 0)))
    plan = tiny.plan(lots=(p.Lot("L1", "A", 100),), bucket_runs=(split,))
    assert broken(plant, plan) == [("run_time", ("L1/make",), "2", "1")]


def test_maintenance_after_hours_of_work() -> None:
    row = q.Downtime("OIL", "M", minutes=10, every_run_hours=F(2))
    plant = tiny.plant(downtime=(row,))
    two = join(lot("L1", 0, 120), lot("L2", 130, 120))
    oil = {"maintenance": (p.Maintenance("OIL", "M", 120, 130),)}
    assert broken(plant, tiny.plan(**join(two, oil))) == []
    assert broken(plant, tiny.plan(**two))[0] == ("downtime", ("OIL",), "240", "<= 120")
    longer = join(lot("L1", 0, 120), lot("L2", 130, 121), oil)
    assert broken(plant, tiny.plan(**longer))[0] == ("downtime", ("OIL",), "121", "<= 120")
    early = {"maintenance": (p.Maintenance("OIL", "M", 0, 10),)}
    moved = join(lot("L1", 10, 120), lot("L2", 130, 1), early)
    assert broken(plant, tiny.plan(**moved))[0] == ("downtime", ("OIL",), "121", "<= 120")


def test_maintenance_after_hours_of_work_in_the_tail() -> None:
    plant = tiny.plant(
        downtime=(q.Downtime("OIL", "M", minutes=10, every_run_hours=F(2)),),
        operation_resources=(replace(MODE, setup_minutes=7),),
    )
    oil = {"maintenance": (p.Maintenance("OIL", "M", 3 * DAY, 3 * DAY + 10),)}
    tables = join(lot("L1", 7, 100, 7), bucket("L2", ((2, 27),), 20), oil)
    assert broken(plant, tiny.plan(**join(tables, bucket("L3", ((3, 127),), 120)))) == []
    assert broken(plant, tiny.plan(**join(tables, bucket("L3", ((3, 128),), 121)))) == [
        ("downtime", ("OIL",), "121", "<= 120")
    ]
    over = join(lot("L1", 7, 100, 7), bucket("L2", ((2, 28),), 21), oil)
    assert broken(plant, tiny.plan(**over)) == [("downtime", ("OIL",), "121", "<= 120")]


def test_batches_count_as_work() -> None:
    plant = replace(oven(), downtime=(q.Downtime("OIL", "M", minutes=10, every_run_hours=F(1)),))
    run = p.BucketRun("L1", "make", "M", 101, ((2, 0),))
    plan = tiny.plan(lots=(p.Lot("L1", "A", 101),), bucket_runs=(run,))
    assert broken(plant, plan) == [("downtime", ("OIL",), "120", "<= 60")]


def test_maintenance_beyond_the_horizon_may_wait() -> None:
    end = 11 * DAY
    row = q.Downtime("CLEAN", "M", flexible_from=0, flexible_to=end, minutes=10)
    assert broken(tiny.plant(downtime=(row,)), tiny.plan()) == [("downtime", ("CLEAN",), "0", "1")]
    later = tiny.plant(downtime=(replace(row, flexible_to=end + 1),))
    assert broken(later, tiny.plan()) == []
    twice = tiny.plan(maintenance=(p.Maintenance("CLEAN", "M", 0, 10), p.Maintenance("CLEAN", "M", 10, 20)))
    assert broken(later, twice) == [("downtime", ("CLEAN",), "2", "1")]


def test_maintenance_does_not_overlap_and_stops_work() -> None:
    rows = tuple(q.Downtime(name, "M", flexible_from=0, minutes=10) for name in ("D1", "D2"))
    plant = tiny.plant(downtime=rows)

    def at(second: int) -> p.Plan:
        placed = (p.Maintenance("D1", "M", 0, 10), p.Maintenance("D2", "M", second, second + 10))
        return tiny.plan(maintenance=placed)

    assert broken(plant, at(10)) == []
    assert broken(plant, at(9)) == [("downtime", ("D1", "D2"), "9", ">= 10")]
    working = replace(at(10), lots=(p.Lot("L1", "A", 10),), runs=(p.Run("L1", "make", "M", 10, 15, 15, 25),))
    assert broken(plant, working) == [
        ("run_time", ("L1/make",), "5", "10"),
        ("run_time", ("L1/make",), "", ""),
    ]


def test_overtime_makes_working_time() -> None:
    rows = (q.CalendarRow("C", 0, None, 0, 10), q.CalendarRow("O", 0, None, 10, 40))
    plant = tiny.plant(
        resources=(replace(M, calendar="C", overtime_calendar="O", max_overtime_hours_per_week=F(1, 3)),),
        calendars=rows,
    )
    tables = lot("L1", 0, 30)
    assert broken(plant, tiny.plan(**tables, overtime=(p.Overtime("M", 10, 30),))) == []
    longer = lot("L1", 0, 31)
    assert broken(plant, tiny.plan(**longer, overtime=(p.Overtime("M", 10, 31),))) == [
        ("overtime", ("M",), "21", "<= 20")
    ]
    assert {one[0] for one in broken(plant, tiny.plan(**tables))} == {"run_time"}
