"""Pages for everybody: kept until the portal changes, and made of nothing that one visitor brought."""

from __future__ import annotations

import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

import bandstand_web
from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.database import content_version
from bandstand.gigs.models import Gig
from bandstand.organizations.models import Organization
from bandstand.polls.models import Question
from bandstand_web.bands.portal import pages as bands
from bandstand_web.pagecache import store as page_store
from bandstand_web.pagecache.pages import AnonymousPage, code_version, may_be_kept
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.web.pagecache.conftest import BAND


def pages(portal: Portal) -> list[str]:
    with tenant_context(portal.organization):
        question = Question.objects.get()
    fixed = ["/", "/bands/", "/bands/cats/", "/gigs/", "/gigs/the-gig/", "/gigs/the-gig.ics", "/polls/"]
    return [*fixed, f"/polls/{question.pk}/results/"]


def queries(client: Client, path: str, **extra: Any) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path, **extra).status_code == 200
    return len(seen)


def test_each_page_is_made_once_and_then_given_out_without_a_query(alice: Portal) -> None:
    for path in pages(alice):
        first, second = alice.client().get(path), None
        with CaptureQueriesContext(connection) as seen:
            second = alice.client().get(path)
        assert len(seen) == 0, path
        assert second.content == first.content, path
        assert dict(second.items()) == dict(first.items()), path


def test_no_kept_page_holds_a_cookie_a_token_a_nonce_or_a_name(alice: Portal) -> None:
    logged_in = alice.client_of(roles.OWNER)
    for path in pages(alice):
        personal = logged_in.get(path)
        assert personal["Cache-Control"] == "private, no-store", path
        for answer in (alice.client().get(path), alice.client().get(path)):
            text = answer.content.decode()
            assert not answer.cookies, path
            assert answer["Cache-Control"] == "public, no-cache"
            assert {"Cookie", "Accept-Language"} <= set(re.split(", *", answer["Vary"]))
            assert not re.search(r'name="csrfmiddlewaretoken" value|nonce|name="opened" value', text), path
            assert "/backstage/" not in text, path
            assert "nonce" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize("way", ["save", "update", "bulk_create", "delete", "sql", "atomic"])
def test_every_way_to_write_makes_the_portals_pages_stale_at_once(alice: Portal, way: str) -> None:
    client = alice.client()
    assert BAND in client.get("/bands/").content.decode()

    with tenant_context(alice.organization):
        if way == "save":
            Band.objects.get().save()
        elif way == "update":
            Band.objects.update(name="Renamed")
        elif way == "bulk_create":
            Band.objects.bulk_create([Band(name="Renamed", slug="renamed", is_published=True)])
        elif way == "delete":
            Gig.objects.all().delete()
        elif way == "sql":
            with connection.cursor() as cursor:
                cursor.execute("UPDATE bands_band SET name = 'Renamed'")
        elif way == "atomic":
            with transaction.atomic():
                Band.objects.update(name="Renamed")
    connection.set_schema_to_public()

    assert queries(client, "/bands/") > 0
    if way in {"update", "bulk_create", "sql", "atomic"}:
        assert "Renamed" in client.get("/bands/").content.decode()
    assert queries(client, "/bands/") == 0


def test_what_is_rolled_back_and_what_others_write_leave_pages_as_they_are(alice: Portal) -> None:
    client = alice.client()
    client.get("/bands/")
    charlie = Organization.objects.get(slug="charlie")

    with tenant_context(charlie):
        BandFactory(is_published=True)
        Band.objects.all().delete()
    with pytest.raises(ZeroDivisionError), tenant_context(alice.organization), transaction.atomic():
        Band.objects.update(name="Never")
        raise ZeroDivisionError
    connection.set_schema_to_public()

    assert queries(client, "/bands/") == 0
    assert BAND in client.get("/bands/").content.decode()


def test_a_page_that_was_made_of_what_has_changed_since_is_not_kept(
    alice: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A visitor's page is under way while the team publishes something."""
    render = bands.render

    def slow_render(*args: Any, **kwargs: Any) -> Any:
        response = render(*args, **kwargs)
        monkeypatch.setattr(bands, "render", render)
        with tenant_context(alice.organization):
            Band.objects.update(name="Renamed")
        return response

    monkeypatch.setattr(bands, "render", slow_render)
    assert BAND in alice.client().get("/bands/").content.decode()
    assert "Renamed" in alice.client().get("/bands/").content.decode()


def test_nothing_is_kept_while_a_commit_is_under_way(alice: Portal) -> None:
    change = content_version.VersionChange([alice.organization.schema_name])
    change.begin()
    alice.client().get("/bands/")
    assert queries(alice.client(), "/bands/") > 0
    change.end()
    assert queries(alice.client(), "/bands/") > 0
    assert queries(alice.client(), "/bands/") == 0


def test_whoever_is_inside_a_transaction_that_wrote_gets_no_kept_page_and_leaves_none(alice: Portal) -> None:
    alice.client().get("/bands/")
    with transaction.atomic():
        with tenant_context(alice.organization):
            Band.objects.update(name="Draft of a name")
        assert "Draft of a name" in alice.client().get("/bands/").content.decode()
        transaction.set_rollback(True)
    assert BAND in alice.client().get("/bands/").content.decode()


def test_settings_are_never_older_than_the_page(alice: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The announcement that makes processes forget their settings may come late."""
    from bandstand.portals.models import PortalSettings  # noqa: PLC0415
    from bandstand.tenancy.resolution import resolver  # noqa: PLC0415

    alice.client().get("/")
    monkeypatch.setattr(resolver, "forget_organization", lambda _pk: None)
    with tenant_context(alice.organization):
        current = PortalSettings.objects.current()
        former = current.tagline
        PortalSettings.objects.update(tagline="Now with a tagline")
    connection.set_schema_to_public()
    try:
        assert "Now with a tagline" in alice.client().get("/bands/").content.decode()
    finally:
        with tenant_context(alice.organization):
            PortalSettings.objects.update(tagline=former)
        resolver.forget()


# --- What a request brings ------------------------------------------------------------------------------------------
EVIL = "evil-and-unmistakable"


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        (f"/bands/?utm_source={EVIL}", {}),
        (f"/bands/?page=1&{EVIL}={EVIL}", {}),
        ("/bands/", {"HTTP_X_FORWARDED_HOST": f"{EVIL}.example"}),
        ("/bands/", {"HTTP_X_FORWARDED_PROTO": EVIL, "HTTP_X_FORWARDED_PORT": EVIL, "HTTP_X_FORWARDED_PREFIX": EVIL}),
        ("/bands/", {"HTTP_X_ORIGINAL_URL": f"/{EVIL}/", "HTTP_X_REWRITE_URL": f"/{EVIL}/"}),
        ("/bands/", {"HTTP_FORWARDED": f"host={EVIL}", "HTTP_REFERER": f"http://{EVIL}/", "HTTP_ORIGIN": EVIL}),
        ("/bands/", {"HTTP_COOKIE": f"csrftoken={EVIL}; voter={EVIL}; other={EVIL}"}),
        ("/bands/", {"HTTP_COOKIE": f"django_language={EVIL}"}),
        ("/bands/", {"HTTP_ACCEPT_LANGUAGE": f"{EVIL}, en;q=0.5"}),
        ("/bands/", {"HTTP_USER_AGENT": EVIL, "HTTP_ACCEPT": EVIL, "HTTP_ACCEPT_ENCODING": EVIL, "HTTP_RANGE": EVIL}),
        ("/bands/", {"HTTP_X_HTTP_METHOD_OVERRIDE": "POST", "HTTP_X_REQUESTED_WITH": EVIL}),
        ("/bands/", {"HTTP_IF_MODIFIED_SINCE": EVIL, "HTTP_IF_NONE_MATCH": EVIL}),
        ("/bands/cats/", {"port": "6666"}),
    ],
)
def test_nothing_that_one_visitor_sends_stands_in_the_page_that_the_next_one_gets(
    alice: Portal, path: str, sent: dict[str, str]
) -> None:
    plain = path.partition("?")[0]
    clean = alice.client().get(plain).content
    with tenant_context(alice.organization):
        content_version.client().delete(content_version.version_key(alice.organization.schema_name))
    connection.set_schema_to_public()
    host = f"{alice.host}:{sent.pop('port')}" if "port" in sent else alice.host

    poisoned = alice.client().get(path, HTTP_HOST=host, **sent)  # made now, from this request
    after = alice.client().get(plain)

    assert poisoned.status_code == 200
    assert after.content == clean
    assert EVIL not in after.content.decode()
    assert ":6666" not in after.content.decode()
    assert EVIL not in json.dumps(dict(after.items()))


def test_parameters_that_do_not_count_share_a_page_and_made_up_ones_fill_nothing(alice: Portal) -> None:
    client = alice.client()
    client.get("/bands/")
    assert queries(client, "/bands/?utm_source=x&fbclid=y&genre=&town=") == 0

    def kept() -> int:
        return len(list(content_version.client().scan_iter(f"{alice.organization.schema_name}:page:*[0-9a-f]")))

    before = kept()
    made_up = [f"/bands/?page={number}" for number in (2, 77, 9999, "x", "-1", "0")]
    made_up += [f"/bands/?genre={text}" for text in ("none", "x" * 200, "%00", "DOOM")]
    made_up += [f"/bands/?town={text}" for text in ("Nowhere", "BERLIN", "x" * 200)]
    made_up += ["/gigs/?when=past&page=5", "/gigs/?when=never", "/polls/?page=9", "/bands/nobody/", "/nowhere/"]
    for path in made_up:
        client.get(path)
    assert kept() == before

    client.get("/bands/?genre=doom&town=Berlin")
    assert queries(client, "/bands/?town=Berlin&genre=doom&x=y") == 0
    assert kept() == before + 1


def test_each_language_and_each_portal_has_its_own(alice: Portal) -> None:
    client, charlie = alice.client(), Client(HTTP_HOST=Organization.objects.get(slug="charlie").host)
    english = client.get("/bands/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    german = client.get("/bands/", HTTP_ACCEPT_LANGUAGE="de").content.decode()
    others = charlie.get("/bands/", HTTP_ACCEPT_LANGUAGE="en").content.decode()

    assert 'lang="en"' in english
    assert 'lang="de"' in german
    assert BAND not in others
    client.cookies["django_language"] = "de"
    assert client.get("/bands/", HTTP_ACCEPT_LANGUAGE="en").content.decode() == german


@pytest.mark.parametrize(
    "sent",
    [
        {"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}=made-up"},
        {"HTTP_COOKIE": "messages=made-up"},
        {"HTTP_AUTHORIZATION": "Bearer made-up"},
        {"HTTP_HX_REQUEST": "true"},
    ],
)
def test_whoever_may_be_known_gets_a_page_of_their_own(alice: Portal, sent: dict[str, str]) -> None:
    alice.client().get("/bands/")
    with CaptureQueriesContext(connection) as seen:
        answer = alice.client().get("/bands/", **sent)
    assert len(seen) > 0
    assert answer["Cache-Control"] == "private, no-store"
    assert not answer.has_header("ETag")


# --- HEAD, conditions, time -----------------------------------------------------------------------------------------
def test_a_former_address_is_kept_like_a_page_and_leads_to_the_newest(alice: Portal) -> None:
    visitor = alice.client()
    for slug in ("lions", "tigers"):
        with tenant_context(alice.organization):
            band = Band.objects.get()
            band.slug = slug
            band.save()
        first = visitor.get("/bands/cats/")
        with CaptureQueriesContext(connection) as seen:
            again = visitor.get("/bands/cats/")
        assert len(seen) == 0
        for answer in (first, again):
            assert (answer.status_code, answer["Location"]) == (301, f"/bands/{slug}/")
            assert answer["Cache-Control"] == "max-age=86400"
        tags = {first["ETag"], again["ETag"]}
    # Conditions count for answers of 2xx alone: https://www.rfc-editor.org/rfc/rfc9110#section-13.2.1
    assert visitor.get("/bands/cats/", HTTP_IF_NONE_MATCH=tags.pop()).status_code == 301


def test_in_development_each_file_of_web_is_part_of_the_key() -> None:
    web = Path(bandstand_web.__file__).parent
    newest = max(file.stat().st_mtime_ns for kind in ("*.py", "*.html", "*.mo") for file in web.rglob(kind))

    with override_settings(RELEASE=""):
        assert code_version.__wrapped__() == str(newest)


def test_head_is_answered_from_the_same_page(alice: Portal) -> None:
    got = alice.client().get("/bands/")
    with CaptureQueriesContext(connection) as seen:
        head = alice.client().head("/bands/")
    assert len(seen) == 0
    assert head.content == b""
    assert head["ETag"] == got["ETag"]
    assert head["Content-Length"] == str(len(got.content))


@pytest.mark.parametrize("path", ["/bands/", "/gigs/the-gig.ics"])
def test_whoever_has_the_page_already_gets_304(alice: Portal, path: str) -> None:
    etag = alice.client().get(path)["ETag"]
    for sent in (etag, etag.removeprefix("W/"), f'"x", {etag}', "*"):
        answer = alice.client().get(path, HTTP_IF_NONE_MATCH=sent)
        assert (answer.status_code, answer.content) == (304, b""), sent
        assert answer["ETag"] == etag
        assert answer["Cache-Control"] == "public, no-cache"
        assert "Cookie" in answer["Vary"]
    assert alice.client().get(path, HTTP_IF_NONE_MATCH='W/"other"').status_code == 200

    with tenant_context(alice.organization):
        Band.objects.update(name="Renamed")
        Gig.objects.update(venue="Renamed")
    connection.set_schema_to_public()
    assert alice.client().get(path, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_a_page_that_nothing_changed_in_has_the_same_tag_when_it_is_made_again(alice: Portal, settings: Any) -> None:
    kept = alice.client().get("/bands/cats/")["ETag"]
    settings.PAGE_CACHE_SECONDS = 0
    made = alice.client().get("/bands/cats/")
    assert made["ETag"] == kept
    assert alice.client().get("/bands/cats/", HTTP_IF_NONE_MATCH=kept).status_code == 304


def test_a_page_lives_no_longer_than_its_day_and_its_life(alice: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    def lives() -> float:
        keys = list(content_version.client().scan_iter(f"{alice.organization.schema_name}:page:*[0-9a-f]"))
        return max(content_version.client().pttl(key) for key in keys) / 1000

    alice.client().get("/bands/")
    assert lives() <= settings.PAGE_CACHE_SECONDS + page_store._GRACE
    content_version.client().flushdb()
    monkeypatch.setattr("bandstand_web.pagecache.pages.AnonymousPage.end_of_life", lambda _self, _now: time.time() + 3)
    alice.client().get("/bands/")
    assert 0 < lives() <= 3


def test_midnight_is_the_portals_own(alice: Portal) -> None:
    page = AnonymousPage(alice.organization, "en", "/", "", "http")
    with tenant_context(alice.organization):
        ends_at = page.end_of_life(datetime(2030, 3, 30, 22, 30, tzinfo=UTC))
    assert ends_at == datetime(2030, 3, 30, 23, tzinfo=UTC).timestamp()  # Berlin is an hour ahead


# --- Many at once, and Redis away -----------------------------------------------------------------------------------
def test_of_many_who_ask_at_once_one_makes_the_page(alice: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    made, render, everybody = [], bands.render, threading.Barrier(6)

    def counted(*args: Any, **kwargs: Any) -> Any:
        made.append(1)
        threading.Event().wait(0.3)
        return render(*args, **kwargs)

    monkeypatch.setattr(bands, "render", counted)

    def ask(_number: int) -> str:
        everybody.wait(60)
        try:
            return alice.client().get("/bands/").content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as visitors:
        answers = list(visitors.map(ask, range(6)))

    assert len(made) == 1
    assert len(set(answers)) == 1


def test_an_old_page_is_given_out_while_one_makes_a_new_one(alice: Portal, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 0.001
    alice.client().get("/bands/")
    key = next(content_version.client().scan_iter(f"{alice.organization.schema_name}:page:*[0-9a-f]"))
    content_version.client().set(key + b":making", b"", px=5000)  # somebody is at it

    assert queries(alice.client(), "/bands/") == 0
    content_version.client().delete(key + b":making")
    assert queries(alice.client(), "/bands/") > 0


def test_nobody_waits_for_a_page_that_is_not_to_be_kept(alice: Portal) -> None:
    for _time in range(2):
        assert alice.client().get("/bands/nobody/").status_code == 404
    assert alice.client().get("/bands/?town=Nowhere").status_code == 200
    assert alice.client().get("/bands/?page=99").status_code == 404


def test_without_redis_pages_are_made_for_each_visitor(alice: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.client().get("/bands/")
    nowhere = redis.Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.1)
    monkeypatch.setattr(content_version, "client", lambda: nowhere)
    page_store.store._away_until = 0.0

    answer = alice.client().get("/bands/")

    assert answer.status_code == 200
    assert answer.has_header("ETag")
    assert queries(alice.client(), "/bands/") > 0
    page_store.store._away_until = 0.0


def test_a_page_with_a_nonce_of_its_own_is_not_kept() -> None:
    """A kept nonce would allow what somebody injects into the page, for as long as it is kept."""
    request = RequestFactory().get("/")
    response = HttpResponse("page")
    assert may_be_kept(request, response)

    CSPMiddleware(lambda _request: response).process_request(request)
    assert may_be_kept(request, response)
    assert str(request.csp_nonce)  # type: ignore[attr-defined] # the middleware's

    assert not may_be_kept(request, response)
