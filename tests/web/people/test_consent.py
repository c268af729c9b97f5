"""Consent to names and pictures: who ticked it, when and for what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.content.changes import Change
from bandstand.people.models import Person
from bandstand.portals.models import Minors, PortalSettings
from bandstand.portals.public_people import initials
from tests.conftest import Portal
from tests.factories.people import PersonFactory


@pytest.fixture
def kim(alice_portal: Portal) -> Person:
    with tenant_context(alice_portal.organization):
        settings = PortalSettings.objects.current()
        settings.minors = Minors.INITIALS
        settings.save()
        person: Person = PersonFactory(name="Kim Bell")
        return person


def test_a_tick_is_dated_named_kept_and_withdrawn(alice_portal: Portal, kim: Person) -> None:
    team, path = alice_portal.client_of("editor"), f"/backstage/people/{kim.pk}/"
    assert "May be named in full" in team.get(path).content.decode()
    team.post(path, {"name": "Kim Bell", "may_be_named": "on"})
    with tenant_context(alice_portal.organization):
        given = Person.objects.get()
        assert (given.name_consent_by, given.picture_consent_at) == (str(alice_portal.user("editor")), None)
        assert given.name_consent_at is not None
        assert timezone.now() - given.name_consent_at < timedelta(minutes=5)
    assert "Consent recorded on" in team.get(path).content.decode()

    alice_portal.client_of("manager").post(path, {"name": "Kim B.", "may_be_named": "on", "may_be_pictured": "on"})
    with tenant_context(alice_portal.organization):
        kept = Person.objects.get()
        assert (kept.name_consent_at, kept.name_consent_by) == (given.name_consent_at, given.name_consent_by)
        assert kept.picture_consent_by == str(alice_portal.user("manager"))
    team.post(path, {"name": "Kim B."})
    with tenant_context(alice_portal.organization):
        gone = Person.objects.get()
        assert (gone.name_consent_at, gone.name_consent_by, gone.picture_consent_at) == (None, "", None)
        act = Change.objects.of(kim).first().act  # type: ignore[union-attr]
    assert "Consent to the name" in team.get(f"{path}history/").content.decode()
    team.post(f"{path}put-back/", {"act": act})
    with tenant_context(alice_portal.organization):
        assert Person.objects.get().name_consent_at is None, "what was withdrawn isn't put back by a click"


def test_nobody_is_asked_where_nobody_is_a_minor(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        kim = PersonFactory(name="Kim Bell")
    team, path = alice_portal.client_of("editor"), f"/backstage/people/{kim.pk}/"
    assert "May be named in full" not in team.get(path).content.decode()
    team.post(path, {"name": "Kim Bell", "may_be_named": "on"})
    with tenant_context(alice_portal.organization):
        assert Person.objects.get().name_consent_at is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Kim Bell", "K. B."),
        ("  élodie  de  la Tour ", "É. D. L. T."),
        ("E\u0301lodie", "É."),
        ("(Kim) 3 Bell", "K. B."),
        ("山田 太郎", "山. 太."),
        ("!!", ""),
    ],
)
def test_initials(name: str, shown: str) -> None:
    assert initials(name) == shown


def test_the_setting_is_one_of_the_portals(alice_portal: Portal, kim: Person) -> None:
    page = alice_portal.client_of("owner").get("/backstage/settings/").content.decode()
    assert "We teach minors" in page
    assert "Yes: show initials" in page
