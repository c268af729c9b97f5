"""Finds security weaknesses in the live database, the cache and the settings of the running process."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core.checks import WARNING, run_checks

from bandstand.database.connection import connection

_ROLE = """
    SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication
    FROM pg_roles WHERE rolname = current_user
"""
_POWERS = (
    ("is a superuser", "NOSUPERUSER"),
    ("passes by row level security", "NOBYPASSRLS"),
    ("may create roles", "NOCREATEROLE"),
    ("may create databases", "NOCREATEDB"),
    ("may replicate", "NOREPLICATION"),
)
_OTHER_DATABASES = """
    SELECT datname FROM pg_database
    WHERE datname <> current_database() AND datallowconn AND has_database_privilege(datname, 'CONNECT')
    ORDER BY datname
"""
_OWN_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user"
# A cookie domain with fewer labels would be a public suffix; longer public suffixes aren't detected.
_COOKIE_LABELS = 2
_UNTOLD = ""  # by some managed services
_TIMEOUTS = ("statement_timeout", "idle_in_transaction_session_timeout")


def weaknesses() -> Iterator[str]:
    """Yield a sentence for each weakness, with a remedy. Run it as the role of web and worker."""
    connection.set_schema_to_public()
    for look in _LOOKS:
        yield from look()


def _role() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_ROLE)
        powers = cursor.fetchone()
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
    for has, (words, remedy) in zip(powers, _POWERS, strict=True):
        if has:
            yield f"The database role {role} {words}: ALTER ROLE {role} {remedy};"


def _rights() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, has_schema_privilege('public', 'CREATE')")
        role, may_create = cursor.fetchone()
        cursor.execute(_OWN_TABLES)
        (owned,) = cursor.fetchone()
        cursor.execute(_OTHER_DATABASES)
        others = [name for (name,) in cursor.fetchall()]
    if may_create:
        yield f"{role} may create tables in public: REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role};"
    if owned:
        yield f"{role} owns {owned} tables in public: let the role that migrates own them, see docs/operating.md."
    for name in others:
        yield f"{role} may connect to the database {name}: REVOKE CONNECT ON DATABASE {name} FROM PUBLIC;"


def _limits() -> Iterator[str]:
    with connection.cursor() as cursor:
        for name in _TIMEOUTS:
            cursor.execute("SELECT setting FROM pg_settings WHERE name = %s", [name])
            if cursor.fetchone() == ("0",):
                yield f"{name} is off: remove it from the options in DATABASE_URL, or give it a time."


def _encryption() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        row = cursor.fetchone()
        cursor.execute("SHOW password_encryption")
        (method,) = cursor.fetchone()
    host = str(settings.DATABASES["default"].get("HOST", ""))
    if not (row and row[0]) and not _is_here(host):
        yield f"The way to the database at {host} is not encrypted: add ?sslmode=verify-full to DATABASE_URL."
    if method != "scram-sha-256":
        yield f"password_encryption is {method}: set it to scram-sha-256 and give the roles new passwords."


def _cache() -> Iterator[str]:
    # Both are one where pages have no store of their own.
    names = {settings.PAGE_CACHE_URL: "PAGE_CACHE_URL"} | {settings.REDIS_URL: "REDIS_URL"}
    for url, name in names.items():
        address = urlsplit(url)
        if _is_here(address.hostname or ""):
            continue
        if address.scheme != "rediss":
            yield f"The way to Redis is not encrypted: use rediss:// in {name}."
        try:
            with redis.Redis.from_url(f"{address.scheme}://{address.hostname}:{address.port or 6379}") as stranger:
                stranger.ping()
        except redis.RedisError:
            continue
        yield f"Redis answers without a password: set requirepass, or an ACL, and put it into {name}."


def _evictions() -> Iterator[str]:
    """Pages may be thrown away; counters of rate limits and marks of what was used once may not."""
    policy = _policy(settings.REDIS_URL)
    if policy not in {"noeviction", _UNTOLD}:
        yield (
            f"Redis counts rate limits, and throws keys away when it is full ({policy}): set its maxmemory-policy"
            " to noeviction, and give pages a store of their own by PAGE_CACHE_URL."
        )
    if settings.PAGE_CACHE_URL == settings.REDIS_URL:
        return
    policy = _policy(settings.PAGE_CACHE_URL)
    if policy not in {"volatile-lru", _UNTOLD}:
        yield f"The store of pages has maxmemory-policy {policy}: set volatile-lru, and maxmemory."


def _policy(url: str) -> str:
    with redis.Redis.from_url(url) as store:
        return str(store.info("memory").get("maxmemory_policy", _UNTOLD))


def _django() -> Iterator[str]:
    if settings.SESSION_COOKIE_SECURE:
        found = [each for each in run_checks(include_deployment_checks=True) if not each.is_silenced()]
        yield from (f"{each.msg} {each.hint or ''}".strip() for each in found if each.level >= WARNING)
    else:
        yield "The profile is not production: cookies travel without TLS. Never serve the internet so."
    if "Argon2" not in settings.PASSWORD_HASHERS[0]:
        yield "New passwords aren't hashed by Argon2."
    if not settings.SECURITY_CONTACT:
        yield "No security contact is set: name one in BANDSTAND_SECURITY_CONTACT."


def _media_host() -> Iterator[str]:
    host, platform = settings.MEDIA_HOST.split("."), settings.BASE_DOMAIN.split(".")
    shared = ".".join(host[-_COOKIE_LABELS:])
    if settings.MEDIA_HOST and host[-_COOKIE_LABELS:] == platform[-_COOKIE_LABELS:]:
        yield (
            f"Pictures come from {settings.MEDIA_HOST}, and {shared} can set cookies for it and the platform:"
            " give BANDSTAND_MEDIA_HOST a domain that nothing else is at."
        )


def _is_here(host: str) -> bool:
    """Whether `host` is this machine, or the folder of a Unix socket."""
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_LOOKS: tuple[Callable[[], Iterator[str]], ...] = (
    _role,
    _rights,
    _limits,
    _encryption,
    _cache,
    _evictions,
    _django,
    _media_host,
)
