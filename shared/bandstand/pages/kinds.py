"""The kinds of blocks that pages are made of.

A kind that changes what it stores raises its `version` and says in `upgrades` how values of each former version become
those of the next. Blocks of a later version, or of a kind that this release doesn't know, are kept as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from bandstand.pages.values import (
    FileOf,
    Label,
    LinkValue,
    OneOf,
    PictureOf,
    PicturesOf,
    RowOf,
    RowsOf,
    TextValue,
    Value,
    Whole,
)

TEXT_MAX_LENGTH = 40_000
MOST_PICTURES = 60  # of a gallery
_HEADING = TextValue(label=_("Heading"), most=140)
_ALT = TextValue(label=_("Description"), most=255, help=_("What the picture shows, for people who can't see it."))
_CAPTION = TextValue(label=_("Caption"), most=300)
_CREDIT = TextValue(label=_("Credit"), most=120, help=_("Who took or drew it; shown beside the picture."))


@dataclass(frozen=True)
class BlockKind:
    """A kind of block."""

    name: str
    title: Label
    about: Label  # what it is for, in a sentence
    values: Mapping[str, Value]
    version: int = 1
    upgrades: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)

    @property
    def empty(self) -> dict[str, Any]:
        """The values of a new block."""
        return {name: value.empty for name, value in self.values.items()}


_ALL = (
    BlockKind(
        "text",
        _("Text"),
        _("Paragraphs, headings, lists and links."),
        {"text": TextValue(label=_("Text"), most=TEXT_MAX_LENGTH, rows=16, is_markdown=True, required=True)},
    ),
    BlockKind(
        "picture",
        _("Picture"),
        _("One picture with a caption."),
        {
            "picture": PictureOf(label=_("Picture"), required=True),
            "alt": _ALT,
            "caption": _CAPTION,
            "credit": _CREDIT,
            "link": LinkValue(label=_("Link"), help=_("Where a click on the picture leads.")),
        },
    ),
    BlockKind(
        "gallery",
        _("Gallery"),
        _("Several pictures, each of which opens large."),
        {
            "heading": _HEADING,
            "pictures": PicturesOf(
                label=_("Pictures"), most=MOST_PICTURES, texts={"alt": _ALT, "caption": _CAPTION, "credit": _CREDIT}
            ),
        },
    ),
    BlockKind(
        "gigs",
        _("Gigs"),
        _("The next gigs, of all bands or of one. Always up to date."),
        {
            "heading": _HEADING,
            "band": RowOf(label=_("Band"), model="bands.Band", help=_("If blank, gigs of all bands.")),
            "count": Whole(label=_("How many"), least=1, most=20, usual=5),
        },
    ),
    BlockKind(
        "bands",
        _("Bands"),
        _("Bands with their pictures."),
        {
            "heading": _HEADING,
            "bands": RowsOf(
                label=_("Bands"), model="bands.Band", most=24, help=_("If blank, the first ones by their names.")
            ),
            "count": Whole(label=_("How many"), least=1, most=24, usual=8, help=_("If no bands are chosen.")),
        },
    ),
    BlockKind(
        "news",
        _("News"),
        _("The latest posts. Always up to date."),
        {"heading": _HEADING, "count": Whole(label=_("How many"), least=1, most=12, usual=3)},
    ),
    BlockKind(
        "poll",
        _("Poll"),
        _("The poll that is open, with a button to vote. Nothing while there is none."),
        {"heading": _HEADING},
    ),
    BlockKind(
        "film",
        _("Film"),
        _(
            "A film at YouTube, Vimeo or PeerTube. We fetch its picture; visitors load nothing from there before they "
            "ask for it twice."
        ),
        {
            "title": TextValue(label=_("Title"), most=140, required=True),
            "address": LinkValue(
                label=_("Link"), required=True, to_website=True, help=_("Where the film is, with https://.")
            ),
            "poster": PictureOf(label=_("Picture")),
        },
        version=2,
        upgrades={1: lambda values: {**values, "poster": ""}},
    ),
    BlockKind(
        "file",
        _("File"),
        _("A PDF, a document or a recording to download."),
        {
            "title": TextValue(label=_("Title"), most=140, required=True),
            "about": TextValue(label=_("About the file"), most=300),
            "file": FileOf(label=_("File"), required=True),
        },
    ),
    BlockKind(
        "contact",
        _("Contact form"),
        _("Visitors write to you here. What they write arrives under Messages and by email."),
        {
            "heading": _HEADING,
            "band": RowOf(label=_("Band"), model="bands.Band", help=_("If blank, messages go to your organization.")),
        },
    ),
    BlockKind(
        "map",
        _("Place"),
        _("An address with a link to a map."),
        {
            "title": TextValue(label=_("Title"), most=140),
            "place": TextValue(label=_("Address"), most=200, required=True, help=_("Street and town.")),
        },
    ),
    BlockKind(
        "quote",
        _("Quote"),
        _("What someone said or wrote."),
        {
            "quote": TextValue(label=_("Quote"), most=1000, rows=4, required=True),
            "source": TextValue(label=_("Source"), most=140, help=_("Who said it, or where it was written.")),
        },
    ),
    BlockKind(
        "button",
        _("Button"),
        _("A link that stands out."),
        {
            "text": TextValue(label=_("Text"), most=60, required=True),
            "link": LinkValue(
                label=_("Link"),
                required=True,
                help=_("A web address, “mailto:” with an email address, or a path of your portal such as /gigs/."),
            ),
            "look": OneOf(label=_("Look"), choices={"loud": _("Filled"), "quiet": _("Outlined")}),
        },
    ),
)
KINDS: Mapping[str, BlockKind] = {kind.name: kind for kind in _ALL}
