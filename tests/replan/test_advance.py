"""The plant at a later moment: every kind of thing that may be under way."""

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction as F
from pathlib import Path

import pytest
from click.testing import CliRunner
from yard import DAY, made, yard

from capacityplan.cli.advance import advance as advance_command
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.errors import DataError
from capacityplan.exchange import read_or_raise, write, write_plan
from capacityplan.replan import carry_forward
from capacityplan.replan.advance import Advanced, advance
from capacityplan.replan.changes import reasons
from capacityplan.replan.merge import merged
from capacityplan.solve.solve import Settings, solve
from capacityplan.templates import build
from capacityplan.verify import check

START = datetime(2025, 1, 6)
LAB = q.Resource("LAB", q.ResourceKind.LAB)


def two_lots(**tables: object) -> tuple[q.Plant, p.Plan]:
    """Lot L: make 480..580, pack 600..700. Lot K: make 700..800, pack 800..900. 100 each."""
    runs = []
    for name, make, pack in (("L", 480, 600), ("K", 700, 800)):
        runs.append(p.Run(name, "make", "M", 100, make, make, make + 100))
        runs.append(p.Run(name, "pack", "P", 100, pack, pack, pack + 100))
    lots = (p.Lot("L", "A", 100), p.Lot("K", "A", 100))
    rows: dict[str, object] = {"lots": lots, "runs": tuple(runs)}
    plan_tables = {name: tables.pop(name) for name in ("purchases", "deliveries") if name in tables}
    return yard(**tables), p.Plan(p.Provenance("yard", "", "first"), **(rows | plan_tables))  # type: ignore[arg-type]


def stock(plant: q.Plant) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in plant.stock:
        sums[row.item] = sums.get(row.item, 0) + row.quantity
    return sums


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def run(lot: str, operation: str, quantity: int, end: int, **more: object) -> q.Actual:
    kind = q.ActualKind.RUN
    return q.Actual(kind, lot, "A", end, operation, quantity=quantity, **({"resource": "M"} | more))  # type: ignore[arg-type]


def test_as_planned_a_run_under_way_is_partly_done() -> None:
    plant, plan = two_lots()
    found = advance(plant, plan, at(530), as_planned=True).plant
    (receipt,) = (row for row in found.receipts if row.operation)
    assert (receipt.order, receipt.operation, receipt.quantity, receipt.done_quantity) == (
        "L",
        "make",
        100,
        50,
    )
    assert (receipt.resource, receipt.due) == ("M", 700 - 530)
    assert stock(found) == {"R": 1900}
    assert found.start == "2025-01-06T08:50:00"
    assert [row.due for row in found.orders] == [day * DAY - 530 for day in range(1, 6)]
    assert {(row.lot, row.operation, row.start) for row in found.previous_runs} == {
        ("L", "pack", 70), ("K", "make", 170), ("K", "pack", 270),
    }  # fmt: skip
    assert {row.resource: row.initial_setup_group for row in found.resources}["M"] == "A"


def test_between_operations_a_lot_stands_at_the_next() -> None:
    plant, plan = two_lots()
    found = advance(plant, plan, at(590), as_planned=True).plant
    (receipt,) = found.receipts
    assert (receipt.operation, receipt.done_quantity, receipt.resource) == ("pack", 0, "")


def test_finished_lots_are_stock_and_delivered_orders_gone() -> None:
    shipped = (p.Delivery("O1", "A", 60, 720, 720),)
    plant, plan = two_lots(deliveries=shipped)
    found = advance(plant, plan, at(750), as_planned=True).plant
    assert stock(found) == {"R": 1800, "A": 40}
    assert {row.order: row.quantity for row in found.orders}["O1"] == 40
    everything = replace(plan, deliveries=(p.Delivery("O1", "A", 100, 720, 720),))
    gone = advance(plant, everything, at(750), as_planned=True).plant
    assert "O1" not in {row.order for row in gone.orders}


def test_only_what_is_confirmed_has_happened() -> None:
    plant, plan = two_lots(fences=q.Fences())
    idle = advance(plant, plan, at(650)).plant
    # The lots should have begun by now: they are released, with their material taken.
    assert {(row.order, row.operation, row.done_quantity) for row in idle.receipts} == {("L", "make", 0)}
    assert stock(idle) == {"R": 1900}
    told = (
        run("L", "make", 95, 600, rejected=5, start=490, minutes=105),
        run("L", "pack", 30, 640, start=610, finished=False, resource="P"),
    )
    found = advance(replace(plant, actuals=told), plan, at(650)).plant
    (receipt,) = found.receipts
    assert (receipt.operation, receipt.quantity, receipt.done_quantity) == ("pack", 95, 30)
    assert found.actuals == ()


def test_purchases_are_received_late_or_still_open() -> None:
    bought = (
        p.Purchase("B1", "S", "R", 50, 0, DAY), p.Purchase("B2", "S", "R", 60, 100, DAY + 100),
        p.Purchase("B3", "S", "R", 70, 2 * DAY, 3 * DAY),
    )  # fmt: skip
    plant, plan = two_lots(purchases=bought)
    kind = q.ActualKind
    told = (
        q.Actual(kind.RECEIPT, "B1", "R", DAY, quantity=45, rejected=2),
        q.Actual(kind.EXPECTED, "B2", "R", 3 * DAY),
        run("L", "make", 100, 580), run("L", "pack", 100, 700, resource="P"),
        run("K", "make", 100, 800), run("K", "pack", 100, 900, resource="P"),
    )  # fmt: skip
    found = advance(replace(plant, actuals=told), plan, at(DAY + 60)).plant
    assert stock(found) == {"R": 2000 - 200 + 45, "A": 200}
    (late,) = found.receipts
    assert (late.order, late.quantity, late.due) == ("B2", 60, 2 * DAY - 60)
    # A count is the last word.
    counted = (*told, q.Actual(kind.COUNT, "R", "R", DAY + 50, quantity=1700))
    assert stock(advance(replace(plant, actuals=counted), plan, at(DAY + 60)).plant)["R"] == 1700


def test_lots_in_inspection_wait_or_come_free() -> None:
    row = q.Inspection("final", q.Stage.FINAL, "LAB", item="A", lab_minutes=30, wait_minutes=600)
    plant, plan = two_lots(inspections=(row,), resources=(*yard().resources, LAB))
    tested = (
        p.InspectionRun("L", "final", "LAB", 700, 730), p.InspectionRun("K", "final", "LAB", 950, 980),
    )  # fmt: skip
    plan = replace(plan, inspections=tested)
    under_way = advance(plant, plan, at(940), as_planned=True).plant
    held = {
        one.stock: (one.status, one.quantity, one.available) for one in under_way.stock if one.item == "A"
    }
    assert held == {
        "L": (q.StockStatus.IN_INSPECTION, 100, 1330 - 940), "K": (q.StockStatus.IN_INSPECTION, 100, None),
    }  # fmt: skip
    told = (q.Actual(q.ActualKind.DECISION, "L", "A", 800, "final", quantity=88, rejected=12),)
    decided = advance(replace(plant, actuals=told), plan, at(940), as_planned=True).plant
    assert [(one.stock, one.quantity) for one in decided.stock if one.status is q.StockStatus.UNRESTRICTED
            and one.item == "A"] == [("L", 88)]  # fmt: skip


def certified() -> tuple[q.Plant, p.Plan]:
    """Two lots, tested, whose certificates are written one after the other."""
    rows = (
        q.Inspection("final", q.Stage.FINAL, "LAB", item="A", lab_minutes=30, wait_minutes=600),
        q.Inspection("paper", q.Stage.CERTIFICATE, "LAB", item="A", lab_minutes=60),
    )
    plant, plan = two_lots(inspections=rows, resources=(*yard().resources, LAB))
    done = (
        p.InspectionRun("L", "final", "LAB", 700, 730), p.InspectionRun("K", "final", "LAB", 950, 980),
        p.InspectionRun("L", "paper", "LAB", 1330, 1390), p.InspectionRun("K", "paper", "LAB", 1580, 1640),
    )  # fmt: skip
    return plant, replace(plan, inspections=done)


def test_lots_that_are_tested_wait_for_their_certificate_only() -> None:
    plant, plan = certified()

    def held(now: int, told: tuple[q.Actual, ...] = ()) -> dict[str, tuple[q.StockStatus, int, int | None]]:
        found = advance(replace(plant, actuals=told), plan, at(now), as_planned=True).plant
        return {
            one.stock: (one.status, one.quantity, one.available) for one in found.stock if one.item == "A"
        }

    tested, waits, free = q.StockStatus.TESTED, q.StockStatus.IN_INSPECTION, q.StockStatus.UNRESTRICTED
    assert held(940) == {"L": (tested, 100, 1330 - 940), "K": (waits, 100, None)}
    # The certificate has begun, and will be there at a known minute.
    assert held(1340)["L"] == (waits, 100, 1390 - 1340)
    assert held(1340)["K"] == (tested, 100, 1580 - 1340)
    assert held(1400)["L"] == (free, 100, None)
    # A word on the test does not free it, one on the certificate does.
    said = q.Actual(q.ActualKind.DECISION, "L", "A", 800, "final", quantity=88, rejected=12)
    assert held(940, (said,))["L"] == (tested, 88, 800 - 940)
    signed = q.Actual(q.ActualKind.DECISION, "L", "A", 900, "paper", quantity=88)
    assert held(940, (said, signed))["L"] == (free, 88, None)


def test_tested_stock_goes_on_waiting_for_its_certificate() -> None:
    plant, plan = certified()
    stock = (*plant.stock, q.Stock("S", "A", 40, q.StockStatus.TESTED, available=2000))
    plant = replace(plant, stock=stock, inspections=plant.inspections[1:])
    plan = replace(plan, inspections=tuple(row for row in plan.inspections if row.inspection == "paper"))
    found = {one.stock: one for one in advance(plant, plan, at(940), as_planned=True).plant.stock}
    assert (found["S"].status, found["S"].available) == (q.StockStatus.TESTED, 2000 - 940)
    signed = q.Actual(q.ActualKind.DECISION, "S", "A", 930, "paper", quantity=40)
    told = advance(replace(plant, actuals=(signed,)), plan, at(940), as_planned=True).plant
    assert next(one for one in told.stock if one.stock == "S").status is q.StockStatus.UNRESTRICTED


def test_the_frozen_zone_releases_what_has_its_material() -> None:
    plant, plan = two_lots(fences=q.Fences(frozen_hours=2))
    found = advance(plant, plan, at(420)).plant
    assert [(row.order, row.status, row.resource) for row in found.receipts] == [("L", "released", "M")]
    poor = replace(plant, stock=(q.Stock("s", "R", 50),))
    assert advance(poor, plan, at(420)).plant.receipts == ()


def test_shelf_life_goes_on_and_ends() -> None:
    items = tuple(replace(row, shelf_life_days=1 if row.item == "R" else 3) for row in yard().items)
    plant, plan = two_lots(
        items=items, stock=(q.Stock("s", "R", 150), q.Stock("t", "R", 500, expires=2 * DAY))
    )
    found = advance(plant, plan, at(DAY + 10), as_planned=True)
    left = {row.stock: (row.quantity, row.expires) for row in found.plant.stock if row.item == "R"}
    assert left == {"t": (450, 2 * DAY - DAY - 10)}
    made_rows = [row for row in found.plant.stock if row.item == "A"]
    assert [row.expires for row in made_rows] == [700 + 3 * DAY - DAY - 10, 900 + 3 * DAY - DAY - 10]


def test_maintenance_and_downtime_end() -> None:
    down = (
        q.Downtime("gone", "M", 10, 20), q.Downtime("runs", "M", 400, 500),
        q.Downtime("later", "P", flexible_from=0, flexible_to=300, minutes=60),
    )  # fmt: skip
    plant, plan = two_lots(downtime=down)
    found = advance(plant, plan, at(470)).plant
    assert [(row.downtime, row.start, row.end, row.flexible_to) for row in found.downtime] == [
        ("runs", -70, 30, None), ("later", None, None, 60),
    ]  # fmt: skip


def test_running_hours_are_counted_on() -> None:
    oil = q.Downtime("oil", "M", minutes=20, every_run_hours=F(5), run_hours_before=F(2))
    plant, plan = two_lots(downtime=(oil,))

    def rows(plan: p.Plan, minute: int, as_planned: bool = True, **more: object) -> list[tuple[object, ...]]:
        left = advance(replace(plant, **more), plan, at(minute), as_planned).plant.downtime  # type: ignore[arg-type]
        return [(row.downtime, row.start, row.end, row.run_hours_before) for row in left]

    assert rows(plan, 570) == [("oil", None, None, F(7, 2))]
    assert rows(plan, 570, as_planned=False) == [("oil", None, None, F(2))]
    serviced = replace(plan, maintenance=(p.Maintenance("oil", "M", 650, 670),))
    assert rows(serviced, 730) == [("oil", None, None, F(1, 2))]
    assert rows(serviced, 660) == [("oil", None, None, F(0)), ("oil-650", -10, 10, F(0))]
    assert rows(serviced, 640) == [("oil", None, None, F(11, 3))]
    done = q.Actual(q.ActualKind.MAINTENANCE, "oil", "", 510)
    assert rows(plan, 570, actuals=(done,)) == [("oil", None, None, F(1))]


def test_the_campaign_under_way_is_counted_on() -> None:
    plant, plan = two_lots()

    def hours(minute: int, as_planned: bool = True, stops: tuple[int, ...] = (), **state: object) -> object:
        machines = tuple(
            replace(row, campaign_max_hours=F(5), cleaning_minutes=20, campaign_hours_before=F(2), **state)  # type: ignore[arg-type]
            if row.resource == "M" else row for row in plant.resources
        )  # fmt: skip
        cleaned = replace(plan, maintenance=tuple(p.Maintenance("cleaning-M", "M", a, a + 20) for a in stops))
        left = advance(replace(plant, resources=machines), cleaned, at(minute), as_planned).plant
        (machine,) = (row for row in left.resources if row.resource == "M")
        return machine.campaign_hours_before, [(row.downtime, row.start, row.end) for row in left.downtime]

    assert hours(570) == (F(7, 2), [])
    assert hours(570, as_planned=False) == (F(2), [])
    assert hours(730, stops=(650,)) == (F(1, 2), [])
    assert hours(660, stops=(650,)) == (F(0), [("cleaning-M-650", -10, 10)])
    # The machine stood at another group: its first run began a campaign.
    changed = {"changeover_matrix": "X", "initial_setup_group": "Z"}
    assert hours(570, **changed) == (F(3, 2), [])


def test_consumed_projections_do_not_come_back() -> None:
    base, plan = two_lots(deliveries=(p.Delivery("O1", "A", 100, 720, 720),))
    first = datetime.fromisoformat(base.start).toordinal()
    from capacityplan.domain.projections import Projections

    rows = {name: [0, 0] for name in ("stream", "segment", "certainty", "author", "dated")}
    projected = Projections(
        ("", "A"), item=[1, 1], start=[first, first + 1], end=[first, first + 1], quantity=[30, 200],
        weight_millionths=[10**6] * 2, low=[-1] * 2, high=[-1] * 2, **rows,
    )  # fmt: skip
    from capacityplan.demand import net

    plant = replace(base, projections=projected, orders=base.orders[:1])
    before = sum(row.quantity for row in net(plant) if not row.is_order)
    assert before == 130
    found = advance(plant, plan, at(DAY), as_planned=True).plant
    assert sum(row.quantity for row in net(found) if not row.is_order) == 130


def test_what_cannot_be_is_refused() -> None:
    plant, plan = two_lots()
    for moment in (at(-1), at(5 * DAY)):
        with pytest.raises(DataError, match="within the days"):
            advance(plant, plan, moment)
    early = replace(plant, actuals=(run("L", "make", 100, 600),))
    with pytest.raises(DataError, match="not happened yet"):
        advance(early, plan, at(500))
    with pytest.raises(DataError, match="not one of this plant"):
        advance(plant, replace(plan, lots=plan.lots[:1]), at(500))


def test_a_week_of_days_stays_verified_and_whole() -> None:
    """Day after day as planned: every carried plan is valid, nothing that was made gets lost."""
    plant = yard(horizon=q.Horizon(daily=10, weekly=1, schedule_days=5))
    plan = made(plant)
    for day in range(1, 3):
        found = advance(plant, plan, START + timedelta(days=day), as_planned=True)
        assert found.notes == ()
        plant = found.plant
        start = carry_forward(plant, plan)
        verdict = check(plant, start.plan)
        assert verdict.violations == ()
        outcome = solve(plant, Settings(work=0.5), start=start)
        assert outcome.plan is not None
        assert outcome.verdict is not None
        assert outcome.verdict.cost <= verdict.cost
        plan = outcome.plan
    assert sum(row.quantity for row in plant.orders) == sum(
        row.quantity for row in yard().orders if row.due > 2 * DAY
    )


def test_an_own_plant_the_next_morning() -> None:
    plant = replace(build("dairy", 0.05, 1), fences=q.Fences(frozen_hours=8, slushy_days=3))
    plan = made(plant, 0.5)
    tomorrow = datetime.fromisoformat(plant.start) + timedelta(days=1)
    found = advance(plant, plan, tomorrow, as_planned=True).plant
    start = carry_forward(found, plan)
    assert check(found, start.plan).violations == ()


def test_what_is_told_now_replaces_what_the_plan_was_made_from() -> None:
    shipped = (p.Delivery("O1", "A", 100, 720, 720), p.Delivery("O2", "A", 50, 900, 900))
    plant, plan = two_lots(deliveries=shipped)
    # O2 was cancelled after it was shipped in part, O3 grew, N is new; the ERP counted its own stock.
    orders = (
        plant.orders[0], replace(plant.orders[2], quantity=130), q.Order("N", "A", 7, 3 * DAY),
    )  # fmt: skip
    told = replace(plant, orders=orders, actuals=(run("L", "make", 100, 580),))
    found = advance(plant, plan, at(1000), as_planned=True, told=told).plant
    assert {row.order: row.quantity for row in found.orders} == {"O3": 130, "N": 7}
    assert stock(found) == {"R": 1800, "A": 50}
    counted = replace(told, stock=(q.Stock("s", "R", 1777),))
    assert stock(advance(plant, plan, at(1000), as_planned=True, told=counted).plant) == {"R": 1777}


def test_receipts_told_now_replace_those_the_plan_was_made_from() -> None:
    kind = q.ReceiptKind
    gone = q.Receipt("GONE", kind.PURCHASE, "R", 40, 2 * DAY)
    moved = q.Receipt("MOVED", kind.PURCHASE, "R", 50, 2 * DAY)
    bought = (p.Purchase("B1", "S", "R", 60, 0, 2 * DAY), p.Purchase("B2", "S", "R", 70, 0, 2 * DAY))
    plant, plan = two_lots(receipts=(gone, moved), purchases=bought)
    # The supplier confirmed B1 for less; a purchase and an order in progress were opened by hand, L is known.
    receipts = (
        replace(moved, due=3 * DAY), q.Receipt("B1", kind.PURCHASE, "R", 55, 2 * DAY),
        q.Receipt("NEW", kind.PURCHASE, "R", 500, 3 * DAY),
        q.Receipt("HAND", kind.PRODUCTION, "A", 30, DAY, operation="pack"),
        q.Receipt("L", kind.PRODUCTION, "A", 100, DAY, operation="make"),
    )  # fmt: skip
    found = advance(plant, plan, at(530), as_planned=True, told=replace(plant, receipts=receipts)).plant
    assert [(row.order, row.quantity, row.due, row.operation) for row in found.receipts] == [
        ("MOVED", 50, 3 * DAY - 530, ""), ("B1", 55, 2 * DAY - 530, ""), ("NEW", 500, 3 * DAY - 530, ""),
        ("HAND", 30, DAY - 530, "pack"), ("B2", 70, 2 * DAY - 530, ""), ("L", 100, 700 - 530, "make"),
    ]  # fmt: skip


def test_goods_of_a_receipt_that_is_new_wait_for_their_inspection() -> None:
    rows = (
        q.Inspection("in R", q.Stage.INCOMING, "LAB", item="R"),
        q.Inspection("in N", q.Stage.INCOMING, "LAB", item="N"),
    )
    plant, plan = two_lots(inspections=rows[:1], resources=(*yard().resources, LAB))
    receipts = (
        q.Receipt("NEW", q.ReceiptKind.PURCHASE, "R", 500, 600),
        q.Receipt("FIRST", q.ReceiptKind.PURCHASE, "N", 20, 600),
    )
    new = q.Item("N", q.ItemKind.RAW, shelf_life_days=10)
    told = replace(plant, receipts=receipts, inspections=rows, items=(*plant.items, new))
    found = advance(plant, plan, at(650), as_planned=True, told=told).plant
    assert [row.order for row in found.receipts] == ["L"]
    assert {(row.stock, row.item, row.quantity, row.status, row.expires) for row in found.stock} == {
        ("s", "R", 1900, q.StockStatus.UNRESTRICTED, None),
        ("NEW", "R", 500, q.StockStatus.IN_INSPECTION, None),
        ("FIRST", "N", 20, q.StockStatus.IN_INSPECTION, 10 * DAY + 600 - 650),
    }


def free(plant: q.Plant) -> dict[str, int]:
    return {row.stock: row.quantity for row in plant.stock if row.status is q.StockStatus.UNRESTRICTED}


def test_the_laboratory_decides_on_a_lot_that_was_to_come_free() -> None:
    # The second night: the lot stands in stock with the minute at which it is free if all goes well.
    row = q.Inspection("final", q.Stage.FINAL, "LAB", item="A", lab_minutes=30)
    other = replace(row, inspection="other")
    waiting = q.Stock("W", "A", 100, q.StockStatus.IN_INSPECTION, None, 600)
    rejected = q.Actual(q.ActualKind.DECISION, "W", "A", 500, "final", rejected=100)
    good = q.Actual(q.ActualKind.DECISION, "W", "A", 500, "final", quantity=88, rejected=12)

    def stock_then(minute: int, *rows: q.Actual, tests: int = 1) -> tuple[q.Stock, ...]:
        plant, plan = two_lots(
            inspections=(row, other)[:tests], resources=(*yard().resources, LAB),
            stock=(waiting, q.Stock("s", "R", 2000)), actuals=rows,
        )  # fmt: skip
        found = advance(plant, plan, at(minute)).plant
        return tuple(one for one in found.stock if one.stock == "W")

    assert [one.quantity for one in stock_then(700)] == [100]
    assert stock_then(700, rejected) == stock_then(550, rejected) == ()
    (early,) = stock_then(550, good)
    assert (early.quantity, early.status) == (88, q.StockStatus.UNRESTRICTED)
    # One test of two does not free it, but what it rejects is lost.
    (half,) = stock_then(550, good, tests=2)
    assert (half.quantity, half.status, half.available) == (88, q.StockStatus.IN_INSPECTION, 50)
    assert stock_then(550, rejected, tests=2) == ()


def test_nothing_is_left_of_a_lot_that_is_rejected_on_its_way(tmp_path: Path) -> None:
    tested = q.Inspection("middle", q.Stage.IN_PROCESS, "LAB", item="A", operation="make", lab_minutes=30)
    whole = run("L", "make", 100, 580)
    rejected = q.Actual(q.ActualKind.DECISION, "L", "A", 590, "middle", rejected=100)
    bad = run("L", "make", 0, 580, rejected=100)
    lab = replace(LAB, calendar="always")
    for rows, rules in (((whole, rejected), (tested,)), ((bad,), ()), ((bad,), (tested,))):
        plant, plan = two_lots(inspections=rules, resources=(*yard().resources, lab), actuals=rows)
        found = advance(plant, plan, at(595))
        assert [row.order for row in found.plant.receipts] == []
        assert stock(found.plant) == {"R": 1900}
        assert "L: nothing of it is left" in found.notes
        write(found.plant, tmp_path / "plant.json")
        read_or_raise(tmp_path / "plant.json")


def test_nothing_is_written_that_cannot_be_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant, plan = two_lots()
    write(plant, tmp_path / "old")
    write_plan(plan, tmp_path / "plan.json")
    empty = q.Receipt("P", q.ReceiptKind.PURCHASE, "R", 0, DAY)

    def broken(*asked: object) -> Advanced:
        return Advanced(replace(plant, receipts=(empty,)), ())

    monkeypatch.setattr("capacityplan.replan.advance.advance", broken)
    arguments = [*(str(tmp_path / name) for name in ("old", "plan.json", "new")), "--to", "2025-01-06T10:00"]
    assert isinstance(CliRunner().invoke(advance_command, arguments).exception, DataError)
    assert not (tmp_path / "new").exists()


def test_a_decision_on_stock_that_is_not_in_inspection_is_told() -> None:
    plant, plan = two_lots()
    row = q.Actual(q.ActualKind.DECISION, "s", "R", 30, quantity=10)
    found = advance(replace(plant, actuals=(row,)), plan, at(60))
    assert free(found.plant) == {"s": 2000}
    assert "decision of s: it is unrestricted stock, so it is left out" in found.notes


def test_confirmations_of_another_item_are_left_out_and_told() -> None:
    bought = p.Purchase("B", "S", "R", 10, 0, DAY)
    plant, plan = two_lots(purchases=(bought,))
    rows = (
        q.Actual(q.ActualKind.RECEIPT, "B", "A", 30, quantity=10),
        q.Actual(q.ActualKind.DELIVERY, "O1", "R", 30, quantity=10),
        q.Actual(q.ActualKind.DECISION, "B", "A", 30, quantity=10),
    )
    found = advance(replace(plant, actuals=rows), plan, at(60))
    assert found.plant == advance(plant, plan, at(60)).plant
    assert [note for note in found.notes if "left out" in note] == [
        "receipt of B: it is of R, not of A; it is left out",
        "delivery of O1: it is of A, not of R; it is left out",
        "decision of B: it is of R, not of A; it is left out",
    ]


def test_the_same_confirmation_twice_in_a_table_is_told() -> None:
    plant, plan = two_lots()
    made_once = run("L", "make", 100, 580, start=480, minutes=100)
    shipped = q.Actual(q.ActualKind.DELIVERY, "O1", "A", 590, quantity=10)
    once = advance(replace(plant, actuals=(made_once, shipped)), plan, at(600))
    twice = advance(replace(plant, actuals=(made_once, shipped) * 2), plan, at(600))
    assert twice.plant.receipts == once.plant.receipts
    assert [row.quantity for row in twice.plant.orders if row.order == "O1"] == [80]
    assert [note for note in twice.notes if "2 times" in note] == [
        "run of L/make: the same row is there 2 times; it counts once",
        "delivery of O1: the same row is there 2 times; it counts 2 times",
    ]


def test_more_than_went_in_is_told() -> None:
    plant, plan = two_lots()
    items = tuple(replace(row, precision=1) for row in plant.items)
    rows = (
        run("L", "make", 100, 580, rejected=25),
        q.Actual(q.ActualKind.DELIVERY, "O1", "A", 590, quantity=5),
    )
    notes = advance(replace(plant, items=items, actuals=rows), plan, at(600)).notes
    assert "L/make: 12.5 were confirmed, good and bad, of 10 that went in" in notes
    assert "delivery to O1: 0.5 of A were taken that were not in stock" in notes


def test_what_has_not_happened_yet_is_named() -> None:
    plant, plan = two_lots()
    with pytest.raises(DataError) as error:
        advance(replace(plant, actuals=(run("L", "make", 100, 580),)), plan, at(500))
    (finding,) = error.value.findings
    assert finding.message == "the run of L/make has not happened yet"
    assert (finding.value, finding.expected) == (
        "2025-01-06T09:40",
        "at most the new start, 2025-01-06T08:20",
    )


@pytest.mark.parametrize("name", ["actual.csv", "actuals.CSV", "order.csv"])
def test_a_table_under_another_name_is_not_passed_over(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("kind,object,item,at\n")
    (tmp_path / "readme.txt").write_text("tables of tonight")
    with pytest.raises(DataError) as error:
        merged(yard(), tmp_path)
    assert [one.file for one in error.value.findings] == [name]


def test_what_is_confirmed_of_nothing_known_is_told() -> None:
    plant = yard()
    plan = made(plant)
    lot = plan.lots[0].lot
    rows = (
        q.Actual(q.ActualKind.RUN, "L09", "A", 30, "make", "M", 10),
        q.Actual(q.ActualKind.RUN, lot, "R", 30, "make", "M", 0),
        q.Actual(q.ActualKind.RECEIPT, "PO9", "R", 30, quantity=10),
        q.Actual(q.ActualKind.EXPECTED, "PO9", "R", 30),
        q.Actual(q.ActualKind.DECISION, "L09", "A", 30, quantity=10),
        q.Actual(q.ActualKind.DELIVERY, "O1", "A", 30, quantity=0),
        q.Actual(q.ActualKind.DELIVERY, "O99", "A", 30, quantity=0),
        q.Actual(q.ActualKind.MAINTENANCE, "oil", "A", 30),
    )
    told = replace(plant, actuals=rows)
    notes = advance(plant, plan, datetime(2025, 1, 6, 1), told=told).notes
    assert [note.partition(":")[0] for note in notes] == [
        "run of L09/make", f"run of {lot}/make", "receipt of PO9", "expected of PO9", "decision of L09",
        "delivery of O99", "maintenance of oil",
    ]  # fmt: skip


def test_the_command_takes_tables_and_writes_an_instance(tmp_path: Path) -> None:
    plant, plan = two_lots()
    write(plant, tmp_path / "old")
    write_plan(plan, tmp_path / "plan.json")
    told = replace(plant, actuals=(run("L", "make", 100, 580),))
    write(told, tmp_path / "told")
    (tmp_path / "tables").mkdir()
    (tmp_path / "told" / "actuals.csv").rename(tmp_path / "tables" / "actuals.csv")
    arguments = [str(tmp_path / name) for name in ("old", "plan.json", "new")]
    done = CliRunner().invoke(
        advance_command, [*arguments, "--to", "2025-01-06T10:00", "--tables", str(tmp_path / "tables")]
    )
    assert done.exit_code == 0, done.output
    found = read_or_raise(tmp_path / "new")
    assert [row.order for row in found.receipts] == ["L"]
    assert len(found.previous_runs) == 3
    assert F(0) == found.costs.change_cost_open


def streamed() -> tuple[q.Plant, p.Plan]:
    """Lot L passes on in batches of 10: make 480..580, pack 495..595."""
    plant, plan = two_lots()
    rows = tuple(
        replace(row, overlap_quantity=10, min_wait_minutes=0) if row.operation == "make" else row
        for row in plant.operations
    )
    runs = tuple(
        replace(run, setup_start=495, start=495, end=595)
        if (run.lot, run.operation) == ("L", "pack")
        else run
        for run in plan.runs
    )
    plant, plan = replace(plant, operations=rows), replace(plan, runs=runs)
    assert check(plant, plan).violations == ()
    return plant, plan


def test_a_lot_that_overlaps_is_done_when_both_are() -> None:
    plant, plan = streamed()
    found = advance(plant, plan, at(650), as_planned=True)
    assert found.notes == ()
    assert stock(found.plant)["A"] == 100
    # One is over, the other under way.
    between = advance(plant, plan, at(585), as_planned=True)
    (receipt,) = [row for row in between.plant.receipts if row.order == "L"]
    assert (receipt.operation, receipt.done_quantity, between.notes) == ("pack", 90, ())


def test_what_has_begun_on_an_unfinished_operation_is_told() -> None:
    plant, plan = streamed()
    found = advance(plant, plan, at(520), as_planned=True)
    (receipt,) = [row for row in found.plant.receipts if row.order == "L"]
    assert (receipt.operation, receipt.done_quantity) == ("make", 40)
    assert found.notes == (
        "L: pack has begun on what make has passed on; an order in progress stands at one operation, so all"
        " of it is planned once more",
    )
    start = carry_forward(found.plant, plan)
    assert check(found.plant, start.plan).violations == ()
    # What is done has come: packing goes on before making is over.
    runs = {run.operation: run for run in start.plan.runs if run.lot == "L"}
    assert runs["pack"].start < runs["make"].end


def test_an_operation_does_not_end_before_the_late_one_before() -> None:
    """Making was confirmed an hour late: packing, planned to end before, has not ended."""
    plant, plan = streamed()
    late = replace(plant, actuals=(run("L", "make", 100, 640, finished=True, start=480),))
    found = advance(plant, plan, at(650), as_planned=True, told=late)
    (receipt,) = [row for row in found.plant.receipts if row.order == "L"]
    assert (receipt.operation, receipt.done_quantity) == ("pack", 0)


def test_an_order_that_was_not_delivered_is_no_new_one() -> None:
    plant = yard()
    expected = replace(plant, orders=plant.orders[1:])
    late = replace(plant, orders=(*plant.orders, q.Order("N", "A", 10, DAY)))
    found = reasons(late, expected, plant)
    assert found["O1"] == "order O1 was not delivered as planned"
    assert found["N"] == "order N is new"


def test_what_was_confirmed_the_night_before_counts_once() -> None:
    # The other system lists all confirmations every night, those of the days before too.
    plant = yard()
    plan = made(plant)
    lot = next(run for run in sorted(plan.runs, key=lambda run: run.start) if run.operation == "make")
    first = (
        q.Actual(q.ActualKind.RUN, lot.lot, "A", lot.end, "make", lot.resource, lot.quantity),
        q.Actual(q.ActualKind.COUNT, "R", "R", lot.end, quantity=1500),
    )
    to = datetime(2025, 1, 6) + timedelta(minutes=lot.end + 10)
    morning = advance(replace(plant, actuals=first), plan, to).plant
    again = tuple(replace(row, at=row.at - lot.end - 10) for row in first)
    next_plan = made(morning)
    later = to + timedelta(hours=1)
    once = advance(morning, next_plan, later)
    twice = advance(morning, next_plan, later, told=replace(morning, actuals=again))
    assert twice.plant == once.plant
    (note,) = set(twice.notes) - set(once.notes)
    assert note.startswith("2 confirmations are of before 2025-01-06T")
