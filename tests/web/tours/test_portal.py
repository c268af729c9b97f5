"""Tours as visitors meet them."""

from __future__ import annotations

from datetime import timedelta

import icalendar
import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bandstand.tours.models import Tour
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory, PastGigFactory
from tests.factories.tours import TourFactory


def page(portal: Portal, path: str) -> str:
    answer = portal.client().get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_tour_shows_its_gigs_and_no_other(in_alice_portal: Portal) -> None:
    tour = TourFactory(name="Winter tour", text="**Cold** nights.")
    GigFactory(title="Ahead", tour=tour, bands=[BandFactory(name="Owls"), BandFactory(name="Mice", is_published=False)])
    PastGigFactory(title="Behind", tour=tour)
    GigFactory(title="Unready", tour=tour, is_published=False)
    GigFactory(title="Deleted", tour=tour).move_to_trash()
    GigFactory(title="Elsewhere")

    text = page(in_alice_portal, "/tours/winter-tour/")

    assert "<strong>Cold</strong>" in text
    assert text.index("Ahead") < text.index("Past gigs") < text.index("Behind")
    assert "Owls" in text
    assert not any(word in text for word in ("Mice", "Unready", "Deleted", "Elsewhere"))


def test_a_draft_and_one_in_the_trash_have_no_page(in_alice_portal: Portal) -> None:
    TourFactory(slug="draft", is_published=False)
    TourFactory(slug="gone").move_to_trash()
    for slug in ("draft", "gone"):
        for path in (f"/tours/{slug}/", f"/tours/{slug}/gigs.ics", f"/subscribe/?tour={slug}"):
            assert in_alice_portal.client().get(path).status_code == 404


def test_a_gig_leads_to_its_tour_if_visitors_see_it(in_alice_portal: Portal) -> None:
    tour = TourFactory(name="Winter tour")
    gig = GigFactory(tour=tour)
    link = '<a href="/tours/winter-tour/">'
    assert link in page(in_alice_portal, gig.get_absolute_url())

    Tour.objects.update(is_published=False)

    assert link not in page(in_alice_portal, gig.get_absolute_url())


def test_tours_are_listed_while_they_go_on_and_afterwards(in_alice_portal: Portal) -> None:
    GigFactory(tour=TourFactory(name="Running"))
    PastGigFactory(tour=TourFactory(name="Over"))
    TourFactory(name="Without gigs")
    GigFactory(tour=TourFactory(name="With a draft"), is_published=False)

    tours, gigs = page(in_alice_portal, "/tours/"), page(in_alice_portal, "/gigs/")

    assert tours.index("Running") < tours.index("Past tours") < tours.index("Over")
    assert "/tours/running/" in gigs
    assert not any(word in tours for word in ("Without gigs", "With a draft"))
    assert not any(word in gigs for word in ("/tours/over/", "/tours/with-a-draft/"))


def test_the_list_of_gigs_is_filtered_by_tour(in_alice_portal: Portal) -> None:
    tour = TourFactory(name="Winter")
    GigFactory(title="Ahead", tour=tour)
    PastGigFactory(title="Behind", tour=tour)
    GigFactory(title="Elsewhere")

    text = page(in_alice_portal, "/gigs/?tour=winter")

    assert "Ahead" in text
    assert "Elsewhere" not in text
    assert "Behind" in page(in_alice_portal, "/gigs/?when=past&tour=winter")


@pytest.mark.parametrize("kind", ["ics", "atom", "rss", "json"])
def test_a_tour_is_a_feed(in_alice_portal: Portal, kind: str) -> None:
    GigFactory(title="Ahead", tour=TourFactory(name="Winter"))
    GigFactory(title="Elsewhere")

    text = page(in_alice_portal, f"/tours/winter/gigs.{kind}")

    assert "Ahead" in text
    assert "Elsewhere" not in text
    if kind == "ics":
        assert icalendar.Calendar.from_ical(text)["NAME"] == "Winter"


def test_a_tour_is_subscribed_to_by_its_own_address(in_alice_portal: Portal) -> None:
    TourFactory(name="Winter")

    text = page(in_alice_portal, "/subscribe/?tour=winter")

    assert f"webcal://{in_alice_portal.organization.url('').partition('://')[2]}/tours/winter/gigs.ics" in text


def test_a_tour_costs_few_queries_however_many_dates_it_has(
    in_alice_portal: Portal, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tour, bands = TourFactory(name="Winter"), [BandFactory(), BandFactory()]
    for day in range(20):
        GigFactory(tour=tour, bands=bands, starts_at=timezone.now() + timedelta(days=day - 5))

    client = in_alice_portal.client()
    client.get("/tours/winter/")

    with django_assert_num_queries(3):  # the tour, its gigs, their bands
        client.get("/tours/winter/")
