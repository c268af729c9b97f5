# ruff: noqa: DTZ001 - clocks without a zone, and letters that look like digits, are what is tested
from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandstand.content.moments import (
    EARLIEST,
    LATEST,
    Unreadable,
    place_in_zone,
    read_date,
    read_local,
    read_moment,
    read_time,
)

NEW_YEARS_EVE = date(2027, 12, 31)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("region", ["de", "en-GB", "en-US", "en-CA"])
@pytest.mark.parametrize(
    "text",
    [
        *("2027-12-31", "2027/12/31", "2027.12.31", "31.12.2027", "31. 12. 2027", "31.12.27", "  31.12.2027\xa0"),
        *("31 December 2027", "31. Dezember 2027", "31st of December 2027", "31-Dec-2027", "31 Dez. 2027"),
        *("December 31, 2027", "Dec 31st 2027", "Fri 31 Dec 2027", "Freitag, 31. Dezember 2027", "Fr., 31.12.2027"),
        "\u200e31.12.2027\u200e",
    ],
)
def test_it_reads_days_that_are_clear_in_every_region(text: str, region: str) -> None:
    assert read_date(text, region=region) == NEW_YEARS_EVE


@pytest.mark.parametrize(
    ("text", "region", "day"),
    [
        ("12/31/2027", "en-US", NEW_YEARS_EVE),
        ("12-31-2027", "en-US", NEW_YEARS_EVE),
        ("31/12/2027", "en-GB", NEW_YEARS_EVE),
        ("31/12/27", "de", NEW_YEARS_EVE),
        ("5/6/2027", "en-US", date(2027, 5, 6)),
        ("5/6/2027", "en-GB", date(2027, 6, 5)),
        ("5.6.2027", "de", date(2027, 6, 5)),
        ("12/31/2027", "en-CA", NEW_YEARS_EVE),
        ("31/12/2027", "en-CA", NEW_YEARS_EVE),
        ("5/5/2027", "en-CA", date(2027, 5, 5)),
        ("29.02.2028", "de", date(2028, 2, 29)),
        ("1. März 2027", "de", date(2027, 3, 1)),
    ],
)
def test_it_reads_numbers_in_the_regions_order(text: str, region: str, day: date) -> None:
    assert read_date(text, region=region) == day


@pytest.mark.parametrize(
    ("text", "region"),
    [
        *(("12/31/2027", region) for region in ("de", "en-GB")),  # never turned round to make it fit
        *(("31/12/2027", region) for region in ("en-US",)),
        *(("5/6/2027", "en-CA"), ("5.6.2027", "en-US"), ("27-12-31", "de"), ("31-12-27", "de")),
        *((text, "de") for text in ("30.02.2027", "29.02.2027", "31.11.2027", "0.1.2027", "1.13.2027", "2027-02-30")),
        *((text, "de") for text in ("31.12.68", "31.12.99", "31.12.7", "31.12.127", "31.12.20271", "127-12-31")),
        *(
            (text, "de")
            for text in ("31.12.", "31.12", "12.2027", "2027", "20271231", "46752", "2027-W52-5", "2027-365")
        ),
        *(
            (text, "de")
            for text in ("31.12.202²", "３１.１２.２０２７", "٣١.١٢.٢٠٢٧", "3l.12.2027", "31,12,2027", "31.12-2027")
        ),
        *((text, "de") for text in ("", " ", "-", "morgen", "tomorrow", "now", "None", "Mon 31 Dec 2027", "Fr 8.1.")),
        *((text, "de") for text in ("0001-01-01", "9999-12-31", "31.12.1899", "01.01.2201", "31.12.2027 20:00")),
        ("31.12.2027\x00", "de"),
    ],
)
def test_it_refuses_days_that_are_none_or_unclear(text: str, region: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_date(text, region=region)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, time(20)) for text in ("20:00", "20.00", "20 Uhr", "20h", "20:00:00", "20.00 Uhr", "8pm", "8 P.M.")),
        *(
            (text, time(20, 30))
            for text in ("20.30", "20:30", "20.30 Uhr", "20 Uhr 30", "20h30", "8.30pm", "8:30\u202fPM")
        ),
        *(
            ("12 am", time(0)),
            ("12 pm", time(12)),
            ("0:05", time(0, 5)),
            ("9:05", time(9, 5)),
            ("20:30:15", time(20, 30, 15)),
        ),
    ],
)
def test_it_reads_times(text: str, expected: time) -> None:
    assert read_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "20", "2000", "24:00", "24:30", "20:60", "20:3", "20.3", "20.30.15", "20:30:60", "13 pm", "0 am", "8 p"),
        *("２０:００", "2²:00", "-1:00", "20:00 30", "20:00h30", "20:00:00.5", "8", "noon", "20:00 CET", "25h"),
    ],
)
def test_it_refuses_times_that_are_none_or_unclear(text: str) -> None:
    with pytest.raises(Unreadable):
        read_time(text)


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("31.12.2027 20:00", "de", datetime(2027, 12, 31, 20)),
        ("2027-12-31 20.30", "de", datetime(2027, 12, 31, 20, 30)),  # Python's fromisoformat says 20:00:30
        ("2027-12-31T20:30", "en-US", datetime(2027, 12, 31, 20, 30)),
        ("12/31/2027 8 PM", "en-US", datetime(2027, 12, 31, 20)),
        ("31.12.27, 20 Uhr", "de", datetime(2027, 12, 31, 20)),
        ("31.12.2027 um 20.30 Uhr", "de", datetime(2027, 12, 31, 20, 30)),
        ("Fri, Dec 31, 2027 at 8:30 p.m.", "en-US", datetime(2027, 12, 31, 20, 30)),
        ("Fri 31 Dec 2027, 8:30 pm", "en-GB", datetime(2027, 12, 31, 20, 30)),
        ("31.12.2027 - 20:00", "de", datetime(2027, 12, 31, 20)),
    ],
)
def test_it_reads_day_and_time_together(text: str, region: str, expected: datetime) -> None:
    assert read_local(text, region=region) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "31.12.2027",
            "20:00",
            "31.12.202720:00",
            "31.12. 20:00",
            "1.2. 20.30",
            "31. Dezember 20 Uhr",
            "2027-12-31 2030",
        ),
        *("31.12.2027 24:00", "20:00 31.12.2027", "2027-12-31 20:00 Uhr morgen", "20271231T200000", "1830384000"),
        *("31.12.2027 20:00\n01.01.2028 20:00", "2027-12-31 20:00+02:00"),
    ],
)
def test_it_refuses_what_is_no_day_and_time(text: str) -> None:
    with pytest.raises(Unreadable):
        read_local(text, region="de")


@given(
    st.text()
    | st.from_regex(r"[0-9]{1,4}[./ -][0-9]{1,4}[./ -][0-9]{1,5}[T ,]*[0-9]{0,2}[:.]?[0-9]{0,3}", fullmatch=True)
)
def test_it_reads_anything_as_a_day_within_bounds_or_refuses_it(text: str) -> None:
    for region in ("de", "en-US", "en-CA"):
        try:
            moment = read_moment(text, region=region, zone=BERLIN)
        except Unreadable:
            continue
        assert EARLIEST <= moment < LATEST


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 12, 31)).map(
        lambda moment: moment.replace(second=0, microsecond=0)
    )
)
def test_it_reads_back_what_computers_and_people_write(moment: datetime) -> None:
    for text in (f"{moment:%Y-%m-%dT%H:%M}", f"{moment:%d.%m.%Y %H:%M}", f"{moment:%a %d %B %Y, %I:%M %p}"):
        assert read_local(text, region="de") == moment
    assert read_local(f"{moment:%m/%d/%Y %I:%M %p}", region="en-US") == moment


def test_it_reads_an_offset_where_one_is_written() -> None:
    first, second = (read_moment(f"2027-10-31 02:30{offset}", zone=BERLIN) for offset in ("+02:00", "+0100"))
    assert (first.astimezone(UTC).hour, second.astimezone(UTC).hour) == (0, 1)
    assert read_moment("2027-10-31 02:30Z", zone=BERLIN) == datetime(2027, 10, 31, 2, 30, tzinfo=UTC)
    assert read_moment("31.10.2027 14:00", zone=BERLIN, region="de").astimezone(UTC).hour == 13
    for offset in ("+24:00", "+02:60", "+2", "+99:99"):
        with pytest.raises(Unreadable):
            read_moment(f"2027-10-31 02:30{offset}", zone=BERLIN)


def test_it_refuses_a_time_that_clocks_skip() -> None:
    for naive, zone in (
        (datetime(2027, 3, 28, 2, 30), "Europe/Berlin"),
        (datetime(2027, 3, 14, 2, 30), "America/New_York"),
        (datetime(2011, 12, 30, 12), "Pacific/Apia"),  # Samoa had no such day
    ):
        with pytest.raises(Unreadable, match="Clocks go forward"):
            place_in_zone(naive, ZoneInfo(zone))


def test_it_takes_the_first_of_two_equal_times_unless_told() -> None:
    naive = datetime(2027, 10, 31, 2, 30)
    assert place_in_zone(naive, BERLIN).astimezone(UTC).hour == 0
    assert place_in_zone(naive, BERLIN, fold=1).astimezone(UTC).hour == 1
    assert place_in_zone(datetime(2027, 10, 31, 14), BERLIN, fold=1).astimezone(UTC).hour == 13


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "America/New_York", "Pacific/Auckland", "UTC"])
def test_it_takes_the_years_1900_to_2200_in_every_zone(zone: str) -> None:
    for naive in (datetime(1900, 1, 1), datetime(2200, 12, 31, 23, 59)):
        assert EARLIEST <= place_in_zone(naive, ZoneInfo(zone)) < LATEST
    for naive in (
        datetime(1, 1, 1),
        datetime(1899, 12, 31, 23, 59),
        datetime(2201, 1, 1),
        datetime(9999, 12, 31, 23, 59),
    ):
        with pytest.raises(Unreadable, match="1900"):
            place_in_zone(naive, ZoneInfo(zone))
