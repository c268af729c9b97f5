"""A portal gets another address; the one that it had is nobody else's, and its data stay as they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.backups.owning import public_rows, public_rows_restore
from bandstand.domains.claiming import primary_choose
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.availability import slug_hold, validate_free_slug
from bandstand.organizations.former_hosts import former_slugs, present_slugs, slug_at
from bandstand.organizations.models import Domain, Organization
from bandstand.organizations.plans import HeldSlug
from bandstand.portals.changing_address import (
    FORMER_ADDRESSES_MOST,
    changes_left,
    people_with_passkeys,
    portal_address_change,
)
from bandstand.portals.deletion import PortalAwayError, organization_delete
from bandstand.tenancy.provisioning import organization_create
from tests.conftest import Portal
from tests.factories.domains import LiveDomainFactory
from tests.passkey import Passkey


def owner_of(portal: Portal) -> User:
    return User.objects.get(email=portal.owner_email)


def change(portal: Portal, slug: str) -> Organization:
    return portal_address_change(organization=portal.organization, slug=slug, by=owner_of(portal))


def test_the_portal_stays_what_it_is_at_another_address(alice_portal: Portal) -> None:
    before = alice_portal.organization

    changed = change(alice_portal, "alices-bands")

    assert changed.host == changed.own_host == "alices-bands.bandstand.localhost"
    assert (changed.schema_name, changed.uid, changed.pk) == (before.schema_name, before.uid, before.pk)
    assert former_slugs(changed) == ["alice"]
    assert present_slugs() == {"alice": "alices-bands"}


def test_it_stands_in_both_logs_and_every_owner_is_told(alice_portal: Portal) -> None:
    alice_portal.user(roles.OWNER, "second@example.org")

    changed = change(alice_portal, "alices-bands")

    logged = {"act": Act.ADDRESS_CHANGED, "detail": "alice → alices-bands"}
    assert Entry.objects.get(**logged).target == "alices-bands"
    with tenant_context(changed):
        assert Entry.objects.filter(**logged).count() == 1
    mails = OutgoingMessage.objects.filter(text__contains="alices-bands.bandstand.localhost")
    assert {address for mail in mails for address in mail.recipients} == {"alice@example.org", "second@example.org"}
    assert "http://alices-bands.bandstand.localhost:8000/backstage/" in mails[0].text


def test_a_main_domain_goes_on_being_the_main_one(alice_portal: Portal) -> None:
    domain = LiveDomainFactory(organization=alice_portal.organization, name="www.theband.com")
    primary_choose(organization=alice_portal.organization, domain=domain)

    changed = change(alice_portal, "alices-bands")

    assert changed.host == "www.theband.com"
    assert changed.own_host == "alices-bands.bandstand.localhost"
    assert primary_choose(organization=changed, domain=None) == "alices-bands.bandstand.localhost"


def test_a_former_host_is_no_main_domain_any_more(alice_portal: Portal) -> None:
    changed = change(alice_portal, "alices-bands")
    Domain.objects.filter(tenant=changed).update(is_primary=False)
    Domain.objects.filter(domain="alice.bandstand.localhost").update(is_primary=True)  # as staff may

    assert change(alice_portal, "alices-songs").host == "alices-songs.bandstand.localhost"


def test_there_and_back_again_leaves_one_former_address(alice_portal: Portal) -> None:
    change(alice_portal, "alices-bands")

    changed = change(alice_portal, "alice")

    assert changed.host == "alice.bandstand.localhost"
    assert former_slugs(changed) == ["alices-bands"]
    assert list(changed.domains.filter(is_primary=True).values_list("domain", flat=True)) == [changed.host]


def test_nobody_else_gets_the_former_address(alice_portal: Portal, charlie_portal: Portal) -> None:
    change(alice_portal, "alices-bands")
    charlie, alice = owner_of(charlie_portal), owner_of(alice_portal)

    for owner in (charlie, alice):
        with pytest.raises(ValidationError, match="taken"):
            validate_free_slug("alice", owner)
        with pytest.raises(ValidationError, match="taken"):
            organization_create(name="Alice", slug="alice", owner=owner)
    with pytest.raises(ValidationError, match="taken"):
        change(charlie_portal, "alice")
    with pytest.raises(ValidationError, match="taken"):
        public_rows_restore(public_rows(charlie_portal.organization), slug="alice", schema_name="org_another")
    assert Domain.objects.get(domain="alice.bandstand.localhost").tenant_id == alice_portal.organization.pk


@pytest.mark.parametrize("slug", ["charlie", "paypa1-login", "admin", "-x", "ab", "xn--a", "alice"])
def test_it_cant_have_what_a_new_portal_cant(alice_portal: Portal, charlie_portal: Portal, slug: str) -> None:
    with pytest.raises(ValidationError):
        change(alice_portal, slug)

    assert Organization.objects.get(pk=alice_portal.organization.pk).slug == "alice"


def test_a_held_address_is_for_those_who_owned_it(alice_portal: Portal, charlie_portal: Portal) -> None:
    slug_hold(Organization(slug="gone-bands", pk=alice_portal.organization.pk))

    with pytest.raises(ValidationError, match="taken"):
        change(charlie_portal, "gone-bands")
    change(alice_portal, "gone-bands")

    assert not HeldSlug.objects.exists()


def test_an_own_former_address_is_free_whatever_was_reserved_since(alice_portal: Portal, settings: Settings) -> None:
    change(alice_portal, "alices-bands")
    settings.RESERVED_NAMES = ["alice"]

    assert change(alice_portal, "alice").slug == "alice"


def test_it_changes_so_often_in_thirty_days_and_no_more(alice_portal: Portal, settings: Settings) -> None:
    settings.ADDRESS_CHANGES = 2
    change(alice_portal, "alices-bands")
    changed = change(alice_portal, "alice")

    assert changes_left(changed) == 0
    with pytest.raises(ValidationError, match="too often"):
        change(alice_portal, "alices-bands")
    settings.ADDRESS_CHANGES = 0
    assert change(alice_portal, "alices-bands").slug == "alices-bands"


def test_it_keeps_so_many_names_from_others_and_no_more(alice_portal: Portal, settings: Settings) -> None:
    settings.ADDRESS_CHANGES = 0
    for number in range(FORMER_ADDRESSES_MOST):
        change(alice_portal, f"alices-{number}")

    with pytest.raises(ValidationError, match="at most 10"):
        change(alice_portal, "one-more")
    assert change(alice_portal, "alice").slug == "alice"


def test_all_addresses_of_a_deleted_portal_are_held(alice_portal: Portal) -> None:
    changed = change(alice_portal, "alices-bands")

    slug_hold(changed)

    assert set(HeldSlug.objects.values_list("slug", flat=True)) == {"alice", "alices-bands"}


@pytest.mark.parametrize("state", ["suspended", "moving", "moved", "arriving", "deleting"])
def test_only_an_open_portal_changes(alice_portal: Portal, state: str) -> None:
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=state)

    with pytest.raises(PortalAwayError):
        change(alice_portal, "alices-bands")


def test_a_deletion_closes_the_door(alice_portal: Portal) -> None:
    organization_delete(organization=alice_portal.organization, by=owner_of(alice_portal))

    with pytest.raises(PortalAwayError):
        change(alice_portal, "alices-bands")


def test_the_address_of_then_is_known(alice_portal: Portal) -> None:
    before = timezone.now() - timedelta(seconds=1)
    change(alice_portal, "alices-bands")
    changed = change(alice_portal, "alices-songs")

    assert slug_at(changed, before) == "alice"
    assert slug_at(changed, timezone.now() + timedelta(minutes=1)) == "alices-songs"


def test_it_counts_whom_the_passkeys_concern(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        bob, dora = alice_portal.user(roles.EDITOR), alice_portal.user(roles.MEMBER)
        for person in (bob, bob, dora):
            Passkey(alice_portal.host).store(person)
        Authenticator.objects.create(user=bob, type=Authenticator.Type.TOTP, data={})
        Authenticator.objects.create(user=alice_portal.user(roles.MANAGER), type=Authenticator.Type.TOTP, data={})

    assert people_with_passkeys(alice_portal.organization) == (2, 1)


def test_a_restored_portal_has_its_former_addresses_back(alice_portal: Portal) -> None:
    changed = change(alice_portal, "alices-bands")
    rows = public_rows(changed)
    slug_hold(changed)
    changed.domains.all().delete()
    Organization.objects.filter(pk=changed.pk).update(slug="gone", schema_name="org_gone")

    restored, left_out = public_rows_restore(rows, slug="alices-bands", schema_name=changed.schema_name)

    assert (former_slugs(restored), left_out) == (["alice"], [])
    assert not HeldSlug.objects.exists()
