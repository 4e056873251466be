"""Shifts from iCalendar files and B2MML work calendars, and back."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from capacityplan import templates
from capacityplan.cli.main import cli
from capacityplan.domain.plant import CalendarKind, CalendarRow, Plant
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.errors import DataError, Finding
from capacityplan.exchange import read_or_raise, write
from capacityplan.exchange.mapping import import_tables, profile_path
from capacityplan.outbound.shifts import b2mml_definitions, icalendar_files

BERLIN = {"start": '"2027-03-22T06:00"', "timezone": '"Europe/Berlin"'}
FRAME = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\nX-WR-CALNAME:mixer\n{}END:VCALENDAR\n"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMESPACE = "http://www.mesa.org/xml/B2MML"


@pytest.fixture(scope="module")
def plant() -> Plant:
    """A plant on which every resource has the calendar ``mixer``."""
    found = templates.build("fitband", 0.1, 0)
    resources = tuple(
        replace(row, calendar="mixer" if row.calendar else "", overtime_calendar="")
        for row in found.resources
    )
    calendars = (CalendarRow("mixer", 0, None, 360, 840),)
    suppliers = tuple(replace(row, calendar="") for row in found.suppliers)
    customers = tuple(replace(row, ship_calendar="") for row in found.customers)
    return replace(
        found, start="2027-03-22T06:00", resources=resources, calendars=calendars, suppliers=suppliers,
        customers=customers, downtime=(),
    )  # fmt: skip


def event(*lines: str) -> str:
    return "\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT", ""))


def rows(folder: Path, plant: Plant, files: dict[str, str], profile: str = "shifts") -> list[str]:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    found = import_tables(folder, profile_path(profile), BERLIN, onto=plant).plant
    write(found, folder / "instance")
    told = (folder / "instance" / "calendars.csv").read_text(encoding="utf-8").splitlines()
    names = told[0].split(",")
    keep = [n for n, name in enumerate(names) if name != "calendar"]
    return [
        ",".join(cell for n, cell in enumerate(line.split(",")) if n in keep and cell) for line in told[1:]
    ]


def findings(folder: Path, plant: Plant, files: dict[str, str]) -> list[Finding]:
    with pytest.raises(DataError) as caught:
        rows(folder, plant, files)
    return list(caught.value.findings)


def test_what_recurs_weekly_stays_so_and_exceptions_are_dates(tmp_path: Path, plant: Plant) -> None:
    zone = "TZID=Europe/Berlin"
    early = event(
        "UID:1", f"DTSTART;{zone}:20270322T060000", f"DTEND;{zone}:20270322T140000",
        "RRULE:FREQ=WEEKLY;BYDAY=MO,TU", f"EXDATE;{zone}:20270330T060000",
    )  # fmt: skip
    moved = event(
        "UID:1", f"RECURRENCE-ID;{zone}:20270405T060000", f"DTSTART;{zone}:20270405T080000", "DURATION:PT8H"
    )
    gone = event(
        "UID:1", f"RECURRENCE-ID;{zone}:20270406T060000", f"DTSTART;{zone}:20270406T060000", "DURATION:PT8H",
        "STATUS:CANCELLED",
    )  # fmt: skip
    night = event(
        "UID:2", "DTSTART:20270326T220000", "DTEND:20270327T060000", 
        "RRULE:FREQ=WEEKLY;UNTIL=20270410T000000", "SUMMARY:Night",
    )  # fmt: skip
    saturday = event("UID:3", "DTSTART:20270327T080000", "DURATION:PT4H", "CATEGORIES:Overtime")
    easter = event("UID:4", "DTSTART;VALUE=DATE:20270426", "DTEND;VALUE=DATE:20270428", "SUMMARY:Easter")
    found = rows(
        tmp_path / "a", plant, {"a.ics": FRAME.format(early + moved + gone + night + saturday + easter)}
    )
    assert found == [
        "mon,06:00,14:00,work,2027-03-22",
        "tue,06:00,14:00,work,2027-03-22",
        "fri,22:00,06:00,work,2027-03-26,2027-04-09",
        "2027-03-27,08:00,12:00,overtime",
        "2027-03-30,00:00,24:00,closed",
        "2027-04-05,08:00,16:00,work",
        "2027-04-06,00:00,24:00,closed",
        "2027-04-26,00:00,24:00,closed",
        "2027-04-27,00:00,24:00,closed",
    ]


def test_other_rules_and_other_time_zones_are_laid_out_by_date(tmp_path: Path, plant: Plant) -> None:
    every_other = event(
        "UID:1", "DTSTART:20270322T060000", "DURATION:PT8H", "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3"
    )
    # By the clock of the plant it begins an hour later once the clocks have been put forward.
    abroad = event("UID:2", "DTSTART:20270327T080000Z", "DURATION:PT2H", "RRULE:FREQ=WEEKLY;COUNT=2")
    week = event("UID:3", "DTSTART:20270410T200000", "DTEND:20270412T040000", "CATEGORIES:WORK")
    found = rows(tmp_path / "a", plant, {"a.ics": FRAME.format(every_other + abroad + week)})
    assert found == [
        "2027-03-22,06:00,14:00", "2027-03-27,09:00,11:00", "2027-04-03,10:00,12:00",
        "2027-04-05,06:00,14:00", "2027-04-10,20:00,24:00", "2027-04-11,00:00,24:00",
        "2027-04-12,00:00,04:00", "2027-04-19,06:00,14:00",
    ]  # fmt: skip


def test_every_faulty_event_is_shown_with_its_line(tmp_path: Path, plant: Plant) -> None:
    start = "DTSTART:20270322T060000"
    events = [
        event("UID:0", "DTEND:20270322T140000"),
        event("UID:1", start, "DTEND:2027-03-22"),
        event("UID:2", start),
        event("UID:3", start, "DTEND:20270322T050000"),
        event("UID:4", "DTSTART;TZID=Mars/Olympus:20270322T060000", "DURATION:PT8H"),
        event("UID:5", start, "DURATION:PT8H", "RRULE:FREQ=HOURLY"),
        event("UID:6", start, "DURATION:PT8H", "RRULE:FREQ=DAILY;INTERVAL=0"),
        event("UID:7", start, "DURATION:PT8H", "RRULE:FREQ=DAILY;BYHOUR=6,7"),
        event("UID:8", start, "DURATION:PT30S"),
        event("UID:9", start, start, "DURATION:PT8H"),
        event("UID:10", start, "DTEND:20270322T140000Z"),
        event("UID:11", start, "DURATION:PT8H", "RDATE;VALUE=PERIOD:20270323T060000/PT1H"),
    ]
    found = findings(tmp_path / "a", plant, {"a.ics": FRAME.format("".join(events)), "b.ics": "nothing"})
    lines = [5 + sum(one.count("\n") for one in events[:n]) for n in range(len(events))]
    assert [(row.file, row.row, row.code, row.column) for row in found] == [
        ("a.ics", lines[0], "missing_value", "DTSTART"),
        ("a.ics", lines[1], "unreadable_value", "DTEND"),
        ("a.ics", lines[2], "missing_value", "DTEND"),
        ("a.ics", lines[3], "no_length", "end"),
        ("a.ics", lines[4], "unknown_timezone", "DTSTART"),
        ("a.ics", lines[5], "unsupported_rule", "RRULE"),
        ("a.ics", lines[6], "unreadable_rule", "RRULE"),
        ("a.ics", lines[7], "unsupported_rule", "RRULE"),
        ("a.ics", lines[8], "not_whole_minutes", "start"),
        ("a.ics", lines[9], "duplicate_value", "DTSTART"),
        ("a.ics", lines[10], "unreadable_value", "DTEND"),
        ("a.ics", lines[11], "unreadable_value", "RDATE"),
        ("b.ics", None, "not_icalendar", ""),
    ]
    whole = FRAME.format(events[5])
    cut = findings(tmp_path / "b", plant, {"a.ics": whole[: len(whole) // 2]})
    assert [row.code for row in cut] == ["not_icalendar"]


def work_calendar(*entries: str) -> str:
    return (
        f'<ShowWorkCalendar xmlns="{NAMESPACE}"><DataArea><WorkCalendarDefinition><ID>mixer</ID>'
        f"{''.join(entries)}</WorkCalendarDefinition></DataArea></ShowWorkCalendar>"
    )


def entry(name: str = "WorkCalendarDefinitionEntry", inside: str = "", **values: str) -> str:
    texts = "".join(f"<{key}>{value}</{key}>" for key, value in values.items())
    return f"<{name}>{texts}{inside}</{name}>"


def test_definitions_of_work_calendars_recur_and_have_breaks(tmp_path: Path, plant: Plant) -> None:
    rest = entry(
        "WorkCalendarDefinitionEntryChild", RecurrenceTime="R/2027-03-22T10:00:00+01:00/P1D",
        DurationRule="PT30M", EntryType="Break",
    )  # fmt: skip
    early = entry(
        EffectiveStartDate="2027-03-22T06:00:00", EffectiveEndDate="2027-04-30", RecurrenceTime="R/P7D",
        DurationRule="PT8H", EntryType="Working Shift", inside=rest,
    )  # fmt: skip
    once = entry(EffectiveStartDate="2027-03-27T08:00:00", DurationRule="PT240M", EntryType="Overtime")
    found = rows(tmp_path / "a", plant, {"a.xml": work_calendar(early, once)})
    assert found == [
        "mon,06:00,14:00,work,2027-03-22,2027-04-26",
        *(f"{day},10:00,10:30,closed,2027-03-22" for day in DAYS),
        "2027-03-27,08:00,12:00,overtime",
        "2027-03-27,10:00,10:30,closed",
    ]  # fmt: skip


def test_work_calendars_list_their_entries_one_by_one(tmp_path: Path, plant: Plant) -> None:
    name = "WorkCalendarEntry"
    text = (
        f'<WorkCalendar xmlns="{NAMESPACE}"><ID>mixer</ID>'
        + entry(name, StartDateTime="2027-03-22T05:00:00Z", FinishDateTime="2027-03-22T13:00:00Z")
        + entry(
            name,
            StartDateTime="2027-03-23T00:00:00",
            FinishDateTime="2027-03-24T00:00:00",
            EntryType="Holiday",
        )
        + "</WorkCalendar>"
    )
    found = rows(tmp_path / "a", plant, {"a.xml": text})
    assert found == ["2027-03-22,06:00,14:00,work", "2027-03-23,00:00,24:00,closed"]


def test_every_faulty_entry_is_shown_with_its_number(tmp_path: Path, plant: Plant) -> None:
    start = {"EffectiveStartDate": "2027-03-22T06:00:00"}
    entries = [
        entry(**start, DurationRule="8 hours"),
        entry(**start, DurationRule="PT8H", RecurrenceTime="R/P1DT2H"),
        entry(**start, DurationRule="PT8H", EntryType="Siesta"),
        entry(EffectiveStartDate="22.03.2027", DurationRule="PT8H"),
        entry(DurationRule="PT8H"),
        entry(**start, DurationRule="PT8H", RecurrenceTime="R0/P1D"),
    ]
    files = {
        "a.xml": work_calendar(*entries), "b.xml": "<WorkCalendar/>",
        "c.xml": "<!DOCTYPE x><WorkCalendar/>", "d.xml": "<WorkCalendar>",
    }  # fmt: skip
    found = findings(tmp_path / "a", plant, files)
    assert [(row.file, row.row, row.code, row.column) for row in found] == [
        ("a.xml", 1, "unreadable_value", "DurationRule"),
        ("a.xml", 2, "unreadable_rule", "RecurrenceTime"),
        ("a.xml", 3, "unknown_kind", "EntryType"),
        ("a.xml", 4, "not_a_date", "EffectiveStartDate"),
        ("a.xml", 5, "missing_value", "EffectiveStartDate"),
        ("a.xml", 6, "unreadable_rule", "RRULE"),
        ("b.xml", None, "no_work_calendar", ""),
        ("c.xml", None, "hostile_file", ""),
        ("d.xml", 1, "not_xml", ""),
    ]


def test_a_profile_has_words_of_its_own(tmp_path: Path, plant: Plant) -> None:
    own = profile_path("shifts").read_text(encoding="utf-8")
    words = 'optional = true\nkinds = { Siesta = "closed", "On call" = "overtime" }\n'
    (tmp_path / "own.toml").write_text(own.replace("optional = true\n", words), encoding="utf-8")
    calls = event("UID:1", "DTSTART:20270322T060000", "DURATION:PT8H", "SUMMARY:on call")
    calls += event("UID:2", "DTSTART:20270323T060000", "DURATION:PT8H", "SUMMARY:Early")
    rest = entry(EffectiveStartDate="2027-03-22T12:00:00", DurationRule="PT1H", EntryType="siesta")
    files = {"a.ics": FRAME.format(calls), "b.xml": work_calendar(rest)}
    found = rows(tmp_path / "a", plant, files, str(tmp_path / "own.toml"))
    assert found == [
        "2027-03-22,06:00,14:00,overtime", "2027-03-23,06:00,14:00,work", "2027-03-22,12:00,13:00,closed",
    ]  # fmt: skip


@pytest.mark.parametrize("system", ["ical", "b2mml"])
def test_exported_shifts_come_back_the_same(system: str, tmp_path: Path) -> None:
    plant = templates.build("dairy", 0.1, 0)
    more = (
        CalendarRow("Day", 0, None, 0, 1440, kind=CalendarKind.OVERTIME),
        CalendarRow("day", 4, None, 1320, 360, capacity=2, valid_to=plant.calendars[0].valid_from),
    )
    plant = replace(plant, calendars=(*plant.calendars, *more))
    if system == "ical":
        files = icalendar_files(plant)
        assert {"shifts.day.ics", "shifts.Day.ics"} <= files.keys()
    else:
        files = {"work_calendars.xml": b2mml_definitions(plant, NAMESPACE)}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    # The export has its plan beside them; a machine's runs are no shifts, whatever it is called.
    runs = event("UID:L1-1", "DTSTART:20270322T000000Z", "DURATION:PT1H", "SUMMARY:A make 5 pcs")
    named = FRAME.format(runs).replace(
        "BEGIN:VEVENT", "PRODID:-//CapacityPlan//schedule//EN\nBEGIN:VEVENT", 1
    )
    (tmp_path / "day.ics").write_text(named, encoding="utf-8")
    schedule = "<OperationsSchedule><ID>first</ID></OperationsSchedule>"
    (tmp_path / "operations_schedule.xml").write_text(schedule, encoding="utf-8")
    stated = {"start": f'"{plant.start}"', "timezone": f'"{plant.timezone}"'}
    found = import_tables(tmp_path, profile_path("shifts"), stated, onto=plant).plant
    before, after = (WorkingTime(one, Timeline.of(one)) for one in (plant, found))
    names = {row.calendar for row in plant.calendars}
    assert {row.calendar for row in found.calendars} == names
    for name in names:
        for kind in (CalendarKind.WORK, CalendarKind.OVERTIME):
            told = list(before.calendar(name, kind, 3).intervals())
            assert list(after.calendar(name, kind, 3).intervals()) == told


def test_the_command_takes_shifts_into_an_instance(tmp_path: Path, plant: Plant) -> None:
    write(plant, tmp_path / "instance")
    (tmp_path / "shifts").mkdir()
    late = event("UID:1", "DTSTART:20270322T140000", "DURATION:PT8H", "RRULE:FREQ=WEEKLY")
    (tmp_path / "shifts" / "mixer.ics").write_text(FRAME.format(late), encoding="utf-8")
    asked = [
        "import", "tables", str(tmp_path / "shifts"), str(tmp_path / "instance"), "--profile", "shifts",
        "--update", *(f"--set={name}={value}" for name, value in BERLIN.items()),
    ]  # fmt: skip
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 0, done.output
    assert read_or_raise(tmp_path / "instance").calendars == (
        CalendarRow("mixer", 0, None, 840, 1320, valid_from=740062),
    )
    forgotten = CliRunner().invoke(cli, asked[:-2])
    assert isinstance(forgotten.exception, DataError)
    assert {row.code for row in forgotten.exception.findings} == {"unknown_timezone"}
