"""The media host gives pictures to whoever has a link that opens them, and knows no page, no session and no cookie."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client, override_settings
from django_tenants.utils import tenant_context
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from bandstand.bands.models import Band
from bandstand.media import links
from bandstand.media.models import Picture
from bandstand.media.storage import StorageAwayError
from bandstand.organizations.models import Organization
from tests.conftest import Portal, PortalClient
from tests.isolation.test_matrix import table
from tests.isolation.twins import PK, SLUG, Twin, fill
from tests.isolation.visiting import PLATFORM, PORTAL, addresses, carried, outcome, path_to, portal_visitors, visit

HOST = "media.bandstand-files.localhost"
MEDIA = "bandstand_web.urls.media"

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def _media_host() -> Iterator[None]:
    with override_settings(MEDIA_HOST=HOST):
        yield


@pytest.fixture
def twins(alice_portal: Portal, charlie_portal: Portal) -> tuple[Twin, Twin]:
    return fill(alice_portal, "canaryalice"), fill(charlie_portal, "canarycharlie")


@pytest.fixture
def browser() -> Client:
    return PortalClient(HTTP_HOST=HOST)


def link(path: str, *, last: bool = True) -> str:
    """Return the path and token at the media host of a file."""
    with links.picture_links(last=last):
        address = links.picture_url(path)
    prefix = f"http://{HOST}:"
    assert address.startswith(prefix)
    return re.sub(r"^http://[^/]+", "", address)


def test_its_one_address_has_a_row_and_gives_the_file_to_each_visitor(twins: tuple[Twin, Twin]) -> None:
    alice, charlie = twins
    visitors, rows = table(MEDIA)
    browsers = portal_visitors(alice.portal, charlie.portal)
    assert set(rows) == set(addresses(MEDIA))
    assert visitors == list(browsers)

    for visitor, at_the_portal in browsers.items():
        browser = PortalClient(HTTP_HOST=HOST) if visitor == "anonymous" else carried(at_the_portal, HOST)
        read, write = (visit(browser, method, link(alice.picture)) for method in ("get", "post"))
        assert outcome(read, write) == rows["picture"][visitors.index(visitor)], visitor
        assert alice.canary in read.text_sent
        assert not read.cookies
        assert not write.cookies


@pytest.mark.parametrize("urlconf", [PLATFORM, PORTAL])
def test_no_page_is_there_and_none_sets_a_cookie(urlconf: str, twins: tuple[Twin, Twin]) -> None:
    alice, charlie = twins
    owner = carried(portal_visitors(alice.portal, charlie.portal)["owner"], HOST)
    paths = [path_to(address, alice) for address in addresses(urlconf).values()]
    paths += ["/", "/robots.txt", "/static/css/bandstand.css", f"/media/{alice.picture}"]

    for path in paths:
        for method in ("get", "post"):
            answer = getattr(owner, method)(path)
            assert (answer.status_code in {404, 405}, answer.content) == (True, b""), f"{method} {path}"
            assert not answer.cookies, f"{method} {path}"
            assert "no-store" in answer["Cache-Control"], f"{method} {path}"


@pytest.mark.usefixtures("media_anywhere")
def test_a_file_is_kept_for_good_and_can_do_nothing(alice_portal: Portal, browser: Client) -> None:
    path = f"{alice_portal.organization.schema_name}/pictures/abc/320.webp"
    default_storage.save(path, ContentFile(b"picture"))

    answer = browser.get(link(path), headers={"Cookie": "sessionid=x; django_language=de"})

    assert b"".join(answer.streaming_content) == b"picture"  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Vary" not in answer
    assert "Set-Cookie" not in answer
    assert not answer.cookies
    again = browser.get(link(path), HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (again.status_code, again.content, again["Cache-Control"]) == (304, b"", answer["Cache-Control"])
    assert browser.head(link(path)).status_code == 200
    assert browser.post(link(path)).status_code == 405


def test_a_link_opens_the_pictures_folder_alone(twins: tuple[Twin, Twin], browser: Client) -> None:
    alice, charlie = twins
    _empty, token, rest = link(alice.picture).split("/", 2)
    _empty, ending, _rest = link(alice.picture, last=False).split("/", 2)
    schema = alice.portal.organization.schema_name
    original = f"{schema}/originals/secret.webp"
    with tenant_context(alice.portal.organization):
        default_storage.save(original, ContentFile(b"upload"))
    signed_original = link(original)

    refused = [
        f"/{rest}",
        f"/media/{rest}",
        f"/x/{rest}",
        f"/{token}/{charlie.picture}",
        f"/{ending}/{charlie.picture}",
        f"/{ending.split('.')[1]}/{rest}",  # the ending taken off
        f"/9{ending}/{rest}",  # another ending
        f"/{token}/{schema}/pictures/other/640.webp",
        f"/{token}/{rest.replace('640', '999')}",
        f"/{token}/{rest}.html",
        f"/{token}/{rest}/../../../originals/secret.webp",
        signed_original,
    ]

    assert {path: browser.get(path).status_code for path in refused} == dict.fromkeys(refused, 404)
    assert browser.get(f"/{token}/{rest}").status_code == 200
    assert browser.get(f"/{ending}/{rest}").status_code == 200


def test_an_ending_link_ends_and_is_kept_no_longer(
    twins: tuple[Twin, Twin], browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = link(twins[0].picture, last=False)
    now = time.time()

    answer = browser.get(address)

    kept, seconds, _immutable = answer["Cache-Control"].split(", ")
    assert kept == "private"
    assert 3600 <= int(seconds.removeprefix("max-age=")) <= 7200
    monkeypatch.setattr("bandstand.media.links.time.time", lambda: now + 3590)
    assert browser.get(address).status_code == 200
    monkeypatch.setattr("bandstand.media.links.time.time", lambda: now + 7200)
    assert browser.get(address).status_code == 404
    assert browser.get(link(twins[0].picture)).status_code == 200


def test_links_outlive_a_change_of_keys(twins: tuple[Twin, Twin], browser: Client, settings: Settings) -> None:
    before = link(twins[0].picture)

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key of more than fifty letters"

    assert link(twins[0].picture) != before
    assert browser.get(before).status_code == browser.get(link(twins[0].picture)).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert browser.get(before).status_code == 404


def test_a_portal_that_is_closed_shows_nothing_and_the_next_one_does(
    twins: tuple[Twin, Twin], browser: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    alice, charlie = twins
    expected = {"suspended": 503, "deleting": 404, "active": 200, "moving": 200, "moved": 503}

    for state, status in expected.items():
        with django_capture_on_commit_callbacks(execute=True):
            organization = Organization.objects.get(slug="alice")
            organization.state, organization.cell = state, "unheard-of" if state == "moved" else ""
            organization.save()
        answer = browser.get(link(alice.picture))
        assert (answer.status_code, answer.has_header("Retry-After")) == (status, status == 503), state
        assert status == 200 or answer.getvalue() == b""
        assert browser.get(link(charlie.picture)).status_code == 200


def test_made_up_links_ask_nothing_and_right_ones_the_database_once(
    twins: tuple[Twin, Twin],
    browser: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Whoever begins to listen forgets what it knew, at a moment of its own.
    monkeypatch.setattr("bandstand.tenancy.resolution.listener.ensure_running", lambda: None)
    with django_assert_num_queries(0):
        browser.get(f"/made-up/{twins[0].picture}")
    with django_assert_num_queries(1):
        browser.get(link(twins[0].picture))
        browser.get(link(twins[0].picture))


def test_storage_that_is_away_is_said_without_a_page(
    twins: tuple[Twin, Twin], browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: Any) -> None:
        raise StorageAwayError("the bucket")

    monkeypatch.setattr(default_storage, "open", away)
    answer = browser.get(link(twins[0].picture))

    assert (answer.status_code, answer["Retry-After"], answer.content) == (503, "60", b"")


def shown_at(client: Client, path: str) -> set[str]:
    """Return the addresses of pictures that a page names, without scheme and host."""
    text = client.get(path).content.decode()
    assert "/media/org_" not in text
    return {found.removesuffix("&quot;") for found in re.findall(rf"http://{HOST}:\d+(/[^\s\"<,]+)", text)}


def test_pages_for_everybody_have_links_that_last_and_the_teams_have_links_that_end(twins: tuple[Twin, Twin]) -> None:
    alice = twins[0].portal
    with tenant_context(alice.organization):
        picture = Picture.objects.get(pk=PK)
        Band.objects.filter(pk=PK).update(photo=picture)
        lasting = link(picture.variants["jpeg"]["320"])
        ending = {name: link(widths["320"], last=False) for name, widths in picture.variants.items()}

    for path in ("/bands/", f"/bands/{SLUG}/", f"/bands/{SLUG}/?utm_source=x"):
        shown = shown_at(alice.client(), path)
        assert lasting in shown, path
        assert not any("." in found.split("/")[1] for found in shown), path
    for path, kind in (
        (f"/backstage/bands/{PK}/photos/", "jpeg"),
        ("/admin/media/picture/", "webp"),
        (f"/bands/{SLUG}/", "jpeg"),
    ):
        shown = shown_at(alice.client_of("owner"), path)
        assert ending[kind] in shown, path
        assert all("." in found.split("/")[1] for found in shown), path


def test_what_is_shared_names_the_whole_address(twins: tuple[Twin, Twin]) -> None:
    alice = twins[0].portal
    with tenant_context(alice.organization):
        Band.objects.filter(pk=PK).update(photo=PK)
        widest = Picture.objects.get(pk=PK).variants["jpeg"]["1280"]

    text = alice.client().get(f"/bands/{SLUG}/").content.decode()

    told = re.search(r'<meta property="og:image" content="([^"]+)">', text)
    data = re.search(r'"image": "([^"]+)"', text)
    assert told
    assert data
    with links.picture_links(last=True):
        assert told[1] == data[1] == links.picture_url(widest)


def test_portals_give_no_pictures_themselves_and_pages_do_not_mix(twins: tuple[Twin, Twin], settings: Settings) -> None:
    alice = twins[0]
    with tenant_context(alice.portal.organization):
        Band.objects.filter(pk=PK).update(photo=PK)
    path = f"/bands/{SLUG}/"

    def named(*, by_the_media_host: bool) -> bool:
        settings.MEDIA_HOST = HOST if by_the_media_host else ""
        text = alice.portal.client().get(path).content.decode()
        assert (f"//{HOST}" in text) is not ("/media/org_" in text)
        return HOST in text

    assert [named(by_the_media_host=each) for each in (True, False, True, False)] == [True, False, True, False]
    assert alice.portal.client().get(f"/media/{alice.picture}").status_code == 200
    settings.MEDIA_HOST = HOST
    assert alice.portal.client().get(f"/media/{alice.picture}").status_code == 404
