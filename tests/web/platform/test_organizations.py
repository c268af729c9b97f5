"""What an owner does with their organizations."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.jobs.models import Job
from bandstand.organizations.models import Organization
from bandstand.portals.job_kinds import DELETE_ORGANIZATION
from bandstand.tenancy.provisioning import organization_create
from tests.conftest import PASSWORD, Portal


@pytest.fixture
def alice(platform_client: Client, alice_portal: Portal) -> Client:
    """Alice's browser, logged in at the platform."""
    platform_client.force_login(_owner(alice_portal), backend="allauth.account.auth_backends.AuthenticationBackend")
    return platform_client


def _owner(portal: Portal) -> User:
    return User.objects.get(email=portal.owner_email)


def test_it_lists_what_one_owns_and_nothing_else(alice: Client, charlie_portal: Portal) -> None:
    page = alice.get("/organizations/").content.decode()

    assert "Alice&#x27;s Agency" in page
    assert "http://alice.bandstand.localhost:8000/accounts/hand-over/" in page
    assert "Charlie" not in page


def test_the_list_costs_the_same_however_long_it_is(
    alice: Client, alice_portal: Portal, django_assert_num_queries: Callable[[int], object]
) -> None:
    for number in range(2):
        organization_create(name=f"No. {number}", slug=f"another-{number}", owner=_owner(alice_portal))

    # The user, the list, how many one may own (3), terms to accept and those that the footer links.
    with django_assert_num_queries(7):  # type: ignore[attr-defined]
        page = alice.get("/organizations/").content.decode()

    assert "another-1.bandstand.localhost" in page


def test_strangers_are_asked_to_log_in(platform_client: Client, alice_portal: Portal) -> None:
    for path in ("", "new/", "alice/", "alice/export/", "alice/delete/", "alice/hand-over/"):
        answer = platform_client.get(f"/organizations/{path}")
        assert answer.headers["Location"] == f"/accounts/login/?next=/organizations/{path}"


@pytest.mark.parametrize("path", ["", "export/", "delete/", "hand-over/"])
def test_nobody_reaches_another_owners_organization(alice: Client, charlie_portal: Portal, path: str) -> None:
    assert alice.get(f"/organizations/charlie/{path}").status_code == 404
    if path in {"", "delete/"}:
        assert alice.post(f"/organizations/charlie/{path}", {"name": "Mine"}).status_code == 404


def test_an_owner_opens_another_portal(alice: Client) -> None:
    answer = alice.post("/organizations/new/", {"name": "Alice's Choir", "slug": "alices-choir"})

    assert answer.headers["Location"] == "http://alices-choir.bandstand.localhost:8000/accounts/hand-over/"
    organization = Organization.objects.get(slug="alices-choir")
    assert organization.owners.get().email == "alice@example.org"
    with tenant_context(organization):
        assert roles.role_of(User.objects.get()) == roles.OWNER


def test_a_taken_address_is_said_beside_the_field(alice: Client, charlie_portal: Portal) -> None:
    answer = alice.post("/organizations/new/", {"name": "Other", "slug": "charlie"})

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["slug"]


def test_it_renames(alice: Client) -> None:
    alice.post("/organizations/alice/", {"name": "Alice & Sons"})

    assert Organization.objects.get(slug="alice").name == "Alice & Sons"


def test_an_empty_name_is_refused_and_the_page_keeps_the_old_one(alice: Client) -> None:
    page = alice.post("/organizations/alice/", {"name": ""}).content.decode()

    assert "<h1><bdi>Alice&#x27;s Agency</bdi></h1>" in page
    assert Organization.objects.get(slug="alice").name == "Alice's Agency"


def test_the_copy_holds_the_content_and_no_secret(alice: Client, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        Band.objects.create(name="Björk's Brass")

    answer = alice.get("/organizations/alice/export/")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="alice.zip"'
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    bands = json.loads(archive.read("bands/band.json"))
    people = archive.read("accounts/user.json").decode()
    assert [band["fields"]["name"] for band in bands] == ["Björk's Brass"]
    assert "alice@example.org" in people
    assert "argon2" not in people
    assert not any("session" in name or "invitation" in name for name in archive.namelist())


@pytest.mark.parametrize("typed", ["", "charlie", "yes"])
def test_it_asks_twice_before_it_deletes(alice: Client, typed: str) -> None:
    answer = alice.post("/organizations/alice/delete/", {"typed": typed})

    assert answer.status_code == 200
    assert Organization.objects.get(slug="alice").state == Organization.State.ACTIVE
    assert not Job.objects.filter(kind=DELETE_ORGANIZATION.name).exists()


@pytest.mark.parametrize("typed", ["alice", " Alice.bandstand.localhost "])
def test_typing_the_address_closes_the_portal_and_asks_for_its_removal(
    alice: Client, alice_portal: Portal, typed: str
) -> None:
    answer = alice.post("/organizations/alice/delete/", {"typed": typed}, follow=True)

    assert "will be deleted in a few minutes" in answer.content.decode()
    organization = Organization.objects.get(slug="alice")
    assert organization.state == Organization.State.DELETING
    assert Job.objects.get(kind=DELETE_ORGANIZATION.name).payload == {"organization_id": organization.pk}
    assert alice.get("/organizations/alice/").status_code == 404


def test_an_owner_logs_in_at_the_platform(platform_client: Client, alice_portal: Portal) -> None:
    answer = platform_client.post("/accounts/login/", {"login": "ALICE@example.org", "password": PASSWORD})

    assert answer.headers["Location"] == "/organizations/"
