"""What was reserved later takes nobody's address away; the address of a portal that is gone isn't free at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_django.fixtures import Settings

from bandstand.accounts.models import User
from bandstand.organizations.availability import slug_hold, slugs_forget, suggest_free_slug, validate_free_slug
from bandstand.organizations.describing import organization_describe
from bandstand.organizations.models import Organization
from bandstand.organizations.plans import HeldSlug
from bandstand.tenancy.provisioning import organization_create
from tests.conftest import Portal


def create(slug: str, owner: User) -> Organization:
    return organization_create(name="Second", slug=slug, owner=owner)


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("dora@example.org")


def test_a_portal_keeps_an_address_that_was_reserved_later(alice_portal: Portal, settings: Settings) -> None:
    settings.RESERVED_NAMES = ["alice"]
    organization = alice_portal.organization

    changed = organization_describe(organization=organization, name="Alice", language="de", time_zone="UTC")

    assert changed.slug == "alice"


def test_nobody_creates_a_portal_at_a_reserved_address_past_the_form(stranger: User) -> None:
    with pytest.raises(ValidationError, match="reserved"):
        create("paypa1-login", stranger)


def test_an_address_that_was_released_is_held_for_a_while(stranger: User, alice_portal: Portal) -> None:
    slug_hold(Organization(slug="gone-bands", pk=alice_portal.organization.pk))

    with pytest.raises(ValidationError, match="taken"):
        validate_free_slug("gone-bands", stranger)
    with pytest.raises(ValidationError, match="taken"):
        create("gone-bands", stranger)
    assert suggest_free_slug("Gone Bands") == "gone-bands-bands"


def test_its_former_owner_gets_it_back_and_then_it_is_held_no_more(alice_portal: Portal) -> None:
    slug_hold(Organization(slug="gone-bands", pk=alice_portal.organization.pk))
    alice = User.objects.get(email=alice_portal.owner_email)

    validate_free_slug("gone-bands", alice)

    assert create("gone-bands", alice).slug == "gone-bands"
    assert not HeldSlug.objects.exists()


def test_it_is_free_again_after_the_documented_days(stranger: User, settings: Settings) -> None:
    settings.SLUGS_HELD = timedelta(days=90)
    HeldSlug.objects.create(slug="long-gone", released_at=timezone.now() - timedelta(days=91))
    HeldSlug.objects.create(slug="just-gone", released_at=timezone.now() - timedelta(days=89))

    validate_free_slug("long-gone", stranger)

    assert slugs_forget() == 1
    assert HeldSlug.objects.get().slug == "just-gone"


def test_zero_days_hold_nothing(stranger: User, alice_portal: Portal, settings: Settings) -> None:
    settings.SLUGS_HELD = timedelta(0)
    slug_hold(Organization(slug="gone-bands", pk=alice_portal.organization.pk))

    validate_free_slug("gone-bands", stranger)
