"""Tables of what the plan costs and how good it is: ledger, key figures, certificate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.plan import BucketRun
from capacityplan.report.facts import Facts
from capacityplan.report.load import Load
from capacityplan.report.service import Served
from capacityplan.report.stock import ItemStock
from capacityplan.report.table import Column, Kind, Table, Value
from capacityplan.units import decimal_text, round_down, round_up
from capacityplan.verify import CHECKS
from capacityplan.verify.kpis import promises_kept

_DAYS_PER_YEAR = 365

CATEGORY_TEXT = {
    "purchase": "Material bought",
    "ordering": "Ordering, per purchase order",
    "production": "Machine time",
    "subcontracting": "Subcontracting",
    "labour": "Labour",
    "energy": "Energy",
    "setup": "Setups and changeovers",
    "overtime": "Overtime",
    "inspection": "Inspections",
    "rework": "Rework",
    "holding": "Holding stock",
    "hold": "Stock waiting for release",
    "storage": "Storage space",
    "safety_stock": "Stock below safety stock",
    "overstock": "Stock above its maximum",
    "late": "Late deliveries",
    "lost": "Lost demand",
    "makespan": "Duration of the schedule",
    "change": "Changes of the previous plan",
    "salvage": "Value of stock left at the end",
    "promotion": "Campaigns that the plan chose",
    "budget_overrun": "Spent beyond budgets",
    "revenue": "Revenue of the demand they add (less what they take)",
}
"""What a ledger category means to a planner."""


def ledger_table(facts: Facts) -> Table:
    """Return the cost ledger; amounts are exact and add up to the plan's cost."""
    money = facts.currency
    columns = (
        Column("category"),
        Column("object"),
        Column("from", Kind.DAY),
        Column("bucket", Kind.INTEGER),
        Column("quantity", Kind.RATE),
        Column("rate", Kind.RATE, money),
        Column("amount", Kind.MONEY, money),
    )
    rows = tuple(
        (
            row.category, row.object, facts.day(row.bucket) if row.bucket in facts.buckets else None,
            row.bucket, row.quantity, row.rate, row.amount,
        )
        for row in facts.verdict.ledger
    )  # fmt: skip
    return Table("ledger", "Cost ledger", columns, rows)


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure with the unit it is in."""

    name: str
    value: Value
    kind: Kind
    unit: str = ""


def figures(
    facts: Facts, service: tuple[Served, ...], loads: tuple[Load, ...], stock: tuple[ItemStock, ...]
) -> tuple[Figure, ...]:
    """Return the plan's key figures: cost and gap, service, work, stock."""
    return (*_money(facts), *_service(facts, service), *_work(facts, loads), *_stock(facts, stock))


def _money(facts: Facts) -> Iterator[Figure]:
    money = facts.currency
    yield Figure("cost", facts.verdict.cost, Kind.MONEY, money)
    found = facts.plan.certificate
    if found is not None:
        yield Figure("bound on the cost of any plan", _down(found.bound), Kind.MONEY, money)
        yield Figure("bound, certified without a solver", _down(found.bound_certified), Kind.MONEY, money)
        yield Figure("unavoidable cost", _down(found.unavoidable), Kind.MONEY, money)
        for name, share in (("gap", found.gap), ("controllable gap", found.gap_controllable)):
            yield Figure(name, None if share is None else round_up(share, 4), Kind.SHARE)
    for category, amount in facts.cost_by_category.items():
        yield Figure(f"cost of {category}", amount, Kind.MONEY, money)


def _service(facts: Facts, service: tuple[Served, ...]) -> Iterator[Figure]:
    yield Figure("on time, share of units demanded", facts.verdict.on_time_share, Kind.SHARE)
    yield Figure("promises kept, share of orders", promises_kept(facts.case), Kind.SHARE)
    yield Figure("units late, times days", facts.verdict.late_unit_days, Kind.RATE, "unit days")
    yield Figure("units lost", facts.verdict.lost_units, Kind.RATE, "units")
    yield Figure("demands", len(service), Kind.INTEGER)
    for status in ("on time", "late", "lost"):
        count = sum(row.status == status for row in service)
        yield Figure(f"demands {status}", count, Kind.INTEGER)


def _work(facts: Facts, loads: tuple[Load, ...]) -> Iterator[Figure]:
    plan = facts.plan
    yield Figure("lots", len(plan.lots), Kind.INTEGER)
    yield Figure("operations", len(plan.runs) + len(plan.bucket_runs), Kind.INTEGER)
    yield Figure("operations planned to the minute", len(plan.runs), Kind.INTEGER)
    yield Figure("inspections", len(plan.inspections) + len(plan.bucket_inspections), Kind.INTEGER)
    yield Figure("purchases", len(plan.purchases), Kind.INTEGER)
    productive = [load for load in loads if load.resource in facts.productive]
    for name, column in (("run time", "run"), ("setup time", "setup"), ("overtime", "overtime")):
        minutes = sum(int(getattr(load, column).sum()) for load in productive)
        yield Figure(name, Fraction(minutes, 60), Kind.HOURS, "h")
    drawn = sum((row.quantity for row in facts.verdict.ledger if row.category == "energy"), Fraction(0))
    if drawn:
        yield Figure("energy of runs and setups", drawn, Kind.RATE, "kWh")
    window = slice(0, facts.timeline.window_buckets)
    shares = [
        (Fraction(int(load.used[window].sum()), max(1, int(load.capacity[window].sum()))), load.resource)
        for load in loads
    ]
    if shares:
        share, name = max(shares)
        yield Figure(f"utilisation of {name}, the busiest, in the window", share, Kind.SHARE)
    times = _throughput(facts)
    if times:
        mean = sum(times, Fraction(0)) / len(times)
        yield Figure("average throughput time of lots in the window", mean, Kind.HOURS, "h")


def _throughput(facts: Facts) -> list[Fraction]:
    """Hours from first start to release of the lots planned to the minute."""
    found = []
    for name, flow in facts.case.flow.lots.items():
        held, first = facts.held.get(name), flow.first
        if held is None or held.release is None or first is None or isinstance(first.row, BucketRun):
            continue
        found.append(Fraction(held.release.minute - first.begins, 60))
    return found


def _stock(facts: Facts, stock: tuple[ItemStock, ...]) -> Iterator[Figure]:
    days, horizon = facts.timeline.days, int(facts.timeline.days.sum())
    money, together = facts.currency, Fraction(0)
    for name, column in (("stock", "closing"), ("stock on hold", "hold")):
        value = sum(
            (
                int((getattr(one, column) * days).sum())
                * facts.lookup.items[one.item].unit_value
                / facts.lookup.scale[one.item]
                for one in stock
            ),
            Fraction(0),
        )
        together += value
        yield Figure(f"average value of {name}", value / horizon, Kind.MONEY, money)
    if together:
        shipped = sum(
            (
                facts.lookup.items[row.item].unit_value * row.quantity / facts.lookup.scale[row.item]
                for row in facts.plan.deliveries
            ),
            Fraction(0),
        )
        yield Figure("stock turns", shipped * _DAYS_PER_YEAR / together, Kind.RATE, "a year")
    short = sum(
        int((one.closing < facts.lookup.safety_stocks(one.item, facts.timeline)).sum()) for one in stock
    )
    yield Figure("item buckets below safety stock", short, Kind.INTEGER)


def kpis_table(found: tuple[Figure, ...]) -> Table:
    """Return key figures as a table."""
    columns = (Column("figure"), Column("value"), Column("unit"))
    return Table("kpis", "Key figures", columns, tuple((row.name, _written(row), row.unit) for row in found))


def _written(row: Figure) -> Value:
    """Write a figure out, because one column holds figures of all kinds."""
    if row.value is None:
        return "not known"
    if isinstance(row.value, Fraction):
        return decimal_text(row.value, {Kind.MONEY: 2, Kind.HOURS: 2, Kind.SHARE: 4}.get(row.kind, 3))
    return str(row.value)


def certificate_table(facts: Facts) -> Table:
    """Return what was verified and proven, statement by statement."""
    found, plan = facts.plan.certificate, facts.plan
    rows: list[tuple[str, str]] = [
        ("verified", f"yes: {len(facts.verdict.violations)} violations of {len(CHECKS)} rules"),
        ("cost", _amount(facts, facts.verdict.cost)),
    ]
    if found is not None:
        rows += [
            ("no plan can cost less than", _amount(facts, _down(found.bound))),
            ("of this, certified without trusting a solver", _amount(facts, _down(found.bound_certified))),
            ("how the bound was found", found.bound_method or "not computed"),
            ("unavoidable cost", _amount(facts, _down(found.unavoidable))),
            ("gap", _share(found.gap)),
            ("controllable gap", _share(found.gap_controllable)),
        ]
    origin = plan.provenance
    rows += [
        ("plant", origin.plant_name),
        ("plant hash", origin.plant_hash),
        ("plan", origin.plan_id),
        ("seed", str(origin.seed)),
        ("workers", str(origin.workers)),
        ("version", origin.version),
    ]
    return Table("certificate", "Certificate", (Column("statement"), Column("value")), tuple(rows))


def _down(bound: Fraction | None) -> Fraction | None:
    """Round a bound the only way that keeps it one."""
    return None if bound is None else round_down(bound)


def _amount(facts: Facts, value: Fraction | None) -> str:
    return "not known" if value is None else f"{decimal_text(value)} {facts.currency}"


def _share(value: float | None) -> str:
    return "not known" if value is None else f"{float(round_up(value, 4)):.2%}"
