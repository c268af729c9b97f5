"""Nothing in the backstage is reachable without the permission that its view names."""

from __future__ import annotations

import inspect
import re
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand_web.shell.access import ANY_ROLE, GUESTS_TOO
from tests.conftest import Portal
from tests.isolation.visiting import PLATFORM, PORTAL, Address, addresses, visit
from tests.shares import in_shares, share_of

BACKSTAGE = "backstage:"
PATTERNS = {
    name.removeprefix(BACKSTAGE): address for name, address in addresses(PORTAL).items() if name.startswith(BACKSTAGE)
}
# Views that serve every audience, only people who have an account, or only other cells.
EVERYWHERE = (
    "bandstand_web.accounts.",
    "bandstand_web.language",
    "bandstand_web.cell_owners",
    "bandstand_web.csp_reports",
    "bandstand_web.security_txt",
)


def home_of(address: Address) -> str:
    """Return the module of the address's view."""
    view = inspect.unwrap(address.pattern.callback)
    return str(getattr(view, "view_class", view).__module__)


def is_ours(address: Address) -> bool:
    return home_of(address).startswith("bandstand_web.") and not home_of(address).startswith(EVERYWHERE)


def arguments_of(address: Address) -> dict[str, int | UUID]:
    return {name: UUID(int=0) if kind == "uuid" else 0 for kind, name in re.findall(r"<(\w+):(\w+)>", address.route)}


def test_no_page_of_the_backstage_is_left_out() -> None:
    assert len(PATTERNS) >= 57


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_page_of_the_backstage_stands_in_a_module_that_says_so(name: str) -> None:
    assert "backstage" in home_of(PATTERNS[name]).split(".")


@pytest.mark.parametrize("urlconf", [PORTAL, PLATFORM])
def test_whatever_else_can_be_reached_is_in_none_of_those_and_needs_no_permission(urlconf: str) -> None:
    others = [each for name, each in addresses(urlconf).items() if not name.startswith((BACKSTAGE, "admin:"))]
    audiences = {"portal", "platform"}

    assert len(others) > 30
    for address in others:
        assert not hasattr(address.pattern.callback, "permission"), address.name
        assert not is_ours(address) or audiences & set(home_of(address).split(".")), (address.name, home_of(address))


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_it_names_a_permission_that_exists(in_alice_portal: Portal, name: str) -> None:
    permission = getattr(PATTERNS[name].pattern.callback, "permission", None)

    assert permission, f"backstage:{name} names no permission"
    if permission not in {ANY_ROLE, GUESTS_TOO}:
        app, codename = permission.split(".")
        assert Permission.objects.filter(content_type__app_label=app, codename=codename).exists()


def path_to(name: str) -> str:
    return reverse(f"backstage:{name}", kwargs=arguments_of(PATTERNS[name]), urlconf=PORTAL)


def is_allowed(name: str, role: str) -> bool:
    permission: str = PATTERNS[name].pattern.callback.permission  # type: ignore[attr-defined]
    app, _dot, codename = permission.partition(".")
    if permission in {ANY_ROLE, GUESTS_TOO}:
        return role != roles.GUEST or permission == GUESTS_TOO
    return codename.partition("_")[0] in roles.permissions()[role].get(app, ())


@in_shares
@pytest.mark.parametrize("role", roles.ROLES)
def test_it_lets_each_role_do_what_the_table_says(alice_portal: Portal, role: str, one_in: int) -> None:
    """Each role at one address in so many, the next role at the next ones."""
    client = alice_portal.client_of(role)
    asked = share_of(PATTERNS, one_in, beginning=list(roles.ROLES).index(role))

    answers = {name: {visit(client, method, path_to(name)).status_code for method in ("get", "post")} for name in asked}

    wrong = {name: codes for name, codes in answers.items() if (403 not in codes) != is_allowed(name, role)}
    assert wrong == {}


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_sends_strangers_to_the_log_in_page(alice_portal: Portal, method: str) -> None:
    client = alice_portal.client()

    for name in PATTERNS:
        answer = visit(client, method, path_to(name))
        assert answer.status_code in {302, 405}, name
        if answer.status_code == 302:
            assert answer["Location"].startswith("/accounts/login/?next="), name


def test_it_refuses_somebody_without_a_role(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        fan = alice_portal.user(roles.MEMBER, "fan@example.org")
        fan.groups.clear()
        client = alice_portal.client()
        client.force_login(fan, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get("/backstage/").status_code == 403


def test_it_refuses_the_team_of_another_portal(alice_portal: Portal, charlie_portal: Portal) -> None:
    client = charlie_portal.client_of(roles.OWNER)

    answer = client.get("/backstage/", headers={"host": alice_portal.host})

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_it_keeps_pages_of_the_team_out_of_caches(alice_portal: Portal) -> None:
    answer = alice_portal.client_of(roles.OWNER).get("/backstage/")

    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]


def test_the_log_in_leads_back_to_the_page_with_the_form(alice_portal: Portal) -> None:
    client = alice_portal.client()
    page = f"http://{alice_portal.host}/backstage/team/?show=all"

    sent = client.post("/backstage/team/invite/", {}, headers={"Referer": page})
    from_elsewhere = client.post("/backstage/team/invite/", {}, headers={"Referer": "https://elsewhere.example/x"})

    assert sent.headers["Location"] == "/accounts/login/?next=/backstage/team/%3Fshow%3Dall"
    assert from_elsewhere.headers["Location"] == "/accounts/login/?next=/backstage/team/invite/"
