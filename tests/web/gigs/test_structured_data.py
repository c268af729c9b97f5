"""What search engines are told of a gig: all that visitors see, in schema.org's words."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings

from bandstand.gigs.models import Gig
from bandstand.gigs.statuses import Status
from bandstand.gigs.timing import Precision
from bandstand.venues.models import Venue
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.web.schema_org import faults

START = datetime(2031, 1, 10, 19, tzinfo=UTC)
END = START + timedelta(hours=3)


def told(portal: Portal, gig: Gig) -> dict[str, Any]:
    """Return the event, which has to be valid."""
    text = portal.client().get(gig.get_absolute_url()).content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text)
    assert found
    event: dict[str, Any] = json.loads(found[1])
    assert event["@context"] == "https://schema.org"
    assert faults(event, among=["MusicEvent"]) == []
    return event


def test_it_tells_all_that_is_known(in_alice_portal: Portal) -> None:
    gig = GigFactory(
        title="A night",
        bands=[BandFactory(name="The Tubas", photo=ReadyPictureFactory())],
        picture=ReadyPictureFactory(),
        venue="Molotow",
        town="Hamburg",
        starts_at=START,
        ends_at=END,
        doors_at=START - timedelta(hours=1),
        on_sale_at=START - timedelta(days=60),
        ticket_url="https://tickets.example/1",
        price_from=Decimal("12.5"),
        price_to=Decimal(18),
        currency="EUR",
        age_limit=16,
        notes="**Loud.**",
    )
    Venue.objects.update(
        street="Nobistor 14",
        postcode="22767",
        country="DE",
        latitude="53.5",
        longitude="9.9",
        website="https://molotow.example",
    )

    event = told(in_alice_portal, gig)

    assert (event["startDate"], event["endDate"]) == ("2031-01-10T20:00:00+01:00", "2031-01-10T23:00:00+01:00")
    assert event["doorTime"] == "2031-01-10T19:00:00+01:00"
    assert event["location"]["address"] == {
        "@type": "PostalAddress",
        "streetAddress": "Nobistor 14",
        "postalCode": "22767",
        "addressLocality": "Hamburg",
        "addressCountry": "DE",
    }
    assert event["location"]["geo"]["latitude"] == 53.5
    assert event["performer"][0]["name"] == "The Tubas"
    offer = event["offers"]
    assert (offer["@type"], offer["lowPrice"], offer["highPrice"]) == ("AggregateOffer", "12.50", "18.00")
    assert offer["validFrom"] == "2030-11-11T20:00:00+01:00"
    assert (event["typicalAgeRange"], event["description"]) == ("16-", "Loud.")
    assert event["image"].startswith("http")


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "EventScheduled"),
        ({"status": Status.SOLD_OUT, "ticket_url": "https://t.example/"}, "EventScheduled"),
        ({"status": Status.CANCELLED, "ticket_url": "https://t.example/"}, "EventCancelled"),
        ({"status": Status.POSTPONED}, "EventPostponed"),
        ({"is_free": True}, "EventScheduled"),
        ({"price_from": 5, "currency": "GBP"}, "EventScheduled"),
        ({"precision": Precision.DAY, "ends_at": START + timedelta(days=2)}, "EventScheduled"),
        ({"precision": Precision.MONTH}, "EventScheduled"),
        ({"is_private": True}, "EventScheduled"),
    ],
)
def test_it_is_valid_whatever_is_known(values: dict[str, Any], state: str, in_alice_portal: Portal) -> None:
    event = told(in_alice_portal, GigFactory(starts_at=START, **values))

    assert event["eventStatus"] == f"https://schema.org/{state}"
    assert ("offers" in event) is bool(
        {"is_free", "price_from"} & set(values) or values.get("status") == Status.SOLD_OUT
    )
    if values.get("status") == Status.SOLD_OUT:
        assert event["offers"]["availability"] == "https://schema.org/SoldOut"
    assert ("location" in event) is ("is_private" not in values)
    assert ("startDate" in event) is (values.get("precision") != Precision.MONTH)


def test_both_pages_of_a_moved_gig_tell_of_the_move(in_alice_portal: Portal) -> None:
    later = GigFactory(starts_at=START + timedelta(days=30))
    gig = GigFactory(starts_at=START, status=Status.POSTPONED, new_date=later)

    events = [told(in_alice_portal, each) for each in (gig, later)]

    for event in events:
        assert event["eventStatus"] == "https://schema.org/EventRescheduled"
        assert event["previousStartDate"] == "2031-01-10T20:00:00+01:00"
        assert event["startDate"] == "2031-02-09T20:00:00+01:00"

    Gig.objects.filter(pk=later.pk).update(is_published=False)
    assert told(in_alice_portal, gig)["eventStatus"] == "https://schema.org/EventPostponed"


def test_the_vocabulary_sees_faults() -> None:
    event = {"@type": "MusicEvent", "startDate": "soon", "place": "here", "location": {"@type": "Club"}}
    assert len(faults(event, among=["MusicEvent"])) == 3


def test_the_page_links_the_operators_map_and_the_way(in_alice_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    gig = GigFactory(venue="Molotow", town="Hamburg & Altona")
    client = in_alice_portal.client()

    by_name = client.get(gig.get_absolute_url()).content.decode()
    Venue.objects.update(latitude="53.5", longitude="9.9")
    by_degrees = client.get(gig.get_absolute_url()).content.decode()
    monkeypatch.setattr(settings, "MAP_URL", "")
    monkeypatch.setattr(settings, "DIRECTIONS_URL", "")
    without = client.get(gig.get_absolute_url()).content.decode()

    assert 'href="https://www.openstreetmap.org/search?query=Molotow%2C%20Hamburg%20%26%20Altona"' in by_name
    assert 'href="https://www.openstreetmap.org/directions?to=53.500000%2C9.900000"' in by_degrees
    assert "openstreetmap" not in without
