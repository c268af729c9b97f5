"""Parses and formats a band's members and links in spreadsheet cells.

A member is `Anna Bell (vocals, guitar) 1999-2004`, a link `Bandcamp https://…`; semicolons or lines separate several.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from bandstand.bands.naming import read_names
from bandstand.content.moments import Unreadable
from bandstand.spreadsheets.cells import join_list, split_entries

_MEMBER = re.compile(
    r"(?P<name>.+?)\s*(?:\((?P<instruments>[^()]*)\)\s*)?,?\s*"
    r"(?:(?P<alone>[0-9]{4})|(?P<since>[0-9]{4})?\s*[-\N{EN DASH}]\s*(?P<until>[0-9]{4})?)?",
)
_LINK = re.compile(r"(?P<label>.*?):?\s*(?P<url>https?://\S+|www\.\S+)", re.IGNORECASE | re.DOTALL)
_LABEL_LENGTH = 60


@dataclass
class NamedMember:
    """A member as written in a cell."""

    name: str
    instruments: list[str] = field(default_factory=list)
    since: int | None = None
    until: int | None = None

    def __str__(self) -> str:
        instruments = ", ".join(self.instruments)
        inside = f" ({instruments})" if instruments or self.name.endswith((")", *"0123456789-\N{EN DASH}")) else ""
        years = f" {self.since or ''}-{self.until or ''}" if self.since or self.until else ""
        return f"{self.name}{inside}{years}"


def read_members(text: str) -> list[NamedMember]:
    """Return the members in their order. Raises Unreadable."""
    return [_member(entry) for entry in split_entries(text)]


def join_members(members: list[NamedMember]) -> str:
    """Return the cell that `read_members` reads back."""
    return join_list(map(str, members))


def read_links(text: str) -> list[tuple[str, str]]:
    """Return label and address of each link; the label defaults to the server's name. Raises Unreadable."""
    return [(label, url) for url, label in {url: label for label, url in map(_link, split_entries(text))}.items()]


def join_links(links: list[tuple[str, str]]) -> str:
    """Return the cell that `read_links` reads back."""
    return join_list(f"{label} {url}" for label, url in links)


def _member(entry: str) -> NamedMember:
    found = _MEMBER.fullmatch(entry)
    if found is None:
        raise Unreadable(_("Write members as %(example)s.") % {"example": "Anna Bell (vocals, guitar) 1999-2004"})
    since, until = found["since"] or found["alone"], found["until"]
    return NamedMember(
        name=" ".join(found["name"].split()),
        instruments=read_names(found["instruments"] or ""),
        since=int(since) if since else None,
        until=int(until) if until else None,
    )


def _link(entry: str) -> tuple[str, str]:
    found = _LINK.fullmatch(entry.strip())
    if found is None:
        raise Unreadable(_("Write links as %(example)s.") % {"example": "Bandcamp https://example.bandcamp.com"})
    url = found["url"] if "://" in found["url"] else f"https://{found['url']}"
    label = " ".join(found["label"].split()) or (urlsplit(url).hostname or "").removeprefix("www.")
    return label[:_LABEL_LENGTH], url
