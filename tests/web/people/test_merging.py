"""Merging people in the backstage: who may, what is asked, where former addresses lead, and undoing it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bandstand.bands.models import Member
from bandstand.people.models import Person
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory
from tests.factories.people import PersonFactory


@pytest.fixture
def two(alice_portal: Portal) -> tuple[Person, Person]:
    with tenant_context(alice_portal.organization):
        kim = PersonFactory(name="Kim Bell", sort_name="Bell, Kim", phone="+49 1")
        other = PersonFactory(name="kim bell", pronouns="they", notes="canary of notes")
        MemberFactory(person=kim, band=BandFactory(name="Owls", slug="owls"))
        MemberFactory(person=other, band=BandFactory(name="Bats", slug="bats"))
        return kim, other


def seen_of(page: Any) -> str:
    return re.findall(r'name="seen" value="([^"]+)"', page.content.decode())[0]


def merge(portal: Portal, role: str, one: Person, other: Person, **sent: str) -> Any:
    team, path = portal.client_of(role), f"/backstage/people/{one.pk}/merge/?with={other.pk}"
    return team.post(path, {"seen": seen_of(team.get(path)), **sent}, follow=True)


def test_namesakes_are_proposed_compared_merged_and_parted_again(
    alice_portal: Portal, two: tuple[Person, Person]
) -> None:
    kim, other = two
    team = alice_portal.client_of("manager")
    assert "Kim Bell" in team.get("/backstage/people/?show=namesakes").content.decode()
    assert "Someone else has this name." in team.get(f"/backstage/people/{kim.pk}/").content.decode()
    assert f"?with={other.pk}" in team.get(f"/backstage/people/{kim.pk}/merge/").content.decode()
    page = team.get(f"/backstage/people/{kim.pk}/merge/?with={other.pk}").content.decode()
    assert all(text in page for text in ("+49 1", "canary of notes", "Bell, Kim", "Owls", "Bats", "they"))

    answer = merge(alice_portal, "manager", kim, other, **{"of-pronouns": "gone", "of-name": "stays"})
    assert "one person now" in answer.content.decode()
    for slug in ("owls", "bats"):
        assert "<bdi>Kim Bell</bdi>" in alice_portal.client().get(f"/bands/{slug}/").content.decode()
    assert answer.redirect_chain == [(f"/backstage/people/{kim.pk}/", 302)]
    for old in (f"{other.pk}/", f"{other.uid}/", f"{kim.uid}/"):
        assert team.get(f"/backstage/people/{old}").url == f"/backstage/people/{kim.pk}/"
    assert alice_portal.client_of("member").get(f"/backstage/people/{other.uid}/").url.endswith(f"{kim.pk}/history/")
    assert "Merged with" in team.get(f"/backstage/people/{kim.pk}/history/").content.decode()
    assert "kim bell" not in team.get("/backstage/trash/").content.decode()

    undone = team.post(f"/backstage/people/{other.pk}/unmerge/", follow=True)
    assert "two people again" in undone.content.decode()
    with tenant_context(alice_portal.organization):
        assert list(Member.objects.order_by("pk").values_list("person", "name")) == [
            (kim.pk, "Kim Bell"),
            (other.pk, "kim bell"),
        ]


def test_what_cannot_be_given_back_is_told_first(alice_portal: Portal, two: tuple[Person, Person]) -> None:
    kim, other = two
    merge(alice_portal, "manager", kim, other, **{"of-pronouns": "gone"})
    with tenant_context(alice_portal.organization):
        Person.objects.update(pronouns="she")
    team, path = alice_portal.client_of("manager"), f"/backstage/people/{other.pk}/unmerge/"
    asked = team.post(path)
    assert asked.status_code == 409
    sentence = "Kim Bell: “Pronouns” has been changed since, and stays as it is now."
    assert sentence in asked.content.decode()
    assert team.post(path, {"although": sentence}).status_code == 302
    with tenant_context(alice_portal.organization):
        assert list(Person.objects.order_by("pk").values_list("pronouns", flat=True)) == ["she", "they"]


def test_editors_see_no_private_field_and_lose_none(alice_portal: Portal, two: tuple[Person, Person]) -> None:
    kim, other = two
    team = alice_portal.client_of("editor")
    page = team.get(f"/backstage/people/{kim.pk}/merge/?with={other.pk}").content.decode()
    assert "canary of notes" not in page
    assert "+49 1" not in page
    answer = merge(alice_portal, "editor", kim, other, **{"of-phone": "gone", "of-notes": "stays"})
    assert "canary of notes" not in answer.content.decode()
    with tenant_context(alice_portal.organization):
        again = Person.objects.get()
        assert (again.phone, again.notes) == ("+49 1", "canary of notes")


def test_editors_leave_it_to_others_where_both_have_something_private(
    alice_portal: Portal, two: tuple[Person, Person]
) -> None:
    kim, other = two
    with tenant_context(alice_portal.organization):
        Person.objects.update(phone="+49 2")
        Person.objects.filter(pk=kim.pk).update(phone="+49 1")
    page = alice_portal.client_of("editor").get(f"/backstage/people/{kim.pk}/merge/?with={other.pk}").content.decode()
    assert "Ask one of them to merge these two." in page
    assert "this is one person" not in page
    assert merge(alice_portal, "editor", kim, other).status_code == 409
    with tenant_context(alice_portal.organization):
        assert Person.objects.count() == 2


def test_members_of_the_team_merge_nobody(alice_portal: Portal, two: tuple[Person, Person]) -> None:
    kim, other = two
    team = alice_portal.client_of("member")
    assert team.get(f"/backstage/people/{kim.pk}/merge/?with={other.pk}").status_code == 403
    assert team.post(f"/backstage/people/{kim.pk}/merge/?with={other.pk}").status_code == 403
    assert team.post(f"/backstage/people/{other.pk}/unmerge/").status_code == 403
    assert alice_portal.client_of("manager").post(f"/backstage/people/{other.pk}/unmerge/").status_code == 404
    assert alice_portal.client_of("manager").get(f"/backstage/people/{kim.pk}/merge/?with={kim.pk}").status_code == 404
