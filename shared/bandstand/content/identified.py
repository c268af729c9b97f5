"""Rows with an identity that never changes: a UUID of version 7, which the database draws for each row.

It travels with the row through export, backup, move and restore. What other systems keep refers to it, never to a key.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db import connection, models
from django.db.models import Func
from django.utils.translation import gettext_lazy as _


class UUID7(Func):
    """A new UUID of version 7. PostgreSQL before 18 has none built in, so the function is ours, in `public`."""

    function = "public.uuid7"
    arity = 0
    output_field = models.UUIDField()
    draws_anew = True  # for bandstand.database.drawn_defaults


class UidField(models.UUIDField):  # type: ignore[type-arg] # it takes none at run time
    """A UUID that the database draws and keeps: a trigger refuses any change, also by SQL."""

    # Our schema editor makes them with the column. Not BEFORE: an UPDATE that names a unique column, as Django's do,
    # would then lock the row against rows that refer to it, also where nothing of the column changes.
    triggers: ClassVar[Mapping[str, str]] = {
        "stays": "AFTER UPDATE OF {column} ON {table} FOR EACH ROW WHEN (OLD.{column} IS DISTINCT FROM NEW.{column})"
        " EXECUTE FUNCTION public.uid_stays()"
    }

    def __init__(self, **kwargs: Any) -> None:
        given = {"verbose_name": _("permanent identifier"), "db_default": UUID7(), "unique": True, "editable": False}
        super().__init__(**{**given, **kwargs})

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _arguments, _given = super().deconstruct()
        return name, path, [], {}


class Identified(models.Model):
    """A row with a `uid`, for whatever is referred to from outside."""

    uid: models.UUIDField[uuid.UUID, uuid.UUID] = UidField()

    class Meta:
        abstract = True


def has_uid(model: type[models.Model]) -> bool:
    """Whether the model's rows have a `uid`."""
    return any(isinstance(field, UidField) for field in model._meta.fields)  # noqa: SLF001 # documented


@contextmanager
def uid_carried() -> Iterator[None]:
    """Let a row take the `uid` that it has elsewhere: an organization that moves back to where its signpost stands."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL bandstand.uid_is_carried = 'on'")
        yield
        cursor.execute("SET LOCAL bandstand.uid_is_carried = 'off'")
