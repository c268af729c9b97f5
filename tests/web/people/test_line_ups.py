"""Who is meant by a name in a band's line-up: somebody who is here, or somebody new."""

from __future__ import annotations

from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bandstand.bands.models import Band, Member
from bandstand.people.models import Person
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory
from tests.factories.people import PersonFactory
from tests.web.forms.test_meanwhile import fields
from tests.web.shell.test_content import band_data

ADD = "/backstage/bands/add/"


@pytest.fixture
def kim(alice_portal: Portal) -> Person:
    with tenant_context(alice_portal.organization):
        member = MemberFactory(name="Kim Bell", band=BandFactory(name="Owls"))
        person: Person = member.person
        return person


def added(portal: Portal, **values: str) -> Any:
    return portal.client_of("editor").post(
        ADD, band_data(**{f"members-0-{name}": text for name, text in ({"who": ""} | values).items()})
    )


def people_of(portal: Portal) -> list[tuple[str, str]]:
    with tenant_context(portal.organization):
        return list(Member.objects.order_by("pk").values_list("person__name", "name"))


def test_a_name_of_somebody_is_asked_about_and_nobody_is_merged_alone(alice_portal: Portal, kim: Person) -> None:
    asked = added(alice_portal, name="KIM BELL")
    assert asked.status_code == 422
    page = asked.content.decode()
    assert "Someone here has this name." in page
    assert f'<input type="radio" name="members-0-who" value="{kim.pk}"> <bdi>Kim Bell (Owls)</bdi>' in page
    with tenant_context(alice_portal.organization):
        assert Band.objects.count() == 1

    assert added(alice_portal, name="KIM BELL", who=str(kim.pk)).status_code == 302
    assert people_of(alice_portal) == [("Kim Bell", "Kim Bell")] * 2
    assert added(alice_portal, name="Kim Bell", who="new").status_code == 302
    with tenant_context(alice_portal.organization):
        assert [person.memberships.count() for person in Person.objects.order_by("pk")] == [2, 1]


def test_a_new_name_adds_somebody_new(alice_portal: Portal, kim: Person) -> None:
    assert (
        added(alice_portal, name="Zoltan", section="low brass", standing="substitute", is_shown="False").status_code
        == 302
    )
    with tenant_context(alice_portal.organization):
        member = Member.objects.get(name="Zoltan")
        assert (member.person.name, member.section) == ("Zoltan", "low brass")
        assert (member.standing, member.is_shown) == ("substitute", False)
        slug = member.band.slug
        member.band.publish()
        member.band.save()
    assert "Zoltan" not in alice_portal.client().get(f"/bands/{slug}/").content.decode(), (
        "visitors don't see who is hidden"
    )


def test_somebody_who_went_to_the_trash_meanwhile_is_asked_about_again(alice_portal: Portal, kim: Person) -> None:
    with tenant_context(alice_portal.organization):
        kim.move_to_trash()
    for who in (str(kim.pk), "0", "9" * 20, "x"):
        answer = added(alice_portal, name="Kim Bell", who=who)
        assert answer.status_code == 422
        assert "This person isn&#x27;t here any more." in answer.content.decode()


def test_while_typing_people_are_offered_with_what_tells_them_apart(alice_portal: Portal, kim: Person) -> None:
    with tenant_context(alice_portal.organization):
        PersonFactory(name="Kim <b>Bold</b>")
        PersonFactory(name="Lou")
    team = alice_portal.client_of("editor")
    assert 'hx-get="/backstage/people/known/?row=members-0"' in team.get(ADD).content.decode()
    offered = team.get("/backstage/people/known/", {"row": "members-0", "members-0-name": "ki"}).content.decode()
    assert f'name="members-0-who" value="{kim.pk}"' in offered
    assert "Kim Bell (Owls)" in offered
    assert "Kim &lt;b&gt;Bold" in offered
    assert "Someone new" in offered
    assert "Lou" not in offered
    for typed in ("", "nobody", "\x00"):
        empty = team.get("/backstage/people/known/", {"row": "members-0", "members-0-name": typed})
        assert empty.status_code in {200, 400}
        assert "radio" not in empty.content.decode()
    assert team.get("/backstage/people/known/", {"row": '"><script>'}).status_code == 404


def test_a_page_from_before_people_changes_nothing_that_it_does_not_show(alice_portal: Portal, kim: Person) -> None:
    with tenant_context(alice_portal.organization):
        member = Member.objects.select_related("band").get()
        Member.objects.update(section="choir", standing="substitute", is_shown=False)
    sent = band_data(
        **{
            "name": "Owls",
            "slug": member.band.slug,
            "members-TOTAL_FORMS": "2",
            "members-INITIAL_FORMS": "1",
            "members-0-id": str(member.pk),
            "members-0-name": "Kim Ash",
        }
    )
    path = f"/backstage/bands/{member.band_id}/"
    assert alice_portal.client_of("editor").post(path, sent).status_code == 302
    with tenant_context(alice_portal.organization):
        member = Member.objects.get()
        assert (member.section, member.standing, member.is_shown) == ("choir", "substitute", False)
        assert [person.name for person in Person.objects.all()] == ["Kim Ash"], "changed once, for all bands"


def test_rows_of_the_page_that_nobody_fills_in_are_none(alice_portal: Portal) -> None:
    team = alice_portal.client_of("editor")
    for page in (ADD, "/admin/bands/band/add/"):
        sent = fields(team.get(page).content.decode())
        assert "members-0-is_shown" in sent
        assert team.post(page, {**sent, "name": "Owls", "slug": f"owls-{len(page)}"}).status_code == 302
    with tenant_context(alice_portal.organization):
        assert Band.objects.count() == 2
        assert not Member.objects.exists()
