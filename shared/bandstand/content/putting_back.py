"""Puts back what one act changed of a row: a normal save, under the rules of today."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from bandstand.content.changes import Change
from bandstand.content.recorded import Recorded


def may_be_put_back(changes: Iterable[Change]) -> bool:
    """Whether the changes of one act can be put back: not that the row itself came or went, to the trash either."""
    return all(
        change.part or (change.action == Change.Action.CHANGED and _fixed(change).isdisjoint(change.fields))
        for change in changes
    )


def _fixed(change: Change) -> set[str]:
    """Return the columns of the row itself that aren't put back here."""
    return {"trashed_at", *getattr(apps.get_model(change.kind), "put_back_otherwise", ())}


def changes_put_back(*, row: Recorded, act: int) -> None:
    """Give the row and its parts the values from before `act`, all or none.

    Raises ValidationError, with sentences for people, if that isn't possible (any more), and LookupError if the row has
    no such act that can be put back.
    """
    changes = list(Change.objects.of(row).filter(act=act))
    if not changes or not may_be_put_back(changes):
        raise LookupError(act)
    try:
        with transaction.atomic():
            for change in changes:
                _undo(row, change)
            row.validate_parts()
    except IntegrityError as problem:
        raise ValidationError(_("This doesn't fit what is stored by now. Nothing has been put back.")) from problem


def _undo(row: Recorded, change: Change) -> None:
    before = {column: None if pair is None else pair[0] for column, pair in change.fields.items()}
    if None in change.fields.values():
        raise ValidationError(_("The earlier text is no longer kept."))
    if not change.part:
        _store(row, before)
        return
    model: Any = apps.get_model(change.part)
    part = model._base_manager.filter(pk=change.part_id).first()  # noqa: SLF001 # documented by Django
    if change.action == Change.Action.ADDED:
        if part is not None:
            part.delete()
    elif change.action == Change.Action.CHANGED:
        if part is None:
            name = capfirst(model._meta.verbose_name)  # noqa: SLF001 # documented by Django
            raise ValidationError(_("“%(name)s” has been deleted since.") % {"name": name})
        _store(part, before)
    elif part is None:
        _store(_again(row, model, change), before)


def _again(row: Recorded, model: Any, change: Change) -> models.Model:
    """Return a part that was deleted, with its former key, as its own links refer to it."""
    part: models.Model = model(pk=change.part_id)
    for field in model._meta.concrete_fields:  # noqa: SLF001 # documented by Django
        if field.is_relation and field.related_model is type(row):
            setattr(part, field.attname, row.pk)
    return part


def _store(row: models.Model, values: dict[str, Any]) -> None:
    """Set columns from JSON and save. Columns that don't exist any more are left out."""
    known = {field.column: field for field in row._meta.concrete_fields}  # noqa: SLF001 # documented by Django
    for column, value in values.items():
        if (field := known.get(column)) is not None:
            setattr(row, field.attname, _value(field, value))
    try:
        row.full_clean()
    except ValidationError as problem:
        raise ValidationError(_sentences(row, problem)) from problem
    row.save()


def _value(field: Any, value: Any) -> Any:
    if value is None:
        return None if field.null else field.get_default()
    target = field.target_field if field.is_relation else field
    return target.to_python(value)


def _sentences(row: models.Model, problem: ValidationError) -> list[str]:
    """Return the messages, each after the name of its field."""
    found = []
    about: Any = row._meta  # noqa: SLF001 # documented by Django
    for name, texts in problem.message_dict.items():
        label = "" if name == NON_FIELD_ERRORS else f"{capfirst(about.get_field(name).verbose_name)}: "
        found += [f"{label}{text}" for text in texts]
    return found
