"""In a portal that teaches minors nothing that visitors get has a name or a picture without consent."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.bands.models import Band, Member
from bandstand.people.models import Person
from bandstand.portals.models import Minors, PortalSettings
from bandstand.tenancy.resolution import resolver
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.people import PersonFactory
from tests.isolation.twins import PK, SLUG, fill
from tests.isolation.visiting import PORTAL, addresses, path_to, team_browser

WORDS = ("Wilhelmina", "Quast")
OF_TEAM = ("backstage:", "admin:", "admin/", "account", "mfa", "usersessions")
BAND = f"/bands/{SLUG}/"

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("quiet")]


@pytest.fixture
def person(alice_portal: Portal) -> Person:
    """A pupil in a band that is published, with a picture, and one who left."""
    with tenant_context(alice_portal.organization):
        made: Person = PersonFactory(
            name=" ".join(WORDS), sort_name=", ".join(WORDS), picture=ReadyPictureFactory(alt=" ".join(WORDS))
        )
        return made


def set_to(portal: Portal, minors: str) -> None:
    with tenant_context(portal.organization):
        row = PortalSettings.objects.current()
        row.minors = minors
        row.save()
    resolver.forget()  # as its announcement does once the change is committed


@pytest.fixture
def twin(alice_portal: Portal, person: Person) -> Any:
    filled = fill(alice_portal, "canaryalice")
    with tenant_context(alice_portal.organization):
        band = Band.objects.get(pk=PK)
        MemberFactory(band=band, person=person, instruments=["Bassoon"])
        MemberFactory(band=band, person=person, standing=Member.Standing.FORMER, role="choir")
    return filled


def told(portal: Portal, twin: Any, visitor: Client) -> set[str]:
    """Return the addresses whose answer has a word of the name that wasn't asked for."""
    answers = {}
    for name, address in addresses(PORTAL).items():
        if not name.startswith(OF_TEAM):
            path = path_to(address, twin)
            answers[path] = visitor.get(path).getvalue().decode(errors="replace")
    assert BAND in answers
    return {path for path, text in answers.items() if any(word.lower() in text.lower() for word in WORDS)}


def found_by(visitor: Client, query: str) -> bool:
    return BAND in visitor.get(f"/search/?q={query}").content.decode()


@pytest.mark.parametrize(
    ("minors", "shown"), [(Minors.INITIALS, "W. Q."), pytest.param(Minors.HIDDEN, "", marks=pytest.mark.long)]
)
def test_no_page_search_or_preview_has_a_name_or_picture_without_consent(
    minors: str, shown: str, alice_portal: Portal, twin: Any, person: Person
) -> None:
    visitors = [alice_portal.client(), team_browser(alice_portal, None)]
    assert [told(alice_portal, twin, visitor) for visitor in visitors] == [{BAND}] * 2
    assert all(found_by(visitors[0], query) for query in (*WORDS, "wilh"))
    picture = person.picture.variants["jpeg"]["320"]  # type: ignore[union-attr]

    set_to(alice_portal, minors)
    for visitor in visitors:
        assert told(alice_portal, twin, visitor) == set()
        assert not any(found_by(visitor, query) for query in (*WORDS, "wilh", "wilhelmnia"))
        page = visitor.get(BAND).content.decode()
        assert page.count(f"<b><bdi>{shown}</bdi></b>") == (2 if shown else 0)
        assert "Bassoon" in page
        assert picture not in page
    assert found_by(visitors[0], "canaryalice")

    with tenant_context(alice_portal.organization):
        person.consent("name", given=True, by="Alice")
        person.save()
    assert told(alice_portal, twin, visitors[0]) == {BAND}
    assert picture not in visitors[0].get(BAND).content.decode()
    with tenant_context(alice_portal.organization):
        person.consent("name", given=False, by="Alice")
        person.consent("picture", given=True, by="Alice")
        person.save()
    assert told(alice_portal, twin, visitors[0]) == set(), "nor by what the picture is said to show"
    assert picture in visitors[0].get(BAND).content.decode()

    set_to(alice_portal, Minors.NO)
    assert told(alice_portal, twin, visitors[0]) == {BAND}
    assert found_by(visitors[0], "Wilhelmina")


def test_the_other_portal_shows_names_as_before(alice_portal: Portal, charlie_portal: Portal) -> None:
    for portal in (alice_portal, charlie_portal):
        with tenant_context(portal.organization):
            MemberFactory(name=" ".join(WORDS), band=BandFactory(slug=SLUG))
    set_to(alice_portal, Minors.HIDDEN)
    assert [WORDS[0] in portal.client().get(BAND).content.decode() for portal in (alice_portal, charlie_portal)] == [
        False,
        True,
    ]
