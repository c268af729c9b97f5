"""What stands around a page of the portal, as its visitors see it now: entries that lead nowhere are left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.urls import NoReverseMatch, reverse

from bandstand.content.shown_language import localized
from bandstand.portals.menus import HEADING, MenuEntry, RowKey, ShownRow, called, every_entry, shown_rows
from bandstand.portals.presenting import portal_settings
from bandstand_web.page_languages import has_languages

# A menu of these dimensions stands in one or two lines on a phone; any other is folded there.
_FEW, _FEW_LETTERS = 6, 48

Rows = Mapping[RowKey, ShownRow]


@dataclass(frozen=True)
class FrameLink:
    """One link, or a heading of those below it."""

    text: str
    url: str = ""
    is_current: bool = False
    is_elsewhere: bool = False
    below: tuple[FrameLink, ...] = ()

    @property
    def holds_current(self) -> bool:
        """Whether the page stands below it."""
        return any(each.is_current for each in self.below)


@dataclass(frozen=True)
class SiteFrame:
    """All of it."""

    menu: tuple[FrameLink, ...]
    columns: tuple[FrameLink, ...]
    legal: tuple[FrameLink, ...]

    @property
    def is_short(self) -> bool:
        """Whether the menu needs no folding on a phone."""
        is_flat = not any(each.below for each in self.menu)
        return is_flat and len(self.menu) <= _FEW and sum(len(each.text) for each in self.menu) <= _FEW_LETTERS

    @property
    def is_folded(self) -> bool:
        """Whether something opens on a click."""
        return any(each.below for each in self.menu)


def site_frame(request: Any) -> SiteFrame:
    """Return what stands around the page that is asked for. One query, if an entry is a row; else none."""
    settings = portal_settings(request.organization)
    parts = (settings.menu_entries, settings.footer_parts.columns, settings.footer_parts.legal)
    rows = shown_rows(each for part in parts for each in every_entry(part))
    menu, columns, legal = (tuple(_links(part, rows, request.path)) for part in parts)
    return SiteFrame(menu, columns, legal)


def _links(entries: Iterable[MenuEntry], rows: Rows, path: str) -> Iterator[FrameLink]:
    for entry in entries:
        own = _link(entry, rows, path)
        below = tuple(_links(entry.below, rows, path))
        if not below:
            if own:
                yield own
        elif own:  # what opens on a click can't be a link itself
            yield replace(own, url="", is_current=False, below=(own, *below))
        else:
            yield FrameLink(called(entry, rows), below=below)


def _link(entry: MenuEntry, rows: Rows, path: str) -> FrameLink | None:
    """Return what an entry itself leads to, if that is there."""
    if entry.target == HEADING:
        return None
    if entry.address:
        url = _in_shown_language(entry.address)
    elif entry.row:
        row = rows.get(entry.row)
        url = row.url if row else ""
    else:
        url = _url_of_place(entry.place)
    return FrameLink(called(entry, rows), url, url == path, not url.startswith("/")) if url else None


def _in_shown_language(address: str) -> str:
    """Return the address of the same page in the language that is shown, if it is a page of the portal that has one."""
    path = address.partition("?")[0].partition("#")[0]
    return localized(address) if has_languages(path) else address


def _url_of_place(name: str) -> str:
    """Return the address of a place, or nothing where the installation has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
