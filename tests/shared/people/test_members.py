"""How members get their person, whoever writes them, and how the names of both stay alike."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from bandstand.bands.models import Band, Member
from bandstand.content.changes import Change
from bandstand.content.putting_back import changes_put_back
from bandstand.content.search_entries import SearchEntry
from bandstand.content.trashed import purge
from bandstand.people.models import Person
from tests.factories.bands import BandFactory, MemberFactory
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.usefixtures("in_alice_portal")

BY_OLD_CODE = "INSERT INTO bands_member (band_id, name, role, position) VALUES (%s, %s, '', 0) RETURNING id"


def written(sql: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone() if cursor.description else None


def pairs() -> list[tuple[str, str]]:
    return list(Member.objects.order_by("pk").values_list("name", "person__name"))


def test_code_of_the_release_before_needs_not_know_of_people() -> None:
    one, other = BandFactory(), BandFactory()
    (first,) = written(BY_OLD_CODE, [one.pk, "Kim"])
    written(BY_OLD_CODE, [other.pk, "Kim"])
    assert Person.objects.count() == 2, "one name doesn't make two members one person"
    member = Member.objects.get(pk=first)
    assert (member.section, member.standing, member.is_shown) == ("", "regular", True)

    written("UPDATE bands_member SET name = 'Kim Bell', role = 'choir' WHERE id = %s", [first])
    assert pairs() == [("Kim Bell", "Kim Bell"), ("Kim", "Kim")]
    written("DELETE FROM bands_member WHERE id = %s", [first])
    assert Person.objects.count() == 2


def test_somebody_in_three_bands_is_one_person_changed_once() -> None:
    person = PersonFactory(name="Kim")
    members = [MemberFactory(person=person, name="typed otherwise") for _band in range(3)]
    assert pairs() == [("Kim", "Kim")] * 3

    person.name = "Kim Bell"
    person.save()
    assert pairs() == [("Kim Bell", "Kim Bell")] * 3

    member = Member.objects.get(pk=members[1].pk)
    member.name = "Kim Bell-Ash"
    member.save()
    assert pairs() == [("Kim Bell-Ash", "Kim Bell-Ash")] * 3
    entries = SearchEntry.objects.of_kind(Band)
    assert all("ash" in entry.words for entry in entries)


def test_another_person_brings_the_own_name() -> None:
    member = MemberFactory(name="Kim")
    before = Member.objects.get().person
    other = PersonFactory(name="Lou")
    Member.objects.filter(pk=member.pk).update(person=other)
    assert pairs() == [("Lou", "Lou")]
    assert Person.objects.get(pk=before.pk).name == "Kim"


def test_a_row_that_django_made_and_saves_again_keeps_its_person() -> None:
    member = MemberFactory(name="Kim")  # as Django made it, it doesn't know its person
    person = Person.objects.get()
    member.name = "Kim Bell"
    member.save()
    assert list(Person.objects.values_list("pk", "name")) == [(person.pk, "Kim Bell")]
    assert Member.objects.get().person == person


def test_a_person_deleted_for_good_leaves_line_ups_as_they_are() -> None:
    member = MemberFactory(name="Kim")
    person = Person.objects.get()
    person.move_to_trash()
    assert pairs() == [("Kim", "Kim")]
    assert purge(person)
    assert pairs() == [("Kim", None)]
    member = Member.objects.get()
    member.role = "choir"
    member.save()
    assert pairs() == [("Kim", None)], "saving a member doesn't bring a person back"
    member.name = "Kim Bell"
    member.save()
    assert pairs() == [("Kim Bell", "Kim Bell")]


def test_a_name_that_is_empty_makes_nobody() -> None:
    band = BandFactory()
    (number,) = written(BY_OLD_CODE, [band.pk, ""])
    MemberFactory(band=band, name="Kim")
    written("UPDATE bands_member SET name = '' WHERE name = 'Kim'", [])
    assert [person.name for person in Person.objects.all()] == ["Kim"]
    written("UPDATE bands_member SET name = 'Lou' WHERE id = %s", [number])
    assert Person.objects.count() == 2


def test_a_member_who_is_put_back_is_the_same_person() -> None:
    member = MemberFactory(name="Kim")
    band, person = member.band, Person.objects.get()
    Change.objects.all().delete()
    member.delete()
    changes_put_back(row=band, act=Change.objects.of(band).latest("pk").act)
    assert [member.person for member in band.members.all()] == [person]
    assert Person.objects.count() == 1


def test_a_band_isnt_found_by_members_who_are_not_shown() -> None:
    member = MemberFactory(name="Zoltan")
    entry = SearchEntry.objects.of(member.band)
    assert "zoltan" in entry.get().words
    member.is_shown = False
    member.save()
    assert "zoltan" not in entry.get().words
