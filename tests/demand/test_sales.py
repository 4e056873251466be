"""Sales of a period by hand: turnover, growth, share, new customers."""

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from pathlib import Path

from click.testing import CliRunner

from capacityplan.cli.demand import demand
from capacityplan.demand.sales import sales
from capacityplan.domain import plant as q
from capacityplan.exchange import write

JAN, FEB, MAR = (date(2025, month, 1).toordinal() for month in (1, 2, 3))


def plant() -> q.Plant:
    """Two months of 31 and 28 days; the shop sells both items, the web comes in February."""
    rows = (
        q.History("A", JAN, FEB - 1, 310, "shop"),
        q.History("B", JAN, FEB - 1, 100, "shop"),
        q.History("A", FEB, MAR - 1, 280, "shop"),
        q.History("A", FEB, MAR - 1, 140, "web"),
        q.History("A", FEB, MAR - 1, 999, "shop", stream="marketing"),
    )
    always = tuple(q.CalendarRow("always", day, None, 0, 1440) for day in range(7))
    made = {
        "items": (
            q.Item("A", q.ItemKind.FINISHED, family="F", price=F(2)),
            q.Item("B", q.ItemKind.FINISHED, price=F(5)),
        ),
        "operations": tuple(q.Operation(name, "make", 10, run_minutes=F(1)) for name in "AB"),
        "operation_resources": tuple(q.OperationResource(name, "make", "M") for name in "AB"),
        "resources": (q.Resource("M", q.ResourceKind.MACHINE, calendar="always"),),
        "calendars": always,
        "customers": (q.Customer("shop"), q.Customer("web")),
        "prices": (q.Price("A", 0, F(9)), q.Price("A", -28 * 1440, F(3), segment="web")),
        "orders": (q.Order("O", "A", 1, 1440), q.Order("P", "B", 1, 1440)),
        "history": rows,
    }
    return q.Plant("sales", "2025-03-01T00:00:00", "UTC", "EUR", **made)  # type: ignore[arg-type]


def test_turnover_growth_and_share_by_hand() -> None:
    rows = {row.name: row for row in sales(plant(), "segment", FEB, MAR - 1)}
    # 280 at 2 EUR and 140 at the web's own 3 EUR; the 28 days before are 28/31 of January.
    before = F(28, 31) * (310 * 2 + 100 * 5)
    assert (rows["shop"].turnover, rows["web"].turnover) == (560, 420)
    assert (rows["shop"].before, rows["web"].before) == (before, 0)
    assert rows["shop"].growth == F(560) / before - 1
    assert rows["web"].growth is None
    assert (rows["shop"].share, rows["web"].share) == (F(560, 980), F(420, 980))
    together = rows[""]
    assert (together.turnover, together.customers, together.new_customers) == (980, 2, 1)
    assert together.growth == F(980) / before - 1


def test_share_of_the_market_by_family_segment_and_together() -> None:
    """Of a market of a known size we sold 560 in the shop and 420 in the web, all of family F."""
    market = (
        q.Market(JAN, FEB - 1, F(4480), "F", "shop"),
        q.Market(FEB, MAR - 1, F(1400), "F", "shop"),
        q.Market(FEB, FEB + 55, F(1680), "F", "web"),
    )
    rows = {by: {row.name: row for row in sales(replace(plant(), market=market), by, FEB, MAR - 1)}
            for by in ("segment", "family", "item")}  # fmt: skip
    # Half of the web's row lies in February.
    assert rows["segment"]["web"].market == F(420, 840)
    shop = rows["segment"]["shop"]
    # 28 of January's 31 days; of family F the shop sold 310 at 2.
    assert (shop.market, shop.market_before) == (F(560, 1400), F(620, 4480))
    assert rows["family"]["F"].market == F(980, 2240)
    # The total is that of the markets that are known: B has no family and no market.
    assert (rows["item"][""].market, rows["item"]["A"].market) == (F(980, 2240), None)
    assert rows["family"].keys() == {"F", ""}


def test_a_market_is_compared_with_the_days_it_is_known_for() -> None:
    """The market is known for the first seven days: against a quarter of February's sales of all."""
    week = (q.Market(FEB, FEB + 6, F(490)),)
    (*_, whole) = sales(replace(plant(), market=week), "item", FEB, MAR - 1)
    assert (whole.market, whole.market_before) == (F(245, 490), None)


def test_a_segment_has_those_below_it() -> None:
    tree = (q.Customer("all"), q.Customer("shop", parent="all"), q.Customer("web", parent="all"))
    market = (q.Market(FEB, MAR - 1, F(1960), segment="all"),)
    (*_, whole) = sales(replace(plant(), customers=tree, market=market), "segment", FEB, MAR - 1)
    assert whole.market == F(1, 2)


def test_days_before_the_history_make_no_growth() -> None:
    rows = sales(plant(), "item", FEB - 5, MAR - 1)
    assert not any(row.complete for row in rows)
    assert {row.growth for row in rows} == {None}
    # Five of January's 31 days.
    assert rows[-1].turnover == 980 + F(5, 31) * 1120


def test_the_command_tells_them_by_item_family_and_segment(tmp_path: Path) -> None:
    write(plant(), tmp_path / "plant")
    days = ["--sales", "--from", "2025-02-01", "--to", "2025-02-28"]
    for by, names in (("item", ["A", "B", "(all)"]), ("family", ["F", "(none)", "(all)"])):
        done = CliRunner().invoke(demand, [str(tmp_path / "plant"), *days, "--by", by, "--json"])
        assert done.exit_code == 0, done.output
        assert [row[by] for row in json.loads(done.output)["sales"]] == names
    shown = CliRunner().invoke(demand, [str(tmp_path / "plant"), *days, "--by", "segment"])
    assert "new customers" in shown.output
    assert "42.9%" in shown.output
