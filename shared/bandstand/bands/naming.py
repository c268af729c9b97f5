"""Genres and instruments as people type them: names in one line, separated by commas."""

from __future__ import annotations

from typing import TypeVar

from django.db import IntegrityError, models, transaction

Named = TypeVar("Named", bound=models.Model)


def split_names(text: str) -> list[str]:
    """Return the names in `text`, each once whatever its case, in their order."""
    names: dict[str, str] = {}
    for part in text.split(","):
        name = " ".join(part.split())
        if name:
            names.setdefault(name.casefold(), name)
    return list(names.values())


def join_names(rows: list[Named]) -> str:
    """Return the line that `split_names` reads back."""
    return ", ".join(str(row) for row in rows)


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
