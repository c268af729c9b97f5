"""Markdown, as a team writes it, to HTML that is safe on a public page."""

from __future__ import annotations

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": True}).enable(
    ["replacements", "smartquotes", "strikethrough"]
)
_TAGS = {"p", "br", "strong", "em", "s", "a", "ul", "ol", "li", "blockquote", "h3", "h4", "h5", "hr", "code", "pre"}
# The page has h1 and h2 of its own: what a text calls its first heading is the page's third.
_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h5", "h5": "h5", "h6": "h5"}


def render_markdown(text: str) -> SafeString:
    """Return `text` as sanitized HTML: no scripts, styles, pictures or frames, and links that search engines ignore."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        token.tag = _HEADINGS.get(token.tag, token.tag) if token.type.startswith("heading") else token.tag
    html = nh3.clean(
        _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}),
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener",
    )
    return mark_safe(html)  # noqa: S308 # nosec B308, B703 # nh3 has just cleaned it


def plain_text(text: str) -> str:
    """Return `text` without Markdown and markup on one line: for descriptions in search results and shared links."""
    return " ".join(nh3.clean(render_markdown(text), tags=set()).split())
