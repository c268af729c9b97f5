"""The team's page: inviting, joining, roles, and who may do what."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.teams.models import Invitation
from tests.conftest import PASSWORD, Portal
from tests.mailbox import link_in, newest_mail_to

DORA = "dora@example.org"


def _invite(portal: Portal, email: str = DORA, role: str = roles.EDITOR) -> str:
    """Let Alice invite somebody and return the path in the mail."""
    answer = portal.client_of(roles.OWNER).post("/backstage/team/invite/", {"email": email, "role": role})
    assert answer.headers["Location"] == "/backstage/team/"
    with tenant_context(portal.organization):
        link = urlsplit(link_in(newest_mail_to(email)))
    assert link.netloc == "alice.bandstand.localhost:8000"
    return link.path


def _role(portal: Portal, email: str) -> str | None:
    with tenant_context(portal.organization):
        return roles.role_of(User.objects.get(email=email))


def test_whoever_is_invited_joins_with_name_and_password(alice_portal: Portal) -> None:
    path = _invite(alice_portal)
    dora = alice_portal.client()
    assert "has invited you" in dora.get(path).content.decode()

    answer = dora.post(path, {"name": "Dora", "password": PASSWORD})

    assert answer.headers["Location"] == "/backstage/"
    assert dora.get("/accounts/profile/").context["user"].name == "Dora"
    assert _role(alice_portal, DORA) == roles.EDITOR


def test_the_mail_says_who_invites_to_what_as_what(alice_portal: Portal) -> None:
    _invite(alice_portal)

    with tenant_context(alice_portal.organization):
        mail = newest_mail_to(DORA)
    assert "Alice's Agency" in mail.subject
    assert "Your role: Editor" in mail.text


def test_a_used_link_says_so(alice_portal: Portal) -> None:
    path = _invite(alice_portal)
    alice_portal.client().post(path, {"name": "Dora", "password": PASSWORD})

    answer = alice_portal.client().get(path)

    assert answer.status_code == 410
    assert "This invitation has expired" in answer.content.decode()
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_weak_password_is_refused_beside_the_field(alice_portal: Portal) -> None:
    path = _invite(alice_portal)

    answer = alice_portal.client().post(path, {"name": "Dora", "password": DORA})

    assert list(answer.context["form"].errors) == ["password"]
    with tenant_context(alice_portal.organization):
        assert not User.objects.filter(email=DORA).exists()


def test_whoever_has_an_account_here_logs_in_to_join(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        fan = User.objects.create_user(DORA, PASSWORD, name="Dora")
        fan.emailaddress_set.create(email=DORA, verified=True, primary=True)
    path = _invite(alice_portal)
    dora = alice_portal.client()

    assert dora.get(path).headers["Location"] == f"/accounts/login/?next={path}"
    assert dora.post(path, {"name": "X", "password": "something-else-here"}).headers["Location"].startswith("/accounts")
    dora.post("/accounts/login/", {"login": DORA, "password": PASSWORD})
    assert _role(alice_portal, DORA) is None
    assert dora.get(path).status_code == 200
    dora.post(path)

    assert _role(alice_portal, DORA) == roles.EDITOR


def test_somebody_else_who_is_logged_in_cannot_take_the_invitation_of_an_account(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        User.objects.create_user(DORA, PASSWORD)
    path = _invite(alice_portal)

    answer = alice_portal.client_of(roles.MEMBER).post(path)

    assert answer.headers["Location"].startswith("/accounts/login/")
    assert _role(alice_portal, DORA) is None


def test_a_withdrawn_link_ends(alice_portal: Portal) -> None:
    path = _invite(alice_portal)
    with tenant_context(alice_portal.organization):
        pk = Invitation.objects.get().pk

    alice_portal.client_of(roles.OWNER).post(f"/backstage/team/invitations/{pk}/revoke/")

    assert alice_portal.client().get(path).status_code == 410


def test_sending_again_replaces_the_link(alice_portal: Portal) -> None:
    first = _invite(alice_portal)
    with tenant_context(alice_portal.organization):
        pk = Invitation.objects.get().pk

    alice_portal.client_of(roles.OWNER).post(f"/backstage/team/invitations/{pk}/resend/")

    with tenant_context(alice_portal.organization):
        second = urlsplit(link_in(newest_mail_to(DORA))).path
    assert alice_portal.client().get(first).status_code == 410
    assert alice_portal.client().get(second).status_code == 200


def test_inviting_twice_is_said_beside_the_field(alice_portal: Portal) -> None:
    _invite(alice_portal)

    answer = alice_portal.client_of(roles.OWNER).post("/backstage/team/invite/", {"email": DORA, "role": roles.MEMBER})

    assert "already has an invitation" in str(answer.context["form"].errors["email"])


def test_an_owner_changes_a_role(alice_portal: Portal) -> None:
    bob = alice_portal.user(roles.EDITOR)

    alice_portal.client_of(roles.OWNER).post(f"/backstage/team/{bob.pk}/role/", {"role": roles.MANAGER})

    assert _role(alice_portal, bob.email) == roles.MANAGER


def test_the_last_owner_stays(alice_portal: Portal) -> None:
    alice, browser = alice_portal.user(), alice_portal.client_of(roles.OWNER)

    demoted = browser.post(f"/backstage/team/{alice.pk}/role/", {"role": roles.MEMBER}, follow=True)
    removed = browser.post(f"/backstage/team/{alice.pk}/remove/", follow=True)

    assert "at least one owner" in demoted.content.decode()
    assert "at least one owner" in removed.content.decode()
    assert _role(alice_portal, alice.email) == roles.OWNER


def test_it_asks_before_it_removes(alice_portal: Portal) -> None:
    bob, browser = alice_portal.user(roles.EDITOR), alice_portal.client_of(roles.OWNER)

    assert "Remove Editor?" in browser.get(f"/backstage/team/{bob.pk}/remove/").content.decode()
    assert _role(alice_portal, bob.email) == roles.EDITOR
    browser.post(f"/backstage/team/{bob.pk}/remove/")

    assert _role(alice_portal, bob.email) is None


@pytest.mark.parametrize("role", [roles.MANAGER, roles.EDITOR, roles.MEMBER])
def test_only_owners_change_the_team(alice_portal: Portal, role: str) -> None:
    _invite(alice_portal)
    with tenant_context(alice_portal.organization):
        pk = Invitation.objects.get().pk
    alice, browser = alice_portal.user(), alice_portal.client_of(role)

    for path in (
        "invite/",
        f"invitations/{pk}/resend/",
        f"invitations/{pk}/revoke/",
        f"{alice.pk}/role/",
        f"{alice.pk}/remove/",
    ):
        answer = browser.post(f"/backstage/team/{path}", {"email": "x@example.org", "role": roles.OWNER})
        assert answer.status_code == 403, path


@pytest.mark.parametrize(
    ("role", "status"), [(roles.OWNER, 200), (roles.MANAGER, 200), (roles.EDITOR, 403), (roles.MEMBER, 403)]
)
def test_who_sees_the_team(alice_portal: Portal, role: str, status: int) -> None:
    assert alice_portal.client_of(role).get("/backstage/team/").status_code == status


def test_a_manager_sees_no_buttons_that_do_not_work(alice_portal: Portal) -> None:
    _invite(alice_portal)

    page = alice_portal.client_of(roles.MANAGER).get("/backstage/team/").content.decode()

    assert DORA in page
    for word in ("Withdraw", "Send again", "Remove", "Invite someone"):
        assert word not in page


def test_strangers_are_asked_to_log_in(alice_portal: Portal) -> None:
    assert alice_portal.client().get("/backstage/team/").headers["Location"].startswith("/accounts/login/")


def test_the_page_costs_the_same_for_a_large_team(
    alice_portal: Portal, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for number in range(5):
        alice_portal.user(roles.MEMBER, email=f"member-{number}@example.org")
        _invite(alice_portal, email=f"invited-{number}@example.org")
    browser = alice_portal.client_of(roles.OWNER)
    browser.get("/backstage/team/")

    with django_assert_max_num_queries(10):  # type: ignore[attr-defined] # bands to choose, and who has which, are two
        browser.get("/backstage/team/")


@pytest.mark.parametrize(("role", "is_shown"), [(roles.MANAGER, True), (roles.EDITOR, False)])
def test_the_way_to_the_team_is_shown_to_whom_it_is_open(alice_portal: Portal, role: str, is_shown: bool) -> None:
    page = alice_portal.client_of(role).get("/backstage/").content.decode()

    assert ('href="/backstage/team/"' in page) is is_shown
