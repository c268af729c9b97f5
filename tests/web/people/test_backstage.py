"""People in the backstage: one person whatever the number of bands, and private fields for those who may see them."""

from __future__ import annotations

from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bandstand.content.changes import Change
from bandstand.people.models import Person
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory
from tests.factories.people import PersonFactory

PRIVATE = {"email": "kim@private.example", "phone": "+49 9281 4711", "notes": "Needs a lift."}


@pytest.fixture
def kim(alice_portal: Portal) -> Person:
    with tenant_context(alice_portal.organization):
        person: Person = PersonFactory(name="Kim", **PRIVATE)
        for name in ("Owls", "Bats", "Cats"):
            MemberFactory(person=person, band=BandFactory(name=name, slug=name.lower()))
        return person


def told(page: Any) -> list[str]:
    """Return which of the private values a page has."""
    return [value for value in PRIVATE.values() if value in page.content.decode()]


def test_somebody_in_three_bands_is_one_person_changed_once(alice_portal: Portal, kim: Person) -> None:
    team, path = alice_portal.client_of("manager"), f"/backstage/people/{kim.pk}/"
    page = team.get(path).content.decode()
    assert all(f"<bdi>{name}</bdi>" in page for name in ("Owls", "Bats", "Cats"))

    sent = {"name": "Kim Bell", "instrument_names": "Tuba, Horn", **PRIVATE}
    assert team.post(path, sent).status_code == 302
    for slug in ("owls", "bats", "cats"):
        assert "<bdi>Kim Bell</bdi>" in alice_portal.client().get(f"/bands/{slug}/").content.decode()
    with tenant_context(alice_portal.organization):
        again = Person.objects.get()
        assert [each.name for each in again.instruments.order_by("name")] == ["Horn", "Tuba"]
    assert "Kim Bell" in team.get("/backstage/people/?q=tuba").content.decode()
    assert "Nobody matches" in team.get("/backstage/people/?show=unused").content.decode()


@pytest.mark.parametrize(("role", "sees"), [("owner", True), ("manager", True), ("editor", False), ("member", False)])
def test_email_phone_and_notes_are_seen_by_those_with_the_right_alone(
    role: str, *, sees: bool, alice_portal: Portal, kim: Person
) -> None:
    for values in ({}, PRIVATE):
        alice_portal.client_of("owner").post(f"/backstage/people/{kim.pk}/", {"name": "Kim", **values})
    team = alice_portal.client_of(role)
    pages = [f"/backstage/people/{kim.pk}/history/", "/backstage/people/", f"/admin/people/person/{kim.pk}/change/"]
    pages += ["/admin/people/person/"] if role == "member" else [f"/backstage/people/{kim.pk}/"]
    for page in pages:
        assert bool(told(team.get(page))) is sees, page
    answer = team.post("/backstage/people/", {"do": "export", "rows": [kim.pk]})
    assert answer.status_code == 200
    found = team.post("/admin/people/person/export/", {"format": "0", "resource": ""})
    assert bool(told(found)) is sees
    assert ("phone" in found.content.decode()) is sees
    assert team.get("/admin/people/person/?phone__startswith=%2B49").status_code == (200 if sees else 400)


def test_what_an_editor_does_not_see_stays_as_it_is(alice_portal: Portal, kim: Person) -> None:
    team, path = alice_portal.client_of("editor"), f"/backstage/people/{kim.pk}/"
    forged = {"email": "x@y.example", "phone": "1", "notes": "forged", "user": ""}
    assert team.post(path, {"name": "Kim Bell", **forged}).status_code == 302
    team.post(f"/admin/people/person/{kim.pk}/change/", {"name": "Kim B.", **forged})
    with tenant_context(alice_portal.organization):
        again = Person.objects.get()
        assert (again.name, again.email, again.phone, again.notes) == ("Kim B.", *PRIVATE.values())


def test_an_editor_cannot_put_back_what_they_do_not_see(alice_portal: Portal, kim: Person) -> None:
    path = f"/backstage/people/{kim.pk}/"
    assert alice_portal.client_of("owner").post(path, {"name": "Kim", "phone": "1"}).status_code == 302
    with tenant_context(alice_portal.organization):
        act = Change.objects.of(kim).first().act  # type: ignore[union-attr]
    editor = alice_portal.client_of("editor")
    assert "put-back" not in editor.get(f"{path}history/").content.decode()
    answer = editor.post(f"{path}put-back/", {"act": act}, follow=True)
    assert "can&#x27;t be put back" in answer.content.decode()
    alice_portal.client_of("manager").post(f"{path}put-back/", {"act": act})
    with tenant_context(alice_portal.organization):
        assert Person.objects.get().phone == PRIVATE["phone"]


def test_an_account_is_one_persons(alice_portal: Portal, kim: Person) -> None:
    with tenant_context(alice_portal.organization):
        account = alice_portal.user("member")
        PersonFactory(name="Lou", user=account)
    team, path = alice_portal.client_of("manager"), f"/backstage/people/{kim.pk}/"
    refused = team.post(path, {"name": "Kim", "user": account.pk})
    assert refused.status_code == 422
    assert "This account is already someone else" in refused.content.decode()


def test_a_person_in_the_trash_stays_in_line_ups(alice_portal: Portal, kim: Person) -> None:
    team = alice_portal.client_of("editor")
    answer = team.post(f"/backstage/people/{kim.pk}/delete/", follow=True).content.decode()
    assert "Kim is in the trash" in answer
    assert "<bdi>Kim</bdi>" in alice_portal.client().get("/bands/owls/").content.decode()
    assert (
        "Will be kept: 3 members."
        in alice_portal.client_of("owner").get(f"/backstage/trash/people.person/{kim.pk}/delete/").content.decode()
    )
