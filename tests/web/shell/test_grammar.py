"""The same text means the same in forms, the admin and imports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.gigs.models import Gig
from bandstand.imports.models import SpreadsheetImport
from bandstand.organizations.models import Organization
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import QuestionFactory
from tests.importing import import_through
from tests.web.shell.test_content import band_data, gig_data

# 02:30 comes twice in this night; the second one is meant.
SECOND_HALF_PAST_TWO = datetime(2027, 10, 31, 1, 30, 20, tzinfo=UTC)


def by_form(portal: Portal, start: str) -> int:
    data = gig_data(starts_at=start, doors_at="", time_zone="Europe/Berlin")
    return portal.client_of(roles.EDITOR).post("/backstage/gigs/add/", data).status_code


def by_admin(portal: Portal, start: str) -> int:
    data = gig_data(starts_at=start, doors_at="", time_zone="Europe/Berlin")
    data |= {"appearances-TOTAL_FORMS": "0", "appearances-INITIAL_FORMS": "0"}
    return portal.client_of(roles.OWNER).post("/admin/gigs/gig/add/", data).status_code


def imported(portal: Portal, subject: str, rows: str) -> SpreadsheetImport:
    with tenant_context(portal.organization):
        return import_through(subject=subject, content=rows, by=portal.user())


def by_import(portal: Portal, start: str) -> int:
    done = imported(portal, "gigs", f'venue,town,time_zone,starts_at\nSO36,Berlin,europe/berlin,"{start}"\n')
    return 302 if done.added else 422


EDGES = pytest.mark.parametrize("write", [by_form, by_admin, by_import])


@EDGES
@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2027-12-31 20.30", "2027-12-31 20:30"),
        ("31.12.2027 20:00", "2027-12-31 20:00"),
        ("31.12.27 20 Uhr", "2027-12-31 20:00"),
        ("5/6/2027 8 PM", "2027-06-05 20:00"),
        ("Fri 31 Dec 2027, 8:00 pm", "2027-12-31 20:00"),
    ],
)
def test_it_reads_times_as_people_write_them(
    write: Callable[[Portal, str], int], text: str, local: str, alice_portal: Portal
) -> None:
    assert write(alice_portal, text) == 302
    with tenant_context(alice_portal.organization):
        assert f"{Gig.objects.get().local_start:%Y-%m-%d %H:%M}" == local


@EDGES
@pytest.mark.parametrize(
    "text", ["2027-03-28 02:30", "31.02.2027 20:00", "31.12.2027 24:30", "12/31/2027 8 PM", "soon"]
)
def test_it_refuses_times_that_are_none(write: Callable[[Portal, str], int], text: str, alice_portal: Portal) -> None:
    assert write(alice_portal, text) != 302
    with tenant_context(alice_portal.organization):
        assert not Gig.objects.exists()


@EDGES
def test_it_writes_the_month_first_in_america(write: Callable[[Portal, str], int], alice_portal: Portal) -> None:
    Organization.objects.filter(pk=alice_portal.organization.pk).update(time_zone="America/New_York")
    alice_portal.organization.refresh_from_db()
    assert write(alice_portal, "12/31/2027 8 PM") == 302
    with tenant_context(alice_portal.organization):
        assert f"{Gig.objects.get().local_start:%Y-%m-%d %H:%M}" == "2027-12-31 20:00"


@pytest.mark.parametrize("path", ["/backstage/gigs/{}/", "/admin/gigs/gig/{}/change/"])
def test_an_unchanged_save_leaves_a_gig_in_the_repeated_hour_where_it_is(path: str, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        gig = GigFactory(starts_at=SECOND_HALF_PAST_TWO, doors_at=SECOND_HALF_PAST_TWO)
    client = alice_portal.client_of(roles.OWNER)
    page = client.get(path.format(gig.pk))
    assert 'value="2027-10-31T02:30"' in page.content.decode()
    shown = "2027-10-31T02:30"
    data = gig_data(starts_at=shown, doors_at=shown, time_zone="Europe/Berlin", slug=gig.slug)
    data |= {"appearances-TOTAL_FORMS": "0", "appearances-INITIAL_FORMS": "0"}

    assert client.post(path.format(gig.pk), data).status_code == 302

    with tenant_context(alice_portal.organization):
        gig.refresh_from_db()
        assert gig.starts_at == gig.doors_at == SECOND_HALF_PAST_TWO
    client.post(path.format(gig.pk), data | {"time_zone": "America/New_York"})
    with tenant_context(alice_portal.organization):
        gig.refresh_from_db()
        assert f"{gig.local_start:%H:%M}" == "02:30"


def test_an_export_of_the_repeated_hour_comes_back_as_it_was(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        gig = GigFactory(starts_at=SECOND_HALF_PAST_TWO)
        row = "slug,venue,town,time_zone,starts_at\n"
        row += f"{gig.slug},{gig.venue},Berlin,Europe/Berlin,2027-10-31 02:30:20+01:00\n"
    assert imported(alice_portal, "gigs", row).unchanged == 1


def test_an_unchanged_save_leaves_a_poll_open_as_long_as_it_was(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        question = QuestionFactory(published_at=SECOND_HALF_PAST_TWO, choices=["Yes", "No"])
        ids = list(question.choices.values_list("pk", flat=True))
    client = alice_portal.client_of(roles.EDITOR)
    path = f"/backstage/polls/{question.pk}/"
    assert 'value="2027-10-31T02:30"' in client.get(path).content.decode()
    data: dict[str, Any] = {"text": "Really?", "published_at": "2027-10-31T02:30", "closes_at": "31.12.2027 20 Uhr"}
    data |= {"choices-TOTAL_FORMS": "2", "choices-INITIAL_FORMS": "2"}
    data |= {f"choices-{number}-id": pk for number, pk in enumerate(ids)}
    data |= {"choices-0-text": "Yes", "choices-1-text": "No"}

    assert client.post(path, data).status_code == 302

    with tenant_context(alice_portal.organization):
        question.refresh_from_db()
        assert question.published_at == SECOND_HALF_PAST_TWO
        assert question.closes_at == datetime(2027, 12, 31, 19, tzinfo=UTC)
    assert client.post(path, data | {"published_at": "2027-03-28T02:30"}).status_code == 422


@pytest.mark.parametrize("line", ["Genre 0, Punk", "Genre 0; Punk", '"Genre 0";Punk,punk'])
def test_it_makes_the_same_genres_of_a_line(line: str, alice_portal: Portal) -> None:
    alice_portal.client_of(roles.EDITOR).post("/backstage/bands/add/", band_data(name="By form", genre_names=line))
    cell = line.replace('"', '""')
    imported(alice_portal, "bands", f'name,genres\nBy import,"{cell}"\n')
    with tenant_context(alice_portal.organization):
        for band in Band.objects.all():
            assert [genre.name for genre in band.genres.all()] == ["Genre 0", "Punk"]
    too_long = imported(alice_portal, "bands", f"name,genres\nLong,{'x' * 61}\n")
    assert "is too long" in too_long.refusals[0]["problems"][0]


def test_it_keeps_a_zone_that_is_not_on_the_list(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        gig = GigFactory(time_zone="US/Eastern")
    page = alice_portal.client_of(roles.EDITOR).get(f"/backstage/gigs/{gig.pk}/").content.decode()
    assert 'name="time_zone" value="US/Eastern"' in page


def test_the_log_is_filtered_by_days_as_people_write_them(alice_portal: Portal) -> None:
    client = alice_portal.client_of(roles.OWNER)
    today = f"{timezone.localdate():%d.%m.%Y}"
    for day in (today, "0001-01-01", "9999-12-31", "31.02.2027", "²", "1900-01-01", "2200-12-31"):
        answer = client.get("/backstage/log/", {"since": day, "until": day})
        refused = bool(answer.context["form"].errors)
        assert answer.status_code == (422 if refused else 200)
        assert refused == (day not in {today, "1900-01-01", "2200-12-31"})


def test_it_names_bands_with_commas_once(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(name="X", genres=["Earth, Wind", "Soul"])
    client = alice_portal.client_of(roles.EDITOR)
    page = client.get(f"/backstage/bands/{band.pk}/")
    line = page.context["form"]["genre_names"].value()
    assert line == '"Earth, Wind", Soul'
    client.post(f"/backstage/bands/{band.pk}/", band_data(name="X", slug=band.slug, genre_names=line))
    with tenant_context(alice_portal.organization):
        assert [genre.name for genre in band.genres.all()] == ["Earth, Wind", "Soul"]
