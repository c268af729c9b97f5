"""Genres and instruments: rows looked up by name, created where they are missing."""

from __future__ import annotations

from typing import TypeVar

from django.utils.translation import gettext as _

from bandstand.content.moments import Unreadable
from bandstand.content.named import Named, NamedQuerySet
from bandstand.content.names import name_key
from bandstand.content.values import split_names

NAME_MAX_LENGTH = 60
Row = TypeVar("Row", bound=Named)


def read_names(text: str) -> list[str]:
    """Return the names in `text`, each once whatever its case. Raises Unreadable for a name that is too long."""
    names = split_names(text)
    for name in names:
        if len(name) > NAME_MAX_LENGTH:
            raise Unreadable(
                _("“%(name)s” is too long: use up to %(limit)d characters a name.")
                % {"name": name, "limit": NAME_MAX_LENGTH}
            )
    return names


def named_rows(model: type[Row], names: list[str]) -> list[Row]:
    """Return one row of `model` per name, created where missing. Idempotent and safe under concurrency."""
    rows: NamedQuerySet[Row] = model._default_manager.all()  # type: ignore[assignment] # noqa: SLF001
    found = {row.name_key: row for row in rows.filter(name_key__in={name_key(name) for name in names})}
    for name in names:
        if name_key(name) not in found:
            found[name_key(name)] = rows.get_or_make(name)
    return [found[name_key(name)] for name in names]
