"""A small plant that is replanned: two machines, one item made in two steps, an order every day."""

from fractions import Fraction as F

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.solve.solve import Settings, solve

DAY = 1440


def yard(start: str = "2025-01-06T00:00:00", **tables: object) -> q.Plant:
    """Two machines, one item made in two steps, orders every day."""
    items = (q.Item("A", q.ItemKind.FINISHED, unit_value=F(10)), q.Item("R", q.ItemKind.RAW, unit_value=F(1)))
    default: dict[str, object] = {
        "horizon": q.Horizon(daily=7, weekly=2, schedule_days=4),
        "items": items,
        "bill_of_materials": (q.BomLine("A", "R", F(1), operation="make"),),
        "operations": (
            q.Operation("A", "make", 10, run_minutes=F(1)),
            q.Operation("A", "pack", 20, run_minutes=F(1)),
        ),
        "operation_resources": (
            q.OperationResource("A", "make", "M"),
            q.OperationResource("A", "make", "M2"),
            q.OperationResource("A", "pack", "P"),
        ),
        "resources": tuple(
            q.Resource(name, q.ResourceKind.MACHINE, calendar="always", cost_per_hour=F(6))
            for name in ("M", "M2", "P")
        ),
        "calendars": tuple(q.CalendarRow("always", day, None, 0, DAY) for day in range(7)),
        "suppliers": (q.SupplierOffer("S", "R", 1, price=F(1)),),
        "stock": (q.Stock("s", "R", 2000),),
        "orders": tuple(q.Order(f"O{day}", "A", 100, day * DAY) for day in range(1, 6)),
    }
    return q.Plant("yard", start, "UTC", "EUR", **(default | tables))  # type: ignore[arg-type]


def made(plant: q.Plant, work: float = 2.0) -> p.Plan:
    outcome = solve(plant, Settings(work=work))
    assert outcome.plan is not None, outcome.rejected
    return outcome.plan
