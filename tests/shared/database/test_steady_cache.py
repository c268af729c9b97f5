"""Limits hold while Redis is away, and sessions never live in one process's memory."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache, caches
from django.test import Client

from bandstand.database.cache import SteadyCache

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def away() -> Iterator[None]:
    """Redis answers nobody, in either cache."""
    reachable = {name: caches[name]._cache._servers for name in caches}  # type: ignore[attr-defined]
    for name in reachable:
        caches[name]._cache._servers = [NOWHERE]  # type: ignore[attr-defined]
        caches[name]._cache._pools.clear()  # type: ignore[attr-defined]
    yield
    for name, servers in reachable.items():
        caches[name]._cache._servers = servers  # type: ignore[attr-defined]
        caches[name]._cache._pools.clear()  # type: ignore[attr-defined]
    cache.away_until = 0.0
    cache.spare.clear()


@pytest.mark.usefixtures("away")
def test_it_counts_on_in_memory(db: None) -> None:
    assert cache.add("count", 1, 60)
    assert not cache.add("count", 1, 60)
    assert cache.incr("count") == 2
    assert cache.get_many(["count", "other"]) == {"count": 2}
    assert cache.delete("count")
    assert cache.get("count") is None


def test_it_goes_back_to_redis(db: None) -> None:
    cache.away_until = time.monotonic() + 60
    cache.set("word", "in memory", 60)
    assert caches["strict"].get("word") is None

    cache.away_until = 0.0
    cache.set("word", "in Redis", 60)

    assert caches["strict"].get("word") == "in Redis"


@pytest.mark.usefixtures("away")
def test_a_limit_holds_and_no_page_breaks(alice_portal: object) -> None:
    browser = Client(HTTP_HOST="alice.bandstand.localhost")
    form = {"login": "alice@example.org", "password": "wrong"}

    answers = [browser.post("/accounts/login/", form).status_code for _attempt in range(12)]

    assert answers[0] == 200
    assert answers[-1] == 429


def test_sessions_stand_in_the_cache_that_all_processes_share() -> None:
    assert not isinstance(caches[settings.SESSION_CACHE_ALIAS], SteadyCache)
