"""Texts in further languages as columns of spreadsheets: "name:de" beside "name"."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.utils.text import format_lazy
from import_export import fields

from bandstand.content.translated import name_for_version
from bandstand.spreadsheets.columns import Column, column


class VersionColumn(fields.Field):
    """What a field says in another language."""

    def __init__(self, name: str, language: str) -> None:
        super().__init__(name, name_for_version(name, language))
        self._language = language

    def export(self, instance: Any, **_kwargs: Any) -> str:
        return str(instance.versions_of(self.attribute).get(self._language, ""))


def version_columns(model: Any, columns: Iterable[Column], languages: Collection[str]) -> Iterator[Column]:
    """Yield the columns of an import for what the model's texts say in these languages."""
    names = dict(settings.LANGUAGES)
    for each in columns:
        if each.name in getattr(model, "translated_fields", ()):
            for code in languages:
                label = format_lazy("{field}: {language}", field=each.label, language=names[code])
                yield column(name_for_version(each.name, code), label)


def version_of(name: str) -> tuple[str, str]:
    """Return field and language of a column; "" for one that is no version."""
    field, _colon, language = name.partition(":")
    return field, language
