"""Renders a team's Markdown to HTML that is safe on a public page, and to plain text."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple
from urllib.parse import urljoin

import nh3
from django.utils.safestring import SafeString, mark_safe
from linkify_it import LinkifyIt
from linkify_it.main import Match
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bandstand.content.languages import language_of
from bandstand.content.plain_text import clean_text, one_line

_ANY_DOMAIN = ["[a-z\u00a1-\uffff]{2,63}|xn--[a-z0-9-]{1,59}"]  # www.hafenklang.berlin, too
_RULES = ["replacements", "smartquotes", "strikethrough", "table", "linkify"]
_DESCRIPTION_LENGTH = 200
_TAGS = {
    *("p", "br", "strong", "em", "s", "a", "ul", "ol", "li", "blockquote", "h2", "h3", "h4", "h5", "hr", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
# Most pages use h1 and h2 themselves, so a text's headings start at h3.
_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h5", "h5": "h5", "h6": "h5"}
# How a text names a picture of the portal: `![what it shows](picture:…)`, with the picture's `uid`.
PICTURE_SCHEME = "picture:"
_UID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PICTURE = re.compile(f"{PICTURE_SCHEME}({_UID})")


class TextPicture(NamedTuple):
    """A picture in a text: its `uid`, what the text says that it shows, and what stands below it."""

    uid: str
    alt: str
    caption: str


class _WholeAddresses(LinkifyIt):  # type: ignore[misc] # it comes without types
    """Links only URLs with a scheme or `www.`, and email addresses: `Mr.Big` and `N.W.A.us` are names."""

    def match(self, text: str) -> list[Match] | None:
        """Return the links in `text`, from left to right."""
        found = [each for each in super().match(text) or [] if each.schema or _is_www(each.text)]
        for each in found:
            each.url = each.url if each.schema else f"https://{each.text}"
        return found or None


def pictures_named(text: str) -> list[str]:
    """Return the `uid`s of the portal's pictures that stand in a text, each once."""
    return list(dict.fromkeys(_PICTURE.findall(text)))


def render_markdown(
    text: str,
    *,
    language: str = "",
    picture: Callable[[TextPicture], SafeString] | None = None,
    base: str = "",
    top: int = 0,
) -> SafeString:
    """Return `text` as sanitized HTML: no scripts, styles or frames, and links that search engines ignore.

    Newlines become line breaks; straight quotes become the typographic quotes of `language`. Pictures are left out, but
    for those of the portal, of which `picture` makes HTML that may stand in a paragraph. With `base`, an address of the
    portal, links don't depend on where the text is read. With `top`, the text's largest headings are of that level, and
    the next smaller ones follow without a gap.
    """
    markdown = _markdown(language_of(language).quotes)
    tokens = markdown.parse(clean_text(text))
    # What nobody can have typed stands for a picture until everything that was typed is cleaned.
    mark, shown = secrets.token_hex(12), list[SafeString]()
    headings = _ranked(tokens, top) if top else _HEADINGS
    for token in _all(tokens):
        if token.type.startswith("heading"):
            token.tag = headings.get(token.tag, token.tag)
        elif token.type == "link_open":
            address = str(token.attrGet("href"))
            address = f"https://{address}" if _is_www(address) else address
            token.attrSet("href", urljoin(base, address) if base else address)
        elif token.type == "image" and picture and (named := _PICTURE.fullmatch(str(token.attrGet("src")))):
            shown.append(picture(TextPicture(named[1], token.content, str(token.attrGet("title") or ""))))
            token.type, token.content, token.children = "text", f"{mark}-{len(shown) - 1}-", None
    cleaned = nh3.clean(
        markdown.renderer.render(tokens, markdown.options, {}),
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener",
    )
    return mark_safe(re.sub(f"{mark}-(\\d+)-", lambda found: shown[int(found[1])], cleaned))  # noqa: S308 # nh3 has just cleaned it


def plain_text(text: str, *, language: str = "") -> str:
    """Return Markdown as plain text on one line: for calendars, and descriptions in search results and shared links."""
    return one_line(html.unescape(nh3.clean(render_markdown(text, language=language), tags=set())))


def description_of(text: str, *, language: str) -> str:
    """Return the beginning of Markdown as plain text: for search results and shared links."""
    plain = plain_text(text, language=language)
    return plain if len(plain) <= _DESCRIPTION_LENGTH else plain[:_DESCRIPTION_LENGTH].rsplit(" ", 1)[0] + "…"


@cache
def _markdown(quotes: tuple[str, str, str, str]) -> MarkdownIt:
    options = {"html": False, "linkify": True, "typographer": True, "breaks": True, "quotes": list(quotes)}
    markdown = MarkdownIt("commonmark", options).enable(_RULES)
    markdown.linkify = _WholeAddresses().tlds(_ANY_DOMAIN)
    return markdown


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or [])


def _ranked(tokens: list[Token], top: int) -> dict[str, str]:
    used = sorted({token.tag for token in _all(tokens) if token.type == "heading_open"})
    return {tag: f"h{min(top + rank, 5)}" for rank, tag in enumerate(used)}


def _is_www(address: str) -> bool:
    return address[:4].lower() == "www."
