"""What is kept for everybody turns at once when the portal begins to teach minors, and with each consent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django_tenants.utils import tenant_context

from bandstand.people.models import Person
from bandstand.portals.models import Minors, PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory


@pytest.fixture(autouse=True)
def _names_again(alice: Portal) -> Iterator[None]:
    yield
    with tenant_context(alice.organization):
        set_minors(Minors.NO)


def set_minors(minors: str) -> None:
    settings = PortalSettings.objects.current()
    settings.minors = minors
    settings.save()


def test_kept_pages_turn_with_the_setting_and_with_consent(alice: Portal) -> None:
    with tenant_context(alice.organization):
        person = MemberFactory(name="Wilhelmina Quast", band=BandFactory(slug="pupils")).person

    def shown() -> list[bool]:
        pages = [alice.client().get("/bands/pupils/").content.decode() for _twice in range(2)]
        assert pages[0] == pages[1]
        return [text in pages[0] for text in ("Wilhelmina Quast", "W. Q.")]

    assert shown() == [True, False]
    with tenant_context(alice.organization):
        set_minors(Minors.INITIALS)
    assert shown() == [False, True]
    with tenant_context(alice.organization):
        found = Person.objects.get(pk=person.pk)
        found.consent("name", given=True, by="Alice")
        found.save()
    assert shown() == [True, False]
    with tenant_context(alice.organization):
        found.consent("name", given=False, by="Alice")
        found.save()
    assert shown() == [False, True]
