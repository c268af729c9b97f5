"""Says in words what was changed: names of fields and parts, values as people read them, what differs in long texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from bandstand.content.changes import Change

_LONG = 80  # characters from which on what differs is shown instead of both values
_AROUND = 40  # characters of what is the same, on both sides
_MOST = 600  # characters of what differs


class Difference(NamedTuple):
    """Where two texts differ, and what stands before and after."""

    before: str
    gone: str
    new: str
    after: str


@dataclass(frozen=True)
class Line:
    """What happened to one field, or to a part."""

    what: str
    before: str = ""
    after: str = ""
    difference: Difference | None = None


@dataclass
class Told:
    """All that one act changed of a row."""

    act: int
    at: datetime
    who: str
    lines: list[Line] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def who(change: Change) -> str:
    """Return who or what made a change."""
    if change.by == Change.By.IMPORT:
        return _("%(name)s (import)") % {"name": change.user_name} if change.user_name else _("Import")
    if change.by == Change.By.JOB:
        return _("Background job")
    if change.by == Change.By.STAFF:
        return _("Platform staff")
    if change.by == Change.By.SUPPORT:
        return _("Platform support")
    return change.user_name or _("Unknown")


def tell(changes: Sequence[Change], *, with_addresses: bool, with_private: bool) -> list[Told]:
    """Return what each act changed, in the order of `changes`; email addresses only `with_addresses`.

    Of private fields it says only `with_private` more than that they were changed.
    """
    speaker = _Speaker(changes, with_addresses=with_addresses, with_private=with_private)
    told: dict[int, Told] = {}
    for change in changes:
        each = told.setdefault(change.act, Told(change.act, change.at, who(change)))
        each.changes.append(change)
        each.lines[:0] = speaker.lines(change)  # within an act, what happened first is told first
    return list(told.values())


def differing(before: str, after: str) -> Difference:
    """Return where two texts differ, by whole words: what they begin and end with alike is cut short."""
    old, new = before.split(" "), after.split(" ")
    most = min(len(old), len(new))
    start = next((i for i in range(most) if old[i] != new[i]), most)
    end = next((i for i in range(most - start) if old[-1 - i] != new[-1 - i]), most - start)
    alike_before, alike_after = " ".join(old[:start]), " ".join(old[len(old) - end :])
    return Difference(
        _tail(alike_before),
        _cut(" ".join(old[start : len(old) - end])),
        _cut(" ".join(new[start : len(new) - end])),
        alike_after if len(alike_after) <= _AROUND else alike_after[:_AROUND] + "…",
    )


def _tail(text: str) -> str:
    return text if len(text) <= _AROUND else "…" + text[-_AROUND:]


def _cut(text: str) -> str:
    return text if len(text) <= _MOST else text[:_MOST] + "…"


class _Speaker:
    """Knows the names of the rows that changes refer to, looked up once for all of them."""

    def __init__(self, changes: Iterable[Change], *, with_addresses: bool, with_private: bool) -> None:
        self._with_addresses = with_addresses
        self._with_private = with_private
        self._names: dict[tuple[type[models.Model], Any], str] = {}
        wanted: dict[type[models.Model], set[Any]] = {}
        for change in changes:
            for field_, pair in _fields(change):
                if field_.is_relation and pair is not None:
                    wanted.setdefault(field_.related_model, set()).update(each for each in pair if each)
            if change.part and change.action == Change.Action.CHANGED:
                wanted.setdefault(apps.get_model(change.part), set()).add(change.part_id)
        for model, keys in wanted.items():
            rows = model._base_manager.filter(pk__in=keys)  # noqa: SLF001 # documented by Django
            if "name" in {each.name for each in model._meta.concrete_fields}:  # noqa: SLF001
                self._names.update({(model, key): name for key, name in rows.values_list("pk", "name")})
            else:
                self._names.update({(model, row.pk): str(row) for row in rows.select_related(*_needed(model))})

    def lines(self, change: Change) -> Iterator[Line]:
        """Yield what there is to say of one change."""
        if not change.part and change.action == Change.Action.ADDED:
            yield Line(_("Added"))
        elif not change.part and change.action == Change.Action.DELETED:
            yield Line(_("Deleted"))
        elif change.action == Change.Action.CHANGED:
            prefix = f"{self._part_name(change)}: " if change.part else ""
            for field_, pair in _fields(change):
                if _reads_alike(field_, pair):
                    continue
                yield self._of_field(f"{prefix}{capfirst(field_.verbose_name)}", field_, pair)
        else:
            side = 0 if change.action == Change.Action.DELETED else 1
            text = self._described(change, side)
            what = self._kind_of(change)
            yield Line(what, before=text) if side == 0 else Line(what, after=text)

    def _of_field(self, what: str, field_: Any, pair: Any) -> Line:
        if self._is_hidden(field_):
            return Line(what, "…", "…")
        if pair is None:
            return Line(what, after=_("(the text is no longer kept)"))
        before, after = (self._shown(field_, each) for each in pair)
        if max(len(before), len(after)) > _LONG:
            return Line(what, difference=differing(before, after))
        return Line(what, before or "—", after or "—")

    def _is_hidden(self, field_: Any) -> bool:
        return not self._with_private and field_.name in getattr(field_.model, "private", ())

    def _kind_of(self, change: Change) -> str:
        """Return what a part is called: a link of a many-to-many field by what it leads to."""
        about: Any = apps.get_model(change.part)._meta  # noqa: SLF001 # documented by Django
        if not about.auto_created:
            return str(capfirst(about.verbose_name))
        return str(capfirst(self._far_end(change).related_model._meta.verbose_name))  # noqa: SLF001

    def _part_name(self, change: Change) -> str:
        name = self._names.get((apps.get_model(change.part), change.part_id), "")
        return f"{self._kind_of(change)} {_quoted(name)}" if name else self._kind_of(change)

    def _described(self, change: Change, side: int) -> str:
        """Return the values of a part that was added or deleted, except those that nobody chose."""
        unsaid = {"position", *getattr(apps.get_model(change.part), "told_as_part", ())}
        said = (
            (field_, pair[side])
            for field_, pair in _fields(change)
            if field_.name not in unsaid and pair is not None and pair[side] != field_.default
        )
        return ", ".join(filter(None, (self._told(field_, value) for field_, value in said)))

    def _told(self, field_: Any, value: Any) -> str:
        text = self._shown(field_, value)
        return f"{field_.verbose_name}: {text}" if isinstance(value, bool) else text

    def _far_end(self, change: Change) -> Any:
        through = apps.get_model(change.part)
        owner: Any = through._meta.auto_created  # noqa: SLF001
        many = next(each for each in owner._meta.many_to_many if each.remote_field.through is through)  # noqa: SLF001
        return through._meta.get_field(many.m2m_reverse_field_name())  # noqa: SLF001

    def _shown(self, field_: Any, value: Any) -> str:
        value = field_.told(value) if hasattr(field_, "told") else value  # which says what is in it
        value = ", ".join(map(str, value)) if isinstance(value, list) else value
        if value in (None, ""):
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if self._is_hidden(field_) or (isinstance(field_, models.EmailField) and not self._with_addresses):
            return "…"
        if field_.is_relation:
            return self._names.get((field_.related_model, value)) or _("(deleted)")
        if isinstance(field_, models.DateTimeField):
            moment = parse_datetime(str(value))
            return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT") if moment else str(value)
        return str(dict(field_.flatchoices).get(value, value)) if field_.choices else str(value)


def _fields(change: Change) -> Iterator[tuple[Any, Any]]:
    """Yield the fields of a change that exist today, in the model's order, each with the pair of its values."""
    model: Any = apps.get_model(change.part or change.kind)
    changed: Mapping[str, Any] = change.fields
    for field_ in model._meta.concrete_fields:  # noqa: SLF001 # documented by Django
        if field_.column in changed:
            yield field_, changed[field_.column]


def _reads_alike(field_: Any, pair: Any) -> bool:
    """Whether a column holds more than what is told of it, and only that was changed."""
    return pair is not None and hasattr(field_, "told") and field_.told(pair[0]) == field_.told(pair[1])


def _needed(model: Any) -> list[str]:
    """Return the relations that the name of a row without one of its own is made of."""
    return [each.name for each in model._meta.concrete_fields if each.is_relation]  # noqa: SLF001


def _quoted(name: str) -> str:
    return _("“%(name)s”") % {"name": name}
