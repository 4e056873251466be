"""The bound of plants whose operations overlap: its lags count only what must follow one after the other."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import pytest
from small_plants import LINES, STREAMS
from small_plants import plant as draw
from trial import trial

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.solve.bound import certify
from capacityplan.verify import check
from capacityplan.verify.relaxation.chains import Chain, Step
from capacityplan.verify.relaxation.grid import Grid

DAY = 1440


@pytest.mark.parametrize("seed", [LINES + 4, LINES + 13, STREAMS + 1, STREAMS + 101_000])
def test_no_accepted_plan_costs_less_than_the_bound(seed: int) -> None:
    found = trial(seed, 100, 1)
    assert found.accepted > 20
    assert found.wrong == []


def test_plants_drawn_for_it_overlap() -> None:
    plants = [draw(seed) for seed in (*range(STREAMS, STREAMS + 20), *range(LINES, LINES + 5))]
    assert all(any(row.overlap_quantity for row in plant.operations) for plant in plants[-5:])
    assert sum(any(row.overlap_quantity for row in plant.operations) for plant in plants) > 15


def line(overlap: int, **fields: object) -> q.Plant:
    """Three machines, 20 hours of 10 units on each: 60 hours in turn, 24 with units passed on singly."""
    plant = q.Plant(
        "line", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(5, 0, 0, 5),
        items=(
            q.Item("A", q.ItemKind.FINISHED, min_lot=10, max_lot=10),
            q.Item("R", q.ItemKind.RAW, holding_cost_per_day=F(1)),
        ),
        bill_of_materials=(q.BomLine("A", "R", F(1)),),
        operations=tuple(
            q.Operation("A", name, 10 * k, run_minutes=F(120), overlap_quantity=0 if name == "c" else overlap)
            for k, name in enumerate("abc", 1)
        ),
        operation_resources=tuple(q.OperationResource("A", name, name.upper()) for name in "abc"),
        resources=tuple(q.Resource(name, q.ResourceKind.MACHINE, cost_per_hour=F(1)) for name in "ABC"),
        stock=(q.Stock("S", "R", 10),),
        orders=(q.Order("O", "A", 10, DAY, late_cost_per_day=F(7), lost_cost=F(1000)),),
    )  # fmt: skip
    return replace(plant, **fields)  # type: ignore[arg-type]


def plan(*starts: int) -> p.Plan:
    runs = tuple(
        p.Run("L", name, name.upper(), 10, start, start, start + 1200)
        for name, start in zip("abc", starts, strict=True)
    )
    end = starts[-1] + 1200
    sold = p.Delivery("O", "A", 10, end, end)
    return p.Plan(p.Provenance("line", ""), lots=(p.Lot("L", "A", 10),), runs=runs, deliveries=(sold,))


def held(plant: q.Plant, made: p.Plan) -> tuple[F, F]:
    """Cost of an accepted plan, and what is proven."""
    verdict = check(plant, made)
    assert verdict.violations == ()
    bound = certify(plant, 20)
    assert bound.bound is not None
    assert bound.bound <= verdict.cost
    return verdict.cost, bound.bound


def test_a_lot_that_is_on_time_only_because_it_overlaps() -> None:
    """With units passed on singly it ends at 1440 (0 + 120 + 120 + 1200), in turn at 3600."""
    cost, bound = held(line(1), plan(0, 120, 240))
    assert cost - bound < F(1, 10)
    later, bound = held(line(0), plan(0, 1200, 2400))
    assert later == cost + 7 * 10 + 20
    assert bound > cost


def test_components_that_come_when_an_overlapping_lot_just_needs_them() -> None:
    """They may be bought for the day after the start, which is too late one operation after the other."""
    offers = (q.SupplierOffer("S", "R", lead_time_days=1, price=F(2)),)
    order = (q.Order("O", "A", 10, 2 * DAY, late_cost_per_day=F(7), lost_cost=F(1000)),)
    plant = line(1, stock=(), suppliers=offers, orders=order)
    bought = (p.Purchase("P", "S", "R", 10, 0, DAY),)
    cost, bound = held(plant, replace(plan(DAY, DAY + 120, DAY + 240), purchases=bought))
    assert cost - bound < 15


def test_the_rest_of_an_order_in_progress_overlaps_too() -> None:
    receipt = q.Receipt("W", q.ReceiptKind.PRODUCTION, "A", 10, 0, operation="a", done_quantity=5)
    slower = tuple(replace(row, run_minutes=F(150)) for row in line(1).operations)
    plant = line(1, receipts=(receipt,), stock=(), operations=slower)
    runs = (
        p.Run("W", "a", "A", 5, 0, 0, 750),
        # Five units are there at once.
        p.Run("W", "b", "B", 10, 0, 0, 1500),
        p.Run("W", "c", "C", 10, 150, 150, 1650),
    )
    made = replace(plan(0, 0, 120), lots=(p.Lot("W", "A", 10, "", "W"),), runs=runs)
    made = replace(made, deliveries=(p.Delivery("O", "A", 10, 1650, 1650),))
    cost, bound = held(plant, made)
    assert cost - bound < 40


def test_lags_of_a_chain() -> None:
    """Least minutes from a start to the completion, and least ends, with and without overlap."""

    def steps(chain: Chain, *overlaps: int) -> Chain:
        def edit(step: Step, overlap: int, wait: int) -> Step:
            row = replace(step.operation, overlap_quantity=overlap)
            return replace(step, operation=row, between=wait)

        rows = zip(chain.steps, overlaps, (10, 20, 0), strict=True)
        return replace(chain, steps=tuple(edit(*row) for row in rows))

    chain = Grid(line(0)).routes[0]
    assert [steps(chain, 0, 0, 0).least_rest(k) for k in range(3)] == [3630, 2420, 1200]
    assert [steps(chain, 1, 0, 0).least_rest(k) for k in range(3)] == [2430, 2420, 1200]
    assert [steps(chain, 1, 1, 0).least_rest(k) for k in range(3)] == [1230, 1220, 1200]
    assert [steps(chain, 0, 1, 0).least_rest(k) for k in range(3)] == [2430, 1220, 1200]
    assert steps(chain, 0, 0, 0).least_ends([0, 0, 0]) == [1200, 2400, 3600]
    assert steps(chain, 1, 0, 0).least_ends([5, 0, 0]) == [1205, 1205, 2405]
    assert steps(chain, 1, 1, 0).least_ends([0, 100, 0]) == [1200, 1300, 1300]
