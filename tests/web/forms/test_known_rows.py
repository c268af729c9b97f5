"""Choices among the rows of a portal: listed while they are few, else typed by name."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from django import forms
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.band_roles import BandRole
from bandstand.bands.models import Band, Genre, Instrument
from bandstand.gigs.models import Gig
from bandstand.people.models import Person
from bandstand.tours.models import Tour
from bandstand.venues.models import Venue
from bandstand_web.forms.known_rows import FEW, KnownRowField, KnownRowsField
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.isolation.twins import PK, fill
from tests.isolation.visiting import PORTAL, addresses, path_to
from tests.web.shell.test_content import gig_data

MOST = 100  # of a filter, whose choices are what the list has
ADD = "/backstage/gigs/add/"
# Pages that aren't about rows of the portal, and those that answer a form with a file or to a script.
_UNASKED = re.compile(r"log|support|domains|_known$|_file$|photo_descr|gigs_print$|gig_prints$")


def bands(*names: str, others: int = FEW) -> list[Band]:
    """Make bands of these names, after more than a form lists."""
    Band.objects.bulk_create(Band(name=f"Other {number}", slug=f"other-{number}") for number in range(others))
    return [BandFactory(name=name) for name in names]


def sent(*places: tuple[str, str]) -> dict[str, Any]:
    """Return what a gig's form sends whose places show one thing and hold another."""
    return gig_data(
        **{"line_up": [shown for shown, _text in places], "line_up-named": [text for _shown, text in places]}
    )


def stored(editor: Client, *places: tuple[str, str]) -> list[Band]:
    answer = editor.post(ADD, sent(*places))
    assert answer.status_code == 302, re.findall(r'<ul class="errorlist.*?</ul>', answer.content.decode(), re.DOTALL)
    return Gig.objects.latest("pk").line_up


@pytest.fixture
def editor(in_alice_portal: Portal) -> Client:
    return in_alice_portal.client_of(roles.EDITOR)


def test_few_bands_are_listed_and_many_are_asked_for(editor: Client) -> None:
    Band.objects.bulk_create(Band(name=f"Band {number}", slug=f"band-{number}") for number in range(FEW))
    listed = editor.get(ADD).content.decode()
    BandFactory(name="One more")
    asked = editor.get(ADD).content.decode()

    assert len(re.findall(r'<select name="line_up"', listed)) == len(
        re.findall(r'<input [^>]*name="line_up-named"', asked)
    )
    assert listed.count(">Band 7</option>") == 6
    assert '<select name="line_up"' not in asked
    assert f'hx-get="{reverse("backstage:bands_known", urlconf=PORTAL)}?of=line_up-named"' in asked
    assert asked.count('<datalist id="id_line_up-known">') == 1


def test_what_is_suggested_without_scripts_is_what_can_be_typed(in_alice_portal: Portal, editor: Client) -> None:
    (owls,) = bands("Owls", others=FEW - 1)
    BandFactory(name="Zoo")
    manager = in_alice_portal.user(roles.MANAGER, "manager@example.org")
    owner = in_alice_portal.client_of(roles.OWNER)
    shown = re.compile(r'<datalist id="[-_a-z]*known[-_a-z]*">(.*?)</datalist>', re.DOTALL)

    for page in (editor.get(ADD), owner.get(f"/backstage/team/{manager.pk}/bands/")):
        lists = [re.findall(r'value="([^"]*)"', each) for each in shown.findall(page.content.decode())]
        assert list(Band.objects.order_by("name").values_list("name", flat=True)[:FEW]) in lists
    assert stored(editor, ("", "Owls")) == [owls]


def test_names_are_found_however_they_are_typed_and_keep_their_order(editor: Client) -> None:
    owls, foxes, echo = bands("Owls", "The Foxes", "Echo (live)")

    line_up = stored(editor, ("", " the  FOXES "), ("", ""), ("", "owls"), ("", "Echo (live)"), ("", "Owls"))

    assert line_up == [foxes, owls, echo]


def test_what_is_left_as_it_was_counts_by_its_key_also_if_it_is_called_otherwise_by_now(editor: Client) -> None:
    first, second = bands("Echo", "Echo")
    Band.objects.filter(pk=first.pk).update(name="Renamed")

    assert stored(editor, (f"{second.pk}:Echo", "Echo"), (f"{first.pk}:Echo", "Echo")) == [second, first]
    assert stored(editor, (f"{first.pk}:Renamed", "Other 3"), (f"{second.pk}:Echo", "")) == [
        Band.objects.get(slug="other-3")
    ]


def test_a_band_that_is_called_like_a_key_is_no_key(editor: Client) -> None:
    (owls,) = bands("Owls")
    number = BandFactory(name=str(owls.pk))

    assert stored(editor, ("", str(owls.pk))) == [number]


def test_two_of_one_name_are_told_apart_by_their_addresses(editor: Client) -> None:
    first, second = bands("Echo", "Echo")

    answer = editor.post(ADD, sent(("", "echo")))
    assert answer.status_code == 422
    assert f"Echo ({first.slug}), Echo ({second.slug})" in answer.content.decode()
    assert 'value="echo"' in answer.content.decode()  # as it was typed
    assert stored(editor, ("", f"echo ({second.slug})")) == [second]
    assert f'value="Echo ({second.slug})"' in editor.get("/backstage/bands/known/?of=x&x=ech").content.decode()


def test_an_unknown_name_comes_back_with_those_that_may_be_meant(editor: Client) -> None:
    bands("The Foxes", "Foxtrot")

    answer = editor.post(ADD, sent(("", "fox"), ("", "nobody")))

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "“fox” wasn&#x27;t found. Did you mean one of these: Foxtrot, The Foxes?" in text
    assert "“nobody” wasn&#x27;t found." in text
    assert not Gig.objects.exists()


def test_suggestions_begin_with_what_is_typed_and_are_few(editor: Client) -> None:
    bands("The Foxes", "Foxtrot", "Fo%x", others=50)

    def found(typed: str) -> list[str]:
        page = editor.get("/backstage/bands/known/", {"of": "bands-0-band-named", "bands-0-band-named": typed})
        return re.findall(r'value="([^"]*)"', page.content.decode())

    assert found("FOX") == ["Foxtrot", "The Foxes"]
    assert found("o%") == ["Fo%x"]
    assert len(found("other")) == len(found("")) == 20
    assert found("x" * 500) == []


def test_genres_are_suggested_after_the_last_comma(editor: Client) -> None:
    Genre.objects.create(name="Jazz"), Genre.objects.create(name="Acid jazz")

    page = editor.get("/backstage/bands/genres/", {"of": "genre_names", "genre_names": "Rock, jaz"}).content.decode()

    assert re.findall(r'value="([^"]*)"', page) == ["Rock, Jazz", "Rock, Acid jazz"]


def test_guests_are_offered_and_believed_in_their_bands_alone(in_alice_portal: Portal) -> None:
    own, other = bands("Own", "Foreign")
    mine = [own, *Band.objects.filter(slug__startswith="other")]
    guest = in_alice_portal.user(roles.GUEST, "guest@example.org")
    for band in mine:
        BandRole.objects.create(user=guest, band=band, role=BandRole.Role.LEADER)
    client = in_alice_portal.client()
    client.force_login(guest, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert "Foreign" not in client.get("/backstage/bands/known/?of=x&x=o").content.decode()
    assert client.post(ADD, sent(("", "Foreign"))).status_code == 422
    assert client.post(ADD, sent((f"{other.pk}:Foreign", "Foreign"))).status_code == 422
    assert stored(client, ("", "Own")) == [own]


def test_what_somebody_else_changed_meanwhile_is_taken_over_from_text_fields_too(in_alice_portal: Portal) -> None:
    owls, foxes = bands("Owls", "Foxes")
    kim, ann = in_alice_portal.client_of(roles.EDITOR), in_alice_portal.client_of(roles.MANAGER)
    kim.post(ADD, gig_data(line_up=[owls.pk], slug="gig"))
    gig = Gig.objects.get()
    path = f"/backstage/gigs/{gig.pk}/"
    page = kim.get(path).context
    ann.post(path, gig_data(line_up=[owls.pk, foxes.pk], title="By Ann", slug="gig"))
    seen = page["meanwhile"].mark

    answer = kim.post(
        path, sent((f"{owls.pk}:Owls", "Owls"), ("", "")) | {"seen": seen, "notes": "By Kim", "slug": "gig"}
    )
    assert answer.status_code == 302, answer.context["meanwhile"].conflicts or answer.context["form"].errors

    gig.refresh_from_db()
    assert (gig.notes, [band.name for band in gig.line_up]) == ("By Kim", ["Owls", "Foxes"])


def test_a_gigs_form_costs_no_more_among_many_bands(editor: Client) -> None:
    owls, *_rest = bands("Owls")
    Tour.objects.bulk_create(Tour(name=f"Tour {number}", slug=f"tour-{number}") for number in range(FEW + 1))
    gig = GigFactory(bands=[owls])

    def cost() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as seen:
            page = editor.get(f"/backstage/gigs/{gig.pk}/")
        return len(seen), len(page.content)

    cost()
    queries, size = cost()
    Band.objects.bulk_create(Band(name=f"Z {number:03}", slug=f"z-{number}") for number in range(500))
    more_queries, more_size = cost()

    assert more_queries == queries
    assert abs(more_size - size) < 50  # of characters: tokens differ


def more_rows(number: int) -> None:
    """Make more rows of each kind than a form lists."""
    names = [f"More {number} {each}" for each in range(MOST + 10)]
    slugs = [name.lower().replace(" ", "-") for name in names]
    Band.objects.bulk_create(Band(name=name, slug=slug) for name, slug in zip(names, slugs, strict=True))
    Tour.objects.bulk_create(Tour(name=name, slug=slug) for name, slug in zip(names, slugs, strict=True))
    Genre.objects.bulk_create(
        Genre(name=name, slug=slug, name_key=name) for name, slug in zip(names, slugs, strict=True)
    )
    Instrument.objects.bulk_create(Instrument(name=name, name_key=name) for name in names)
    Venue.objects.bulk_create(Venue(name=name, town=name, time_zone="Europe/Berlin") for name in names)
    Person.objects.bulk_create(Person(name=name) for name in names)
    band, tour = Band.objects.get(pk=PK), Tour.objects.first()
    assert band.slug
    for name in names:
        GigFactory(venue=name, town=name, tour=tour, bands=[band, Band.objects.get(name=name)])
        ReadyPictureFactory()


@pytest.mark.long
def test_no_form_of_the_backstage_grows_with_the_rows_of_the_portal(alice_portal: Portal) -> None:
    twin = fill(alice_portal, "canaryalice")
    with tenant_context(alice_portal.organization):
        owner = alice_portal.client_of(roles.OWNER)
        paths = [
            path_to(address, twin)
            for name, address in addresses(PORTAL).items()
            if name.startswith("backstage:") and not _UNASKED.search(name)
        ]

        def controls() -> dict[str, Counter[str]]:
            pages = {path: owner.get(path) for path in paths}
            return {
                path: Counter(re.findall(r"<(?:option|input|select|textarea)\b", page.content.decode()))
                for path, page in pages.items()
                if page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")
            }

        more_rows(1)
        before = controls()
        more_rows(2)
        after = controls()

    assert {ADD, "/backstage/gigs/several/", f"/backstage/gigs/{PK}/", f"/backstage/bands/{PK}/"} <= before.keys()
    assert {path: more for path in before if (more := after[path] - before[path])} == {}


def test_every_choice_among_rows_is_of_this_kind() -> None:
    """Lists what chooses among rows otherwise, and why it may."""
    bounded = {
        "NewDateField": "the gigs that were added last",
        "GigsField": "the next gigs, and those that were chosen",
        "LoadedRowField": "hidden, the rows of a formset",
        "PollChoiceField": "the answers of one poll",
    }
    own = [each for each in _subclasses(forms.ModelChoiceField) if each.__module__.startswith("bandstand_web.")]

    assert {each.__name__ for each in own if not issubclass(each, (KnownRowField, KnownRowsField))} == set(bounded)


def _subclasses(base: type) -> list[type]:
    return [each for direct in base.__subclasses__() for each in (direct, *_subclasses(direct))]
