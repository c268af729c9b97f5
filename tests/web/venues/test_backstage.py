"""Venues in the backstage, and the gigs that take place there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.content.changes import Change
from bandstand.gigs.models import Gig
from bandstand.venues.models import Venue
from tests.conftest import Portal
from tests.factories.gigs import GigFactory
from tests.factories.venues import VenueFactory

VENUE = {"name": "Hall", "town": "Hof", "time_zone": "Europe/Berlin"}
GIG = {
    "title": "Night",
    "venue": "hall",
    "town": "",
    "starts_at": "2027-05-01 20:00",
    "time_zone": "Europe/Berlin",
    "status": "scheduled",
    "line_up": [],
}


def add_gig(portal: Portal, **values: Any) -> Any:
    return portal.client_of("editor").post("/backstage/gigs/add/", {**GIG, **values})


def test_a_new_name_and_town_make_a_venue_and_the_same_again_none(alice_portal: Portal, charlie_portal: Portal) -> None:
    assert add_gig(alice_portal, venue="Kulturhalle", town="Hof").status_code == 302
    assert add_gig(alice_portal, venue="KULTURHALLE ", town="hof", title="Again").status_code == 302
    with tenant_context(alice_portal.organization):
        venue = Venue.objects.get()
        assert (venue.name, venue.town, venue.gigs.count()) == ("Kulturhalle", "Hof", 2)
    with tenant_context(charlie_portal.organization):
        assert not Venue.objects.exists()


def test_a_known_venue_needs_its_name_alone_and_gives_the_gig_its_clock(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        VenueFactory(name="Hall", town="Austin", street="Sixth Street 1", time_zone="America/Chicago")
    page = alice_portal.client_of("editor").get("/backstage/gigs/add/").content.decode()
    assert '<option value="Hall" dir="auto">Austin</option>' in page

    assert add_gig(alice_portal).status_code == 302
    with tenant_context(alice_portal.organization):
        gig = Gig.objects.get()
        assert (gig.town, gig.address, gig.time_zone) == ("Austin", "Sixth Street 1", "America/Chicago")
        assert gig.starts_at == datetime(2027, 5, 2, 1, 0, tzinfo=UTC)
        assert gig.place.name == "Hall"


def test_saving_a_gig_as_it_is_never_moves_it(alice_portal: Portal) -> None:
    """Gigs from before there were venues may have another zone than the latest one there, which the venue got."""
    with tenant_context(alice_portal.organization):
        gig = GigFactory(venue="Hall", town="Hof", time_zone="UTC", starts_at=datetime(2027, 5, 1, 20, tzinfo=UTC))
        Gig.objects.filter(pk=gig.pk).update(time_zone="Asia/Tokyo")
        gig.refresh_from_db()
    sent = {**GIG, "venue": "Hall", "town": "Hof", "time_zone": "Asia/Tokyo", "starts_at": "2027-05-02 05:00"}
    path = f"/backstage/gigs/{gig.pk}/"
    assert alice_portal.client_of("editor").post(path, {**sent, "slug": gig.slug}).status_code == 302
    with tenant_context(alice_portal.organization):
        again = Gig.objects.get(pk=gig.pk)
        assert (again.starts_at, again.time_zone) == (gig.starts_at, "Asia/Tokyo")


def test_of_two_venues_with_one_name_the_town_tells(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        VenueFactory(name="Hall", town="Hof")
        VenueFactory(name="Hall", town="Austin", time_zone="America/Chicago")
    asked = add_gig(alice_portal)
    assert asked.status_code == 422
    assert "Enter the town." in asked.content.decode()
    assert add_gig(alice_portal, town="AUSTIN").status_code == 302
    with tenant_context(alice_portal.organization):
        assert Gig.objects.get().time_zone == "America/Chicago"


def test_a_changed_venue_changes_the_words_of_its_gigs_and_keeps_their_clock(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        gig = GigFactory(venue="Hall", town="Hof", time_zone="UTC", starts_at=datetime(2027, 5, 1, 20, tzinfo=UTC))
        made_at = timezone.now() - timedelta(days=1)
        Gig.objects.update(updated_at=made_at)
        venue = Venue.objects.get()
    path = f"/backstage/venues/{venue.pk}/"
    changed = {**VENUE, "name": "Grand Hall", "street": "Ring 1", "website": "https://hall.example"}
    assert alice_portal.client_of("editor").post(path, changed).status_code == 302
    with tenant_context(alice_portal.organization):
        gig.refresh_from_db()
        assert (gig.venue, gig.address, gig.time_zone) == ("Grand Hall", "Ring 1", "Europe/Berlin")
        assert gig.local_start.hour == 20
        assert gig.updated_at > made_at, "calendars that have the gig learn of it"
        assert gig.place_id == venue.pk


def test_code_of_the_release_before_needs_not_know_of_venues(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization), connection.cursor() as cursor:
        for title, venue in (("One", "Hall"), ("Two", "HALL"), ("Three", "Cellar")):
            cursor.execute(
                "INSERT INTO gigs_gig (title, slug, venue, address, town, starts_at, time_zone, status, ticket_url,"
                " price, notes, is_published, created_at, updated_at)"
                " VALUES (%s, %s, %s, '', 'Hof', now(), 'UTC', 'scheduled', '', '', '', false, now(), now())",
                [title, title.lower(), venue],
            )
        assert [venue.gigs.count() for venue in Venue.objects.order_by("name")] == [1, 2]
        cursor.execute("UPDATE gigs_gig SET venue = 'Cellar' WHERE title = 'One'")
        assert [venue.gigs.count() for venue in Venue.objects.order_by("name")] == [2, 1]
    with tenant_context(alice_portal.organization):
        gig = Gig.objects.get(title="Two")
        gig.place = None
        gig.save()
        gig.refresh_from_db()
        assert gig.place is not None, "a stale row doesn't lose it"


def test_the_list_is_searched_and_counts_gigs(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        GigFactory(venue="Müllers Keller", town="Hof")
        VenueFactory(name="Elsewhere")
    team = alice_portal.client_of("member")
    page = team.get("/backstage/venues/?q=muller").content.decode()
    assert "Müllers Keller" in page
    assert "Elsewhere" not in page
    assert "No venues match" in team.get("/backstage/venues/?q=nothing").content.decode()


def test_a_deleted_venue_can_be_brought_back_and_its_gigs_stay_as_they_were(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        GigFactory(venue="Hall", town="Hof", title="Night")
        venue = Venue.objects.get()
    team = alice_portal.client_of("editor")
    answer = team.post(f"/backstage/venues/{venue.pk}/delete/", follow=True).content.decode()
    assert "Hall, Hof is in the trash" in answer
    assert "Hall, Hof" in team.get("/backstage/trash/").content.decode()
    assert team.get(f"/backstage/venues/{venue.pk}/").status_code == 404
    assert "Hall" in alice_portal.client().get("/gigs/").content.decode()
    taken = team.post("/backstage/venues/add/", {**VENUE, "name": "HALL"})
    assert taken.status_code == 422
    assert "A venue in the trash has this name and town." in taken.content.decode()

    team.post("/backstage/trash/venues.venue/bring-back/", {"rows": venue.pk})
    with tenant_context(alice_portal.organization):
        assert Venue.objects.with_gig_count().get().gig_count == 1


def test_purging_a_venue_says_how_many_gigs_stay_and_keeps_them(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        gig = GigFactory(venue="Hall", town="Hof")
        venue = Venue.objects.get()
        venue.move_to_trash()
    team, path = alice_portal.client_of("owner"), f"/backstage/trash/venues.venue/{venue.pk}/delete/"
    assert "Will be kept: 1 gig." in team.get(path).content.decode()
    assert team.post(path).status_code == 302
    with tenant_context(alice_portal.organization):
        assert not Venue.with_trash().exists()
        gig.refresh_from_db()
        assert (gig.venue, gig.town, gig.place) == ("Hall", "Hof", None)


def test_ticked_venues_are_exported_and_go_to_the_trash_together(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        rows = [VenueFactory().pk, VenueFactory().pk]
    team = alice_portal.client_of("editor")
    page = team.get("/backstage/venues/").content.decode()
    assert 'value="export"' in page
    assert 'value="publish"' not in page, "venues have no page of their own"
    exported = team.post("/backstage/venues/", {"do": "export", "rows": rows})
    assert 'filename="venues.xlsx"' in exported["Content-Disposition"]
    answer = team.post("/backstage/venues/", {"do": "trash", "rows": rows}, follow=True)
    assert "2 entries are in the trash" in answer.content.decode()
    with tenant_context(alice_portal.organization):
        assert not Venue.objects.exists()


def test_the_list_is_sorted_and_filtered(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        VenueFactory(name="Arena", town="Ulm")
        GigFactory(venue="Zelt", town="Bonn")
    team = alice_portal.client_of("member")

    def order(query: str) -> list[str]:
        page = team.get(f"/backstage/venues/?{query}").content.decode()
        return sorted((name for name in ("Arena", "Zelt") if f"<bdi>{name}</bdi>" in page), key=page.index)

    assert order("") == ["Arena", "Zelt"]
    assert order("sort=town") == order("sort=gigs") == ["Zelt", "Arena"]
    assert order("show=unused") == ["Arena"]
    assert team.get("/backstage/venues/?show=other").status_code == 404


def test_a_renamed_venue_is_in_the_history_of_its_gigs_and_can_be_put_back(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        gig = GigFactory(venue="Hall", town="Hof", title="Night")
        venue = Venue.objects.get()
        Change.objects.all().delete()
    team = alice_portal.client_of("editor")
    path = f"/backstage/venues/{venue.pk}/"
    assert team.post(path, {**VENUE, "name": "Grand Hall"}).status_code == 302
    with tenant_context(alice_portal.organization):
        of_venue, of_gig = Change.objects.of(venue).get(), Change.objects.of(gig).get()
        assert of_venue.fields == {"name": ["Hall", "Grand Hall"]}
        assert of_gig.fields == {"venue": ["Hall", "Grand Hall"]}
        assert (of_gig.act, of_gig.user_id, of_gig.by) == (of_venue.act, of_venue.user_id, Change.By.PERSON)
    page = team.get(f"{path}history/").content.decode()
    assert "Grand Hall" in page
    assert f"{path}history/" in team.get(path).content.decode()
    assert "Changed by" in team.get("/backstage/venues/").content.decode()

    team.post(f"{path}put-back/", {"act": of_venue.act})
    with tenant_context(alice_portal.organization):
        gig.refresh_from_db()
        assert (gig.venue, gig.place_id) == ("Hall", venue.pk)


def test_of_two_who_edit_one_venue_neither_is_lost(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        venue = VenueFactory(**VENUE)
    team, path = alice_portal.client_of("editor"), f"/backstage/venues/{venue.pk}/"
    seen = team.get(path).context["meanwhile"].mark
    assert team.post(path, {**VENUE, "access": "By the yard", "seen": seen}).status_code == 302
    other = alice_portal.client_of("manager")
    answer = other.post(path, {**VENUE, "access": "By the stairs", "seen": seen})
    assert answer.status_code == 422
    assert "By the yard" in answer.content.decode()
    assert "By the stairs" in answer.content.decode()


def test_two_of_one_name_and_town_are_refused(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        VenueFactory(name="Hall", town="Hof")
        with pytest.raises(IntegrityError), transaction.atomic():
            VenueFactory(name="HALL", town="hof")
        VenueFactory(name="\ufdfa" * 120, town="\ufdfa" * 120)  # folded, each letter becomes 18: no index holds that
    answer = alice_portal.client_of("editor").post("/backstage/venues/add/", {**VENUE, "name": "hall"})
    assert answer.status_code == 422
    assert "already a venue with this name" in answer.content.decode()
