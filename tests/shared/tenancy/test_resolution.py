"""Resolving a host costs a query once, then nothing, until something changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
import redis
from django.conf import settings
from pytest_django import DjangoAssertNumQueries
from pytest_django.plugin import DjangoDbBlocker

from bandstand.organizations.models import Domain, Organization
from bandstand.tenancy import resolution
from bandstand.tenancy.resolution import HostResolver, resolver
from tests.conftest import Portal


class Clock:
    """A clock that stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_asks_once(alice_portal: Portal, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        first = resolver.resolve("alice.bandstand.localhost")
    with django_assert_num_queries(0):
        second = resolver.resolve("alice.bandstand.localhost")

    assert first == second == alice_portal.organization
    assert second is not None
    assert second.host == "alice.bandstand.localhost"


def test_it_asks_once_for_an_unknown_host(
    alice_portal: Portal, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert resolver.resolve("nobody.bandstand.localhost") is None
        assert resolver.resolve("nobody.bandstand.localhost") is None


def test_it_hands_out_copies(alice_portal: Portal) -> None:
    first = resolver.resolve("alice.bandstand.localhost")
    assert first is not None
    first.name = "changed by one request"

    again = resolver.resolve("alice.bandstand.localhost")
    assert again is not None
    assert again.name == "Alice's Agency"


def test_it_asks_again_when_the_time_is_over(
    alice_portal: Portal, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    clock = Clock()
    small = HostResolver(seconds=30, clock=clock)
    small.resolve("alice.bandstand.localhost")
    clock.now += 31

    with django_assert_num_queries(1):
        small.resolve("alice.bandstand.localhost")


def test_whoever_hears_of_changes_asks_again_after_minutes(
    alice_portal: Portal, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    clock, hearing = Clock(), [True]
    small = HostResolver(seconds=30, clock=clock, hears=lambda: hearing[0])
    small.resolve("alice.bandstand.localhost")
    clock.now += 300

    with django_assert_num_queries(0):
        small.resolve("alice.bandstand.localhost")
    hearing[0] = False
    with django_assert_num_queries(1):
        small.resolve("alice.bandstand.localhost")
    hearing[0] = True
    clock.now += resolution.REMEMBERED_WHILE_LISTENING + 1
    with django_assert_num_queries(1):
        small.resolve("alice.bandstand.localhost")


@pytest.mark.long
def test_a_connection_on_which_nobody_answers_counts_as_none(db: None) -> None:
    class Silent:
        def get_message(self, timeout: float) -> None:
            threading.Event().wait(0.01)

    class Answering(Silent):
        def get_message(self, timeout: float) -> dict[str, object]:  # type: ignore[override]
            return {"type": "pong", "data": b""}

    listener = resolution._Listener()
    listener._listen_for(Silent(), 0)  # type: ignore[arg-type]
    assert not listener.hears()
    listener._listen_for(Answering(), 0)  # type: ignore[arg-type]
    assert listener.hears()


def test_it_bounds_what_strangers_can_make_it_remember(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolution, "UNKNOWN_HOSTS_REMEMBERED", 50)
    small = HostResolver(seconds=30)
    for number in range(120):
        small.resolve(f"stranger-{number}.example.org")

    assert len(small._unknown) == 50
    assert len(small._known) == 0


def test_it_knows_the_primary_address_of_a_second_domain(alice_portal: Portal) -> None:
    Domain(tenant=alice_portal.organization, domain="www.alice.example", is_primary=False).save()

    found = resolver.resolve("www.alice.example")

    assert found is not None
    assert found.host == "alice.bandstand.localhost"


def test_it_forgets_an_answer_that_was_read_before_the_change(
    alice_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = HostResolver(seconds=30)
    look_up = small._look_up

    def slow(host: str) -> object:
        found = look_up(host)
        small.forget_organization(alice_portal.organization.pk)  # arrives between reading and remembering
        return found

    monkeypatch.setattr(small, "_look_up", slow)
    small.resolve("alice.bandstand.localhost")

    assert len(small._known) == 0


def test_it_forgets_at_once_what_this_process_changed(
    alice_portal: Portal, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    resolver.resolve("alice.bandstand.localhost")
    organization = Organization.objects.get(pk=alice_portal.organization.pk)
    organization.state = Organization.State.SUSPENDED
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        organization.save()

    found = resolver.resolve("alice.bandstand.localhost")
    assert found is not None
    assert found.state == Organization.State.SUSPENDED


def test_it_hears_what_other_processes_changed(alice_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(resolution.listener, "_handle")  # which tests leave out
    heard = threading.Event()
    resolution.listener.ensure_running()
    resolver.resolve("alice.bandstand.localhost")
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        deadline = time.monotonic() + 10
        while not client.publish(resolution.CHANNEL, str(alice_portal.organization.pk)):
            assert time.monotonic() < deadline, "nobody listens"
            heard.wait(0.02)
        while resolver._known:
            assert time.monotonic() < deadline, "the message changed nothing"
            heard.wait(0.02)


def test_it_serves_while_redis_is_away(
    alice_portal: Portal,
    settings: object,
    django_capture_on_commit_callbacks: Callable[..., object],
    caplog: pytest.LogCaptureFixture,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    organization = Organization.objects.get(pk=alice_portal.organization.pk)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        organization.save()

    assert resolver.resolve("alice.bandstand.localhost") == organization
    assert "other processes learn of a changed host" in caplog.text
