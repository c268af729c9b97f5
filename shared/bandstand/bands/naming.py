"""Genres and instruments: rows known by their names, made where they are missing."""

from __future__ import annotations

from typing import TypeVar

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from bandstand.content.moments import Unreadable
from bandstand.content.values import split_names

NAME_MAX_LENGTH = 60
Named = TypeVar("Named", bound=models.Model)


def read_names(text: str) -> list[str]:
    """Return the names in `text`, each once whatever its case. Raises Unreadable for one that is too long."""
    names = split_names(text)
    for name in names:
        if len(name) > NAME_MAX_LENGTH:
            raise Unreadable(
                _("“%(name)s” is too long: use up to %(limit)d characters a name.")
                % {"name": name, "limit": NAME_MAX_LENGTH}
            )
    return names


def named_rows(model: type[Named], names: list[str]) -> list[Named]:
    """Return one row of `model` (with a unique `name`) per name, made where missing; safe against doing so twice."""
    return [_row(model, name) for name in names]


def _row(model: type[Named], name: str) -> Named:
    rows = model._default_manager.filter(name__iexact=name)  # noqa: SLF001
    found = rows.first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return model._default_manager.create(name=name)  # noqa: SLF001
    except IntegrityError:
        return rows.get()  # somebody was faster
