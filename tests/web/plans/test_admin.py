"""Plans in the platform's admin: staff put organizations on one and lift a limit until a date, and both logs say so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains
from pytest_django.fixtures import Settings

from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.organizations.plans import Allowance, HeldSlug, Limit, Plan, Subscription
from bandstand.organizations.quotas import bounds_of, plan_of, portals_bound
from bandstand.organizations.storage_use import usage_measure
from tests.conftest import Portal
from tests.plans import put_on_plan
from tests.web.shell.test_platform_site import staff_client

NEXT_WEEK = (timezone.now() + timedelta(days=7)).date().isoformat()


@pytest.fixture
def staff(db: None, platform_client: Client) -> Client:
    return staff_client(platform_client, superuser=True)


def lines(portal: Portal, act: Act) -> list[str]:
    with tenant_context(portal.organization):
        of_portal = [entry.detail for entry in Entry.objects.filter(act=act)]
    assert of_portal == [entry.detail for entry in Entry.objects.filter(act=act, target=portal.organization.slug)]
    return of_portal


def test_the_default_plan_is_there_and_stays(staff: Client, settings: Settings) -> None:
    assertContains(staff.get("/admin/organizations/plan/"), "Standard")

    plan = Plan.objects.get(slug="standard")
    assert staff.get(f"/admin/organizations/plan/{plan.pk}/delete/").status_code == 403


def test_staff_change_a_plan(staff: Client) -> None:
    plan = Plan.objects.default()
    data = {"name": "Standard", "bands": "5", "storage": "", "mails": "10", "members": "3", "portals": "2"}

    assert staff.post(f"/admin/organizations/plan/{plan.pk}/change/", data).status_code == 302

    plan.refresh_from_db()
    assert (plan.slug, plan.bands, plan.storage, plan.portals) == ("standard", 5, None, 2)
    assert "bands: 5, storage: ∞" in Entry.objects.get(act=Act.PLAN_CHANGED, target="standard").detail


def test_staff_put_an_organization_on_a_plan(staff: Client, alice_portal: Portal) -> None:
    plan = Plan.objects.create(slug="large", name="Large", bands=9)
    data = {
        "organization": str(alice_portal.organization.pk),
        "plan": str(plan.pk),
        "starts_at_0": "2026-01-01",
        "starts_at_1": "00:00",
        "note": "by contract",
    }

    answer = staff.post("/admin/organizations/subscription/add/", data)

    assert answer.status_code == 302, answer.content.decode()
    assert plan_of(alice_portal.organization) == plan
    assert lines(alice_portal, Act.PLAN_CHANGED) == ["large: 2026-01-01 → . by contract"]
    pk = Subscription.objects.get().pk
    staff.post(f"/admin/organizations/subscription/{pk}/delete/", {"post": "yes"})
    assert plan_of(alice_portal.organization).slug == "standard"
    assert len(lines(alice_portal, Act.PLAN_CHANGED)) == 2


def allow(staff: Client, **changes: str) -> int:
    data = {"limit": "bands", "most": "7", "until_0": NEXT_WEEK, "until_1": "12:00", "note": "festival", **changes}
    return staff.post("/admin/organizations/allowance/add/", data).status_code


def test_staff_lift_a_limit_until_a_date_and_end_it(staff: Client, alice_portal: Portal) -> None:
    put_on_plan(alice_portal.organization, bands=1)

    assert allow(staff, organization=str(alice_portal.organization.pk)) == 302

    allowance = Allowance.objects.get()
    assert bounds_of(alice_portal.organization)[Limit.BANDS].most == 7
    assert allowance.created_by == "staff@example.org"
    (line,) = lines(alice_portal, Act.LIMIT_CHANGED)
    assert line.startswith("bands: 7 → ")
    assert "festival" in line

    staff.post("/admin/organizations/allowance/", {"action": "end", "_selected_action": [str(allowance.pk)]})
    assert bounds_of(alice_portal.organization)[Limit.BANDS].most == 1
    assert len(lines(alice_portal, Act.LIMIT_CHANGED)) == 2


def test_staff_allow_an_owner_more_portals(staff: Client, alice_portal: Portal) -> None:
    owner = User.objects.get(email=alice_portal.owner_email)

    assert allow(staff, owner=str(owner.pk), limit="portals", most="50") == 302

    assert portals_bound(owner).most == 50
    assert Entry.objects.get(act=Act.LIMIT_CHANGED).target == owner.email


@pytest.mark.parametrize("wrong", [{"note": ""}, {"until_0": ""}, {"limit": "portals"}, {"organization": ""}])
def test_an_allowance_says_for_whom_until_when_and_why(
    staff: Client, alice_portal: Portal, wrong: dict[str, str]
) -> None:
    assert allow(staff, **{"organization": str(alice_portal.organization.pk), **wrong}) == 200
    assert not Allowance.objects.exists()


def test_staff_see_what_is_in_use(staff: Client, alice_portal: Portal) -> None:
    put_on_plan(alice_portal.organization, bands=3, members=1)
    usage_measure(alice_portal.organization)

    assertContains(staff.get("/admin/organizations/usage/"), "Alice")
    page = staff.get(f"/admin/organizations/organization/{alice_portal.organization.pk}/change/").content.decode()
    assert "Bands: 0 of 3" in page
    assert "Team members and open invitations: 1 of 1" in page


def test_staff_free_an_address(staff: Client) -> None:
    held = HeldSlug.objects.create(slug="gone-bands")

    staff.post(f"/admin/organizations/heldslug/{held.pk}/delete/", {"post": "yes"})

    assert not HeldSlug.objects.exists()


def test_staff_without_the_right_change_no_plan(platform_client: Client, alice_portal: Portal) -> None:
    looking = staff_client(platform_client, "view_plan", "view_allowance")

    assert looking.get("/admin/organizations/plan/").status_code == 200
    assert allow(looking, organization=str(alice_portal.organization.pk)) == 403
