"""Logging in while Redis is there but refuses: everything that a log-in counts and stores has another place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.core.cache import caches
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.accounts.sessions import SessionStore
from bandstand.devstack.valkey import Valkey
from tests.conftest import PASSWORD, Portal


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(Path(tmp_path_factory.mktemp("valkey")), durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(valkey: Valkey, settings: Settings) -> Iterator[redis.Redis]:
    """A client of the Valkey that this test's caches use."""
    settings.CACHES = {name: {**cache, "LOCATION": valkey.url()} for name, cache in settings.CACHES.items()}
    with redis.Redis.from_url(valkey.url()) as client:
        yield client
        client.replicaof("NO", "ONE")
        client.config_set("maxmemory", "0")
        client.flushall()


def fill(client: redis.Redis) -> None:
    client.config_set("maxmemory", "1")


def demote(client: redis.Redis) -> None:
    client.replicaof("127.0.0.1", "1")


@pytest.mark.parametrize("refuse", [fill, demote])
def test_a_member_logs_in(refuse: object, client: redis.Redis, alice_portal: Portal) -> None:
    member = alice_portal.user(roles.EDITOR)
    browser = alice_portal.client()
    assert callable(refuse)
    refuse(client)

    wrong = browser.post("/accounts/login/", {"login": member.email, "password": "not this one"})
    right = browser.post("/accounts/login/", {"login": member.email, "password": PASSWORD})

    assert wrong.status_code == 200
    assert right.status_code == 302
    assert browser.get("/backstage/").status_code == 200
    assert browser.post("/accounts/logout/").status_code == 302
    assert browser.get("/backstage/").status_code == 302


def test_a_session_is_never_read_as_it_was_before(client: redis.Redis, in_alice_portal: Portal) -> None:
    session = SessionStore()
    session["step"] = 1
    session.create()
    assert caches["strict"].get(session.cache_key) == {"step": 1}
    fill(client)

    session["step"] = 2
    session.save()

    assert SessionStore(session.session_key)["step"] == 2
