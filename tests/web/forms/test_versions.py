"""Texts in a portal's further languages, as the team writes them: beside each other, in the form of every kind."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.content.searching import having_words
from bandstand.content.translated import name_for_version
from bandstand.gigs.copying import gig_copies_add
from bandstand.gigs.models import Gig
from bandstand.news.models import Post
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.polls import QuestionFactory
from tests.web.forms.test_meanwhile import fields
from tests.web.test_page_languages import FACTORIES, KINDS, speak, texts

URL_NAMES = {"question": "poll"}


@pytest.fixture(autouse=True)
def _portal(alice_portal: Portal) -> Any:
    with tenant_context(alice_portal.organization):
        yield


@pytest.fixture
def owner(alice_portal: Portal) -> Client:
    return alice_portal.client_of(roles.OWNER)


def form_of(model: Any) -> tuple[str, Any, str]:
    """Return the address of the form of a new row, the row, and the prefix of its fields."""
    about: Any = model._meta  # documented by Django
    if model is PortalSettings:
        return "/backstage/settings/", PortalSettings.objects.current(), "portal-"
    row = FACTORIES[about.label_lower]()
    name = f"backstage:{URL_NAMES.get(about.model_name, about.model_name)}_edit"
    return reverse(name, args=[row.pk], urlconf=settings.ROOT_URLCONF), row, ""


@pytest.mark.parametrize("model", [*KINDS, PortalSettings])
def test_every_text_is_written_in_each_language_beside_the_main_one(model: Any, owner: Client) -> None:
    speak("de", "fr")
    path, row, prefix = form_of(model)
    form = fields(owner.get(path).content.decode()) | {"portal-languages": ["de", "fr"]}
    written = {
        f"{prefix}{name_for_version(name, code)}": text
        for code, language in (("de", "german"), ("fr", "french"))
        for name, text in texts(model, language).items()
    }
    assert written.keys() <= form.keys()

    assert owner.post(path, {**form, **written}).status_code == 302

    row.refresh_from_db()
    assert row.translations == {"de": texts(model, "german"), "fr": texts(model, "french")}
    row.full_clean()
    again = fields(owner.get(path).content.decode()) | {"portal-languages": ["de", "fr"]}
    assert {name: again[name] for name in written} == written
    history = html.unescape(owner.get(path + "history/").content.decode())
    assert all(text in history for text in written.values())

    assert owner.post(path, {**again, **dict.fromkeys(written, "")}).status_code == 302
    row.refresh_from_db()
    assert row.translations == {}


@pytest.mark.parametrize("model", KINDS)
def test_without_further_languages_forms_are_as_before(model: Any, owner: Client) -> None:
    path, row, _prefix = form_of(model)
    model.objects.filter(pk=row.pk).update(translations={"de": texts(model, "german")})

    form = fields(owner.get(path).content.decode())

    assert not [name for name in form if ":" in name]
    assert owner.post(path, form).status_code == 302
    row.refresh_from_db()
    assert row.translations == {"de": texts(model, "german")}, "nothing is lost"


@pytest.mark.parametrize("model", KINDS)
def test_a_version_is_as_long_as_its_field_at_most(model: Any, owner: Client) -> None:
    speak("de")
    path, row, _prefix = form_of(model)
    form = fields(owner.get(path).content.decode())
    for name in texts(model, "german"):
        most = model._meta.get_field(name).max_length
        response = owner.post(path, {**form, name_for_version(name, "de"): "x" * (most + 1)})
        assert response.status_code == 422, name
        row.refresh_from_db()
        assert row.translations == {}


def test_two_people_who_write_in_two_languages_both_keep_their_text(alice_portal: Portal, owner: Client) -> None:
    speak("de")
    band = BandFactory(biography="Once")
    path = f"/backstage/bands/{band.pk}/"
    form = fields(owner.get(path).content.decode())
    editor = alice_portal.client_of(roles.EDITOR)
    other = fields(editor.get(path).content.decode())
    editor.post(path, {**other, "biography:de": "Einst"})

    assert owner.post(path, {**form, "biography": "Twice"}).status_code == 302
    refused = owner.post(path, {**form, "biography:de": "Damals"})

    band.refresh_from_db()
    assert (band.biography, band.translations) == ("Twice", {"de": {"biography": "Einst"}})
    assert refused.status_code == 422
    assert "Biography (German)" in refused.content.decode()


def test_a_change_of_a_version_is_put_back(owner: Client) -> None:
    speak("de")
    band = BandFactory()
    path = f"/backstage/bands/{band.pk}/"
    for text in ("Eins", "Zwei"):
        owner.post(path, {**fields(owner.get(path).content.decode()), "biography:de": text})
    page = owner.get(f"{path}history/").content.decode()
    act = page.partition('name="act" value="')[2].partition('"')[0]

    owner.post(f"{path}put-back/", {"act": act})

    band.refresh_from_db()
    assert band.translations == {"de": {"biography": "Eins"}}


def test_parts_of_a_row_have_versions_too(owner: Client) -> None:
    speak("de")
    poll = QuestionFactory(choices=["Louder", "Faster"])
    path = f"/backstage/polls/{poll.pk}/"
    form = fields(owner.get(path).content.decode())

    assert owner.post(path, {**form, "choices-0-text:de": "Lauter"}).status_code == 302

    assert [each.translations for each in poll.choices.all()] == [{"de": {"text": "Lauter"}}, {}]
    assert "Lauter" in owner.get(f"{path}history/").content.decode()
    assert list(having_words(type(poll).objects.all(), "lauter")) == [poll]


def test_copies_of_a_gig_have_its_versions(owner: Client) -> None:
    gig = GigFactory(translations={"de": {"title": "Sommerfest", "status_note": "Abgesagt"}})
    copy = gig_copies_add(gig=gig, days=[gig.local_start.date().replace(year=2031)], bands=None)[0]

    assert Gig.objects.get(pk=copy.pk).translations == {"de": {"title": "Sommerfest"}}


def test_a_picture_in_a_version_is_used(owner: Client) -> None:
    speak("de")
    picture = ReadyPictureFactory()
    post = Post.objects.create(title="One", text=f"![](picture:{picture.uid})", translations={})
    path = f"/backstage/news/{post.pk}/"
    form = fields(owner.get(path).content.decode())

    owner.post(path, {**form, "text": "None", "text:de": f"![](picture:{picture.uid})"})

    assert type(picture).objects.filter(pk=picture.pk).exists()


def test_a_picture_that_leaves_its_only_version_goes(owner: Client) -> None:
    speak("de")
    picture = ReadyPictureFactory()
    post = Post.objects.create(title="One", translations={"de": {"text": f"![](picture:{picture.uid})"}})
    path = f"/backstage/news/{post.pk}/"

    owner.post(path, {**fields(owner.get(path).content.decode()), "text:de": ""})

    assert not type(picture).objects.filter(pk=picture.pk).exists()
