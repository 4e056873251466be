"""Energy at prices by time of use: every minute at its price, by hand."""

from dataclasses import replace
from fractions import Fraction as F

import pytest
import tiny
from benchmarks.second_checker.compare import differences

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.tariffs import EnergyPrices
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.verify import check

DAY = tiny.DAY
M = replace(tiny.M, energy_kw=F(60))  # a kWh a minute
OWN = F(1, 4)


def rows(name: str, begins: int, ends: int, days: range = range(7)) -> tuple[q.CalendarRow, ...]:
    return tuple(q.CalendarRow(name, day, None, begins, ends) for day in days)


def plant(*tariffs: q.Tariff, calendars: tuple[q.CalendarRow, ...] = (), **tables: object) -> q.Plant:
    default: dict[str, object] = {"resources": (M,), "costs": q.Costs(energy_cost_per_kwh=OWN)}
    hours = (*rows("night", 1320, 360), *rows("peak", 420, 720))
    return tiny.plant(tariffs=tariffs, calendars=(*hours, *calendars), **(default | tables))


NIGHT, PEAK = q.Tariff("night", F(1, 10)), q.Tariff("peak", F(2, 5))


def charged(plant: q.Plant, plan: p.Plan) -> list[tuple[str, int, F, F]]:
    """Rows of energy, where the second checker charges the same."""
    assert differences(plant, plan) == []
    verdict = check(plant, plan)
    assert not verdict.violations
    for row in verdict.ledger:
        assert row.amount == row.quantity * row.rate
    return [
        (row.object, row.bucket, row.quantity, row.rate) for row in verdict.ledger if row.category == "energy"
    ]


def test_a_run_over_a_border_of_prices_is_split_at_it() -> None:
    # 05:30 to 07:30: half an hour at night, an hour at the plant's own price, half an hour of peak.
    found = charged(plant(NIGHT, PEAK), tiny.plan(**tiny.lot("L", 330, 120)))
    assert sorted(found, key=lambda row: row[3]) == [
        ("L/make", 0, 30, F(1, 10)), ("L/make", 0, 60, OWN), ("L/make", 0, 30, F(2, 5)),
    ]  # fmt: skip


def test_the_night_runs_over_midnight() -> None:
    (row,) = charged(plant(NIGHT), tiny.plan(**tiny.lot("L", DAY - 60, 120)))
    assert row == ("L/make", 1, 120, F(1, 10))


def test_only_working_minutes_cost() -> None:
    """The machine stands still from 06:00 to 08:00: the run has an hour at night and an hour of peak."""
    shifts = (*rows("shift", 0, 360), *rows("shift", 480, 1440))
    machine = replace(M, calendar="shift")
    made = plant(NIGHT, PEAK, calendars=shifts, resources=(machine,))
    run = p.Run("L", "make", "M", 120, 300, 300, 540)
    found = charged(made, tiny.plan(lots=(p.Lot("L", "A", 120),), runs=(run,)))
    assert sorted(row[2:] for row in found) == [(60, F(1, 10)), (60, F(2, 5))]


def test_a_setup_without_its_time_is_at_the_price_of_its_minute() -> None:
    """A run of ten minutes begins one before the night ends, and its setup of five has no time at all."""
    made = plant(NIGHT, operation_resources=(replace(tiny.MODE, setup_minutes=5),))
    plan = tiny.plan(**tiny.lot("L", 359, 10))
    assert differences(made, plan) == []
    verdict = check(made, plan)
    assert [row.rule for row in verdict.violations] == ["changeover"]
    energy = [(row.quantity, row.rate) for row in verdict.ledger if row.category == "energy"]
    assert sorted(energy) == [(1, F(1, 10)), (5, F(1, 10)), (9, OWN)]


@pytest.mark.parametrize(("in_breaks", "begins", "price"), [(False, 330, F(1, 10)), (True, 450, F(2, 5))])
def test_a_setup_is_at_the_prices_of_its_own_minutes(in_breaks: bool, begins: int, price: F) -> None:
    """Half an hour of setup before a run at 08:00: at the end of the shift before, or in the break."""
    shifts = (*rows("shift", 0, 360), *rows("shift", 480, 1440))
    machine = replace(M, calendar="shift", setup_in_breaks=in_breaks)
    mode = replace(tiny.MODE, setup_minutes=30)
    made = plant(NIGHT, PEAK, calendars=shifts, resources=(machine,), operation_resources=(mode,))
    run = p.Run("L", "make", "M", 60, begins, 480, 540)
    found = charged(made, tiny.plan(lots=(p.Lot("L", "A", 60),), runs=(run,)))
    assert sorted(row[2:] for row in found) == [(30, price), (60, F(2, 5))]


def test_the_tail_pays_the_mean_of_the_working_minutes() -> None:
    """Eight hours a day, 04:00 to 12:00: two at night, one at the own price, five of peak."""
    shifts = rows("shift", 240, 720)
    made = plant(NIGHT, PEAK, calendars=shifts, resources=(replace(M, calendar="shift"),))
    run = p.BucketRun("L", "make", "M", 100, ((3, 100),))
    plan = tiny.plan(lots=(p.Lot("L", "A", 100),), bucket_runs=(run,))
    mean = (2 * F(1, 10) + OWN + 5 * F(2, 5)) / 8
    assert charged(made, plan) == [("L/make", 3, 100, mean)]


def test_of_several_tariffs_the_dearest_counts() -> None:
    made = plant(q.Tariff("peak", F(1, 20)), q.Tariff("all", F(3, 20)), calendars=rows("all", 0, 1440))
    assert [row[3] for row in charged(made, tiny.plan(**tiny.lot("L", 430, 10)))] == [F(3, 20)]


def test_the_sum_over_all_prices_is_what_the_machine_draws() -> None:
    """kWh x tariff reconciles: two days of runs, counted minute by minute."""
    made = plant(NIGHT, PEAK)
    lots = [tiny.lot(f"L{n}", 200 * n + 7 * n % 50, 150) for n in range(13)]
    plan = tiny.plan(**tiny.join(*lots))
    found = charged(made, plan)

    def price(minute: int) -> F:
        clock = minute % DAY
        return F(2, 5) if 420 <= clock < 720 else F(1, 10) if clock >= 1320 or clock < 360 else OWN

    worked = [minute for run in plan.runs for minute in range(run.start, run.end)]
    assert sum(row[2] for row in found) == len(worked)
    assert sum(row[2] * row[3] for row in found) == sum(price(minute) for minute in worked)


def test_mean_and_lowest_price() -> None:
    made = plant(NIGHT, PEAK)
    timeline = Timeline.of(made)
    prices = EnergyPrices(made, timeline, WorkingTime(made, timeline))
    # Eight hours of night, five of peak and eleven others every day.
    assert prices.mean == (8 * F(1, 10) + 5 * F(2, 5) + 11 * OWN) / 24
    lookup = Lookup(made)
    assert (lookup.energy_hour(M, lowest=True), lookup.energy_hour(M)) == (6, 60 * prices.mean)
    assert [Lookup(one).lowest_kwh for one in (made, plant(PEAK), plant())] == [F(1, 10), OWN, OWN]


def test_without_tariffs_there_is_one_price() -> None:
    assert charged(plant(), tiny.plan(**tiny.lot("L", 330, 120))) == [("L/make", 0, 120, OWN)]
