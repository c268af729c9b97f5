"""Dates as people type them, or paste them from a spreadsheet."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import translation

from bandstand.content.languages import BY_CODE
from bandstand.content.moments import Unreadable, read_date
from bandstand.gigs.importing import GigImporter
from bandstand.gigs.pasted_dates import MOST_DATES, WrittenDate, read_dates
from bandstand.gigs.recurring import HowOften, days_every
from bandstand.gigs.showing_times import table_day

HALL = WrittenDate("8.1.2027", "20:00", "", "Hall", "Hof")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8.1.2027\t20:00\tHall\tHof", HALL),
        ("8.1.2027;20:00;Hall;Hof", HALL),
        ("8.1.2027, 20:00, Hall, Hof", HALL),
        ("Hall\tHof\t8.1.2027\t20:00", HALL),
        ("8.1.2027\tHall\tHof", WrittenDate("8.1.2027", "", "", "Hall", "Hof")),
        ("8.1.2027 20:00\tHall\tHof", WrittenDate("2027-01-08", "20:00", "", "Hall", "Hof")),
        ("2027-01-08\t19:00\t20:00\tHall\tHof", WrittenDate("2027-01-08", "20:00", "19:00", "Hall", "Hof")),
        ("Fri, 8 January 2027, 8 pm, Hall, Hof", WrittenDate("Fri 8 January 2027", "8 pm", "", "Hall", "Hof")),
        ("Fr., 8. Januar 2027; 20 Uhr; Hall; Hof", WrittenDate("Fr., 8. Januar 2027", "20 Uhr", "", "Hall", "Hof")),
        ('8.1.2027,20:00,"Hall, upstairs",Hof', WrittenDate("8.1.2027", "20:00", "", "Hall, upstairs", "Hof")),
        ("32.1.2027\t20:00\tHall\tHof", WrittenDate("32.1.2027", "20:00", "", "Hall", "Hof")),
        ("8.1.2027\tHall\tRing 1\tHof", WrittenDate("8.1.2027", "", "", "Hall", "Hof", ["Ring 1"])),
        ("8.1.2027", WrittenDate("8.1.2027")),
        ("46030\t20:00\tHall\tHof", WrittenDate("46030", "20:00", "", "Hall", "Hof")),
    ],
)
def test_a_line_is_read_by_what_its_cells_are(text: str, expected: WrittenDate) -> None:
    assert read_dates(text, GigImporter.columns) == [expected]


def test_headings_say_what_columns_are() -> None:
    text = (
        "Ort\tDatum\tLocation\tEinlass\tBeginn\tGage\r\nHof\t8.1.2027\tHall\t19:00\t20:00\t500\n\nHof\t9.1.2027\tHall\n"
    )

    first, second = read_dates(text, GigImporter.columns)

    assert first == WrittenDate("8.1.2027", "20:00", "19:00", "Hall", "Hof", ["500"])
    assert second == WrittenDate("9.1.2027", "", "", "Hall", "Hof")


@pytest.mark.parametrize("text", ["", " \n\t\n", ";;;"])
def test_what_says_nothing_is_no_date(text: str) -> None:
    assert [each for each in read_dates(text, GigImporter.columns) if each != WrittenDate()] == []


@pytest.mark.parametrize(
    ("every", "first", "until", "expected"),
    [
        (HowOften.WEEK, "2027-03-19", "2027-04-02", ["2027-03-19", "2027-03-26", "2027-04-02"]),
        (HowOften.FORTNIGHT, "2027-03-19", "2027-04-10", ["2027-03-19", "2027-04-02"]),
        (HowOften.MONTH, "2027-01-08", "2027-03-31", ["2027-01-08", "2027-02-12", "2027-03-12"]),
        (HowOften.MONTH, "2027-01-29", "2027-04-30", ["2027-01-29", "2027-02-26", "2027-03-26", "2027-04-30"]),
        (HowOften.MONTH, "2027-11-05", "2028-01-31", ["2027-11-05", "2027-12-03", "2028-01-07"]),
    ],
)
def test_days_return(every: HowOften, first: str, until: str, expected: list[str]) -> None:
    days = days_every(every, date.fromisoformat(first), date.fromisoformat(until))

    assert [day.isoformat() for day in days] == expected


def test_days_are_bounded() -> None:
    begin = date(2027, 1, 1)
    assert len(days_every(HowOften.WEEK, begin, begin + timedelta(weeks=MOST_DATES - 1))) == MOST_DATES
    for until in (begin + timedelta(weeks=MOST_DATES), date(2200, 12, 31), begin - timedelta(days=1)):
        with pytest.raises(Unreadable):
            days_every(HowOften.WEEK, begin, until)


@pytest.mark.parametrize("language", BY_CODE)
def test_a_day_is_read_as_the_table_shows_it(language: str) -> None:
    with translation.override(language):
        for number in range(366):
            day = date(2028, 1, 1) + timedelta(days=number)
            assert read_date(table_day(day)) == day
