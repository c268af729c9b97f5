"""Agreements with other portals in the backstage, and listed bands on the public list."""

from __future__ import annotations

import pytest
from django.test import override_settings
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.listings.following import listings_follow
from bandstand.listings.models import Listing
from bandstand.tenancy.resolution import resolver
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.web.test_page_languages import speak

URL = "/backstage/listings/"
MEDIA_HOST = "media.bandstand-files.localhost"


@pytest.fixture
def owls(charlie_portal: Portal) -> Band:
    """A band of Charlie's portal with a photo and a gig."""
    with tenant_context(charlie_portal.organization):
        band = BandFactory(name="Owls", slug="owls", photo=ReadyPictureFactory())
        GigFactory(bands=[band], venue="Knust")
        return band


def ask(portal: Portal, band: Band, home: Portal) -> Listing:
    """Ask for a band by the form, as a manager of `portal`."""
    address = f"http://{home.host}{band.get_absolute_url()}"
    answer = portal.client_of(roles.MANAGER).post(URL, {"address": address})
    assert answer.status_code == 302, answer.content.decode()
    return Listing.objects.latest("pk")


def listed(portal: Portal, query: str = "") -> str:
    """Return the part of the public list that is about bands of others."""
    resolver.forget()  # as a process that has heard of the change
    page = portal.client().get(f"/bands/{query}").content.decode()
    return page.partition('id="listed"')[2].partition("</section>")[0]


def test_two_portals_agree_and_part(alice_portal: Portal, charlie_portal: Portal, owls: Band) -> None:
    listing = ask(alice_portal, owls, charlie_portal)
    alice, charlie = alice_portal.client_of(roles.MANAGER), charlie_portal.client_of(roles.MANAGER)
    assert "waiting" in alice.get(URL).content.decode()
    requests = charlie.get(URL).content.decode()
    assert "Alice&#x27;s Agency" in requests
    assert f"{URL}{listing.pk}/accept/" in requests
    assert listed(alice_portal) == ""

    assert charlie.post(f"{URL}{listing.pk}/accept/").status_code == 302

    listings_follow(alice_portal.organization)
    poster = listed(alice_portal)
    assert f'<a href="{charlie_portal.organization.url("/bands/owls/")}" rel="noopener"><bdi>Owls</bdi></a>' in poster
    assert "<bdi>Charlie&#x27;s Choirs</bdi>" in poster
    assert "Knust" in poster
    assert listed(alice_portal, "?genre=doom") == listed(charlie_portal) == ""
    assert "We have 0 bands" in alice_portal.client().get("/bands/").content.decode()

    assert "End the listing of" in alice.get(f"{URL}{listing.pk}/end/").content.decode()
    assert charlie.post(f"{URL}{listing.pk}/end/").status_code == 302
    assert listed(alice_portal) == ""
    assert "answered or ended meanwhile" in alice.post(f"{URL}{listing.pk}/end/", follow=True).content.decode()
    assert "ended on" in alice.get(URL).content.decode()


def test_a_listed_band_stays_where_its_own_portal_has_it(
    alice_portal: Portal, charlie_portal: Portal, owls: Band
) -> None:
    listing = ask(alice_portal, owls, charlie_portal)
    charlie_portal.client_of(roles.MANAGER).post(f"{URL}{listing.pk}/accept/")
    with tenant_context(alice_portal.organization):
        listings_follow(alice_portal.organization)
        speak("de")
    resolver.forget()

    page = alice_portal.client().get("/de/bands/").content.decode()

    assert f'<a href="{charlie_portal.organization.url("/bands/owls/")}"' in page


def test_a_refused_band_is_not_listed(alice_portal: Portal, charlie_portal: Portal, owls: Band) -> None:
    listing = ask(alice_portal, owls, charlie_portal)

    answer = charlie_portal.client_of(roles.OWNER).post(f"{URL}{listing.pk}/refuse/", follow=True)

    assert "Refused." in answer.content.decode()
    assert listed(alice_portal) == ""
    assert "refused on" in alice_portal.client_of(roles.OWNER).get(URL).content.decode()


def test_the_form_says_why_not(alice_portal: Portal) -> None:
    for address in ("https://nowhere.example/bands/x/", "x" * 501, ""):
        answer = alice_portal.client_of(roles.OWNER).post(URL, {"address": address})
        assert answer.status_code == 422
        assert "error-summary" in answer.content.decode()
    assert not Listing.objects.exists()


def test_only_those_concerned_answer_and_end(alice_portal: Portal, charlie_portal: Portal, owls: Band) -> None:
    """The lister can't accept, the home can't withdraw, an editor can do neither, and a third portal finds nothing."""
    listing = ask(alice_portal, owls, charlie_portal)
    path = f"{URL}{listing.pk}/"
    alice, charlie = alice_portal.client_of(roles.OWNER), charlie_portal.client_of(roles.OWNER)

    assert alice.post(f"{path}accept/").status_code == 404
    assert alice.post(f"{path}refuse/").status_code == 404
    charlie.post(f"{path}end/")
    for role in (roles.EDITOR, roles.MEMBER, roles.GUEST):
        assert charlie_portal.client_of(role).post(f"{path}accept/").status_code == 403
        assert charlie_portal.client_of(role).get(URL).status_code == 403
    listing.refresh_from_db()
    assert listing.state == "proposed"

    Listing.objects.filter(pk=listing.pk).update(lister=charlie_portal.organization, home=alice_portal.organization)
    assert charlie.post(f"{path}accept/").status_code == 404
    Listing.objects.filter(pk=listing.pk).delete()
    for act in ("accept", "refuse", "end"):
        assert charlie.post(f"{path}{act}/").status_code == 404


def test_neither_side_is_shown_people_of_the_other(alice_portal: Portal, charlie_portal: Portal, owls: Band) -> None:
    listing = ask(alice_portal, owls, charlie_portal)
    charlie_portal.client_of(roles.OWNER).post(f"{URL}{listing.pk}/accept/")

    assert "charlie@" not in alice_portal.client_of(roles.OWNER).get(URL).content.decode()
    assert "manager@alice" not in charlie_portal.client_of(roles.OWNER).get(URL).content.decode()


@pytest.mark.parametrize("host", ["", MEDIA_HOST])
def test_its_picture_is_shown_where_the_media_host_shows_it(
    alice_portal: Portal, charlie_portal: Portal, owls: Band, host: str
) -> None:
    """At the other portal's own host our pages may show none: it is another origin."""
    listing = ask(alice_portal, owls, charlie_portal)
    charlie_portal.client_of(roles.OWNER).post(f"{URL}{listing.pk}/accept/")

    with override_settings(MEDIA_HOST=host):
        poster = listed(alice_portal)

    assert ("<img " in poster, "picture-letter" in poster) == (bool(host), not host)
    if host:
        assert f'src="http://{MEDIA_HOST}' in poster
