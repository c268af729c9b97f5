"""Tours in the backstage."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from bandstand.accounts import roles
from bandstand.gigs.models import Gig
from bandstand.tours.models import Tour
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.tours import TourFactory
from tests.isolation.visiting import leader_browser
from tests.web.shell.test_content import PIXEL, gig_data


def test_a_tour_is_made_with_its_picture_and_published(in_alice_portal: Portal) -> None:
    data = {
        "name": "Winter",
        "text": "Cold.",
        "new_picture": SimpleUploadedFile("snow.png", PIXEL, "image/png"),
        "picture_alt": "Snow",
        "publish": "1",
    }

    answer = in_alice_portal.client_of(roles.EDITOR).post("/backstage/tours/add/", data)

    tour = Tour.objects.get()
    assert answer["Location"] == "/backstage/tours/"
    assert (tour.slug, tour.is_published) == ("winter", True)
    assert tour.picture is not None
    assert tour.picture.alt == "Snow"


def test_a_gig_is_put_into_a_tour_by_its_form(in_alice_portal: Portal) -> None:
    tour = TourFactory(name="Winter")

    in_alice_portal.client_of(roles.EDITOR).post("/backstage/gigs/add/", gig_data(tour=tour.pk))

    gig = Gig.objects.get()
    assert gig.tour == tour
    text = in_alice_portal.client_of(roles.EDITOR).get(f"/backstage/tours/{tour.pk}/").content.decode()
    assert f"/backstage/gigs/{gig.pk}/" in text


def test_gigs_stay_when_their_tour_goes_for_good(in_alice_portal: Portal) -> None:
    gig = GigFactory(tour=TourFactory())
    gig.tour.delete()

    gig.refresh_from_db()

    assert gig.tour is None


def test_the_list_tells_how_many_gigs_a_tour_has(in_alice_portal: Portal) -> None:
    tour = TourFactory()
    GigFactory(tour=tour)
    GigFactory(tour=tour, is_published=False)
    GigFactory(tour=tour).move_to_trash()
    TourFactory(name="Empty")

    text = in_alice_portal.client_of(roles.MEMBER).get("/backstage/tours/").content.decode()

    assert "2 gigs" in text
    assert "0 gigs" in text


def test_gigs_are_filtered_by_tour(in_alice_portal: Portal) -> None:
    tour = TourFactory()
    GigFactory(title="Inside", tour=tour)
    GigFactory(title="Outside")

    text = in_alice_portal.client_of(roles.MEMBER).get(f"/backstage/gigs/?tour={tour.slug}").content.decode()

    assert "Inside" in text
    assert "Outside" not in text


def test_a_band_changes_the_tour_it_plays_alone(in_alice_portal: Portal) -> None:
    own, other = BandFactory(), BandFactory()
    alone, shared = TourFactory(), TourFactory()
    GigFactory(tour=alone, bands=[own])
    GigFactory(tour=shared, bands=[own])
    GigFactory(tour=shared, bands=[other])
    browser = leader_browser(in_alice_portal, own.pk)

    assert browser.get(f"/backstage/tours/{alone.pk}/").status_code == 200
    assert browser.get(f"/backstage/tours/{shared.pk}/").status_code == 404
    assert browser.get("/backstage/tours/add/").status_code == 403
