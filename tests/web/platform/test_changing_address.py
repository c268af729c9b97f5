"""An owner changes a portal's address at the platform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.domains.claiming import primary_choose
from bandstand.organizations.models import Organization
from tests.conftest import PASSWORD, Portal
from tests.factories.domains import LiveDomainFactory
from tests.passkey import Passkey

PAGE = "/organizations/alice/address/"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def alice(platform_client: Client, alice_portal: Portal) -> Client:
    """Alice's browser, logged in at the platform."""
    platform_client.force_login(User.objects.get(email=alice_portal.owner_email), backend=BACKEND)
    return platform_client


def slug_of(portal: Portal) -> str:
    return str(Organization.objects.get(pk=portal.organization.pk).slug)


def test_it_changes_and_says_what_follows(alice: Client, alice_portal: Portal) -> None:
    assert "log in again" in alice.get(PAGE).content.decode()

    answer = alice.post(PAGE, {"slug": "Alices-Bands"}, follow=True)

    assert answer.redirect_chain == [("/organizations/alices-bands/", 302)]
    assert "alices-bands.bandstand.localhost" in answer.content.decode()
    assert slug_of(alice_portal) == "alices-bands"
    page = alice.get("/organizations/alices-bands/address/").content.decode()
    assert "<bdi>alice.bandstand.localhost</bdi>" in page
    entry = Entry.objects.get(act=Act.ADDRESS_CHANGED)
    assert (entry.actor, entry.target) == ("alice@example.org", "alices-bands")


def test_the_same_form_sent_twice_changes_once(alice: Client, alice_portal: Portal) -> None:
    alice.post(PAGE, {"slug": "alices-bands"})
    again = alice.post(PAGE, {"slug": "alices-bands"})

    assert again.status_code == 422
    assert "already" in again.content.decode()
    assert Entry.objects.filter(act=Act.ADDRESS_CHANGED).count() == 1


@pytest.mark.parametrize("slug", ["", "charlie", "paypa1-login", "ä", "a" * 41, "x\x00y", "alice", "-", "a.b"])
def test_a_refused_address_is_said_beside_the_field(
    alice: Client, alice_portal: Portal, charlie_portal: Portal, slug: str
) -> None:
    answer = alice.post(PAGE, {"slug": slug})

    assert answer.status_code in {400, 422}
    if answer.status_code == 422:
        assert list(answer.context["form"].errors) == ["slug"]
    assert slug_of(alice_portal) == "alice"


def test_nobody_changes_anothers(alice: Client, charlie_portal: Portal) -> None:
    assert alice.get("/organizations/charlie/address/").status_code == 404
    assert alice.post("/organizations/charlie/address/", {"slug": "mine"}).status_code == 404
    assert slug_of(charlie_portal) == "charlie"


@pytest.mark.parametrize(("state", "status"), [("suspended", 404), ("moved", 404), ("arriving", 404), ("moving", 503)])
def test_a_closed_portal_keeps_its_address(alice: Client, alice_portal: Portal, state: str, status: int) -> None:
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=state, cell="b")

    assert alice.post(PAGE, {"slug": "alices-bands"}).status_code == status
    assert slug_of(alice_portal) == "alice"


def test_links_of_older_emails_lead_to_the_pages_of_the_portal(alice: Client, charlie_portal: Portal) -> None:
    alice.post(PAGE, {"slug": "alices-bands"})

    for page in ("", "transfer/", "support/", "delete/", "export/"):
        answer = alice.get(f"/organizations/alice/{page}?a=1")
        assert answer["Location"] == f"/organizations/alices-bands/{page}?a=1"
    handed_over = alice.get("/organizations/alice/hand-over/?state=x", follow=True)
    assert handed_over.redirect_chain[-1][0].startswith("http://alices-bands.bandstand.localhost:8000/accounts/")


def test_a_form_that_was_open_meanwhile_still_does_what_it_says(alice: Client, alice_portal: Portal) -> None:
    alice.post(PAGE, {"slug": "alices-bands"})

    alice.post("/organizations/alice/", {"name": "Alice & Sons"})

    assert Organization.objects.get(slug="alices-bands").name == "Alice & Sons"


def test_a_former_address_is_nobody_elses_page(alice: Client, charlie_portal: Portal) -> None:
    alice.post(PAGE, {"slug": "alices-bands"})
    alice.force_login(
        User.objects.get(email=charlie_portal.owner_email),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )

    assert alice.get("/organizations/alice/").status_code == 404
    assert alice.get("/organizations/alices-bands/").status_code == 404
    free = alice.get("/signup/address/", {"slug": "alice"}).content.decode()
    assert "is taken" in free


def test_it_says_before_whom_it_concerns(alice: Client, alice_portal: Portal, settings: Settings) -> None:
    settings.ADDRESS_CHANGES = 1
    with tenant_context(alice_portal.organization):
        Passkey(alice_portal.host).store(alice_portal.user(roles.EDITOR))
    domain = LiveDomainFactory(organization=alice_portal.organization, name="www.theband.com")
    primary_choose(organization=alice_portal.organization, domain=domain)

    page = alice.get(PAGE).content.decode()

    assert "1 person on the team has a passkey" in page
    assert "1 has no authenticator app" in page
    assert "Visitors keep using" in page
    assert "Changes left: 1." in page
    alice.post(PAGE, {"slug": "alices-bands"})
    assert "too often" in alice.post("/organizations/alices-bands/address/", {"slug": "alice"}).content.decode()


def test_members_log_in_again_at_the_new_host(
    alice: Client, alice_portal: Portal, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    editor = alice_portal.client_of(roles.EDITOR)
    assert editor.get("/backstage/").status_code == 200

    with django_capture_on_commit_callbacks(execute=True):
        alice.post(PAGE, {"slug": "alices-bands"})

    assert editor.get("/backstage/")["Location"] == "http://alices-bands.bandstand.localhost:8000/backstage/"
    there = Client(HTTP_HOST="alices-bands.bandstand.localhost")
    assert there.get("/backstage/")["Location"] == "/accounts/login/?next=/backstage/"
    there.post("/accounts/login/", {"login": f"{roles.EDITOR}@alice.bandstand.localhost", "password": PASSWORD})
    assert there.get("/backstage/").status_code == 200
