"""Whatever a stranger posts, and wherever: what is left behind is little, doesn't grow with the body, and ends.

Every address of platform, portal and media host gets bodies of 10 bytes and of 1.9 MB as form, multipart and JSON, and
its own fields filled with both. Rows of all schemas, keys of Redis and files are counted after each.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.account.decorators import reauthentication_required as require_password
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLResolver, include, path

from bandstand.accounts import roles
from tests.attacks.asking import MEDIA_HOST, URLCONFS, Place, listening, quietly, strangers_places
from tests.conftest import PASSWORD, Browser, Portal
from tests.isolation.twins import Twin
from tests.isolation.visiting import PLATFORM, PLATFORM_HOST, PORTAL, Address, path_to, walk
from tests.owners import come_in

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.attack]

MOST_LEFT = 2048  # bytes of rows, keys and files together
SLACK = 64  # bytes: moments and random keys are written in more or fewer digits
BIG = 1_900_000
FORM = "application/x-www-form-urlencoded"
LONG_HEADERS = {"HTTP_USER_AGENT": "a" * 8000, "HTTP_ACCEPT": "a" * 8000, "HTTP_REFERER": "http://x/" + "a" * 8000}
# Tables that strangers may leave rows in, and until when: asked of the row, or done each night.
ENDS = {
    "django_session": "expire_date < now() + interval '15 days'",
    "axes_accessattempt": "true",  # tidy_accounts, after 30 days
    "axes_accesslog": "true",
    "audit_entry": "true",  # tidy_accounts, after BANDSTAND_AUDIT_DAYS
}


BIG_FILE = SimpleUploadedFile("a.csv", b"a" * (BIG // 2), "text/csv")
BIG_BODIES: dict[str, bytes | str] = {
    FORM: "x=" + "a" * BIG,
    MULTIPART_CONTENT: encode_multipart(BOUNDARY, {"x": "a" * (BIG // 2 - 1000), "file": BIG_FILE}),
    "application/json": json.dumps({"x": "a" * BIG}),
}


@dataclass
class Left:
    """What a request left behind: bytes by table, key and file."""

    rows: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    endless: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(sum(each.values()) for each in (self.rows, self.keys, self.files))


@pytest.fixture(autouse=True)
def _media_host() -> Iterator[None]:
    with override_settings(MEDIA_HOST=MEDIA_HOST):
        yield


@quietly()
@pytest.mark.parametrize("urlconf", URLCONFS)
@pytest.mark.parametrize("kinds", [1, pytest.param(len(BIG_BODIES), marks=pytest.mark.security)], ids=["one", "all"])
def test_what_a_stranger_leaves_does_not_depend_on_the_body(urlconf: str, kinds: int, twin: Twin) -> None:
    """Each address gets the kinds of bodies in turn, or all of them; its own fields are filled in any case."""
    wrong: list[str] = []
    in_turn = itertools.cycle(BIG_BODIES.items())

    for place in strangers_places(urlconf, twin):
        with listening() as heard:
            little = left_by(place, "x=12345678", FORM)
        place.asked.body.update(heard["any"])
        bodies = itertools.islice(in_turn, kinds)
        found = {kind: left_by(place, body, kind, **LONG_HEADERS) for kind, body in bodies}
        wrong += [
            f"{place.path} {kind}: {left} instead of {little}"
            for kind, left in found.items()
            if left.rows.keys() != little.rows.keys() or left.files != little.files or left.size > little.size + SLACK
        ]
        if place.asked.body:
            found["named"] = left_by(place, filled(place, BIG), FORM, **LONG_HEADERS)
            found["named, little"] = left_by(place, filled(place, 10 * len(place.asked.body)), FORM)
        wrong += [
            f"{place.path} {kind}: {left}"
            for kind, left in (found | {"little": little}).items()
            if left.size > MOST_LEFT or left.endless or not left.rows.keys() <= ENDS.keys()
        ]

    assert wrong == []


def filled(place: Place, size: int) -> str:
    """Return a form with each field that the view looks for, `size` bytes in all."""
    each = "a" * (size // len(place.asked.body) - 30) if size == BIG else "a@b.example"
    return urlencode(dict.fromkeys(place.asked.body, each))


def left_by(place: Place, body: bytes | str, content_type: str, **headers: Any) -> Left:
    """Return what a post left behind, and take it back."""
    left = Left()
    redis = cache._cache.get_client(None, write=True)
    redis.flushdb()
    files = files_there()
    with transaction.atomic():
        before = touched()
        place.browser.cookies.clear()
        answer = place.browser.generic("POST", place.path, body, content_type=content_type, **headers)
        answer.getvalue()
        assert answer.status_code < 500, f"{place.path}: {answer.status_code}"
        changed = [table for table, count in touched().items() if count != before.get(table)]
        after = {table: size_of(table) for table in changed}
        left.endless += [table for table in changed if not all_end(table)]
        transaction.set_rollback(True)
    grown = {table: after[table] - size_of(table) for table in changed}
    left.rows = {table.rpartition(".")[2]: size for table, size in grown.items() if size > 0}
    for key in redis.scan_iter():
        left.keys[key.decode()] = redis.memory_usage(key)
        if redis.ttl(key) < 0:
            left.endless.append(key.decode())
    left.files = {name: size for name, size in files_there().items() if files.get(name) != size}
    return left


def touched() -> dict[str, int]:
    """Return how many rows this transaction wrote so far, by schema and table."""
    with connection.cursor() as cursor:
        cursor.execute(
            # As pg_stat_xact_user_tables has it, but without its indexes, which take three quarters of its time.
            "SELECT relnamespace::regnamespace || '.' || relname, written FROM pg_class, LATERAL"
            " (SELECT pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid) AS written) counted"
            " WHERE relkind = 'r' AND oid >= 16384 AND written > 0"
        )
        return dict(cursor.fetchall())


def size_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(octet_length(t::text)), 0) FROM {quoted(table)} t")
        return int(cursor.fetchone()[0])


def all_end(table: str) -> bool:
    with connection.cursor() as cursor:
        end = ENDS.get(table.rpartition(".")[2], "true")
        cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {quoted(table)} WHERE NOT ({end}))")
        return bool(cursor.fetchone()[0])


def quoted(table: str) -> str:
    return ".".join(connection.ops.quote_name(part) for part in table.split("."))


def files_there() -> dict[str, int]:
    found = (Path(folder, name) for folder, _folders, names in os.walk(settings.MEDIA_ROOT) for name in names)
    return {str(each): each.stat().st_size for each in found}


SECOND_FACTORS = ("totp/activate/", "recovery-codes/generate/", "webauthn/add/", "reauthenticate/", "")


@pytest.mark.parametrize("page", SECOND_FACTORS)
@pytest.mark.parametrize("host", ["alice.bandstand.localhost", "bandstand.localhost"])
def test_a_stranger_posts_two_megabytes_to_second_factors_and_nothing_is_kept(
    alice_portal: Portal, host: str, page: str
) -> None:
    browser = alice_portal.client()
    answer = browser.post(f"/accounts/second-factor/{page}", {"x": "a" * BIG}, HTTP_HOST=host)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")
    assert settings.SESSION_COOKIE_NAME not in browser.cookies


@pytest.mark.parametrize("urlconf", [PLATFORM, PORTAL])
def test_each_page_of_second_factors_but_one_is_behind_the_log_in(urlconf: str, twin: Twin) -> None:
    strangers = strangers_places(urlconf, twin)
    pages = [place for place in strangers if place.path.startswith("/accounts/second-factor/")]

    open_to_strangers = {
        place.address.name
        for place in pages
        if not (answer := place.browser.get(place.path))
        .headers.get("Location", "")
        .startswith("/accounts/login/?next=")
        or answer.status_code != 302
    }

    assert len(pages) >= 10
    assert open_to_strangers == {"mfa_authenticate"}
    assert strangers[0].browser.get("/accounts/second-factor/authenticate/")["Location"] == "/accounts/login/"


@pytest.mark.parametrize(("size", "is_kept"), [(10, True), (60_000, True), (70_000, False), (BIG, False)])
@pytest.mark.parametrize(
    ("role", "path", "asks"),
    [
        (roles.MEMBER, "/accounts/sessions/", "/accounts/confirm/"),
        (roles.OWNER, "/backstage/team/invite/", "/accounts/hand-over/confirm/"),
    ],
)
def test_what_waits_for_the_proof_of_people_who_are_logged_in_is_capped(  # noqa: PLR0917
    alice_portal: Portal, role: str, path: str, asks: str, size: int, is_kept: bool
) -> None:
    browser = logged_in(alice_portal, role)

    answer = browser.post(path, {"email": "b@example.org", "role": "editor", "x": "a" * size})

    assert answer["Location"] == f"{asks}?{urlencode({'next': path})}"
    with connection.cursor() as cursor:
        schema = connection.ops.quote_name(alice_portal.organization.schema_name)
        cursor.execute(f"SELECT max(octet_length(session_data)) FROM {schema}.django_session")
        kept = cursor.fetchone()[0]
    assert kept < 128 * 1024
    page = browser.get(answer["Location"])
    assert ("too much to be kept" in page.content.decode()) is not is_kept
    if role == roles.OWNER:
        assert browser.get(page.context["there"]).status_code == 302
    else:
        assert browser.post(answer["Location"], {"password": PASSWORD}).status_code == 302


def logged_in(portal: Portal, role: str) -> Client:
    """Return a browser whose proof of who it is has run out: an owner's is asked by the platform, others' here."""
    if role == roles.OWNER:
        return come_in(portal)
    browser = portal.client()
    browser.post("/accounts/login/", {"login": portal.user(role).email, "password": PASSWORD})
    return browser


def test_an_address_that_cannot_be_filled_in_fails_these_tests(twin: Twin) -> None:
    """They hold for what is added later: patterns are found in resolvers, those of includes too."""
    nested = URLResolver(path("a/", lambda _request: None).pattern, [path("<uuid:new>/", lambda _request: None)])
    (found,) = walk(nested)

    with pytest.raises(AssertionError, match="nothing is known to put into"):
        path_to(Address(*found), twin)


@require_password
def bare(_request: HttpRequest) -> HttpResponse:
    """A view that asks for the password again and forgot to ask for a log-in, as some of allauth's do."""
    return HttpResponse()


urlpatterns = [path("bare/", bare), path("", include(PLATFORM))]


@override_settings(PUBLIC_SCHEMA_URLCONF=__name__)
@pytest.mark.usefixtures("db")
def test_a_view_that_forgets_to_ask_for_a_log_in_suspends_nothing_either() -> None:
    browser = Browser(HTTP_HOST=PLATFORM_HOST)

    answer = browser.post("/bare/", {"x": "a" * 1_000_000})

    assert STATE_SESSION_KEY not in browser.session
    assert answer["Location"] == "/accounts/login/?next=/bare/"
