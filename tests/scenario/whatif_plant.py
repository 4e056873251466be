"""A bakery: bread mixed and baked, flour that must be bought, a crew, an order a day."""

from fractions import Fraction as F

from capacityplan.domain import plant as q

DAY = 1440


def bakery() -> q.Plant:
    return q.Plant(
        "bakery", "2027-01-04T00:00", "UTC", "EUR", horizon=q.Horizon(7, 2, 0, 4),
        items=(
            q.Item("bread", q.ItemKind.FINISHED, unit_value=F(4), price=F(8), holding_cost_per_day=F(1, 10)),
            q.Item("flour", q.ItemKind.RAW, unit_value=F(1), holding_cost_per_day=F(1, 50)),
        ),
        bill_of_materials=(q.BomLine("bread", "flour", F(1), operation="mix"),),
        operations=(
            q.Operation("bread", "mix", 10, run_minutes=F(1)),
            q.Operation("bread", "bake", 20, run_minutes=F(3)),
        ),
        operation_resources=(
            q.OperationResource("bread", "mix", "MIXER", labour="crew"),
            q.OperationResource("bread", "bake", "OVEN"),
        ),
        resources=(
            q.Resource("MIXER", q.ResourceKind.MACHINE, calendar="day", cost_per_hour=F(20)),
            q.Resource("OVEN", q.ResourceKind.MACHINE, calendar="day", cost_per_hour=F(30)),
            q.Resource("crew", q.ResourceKind.LABOUR, capacity=5, calendar="day", cost_per_hour=F(25)),
        ),
        calendars=tuple(q.CalendarRow("day", day, None, 360, 1080) for day in range(7)),
        suppliers=(q.SupplierOffer("Mill", "flour", 1, price=F(1)),),
        stock=(q.Stock("S", "flour", 100),),
        orders=tuple(
            q.Order(f"O{day}", "bread", 60, day * DAY, late_cost_per_day=F(2), lost_cost=F(40))
            for day in range(2, 8)
        ),
    )  # fmt: skip
