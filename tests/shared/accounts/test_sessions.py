"""A log-in ends when it is idle, when it is old, and never by either while somebody works."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from tests.conftest import PASSWORD, Portal

HOUR = timedelta(hours=1).total_seconds()
IDLE = settings.SESSION_IDLE.total_seconds()
MOST = settings.SESSION_COOKIE_AGE


class Clock:
    """What `time.time` says within a test."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() - START + NOW + self.ahead


NOW, START = time.time(), time.monotonic()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    found = Clock()
    monkeypatch.setattr("bandstand.accounts.sessions.time.time", found)
    yield found
    monkeypatch.undo()


def _is_in(client: object) -> bool:
    return client.get("/accounts/profile/").status_code == 200  # type: ignore[attr-defined]


@pytest.mark.parametrize("cached", [True, False])
def test_an_idle_log_in_ends_and_its_row_is_gone(alice_portal: Portal, clock: Clock, cached: bool) -> None:
    client = alice_portal.client_of(roles.OWNER)
    assert _is_in(client)
    own = Session.objects.filter(session_key=client.cookies["sessionid"].value)
    with tenant_context(alice_portal.organization):
        assert own.exists()
    if not cached:
        cache.clear()

    clock.ahead = IDLE + HOUR

    assert not _is_in(client)
    with tenant_context(alice_portal.organization):
        assert not own.exists()


def test_work_keeps_it_but_not_for_ever(alice_portal: Portal, clock: Clock) -> None:
    client = alice_portal.client_of(roles.OWNER)
    while clock.ahead < MOST - IDLE / 2:
        assert _is_in(client)
        clock.ahead += IDLE / 2

    clock.ahead = MOST + HOUR
    assert not _is_in(client)


def test_a_new_log_in_in_the_same_browser_begins_afresh(alice_portal: Portal, clock: Clock) -> None:
    client = alice_portal.client_of(roles.OWNER)
    clock.ahead = MOST + HOUR
    assert not _is_in(client)
    client.post("/accounts/login/", {"login": alice_portal.user(roles.MANAGER).email, "password": PASSWORD})
    assert _is_in(client)


def test_logging_in_changes_the_key(alice_portal: Portal) -> None:
    client = alice_portal.client()
    client.get("/accounts/password/reset/")
    with tenant_context(alice_portal.organization):
        session = client.session
        session["planted"] = 1
        session.save()
        client.cookies["sessionid"] = before = session.session_key
    client.post("/accounts/login/", {"login": alice_portal.user(roles.MANAGER).email, "password": PASSWORD})
    assert client.cookies["sessionid"].value != before


def test_requests_in_quick_succession_write_nothing(alice_portal: Portal, django_assert_num_queries: object) -> None:
    client = alice_portal.client_of(roles.OWNER)
    first = client.get("/accounts/profile/")
    assert "sessionid" not in first.cookies
