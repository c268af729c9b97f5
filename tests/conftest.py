"""Real servers, a database per process copied from a migrated one, and the cast of the isolation tests.

Alice owns one portal and Bob is on her team; Charlie owns another. Both portals are built once per process by replaying
the template, and every test runs in a transaction that is rolled back.
"""

from __future__ import annotations

import functools
import gc
import secrets
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django_tenants.utils import tenant_context
from hypothesis import HealthCheck
from hypothesis import settings as examples
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker
from zeal import zeal_context, zeal_ignore
from zeal.constants import initialize_app_registry
from zeal.patch import patch

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from bandstand.settings.storages import files_at
from bandstand.tenancy import resolution
from bandstand.tenancy.provisioning import organization_create
from tests.authenticator_app import STANDING_CLOCK
from tests.object_store import BUCKET, ObjectStore, running_store
from tests.put_back import Baseline
from tests.waiting import wait_until

PASSWORD = "seven-strings-and-a-drum"

# The same examples each time, however slow the machine; `--hypothesis-profile=default` looks for others.
examples.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("steady")


# Beginnings of paths below which allauth looks for users one by one: of each log-in on the list of one's own, of which
# there are few, and whoever a link to a new password is for, besides whoever opens it.
LOOKED_FOR_ONE_BY_ONE = ("/accounts/sessions/", "/accounts/password/reset/")
USERS = [{"model": "accounts.User", "field": "get()"}]
initialize_app_registry()
patch()


class WatchedClient(Client):
    """Lets a page fail that asks for related rows one by one. Source: django-zeal."""

    def request(self, **request: Any) -> Any:
        # Forms are left out: what is saved row by row is looked for row by row, and locks read again what they lock.
        if request.get("REQUEST_METHOD") not in {"GET", "HEAD"}:
            return super().request(**request)
        is_known = request.get("PATH_INFO", "").startswith(LOOKED_FOR_ONE_BY_ONE)
        with zeal_context(), zeal_ignore(USERS) if is_known else nullcontext():
            return super().request(**request)


class Browser(WatchedClient):
    """Whoever is logged in by `force_login` gave the password a moment ago, and needn't again for sensitive acts."""

    def force_login(self, user: Any, backend: str | None = None) -> None:
        super().force_login(user, backend)
        session = self.session
        session["account_authentication_methods_user"] = str(user.pk)
        session["account_authentication_methods"] = [
            {"method": "password", "at": time.time() + 24 * 3600, "reauthenticated": True}
        ]
        session["proof"] = {"account": user.pk, "proved_at": time.time() + 24 * 3600, "has_second_step": False}
        session.save()


class PortalClient(Browser):
    """Leaves a test in the schema that it had entered, though every request ends in `public`."""

    def request(self, **request: Any) -> Any:
        before = connection.tenant
        try:
            return super().request(**request)
        finally:
            if isinstance(before, Organization):
                connection.set_tenant(before)


@dataclass(frozen=True)
class Portal:
    """One tenant of the cast, and the people on its team."""

    organization: Organization
    owner_email: str

    @property
    def host(self) -> str:
        return self.organization.host

    def client(self) -> Client:
        """Return a browser of nobody in particular at this portal."""
        return PortalClient(HTTP_HOST=self.host)

    def user(self, role: str = roles.OWNER, email: str | None = None) -> User:
        """Return a member of the team with `role`; made on first use, within the test's transaction."""
        with tenant_context(self.organization):
            if role == roles.OWNER and email is None:
                return User.objects.get(email=self.owner_email)
            address = email or f"{role}@{self.host}"
            user = User.objects.filter(email=address).first()
            if user is None:
                user = User.objects.create(email=address, password=hashed_password(), name=role.title())
                user.emailaddress_set.create(email=address, verified=True, primary=True)
                roles.assign(user, role)  # an owner owns the portal at the platform as well, with the same password
            return user

    def client_of(self, role: str) -> Client:
        """Return a browser in which a member of the team with `role` is logged in."""
        client = self.client()
        with tenant_context(self.organization):
            client.force_login(self.user(role), backend="allauth.account.auth_backends.AuthenticationBackend")
        return client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that take long, so that none of them is left for one process alone at the end."""
    marks = ("slow", "long", "e2e")
    long = {item.path for item in items if any(map(item.get_closest_marker, marks))}
    items.sort(key=lambda item: item.path not in long)


def pytest_collection_finish() -> None:
    """Collect garbage seldom, and never look through what was imported by now: it takes a twentieth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


@functools.cache
def hashed_password() -> str:
    """Return PASSWORD as it is stored."""
    return make_password(PASSWORD)


@pytest.fixture(scope="session", autouse=True)
def _standing_clock_of_codes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(totp, "time", STANDING_CLOCK)
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hash at little cost in this process. What was stored so is still read by the product that other processes run."""
    ours = "tests.quick_hasher.QuickArgon2"
    with override_settings(PASSWORD_HASHERS=[ours, *settings.PASSWORD_HASHERS[1:]]):
        yield


@pytest.fixture(scope="session", autouse=True)
def _words_of_other_processes() -> Iterator[None]:
    """Leave unheard what other test processes announce: Redis tells all, and their hosts stand in other databases.

    A host that is forgotten for such a word is looked up again in the middle of a test that counts queries.
    """
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(resolution.listener, "_handle", lambda _data: None)
        yield


@pytest.fixture(scope="session")
def django_db_setup(_quick_passwords: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Take pytest-django's place: this process's database stands already, see tests/servers.py."""
    with django_db_blocker.unblock():
        _build("alice", "Alice's Agency", "alice@example.org")
        _build("charlie", "Charlie's Choirs", "charlie@example.org")
        # It forgets all hosts when it begins to listen: not in the middle of a test that counts queries.
        resolution.listener.ensure_running()
        wait_until(resolution.listener.hears)
    yield
    with django_db_blocker.unblock():
        resolution.listener.stop()
        connection.close()
        connection.close_pool()


def _build(slug: str, name: str, email: str) -> None:
    owner = User.objects.create_user(email, PASSWORD, name=slug.title())
    owner.emailaddress_set.create(email=email, verified=True, primary=True)
    organization_create(name=name, slug=slug, owner=owner, language="en", time_zone="Europe/Berlin")


def _portal(slug: str) -> Portal:
    organization = Organization.objects.get(slug=slug)
    return Portal(organization, f"{slug}@example.org")


@pytest.fixture
def alice_portal(db: None) -> Portal:
    """The portal that Alice owns."""
    return _portal("alice")


@pytest.fixture
def charlie_portal(db: None) -> Portal:
    """Somebody else's portal."""
    return _portal("charlie")


@pytest.fixture
def in_alice_portal(alice_portal: Portal) -> Iterator[Portal]:
    """Run the test's own queries inside Alice's schema."""
    with tenant_context(alice_portal.organization):
        yield alice_portal


@pytest.fixture
def platform_client() -> Client:
    """A browser of nobody in particular at the platform."""
    return Browser(HTTP_HOST="bandstand.localhost")


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """A server that speaks S3, started for the first test that wants one."""
    with running_store() as store:
        yield store


@pytest.fixture
def media_in_bucket(object_store: ObjectStore, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """Keep files in object storage for this test, processes that it starts included; gives the place."""
    place = f"s3://{BUCKET}/{secrets.token_hex(4)}/media"
    for name, value in {**object_store.environment(), "BANDSTAND_MEDIA": place}.items():
        monkeypatch.setenv(name, value)
    settings.STORAGES = {**settings.STORAGES, "default": files_at(place)}
    return place


@pytest.fixture(params=["folder", "bucket"])
def media_anywhere(request: pytest.FixtureRequest) -> None:
    """Run the test twice: with files in a folder, and in object storage."""
    if request.param == "bucket":
        request.getfixturevalue("media_in_bucket")


@pytest.fixture(scope="session")
def _baseline(django_db_setup: None) -> Iterator[Baseline]:
    baseline = Baseline()
    yield baseline
    baseline.close()


@pytest.fixture(scope="module", autouse=True)
def _rows_as_they_were(_baseline: Baseline, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Take away what this module's tests committed. It begins before fixtures of modules, and ends after them."""
    yield
    with django_db_blocker.unblock():
        connection.close()
    _baseline.put_back()


@pytest.fixture(autouse=True)
def _clean_slate(request: pytest.FixtureRequest) -> Iterator[None]:
    """Begin each test with an empty cache, nothing resolved, and the schema `public`."""
    connection.set_schema_to_public()
    resolution.resolver.forget()
    cache._cache.get_client(None, write=True).flushdb()
    yield
    connection.set_schema_to_public()
