"""The admin of the platform: for staff alone, over organizations, domains and jobs, and nothing of a portal."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from bandstand.accounts.models import User
from bandstand.jobs.enqueueing import enqueue
from bandstand.mail.job_kinds import SEND_MAIL, SendMail
from bandstand.organizations.models import Domain, Organization
from bandstand_web.shell.admin.platform_site import site
from tests.conftest import Portal

LIST = "/admin/organizations/organization/"


def staff_client(client: Client, *permissions: str, superuser: bool = False) -> Client:
    """Return `client` with somebody of the staff logged in."""
    user = User.objects.create_user("staff@example.org", is_staff=True, is_superuser=superuser)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def staff(db: None, platform_client: Client) -> Client:
    """A browser of a superuser."""
    return staff_client(platform_client, superuser=True)


def test_it_is_closed_to_owners(platform_client: Client, alice_portal: Portal) -> None:
    platform_client.force_login(
        User.objects.get(email=alice_portal.owner_email), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert platform_client.get("/admin/", follow=True).status_code == 403


def test_it_knows_nothing_that_stands_in_a_portal() -> None:
    assert {model._meta.label for model in site._registry} == {
        "audit.Entry",
        "organizations.Organization",
        "organizations.Domain",
        "organizations.Note",
        "organizations.Maintenance",
        "organizations.Plan",
        "organizations.Subscription",
        "organizations.Allowance",
        "organizations.Usage",
        "organizations.HeldSlug",
        "announcements.Announcement",
        "terms.Terms",
        "terms.Acceptance",
        "reports.PageReport",
        "jobs.Job",
        "accounts.User",
        "admin.LogEntry",
    }


def test_it_opens_every_page(staff: Client, alice_portal: Portal) -> None:
    enqueue(SEND_MAIL, SendMail(1), organization=alice_portal.organization)
    for model in site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert staff.get(path).status_code == 200, path
        row = model._default_manager.first()
        if row is not None:
            assert staff.get(f"{path}{row.pk}/change/").status_code == 200, path


def test_it_suspends_and_activates_after_asking(staff: Client, alice_portal: Portal) -> None:
    organization = alice_portal.organization
    picked = {"_selected_action": [organization.pk]}
    asked = staff.post(LIST, {"action": "suspend", **picked})
    assertContains(asked, "Suspend these organizations?")
    organization.refresh_from_db()
    assert organization.is_active
    staff.post(LIST, {"action": "suspend", "confirmed": "1", "reason": "Unpaid", **picked})
    organization.refresh_from_db()
    assert organization.state == Organization.State.SUSPENDED
    assert alice_portal.client().get("/accounts/login/").status_code == 503
    staff.post(LIST, {"action": "activate", "confirmed": "1", **picked})
    organization.refresh_from_db()
    assert organization.is_active


def test_it_lets_lookers_suspend_nothing(platform_client: Client, alice_portal: Portal) -> None:
    looker = staff_client(platform_client, "view_organization")
    looker.post(
        LIST, {"action": "suspend", "confirmed": "1", "reason": "x", "_selected_action": [alice_portal.organization.pk]}
    )
    alice_portal.organization.refresh_from_db()
    assert alice_portal.organization.is_active


def test_it_adds_a_domain_as_the_resolver_reads_it(staff: Client, alice_portal: Portal) -> None:
    path = "/admin/organizations/domain/add/"
    response = staff.post(path, {"tenant": alice_portal.organization.pk, "domain": "Bänds.Example.ORG."})
    assert response.status_code == 302, response.context["adminform"].form.errors
    domain = Domain.objects.get(domain="xn--bnds-loa.example.org")
    assert not domain.is_primary
    assert staff.get(f"/admin/organizations/domain/{domain.pk}/delete/").status_code == 200
    refused = staff.post(path, {"tenant": alice_portal.organization.pk, "domain": "no host"})
    assertContains(refused, "This isn&#x27;t a host name.")


def test_it_never_deletes_a_primary_domain(staff: Client, alice_portal: Portal) -> None:
    primary = Domain.objects.get(domain=alice_portal.host)
    assert staff.post(f"/admin/organizations/domain/{primary.pk}/delete/", {"post": "yes"}).status_code == 403
    staff.post(
        "/admin/organizations/domain/",
        {"action": "delete_selected", "_selected_action": [primary.pk], "post": "yes"},
    )
    assert Domain.objects.filter(pk=primary.pk).exists()


def test_it_cancels_and_retries_jobs_and_hides_what_they_carry(staff: Client, alice_portal: Portal) -> None:
    job = enqueue(SEND_MAIL, SendMail(4711), organization=alice_portal.organization)
    job.error = "refused: fan@example.org"
    job.save()
    page = staff.get(f"/admin/jobs/job/{job.pk}/change/")
    assertNotContains(page, "4711")
    assertNotContains(page, "fan@example.org")
    for action, state in (("cancel", "cancelled"), ("retry", "waiting")):
        staff.post("/admin/jobs/job/", {"action": action, "_selected_action": [job.pk]})
        job.refresh_from_db()
        assert job.state == state


def test_it_lets_staff_make_no_staff(platform_client: Client, alice_portal: Portal) -> None:
    client = staff_client(platform_client, "view_user", "change_user")
    owner = User.objects.get(email=alice_portal.owner_email)
    client.post(f"/admin/accounts/user/{owner.pk}/change/", {"is_active": "on", "is_staff": "on"})
    owner.refresh_from_db()
    assert not owner.is_staff
