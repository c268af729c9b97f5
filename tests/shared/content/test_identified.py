"""Rows keep the identity that the database drew for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django_tenants.utils import tenant_context
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bandstand.bands.models import Band
from bandstand.content.identified import has_uid, uid_carried
from bandstand.organizations.models import Organization
from tests.conftest import Portal

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
KINDS = [model for model in apps.get_models() if has_uid(model)]
drawing = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def drawn_at(moment: datetime) -> UUID:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.uuid7_at(%s)", [moment])
        found: UUID = cursor.fetchone()[0]
        return found


@pytest.mark.django_db
@drawing
@given(moment=MOMENTS)
def test_it_is_a_version_7_of_that_millisecond(moment: datetime) -> None:
    uid = drawn_at(moment)

    assert (uid.version, uid.variant) == (7, "specified in RFC 4122")
    assert uid.int >> 80 == (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@pytest.mark.django_db
@drawing
@given(moment=MOMENTS, later=st.integers(min_value=1, max_value=10**9))
def test_a_later_one_sorts_behind(moment: datetime, later: int) -> None:
    assert drawn_at(moment) < drawn_at(moment + timedelta(microseconds=later))


@pytest.mark.django_db
def test_those_of_one_statement_differ() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT public.uuid7()) FROM generate_series(1, 5000)")
        assert cursor.fetchone() == (5000,)


def test_what_is_referred_to_from_outside_has_one() -> None:
    assert {model._meta.label for model in KINDS} >= {
        *("bands.Band", "gigs.Gig", "media.Picture", "organizations.Organization", "polls.Question")
    }


@pytest.mark.parametrize("model", KINDS, ids=lambda model: model._meta.label)
def test_the_database_refuses_another_one(model: type[Model], alice_portal: Portal) -> None:
    """Also for rows that were there before the trigger, and for what a person with SQL does."""
    schema = "public" if model is Organization else alice_portal.organization.schema_name
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass",
            [f"{schema}.{model._meta.db_table}"],
        )
        triggers = " ".join(row[0] for row in cursor.fetchall())
    assert "uid_stays()" in triggers


def test_a_row_keeps_it(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = Band.objects.create(name="Low Tide")
        drawn = band.uid
        band.name = "High Tide"
        band.save()
        band.refresh_from_db()
        assert band.uid == drawn
        assert drawn.version == 7

        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            Band.objects.filter(pk=band.pk).update(uid=uuid4())
        with pytest.raises(IntegrityError, match="bands_band_uid"), transaction.atomic():
            Band.objects.create(name="Its double", uid=drawn)


def test_bulk_created_rows_have_their_own(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        bands = Band.objects.bulk_create([Band(name=f"Band {number}", slug=f"band-{number}") for number in range(20)])
        assert len({band.uid for band in bands}) == 20


@pytest.mark.usefixtures("alice_portal")
def test_only_a_row_that_comes_from_elsewhere_brings_its_own_along() -> None:
    organization, elsewhere = Organization.objects.get(slug="alice"), uuid4()
    with transaction.atomic(), uid_carried():
        Organization.objects.filter(pk=organization.pk).update(uid=elsewhere)
    assert Organization.objects.get(slug="alice").uid == elsewhere

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Organization.objects.filter(pk=organization.pk).update(uid=organization.uid)


def test_the_admin_shows_it_and_takes_none(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = Band.objects.create(name="Low Tide")
    page = alice_portal.client_of("manager").get(f"/admin/bands/band/{band.pk}/change/").content.decode()

    assert str(band.uid) in page
    assert 'name="uid"' not in page
