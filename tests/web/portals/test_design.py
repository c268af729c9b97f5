"""A portal's look is chosen beside a preview that stores nothing."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from bandstand.accounts import roles
from bandstand.media.models import Picture
from bandstand.portals.designed_themes import POSTER, THEMES
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.media import ReadyPictureFactory

CHOSEN = {
    "theme": "zine",
    "accent": "#1f4fd1",
    "second_colour": "#ffd400",
    "fonts": "fraunces",
    "corners": "round",
    "density": "compact",
    "header": "banner",
}
PLAIN = {"theme": "poster", "accent": "#d6402b"}
Choose = Callable[..., None]


@pytest.fixture
def choose(in_alice_portal: Portal, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Choose:
    """Return what sends the form, and commits it, so that processes learn of it."""

    def send(**chosen: Any) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            answer = in_alice_portal.client_of(roles.MANAGER).post("/backstage/design/", chosen)
            assert answer.status_code == 302

    return send


def stored() -> dict[str, Any]:
    settings = PortalSettings.objects.current()
    return {name: getattr(settings, name) for name in CHOSEN}


def sheets(page: str) -> list[str]:
    return re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)


def test_what_is_chosen_is_what_visitors_get(in_alice_portal: Portal, choose: Choose) -> None:
    visitor = in_alice_portal.client()

    choose(**CHOSEN)

    assert stored() == CHOSEN
    page = visitor.get("/").content.decode()
    assert '<html lang="en" dir="ltr" data-look="zine" data-header="banner">' in page
    assert [path.partition("?")[0] for path in sheets(page)] == [
        "/static/css/bandstand.css",
        "/static/css/themes/zine.css",
        "/theme.css",
    ]
    assert page.count('as="font"') == 2
    assert "fonts/fraunces-latin.woff2" in page
    sheet = visitor.get(sheets(page)[-1].replace("&amp;", "&"))
    assert "immutable" in sheet["Cache-Control"]
    for words in ("--second: #ffd400;", '--display: "Fraunces"', "--corner: 1.5rem;", "--row: 0.5rem;"):
        assert words in sheet.content.decode()


def test_the_backstage_keeps_its_own_look(in_alice_portal: Portal, choose: Choose) -> None:
    choose(**CHOSEN)

    page = in_alice_portal.client_of(roles.MANAGER).get("/backstage/").content.decode()

    assert "data-look" not in page
    assert [path.partition("?")[0] for path in sheets(page)] == [
        "/static/css/bandstand.css",
        "/static/css/backstage.css",
        "/theme.css",
    ]
    assert "fonts/bricolage-grotesque-latin.woff2" in page


def test_a_portal_that_chose_nothing_looks_as_ever(in_alice_portal: Portal) -> None:
    page = in_alice_portal.client().get("/").content.decode()

    assert 'data-look="poster" data-header="line"' in page
    assert [path.partition("?")[0] for path in sheets(page)] == ["/static/css/bandstand.css", "/theme.css"]


@pytest.mark.parametrize("theme", THEMES)
def test_no_more_than_three_sheets_and_little_to_send(in_alice_portal: Portal, choose: Choose, theme: str) -> None:
    choose(**{**CHOSEN, "theme": theme})
    client = in_alice_portal.client()

    linked = sheets(client.get("/").content.decode())

    sent = b"".join(
        client.get("/theme.css").content
        if path.startswith("/theme.css")
        else Path(finders.find(path.removeprefix("/static/"))).read_bytes()
        for path in linked
    )
    assert len(linked) == (2 if theme == POSTER else 3)
    assert len(gzip.compress(sent)) < 20_000


@pytest.mark.parametrize("wrong", [{"accent": "loud"}, {"second_colour": "url(x)"}, {"theme": "disco"}, {"fonts": "x"}])
def test_what_there_is_not_is_refused(in_alice_portal: Portal, wrong: dict[str, str]) -> None:
    client = in_alice_portal.client_of(roles.OWNER)

    assert client.post("/backstage/design/", {**CHOSEN, **wrong}).status_code == 422
    choice = client.get("/backstage/design/choice/", {**CHOSEN, **wrong}).content.decode()
    assert ("errorlist" in choice, "<iframe" in choice) == (True, False)
    assert client.get("/backstage/design/preview/", {**CHOSEN, **wrong}).status_code == 404
    assert client.get("/backstage/design/preview.css", {**CHOSEN, **wrong}).status_code == 404
    assert stored()["theme"] == "poster"


def test_the_preview_stores_nothing_and_nobody_keeps_it(in_alice_portal: Portal) -> None:
    BandFactory(name="The Tubas", is_published=True)
    client = in_alice_portal.client_of(roles.OWNER)
    before = in_alice_portal.client().get("/").content

    choice = client.get("/backstage/design/choice/", CHOSEN).content.decode()
    frame = re.search(r'<iframe[^>]* src="([^"]+)"', choice)
    assert frame
    preview = client.get(frame[1].replace("&amp;", "&"))

    page = preview.content.decode()
    assert "The Tubas" in page
    assert 'data-look="zine"' in page
    assert '<base target="_blank">' in page
    assert "no-store" in preview["Cache-Control"]
    assert (preview["X-Frame-Options"], "frame-ancestors 'self'" in preview["Content-Security-Policy"]) == (
        "SAMEORIGIN",
        True,
    )
    sheet = client.get(sheets(page)[-1].replace("&amp;", "&"))
    assert "--second: #ffd400;" in sheet.content.decode()
    assert "no-store" in sheet["Cache-Control"]
    assert stored()["theme"] == "poster"
    assert in_alice_portal.client().get("/").content == before


def test_without_scripts_a_button_shows_the_preview(in_alice_portal: Portal) -> None:
    client = in_alice_portal.client_of(roles.OWNER)

    answer = client.post("/backstage/design/", {**CHOSEN, "preview": "1"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert re.search(r'<iframe[^>]* src="/backstage/design/preview/\?theme=zine&amp;accent=%231f4fd1', page)
    assert re.search(r'value="zine"[^>]* checked', page)
    assert stored()["theme"] == "poster"


def test_it_says_what_becomes_of_a_colour(in_alice_portal: Portal) -> None:
    client = in_alice_portal.client_of(roles.OWNER)

    page = client.get("/backstage/design/choice/", {**PLAIN, "accent": "#ffff00", "second_colour": "#6f6f6f"})

    said = page.content.decode()
    assert "As text on light pages it is #" in said
    assert "Surfaces get an outline on light pages." in said
    assert "Your second colour" in said


def test_a_picture_stands_on_the_home_page_until_it_is_taken_away(in_alice_portal: Portal) -> None:
    client = in_alice_portal.client_of(roles.OWNER)
    drawn = BytesIO()
    Image.new("RGB", (40, 20), "navy").save(drawn, "PNG")
    file = SimpleUploadedFile("hall.png", drawn.getvalue(), "image/png")

    client.post("/backstage/design/", {**PLAIN, "new_picture": file, "picture_alt": "A hall"})

    picture = PortalSettings.objects.current().picture
    assert picture is not None
    assert picture.alt == "A hall"
    assert "Remove the picture" in client.get("/backstage/design/").content.decode()
    client.post("/backstage/design/", {**PLAIN, "no_picture": "on"})
    assert PortalSettings.objects.current().picture is None
    assert not Picture.objects.exists()


def test_visitors_see_the_picture(in_alice_portal: Portal) -> None:
    settings = PortalSettings.objects.current()
    settings.picture = ReadyPictureFactory(alt="A hall", credit="Ada")
    settings.save()

    page = in_alice_portal.client().get("/").content.decode()

    assert '<header class="front has-hero">' in page
    assert 'alt="A hall"' in page
    assert "Ada" in page
