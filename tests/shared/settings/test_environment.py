"""Production starts with everything or not at all, and says which part is missing."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from bandstand.settings.environment import Environment
from bandstand.settings.secret_keys import DEVELOPMENT_SECRET

KEY = base64.urlsafe_b64encode(hashlib.sha512(b"a key made up for tests").digest()).decode()
PRODUCTION = {
    "BANDSTAND_PROFILE": "production",
    "SECRET_KEY": KEY,
    "DATABASE_URL": "postgresql://localhost/bandstand",
    "REDIS_URL": "redis://localhost/0",
    "BANDSTAND_PUBLIC_URL": "https://bands.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
}


def test_it_reads_a_complete_production_environment() -> None:
    read = Environment.read(PRODUCTION)

    assert read.is_production
    assert (read.scheme, read.base_domain, read.port) == ("https", "bands.example.org", None)


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "BANDSTAND_PUBLIC_URL", "EMAIL_URL"])
def test_it_names_a_missing_variable(name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        Environment.read({key: value for key, value in PRODUCTION.items() if key != name})


def test_it_names_all_missing_variables_at_once() -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        Environment.read({"BANDSTAND_PROFILE": "production"})

    assert all(name in str(caught.value) for name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL"))


@pytest.mark.attack
@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY must have"),
        ("SECRET_KEY", DEVELOPMENT_SECRET, "SECRET_KEY must have"),
        ("SECRET_KEY", "for-trying-it-out-on-one-machine-and-for-nothing-else-at-all", "SECRET_KEY must have"),
        ("SECRET_KEY", "k" * 50, "SECRET_KEY must have"),
        ("SECRET_KEY", "0123456789" * 6 + "changeme", "SECRET_KEY must have"),
        ("SECRET_KEY", "django-insecure-" + KEY, "SECRET_KEY must have"),
        ("SECRET_KEY", "please-put-fifty-random-characters-here-before-you-start", "SECRET_KEY must have"),
        ("SECRET_KEY", "<" + KEY + ">", "SECRET_KEY must have"),
        ("SECRET_KEY_FALLBACKS", f"{KEY},for-trying-it-out-on-one-machine-and-for-nothing-else-at-all", "others know"),
        ("BANDSTAND_LEGAL_NOTICE_URL", "javascript:alert(1)", "BANDSTAND_LEGAL_NOTICE_URL must begin with https"),
        ("BANDSTAND_DEMO_URL", "http://demo.example.org", "BANDSTAND_DEMO_URL must begin with https"),
        ("BANDSTAND_PRICES_URL", "https:", "BANDSTAND_PRICES_URL must begin with https"),
        ("BANDSTAND_MAP_URL", "https://maps.example/?q=Ulm", "BANDSTAND_MAP_URL must have {place}"),
        ("BANDSTAND_DIRECTIONS_URL", "geo:{place}", "BANDSTAND_DIRECTIONS_URL must begin with https"),
        ("BANDSTAND_PRICE_DE", "Ab 5 €", "BANDSTAND_PRICE must be set"),
        ("BANDSTAND_PRICE", "x" * 201, "200 characters"),
        ("BANDSTAND_SUPPORT_CONTACT", "help@example.org", "must begin with mailto"),
        ("BANDSTAND_PUBLIC_URL", "http://bands.example.org", "must start with https"),
        ("BANDSTAND_PUBLIC_URL", "https://*.example.org", "wildcard"),
        ("BANDSTAND_PUBLIC_URL", "bands.example.org", "must look like"),
        ("DEBUG", "true", "DEBUG is set"),
        ("ALLOWED_HOSTS", "*", "wildcard"),
        ("BANDSTAND_MEDIA_HOST", "bands.example.org", "a host of its own"),
        ("BANDSTAND_MEDIA_HOST", "https://media.example.net", "a host's name alone"),
        ("BANDSTAND_MEDIA_HOST", "media.example.net:8000", "a host's name alone"),
        ("BANDSTAND_MEDIA_HOST", "Media.example.net", "a host's name alone"),
        ("BANDSTAND_TRUSTED_PROXIES", "two", "BANDSTAND_TRUSTED_PROXIES"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "OTEL_EXPORTER_OTLP_ENDPOINT must look like"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization", "OTEL_EXPORTER_OTLP_HEADERS must look like"),
        ("BANDSTAND_TRACES_SHARE", "0", "BANDSTAND_TRACES_SHARE must be above 0"),
        ("BANDSTAND_TRACES_SHARE", "nan", "BANDSTAND_TRACES_SHARE must be above 0"),
        ("BANDSTAND_TRACES_SHARE", "1.5", "at most 1"),
        ("BANDSTAND_TRACES_SHARE", "a little", "not a valid float"),
        ("BANDSTAND_PROFILE", "staging", "choose one of"),
    ],
)
def test_it_refuses_what_would_be_unsafe(name: str, value: str, reason: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=reason) as caught:
        Environment.read({**PRODUCTION, name: value})

    if name.startswith("SECRET_KEY"):
        assert value not in str(caught.value)


def test_it_refuses_a_replica_of_what_is_spread_over_a_cluster() -> None:
    given = {**PRODUCTION, "BANDSTAND_REPLICA_URL": "postgresql://replica/bandstand"}
    assert Environment.read(given).citus is False

    with pytest.raises(ImproperlyConfigured, match="BANDSTAND_REPLICA_URL has no rows"):
        Environment.read({**given, "BANDSTAND_CITUS": "true"})


def test_it_takes_a_secret_from_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "key"
    kept.write_text(KEY + "\n")
    given = {key: value for key, value in PRODUCTION.items() if key != "SECRET_KEY"}

    assert Environment.read({**given, "SECRET_KEY_FILE": str(kept)}).secret_key == KEY


def test_it_says_which_secret_file_cannot_be_read() -> None:
    given = {key: value for key, value in PRODUCTION.items() if key != "SECRET_KEY"}

    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE can't be read"):
        Environment.read({**given, "SECRET_KEY_FILE": "/nowhere/key"})


def test_it_never_prints_secrets() -> None:
    assert KEY not in repr(Environment.read(PRODUCTION))


def test_it_needs_only_servers_in_development() -> None:
    read = Environment.read(
        {"BANDSTAND_PROFILE": "development", "DATABASE_URL": "postgresql:///x", "REDIS_URL": "redis://x"}
    )

    assert read.base_domain == "bandstand.localhost"
    assert not read.is_production
