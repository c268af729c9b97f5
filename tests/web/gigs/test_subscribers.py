"""What somebody has in their calendar who subscribed once, whatever becomes of the gigs and of the portal's address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import icalendar
import pytest
from django.test import Client
from django.utils import timezone
from PIL import ImageColor

from bandstand.bands.models import Band
from bandstand.content.trashed import purge
from bandstand.domains.claiming import primary_choose
from bandstand.gigs.line_up import line_up_set
from bandstand.gigs.models import Gig
from bandstand.gigs.withdrawn import TOLD_FOR, WithdrawnGig
from bandstand.tenancy import resolution
from bandstand_web.gigs.colour_names import COLOUR_NAMES, nearest_name
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.domains import LiveDomainFactory
from tests.factories.gigs import GigFactory
from tests.factories.tours import TourFactory
from tests.web.gigs.subscribing import Subscriber

OWN = "www.theband.com"


def _unpublish(gig: Gig) -> None:
    gig.unpublish()
    gig.save_publication()


def _delete_for_good(gig: Gig) -> None:
    gig.move_to_trash()
    assert purge(gig)


TAKEN_BACK: dict[str, Callable[[Gig], object]] = {
    "unpublished": _unpublish,
    "in bulk": lambda gig: Gig.objects.filter(pk=gig.pk).update(is_published=False),
    "scheduled": lambda gig: Gig.objects.filter(pk=gig.pk).update(
        is_published=False, publish_at=timezone.now() + timedelta(days=9)
    ),
    "put in the trash": lambda gig: gig.move_to_trash(),
    "deleted for good": _delete_for_good,
    "deleted at once": lambda gig: Gig.objects.filter(pk=gig.pk).delete(),
}


def test_a_gig_that_changes_stays_one_event(in_alice_portal: Portal) -> None:
    gig = GigFactory(title="A night")
    subscriber = Subscriber(in_alice_portal)
    assert subscriber.of(gig)["SUMMARY"] == "A night"

    gig.title = "A long night"
    gig.save()
    assert subscriber.of(gig)["SUMMARY"] == "A long night"

    gig.starts_at += timedelta(days=7)
    gig.venue = "Another Club"
    gig.save()
    assert subscriber.of(gig)["DTSTART"].dt == gig.starts_at.replace(microsecond=0)
    assert subscriber.of(gig)["LOCATION"] == "Another Club, Berlin"

    gig.status = Gig.Status.CANCELLED
    gig.save()
    assert subscriber.of(gig)["STATUS"] == "CANCELLED"
    assert len(subscriber.events) == 1


@pytest.mark.parametrize("take_back", TAKEN_BACK.values(), ids=TAKEN_BACK.keys())
def test_a_gig_that_is_taken_back_is_told_as_cancelled(
    in_alice_portal: Portal, take_back: Callable[[Gig], object]
) -> None:
    gig, stays = GigFactory(title="A night", town="Köln"), GigFactory(title="Another")
    subscribers = [Subscriber(in_alice_portal, path) for path in ("/gigs.ics", "/gigs.ics?town=Köln")]
    before = [subscriber.of(gig) for subscriber in subscribers]

    take_back(gig)

    for subscriber, known in zip(subscribers, before, strict=True):
        event = subscriber.of(gig)
        assert (event["STATUS"], event["SUMMARY"]) == ("CANCELLED", "No longer listed")
        assert event["SEQUENCE"] > known["SEQUENCE"]
        assert event["DTSTART"].dt == known["DTSTART"].dt
    assert subscribers[0].of(stays)["STATUS"] == "CONFIRMED"


def test_a_band_s_subscribers_are_told_and_no_other_s(in_alice_portal: Portal) -> None:
    tubas, others = BandFactory(name="The Tubas"), BandFactory(name="Others")
    gig = GigFactory(bands=[tubas])
    own, elsewhere = (Subscriber(in_alice_portal, f"/bands/{band.slug}/gigs.ics") for band in (tubas, others))
    own.refresh()

    gig.move_to_trash()
    Gig.in_trash().bring_back()
    gig.refresh_from_db()
    _unpublish(gig)
    line_up_set(gig=gig, bands=[others])  # a draft by now: where it goes is nobody's business

    assert own.of(gig)["STATUS"] == "CANCELLED"
    assert elsewhere.refresh() == {}


def test_it_tells_nothing_that_was_written_since(in_alice_portal: Portal) -> None:
    gig = GigFactory(title="A night", venue="Molotow", notes="Public", bands=[BandFactory(name="Secret Tubas")])
    start = gig.starts_at.replace(microsecond=0)
    _unpublish(gig)

    gig.title = gig.venue = gig.notes = "CANARY"
    gig.town, gig.starts_at = "CANARY town", gig.starts_at + timedelta(days=3)
    gig.save()
    text = in_alice_portal.client().get("/gigs.ics").content.decode()
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")

    assert event["DTSTART"].dt == start
    assert set(event) == {
        *("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "STATUS"),
    }
    assert not any(word in text for word in ("CANARY", "A night", "Molotow", "Secret", "Public"))
    assert str(event["UID"]) not in in_alice_portal.client().get("/gigs.json").content.decode()


def test_a_gig_that_is_shown_again_is_the_same_event(in_alice_portal: Portal) -> None:
    gig = GigFactory(title="A night")
    subscriber = Subscriber(in_alice_portal)
    subscriber.refresh()

    for _round in range(2):
        _unpublish(gig)
        assert subscriber.of(gig)["STATUS"] == "CANCELLED"
        gig.publish()
        gig.save_publication()
        assert (subscriber.of(gig)["STATUS"], subscriber.of(gig)["SUMMARY"]) == ("CONFIRMED", "A night")

    gig.move_to_trash()
    subscriber.refresh()
    Gig.in_trash().bring_back()
    assert subscriber.of(gig)["STATUS"] == "CONFIRMED"
    assert not WithdrawnGig.objects.exists()


def test_a_gig_that_appears_again_by_the_clock_is_told_once(in_alice_portal: Portal) -> None:
    gig = GigFactory(title="A night")
    subscriber = Subscriber(in_alice_portal)
    subscriber.refresh()
    Gig.objects.update(is_published=False, publish_at=timezone.now() + timedelta(days=1))
    assert subscriber.of(gig)["STATUS"] == "CANCELLED"

    # No job has run yet: the moment has come, and nothing was written since.
    Gig.objects.filter(pk=gig.pk).update(publish_at=timezone.now() - timedelta(seconds=1))
    WithdrawnGig.objects.create(
        gig=gig.uid,
        starts_at=gig.starts_at,
        time_zone=gig.time_zone,
        town=gig.town,
        sequence=1,
        withdrawn_at=timezone.now(),
    )

    assert subscriber.of(gig)["STATUS"] == "CONFIRMED"


def test_drafts_that_nobody_saw_are_told_to_nobody(in_alice_portal: Portal) -> None:
    gig = GigFactory(is_published=False)
    gig.move_to_trash()
    GigFactory(is_published=False).delete()
    GigFactory(starts_at=timezone.now() - timedelta(days=500)).move_to_trash()

    assert not WithdrawnGig.objects.exists()


def test_a_tour_s_subscribers_are_told(in_alice_portal: Portal) -> None:
    tour = TourFactory(slug="spring")
    gig = GigFactory(tour=tour)
    subscriber = Subscriber(in_alice_portal, "/tours/spring/gigs.ics")
    subscriber.refresh()

    gig.move_to_trash()

    assert subscriber.of(gig)["STATUS"] == "CANCELLED"


def test_a_private_event_is_told_without_its_town_and_a_whole_day_as_one(in_alice_portal: Portal) -> None:
    gig = GigFactory(town="CANARY", is_private=True, precision=Gig.Precision.DAY)
    day = gig.local_start.date()
    gig.move_to_trash()

    (event,) = Subscriber(in_alice_portal).refresh().values()

    assert (event["STATUS"], event["DTSTART"].dt) == ("CANCELLED", day)
    assert not WithdrawnGig.objects.filter(town="CANARY").exists()


def test_a_date_that_is_open_again_is_cancelled_and_told_anew_when_it_is_known(in_alice_portal: Portal) -> None:
    gig = GigFactory(title="A night")
    subscriber = Subscriber(in_alice_portal)
    subscriber.refresh()

    gig.precision = Gig.Precision.MONTH
    gig.save()
    assert subscriber.of(gig)["STATUS"] == "CANCELLED"

    gig.precision = Gig.Precision.TIME
    gig.starts_at += timedelta(days=9)
    gig.save()
    assert subscriber.of(gig)["STATUS"] == "CONFIRMED"
    assert subscriber.of(gig)["DTSTART"].dt == gig.starts_at.replace(microsecond=0)


def test_it_is_told_for_ninety_days(in_alice_portal: Portal) -> None:
    gig = GigFactory()
    gig.move_to_trash()
    before, after = (timezone.now() + TOLD_FOR + timedelta(hours=hours) for hours in (-1, 1))

    assert [each.gig for each in WithdrawnGig.objects.in_calendar(None, before)] == [gig.uid]
    assert WithdrawnGig.objects.forget(before) == 0
    assert list(WithdrawnGig.objects.in_calendar(None, after)) == []
    assert WithdrawnGig.objects.forget(after) == 1


def test_everything_stays_one_event_after_the_portal_has_another_address(in_alice_portal: Portal) -> None:
    moved, gone, stays = GigFactory(title="Moved"), GigFactory(title="Gone"), GigFactory(title="Stays")
    subscriber = Subscriber(in_alice_portal)
    subscriber.refresh()

    domain = LiveDomainFactory(organization=in_alice_portal.organization, name=OWN)
    primary_choose(organization=in_alice_portal.organization, domain=domain)
    resolution.resolver.forget()  # as all processes do at the commit
    moved.starts_at += timedelta(days=1)
    moved.save()
    gone.move_to_trash()

    assert Client(HTTP_HOST=in_alice_portal.host).get("/gigs.ics").status_code == 301
    assert subscriber.of(moved)["DTSTART"].dt == moved.starts_at.replace(microsecond=0)
    assert OWN in str(subscriber.of(stays)["URL"])
    assert subscriber.of(gone)["STATUS"] == "CANCELLED"
    assert len(subscriber.events) == 3


def test_what_is_taken_back_elsewhere_stays_there(in_alice_portal: Portal, charlie_portal: Portal) -> None:
    GigFactory().move_to_trash()

    assert Subscriber(charlie_portal).refresh() == {}
    assert len(Subscriber(in_alice_portal).refresh()) == 1


def test_a_band_that_is_unknown_has_no_calendar_of_what_was_taken_back(in_alice_portal: Portal) -> None:
    band = BandFactory()
    GigFactory(bands=[band]).move_to_trash()
    Band.objects.update(is_published=False)

    assert in_alice_portal.client().get(f"/bands/{band.slug}/gigs.ics").status_code == 404


def test_colours_have_the_names_that_css_gives_them() -> None:
    known = {name: "{:02x}{:02x}{:02x}".format(*ImageColor.getrgb(name)) for name in COLOUR_NAMES}

    assert known == COLOUR_NAMES
    assert ImageColor.colormap.keys() - COLOUR_NAMES.keys() == {
        *("cyan", "magenta"),
        *("grey", "darkgrey", "darkslategrey", "dimgrey", "lightgrey", "lightslategrey", "slategrey"),
    }
    assert [nearest_name(colour) for colour in ("#d6402b", "#14224f", "#0f7173", "#1d1a16")] == [
        *("crimson", "midnightblue", "teal", "black"),
    ]
