"""Two people in one form: neither's text is lost, and nothing is overwritten without being asked."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.models import Band, Member
from bandstand.content.changes import Change
from bandstand.content.changing import Changer, changing_as
from bandstand.people.models import Person
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory
from tests.factories.gigs import GigFactory
from tests.factories.news import PostFactory
from tests.factories.pages import PageFactory
from tests.factories.people import PersonFactory
from tests.factories.polls import ChoiceFactory, QuestionFactory
from tests.factories.tours import TourFactory
from tests.factories.venues import VenueFactory

_INPUT = re.compile(r"<input\b([^>]*)>|<textarea\b([^>]*)>\n?([^<]*)</textarea>|<select\b([^>]*)>(.*?)</select>", re.S)
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


def fields(page: str) -> dict[str, Any]:
    """Return what a browser would send back of the page's form."""
    form = page[page.index("novalidate") :]
    found: dict[str, Any] = {}
    for one, area, text, select, options in _INPUT.findall(form[: form.index("</form>")]):
        about = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(one or area or select)}
        name = about.get("name", "")
        if not name or (about.get("type") in {"checkbox", "radio", "submit", "file"} and "checked" not in about):
            continue
        if select:
            chosen = re.findall(r'<option value="([^"]*)"[^>]*\bselected', options)
            none = [] if "multiple" in about else [""]
            found.setdefault(name, []).extend([html.unescape(value) for value in chosen] or none)
        else:
            found[name] = html.unescape(text) if area else about.get("value", "on" if "checked" in about else "")
    return found


@pytest.fixture(autouse=True)
def _portal(alice_portal: Portal) -> Iterator[None]:
    with tenant_context(alice_portal.organization):
        yield


@pytest.fixture
def mine(alice_portal: Portal) -> Client:
    return alice_portal.client_of(roles.EDITOR)


@pytest.fixture
def theirs(alice_portal: Portal) -> Client:
    return alice_portal.client_of(roles.MANAGER)


def opened(client: Client, path: str) -> dict[str, Any]:
    response = client.get(path)
    assert response.status_code == 200
    return fields(response.content.decode())


def save(client: Client, path: str, form: dict[str, Any], **values: Any) -> Any:
    return client.post(path, {**form, **values})


def place(band: Band) -> str:
    return f"/backstage/bands/{band.pk}/"


def test_both_texts_are_shown_and_mine_stays_in_the_form(mine: Client, theirs: Client) -> None:
    band = BandFactory(biography="Once", town="Bonn")
    form = opened(mine, place(band))
    assert save(theirs, place(band), opened(theirs, place(band)), biography="Their words").status_code == 302

    refused = save(mine, place(band), form, biography="My words")

    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Changed by <bdi>Manager</bdi>" in page
    assert re.search(r"<td[^>]*>Their words</td>\s*<td[^>]*>My words</td>", page)
    assert fields(page)["biography"] == "My words"
    band.refresh_from_db()
    assert band.biography == "Their words"


def test_mine_is_saved_by_an_explicit_choice_and_theirs_stays_in_the_history(mine: Client, theirs: Client) -> None:
    band = BandFactory(biography="Once")
    form = opened(mine, place(band))
    save(theirs, place(band), opened(theirs, place(band)), biography="Their words")
    page = save(mine, place(band), form, biography="My words").content.decode()
    again = fields(page)
    assert save(mine, place(band), again).status_code == 422, "saving alone is no choice"

    number = re.search(r'name="anyway" value="(\d+)"', page)
    assert number
    assert save(mine, place(band), again, anyway=number[1]).status_code == 302

    band.refresh_from_db()
    assert band.biography == "My words"
    assert any("Their words" in str(change.fields) for change in Change.objects.of(band))


def test_a_choice_doesnt_overwrite_what_came_after_it(mine: Client, theirs: Client) -> None:
    band = BandFactory(biography="Once")
    form = opened(mine, place(band))
    save(theirs, place(band), opened(theirs, place(band)), biography="Their words")
    page = save(mine, place(band), form, biography="My words").content.decode()
    number = re.search(r'name="anyway" value="(\d+)"', page)
    assert number
    save(theirs, place(band), opened(theirs, place(band)), biography="Their newer words")

    refused = save(mine, place(band), fields(page), anyway=number[1])

    assert refused.status_code == 422
    assert "Their newer words" in refused.content.decode()


def test_what_only_they_changed_is_taken_over_and_said(mine: Client, theirs: Client) -> None:
    band = BandFactory(biography="Once", town="Bonn", can_rock=True, country="DE", genres=["Doom"])
    form = opened(mine, place(band))
    changed = opened(theirs, place(band))
    del changed["can_rock"]
    changed.update(town="Ulm", country="AT", genre_names="Folk")
    save(theirs, place(band), changed)

    response = mine.post(place(band), {**form, "biography": "My words"}, follow=True)

    band.refresh_from_db()
    assert (band.biography, band.town, band.country.code, band.can_rock) == ("My words", "Ulm", "AT", False)
    assert [str(genre) for genre in band.genres.all()] == ["Folk"]
    assert "Both have been kept." in response.content.decode()


def test_rows_of_parts_are_merged_one_by_one(mine: Client, theirs: Client) -> None:
    band = BandFactory()
    tom = MemberFactory(band=band, name="Tom", role="", position=1)
    eva = MemberFactory(band=band, name="Eva", role="", position=2)
    form = opened(mine, place(band))
    changed = opened(theirs, place(band))
    save(theirs, place(band), changed, **{"members-0-role": "conductor", "members-2-name": "Kim"})

    assert save(mine, place(band), form, **{"members-1-role": "songwriter"}).status_code == 302

    for row, role in ((tom, "conductor"), (eva, "songwriter")):
        row.refresh_from_db()
        assert row.role == role
    assert {member.name for member in band.members.all()} == {"Tom", "Eva", "Kim"}


def test_a_row_that_both_changed_is_a_conflict(mine: Client, theirs: Client) -> None:
    band = BandFactory()
    MemberFactory(band=band, name="Tom", role="")
    form = opened(mine, place(band))
    save(theirs, place(band), opened(theirs, place(band)), **{"members-0-role": "conductor"})

    refused = save(mine, place(band), form, **{"members-0-role": "songwriter"})

    assert refused.status_code == 422
    assert re.search(r"Tom: Role.*conductor</td>\s*<td[^>]*>songwriter", refused.content.decode(), re.S)


def test_a_row_that_they_deleted_doesnt_lose_what_i_wrote_in_it(mine: Client, theirs: Client) -> None:
    band = BandFactory()
    MemberFactory(band=band, name="Tom", role="", position=1)
    MemberFactory(band=band, name="Eva", role="", position=2)
    form = opened(mine, place(band))
    save(theirs, place(band), opened(theirs, place(band)), **{"members-0-DELETE": "on"})

    refused = save(mine, place(band), form, **{"members-0-role": "conductor", "members-1-role": "singer"})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "conductor" in str(fields(page))
    number = re.search(r'name="anyway" value="(\d+)"', page)
    assert number
    again = {**form, "members-0-role": "conductor", "members-1-role": "singer"}
    asked = save(mine, place(band), again, anyway=number[1]).content.decode()
    assert "Someone here has this name." in asked, "who left the line-up is still a person"
    tom = Person.objects.get(name="Tom")
    answer = save(mine, place(band), fields(asked), anyway=number[1], **{"members-1-who": str(tom.pk)})

    assert answer.status_code == 302
    assert Person.objects.count() == 2
    assert {(m.name, m.role) for m in Member.objects.filter(band=band)} == {("Tom", "conductor"), ("Eva", "singer")}


def test_a_row_that_they_deleted_and_i_left_alone_stays_deleted(mine: Client, theirs: Client) -> None:
    band = BandFactory(town="Bonn")
    MemberFactory(band=band, name="Tom", position=1)
    MemberFactory(band=band, name="Eva", position=2)
    form = opened(mine, place(band))
    save(theirs, place(band), opened(theirs, place(band)), **{"members-0-DELETE": "on"})

    assert save(mine, place(band), form, town="Ulm").status_code == 302

    assert [member.name for member in Member.objects.filter(band=band)] == ["Eva"]


def test_my_own_changes_from_another_tab_or_before_going_back_dont_ask(mine: Client) -> None:
    band = BandFactory(biography="Once")
    form = opened(mine, place(band))
    save(mine, place(band), form, biography="First")
    assert save(mine, place(band), form, biography="Second").status_code == 302


def test_an_import_counts_as_somebody_else(mine: Client) -> None:
    band = BandFactory(town="Bonn")
    form = opened(mine, place(band))
    with changing_as(lambda: Changer(by=Change.By.IMPORT, name="Anna")):
        Band.objects.filter(pk=band.pk).update(town="Ulm")
    refused = save(mine, place(band), form, town="Kiel")
    assert refused.status_code == 422
    assert "Anna (import)" in refused.content.decode()


@pytest.mark.parametrize("seen", ["", "x", "a:b:c", "\x00", "é" * 5000])
def test_a_page_without_a_mark_of_ours_is_saved_as_before(mine: Client, theirs: Client, seen: str) -> None:
    band = BandFactory(town="Bonn")
    form = opened(mine, place(band))
    save(theirs, place(band), opened(theirs, place(band)), town="Ulm")
    assert save(mine, place(band), form, town="Kiel", seen=seen).status_code == 302


def test_gigs_and_polls_compare_too(mine: Client, theirs: Client) -> None:
    gig = GigFactory(notes="Once", starts_at=timezone.now() + timedelta(days=3))
    question = QuestionFactory(text="Once?")
    ChoiceFactory(question=question, text="Yes, perhaps")
    ChoiceFactory(question=question, text="No, perhaps")
    for path, name in ((f"/backstage/gigs/{gig.pk}/", "notes"), (f"/backstage/polls/{question.pk}/", "text")):
        form = opened(mine, path)
        assert save(theirs, path, opened(theirs, path), **{name: "Theirs"}).status_code == 302
        refused = save(mine, path, form, **{name: "Mine"})
        assert refused.status_code == 422
        assert re.search(r"Theirs</td>\s*<td[^>]*>Mine", refused.content.decode())


def test_an_unchanged_form_changes_nothing_of_theirs(mine: Client, theirs: Client) -> None:
    """Each field, as the page shows it, is recognized when it comes back."""
    starts_at = timezone.now() + timedelta(days=3)
    gig = GigFactory(
        notes="Once", title="T", starts_at=starts_at, bands=[BandFactory()], ticket_url="https://x.example/"
    )
    path = f"/backstage/gigs/{gig.pk}/"
    form = opened(mine, path)
    changed = opened(theirs, path)
    changed.update(notes="New", title="New", town="New", price="1", status="sold_out", ticket_url="", line_up=[""])
    save(theirs, path, changed)
    assert save(mine, path, form).status_code == 302
    gig.refresh_from_db()
    assert (gig.notes, gig.title, gig.town, gig.price, gig.status) == ("New", "New", "New", "1", "sold_out")
    assert not gig.appearances.exists()


def test_settings_compare_too(alice_portal: Portal, theirs: Client) -> None:
    path, owner = "/backstage/settings/", alice_portal.client_of(roles.OWNER)
    PortalSettings.objects.current()
    form = opened(owner, path)
    answer = save(
        theirs, path, opened(theirs, path), **{"portal-tagline": "Theirs", "portal-introduction": "Their text"}
    )
    assert answer.status_code == 302

    refused = save(owner, path, form, **{"portal-introduction": "My text"})

    page = refused.content.decode()
    assert refused.status_code == 422
    assert re.search(r"Their text</td>\s*<td[^>]*>My text", page)
    assert fields(page)["portal-tagline"] == "Theirs"


def test_the_administration_asks_too(mine: Client, theirs: Client) -> None:
    band = BandFactory(town="Bonn", slug="asked", biography="Once")
    path = f"/admin/bands/band/{band.pk}/change/"
    form = _admin_form(mine.get(path).content.decode())
    save(theirs, place(band), opened(theirs, place(band)), biography="Their words")

    refused = save(mine, path, form, biography="My words")

    page = refused.content.decode()
    assert refused.status_code == 200
    assert re.search(r"Their words</td>\s*<td[^>]*>My words", page)
    assert "My words</textarea>" in page
    band.refresh_from_db()
    assert band.biography == "Their words"
    number = re.search(r'name="anyway" value="(\d+)"', page)
    assert number
    agreed = save(mine, path, form, biography="My words", anyway=number[1])
    assert agreed.status_code == 302, re.findall(r"errorlist[^>]*>.*?</ul>", agreed.content.decode(), re.S)
    band.refresh_from_db()
    assert band.biography == "My words"


def _admin_form(page: str) -> dict[str, Any]:
    """Return the fields of Django's own change form."""
    return {name: value for name, value in fields("novalidate" + page[page.index('id="band_form"') :]).items() if value}


def test_each_page_that_edits_a_row_says_what_it_shows(mine: Client) -> None:
    """By the base class: whoever adds a kind includes the component in its template."""
    from bandstand_web.shell.views import KindChange  # noqa: PLC0415

    rows = {
        "band": BandFactory,
        "gig": GigFactory,
        "page": PageFactory,
        "person": PersonFactory,
        "poll": QuestionFactory,
        "post": PostFactory,
        "tour": TourFactory,
        "venue": VenueFactory,
    }
    kinds = {view.url_name for view in _leaves(KindChange)}
    assert kinds == set(rows)
    for kind in kinds:
        page = reverse(f"backstage:{kind}_edit", args=[rows[kind]().pk])
        assert opened(mine, page)["seen"]


def _leaves(view: type[Any]) -> Iterator[type[Any]]:
    for each in view.__subclasses__():
        yield from _leaves(each) if each.__subclasses__() else [each]
