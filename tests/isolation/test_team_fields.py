"""What only the team knows of a gig, and where a private event is, stands in nothing that visitors get."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.gigs.models import Gig
from bandstand.gigs.team_fields import TEAM_FIELDS
from tests.conftest import Portal
from tests.factories.gigs import GigFactory
from tests.isolation.twins import OTHER_PK, PK, SLUG, fill
from tests.isolation.visiting import PORTAL, addresses, leader_browser, path_to, team_browser

OF_TEAM = ("backstage:", "admin:", "admin/", "account", "mfa", "usersessions")
VALUES: dict[str, Any] = {
    "contact": "Kontaktgeheimnis",
    "fee": "Gagengeheimnis",
    "load_in_at": time(3, 47),
    "soundcheck_at": time(4, 53),
    "hotel": "Hotelgeheimnis",
    "team_notes": "Notizgeheimnis",
}
CLOCKS = ("3:47 am", "03:47:00", "4:53 am", "04:53:00")
WORDS = ("Kontaktgeheimnis", "Gagengeheimnis", *CLOCKS, "Hotelgeheimnis", "Notizgeheimnis")
PLACE = {"venue": "Verstecksaal", "address": "Verborgenweg 3", "town": "Geheimstadt"}
GIG = f"/gigs/{SLUG}/"
FURTHER = ("/gigs/?when=past", "/gigs.ics?town=Geheimstadt", "/gigs.json?town=Geheimstadt", "/search/?q=Geheim")

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("quiet")]


@pytest.fixture
def twin(alice_portal: Portal) -> Any:
    filled = fill(alice_portal, "canaryalice")
    with tenant_context(alice_portal.organization):
        Gig.objects.filter(pk=PK).update(is_private=True, **VALUES, **PLACE)
    assert set(VALUES) == set(TEAM_FIELDS)
    return filled


def answers(twin: Any, visitor: Client) -> dict[str, str]:
    """Return what stands at every address that isn't the team's."""
    paths = [path_to(each, twin) for name, each in addresses(PORTAL).items() if not name.startswith(OF_TEAM)]
    return {path: visitor.get(path).getvalue().decode(errors="replace") for path in [*paths, *FURTHER]}


def telling(found: dict[str, str], words: Any) -> set[str]:
    return {path for path, text in found.items() if any(word.lower() in text.lower() for word in words)}


def test_visitors_get_none_of_it(alice_portal: Portal, twin: Any) -> None:
    for visitor in (alice_portal.client(), team_browser(alice_portal, None)):
        found = answers(twin, visitor)
        assert "Gig canaryalice" in found[GIG]
        assert "Private event" in found[GIG]
        assert telling(found, WORDS) == set()
        assert telling(found, PLACE.values()) <= {path for path in FURTHER if "town" in path}
        assert "VEVENT" not in found["/gigs.ics?town=Geheimstadt"]
    assert not any(word in message.body for message in mail.outbox for word in WORDS)


@pytest.mark.parametrize("taken_back", [{"is_published": False}, {"trashed_at": timezone.now()}])
def test_nor_when_it_is_taken_back(taken_back: dict[str, Any], alice_portal: Portal, twin: Any) -> None:
    with tenant_context(alice_portal.organization):
        Gig.objects.filter(pk=PK).update(**taken_back)

    visitor = alice_portal.client()
    found = {path: visitor.get(path).getvalue().decode() for path in ("/gigs.ics", f"/bands/{SLUG}/gigs.ics", GIG)}

    assert "STATUS:CANCELLED" in found["/gigs.ics"]
    assert telling(found, [*WORDS, *PLACE.values()]) == set()


def test_whoever_sees_the_gig_in_the_backstage_sees_it(alice_portal: Portal, twin: Any) -> None:
    paths = [f"/backstage/gigs/{page}" for page in (f"{PK}/sheet/", f"{PK}/", f"{PK}/history/", "")]
    own, foreign = leader_browser(alice_portal, PK), leader_browser(alice_portal, OTHER_PK)

    assert telling({path: own.get(path).content.decode() for path in paths}, WORDS) >= set(paths[:2])
    assert telling({path: foreign.get(path).content.decode() for path in paths}, [*WORDS, *PLACE.values()]) == set()


def test_a_private_events_place_is_not_read_in_whatever_way(in_alice_portal: Portal) -> None:
    GigFactory(is_private=True, venue="Geheimkeller")
    gigs = Gig.objects.without_private_places()

    read = [*gigs, *gigs.iterator(), gigs.get(), *gigs.order_by("pk")[:1], *gigs.in_bulk().values()]

    assert len(read) == 5
    assert {gig.venue for gig in read} == {""}
