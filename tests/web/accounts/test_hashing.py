"""Passwords: what hashing them costs, and what stays when one is hashed anew."""

from __future__ import annotations

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import Argon2PasswordHasher, get_hasher, make_password
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.accounts.hashing import Argon2
from bandstand.accounts.models import User
from bandstand.settings import base
from tests.conftest import PASSWORD, Portal

PROFILE = "/accounts/profile/"


class Dearer(Argon2PasswordHasher):
    """As passwords were hashed before, at a cost that tests can afford."""

    time_cost, memory_cost, parallelism = 2, 16, 2


def logged_in(portal: Portal, email: str) -> Client:
    client = portal.client()
    answer = client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    assert answer.status_code == 302, answer.text
    return client


@pytest.fixture
def member(alice_portal: Portal) -> User:
    """Somebody whose password was hashed at another cost."""
    with tenant_context(alice_portal.organization):
        user = alice_portal.user(roles.EDITOR)
        User.objects.filter(pk=user.pk).update(password=Dearer().encode(PASSWORD, "saltsaltsaltsaltsalt12"))
        user.refresh_from_db()
    return user


def stored(portal: Portal, user: User) -> User:
    with tenant_context(portal.organization):
        return User.objects.get(pk=user.pk)


def test_the_cost_is_that_of_owasp() -> None:
    """Source: OWASP, Password Storage Cheat Sheet: m=19456 (19 MiB), t=2, p=1."""
    assert base.PASSWORD_HASHERS[0] == "bandstand.accounts.hashing.Argon2"
    assert Argon2().encode("x", "saltsaltsalt").startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_of_another_cost_is_hashed_anew_and_other_browsers_stay(alice_portal: Portal, member: User) -> None:
    before = alice_portal.client()
    with tenant_context(alice_portal.organization):
        before.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert before.get(PROFILE).status_code == 200

    now = logged_in(alice_portal, member.email)

    assert stored(alice_portal, member).password.startswith(make_password("x").partition("p=")[0])
    assert not get_hasher("argon2").must_update(stored(alice_portal, member).password)
    assert (before.get(PROFILE).status_code, now.get(PROFILE).status_code) == (200, 200)
    assert before.get(PROFILE).status_code == 200  # by its new key


def test_a_new_password_ends_them_all(alice_portal: Portal, member: User) -> None:
    before = alice_portal.client()
    with tenant_context(alice_portal.organization):
        before.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    logged_in(alice_portal, member.email)

    with tenant_context(alice_portal.organization):
        user = User.objects.get(pk=member.pk)
        assert user.rehashed_from
        user.set_password("another one, quite long")
        user.save(update_fields=["password"])  # what is noted stays, and is worth nothing

    assert before.get(PROFILE).status_code == 302


def test_it_is_no_change_of_the_password(alice_portal: Portal, member: User) -> None:
    with tenant_context(alice_portal.organization):
        assert not member.check_password("wrong")
        assert member.rehashed_from == ""
        assert member.check_password(PASSWORD)
        member.name = "Renamed"
        member.save()

    kept = stored(alice_portal, member)
    assert (kept.password, kept.rehashed_from, kept.name) == (member.password, member.rehashed_from, "Renamed")


def test_an_owners_portals_stay_open_when_the_platform_hashes_anew(alice_portal: Portal) -> None:
    client = alice_portal.client_of(roles.OWNER)
    assert client.get("/backstage/").status_code == 200
    connection.set_schema_to_public()
    account = User.objects.get(email=alice_portal.owner_email)
    User.objects.filter(pk=account.pk).update(password=Dearer().encode(PASSWORD, "saltsaltsaltsaltsalt12"))
    account.refresh_from_db()

    assert account.check_password(PASSWORD)

    assert client.get("/backstage/").status_code == 200


def test_sessions_hang_on_former_hashes_by_former_secrets_too(
    alice_portal: Portal, member: User, settings: Settings
) -> None:
    session_hash = member.get_session_auth_hash()
    with tenant_context(alice_portal.organization):
        assert member.check_password(PASSWORD)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "n" * len(django_settings.SECRET_KEY)

    assert session_hash in set(member.get_session_auth_fallback_hash())
