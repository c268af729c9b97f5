"""Nothing in the backstage is reachable without the permission that its view names."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import URLPattern, reverse
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand_web.shell.access import ANY_ROLE
from bandstand_web.urls.backstage import urlpatterns
from tests.conftest import Portal

PATTERNS = {pattern.name: pattern for pattern in urlpatterns if isinstance(pattern, URLPattern)}


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_it_names_a_permission_that_exists(in_alice_portal: Portal, name: str) -> None:
    permission = getattr(PATTERNS[name].callback, "permission", None)

    assert permission, f"backstage:{name} names no permission"
    if permission != ANY_ROLE:
        app, codename = permission.split(".")
        assert Permission.objects.filter(content_type__app_label=app, codename=codename).exists()


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_it_lets_each_role_do_what_the_table_says(alice_portal: Portal, name: str) -> None:
    permission: str = PATTERNS[name].callback.permission  # type: ignore[attr-defined]
    arguments = dict.fromkeys(PATTERNS[name].pattern.converters, 0)
    path = reverse(f"backstage:{name}", kwargs=arguments, urlconf="bandstand_web.urls.portal")
    for role in roles.ROLES:
        app, _dot, codename = permission.partition(".")
        allowed = permission == ANY_ROLE or codename.partition("_")[0] in roles.PERMISSIONS[role].get(app, ())
        client = alice_portal.client_of(role)

        answers = {client.get(path).status_code, client.post(path).status_code}

        assert (403 not in answers) == allowed, (role, answers)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_it_sends_strangers_to_the_log_in_page(alice_portal: Portal, name: str) -> None:
    arguments = dict.fromkeys(PATTERNS[name].pattern.converters, 0)
    path = reverse(f"backstage:{name}", kwargs=arguments, urlconf="bandstand_web.urls.portal")

    for answer in (alice_portal.client().get(path), alice_portal.client().post(path)):
        assert answer.status_code in {302, 405}
        if answer.status_code == 302:
            assert answer["Location"].startswith("/accounts/login/?next=")


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
