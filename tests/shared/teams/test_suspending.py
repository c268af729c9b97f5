"""A suspension has a reason that owners read and visitors don't; owners are told of it, and of the reopening."""

from __future__ import annotations

from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import Settings

from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.models import Organization
from bandstand.teams.suspending import organization_activate, organization_suspend
from tests.conftest import Portal
from tests.mailbox import newest_mail_to

REASON = "<b>The rent</b> for March is unpaid & late."


def suspend(portal: Portal) -> None:
    assert organization_suspend(organization=portal.organization, reason=REASON)


def test_every_active_owner_reads_why(alice_portal: Portal, charlie_portal: Portal) -> None:
    co_owner = User.objects.create_user("co@example.org")
    alice_portal.organization.owners.add(co_owner, User.objects.create_user("gone@example.org", is_active=False))

    suspend(alice_portal)

    for address in (alice_portal.owner_email, co_owner.email):
        message = newest_mail_to(address)
        assert REASON in message.text
        assert "&lt;b&gt;The rent" in message.html
        assert message.is_essential
    assert OutgoingMessage.objects.count() == 2
    assert organization_activate(organization=alice_portal.organization)
    assert "is open again" in newest_mail_to(co_owner.email).subject
    assert OutgoingMessage.objects.count() == 4
    assert charlie_portal.owner_email not in str(OutgoingMessage.objects.values_list("recipients"))


def test_the_mail_speaks_the_portals_language_and_names_whom_to_ask(alice_portal: Portal, settings: Settings) -> None:
    settings.SUPPORT_CONTACT = "mailto:help@example.org"
    alice_portal.organization.language = "de"

    suspend(alice_portal)

    message = newest_mail_to(alice_portal.owner_email)
    assert "geschlossen" in message.text
    assert "help@example.org" in message.text
    assert 'href="mailto:help@example.org"' in message.html
    assert message.reply_to == "help@example.org"
    assert "/organizations/" in message.text


def test_who_is_suspended_already_is_not_told_again(alice_portal: Portal) -> None:
    suspend(alice_portal)

    assert not organization_suspend(organization=alice_portal.organization, reason="Another")

    assert OutgoingMessage.objects.count() == 1
    assert Organization.objects.get(slug="alice").suspension_reason == REASON
    organization_activate(organization=alice_portal.organization)
    assert not organization_activate(organization=alice_portal.organization)
    assert Organization.objects.get(slug="alice").suspension_reason == ""


def test_both_logs_say_why(alice_portal: Portal, charlie_portal: Portal) -> None:
    suspend(alice_portal)

    assert Entry.objects.get(act=Act.SUSPENDED, target="alice").detail == REASON
    with tenant_context(alice_portal.organization):
        assert Entry.objects.get(act=Act.SUSPENDED).detail == REASON
    with tenant_context(charlie_portal.organization):
        assert not Entry.objects.filter(act=Act.SUSPENDED).exists()


def test_owners_see_the_reason_and_visitors_do_not(
    platform_client: Client, alice_portal: Portal, charlie_portal: Portal
) -> None:
    suspend(alice_portal)
    backend = "allauth.account.auth_backends.AuthenticationBackend"

    platform_client.force_login(User.objects.get(email=alice_portal.owner_email), backend=backend)
    page = platform_client.get("/organizations/")
    assertContains(page, "&lt;b&gt;The rent&lt;/b&gt; for March is unpaid &amp; late.")
    assertContains(page, 'href="/organizations/alice/export/"')
    platform_client.force_login(User.objects.get(email=charlie_portal.owner_email), backend=backend)
    assertNotContains(platform_client.get("/organizations/"), "The rent")
    for path in ("/", "/backstage/", "/accounts/login/"):
        assertNotContains(alice_portal.client().get(path), "The rent", status_code=503)
