"""The pictures before films: who is asked, what is taken, and when it comes too late."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bandstand.jobs.models import Job
from bandstand.media.models import Picture
from bandstand.outgoing.fetching import Fetched, fetch
from bandstand.outgoing.problems import FetchError
from bandstand.pages import editing
from bandstand.pages.blocks import read_blocks
from bandstand.pages.job_kinds import FETCH_POSTER
from bandstand.pages.models import Page
from bandstand.pages.posters import poster_fetch
from tests.conftest import Portal
from tests.factories.media import ReadyPictureFactory
from tests.factories.pages import PageFactory, block
from tests.web.shell.test_content import PIXEL

FILM = "https://www.youtube.com/watch?v=a&b=c"
Answers = Callable[..., list[str]]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Return what has the film's site answer, and remembers what it was asked for."""

    def answering(*contents: bytes) -> list[str]:
        asked: list[str] = []

        def answer(address: str, **_kwargs: Any) -> Fetched:
            asked.append(address)
            if len(asked) > len(contents):
                raise FetchError("It doesn't answer.")
            return Fetched(address, contents[len(asked) - 1], "")

        monkeypatch.setattr("bandstand.pages.posters.fetch", answer)
        return asked

    return answering


def said(picture: Any) -> bytes:
    return json.dumps({"type": "video", "thumbnail_url": picture}).encode()


def with_film(**values: Any) -> Page:
    return PageFactory(blocks=[block("film", id="film", title="Live", **{"address": FILM, **values})])


def poster(page: Page) -> str:
    page.refresh_from_db()
    return str(page.block_list[0].values["poster"])


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        (FILM, "https://www.youtube.com/oembed?format=json&url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3Da%26b%3Dc"),
        ("https://youtu.be/a", "https://www.youtube.com/oembed?format=json&url=https%3A%2F%2Fyoutu.be%2Fa"),
        ("https://vimeo.com/7", "https://vimeo.com/api/oembed.json?format=json&url=https%3A%2F%2Fvimeo.com%2F7"),
        (
            "https://tube.example/w/x",
            "https://tube.example/services/oembed?format=json&url=https%3A%2F%2Ftube.example%2Fw%2Fx",
        ),
    ],
)
def test_the_films_site_is_asked_for_its_picture(
    address: str, asked: str, in_alice_portal: Portal, site: Answers
) -> None:
    page = with_film(address=address)
    questions = site(said("/thumbs/x.png"), PIXEL)

    assert poster_fetch(number=page.pk, block="film", address=address)

    assert questions[0] == asked
    assert questions[1].endswith("/thumbs/x.png")
    assert poster(page) == f"picture:{Picture.objects.get().uid}"


@pytest.mark.parametrize(
    "contents",
    [
        (),
        (b"<html>",),
        (b"[" * 60_000,),
        (said(None),),
        (said(["x"]),),
        (b"[]",),
        (b"\xff\xfe",),
        (said("https://tube.example/x.png"),),
        (said("https://tube.example/x.png"), b"<script>"),
        (said("https://tube.example/x.png"), b""),
    ],
    ids=range(10),
)
def test_whatever_the_site_answers_the_film_stays_as_it_is(
    contents: tuple[bytes, ...], in_alice_portal: Portal, site: Answers
) -> None:
    page = with_film()
    site(*contents)

    assert not poster_fetch(number=page.pk, block="film", address=FILM)
    assert (poster(page), Picture.objects.count()) == ("", 0)


@pytest.mark.parametrize(
    "named", ["https://127.0.0.1/x", "http://example.org/x", "file:///etc/passwd", "https://[::1]/x", "//10.0.0.1/x"]
)
def test_a_site_cannot_send_us_into_the_own_network(
    named: str, in_alice_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = with_film()

    def first_by_hand(address: str, **kwargs: Any) -> Fetched:
        return Fetched(address, said(named), "") if "oembed" in address else fetch(address, **kwargs)

    monkeypatch.setattr("bandstand.pages.posters.fetch", first_by_hand)

    assert not poster_fetch(number=page.pk, block="film", address=FILM)
    assert not Picture.objects.exists()


def test_a_film_that_was_changed_meanwhile_is_left_alone(in_alice_portal: Portal, site: Answers) -> None:
    own = f"picture:{ReadyPictureFactory().uid}"
    pages = [with_film(address="https://vimeo.com/7"), with_film(poster=own), PageFactory(), with_film()]
    pages[3].move_to_trash()
    for page in pages:
        site(said("https://tube.example/x.png"), PIXEL)
        assert not poster_fetch(number=page.pk, block="film", address=FILM)
    assert Picture.objects.count() == 1
    assert not poster_fetch(number=77_777, block="film", address=FILM)


def test_a_film_asks_when_it_is_stored_and_again_when_it_leads_elsewhere(in_alice_portal: Portal) -> None:
    old = f"picture:{ReadyPictureFactory().uid}"
    page = PageFactory(blocks=[])
    (film,) = read_blocks([block("film", id="film", title="Live", address=FILM, poster=old)])

    editing.block_put(page=page, block=film)
    assert not Job.objects.of_kind(FETCH_POSTER).exists()
    (moved,) = read_blocks([block("film", id="film", title="Live", address="https://vimeo.com/7", poster=old)])
    editing.block_put(page=page, block=moved)

    assert poster(page) == ""
    assert Job.objects.of_kind(FETCH_POSTER).get().payload["address"] == "https://vimeo.com/7"


def test_a_film_of_the_former_version_has_none_yet() -> None:
    (read,) = read_blocks(
        [{"id": "film", "kind": "film", "version": 1, "values": {"title": "Live", "address": "https://vimeo.com/7"}}]
    )

    assert read.values["poster"] == ""


def test_it_goes_into_the_page_of_its_own_portal(
    in_alice_portal: Portal, charlie_portal: Portal, site: Answers
) -> None:
    with tenant_context(charlie_portal.organization):
        theirs = with_film()
    page = with_film()
    site(said("https://tube.example/x.png"), PIXEL)

    poster_fetch(number=page.pk, block="film", address=FILM)

    assert poster(page)
    with tenant_context(charlie_portal.organization):
        assert poster(theirs) == ""
        assert not Picture.objects.exists()
