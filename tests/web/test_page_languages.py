"""Portals with contents in several languages, as visitors meet them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.content.kinds import kinds_of
from bandstand.content.shown_language import showing_in
from bandstand.content.translated import Translated, told
from bandstand.pages.models import Page
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.news import PostFactory
from tests.factories.pages import PageFactory
from tests.factories.polls import ChoiceFactory, QuestionFactory
from tests.factories.tours import TourFactory

FACTORIES: dict[str, Any] = {
    "bands.band": BandFactory,
    "gigs.gig": GigFactory,
    "news.post": PostFactory,
    "pages.page": PageFactory,
    "polls.question": QuestionFactory,
    "tours.tour": TourFactory,
}
WITHOUT_PAGE = {"polls.choice", "portals.portalsettings"}
KINDS = [model for model in kinds_of(Translated) if model._meta.label_lower not in WITHOUT_PAGE]


def speak(*codes: str) -> None:
    """Give the current portal, whose main language is English, these further languages."""
    settings = PortalSettings.objects.current()
    settings.languages = list(codes)
    settings.save()


def words(model: Any, language: str) -> dict[str, str]:
    """Return a text for each field that may have versions, unlike any other."""
    return {name: f"{name.replace('_', '')}{language}{model._meta.model_name}" for name in model.translated_fields}


def texts(model: Any, language: str) -> dict[str, str]:
    """Return those that people write; others follow from them, as a page's words do from its blocks."""
    return {name: text for name, text in words(model, language).items() if model._meta.get_field(name).editable}


def made(model: Any, *, german: bool, **more: Any) -> Any:
    """Return a row with all its texts in English, and in German."""
    if model is Page:
        versions = {"de": {"text": words(model, "german")["words"]}} if german else {}
        block = {"id": "text", "kind": "text", "version": 1, "values": {"text": words(model, "english")["words"]}}
        more["blocks"] = [{**block, "width": "", "is_hidden": False, "translations": versions}]
    translations = {"de": texts(model, "german")} if german else {}
    return FACTORIES[model._meta.label_lower](**texts(model, "english"), translations=translations, **more)


def translated(model: Any, **more: Any) -> Any:
    """Return a row with all its texts in English and German."""
    return made(model, german=True, **more)


def page(portal: Portal, path: str) -> str:
    answer = portal.client().get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


@pytest.fixture
def in_two_languages(in_alice_portal: Portal) -> Portal:
    """Alice's portal, whose main language is English, in German too."""
    speak("de")
    return in_alice_portal


def test_every_kind_with_versions_is_tried_here() -> None:
    assert {model._meta.label_lower for model in kinds_of(Translated)} == FACTORIES.keys() | WITHOUT_PAGE


@pytest.mark.parametrize("model", KINDS)
def test_a_page_says_all_in_the_language_of_its_address(model: Any, in_two_languages: Portal) -> None:
    row = translated(model)
    path = row.get_absolute_url()

    english, german = page(in_two_languages, path), page(in_two_languages, f"/de{path}")

    assert '<html lang="en"' in english
    assert '<html lang="de"' in german
    for name in model.translated_fields:
        own, other = words(model, "english")[name], words(model, "german")[name]
        assert (own in english, other in english) == (True, False)
        # A band's own address is made of its name.
        assert (own in german.replace(getattr(row, "slug", "/"), ""), other in german) == (False, True)


@pytest.mark.parametrize("model", KINDS)
def test_what_has_no_version_says_in_which_language_it_is(model: Any, in_two_languages: Portal) -> None:
    row = made(model, german=False)

    german = page(in_two_languages, f"/de{row.get_absolute_url()}")

    for name, text in words(model, "english").items():
        shown = re.search(rf'<(?:h1|bdi|div|p|dd)[^>]* lang="en"[^>]*>(?:<[^>]*>|\s)*{text}', german)
        assert shown or name == "price" or (name, model) == ("summary", Page), name


@pytest.mark.parametrize(
    "path", ["/", "/bands/", "/gigs/", "/news/", "/tours/", "/gigs.ics", "/gigs.atom", "/news.atom"]
)
def test_lists_and_feeds_are_told_in_the_language_of_their_address(path: str, in_two_languages: Portal) -> None:
    band = translated(BandFactory._meta.model)
    tour = translated(TourFactory._meta.model)
    gig = translated(GigFactory._meta.model, tour=tour)
    untitled = GigFactory(title="", bands=[band])
    post = translated(PostFactory._meta.model, bands=[band])
    slugs = [row.slug for row in (band, tour, gig, untitled, post)]

    english, german = page(in_two_languages, path), page(in_two_languages, f"/de{path}")

    assert "germanband" not in english.lower()
    assert "german" in german
    for slug in slugs:
        german = german.replace(slug, "")
    assert not re.findall("[a-z]+english[a-z]+", german)


def test_links_stay_in_the_language(in_two_languages: Portal) -> None:
    for model in KINDS:
        translated(model)
    elsewhere = (
        "/static/",
        "/media/",
        "/theme.css",
        "/accounts/",
        "/site.webmanifest",
        "/icons/",
        "/favicon",
        "/apple",
    )

    for path in ("/de/", "/de/bands/", "/de/gigs/", "/de/news/", "/de/tours/"):
        text = page(in_two_languages, path)
        links = set(re.findall(r'(?:href|action)="(/[^"]*)"', text)) - {path.removeprefix("/de")}
        assert [link for link in links if not link.startswith(("/de/", *elsewhere))] == []


def test_pages_say_where_their_other_languages_are(in_two_languages: Portal) -> None:
    base = in_two_languages.organization.url("")
    for path in ("/gigs/", "/de/gigs/"):
        text = page(in_two_languages, path)
        found = dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)"', text))
        assert found == {"en": f"{base}/gigs/", "de": f"{base}/de/gigs/", "x-default": f"{base}/gigs/"}
        assert f'<link rel="canonical" href="{base}{path}">' in text
        assert '<a lang="de" hreflang="de" href="/de/gigs/">Deutsch</a>' in text or path != "/gigs/"
        assert '<a lang="en" hreflang="en" href="/gigs/">English</a>' in text or path == "/gigs/"


def test_the_address_decides_and_not_the_browser(in_two_languages: Portal) -> None:
    client = in_two_languages.client()

    assert '<html lang="en"' in client.get("/gigs/", headers={"accept-language": "de"}).content.decode()
    assert '<html lang="de"' in client.get("/de/gigs/", headers={"accept-language": "en"}).content.decode()
    assert '<html lang="de"' in client.get("/accounts/login/", headers={"accept-language": "de"}).content.decode()
    team = in_two_languages.client_of(roles.OWNER)
    assert '<html lang="de"' in team.get("/backstage/", headers={"accept-language": "de"}).content.decode()


@pytest.mark.parametrize(
    "path", ["/fr/", "/fr/bands/", "/en/bands/", "/de/backstage/", "/de/accounts/login/", "/de/theme.css"]
)
def test_other_addresses_do_not_exist(path: str, in_two_languages: Portal) -> None:
    assert in_two_languages.client().get(path).status_code == 404


def test_a_portal_with_one_language_is_as_before(in_alice_portal: Portal) -> None:
    band = BandFactory(name="Reeds", translations={"de": {"name": "Blätter"}})
    client = in_alice_portal.client()
    assert client.get("/de/bands/").status_code == 404

    text = client.get(band.get_absolute_url(), headers={"accept-language": "de"}).content.decode()

    assert "hreflang" not in text
    assert "Blätter" not in text
    assert '<html lang="de"' in text


def test_one_portals_languages_are_not_the_others(in_two_languages: Portal, charlie_portal: Portal) -> None:
    assert in_two_languages.client().get("/de/gigs/").status_code == 200
    assert charlie_portal.client().get("/de/gigs/").status_code == 404


def test_pages_in_a_language_cost_the_same_queries(in_two_languages: Portal) -> None:
    for model in KINDS:
        translated(model)
    client = in_two_languages.client()

    for path in ("/", "/bands/", "/gigs/", "/news/", "/tours/"):
        counts = []
        for there in (path, f"/de{path}"):
            client.get(there)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get(f"{there}?unknown=1")
            counts.append(len(queries))
        assert counts[0] == counts[1], path


def test_a_row_that_shows_another_language_is_not_stored(in_two_languages: Portal) -> None:
    band = translated(BandFactory._meta.model)
    with showing_in("de"):
        shown = type(band).objects.get(pk=band.pk)
        assert shown.name == words(type(band), "german")["name"]
        assert list(type(band).objects.values_list(told("name"), flat=True)) == [shown.name]
        with pytest.raises(ValueError, match="another language"):
            shown.save()


def test_the_sitemap_has_each_page_in_each_language(in_two_languages: Portal) -> None:
    band = BandFactory(name="Reeds")
    base = in_two_languages.organization.url("")

    listed = page(in_two_languages, "/sitemap-band.xml")

    for path in (band.get_absolute_url(), f"/de{band.get_absolute_url()}"):
        assert f"<loc>{base}{path}</loc>" in listed
    alternates = re.findall(r'hreflang="([^"]+)" href="([^"]+)"', listed)
    own, german = f"{base}{band.get_absolute_url()}", f"{base}/de{band.get_absolute_url()}"
    assert alternates == [("en", own), ("de", german), ("x-default", own)] * 2
    assert f"<loc>{base}/de/gigs/</loc>" in page(in_two_languages, "/sitemap-lists.xml")
    assert "Disallow: /de/search/" in page(in_two_languages, "/robots.txt")


def test_menus_stay_in_the_language(in_two_languages: Portal) -> None:
    band = BandFactory(name="Reeds", translations={"de": {"name": "Rohrblatt"}})
    settings = PortalSettings.objects.current()
    entries = [
        {"target": f"row:bands.band:{band.uid}"},
        {"target": "/gigs/?town=Ulm", "label": "In Ulm"},
        {"target": "/backstage/", "label": "Team"},
        {"target": "https://example.org/", "label": "Shop"},
    ]
    settings.menu = {"v": 1, "entries": entries}
    settings.full_clean()
    settings.save()

    text = page(in_two_languages, "/de/polls/")

    for link in (
        f'href="/de{band.get_absolute_url()}"',
        'href="/de/gigs/?town=Ulm"',
        'href="/backstage/"',
        "example.org",
    ):
        assert link in text
    assert "Rohrblatt" in text


def test_a_former_address_leads_on_in_its_language(in_two_languages: Portal) -> None:
    band = BandFactory(name="Reeds", slug="reeds")
    band.slug = "the-reeds"
    band.save()

    answer = in_two_languages.client().get("/de/bands/reeds/")

    assert (answer.status_code, answer["Location"]) == (301, "/de/bands/the-reeds/")


def test_a_page_from_the_cache_is_that_of_its_language(in_two_languages: Portal, settings: Settings) -> None:
    settings.PAGE_CACHE_SECONDS = 60
    client = in_two_languages.client()
    for path, language in (("/gigs/", "en"), ("/de/gigs/", "de")) * 2:
        for wish in ("fr", "de"):
            assert f'<html lang="{language}"' in client.get(path, headers={"accept-language": wish}).content.decode()


def test_the_answers_of_a_poll_are_told_in_the_language_of_the_address(in_two_languages: Portal) -> None:
    poll = QuestionFactory(choices=[])
    ChoiceFactory(question=poll, text="Louder", translations={"de": {"text": "Lauter"}})
    ChoiceFactory(question=poll, text="Faster")

    for path in (f"/de/polls/{poll.pk}/", f"/de/polls/{poll.pk}/results/"):
        text = page(in_two_languages, path)
        assert ("Lauter" in text, "Louder" in text) == (True, False)
        assert re.search(r'lang="en"[^>]*>Faster<', text)
