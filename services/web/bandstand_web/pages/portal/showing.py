"""What visitors see of a page's blocks: what they refer to is fetched together, in few queries for any number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import QueryDict

from bandstand.bands.models import Band
from bandstand.content.rendering import pictures_named
from bandstand.content.shown_language import shown_language
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig
from bandstand.media.downloads import download_told
from bandstand.media.models import Picture
from bandstand.news.models import Post
from bandstand.organizations.current import current_organization
from bandstand.pages.blocks import Block
from bandstand.pages.models import Page
from bandstand.pages.values import uid_of_picture
from bandstand.polls.models import Question
from bandstand_web.enquiries.contact_form import ContactForm
from bandstand_web.news.rendering import text_html


@dataclass(frozen=True)
class ShownBlock:
    """A block with what its template shows of it."""

    id: str
    kind: str
    width: str
    values: Mapping[str, Any]
    language: str = ""  # if its texts aren't in that of the page
    found: Mapping[str, Any] = field(default_factory=dict)

    @property
    def anchor(self) -> str:
        """Its id on the page."""
        return f"block-{self.id}"

    @property
    def template(self) -> str:
        """Its template, to be included with `block`."""
        return f"pages/blocks/{self.kind}.html"


def shown_blocks(page: Page, sent: Mapping[str, ContactForm] | None = None) -> list[ShownBlock]:
    """Return the blocks that visitors see, in their order, without those that have nothing to show.

    `sent` are forms that come back with their errors, by their blocks.
    """
    told = shown_language()
    blocks = [block.in_language(told) for block in page.block_list if block.is_shown]
    stock = _Stock(blocks)
    shown = []
    for block in blocks:
        stock.language = told if block.says(told) else page.own_language
        found = _FINDING[block.kind.name](stock, block.values) if block.kind and block.kind.name in _FINDING else {}
        if block.kind and found is not None:
            if "form" in found:
                found["form"] = (sent or {}).get(block.id) or contact_form(block.id)
            language = stock.language if told and stock.language != told else ""
            shown.append(ShownBlock(block.id, block.kind.name, block.width, block.values, language, found))
    return shown


class _Stock:
    """All that some blocks refer to."""

    language = ""  # of the block that is looked at

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._by_kind: dict[str, list[Mapping[str, Any]]] = {}
        for block in blocks:
            if block.kind:
                self._by_kind.setdefault(block.kind.name, []).append(block.values)

    @cached_property
    def pictures(self) -> dict[str, Picture]:
        """The pictures that are ready, by their `uid`."""
        wanted = {uid_of_picture(each["picture"]) for each in self._of("picture")}
        wanted |= {uid_of_picture(each["picture"]) for gallery in self._of("gallery") for each in gallery["pictures"]}
        wanted |= {uid_of_picture(each["poster"]) for each in self._of("film")}
        wanted |= {uid for each in self._of("text") for uid in pictures_named(each["text"])}
        return _by_uid(Picture.objects.filter(uid__in=wanted - {""}, state=Picture.State.READY)) if wanted else {}

    @cached_property
    def bands(self) -> list[Band]:
        """The published bands that blocks name, and the first ones where a block names none, by name."""
        named = {uid for each in self._of("bands") for uid in each["bands"]}
        most = max((each["count"] for each in self._of("bands") if not each["bands"]), default=0)
        published = Band.objects.published()
        first = published.order_by("name", "pk").values("pk")[:most]
        return list(published.filter(Q(uid__in=named) | Q(pk__in=first)).for_posters()) if named or most else []

    @cached_property
    def gigs(self) -> list[Gig]:
        """The next gigs, of all bands and of those that blocks name, the next first."""
        of_bands = {each["band"] for each in self._of("gigs")} - {""}
        most = max((each["count"] for each in self._of("gigs") if not each["band"]), default=0)
        upcoming = Gig.objects.published().upcoming()
        first = upcoming.values("pk")[:most]
        return list(upcoming.filter(Q(pk__in=first) | Q(pk__in=self._next_of(of_bands, upcoming))).for_visitors())

    @cached_property
    def posts(self) -> list[Post]:
        """The latest posts, first what is pinned."""
        most = max(each["count"] for each in self._of("news"))
        return list(Post.objects.published().pinned_first().for_visitors()[:most])

    @cached_property
    def addressees(self) -> dict[str, Band]:
        """The published bands that contact forms are for, by their `uid`."""
        named = {each["band"] for each in self._of("contact")} - {""}
        return _by_uid(Band.objects.published().filter(uid__in=named)) if named else {}

    @cached_property
    def poll(self) -> Question | None:
        """The latest poll that is open."""
        return Question.objects.open().first()

    def _next_of(self, bands: set[str], upcoming: QuerySet[Gig]) -> QuerySet[Any]:
        most = max((each["count"] for each in self._of("gigs") if each["band"]), default=0)
        number = Window(RowNumber(), partition_by=F("band"), order_by=["gig__starts_at", "gig_id"])
        of_bands = Appearance.objects.filter(
            band__in=Band.objects.published().filter(uid__in=bands), gig__in=upcoming.order_by().values("pk")
        )
        return of_bands.annotate(number=number).filter(number__lte=most).values("gig")

    def _of(self, kind: str) -> list[Mapping[str, Any]]:
        return self._by_kind.get(kind, [])


def _text(stock: _Stock, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"html": text_html(values["text"], language=stock.language, pictures=stock.pictures)}


def _picture(stock: _Stock, values: Mapping[str, Any]) -> dict[str, Any] | None:
    found = stock.pictures.get(uid_of_picture(values["picture"]))
    if found is None:
        return None
    return {"picture": _in_words(found, values)}


def _gallery(stock: _Stock, values: Mapping[str, Any]) -> dict[str, Any] | None:
    found = ((stock.pictures.get(uid_of_picture(each["picture"])), each) for each in values["pictures"])
    photos = [{"picture": _in_words(picture, each), "caption": each["caption"]} for picture, each in found if picture]
    return {"photos": photos} if photos else None


def _in_words(picture: Picture, values: Mapping[str, Any]) -> Picture:
    """Return the picture with the words of a block, as it may stand at several places."""
    said = copy(picture)
    said.alt, said.credit = values["alt"] or picture.alt, values["credit"]
    return said


def _gigs(stock: _Stock, values: Mapping[str, Any]) -> dict[str, Any] | None:
    of = values["band"]
    gigs = [gig for gig in stock.gigs if not of or any(str(band.uid) == of for band in gig.line_up)]
    return {"gigs": gigs[: values["count"]]} if gigs or not of else None


def _bands(stock: _Stock, values: Mapping[str, Any]) -> dict[str, Any] | None:
    if values["bands"]:
        by_uid = _by_uid(stock.bands)
        bands = [by_uid[uid] for uid in values["bands"] if uid in by_uid]
    else:
        bands = stock.bands[: values["count"]]
    return {"bands": bands} if bands else None


def _news(stock: _Stock, values: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"posts": stock.posts[: values["count"]]} if stock.posts else None


def _poll(stock: _Stock, _values: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"poll": stock.poll} if stock.poll else None


def _film(stock: _Stock, values: Mapping[str, Any]) -> dict[str, Any] | None:
    host = urlsplit(values["address"]).hostname
    poster = copy(stock.pictures.get(uid_of_picture(values["poster"])))
    if poster:
        poster.alt = ""  # the title stands on it
    return {"host": host.removeprefix("www."), "poster": poster} if host else None


def _file(_stock: _Stock, values: Mapping[str, Any]) -> dict[str, Any] | None:
    found = values["file"]
    return {"told": download_told(found["file"], found["size"])} if found else None


def _contact(stock: _Stock, values: Mapping[str, Any]) -> dict[str, Any] | None:
    if not values["band"]:
        return {"form": None, "addressee": current_organization().name}
    band = stock.addressees.get(values["band"])
    return {"form": None, "addressee": band.name} if band else None


def contact_form(block: str, data: QueryDict | None = None, *, is_proven: bool = True) -> ContactForm:
    """Return the contact form of a block; a page may have several."""
    return ContactForm(data, auto_id=f"contact_{block}_%s", is_proven=is_proven)


def _map(_stock: _Stock, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"url": settings.MAP_URL.replace("{place}", quote(values["place"]))}


# Of kinds that show more than what is written in them; None for a block that has nothing to show.
_FINDING: Mapping[str, Callable[[_Stock, Mapping[str, Any]], dict[str, Any] | None]] = {
    "text": _text,
    "picture": _picture,
    "gallery": _gallery,
    "gigs": _gigs,
    "bands": _bands,
    "news": _news,
    "poll": _poll,
    "film": _film,
    "file": _file,
    "contact": _contact,
    "map": _map,
}


def _by_uid(rows: Iterable[Any]) -> dict[str, Any]:
    return {str(row.uid): row for row in rows}
