"""Former addresses lead on to a row's page, however its slug was changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bandstand.bands.models import Band
from bandstand.content.addressed import Addressed
from bandstand.content.former_addresses import FormerAddress, current_slugs
from bandstand.gigs.models import Gig
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory

KINDS = [model for model in apps.get_models() if issubclass(model, Addressed)]
RENAMES = st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abcdef")), max_size=12)


def left(model: type[Any] = Band) -> dict[str, int]:
    return dict(FormerAddress.objects.of_kind(model).values_list("slug", "object_id"))


def rename(row: Any, slug: str) -> None:
    row.slug = slug
    row.save()


@pytest.mark.parametrize("model", KINDS, ids=lambda model: model._meta.label)
def test_each_kind_with_pages_keeps_them(model: type[Any], alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE tgrelid = %s::regclass AND proname = 'former_address_keep' AND tgenabled = 'O'",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == (3,)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(renames=RENAMES)
def test_whatever_is_renamed_no_living_address_leads_on_and_each_former_one_leads_to_its_last(
    renames: list[tuple[int, str]], alice_portal: Portal
) -> None:
    with tenant_context(alice_portal.organization), transaction.atomic():
        bands = [BandFactory(slug=f"start-{number}") for number in range(3)]
        had: dict[str, int] = {}
        living = {band.slug: band.pk for band in bands}
        for index, slug in renames:
            band = bands[index]
            if slug in living:
                continue
            living.pop(band.slug)
            had[band.slug] = band.pk
            rename(band, slug)
            living[slug] = band.pk
            had.pop(slug, None)
        assert left() == had
        assert current_slugs(Band) == {slug: next(b.slug for b in bands if b.pk == pk) for slug, pk in had.items()}
        transaction.set_rollback(True)


def test_sql_and_old_code_leave_them_too(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        one, two = BandFactory(slug="one"), BandFactory(slug="two")
        Band.objects.filter(pk=one.pk).update(slug="uno")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE bands_band SET slug = slug || '-x' WHERE slug IN ('uno', 'two')")
        assert left() == {"one": one.pk, "uno": one.pk, "two": two.pk}


def test_a_row_that_takes_an_address_ends_it_and_a_deleted_row_leaves_none(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(slug="one")
        rename(band, "two")
        rename(band, "three")
        BandFactory(slug="one")
        assert left() == {"two": band.pk}
        band.delete()
        assert left() == {}


def test_an_address_made_from_a_name_avoids_those_of_others(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(name="Low Tide")
        rename(band, "high-tide")
        assert BandFactory(name="Low Tide").slug == "low-tide-2"
        rename(band, "")
        assert band.slug == "low-tide", "its own may come back"


def test_visitors_are_led_on_in_one_hop(alice_portal: Portal) -> None:
    visitor = alice_portal.client()
    with tenant_context(alice_portal.organization):
        band, gig = BandFactory(slug="one"), GigFactory(slug="night", bands=[])
        for slug in ("two", "three"):
            rename(band, slug)
        rename(gig, "day")

    for former in ("one", "two"):
        answer = visitor.get(f"/bands/{former}/")
        assert (answer.status_code, answer["Location"]) == (301, "/bands/three/")
        assert answer["Cache-Control"] == "max-age=86400"
    assert visitor.get("/gigs/night/?utm=poster")["Location"].startswith("/gigs/day/")
    assert visitor.get("/gigs/night.ics")["Location"] == "/gigs/day.ics"
    assert visitor.head("/bands/one/").status_code == 301
    assert visitor.get("/bands/one/contact/")["Location"] == "/bands/three/contact/"
    assert visitor.post("/bands/one/contact/", {}).status_code == 404
    assert visitor.get("/gigs/one/").status_code == 404, "a band's isn't a gig's"
    assert visitor.get("/bands/none/").status_code == 404
    assert alice_portal.client_of("member").get("/bands/one/").status_code == 301


def test_a_private_events_former_addresses_say_nothing(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        gig = GigFactory(slug="2031-01-01-molotow-hamburg", venue="Molotow", town="Hamburg", is_private=True)
        rename(gig, "")
    assert alice_portal.client().get("/gigs/2031-01-01-molotow-hamburg/").status_code == 404
    assert alice_portal.client().get("/gigs/2031-01-01-molotow-hamburg.ics").status_code == 404

    with tenant_context(alice_portal.organization):
        Gig.objects.update(is_private=False)
    assert alice_portal.client().get("/gigs/2031-01-01-molotow-hamburg/").status_code == 301


def test_drafts_and_other_portals_are_not_found(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(slug="one")
        rename(band, "two")
        Band.objects.update(is_published=False)
    assert alice_portal.client().get("/bands/one/").status_code == 404
    with tenant_context(alice_portal.organization):
        Band.objects.update(is_published=True)
    assert alice_portal.client().get("/bands/one/").status_code == 301
    assert charlie_portal.client().get("/bands/one/").status_code == 404


def test_a_page_that_exists_asks_for_no_former_address(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        rename(BandFactory(slug="one"), "two")
    visitor = alice_portal.client()
    visitor.get("/bands/two/")
    with CaptureQueriesContext(connection) as queries:
        assert visitor.get("/bands/two/").status_code == 200
    assert not [query for query in queries if "content_formeraddress" in query["sql"]]


GIG = {
    "title": "New",
    "venue": "Hall",
    "town": "Hof",
    "starts_at": "2027-05-01T20:00",
    "time_zone": "Europe/Berlin",
    "status": "scheduled",
    "line_up": [],
}


def test_a_form_warns_before_it_takes_an_address_that_leads_on(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        gig = GigFactory(title="The Old Night", slug="night", bands=[])
        rename(gig, "day")
    team = alice_portal.client_of("editor")

    warned = team.post("/backstage/gigs/add/", {**GIG, "slug": "night"})
    assert warned.status_code == 422
    assert "visitors are led on" in warned.content.decode()
    assert "The Old Night" in warned.content.decode()
    assert 'name="slug-warned" value="night"' in warned.content.decode()
    with tenant_context(alice_portal.organization):
        assert left(Gig) == {"night": gig.pk}

    assert team.post("/backstage/gigs/add/", {**GIG, "slug": "night", "slug-warned": "night"}).status_code == 302
    with tenant_context(alice_portal.organization):
        assert Gig.objects.get(slug="night").title == "New"
        assert left(Gig) == {}


def test_a_form_takes_its_own_back_without_a_word(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        gig = GigFactory(slug="night", bands=[])
        rename(gig, "day")
    page = alice_portal.client_of("editor")

    assert page.post(f"/backstage/gigs/{gig.pk}/", {**GIG, "slug": "night"}).status_code == 302
    with tenant_context(alice_portal.organization):
        assert left(Gig) == {"day": gig.pk}


@pytest.mark.parametrize("path", ["/backstage/gigs/{}/", "/admin/gigs/gig/{}/change/"])
def test_the_form_lists_them(path: str, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        gig = GigFactory(slug="night", bands=[])
        rename(gig, "day")
    page = alice_portal.client_of("manager").get(path.format(gig.pk)).content.decode()
    assert "Former URLs" in page
    assert "/gigs/night/" in page


def test_they_are_given_up_in_the_form_and_only_the_rows_own(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        gig, other = GigFactory(slug="night", bands=[]), GigFactory(slug="noon", bands=[])
        rename(gig, "day")
        rename(other, "eve")
        keys = list(FormerAddress.objects.values_list("pk", flat=True))
    sent = {**GIG, "slug": "day", "slug-forget": [*map(str, keys), "x", "9" * 30]}

    assert alice_portal.client_of("editor").post(f"/backstage/gigs/{gig.pk}/", sent).status_code == 302
    with tenant_context(alice_portal.organization):
        assert left(Gig) == {"noon": other.pk}
    assert alice_portal.client().get("/gigs/night/").status_code == 404
