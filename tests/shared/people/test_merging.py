"""Two records of one person become one, and two again as they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from django.utils import timezone

from bandstand.accounts.models import User
from bandstand.bands.models import Member
from bandstand.content.changes import Change
from bandstand.content.changing import Changer, changing_as
from bandstand.content.putting_back import changes_put_back, may_be_put_back
from bandstand.content.trashed import purge, trash_empty
from bandstand.people.merging import (
    KEPT,
    MergeError,
    conflicts_of,
    merge_undo,
    merges_settle,
    outlook,
    people_merge,
    references,
    state_of,
    who_stays,
)
from bandstand.people.models import Person
from tests.factories.bands import BandFactory, InstrumentFactory, MemberFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.usefixtures("in_alice_portal")

# What leads to a person, each with a row that leads to `gone` and one that leads to both, if that can be.
RELATIONS: dict[str, Callable[[Person, Person], Any]] = {
    "bands.member.person": lambda _stays, gone: MemberFactory(person=gone),
    "people.person.merged_into": lambda _stays, gone: merged(gone, PersonFactory(name="Kimmy")),
    "people.person_instruments.person": lambda stays, gone: [
        gone.instruments.set([InstrumentFactory(name="Tuba"), InstrumentFactory(name="Horn")]),
        stays.instruments.set([InstrumentFactory(name="Tuba")]),
    ],
}


def merged(stays: Person, gone: Person, *taken: str, with_private: bool = True) -> Person:
    seen = state_of(*(Person.objects.get(pk=person.pk) for person in (stays, gone)))
    return people_merge(stays=stays.pk, gone=gone.pk, taken=taken, seen=seen, by="Alice", with_private=with_private)


def rows(model: type[models.Model]) -> list[dict[str, Any]]:
    return list(model._base_manager.order_by("pk").values())


def links(model: type[models.Model]) -> list[tuple[Any, ...]]:
    """Return what is linked; the keys of such rows are nobody's business."""
    return sorted(values[1:] for values in model._base_manager.values_list())


def everything() -> list[Any]:
    return [rows(Person), rows(Member), links(Person.instruments.through), links(Member.instruments.through)]


@pytest.fixture
def two() -> tuple[Person, Person]:
    account = User.objects.create(email="kim@example.org", name="Kim")
    stays = PersonFactory(name="Kim Bell", phone="1", notes="Needs a lift.")
    gone = PersonFactory(name="Kim B.", phone="2", pronouns="they", user=account, picture=ReadyPictureFactory())
    MemberFactory(person=stays, band=BandFactory(name="Owls"))
    MemberFactory(person=gone, band=BandFactory(name="Bats"), instruments=["Tuba"])
    gone.instruments.add(InstrumentFactory(name="Horn"))
    return Person.objects.get(pk=stays.pk), Person.objects.get(pk=gone.pk)


def test_all_that_leads_to_a_person_is_moved_and_given_back(two: tuple[Person, Person]) -> None:
    keys = {f"{key.model._meta.label_lower}.{key.name}": key for key in references()}
    assert keys.keys() == RELATIONS.keys(), "say here how rows of a new kind lead to somebody"
    stays, gone = two
    for make in RELATIONS.values():
        make(stays, gone)
    before = everything()
    count = {place: key.model._base_manager.filter(**{key.name: gone}).count() for place, key in keys.items()}
    assert all(count.values()), count

    merged(stays, gone)
    left = {place: key.model._base_manager.filter(**{key.name: gone}).count() for place, key in keys.items()}
    assert left == dict.fromkeys(keys, 0) | {"people.person_instruments.person": 1}, "the tuba, which both play"
    assert {each.name for each in stays.instruments.all()} == {"Tuba", "Horn"}
    merge_undo(gone=gone.pk)
    assert everything() == before


def test_values_are_chosen_and_undoing_gives_both_rows_back_exactly(two: tuple[Person, Person]) -> None:
    stays, gone = two
    before = everything()
    assert {each.name for each in outlook(stays, gone).differences} == {
        *("name", "pronouns", "phone", "notes", "picture", "user")
    }
    merged(stays, gone, "name", "phone", "pronouns", "user", "picture")
    again = Person.objects.get()
    assert (again.pk, again.name, again.phone, again.notes) == (stays.pk, "Kim B.", "2", "Needs a lift.")
    assert (again.pronouns, again.user_id, again.picture_id) == ("they", gone.user_id, gone.picture_id)
    assert list(Member.objects.order_by("pk").values_list("name", "person")) == [("Kim B.", stays.pk)] * 2
    assert who_stays(uid=gone.uid) == who_stays(pk=gone.pk) == again
    assert not list(Person.in_trash()), "nobody brings half of it back from there"

    merge_undo(gone=gone.pk)
    assert everything() == before
    assert who_stays(uid=gone.uid) == gone


def test_two_times_in_a_band_stay_and_one_said_twice_is_one(two: tuple[Person, Person]) -> None:
    stays, gone = two
    owls, cats = stays.memberships.get().band, BandFactory(name="Cats")
    double = MemberFactory(person=gone, band=owls, role="choir", position=7, instruments=["Tuba"])
    for person, since in ((stays, 1999), (gone, 2010)):
        MemberFactory(person=person, band=cats, since=since)
    before = everything()
    ahead = outlook(stays, gone)
    assert [[each.band.name for each in said] for said in (ahead.double, ahead.met)] == [["Owls"], ["Cats"]]

    merged(stays, gone)
    assert not Member.objects.filter(pk=double.pk).exists()
    assert [each.since for each in stays.memberships.filter(band=cats).order_by("since")] == [1999, 2010]
    merge_undo(gone=gone.pk)
    assert everything() == before


def test_what_was_changed_since_stays_and_is_told(two: tuple[Person, Person]) -> None:
    stays, gone = two
    membership = gone.memberships.get()
    merged(stays, gone, "phone", "user")
    Person.objects.filter(pk=stays.pk).update(phone="3")
    membership.delete()
    User.objects.all().filter(email="kim@example.org").delete()
    told = conflicts_of(Person.with_trash().get(pk=gone.pk))
    assert len(told) == 4, told
    with pytest.raises(MergeError):
        merge_undo(gone=gone.pk)
    merge_undo(gone=gone.pk, although=told)
    assert list(Person.objects.order_by("pk").values_list("phone", "user")) == [("3", None), ("2", None)]


def test_merges_are_undone_from_the_last_one_back(two: tuple[Person, Person]) -> None:
    stays, gone = two
    before = everything()
    merged(gone, stays, "name")
    first = everything()
    last = PersonFactory(name="Kim")
    merged(last, gone)
    assert who_stays(pk=stays.pk) == last
    with pytest.raises(MergeError, match="further"):
        merge_undo(gone=stays.pk)
    merge_undo(gone=gone.pk)
    purge_all(last)
    assert everything() == first
    merge_undo(gone=stays.pk)
    assert everything() == before


def purge_all(person: Person) -> None:
    person.move_to_trash()
    purge(person)


def test_after_thirty_days_only_who_stays_is_known(two: tuple[Person, Person]) -> None:
    stays, gone = two
    merged(stays, gone, "picture")
    later = timezone.now() + KEPT + timedelta(minutes=1)
    assert (merges_settle(timezone.now()), merges_settle(later), merges_settle(later)) == (0, 1, 0)
    assert trash_empty(later) == 0
    left = Person.with_trash().get(pk=gone.pk)
    assert (left.phone, left.pronouns, left.merge, left.picture) == ("", "", None, None)
    assert Person.objects.get().picture is not None
    assert who_stays(uid=gone.uid) == stays
    with pytest.raises(MergeError):
        merge_undo(gone=gone.pk)
    purge_all(Person.objects.get())
    assert not Person.with_trash().exists()


def test_nobody_merges_what_somebody_changed_or_took_away_meanwhile(two: tuple[Person, Person]) -> None:
    stays, gone = two
    seen = state_of(stays, gone)
    gone.save()
    values: dict[str, Any] = {"taken": (), "by": "Alice", "with_private": True}
    with pytest.raises(MergeError, match="meanwhile"):
        people_merge(stays=stays.pk, gone=gone.pk, seen=seen, **values)
    gone.move_to_trash()
    with pytest.raises(MergeError, match="any more"):
        people_merge(stays=stays.pk, gone=gone.pk, seen=state_of(stays, gone), **values)
    with pytest.raises(MergeError):
        people_merge(stays=stays.pk, gone=stays.pk, seen=seen, **values)


def test_who_does_not_see_private_fields_neither_chooses_nor_loses_them(two: tuple[Person, Person]) -> None:
    stays, gone = two
    with pytest.raises(MergeError, match="owners and managers"):
        merged(stays, gone, with_private=False)
    Person.objects.filter(pk=stays.pk).update(phone="")
    merged(Person.objects.get(pk=stays.pk), gone, "notes", with_private=False)
    again = Person.objects.get()
    assert (again.phone, again.notes, again.user_id) == ("2", "Needs a lift.", gone.user_id)


def test_a_merge_stands_in_the_history_and_is_not_put_back_there(two: tuple[Person, Person]) -> None:
    stays, gone = two
    band = gone.memberships.get().band
    with changing_as(Changer):  # what happens to a row in the act that adds it isn't kept
        merged(stays, gone, "phone")
    change = Change.objects.of(stays).filter(fields__has_key="merged_names").get()
    assert change.fields["merged_names"] == ["", "Kim B."]
    assert not may_be_put_back([change])
    assert not Change.objects.filter(fields__has_key="merge").exists(), "it holds what only some may see"
    moved = Change.objects.of(band).filter(part="bands.member").first()
    with pytest.raises(Exception, match="merged"):
        changes_put_back(row=band, act=moved.act)  # type: ignore[union-attr]


def test_namesakes_are_proposed() -> None:
    people = [PersonFactory(name=name) for name in ("Kim Bell", "KIM  bell", "Kim", "Lou")]
    assert list(Person.objects.with_namesakes().order_by("pk")) == people[:2]
    people[1].move_to_trash()
    assert not Person.objects.with_namesakes()
