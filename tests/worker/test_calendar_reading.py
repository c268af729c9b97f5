"""Calendars as people's programs write them: each event is read right, or refused with a sentence."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from bandstand.calendars.bounds import MAX_COMPONENTS, MAX_EVENTS
from bandstand.calendars.events import CalendarContent, CalendarError, CalendarEvent, span_of
from bandstand_worker import calendar_reading
from bandstand_worker.calendar_opening import calendar_of, opened

Read = Callable[..., CalendarContent]
TODAY = date(2027, 3, 1)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads a calendar by the child's own reader, in this process."""

    def call(content: str | bytes, today: date = TODAY) -> CalendarContent:
        path = tmp_path / "calendar.ics"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        printed = io.StringIO()
        with redirect_stdout(printed):
            calendar_reading.main([str(path), *map(date.isoformat, span_of(today))])
        return calendar_of(io.BytesIO(printed.getvalue().encode()))

    return call


def event(*lines: str, uid: str = "one@example.org") -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"])


def calendar(*parts: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *parts, "END:VCALENDAR", ""])


def local(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001 - a time on the clock of the place


def only(found: CalendarContent) -> CalendarEvent:
    assert not found.flawed
    (one,) = found.events
    return one


def starts(found: CalendarContent) -> list[str]:
    assert not found.flawed
    return sorted(each.start.isoformat() for each in found.events)


# --- What an event says ----------------------------------------------------------------------------------------------


def test_an_event_is_read_whole(read: Read) -> None:
    found = read(
        calendar(
            "X-WR-CALNAME:Our gigs",
            "BEGIN:VEVENT",
            "UID:42@example.org",
            'DTSTART;TZID="Europe/Berlin":20270508T200000',
            "DTEND;TZID=Europe/Berlin:20270508T230000",
            "SUMMARY;LANGUAGE=en:A night\\, and a day",
            "LOCATION:Blue Note\\nHauptstr. 5\\, 80331 München",
            "DESCRIPTION:Line one\\nline",
            "  two\\; with \\\\",
            "URL;VALUE=URI:https://tickets.example/?a=1;b=2",
            "STATUS:TENTATIVE",
            "CLASS:PRIVATE",
            "BEGIN:VALARM",
            "SUMMARY:An alarm",
            "TRIGGER:-PT15M",
            "END:VALARM",
            "END:VEVENT",
        )
    )

    assert found.name == "Our gigs"
    assert found.is_complete
    assert only(found) == CalendarEvent(
        uid="42@example.org",
        start=datetime(2027, 5, 8, 20, tzinfo=BERLIN),
        end=datetime(2027, 5, 8, 23, tzinfo=BERLIN),
        zone="Europe/Berlin",
        title="A night, and a day",
        place="Blue Note\nHauptstr. 5, 80331 München",
        notes="Line one\nline two; with \\",
        url="https://tickets.example/?a=1;b=2",
        is_tentative=True,
        is_private=True,
    )


@pytest.mark.parametrize(
    ("lines", "start", "end", "zone"),
    [
        (["DTSTART:20270508T200000Z"], datetime(2027, 5, 8, 20, tzinfo=UTC), None, ""),
        (["DTSTART:20270508T200000"], local(2027, 5, 8, 20), None, ""),
        (["DTSTART;VALUE=DATE:20270508"], date(2027, 5, 8), None, ""),
        (["DTSTART;VALUE=DATE:20270508", "DTEND;VALUE=DATE:20270510"], date(2027, 5, 8), date(2027, 5, 10), ""),
        (["DTSTART:20270508T200000", "DURATION:PT2H30M"], local(2027, 5, 8, 20), local(2027, 5, 8, 22, 30), ""),
        (["DTSTART:20270508T200000", "DTEND:20270508T190000"], local(2027, 5, 8, 20), None, ""),
        (["DTSTART:20270508T200000", "DTEND;VALUE=DATE:20270509"], local(2027, 5, 8, 20), None, ""),
        (
            ["DTSTART;TZID=W. Europe Standard Time:20270708T200000"],
            datetime(2027, 7, 8, 20, tzinfo=BERLIN),
            None,
            "Europe/Berlin",
        ),
        (
            ["DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Vienna:20270708T200000"],
            local(2027, 7, 8, 20),
            None,
            "Europe/Vienna",
        ),
        (["DTSTART;TZID=Middle of nowhere:20270508T200000"], local(2027, 5, 8, 20), None, ""),
    ],
)
def test_times_are_read_as_they_are_written(
    read: Read, lines: list[str], start: date, end: date | None, zone: str
) -> None:
    found = only(read(calendar(event(*lines))))

    assert found.start.isoformat()[:16] == start.isoformat()[:16]
    assert (found.end.isoformat() if found.end else None) == (end.isoformat() if end else None)
    if isinstance(start, datetime) and start.tzinfo:
        assert found.start == start
    assert found.zone == zone


def test_a_zone_that_the_file_describes_itself_is_followed(read: Read) -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Our own\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\n"
        "TZOFFSETTO:+0200\r\nTZNAME:OUR\r\nEND:STANDARD\r\nEND:VTIMEZONE"
    )
    found = only(read(calendar(zone, event("DTSTART;TZID=Our own:20270508T200000"))))

    assert found.start == datetime(2027, 5, 8, 18, tzinfo=UTC)


def test_a_calendar_names_the_zone_of_its_floating_times(read: Read) -> None:
    found = read(calendar("X-WR-TIMEZONE:Europe/Lisbon", event("DTSTART:20270508T200000")))

    assert found.zone == "Europe/Lisbon"
    assert only(found).start == local(2027, 5, 8, 20)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_letters_are_read_in_every_unicode(read: Read, encoding: str) -> None:
    text = calendar(event("DTSTART:20270508T200000", "SUMMARY:Köln ♥"))

    assert only(read(text.encode(encoding))).title == "Köln ♥"


def test_a_guessed_encoding_is_told(read: Read) -> None:
    found = read(calendar(event("DTSTART:20270508T200000", "SUMMARY:Köln")).encode("cp1252"))

    assert only(found).title == "Köln"
    assert "umlauts" in found.notices[0]


def test_line_ends_and_case_may_be_any(read: Read) -> None:
    text = calendar(event("dtstart:20270508T200000", "Summary:Two", "\twords")).replace("\r\n", "\n")

    assert only(read(text.replace("BEGIN", "Begin").replace("VEVENT", "vevent"))).title == "Twowords"


def test_a_cancelled_event_is_told(read: Read) -> None:
    cancelled = event("DTSTART:20270508T200000", "STATUS:CANCELLED")
    assert only(read(calendar(cancelled))).is_cancelled
    assert only(read(calendar("METHOD:CANCEL", event("DTSTART:20270508T200000")))).is_cancelled


# --- What recurs -----------------------------------------------------------------------------------------------------


def test_what_recurs_is_counted_out_with_what_was_moved_left_out_and_added(read: Read) -> None:
    found = read(
        calendar(
            event(
                "DTSTART;TZID=Europe/Berlin:20270320T200000",
                "DTEND;TZID=Europe/Berlin:20270320T220000",
                "RRULE:FREQ=WEEKLY;COUNT=5",
                "EXDATE;TZID=Europe/Berlin:20270403T200000",
                "RDATE;TZID=Europe/Berlin:20270501T190000",
                "SUMMARY:Every week",
            ),
            event(
                "RECURRENCE-ID;TZID=Europe/Berlin:20270410T200000",
                "DTSTART;TZID=Europe/Berlin:20270411T180000",
                "SUMMARY:Moved to Sunday",
            ),
            event(
                "RECURRENCE-ID;TZID=Europe/Berlin:20270417T200000",
                "DTSTART;TZID=Europe/Berlin:20270417T200000",
                "STATUS:CANCELLED",
            ),
        )
    )

    by_start = {each.start.isoformat(): each for each in found.events}
    assert sorted(by_start) == [
        "2027-03-20T20:00:00+01:00",
        "2027-03-27T20:00:00+01:00",
        "2027-04-11T18:00:00+02:00",
        "2027-04-17T20:00:00+02:00",
        "2027-05-01T19:00:00+02:00",
    ]
    moved = by_start["2027-04-11T18:00:00+02:00"]
    assert (moved.title, moved.uid) == ("Moved to Sunday", "one@example.org 20270410T180000Z")
    assert by_start["2027-04-17T20:00:00+02:00"].is_cancelled
    assert by_start["2027-03-27T20:00:00+01:00"].title == "Every week"
    assert len({each.uid for each in found.events}) == 5


def test_an_occurrence_keeps_its_name_when_the_series_is_moved_to_another_day_of_reading(read: Read) -> None:
    text = calendar(event("DTSTART;TZID=Europe/Berlin:20270320T200000", "RRULE:FREQ=MONTHLY"))
    names = {each.start: each.uid for each in read(text).events}
    later = {each.start: each.uid for each in read(text, date(2027, 9, 1)).events}

    assert len(names) == 24
    assert all(later[start] == uid for start, uid in names.items() if start in later)


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("FREQ=DAILY;UNTIL=20270505", 4),
        ("FREQ=DAILY;UNTIL=20270505T180000Z", 5),
        ("FREQ=YEARLY", 2),
        ("FREQ=DAILY", MAX_EVENTS),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 1),  # never but at the start
        ("FREQ=WEEKLY;BYDAY=MO,TU;COUNT=3", 4),  # the start besides
    ],
)
def test_rules_are_followed(read: Read, rule: str, count: int) -> None:
    found = read(calendar(event("DTSTART;TZID=Europe/Berlin:20270501T200000", f"RRULE:{rule}")))

    assert len(found.events) == count
    assert found.is_complete == (count < MAX_EVENTS)


def test_the_same_uid_twice_is_the_newest_event(read: Read) -> None:
    old = event("DTSTART:20270508T200000", "SEQUENCE:1", "SUMMARY:Old")
    new = event("DTSTART:20270509T200000", "SEQUENCE:2", "SUMMARY:New")

    assert only(read(calendar(new, old))).title == "New"


def test_events_of_a_program_that_gives_all_the_same_uid_are_different(read: Read) -> None:
    found = read(calendar(event("DTSTART:20270508T200000"), event("DTSTART:20270509T200000")))

    assert starts(found) == ["2027-05-08T20:00:00", "2027-05-09T20:00:00"]
    assert len({each.uid for each in found.events}) == 2


def test_an_event_without_uid_has_the_same_name_each_time(read: Read) -> None:
    text = calendar("BEGIN:VEVENT\r\nDTSTART:20270508T200000\r\nSUMMARY:x\r\nEND:VEVENT")

    assert only(read(text)).uid == only(read(text)).uid
    assert only(read(text)).uid.startswith("without-uid-")


def test_a_moved_occurrence_without_its_series_is_an_event(read: Read) -> None:
    found = read(calendar(event("RECURRENCE-ID:20270508T200000Z", "DTSTART:20270509T200000Z")))

    assert only(found).uid == "one@example.org 20270508T200000Z"


def test_the_next_ones_come_first_where_there_are_too_many(read: Read) -> None:
    past = [event(f"DTSTART:2026{month:02}01T200000", uid=f"past-{month}") for month in range(1, 13)]
    coming = [event(f"DTSTART:2027{4 + day // 28:02}{1 + day % 28:02}T200000", uid=f"{day}") for day in range(196)]
    more = [event(f"DTSTART:2028{1 + day // 28:02}{1 + day % 28:02}T200000", uid=f"m{day}") for day in range(300)]
    found = read(calendar(*past, *more, *coming))

    assert len(found.events) == MAX_EVENTS
    assert found.events[0].start == local(2027, 4, 1, 20)
    assert found.events[-1].start == local(2026, 9, 1, 20)
    assert not found.is_complete
    assert "8 more are left out" in found.notices[0]


# --- What can't be read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["SUMMARY:x"], "We can't read when it starts."),
        (["DTSTART:20271332T200000"], "We can't read when it starts."),
        (["DTSTART:tomorrow"], "We can't read when it starts."),
        (["DTSTART:20270508T200000", "DTSTART:20270509T200000"], "We can't read when it starts."),
        (["DTSTART:20270508T200000", "RRULE:FREQ=SECONDLY"], "It repeats more than once a day."),
        (["DTSTART:20270508T200000", "RRULE:FREQ=HOURLY;INTERVAL=24"], "It repeats more than once a day."),
        (["DTSTART:20270508T200000", "RRULE:FREQ=DAILY;BYHOUR=1,2,3"], "It repeats more than once a day."),
        (["DTSTART:20270508T200000", "RRULE:FREQ=DAILY;INTERVAL=0"], "We can't read how it repeats."),
        (["DTSTART:20270508T200000", "RRULE:FREQ=DAILY;UNTIL=x"], "We can't read how it repeats."),
        (["DTSTART:20270508T200000", "RRULE:nothing"], "We can't read how it repeats."),
        (["DTSTART:20270508T200000", "RECURRENCE-ID:never"], "We can't read how it repeats."),
        (["DTSTART:20270508T200000", *["RDATE:20270509T200000"] * 300], "It has too many dates."),
        (["DTSTART:20270508T200000", "RDATE:" + "20270509T200000," * 5000], "It has too many dates."),
    ],
)
def test_an_event_that_cant_be_read_is_told_and_the_others_are_read(
    read: Read, lines: list[str], sentence: str
) -> None:
    found = read(calendar(event(*lines), event("DTSTART:20270510T200000", uid="two")))

    assert [each.sentence for each in found.flawed] == [sentence]
    assert [each.uid for each in found.events] == ["two"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "This isn't a calendar"),
        ("name,town\nMo,Ulm\n", "This isn't a calendar"),
        (b"BEGIN:VCALENDAR\x81\xff", "We can't read the letters"),
        (calendar(), "There are no events"),
        (calendar("BEGIN:VTODO\r\nUID:1\r\nEND:VTODO"), "There are no events"),
        (calendar(event("DTSTART:20270508T200000"))[:-20], "ends in the middle"),
        (calendar("CALSCALE:HEBREW", event("DTSTART:20270508T200000")), "Gregorian"),
        ("BEGIN:VEVENT\r\n" * 500 + "END:VEVENT\r\n" * 500, "isn't built as we can read it"),
        ("BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\nEND:VEVENT\r\n" * (MAX_COMPONENTS + 1), "more than 20,000 events"),
    ],
    ids=["nothing", "a table", "no letters", "no events", "tasks", "cut off", "Hebrew", "nested", "too many"],
)
def test_a_file_that_cant_be_read_is_refused_with_a_sentence(read: Read, content: str, sentence: str) -> None:
    with pytest.raises(CalendarError, match=sentence):
        read(content)


def test_a_year_far_away_is_read_as_it_is(read: Read) -> None:
    assert only(read(calendar(event("DTSTART:90000101T200000")))).start.year == 9000


def test_nothing_within_the_time_that_counts_is_told(read: Read) -> None:
    found = read(calendar(event("DTSTART:20200101T200000", "RRULE:FREQ=DAILY;COUNT=3")))

    assert found.events == []
    assert "Nothing of this calendar happens" in found.notices[0]


def _bomb(name: str) -> str:
    daily = [event("DTSTART:00010101T200000", "RRULE:FREQ=DAILY", uid=str(number)) for number in range(400)]
    start = "DTSTART:20270508T200000"
    return {
        "rules since the year 1": calendar(*daily),
        "a line of megabytes": calendar(event(start, "SUMMARY:" + "x" * 4_000_000)),
        "a parameter of megabytes": calendar(event(start, 'SUMMARY;X="' + ";:" * 1_500_000)),
        "megabytes of folds": calendar(event(start, "DESCRIPTION:" + "\r\n x" * 900_000)),
        "many small events": calendar(
            *[event(f"DTSTART:2027050{n % 9 + 1}T200000", uid=str(n)) for n in range(19_000)]
        ),
    }[name]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        pytest.param("rules since the year 1", None, marks=pytest.mark.security),
        ("a line of megabytes", 1),
        ("a parameter of megabytes", 1),
        ("megabytes of folds", 1),
        pytest.param("many small events", None, marks=pytest.mark.security),
    ],
)
@pytest.mark.attack
def test_a_bomb_costs_its_own_file(tmp_path: Path, name: str, count: int | None) -> None:
    path = tmp_path / "bomb.ics"
    path.write_text(_bomb(name), newline="")
    began = time.monotonic()
    try:
        found = opened(path, step=lambda: None)
    except CalendarError as problem:
        assert "too much work" in str(problem)
    else:
        assert count is None or len(found.events) == count
        assert all(len(each.title) <= 300 and len(each.notes) <= 5000 for each in found.events)
    assert time.monotonic() - began < 12


def test_a_calendar_is_read_by_a_child_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "calendar.ics"
    year = timezone.localdate().year + 1
    path.write_text(calendar(event(f"DTSTART;TZID=Europe/Berlin:{year}0508T200000", "SUMMARY:x")), newline="")

    assert only(opened(path, step=lambda: None)).start == datetime(year, 5, 8, 20, tzinfo=BERLIN)
