"""Gigs for calendars and feed readers, read back by programs that others wrote."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import feedparser
import icalendar
import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bandstand.bands.models import Band
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig
from bandstand.venues.models import Venue
from bandstand_web.gigs.calendar_zones import zone_lines
from bandstand_web.gigs.colour_names import COLOUR_NAMES
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.tours import TourFactory

KINDS = ("ics", "atom", "rss", "json")


def events(portal: Portal, path: str = "/gigs.ics") -> dict[str, Any]:
    """Return the events of a calendar by their summaries."""
    answer = portal.client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert [error for each in calendar.walk() for error in each.errors] == []
    return {str(event["SUMMARY"]): event for event in calendar.walk("VEVENT")}


def test_a_calendar_says_of_a_gig_what_its_page_says(in_alice_portal: Portal) -> None:
    gig = GigFactory(
        title="Ä long night; with, commas \\ and “quotes” " + "🎺" * 20,
        bands=[BandFactory(name="The Tubas"), BandFactory(name="Secret Tubas", is_published=False)],
        venue="Molotow",
        address="Nobistor 14",
        town="Hamburg",
        starts_at=datetime(2031, 7, 1, 18, 0, tzinfo=UTC),
        doors_at=datetime(2031, 7, 1, 17, 0, tzinfo=UTC),
        time_zone="Europe/Berlin",
        price="€12",
        ticket_url="https://tickets.example/1",
        notes="**Loud.**\n\nBring ear plugs.",
    )
    Appearance.objects.update(on_stage_at=time(21, 15))
    Venue.objects.update(latitude="53.549", longitude="9.963")

    event = events(in_alice_portal)[gig.title]

    assert event["UID"] == str(gig.uid)
    assert event["DTSTART"].dt == gig.starts_at
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert event["LAST-MODIFIED"].dt == gig.updated_at.replace(microsecond=0)
    assert event["LOCATION"] == "Molotow, Nobistor 14, Hamburg"
    assert (event["GEO"].latitude, event["GEO"].longitude) == (53.549, 9.963)
    assert event["URL"] == in_alice_portal.organization.url(gig.get_absolute_url())
    assert event["CATEGORIES"].cats == ["The Tubas"]
    assert event["STATUS"] == "CONFIRMED"
    told = str(event["DESCRIPTION"])
    assert ("Doors: 7:00 pm" in told, "€12" in told, "https://tickets.example/1" in told) == (True, True, True)
    assert "On stage: The Tubas 9:15 pm\n" in told
    assert "Secret" not in told
    assert "Loud." in told
    assert "**" not in told


def test_it_tells_programs_its_name_and_when_to_ask_again(in_alice_portal: Portal) -> None:
    GigFactory()
    calendar = icalendar.Calendar.from_ical(in_alice_portal.client().get("/gigs.ics").content)

    assert calendar["NAME"] == calendar["X-WR-CALNAME"] == in_alice_portal.organization.name
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert calendar["X-APPLE-CALENDAR-COLOR"].startswith("#")
    assert calendar["COLOR"] in COLOUR_NAMES
    picture = urlsplit(str(calendar["IMAGE"]))
    assert in_alice_portal.client().get(f"{picture.path}?{picture.query}")["Content-Type"] == "image/png"


def test_only_what_visitors_see_is_in_any_of_them(in_alice_portal: Portal) -> None:
    GigFactory(title="CANARY draft", is_published=False)
    GigFactory(title="CANARY later", is_published=False, publish_at=timezone.now() + timedelta(days=1))
    GigFactory(title="CANARY thrown away").move_to_trash()
    GigFactory(title="Shown", bands=[BandFactory(name="CANARY band", is_published=False)])

    texts = [in_alice_portal.client().get(f"/gigs.{kind}").content.decode() for kind in KINDS]

    assert all("Shown" in text for text in texts)
    assert not any("CANARY" in text for text in texts)


def test_a_calendar_holds_a_year_back_and_feeds_what_is_to_come(in_alice_portal: Portal) -> None:
    for days, title in ((-400, "Long ago"), (-300, "Last season"), (900, "In three years")):
        GigFactory(title=title, starts_at=timezone.now() + timedelta(days=days))

    assert events(in_alice_portal).keys() == {"Last season", "In three years"}
    feed = feedparser.parse(in_alice_portal.client().get("/gigs.atom").content)
    assert [entry.title.partition(": ")[2] for entry in feed.entries] == ["In three years, Berlin"]


def test_a_band_and_a_town_have_their_own(in_alice_portal: Portal) -> None:
    tubas = BandFactory(name="The Tubas")
    GigFactory(title="Here", town="Köln", bands=[tubas])
    GigFactory(title="There", town="Bonn", bands=[tubas])
    GigFactory(title="Others", town="Köln")

    assert events(in_alice_portal, f"/bands/{tubas.slug}/gigs.ics").keys() == {"Here", "There"}
    assert events(in_alice_portal, "/gigs.ics?town=KÖLN").keys() == {"Here", "Others"}
    assert events(in_alice_portal, f"/bands/{tubas.slug}/gigs.ics?town=Bonn").keys() == {"There"}


def test_invented_towns_are_not_kept(in_alice_portal: Portal) -> None:
    GigFactory(town="Köln")
    client = in_alice_portal.client()

    assert client.get("/gigs.ics?town=Köln").has_header("ETag")
    assert not client.get("/gigs.ics?town=Atlantis").has_header("ETag")


@pytest.mark.parametrize("kind", KINDS)
def test_a_drafts_and_an_unknown_bands_are_not_there(in_alice_portal: Portal, kind: str) -> None:
    draft = BandFactory(is_published=False)

    for slug in (draft.slug, "nobody"):
        assert in_alice_portal.client().get(f"/bands/{slug}/gigs.{kind}").status_code == 404


def test_a_bands_former_address_leads_on(in_alice_portal: Portal) -> None:
    band = BandFactory(slug="old-name")
    Band.objects.get(pk=band.pk).save()
    band.slug = "new-name"
    band.save()

    answer = in_alice_portal.client().get("/bands/old-name/gigs.ics")

    assert (answer.status_code, answer["Location"]) == (301, "/bands/new-name/gigs.ics")


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_feed_readers_read_it(in_alice_portal: Portal, kind: str) -> None:
    gig = GigFactory(title="Rock & <Roll>", town="Köln", status=Gig.Status.SOLD_OUT, notes="A *night*.")

    feed = feedparser.parse(in_alice_portal.client().get(f"/gigs.{kind}").content)

    assert not feed.bozo
    (entry,) = feed.entries
    assert entry.id == f"urn:uuid:{gig.uid}"
    assert entry.link == in_alice_portal.organization.url(gig.get_absolute_url())
    assert "Rock & <Roll>, Köln" in entry.title
    assert "<em>night</em>" in entry.summary


def test_scripts_of_other_websites_may_read_the_json(in_alice_portal: Portal) -> None:
    gig = GigFactory(title="A night", time_zone="America/New_York")

    answer = in_alice_portal.client().get("/gigs.json", headers={"Origin": "https://school.example"})

    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies
    (item,) = json.loads(answer.content)["items"]
    assert datetime.fromisoformat(item["_gig"]["start"]) == gig.starts_at
    assert item["_gig"]["name"] == "A night"
    assert item["id"] == f"urn:uuid:{gig.uid}"


def test_they_speak_the_portals_language_whoever_asks(in_alice_portal: Portal) -> None:
    GigFactory(status=Gig.Status.SOLD_OUT)
    client = in_alice_portal.client()

    answers = {client.get("/gigs.rss", headers={"Accept-Language": each}).content for each in ("de", "en")}

    assert len(answers) == 1


@pytest.mark.parametrize("number", [1, 20])
@pytest.mark.parametrize("kind", KINDS)
def test_they_ask_as_often_for_many_gigs_as_for_one(
    in_alice_portal: Portal, kind: str, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for index in range(number):
        GigFactory(bands=[BandFactory(), BandFactory()], starts_at=timezone.now() + timedelta(days=index + 1))
    client = in_alice_portal.client()
    client.get("/gigs/")

    with django_assert_num_queries(3 if kind == "ics" else 2):  # gigs, their bands, what was taken back
        client.get(f"/gigs.{kind}")


def test_it_shows_how_to_subscribe(in_alice_portal: Portal) -> None:
    band = BandFactory(name="The Tubas")
    client = in_alice_portal.client()

    everything, one = (client.get(path).content.decode() for path in ("/subscribe/", f"/subscribe/?band={band.slug}"))

    assert f'href="webcal://{in_alice_portal.host}' in everything
    assert "/gigs.ics" in everything
    assert f"/bands/{band.slug}/gigs.ics" in one
    assert f"/embed/bands/{band.uid}/&quot; title=&quot;The Tubas: gigs&quot;" in one
    assert "<iframe" not in one
    assert client.get("/subscribe/?band=nobody").status_code == 404


def test_a_frame_shows_the_next_gigs_as_its_code_says(in_alice_portal: Portal) -> None:
    tubas = BandFactory(name="The Tubas")
    GigFactory(title="First", bands=[tubas], status=Gig.Status.CANCELLED, starts_at=timezone.now() + timedelta(days=1))
    GigFactory(title="Second", starts_at=timezone.now() + timedelta(days=2))
    client = in_alice_portal.client()

    everything = client.get("/embed/gigs/?theme=dark&language=de").content.decode()
    one = client.get("/embed/gigs/?number=1").content.decode()
    theirs = client.get(f"/embed/bands/{tubas.uid}/").content.decode()

    assert ("First" in everything, "Second" in everything) == (True, True)
    assert ('data-scheme="dark"' in everything, "scheme=dark" in everything, "Abgesagt" in everything) == (True,) * 3
    assert ("First" in one, "Second" in one) == (True, False)
    assert ("First" in theirs, "Second" in theirs) == (True, False)
    assert client.get("/embed/gigs/?number=51").status_code == 404


def test_a_frame_of_a_band_outlives_its_name_and_not_its_publication(in_alice_portal: Portal) -> None:
    tubas = BandFactory(slug="the-tubas")
    client = in_alice_portal.client()
    tubas.slug = "three-tubas"
    tubas.save()
    assert client.get(f"/embed/bands/{tubas.uid}/").status_code == 200

    tubas.is_published = False
    tubas.save()
    assert client.get(f"/embed/bands/{tubas.uid}/").status_code == 404


def test_a_frame_of_a_tour_outlives_its_name_and_not_its_publication(in_alice_portal: Portal) -> None:
    tour = TourFactory(slug="spring")
    GigFactory(title="A night", tour=tour)
    client = in_alice_portal.client()
    tour.slug = "autumn"
    tour.save()
    frame = client.get(f"/embed/tours/{tour.uid}/")
    assert ("A night" in frame.content.decode(), "/tours/autumn/" in frame.content.decode()) == (True, True)
    assert not frame.cookies
    assert "frame-ancestors *" in frame["Content-Security-Policy"]
    assert not frame.has_header("X-Frame-Options")

    tour.is_published = False
    tour.save()
    assert client.get(f"/embed/tours/{tour.uid}/").status_code == 404
    assert client.get(f"/embed/bands/{tour.uid}/").status_code == 404


@pytest.mark.parametrize(("factory", "kind"), [(BandFactory, "bands"), (TourFactory, "tours")])
def test_websites_find_a_frame_by_the_pages_address(in_alice_portal: Portal, factory: Any, kind: str) -> None:
    row = factory(name="Rock & Roll")
    client = in_alice_portal.client()
    found = re.search(
        r'type="application/json\+oembed" href="([^"]+)"', client.get(row.get_absolute_url()).content.decode()
    )
    assert found

    address = urlsplit(html.unescape(found[1]))

    answer = client.get(f"{address.path}?{address.query}").json()

    assert (answer["type"], answer["title"]) == ("rich", "Rock & Roll")
    assert f"/embed/{kind}/{row.uid}/" in answer["html"]
    assert 'title="Rock &amp; Roll: gigs"' in answer["html"]
    for path in ("/backstage/", "/polls/", "/nowhere/"):
        assert client.get("/oembed/", {"url": f"https://{in_alice_portal.host}{path}"}).status_code == 404


def test_a_frames_colours_are_those_of_all_pages() -> None:
    tokens, embed = ((STYLES / name).read_text(encoding="utf-8") for name in ("tokens.css", "embed.css"))
    of_tokens, of_embed = (
        [
            dict(re.findall(r"(--[a-z-]+): ([^;]+);", block))
            for block in re.split(r"\[data-scheme=.dark.\]|@media", text)
        ]
        for text in (tokens, embed)
    )

    assert of_embed[0].keys() == of_embed[1].keys()
    for scheme in (0, 1):
        assert of_embed[scheme].items() <= of_tokens[scheme].items()


STYLES = Path(settings.STATICFILES_DIRS[0]) / "css"
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca", "UTC")


@pytest.mark.parametrize("name", ZONES)
def test_a_zone_that_is_written_out_is_right_at_every_hour(name: str) -> None:
    """By what is written alone, as a program does that doesn't know the zone's name."""
    zone = icalendar.Timezone.from_ical("\r\n".join(zone_lines(name, 2030, 2031)) + "\r\n")
    onsets = sorted(
        ((part["DTSTART"].dt - part["TZOFFSETFROM"].td).replace(tzinfo=UTC), part["TZOFFSETTO"].td)
        for part in zone.subcomponents
    )

    moment, end = datetime(2030, 1, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)
    while moment < end:
        written = [offset for onset, offset in onsets if onset <= moment][-1]
        assert written == moment.astimezone(ZoneInfo(name)).utcoffset(), moment
        moment += timedelta(minutes=30)
