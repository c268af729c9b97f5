"""Template tags for pages in several languages, available in every template without `{% load %}`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bandstand.content.shown_language import shown_language
from bandstand.portals.presenting import further_languages
from bandstand_web.page_languages import code_in, has_languages, path_in

register = template.Library()
_NOTHING = SafeString()


@register.simple_tag
def in_language(row: Any, *names: str) -> SafeString:
    """Return the attribute `lang` for an element that shows a field of the row: of several the first that isn't empty.

    Nothing where that is in the page's own language.
    """
    shown = shown_language()
    if not shown:
        return _NOTHING
    name = next((name for name in names if getattr(row, name)), names[0])
    language = row.language_of(name)
    return _NOTHING if language == shown else format_html(' lang="{}"', language)


@dataclass(frozen=True)
class PageIn:
    """A page's address in one of the portal's languages."""

    code: str
    url: str
    is_current: bool


@register.simple_tag(takes_context=True)
def languages_of_page(context: Context) -> Sequence[PageIn]:
    """Return the page's addresses in all languages of the portal, the main one first; none where it has one."""
    request: Any = context.get("request")
    organization = getattr(request, "organization", None)
    if organization is None or not (others := further_languages(organization)):
        return ()
    path, query = path_in("", request.path), _query(request)
    if not has_languages(path):
        return ()
    shown = code_in(request.path)
    found = [PageIn(organization.language, f"{path}{query}", not shown)]
    return [*found, *(PageIn(code, f"{path_in(code, path)}{query}", code == shown) for code in others)]


def _query(request: Any) -> str:
    """Return the page's own query, as its one address has it: the first page of a list has no number."""
    query = request.GET.copy()
    if query.get("page") == "1":
        del query["page"]
    return f"?{query.urlencode()}" if query else ""
