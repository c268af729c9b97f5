"""A portal's colour, first page, pictures and language."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from bandstand.media.storage import new_original_path, new_picture_folder
from bandstand.organizations.models import Organization
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory


def test_it_shows_who_this_is_and_what_is_on(in_alice_portal: Portal) -> None:
    PortalSettings.objects.current()
    PortalSettings.objects.update(tagline="All the noise of the north", introduction="Come **in**.")
    GigFactory(title="The next one", bands=[BandFactory(name="The Tubas")])
    GigFactory(title="Off", status="cancelled")

    text = in_alice_portal.client().get("/").content.decode()

    for words in [
        "Alice&#x27;s Agency",
        "All the noise of the north",
        "<strong>in</strong>",
        "The next one",
        "The Tubas",
    ]:
        assert words in text, words


def test_it_wears_the_organizations_colour_until_that_changes(
    in_alice_portal: Portal, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client = in_alice_portal.client()
    settings = PortalSettings.objects.current()
    before = client.get(f"/theme.css?v={settings.theme_version}")

    with django_capture_on_commit_callbacks(execute=True):
        settings.accent = "#0057b8"
        settings.save()
    after = client.get(f"/theme.css?v={settings.theme_version}").content.decode()

    assert "immutable" in before["Cache-Control"]
    assert "Vary" not in before
    assert "--fill: #0057b8;" in after
    assert f"--accent: {settings.palette.dark.text};" in after
    assert after != before.content.decode()
    assert f"/theme.css?v={settings.theme_version}" in client.get("/").content.decode()
    assert client.get("/theme.css?v=1")["Cache-Control"] == "no-cache"


def test_it_asks_nothing_for_the_colour_when_warm(
    in_alice_portal: Portal, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = in_alice_portal.client()
    client.get("/theme.css")

    with django_assert_num_queries(0):
        client.get("/theme.css")


@pytest.mark.usefixtures("media_anywhere")
def test_it_gives_prepared_pictures_of_this_portal_alone(in_alice_portal: Portal, charlie_portal: Portal) -> None:
    shown = default_storage.save(f"{new_picture_folder()}/320.webp", ContentFile(b"picture"))
    hidden = default_storage.save(f"{new_original_path()}.webp", ContentFile(b"upload"))
    client = in_alice_portal.client()

    answer = client.get(f"/media/{shown}")

    assert b"".join(answer.streaming_content) == b"picture"  # type: ignore[attr-defined]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer["Cache-Control"]
    assert "Vary" not in answer
    assert answer["Content-Type"] == "image/webp"
    again = client.get(f"/media/{shown}", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (again.status_code, again.content, again["Cache-Control"]) == (304, b"", answer["Cache-Control"])
    assert client.get(f"/media/{hidden}", HTTP_IF_NONE_MATCH="*").status_code == 404
    assert client.get(f"/media/{hidden}").status_code == 404
    assert charlie_portal.client().get(f"/media/{shown}").status_code == 404
    assert (
        charlie_portal.client()
        .get(f"/media/{charlie_portal.organization.schema_name}/pictures/../../{shown}")
        .status_code
        == 404
    )
    assert client.get(f"/media/{shown}.html").status_code == 404
    assert client.get(f"/media/{shown.replace('320', '999')}").status_code == 404


@pytest.mark.parametrize(
    ("cookie", "header", "organization", "language"),
    [
        ("de", "en", "en", "de"),
        ("", "sv, de;q=0.5", "en", "de"),
        ("", "fr-CA, de;q=0.5", "en", "fr"),
        ("", "", "de", "de"),
        ("xx", "sv", "de", "de"),
        ("", "*", "de", "de"),
    ],
)
def test_it_speaks_the_visitors_language_first(
    alice_portal: Portal, cookie: str, header: str, organization: str, language: str
) -> None:
    Organization.objects.filter(pk=alice_portal.organization.pk).update(language=organization)
    client = alice_portal.client()
    if cookie:
        client.cookies["django_language"] = cookie

    answer = client.get("/", headers={"Accept-Language": header})

    assert f'<html lang="{language}"' in answer.content.decode()
    assert "Accept-Language" in answer["Vary"]


@pytest.mark.parametrize(
    ("target", "where"),
    [("/bands/?page=2", "/bands/?page=2"), ("https://evil.example/", "/"), ("//evil.example", "/"), ("", "/")],
)
def test_it_keeps_the_choice_of_a_language_and_goes_back(alice_portal: Portal, target: str, where: str) -> None:
    client = alice_portal.client()

    answer = client.post("/language/", {"language": "de", "next": target})

    assert answer["Location"] == where
    assert 'lang="de"' in client.get("/").content.decode()


def test_it_knows_the_team_at_sight(alice_portal: Portal) -> None:
    assert 'href="/backstage/"' not in alice_portal.client().get("/").content.decode()
    assert 'href="/backstage/"' in alice_portal.client_of("owner").get("/").content.decode()
