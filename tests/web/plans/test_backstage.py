"""The page that says what a portal may use, and what people see when something has no room."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.bands import models as bands_models
from bandstand.bands.models import Band
from bandstand.media.folders import bytes_below, files_below
from bandstand.media.storage import room_for_variants
from bandstand.organizations import limited
from bandstand.organizations.plans import Allowance, Limit, Usage
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.plans import put_on_plan

GB = 1024**3
PNG = b"\x89PNG\r\n\x1a\n" + bytes(400_000)


def test_it_shows_how_much_of_the_plan_is_in_use(alice_portal: Portal) -> None:
    put_on_plan(alice_portal.organization, storage=5 * 1024, bands=20)
    Usage.objects.update_or_create(
        organization=alice_portal.organization, defaults={"storage_bytes": int(2.1 * GB) + 1_000_000}
    )

    page = alice_portal.client_of(roles.MEMBER).get("/backstage/plan/")

    assertContains(page, "2.1 of 5\N{NO-BREAK SPACE}GB")
    assertContains(page, "0 of 20")
    assertContains(page, "ask the people who run this platform")


def test_it_says_so_in_german(alice_portal: Portal) -> None:
    put_on_plan(alice_portal.organization, storage=5 * 1024)
    Usage.objects.update_or_create(
        organization=alice_portal.organization, defaults={"storage_bytes": int(2.1 * GB) + 1_000_000}
    )

    page = alice_portal.client_of(roles.OWNER).get("/backstage/plan/", headers={"accept-language": "de"})

    assertContains(page, "2,1 von 5\N{NO-BREAK SPACE}GB")


def test_the_operators_contact_is_named(alice_portal: Portal, settings: Settings) -> None:
    settings.SUPPORT_CONTACT = "mailto:help@bands.example.org"

    assertContains(alice_portal.client_of(roles.OWNER).get("/backstage/plan/"), "write to help@bands.example.org")


def test_an_allowance_says_until_when(alice_portal: Portal) -> None:
    put_on_plan(alice_portal.organization, bands=1)
    until = timezone.now() + timedelta(days=40)
    Allowance.objects.create(
        organization=alice_portal.organization, limit=Limit.BANDS, most=9, until=until, note="festival"
    )

    page = alice_portal.client_of(roles.OWNER).get("/backstage/plan/")

    assertContains(page, "0 of 9")
    assertContains(page, "This limit holds until")


def test_the_overview_tells_when_a_limit_is_near(alice_portal: Portal) -> None:
    put_on_plan(alice_portal.organization, bands=10)
    with tenant_context(alice_portal.organization):
        BandFactory.create_batch(7)
    client = alice_portal.client_of(roles.OWNER)
    assertNotContains(client.get("/backstage/"), "7 of 10")

    with tenant_context(alice_portal.organization):
        BandFactory()
    assertContains(client.get("/backstage/"), "8 of 10")

    with tenant_context(alice_portal.organization):
        BandFactory.create_batch(2)
    assertContains(client.get("/backstage/"), "The limit is reached")


def test_of_pictures_that_have_room_one_by_one_those_that_fit_are_taken(alice_portal: Portal) -> None:
    put_on_plan(alice_portal.organization, storage=2)
    with tenant_context(alice_portal.organization):
        band = BandFactory()
        before = list(files_below(alice_portal.organization.schema_name))

    answer = alice_portal.client_of(roles.EDITOR).post(
        f"/backstage/bands/{band.pk}/photos/",
        {"pictures": [ContentFile(PNG, name="one.png"), ContentFile(PNG, name="two.png")]},
        follow=True,
    )

    assertContains(answer, "two.png: Your plan includes 2\N{NO-BREAK SPACE}MB of storage")
    assert len(list(files_below(alice_portal.organization.schema_name))) == len(before) + 1
    stored = bytes_below(alice_portal.organization.schema_name)
    used = Usage.objects.get(organization=alice_portal.organization).storage_bytes
    assert used == stored + room_for_variants(len(PNG))


@pytest.mark.parametrize("path", ["/backstage/bands/add/", "/admin/bands/band/add/"])
def test_the_last_place_taken_by_somebody_else_is_a_sentence_too(
    alice_portal: Portal, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    put_on_plan(alice_portal.organization, bands=0)
    monkeypatch.setattr(limited, "room_check", lambda _limit: None)  # there was room when the form was looked at
    rows = {
        f"{prefix}-{name}": "0"
        for prefix in ("members", "links", "gallery")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }

    answer = alice_portal.client_of(roles.EDITOR).post(path, {"name": "One more", "can_rock": "on", **rows})

    assertContains(answer, "Your plan includes 0 bands", status_code=422)
    with tenant_context(alice_portal.organization):
        assert not Band.objects.exists()
    assert bands_models.Band.limited_by is Limit.BANDS
