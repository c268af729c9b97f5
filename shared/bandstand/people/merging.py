"""Makes one person of two, and two of one again.

Whoever is merged into somebody else goes out of sight as a row, with all that wasn't moved; what the merge did is noted
there. So undoing it gives back exactly what was, except what somebody changed since, which is told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core import serializers
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from bandstand.bands.models import Band, Member
from bandstand.content.changes import Change
from bandstand.media.uses import pictures_delete_unused
from bandstand.people.models import Person

KEPT = timedelta(days=30)


class MergeError(Exception):
    """Merging or undoing isn't possible (any more). The message is for people."""


@dataclass(frozen=True)
class FieldDifference:
    """A field in which two people differ."""

    name: str
    label: str
    stays: Any
    gone: Any
    is_private: bool

    @property
    def is_disputed(self) -> bool:
        """Whether both have a value, so that one is given up."""
        return self.stays not in {None, ""} and self.gone not in {None, ""}


@dataclass
class Outlook:
    """What merging two people will do, to be told before."""

    differences: list[FieldDifference]
    memberships: list[Member] = field(default_factory=list)  # that are moved
    double: list[Member] = field(default_factory=list)  # removed, as the other one says the same
    met: list[Member] = field(
        default_factory=list
    )  # moved to a band in which the other one is already, at another time


def references() -> list[Any]:
    """Return the foreign keys of all models that lead to a person, also those without a name for the way back."""
    found = (each for each in Person._meta.get_fields(include_hidden=True) if each.one_to_many or each.one_to_one)  # noqa: SLF001 - documented
    keys = [each.field for each in found if each.auto_created]  # type: ignore[union-attr]
    return sorted(keys, key=_place)


def differences(stays: Person, gone: Person) -> list[FieldDifference]:
    """Return the fields that people fill in and in which the two differ."""
    found = []
    for each in _filled_in():
        mine, theirs = getattr(stays, each.attname), getattr(gone, each.attname)
        if mine != theirs:
            values = (getattr(stays, each.name), getattr(gone, each.name))
            label = str(capfirst(each.verbose_name))
            found.append(FieldDifference(each.name, label, *values, each.name in Person.private))
    return found


def outlook(stays: Person, gone: Person) -> Outlook:
    """Return what merging `gone` into `stays` will do."""
    said = Outlook(differences(stays, gone))
    present = list(_memberships(stays))
    for each in _memberships(gone):
        if any(_is_same_time(each, other) for other in present):
            said.double.append(each)
            continue
        said.memberships.append(each)
        if any(each.band_id == other.band_id for other in present):
            said.met.append(each)
    return said


def state_of(*people: Person) -> str:
    """Return what tells whether somebody changed these people since."""
    numbers = (f"{person.updated_at.timestamp()}:{Change.objects.newest(Person, person.pk)}" for person in people)
    return "-".join(numbers)


def people_merge(*, stays: int, gone: int, taken: Collection[str], seen: str, by: str, with_private: bool) -> Person:
    """Make the person `gone` one with the person `stays`, and return the latter.

    `taken` are the fields whose values come from `gone`; the others stay. Without the right to private fields nobody
    decides about them: they are kept as far as only one of the two has them. Raises MergeError where both do, and if
    one of the two isn't there any more, or was changed since `seen`.
    """
    with transaction.atomic():
        people = _locked(stays, gone)
        if len(people) != 2 or any(person.is_trashed for person in people.values()):  # noqa: PLR2004
            raise MergeError(_("One of the two isn't here any more."))
        stayer, leaver = people[stays], people[gone]
        if state_of(stayer, leaver) != seen:
            raise MergeError(_("Someone changed one of the two meanwhile. Please compare them again."))
        if not with_private:
            taken = {*taken} - {*Person.private} | _private_of_one(stayer, leaver)
        account, now = leaver.user_id, timezone.now()
        record: dict[str, Any] = {"by": by, "into": stays, "account": account}
        _write(leaver, user=None)  # before somebody else gets it
        record["removed"] = _remove_double(stayer, leaver)
        record["moved"] = {_place(key): _move(key, leaver, stayer) for key in references()}
        record["values"] = _take(stayer, leaver, taken, account=account, now=now)
        _write(leaver, trashed_at=now, merged_into=stayer, merge=record)
        _name_merged(stayer)
        return stayer


def conflicts_of(gone: Person) -> list[str]:
    """Return what undoing the merge of `gone` can't give back, in sentences."""
    return _return_of(gone, gone.merged_into).lost if gone.merged_into else []


def merge_undo(*, gone: int, although: Collection[str] = ()) -> Person:
    """Make the person `gone` a person of their own again, as they were, and return them.

    Raises MergeError if that isn't possible any more, or if there is more that can't be given back than `although`.
    """
    try:
        with transaction.atomic():
            return _undo(gone, although)
    except IntegrityError:
        raise MergeError(_("This doesn't fit what is stored by now. Nothing has been changed.")) from None


def may_be_undone(gone: Person, now: datetime | None = None) -> bool:
    """Whether what the merge of `gone` did is still known."""
    until = undone_until(gone)
    is_known = gone.merged_into_id is not None and gone.merge is not None
    return is_known and until is not None and until > (now or timezone.now())


def undone_until(gone: Person) -> datetime | None:
    """Return until when the merge can be undone."""
    return gone.trashed_at + KEPT if gone.trashed_at else None


def who_stays(**wanted: Any) -> Person | None:
    """Return the person, or the one into whom they were merged, by `pk=` or `uid=`; None if there is none."""
    found = Person.with_trash().filter(**wanted).select_related("merged_into").first()
    while found is not None and found.merged_into_id is not None:
        found = found.merged_into
    return None if found is None or found.is_trashed else found


def merges_settle(now: datetime | None = None) -> int:
    """Forget what merges did that can't be undone any more, with all but the names of who went; return how many."""
    due = (now or timezone.now()) - KEPT
    people = Person.with_trash().filter(merged_into__isnull=False, merge__isnull=False, trashed_at__lt=due)
    settled = list(people)
    for person in settled:
        with transaction.atomic():
            picture = person.picture_id
            # The name stays, as the history and the one who stays have it too.
            emptied = {each.name: None if each.null else "" for each in _filled_in() if each.name != "name"}
            _write(person, merge=None, **emptied)
            person.instruments.clear()
            pictures_delete_unused([picture] if picture else [])
    return len(settled)


def _undo(gone: int, although: Collection[str]) -> Person:
    found = Person.with_trash().filter(pk=gone).first()
    if found is None or found.merged_into_id is None:
        raise MergeError(_("This isn't merged any more."))
    again = _locked(found.merged_into_id, gone).get(gone)
    if again is None or not may_be_undone(again) or again.merged_into_id != found.merged_into_id:
        raise MergeError(_("This merge can't be undone any more."))
    stays = again.merged_into
    if stays is None or stays.pk != (again.merge or {})["into"]:
        raise MergeError(_("They were merged further since. Undo that merge first."))
    found = _return_of(again, stays)
    if set(found.lost) - set(although):
        raise MergeError(_("Something was changed since. Please look at what can't be given back."))
    _write(again, trashed_at=None, merged_into=None, merge=None)
    _give_back(found, again, stays)
    _name_merged(stays)
    return again


def _private_of_one(stays: Person, gone: Person) -> set[str]:
    found = [each for each in differences(stays, gone) if each.is_private]
    if any(each.is_disputed for each in found):
        raise MergeError(
            _("Both have something that only owners and managers see. Ask one of them to merge these two.")
        )
    return {each.name for each in found if each.stays in {None, ""}}


def _filled_in() -> list[Any]:
    """Return the fields that people fill in."""
    return [each for each in Person._meta.concrete_fields if each.editable and not each.primary_key]  # noqa: SLF001


def _locked(*numbers: int) -> dict[int, Person]:
    """Return these people, also from the trash, locked in the order of their keys, whoever is merged into whom.

    Their bands are locked before them, as whoever saves a line-up holds the band, and then people whose names change.
    """
    bands = Member._base_manager.filter(person__in=numbers).values("band")  # noqa: SLF001 # documented by Django
    list(Band.with_trash().filter(pk__in=bands).order_by("pk").select_for_update(of=("self",), no_key=True))
    people = Person.with_trash().filter(pk__in=numbers).order_by("pk").select_for_update(of=("self",))
    return {person.pk: person for person in people}


def _memberships(person: Person) -> Any:
    rows = Member.objects.filter(person=person).select_related("band").prefetch_related("instruments")
    return rows.order_by("band__name", "pk")


def _is_same_time(one: Member, other: Member) -> bool:
    """Whether both say the same of when somebody was in which band."""
    return all(getattr(one, name) == getattr(other, name) for name in ("band_id", "since", "until", "is_former"))


def _write(person: Person, **values: Any) -> None:
    """Store these values and nothing else, `updated_at` neither."""
    for name, value in values.items():
        setattr(person, name, value)
    Person.with_trash().filter(pk=person.pk).update(**values)


def _place(key: Any) -> str:
    return f"{key.model._meta.label_lower}.{key.name}"  # noqa: SLF001 - documented


def _remove_double(stays: Person, gone: Person) -> str:
    """Delete the memberships of `gone` that say the same as one of `stays`, and return them as text."""
    double = outlook(stays, gone).double
    text: str = serializers.serialize("json", double)
    Member.objects.filter(pk__in=[member.pk for member in double]).delete()
    return text


def _move(key: Any, gone: Person, stays: Person) -> list[Any]:
    """Let the rows that lead to `gone` lead to `stays`; return their keys. Those that can't be there twice remain."""
    moved = []
    rows = key.model._base_manager.filter(**{key.name: gone}).order_by("pk")  # noqa: SLF001 - also in the trash
    for number in list(rows.values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                rows.filter(pk=number).update(**{key.name: stays})
        except IntegrityError:
            continue
        moved.append(number)
    return moved


def _take(
    stays: Person, gone: Person, taken: Collection[str], *, account: int | None, now: datetime
) -> dict[str, list[str | None]]:
    """Give `stays` what is `taken` from `gone`; return before and after of each column, as text."""
    values: dict[str, Any] = {}
    for each in _filled_in():
        if each.name in taken:
            values[each.attname] = account if each.name == "user" else getattr(gone, each.attname)
    values["updated_at"] = now
    fields: Mapping[str, Any] = {each.attname: each for each in Person._meta.concrete_fields}  # noqa: SLF001
    before = {name: fields[name].value_to_string(stays) for name in values}
    nothing = {name for name in values if getattr(stays, name) is None}
    _write(stays, **values)
    return {
        name: [
            None if name in nothing else before[name],
            None if getattr(stays, name) is None else fields[name].value_to_string(stays),
        ]
        for name in values
    }


def _name_merged(stays: Person) -> None:
    merged = Person.with_trash().filter(merged_into=stays).order_by("trashed_at", "pk")
    _write(stays, merged_names="; ".join(merged.values_list("name", flat=True)))


@dataclass
class _Return:
    """What undoing a merge gives back, and a sentence for each thing that it can't, as somebody changed it since."""

    values: dict[str, Any] = field(default_factory=dict)  # of the one who stays
    rows: list[tuple[str, Any]] = field(default_factory=list)  # names of keys, with the rows that lead to somebody
    removed: list[Any] = field(default_factory=list)  # deserialized memberships, to be added again
    account: int | None = None
    lost: list[str] = field(default_factory=list)


def _return_of(gone: Person, stays: Person) -> _Return:
    """Look at what the merge of `gone` did and what is so now. Writes nothing."""
    record: Mapping[str, Any] = gone.merge or {}
    found = _Return()
    _look_at_values(found, stays, record["values"])
    _look_at_rows(found, stays, record["moved"])
    _look_at_removed(found, gone, record["removed"])
    if record["account"]:
        _look_at_account(found, gone, stays, record)
    return found


def _give_back(found: _Return, gone: Person, stays: Person) -> None:
    _write(stays, **found.values)
    for name, rows in found.rows:
        rows.update(**{name: gone})
    for each in found.removed:
        each.save()
    if found.account is not None:  # after the one who stays gave it up
        _write(gone, user_id=found.account)


def _look_at_values(found: _Return, stays: Person, values: Mapping[str, list[str | None]]) -> None:
    for each in Person._meta.concrete_fields:  # noqa: SLF001
        if each.attname not in values:
            continue
        before, after = values[each.attname]
        if getattr(stays, each.attname) == _read(each, after):
            found.values[each.attname] = _read(each, before)
        elif each.name != "updated_at":
            what = {"field": capfirst(each.verbose_name), "name": stays}
            found.lost.append(_("%(name)s: “%(field)s” has been changed since, and stays as it is now.") % what)


def _look_at_rows(found: _Return, stays: Person, moved: Mapping[str, list[Any]]) -> None:
    for key in references():
        numbers = moved.get(_place(key), [])
        rows = key.model._base_manager.filter(pk__in=numbers, **{key.name: stays})  # noqa: SLF001
        found.rows.append((key.name, rows))
        missing = len(numbers) - rows.count()
        if missing:
            what = {"kind": capfirst(key.model._meta.verbose_name_plural), "count": missing}  # noqa: SLF001
            found.lost.append(_("%(kind)s deleted or given to someone else since: %(count)d.") % what)


def _look_at_removed(found: _Return, gone: Person, removed: str) -> None:
    for each in serializers.deserialize("json", removed, ignorenonexistent=True):
        row: Any = each.object
        if not Band.with_trash().filter(pk=row.band_id).exists():
            found.lost.append(_("A band of %(name)s has been deleted for good since.") % {"name": gone})
        elif not type(row)._base_manager.filter(pk=row.pk).exists():  # noqa: SLF001
            found.removed.append(each)


def _look_at_account(found: _Return, gone: Person, stays: Person, record: Mapping[str, Any]) -> None:
    holder = Person.with_trash().filter(user=record["account"]).exclude(pk=gone.pk).first()
    came_by_the_merge = record["values"].get("user_id", [None, None])[1] is not None
    if holder is not None and not (holder == stays and came_by_the_merge):
        found.lost.append(_("The account belongs to %(name)s now.") % {"name": holder})
    elif not _account_exists(record["account"]):
        found.lost.append(_("The account has been deleted since."))
    else:
        found.account = record["account"]


def _account_exists(number: int) -> bool:
    account: Any = Person._meta.get_field("user").related_model  # noqa: SLF001
    return bool(account._base_manager.filter(pk=number).exists())  # noqa: SLF001


def _read(of: Any, text: str | None) -> Any:
    if text is None:
        return None
    target = of.target_field if of.is_relation else of
    return target.to_python(text)
