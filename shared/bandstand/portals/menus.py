"""The entries of a portal's menu and footer, as JSON with a version.

What is written is validated here, by forms and by the model. What is read is read with care, as rows outlive releases
and come from archives: an entry that doesn't fit is none. {} stands for the menu that the kinds of content declare.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Value
from django.utils.translation import gettext as _

from bandstand.content import declaring
from bandstand.content.plain_text import one_line
from bandstand.content.translated import Translated, told

VERSION = 1
MOST_ENTRIES = 40  # with those below others
LABEL_MAX_LENGTH = 60
ADDRESS_MAX_LENGTH = 500
HEADING = ""  # what leads nowhere, and has entries below it
_PLACE, _ROW = "place:", "row:"
# On this portal. Browsers take "\" for "/" and leave out tabs, so that "/\t/evil.example" would be another host.
_OWN_PATH = re.compile(r"/(?![/\\])[^\s\\\x00-\x20\x7f-\x9f]*")
_WEB_ADDRESS = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True)
class MenuEntry:
    """One entry. `target`: a place of the portal, a row, a path or a web address; HEADING for none."""

    target: str
    label: str = ""  # as people wrote it; without one, a place or a row has its own name
    below: tuple[MenuEntry, ...] = ()

    @property
    def place(self) -> str:
        """The name of the URL that it leads to, if that is a place of the portal."""
        return self.target.removeprefix(_PLACE) if self.target.startswith(_PLACE) else ""

    @property
    def row(self) -> RowKey | None:
        """The row that it leads to, if it is one."""
        return _row_key(self.target)

    @property
    def address(self) -> str:
        """The path or web address that it leads to, if it is one."""
        return self.target if self.target.startswith(("/", "http://", "https://")) else ""


class RowKey(NamedTuple):
    """A row as menus name it: by its kind and `uid`."""

    kind: str
    uid: str

    @property
    def target(self) -> str:
        return f"{_ROW}{self.kind}:{self.uid}"


class ShownRow(NamedTuple):
    """A row that visitors see."""

    name: str
    url: str


def place_target(name: str) -> str:
    """Return how entries refer to the place whose URL has this name."""
    return f"{_PLACE}{name}"


def row_target(row: Any) -> str:
    """Return how entries refer to a row."""
    return RowKey(row._meta.label_lower, str(row.uid)).target  # noqa: SLF001 - Django documents it


def validate_address(value: str) -> None:
    """Raise ValidationError unless `value` is a path of this portal or a web address that a browser may follow."""
    if len(value) <= ADDRESS_MAX_LENGTH and _OWN_PATH.fullmatch(value):
        return
    try:
        _WEB_ADDRESS(value)
    except ValidationError:
        raise ValidationError(_("Enter an address that starts with https://, or a path such as /gigs/.")) from None


def read_entries(stored: Any) -> tuple[MenuEntry, ...] | None:
    """Return the entries; None if there are no own ones, or those of a version that this release doesn't know."""
    if not isinstance(stored, Mapping) or stored.get("v") != VERSION:
        return None
    return tuple(_read(stored.get("entries"), _Room(MOST_ENTRIES), deep=True))


def written_entries(entries: Iterable[MenuEntry]) -> list[dict[str, Any]]:
    """Return the entries as they are stored."""
    return [
        {"target": each.target}
        | ({"label": each.label} if each.label else {})
        | ({"entries": written_entries(each.below)} if each.below else {})
        for each in entries
    ]


def every_entry(entries: Iterable[MenuEntry]) -> Iterator[MenuEntry]:
    """Yield the entries, each before those below it."""
    for each in entries:
        yield each
        yield from each.below


def places() -> dict[str, declaring.Place]:
    """Return the places that entries may lead to, by the names of their URLs, in their order."""
    return {place.url_name: place for place in declaring.places_for_menus()}


def default_entries() -> tuple[MenuEntry, ...]:
    """Return the menu of a portal that has no own one."""
    return tuple(MenuEntry(place_target(place.url_name)) for place in declaring.portal_places())


def menu_kinds() -> list[Any]:
    """Return the models whose rows may stand in menus, in a fixed order."""
    return [apps.get_model(config.label, name) for config in declaring.configs() for name in config.in_menus]


def name_column(model: Any) -> str:
    """Return the column of what a row is called."""
    names = {field.name for field in model._meta.concrete_fields}  # noqa: SLF001 - documented
    return "name" if "name" in names else "title"


def _told_name(model: Any) -> Any:
    """Return what a row is called in the language of the page."""
    column = name_column(model)
    return told(column) if issubclass(model, Translated) else models.F(column)


def shown_rows(entries: Iterable[MenuEntry]) -> dict[RowKey, ShownRow]:
    """Return those rows of the entries that visitors see now. One query, or none where no entry is a row."""
    found = _asked(entries, _shown)
    return {key: ShownRow(name, _model(key.kind)(slug=slug).get_absolute_url()) for key, name, slug in found}


def row_names(entries: Iterable[MenuEntry]) -> dict[RowKey, str]:
    """Return what the rows of the entries are called that still exist, for the team. One query, or none."""
    return {key: name for key, name, _slug in _asked(entries, lambda model: model._default_manager.all())}  # noqa: SLF001


def described(entries: Iterable[MenuEntry], rows: Mapping[RowKey, ShownRow] | None = None) -> str:
    """Return the entries in a line, as people read them: "Bands, Gigs, More (Shop, Press)"."""
    return ", ".join(
        f"{called(each, rows)} ({described(each.below, rows)})" if each.below else called(each, rows)
        for each in entries
    )


def called(entry: MenuEntry, rows: Mapping[RowKey, ShownRow] | None = None) -> str:
    """Return what an entry is called; a row that isn't among `rows` by its kind."""
    if entry.label:
        return entry.label
    if place := places().get(entry.place):
        return str(place.text)
    if entry.row:
        kind, row = apps.get_model(entry.row.kind), (rows or {}).get(entry.row)
        return row.name if row else str(kind._meta.verbose_name)  # noqa: SLF001 - Django documents it
    return entry.address


class _Room:
    """How many entries may still be read."""

    def __init__(self, left: int) -> None:
        self.left = left


def _read(stored: Any, room: _Room, *, deep: bool) -> Iterator[MenuEntry]:
    for each in stored if isinstance(stored, list) else ():
        if room.left <= 0:
            return
        entry = _entry(each)
        if entry is None:
            continue
        room.left -= 1
        below = tuple(_read(each.get("entries"), room, deep=False)) if deep else ()
        if below or entry.target != HEADING:
            yield MenuEntry(entry.target, entry.label, below)


def _entry(stored: Any) -> MenuEntry | None:
    if not isinstance(stored, dict):
        return None
    target, label = stored.get("target"), stored.get("label", "")
    if not isinstance(target, str) or not isinstance(label, str):
        return None
    if len(label) > LABEL_MAX_LENGTH or one_line(label) != label or not _leads_somewhere(target, label):
        return None
    return MenuEntry(target, label)


def _leads_somewhere(target: str, label: str) -> bool:
    """Whether this is a target; headings and addresses have no name but their label."""
    if target.startswith(_PLACE):
        return target.removeprefix(_PLACE) in places()
    if target.startswith(_ROW):
        return _row_key(target) is not None
    if target != HEADING:
        try:
            validate_address(target)
        except ValidationError:
            return False
    return bool(label)


def _row_key(target: str) -> RowKey | None:
    if not target.startswith(_ROW):
        return None
    kind, _colon, uid = target.removeprefix(_ROW).partition(":")
    try:
        is_uid = str(uuid.UUID(uid)) == uid
    except ValueError:
        return None
    is_kind = any(model._meta.label_lower == kind for model in menu_kinds())  # noqa: SLF001 - documented
    return RowKey(kind, uid) if is_uid and is_kind else None


def _asked(entries: Iterable[MenuEntry], rows_of: Callable[[Any], Any]) -> Iterator[tuple[RowKey, str, str]]:
    """Yield key, name and slug of the entries' rows among those that `rows_of` returns of a model, in one query."""
    wanted: dict[str, set[str]] = {}
    for each in every_entry(entries):
        if each.row:
            wanted.setdefault(each.row.kind, set()).add(each.row.uid)
    parts = [
        rows_of(_model(kind))
        .filter(uid__in=sorted(uids))
        .order_by()
        .values_list(Value(kind, output_field=models.TextField()), "uid", _told_name(_model(kind)), "slug")
        for kind, uids in sorted(wanted.items())
    ]
    if parts:
        for kind, uid, name, slug in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
            yield RowKey(kind, str(uid)), name, slug


def _shown(model: Any) -> Any:
    """Return the rows that anybody sees without being told where."""
    rows = model._default_manager.published()  # noqa: SLF001 - Django documents it
    return rows.public() if hasattr(rows, "public") else rows  # of a kind that may be published for some alone


def _model(kind: str) -> Any:
    return apps.get_model(kind)
