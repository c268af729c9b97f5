"""Under maintenance everything is shown and nothing saved, except by staff, who switch it off again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.bands.models import Band
from bandstand.organizations.maintenance import Maintenance, maintenance_set
from tests.conftest import PASSWORD, Portal
from tests.web.shell.test_platform_site import staff_client

SWITCH = "/admin/organizations/maintenance/1/change/"


def test_everything_is_shown_and_nothing_saved(alice_portal: Portal, charlie_portal: Portal) -> None:
    maintenance_set(is_on=True, until=None)

    for portal in (alice_portal, charlie_portal):
        owner = portal.client_of(roles.OWNER)
        for path in ("/", "/bands/", "/healthz", "/readyz"):
            assert portal.client().get(path).status_code == 200, path
        assert owner.get("/backstage/bands/").status_code == 200
        refused = owner.post("/backstage/bands/add/", {"name": "Too late"})
        assertContains(refused, "Sound check", status_code=503)
        assert refused["Retry-After"] == "300"
        assert owner.post("/accounts/login/", {"login": "x"}).status_code == 503
        with tenant_context(portal.organization):
            assert not Band.objects.filter(name="Too late").exists()


def test_whoever_waits_is_told_until_when(alice_portal: Portal) -> None:
    maintenance_set(is_on=True, until=timezone.now() + timedelta(hours=2))

    refused = alice_portal.client().post("/language/", {"language": "de"}, headers={"accept-language": "de"})

    assert 7100 <= int(refused["Retry-After"]) <= 7200
    assertContains(refused, "Soundcheck", status_code=503)
    assertContains(refused, "UTC", status_code=503)
    maintenance_set(is_on=True, until=timezone.now() - timedelta(hours=2))
    assert alice_portal.client().post("/language/")["Retry-After"] == "300"


def test_a_program_gets_it_as_json(alice_portal: Portal) -> None:
    maintenance_set(is_on=True, until=None)

    refused = alice_portal.client().post("/language/", headers={"accept": "application/json"})

    assert (refused.status_code, refused["Content-Type"]) == (503, "application/problem+json")
    assert refused["Retry-After"] == "300"


def test_owners_change_nothing_at_the_platform_either(platform_client: Client, alice_portal: Portal) -> None:
    owner = User.objects.get(email=alice_portal.owner_email)
    platform_client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    maintenance_set(is_on=True, until=None)

    assert platform_client.get("/organizations/").status_code == 200
    for path in ("/organizations/new/", "/organizations/alice/", "/organizations/alice/delete/", "/signup/"):
        assert platform_client.post(path, {"name": "Other"}).status_code == 503, path


def test_staff_switch_it_on_and_back(platform_client: Client, alice_portal: Portal) -> None:
    staff = staff_client(platform_client, superuser=True)
    assert staff.get("/admin/organizations/maintenance/").status_code == 200

    assert staff.post(SWITCH, {"is_on": "on"}).status_code == 302
    assert alice_portal.client().post("/language/").status_code == 503
    assert staff.post(SWITCH, {"is_on": ""}).status_code == 302

    assert alice_portal.client().post("/language/").status_code != 503
    acts = Entry.objects.filter(act__in=[Act.MAINTENANCE_BEGUN, Act.MAINTENANCE_ENDED]).order_by("pk")
    assert list(acts.values_list("act", "actor")) == [
        (Act.MAINTENANCE_BEGUN, "staff@example.org"),
        (Act.MAINTENANCE_ENDED, "staff@example.org"),
    ]


def test_staff_log_in_meanwhile(platform_client: Client, alice_portal: Portal) -> None:
    maintenance_set(is_on=True, until=None)

    answer = platform_client.post("/accounts/login/", {"login": alice_portal.owner_email, "password": PASSWORD})

    assert answer.status_code == 302


@pytest.mark.parametrize("permissions", [(), ("view_maintenance",)])
def test_staff_without_the_right_switch_nothing(
    platform_client: Client, db: None, permissions: tuple[str, ...]
) -> None:
    Maintenance.objects.current()
    client = staff_client(platform_client, *permissions)

    assert client.post(SWITCH, {"is_on": "on"}).status_code == 403

    assert Maintenance.objects.under_way() is None


def test_looking_never_asks_whether_the_switch_is_on(alice_portal: Portal) -> None:
    with CaptureQueriesContext(connection) as queries:
        alice_portal.client_of(roles.OWNER).get("/backstage/bands/")

    assert queries.captured_queries
    assert not any("organizations_maintenance" in query["sql"] for query in queries.captured_queries)
