"""What was found, as pages show it: rows of any kind, with the words marked by which they were found."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.template.loader import select_template
from django.utils.safestring import SafeString

from bandstand.content.declaring import Declarations
from bandstand.content.highlighting import Highlighter, beginning
from bandstand.content.kinds import kinds_of
from bandstand.content.searched import Searched

_LAST = 1000  # the place of kinds that the masthead doesn't name
_LONG = 200  # letters that a text may have; fields for fewer are names and places


@dataclass(frozen=True)
class Result:
    """One row that was found."""

    row: Any
    kind: str  # its name for people
    title: SafeString
    excerpt: SafeString
    template: Any  # of the subject, `<app>/found.html`, or the one for all


@dataclass(frozen=True)
class KindFilter:
    """A kind to choose, or all of them, and how many rows were found of it."""

    value: str
    name: str
    count: int


def visitors_kinds() -> list[type[Searched]]:
    """Return the kinds whose rows visitors may find, in the order of the masthead."""
    kinds = [kind for kind in kinds_of(Searched) if kind.found_by_visitors() is not None]
    return sorted(kinds, key=lambda kind: min((place.order for place in _config(kind).portal_places), default=_LAST))


def value_of(kind: type[Searched]) -> str:
    """Return what a query calls a kind."""
    return str(kind._meta.model_name)  # noqa: SLF001 - Django documents it


def name_of(kind: type[Searched]) -> str:
    """Return what people call a kind: the name of its subject."""
    return str(_config(kind).verbose_name)


def results(query: str, found: Iterable[tuple[type[Searched], int]], *, language: str) -> list[Result]:
    """Return what visitors see of the rows found, in their order. Costs the queries of each kind once."""
    keys = list(found)
    rows = {
        kind: kind.found_by_visitors().in_bulk([key for each, key in keys if each is kind])
        for kind in dict.fromkeys(kind for kind, _key in keys)
    }
    highlighter = Highlighter(query)
    seen = ((kind, rows[kind][key]) for kind, key in keys if key in rows[kind])
    return [_result(kind, row, highlighter, language) for kind, row in seen]


def _result(kind: type[Searched], row: Any, highlighter: Highlighter, language: str) -> Result:
    app = kind._meta.app_label  # noqa: SLF001
    found, otherwise = _excerpts(kind, row, highlighter, getattr(row, "own_language", language))
    return Result(
        row,
        name_of(kind),
        highlighter.mark(str(getattr(row, "headline", row)), alike=not found),
        highlighter.mark(found or otherwise),
        select_template([f"{app}/found.html", "search/found.html"]),
    )


def _excerpts(kind: type[Searched], row: Any, highlighter: Highlighter, language: str) -> tuple[str, str]:
    """Return the text in which the words stand, empty if there is none, and how the row's first text begins."""
    texts = [text for name in _text_fields(kind) if (text := getattr(row, name))]
    found = (highlighter.excerpt(text, language=language) for text in texts)
    return next(filter(None, found), ""), beginning(texts[0], language=language) if texts else ""


@functools.cache
def _text_fields(kind: type[Searched]) -> list[str]:
    """Return the row's own fields by which it is found that hold texts, the weightier ones first."""
    own = [path for _weight, paths in sorted(kind.found_by.items()) for path in paths if "__" not in path]
    fields: Any = kind._meta  # noqa: SLF001
    return [name for name in own[1:] if (fields.get_field(name).max_length or _LONG) >= _LONG]


def _config(kind: type[Searched]) -> Any:
    config = apps.get_app_config(kind._meta.app_label)  # noqa: SLF001
    return config if isinstance(config, Declarations) else Declarations
