"""`check_security` on the live database: as web's own role, and as one that may do too much."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from pytest_django.fixtures import Settings

from bandstand.devstack.valkey import Valkey
from bandstand.organizations.hardening import weaknesses
from tests import prepared

# Test processes have a database each, all of the same roles, and no production profile.
OF_TESTS = ("database test_", "database bandstand_", "The profile is not production", "No security contact")


def check_security(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return prepared.run("manage.py", "check_security", *options, environment={**os.environ, **environment})


def test_webs_own_role_has_no_power_that_it_does_not_need(db: None) -> None:
    assert [line for line in weaknesses() if not any(words in line for words in OF_TESTS)] == []


def test_it_says_what_a_mighty_role_could_do() -> None:
    stack = json.loads(os.environ["BANDSTAND_TEST_STACK"])
    database = urlsplit(os.environ["DATABASE_URL"]).path
    mighty = urlunsplit(urlsplit(stack["admin"])._replace(path=database, query="options=-c%20statement_timeout=0"))

    done = check_security(DATABASE_URL=mighty)

    assert done.returncode == 1
    for words in (
        "is a superuser: ALTER ROLE postgres NOSUPERUSER;",
        "may create tables in public",
        "may connect to the database postgres",
        "statement_timeout is off",
    ):
        assert words in done.stderr


@pytest.mark.parametrize(
    ("platform", "media", "said"),
    [
        ("bands.example.org", "media.bands.example.org", True),
        ("bands.example.org", "media.example.org", True),
        ("example.org", "media.example.org", True),
        ("bands.example.org", "bands-files.example.net", False),
        ("bands.example.org", "", False),
    ],
)
def test_it_wants_pictures_at_a_domain_that_shares_no_cookies(
    db: None, settings: Settings, platform: str, media: str, said: bool
) -> None:
    settings.BASE_DOMAIN, settings.MEDIA_HOST = platform, media

    assert any("BANDSTAND_MEDIA_HOST" in line for line in weaknesses()) is said


@pytest.fixture
def evicting(tmp_path: Path) -> Iterator[Valkey]:
    """A store that throws away what it was asked for least."""
    server = Valkey(tmp_path, durable=False, for_pages=True)
    server.start()
    yield server
    server.stop()


def test_it_wants_limits_where_nothing_is_thrown_away_and_pages_where_some_is(
    db: None, settings: Settings, evicting: Valkey
) -> None:
    def policies() -> list[str]:
        return [line for line in weaknesses() if "maxmemory-policy" in line]

    guarding, settings.PAGE_CACHE_URL = settings.REDIS_URL, evicting.url()
    assert policies() == []
    settings.REDIS_URL = evicting.url()
    assert "volatile-lru" in policies()[0]
    settings.REDIS_URL = settings.PAGE_CACHE_URL = guarding
    assert policies() == [], "pages live a minute there"
    settings.PAGE_CACHE_URL = f"{guarding}?"
    assert "The store of pages has maxmemory-policy noeviction" in policies()[0]


def test_it_names_the_variable_of_each_open_store_and_none_that_is_not_set(
    db: None, settings: Settings, evicting: Valkey
) -> None:
    def said() -> list[str]:
        words = ("not encrypted: use rediss://", "without a password")
        return [line.rpartition(" ")[2] for line in weaknesses() if any(each in line for each in words)]

    elsewhere = evicting.url().replace("127.0.0.1", "0.0.0.0")  # noqa: S104 # asked, not bound
    settings.REDIS_URL = settings.PAGE_CACHE_URL = elsewhere
    assert said() == ["REDIS_URL."] * 2
    settings.PAGE_CACHE_URL = f"{elsewhere}?"
    assert sorted(said()) == ["PAGE_CACHE_URL."] * 2 + ["REDIS_URL."] * 2


def test_it_is_content_where_known_weaknesses_are_named() -> None:
    known = [part for words in OF_TESTS[:3] for part in ("--except", words)]

    done = check_security(*known, BANDSTAND_SECURITY_CONTACT="mailto:security@example.org")

    assert done.returncode == 0, done.stderr
    assert "Nothing is weaker" in done.stdout
