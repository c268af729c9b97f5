"""A gig's end, and how exactly its start is known: until when it is on, and how people are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django_tenants.utils import tenant_context

from bandstand.gigs.models import Gig
from bandstand.gigs.showing_times import gig_time
from bandstand.gigs.timing import LONGEST, Precision
from tests.conftest import Portal
from tests.factories.gigs import GigFactory

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("began", "ended", "precision", "is_on"),
    [
        (3 * HOUR, None, Precision.TIME, True),
        (5 * HOUR, None, Precision.TIME, False),
        (10 * HOUR, -HOUR, Precision.TIME, True),  # a long night
        (2 * HOUR, HOUR, Precision.TIME, False),
        (20 * HOUR, None, Precision.DAY, True),
        (25 * HOUR, None, Precision.DAY, False),
        (60 * HOUR, 20 * HOUR, Precision.DAY, True),  # a festival's last day
        (20 * DAY, None, Precision.MONTH, True),
        (32 * DAY, None, Precision.MONTH, False),
        (30 * DAY, -HOUR, Precision.TIME, True),
    ],
)
def test_it_is_on_until_its_end(
    began: timedelta, ended: timedelta | None, precision: Precision, is_on: bool, in_alice_portal: Portal
) -> None:
    now = timezone.now()
    gig = GigFactory(starts_at=now - began, ends_at=None if ended is None else now - ended, precision=precision)

    assert (list(Gig.objects.upcoming()), list(Gig.objects.past())) == (([gig], []) if is_on else ([], [gig]))
    assert gig.is_past is not is_on


@pytest.mark.parametrize("after", [timedelta(), -HOUR, LONGEST + HOUR])
def test_it_refuses_an_end_before_the_start_or_long_after(after: timedelta, in_alice_portal: Portal) -> None:
    gig = GigFactory()
    gig.ends_at = gig.starts_at + after

    with pytest.raises(ValidationError) as refused:
        gig.full_clean()
    assert list(refused.value.message_dict) == ["ends_at"]
    with pytest.raises(IntegrityError), transaction.atomic():
        gig.save()


CHANGES: dict[str, Callable[[Gig], dict[str, Any]]] = {
    "end": lambda gig: {"ends_at": gig.starts_at + HOUR},
    "precision": lambda _gig: {"precision": Precision.DAY},
    "place is hidden": lambda _gig: {"is_private": True},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_calendars_learn_of_it(change: Callable[[Gig], dict[str, Any]], in_alice_portal: Portal) -> None:
    gig = GigFactory()

    Gig.objects.filter(pk=gig.pk).update(**change(gig))

    assert Gig.objects.get().sequence == 1


def gig_from(start: str, end: str = "", precision: Precision = Precision.TIME) -> Gig:
    ends_at = datetime.fromisoformat(end).replace(tzinfo=BERLIN) if end else None
    starts_at = datetime.fromisoformat(start).replace(tzinfo=BERLIN)
    built: Gig = GigFactory.build(starts_at=starts_at, ends_at=ends_at, precision=precision, doors_at=starts_at)
    return built


@pytest.mark.parametrize(
    ("start", "end", "english", "german"),
    [
        ("2031-01-10 20:00", "2031-01-10 23:00", "8-11 pm", "20-23 Uhr"),
        ("2031-01-10 20:30", "2031-01-10 23:00", "8:30-11:00 pm", "20:30-23:00 Uhr"),
        ("2031-01-10 22:00", "2031-01-11 03:00", "10 pm - 3 am", "22-3 Uhr"),
        ("2031-01-10 20:00", "", "8:00 pm", "20:00 Uhr"),
        ("2031-01-10 20:00", "2031-01-12 20:00", "8:00 pm", "20:00 Uhr"),
    ],
)
def test_it_says_from_when_to_when(start: str, end: str, english: str, german: str, alice_portal: Portal) -> None:
    gig = gig_from(start, end)
    with tenant_context(alice_portal.organization):
        for language, words in (("en", english), ("de", german)):
            with translation.override(language):
                assert gig_time(gig, "span").replace("\N{EN DASH}", "-") == words


def test_of_a_whole_day_it_says_the_days(alice_portal: Portal) -> None:
    day, days = gig_from("2031-01-10", "", Precision.DAY), gig_from("2031-01-10", "2031-01-12", Precision.DAY)
    with tenant_context(alice_portal.organization):
        assert gig_time(day) == "Fri 10 Jan 2031"
        assert gig_time(days, "day") == "Fri 10 Jan 2031 \N{EN DASH} Sun 12 Jan 2031"
        assert [gig_time(day, style) for style in ("time", "span", "zone")] == ["", "", ""]
        assert gig_time(day, doors=True) == ""
        assert gig_time(day, "machine") == "2031-01-10"


def test_of_a_date_to_be_announced_it_says_the_month_alone(in_alice_portal: Portal) -> None:
    gig = GigFactory(venue="Hall", starts_at=datetime(2031, 1, 23, 20, tzinfo=BERLIN), precision=Precision.MONTH)

    assert gig_time(gig) == "January 2031, date TBA"
    assert gig_time(gig, "machine") == "2031-01"
    assert gig.slug.startswith("2031-01-hall-")
    text = in_alice_portal.client().get(gig.get_absolute_url()).content.decode()
    assert "23" not in text.partition("<article>")[2].partition("</article>")[0]
    assert "startDate" not in text
    assert in_alice_portal.client().get(f"/gigs/{gig.slug}.ics").status_code == 404
    assert "BEGIN:VEVENT" not in in_alice_portal.client().get("/gigs.ics").content.decode()


def test_calendars_get_the_end_and_whole_days(in_alice_portal: Portal) -> None:
    start = datetime(2031, 1, 10, 20, tzinfo=BERLIN)
    evening = GigFactory(starts_at=start, ends_at=start + 3 * HOUR)
    GigFactory(starts_at=start, ends_at=start + 2 * DAY, precision=Precision.DAY)

    lines = in_alice_portal.client().get("/gigs.ics").content.decode().split("\r\n")
    alone = in_alice_portal.client().get(f"/gigs/{evening.slug}.ics").content.decode()

    assert "DTEND;TZID=Europe/Berlin:20310110T230000" in lines
    assert {"DTSTART;VALUE=DATE:20310110", "DTEND;VALUE=DATE:20310113"} <= set(lines)
    assert "DTEND:20310110T220000Z" in alone
