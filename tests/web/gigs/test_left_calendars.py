"""Subscribers of a part: a gig that leaves the calendar of a band, a town or a tour, and no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bandstand.content.trashed import purge
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.line_up import line_up_set, line_ups_set
from bandstand.gigs.models import Gig
from bandstand.gigs.withdrawn import WithdrawnGig
from bandstand.venues.models import Venue
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.tours import TourFactory
from tests.web.gigs.subscribing import Subscriber

PARTS = {
    "band": "/bands/tubas/gigs.ics",
    "tour": "/tours/spring/gigs.ics",
    "town": "/gigs.ics?town=Köln",
    "band in a town": "/bands/tubas/gigs.ics?town=Köln",
}


@pytest.fixture
def gig(in_alice_portal: Portal) -> Gig:
    tubas, others = BandFactory(name="The Tubas", slug="tubas"), BandFactory(name="Others", slug="others")
    tour = TourFactory(slug="spring")
    return GigFactory(title="A night", venue="Molotow", town="Köln", tour=tour, bands=[tubas, others])


def _subscribers(portal: Portal, *others: str) -> dict[str, Subscriber]:
    """Return programs that have seen the portal's calendar, each part's and those at the `others`."""
    paths = {"portal": "/gigs.ics", **PARTS, **{path: path for path in others}}
    subscribers = {name: Subscriber(portal, path) for name, path in paths.items()}
    for subscriber in subscribers.values():
        subscriber.refresh()
    return subscribers


def _states(subscribers: dict[str, Subscriber], gig: Gig) -> dict[str, str]:
    events = {name: subscriber.refresh() for name, subscriber in subscribers.items()}
    return {name: str(its[str(gig.uid)]["STATUS"]) for name, its in events.items() if str(gig.uid) in its}


def _other_band(gig: Gig) -> None:
    line_up_set(gig=gig, bands=[each.band for each in gig.appearances.all() if each.band.slug == "others"])


def _band_exchanged(gig: Gig) -> None:
    Appearance.objects.filter(gig=gig, band__slug="tubas").update(band=BandFactory(name="Third"))


def _by_a_table(gig: Gig) -> None:
    bands = list(gig.appearances.exclude(band__slug="tubas").values_list("band", flat=True))
    line_ups_set(bands={gig.pk: bands}, times={gig.pk: {}})


def _saved(**values: Any) -> Callable[[Gig], None]:
    def save(gig: Gig) -> None:
        for name, value in values.items():
            setattr(gig, name, value)
        gig.save()

    return save


def _venue_moved(gig: Gig) -> None:
    venue = Venue.objects.get(name="Molotow")
    venue.town = "Hürth"
    venue.save()


LEAVES: dict[str, tuple[Callable[[Gig], object], set[str]]] = {
    "the line-up": (_other_band, {"band", "band in a town"}),
    "the line-up for another band": (_band_exchanged, {"band", "band in a town"}),
    "the line-up by a spreadsheet": (_by_a_table, {"band", "band in a town"}),
    "the tour": (_saved(tour=None), {"tour"}),
    "the tour in bulk": (lambda gig: Gig.objects.filter(pk=gig.pk).update(tour=TourFactory()), {"tour"}),
    "the town": (_saved(venue="Gloria", town="Bonn"), {"town", "band in a town"}),
    "the town with its venue": (_venue_moved, {"town", "band in a town"}),
    "town and tour": (_saved(town="Bonn", tour=None), {"town", "band in a town", "tour"}),
}


@pytest.mark.parametrize(("leave", "told"), LEAVES.values(), ids=LEAVES.keys())
def test_a_gig_that_leaves_one_calendar_is_cancelled_there_alone(
    in_alice_portal: Portal, gig: Gig, leave: Callable[[Gig], object], told: set[str]
) -> None:
    subscribers = _subscribers(in_alice_portal, "/bands/others/gigs.ics")
    before = {name: subscriber.of(gig) for name, subscriber in subscribers.items()}

    leave(gig)

    states = _states(subscribers, gig)
    assert {name for name, state in states.items() if state == "CANCELLED"} == told
    assert {name for name, state in states.items() if state == "CONFIRMED"} == subscribers.keys() - told
    for name in told:
        event = subscribers[name].of(gig)
        assert (event["SUMMARY"], event.get("LOCATION")) == ("No longer listed", None)
        assert event["DTSTART"].dt == before[name]["DTSTART"].dt
        assert event["SEQUENCE"] > before[name]["SEQUENCE"]


@pytest.mark.parametrize(("leave", "told"), LEAVES.values(), ids=LEAVES.keys())
def test_a_gig_that_comes_back_is_the_same_event(
    in_alice_portal: Portal, gig: Gig, leave: Callable[[Gig], object], told: set[str]
) -> None:
    band, others = gig.line_up
    tour, town, venue = gig.tour, gig.town, gig.venue
    subscribers = _subscribers(in_alice_portal)

    leave(gig)
    assert "CANCELLED" in _states(subscribers, gig).values()
    Venue.objects.filter(name="Molotow", town="Hürth").update(town=town)
    _saved(tour=tour, town=town, venue=venue)(Gig.objects.get(pk=gig.pk))
    line_up_set(gig=gig, bands=[band, others])

    assert set(_states(subscribers, gig).values()) == {"CONFIRMED"}
    assert _states(_subscribers(in_alice_portal), gig).keys() == subscribers.keys()  # for newcomers, too


def test_the_town_that_it_moved_to_has_it(in_alice_portal: Portal, gig: Gig) -> None:
    bonn = Subscriber(in_alice_portal, "/gigs.ics?town=Bonn")
    koeln = Subscriber(in_alice_portal, "/gigs.ics?town=köln")
    assert bonn.refresh() == {}
    koeln.refresh()

    _saved(town="KÖLN")(gig)  # as written otherwise
    assert koeln.of(gig)["STATUS"] == "CONFIRMED"
    _saved(town="Bonn")(gig)

    assert (bonn.of(gig)["STATUS"], koeln.of(gig)["STATUS"]) == ("CONFIRMED", "CANCELLED")


def test_a_gig_that_left_a_calendar_and_is_withdrawn_is_one_event_in_each(in_alice_portal: Portal, gig: Gig) -> None:
    subscribers = _subscribers(in_alice_portal, "/bands/others/gigs.ics", "/gigs.ics?town=Bonn")
    _other_band(gig)
    _saved(town="Bonn")(gig)
    _states(subscribers, gig)

    gig.move_to_trash()

    assert set(_states(subscribers, gig).values()) == {"CANCELLED"}
    assert _states(subscribers, gig).keys() == subscribers.keys()


def test_what_it_left_while_nobody_saw_it_stays_cancelled_when_it_is_shown_again(
    in_alice_portal: Portal, gig: Gig
) -> None:
    subscribers = _subscribers(in_alice_portal)
    gig.unpublish()
    gig.save_publication()
    _other_band(gig)
    _saved(town="Bonn")(gig)
    gig.publish()
    gig.save_publication()

    assert _states(subscribers, gig) == {
        "portal": "CONFIRMED",
        "tour": "CONFIRMED",
        **dict.fromkeys(["band", "town", "band in a town"], "CANCELLED"),
    }


def test_of_a_gig_that_is_private_by_now_no_town_is_told(in_alice_portal: Portal, gig: Gig) -> None:
    town = _subscribers(in_alice_portal)["town"]
    _saved(town="Bonn")(gig)
    assert town.of(gig)["STATUS"] == "CANCELLED"

    _saved(town="Köln", is_private=True)(gig)  # where it is now, so its identifier must not be found there

    assert Subscriber(in_alice_portal, "/gigs.ics?town=Köln").refresh() == {}
    assert Subscriber(in_alice_portal).of(gig)["STATUS"] == "CONFIRMED"


def test_a_private_gig_that_a_band_leaves_is_told_without_its_town(in_alice_portal: Portal, gig: Gig) -> None:
    _saved(is_private=True)(gig)
    band = Subscriber(in_alice_portal, PARTS["band"])
    band.refresh()

    _other_band(gig)
    _saved(town="Bonn", tour=None)(gig)

    assert band.of(gig)["STATUS"] == "CANCELLED"
    assert Subscriber(in_alice_portal, PARTS["band in a town"]).refresh() == {}
    assert not WithdrawnGig.objects.exclude(town="").exists()


def test_gigs_that_are_deleted_at_once_are_cancelled_in_each_calendar(in_alice_portal: Portal, gig: Gig) -> None:
    subscribers = _subscribers(in_alice_portal)

    Gig.objects.filter(pk=gig.pk).delete()

    assert set(_states(subscribers, gig).values()) == {"CANCELLED"}
    assert _states(subscribers, gig).keys() == subscribers.keys()


def test_drafts_and_bands_that_nobody_saw_are_told_to_nobody(in_alice_portal: Portal, gig: Gig) -> None:
    draft = BandFactory(is_published=False)
    Appearance.objects.create(gig=gig, band=draft)
    line_up_set(gig=gig, bands=[each for each in gig.line_up if each != draft])
    for hidden in (GigFactory(is_published=False, bands=[draft]), GigFactory(precision="month", bands=[draft])):
        _saved(town="Bonn", tour=None)(hidden)
        hidden.appearances.all().delete()
    long_ago = GigFactory(starts_at=timezone.now() - timedelta(days=500), bands=gig.line_up)
    _saved(town="Bonn")(long_ago)
    long_ago.appearances.all().delete()

    assert not WithdrawnGig.objects.exists()
    gig.refresh_from_db()
    assert gig.sequence == 0


def test_saving_what_is_there_tells_nothing(in_alice_portal: Portal, gig: Gig) -> None:
    band, others = gig.line_up
    line_up_set(gig=gig, bands=[others, band])
    line_ups_set(bands={gig.pk: [band.pk, others.pk]}, times={gig.pk: {}})
    gig.save()

    assert not WithdrawnGig.objects.exists()
    gig.refresh_from_db()
    assert gig.sequence == 0


def test_a_band_that_is_deleted_for_good_has_no_calendar_to_be_told(in_alice_portal: Portal, gig: Gig) -> None:
    band = gig.line_up[0]
    band.move_to_trash()
    assert purge(band)

    assert not WithdrawnGig.objects.exists()


def test_another_portal_is_told_nothing(in_alice_portal: Portal, charlie_portal: Portal, gig: Gig) -> None:
    _other_band(gig)

    assert Subscriber(charlie_portal).refresh() == {}
