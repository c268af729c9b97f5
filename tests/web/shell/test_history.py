"""The history of a row: who may look, what it says, and what can be put back under the rules of today."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.band_links import BandLink
from bandstand.bands.models import Band, Member
from bandstand.content.changes import Change
from bandstand.content.changing import Changer, changing_as
from bandstand.content.telling_changes import differing
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory, GenreFactory, InstrumentFactory, MemberFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import ChoiceFactory, QuestionFactory

ANNA = Changer(by=Change.By.PERSON, user_id=1, name="Anna")


@pytest.fixture(autouse=True)
def _portal(alice_portal: Portal) -> Any:
    with tenant_context(alice_portal.organization):
        yield


@pytest.fixture
def editor(alice_portal: Portal) -> Client:
    return alice_portal.client_of(roles.EDITOR)


def changed_by_anna(row: Any, **values: Any) -> int:
    """Change the row as another request would, and return the act."""
    who = Changer(by=ANNA.by, user_id=ANNA.user_id, name=ANNA.name)
    with changing_as(lambda: who):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
    return who.act


def history(client: Client, band: Band) -> str:
    response = client.get(f"/backstage/bands/{band.pk}/history/")
    assert response.status_code == 200
    return response.content.decode()


def put_back(client: Client, row: Any, act: object, kind: str = "bands") -> str:
    response = client.post(f"/backstage/{kind}/{row.pk}/put-back/", {"act": act}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_it_says_who_changed_what(editor: Client) -> None:
    band = BandFactory(name="Kintsugi Kids", town="Bonn", can_rock=True)
    changed_by_anna(band, town="Ulm", can_rock=False)

    page = history(editor, band)

    assert "Anna" in page
    assert "<del>Bonn</del>" in page
    assert "<ins>Ulm</ins>" in page
    assert '<dt dir="auto">Can rock</dt>' in page


def test_a_form_saved_by_somebody_is_one_entry_with_its_parts(editor: Client, alice_portal: Portal) -> None:
    band = BandFactory(name="Old", town="")
    Change.objects.all().delete()
    form = {
        "name": "New", "genre_names": "Doom", "slug": band.slug,
        "members-TOTAL_FORMS": 1, "members-INITIAL_FORMS": 0,
        "members-0-name": "Tom", "members-0-instrument_names": "Tuba",
        "links-TOTAL_FORMS": 0, "links-INITIAL_FORMS": 0,
    }  # fmt: skip
    assert editor.post(f"/backstage/bands/{band.pk}/", form).status_code == 302

    changes = list(Change.objects.of(band))
    assert len({change.act for change in changes}) == 1
    assert {(change.by, change.user_name) for change in changes} == {("person", str(alice_portal.user(roles.EDITOR)))}
    page = history(editor, band)
    for text in ("<ins>New</ins>", "<ins>Doom</ins>", "<ins>Tom</ins>", "<ins>Tom, Tuba</ins>"):
        assert text in page


def test_members_look_but_put_nothing_back_and_see_no_addresses(alice_portal: Portal) -> None:
    band = BandFactory(contact_email="secret@example.org")
    act = changed_by_anna(band, contact_email="other@example.org")
    member = alice_portal.client_of(roles.MEMBER)

    page = history(member, band)

    assert "secret@example.org" not in page
    assert "other@example.org" not in page
    assert "put-back" not in page
    assert member.post(f"/backstage/bands/{band.pk}/put-back/", {"act": act}).status_code == 403


def test_one_change_is_put_back_and_that_is_recorded(editor: Client) -> None:
    band = BandFactory(town="Bonn", name="Before")
    act = changed_by_anna(band, town="Ulm")
    changed_by_anna(band, name="After")

    put_back(editor, band, act)

    band.refresh_from_db()
    assert (band.town, band.name) == ("Bonn", "After")
    latest = Change.objects.of(band).first()
    assert latest is not None
    assert latest.fields == {"town": ["Ulm", "Bonn"]}
    assert latest.by == Change.By.PERSON


def test_parts_come_back_and_go_as_they_were(editor: Client) -> None:
    band, genre = BandFactory(), GenreFactory(name="Doom")
    member = MemberFactory(band=band, name="Tom", since=2001)
    member.instruments.set([InstrumentFactory(name="Tuba")])
    who = Changer(by=Change.By.PERSON, name="Anna")
    with changing_as(lambda: who):
        member.delete()
        band.genres.add(genre)
        BandLink.objects.create(band=band, label="Site", url="https://example.org/")

    put_back(editor, band, who.act)

    again = Member.objects.get(band=band)
    assert (again.name, again.since, [str(each) for each in again.instruments.all()]) == ("Tom", 2001, ["Tuba"])
    assert not band.genres.exists()
    assert not band.links.exists()


def test_what_breaks_a_rule_of_today_is_refused_with_a_sentence_and_nothing_half_done(editor: Client) -> None:
    band = BandFactory(slug="taken-soon", town="Bonn")
    act = changed_by_anna(band, slug="other", town="Ulm")
    BandFactory(slug="taken-soon")

    page = put_back(editor, band, act)

    assert "Another band already has this URL." in page
    band.refresh_from_db()
    assert (band.slug, band.town) == ("other", "Ulm")


def test_rules_over_parts_hold(editor: Client) -> None:
    question = QuestionFactory()
    question.choices.all().delete()
    who = Changer(by=Change.By.PERSON)
    with changing_as(lambda: who):
        ChoiceFactory(question=question, text="New")
        ChoiceFactory(question=question, text="Newer")

    page = put_back(editor, question, who.act, "polls")

    assert "Add at least two choices." in page
    assert question.choices.count() == 2


def test_a_part_whose_other_end_is_gone_is_a_sentence(editor: Client) -> None:
    band, gig = BandFactory(), GigFactory(bands=[])
    who = Changer(by=Change.By.PERSON)
    gig.appearances.create(band=band)
    with changing_as(lambda: who):
        gig.appearances.all().delete()
    band.delete()

    put_back(editor, gig, who.act, "gigs")

    assert not gig.appearances.exists()


@pytest.mark.parametrize("act", ["", "x", "0", "-1", "9" * 30])
def test_an_impossible_act_is_a_sentence(editor: Client, act: str) -> None:
    assert "This change can&#x27;t be put back." in put_back(editor, BandFactory(), act)


def test_another_rows_act_puts_nothing_back(editor: Client) -> None:
    band = BandFactory(town="Bonn")
    act = changed_by_anna(band, town="Ulm")
    put_back(editor, BandFactory(), act)
    band.refresh_from_db()
    assert band.town == "Ulm"


def test_the_list_says_who_changed_a_row_last_in_one_query_for_all(editor: Client) -> None:
    changed_by_anna(BandFactory(), town="Ulm")
    page = editor.get("/backstage/bands/").content.decode()
    assert "Changed by" in page
    assert "Anna" in page


def test_the_settings_have_a_history_too(alice_portal: Portal) -> None:
    owner, path = alice_portal.client_of(roles.OWNER), "/backstage/settings/"
    settings = PortalSettings.objects.current()
    act = changed_by_anna(settings, tagline="Louder than before")
    page = owner.get(f"{path}history/").content.decode()
    assert "<ins>Louder than before</ins>" in page
    assert "Accent" not in page.partition("<ol")[2], "what is computed isn't told"
    owner.post(f"{path}put-back/", {"act": act})
    assert PortalSettings.objects.current().tagline != "Louder than before"


def test_a_canary_of_one_portal_is_in_no_page_of_another(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(charlie_portal.organization):
        theirs = BandFactory()
        changed_by_anna(theirs, town="Canary-1174")
    connection.set_tenant(alice_portal.organization)
    band = (
        BandFactory(pk=theirs.pk) if not Band.objects.filter(pk=theirs.pk).exists() else Band.objects.get(pk=theirs.pk)
    )
    page = history(alice_portal.client_of(roles.OWNER), band)
    assert "Canary-1174" not in page


def test_long_texts_show_where_they_differ() -> None:
    before = "one " * 100 + "two three " + "four " * 100
    found = differing(before, before.replace("two three", "two and a half"))
    assert (found.gone, found.new) == ("three", "and a half")
    assert len(found.before) <= 41
    assert len(found.after) <= 41
    assert differing("", "new").new == "new"
