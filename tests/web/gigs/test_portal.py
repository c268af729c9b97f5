"""Gigs as visitors see them: at the clock of the place."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bandstand.gigs.models import Gig
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory, PastGigFactory


def test_it_lists_what_is_on_and_what_was(in_alice_portal: Portal) -> None:
    GigFactory(title="To come")
    PastGigFactory(title="Is over")
    GigFactory(title="In secret", is_published=False)
    client = in_alice_portal.client()

    upcoming = client.get("/gigs/").content.decode()
    past = client.get("/gigs/?when=past").content.decode()

    assert "To come" in upcoming
    assert "Is over" not in upcoming
    assert "Is over" in past
    assert "In secret" not in upcoming + past


def test_it_shows_the_time_at_the_place(in_alice_portal: Portal) -> None:
    gig = GigFactory(
        starts_at=datetime(2031, 1, 1, 3, 30, tzinfo=UTC),
        doors_at=datetime(2031, 1, 1, 2, 0, tzinfo=UTC),
        time_zone="America/New_York",
    )

    text = in_alice_portal.client().get(gig.get_absolute_url(), headers={"Accept-Language": "de"}).content.decode()

    assert "22:30" in text
    assert "21:00" in text
    assert "<b>31</b>" in text  # still the old year's last evening there


@pytest.mark.parametrize(("status", "word"), [("cancelled", "Cancelled"), ("sold_out", "Sold out")])
def test_it_says_when_it_is_no_use_to_go(in_alice_portal: Portal, status: str, word: str) -> None:
    gig = GigFactory(status=status, ticket_url="https://tickets.example/")

    text = in_alice_portal.client().get(gig.get_absolute_url()).content.decode()

    assert word in text
    assert '<a class="button" href="https://tickets.example/"' not in text


def test_it_describes_a_gig_to_search_engines(in_alice_portal: Portal) -> None:
    gig = GigFactory(title="A night", bands=[BandFactory(name="The Tubas")], venue="Molotow")

    text = in_alice_portal.client().get(gig.get_absolute_url()).content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text)

    assert found
    data = json.loads(found[1])
    assert data["@type"] == "MusicEvent"
    assert datetime.fromisoformat(data["startDate"]) == gig.starts_at
    assert data["location"]["name"] == "Molotow"
    assert data["performer"][0]["name"] == "The Tubas"


def test_it_gives_a_gig_to_calendars(in_alice_portal: Portal) -> None:
    gig = GigFactory(
        title="Ä" * 60 + "; a, b\\c", starts_at=datetime(2031, 1, 1, 19, 0, tzinfo=UTC), status=Gig.Status.CANCELLED
    )

    answer = in_alice_portal.client().get(f"/gigs/{gig.slug}.ics")

    lines = answer.content.split(b"\r\n")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"DTSTART:20310101T190000Z" in lines
    assert b"STATUS:CANCELLED" in lines
    assert all(len(line) <= 75 for line in lines)
    unfolded = answer.content.replace(b"\r\n ", b"").decode()
    assert f"SUMMARY:{'Ä' * 60}\\; a\\, b\\\\c\r\n" in unfolded


@pytest.mark.parametrize("number", [1, 20])
def test_it_asks_as_often_for_many_gigs_as_for_one(
    in_alice_portal: Portal, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for index in range(number):
        GigFactory(bands=[BandFactory(), BandFactory()], starts_at=timezone.now() + timedelta(days=index + 1))
    client = in_alice_portal.client()
    client.get("/gigs/")

    with django_assert_num_queries(3):  # what to choose from, the bands of it, gigs with the names of their bands
        client.get("/gigs/")


def test_a_gig_is_added_to_a_calendar_in_three_ways_without_scripts_of_others(in_alice_portal: Portal) -> None:
    gig = GigFactory(
        title="Ä night & more",
        venue="Molotow",
        starts_at=datetime(2031, 7, 1, 18, 0, tzinfo=UTC),
        time_zone="Europe/Berlin",
    )

    answer = in_alice_portal.client().get(gig.get_absolute_url())

    page = answer.content.decode()
    links = {
        urlsplit(link).netloc: dict(parse_qsl(urlsplit(link).query))
        for link in map(html.unescape, re.findall(r'href="(https://[^"]+)"', page))
        if "calendar" in link
    }
    assert f'href="/gigs/{gig.slug}.ics"' in page
    google, outlook = links["calendar.google.com"], links["outlook.live.com"]
    assert (google["text"], google["dates"]) == ("Ä night & more", "20310701T180000Z/20310701T220000Z")
    assert google["ctz"] == "Europe/Berlin"
    assert (outlook["subject"], outlook["startdt"]) == ("Ä night & more", "2031-07-01T18:00:00Z")
    assert google["details"] == outlook["body"] == in_alice_portal.organization.url(gig.get_absolute_url())
    assert "script-src 'self'" in answer["Content-Security-Policy"]
