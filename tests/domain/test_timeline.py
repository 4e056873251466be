from datetime import date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from capacityplan.domain.plant import (
    CalendarKind,
    CalendarRow,
    Downtime,
    Horizon,
    Lock,
    LockKind,
    Plant,
    Resource,
    ResourceKind,
)
from capacityplan.domain.timeline import Clock, Steps, Timeline, WorkingTime, weeks_touched


def plant(start: str = "2027-03-22T06:00", **fields: object) -> Plant:
    return Plant(name="p", start=start, timezone="Europe/Berlin", currency="EUR", **fields)


def test_days_follow_the_clock_change() -> None:
    # Monday 2027-03-22 06:00; the clocks go forward on Sunday 2027-03-28.
    grid = Timeline.of(plant(horizon=Horizon(daily=8, weekly=1, monthly=0, schedule_days=7)))
    assert (grid.ends - grid.starts).tolist() == [1080, 1440, 1440, 1440, 1440, 1440, 1380, 1440, 10080]
    assert grid.days.tolist() == [1, 1, 1, 1, 1, 1, 1, 1, 7]
    assert grid.window_end == grid.ends[6]


def test_autumn_day_has_25_hours() -> None:
    grid = Timeline.of(plant("2027-10-31T00:00", horizon=Horizon(daily=2, weekly=0, schedule_days=2)))
    assert (grid.ends - grid.starts).tolist() == [1500, 1440]


def test_monthly_buckets_end_on_the_first_of_a_month() -> None:
    grid = Timeline.of(
        plant("2027-01-20T00:00", horizon=Horizon(daily=2, weekly=0, monthly=2, schedule_days=1))
    )
    ends = [
        date.fromordinal(int(day + length)) for day, length in zip(grid.first_day, grid.days, strict=True)
    ]
    assert ends[2:] == [date(2027, 3, 1), date(2027, 4, 1)]


def test_borders_belong_to_the_bucket_that_ends_or_starts() -> None:
    grid = Timeline.of(plant("2027-01-04T00:00", horizon=Horizon(daily=3, weekly=0, schedule_days=3)))
    assert grid.bucket_of_end(1440) == 0
    assert grid.bucket_of_start(1440) == 1
    assert grid.bucket_of_end(1441) == 1
    assert grid.bucket_of_end(0) == 0
    assert grid.bucket_of_end(3 * 1440 + 1) == 3
    assert grid.bucket_of_start(3 * 1440) == 3


def test_days_late_count_calendar_days_after_the_due_day() -> None:
    grid = Timeline.of(plant("2027-01-04T06:00", horizon=Horizon(daily=2, weekly=1, schedule_days=2)))
    due = grid.clock.minute(datetime(2027, 1, 5, 0, 0))  # end of Monday the 4th
    assert [grid.days_late(due, t) for t in range(3)] == [0, 1, 7]
    midweek = grid.clock.minute(datetime(2027, 1, 8, 12, 0))  # inside the weekly bucket 6th-12th
    assert grid.days_late(midweek, 2) == 4


def test_local_round_trip_over_a_year() -> None:
    clock = Clock("2027-01-01T00:00", "America/New_York")
    for minute in range(0, 365 * 1440, 100_003):
        assert clock.minute(clock.local(minute)) in {minute, minute - 60, minute + 60}
    assert clock.minute(datetime(2028, 1, 1)) == 365 * 1440


def rows(*spans: tuple[int, int, int | None], weekday: int = 0) -> tuple[CalendarRow, ...]:
    return tuple(CalendarRow("c", weekday, None, a, b, capacity) for a, b, capacity in spans)


def test_night_shift_runs_over_midnight_and_dates_replace_weekdays() -> None:
    holiday = date(2027, 1, 11).toordinal()
    instance = plant(
        "2027-01-04T00:00",
        horizon=Horizon(daily=14, weekly=0, schedule_days=14),
        calendars=(*rows((22 * 60, 6 * 60, None)), CalendarRow("c", None, holiday, 8 * 60, 10 * 60)),
        resources=(Resource("M", ResourceKind.MACHINE, calendar="c"),),
    )
    steps = WorkingTime(instance, Timeline.of(instance)).regular("M")
    assert steps.intervals() == [(1320, 1800, 1), (7 * 1440 + 480, 7 * 1440 + 600, 1)]


def test_downtime_and_live_locks_close_a_resource_and_expired_locks_do_not() -> None:
    instance = plant(
        "2027-01-04T00:00",
        horizon=Horizon(daily=1, weekly=0, schedule_days=1),
        resources=(Resource("M", ResourceKind.MACHINE),),
        downtime=(Downtime("d", "M", start=100, end=200),),
        locks=(
            Lock("a", LockKind.RESOURCE, "M", start=300, end=400),
            Lock("b", LockKind.RESOURCE, "M", start=500, end=600, expires=0),
        ),
    )
    steps = WorkingTime(instance, Timeline.of(instance)).regular("M")
    assert steps.intervals() == [(0, 100, 1), (200, 300, 1), (400, 1440, 1)]


def test_overtime_is_outside_regular_time() -> None:
    instance = plant(
        "2027-01-04T00:00",
        horizon=Horizon(daily=1, weekly=0, schedule_days=1),
        resources=(Resource("M", ResourceKind.MACHINE, calendar="c", overtime_calendar="o"),),
        calendars=(
            *rows((480, 960, None)),
            CalendarRow("o", 0, None, 900, 1080, kind=CalendarKind.OVERTIME),
        ),
    )
    assert WorkingTime(instance, Timeline.of(instance)).overtime("M").intervals() == [(960, 1080, 1)]


def test_weeks_touched_counts_monday_weeks() -> None:
    grid = Timeline.of(plant("2027-01-06T00:00", horizon=Horizon(daily=1, weekly=1, schedule_days=1)))
    assert [weeks_touched(grid, t) for t in range(2)] == [1, 2]


spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 3)), max_size=6)


@settings(max_examples=150)
@given(spans, spans, st.integers(0, 60), st.integers(0, 60))
def test_steps_agree_with_minute_by_minute_counting(
    opened: list[tuple[int, int, int]], cut: list[tuple[int, int, int]], a: int, b: int
) -> None:
    holes = [(x, y) for x, y, _ in cut]
    steps = Steps([]).union(opened).without(holes)
    level = [max((c for x, y, c in opened if x <= m < y), default=0) for m in range(60)]
    level = [0 if any(x <= m < y for x, y in holes) else c for m, c in enumerate(level)]
    a, b = min(a, b), max(a, b)
    assert steps.open_minutes(a, b) == sum(c > 0 for c in level[a:b])
    assert steps.capacity_minutes(a, b) == sum(level[a:b])
    assert [steps.capacity_at(m) for m in range(60)] == level
    assert steps.contains(a, b) == all(level[a:b])
